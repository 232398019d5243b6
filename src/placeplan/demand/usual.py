"""Cohorts drift back toward the usual size of their area: full year groups lose pupils, empty ones gain.

A cohort that is larger than its area's others has fewer places to join and more reasons to leave, and one that is smaller
has room; besides, a single census counts some children who are only passing. With c the year group below a year before and
s its usual size, those who could come are

    could = c - pull[g] × (c - s),      s[a, g] = profile[g] × sum_g c[a, g] / sum_g profile[g],

where profile[g] is the year group's part of the authority's pupils, so that a large generation stays large and the sum of
``could`` over the authority is the sum of c. ``pull`` is found by least squares over all areas and years, each cell weighted
by 1 / c, with a prior around 0: an authority whose areas show nothing of the kind keeps its cohorts as they are.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from placeplan.arrays import Array
from placeplan.demand.flows import Flow

PRIOR_PULL = 0.1
"""Standard deviation of the pull in its prior, around 0."""
LARGEST_PULL = 0.6
FAR_RATIO, FAR_SIZE = 0.3, 0.6
"""Cells that moved or stand further off than these shares of the cohort come from openings and borders: left out."""
LEAST_COHORT = 1.0


def usual_size(cohorts: Array) -> Array:
    """Return the usual size of each year group, (areas, year groups, …) like ``cohorts``; 0 where an area has nobody."""
    return cohorts.sum(axis=1, keepdims=True) * size_shares(cohorts)


def size_shares(cohorts: Array) -> Array:
    """Return each year group's usual part of its area's pupils, (areas, year groups, …), from the authority's profile.

    Only year groups that an area has take part; the parts of an area add up to 1.
    """
    has = cohorts > 0
    profile = np.where(has, cohorts.sum(axis=0), 0.0)
    whole = profile.sum(axis=1, keepdims=True)
    shares: Array = np.where(has, profile / np.where(whole > 0, whole, 1.0), 0.0)
    return shares


def away(before: Array, members: list[int], parts: Array) -> Iterator[tuple[int, Array]]:
    """Yield the place of each year group that is drawn back, and by how many its usual size exceeds the one below it.

    ``before``: (areas, year groups, …) a year before; ``members`` as ``members_of`` gives them; ``parts``: usual parts of
    an area's pupils, (areas, members, …).
    """
    whole = before[:, members].sum(axis=1)
    for at, below in enumerate(members[:-1]):
        yield below + 1, whole * parts[:, at] - before[:, below]


def drawn_back(below: Array, usual: Array, pull: Array) -> Array:
    """Return those who could come of the year group below, drawn toward its usual size by ``pull``."""
    drawn: Array = below - pull * (below - usual)
    return drawn


def find_pull(roll: Array, places: list[int], counted: Array) -> Array:
    """Return the pull of each year group, (year groups), 0 outside ``places``.

    ``roll``: (areas, year groups, years), NaN unknown; ``places``: year groups into which cohorts just go on, each from the
    one before it; ``counted``: (years) which years' rolls count.
    """
    pull = np.zeros(roll.shape[1])
    if not places or len(roll) < 2 or roll.shape[2] < 2:
        return pull
    members = members_of(places)
    usual = np.zeros(roll.shape)
    usual[:, members] = usual_size(np.nan_to_num(roll[:, members]))
    for place in places:
        below, came = roll[:, place - 1, :-1], roll[:, place, 1:]
        known = np.isfinite(below) & np.isfinite(came) & (below > 0) & (came > 0) & counted[1:]
        whole = np.where(known, below, 0.0).sum(axis=0)
        ratio = np.where(known, came, 0.0).sum(axis=0) / np.where(whole > 0, whole, 1.0)
        size = np.maximum(np.where(known, below, LEAST_COHORT), LEAST_COHORT)
        moved = np.where(known, came / np.where(ratio > 0, ratio, 1.0), 0.0) - np.where(known, below, 0.0)
        excess = np.where(known, below - usual[:, place - 1, :-1], 0.0)
        near = known & (np.abs(moved) < FAR_RATIO * size) & (np.abs(excess) < FAR_SIZE * size)
        pull[place] = _slope(moved[near], excess[near], size[near])
    return pull


def with_pull(flow: Flow, pull: Array) -> Flow:
    """Return the flows with those who could come drawn back to the usual size of their area."""
    places = [int(place) for place in np.flatnonzero(pull > 0)]
    if not places:
        return flow
    members = members_of(places)
    below = np.nan_to_num(flow.roll[:, members, :-1])
    usual = usual_size(below)
    could = flow.could.copy()
    for place in places:
        at = members.index(place - 1)
        drawn = drawn_back(flow.could[:, place, 1:], usual[:, at], pull[place])
        could[:, place, 1:] = np.where(below[:, at] > 0, drawn, flow.could[:, place, 1:])
    return flow.with_could(could, places)


def members_of(places: list[int]) -> list[int]:
    """Return the year groups whose sizes say what is usual: all from which cohorts come and into which they go."""
    return list(range(min(places) - 1, max(places) + 1))


def _slope(moved: Array, excess: Array, size: Array) -> float:
    """Slope of what cohorts lost on their excess, weighted by 1 / size, drawn to 0 by the prior."""
    if len(size) < 2:
        return 0.0
    square = float(np.sum(excess**2 / size))
    product = -float(np.sum(excess * moved / size))
    if square <= 0:
        return 0.0
    noise = float(np.mean((moved + product / square * excess) ** 2 / size))
    return float(np.clip(product / (square + noise / PRIOR_PULL**2), 0.0, LARGEST_PULL))
