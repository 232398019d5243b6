"""Why the number of plans changes: population, rate and mix, in parts whose sum is the change.

    plans[c, a]  = children[a] * rate[a] * share[c, a]
    part(x)      = (x1 - x0) * ((y0 * z0 + y1 * z1) / 3 + (y0 * z1 + y1 * z0) / 6)

``a`` is an age, ``c`` a setting or a need, ``rate`` plans for each child of the age, ``share`` that of the setting or need
among the plans of the age; 0 is the base year, 1 the year ahead, and (x, y, z) stands for the three factors in turn. Every
order in which one could change the three counts alike (the Shapley value), so that nothing is left over. The mix of all
settings is none: it only moves plans between them.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.send.flow import Path
from placeplan.years import AcademicYear

PARTS = ("population", "rate", "mix")
COLUMNS = ["by", "name", "academic_year", "plans", "change", *PARTS, "new", "left"]


def split(before: Array, after: Array, children_before: Array, children_after: Array) -> Array:
    """Return the parts of the change, (population, rate and mix; names), in plans.

    ``before`` and ``after`` are plans, (names, ages); children are above nothing, (ages,).
    """
    totals = before.sum(axis=0), after.sum(axis=0)
    first = (children_before, totals[0] / children_before, _shares(before, after))
    last = (children_after, totals[1] / children_after, _shares(after, before))
    parts = []
    for factor, one, other in (order for order in permutations(range(3)) if order[1] < order[2]):
        same = first[one] * first[other] + last[one] * last[other]
        crossed = first[one] * last[other] + last[one] * first[other]
        parts.append(((last[factor] - first[factor]) * (same / 3.0 + crossed / 6.0)).sum(axis=-1))
    return np.stack([np.broadcast_to(part, before.shape[:1]) for part in parts])


def change_table(
    base: AcademicYear,
    named: Iterable[tuple[str, tuple[str, ...], Array, Array]],
    children: Array,
    path: Path,
) -> pd.DataFrame:
    """Return send_change.csv: the change since the base year by setting, by need and in all.

    ``named`` holds kind (``setting``, ``need``), names, plans of the base year (names, ages) and ahead (years, names,
    ages); ``children`` those of the base year and the years ahead, (1 + years, ages). New and ceased plans stand in the row
    of the total alone, blank where only stocks are known.
    """
    rows: list[tuple[object, ...]] = []
    for by, names, before, ahead in named:
        for at, after in enumerate(ahead):
            year = str(base + (at + 1))
            parts = split(before, after, children[0], children[at + 1])
            if by == "setting":
                change = after.sum() - before.sum()
                flows = path.new[at], path.left[at]
                rows.append(
                    ("total", "total", year, after.sum(), change, *parts[:2].sum(axis=1), 0.0, *flows)
                )
            for place, name in enumerate(names):
                own, then = after[place].sum(), before[place].sum()
                rows.append((by, name, year, own, own - then, *parts[:, place], np.nan, np.nan))
    order = {"total": 0, "setting": 1, "need": 2}
    return pd.DataFrame(sorted(rows, key=lambda row: order[str(row[0])]), columns=COLUMNS)


def _shares(plans: Array, instead: Array) -> Array:
    """Return shares among the plans of an age; where there are none those of the other year."""
    total, other = plans.sum(axis=0), instead.sum(axis=0)
    shares: Array = np.where(
        total > 0, plans / np.where(total > 0, total, 1.0), instead / np.where(other > 0, other, 1.0)
    )
    return shares
