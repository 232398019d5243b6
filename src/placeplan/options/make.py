"""The story of ``placeplan options``: the setting, the areas in trouble, what could be done, each weighed, the fair plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from itertools import groupby

import numpy as np

from placeplan.options.kinds import Candidate, kinds
from placeplan.options.outlook import (
    SHORT,
    SURPLUS,
    Trouble,
    outlook_now,
    trouble_of,
    troubles,
    ways_to_count,
)
from placeplan.options.proposals import adds, open_rows, proposed
from placeplan.options.reduction import TOGETHER, Reduction, at_risk, reduction
from placeplan.options.setting import Area, Setting, areas_of, make_setting
from placeplan.options.shortage import shortage_options
from placeplan.options.surplus import surplus_options
from placeplan.options.ways import Way, Ways, ways_of
from placeplan.options.weigh import Named, Weighed, ranked, weigh_all
from placeplan.problems import Finding, UsageError
from placeplan.project import Project
from placeplan.tables import Inputs
from placeplan.years import AcademicYear

Progress = Callable[[str], None]


@dataclass(frozen=True)
class OptionsMade:
    """What a run of ``placeplan options`` has found: options by rank within area and trouble, the plan if asked."""

    setting: Setting
    ways: Ways
    weighed: tuple[Weighed, ...]
    plan: Reduction | None
    findings: tuple[Finding, ...]

    @property
    def inputs(self) -> Inputs:
        """The tables that were read."""
        return self.setting.inputs

    @property
    def project(self) -> Project:
        """The project, its horizon set to ten years."""
        return self.setting.project


def make_options(
    inputs: Inputs,
    project: Project,
    area_code: str = "",
    spare_target: float | None = None,
    on: date | None = None,
    progress: Progress = lambda step: None,
) -> OptionsMade:
    """List, weigh and rank what could be done; ``spare_target`` (a proportion) asks for a fair plan as well.

    ``on``: the day from which lead times count, else the January census of the base year. Raises UsageError for an area
    that is not there.
    """
    base_year, last = base_years(inputs, project)
    progress("Forecasting ten years ahead and drawing the uncertainty")
    setting = make_setting(inputs, project, base_year, last)
    ways = ways_of(setting, on)
    everywhere = areas_of(setting)
    areas = _chosen(everywhere, area_code)
    progress("Weighing what could be done")
    found = [trouble for area in areas for trouble in _with_open_changes(setting, area)]
    named = [one for trouble in found for one in _options_for(setting, ways, trouble, everywhere)]
    weighed: list[Weighed] = []
    for _, same in groupby(weigh_all(setting, named), key=lambda one: id(one.trouble)):
        weighed += ranked(list(same))
    plan = None
    if spare_target is not None:
        progress("Sharing out a fair plan")
        plan = reduction(setting, ways, areas, spare_target)
    return OptionsMade(setting, ways, tuple(weighed), plan, tuple(_findings(setting, plan)))


def base_years(inputs: Inputs, project: Project) -> tuple[AcademicYear, AcademicYear]:
    """Return the base year and the last year with rolls."""
    rolls = inputs.table("rolls")
    last = AcademicYear(int(rolls.loc[rolls["census"] == project.census, "academic_year"].max()))
    return project.base_year or last, last


def _chosen(areas: Sequence[Area], code: str) -> list[Area]:
    found = [area for area in areas if code in ("", area.code)]
    if not found:
        near = get_close_matches(code, [area.code for area in areas], n=1)
        hint = f", did you mean {near[0]}?" if near else ""
        raise UsageError(f"--area {code}: no planning area has this code{hint}")
    return found


def _with_open_changes(setting: Setting, area: Area) -> list[Trouble]:
    """The area's troubles; one without years in trouble where a change is proposed and nothing is wrong."""
    found = troubles(setting, area)
    kinds_found = {trouble.kind for trouble in found}
    for kind in (SHORT, SURPLUS):
        proposed = [row for row in open_rows(setting, area) if adds(row) == (kind == SHORT)]
        if proposed and kind not in kinds_found:
            by = ways_to_count(area)[0]
            now = outlook_now(setting, area, by)
            years = np.zeros(len(setting.years), dtype=bool)
            found.append(trouble_of(setting, area, kind, by, now, years))
    return found


def _options_for(setting: Setting, ways: Ways, trouble: Trouble, areas: Sequence[Area]) -> list[Named]:
    candidates = [_nothing(setting, ways, trouble)]
    if trouble.years.any():
        candidates += (
            list(shortage_options(setting, ways, trouble, areas))
            if trouble.kind == SHORT
            else list(surplus_options(setting, ways, trouble))
        )
    candidates += list(proposed(setting, ways, trouble))
    stem = f"{trouble.area.code}-{trouble.area.phase}-{trouble.kind}"
    names = [f"{stem}-{number:02d}" for number in range(len(candidates))]
    return [
        Named(name, trouble, _identified(candidate, name))
        for name, candidate in zip(names, candidates, strict=True)
    ]


def _identified(candidate: Candidate, option_id: str) -> Candidate:
    rows = tuple({"change_id": candidate.change_id or option_id, **row} for row in candidate.rows)
    return replace(candidate, rows=rows)


def _nothing(setting: Setting, ways: Ways, trouble: Trouble) -> Candidate:
    way = Way("nobody", "nobody", "no decision is needed", ways.on, True)
    start = int(setting.years[trouble.needed])
    return Candidate(kinds()["do_nothing"], (), (), 0.0, start, way, cost=0.0)


def _findings(setting: Setting, plan: Reduction | None) -> Iterator[Finding]:
    unlocated = [school for school in setting.schools if not school.located]
    if unlocated:
        message = (
            f"{len(unlocated)} of {len(setting.schools)} school sites have no coordinates: "
            "their areas' neighbours are those linked by transfers"
        )
        yield Finding("options-no-coordinates", message, "schools", column="easting")
    if plan is None:
        return
    for reason in plan.left_out:
        yield Finding("plan-left-out", f"not in the plan: {reason}", "admission_numbers")
    for one in at_risk(setting, plan, TOGETHER):
        message = (
            f"{one.area.name} ({one.area.code}): with the plan the chance that places run short reaches "
            f"{100 * setting.project.status.chance:.0f}% in an intake"
        )
        yield Finding("plan-risk", message, "admission_numbers")
    for name, found in plan.plans.items():
        missing = float(found.missing.sum())
        if missing > 0.5:
            who = "the authority alone" if name == "alone" else "every admission authority together"
            message = (
                f"the target of {100 * plan.target:g}% spare is out of reach for {who}: "
                f"{found.cut.sum():.0f} places a year can go, {missing:.0f} more would be needed"
            )
            yield Finding("plan-target-missed", message, "admission_numbers")
