"""January, October and May censuses together: the profile of the year, its peak, and places to hold for arrivals.

profile[c] = sum of rolls of census c / sum of the rolls of the project's census, years that have both
growth[c]  = roll of census c / roll of the project's census - 1, by area and year
held       = next year's pupils × the 80% point of growth to the peak, over areas and years of a phase, not below 0
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from placeplan.arrays import Array
from placeplan.demand.history import History, build_history
from placeplan.register import Register
from placeplan.tables import Inputs
from placeplan.years import Phase

CENSUSES = ("october", "january", "may")
HELD_FOR = 0.8
"""Share of areas and years in which the places held would have been enough."""


@dataclass(frozen=True)
class Profile:
    """One phase in one census beside the project's, (areas, year groups and the total, years), NaN where one is missing."""

    phase: Phase
    census: str
    rows: Array
    groups: tuple[int, ...]
    years: Array
    roll: Array
    usual: Array

    def growth(self) -> Array:
        """How much larger areas' totals were than in the project's census, a flat list of areas and years."""
        roll, usual = self.roll[:, -1], self.usual[:, -1]
        known = np.isfinite(roll) & np.isfinite(usual) & (usual > 0)
        return np.asarray(roll[known] / usual[known] - 1.0)


def profiles(inputs: Inputs, register: Register, history: History, census: str) -> Iterator[Profile]:
    """Yield each phase in each other census of the rolls, in years in which the project's census is known too."""
    rolls = inputs.table("rolls")
    for other in CENSUSES:
        rows = rolls[(rolls["census"] == other) & (rolls["academic_year"] <= history.base_year)]
        given = set(rows["academic_year"].astype(int)) & set(history.years.tolist())
        if other == census or not given:
            continue
        beside = build_history(inputs, register, history.base_year, other)
        years = np.array(sorted(given))
        here, there = years - int(history.years[0]), years - int(beside.years[0])
        for phase in Phase:
            areas, groups = register.area_rows(phase), np.array(history.groups_taught(phase), dtype=np.int64)
            if len(groups) and len(areas):
                cell = np.ix_(areas, groups, here)
                usual, roll = history.area_roll[cell], beside.area_roll[np.ix_(areas, groups, there)]
                both = np.isfinite(usual) & np.isfinite(roll)
                usual, roll = np.where(both, usual, np.nan), np.where(both, roll, np.nan)
                yield Profile(
                    phase, other, areas, tuple(groups.tolist()), years, _with_total(roll), _with_total(usual)
                )


def held_share(growths: list[Array]) -> float:
    """Return the share of next year's pupils to hold: the 80% point of growth up to the census that is the peak."""
    points = [float(np.quantile(growth, HELD_FOR)) for growth in growths if len(growth)]
    return max([0.0, *points])


def _with_total(cells: Array) -> Array:
    total = np.where(np.isfinite(cells).any(axis=1), np.nansum(cells, axis=1), np.nan)
    return np.concatenate([cells, total[:, None]], axis=1)
