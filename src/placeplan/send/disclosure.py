"""Small counts are hidden before anybody sees them, and with them what would give them away."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from placeplan.arrays import Array
from placeplan.datafiles import data_rows

Hidden = npt.NDArray[np.bool_]


def setting_of(name: str) -> float:
    """Return a figure of data/send_disclosure.csv by its name; KeyError for a name that is not there."""
    return {row["name"]: float(row["value"]) for row in data_rows("send_disclosure.csv")}[name]


def hidden_cells(counts: Array, lowest: float) -> Hidden:
    """Return which counts of one list are hidden, given that their total is known to others.

    Hidden is every count from 1 to below ``lowest``. If what is hidden adds up to less than ``lowest``, or is a single
    count, total less the rest gives it away, so that the smallest of the others that is not 0 is hidden too.
    """
    hidden: Hidden = (counts > 0) & (counts < lowest)
    while hidden.any() and (hidden.sum() == 1 or counts[hidden].sum() < lowest):
        others = np.flatnonzero(~hidden & (counts > 0))
        if not len(others):
            break
        hidden[others[np.argmin(counts[others])]] = True
    return hidden
