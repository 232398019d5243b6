"""The Department's published measures, to the letter; ``docs/measures.md`` gives each formula and its source.

    need(area, year group)  = max(0, demand - capacity)        spare = max(0, capacity - demand)
    places needed           = sum of need over areas and year groups, to the nearest 10
    spare                   = 100 * sum of spare / sum of capacity
    unfilled places         = sum over schools of max(0, capacity - roll)
    pupils over capacity    = sum over schools of max(0, roll - capacity)

Nothing is offset: neither areas nor year groups nor schools. Capacity holds certain and firm changes alone, and places taken
out always lower it; the floor at zero is on the planned change that is shown, nowhere else.
Source: school places scorecards, technical guidance (quantity); School capacity release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.demand.tally import with_total
from placeplan.forecasting import Forecast
from placeplan.project import Project
from placeplan.tables import rows_of
from placeplan.years import YEAR_ELEVEN, YEAR_SEVEN, AcademicYear, Phase

REFERENCE_YEARS = 3
"""The scorecard looks at the third academic year after that of the School Capacity return."""
NEAREST = 10.0
CAPACITY = "capacity"
FURTHER = (
    "reference_year",
    "scorecard_planned",
    "unfilled_places",
    "unfilled_percent",
    "pupils_over_capacity",
    "pupils_over_percent",
)


def scorecard(need: Array, spare: Array, places: Array) -> tuple[Array, Array]:
    """The scorecard's form: places needed to the nearest 10 (halves up), spare as a percentage of places."""
    rounded = np.floor(need / NEAREST + 0.5) * NEAREST
    percent = np.where(places > 0, 100.0 * spare / np.where(places > 0, places, 1.0), np.nan)
    return rounded, percent


def need_and_spare(demand: Array, capacity: Array) -> tuple[Array, Array, Array]:
    """Need, spare and capacity of the last axis but one summed: (areas, year groups, years) to (areas, years)."""
    short = demand - capacity
    need, spare = np.maximum(short, 0.0).sum(axis=1), np.maximum(-short, 0.0).sum(axis=1)
    return need, spare, capacity.sum(axis=1)


def planned_shown(planned: Array) -> Array:
    """The planned change as it is shown, from the first year on the last axis: never below zero."""
    return np.maximum(planned - planned[..., :1], 0.0)


def unfilled(capacity: Array, roll: Array) -> tuple[Array, Array]:
    """Unfilled places and pupils over capacity of each school, NaN where its capacity is not known."""
    return np.maximum(capacity - roll, 0.0), np.maximum(roll - capacity, 0.0)


def school_phase(low: int, high: int) -> Phase:
    """The one phase that a school counts in: secondary with Year 11 or half of its year groups from Year 7 on."""
    upper = sum(group >= YEAR_SEVEN for group in range(low, high + 1))
    return Phase.SECONDARY if high >= YEAR_ELEVEN or 2 * upper >= high - low + 1 else Phase.PRIMARY


@dataclass(frozen=True)
class SchoolsFilled:
    """School sites of one phase: what each has, (sites, years), and the district number of each (-1 for none)."""

    capacity: Array
    roll: Array
    district: Array


def schools_filled(found: Forecast, project: Project, phase: Phase) -> SchoolsFilled:
    """Return capacity (with planned changes) and roll of the sites of the schools that count in a phase."""
    sites = found.register.sites
    chosen = np.array(
        [school_phase(low, high) is phase for low, high in zip(sites["low"], sites["high"], strict=True)],
        dtype=bool,
    )
    cells, roll = _site_capacity(found, project), found.site_roll
    used = (roll > 0) | found.sites.reached
    capacity = np.where(np.isnan(cells) & ~used, 0.0, cells).sum(axis=1)
    home = np.where(sites["primary"] >= 0, sites["primary"], sites["secondary"])
    if phase is Phase.SECONDARY:
        home = np.where(sites["secondary"] >= 0, sites["secondary"], sites["primary"])
    district = np.where(home >= 0, found.tally.district_of[np.maximum(home, 0)], -1)
    return SchoolsFilled(capacity[chosen], roll.sum(axis=1)[chosen], district[chosen])


def with_published(summary: pd.DataFrame, found: Forecast, project: Project) -> pd.DataFrame:
    """Add the published measures to sufficiency_summary.csv; scorecard need and spare always rest on capacity."""
    cells = {
        phase: _phase_cells(found, project, phase)
        for phase in Phase
        if (summary["phase"] == phase.value).any()
    }
    districts = {
        name: place for place, name in enumerate(sorted(set(found.register.areas["district"]) - {""}))
    }
    rows = []
    for row in rows_of(summary):
        at = int(row.academic_year[:4]) - int(found.history.base_year)
        place = districts.get(row.code, -1) if row.geography == "district" else None
        rows.append(cells[Phase(row.phase)].of(place, at))
    names = ("scorecard_need", "scorecard_spare_percent", *FURTHER)
    added = pd.DataFrame(rows, index=summary.index, columns=list(names))
    return summary.assign(**{name: added[name] for name in names})


@dataclass(frozen=True)
class _PhaseCells:
    """Sums that the measures of one phase are taken from: (areas or sites, years) with their districts.

    ``unlisted``: areas with pupils in whose phase no school is listed; with them nothing is known of unfilled places.
    """

    base_year: AcademicYear
    need: Array
    spare: Array
    places: Array
    planned: Array
    area_district: Array
    unlisted: Array
    schools: SchoolsFilled | None

    def of(self, district: int | None, at: int) -> Mapping[str, object]:
        """Measures of a district (None for the authority) in a year after the base year."""
        inside = self.area_district == district if district is not None else np.ones(len(self.need), bool)
        need, spare, places = (
            cells[inside, at].sum(keepdims=True) for cells in (self.need, self.spare, self.places)
        )
        rounded, percent = scorecard(need, spare, places)
        shown = planned_shown(self.planned[inside].sum(axis=0))
        return {
            "scorecard_need": float(rounded[0]),
            "scorecard_spare_percent": float(percent[0]),
            "reference_year": "yes" if at == REFERENCE_YEARS else "no",
            "scorecard_planned": float(shown[at]),
            **_filled(None if self.unlisted[inside].any() else self.schools, district, at),
        }


def _filled(schools: SchoolsFilled | None, district: int | None, at: int) -> Mapping[str, float]:
    names = FURTHER[2:]
    if schools is None:
        return dict.fromkeys(names, np.nan)
    inside = schools.district == district if district is not None else np.ones(len(schools.roll), bool)
    capacity, roll = schools.capacity[inside, at], schools.roll[inside, at]
    empty, over = (part.sum() for part in unfilled(capacity, roll))
    return dict(
        zip(names, (empty, _percent(empty, capacity.sum()), over, _percent(over, roll.sum())), strict=True)
    )


def _percent(part: float, whole: float) -> float:
    return float(100.0 * part / whole) if whole > 0 else np.nan


def _phase_cells(found: Forecast, project: Project, phase: Phase) -> _PhaseCells:
    stage_phase = phase.area_phase
    stage = found.stages[stage_phase]
    at = [place for place, group in enumerate(stage.groups) if group in phase.year_groups]
    groups = [stage.groups[place] for place in at]
    demand = np.concatenate([stage.base_roll[:, at, None], found.central[stage_phase][:, at]], axis=2)
    cell = np.ix_(stage.rows, np.array(groups))
    by_capacity = project.places.measure == CAPACITY
    capacity = (found.places.places if by_capacity else found.places.measures[CAPACITY])[cell]
    need, spare, places = need_and_spare(demand, capacity)
    sites = found.register.area_of(phase.year_groups[0])
    return _PhaseCells(
        base_year=found.history.base_year,
        need=need,
        spare=spare,
        places=places,
        planned=with_total(found.places.planned[cell], 1)[:, -1],
        area_district=found.tally.district_of[stage.rows],
        unlisted=(stage.base_roll[:, at].sum(axis=1) > 0) & ~np.isin(stage.rows, sites),
        schools=None if phase is Phase.SIXTH_FORM else schools_filled(found, project, phase),
    )


def _site_capacity(found: Forecast, project: Project) -> Array:
    """Capacity of every site with certain and firm changes, (sites, year groups, years)."""
    if project.places.measure == CAPACITY:
        return found.places.by_site
    cells = found.sites.measures[CAPACITY].copy()
    for change in found.changes:
        for part in change.parts if change.central else ():
            if part.site >= 0:
                cells[part.site] += part.effects[CAPACITY]
    return np.maximum(cells, 0.0)
