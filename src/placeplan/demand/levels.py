"""How ratios stand now and how sure that is: the authority's, then a district's, then an area's own.

    roll[a, g, t] = could × common[g, t] × own[a, g] × (1 + district) × (1 + area) × (1 + departure[a, g, t])

``common``, what moves all progressing year groups of a district or an area alike, and the departures are local levels seen
through noise (see ``pooling``), each measured against the one above it, so that a year that moved the whole authority is not
taken for what moved one area. ``own`` is 1 where a cohort stays in its area, and an area's share where it takes from a pool.
In the end the departures of open areas that take from one pool are set so that their sum is what the pool gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeAlias

import numpy as np

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.demand.attention import Attention
from placeplan.demand.flows import Flow
from placeplan.demand.pooling import Levels, Variances, filter_levels, fit_variances, widened
from placeplan.memory import Memory

Fitted: TypeAlias = Mapping[tuple[str, str], Variances]
"""Variances by class of transition and level, before their calibration."""
BY_SHARE = ("intake", "transfer")
AUTHORITY = "authority"
"""The level of variances that are the authority's own."""
QUICK = 4.0
"""How many times the fitted drift the quick levels have."""
SHARED = 1.05
"""Areas share a pool where those who could come to each add up to this many times those there are."""
FARTHEST = 0.5
"""The sum of the areas is never set further from what their levels say than by this share."""


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


@dataclass(frozen=True)
class Learnt:
    """What a history teaches: the authority's and the areas' levels, and the variances they were filtered with."""

    common: Common
    local: Local
    fitted: Fitted


def learn(
    flow: Flow,
    own: Array,
    attention: Attention,
    classes: list[str],
    units: list[list[str]],
    memory: Memory,
    fitted: Fitted | None = None,
) -> Learnt:
    """Return the levels at the end of a history.

    ``own``: (areas, year groups), see above. ``units``: names of the units whose progressing year groups move alike, one for
    each area, widest first. With ``fitted`` the variances are those, else they are found in the history. The authority's
    levels and the areas' are remembered apart: years that count for less change the first alone.
    """
    known = fitted or {}
    of_all = {key: found for key, found in known.items() if key[1] == AUTHORITY}
    of_areas = {key: found for key, found in known.items() if key[1] != AUTHORITY}
    common, at_top = memory.of(_common_levels, flow.common, flow.size, attention.common, classes, of_all)
    local, below = memory.of(_local_levels, flow, own, attention.local, classes, units, of_areas)
    return Learnt(common, _adding_up(flow, own, common, local), {**at_top, **below})


def quickened(fitted: Fitted) -> Fitted:
    """Return variances whose levels move more readily."""
    return {key: replace(found, drift=QUICK * found.drift) for key, found in fitted.items()}


def units_of(codes: list[str], districts: list[str]) -> list[list[str]]:
    """Name the unit of every area: its district, where there are several, then itself."""
    several = len(set(districts) - {""}) > 1
    return ([districts] if several else []) + [codes]


def _filtered(
    departure: Array, size: Array, found: dict[tuple[str, str], Variances], key: tuple[str, str],
    prior: Variances, diffuse: bool = False, weight: Array | None = None,
) -> tuple[Levels, Variances]:  # fmt: skip
    """Filter a class of series with variances that are known or fitted now; both widened to what surprises demand."""
    if key not in found:
        seen = departure if weight is None else np.where(weight > 0, departure, np.nan)
        found[key] = fit_variances(seen, size, prior, diffuse)
    return widened(filter_levels(departure, size, found[key], weight), found[key])


def _common_levels(
    ratio: Array, pupils: Array, weight: Array, classes: list[str], known: Fitted
) -> tuple[Common, Fitted]:
    """Return the level of the authority's log ratio, and the variances; ``known`` ones are not looked for.

    ``ratio``, ``pupils`` (year groups, years): as ``common`` and ``size`` of the flow; ``weight`` how much each year counts.
    """
    found = dict(known)
    size = np.where(weight > 0, pupils, 0.0)
    logs = np.where(size > 0, np.log(np.where(ratio > 0, ratio, 1.0)), np.nan)
    seen = np.isfinite(logs)
    told = np.asarray(seen.any(axis=1))
    middle = np.where(told, np.nansum(logs, axis=1) / np.maximum(seen.sum(axis=1), 1), 0.0)
    departure = logs - middle[:, None]
    level, variance, drift, spread = (np.zeros(len(classes)) for _ in range(4))
    for kind, places in by_class(classes):
        levels, variances = _filtered(
            departure[places], size[places], found, (kind, AUTHORITY),
            default_variances(kind, AUTHORITY), True, weight[places],
        )  # fmt: skip
        level[places], variance[places], drift[places] = levels.level, levels.variance, variances.drift
        spread[places] = variances.of_roll(np.maximum(pupils[places, -1], 1.0))
    return Common(np.where(told, np.exp(middle + level), 0.0), variance, drift, spread), found


def _local_levels(
    flow: Flow,
    own: Array,
    weight: Array,
    classes: list[str],
    units: list[list[str]],
    known: Fitted,
) -> tuple[Local, Fitted]:
    """Return the level of each area's departure, and the variances; ``known`` ones are not looked for.

    ``weight`` (areas, year groups, years) is 0 where a year is left out.
    """
    found = dict(known)
    expected = np.where(weight > 0, np.nan_to_num(flow.could * flow.common) * own[:, :, None], 0.0)
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
            for number, names in enumerate(units):
                wide, left, sizes = _taken_out(left, sizes, names, found, f"wide {len(units) - number}")
                wides.append(wide)
                factor *= 1.0 + wide.level[wide.member]
        prior = default_variances(kind, "area")
        levels, variances = _filtered(left, sizes, found, (kind, "area"), prior, kind in BY_SHARE)
        level[:, places] = (1.0 + levels.level) * factor[:, None] - 1.0
        variance[:, places] = levels.variance
        drift[places], spread[places], noise[places] = variances.drift, variances.spread, variances.noise
    return Local(level, variance, drift, spread, noise, tuple(wides)), found


def _adding_up(flow: Flow, own: Array, common: Common, local: Local) -> Local:
    """Set the departures of areas that share a pool so that those that are open together have what its ratio says.

    Shares taken over many years add up to more or less than the pool where areas have opened and closed.
    """
    could = np.nan_to_num(flow.could[:, :, -1])
    with np.errstate(invalid="ignore"):
        here = (could > 0) & (np.nan_to_num(flow.roll[:, :, -1]) > 0)
    parts = np.where(here, could * own * np.maximum(1.0 + local.level, 0.0), 0.0).sum(axis=0)
    last = np.where(flow.common[:, -1] > 0, flow.common[:, -1], np.nan)
    whole = np.nan_to_num(flow.size[:, -1] / last)
    shared = np.where(here, could, 0.0).sum(axis=0) > SHARED * whole
    known = (parts > 0) & (whole > 0) & shared
    factor = np.where(known, whole / np.where(known, parts, 1.0), 1.0)
    factor = np.clip(factor, 1.0 - FARTHEST, 1.0 + FARTHEST)
    level = np.where(common.ratio > 0, (1.0 + local.level) * factor - 1.0, local.level)
    return Local(level, local.variance, local.drift, local.spread, local.noise, local.wides)


def by_class(classes: list[str]) -> list[tuple[str, Array]]:
    """Return each class of transitions with the places of its year groups."""
    return [
        (kind, np.array([place for place, name in enumerate(classes) if name == kind]))
        for kind in sorted(set(classes))
    ]


def _taken_out(
    departure: Array,
    expected: Array,
    names: list[str],
    found: dict[tuple[str, str], Variances],
    level: str,
) -> tuple[Wide, Array, Array]:
    """Take out of the departures what moves all year groups of a unit alike; return it, and what is left."""
    units = tuple(sorted(set(names)))
    number = {name: place for place, name in enumerate(units)}
    member = np.array([number[name] for name in names], dtype=np.int64)
    seen = np.isfinite(departure) & (expected > 0)
    size, gain = np.zeros((2, len(units), departure.shape[2]))
    np.add.at(size, member, np.where(seen, expected, 0.0).sum(axis=1))
    np.add.at(gain, member, np.where(seen, np.nan_to_num(departure) * expected, 0.0).sum(axis=1))
    mean = np.where(size > 0, gain / np.where(size > 0, size, 1.0), np.nan)
    prior = default_variances("progression", "area")
    levels, variances = _filtered(mean, size, found, ("progression", level), prior)
    moved = np.maximum(1.0 + np.nan_to_num(mean), 0.1)[member][:, None]
    left = expected * moved
    rest = np.where(seen, (1.0 + departure) / moved - 1.0, np.nan)
    return Wide(member, units, levels.level, levels.variance, variances), rest, left
