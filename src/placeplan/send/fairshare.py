"""Who carries more: pupils with plans, admissions and exclusions beside what intake, place and phase lead one to expect.

    intake     expected of a school = sum over year groups of its pupils times the authority's rate of the year group
    location   times (what schools of its district have + strength) / (what intake expects of them + strength),
               then held to the total of the phase
    phase      each phase by itself

Year groups and districts that have too few to show are taken together. Limits and readings: ``send/funnel.py``. Nothing
shown rests on a hidden count: rates, districts and overdispersion use sums that may be shown (``send/disclosure.py``).
What send_waiting.csv shows by area and year group is bound to it, so that neither file gives the other's counts away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.send.disclosure import GRAND_COST, TOTAL_COST, Hidden, Labels, Sums, spread, taken_together
from placeplan.send.funnel import child_limits, constants, dispersion, event_limits
from placeplan.send.reasons import EXCLUSION, reason_of
from placeplan.years import Phase

COLUMNS = ["urn", "school_name", "phase", "kind", "roll", "count", "expected", "low", "high", "reading", "suppressed",
           "location", "by_intake", "low_95", "high_95", "dispersion"]  # fmt: skip
ADMISSIONS = ("in_year", "fair_access", "managed_move")
PLAN, EXCLUDED = "plan", "permanent_exclusion"
WAITING_KINDS = ("fair_access", "in_year")
"""Kinds whose totals by area and year group send_waiting.csv shows."""
KINDS = (PLAN, *ADMISSIONS, EXCLUDED)
PHASES = (Phase.PRIMARY, Phase.SECONDARY)


@dataclass(frozen=True)
class Schools:
    """Mainstream schools of a phase in the order of their URN; pupils are (schools, year groups)."""

    urn: list[str]
    name: list[str]
    area: Array
    location: Array
    pupils: Array
    with_plan: Array


@dataclass(frozen=True)
class Kind:
    """What is counted of one kind in one phase, and what of it is hidden."""

    phase: Phase
    name: str
    schools: Schools
    counts: Array
    """(schools, year groups); one column where year groups are not known."""
    hidden: Hidden
    """Counts of schools, (schools,)."""
    groups: Labels
    """Year groups, hidden ones taken together, (year groups,)."""
    districts: Labels
    """District of each school, hidden ones taken together, (schools,)."""
    areas: list[str]
    by_area: Array
    """Counts by area and year group, (areas, year groups)."""
    hidden_areas: Hidden
    """The same with totals, (areas + 1, year groups + 1)."""
    lowest: float

    @property
    def is_hidden(self) -> bool:
        """Whether not even the sum of the phase may be shown."""
        return bool(self.hidden_areas[-1, -1])


def kinds_of(
    admissions: pd.DataFrame, ap_flows: pd.DataFrame, rolls: pd.DataFrame, lowest: float
) -> list[Kind]:
    """Return what is known of pupils with plans, admissions and exclusions by phase and kind.

    ``rolls`` has urn, school_name, phase, area_code, location, year_group (number), pupils and plan_pupils (NaN where not
    known) of the base year. Kinds of which nothing is known are left out. Counts from 1 to below ``lowest`` are hidden,
    and what would give them away.
    """
    return [
        _hide(phase, kind, schools, counts, lowest)
        for phase in PHASES
        for every in [rolls[rolls["phase"] == phase]]
        for kind in KINDS
        for schools in [schools_of(_with_plans_known(every) if kind == PLAN else every, phase)]
        for counts in [_counts(kind, schools, admissions, ap_flows, phase)]
        if counts is not None
    ]


def _hide(phase: Phase, kind: str, schools: Schools, counts: Array, lowest: float) -> Kind:
    """Return a kind with all sums of it that are known to readers bound together.

    Sums of districts, year groups and the phase go into what is expected; of ``WAITING_KINDS`` those of areas are shown.
    """
    areas, area = np.unique(schools.area.astype(str), return_inverse=True)
    names, district = np.unique(schools.location.astype(str), return_inverse=True)
    by_area = np.zeros((len(areas), counts.shape[1]))
    np.add.at(by_area, area, counts)
    sums = Sums()
    each = sums.add(counts.sum(axis=1))
    if kind in WAITING_KINDS:
        table = sums.table(by_area)
        for place in range(len(areas)):
            sums.bind(table[place, -1], each[area == place])
        first = np.array([district[np.flatnonzero(area == place)[0]] for place in range(len(areas))])
        parts = [table[:-1, -1][first == place] for place in range(len(names))]
        groups, grand = table[-1, :-1], int(table[-1, -1])
    else:
        table = np.zeros((0, 0), dtype=int)
        parts = [each[district == place] for place in range(len(names))]
        groups = sums.add(counts.sum(axis=0), TOTAL_COST)
        grand = sums.total(groups, GRAND_COST)
    whole = np.array([sums.total(part) for part in parts])
    sums.bind(grand, whole)
    hidden = sums.hidden(lowest)
    shape = len(areas) + 1, counts.shape[1] + 1
    areas_hidden = hidden[table] if table.size else np.full(shape, bool(hidden[grand]))
    return Kind(
        phase, kind, schools, counts, hidden[each], taken_together(hidden[groups]),
        taken_together(hidden[whole])[district], list(areas), by_area, areas_hidden, lowest,
    )  # fmt: skip


def fair_share_table(kinds: list[Kind]) -> pd.DataFrame:
    """Return send_fair_share.csv: each school beside what is expected, by phase, kind and URN; what is hidden is blank."""
    parts = [_one(kind) for kind in kinds]
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


def _one(kind: Kind) -> pd.DataFrame:
    """Return the rows of one phase and kind."""
    schools, count, roll = kind.schools, kind.counts.sum(axis=1), kind.schools.pupils.sum(axis=1)
    intake = by_intake(kind.counts, schools.pupils, kind.groups)
    expected = by_location(count, intake, kind.districts)
    hidden = np.full(len(count), True) if kind.is_hidden else kind.hidden
    phi = dispersion(spread(count, hidden, expected, kind.districts), expected)
    limits = [
        child_limits(expected, roll, phi, inside)
        if kind.name == PLAN
        else event_limits(expected, phi, inside)
        for inside in (constants()["outer"], constants()["inner"])
    ]
    (low, high), (low_95, high_95) = limits
    reading = np.where(count > high, "above", np.where(count < low, "below", "as expected"))
    blank = np.full(len(count), np.nan)
    numbers = {"expected": expected, "low": low, "high": high, "by_intake": intake, "low_95": low_95,
               "high_95": high_95, "dispersion": np.full(len(count), phi)}  # fmt: skip
    return pd.DataFrame(
        {
            "urn": schools.urn, "school_name": schools.name, "phase": kind.phase.value, "kind": kind.name, "roll": roll,
            "count": np.where(hidden, np.nan, count), "location": schools.location,
            "reading": np.where(hidden, "", reading).astype(object),
            "suppressed": np.where(hidden, "yes", "no").astype(object),
            **{name: blank if kind.is_hidden else column for name, column in numbers.items()},
        }
    )[COLUMNS]  # fmt: skip


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


def by_location(count: Array, intake: Array, districts: Labels) -> Array:
    """Return what is expected of each school with its district's own level, adding up to the count of the phase."""
    names, place = np.unique(districts, return_inverse=True)
    had, looked_for = (
        np.bincount(place, numbers, minlength=len(names))[place] for numbers in (count, intake)
    )
    strength = constants()["location_strength"]
    expected = intake * (had + strength) / (looked_for + strength)
    whole = float(expected.sum())
    return np.asarray(expected * count.sum() / whole if whole > 0 else expected)
