"""School choice: how families of an area spread over schools, and what happens when a school is full."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from exampleshire_maker.county import AREAS, SECONDARY_CODES, Area, distance
from exampleshire_maker.schools import Provision

Counts = NDArray[np.int64]
Reals = NDArray[np.float64]

_NEAR = (1.0, 0.045, 0.003, 0.0, 0.0, 0.0)
_FAITH = (1.0, 0.11, 0.012, 0.0, 0.0, 0.0)
_SECONDARY_NEAR = (1.0, 0.07, 0.010, 0.001, 0.0, 0.0)
_SECONDARY_WIDE = (1.0, 0.22, 0.060, 0.012, 0.0, 0.0)
_ROUNDS = 5


def steps_to_secondary(home: Area, secondary_area: int) -> int:
    """Steps from a cell to the nearest cell of a secondary area."""
    return min(distance(home, cell) for cell in AREAS if cell.secondary_index == secondary_area)


def primary_pull(provisions: tuple[Provision, ...]) -> Reals:
    """Return how strongly each primary school draws families, apart from size (home area, provision)."""
    pull = np.zeros((len(AREAS), len(provisions)))
    for column, school in enumerate(provisions):
        if school.primary_area is not None:
            curve = _FAITH if school.denomination else _NEAR
            for row, home in enumerate(AREAS):
                pull[row, column] = curve[distance(home, AREAS[school.primary_area])]
    return pull


def secondary_pull(provisions: tuple[Provision, ...]) -> Reals:
    """Return the same for secondary schools; the row after the areas stands for homes outside the county."""
    pull = np.zeros((len(AREAS) + 1, len(provisions)))
    for column, school in enumerate(provisions):
        if school.secondary_area is not None:
            wide = bool(school.denomination) or school.selective or school.gender != "mixed"
            curve = _SECONDARY_WIDE if wide else _SECONDARY_NEAR
            for row, home in enumerate(AREAS):
                pull[row, column] = curve[steps_to_secondary(home, school.secondary_area)]
            pull[-1, column] = 2.0 if school.selective else 1.0
    return pull


def spread(pupils: Counts, weights: Reals, random: np.random.Generator) -> Counts:
    """Return pupils (home, school): each home's pupils shared out at random by its row of weights."""
    totals = weights.sum(axis=1)
    flow = np.zeros(weights.shape, dtype=np.int64)
    for home in np.flatnonzero((pupils > 0) & (totals > 0)):
        flow[home] = random.multinomial(pupils[home], weights[home] / totals[home])
    return flow


def allocate(
    pupils: Counts, weights: Reals, limit: Counts, random: np.random.Generator
) -> tuple[Counts, Counts]:
    """Return first preferences and offers, each (home, school).

    Pupils beyond a school's limit choose again among schools with room; those whom no round places stay
    at their first preference, which then offers more than its limit.
    """
    first = spread(pupils, weights, random)
    offers = first.copy()
    for _ in range(_ROUNDS):
        over = np.maximum(offers.sum(axis=0) - limit, 0)
        room = np.maximum(limit - offers.sum(axis=0), 0)
        if not over.any() or not room.any():
            break
        displaced = np.zeros_like(offers)
        for school in np.flatnonzero(over):
            displaced[:, school] = random.multivariate_hypergeometric(
                offers[:, school], over[school], method="marginals"
            )
        second = weights * np.minimum(room, 30)
        placeable = second.sum(axis=1) > 0
        displaced[~placeable] = 0
        offers = offers - displaced + spread(displaced.sum(axis=1), second, random)
    return first, offers


def secondary_positions(provisions: tuple[Provision, ...]) -> list[list[int]]:
    """Return the provisions of each secondary area."""
    return [
        [column for column, school in enumerate(provisions) if school.secondary_area == area]
        for area in range(len(SECONDARY_CODES))
    ]
