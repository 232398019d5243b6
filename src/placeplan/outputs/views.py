"""A finished run as people look at it: the authority, its districts, its planning areas and their schools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
import pandas as pd

from placeplan.accuracy import Alarm, alarms, authority_errors
from placeplan.outputs.evidence import Doubt, Watched, doubts, watched
from placeplan.outputs.outlook import PhaseOutlook, area_outlooks, wide_outlooks
from placeplan.outputs.schools import Birth, Change, School, births_by_area, changes_by_area, schools_by_area
from placeplan.outputs.words import plain
from placeplan.results import Result
from placeplan.years import Phase

_GRAVITY = {"short": 4, "high_surplus": 3, "tight": 2, "unknown": 1}


@dataclass(frozen=True)
class Wide:
    """A district or the authority: the outlook of each phase."""

    code: str
    name: str
    phases: Mapping[Phase, PhaseOutlook]


@dataclass(frozen=True)
class Area:
    """A planning area; a secondary area also holds its sixth forms."""

    code: str
    name: str
    district: str
    phase: Phase
    phases: Mapping[Phase, PhaseOutlook]
    schools: tuple[School, ...] = ()
    births: tuple[Birth, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def main(self) -> PhaseOutlook:
        """The phase that the area is drawn for; the sixth form where it teaches nothing else."""
        return self.phases.get(self.phase) or next(iter(self.phases.values()))

    @property
    def gravity(self) -> tuple[int, float]:
        """How much attention the area needs in its worst year; 0 is none."""
        worst = max(_GRAVITY.get(status, 0) for status in self.main.total.status)
        surplus = np.abs(np.nan_to_num(self.main.total.surplus))
        return worst, float(surplus.max(initial=0.0))


@dataclass(frozen=True)
class RunView:
    """Everything that report, workbook and charts show. ``shown`` are the areas that get a page.

    ``since``: what changed since an ``earlier`` run, in sentences; empty where none is given. ``options``: options.csv, if
    it is given.
    """

    result: Result
    scenario: str
    made_on: datetime | None
    authorities: tuple[Wide, ...]
    districts: tuple[Wide, ...]
    areas: tuple[Area, ...]
    shown: tuple[Area, ...]
    doubts: tuple[Doubt, ...] = ()
    watched: tuple[Watched, ...] = ()
    earlier: str = ""
    since: tuple[str, ...] = ()
    options: pd.DataFrame | None = None

    @property
    def threshold(self) -> float:
        """From what chance an area or a school is named."""
        return self.result.project.status.chance

    @property
    def title(self) -> str:
        """Name of the authority as the project gives it."""
        return plain(self.result.project.authority.name)

    @cached_property
    def past_errors(self) -> pd.DataFrame:
        """The authority's errors of earlier forecasts."""
        return authority_errors(self.result.frames["accuracy"])

    @cached_property
    def bias_alarms(self) -> list[Alarm]:
        """Who erred on one side in all of the last years."""
        return alarms(self.result.frames["accuracy"], self.past_errors)

    @property
    def is_partial(self) -> bool:
        """Whether only the areas that need attention are shown."""
        return len(self.shown) < len(self.areas)


def view_run(
    result: Result, all_areas: bool = False, made_on: datetime | None = None, brief: bool = False
) -> RunView:
    """Return the run as people look at it; of several scenarios the first.

    ``brief`` leaves out what only the pages of areas need: most year groups, and schools. So are areas built that
    get no page.
    """
    scenario = result.scenarios[0]
    limit = result.project.outputs.all_areas_up_to
    partial = not all_areas and len(result.inputs.table("areas")) > limit
    areas = _areas(result, scenario, brief or partial)
    shown = _gravest(areas, limit) if partial else areas
    if partial and not brief:
        whole = _areas(result, scenario, False, frozenset(area.code for area in shown))
        wanted = {(area.phase, area.code) for area in shown}
        shown = tuple(area for area in whole if (area.phase, area.code) in wanted)
    return RunView(
        result=result,
        scenario=scenario,
        made_on=made_on,
        authorities=_wide(result, scenario, "authority"),
        districts=_wide(result, scenario, "district"),
        areas=areas,
        shown=shown,
        doubts=doubts(result),
        watched=watched(result),
    )


def needs_attention(area: Area) -> bool:
    """Tell whether the area is short, tight, in high surplus or without known places in any year."""
    return area.gravity[0] > 0


def _gravest(areas: tuple[Area, ...], limit: int) -> tuple[Area, ...]:
    """Return the areas that need attention most, in their order, at most as many as the limit."""
    gravest = sorted(filter(needs_attention, areas), key=lambda area: area.gravity, reverse=True)
    chosen = {(area.phase, area.code) for area in gravest[:limit]}
    return tuple(area for area in areas if (area.phase, area.code) in chosen)


def _areas(
    result: Result, scenario: str, brief: bool, codes: frozenset[str] | None = None
) -> tuple[Area, ...]:
    names = _area_names(result)
    schools = {} if brief else schools_by_area(result, scenario, codes)
    births = births_by_area(result)
    changes = changes_by_area(result)
    found = []
    for (phase, code), phases in area_outlooks(result, scenario, brief, codes).items():
        name, district = names.get((phase, code), (plain(code), ""))
        key = (phase, code)
        found.append(
            Area(
                code, name, district, phase, phases,
                schools.get(key, ()),
                _births_within(births.get(code, ()), phases) if phase is Phase.PRIMARY else (),
                changes.get(key, ()),
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda area: (list(Phase).index(area.phase), area.name, area.code)))


def _births_within(births: tuple[Birth, ...], phases: Mapping[Phase, PhaseOutlook]) -> tuple[Birth, ...]:
    """Leave out the births behind Reception after the last forecast year."""
    last = max(outlook.total.years[-1] for outlook in phases.values())
    return tuple(birth for birth in births if birth.reception <= last)


def _area_names(result: Result) -> dict[tuple[Phase, str], tuple[str, str]]:
    table = result.inputs.table("areas")
    rows = zip(table["phase"], table["area_code"], table["area_name"], table["district"], strict=True)
    return {
        (Phase(phase), code): (plain(name or code), plain(district)) for phase, code, name, district in rows
    }


def _wide(result: Result, scenario: str, geography: str) -> tuple[Wide, ...]:
    summary = result.frames["sufficiency_summary"]
    summary = summary[summary["geography"] == geography]
    names = dict(zip(summary["code"], summary["name"], strict=True))
    outlooks = wide_outlooks(result, scenario, geography)
    return tuple(Wide(code, plain(str(names[code]) or code), phases) for code, phases in outlooks.items())
