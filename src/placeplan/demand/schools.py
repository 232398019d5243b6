"""Schools within their area: each school's cohorts carried forward, then held to the area's forecast.

A school keeps its own cohorts by its own ratio, drawn toward the area's as far as its noise allows; pupils entering a
year group that has none below it at the school (Reception, Year 3 of a junior school, Year 10 of a UTC) come by the
school's share of the area. In every draw the schools of an area add up to the area, so that a school's interval is wider
than its part of the area's and no pupil is lost between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from placeplan.arrays import Array
from placeplan.demand.flows import RECENT, transition_class
from placeplan.demand.history import History
from placeplan.demand.levels import default_variances
from placeplan.demand.links import FOREIGN_COHORT, RECENCY
from placeplan.demand.noise import LEAST_FACTOR, Noise, as_factors, walks
from placeplan.demand.pooling import filter_levels, fit_variances, widened
from placeplan.demand.survival import Stage
from placeplan.register import Register


@dataclass(frozen=True)
class SchoolShares:
    """How the schools of a stage share its areas.

    ``sites``: rows in the register; ``area``: place of each in the stage; arrays are (sites, year groups): ``base_roll``;
    ``enters`` where pupils come by share, ``share`` that share; ``level``, ``level_variance`` of the departure; ``stops``;
    ``attends`` (sites, year groups, years ahead): whether the school is open and teaches the year group; ``moves_to``:
    (sites) the place of the site that takes over, -1 for none; variances by year group as in ``pooling``; ``factor``:
    (sites, year groups, years ahead) on what is expected, where a school acts alone (``shares``), None for none;
    ``own``: (sites, year groups, years ahead) pupils that adjustments give to single schools, in their areas' figures
    already, None for none.
    """

    sites: Array
    area: Array
    names: list[str]
    base_roll: Array
    enters: Array
    share: Array
    level: Array
    level_variance: Array
    stops: Array
    attends: Array
    moves_to: Array
    drift: Array
    spread: Array
    noise: Array
    factor: Array | None = None
    own: Array | None = None


@dataclass(frozen=True)
class SchoolYears:
    """What demand is told of the schools ahead: plain arrays made from the register and the planned changes.

    ``attends``: (sites, 15 year groups, years ahead). ``moves_to``: (sites) row of the site that takes a closing site's
    pupils, -1 for none. ``admits``: (sites, 15 year groups) admission numbers, NaN unknown, for schools without a history.
    """

    attends: Array
    moves_to: Array
    admits: Array


def school_shares(
    stage: Stage, register: Register, history: History, ahead: SchoolYears
) -> SchoolShares | None:
    """Return how the stage's schools share their areas; None if its rolls come by area only."""
    place = np.full(len(register.areas) + 1, -1)
    place[stage.rows] = np.where(history.by_site[stage.rows], np.arange(len(stage.rows)), -1)
    area = place[register.area_of(stage.groups[0])]
    sites = np.flatnonzero(area >= 0)
    if not len(sites):
        return None
    area, groups = area[sites], stage.groups
    roll = history.site_roll[np.ix_(sites, np.array(groups))]
    whole = np.zeros((len(stage.rows), *roll.shape[1:]))
    np.add.at(whole, area, roll)
    enters = _enters(roll)
    share = _entry_share(roll, whole[area], register, sites, ahead, groups)
    level, variance, *variances = _levels(roll, _expected(roll, whole, area, enters, share), groups)
    position = np.full(len(register.sites) + 1, -1)
    position[sites] = np.arange(len(sites))
    names = [f"{register.sites['urn'].iloc[site]}:{register.sites['site_id'].iloc[site]}" for site in sites]
    return SchoolShares(
        sites,
        area,
        names,
        roll[:, :, -1],
        enters,
        share,
        level,
        variance,
        _stops(roll) & ~enters,
        _attends(roll[:, :, -1], ahead, sites, groups),
        position[ahead.moves_to[sites]],
        *variances,
    )


def _enters(roll: Array) -> Array:
    """Whether a year group's pupils come from elsewhere than the one below it at the school, (sites, year groups)."""
    was_open = _below(np.broadcast_to(roll.sum(axis=1, keepdims=True), roll.shape)) > 0
    came = np.where(was_open, roll, 0.0).sum(axis=2)
    could = np.where(was_open, np.nan_to_num(_below(roll)), 0.0).sum(axis=2)
    enters: Array = (came > FOREIGN_COHORT * could) & (came > 0)
    enters[:, 0] = True
    return enters


def _expected(roll: Array, whole: Array, area: Array, enters: Array, share: Array) -> Array:
    """Pupils of the past as the area's ratio, or the school's share of it, would have had them; shaped like ``roll``."""
    whole_below = _below(whole)
    ratio = np.where(whole_below > 0, whole / np.where(whole_below > 0, whole_below, 1.0), np.nan)[area]
    stayed = np.nan_to_num(_below(roll) * ratio)
    expected = np.where(enters[:, :, None], whole[area] * share[:, :, None], stayed)
    return np.where(_opened(roll), expected, 0.0)


def _opened(roll: Array) -> Array:
    """Whether the school had opened by each year, (sites, 1, years)."""
    opened: Array = np.maximum.accumulate(roll.sum(axis=1) > 0, axis=1)[:, None, :]
    return opened


def _stops(roll: Array) -> Array:
    """Whether nobody has gone on into a year group in recent years though there were pupils below it."""
    recent = np.nan_to_num(_below(roll)[:, :, -RECENT:])
    went_on = np.where(recent > 0, roll[:, :, -RECENT:], 0.0).sum(axis=2)
    stops: Array = (recent.sum(axis=2) > 0) & (went_on == 0)
    return stops


def _attends(now: Array, ahead: SchoolYears, sites: Array, groups: list[int]) -> Array:
    """Whether the school teaches a year group ahead; one with pupils ``now`` goes on while the school is open."""
    taught = (np.cumsum(now[:, ::-1], axis=1)[:, ::-1] > 0) & (now > 0)
    is_open = np.asarray(ahead.attends[sites].any(axis=1))[:, None, :]
    attends: Array = ahead.attends[np.ix_(sites, np.array(groups))] | (taught[:, :, None] & is_open)
    return attends


def _below(roll: Array) -> Array:
    """The year group below a year before, NaN where there is none."""
    below = np.full(roll.shape, np.nan)
    below[:, 1:, 1:] = roll[:, :-1, :-1]
    return below


def _entry_share(
    roll: Array, whole: Array, register: Register, sites: Array, ahead: SchoolYears, groups: list[int]
) -> Array:
    """A school's share of its area's year group, recent years counting more; by admission number if it has no history."""
    weight = RECENCY ** np.arange(roll.shape[2])[::-1]
    opened = _opened(roll)
    came = (roll * weight).sum(axis=2)
    could = np.where(opened, whole * weight, 0.0).sum(axis=2)
    share = np.where(could > 0, came / np.where(could > 0, could, 1.0), 0.0)
    admits = ahead.admits[np.ix_(sites, np.array(groups))]
    fresh = ~opened[:, 0, -1]
    area = register.area_of(groups[0])[sites]
    total = np.zeros((len(register.areas), len(groups)))
    np.add.at(total, area, np.nan_to_num(admits))
    by_number = np.nan_to_num(admits) / np.maximum(total[area], 1.0)
    return np.where(fresh[:, None], by_number, share)


def _levels(roll: Array, expected: Array, groups: list[int]) -> tuple[Array, Array, Array, Array, Array]:
    departure = np.where(expected > 0, roll / np.where(expected > 0, expected, 1.0) - 1.0, np.nan)
    level, variance = np.zeros(roll.shape[:2]), np.zeros(roll.shape[:2])
    drift, spread, noise = (np.zeros(len(groups)) for _ in range(3))
    classes = [transition_class(group) for group in groups]
    for kind in sorted(set(classes)):
        places = np.array([place for place, name in enumerate(classes) if name == kind])
        variances = fit_variances(
            departure[:, places], expected[:, places], default_variances(kind, "school")
        )
        found, variances = widened(
            filter_levels(departure[:, places], expected[:, places], variances), variances
        )
        level[:, places], variance[:, places] = found.level, found.variance
        drift[places], spread[places], noise[places] = variances.drift, variances.spread, variances.noise
    return level, variance, drift, spread, noise


def carry_schools(
    shares: SchoolShares, chosen: Array, areas: Array, area_pupils: Array, errors: Iterable[Array]
) -> Array:
    """Carry the chosen schools forward so that they add up to their areas.

    ``chosen``: places in ``shares`` of all schools of the ``areas`` (places in the stage); ``area_pupils``: (areas, year
    groups, years, draws) with base-year rolls not included; ``errors``: for each year (schools, year groups, draws), factors
    on the expected rolls. Returns (schools, year groups, years, draws).
    """
    index = np.searchsorted(areas, shares.area[chosen])
    own = np.where(shares.stops[chosen], 0.0, np.maximum(1.0 + shares.level[chosen], LEAST_FACTOR))
    share = shares.share[chosen][:, :, None].astype(area_pupils.dtype)
    base = shares.base_roll[chosen][:, :, None].astype(area_pupils.dtype)
    before = np.broadcast_to(base, (*base.shape[:2], area_pupils.shape[3]))
    taker = _takers(shares, chosen)
    pupils = np.empty((len(chosen), *area_pupils.shape[1:]), dtype=area_pupils.dtype)
    sums = _AreaSums(index, len(areas))
    given = None if shares.own is None else shares.own[chosen][..., None].astype(area_pupils.dtype)
    for year, error in enumerate(errors):
        attends = shares.attends[chosen, :, year]
        is_open = np.asarray(attends.any(axis=1))
        before, entering = _moved(before, is_open, taker), _moved(share, is_open, taker)
        area, expected = area_pupils[:, :, year], pupils[:, :, year]
        whole = area
        if given is not None:
            area = np.maximum(area - sums.of(given[:, :, year]), 0)
        expected[:, 0] = 0.0
        expected[:, 1:] = before[:, :-1]
        _enter(expected, entering, area, shares.enters[chosen], index, sums)
        expected *= (own * attends).astype(area.dtype)[:, :, None]
        expected *= error
        if shares.factor is not None:
            expected *= shares.factor[chosen, :, year, None].astype(area.dtype)
        total = sums.of(expected)
        if (total <= 0).any():
            total = _spread(expected, total, attends, index, sums)
        expected *= (area / total)[index]
        before = expected
        if given is not None:
            before = expected.copy()
            _give(expected, given[:, :, year], whole, index, sums)
    return pupils


def _give(expected: Array, given: Array, whole: Array, index: Array, sums: _AreaSums) -> None:
    """Add what single schools are given, none below 0, and hold the schools to their area again."""
    expected += given
    np.maximum(expected, 0, out=expected)
    total = sums.of(expected)
    expected *= np.divide(whole, total, out=np.zeros_like(total), where=total > 0)[index]


def _enter(
    expected: Array, entering: Array, area: Array, enters: Array, index: Array, sums: _AreaSums
) -> None:
    """Put those who come by share in place of the year group below; beside them the others keep the area's ratio.

    Where no school of a year group takes by share, the area's ratio falls out when its schools are made to add up to it.
    """
    mixed = np.flatnonzero(enters.any(axis=0) & ~enters.all(axis=0))
    if len(mixed):
        stayed = sums.of(expected[:, mixed])
        ratio = np.divide(area[:, mixed], stayed, out=np.zeros_like(stayed), where=stayed > 0)
        expected[:, mixed] *= ratio[index]
    school, group = np.nonzero(enters)
    expected[school, group] = entering[school, group] * area[index[school], group]


def _spread(expected: Array, total: Array, attends: Array, index: Array, sums: _AreaSums) -> Array:
    """Spread pupils whom no school expects evenly over those that teach the year group, else over all; return the totals."""
    evenly = np.broadcast_to(attends[:, :, None], expected.shape)
    np.copyto(expected, evenly, where=(total <= 0)[index])
    total = sums.of(expected)
    np.copyto(expected, 1.0, where=(total <= 0)[index])
    return sums.of(expected)


class _AreaSums:
    """Sums over the schools of each area; schools need not stand in order."""

    def __init__(self, index: Array, areas: int) -> None:
        self.order = None if (np.diff(index) >= 0).all() else np.argsort(index, kind="stable")
        ordered = index if self.order is None else index[self.order]
        self.starts = np.searchsorted(ordered, np.arange(areas))

    def of(self, cells: Array) -> Array:
        """Return (areas, …) from (schools, …)."""
        ordered = cells if self.order is None else cells[self.order]
        summed: Array = np.add.reduceat(ordered, self.starts, axis=0)
        return summed


def _takers(shares: SchoolShares, chosen: Array) -> Array:
    """Place within ``chosen`` of the school that takes each one's pupils, -1 for none."""
    position = np.full(len(shares.sites) + 1, -1)
    position[chosen] = np.arange(len(chosen))
    taker: Array = position[shares.moves_to[chosen]]
    return taker


def _moved(before: Array, is_open: Array, taker: Array) -> Array:
    """Pupils or shares of a closed school go to the school that takes over; without one they spread over the area."""
    if is_open.all():
        return before
    before = before.copy()
    for place in np.flatnonzero(~is_open & (taker >= 0)):
        before[taker[place]] += before[place]
    before[~is_open] = 0.0
    return before


def school_errors(shares: SchoolShares, chosen: Array, central: Array, noise: Noise) -> Iterator[Array]:
    """Yield 1 + relative errors of each chosen school, (schools, year groups, draws), year by year.

    ``central``: (schools, year groups, years).
    """
    names = [f"school:{shares.names[school]}" for school in chosen]
    normal = noise.normals(names, "local", (1 + 2 * central.shape[2], central.shape[1]))
    now = np.sqrt(shares.level_variance[chosen])
    drift = np.broadcast_to(np.sqrt(shares.drift), now.shape)
    yearly = np.sqrt(shares.spread[:, None] + shares.noise[:, None] / np.maximum(central, 1.0))
    yield from map(as_factors, walks(normal, now, drift, yearly))
