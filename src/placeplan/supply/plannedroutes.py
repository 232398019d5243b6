"""The route of every planned change: decisions.csv, from the tables of changes, schools and capacity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from placeplan.keydates import entry_day
from placeplan.supply.decisions import Route, joined, route_of
from placeplan.supply.rules import DecisionRules
from placeplan.tables import Inputs, output_columns, rows_of
from placeplan.years import Phase, phase_of

DECIDED = ("certain", "firm")


def decisions_table(
    inputs: Inputs, rules: DecisionRules, on: date, successors: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """decisions.csv: the route of every planned change, from a day on; ``successors`` are the present URNs of old ones."""
    changes = inputs.table("planned_changes")
    schools = _schools(inputs, successors or {}) if len(changes) else {}
    rows = [_decision(row, changes, schools, inputs, rules, on) for row in rows_of(changes)]
    return pd.DataFrame(rows, columns=list(output_columns("decisions")), dtype=object)


def decisions_areas(inputs: Inputs) -> dict[str, tuple[str, str]]:
    """Return the area and the phase that each planned change is about, by its code."""
    if not inputs.has("planned_changes"):
        return {}
    schools = _schools(inputs, {})
    return {
        row.change_id: (row.area_code or _area(row, schools.get(row.urn)), _phase(row, schools.get(row.urn)))
        for row in rows_of(inputs.table("planned_changes"))
    }


@dataclass(frozen=True)
class _School:
    """What a route needs to know of a school: its type, areas, year groups and places now."""

    urn: str
    type: str
    low: int
    high: int
    areas: Mapping[Phase, str]
    capacity: float


def _schools(inputs: Inputs, successors: Mapping[str, str]) -> dict[str, _School]:
    capacity = _last_capacity(inputs.table("capacity"))
    found = {}
    for row in rows_of(inputs.table("schools")):
        areas = {Phase.PRIMARY: row.primary_area, Phase.SECONDARY: row.secondary_area}
        places = capacity.get(row.urn, np.nan)
        found[row.urn] = _School(row.urn, row.type, int(row.low_year), int(row.high_year), areas, places)
    return found | {old: found[new] for old, new in successors.items() if new in found}


def _last_capacity(table: pd.DataFrame) -> dict[str, float]:
    """Places of each school by the rows of the last year that has a figure, over its sites and year groups."""
    known = table[table["capacity"].notna()]
    last = known.groupby("urn", sort=False)["academic_year"].transform("max")
    summed = known[known["academic_year"] == last].groupby("urn", sort=False)["capacity"].sum()
    return {str(urn): float(places) for urn, places in summed.items()}


def _decision(
    row: Any, changes: pd.DataFrame, schools: Mapping[str, _School], inputs: Inputs, rules: DecisionRules,
    on: date,
) -> dict[str, Any]:  # fmt: skip
    school = schools.get(row.urn)
    route = _planned_route(row, changes, schools, rules, on)
    starts = entry_day(int(row.start_year))
    late = None if route.earliest_date is None else route.earliest_date > starts
    return {
        "change_id": row.change_id,
        "kind": row.kind,
        "urn": row.urn,
        "area_code": row.area_code or _area(row, school),
        "proposer": route.proposer,
        "decider": route.decider,
        "consultation": route.consultation,
        "route": route.route,
        "earliest_date": "" if route.earliest_date is None else route.earliest_date.isoformat(),
        "rule_id": route.rule_id,
        "status": route.status,
        "start_date": starts.isoformat(),
        "in_time": _in_time(row.certainty, late),
        "authority_alone": "yes" if route.authority_alone else "no",
        "least_months": np.nan if route.least_months is None else route.least_months,
        "typical_months": np.nan if route.typical_months is None else route.typical_months,
        "confidence": route.confidence,
        "note": route.note,
        "source": route.source,
        "places": row.places,
        "certainty": row.certainty,
        "phase": _phase(row, school),
    }


def _in_time(certainty: str, late: bool | None) -> str:
    """Whether the route leaves time before the start; a change already decided needs none."""
    if certainty in DECIDED:
        return "decided"
    return "" if late is None else "no" if late else "yes"


def _planned_route(
    row: Any, changes: pd.DataFrame, schools: Mapping[str, _School], rules: DecisionRules, on: date
) -> Route:
    school = schools.get(row.urn)
    kind = school.type if school else ""
    capacity = school.capacity if school else np.nan
    if row.kind == "amalgamation":
        into = schools.get(row.into_urn)
        gain = capacity if np.isnan(row.places) else _pupils(row, changes, school)
        closing = route_of(rules, "closure", kind, -np.nan_to_num(capacity), on)
        size = into.capacity if into else np.nan
        return joined(closing, route_of(rules, "expand", into.type if into else "", gain, on, capacity=size))
    return route_of(
        rules, row.kind, kind, _pupils(row, changes, school), on, capacity=capacity, years=_years(row)
    )


def _pupils(row: Any, changes: pd.DataFrame, school: _School | None) -> float:
    """Pupils gained or lost in all year groups; rows of one expansion by year group are added up."""
    places = float(np.nan_to_num(row.places))
    if row.kind in ("pan_change", "bulge") or not np.isnan(row.year_group):
        if row.kind != "expansion":
            return places * (_years(row) if row.kind == "bulge" else 1.0)
        same = changes[(changes["urn"] == row.urn) & (changes["kind"] == row.kind)]
        same = same[same["year_group"].notna() & (np.sign(same["places"]) == np.sign(places))]
        return float(same["places"].sum())
    if school is None:
        return places * len(Phase(row.phase).year_groups) if row.phase else places
    groups = [group for group in range(school.low, school.high + 1) if _in_phase(group, row.phase)]
    return places * max(len(groups), 1)


def _in_phase(group: int, phase: str) -> bool:
    return not phase or group in Phase(phase).year_groups


def _years(row: Any) -> float:
    """For how many years a change holds: for a bulge its intakes; NaN for good."""
    if row.kind == "bulge" and np.isnan(row.end_year):
        return 1.0
    return float(row.end_year - row.start_year + 1)


def _area(row: Any, school: _School | None) -> str:
    """The area of the school in the phase that the change is about, else in the phase in which it begins."""
    if school is None:
        return ""
    phase = Phase(_phase(row, school))
    return school.areas[phase.area_phase] or next(filter(None, school.areas.values()), "")


def _phase(row: Any, school: _School | None) -> str:
    """The phase that a change names, else that of its year group, else of the lowest of its school."""
    if row.phase:
        return str(row.phase)
    if not np.isnan(row.year_group):
        return phase_of(int(row.year_group)).value
    return phase_of(school.low).value if school else ""
