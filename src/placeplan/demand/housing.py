"""Pupils of new homes above the building that the history already contains.

For site s in primary area a, its homes n[s, c] planned for academic year c, the certainty p[s] of its status, and the
chances q[s, l] that it comes l years late

    coming[a, c]       = sum over sites and l of p q[l] n[c - l]                     homes expected to be completed in c
    factor[a, c]       = max(0, 1 - usual[a] / coming[a, c])                         only homes above the usual add pupils
    pupils[s, l, t, g] = sum over c < t of factor[a, c] n[s, c - l] x[s, t - c, g]   if the site comes l years late
    pupils[s, t, g]    = p[s] sum over l of q[s, l] pupils[s, l, t, g]               the central path

where x[k, g] are pupils of year group g for each home, k years after completion. They follow from the pupils of a whole
phase, Y[phase, k] (a stock, such as the Department's pupil yield by years after completion), and from the children's ageing:

    aged[k, g] = x[k - 1, g - 1]; Reception has Y[primary, k] / 7 entrants of its own from the second year on
    gap        = Y[phase, k] - sum of aged over the phase
    x[k, g]    = aged[k, g] + gap / (year groups of the phase)   if gap >= 0: families move in with children of any age
               = aged[k, g] Y[phase, k] / sum of aged            if gap < 0: families move out likewise

so that cohorts of an estate grow older with it, from Year 6 into Year 7 too. (Convolution of completions with yields by
years after completion, less the trend's own building: the practice of English councils; see docs/method.md.)

In a draw a site comes or not with its certainty, some years late by the chances of its status. The usual building takes the
same share of the homes of a year off in every draw as in the central path, so the mean of the draws is the central path,
and building that is expected to be no more than usual adds nothing in any draw. Each site's luck comes from its own
generator, so another site changes nothing in it; the parts of one site (areas, statuses) share it.
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
    """Housing sites as arrays; a site that lies in several areas, or whose rows differ in status, stands once for each.

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
    return np.divide(np.maximum(total - usual, 0.0), total, out=np.zeros_like(total), where=total > 0)


def homes_expected(estates: Estates) -> Array:
    """Return the homes of each site expected to be completed, by year: certainty and delays counted, (sites, years)."""
    found = np.zeros_like(estates.homes)
    for late in range(LATEST + 1):
        on_time = estates.homes[:, : max(estates.horizon - late, 0)]
        found[:, late:] += estates.late[:, late, None] * on_time
    return found * estates.certainty[:, None]


def pupils_if(estates: Estates) -> Array:
    """Return the pupils of every site if it comes so late, (sites, 1 + LATEST years late, 15 year groups, years ahead)."""
    factor = above_usual(estates, homes_expected(estates))[estates.area]
    pupils = np.zeros((len(estates.site), LATEST + 1, YEAR_GROUP_COUNT, estates.horizon))
    for late in range(LATEST + 1):
        for year in range(estates.horizon):
            for built in range(late, year + 1):
                stock = estates.stock[:, built - late, year - built]
                pupils[:, late, :, year] += factor[:, built, None] * stock
    return pupils


def central_pupils(estates: Estates) -> Array:
    """Return the expected pupils of every site, (sites, 15 year groups, years ahead)."""
    chances = estates.certainty[:, None] * estates.late
    return np.einsum("sl,slgt->sgt", chances, pupils_if(estates))


def drawn_pupils(estates: Estates, cases: Array, seed: int, simulations: int, rows: Array) -> Array:
    """Return the pupils of each area in every draw, (areas, 15 year groups, years ahead, draws), float32.

    ``cases``: ``pupils_if``. ``rows``: (sites) the area of each site, -1 for none, which leaves it out.
    """
    shape = (int(rows.max(initial=-1)) + 1, YEAR_GROUP_COUNT, estates.horizon, simulations)
    found = np.zeros(shape, dtype=np.float32)
    for site in np.flatnonzero((rows >= 0) & cases.any(axis=(1, 2, 3))):
        comes = _luck(estates, int(site), seed, simulations)
        groups = np.flatnonzero(cases[site].any(axis=(0, 2)))
        table = np.zeros((len(groups), estates.horizon, LATEST + 2), dtype=np.float32)
        table[..., :-1] = np.moveaxis(cases[site][:, groups], 0, -1)
        found[rows[site], groups] += table[..., comes]
    return found


def _luck(estates: Estates, site: int, seed: int, simulations: int) -> Array:
    """How many years late a site comes in each draw, 1 + LATEST if it does not come, (draws)."""
    words = [zlib.crc32(word.encode()) for word in (estates.site[site], "housing")]
    numbers = np.random.Generator(np.random.SFC64([seed, *words])).random((2, simulations))
    late = np.searchsorted(np.cumsum(estates.late[site])[:-1], numbers[1], side="right")
    return np.where(numbers[0] < estates.certainty[site], late, LATEST + 1)
