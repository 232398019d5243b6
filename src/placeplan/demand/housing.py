"""Pupils of new homes above the building that the history already contains.

For site s in primary area a, its homes n[s, c] completed in academic year c, and the certainty p[s] of its status

    factor[a, c]     = max(0, 1 - usual[a] / (sum over sites of p n[c]))            only building above the usual adds pupils
    pupils[s, t, g]  = p[s] sum over c < t of factor[a, c] n[s, c] x[s, t - c, g]

where x[k, g] are pupils of year group g for each home, k years after completion. They follow from the pupils of a whole
phase, Y[phase, k] (a stock, such as the Department's pupil yield by years after completion), and from the children's ageing:

    aged[k, g] = x[k - 1, g - 1]; Reception has Y[primary, k] / 7 entrants of its own from the second year on
    gap        = Y[phase, k] - sum of aged over the phase
    x[k, g]    = aged[k, g] + gap / (year groups of the phase)   if gap >= 0: families move in with children of any age
               = aged[k, g] Y[phase, k] / sum of aged            if gap < 0: families move out likewise

so that cohorts of an estate grow older with it, from Year 6 into Year 7 too. (Convolution of completions with yields by
years after completion, less the trend's own building: the practice of English councils; see docs/method.md.)

In a draw a site comes or not with its certainty, and some years late by the shares of its status; the usual building is
taken off what comes in that draw. Each site's luck comes from its own generator, so another site changes nothing in it.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from placeplan.arrays import Array
from placeplan.years import YEAR_GROUP_COUNT, Phase

LATEST = 3
"""A site comes at most this many years late."""
GROUPS = {Phase.PRIMARY: range(7), Phase.SECONDARY: range(7, 12), Phase.SIXTH_FORM: range(12, 14)}
"""Year groups over which the pupils of a phase are spread: a sixth form is two years."""


@dataclass(frozen=True)
class Estates:
    """Housing sites as arrays; a site that lies in several areas stands once for each.

    ``site``, ``name``, ``status``, ``area_code``: (sites). ``area``: place of the primary area among ``usual``;
    ``primary``, ``secondary``: rows in the register, -1 for none. ``homes``: (sites, completion years), the first is the
    base year. ``stock``: (sites, completion years, ages 1 to years ahead, 15 year groups), pupils of those homes at that age
    if all are built. ``certainty``: (sites). ``late``: (sites, 1 + LATEST), chance of each delay in years. ``usual``:
    (areas) homes of a usual year. ``secured_primary``, ``secured_secondary``: (sites) places secured from developers.
    """

    site: tuple[str, ...]
    name: tuple[str, ...]
    status: tuple[str, ...]
    area_code: tuple[str, ...]
    area: Array
    primary: Array
    secondary: Array
    homes: Array
    stock: Array
    certainty: Array
    late: Array
    usual: Array
    secured_primary: Array
    secured_secondary: Array

    @property
    def horizon(self) -> int:
        """Years ahead."""
        return self.homes.shape[1]


def ageing_stock(curves: Mapping[Phase, Array]) -> Array:
    """Return pupils for each home by age of the home and year group, (ages, 15); ``curves``: (ages) pupils of each phase."""
    ages = len(next(iter(curves.values())))
    found = np.zeros((ages, YEAR_GROUP_COUNT))
    before = np.zeros(YEAR_GROUP_COUNT)
    for age in range(ages):
        aged = np.append(0.0, before[:-1])
        for phase, curve in curves.items():
            groups = list(GROUPS[phase])
            now, wanted = aged[groups], float(curve[age])
            if phase is Phase.PRIMARY and before.any():
                now[0] = wanted / len(groups)
            gap = wanted - now.sum()
            found[age, groups] = now + gap / len(groups) if gap >= 0 else now * (wanted / now.sum())
        before = found[age]
    return found


def above_usual(estates: Estates, coming: Array) -> Array:
    """Return the share of each area's homes that lies above its usual building.

    ``coming``: (sites, completion years, …) homes that come; returns (areas, completion years, …).
    """
    total = np.zeros((len(estates.usual), *coming.shape[1:]))
    np.add.at(total, estates.area, coming)
    usual = estates.usual.reshape(-1, *[1] * (coming.ndim - 1))
    return np.maximum(1.0 - np.divide(usual, total, out=np.ones_like(total), where=total > 0), 0.0)


def central_pupils(estates: Estates) -> Array:
    """Return the expected pupils of every site, (sites, 15 year groups, years ahead)."""
    factor = above_usual(estates, estates.homes * estates.certainty[:, None])[estates.area]
    pupils = np.zeros((len(estates.site), YEAR_GROUP_COUNT, estates.horizon))
    for year in range(estates.horizon):
        for built in range(year + 1):
            pupils[:, :, year] += factor[:, built, None] * estates.stock[:, built, year - built]
    return pupils * estates.certainty[:, None, None]


def drawn_pupils(estates: Estates, seed: int, simulations: int, slips: bool = True) -> Array:
    """Return the pupils of every site in every draw, (sites, 15 year groups, years ahead, draws), float32."""
    comes, delay = _luck(estates, seed, simulations)
    delay = delay if slips else np.zeros_like(delay)
    years = estates.horizon
    coming = np.zeros((len(estates.site), years, simulations))
    for late in range(LATEST + 1):
        here = comes * (delay == late)
        coming[:, late:] += estates.homes[:, : years - late, None] * here[:, None, :]
    factor = above_usual(estates, coming)
    pupils = np.zeros((len(estates.site), YEAR_GROUP_COUNT, years, simulations), dtype=np.float32)
    for place, area in enumerate(estates.area):
        for late in range(LATEST + 1):
            draws = np.flatnonzero(comes[place] * (delay[place] == late))
            if len(draws):
                stock = _by_year(estates.stock[place], late)
                pupils[place][:, :, draws] = np.tensordot(stock, factor[area][:, draws], axes=(2, 0))
    return pupils


def _by_year(stock: Array, late: int) -> Array:
    """Pupils of a site that comes so late if all its homes counted, (15, years ahead, years in which they are completed)."""
    years = stock.shape[0]
    found = np.zeros((YEAR_GROUP_COUNT, years, years))
    for built in range(years - late):
        done = built + late
        found[:, done:, done] = stock[built, : years - done].T
    return found


def _luck(estates: Estates, seed: int, simulations: int) -> tuple[Array, Array]:
    """Whether each site comes, and how late, (sites, draws)."""
    comes = np.empty((len(estates.site), simulations))
    delay = np.empty((len(estates.site), simulations), dtype=np.int64)
    for place, (site, area) in enumerate(zip(estates.site, estates.area_code, strict=True)):
        names = [zlib.crc32(word.encode()) for word in (site, area, "housing")]
        numbers = np.random.Generator(np.random.SFC64([seed, *names])).random((2, simulations))
        comes[place] = numbers[0] < estates.certainty[place]
        delay[place] = np.searchsorted(np.cumsum(estates.late[place])[:-1], numbers[1], side="right")
    return comes, delay
