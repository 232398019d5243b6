"""The draws themselves, for those who want them: every area, year group, year and draw, kept while they are made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from placeplan.arrays import Array
from placeplan.demand.simulate import Draws
from placeplan.demand.survival import Stage
from placeplan.demand.tally import phase_places
from placeplan.problems import UsageError
from placeplan.project import Horizon
from placeplan.register import Register
from placeplan.years import AcademicYear, Phase, year_group_label

MOST_BYTES = 1_000_000_000
"""Draws beyond this size are refused; they are held in memory until they are written."""


@dataclass
class KeptDraws:
    """Draws by phase: (areas, year groups and total last, years ahead, draws), float32."""

    pupils: dict[Phase, Array] = field(default_factory=dict)

    def add(self, draws: Draws) -> None:
        """Take in the draws of some areas; chunks of other areas may be taken in at the same time."""
        for phase, places in phase_places(draws.stage).items():
            kept = self.pupils[phase]
            years = kept.shape[2]
            cells = draws.pupils[:, places, :years]
            kept[draws.areas, :-1] = cells
            kept[draws.areas, -1] = cells.sum(axis=1)


def room_for_draws(stages: Mapping[Phase, Stage], horizon: Horizon, simulations: int) -> KeptDraws:
    """Return empty arrays for the draws of each phase up to its horizon; UsageError if they would be too large."""
    shapes = {
        phase: (len(stage.rows), len(places) + 1, horizon[phase], simulations)
        for stage in stages.values()
        for phase, places in phase_places(stage).items()
    }
    size = 4 * sum(int(np.prod(shape)) for shape in shapes.values())
    if size > MOST_BYTES:
        fewer = int(simulations * MOST_BYTES / size)
        how = f"--simulations {fewer}" if fewer >= 100 else "a shorter --horizon or fewer areas"
        raise UsageError(
            f"--draws would save {size / 1e9:.1f} GB, more than {MOST_BYTES / 1e9:g} GB; "
            f"use {how}, or leave out --draws"
        )
    return KeptDraws({phase: np.zeros(shape, dtype=np.float32) for phase, shape in shapes.items()})


def draw_arrays(
    kept: KeptDraws, stages: Mapping[Phase, Stage], register: Register, base: AcademicYear
) -> dict[str, Array]:
    """Return the arrays of draws.npz by name: numbers and plain text, so that they load without pickle."""
    arrays: dict[str, Array] = {}
    for phase, pupils in kept.pupils.items():
        stage = stages[phase.area_phase]
        groups = [group for group in stage.groups if group in phase.year_groups]
        arrays[phase.value] = pupils[:, :-1]
        arrays[f"{phase.value}_total"] = pupils[:, -1]
        arrays[f"{phase.value}_area_codes"] = _texts(register.areas["code"].iloc[stage.rows])
        arrays[f"{phase.value}_year_groups"] = _texts(year_group_label(group) for group in groups)
        arrays[f"{phase.value}_years"] = _texts(base + ahead for ahead in range(1, pupils.shape[2] + 1))
    return arrays


def _texts(words: Iterable[object]) -> Array:
    return np.array([str(word) for word in words], dtype=np.str_)
