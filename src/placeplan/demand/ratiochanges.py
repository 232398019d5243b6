"""Ratios of the years ahead as a scenario changes them: learnt as ever, then multiplied.

    ratio'[a, g, h] = ratio[a, g, h] x product of (1 + change) over the changes that name area a, year group g and year h

How sure the ratios are stays as learnt, every error being a factor on them, unless a scenario says how far they may be out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from placeplan.arrays import Array
from placeplan.demand.reach import Reach
from placeplan.demand.survival import Stage
from placeplan.operations import RatioChange
from placeplan.register import Register
from placeplan.years import AcademicYear, Phase, phase_of


def changed_ratios(
    stages: Mapping[Phase, Stage], changes: Sequence[RatioChange], register: Register, base_year: AcademicYear
) -> dict[Phase, Stage]:
    """Return the stages with their ratios multiplied, the same stages if nothing changes."""
    found = dict(stages)
    for phase, stage in stages.items() if changes else ():
        factor = np.ones(stage.ratio.shape)
        for change in changes:
            factor[_cells(stage, change, register, base_year)] *= 1.0 + change.change / 100.0
        found[phase] = replace(stage, ratio=stage.ratio * factor)
    return found


def with_spread(stages: Mapping[Phase, Stage], factor: float) -> dict[Phase, Stage]:
    """Return the stages with the errors of their ratios scaled in the draws, the same stages if ``factor`` is 1."""
    if factor == 1.0:
        return dict(stages)
    return {
        phase: replace(stage, reach=Reach(stage.reach.common * factor, stage.reach.local * factor))
        for phase, stage in stages.items()
    }


def _cells(
    stage: Stage, change: RatioChange, register: Register, base_year: AcademicYear
) -> tuple[Array, ...]:
    codes = register.areas["code"].iloc[stage.rows]
    areas = [place for place, code in enumerate(codes) if change.areas is None or code in change.areas]
    groups = [
        place
        for place, (group, name) in enumerate(zip(stage.groups, stage.classes, strict=True))
        if change.transition in (None, name, phase_of(group).value)
        and (change.year_groups is None or group in change.year_groups)
    ]
    years = [ahead for ahead in range(stage.ratio.shape[2]) if change.holds(base_year + 1 + ahead)]
    return np.ix_(np.array(areas, int), np.array(groups, int), np.array(years, int))
