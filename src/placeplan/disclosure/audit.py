"""The audit: what a reader who combines everything that is shown can work out of what is hidden.

Two tests, apart from the way in which cells were chosen: whether the relations alone fix a hidden cell (rank of the hidden
columns), and the smallest and largest value that each could have (linear programs). The bounds are those of real numbers;
where the relations are those of a tree of sums by a list of groups, as here, they are also those of whole numbers.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from placeplan.arrays import Array
from placeplan.disclosure.system import Mask, System

SAME = 1e-7


def solvable(system: System, hidden: Mask) -> Mask:
    """Return which hidden cells the relations fix exactly, (cells,)."""
    found = np.zeros(len(hidden), dtype=bool)
    for places in _components(system, hidden):
        part = _rows_of(system.relations[:, places])
        free = _null_space(part.toarray())
        found[places] = np.abs(free).max(axis=1, initial=0.0) < SAME
    return found


def ranges(system: System, hidden: Mask, cells: Mask) -> tuple[Array, Array]:
    """Return the smallest and largest value that each of some hidden cells could have, (cells,) each."""
    low, high = system.values.astype(float).copy(), system.values.astype(float).copy()
    for places in _components(system, hidden):
        part = _rows_of(system.relations[:, places])
        bounds = [(bound, None) for bound in system.lowest[places] - system.values[places]]
        for at in np.flatnonzero(cells[places]):
            low[places[at]] += _extreme(part, bounds, int(at), 1.0)
            high[places[at]] += _extreme(part, bounds, int(at), -1.0)
    return low, high


def given_away(system: System, hidden: Mask, small: Mask, reach: float, high: Array | None = None) -> Mask:
    """Return which small cells are not safe: shown, fixed, or not open to at least ``reach`` more, (cells,).

    ``high``: the largest values of ``ranges``, where they are known already.
    """
    if high is None:
        _, high = ranges(system, hidden, small & hidden)
    return small & (~hidden | solvable(system, hidden) | (high - system.values < reach - 1e-6))


def _extreme(part: csr_matrix, bounds: list[tuple[float, None]], at: int, sign: float) -> float:
    """Smallest (sign 1) or largest (-1) change of one hidden cell that agrees with all that is shown."""
    aim = np.zeros(part.shape[1])
    aim[at] = sign
    if part.shape[0]:
        found = linprog(aim, A_eq=part, b_eq=np.zeros(part.shape[0]), bounds=bounds)
    else:
        found = linprog(aim, bounds=bounds)
    if found.status == 3:
        return -sign * np.inf
    if found.status != 0:
        raise ValueError(f"the audit could not be solved: {found.message}")
    return float(found.x[at])


def _components(system: System, hidden: Mask) -> list[Array]:
    """Return the hidden cells in groups that no relation joins."""
    places = np.flatnonzero(hidden)
    if not len(places):
        return []
    part = system.relations[:, places]
    holds = csr_matrix((np.ones(part.nnz), part.indices, part.indptr), shape=part.shape)
    _, group = connected_components(holds.T @ holds, directed=False)
    order = np.argsort(group, kind="stable")
    return list(np.split(places[order], np.flatnonzero(np.diff(group[order])) + 1))


def _rows_of(part: csr_matrix) -> csr_matrix:
    """Return only the relations that hold a cell of the part."""
    return part[np.flatnonzero(np.diff(part.indptr))]


def _null_space(dense: Array) -> Array:
    """Return a basis of the changes that the relations allow, (cells, dimensions)."""
    if not dense.shape[0]:
        return np.eye(dense.shape[1])
    _, sizes, right = np.linalg.svd(dense, full_matrices=True)
    rank = int((sizes > SAME * max(dense.shape) * sizes.max(initial=0.0)).sum())
    return right[rank:].T
