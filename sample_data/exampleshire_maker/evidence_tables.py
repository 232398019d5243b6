"""Tables about earlier forecasts, high needs, alternative provision and admissions during the year."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from exampleshire_maker.calendar import BASE, FIRST_BIRTH, group_label, label
from exampleshire_maker.choice import Counts
from exampleshire_maker.county import AREAS, SECONDARY_CODES, ward_weights
from exampleshire_maker.pupils import County, area_rolls
from exampleshire_maker.schools import SPECIAL_TYPES
from exampleshire_maker.specialist import FIRST_AGE, NEEDS, SETTINGS, Plans

Rows = list[dict[str, Any]]
FIRST_PLANS = 2018
_OPTIMISM = 1.008
"""The earlier forecasts add this much for each year ahead: they believed in more building than came."""


def previous_forecasts(county: County) -> Rows:
    """Cohort survival with plain three-year means and some optimism, made three years and one year ago."""
    rows: Rows = []
    for made_in in (BASE - 3, BASE - 1):
        forecast = _survival(county, made_in, 7)
        for ahead in range(1, 8):
            for index in range(len(AREAS) + len(SECONDARY_CODES)):
                primary = index < len(AREAS)
                if primary and ahead > 5:
                    continue
                code = AREAS[index].code if primary else SECONDARY_CODES[index - len(AREAS)]
                for group in range(7) if primary else range(7, 12):
                    rows.append(
                        {
                            "made_in": label(made_in),
                            "academic_year": label(made_in + ahead),
                            "area_code": code,
                            "phase": "primary" if primary else "secondary",
                            "year_group": group_label(group),
                            "pupils": round(float(forecast[ahead - 1, index, group])),
                        }
                    )
    return rows


def _survival(county: County, made_in: int, years: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return pupils (years ahead, area, year group)."""
    recent = np.stack([area_rolls(county, year) for year in range(made_in - 3, made_in + 1)]).astype(float)
    born = ward_weights(county.wards).T @ county.births
    ratio = recent[1:, :, 1:].sum(axis=0) / np.maximum(recent[:-1, :, :-1].sum(axis=0), 1)
    entry = recent[1:, : len(AREAS), 0].sum(axis=0) / born[
        :, made_in - 7 - FIRST_BIRTH : made_in - 4 - FIRST_BIRTH
    ].sum(axis=1)
    six = [
        [i for i, area in enumerate(AREAS) if area.secondary_index == j] for j in range(len(SECONDARY_CODES))
    ]
    current, forecasts = recent[-1], []
    for ahead in range(1, years + 1):
        following = np.zeros_like(current)
        following[:, 1:] = current[:, :-1] * ratio
        birth_year = min(made_in + ahead - 5, made_in - 1)
        following[: len(AREAS), 0] = born[:, birth_year - FIRST_BIRTH] * entry
        for area, feeders in enumerate(six):
            share = recent[1:, len(AREAS) + area, 7].sum() / recent[:-1, feeders, 6].sum()
            following[len(AREAS) + area, 7] = current[feeders, 6].sum() * share
        current = following
        forecasts.append(current * _OPTIMISM**ahead)
    return np.stack(forecasts)


def _age(age: int) -> dict[str, Any]:
    """Year group where there is one, else age."""
    group = age - 4
    return {"year_group": group_label(group)} if 0 <= group <= 14 else {"age": age}


def specialist(plans: Plans, random: np.random.Generator) -> Rows:
    """Residents with a plan by setting, need and year group (or age outside R to 14)."""
    rows: Rows = []
    for year in range(FIRST_PLANS, BASE + 1):
        stock = plans.stock[year]
        for setting, need, age in np.argwhere(stock > 0):
            pupils, name = int(stock[setting, need, age]), SETTINGS[setting]
            away = int(random.binomial(pupils, 0.07)) if name == "state_special" else 0
            away = pupils if name in ("independent", "non_maintained_special") else away
            for count, inside in ((pupils - away, "yes"), (away, "no")):
                if count:
                    rows.append(
                        {
                            "academic_year": label(year),
                            "setting": name,
                            "need": NEEDS[need],
                            **_age(int(age) + FIRST_AGE),
                            "in_area": inside,
                            "pupils": count,
                        }
                    )
    return rows


def specialist_flows(plans: Plans) -> Rows:
    """Requests and assessments by age; new plans, ceased plans and moves also by need and setting."""
    rows: Rows = []
    for year in range(FIRST_PLANS, BASE + 1):
        for flow, by_age in zip(("request", "assessment"), plans.asked[year], strict=True):
            rows += [
                {
                    "academic_year": label(year),
                    "flow": flow,
                    **_age(int(age) + FIRST_AGE),
                    "pupils": int(by_age[age]),
                }
                for age in np.flatnonzero(by_age)
            ]
        summed: Counter[tuple[str, int, int, int | None, int | None]] = Counter()
        for kind, age, need, origin, target, pupils in plans.flows[year]:
            summed[kind, min(age, 24), need, origin, target] += pupils
        for (kind, age, need, origin, target), pupils in summed.items():
            rows.append(
                {
                    "academic_year": label(year),
                    "flow": kind,
                    **_age(age),
                    "need": NEEDS[need],
                    "from_setting": "" if origin is None else SETTINGS[origin],
                    "to_setting": "" if target is None else SETTINGS[target],
                    "pupils": pupils,
                }
            )
    return rows


def specialist_places(county: County, high_needs: dict[int, Counts]) -> Rows:
    """Places commissioned in special schools, units and alternative provision."""
    rows: Rows = []
    for row, school in enumerate(county.provisions):
        if not school.unit_places:
            continue
        special = school.type in SPECIAL_TYPES
        setting = {"special": "state_special", "special_academy": "state_special"}.get(
            school.type, "alternative_provision" if special else "unit"
        )
        for year in range(BASE - 4, BASE + 3):
            known = high_needs[min(year, BASE)][row].sum() if special else 0
            places = max(school.unit_places, int(known * 0.97) // 5 * 5) if special else school.unit_places
            rows.append(
                {
                    "academic_year": label(year),
                    "setting": setting,
                    "places": int(places),
                    "urn": school.urn,
                    "need": school.unit_need,
                    "phase": "secondary" if school.low >= 7 else "primary" if school.high <= 6 else "",
                    "designation": f"{school.unit_need} {'school' if special else 'unit'}",
                    "places_used_by_others": round(places * 0.06) if setting == "state_special" else 0,
                    "cost_per_place": 10000 if special else 6000,
                    "top_up": 14500 if special else 8200,
                }
            )
    return rows


_MONTHS = (
    "September",
    "October",
    "November",
    "December",
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
)


def ap_flows(random: np.random.Generator) -> Rows:
    """Entries to alternative provision by month and reason."""
    rows: Rows = []
    for year in range(BASE - 4, BASE + 1):
        months = _MONTHS[:4] if year == BASE else _MONTHS
        for phase, level in (("primary", 0.5), ("secondary", 3.2)):
            for month in months:
                for reason, share, weeks in (
                    ("permanent exclusion", 0.5, 26.0),
                    ("medical", 0.2, 18.0),
                    ("respite placement", 0.3, 9.0),
                ):
                    entries = int(random.poisson(level * share * (1 + 0.06 * (year - BASE))))
                    if entries:
                        rows.append(
                            {
                                "academic_year": label(year),
                                "phase": phase,
                                "month": month,
                                "reason": reason,
                                "entries": entries,
                                "returns": int(random.binomial(entries, 0.35)),
                                "mean_weeks": f"{max(1, random.normal(weeks, 3)):.1f}",
                                "with_plan": int(random.binomial(entries, 0.25)),
                            }
                        )
    return rows


def ap_by_school(rows: Rows, county: County, random: np.random.Generator) -> Rows:
    """The same entries, permanent exclusions with the school that they come from, one row a school.

    A respite placement stays on the roll of its school, half of the medical ones do. Returns and plans fall to the
    first schools of a row.
    """
    found: Rows = []
    for row in rows:
        stay = {"respite placement": row["entries"], "medical": row["entries"] // 2}.get(row["reason"], 0)
        if row["reason"] != "permanent exclusion":
            found.append({**row, "dual_registered": stay})
            continue
        low, high = (0, 7) if row["phase"] == "primary" else (7, 12)
        schools = [place for place, one in enumerate(county.provisions) if one.type not in SPECIAL_TYPES]
        pupils = county.rolls[BASE][schools, low:high].sum(axis=1).astype(float)
        weights = pupils * np.where(np.arange(len(schools)) % 9 == 4, 3.0, 1.0)
        picked = random.choice(len(schools), size=row["entries"], p=weights / weights.sum())
        left = {"returns": row["returns"], "with_plan": row["with_plan"]}
        for place in sorted(set(picked.tolist())):
            many = int((picked == place).sum())
            part = {name: min(many, count) for name, count in left.items()}
            left = {name: count - part[name] for name, count in left.items()}
            urn = county.provisions[schools[place]].urn
            found.append({**row, "urn": urn, "entries": many, **part, "dual_registered": 0})
    return found


def admissions(county: County, random: np.random.Generator) -> Rows:
    """Admissions during the year since September 2024; nobody is named or numbered."""
    rows: Rows = []
    for year in (BASE - 1, BASE):
        first = np.datetime64(f"{year}-09-08")
        days = 300 if year < BASE else 120
        for row, group in np.argwhere(county.joined[year] > 0):
            for _ in range(int(county.joined[year][row, group])):
                if random.random() > 0.7 * days / 300:
                    continue
                kind = str(
                    random.choice(
                        ["in_year", "fair_access", "managed_move"],
                        p=[0.94, 0.04, 0.02] if group < 7 else [0.80, 0.12, 0.08],
                    )
                )
                day = first + int(random.integers(0, days))
                rows.append(
                    {
                        "urn": county.provisions[row].urn,
                        "date": str(day),
                        "kind": kind,
                        "year_group": group_label(int(group)),
                        "days_waiting": int(random.gamma(2.2, 6.0)),
                    }
                )
    return sorted(rows, key=lambda row: (row["date"], row["urn"], row["year_group"], row["days_waiting"]))
