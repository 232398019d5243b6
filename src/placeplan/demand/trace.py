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
from placeplan.demand.simulate import takes_year_six
from placeplan.demand.survival import Stage
from placeplan.demand.usual import size_shares
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
    if stage.phase is Phase.PRIMARY and births.given and stage.groups[0] == 0:
        comes_from[0], could[:, 0] = BIRTHS, births.count[:, -horizon:]
    elif takes_year_six(stage, stages):
        primary, link = stages[Phase.PRIMARY], stage.links[YEAR_SEVEN]
        six = primary.groups.index(YEAR_SEVEN - 1)
        leavers = np.concatenate([primary.base_roll[:, six, None], paths[Phase.PRIMARY][:, six]], axis=1)[
            :, :horizon
        ]
        comes_from[0], could[:, 0] = POOL, link.expected(leavers)
        pools[0], sources[0] = sparse.csr_array(link.pools[link.pool_of]), Phase.PRIMARY
    if stage.members:
        parts = size_shares(before[:, stage.members])
        whole = before[:, stage.members].sum(axis=1)
        for at, below in enumerate(stage.members[:-1]):
            pull[:, below + 1] = stage.pull[:, below + 1] * (whole * parts[:, at] - before[:, below])
    for place, weights in inner_pools(stage, np.arange(len(stage.rows))).items():
        comes_from[place], could[:, place] = POOL, weights @ before[:, place - 1]
        pull[:, place] = 0.0
        pools[place], sources[place] = sparse.csr_array(weights), stage.phase
    return Steps(tuple(comes_from), could, pull, stage.ratio, pools, sources)
