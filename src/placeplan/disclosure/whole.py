"""Rounding of published counts so that they still add up: each is one of the two multiples of a base beside it.

Down a tree of sums a total is rounded first and then shared: its parts go down to the multiple below, and the parts with the
largest remainders up to the one above, until they make the total (controlled rounding; it exists for every tree).
"""

from __future__ import annotations

import numpy as np

from placeplan.arrays import Array

NEAR = 1e-7


def nearest(values: Array, base: int) -> Array:
    """Round numbers of 0 or more to the nearest multiple of ``base``, halves up."""
    return base * np.floor(values / base + 0.5 + NEAR)


def shared(parts: Array, total: Array, base: int) -> Array:
    """Return ``parts`` (parts, cells) as multiples of ``base`` that sum to ``total`` (cells,), ties to the earlier part.

    ``total`` must be a multiple of the base beside each sum of parts; else ValueError.
    """
    floors = np.floor(parts / base + NEAR)
    remainder = np.round(np.maximum(parts / base - floors, 0.0), 7)
    wanted = np.round(np.asarray(total) / base) - floors.sum(axis=0)
    can = (remainder > 0).sum(axis=0)
    if ((wanted < 0) | (wanted > can)).any():
        raise ValueError("the total is not a multiple of the base beside the sum of its parts")
    place = np.argsort(np.argsort(-remainder, axis=0, kind="stable"), axis=0, kind="stable")
    return base * (floors + (place < wanted))


def round_tree(values: Array, parent: Array, base: int) -> Array:
    """Return ``values`` (units, cells) as multiples of ``base`` that add up along a tree.

    ``parent`` (units,): the place of each unit's parent, before its children; -1 for a root.
    """
    found = np.zeros_like(values)
    roots = np.flatnonzero(parent < 0)
    found[roots] = nearest(values[roots], base)
    for unit in range(len(values)):
        children = np.flatnonzero(parent == unit)
        if len(children):
            found[children] = shared(values[children], found[unit], base)
    return found
