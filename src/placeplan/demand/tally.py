"""Quantiles of the draws for schools, areas, districts and the authority, by year group and phase total.

Draws come some areas at a time. Areas and schools are summed up at once; districts and the authority are added draw by
draw, so that their intervals are those of their own totals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from placeplan.arrays import Array
from placeplan.demand.noise import Noise
from placeplan.demand.partners import Partners
from placeplan.demand.schools import SchoolShares, carry_schools, school_errors
from placeplan.demand.simulate import Draws
from placeplan.demand.survival import Stage
from placeplan.demand.watch import Watch
from placeplan.years import Phase, phase_of

QUANTILES = (0.05, 0.10, 0.50, 0.90, 0.95)
SCHOOLS_AT_ONCE = 40


def with_total(cells: Array, axis: int) -> Array:
    """Append the sum over year groups to the year-group axis."""
    return np.concatenate([cells, cells.sum(axis=axis, keepdims=True)], axis=axis)


def quantiles_with_total(pupils: Array) -> Array:
    """Return the quantiles of year groups and their total, (quantiles, units, year groups and total, years).

    ``pupils``: (units, year groups, years, draws). Linear between order statistics.
    """
    ordered = with_total(pupils, 1)
    ordered.sort(axis=-1)
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


@dataclass(frozen=True)
class SchoolPart:
    """Draws of some schools of one phase: what becomes of those on one site, and the draws of each site of the others.

    ``groups``: year groups; ``whole``: numbers of the schools on one site, ``quantiles`` and ``shares`` (by test) of them;
    ``partners``: totals of the schools by trust and diocese.
    """

    phase: Phase
    groups: list[int]
    whole: Array
    quantiles: Array
    shares: Mapping[str, Array]
    sites: list[tuple[int, Array]]
    partners: dict[int, Array]


@dataclass(frozen=True)
class Part:
    """What the draws of some areas come to: quantiles by phase, sums by phase and district, and their schools."""

    stage: Stage
    areas: Array
    areas_by_phase: dict[Phase, Array]
    sums: dict[Phase, dict[int, Array]]
    schools: list[SchoolPart]


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
    partners: Partners
    watch: Watch | None = None
    areas_by_phase: dict[Phase, Array] = field(default_factory=dict)
    schools_by_phase: dict[Phase, Array] = field(default_factory=dict)
    _sums: dict[Phase, Array] = field(default_factory=dict)
    _several: dict[tuple[Phase, int], Array] = field(default_factory=dict)

    @cached_property
    def on_several_sites(self) -> Array:
        """Whether a school stands on several sites, (schools)."""
        return np.bincount(self.urns, minlength=self.schools) > 1

    def measure(self, draws: Draws, shares: SchoolShares | None, central_sites: Array | None) -> Part:
        """Return what the draws of some areas come to, and draw their schools; changes nothing."""
        stage = draws.stage
        areas, sums = {}, {}
        for phase, places in phase_places(stage).items():
            pupils = draws.pupils[:, places]
            areas[phase] = quantiles_with_total(pupils)
            sums[phase] = self._sums_of(stage.rows[draws.areas], pupils)
        part = Part(stage, draws.areas, areas, sums, [])
        if shares is not None and central_sites is not None:
            for own, chosen in _batches(shares, draws.areas):
                errors = school_errors(shares, chosen, central_sites[chosen], self.noise)
                place = np.searchsorted(draws.areas, own)
                pupils = carry_schools(shares, chosen, own, draws.pupils[place], errors)
                part.schools.extend(self._schools_of(stage, shares.sites[chosen], pupils))
        return part

    def add(self, part: Part) -> None:
        """Take in what the draws of some areas come to; parts must come in the same order in every run."""
        for phase, found in part.areas_by_phase.items():
            self._store(self.areas_by_phase, phase, len(part.stage.rows), part.areas, found)
        for phase, by_district in part.sums.items():
            for district, cells in by_district.items():
                if phase not in self._sums:
                    self._sums[phase] = np.zeros((self.districts + 1, *cells.shape))
                self._sums[phase][district] += cells
        for schools in part.schools:
            self.partners.add(schools.phase, schools.partners)
            self._store(self.schools_by_phase, schools.phase, self.schools, schools.whole, schools.quantiles)
            if self.watch is not None:
                self.watch.keep(schools.phase, schools.whole, schools.shares)
            for school, cells in schools.sites:
                key = (schools.phase, school)
                self._several[key] = self._several[key] + cells if key in self._several else cells
                found = quantiles_with_total(self._several[key][None])
                number = np.array([school])
                self._store(self.schools_by_phase, schools.phase, self.schools, number, found)
                if self.watch is not None:
                    rolls = with_total(self._several[key][None], 1)
                    shares = self.watch.shares_of(schools.phase, schools.groups, number, rolls)
                    self.watch.keep(schools.phase, number, shares)

    def _store(self, into: dict[Phase, Array], phase: Phase, units: int, places: Array, found: Array) -> None:
        if phase not in into:
            into[phase] = np.zeros((found.shape[0], units, *found.shape[2:]))
        into[phase][:, places] = found

    def _sums_of(self, rows: Array, pupils: Array) -> dict[int, Array]:
        """Draws by district added up, -1 for areas without one."""
        district = self.district_of[rows]
        return {
            int(number): pupils[district == number].sum(axis=0, dtype=np.float64)
            for number in np.unique(district)
        }

    def _schools_of(self, stage: Stage, sites: Array, pupils: Array) -> Iterator[SchoolPart]:
        """A school on several sites is summed over them in each draw before its quantiles are taken."""
        schools = self.urns[sites]
        several = self.on_several_sites[schools]
        for phase, places in phase_places(stage).items():
            own = pupils[:, places]
            alone, groups = schools[~several], [stage.groups[place] for place in places]
            yield SchoolPart(
                phase,
                groups,
                alone,
                quantiles_with_total(own[~several]),
                self.watch.shares_of(phase, groups, alone, with_total(own[~several], 1))
                if self.watch
                else {},
                [(int(schools[place]), own[place]) for place in np.flatnonzero(several)],
                self.partners.of_sites(sites, own),
            )

    def authority(self, phase: Phase) -> Array:
        """Quantiles of the authority, (quantiles, 1, year groups and total, years)."""
        return quantiles_with_total(self._sums[phase].sum(axis=0, keepdims=True))

    def by_district(self, phase: Phase) -> Array:
        """Quantiles of the districts, (quantiles, districts, year groups and total, years)."""
        return quantiles_with_total(self._sums[phase][:-1])


def _batches(shares: SchoolShares, areas: Array) -> list[tuple[Array, Array]]:
    """Areas that have schools, with their schools, so many at a time that the draws stay in memory."""
    counts = np.bincount(shares.area, minlength=int(areas.max()) + 1)[areas]
    with_schools = areas[counts > 0]
    batch = np.cumsum(counts[counts > 0]) // SCHOOLS_AT_ONCE
    found = []
    for number in np.unique(batch):
        mine = with_schools[batch == number]
        chosen = np.flatnonzero(np.isin(shares.area, mine))
        found.append((mine, chosen[np.argsort(shares.area[chosen], kind="stable")]))
    return found
