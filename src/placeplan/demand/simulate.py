"""Carry cohorts forward, once without noise (the central path) and many times with it (the draws).

The error of a forecast is made of a part common to the authority, a part of the area, and the noise of a cohort's
size; births beyond those known add their own. All parts enter in the same recursion

    pupils[a, g, h] = could[a, g, h] × ratio[a, g] × (1 + common error[g, h]) × (1 + local error[a, g, h]),

where ``could`` is the same draw's year group below a year before, so an authority's interval is not the sum of its areas'
intervals. A draw depends on seed, area and stream alone: another area or another scenario changes nothing in it.
Arrays have the draw last.

Areas are drawn a few at a time, few enough for the processor's cache, and several such chunks side by side; what comes of
them is the same, in the same order, whatever the number of processors.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import repeat
from typing import TypeVar

import numpy as np

from placeplan.arrays import Array
from placeplan.demand.births import Births
from placeplan.demand.noise import Errors, Noise, birth_errors, stage_errors
from placeplan.demand.pools import Pool, Weights, inner_links, inner_pools, open_pool, tied_areas
from placeplan.demand.survival import Stage
from placeplan.demand.usual import away, size_shares
from placeplan.years import YEAR_SEVEN, Phase

CHUNK_BYTES = 4_000_000
"""Size of the pupils drawn at once; the numbers behind them take about twice as much."""
MOST_WORKERS = 8

Made = TypeVar("Made")
Item = TypeVar("Item")


@dataclass(frozen=True)
class Draws:
    """Draws of some areas of a stage: ``pupils`` (areas, year groups, years, draws); ``areas``: places in the stage."""

    stage: Stage
    areas: Array
    pupils: Array


@dataclass(frozen=True)
class _Course:
    """A stage about to be drawn: its errors, who could enter it, and the areas that take from others on the way up.

    ``entry``: pools of Year 7, None where it comes from births or its own recent rolls. ``tied``: places of the areas whose
    later year groups come from other areas; ``from_others``: pools of those year groups, by place. ``shares``: as in
    ``_carry``, from the central path.
    """

    stage: Stage
    births: Births
    errors: Errors
    entry: Pool | None
    tied: Array
    from_others: Mapping[int, Pool]
    shares: Array

    def entrants(self, areas: Array) -> Array:
        """Those who could enter the first year group, (areas, years, draws)."""
        horizon = self.errors.central.shape[2]
        if from_births(self.stage, self.births):
            factors = birth_errors(self.births, areas, self.errors.names, horizon, self.errors.noise)
            return self.births.count[areas, -horizon:, None].astype(np.float32) * factors
        if self.entry is not None:
            return self.entry.expected(areas).astype(np.float32)
        return np.ones((len(areas), horizon, self.errors.noise.simulations), dtype=np.float32)

    def draw(self, areas: Array) -> Draws:
        """Draw some areas: untied ones, or all that are tied, once the areas that they take from have been drawn."""
        inside, outside = {}, {}
        if len(self.tied) and areas[0] == self.tied[0]:
            inside = inner_pools(self.stage, areas)
            outside = {place: pool.expected(slice(None)) for place, pool in self.from_others.items()}
        return Draws(
            self.stage,
            areas,
            _carry(
                self.stage,
                areas,
                self.entrants(areas),
                self.errors.of(areas),
                inside,
                outside,
                self.shares[areas].astype(np.float32),
            ),
        )

    def chunks(self) -> Iterator[Array]:
        """Split the untied areas so that a chunk stays small."""
        groups, horizon = self.errors.central.shape[1:]
        size = max(1, CHUNK_BYTES // (4 * groups * horizon * self.errors.noise.simulations))
        free = np.setdiff1d(np.arange(len(self.stage.rows)), self.tied)
        for start in range(0, len(free), size):
            yield free[start : start + size]


def central_path(stages: dict[Phase, Stage], births: Births, horizon: int) -> dict[Phase, Array]:
    """Return the central forecast of each stage, (areas, year groups, years)."""
    entries = {
        phase: births.count[:, -horizon:]
        if from_births(stage, births)
        else np.ones((len(stage.rows), horizon))
        for phase, stage in stages.items()
    }
    return _paths(stages, entries)


def moved_up(stages: Mapping[Phase, Stage], came: Mapping[Phase, Array]) -> dict[Phase, Array]:
    """Return those who came and what becomes of them; ``came`` and what is returned by stage (areas, year groups, years).

    Nobody pulls them to the usual size of their year groups.
    """
    bare = {
        phase: replace(stage, base_roll=np.zeros_like(stage.base_roll), pull=np.zeros_like(stage.pull))
        for phase, stage in stages.items()
    }
    return _paths(bare, {phase: np.zeros_like(each[:, 0]) for phase, each in came.items()}, came)


def _paths(
    stages: Mapping[Phase, Stage],
    entries: Mapping[Phase, Array],
    came: Mapping[Phase, Array] | None = None,
) -> dict[Phase, Array]:
    """Carry every stage forward once, primary before secondary; shapes as those of ``moved_up``.

    ``entries``: (areas, years), who could enter the first year group, where that does not follow Year 6.
    """
    paths: dict[Phase, Array] = {}
    for phase, stage in stages.items():
        everyone, entry = np.arange(len(stage.rows)), entries[phase]
        horizon = entry.shape[1]
        if takes_year_six(stage, stages):
            entry = stage.links[YEAR_SEVEN].expected(leavers(stages[Phase.PRIMARY], paths[Phase.PRIMARY]))
        certain, inside = repeat(np.ones(1), horizon), inner_pools(stage, everyone)
        extra = None if came is None else came[phase][..., None]
        paths[phase] = _carry(stage, everyone, entry[..., None], certain, inside, {}, came=extra)[..., 0]
    return paths


def simulate(
    stages: dict[Phase, Stage],
    births: Births,
    central: dict[Phase, Array],
    area_names: dict[Phase, list[str]],
    noise: Noise,
    take: Callable[[Draws], Made],
) -> Iterator[Made]:
    """Draw every stage, some areas at a time, primary before secondary, and yield what ``take`` makes of the draws.

    ``take`` runs in several threads and must change nothing that they share.
    """
    entry = None
    for phase, stage in stages.items():
        errors = stage_errors(stage, central[phase], area_names[phase], noise)
        shape = (central[phase].shape[2], noise.simulations)
        tied = tied_areas(stage)
        from_others = {
            place: open_pool(link, tied, stage.base_roll[:, place - 1], tied, shape)
            for place, link in inner_links(stage)
            if len(tied)
        }
        before = np.concatenate([stage.base_roll[:, :, None], central[phase][:, :, :-1]], axis=2)
        shares = size_shares(before[:, stage.members])
        course = _Course(stage, births, errors, entry, tied, from_others, shares)
        gathering = [(place - 1, pool) for place, pool in from_others.items()]
        if (
            phase is Phase.PRIMARY
            and Phase.SECONDARY in stages
            and takes_year_six(stages[Phase.SECONDARY], stages)
        ):
            six = stage.groups.index(YEAR_SEVEN - 1)
            link = stages[Phase.SECONDARY].links[YEAR_SEVEN]
            entry = open_pool(
                link, np.arange(len(link.pool_of)), stage.base_roll[:, six], np.array([], int), shape
            )
            gathering.append((six, entry))
        yield from _drawn(course, gathering, take)


def _drawn(
    course: _Course, gathering: list[tuple[int, Pool]], take: Callable[[Draws], Made]
) -> Iterator[Made]:
    """Draw a stage; ``gathering`` says which year groups' draws go into which pool."""

    def work(areas: Array) -> tuple[Made, dict[int, Array]]:
        draws = course.draw(areas)
        return take(draws), {place: draws.pupils[:, place].copy() for place, _ in gathering}

    def gathered(areas: Array, cohorts: dict[int, Array]) -> None:
        for place, pool in gathering:
            pool.add(areas, cohorts[place])

    chunks = list(course.chunks())
    for areas, (made, cohorts) in zip(chunks, _side_by_side(work, chunks), strict=True):
        gathered(areas, cohorts)
        yield made
    if len(course.tied):
        made, cohorts = work(course.tied)
        gathered(course.tied, cohorts)
        yield made


def _side_by_side(work: Callable[[Item], Made], items: Iterable[Item]) -> Iterator[Made]:
    """Do the work on several processors at once (numpy lets go of Python's lock), and yield what was made in order."""
    workers = min(os.cpu_count() or 1, MOST_WORKERS)
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def from_births(stage: Stage, births: Births) -> bool:
    """Whether the first year group of a stage is Reception and comes from births."""
    return stage.phase is Phase.PRIMARY and births.given and stage.groups[0] == 0


def takes_year_six(stage: Stage, stages: Mapping[Phase, Stage]) -> bool:
    """Whether a stage begins with Year 7 and takes it from the Year 6 of primary areas."""
    primary = stages.get(Phase.PRIMARY)
    begins = stage.groups[0] == YEAR_SEVEN and YEAR_SEVEN in stage.links
    return begins and primary is not None and YEAR_SEVEN - 1 in primary.groups


def leavers(primary: Stage, path: Array) -> Array:
    """Return Year 6 of a path of the primary areas a year before each year ahead, (areas, years)."""
    six = primary.groups.index(YEAR_SEVEN - 1)
    return np.concatenate([primary.base_roll[:, six, None], path[:, six, :-1]], axis=1)


def _carry(
    stage: Stage,
    areas: Array,
    entry: Array,
    factors: Iterable[Array],
    inside: Mapping[int, Weights],
    outside: Mapping[int, Array],
    shares: Array | None = None,
    came: Array | None = None,
) -> Array:
    """Carry cohorts forward, (areas, year groups, years, draws).

    ``entry``: (areas, years, draws); ``factors``: for each year, (areas, year groups, draws). ``inside``: by place of a
    year group that takes from other areas, how much from each of these; ``outside``: (areas, years, draws), who comes to
    it from areas that are not among these. ``shares``: (areas, year groups whose sizes say what is usual, years), usual
    parts of an area's pupils in the year before each; without them the areas are all there are, and say it themselves.
    ``came``: in the shape of what is returned, who comes on top in each year.
    """
    ratios = stage.ratio[areas].astype(entry.dtype)
    pull = stage.pull[areas].astype(entry.dtype)
    pupils = np.empty((len(areas), len(stage.groups), *entry.shape[1:]), dtype=entry.dtype)
    before = np.broadcast_to(
        stage.base_roll[areas][:, :, None].astype(entry.dtype), (*ratios.shape[:2], entry.shape[2])
    )
    for year, factor in enumerate(factors):
        now = pupils[:, :, year]
        now[:, 0] = entry[:, year]
        now[:, 1:] = before[:, :-1]
        if stage.members:
            parts = size_shares(before[:, stage.members]) if shares is None else shares[:, :, year, None]
            for place, pupils_away in away(before, stage.members, parts):
                now[:, place] += pull[:, place, year, None] * pupils_away
        for place, weights in inside.items():
            now[:, place] = weights @ before[:, place - 1]
            if place in outside:
                now[:, place] += outside[place][:, year]
        now *= ratios[:, :, year, None]
        now *= factor
        if came is not None:
            now += came[:, :, year]
        before = now
    return pupils
