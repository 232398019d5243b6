"""Small counts are hidden before anybody sees them, and with them what would give them away.

Counts and the sums that bind them are put together, those of several files too, and ``placeplan.disclosure`` finds what
else must be hidden so that no combination of what is shown tells a small count from one that is larger. What is shown later
(expected numbers, months, limits) is worked out from what may be shown: ``spread`` gives hidden counts the share of their
known sum that anybody could give them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.disclosure.protect import protect
from placeplan.disclosure.system import System, relations_of

Hidden = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.int64]
Places = npt.NDArray[np.int64]
"""Places of counts in a list of all of them, in the shape of their table."""
TOTAL_COST, GRAND_COST = 20.0, 1000.0
"""How much a total, and the total of all, is missed beside a single count."""
REACH = 1.0
"""By how much a small count must be able to be larger, as far as a reader can tell."""


def setting_of(name: str) -> float:
    """Return a figure of data/send_disclosure.csv by its name; KeyError for a name that is not there."""
    return {row["name"]: float(row["value"]) for row in data_rows("send_disclosure.csv")}[name]


@dataclass
class Sums:
    """Counts that are shown to the same readers, and which of them add up to which."""

    values: list[Array] = field(default_factory=list)
    costs: list[Array] = field(default_factory=list)
    terms: list[tuple[list[int], list[float]]] = field(default_factory=list)
    tables: list[Places] = field(default_factory=list)
    """Places of the counts of each table, its totals left out; they are in no sums but those of their row and column."""
    size: int = 0

    def add(self, counts: Array, cost: float = 1.0) -> Places:
        """Take counts in; return their places in the same shape."""
        flat = np.asarray(counts, dtype=float).ravel()
        self.values.append(flat)
        self.costs.append(np.full(flat.size, cost))
        places = np.arange(self.size, self.size + flat.size)
        self.size += flat.size
        return places.reshape(np.shape(counts))

    def bind(self, total: int, parts: Places) -> None:
        """Say that the counts at ``parts`` add up to the one at ``total``."""
        self.terms.append(([int(total), *map(int, parts)], [1.0, *[-1.0] * len(parts)]))

    def total(self, parts: Places, cost: float = TOTAL_COST) -> int:
        """Take in the sum of the counts at ``parts``; return its place."""
        values = np.concatenate(self.values)
        place = int(self.add(np.array([values[parts].sum()]), cost)[0])
        self.bind(place, parts)
        return place

    def table(self, counts: Array) -> Places:
        """Take in a table with all its totals, (rows + 1, columns + 1), totals last; return their places."""
        places = self.add(counts)
        self.tables.append(places)
        rows = np.array([self.total(row) for row in places])
        columns = np.array([self.total(column) for column in places.T])
        grand = self.total(rows, GRAND_COST)
        self.bind(grand, columns)
        return np.vstack([np.column_stack([places, rows]), [*columns, grand]])

    def hidden(self, lowest: float) -> Hidden:
        """Return which counts are hidden: those from 1 to below ``lowest``, and what would give them away.

        Noughts are hidden where nothing else will do, so that a reader cannot take a hidden count to be 1 at least. If even
        that does not do, everything is hidden.
        """
        values = np.concatenate(self.values)
        small: Hidden = (values > 0) & (values < lowest)
        if not small.any():
            return small
        relations = relations_of(self.terms, self.size)
        nought = np.zeros(self.size)
        system = System(values, relations, nought > 0, np.concatenate(self.costs), nought)
        try:
            return protect(system, small, REACH, _twins(system, small) | self._rings(small))
        except ValueError:
            return np.ones(self.size, dtype=bool)

    def _rings(self, small: Hidden) -> Hidden:
        """Return the small counts of a table that are a corner of four small ones: two may be larger, two smaller by one.

        For each count H H' H says how many ways lead round over rows and columns of small ones, those back and forth among
        them.
        """
        found = np.zeros(len(small), dtype=bool)
        for places in self.tables:
            held = small[places].astype(int)
            back = held.sum(axis=1, keepdims=True) + held.sum(axis=0, keepdims=True) - 1
            found[places] = (held > 0) & (held @ held.T @ held > back)
        return found


def _twins(system: System, small: Hidden) -> Hidden:
    """Return the small counts that have another in exactly the same sums: one may be larger by what the other is smaller."""
    columns = system.relations.tocsc()
    sums = [tuple(columns.indices[start:end]) for start, end in pairwise(columns.indptr)]
    count = Counter(sums[place] for place in np.flatnonzero(small))
    return np.array([bool(one) and count[key] > 1 for one, key in zip(small, sums, strict=True)])


def hidden_cells(counts: Array, lowest: float) -> Hidden:
    """Return which counts of one list are hidden, given that their total is known to others."""
    sums = Sums()
    places = sums.add(counts)
    sums.total(places, GRAND_COST)
    return sums.hidden(lowest)[places]


def taken_together(hidden: Hidden) -> Labels:
    """Return a label for each sum: its own place, or one shared label for all that are hidden."""
    return np.where(hidden, -1, np.arange(len(hidden)))


def spread(counts: Array, hidden: Hidden, weights: Array, labels: Labels) -> Array:
    """Return the counts with those hidden of a label replaced by their sum in proportion to ``weights``."""
    found = np.array(counts, dtype=float)
    for label in np.unique(labels[hidden]):
        own = hidden & (labels == label)
        whole = float(weights[own].sum())
        share = weights[own] / whole if whole > 0 else np.full(int(own.sum()), 1 / own.sum())
        found[own] = counts[own].sum() * share
    return found


def with_totals(counts: Array) -> Array:
    """Return the table with its totals as last row and column."""
    rows = np.concatenate([counts, counts.sum(axis=0, keepdims=True)], axis=0)
    return np.concatenate([rows, rows.sum(axis=1, keepdims=True)], axis=1)
