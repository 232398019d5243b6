"""Carry cohorts forward, once without noise (the central path) and many times with it (the draws).

The error of a forecast is made of a part common to the authority, a part of the area, and the noise of a cohort's
size; births beyond those known add their own. All parts enter in the same recursion

    pupils[a, g, h] = could[a, g, h] × ratio[a, g] × (1 + common error[g, h]) × (1 + local error[a, g, h]),

where ``could`` is the same draw's year group below a year before, so an authority's interval is not the sum of its areas'
intervals. A draw depends on seed, area and stream alone: another area or another scenario changes nothing in it.
Arrays have the draw last.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from placeplan.arrays import Array
from placeplan.demand.births import Births
from placeplan.demand.levels import Wide
from placeplan.demand.survival import Stage
from placeplan.years import YEAR_SEVEN, Phase

CHUNK_BYTES = 96_000_000
LEAST_FACTOR = 0.05
"""A draw never takes away more than this leaves of an expected year group."""


@dataclass(frozen=True)
class Draws:
    """Draws of some areas of a stage: ``pupils`` (areas, year groups, years, draws); ``areas``: places in the stage."""

    stage: Stage
    areas: Array
    pupils: Array


@dataclass(frozen=True)
class Noise:
    """Seed and number of the draws."""

    seed: int
    simulations: int

    def generator(self, name: str, stream: str) -> np.random.Generator:
        """A generator that depends on the seed, the name of an area and the stream only."""
        return np.random.Generator(
            np.random.SFC64([self.seed, zlib.crc32(name.encode()), zlib.crc32(stream.encode())])
        )


def central_path(stages: dict[Phase, Stage], births: Births, horizon: int) -> dict[Phase, Array]:
    """Return the central forecast of each stage, (areas, year groups, years)."""
    paths: dict[Phase, Array] = {}
    for phase, stage in stages.items():
        everyone = np.arange(len(stage.rows))
        entry = _entry(stage, births, horizon, everyone, _leavers(stages, paths))
        paths[phase] = _carry(stage, everyone, entry[..., None], horizon, None)[..., 0]
    return paths


def simulate(
    stages: dict[Phase, Stage],
    births: Births,
    central: dict[Phase, Array],
    area_names: dict[Phase, list[str]],
    noise: Noise,
) -> Iterator[Draws]:
    """Yield the draws of every stage, some areas at a time, primary before secondary."""
    leavers = None
    for phase, stage in stages.items():
        horizon = central[phase].shape[2]
        common = _common_errors(stage, horizon, noise)
        kept = []
        for areas in _chunks(stage, horizon, noise.simulations):
            local = np.stack(
                [_local_errors(stage, area, central[phase], area_names[phase], noise) for area in areas]
            )
            entry = _entry(stage, births, horizon, areas, leavers)
            entry = np.broadcast_to(
                entry if entry.ndim == 3 else entry[..., None], (*entry.shape[:2], noise.simulations)
            )
            if phase is Phase.PRIMARY and births.given:
                entry = entry * _birth_errors(births, areas, area_names[phase], horizon, noise)
            pupils = _carry(
                stage, areas, entry.astype(np.float32), horizon, np.maximum(1 + common, LEAST_FACTOR) * local
            )
            if phase is Phase.PRIMARY and YEAR_SEVEN - 1 in stage.groups:
                kept.append(pupils[:, stage.groups.index(YEAR_SEVEN - 1)].copy())
            yield Draws(stage, areas, pupils)
        if kept:
            base = stage.base_roll[:, stage.groups.index(YEAR_SEVEN - 1)]
            six = np.concatenate(kept)
            leavers = np.concatenate(
                [np.broadcast_to(base[:, None, None], (len(six), 1, six.shape[2])), six], axis=1
            )


def _leavers(stages: dict[Phase, Stage], paths: dict[Phase, Array]) -> Array | None:
    """Year 6 of the base year and each year after it, (primary areas, 1 + years)."""
    stage = stages.get(Phase.PRIMARY)
    if stage is None or Phase.PRIMARY not in paths or YEAR_SEVEN - 1 not in stage.groups:
        return None
    six = stage.groups.index(YEAR_SEVEN - 1)
    return np.concatenate([stage.base_roll[:, six, None], paths[Phase.PRIMARY][:, six]], axis=1)


def _entry(stage: Stage, births: Births, horizon: int, areas: Array, leavers: Array | None) -> Array:
    """Those who could enter the stage's first year group in each year ahead, (areas, years) or (areas, years, draws)."""
    if stage.phase is Phase.PRIMARY and births.given and stage.groups[0] == 0:
        return births.count[areas, -horizon:]
    link = stage.links.get(YEAR_SEVEN) if stage.groups[0] == YEAR_SEVEN else None
    if link is None or leavers is None:
        return np.ones((len(areas), horizon))
    return link.expected(leavers[:, :horizon])[areas]


def _carry(stage: Stage, areas: Array, entry: Array, horizon: int, errors: Array | None) -> Array:
    """Carry cohorts forward; ``entry`` is (areas, years, draws), ``errors`` (areas, year groups, years, draws)."""
    ratios = stage.ratio[areas].astype(entry.dtype)
    draws = entry.shape[2]
    pupils = np.empty((len(areas), len(stage.groups), horizon, draws), dtype=entry.dtype)
    before = np.broadcast_to(
        stage.base_roll[areas][:, :, None].astype(entry.dtype), (*ratios.shape[:2], draws)
    )
    for year in range(horizon):
        now = pupils[:, :, year]
        now[:, 0] = entry[:, year]
        now[:, 1:] = before[:, :-1]
        for group, link in stage.links.items():
            place = stage.groups.index(group)
            if place:
                now[:, place] = link.expected(before[:, place - 1])
        now *= ratios[:, :, year, None]
        if errors is not None:
            now *= errors[:, :, year]
        before = now
    return pupils


def _chunks(stage: Stage, horizon: int, draws: int) -> Iterator[Array]:
    """Split the areas so that a chunk fits in memory; areas tied to each other by links stay together."""
    areas = np.arange(len(stage.rows))
    inner = any(group != stage.groups[0] for group in stage.links)
    size = max(1, CHUNK_BYTES // (4 * len(stage.groups) * horizon * draws))
    step = len(areas) if inner else size
    for start in range(0, len(areas), max(step, 1)):
        yield areas[start : start + step]


def _common_errors(stage: Stage, horizon: int, noise: Noise) -> Array:
    """Errors of the authority's ratios, (year groups, years, draws): level now, its drift, and each year's own."""
    groups = len(stage.groups)
    normal = noise.generator(stage.phase, "common").standard_normal
    shape = (groups, horizon, noise.simulations)
    now = normal((groups, 1, noise.simulations))
    drift, yearly = (
        _together(normal(shape), normal(shape[1:]), stage),
        _together(normal(shape), normal(shape[1:]), stage),
    )
    wander = np.cumsum(drift * np.sqrt(stage.common.drift)[:, None, None], axis=1)
    error = now * np.sqrt(stage.common.variance)[:, None, None] + wander
    error += yearly * np.sqrt(stage.common.spread)[:, None, None]
    return error.astype(np.float32)


def _together(single: Array, shared: Array, stage: Stage) -> Array:
    """Normal draws of each year group that share what moves all of them in a year."""
    return np.sqrt(1.0 - stage.together) * single + np.sqrt(stage.together) * shared[None]


def _local_errors(stage: Stage, area: int, central: Array, names: list[str], noise: Noise) -> Array:
    """1 + errors of one area's ratios relative to its level, (year groups, years, draws)."""
    local = stage.local
    generator = noise.generator(f"{stage.phase}:{names[area]}", "local")
    groups, horizon = central.shape[1:]
    shape = (groups, horizon, noise.simulations)
    level = generator.standard_normal((groups, 1, noise.simulations), dtype=np.float32)
    level = level * np.sqrt(local.variance[area])[:, None, None].astype(np.float32)
    steps = generator.standard_normal(shape, dtype=np.float32)
    level = level + np.cumsum(steps * np.sqrt(local.drift)[:, None, None].astype(np.float32), axis=1)
    own = local.spread[:, None] + local.noise[:, None] / np.maximum(central[area], 1.0)
    yearly = generator.standard_normal(shape, dtype=np.float32) * np.sqrt(own)[:, :, None].astype(np.float32)
    for wide in local.wides:
        level[stage.progresses] += _wide_errors(stage, wide, int(wide.member[area]), central, noise)
    base = np.maximum(1.0 + local.level[area], LEAST_FACTOR)[:, None, None].astype(np.float32)
    return np.maximum(1.0 + (level + yearly) / base, LEAST_FACTOR)


def _wide_errors(stage: Stage, wide: Wide, unit: int, central: Array, noise: Noise) -> Array:
    """Errors that all progressing year groups of a district or an area share, (years, draws)."""
    generator = noise.generator(f"{stage.phase}:{wide.names[unit]}", "wide")
    horizon = central.shape[2]
    pupils = central[wide.member == unit][:, stage.progresses].sum(axis=(0, 1))
    level = generator.standard_normal((1, noise.simulations), dtype=np.float32)
    normal = generator.standard_normal((2, horizon, noise.simulations), dtype=np.float32)
    yearly = np.sqrt(wide.variances.of_roll(pupils))[:, None].astype(np.float32)
    now, drift = np.float32(np.sqrt(wide.variance[unit])), np.float32(np.sqrt(wide.variances.drift))
    return level * now + np.cumsum(normal[0] * drift, axis=0) + normal[1] * yearly


def _birth_errors(births: Births, areas: Array, names: list[str], horizon: int, noise: Noise) -> Array:
    """Factors on births that are projected, (areas, years, draws): of the authority, and of each area beside it."""
    ahead, shape = births.ahead(horizon)[areas], (horizon, noise.simulations)
    steps = noise.generator("authority", "births").standard_normal(shape, dtype=np.float32)
    slope = noise.generator("authority", "births slope").standard_normal(shape[1], dtype=np.float32)
    factors = np.exp(births.errors.authority(ahead, steps, slope))
    own = np.flatnonzero(births.own[areas])
    normal = np.empty((len(own), horizon, 2, noise.simulations), dtype=np.float32)
    for place, area in enumerate(areas[own]):
        generator = noise.generator(f"primary:{names[area]}", "births")
        generator.standard_normal(out=normal[place], dtype=np.float32)
    expected = births.count[areas[own], -horizon:]
    factors[own] *= births.errors.area(ahead[own], expected, normal)
    return factors
