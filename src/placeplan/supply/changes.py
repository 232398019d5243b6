"""Planned changes, year group by year group: what each adds or takes away, when, and how likely it is.

An expansion or unit touches its year groups from its start year; a changed PAN enters at the entry year group and moves up
a year group each year; a bulge class moves up and leaves; a new school fills from the bottom. A closure ends a school's
places, also where ``into_urn`` names who takes its pupils: they go into the places which that school has. An amalgamation
moves them: the school that goes on gains the places stated, else all that moved, planned ones among them. A change counts
only where its school is open and has reached the year group. No site has fewer places than none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.project import DeliveryProbability
from placeplan.register import Register
from placeplan.supply.delays import Delays, late_shares
from placeplan.supply.places import MEASURES, SitePlaces
from placeplan.supply.settling import ASSUMED_CERTAINTY, CLOSING, Change, settled
from placeplan.tables import rows_of
from placeplan.years import YEAR_GROUP_COUNT, YEAR_SEVEN, Phase

__all__ = ["Change", "planned_changes"]

NEW_SCHOOL_GROUPS = {
    Phase.PRIMARY: range(0, 7),
    Phase.SECONDARY: range(7, 12),
    Phase.SIXTH_FORM: range(12, 14),
}


def planned_changes(
    table: pd.DataFrame,
    register: Register,
    places: SitePlaces,
    delivery: DeliveryProbability,
    delays: Delays | None = None,
) -> list[Change]:
    """Return every planned change that touches a mainstream school or area within the years of ``places``."""
    area_row = {
        (code, phase): row
        for row, (code, phase) in enumerate(zip(register.areas["code"], register.areas["phase"], strict=True))
    }
    found = []
    for row in rows_of(table):
        certainty = row.certainty or ASSUMED_CERTAINTY
        stated = row.delivery_probability
        chance = float(getattr(delivery, certainty) if np.isnan(stated) else stated)
        row = row._replace(certainty=certainty)
        change = _change(row, chance, register, area_row, places)
        if change is not None:
            shares = late_shares(delays or {}, row.kind, certainty)
            late = [
                (share, _change(_late(row, by), chance, register, area_row, places)) for by, share in shares
            ]
            found.append(replace(change, late=tuple((share, one) for share, one in late if one is not None)))
    return settled(found, register)


def _late(row: Any, years: int) -> Any:
    """A change so many years late; a bulge class is then another cohort's, other changes end when they were to end."""
    end = row.end_year + years if row.kind == "bulge" else row.end_year
    return row._replace(start_year=row.start_year + years, end_year=end)


def _change(
    row: Any,
    chance: float,
    register: Register,
    area_row: dict[tuple[str, str], int],
    places: SitePlaces,
) -> Change | None:
    sites = _sites(row, register, area_row)
    parts = _at_sites(row, sites, register, places) if sites else _at_area(row, area_row, places)
    if not parts:
        return None
    into = _sites_of(row.into_urn, register) if row.kind in CLOSING else []
    return replace(
        parts[0],
        probability=chance,
        others=tuple(parts[1:]),
        into=into[0] if into else -1,
        moves=row.kind == "amalgamation" and bool(np.isnan(row.places)),
    )


def _sites(row: Any, register: Register, area_row: dict[tuple[str, str], int]) -> list[int]:
    """The sites that a change touches: a closure all of the school's, others the one in the named area, else the first."""
    own = _sites_of(row.urn, register)
    if row.area_code and row.kind != "amalgamation":
        here = {area_row.get((row.area_code, phase), -2) for phase in Phase}
        own = [site for site in own if here & {int(area) for area in _areas_of(register, site)}] or own
    return own if row.kind in CLOSING else own[:1]


def _sites_of(urn: str, register: Register) -> list[int]:
    present = register.successors.get(urn, urn)
    return [int(site) for site in register.sites_of.get(present, ())]


def _taught(register: Register, site: int) -> Array:
    """Whether a site teaches each year group by its range."""
    group = np.arange(YEAR_GROUP_COUNT)
    low, high = (int(register.sites[name].iloc[site]) for name in ("low", "high"))
    return (group >= low) & (group <= high)


def _areas_of(register: Register, site: int) -> Array:
    """Row in the register's areas that each year group of a site stands in, -1 for none."""
    primary, secondary = (int(register.sites[name].iloc[site]) for name in ("primary", "secondary"))
    return np.where(np.arange(YEAR_GROUP_COUNT) < YEAR_SEVEN, primary, secondary)


def _at_sites(row: Any, sites: list[int], register: Register, places: SitePlaces) -> list[Change]:
    """The parts of a change that names a school."""
    if row.kind in CLOSING:
        parts = [_closing(row, site, register, places) for site in sites]
        return [*parts, *_into(row, parts, register, places)] if row.kind == "amalgamation" else parts
    site = sites[0]
    effect = _effect(row, _groups(row, register, site), places.years)
    if row.kind == "new_school":
        effects = _on_measures(row.kind, effect)
        effects["places"] = effect
    else:
        effects = _on_measures(row.kind, effect * places.reached[site])
        effects["places"] = places.of_counted(effects, 0.0, site)
    return [_part(row, site, _areas_of(register, site), effects, places)]


def _groups(row: Any, register: Register, site: int) -> list[int]:
    """Year groups of a site that a change may touch: those of the phase that it names, else all that are taught."""
    groups = [int(group) for group in np.flatnonzero(_taught(register, site))]
    return [group for group in groups if not row.phase or group in Phase(row.phase).year_groups] or groups


def _on_measures(kind: str, effect: Array) -> dict[str, Array]:
    """A changed admission number leaves the assessed capacity as it is."""
    return {name: effect * (kind != "pan_change" or name != "capacity") for name in MEASURES}


def _closing(row: Any, site: int, register: Register, places: SitePlaces) -> Change:
    when = (places.years >= row.start_year) & ~(places.years > row.end_year)
    inside = np.isin(np.arange(YEAR_GROUP_COUNT), _groups(row, register, site))
    ended = inside if (_taught(register, site) & ~inside).any() else np.ones(YEAR_GROUP_COUNT, dtype=bool)
    gone = ended[:, None] & when
    effects = {name: -np.nan_to_num(cells[site]) * gone for name, cells in places.measures.items()}
    effects["places"] = -np.nan_to_num(places.chosen[site]) * gone
    return replace(_part(row, site, _areas_of(register, site), effects, places), closes=gone)


def _into(row: Any, closing: list[Change], register: Register, places: SitePlaces) -> list[Change]:
    """What the school that takes over gains in the year groups that move to it: the places stated, else all that move."""
    own = _sites_of(row.into_urn, register)
    if not own:
        return []
    site = own[0]
    gain = {name: -np.sum([part.effects[name] for part in closing], axis=0) for name in (*MEASURES, "places")}
    if not np.isnan(row.places):
        groups = sorted({group for part in closing for group in _groups(row, register, part.site)})
        gain = dict.fromkeys(gain, _effect(row, groups, places.years))
    return [_part(row, site, _areas_of(register, site), gain, places)]


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
    never = np.zeros((YEAR_GROUP_COUNT, len(places.years)), dtype=bool)
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
