"""The steps of the central path, cell by cell: who could come, the pull, the ratio; read back from the path, not made again.

    baseline before control totals = (could come + pull) x ratio

holds for every area, year group and year to rounding; ``explain`` shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from placeplan.arrays import Array
from placeplan.demand.births import Births
from placeplan.demand.pools import inner_pools
from placeplan.demand.simulate import from_births, leavers, takes_year_six
from placeplan.demand.survival import Stage
from placeplan.demand.usual import away, size_shares
from placeplan.origins import BELOW, BIRTHS, POOL, ROLLS
from placeplan.years import YEAR_SEVEN, Phase


@dataclass(frozen=True)
class Steps:
    """The steps of one stage, (areas, year groups, years ahead).

    ``comes_from``: by year group, where its pupils come from. ``pools``: by place of a year group that takes from a pool,
    the weight of each source area, (areas, source areas); ``sources``: by the same place, the stage of the source areas.
    """

    comes_from: tuple[str, ...]
    could_come: Array
    pull: Array
    ratio: Array
    pools: Mapping[int, sparse.csr_array]
    sources: Mapping[int, Phase]


def trace_steps(
    stages: Mapping[Phase, Stage], births: Births, paths: Mapping[Phase, Array]
) -> dict[Phase, Steps]:
    """Return the steps of every stage; ``paths``: the baseline before control totals, by stage."""
    return {phase: _steps(stage, stages, births, paths) for phase, stage in stages.items()}


def _steps(
    stage: Stage, stages: Mapping[Phase, Stage], births: Births, paths: Mapping[Phase, Array]
) -> Steps:
    path = paths[stage.phase]
    horizon = path.shape[2]
    before = np.concatenate([stage.base_roll[:, :, None], path[:, :, :-1]], axis=2)
    could, pull = np.zeros_like(path), np.zeros_like(path)
    comes_from = [ROLLS, *[BELOW] * (len(stage.groups) - 1)]
    could[:, 1:] = before[:, :-1]
    could[:, 0] = 1.0
    pools: dict[int, sparse.csr_array] = {}
    sources: dict[int, Phase] = {}
    if from_births(stage, births):
        comes_from[0], could[:, 0] = BIRTHS, births.count[:, -horizon:]
    elif takes_year_six(stage, stages):
        link = stage.links[YEAR_SEVEN]
        comes_from[0], could[:, 0] = POOL, link.expected(leavers(stages[Phase.PRIMARY], paths[Phase.PRIMARY]))
        pools[0], sources[0] = sparse.csr_array(link.pools[link.pool_of]), Phase.PRIMARY
    if stage.members:
        parts = size_shares(before[:, stage.members])
        for place, pupils_away in away(before, stage.members, parts):
            pull[:, place] = stage.pull[:, place] * pupils_away
    for place, weights in inner_pools(stage, np.arange(len(stage.rows))).items():
        comes_from[place], could[:, place] = POOL, weights @ before[:, place - 1]
        pull[:, place] = 0.0
        pools[place], sources[place] = sparse.csr_array(weights), stage.phase
    return Steps(tuple(comes_from), could, pull, stage.ratio, pools, sources)
