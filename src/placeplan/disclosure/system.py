"""Everything that is published, as one linear system: cells, and the additive relations that bind them.

    relations @ values = 0        one row a relation, such as  total − R − 1 − … − 6 = 0  or  surplus + pupils − places = 0

A reader knows every relation and every cell that is shown. What a hidden cell could be is what the relations leave open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from placeplan.arrays import Array

if TYPE_CHECKING:
    from scipy import sparse

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class System:
    """Cells and relations.

    ``values`` (cells,): whole numbers that fulfil the relations. ``relations``: sparse, (relations, cells). ``known``
    (cells,): known to everybody and never hidden, such as places, and counts of 0. ``cost`` (cells,): above 0, how much a
    reader misses the cell. ``lowest`` (cells,): what everybody knows a hidden cell to be at least; -inf for a difference.
    """

    values: Array
    relations: sparse.csr_matrix
    known: Mask
    cost: Array
    lowest: Array

    def __post_init__(self) -> None:
        size = self.relations.shape[1]
        if any(len(part) != size for part in (self.values, self.known, self.cost, self.lowest)):
            raise ValueError(
                "values, known, cost and lowest must have one entry for each column of relations"
            )
        off = np.abs(self.relations @ self.values)
        if off.size and off.max() > 1e-6:
            raise ValueError(f"relation {int(off.argmax())} does not hold: it is out by {off.max():g}")


def relations_of(terms: Sequence[tuple[Sequence[int], Sequence[float]]], cells: int) -> sparse.csr_matrix:
    """Return the relations as a matrix: each has the places of its cells and their signs."""
    from scipy import sparse

    rows = np.repeat(np.arange(len(terms)), [len(places) for places, _ in terms])
    columns = np.concatenate([np.asarray(places, dtype=int) for places, _ in terms] or [np.zeros(0, int)])
    signs = np.concatenate([np.asarray(signs, dtype=float) for _, signs in terms] or [np.zeros(0)])
    return sparse.csr_matrix((signs, (rows, columns)), shape=(len(terms), cells))


def table_system(table: Array, lowest: float = 1.0) -> System:
    """Return the system of one table of counts (rows, columns) that is published with all its totals.

    Cells stand row by row with the row's total at its end, and the row of totals last: the table with its margins, flat.
    """
    wide = np.column_stack([table, table.sum(axis=1)])
    whole = np.vstack([wide, wide.sum(axis=0)])
    rows, columns = whole.shape
    place = np.arange(whole.size).reshape(rows, columns)
    terms = [_sum_of(place[row, -1], place[row, :-1]) for row in range(rows)]
    terms += [_sum_of(place[-1, column], place[:-1, column]) for column in range(columns)]
    values = whole.ravel().astype(float)
    cost = np.ones(whole.shape)
    cost[-1, :] = cost[:, -1] = 20.0
    return System(
        values, relations_of(terms, whole.size), values == 0, cost.ravel(), np.full(whole.size, lowest)
    )


def _sum_of(total: int, parts: Array) -> tuple[list[int], list[float]]:
    return [int(total), *map(int, parts)], [1.0, *[-1.0] * len(parts)]
