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
from placeplan.supply.draws import DoubtfulSites, SupplyDraws
from placeplan.years import FORM_OF_ENTRY

AREAS_AT_ONCE = 16
"""Areas, or doubtful sites, whose draws are held in memory together: few enough for the processor's cache."""
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


@dataclass(frozen=True)
class Risk:
    """What the draws say of some areas and one phase.

    ``chance`` that demand exceeds places and ``expected`` shortage are (areas, year groups and total, years ahead), NaN
    where places are not known. ``sites`` have figures that are ranges: ``at_low`` and ``at_high`` are the chances of the
    phase total of their area, (sites, years ahead), if the real figure is the lowest or the highest of its range.
    """

    chance: Array
    expected: Array
    sites: Array
    at_low: Array
    at_high: Array


@dataclass(frozen=True)
class Shortfall:
    """Meets draws of demand with draws of places: the chance of running short and the places expected to be short."""

    places: AreaPlaces
    supply: SupplyDraws

    def of(self, rows: Array, groups: list[int], pupils: Array) -> Risk:
        """Return the risk in the draws of some areas.

        ``rows``: areas' rows in the register; ``groups``: year groups of one phase; ``pupils``: (areas, year groups,
        years ahead, draws). The expected shortage of a total is the sum over its year groups, never offset.
        """
        chunks = range(0, len(rows), AREAS_AT_ONCE)
        parts = [
            self._some(rows[start : start + AREAS_AT_ONCE], groups, pupils[start : start + AREAS_AT_ONCE])
            for start in chunks
        ]
        joined = ("chance", "expected", "sites", "at_low", "at_high")
        return Risk(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in joined})

    def _some(self, rows: Array, groups: list[int], pupils: Array) -> Risk:
        ahead, draws = pupils.shape[2:]
        central = self.places.places[rows][:, groups, 1 : 1 + ahead]
        doubt = self.supply.doubtful(rows, groups, ahead, draws)
        differences = self.supply.differences(rows, groups, ahead, draws, doubt)
        if differences is None:
            short = pupils - central[..., None]
        else:
            differences += central[..., None]
            short = np.subtract(pupils, np.maximum(differences, 0.0, out=differences), out=differences)
        total = short.sum(axis=1)
        chance = np.concatenate([(short > 0).mean(axis=-1), (total > 0).mean(axis=-1)[:, None]], axis=1)
        lacking = with_total(np.maximum(short, 0.0, out=short).mean(axis=-1), 1)
        unknown = with_total(np.isnan(central), 1) > 0
        at_low, at_high = _at_the_ends(total, doubt)
        return Risk(
            np.where(unknown, np.nan, chance),
            np.where(unknown, np.nan, lacking),
            doubt.sites,
            at_low,
            at_high,
        )


def _at_the_ends(total: Array, doubt: DoubtfulSites) -> tuple[Array, Array]:
    """Chance of each doubtful site's area, (sites, years), with its own figure lowest and highest, all else as drawn.

    ``total``: pupils less places of the phase, (areas, years, draws).
    """
    ends = np.full((2, len(doubt.sites), total.shape[1]), np.nan)
    down, up = doubt.down.sum(axis=1), doubt.up.sum(axis=1)
    above, below = np.maximum(doubt.draws, 0.0), np.minimum(doubt.draws, 0.0)
    for start in range(0, len(doubt.sites), AREAS_AT_ONCE):
        some = slice(start, start + AREAS_AT_ONCE)
        others = total[doubt.area[some]]
        others += up[some, :, None] * above[some, None] + down[some, :, None] * below[some, None]
        ends[0, some] = (others > -down[some, :, None]).mean(axis=-1)
        ends[1, some] = (others > up[some, :, None]).mean(axis=-1)
    unknown = np.isnan(total[..., 0])[doubt.area]
    return np.where(unknown, np.nan, ends[0]), np.where(unknown, np.nan, ends[1])


def first_above(chance: Array, threshold: float) -> Array:
    """Return the place along the last axis (years) where a chance first reaches the threshold, -1 for never."""
    reached = chance >= threshold
    first: Array = np.where(reached.any(axis=-1), reached.argmax(axis=-1), -1)
    return first
