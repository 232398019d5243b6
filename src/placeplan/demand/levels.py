"""How ratios stand now and how sure that is: the authority's, then a district's, then an area's own.

    roll[a, g, t] = could × common[g, t] × own[a, g] × (1 + district) × (1 + area) × (1 + departure[a, g, t])

``common``, what moves all progressing year groups of a district or an area alike, and the departures are local levels seen
through noise (see ``pooling``), each measured against the one above it, so that a year that moved the whole authority is not
taken for what moved one area. ``own`` is 1 where a cohort stays in its area, and an area's share where it takes from a pool.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.demand.flows import Flow
from placeplan.demand.pooling import Variances, filter_levels, fit_variances, widened


@cache
def default_variances(kind: str, level: str) -> Variances:
    """Return the prior of a class of transitions at a level, from ``data/method_defaults.csv``."""
    for row in data_rows("method_defaults.csv"):
        if row["class"] == kind and row["level"] == level:
            return Variances(*(float(row[name]) for name in ("drift", "spread", "between", "noise")))
    raise KeyError(f"{kind}, {level}")


@dataclass(frozen=True)
class Common:
    """The authority's ratio by year group, and its relative variances now (``variance``) and a year."""

    ratio: Array
    variance: Array
    drift: Array
    spread: Array


@dataclass(frozen=True)
class Wide:
    """What moves all progressing year groups of a district or area alike.

    ``member``: number of the unit of each area; ``names``: of the units; ``level``, ``variance``: by unit.
    """

    member: Array
    names: tuple[str, ...]
    level: Array
    variance: Array
    variances: Variances


@dataclass(frozen=True)
class Local:
    """Departure of each area's ratio from the authority's, (areas, year groups), and how sure it is.

    ``level`` includes what ``wides`` say; ``variance`` is of the year group's own part. ``drift``, ``spread``, ``noise``:
    (year groups), as in ``pooling``.
    """

    level: Array
    variance: Array
    drift: Array
    spread: Array
    noise: Array
    wides: tuple[Wide, ...]


def common_levels(flow: Flow, steady: Array, classes: list[str]) -> Common:
    """Return the level of the authority's log ratio; ``steady`` (years) says which years count."""
    size = np.where(steady, flow.size, 0.0)
    logs = np.where(size > 0, np.log(np.where(flow.common > 0, flow.common, 1.0)), np.nan)
    seen = np.isfinite(logs)
    known = np.asarray(seen.any(axis=1))
    middle = np.where(known, np.nansum(logs, axis=1) / np.maximum(seen.sum(axis=1), 1), 0.0)
    departure = logs - middle[:, None]
    level, variance, drift, spread = (np.zeros(len(classes)) for _ in range(4))
    for kind, places in by_class(classes):
        variances = fit_variances(departure[places], size[places], default_variances(kind, "authority"), True)
        found, variances = widened(filter_levels(departure[places], size[places], variances), variances)
        level[places], variance[places], drift[places] = found.level, found.variance, variances.drift
        spread[places] = variances.of_roll(np.maximum(flow.size[places, -1], 1.0))
    return Common(np.where(known, np.exp(middle + level), 0.0), variance, drift, spread)


def local_levels(
    flow: Flow, own: Array, counted: Array, classes: list[str], area_names: list[str], districts: list[str]
) -> Local:
    """Return the level of each area's departure; ``counted`` (years) says which years count."""
    expected = np.where(counted, np.nan_to_num(flow.could * flow.common) * own[:, :, None], 0.0)
    possible = (expected > 0) & np.isfinite(flow.roll)
    departure = np.where(possible, np.nan_to_num(flow.roll) / np.where(possible, expected, 1.0) - 1.0, np.nan)
    shape = departure.shape[:2]
    level, variance = np.zeros(shape), np.zeros(shape)
    drift, spread, noise = (np.zeros(shape[1]) for _ in range(3))
    wides: list[Wide] = []
    for kind, places in by_class(classes):
        left, sizes = departure[:, places], expected[:, places]
        factor = np.ones(shape[0])
        if kind == "progression" and len(places) > 1:
            for names in _units(area_names, districts):
                wide, left, sizes = _taken_out(left, sizes, names)
                wides.append(wide)
                factor *= 1.0 + wide.level[wide.member]
        by_share = kind in ("intake", "transfer")
        variances = fit_variances(left, sizes, default_variances(kind, "area"), by_share)
        found, variances = widened(filter_levels(left, sizes, variances), variances)
        level[:, places] = (1.0 + found.level) * factor[:, None] - 1.0
        variance[:, places] = found.variance
        drift[places], spread[places], noise[places] = variances.drift, variances.spread, variances.noise
    return Local(level, variance, drift, spread, noise, tuple(wides))


def by_class(classes: list[str]) -> list[tuple[str, Array]]:
    """Return each class of transitions with the places of its year groups."""
    return [
        (kind, np.array([place for place, name in enumerate(classes) if name == kind]))
        for kind in sorted(set(classes))
    ]


def _units(area_names: list[str], districts: list[str]) -> list[list[str]]:
    """Name the unit of every area: its district, where there are several, then itself."""
    several = len(set(districts) - {""}) > 1
    return ([districts] if several else []) + [area_names]


def _taken_out(departure: Array, expected: Array, names: list[str]) -> tuple[Wide, Array, Array]:
    """Take out of the departures what moves all year groups of a unit alike; return it, and what is left."""
    units = tuple(sorted(set(names)))
    number = {name: place for place, name in enumerate(units)}
    member = np.array([number[name] for name in names], dtype=np.int64)
    seen = np.isfinite(departure) & (expected > 0)
    size, gain = np.zeros((2, len(units), departure.shape[2]))
    np.add.at(size, member, np.where(seen, expected, 0.0).sum(axis=1))
    np.add.at(gain, member, np.where(seen, np.nan_to_num(departure) * expected, 0.0).sum(axis=1))
    mean = np.where(size > 0, gain / np.where(size > 0, size, 1.0), np.nan)
    variances = fit_variances(mean, size, default_variances("progression", "area"))
    found, variances = widened(filter_levels(mean, size, variances), variances)
    moved = np.maximum(1.0 + np.nan_to_num(mean), 0.1)[member][:, None]
    left = expected * moved
    rest = np.where(seen, (1.0 + departure) / moved - 1.0, np.nan)
    return Wide(member, units, found.level, found.variance, variances), rest, left
