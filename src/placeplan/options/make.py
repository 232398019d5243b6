"""The story of ``placeplan options``: the setting, the areas in trouble, what could be done, each weighed, the fair plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from itertools import groupby
from typing import Any

import numpy as np

from placeplan.options.kinds import CLOSING, Candidate, Kind, kinds
from placeplan.options.outlook import (
    SHORT,
    SURPLUS,
    Trouble,
    outlook_now,
    trouble_of,
    troubles,
    ways_to_count,
)
from placeplan.options.reduction import TOGETHER, Reduction, at_risk, reduction
from placeplan.options.setting import Area, Setting, areas_of, make_setting
from placeplan.options.shortage import shortage_options
from placeplan.options.surplus import surplus_options
from placeplan.options.ways import Way, Ways, ways_of
from placeplan.options.weigh import Named, Weighed, ranked, weigh_all
from placeplan.problems import Finding, UsageError
from placeplan.project import Project
from placeplan.tables import Inputs, rows_of
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
        proposed = [row for row in _open_rows(setting, area) if _adds(row) == (kind == SHORT)]
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
    candidates += list(_proposed(setting, ways, trouble))
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


def _proposed(setting: Setting, ways: Ways, trouble: Trouble) -> Iterator[Candidate]:
    """Changes that others have proposed, each an option like any other, with what was said of it."""
    for row in _open_rows(setting, trouble.area):
        if _adds(row) == (trouble.kind == SHORT):
            yield _proposal(setting, ways, trouble, row)


def _proposal(setting: Setting, ways: Ways, trouble: Trouble, row: Any) -> Candidate:
    schools = tuple(
        next(school for school in setting.schools if school.urn == urn)
        for urn in (row.urn, row.into_urn)
        if urn in {school.urn for school in setting.schools}
    )
    kind = _kind_of(row)
    held = {
        name: getattr(row, name)
        for name in row._fields
        if name not in ("row", "certainty", "delivery_probability")
    }
    said = [f"proposed as {row.change_id}" + (f": {row.note}" if row.note else "")]
    risks = []
    for proposal in rows_of(setting.inputs.table("proposals")):
        if proposal.change_id == row.change_id:
            said.append(
                f"raised by {proposal.raised_by}; {proposal.board or 'no board'}: {proposal.outcome or 'open'}"
            )
            risks += [f"dissent: {proposal.dissent}"] if proposal.dissent else []
    offers = (
        schools[0].offers.get(int(row.year_group), np.nan)
        if schools and row.year_group == row.year_group
        else np.nan
    )
    number = schools[0].admits.get(int(row.year_group), np.nan) if offers == offers else np.nan
    if row.kind == "pan_change" and number + row.places < offers:
        risks.append(
            f"below the {offers:.0f} offers made: {number:.0f} would become {number + row.places:.0f}"
        )
    groups = len(trouble.area.groups)
    way = (
        ways.amalgamation(schools[0].type, schools[1].type, np.nan_to_num(row.places) * groups, np.nan)
        if row.kind == "amalgamation" and len(schools) == 2
        else ways.way(
            row.kind,
            schools[0].type if schools else "",
            float(np.nan_to_num(row.places)) * (1 if row.kind in ("pan_change", "bulge") else groups),
            years=float(row.end_year - row.start_year + 1),
        )
    )
    return Candidate(
        kind, ({**held, "certainty": "certain", "delivery_probability": 1.0},), schools, float(row.places),
        int(row.start_year), way, tuple(said), cost=None if np.isnan(row.cost) else float(row.cost),
        change_id=row.change_id, risks=tuple(risks),
    )  # fmt: skip


def _kind_of(row: Any) -> Kind:
    """The kind as given, with the words of the kind of option that it is like."""
    like = {"pan_change": "raise_pan" if _adds(row) else "cut_pan"}.get(row.kind, row.kind)
    known = kinds()[like]
    return replace(known, kind=row.kind, title=f"Proposed: {known.title[0].lower()}{known.title[1:]}",
                   funding=row.funding or known.funding)  # fmt: skip


def _adds(row: Any) -> bool:
    return row.kind not in (*CLOSING, "unit") and row.places > 0


def _open_rows(setting: Setting, area: Area) -> list[Any]:
    """Rows of changes proposed or talked about that touch the area in this phase."""
    here = {(area.row, group) for group in area.groups}
    touching = [change_id for change_id, cells in setting.touched.items() if cells & here]
    return (
        list(rows_of(setting.open_changes[setting.open_changes["change_id"].isin(touching)]))
        if touching
        else []
    )


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
