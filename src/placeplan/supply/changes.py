"""Planned changes, year group by year group: what each adds or takes away, when, and how likely it is.

An expansion or unit touches its year groups from its start year; a changed PAN enters at the entry year group and moves up
a year group each year; a bulge class moves up and leaves; a new school fills from the bottom; a closure empties a school;
an amalgamation closes one school into another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.project import DeliveryProbability
from placeplan.register import Register
from placeplan.supply.places import SitePlaces
from placeplan.tables import rows_of
from placeplan.years import YEAR_GROUP_COUNT, Phase

CENTRAL = ("certain", "firm")
NEW_SCHOOL_GROUPS = {
    Phase.PRIMARY: range(0, 7),
    Phase.SECONDARY: range(7, 12),
    Phase.SIXTH_FORM: range(12, 14),
}


@dataclass(frozen=True)
class Change:
    """One planned change and its effect.

    ``site``: row in the register, -1 for a new school outside it; ``areas``: (year groups) row of the planning area
    that each year group stands in, -1 for none; ``effect``: (year groups, years) places on capacity and usable;
    ``pan_effect``: on admission numbers. ``others``: effects on further sites (an amalgamation's other school).
    """

    change_id: str
    kind: str
    certainty: str
    probability: float
    site: int
    areas: Array
    effect: Array
    pan_effect: Array
    others: tuple[Change, ...] = ()

    @property
    def central(self) -> bool:
        """Whether central figures include the change."""
        return self.certainty in CENTRAL

    def on(self, measure: str) -> Array:
        """Effect on a measure."""
        if self.kind == "pan_change" and measure == "capacity":
            return np.zeros_like(self.effect)
        return self.pan_effect if measure == "pan" else self.effect

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
        certainty = row.certainty or "proposed"
        chance = (
            getattr(delivery, certainty) if np.isnan(row.delivery_probability) else row.delivery_probability
        )
        site = _site(row, register, area_row)
        made = _at_site(row, site, register, places) if site >= 0 else _at_area(row, area_row, places)
        if made is not None:
            areas, effect, pan_effect, others = made
            found.append(
                Change(
                    row.change_id, row.kind, certainty, float(chance), site, areas, effect, pan_effect, others
                )
            )
    return found


def _site(row: Any, register: Register, area_row: dict[tuple[str, str], int]) -> int:
    """The site that a change names: the school's site in the named area, else its first."""
    if not row.urn:
        return -1
    urn = register.successors.get(row.urn, row.urn)
    own = np.flatnonzero((register.sites["urn"] == urn).to_numpy())
    if not len(own):
        return -1
    if row.area_code:
        here = {area_row.get((row.area_code, phase), -2) for phase in Phase}
        stands = [
            place for place in own if register.sites[["primary", "secondary"]].iloc[place].isin(here).any()
        ]
        own = np.array(stands or own)
    return int(own[0])


def _at_site(
    row: Any, site: int, register: Register, places: SitePlaces
) -> tuple[Array, Array, Array, tuple[Change, ...]]:
    in_range = np.flatnonzero(register.in_range()[site])
    groups = [int(group) for group in in_range if not row.phase or int(group) in Phase(row.phase).year_groups]
    areas = register.site_areas()[site]
    if row.kind in ("closure", "amalgamation"):
        gone = _after(row, places.years)[None, :]
        base = np.nan_to_num(places.chosen[site])
        base_pan = np.nan_to_num(places.measures["pan"][site])
        moved = _into(row, register, places, base * gone) if row.kind == "amalgamation" else ()
        return areas, -base * gone, -base_pan * gone, moved
    effect = _effect(row, groups or [int(group) for group in in_range], places.years)
    return areas, effect, effect, ()


def _into(row: Any, register: Register, places: SitePlaces, moved: Array) -> tuple[Change, ...]:
    """What the school that takes over gains: the places stated for each year group, else all that move."""
    own = np.flatnonzero(
        (register.sites["urn"] == register.successors.get(row.into_urn, row.into_urn)).to_numpy()
    )
    if not len(own):
        return ()
    site = int(own[0])
    in_range = [int(group) for group in np.flatnonzero(register.in_range()[site])]
    gain = moved if np.isnan(row.places) else _effect(row, in_range, places.years)
    return (
        Change(row.change_id, row.kind, row.certainty, 1.0, site, register.site_areas()[site], gain, gain),
    )


def _at_area(
    row: Any, area_row: dict[tuple[str, str], int], places: SitePlaces
) -> tuple[Array, Array, Array, tuple[Change, ...]] | None:
    """A change that names an area and a phase but no school: a new school, or places not yet tied to one."""
    if not row.phase or not row.area_code:
        return None
    phase = Phase(row.phase)
    area = area_row.get((row.area_code, phase.area_phase), -1)
    if area < 0:
        return None
    groups = list(NEW_SCHOOL_GROUPS[phase])
    areas = np.full(YEAR_GROUP_COUNT, -1)
    areas[groups] = area
    effect = _effect(row, groups, places.years)
    return areas, effect, effect, ()


def _after(row: Any, years: Array) -> Array:
    return ((years >= row.start_year) & ~(years > row.end_year)).astype(float)


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
