"""What-ifs of a scenario meet the forecast: how each acting school's area answers, as factors on entry (``demand.shares``).

The factor of a school, year group of entry and year is its intake with the change over its intake without it. It multiplies
what is expected before schools are held to their area, in the central path and in every draw, so that schools still add
up to areas; cohorts move up afterwards as they always do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.demand.history import History
from placeplan.demand.schools import SchoolShares
from placeplan.demand.shares import answered_intakes, unmet_preferences, was_full
from placeplan.demand.survival import Stage
from placeplan.register import Register
from placeplan.scenario_inputs import WhatIf
from placeplan.supply.places import SitePlaces
from placeplan.supply.settling import Change
from placeplan.tables import Inputs
from placeplan.years import Phase


def share_model() -> dict[str, float]:
    """Return the constants of the share model, from ``data/share_model.csv``."""
    return {row["item"]: float(row["value"]) for row in data_rows("share_model.csv")}


def numbers_with_changes(
    sites: SitePlaces, changes: list[Change], without: frozenset[str] = frozenset()
) -> Array:
    """Admission numbers of every site with the planned changes of central figures, (sites, year groups, years)."""
    numbers = sites.measures["pan"].copy()
    for change in changes:
        if change.central and change.change_id not in without:
            for part in change.parts:
                if part.site >= 0:
                    numbers[part.site] = numbers[part.site] + part.effects["pan"]
    return np.maximum(numbers, 0.0)


def entry_place(one: WhatIf, register: Register) -> tuple[int, int]:
    """The site and year group of entry of a what-if; -1 for a school outside mainstream."""
    rows = register.sites_of.get(register.successors.get(one.urn, one.urn), np.array([], dtype=np.int64))
    if not len(rows):
        return -1, -1
    site = int(rows[0])
    low = int(register.sites["low"].iloc[site])
    return site, low if one.year_group is None else one.year_group


def answering_shares(
    shares: Mapping[Phase, SchoolShares],
    stages: Mapping[Phase, Stage],
    site_central: Mapping[Phase, Array],
    register: Register,
    history: History,
    sites: SitePlaces,
    changes: list[Change],
    inputs: Inputs,
    what_if: tuple[WhatIf, ...],
) -> dict[Phase, SchoolShares]:
    """Return the shares with the answer of families to every what-if, one after the other.

    ``site_central``: by stage, (schools, year groups, years ahead) without the what-ifs.
    """
    numbers = numbers_with_changes(sites, changes, frozenset(one.change_id for one in what_if))
    intakes = {phase: cells.copy() for phase, cells in site_central.items()}
    for one in what_if:
        site, group = entry_place(one, register)
        for phase, found in shares.items():
            own = np.flatnonzero(found.sites == site)
            if len(own) and group in stages[phase].groups:
                place = stages[phase].groups.index(group)
                change = _by_year(one, sites.years[1:])
                members = np.flatnonzero(found.area == found.area[own[0]])
                intakes[phase][members, place] = answered_intakes(
                    intakes[phase][members, place],
                    numbers[found.sites[members], group, 1:],
                    int(np.flatnonzero(members == own[0])[0]),
                    change,
                    *_wanted(one, site, group, history, sites, inputs),
                )
        _change_number(numbers, one, site, group, sites.years)
    return {
        phase: replace(found, factor=_factor(site_central[phase], intakes[phase]))
        for phase, found in shares.items()
    }


def _factor(before: Array, after: Array) -> Array:
    return np.where(before > 0, after / np.where(before > 0, before, 1.0), 1.0)


def _by_year(one: WhatIf, years: Array) -> Array:
    holds = (years >= one.start) & ((years <= one.end) if one.end is not None else True)
    return np.where(holds, float(one.change), 0.0)


def _change_number(numbers: Array, one: WhatIf, site: int, group: int, years: Array) -> None:
    """Let the next what-if of the same area see this one's number in the year group of entry."""
    if site >= 0:
        numbers[site, group] = np.maximum(numbers[site, group] + _by_year(one, years), 0.0)


def _wanted(
    one: WhatIf, site: int, group: int, history: History, sites: SitePlaces, inputs: Inputs
) -> tuple[float, float]:
    """Unmet first preferences (NaN if none are known) and the share of extra places taken up without them."""
    model = share_model()
    years = int(model["recent_years"])
    unmet = recent_unmet(one.urn, group, int(history.base_year), inputs, years)
    intakes = history.site_roll[site, group, -years:].astype(float)
    ladder = [min(group + step, sites.measures["pan"].shape[1] - 1) for step in range(len(intakes))][::-1]
    numbers = sites.measures["pan"][site, ladder, 0]
    numbers = np.where(numbers > 0, numbers, sites.measures["pan"][site, group, 0])
    full = was_full(intakes, numbers, model["full_from"])
    taken_up = model["taken_up"] if one.taken_up is None else one.taken_up
    return unmet, taken_up if full else 0.0


def recent_unmet(urn: str, group: int, base_year: int, inputs: Inputs, years: int) -> float:
    """Mean unmet first preferences of a school's recent rounds up to the base year; NaN if none are given."""
    table = inputs.table("preferences")
    rows = table[
        (table["urn"] == urn) & (table["year_group"] == group) & (table["academic_year"] <= base_year)
    ]
    rows = rows.sort_values("academic_year").tail(years)
    return unmet_preferences(
        rows["first_preferences"].to_numpy(dtype=float), rows["offers"].to_numpy(dtype=float)
    )
