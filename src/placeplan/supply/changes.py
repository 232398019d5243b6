"""Planned changes, year group by year group: what each adds or takes away, when, and how likely it is.

An expansion or unit touches its year groups from its start year; a changed PAN enters at the entry year group and moves up
a year group each year; a bulge class moves up and leaves; a new school fills from the bottom; a closure empties a school;
an amalgamation closes one school into another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.project import DeliveryProbability
from placeplan.register import Register
from placeplan.supply.places import MEASURES, SitePlaces
from placeplan.tables import rows_of
from placeplan.years import YEAR_GROUP_COUNT, Phase

CENTRAL = ("certain", "firm")
ASSUMED_CERTAINTY = "firm"
"""What a change without a stated certainty counts as; the checks warn of it."""
CLOSING = ("closure", "amalgamation")
NEW_SCHOOL_GROUPS = {
    Phase.PRIMARY: range(0, 7),
    Phase.SECONDARY: range(7, 12),
    Phase.SIXTH_FORM: range(12, 14),
}


@dataclass(frozen=True)
class Change:
    """One planned change and its effect.

    ``site``: row in the register, -1 for a new school outside it; ``areas``: (year groups) row of the planning area
    that each year group stands in, -1 for none; ``effects``: (year groups, years) on each measure, and on ``places``, the
    measure that counts there. ``closes``: (years) whether the change has closed the site. ``others``: effects on further
    sites (other sites of a school that closes, the school that takes over). ``into``: row of the site that takes a closing
    school's pupils, -1 for none.
    """

    change_id: str
    kind: str
    certainty: str
    probability: float
    site: int
    areas: Array
    effects: Mapping[str, Array]
    closes: Array
    others: tuple[Change, ...] = ()
    into: int = -1

    @property
    def central(self) -> bool:
        """Whether central figures include the change."""
        return self.certainty in CENTRAL

    @property
    def parts(self) -> tuple[Change, ...]:
        """The change at its own school and at every other that it touches."""
        return (self, *self.others)


def planned_changes(
    table: pd.DataFrame, register: Register, places: SitePlaces, delivery: DeliveryProbability
) -> list[Change]:
    """Return every planned change that touches a mainstream school or area within the years of ``places``."""
    area_row = {
        (code, phase): row
        for row, (code, phase) in enumerate(zip(register.areas["code"], register.areas["phase"], strict=True))
    }
    found = []
    for row in rows_of(table):
        sites = _sites(row, register, area_row)
        parts = _at_sites(row, sites, register, places) if sites else _at_area(row, area_row, places)
        if parts:
            certainty = row.certainty or ASSUMED_CERTAINTY
            stated = row.delivery_probability
            chance = float(getattr(delivery, certainty) if np.isnan(stated) else stated)
            into = _sites_of(row.into_urn, register) if row.kind in CLOSING else []
            found.append(
                replace(
                    parts[0],
                    certainty=certainty,
                    probability=chance,
                    others=tuple(parts[1:]),
                    into=into[0] if into else -1,
                )
            )
    return _emptied(found)


def _emptied(changes: list[Change]) -> list[Change]:
    """A school that has closed for certain or firmly keeps nothing of its other changes."""
    closed: dict[int, Array] = {}
    for change in changes:
        for part in change.parts if change.central else ():
            if part.closes.any():
                closed[part.site] = closed.get(part.site, part.closes) | part.closes
    return [_without(change, closed) for change in changes]


def _without(change: Change, closed: Mapping[int, Array]) -> Change:
    others = tuple(_without(other, closed) for other in change.others)
    if change.site not in closed or change.closes.any():
        return replace(change, others=others)
    open_years = ~closed[change.site]
    return replace(
        change, others=others, effects={name: cells * open_years for name, cells in change.effects.items()}
    )


def _sites(row: Any, register: Register, area_row: dict[tuple[str, str], int]) -> list[int]:
    """The sites that a change touches: a closure all of the school's, others the one in the named area, else the first."""
    own = _sites_of(row.urn, register)
    if row.area_code and row.kind != "amalgamation":
        here = {area_row.get((row.area_code, phase), -2) for phase in Phase}
        named = register.sites[["primary", "secondary"]]
        own = [site for site in own if named.iloc[site].isin(here).any()] or own
    return own if row.kind in CLOSING else own[:1]


def _sites_of(urn: str, register: Register) -> list[int]:
    present = register.successors.get(urn, urn)
    return (
        [int(site) for site in np.flatnonzero((register.sites["urn"] == present).to_numpy())] if urn else []
    )


def _at_sites(row: Any, sites: list[int], register: Register, places: SitePlaces) -> list[Change]:
    """The parts of a change that names a school."""
    if row.kind in CLOSING:
        parts = [_closing(row, site, register, places) for site in sites]
        return [*parts, *_into(row, parts, register, places)] if row.kind == "amalgamation" else parts
    site = sites[0]
    groups = [int(group) for group in np.flatnonzero(register.in_range()[site])]
    inside = [group for group in groups if not row.phase or group in Phase(row.phase).year_groups]
    effect = _effect(row, inside or groups, places.years)
    effects = _on_measures(row.kind, effect)
    effects["places"] = places.of_counted(effects, 0.0, site)
    return [_part(row, site, register.site_areas()[site], effects, places)]


def _on_measures(kind: str, effect: Array) -> dict[str, Array]:
    """A changed admission number leaves the assessed capacity as it is."""
    return {name: effect * (kind != "pan_change" or name != "capacity") for name in MEASURES}


def _closing(row: Any, site: int, register: Register, places: SitePlaces) -> Change:
    gone = (places.years >= row.start_year) & ~(places.years > row.end_year)
    effects = {name: -np.nan_to_num(cells[site]) * gone for name, cells in places.measures.items()}
    effects["places"] = -np.nan_to_num(places.chosen[site]) * gone
    return replace(_part(row, site, register.site_areas()[site], effects, places), closes=gone)


def _into(row: Any, closing: list[Change], register: Register, places: SitePlaces) -> list[Change]:
    """What the school that takes over gains in the year groups that move to it: the places stated, else all that move."""
    own = _sites_of(row.into_urn, register)
    if not own:
        return []
    site = own[0]
    gain = {name: -np.sum([part.effects[name] for part in closing], axis=0) for name in (*MEASURES, "places")}
    if not np.isnan(row.places):
        moving = register.in_range()[[part.site for part in closing]].any(axis=0)
        groups = [int(group) for group in np.flatnonzero(moving)]
        gain = dict.fromkeys(gain, _effect(row, groups, places.years))
    return [_part(row, site, register.site_areas()[site], gain, places)]


def _at_area(row: Any, area_row: dict[tuple[str, str], int], places: SitePlaces) -> list[Change]:
    """A change that names an area and a phase but no school: a new school, or places not yet tied to one."""
    if not row.phase or not row.area_code:
        return []
    phase = Phase(row.phase)
    area = area_row.get((row.area_code, phase.area_phase), -1)
    if area < 0:
        return []
    groups = list(NEW_SCHOOL_GROUPS[phase])
    areas = np.full(YEAR_GROUP_COUNT, -1)
    areas[groups] = area
    effects = _on_measures(row.kind, _effect(row, groups, places.years))
    effects["places"] = effects[places.order[0]]
    return [_part(row, -1, areas, effects, places)]


def _part(row: Any, site: int, areas: Array, effects: Mapping[str, Array], places: SitePlaces) -> Change:
    never = np.zeros(len(places.years), dtype=bool)
    return Change(row.change_id, row.kind, row.certainty, 1.0, site, areas, effects, never)


def _effect(row: Any, groups: list[int], years: Array) -> Array:
    """Places by year group and year of a change that states places for each year group it touches."""
    amount = 0.0 if np.isnan(row.places) else float(row.places)
    amount = -abs(amount) if row.kind == "unit" else amount
    entry = groups[0] if np.isnan(row.year_group) else int(row.year_group)
    group = np.arange(YEAR_GROUP_COUNT)[:, None]
    taught = np.isin(group, groups)
    entered = years[None, :] - (group - entry)
    started = years[None, :] >= row.start_year
    if row.kind == "pan_change":
        touched = (group >= entry) & (entered >= row.start_year) & ~(entered > row.end_year)
    elif row.kind == "bulge":
        last = row.start_year if np.isnan(row.end_year) else row.end_year
        touched = (group >= entry) & (entered >= row.start_year) & (entered <= last)
    elif row.kind == "new_school":
        touched = (group >= entry) & (entered >= row.start_year) & ~(years[None, :] > row.end_year)
    else:
        chosen = np.ones_like(group, dtype=bool) if np.isnan(row.year_group) else group == entry
        touched = chosen & started & ~(years[None, :] > row.end_year)
    return np.where(touched & taught, amount, 0.0)
