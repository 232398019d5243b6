"""Tables about earlier forecasts, high needs, alternative provision and admissions during the year."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from exampleshire_maker.calendar import BASE, FIRST_BIRTH, group_label, label
from exampleshire_maker.choice import Counts
from exampleshire_maker.county import AREAS, SECONDARY_CODES, ward_weights
from exampleshire_maker.pupils import County, area_rolls
from exampleshire_maker.schools import SPECIAL_TYPES, Provision
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
    """Places commissioned by provider and phase, and what settings that are paid by placement cost."""
    rows: Rows = []
    for row, school in enumerate(county.provisions):
        for setting, need, phase, groups, places in _bases(row, school):
            for year in range(BASE - 4, BASE + 3):
                rolls = high_needs[min(year, BASE)][row][groups] if setting == "state_special" else None
                now = places if rolls is None else _commissioned(int(rolls.sum()), school.name, phase, year)
                rows.append(
                    {
                        "academic_year": label(year),
                        "setting": setting,
                        "places": now,
                        "urn": school.urn,
                        "need": need,
                        "phase": phase,
                        "designation": f"{need} {_DESIGNATIONS.get(setting, 'school')}",
                        "places_used_by_others": round(now * 0.06) if setting == "state_special" else 0,
                        "cost_per_place": 6000 if setting in _DESIGNATIONS else 10000,
                        "top_up": 8200 if setting in _DESIGNATIONS else 14500,
                    }
                )
    return rows + [
        {"academic_year": label(year), "setting": setting, "cost_per_place": cost, "top_up": top_up}
        for setting, cost, top_up in _PLACEMENTS
        for year in range(BASE - 4, BASE + 1)
    ]


_DESIGNATIONS = {"unit": "unit", "resourced_provision": "resourced provision"}
_PHASES = {"primary": slice(0, 7), "secondary": slice(7, 12), "sixth_form": slice(12, 15)}
_EXTRA = {
    ("Larkspur Special School", "primary"): (20, 40), ("Beacon Special Academy", "secondary"): (30, 60),
    ("Stepping Stones Special Academy", "secondary"): (0, 20),
}  # fmt: skip
"""Places agreed for the next year and the one after."""
_PLACEMENTS = (("mainstream", "", 5600), ("non_maintained_special", 41000, 0), ("independent", 56000, 0))
"""Pounds a year of one placement, made up."""
_FURTHER_BASES = {
    3: ("resourced_provision", "SLCN", 14), 9: ("resourced_provision", "ASD", 14), 15: ("unit", "SEMH", 12),
    45: ("resourced_provision", "MLD", 12), 63: ("resourced_provision", "SEMH", 12),
    70: ("resourced_provision", "SLCN", 14), 97: ("unit", "SEMH", 14), 99: ("resourced_provision", "SLCN", 16),
    101: ("unit", "MLD", 12), 102: ("resourced_provision", "ASD", 20), 104: ("resourced_provision", "SEMH", 14),
    105: ("resourced_provision", "MLD", 12),
}  # fmt: skip
"""Bases in mainstream schools by the row of the school, beside those of the register."""


def _bases(row: int, school: Provision) -> list[tuple[str, str, str, slice, int]]:
    """Setting, need, phase, year groups and places (rolls count in special schools) of what a school offers."""
    if school.type in ("special", "special_academy"):
        return [
            ("state_special", school.unit_need, phase, groups, 0)
            for phase, groups in _PHASES.items()
            if groups.start <= school.high and school.low < groups.stop
        ]
    phase = "secondary" if school.low >= 7 else "primary" if school.high <= 6 else ""
    setting = "alternative_provision" if school.type in SPECIAL_TYPES else "unit"
    own = [(setting, school.unit_need, phase, slice(0, 0), school.unit_places)] if school.unit_places else []
    if row in _FURTHER_BASES:
        setting, need, places = _FURTHER_BASES[row]
        own.append((setting, need, phase, slice(0, 0), places))
    return own


def _commissioned(roll: int, name: str, phase: str, year: int) -> int:
    """Places of a special school in one phase: about an eighth above the roll, and what is agreed for later years."""
    agreed = _EXTRA.get((name, phase), (0, 0))[min(year - BASE, 2) - 1] if year > BASE else 0
    return -(-roll * 113 // 500) * 5 + agreed


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
