"""How pupils move between the schools of an area when an option changes their places, and what that does to revenue.

The area's demand stays as it is: pupils move, none is made. A school that loses places loses the pupils whom it can no
longer hold; they go to the other schools in proportion to their room. A school that gains places takes pupils whom others
were expected to hold beyond their places, as far as there are any. Money follows a year late.
"""

from __future__ import annotations

import numpy as np

from placeplan.arrays import Array


def moved_pupils(roll: Array, before: Array, after: Array) -> Array:
    """Return the change of roll; all arrays (schools, year groups, years), places not known as NaN (no limit of their own).

    Pupils for whom no school of the area has room stay unplaced, so a column adds up to 0 or less.
    """
    known = np.isfinite(before) & np.isfinite(after)
    before, after = (np.where(known, cells, np.maximum(roll, 0.0)) for cells in (before, after))
    reduced = after < before
    out = np.where(reduced, np.maximum(roll - after, 0.0) - np.maximum(roll - before, 0.0), 0.0)
    change = -out + _to_room(out.sum(axis=0), np.where(reduced, 0.0, np.maximum(after - roll, 0.0)))
    now = roll + change
    over = np.where(reduced, 0.0, np.maximum(roll - after, 0.0))
    new_room = np.where(after > before, np.maximum(after - np.maximum(now, before), 0.0), 0.0)
    pulled = np.minimum(over.sum(axis=0), new_room.sum(axis=0))
    return change + _shared(pulled, new_room) - _shared(pulled, over)


def revenue_a_year_late(change: Array, rate: float) -> Array:
    """Return the change of revenue by year, (schools, years): the change of roll of the year before times the rate."""
    late = np.zeros_like(change)
    late[:, 1:] = change[:, :-1]
    return late * rate


def _to_room(pupils: Array, room: Array) -> Array:
    return _shared(np.minimum(pupils, room.sum(axis=0)), room)


def _shared(amount: Array, weight: Array) -> Array:
    """Share an amount (year groups, years) over schools by weight."""
    whole = weight.sum(axis=0)
    shared: Array = weight * np.where(whole > 0, amount / np.where(whole > 0, whole, 1.0), 0.0)
    return shared
