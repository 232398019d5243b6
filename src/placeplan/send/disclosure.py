"""Small counts are hidden before anybody sees them, and with them what would give them away.

What is shown later (expected numbers, months, limits) is worked out from what may be shown, so that nothing can be
worked back: ``spread`` gives hidden counts the share of their known sum that anybody could give them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from placeplan.arrays import Array
from placeplan.datafiles import data_rows

Hidden = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.int64]


def setting_of(name: str) -> float:
    """Return a figure of data/send_disclosure.csv by its name; KeyError for a name that is not there."""
    return {row["name"]: float(row["value"]) for row in data_rows("send_disclosure.csv")}[name]


def hidden_cells(counts: Array, lowest: float, also: Hidden | None = None) -> Hidden:
    """Return which counts of one list are hidden, given that their total is known to others.

    Hidden is every count from 1 to below ``lowest``, and those that ``also`` names. If what is hidden adds up to less than
    ``lowest``, or is a single count, total less the rest gives it away, so that the smallest of the others that is not 0
    is hidden too, else a 0.
    """
    hidden: Hidden = (counts > 0) & (counts < lowest)
    if also is not None:
        hidden |= also
    while hidden.any() and (hidden.sum() == 1 or counts[hidden].sum() < lowest):
        free = ~hidden & (counts > 0) if (~hidden & (counts > 0)).any() else ~hidden
        if not free.any() or (counts[hidden].sum() < lowest and not counts[free].any() and hidden.sum() > 1):
            break
        hidden[np.argmin(np.where(free, counts, np.inf))] = True
    return hidden


def pooled(totals: Array, lowest: float) -> Labels:
    """Return a label for each total: its own place, or one shared label for those too small to stand alone."""
    hidden = hidden_cells(totals, lowest)
    labels = np.arange(len(totals))
    if hidden.any():
        labels[hidden] = np.flatnonzero(hidden)[0]
    return labels


def hidden_within(counts: Array, labels: Labels, lowest: float, also: Hidden | None = None) -> Hidden:
    """Return which counts are hidden, given that the total of each label is known to others."""
    hidden = np.zeros(len(counts), dtype=bool)
    for label in np.unique(labels):
        own = labels == label
        hidden[own] = hidden_cells(counts[own], lowest, None if also is None else also[own])
    return hidden


def hidden_areas(counts: Array, districts: Labels, lowest: float) -> tuple[Hidden, Labels]:
    """Return which areas' totals are hidden, and the label of what is known of each area's district.

    ``counts`` are (areas, year groups), whose table is shown with its totals, while totals of districts are known as well;
    districts too small to show are one. Neither table may give the other's hidden totals away.
    """
    totals = counts.sum(axis=1)
    names, place = np.unique(districts, return_inverse=True)
    labels = pooled(np.bincount(place, totals, minlength=len(names)), lowest)[place]
    hidden = np.zeros(len(totals), dtype=bool)
    while True:
        found = hidden_within(totals, labels, lowest, hidden)
        again = found | hidden_table(counts, lowest, np.append(found, False))[:-1, -1]
        if (again == hidden).all():
            return hidden, labels
        hidden = again


def spread(counts: Array, hidden: Hidden, weights: Array, labels: Labels) -> Array:
    """Return the counts with those hidden of a label replaced by their sum in proportion to ``weights``."""
    found = np.array(counts, dtype=float)
    for label in np.unique(labels[hidden]):
        own = hidden & (labels == label)
        whole = float(weights[own].sum())
        share = weights[own] / whole if whole > 0 else np.full(int(own.sum()), 1 / own.sum())
        found[own] = counts[own].sum() * share
    return found


def hidden_table(counts: Array, lowest: float, also: Hidden | None = None) -> Hidden:
    """Return which cells of a table and of its totals are hidden, (rows + 1, columns + 1), totals last.

    ``also`` names totals of rows (and of all, last) that are hidden for another reason.

    A line is a row or a column with its total. A line in which a single cell is hidden, or whose hidden parts add up to
    less than ``lowest`` while their total is shown, gets another hidden: its smallest part that is not 0, else a 0, else
    a total. So do the lines of a hidden cell that all lines together still fix.
    """
    whole = with_totals(counts)
    hidden: Hidden = (whole > 0) & (whole < lowest)
    if also is not None:
        hidden[:, -1] |= also
    parts = np.zeros(whole.shape, dtype=bool)
    parts[:-1, :-1] = True
    while hidden.any():
        lines = _weak_lines(whole, hidden, lowest)
        if not lines.any():
            lines = _fixed_lines(hidden)
        free = lines & ~hidden
        others = next(
            (cells for cells in (free & parts & (whole > 0), free & parts, free) if cells.any()), None
        )
        if others is None:
            break
        hidden.flat[np.argmin(np.where(others, whole, np.inf))] = True
    return hidden


def with_totals(counts: Array) -> Array:
    """Return the table with its totals as last row and column."""
    rows = np.concatenate([counts, counts.sum(axis=0, keepdims=True)], axis=0)
    return np.concatenate([rows, rows.sum(axis=1, keepdims=True)], axis=1)


def _weak_lines(whole: Array, hidden: Hidden, lowest: float) -> Hidden:
    """Return the cells of the first row, or else column, that gives a hidden cell away by itself."""
    found = np.zeros(whole.shape, dtype=bool)
    for cells, covered, lines in ((whole, hidden, found), (whole.T, hidden.T, found.T)):
        parts, count = covered[:, :-1], covered.sum(axis=1)
        few = parts.any(axis=1) & ~covered[:, -1] & ((cells[:, :-1] * parts).sum(axis=1) < lowest)
        weak = ((count == 1) | few) & ~covered.all(axis=1)
        if weak.any():
            lines[np.argmax(weak)] = True
            break
    return found


def _fixed_lines(hidden: Hidden) -> Hidden:
    """Return the row and column of a hidden cell that all rows and columns together fix, if there is one.

    Each line says that its parts less their total are 0. A cell is fixed if no change of the hidden cells that keeps every
    line changes it: if its own direction lies wholly in the space that the lines span.
    """
    places, (rows, columns) = np.argwhere(hidden), hidden.shape
    said = np.zeros((rows + columns, len(places)))
    at = np.arange(len(places))
    said[places[:, 0], at] = np.where(places[:, 1] == columns - 1, -1, 1)
    said[rows + places[:, 1], at] = np.where(places[:, 0] == rows - 1, -1, 1)
    _, sizes, spans = np.linalg.svd(said, full_matrices=False)
    known = (spans[sizes > 1e-9] ** 2).sum(axis=0)
    found = np.zeros(hidden.shape, dtype=bool)
    for row, column in places[known > 1 - 1e-9]:
        found[row], found[:, column] = True, True
        if (found & ~hidden).any():
            break
        found[:] = False
    return found
