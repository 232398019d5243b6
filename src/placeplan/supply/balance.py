"""Places by planning area: the sites of an area with their planned changes, known only where every school is known."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from placeplan.arrays import Array
from placeplan.register import Register
from placeplan.supply.changes import Change
from placeplan.supply.places import MEASURES, SitePlaces
from placeplan.years import YEAR_GROUP_COUNT


@dataclass(frozen=True)
class AreaPlaces:
    """Places with planned changes, (areas, year groups, years), NaN where a school with pupils has no figure.

    ``measures``: each of the three by name; ``places``: the measure that counts; ``planned``: its part from planned
    changes. ``by_site``: (sites, year groups, years) of the measure that counts. ``uncertain``: what each change that
    may fail, or may yet come, adds to or takes from the central places, by area.
    """

    years: Array
    measures: dict[str, Array]
    places: Array
    planned: Array
    by_site: Array
    uncertain: tuple[UncertainPlaces, ...]

    def drawn(self, area: int, seed: int, draws: int) -> Array:
        """Return the area's places in each draw, (year groups, years, draws or 1)."""
        central = self.places[area][:, :, None]
        ours = [change for change in self.uncertain if area in change.difference]
        if not ours:
            return central
        total = np.repeat(central, draws, axis=2)
        for change in ours:
            total += change.difference[area][:, :, None] * change.happens(seed, draws)
        return total


@dataclass(frozen=True)
class UncertainPlaces:
    """Difference from the central places, by area (year groups, years), where a change goes the less expected way."""

    change_id: str
    central: bool
    probability: float
    difference: dict[int, Array]

    def happens(self, seed: int, draws: int) -> Array:
        """1 in the draws in which the change goes the other way than the central places assume."""
        stream = zlib.crc32(f"delivery:{self.change_id}".encode())
        delivered = np.random.Generator(np.random.SFC64([seed, stream])).random(draws) < self.probability
        return (~delivered if self.central else delivered).astype(float)


def area_places(
    register: Register, sites: SitePlaces, changes: list[Change], occupied: Array, peopled: Array
) -> AreaPlaces:
    """Add up the places of every area.

    ``occupied``: (sites, year groups, years), whether the site has or expects pupils in the cell: there an unknown
    figure makes the area's places unknown. ``peopled``: (areas, year groups), whether the area has pupils: if no school is
    listed for them, its places are unknown, while an area that still waits for its first school has none.
    """
    waits = _touched(register, changes) & ~peopled
    base = {name: _without_new_schools(cells, changes) for name, cells in sites.measures.items()}
    chosen = _without_new_schools(sites.chosen, changes)
    central = [change for change in changes if change.central]
    measures = {
        name: _by_area(register, base[name], occupied, waits) + _of_changes(register, central, name, sites)
        for name in MEASURES
    }
    existing = _by_area(register, chosen, occupied, waits)
    planned = np.where(np.isnan(existing), np.nan, _of_changes(register, central, "places", sites))
    by_site = chosen.copy()
    for change in central:
        for part in change.parts:
            if part.site >= 0:
                by_site[part.site] += part.effects["places"]
    return AreaPlaces(
        years=sites.years,
        measures={name: np.maximum(cells, 0.0) for name, cells in measures.items()},
        places=np.maximum(existing + planned, 0.0),
        planned=planned,
        by_site=np.maximum(by_site, 0.0),
        uncertain=_uncertain(changes),
    )


def _without_new_schools(cells: Array, changes: list[Change]) -> Array:
    """A planned new school counts by its plan alone, not by its capacity as well."""
    new = [change.site for change in changes if change.kind == "new_school" and change.site >= 0]
    cells = cells.copy()
    cells[new] = np.where(np.isnan(cells[new]), np.nan, 0.0)
    return cells


def _touched(register: Register, changes: list[Change]) -> Array:
    """Whether any change touches a year group of an area, (areas, year groups)."""
    touched = np.zeros((len(register.areas), YEAR_GROUP_COUNT), dtype=bool)
    for change in changes:
        for part in change.parts:
            group = np.flatnonzero(part.areas >= 0)
            touched[part.areas[group], group] = True
    return touched


def _by_area(register: Register, cells: Array, occupied: Array, waits: Array) -> Array:
    """Sum over the sites of each area; NaN where a site with pupils is unknown or no school is listed or awaited."""
    areas = register.site_areas()
    shape = (len(register.areas), YEAR_GROUP_COUNT, cells.shape[2])
    total, unknown = np.zeros(shape), np.zeros(shape, dtype=bool)
    schools = waits.copy()
    site, group = np.nonzero(areas >= 0)
    place = areas[site, group]
    np.add.at(total, (place, group), np.nan_to_num(cells[site, group]))
    np.logical_or.at(unknown, (place, group), np.isnan(cells[site, group]) & occupied[site, group])
    schools[place, group] = True
    return np.where(unknown | ~schools[:, :, None], np.nan, total)


def _of_changes(register: Register, changes: list[Change], measure: str, sites: SitePlaces) -> Array:
    """Sum of the changes' effects by area, on a measure or on ``places``, the one that counts at each school."""
    total = np.zeros((len(register.areas), YEAR_GROUP_COUNT, len(sites.years)))
    for change in changes:
        for area, effect in _effects(change, measure).items():
            total[area] += effect
    return total


def _effects(change: Change, measure: str) -> dict[int, Array]:
    """Effect of a change on each area it touches."""
    found: dict[int, Array] = {}
    for part in change.parts:
        effect = part.effects[measure]
        for area in sorted({int(area) for area in part.areas if area >= 0}):
            inside = (part.areas == area)[:, None]
            found[area] = found.get(area, 0.0) + np.where(inside, effect, 0.0)
    return found


def _uncertain(changes: list[Change]) -> tuple[UncertainPlaces, ...]:
    found = []
    for change in changes:
        doubtful = change.probability < 1.0 if change.central else change.probability > 0.0
        if doubtful:
            sign = -1.0 if change.central else 1.0
            effects = {
                area: sign * effect for area, effect in _effects(change, "places").items() if effect.any()
            }
            found.append(UncertainPlaces(change.change_id, change.central, change.probability, effects))
    return tuple(found)
