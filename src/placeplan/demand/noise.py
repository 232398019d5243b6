"""Where a draw's errors come from: the authority's ratios, districts', areas', the noise of a cohort's size, births.

Every number comes from a generator of its own seed, unit and stream, in the order of years, so that another area, another
scenario or a longer horizon changes nothing in it. With n normal draws, level variance v, drift d and spread s,

    error[g, h] = reach[g, h] × (sqrt(v[g]) n + sqrt(d[g]) (n[g, 1] + … + n[g, h]) + sqrt(s[g, h]) n[g, h]),

where ``reach`` is what the levels' own past errors demand (see ``reach``).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import prod
from statistics import NormalDist

import numpy as np

from placeplan.arrays import Array
from placeplan.demand.births import Births
from placeplan.demand.levels import Wide
from placeplan.demand.survival import Stage

LEAST_FACTOR = 0.05
"""A draw never takes away more than this leaves of an expected year group."""


@dataclass(frozen=True)
class Noise:
    """Seed and number of the draws."""

    seed: int
    simulations: int

    def normals(self, names: list[str], stream: str, shape: tuple[int, ...]) -> Array:
        """Normal draws of several units, (units, *shape, draws), each unit's from its name, the seed and the stream only."""
        count = prod(shape) * self.simulations
        numbers = np.empty((len(names), count), dtype=np.float32)
        for place, name in enumerate(names):
            source = np.random.SFC64([self.seed, zlib.crc32(name.encode()), zlib.crc32(stream.encode())])
            raw = source.random_raw(-(-count // 4)).astype("<u8", copy=False).view("<u2")
            np.take(normal_table(), raw[:count], out=numbers[place], mode="clip")
        return numbers.reshape(len(names), *shape, self.simulations)


@cache
def normal_table() -> Array:
    """65,536 equally likely values of a standard normal variable: the middles of as many equal slices of it.

    Four of them are taken by each random 64-bit number. That takes a third of the time of numpy's own normal draws, and
    SFC64's raw numbers are the same in every version of numpy; the largest value is 4.3, the variance 0.99998. Python's own
    inverse of the distribution gives the same numbers as scipy's, which takes longer to load than this to work out.
    """
    inverse = NormalDist().inv_cdf
    below = np.array([inverse((place + 0.5) / 65536) for place in range(32768)])
    return _narrow(np.concatenate([below, -below[::-1]]))


def walks(normal: Array, now: Array, drift: Array, yearly: Array) -> Iterator[Array]:
    """Yield the errors of each year ahead, (units, year groups, draws), by the equation above.

    ``normal``: (units, 1 + 2 × years, year groups, draws), the level's first, then each year's step and own; it is used up.
    Standard deviations: ``now`` and ``drift`` (units, year groups), ``yearly`` (units, year groups, years).
    """
    level = normal[:, 0]
    level *= _narrow(now)[:, :, None]
    step_size, own_size = _narrow(drift)[:, :, None], _narrow(yearly)
    for year in range(yearly.shape[2]):
        step, error = normal[:, 1 + 2 * year], normal[:, 2 + 2 * year]
        step *= step_size
        level += step
        error *= own_size[:, :, year, None]
        error += level
        yield error


def as_factors(error: Array) -> Array:
    """Return 1 + error, never below the least factor, in place."""
    error += np.float32(1.0)
    return np.maximum(error, np.float32(LEAST_FACTOR), out=error)


@dataclass(frozen=True)
class Errors:
    """Errors of a stage's ratios.

    ``central``: (areas, year groups, years). ``common``: factors of the authority, (year groups, years, draws).
    ``wide_pupils``: for each of the stage's ``wides``, central pupils in progressing year groups, (units, years).
    """

    stage: Stage
    central: Array
    names: list[str]
    noise: Noise
    common: Array
    wide_pupils: tuple[Array, ...]

    def of(self, areas: Array) -> Iterator[Array]:
        """Yield the factors on the ratios of some areas, (areas, year groups, draws), year by year."""
        local, progresses = self.stage.local, self.stage.progresses.astype(np.float32)
        groups, horizon = self.central.shape[1:]
        names = [f"{self.stage.phase}:{self.names[area]}" for area in areas]
        normal = self.noise.normals(names, "local", (1 + 2 * horizon, groups))
        wide = self._wide(areas)
        base = np.maximum(1.0 + local.level[areas], LEAST_FACTOR)
        own = local.spread[:, None] + local.noise[:, None] / np.maximum(self.central[areas], 1.0)
        yearly = np.sqrt(own) / base[:, :, None]
        shared = _narrow(progresses / base)
        now = np.sqrt(local.variance[areas]) / base
        reach = _narrow(self.stage.reach.local)
        for year, error in enumerate(walks(normal, now, np.sqrt(local.drift) / base, yearly)):
            if wide is not None:
                error += shared[:, :, None] * wide[:, None, year]
            error *= reach[None, :, year, None]
            yield as_factors(error) * self.common[:, year]

    def _wide(self, areas: Array) -> Array | None:
        """Errors that all progressing year groups of an area, or of its district, share, (areas, years, draws)."""
        found: Array | None = None
        for wide, pupils in zip(self.stage.local.wides, self.wide_pupils, strict=True):
            units, place = np.unique(wide.member[areas], return_inverse=True)
            error = self._of_units(wide, units, pupils[units])[place]
            found = error if found is None else found + error
        return found

    def _of_units(self, wide: Wide, units: Array, pupils: Array) -> Array:
        names = [f"{self.stage.phase}:{wide.names[unit]}" for unit in units]
        normal = self.noise.normals(names, "wide", (1 + 2 * pupils.shape[1],))
        walk = normal[:, 1::2]
        walk *= np.float32(np.sqrt(wide.variances.drift))
        walk[:, 0] += normal[:, 0] * _narrow(np.sqrt(wide.variance[units]))[:, None]
        error = normal[:, 2::2] * _narrow(np.sqrt(wide.variances.of_roll(pupils)))[:, :, None]
        error += np.cumsum(walk, axis=1)
        return error


def stage_errors(stage: Stage, central: Array, names: list[str], noise: Noise) -> Errors:
    """Return the errors of a stage; ``names`` are the codes of its areas."""
    progressing = central[:, stage.progresses].sum(axis=1)
    wide_pupils = []
    for wide in stage.local.wides:
        pupils = np.zeros((len(wide.names), central.shape[2]))
        np.add.at(pupils, wide.member, progressing)
        wide_pupils.append(pupils)
    common = np.maximum(1 + _common_errors(stage, central.shape[2], noise), LEAST_FACTOR)
    return Errors(stage, central, names, noise, common, tuple(wide_pupils))


def _narrow(numbers: Array) -> Array:
    return numbers.astype(np.float32)


def _common_errors(stage: Stage, horizon: int, noise: Noise) -> Array:
    """Errors of the authority's ratios, (year groups, years, draws): level now, its drift, and each year's own."""
    common, groups = stage.common, len(stage.groups)
    normal = noise.normals([stage.phase], "common", (1 + 2 * horizon, groups + 1))
    single, shared = normal[:, :, 1:], normal[:, 1:, :1]
    single[:, 1:] *= np.float32(np.sqrt(1.0 - stage.together))
    single[:, 1:] += np.float32(np.sqrt(stage.together)) * shared
    yearly = np.repeat(np.sqrt(common.spread)[None, :, None], horizon, axis=2)
    errors = walks(single, np.sqrt(common.variance)[None], np.sqrt(common.drift)[None], yearly)
    reach = _narrow(stage.reach.common)[:, :, None]
    return np.stack([error[0] for error in errors], axis=1) * reach


def birth_errors(births: Births, areas: Array, names: list[str], horizon: int, noise: Noise) -> Array:
    """Factors on births that are projected, (areas, years, draws): of the authority, and of each area beside it."""
    ahead = births.ahead(horizon)[areas]
    steps = noise.normals(["authority"], "births", (horizon,))[0]
    slope = noise.normals(["authority"], "births slope", (1,))[0, 0]
    factors = np.exp(births.errors.authority(ahead, steps, slope))
    own = np.flatnonzero(births.own[areas])
    codes = [f"primary:{names[area]}" for area in areas[own]]
    normal = noise.normals(codes, "births", (horizon, 2))
    factors[own] *= births.errors.area(ahead[own], births.count[areas[own], -horizon:], normal)
    if births.count_errors is not None:
        factors *= _child_errors(births, areas, names, horizon, noise)
    return factors


def _child_errors(births: Births, areas: Array, names: list[str], horizon: int, noise: Noise) -> Array:
    """Factors on children under five for the years from their count to the autumn before entry, (areas, years, draws)."""
    errors, lead = births.count_errors, births.lead
    assert errors is not None
    assert lead is not None
    to_come = np.maximum(lead[areas, -horizon:] - 1, 0)[:, :, None].astype(np.float32)
    steps = noise.normals(["authority"], "children", (horizon,)) * np.float32(errors.step)
    normal = noise.normals([f"primary:{names[area]}" for area in areas], "children", (horizon,))
    size = np.sqrt(errors.noise * to_come / np.maximum(births.count[areas, -horizon:, None], 1.0))
    own = np.maximum(np.float32(1.0) + normal * _narrow(size), np.float32(LEAST_FACTOR))
    return np.asarray(np.exp(np.cumsum(steps * (to_come > 0), axis=1)) * own)
