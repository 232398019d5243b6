"""Where demand meets places: surplus and shortage, need and spare, the chance of running short, the status.

Need and spare are taken in each planning area and year group on its own and then added: a shortage in one cell is never
offset by room in another (the Department for Education's school places scorecard). Arrays are (areas, year groups, years).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placeplan.arrays import Array
from placeplan.demand.tally import with_total
from placeplan.project import StatusThresholds
from placeplan.supply.balance import AreaPlaces
from placeplan.years import FORM_OF_ENTRY

STATUSES = ("short", "tight", "sufficient", "surplus", "high_surplus", "unknown")


@dataclass(frozen=True)
class Balance:
    """Demand against places for some areas and one phase; the last year group is the phase total."""

    demand: Array
    places: Array
    surplus: Array
    surplus_percent: Array
    forms_of_entry: Array
    need: Array
    spare: Array
    status: Array


def balance(demand: Array, places: Array, thresholds: StatusThresholds) -> Balance:
    """Set demand beside places, NaN where places are not known; shapes (areas, year groups, years)."""
    surplus = places - demand
    need, spare = np.maximum(-surplus, 0.0), np.maximum(surplus, 0.0)
    forms = np.full((1, demand.shape[1] + 1, 1), float(FORM_OF_ENTRY))
    forms[:, -1] *= demand.shape[1]
    all_demand, all_places = with_total(demand, 1), with_total(places, 1)
    total = all_places - all_demand
    percent = np.where(all_places > 0, 100.0 * total / np.where(all_places > 0, all_places, 1.0), np.nan)
    return Balance(
        demand=all_demand,
        places=all_places,
        surplus=total,
        surplus_percent=percent,
        forms_of_entry=total / forms,
        need=with_total(need, 1),
        spare=with_total(spare, 1),
        status=statuses(all_demand, all_places, percent, thresholds),
    )


def statuses(demand: Array, places: Array, percent: Array, thresholds: StatusThresholds) -> Array:
    """Name the state of each cell by its surplus in per cent of places; with no places, by whether anyone needs one."""
    limits = [thresholds.tight, thresholds.sufficient, thresholds.surplus, thresholds.high_surplus]
    grade = np.searchsorted(limits, np.nan_to_num(percent), side="right")
    grade = np.where(
        places > 0, grade, np.where(demand > 0, STATUSES.index("short"), STATUSES.index("sufficient"))
    )
    named: Array = np.array(STATUSES, dtype=object)[
        np.where(np.isnan(places), STATUSES.index("unknown"), grade)
    ]
    return named


@dataclass
class Shortfall:
    """Collects, draw by draw, the chance that demand exceeds places and the places expected to be short.

    Both are (areas, year groups and total, years ahead), NaN where places are not known.
    """

    places: AreaPlaces
    seed: int

    def of(self, rows: Array, groups: list[int], pupils: Array) -> tuple[Array, Array]:
        """Return chance and expected shortage for the draws of some areas.

        ``rows``: areas' rows in the register; ``groups``: year groups of one phase; ``pupils``: (areas, year groups,
        years ahead, draws). The expected shortage of a total is the sum over its year groups, never offset.
        """
        chance = np.full((len(rows), len(groups) + 1, pupils.shape[2]), np.nan)
        expected = np.full(chance.shape, np.nan)
        for place, row in enumerate(rows):
            offered = self.places.drawn(int(row), self.seed, pupils.shape[3])[groups, 1 : 1 + pupils.shape[2]]
            short = pupils[place] - np.maximum(offered, 0.0)
            chance[place, :-1] = _share_above(short)
            chance[place, -1] = _share_above(short.sum(axis=0))
            lacking = np.maximum(short, 0.0).mean(axis=-1)
            expected[place] = with_total(lacking, 0)
        return chance, expected


def _share_above(short: Array) -> Array:
    share: Array = np.where(np.isnan(short[..., 0]), np.nan, (short > 0).mean(axis=-1))
    return share
