"""Places by planning area: the sites of an area with their planned changes, known only where every school is known.

Changes are booked at the site where they happen, and no site falls below none; areas are sums of their sites and of the
places planned in an area that belong to no school yet. So sites, areas and the authority always agree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placeplan.arrays import Array
from placeplan.register import Register
from placeplan.supply.figures import Evidence
from placeplan.supply.places import MEASURES, SitePlaces
from placeplan.supply.settling import Change
from placeplan.years import YEAR_GROUP_COUNT


@dataclass(frozen=True)
class AreaPlaces:
    """Places with planned changes, (areas, year groups, years), NaN where a school with pupils has no figure.

    ``measures``: each of the three by name; ``places``: the measure that counts; ``planned``: its part from planned
    changes. ``by_site``: (sites, year groups, years) of the measure that counts. ``down`` and ``up``: how many
    places each site may really have less and more than stated, 0 where the figure is a number.
    """

    years: Array
    measures: dict[str, Array]
    places: Array
    planned: Array
    by_site: Array
    down: Array
    up: Array


def area_places(
    register: Register,
    sites: SitePlaces,
    changes: list[Change],
    occupied: Array,
    peopled: Array,
    evidence: dict[str, Evidence] | None = None,
) -> AreaPlaces:
    """Add up the places of every area.

    ``occupied``: (sites, year groups, years), whether the site has or expects pupils in the cell: there an unknown
    figure makes the area's places unknown. ``peopled``: (areas, year groups), whether the area has pupils: if no school is
    listed for them, its places are unknown, while an area that still waits for its first school has none.
    """
    waits = _touched(register, changes) & ~peopled
    central = [change for change in changes if change.central]
    measures = {}
    for name in MEASURES:
        base = _without_new_schools(sites.measures[name], changes)
        existing = _by_area(register, base, occupied, waits)
        planned = _planned(register, base, existing, central, name)[0]
        measures[name] = existing + planned
    chosen = _without_new_schools(sites.chosen, changes)
    existing = _by_area(register, chosen, occupied, waits)
    planned, at_sites = _planned(register, chosen, existing, central, "places")
    down, up = _doubt(sites, chosen, central, evidence or {})
    return AreaPlaces(
        years=sites.years,
        measures=measures,
        places=existing + planned,
        planned=planned,
        by_site=chosen + at_sites,
        down=down,
        up=up,
    )


def _without_new_schools(cells: Array, changes: list[Change]) -> Array:
    """A planned new school counts by its plan alone, not by a figure of its own as well."""
    new = [change.site for change in changes if change.kind == "new_school" and change.site >= 0]
    cells = cells.copy()
    cells[new] = 0.0
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


def _planned(
    register: Register, base: Array, existing: Array, changes: list[Change], measure: str
) -> tuple[Array, Array]:
    """What changes add to a measure, or to ``places``, the one that counts: by area and by site.

    A site without a figure stays so; without pupils it holds none, and the changes there are left aside.
    """
    at_sites = np.zeros(base.shape)
    by_area = np.zeros(existing.shape)
    for change in changes:
        for part in change.parts:
            if part.site >= 0:
                at_sites[part.site] += part.effects[measure]
            else:
                group = np.flatnonzero(part.areas >= 0)
                by_area[part.areas[group], group] += part.effects[measure][group]
    at_sites = np.where(np.isnan(base), 0.0, np.maximum(at_sites, -np.nan_to_num(base)))
    areas = register.site_areas()
    site, group = np.nonzero((areas >= 0) & at_sites.any(axis=2))
    of_sites = np.zeros(existing.shape)
    np.add.at(of_sites, (areas[site, group], group), at_sites[site, group])
    left = existing + of_sites
    return of_sites + np.maximum(by_area, -left), at_sites


def _doubt(
    sites: SitePlaces, chosen: Array, central: list[Change], evidence: dict[str, Evidence]
) -> tuple[Array, Array]:
    """How far below and above the stated places the real ones may lie; a school that has closed leaves no doubt."""
    if not evidence:
        return np.zeros(chosen.shape), np.zeros(chosen.shape)
    shape = chosen.shape
    low = {name: np.broadcast_to(found.low[:, None, :], shape) for name, found in evidence.items()}
    high = {name: np.broadcast_to(found.high[:, None, :], shape) for name, found in evidence.items()}
    known = np.nan_to_num(chosen)
    for change in central:
        for part in change.parts:
            if part.site >= 0 and part.closes.any():
                known[part.site] = known[part.site] * ~part.closes
    return known * (1.0 - sites.of_counted(low, 1.0)), known * (sites.of_counted(high, 1.0) - 1.0)
