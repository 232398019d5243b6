"""Quantiles of the draws for schools, areas, districts and the authority, by year group and phase total.

Draws come some areas at a time. Areas and schools are summed up at once; districts and the authority are added draw by
draw, so that their intervals are those of their own totals.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from placeplan.arrays import Array
from placeplan.demand.schools import SchoolShares, carry_schools, school_errors
from placeplan.demand.simulate import Draws, Noise
from placeplan.demand.survival import Stage
from placeplan.demand.watch import Watch
from placeplan.years import Phase, phase_of

QUANTILES = (0.05, 0.10, 0.50, 0.90, 0.95)
SCHOOLS_AT_ONCE = 120


def with_total(cells: Array, axis: int) -> Array:
    """Append the sum over year groups to the year-group axis."""
    return np.concatenate([cells, cells.sum(axis=axis, keepdims=True)], axis=axis)


def quantiles(draws: Array) -> Array:
    """Return the quantiles of the last axis, stacked first: (quantiles, …); linear between order statistics."""
    ordered = np.sort(draws, axis=-1)
    at = np.array(QUANTILES) * (ordered.shape[-1] - 1)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, ordered.shape[-1] - 1)
    part = (at - low).astype(ordered.dtype)
    values = ordered[..., low] + (ordered[..., high] - ordered[..., low]) * part
    return np.moveaxis(values, -1, 0).astype(np.float64)


def phase_places(stage: Stage) -> dict[Phase, list[int]]:
    """Places of the stage's year groups by phase (the secondary stage also holds the sixth form)."""
    found: dict[Phase, list[int]] = {}
    for place, group in enumerate(stage.groups):
        found.setdefault(phase_of(group), []).append(place)
    return found


@dataclass
class Tally:
    """Collects quantiles by phase: (quantiles, units, year groups and total, years).

    ``district_of``: district number of every area in the register, -1 for none. ``urns``: number of the school that each
    site in the register belongs to.
    """

    district_of: Array
    districts: int
    urns: Array
    schools: int
    noise: Noise
    watch: Watch | None = None
    areas_by_phase: dict[Phase, Array] = field(default_factory=dict)
    schools_by_phase: dict[Phase, Array] = field(default_factory=dict)
    _sums: dict[Phase, Array] = field(default_factory=dict)
    _several: dict[tuple[Phase, int], Array] = field(default_factory=dict)

    def add(self, draws: Draws, shares: SchoolShares | None, central_sites: Array | None) -> None:
        """Take in the draws of some areas, and draw their schools."""
        stage = draws.stage
        for phase, places in phase_places(stage).items():
            pupils = draws.pupils[:, places]
            found = quantiles(with_total(pupils, 1))
            store = self.areas_by_phase.setdefault(
                phase, np.zeros((found.shape[0], len(stage.rows), *found.shape[2:]))
            )
            store[:, draws.areas] = found
            self._add_sums(phase, stage.rows[draws.areas], pupils)
        if shares is not None and central_sites is not None:
            for areas, chosen in _batches(shares, draws.areas):
                errors = school_errors(shares, chosen, central_sites[chosen], self.noise)
                place = np.searchsorted(draws.areas, areas)
                pupils = carry_schools(shares, chosen, areas, draws.pupils[place], errors)
                self._add_schools(stage, shares.sites[chosen], pupils)

    def _add_sums(self, phase: Phase, rows: Array, pupils: Array) -> None:
        sums = self._sums.setdefault(
            phase, np.zeros((self.districts + 1, *pupils.shape[1:]), dtype=np.float64)
        )
        sums[-1] += pupils.sum(axis=0)
        for district in range(self.districts):
            inside = self.district_of[rows] == district
            if inside.any():
                sums[district] += pupils[inside].sum(axis=0)

    def _add_schools(self, stage: Stage, sites: Array, pupils: Array) -> None:
        """A school on several sites is summed over them in each draw before its quantiles are taken."""
        several = np.isin(self.urns[sites], np.flatnonzero(np.bincount(self.urns) > 1))
        for phase, places in phase_places(stage).items():
            own = pupils[:, places]
            rolls = with_total(own, 1)
            found = quantiles(rolls)
            shape = (found.shape[0], self.schools, *found.shape[2:])
            store = self.schools_by_phase.setdefault(phase, np.zeros(shape))
            store[:, self.urns[sites[~several]]] = found[:, ~several]
            groups = [stage.groups[place] for place in places]
            if self.watch is not None:
                self.watch.add(phase, groups, self.urns[sites[~several]], rolls[~several])
            for place in np.flatnonzero(several):
                key = (phase, int(self.urns[sites[place]]))
                self._several[key] = self._several[key] + own[place] if key in self._several else own[place]
                rolls = with_total(self._several[key], 0)
                store[:, key[1]] = quantiles(rolls)
                if self.watch is not None:
                    self.watch.add(phase, groups, np.array([key[1]]), rolls[None])

    def authority(self, phase: Phase) -> Array:
        """Quantiles of the authority, (quantiles, 1, year groups and total, years)."""
        return quantiles(with_total(self._sums[phase][-1:], 1))

    def by_district(self, phase: Phase) -> Array:
        """Quantiles of the districts, (quantiles, districts, year groups and total, years)."""
        return quantiles(with_total(self._sums[phase][:-1], 1))


def _batches(shares: SchoolShares, areas: Array) -> list[tuple[Array, Array]]:
    """Areas that have schools, with their schools, so many at a time that the draws stay in memory."""
    counts = np.bincount(shares.area, minlength=int(areas.max()) + 1)[areas]
    with_schools = areas[counts > 0]
    batch = np.cumsum(counts[counts > 0]) // SCHOOLS_AT_ONCE
    found = []
    for number in np.unique(batch):
        mine = with_schools[batch == number]
        found.append((mine, np.flatnonzero(np.isin(shares.area, mine))))
    return found
