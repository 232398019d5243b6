"""What every option of a run is set beside: one forecast ten years ahead, one set of draws, places by each measure.

The same draws of demand stand beside every option (common random numbers), so that two options differ only in what they do
to places. Planned changes that are certain or firm are part of the setting; those proposed or talked about are not: each of
them is an option of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.demand.simulate import simulate
from placeplan.forecasting import Forecast, make_forecast
from placeplan.options.schools import School, schools_of
from placeplan.project import Project
from placeplan.schoolpaths import has_roll
from placeplan.supply.balance import AreaPlaces, area_places
from placeplan.supply.changes import Change, planned_changes
from placeplan.supply.delays import delay_shares
from placeplan.supply.draws import SupplyDraws, uncertain_changes
from placeplan.supply.places import SitePlaces
from placeplan.tables import Inputs, typed_table
from placeplan.years import AcademicYear, Phase

YEARS_AHEAD = 10
STANDING = ("certain", "firm", "")
"""Certainties of changes that are in central figures; blank counts as firm."""
PAN, PROJECT, CAPACITY = "pan", "project", "capacity"


@dataclass(frozen=True)
class PlacesBy:
    """Places counted in one way, with the planned changes that stand: arrays as in ``SitePlaces`` and ``AreaPlaces``."""

    sites: SitePlaces
    changes: tuple[Change, ...]
    areas: AreaPlaces


@dataclass(frozen=True)
class Area:
    """One planning area in one phase: ``row`` in the register, ``place`` in its stage, ``at`` and ``groups``: the phase's
    year groups by their place in the stage and by number; ``schools``: its sites that teach any of them."""

    phase: Phase
    stage_phase: Phase
    row: int
    place: int
    at: tuple[int, ...]
    groups: tuple[int, ...]
    code: str
    name: str
    schools: tuple[School, ...]


@dataclass(frozen=True)
class Setting:
    """Forecast, draws and places that all options share.

    ``draws``: by stage, (areas, year groups, years ahead, draws); ``places``: by admission numbers (a school without one
    by the project's measure), by the project's measure, and by assessed capacity alone (NaN where not known).
    ``standing``: the planned changes that are certain or firm; ``open_changes``: those proposed or talked about.
    """

    inputs: Inputs
    project: Project
    base_year: AcademicYear
    forecast: Forecast
    schools: tuple[School, ...]
    draws: Mapping[Phase, Array]
    places: Mapping[str, PlacesBy]
    standing: pd.DataFrame
    open_changes: pd.DataFrame
    occupied: Array
    peopled: Array

    @property
    def years(self) -> Array:
        """Start years ahead of the base year."""
        return self.forecast.sites.years[1:]

    def demand(self, area: Area) -> Array:
        """Central demand, (year groups of the phase, years ahead)."""
        return self.forecast.central[area.stage_phase][area.place, list(area.at)]

    def drawn_demand(self, area: Area) -> Array:
        """Demand in each draw, (year groups of the phase, years ahead, draws)."""
        return self.draws[area.stage_phase][area.place, list(area.at)]

    def roll(self, school: School, groups: Sequence[int]) -> Array:
        """Central forecast of a school's roll, (year groups, years ahead)."""
        return self.forecast.site_roll[school.site][list(groups), 1:]

    def places_at(self, school: School, groups: Sequence[int], by: str = PAN) -> Array:
        """A school's places with the changes that stand, (year groups, years ahead)."""
        return self.places[by].areas.by_site[school.site][list(groups), 1:]

    def first_projected(self, area: Area) -> int:
        """Place among the years ahead from which figures rest on projected births; the number of years if none does."""
        births = self.forecast.births
        years = len(self.years)
        if Phase.PRIMARY not in self.forecast.stages:
            return years
        projected = (
            (~births.counted & (births.basis != "known"))[:, -years:].any(axis=0)
            if births.given
            else np.ones(1, dtype=bool)
        )
        first = int(projected.argmax()) if projected.any() else years
        return min(first + (0 if area.phase is Phase.PRIMARY else area.groups[0]), years)

    @cached_property
    def touched(self) -> Mapping[str, frozenset[tuple[int, int]]]:
        """Areas (rows in the register) and year groups whose places each open change alters, by its change_id."""
        found: dict[str, set[tuple[int, int]]] = {}
        for change in _changes(
            self.inputs, self.forecast, self.open_changes, self.places[PROJECT].sites, self.project
        ):
            for part in change.parts:
                for group in np.flatnonzero(part.effects["pan"].any(axis=1) & (part.areas >= 0)):
                    found.setdefault(change.change_id, set()).add((int(part.areas[group]), int(group)))
        return {change_id: frozenset(cells) for change_id, cells in found.items()}

    def with_rows(self, rows: Sequence[Mapping[str, Any]], by: str) -> PlacesBy:
        """Places if these rows of ``planned_changes`` came as well, read with the changes that stand.

        A school that closes leaves its other changes behind.
        """
        table = pd.concat([self.standing, change_table(rows)], ignore_index=True)
        order = self.places[by].sites.order
        return _counted(self.inputs, self.forecast, order, table, self.project, self.occupied, self.peopled)

    def changes_of(self, rows: Sequence[Mapping[str, Any]], by: str) -> dict[str, Change]:
        """Return many rows as changes by their change_id, read at one go."""
        table = change_table(rows).drop_duplicates("change_id")
        found = _changes(self.inputs, self.forecast, table, self.places[by].sites, self.project)
        return {change.change_id: change for change in found}

    def with_change(self, change: Change, by: str) -> PlacesBy:
        """Places if one change came as well that closes nothing, at a school that stays open: the same, only quicker."""
        counted = self.places[by]
        places, by_site = counted.areas.places.copy(), counted.areas.by_site.copy()
        for part in change.parts:
            groups = np.flatnonzero(part.areas >= 0)
            gain = part.effects["places"]
            if part.site >= 0:
                before = by_site[part.site].copy()
                by_site[part.site] = np.maximum(before + gain, 0.0)
                gain = np.nan_to_num(by_site[part.site] - before)
            places[part.areas[groups], groups] += gain[groups]
        return replace(counted, areas=replace(counted.areas, places=np.maximum(places, 0.0), by_site=by_site))

    def central_places(self, area: Area, counted: PlacesBy) -> Array:
        """Central places of an area, (year groups of the phase, years ahead)."""
        return counted.areas.places[area.row][list(area.groups), 1:]

    def drawn_places(self, area: Area, counted: PlacesBy) -> Array:
        """Places of an area in each draw, never below none, (year groups of the phase, years ahead, draws or 1).

        What may go otherwise than planned is drawn once for the changes that stand; an option comes as it is planned.
        """
        central = self.central_places(area, counted)[:, :, None]
        return np.maximum(central + self._otherwise(area, counted), 0.0)

    def _otherwise(self, area: Area, counted: PlacesBy) -> Array:
        """Real less central places of an area, (year groups of the phase, years ahead, draws or 1)."""
        key = (id(counted.changes), area.row, area.phase)
        if key not in self._drawn:
            self._drawn[key] = self._drawn_anew(area, counted), counted.changes
        return self._drawn[key][0]

    def _drawn_anew(self, area: Area, counted: PlacesBy) -> Array:
        rows, groups = np.array([area.row]), list(area.groups)
        ahead, draws = len(self.years), self.project.simulations
        changes = uncertain_changes(list(counted.changes))
        supply = SupplyDraws(self.forecast.register, counted.areas, changes, self.project.seed)
        doubt = supply.doubtful(rows, groups, ahead, draws)
        found = supply.differences(rows, groups, ahead, draws, doubt)
        return np.zeros((len(groups), ahead, 1)) if found is None else found[0]

    @cached_property
    def _drawn(self) -> dict[tuple[int, int, Phase], tuple[Array, tuple[Change, ...]]]:
        """Draws of places made so far, with the changes that they belong to."""
        return {}

    def staying(self, area: Area) -> tuple[School, ...]:
        """The area's schools that do not close by a change that stands."""
        return tuple(school for school in area.schools if school.urn not in self.closing)

    @cached_property
    def closing(self) -> frozenset[str]:
        """URNs of schools that close by a change that stands."""
        return frozenset(self.standing.loc[self.standing["kind"].isin(("closure", "amalgamation")), "urn"])


def change_table(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows of ``planned_changes`` as a typed table."""
    return typed_table("planned_changes", pd.DataFrame([dict(row) for row in rows]))


def make_setting(inputs: Inputs, project: Project, base_year: AcademicYear, last: AcademicYear) -> Setting:
    """Forecast ten years ahead, draw demand once, and count places each way."""
    project = project.with_changes(horizon=YEARS_AHEAD)
    forecast = make_forecast(inputs, project, base_year, last, draw=False)
    table = inputs.table("planned_changes")
    stands = table["certainty"].isin(STANDING)
    occupied = (forecast.site_roll > 0) | (
        forecast.sites.reached & ~has_roll(forecast.register, forecast.history)[:, :, None]
    )
    peopled = forecast.history.area_roll[:, :, -1] > 0
    known_to = int(base_year) + (YEARS_AHEAD if base_year == last else 0)
    orders = {
        PAN: tuple(dict.fromkeys(["pan", *forecast.sites.order])),
        PROJECT: forecast.sites.order,
        CAPACITY: ("capacity",),
    }
    places = {
        by: _counted(inputs, forecast, order, table[stands], project, occupied, peopled)
        for by, order in orders.items()
    }
    return Setting(
        inputs, project, base_year, forecast,
        schools_of(inputs, forecast.register, known_to, int(base_year) + 1), _draw(forecast), places,
        table[stands], table[~stands], occupied, peopled,
    )  # fmt: skip


def areas_of(setting: Setting, code: str = "") -> list[Area]:
    """Return every planning area by phase, or those of one code."""
    found = []
    forecast = setting.forecast
    codes, names = forecast.register.areas["code"], forecast.register.areas["name"]
    for stage_phase, stage in forecast.stages.items():
        for phase in Phase:
            at = [place for place, group in enumerate(stage.groups) if group in phase.year_groups]
            groups = tuple(stage.groups[place] for place in at)
            for place, row in enumerate(stage.rows) if at else ():
                if code in ("", codes.iloc[row]):
                    schools = _schools_in(setting, int(row), groups)
                    found.append(
                        Area(phase, stage_phase, int(row), place, tuple(at), groups, str(codes.iloc[row]),
                             str(names.iloc[row]), schools)
                    )  # fmt: skip
    return found


def _schools_in(setting: Setting, row: int, groups: tuple[int, ...]) -> tuple[School, ...]:
    """Sites of the area that teach any of the year groups and still have pupils or places in the years ahead."""
    here = setting.forecast.register.area_of(groups[0]) == row
    taught = setting.forecast.register.in_range()[:, list(groups)].any(axis=1)
    roll = setting.forecast.site_roll[:, list(groups), 1:].sum(axis=(1, 2)) > 0
    offers = np.nan_to_num(setting.places[PAN].areas.by_site[:, list(groups), 1:]).sum(axis=(1, 2)) > 0
    return tuple(setting.schools[site] for site in np.flatnonzero(here & taught & (roll | offers)))


def _counted(
    inputs: Inputs,
    forecast: Forecast,
    order: tuple[str, ...],
    table: pd.DataFrame,
    project: Project,
    occupied: Array,
    peopled: Array,
) -> PlacesBy:
    sites = replace(forecast.sites, order=order)
    changes = _changes(inputs, forecast, table, sites, project)
    return PlacesBy(
        sites,
        tuple(changes),
        area_places(forecast.register, sites, changes, occupied, peopled, forecast.evidence),
    )


def _changes(
    inputs: Inputs, forecast: Forecast, table: pd.DataFrame, sites: SitePlaces, project: Project
) -> list[Change]:
    delays = delay_shares(inputs)
    return planned_changes(table, forecast.register, sites, project.delivery_probability, delays)


def _draw(forecast: Forecast) -> dict[Phase, Array]:
    """Draw the demand of every area once; the draw comes last."""
    codes = forecast.register.areas["code"]
    names = {phase: [str(codes.iloc[row]) for row in stage.rows] for phase, stage in forecast.stages.items()}
    found = dict[Phase, Array]()
    noise, central = forecast.tally.noise, forecast.uncontrolled
    for draws in simulate(forecast.stages, forecast.births, central, names, noise, forecast.held):
        shape = (len(draws.stage.rows), *draws.pupils.shape[1:])
        found.setdefault(draws.stage.phase, np.zeros(shape, dtype=np.float32))[draws.areas] = draws.pupils
    return found
