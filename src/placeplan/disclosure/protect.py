"""Secondary suppression: the cheapest further cells that leave every small count open.

For a small count p of a table a that fulfils the relations, look for the cheapest change y with

    relations @ y = 0,   y_p = reach,   y = 0 where a cell is known,   a + y ≥ lowest

and hide every cell that it changes. Then a + y is another table that agrees with all that is shown, and in it p is larger by
``reach``: a reader cannot tell the two apart, whatever is combined with whatever. What is hidden later takes nothing of this
away. A change costs next to nothing where a cell is hidden already. (Linear programming for cell suppression: Kelly, Golden
and Assad, Networks 22, 1992.)
"""

from __future__ import annotations

import numpy as np

from placeplan.arrays import Array
from placeplan.disclosure.system import Mask, System

FREE = 1e-4
"""Cost of a cell hidden already, beside what it would cost to hide it: not 0, so that the shortest way is taken."""
STEPS = (3, 6, 1_000)
"""How many relations away from a small count cells to hide are looked for, one try after the other."""
CHANGED = 1e-7


def protect(system: System, small: Mask, reach: float, safe: Mask | None = None) -> Mask:
    """Return which cells are hidden: the small ones, and what else keeps each open to at least ``reach`` more.

    ``safe``: small cells that are open already once all small ones are hidden. Raises ValueError if a small cell is known
    to everybody, or cannot be kept open at all.
    """
    if (small & system.known).any():
        raise ValueError("a cell that everybody knows cannot be hidden")
    hidden = small.copy()
    wanted = small if safe is None else small & ~safe
    for cell in np.flatnonzero(wanted)[np.argsort(-system.values[wanted], kind="stable")]:
        hidden |= _change(system, hidden, int(cell), reach)
    return hidden


def _change(system: System, hidden: Mask, cell: int, reach: float) -> Mask:
    """Return the cells of the cheapest change that makes the cell larger by ``reach``; near ones are tried first."""
    near, last = np.zeros(len(hidden), dtype=bool), -1
    near[cell] = True
    for step, steps in enumerate(STEPS):
        near = _within(system, near, steps - (STEPS[step - 1] if step else 0))
        if near.sum() == last:
            break
        last = int(near.sum())
        found = _cheapest(system, hidden, np.flatnonzero(near & ~system.known), cell, reach)
        if found is not None:
            return found
    raise ValueError(f"cell {cell} cannot be hidden: what everybody knows gives it away")


def _within(system: System, near: Mask, steps: int) -> Mask:
    """Widen a set of cells along the relations that hold them, at most ``steps`` times."""
    holds = system.relations != 0
    for _ in range(steps):
        touched = holds @ near.astype(float) > 0
        wider = near | ((holds.T @ touched.astype(float) > 0) & ~system.known)
        if (wider == near).all():
            break
        near = wider
    return near


def _cheapest(system: System, hidden: Mask, places: Array, cell: int, reach: float) -> Mask | None:
    """Solve the linear program over some cells, the others held as they are; None if there is no such change."""
    # Slow to load, and most runs hide nothing.
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import hstack

    part = system.relations[:, places]
    part = part[np.flatnonzero(np.diff(part.indptr))]
    cost = np.where(hidden[places], FREE, 1.0) * system.cost[places]
    asked = places == cell
    least, most = np.where(asked, reach, 0.0), np.where(asked, reach, np.inf)
    room = np.where(asked, 0.0, system.values[places] - system.lowest[places])
    down = np.flatnonzero(room > 0)
    found = milp(
        np.concatenate([cost, cost[down]]),
        constraints=LinearConstraint(hstack([part, -part[:, down]]).tocsr(), 0.0, 0.0),
        bounds=Bounds(np.concatenate([least, np.zeros(len(down))]), np.concatenate([most, room[down]])),
    )
    if found.status != 0:
        return None
    moved = found.x[: len(places)]
    moved[down] -= found.x[len(places) :]
    changed = np.zeros(len(hidden), dtype=bool)
    changed[places[np.abs(moved) > CHANGED]] = True
    return changed
