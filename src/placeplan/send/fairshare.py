"""Who carries more: pupils with plans, admissions and exclusions beside what intake, place and phase lead one to expect.

    intake     expected of a school = sum over year groups of its pupils times the authority's rate of the year group
    location   times (what schools of its district have + strength) / (what intake expects of them + strength),
               then held to the total of the phase
    phase      each phase by itself

Year groups and districts that have too few to show are taken together. Limits and readings: ``send/funnel.py``. Nothing
shown rests on a hidden count: rates, districts and overdispersion use sums that may be shown (``send/disclosure.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.send.disclosure import (
    Hidden,
    Labels,
    hidden_areas,
    hidden_table,
    hidden_within,
    pooled,
    spread,
)
from placeplan.send.funnel import child_limits, constants, dispersion, event_limits
from placeplan.send.reasons import EXCLUSION, reason_of
from placeplan.years import Phase

COLUMNS = ["urn", "school_name", "phase", "kind", "roll", "count", "expected", "low", "high", "reading", "suppressed",
           "location", "by_intake", "low_95", "high_95", "dispersion"]  # fmt: skip
ADMISSIONS = ("in_year", "fair_access", "managed_move")
PLAN, EXCLUDED = "plan", "permanent_exclusion"
WAITING_KINDS = ("fair_access", "in_year")
"""Kinds whose totals by area send_waiting.csv shows, so that they are known here too."""
KINDS = (PLAN, *ADMISSIONS, EXCLUDED)
PHASES = (Phase.PRIMARY, Phase.SECONDARY)


@dataclass(frozen=True)
class Areas:
    """Admissions of a phase by planning area and year group: all, those whose days are known, and their days."""

    areas: list[str]
    districts: Array
    counts: Array
    known: Array
    days: Array


@dataclass(frozen=True)
class Schools:
    """Mainstream schools of a phase in the order of their URN: names, districts and pupils, (schools, year groups)."""

    urn: list[str]
    name: list[str]
    area: Array
    location: Array
    pupils: Array
    with_plan: Array


def fair_share_table(
    admissions: pd.DataFrame, ap_flows: pd.DataFrame, rolls: pd.DataFrame, lowest: float
) -> pd.DataFrame:
    """Return send_fair_share.csv: pupils with plans, admissions and exclusions by school, phase and kind, by URN.

    ``rolls`` has urn, school_name, phase, area_code, location, year_group (number), pupils and plan_pupils (NaN where not
    known) of the base year. Kinds of which nothing is known are left out. Counts from 1 to below ``lowest``, and what
    would give them away, are blank with their reading.
    """
    parts = [
        _one(schools, kind, counts, phase, lowest)
        for phase in PHASES
        for every in [rolls[rolls["phase"] == phase]]
        for kind in KINDS
        for schools in [schools_of(_with_plans_known(every) if kind == PLAN else every, phase)]
        for counts in [_counts(kind, schools, admissions, ap_flows, phase)]
        if counts is not None
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def schools_of(rolls: pd.DataFrame, phase: Phase) -> Schools:
    """Return the schools of a phase with their pupils by year group."""
    one = rolls.drop_duplicates("urn").sort_values("urn")
    urn = one["urn"].tolist()
    cells = (
        rolls["urn"].map({name: at for at, name in enumerate(urn)}),
        rolls["year_group"] - phase.year_groups[0],
    )
    at = tuple(cell.to_numpy(dtype=int) for cell in cells)
    pupils, with_plan = np.zeros((2, len(urn), len(phase.year_groups)))
    np.add.at(pupils, at, rolls["pupils"].fillna(0.0).to_numpy(dtype=float))
    np.add.at(with_plan, at, rolls["plan_pupils"].fillna(0.0).to_numpy(dtype=float))
    return Schools(
        urn,
        one["school_name"].tolist(),
        one["area_code"].to_numpy(),
        one["location"].to_numpy(),
        pupils,
        with_plan,
    )


def _with_plans_known(rolls: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of schools of which it is known how many pupils have a plan."""
    return rolls[rolls["urn"].isin(rolls.loc[rolls["plan_pupils"].notna(), "urn"])]


def recent_admissions(admissions: pd.DataFrame) -> pd.DataFrame:
    """Return the admissions of the last months counted, up to the last date in the table."""
    if admissions.empty:
        return admissions
    first = admissions["date"].max() - pd.DateOffset(months=int(constants()["admission_months"]))
    return admissions[admissions["date"] > first]


def areas_of(schools: pd.DataFrame, admissions: pd.DataFrame, phase: Phase) -> Areas:
    """Return admissions by area and year group; ``schools`` has urn, phase, area_code and location."""
    one = schools[schools["phase"] == phase].drop_duplicates("urn").set_index("urn")
    areas, groups = sorted(set(one["area_code"])), list(phase.year_groups)
    location = one.drop_duplicates("area_code").set_index("area_code")["location"].reindex(areas).to_numpy()
    own = admissions[admissions["year_group"].isin(groups) & admissions["urn"].isin(one.index)]
    place = (
        own["urn"].map(one["area_code"]).map({code: at for at, code in enumerate(areas)}).to_numpy(dtype=int)
    )
    cells = place, own["year_group"].to_numpy(dtype=int) - groups[0]
    waited = own["days_waiting"].to_numpy(dtype=float)
    tables = [np.zeros((len(areas), len(groups))) for _ in range(3)]
    for found, numbers in zip(
        tables, (np.ones(len(own)), ~np.isnan(waited), np.nan_to_num(waited)), strict=True
    ):
        np.add.at(found, cells, numbers)
    return Areas(areas, location, *tables)


def _counts(
    kind: str, schools: Schools, admissions: pd.DataFrame, ap_flows: pd.DataFrame, phase: Phase
) -> Array | None:
    """Return counts by school and year group, or in one column where year groups are not known; nothing if not given."""
    groups = list(phase.year_groups)
    if not schools.urn:
        return None
    if kind == PLAN:
        return schools.with_plan
    if kind == EXCLUDED:
        rows = ap_flows[(ap_flows["urn"] != "") & (ap_flows["phase"] == phase)]
        if rows.empty:
            return None
        first = ap_flows["academic_year"].max() - constants()["exclusion_years"]
        rows = rows[(rows["academic_year"] > first) & (rows["reason"].map(reason_of) == EXCLUSION)]
        return (
            rows.groupby("urn")["entries"]
            .sum()
            .reindex(schools.urn, fill_value=0)
            .to_numpy(dtype=float)[:, None]
        )
    if admissions.empty:
        return None
    rows = recent_admissions(admissions)
    rows = rows[(rows["kind"] == kind) & rows["year_group"].isin(groups)]
    place = rows["urn"].map({urn: at for at, urn in enumerate(schools.urn)}).to_numpy(dtype=float)
    known = ~np.isnan(place)
    found = np.zeros_like(schools.pupils)
    np.add.at(
        found, (place[known].astype(int), rows["year_group"].to_numpy(dtype=int)[known] - groups[0]), 1.0
    )
    return found


def _one(schools: Schools, kind: str, counts: Array, phase: Phase, lowest: float) -> pd.DataFrame:
    """Return the rows of one phase and kind."""
    roll, count = schools.pupils.sum(axis=1), counts.sum(axis=1)
    few = 0 < count.sum() < lowest
    groups, areas = _known_sums(schools, counts, kind, lowest)
    intake = by_intake(counts, schools.pupils, groups)
    expected, places = by_location(count, intake, schools.location, lowest)
    places = np.where(areas < 0, -1 - places, areas)
    hidden: Hidden = np.full(len(count), True) if few else hidden_within(count, places, lowest)
    shown = spread(count, hidden, expected, places)
    phi = 1.0 if few else dispersion(shown, expected)
    limits = [
        child_limits(expected, roll, phi, inside) if kind == PLAN else event_limits(expected, phi, inside)
        for inside in (constants()["outer"], constants()["inner"])
    ]
    (low, high), (low_95, high_95) = limits
    reading = np.where(count > high, "above", np.where(count < low, "below", "as expected"))
    blank = np.full(len(count), np.nan)
    numbers = {"expected": expected, "low": low, "high": high, "by_intake": intake, "low_95": low_95,
               "high_95": high_95, "dispersion": np.full(len(count), phi)}  # fmt: skip
    return pd.DataFrame(
        {
            "urn": schools.urn, "school_name": schools.name, "phase": phase.value, "kind": kind, "roll": roll,
            "count": np.where(hidden, np.nan, count), "location": schools.location,
            "reading": np.where(hidden, "", reading).astype(object),
            "suppressed": np.where(hidden, "yes", "no").astype(object),
            **{name: blank if few else column for name, column in numbers.items()},
        }
    )[COLUMNS]  # fmt: skip


def _known_sums(schools: Schools, counts: Array, kind: str, lowest: float) -> tuple[Labels, Labels]:
    """Return labels of year groups taken together, and of schools by area, -1 where only the district's sum is known.

    Of the kinds of send_waiting.csv its totals of year groups and areas are known, of others those of year groups alone.
    """
    if kind not in WAITING_KINDS:
        return pooled(counts.sum(axis=0), lowest), np.full(len(counts), -1)
    areas, place = np.unique(schools.area.astype(str), return_inverse=True)
    by_area = np.zeros((len(areas), counts.shape[1]))
    np.add.at(by_area, place, counts)
    first = np.array([np.flatnonzero(place == at)[0] for at in range(len(areas))], dtype=int)
    hidden, _ = hidden_areas(by_area, schools.location[first].astype(str), lowest)
    groups = hidden_table(by_area, lowest, np.append(hidden, False))[-1, :-1]
    return np.where(groups, -1, np.arange(len(groups))), np.where(hidden[place], -1, place)


def by_intake(counts: Array, pupils: Array, labels: Labels) -> Array:
    """Return what is expected of each school by its pupils of each year group at the authority's rates.

    Both are (schools, year groups); counts in one column have one rate. Year groups of one label have one rate too.
    """
    if counts.shape[1] == 1:
        pupils = pupils.sum(axis=1, keepdims=True)
    found = np.zeros(len(pupils))
    for label in np.unique(labels):
        own = pupils[:, labels == label].sum(axis=1)
        found += own * counts[:, labels == label].sum() / max(own.sum(), 1.0)
    return found


def by_location(count: Array, intake: Array, location: Array, lowest: float) -> tuple[Array, Array]:
    """Return what is expected with the district's own level, and the label of the districts taken together."""
    names, place = np.unique(location.astype(str), return_inverse=True)
    totals = np.bincount(place, count, minlength=len(names))
    labels = pooled(totals, lowest)[place]
    had, looked_for = (
        np.bincount(labels, numbers, minlength=len(names))[labels] for numbers in (count, intake)
    )
    strength = constants()["location_strength"]
    expected = intake * (had + strength) / (looked_for + strength)
    whole = float(expected.sum())
    return (expected * count.sum() / whole if whole > 0 else expected), labels
