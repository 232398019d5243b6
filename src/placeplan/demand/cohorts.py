"""What each forecast year group rests on: pupils already on roll, births known, births projected, or recent intakes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from placeplan.arrays import Array
from placeplan.demand.births import COUNTED, Births
from placeplan.demand.survival import Stage
from placeplan.years import YEAR_SEVEN, Phase

ROLLS, KNOWN, CHILDREN, GIVEN, PROJECTED, INTAKES = (
    "rolls", "known births", "children counted", "given projection", "projected births", "recent intakes",
)  # fmt: skip
WORDS = {
    "known": KNOWN,
    COUNTED: CHILDREN,
    "given projection": GIVEN,
    "projected": PROJECTED,
    "none": INTAKES,
}
"""What a year group rests on by the basis of its births."""
_ORDER = (ROLLS, KNOWN, CHILDREN, INTAKES, GIVEN, PROJECTED)


def rests_on(stages: Mapping[Phase, Stage], births: Births, horizon: int) -> dict[Phase, Array]:
    """Return by stage what each cell rests on, (areas, year groups, years ahead).

    A cohort in the stage's first year group by the base year rests on ``rolls``; a later one on its births, in a secondary
    area on those of all the primary areas that pupils may come from (on projected ones if any of them are), or on
    ``recent intakes`` where neither births nor primary areas lead to it.
    """
    found: dict[Phase, Array] = {}
    for phase, stage in stages.items():
        groups, years = len(stage.groups), np.arange(1, horizon + 1)
        entered = years[None, :] - np.arange(groups)[:, None]
        entry = _entry(phase, stage, stages, found, births, horizon)
        later = entry[:, np.clip(entered - 1, 0, horizon - 1)]
        found[phase] = np.where(entered[None] <= 0, ROLLS, later).astype(object)
    return found


def of_births(basis: Array) -> Array:
    """Return what Reception rests on by the basis of its births."""
    words = np.full(basis.shape, INTAKES, dtype=object)
    for name, word in WORDS.items():
        words[basis == name] = word
    return words


def _entry(
    phase: Phase,
    stage: Stage,
    stages: Mapping[Phase, Stage],
    found: Mapping[Phase, Array],
    births: Births,
    horizon: int,
) -> Array:
    """What the first year group of a stage rests on, (areas, years ahead)."""
    shape = (len(stage.rows), horizon)
    if phase is Phase.PRIMARY and births.given and stage.groups[0] == 0:
        return of_births(births.basis[:, -horizon:])
    primary = stages.get(Phase.PRIMARY)
    takes = stage.groups[0] == YEAR_SEVEN and YEAR_SEVEN in stage.links
    if not takes or primary is None or YEAR_SEVEN - 1 not in primary.groups or phase is Phase.PRIMARY:
        return np.full(shape, INTAKES, dtype=object)
    six = found[Phase.PRIMARY][:, primary.groups.index(YEAR_SEVEN - 1)]
    order = {word: place for place, word in enumerate(_ORDER)}
    worst = np.vectorize(order.get, otypes=[np.int64])(six).max(axis=0)
    before = np.concatenate([[0], worst[: horizon - 1]])
    return np.broadcast_to(np.array(_ORDER, dtype=object)[before], shape)
