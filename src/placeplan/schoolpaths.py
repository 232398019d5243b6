"""The central path of every school within its area's, and of the areas with what comes on top: adjustments, arrivals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import repeat

import numpy as np

from placeplan.areapaths import AreaPaths, Asked
from placeplan.arrays import Array
from placeplan.demand.added import Added
from placeplan.demand.adjustments import Adjustments, adjust, known_rows
from placeplan.demand.arrivals import extra_pupils, with_extra
from placeplan.demand.history import History
from placeplan.demand.schools import SchoolShares, SchoolYears, carry_schools, school_shares
from placeplan.demand.survival import Stage
from placeplan.register import Register
from placeplan.responding import answering_shares
from placeplan.supply.changes import Change
from placeplan.supply.places import SitePlaces
from placeplan.years import YEAR_GROUP_COUNT, Phase


@dataclass(frozen=True)
class Paths:
    """Where areas and schools stand after a step; the fields are those of ``Forecast``."""

    shares: dict[Phase, SchoolShares]
    added: Added
    central: dict[Phase, Array]
    site_central: dict[Phase, Array]


@dataclass(frozen=True)
class SchoolPaths(Paths):
    """Where they stand in the end, with what officers and the scenario have added."""

    adjustments: Adjustments
    extra: dict[str, dict[Phase, Array]]


def school_paths(
    asked: Asked, areas: AreaPaths, sites: SitePlaces, changes: list[Change], schools: bool
) -> SchoolPaths:
    """Return the path of every school and of the areas; without ``schools`` areas go on alone."""
    register, stages, assumed = areas.register, areas.stages, asked.assumed
    shares = _shares(asked, areas, _school_years(register, sites, changes)) if schools else {}
    paths = _paths(areas, shares, areas.added)
    paths, adjustments = _adjusted(asked, areas, paths)
    extra = extra_pupils(assumed, stages, asked.inputs, register, asked.base_year)
    if extra:
        paths = _paths(areas, paths.shares, with_extra(paths.added, extra, areas.baseline))
    if assumed.what_if:
        answering = answering_shares(
            paths.shares, stages, paths.site_central, register, areas.history, sites, changes, asked.inputs,
            assumed.what_if,
        )  # fmt: skip
        paths = _paths(areas, answering, paths.added)
    return SchoolPaths(**vars(paths), adjustments=adjustments, extra=extra)


def _shares(asked: Asked, areas: AreaPaths, ahead: SchoolYears) -> dict[Phase, SchoolShares]:
    """Each school's part of its area, by stage, where the stage has schools."""
    found = {
        phase: asked.memory.of(school_shares, stage, areas.register, areas.history, ahead)
        for phase, stage in areas.stages.items()
    }
    return {phase: shares for phase, shares in found.items() if shares is not None}


def _paths(areas: AreaPaths, shares: dict[Phase, SchoolShares], added: Added) -> Paths:
    """Areas with what is added to their baseline, and their schools."""
    central = added.on(areas.baseline)
    site_central = {phase: _schools_central(found, central[phase]) for phase, found in shares.items()}
    return Paths(shares, added, central, site_central)


def _adjusted(asked: Asked, areas: AreaPaths, paths: Paths) -> tuple[Paths, Adjustments]:
    """The paths with the adjustments that officers make, and these."""
    rows = known_rows(asked.inputs.table("adjustments"), asked.base_year, asked.horizon, asked.as_of_now)
    adjustments = adjust(
        rows, areas.register, areas.stages, paths.shares, paths.central, paths.site_central, asked.base_year
    )
    if not adjustments.stage:
        return paths, adjustments
    shares = {
        phase: replace(found, own=adjustments.by_site.get(phase)) for phase, found in paths.shares.items()
    }
    return _paths(areas, shares, replace(paths.added, adjustment=adjustments.by_area)), adjustments


def _school_years(register: Register, sites: SitePlaces, changes: list[Change]) -> SchoolYears:
    """Tell demand which year groups each school teaches ahead, and where a closing school's pupils go."""
    attends = sites.reached[:, :, 1:].copy()
    moves_to = np.full(len(register.sites), -1)
    for change in changes:
        taker = change.into
        for part in change.parts if change.central else ():
            closed = part.closes[:, 1:]
            if closed.any():
                if taker >= 0 and taker != part.site:
                    if change.kind == "amalgamation":
                        attends[taker] |= attends[part.site] & closed
                    moves_to[part.site] = taker
                attends[part.site] &= ~closed
    return SchoolYears(attends, moves_to, sites.measures["pan"][:, :, -1])


def _schools_central(shares: SchoolShares, central: Array) -> Array:
    everyone = np.arange(len(shares.sites))
    areas = np.unique(shares.area)
    certain = repeat(np.ones(1), central.shape[2])
    return carry_schools(shares, everyone, areas, central[areas][..., None], certain)[..., 0]


def site_rolls(
    register: Register,
    history: History,
    stages: dict[Phase, Stage],
    shares: dict[Phase, SchoolShares],
    site_central: dict[Phase, Array],
    horizon: int,
) -> Array:
    """Pupils of every site, (sites, 15 year groups, base year and years ahead); ``site_central`` by stage."""
    roll = np.zeros((len(register.sites), YEAR_GROUP_COUNT, horizon + 1))
    roll[:, :, 0] = history.site_roll[:, :, -1]
    for phase, found in shares.items():
        roll[np.ix_(found.sites, np.array(stages[phase].groups), np.arange(1, horizon + 1))] = site_central[
            phase
        ]
    return roll


def has_roll(register: Register, history: History) -> Array:
    """Whether a site's pupils are known from school rolls, (sites, year groups)."""
    areas = register.site_areas()
    known: Array = (
        np.where(areas >= 0, history.by_site[np.maximum(areas, 0)], True)
        if len(history.by_site)
        else areas >= 0
    )
    return known
