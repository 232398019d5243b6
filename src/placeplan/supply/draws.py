"""Draws of places: changes that may fail, come late or yet come, and figures that are ranges.

In one draw the real places of an area are

    places + Σ over changes (difference of the way it goes) + Σ over schools (u × up if u > 0, else u × down),

with u of a school between -1 and 1, most likely near 0 (the sum of two uniform numbers), shared by its sites, year groups
and years. Every draw depends on the seed, the change or school, and the stream alone: another area changes nothing in it,
and a change comes or fails in the same draws in every scenario. The sums run over all cells at once as one sparse product of
cells × drivers and drivers × draws.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from placeplan.arrays import Array
from placeplan.register import Register
from placeplan.supply.balance import AreaPlaces
from placeplan.supply.settling import Change


@dataclass(frozen=True)
class UncertainChange:
    """Difference from the central places, by area (year groups, years), in each way that a change may go.

    ``comes``: in time; ``late``: share and difference of each number of years late; ``fails``: not at all. What central
    places assume already has no difference.
    """

    change_id: str
    probability: float
    comes: dict[int, Array]
    late: tuple[tuple[float, dict[int, Array]], ...]
    fails: dict[int, Array]

    def ways(self, seed: int, draws: int) -> list[tuple[Array, dict[int, Array]]]:
        """Whether the change goes each way in each draw, (draws), with the difference that this makes."""
        delivered = _generator(seed, f"delivery:{self.change_id}").random(draws) < self.probability
        found = [(~delivered, self.fails)]
        if self.late:
            delay = _generator(seed, f"delay:{self.change_id}").random(draws)
            limit = 0.0
            for share, difference in self.late:
                found.append((delivered & (delay >= limit) & (delay < limit + share), difference))
                limit += share
            delivered = delivered & (delay >= limit)
        return [
            (happens, difference) for happens, difference in [*found, (delivered, self.comes)] if difference
        ]

    @property
    def touches(self) -> frozenset[int]:
        """The areas in which the change makes a difference."""
        ways = (self.comes, self.fails, *(difference for _, difference in self.late))
        return frozenset(area for way in ways for area in way)


def uncertain_changes(changes: list[Change]) -> tuple[UncertainChange, ...]:
    """Return the changes that may go another way than the central places assume."""
    found = []
    for change in changes:
        base = _effects(change) if change.central else {}
        late = tuple((share, _less(_effects(one), base)) for share, one in change.late)
        uncertain = UncertainChange(
            change.change_id,
            change.probability,
            comes=_less(_effects(change), base),
            late=late if change.probability > 0 else (),
            fails=_less({}, base) if change.probability < 1 else {},
        )
        if uncertain.touches and (change.probability > 0 or change.central):
            found.append(uncertain)
    return tuple(found)


def _effects(change: Change) -> dict[int, Array]:
    """Effect of a change on the places of each area that it touches, (year groups, years)."""
    found: dict[int, Array] = {}
    for part in change.parts:
        effect = part.effects["places"]
        for area in sorted({int(area) for area in part.areas if area >= 0}):
            inside = (part.areas == area)[:, None]
            found[area] = found.get(area, 0.0) + np.where(inside, effect, 0.0)
    return found


def _less(effects: dict[int, Array], base: dict[int, Array]) -> dict[int, Array]:
    nothing = np.zeros(1)
    found = {area: effects.get(area, nothing) - base.get(area, nothing) for area in {**effects, **base}}
    return {area: difference for area, difference in found.items() if np.any(difference)}


@dataclass(frozen=True)
class DoubtfulSites:
    """The sites of some areas whose figures are ranges.

    ``sites``: rows in the register, once for each area; ``area``: place among the areas; ``down``, ``up``: (sites, year
    groups, years) in the area; ``draws``: u of each, (sites, draws).
    """

    sites: Array
    area: Array
    down: Array
    up: Array
    draws: Array


@dataclass(frozen=True)
class SupplyDraws:
    """All that makes places uncertain: ranges of sites and ways of changes."""

    register: Register
    places: AreaPlaces
    changes: tuple[UncertainChange, ...]
    seed: int

    def doubtful(self, rows: Array, groups: list[int], ahead: int, draws: int) -> DoubtfulSites:
        """Return the sites in some areas (rows of the register) whose places in a phase's year groups are ranges."""
        position = np.full(len(self.register.areas) + 1, -1)
        position[rows] = np.arange(len(rows))
        stands = position[self.register.area_of(groups[0])]
        years = slice(1, 1 + ahead)
        near = np.flatnonzero(stands >= 0)
        down, up = (cells[near][:, groups, years] for cells in (self.places.down, self.places.up))
        wide = ((down > 0) | (up > 0)).any(axis=(1, 2))
        near, down, up = near[wide], down[wide], up[wide]
        area = stands[near]
        urns = self.register.sites["urn"].to_numpy(dtype=object)[near]
        drawn = {urn: school_doubt(self.seed, urn, draws) for urn in dict.fromkeys(urns)}
        u = np.array([drawn[urn] for urn in urns]).reshape(len(near), draws)
        return DoubtfulSites(near, area, down, up, u)

    def differences(
        self, rows: Array, groups: list[int], ahead: int, draws: int, doubt: DoubtfulSites
    ) -> Array | None:
        """Return real less central places of some areas, (areas, year groups, years, draws); None if there is no doubt."""
        shape = (len(rows), len(groups), ahead)
        cells, sums = [], []
        if len(doubt.sites):
            cells += [_columns(doubt.up, doubt.area, shape), _columns(doubt.down, doubt.area, shape)]
            sums += [np.maximum(doubt.draws, 0.0), np.minimum(doubt.draws, 0.0)]
        place = {int(row): at for at, row in enumerate(rows)}
        for change in self.changes:
            if change.touches.isdisjoint(place):
                continue
            for happens, difference in change.ways(self.seed, draws):
                inside = {place[area]: effect for area, effect in difference.items() if area in place}
                if inside:
                    effects = np.array([effect[groups, 1 : 1 + ahead] for effect in inside.values()])
                    cells.append(_one_column(effects, np.array(list(inside)), shape))
                    sums.append(happens[None, :].astype(float))
        if not cells:
            return None
        product: Array = sparse.hstack(cells, format="csr") @ np.concatenate(sums)
        return product.reshape(*shape, draws)


def school_doubt(seed: int, urn: str, draws: int) -> Array:
    """Where in its range a school's real capacity lies in each draw: -1 lowest, 0 as stated, 1 highest."""
    uniform = _generator(seed, f"capacity:{urn}").random((2, draws))
    u: Array = uniform.sum(axis=0) - 1.0
    return u


def _generator(seed: int, stream: str) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64([seed, zlib.crc32(stream.encode())]))


def _columns(cells: Array, area: Array, shape: tuple[int, int, int]) -> sparse.csc_matrix:
    """One column for each site, its cells at those of its area."""
    site, group, year = np.nonzero(cells)
    at = (area[site] * shape[1] + group) * shape[2] + year
    return sparse.csc_matrix((cells[site, group, year], (at, site)), shape=(int(np.prod(shape)), len(area)))


def _one_column(effects: Array, area: Array, shape: tuple[int, int, int]) -> sparse.csc_matrix:
    """One column for a change that touches several areas."""
    place, group, year = np.nonzero(effects)
    at = (area[place] * shape[1] + group) * shape[2] + year
    nothing = np.zeros(len(at), dtype=np.int64)
    return sparse.csc_matrix((effects[place, group, year], (at, nothing)), shape=(int(np.prod(shape)), 1))
