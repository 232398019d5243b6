"""A fair plan for surplus: admission numbers that leave a stated share of places spare, solved twice.

Each area is planned at its main year group of entry, from the first intake for which numbers can still be determined. Its
places P and demand D are looked at over the intakes of ``options.plan_years``; with the target t the places to go are

    the least over those intakes of P − D / (1 − t), and never more than the least of P − D,

so that the fullest intake has the target's share spare and none is short. The plan is made once with the powers of the
authority alone (schools whose admission authority it is) and once with every admission authority agreeing; once more
together for the places that the authority reaches alone, so that fairness is compared at like for like.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.options.fairplan import Admissions, FairPlan, Weights, fair_plan
from placeplan.options.kinds import change_row, kinds
from placeplan.options.outlook import Outlook, outlook_of
from placeplan.options.schools import School
from placeplan.options.setting import PAN, Area, Setting
from placeplan.options.shortage import HALF_FORM, admission_number, entry_of
from placeplan.options.surplus import floor_of
from placeplan.options.ways import Ways
from placeplan.years import Phase

ALONE, TOGETHER = "alone", "together"
PLANNED_PHASES = (Phase.PRIMARY, Phase.SECONDARY)


@dataclass(frozen=True)
class PlanSchool:
    """One school of a plan: its area's place in the plan, year group of entry, admission number, floor."""

    school: School
    area: int
    number: float
    least: float


@dataclass(frozen=True)
class PlanArea:
    """One area of a plan: ``entry``: its main year group of entry; ``start``: first intake; ``places`` and ``demand``:
    by intake of the plan; ``target`` and ``most``: places a year that ought to go, and that can go at most."""

    area: Area
    entry: int
    start: int
    places: Array
    demand: Array
    target: float
    most: float

    def spare_percent(self, cut: float) -> float:
        """Spare share of places in the fullest intake after a cut, in per cent."""
        left = self.places - cut
        share = np.where(left > 0, 100.0 * (left - self.demand) / np.where(left > 0, left, 1.0), np.nan)
        return float(np.nanmin(share)) if np.isfinite(share).any() else float("nan")


@dataclass(frozen=True)
class Reduction:
    """Both plans with what they are made of.

    ``plans``: by name, ``alone`` and ``together``; ``alike``: together, for the places that the authority reaches alone.
    ``rows``: rows of ``planned_changes`` by plan and area's place; ``outlooks``: by plan, each area before and after.
    ``left_out``: schools and areas that no plan can hold, with the reason. ``revenue``: pounds a year for one pupil by
    phase, where known.
    """

    target: float
    step: int
    areas: tuple[PlanArea, ...]
    schools: tuple[PlanSchool, ...]
    case: Admissions
    trusts: tuple[str, ...]
    plans: Mapping[str, FairPlan]
    alike: FairPlan
    rows: Mapping[str, Mapping[int, list[dict[str, Any]]]]
    outlooks: Mapping[str, Mapping[int, tuple[Outlook, Outlook]]]
    left_out: tuple[str, ...]
    revenue: Mapping[Phase, float | None]


def reduction(setting: Setting, ways: Ways, areas: Sequence[Area], target: float) -> Reduction:
    """Make both plans; ``target`` is the share of places that ought to stay spare, a proportion."""
    choice = setting.project.options
    plan_areas, schools, left_out = _gather(setting, ways, areas, target)
    trusts = tuple(sorted({one.school.trust for one in schools} - {""}))
    case = _case(plan_areas, schools, trusts, setting.project.options.inspection_weight > 0)
    weights = Weights(choice.preference_weight, choice.inspection_weight)
    own = np.array([one.school.by_local_authority for one in schools], dtype=bool)
    alone = fair_plan(replace(case, may_change=own), choice.step, weights)
    together = fair_plan(case, choice.step, weights)
    reached = np.bincount(case.area, weights=alone.cut, minlength=len(plan_areas))
    alike = fair_plan(case, choice.step, weights, wanted=reached)
    plans = {ALONE: alone, TOGETHER: together}
    rows = {name: _rows(plan_areas, schools, plan) for name, plan in plans.items()}
    outlooks = {name: _outlooks(setting, plan_areas, found) for name, found in rows.items()}
    return Reduction(
        target, choice.step, tuple(plan_areas), tuple(schools), case, trusts, plans, alike, rows, outlooks,
        tuple(left_out), {phase: _revenue(ways, phase) for phase in PLANNED_PHASES},
    )  # fmt: skip


def _revenue(ways: Ways, phase: Phase) -> float | None:
    rate = ways.rate("pupil_revenue", phase)
    return None if rate is None else rate.amount


def _gather(
    setting: Setting, ways: Ways, areas: Sequence[Area], target: float
) -> tuple[list[PlanArea], list[PlanSchool], list[str]]:
    plan_areas: list[PlanArea] = []
    schools: list[PlanSchool] = []
    left_out: list[str] = []
    for area in areas:
        if area.phase not in PLANNED_PHASES:
            continue
        entry = _main_entry(area)
        if entry is None:
            left_out.append(f"{area.name} ({area.code}, {area.phase}): no school has an admission number")
            continue
        planned = _plan_area(setting, ways, area, entry, target)
        if planned is None:
            left_out.append(f"{area.name} ({area.code}, {area.phase}): its places are not known")
            continue
        found, reasons = _plan_schools(setting, area, planned, len(plan_areas))
        plan_areas.append(planned)
        schools += found
        left_out += reasons
    return plan_areas, schools, left_out


def _main_entry(area: Area) -> int | None:
    """The year group into which the area's schools admit most."""
    admitted: dict[int, float] = {}
    for school in area.schools:
        for group, number in school.admits.items():
            if group in area.groups:
                admitted[group] = admitted.get(group, 0.0) + number
    return max(admitted, key=lambda group: (admitted[group], -group)) if admitted else None


def _plan_area(setting: Setting, ways: Ways, area: Area, entry: int, target: float) -> PlanArea | None:
    decided_as = kinds()["cut_pan"].decided_as
    next_year = int(setting.years[0])
    start = max(
        ways.first_year(ways.way(decided_as, school.type, -HALF_FORM), next_year) for school in area.schools
    )
    intakes = (setting.years >= start) & (setting.years < start + setting.project.options.plan_years)
    if not intakes.any():
        return None
    place = area.groups.index(entry)
    places = setting.places[PAN].areas.places[area.row][entry, 1:][intakes]
    demand = setting.demand(area)[place][intakes]
    if not np.isfinite(places).all():
        return None
    goal = float((places - demand / (1.0 - target)).min())
    most = float(np.floor((places - demand).min()))
    return PlanArea(area, entry, start, places, demand, max(goal, 0.0), max(most, 0.0))


def _plan_schools(
    setting: Setting, area: Area, planned: PlanArea, place: int
) -> tuple[list[PlanSchool], list[str]]:
    found, reasons = [], []
    for school in area.schools:
        number = admission_number(setting, school, planned.entry, planned.start)
        at = int(planned.start - setting.years[0])
        open_then = np.nan_to_num(setting.places_at(school, [planned.entry]))[0, at] > 0
        if entry_of(school, area) != planned.entry or not number > 0:
            reasons.append(f"{school.name} ({school.urn}): no admission number at the year group of the plan")
        elif not open_then:
            reasons.append(f"{school.name} ({school.urn}): no places in the first intake of the plan")
        else:
            found.append(
                PlanSchool(school, place, number, min(floor_of(setting, school, planned.entry), number))
            )
    return found, reasons


def _case(
    areas: Sequence[PlanArea], schools: Sequence[PlanSchool], trusts: Sequence[str], inspected: bool
) -> Admissions:
    number_of = {name: number for number, name in enumerate(trusts)}
    entry = [areas[one.area].entry for one in schools]
    first = [
        one.school.first_preferences.get(group, np.nan) for one, group in zip(schools, entry, strict=True)
    ]
    return Admissions(
        area=np.array([one.area for one in schools], dtype=np.int64),
        trust=np.array([number_of.get(one.school.trust, -1) for one in schools], dtype=np.int64),
        pan=np.array([one.number for one in schools], dtype=float),
        least=np.array([one.least for one in schools], dtype=float),
        may_change=np.ones(len(schools), dtype=bool),
        first_preferences=np.array(first, dtype=float),
        outcome=inspection_standing([one.school for one in schools]) if inspected else np.zeros(len(schools)),
        target=np.array([one.target for one in areas], dtype=float),
        most=np.array([one.most for one in areas], dtype=float),
    )


def inspection_standing(schools: Sequence[School]) -> Array:
    """How far each school's outcome stands above the mean of its own framework; 0 where it is blank or has no grade.

    Outcomes of different frameworks never share a scale: each is compared with those of its own alone.
    """
    grades = {
        (row["framework"], row["outcome"]): float(row["standing"])
        for row in data_rows("inspection_outcomes.csv")
    }
    found = np.array(
        [grades.get((s.framework.strip(), s.outcome.strip().casefold()), np.nan) for s in schools]
    )
    standing = np.zeros(len(schools))
    frameworks = np.array([school.framework.strip() for school in schools], dtype=object)
    for framework in set(frameworks):
        same = (frameworks == framework) & np.isfinite(found)
        if same.any():
            standing[same] = found[same] - found[same].mean()
    return standing


def _rows(
    areas: Sequence[PlanArea], schools: Sequence[PlanSchool], plan: FairPlan
) -> dict[int, list[dict[str, Any]]]:
    """Rows of ``planned_changes`` by area's place."""
    rows: dict[int, list[dict[str, Any]]] = {}
    for one, cut in zip(schools, plan.cut, strict=True):
        if cut > 0:
            at = areas[one.area]
            row = change_row(at.area.code, at.area.phase, one.school, "pan_change", at.start, -float(cut))
            name = f"cut-{one.school.urn}-{at.entry}"
            rows.setdefault(one.area, []).append(row | {"year_group": at.entry, "change_id": name})
    return rows


def _outlooks(
    setting: Setting, areas: Sequence[PlanArea], rows: Mapping[int, list[dict[str, Any]]]
) -> dict[int, tuple[Outlook, Outlook]]:
    """Each area's ten years without and with a whole plan, by admission numbers."""
    every = [row for found in rows.values() for row in found]
    before = setting.places[PAN]
    after = setting.with_rows(every, PAN) if every else before
    return {
        place: (outlook_of(setting, one.area, before), outlook_of(setting, one.area, after))
        for place, one in enumerate(areas)
    }


def at_risk(setting: Setting, plan: Reduction, name: str) -> list[PlanArea]:
    """Areas in which a plan brings the chance that the lowest year group runs short in an intake to the threshold."""
    threshold = setting.project.status.chance
    found = []
    for place, one in enumerate(plan.areas):
        intakes = (setting.years >= one.start) & (setting.years < one.start + len(one.places))
        before, after = (pair.entry_chance[intakes] for pair in plan.outlooks[name][place])
        if ((after >= threshold) & (before < threshold)).any():
            found.append(one)
    return found
