"""Draws of those who could come into a year group from other areas, added up as their own areas are drawn.

Most cohorts stay in their area. Where a link leads from others (Year 7, junior and upper schools), only the sums of each
pool's draws are kept, so that areas can be drawn a few at a time however wide a pool reaches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from scipy import sparse

from placeplan.arrays import Array
from placeplan.demand.links import Link
from placeplan.demand.survival import Stage

Weights: TypeAlias = sparse.csr_array


@dataclass(frozen=True)
class Pool:
    """Pools of a link: ``weights`` (pools, source areas), ``pool_of`` (target areas) and those who could come.

    ``cohort``: (pools, years ahead, draws), the first year's from the base roll.
    """

    weights: sparse.csc_array
    pool_of: Array
    cohort: Array

    def add(self, areas: Array, cohort: Array) -> None:
        """Add the draws of some source areas' year group below, (areas, years ahead, draws)."""
        part = sparse.csr_array(self.weights[:, areas])
        pools = np.flatnonzero(np.diff(part.indptr))
        before = cohort[:, :-1]
        came = part[pools] @ before.reshape(len(areas), -1)
        self.cohort[pools, 1:] += came.reshape(len(pools), *before.shape[1:])

    def expected(self, targets: Array | slice) -> Array:
        """Return who could come into some target areas, (areas, years ahead, draws)."""
        return self.cohort[self.pool_of[targets]]


def open_pool(link: Link, targets: Array, base: Array, without: Array, shape: tuple[int, int]) -> Pool:
    """Return the pools of some target areas of a link, with their base year and nobody drawn yet.

    ``base``: (source areas) the year group below in the base year; source areas ``without`` do not count;
    ``shape``: years and draws.
    """
    used, pool_of = np.unique(link.pool_of[targets], return_inverse=True)
    counts = np.ones(len(base))
    counts[without] = 0.0
    weights = sparse.csc_array(link.pools[used] @ sparse.diags_array(counts))
    weights.eliminate_zeros()
    cohort = np.zeros((len(used), *shape))
    cohort[:, 0] = (weights @ np.nan_to_num(base))[:, None]
    return Pool(weights, pool_of, cohort)


def inner_links(stage: Stage) -> Iterator[tuple[int, Link]]:
    """Yield the links into year groups above the stage's first, with the place of the year group."""
    for group, link in stage.links.items():
        if group != stage.groups[0]:
            yield stage.groups.index(group), link


def inner_pools(stage: Stage, areas: Array) -> dict[int, Weights]:
    """Return, by place of a linked year group, what each of some areas takes from each of them, (areas, areas)."""
    return {
        place: sparse.csr_array(link.pools[link.pool_of[areas]][:, areas])
        for place, link in inner_links(stage)
    }


def tied_areas(stage: Stage) -> Array:
    """Return the places of areas in which a year group above the first does not simply come from the one below it."""
    tied = np.zeros(len(stage.rows), dtype=bool)
    for _, link in inner_links(stage):
        away = sparse.csr_array(link.pools[link.pool_of] - sparse.eye_array(len(tied), format="csr"))
        away.eliminate_zeros()
        tied |= np.diff(away.indptr) > 0
    return np.flatnonzero(tied)
