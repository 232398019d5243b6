"""Whole numbers that still add up: the largest-remainder rule.

    n_i = floor(x_i * N / sum x) + 1 for the N - sum of floors cells with the largest remainders, else + 0

``N`` is the whole that the cells must sum to. Every cell is less than one from its exact share; cells of 0 stay 0.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeplan.arrays import Array


def half_up(value: float) -> int:
    """Round a number of 0 or more half up, as people do."""
    return int(np.floor(value + 0.5))


def apportion(cells: Array, whole: int) -> Array:
    """Return whole numbers, in proportion to ``cells`` (n,), not negative, that sum to ``whole``.

    Ties go to the earlier cell. Cells that are all 0 can only share 0; anything else raises ValueError.
    """
    total = float(cells.sum())
    if total <= 0:
        if whole:
            raise ValueError(f"{whole} cannot be shared over cells of nothing")
        return np.zeros(len(cells), dtype=np.int64)
    exact = cells * (whole / total)
    floors = np.floor(exact + 1e-9).astype(np.int64)
    remainder = np.where(cells > 0, exact - floors, -1.0)
    order = np.argsort(-np.round(remainder, 9), kind="stable")
    floors[order[: whole - int(floors.sum())]] += 1
    return floors


def whole_numbers(rows: pd.DataFrame, column: str, outer: list[str], inner: list[str]) -> Array:
    """Return ``column`` in whole numbers: rounded for each ``outer`` group, shared to ``inner`` groups, then to rows.

    So the sum over an outer group is its rounded total, and parts add up at both levels.
    """
    found = np.zeros(len(rows), dtype=np.int64)
    values = rows[column].to_numpy(float)
    places = pd.Series(np.arange(len(rows)), index=rows.index)
    for _, outside in places.groupby([rows[name] for name in outer], sort=False):
        inside = rows.loc[outside.index].groupby(inner, sort=False).ngroup().to_numpy()
        sums = np.bincount(inside, weights=values[outside.to_numpy()])
        for part, share in enumerate(apportion(sums, half_up(sums.sum()))):
            at = outside.to_numpy()[inside == part]
            found[at] = apportion(values[at], int(share))
    return found
