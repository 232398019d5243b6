"""Cohort survival: how many of those who could come into a year group do come, area by area.

For year group g, area a and year t

    expected[a, g, t] = pupils who could come: births for Reception, a link's pool, or the year group below a year ago
    common[g, t]      = sum of rolls / sum of those who could come, over the authority
    roll[a, g, t]     = expected × common × own[a, g] × (1 + departure)

``common`` and the departures are local levels seen through noise (see ``pooling``). ``own`` is 1 where a cohort stays
in its area, so that small areas are drawn toward the authority; where an area takes its own share of births or of
a pool it is that share. ``method: cohort_survival`` takes each area's own weighted pooled ratio instead,

    ratio[a, g] = sum_t w[t] roll[a, g, t] / sum_t w[t] expected[a, g, t],

the plain method of most councils and the Department's 2014 forecasting guide, and falls back on the authority's ratio
where the area has no history.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.demand.births import Births
from placeplan.demand.history import History
from placeplan.demand.links import Link, inner_links, year_seven_link
from placeplan.demand.pooling import Variances, filter_levels, fit_variances, widened
from placeplan.project import Ratios
from placeplan.register import Register
from placeplan.tables import Inputs
from placeplan.years import YEAR_SEVEN, AcademicYear, Phase

RECENT = 3
DEFAULT_TOGETHER = 0.5
"""Correlation of common errors between year groups where the history is too short to tell."""
LARGEST_RATIO = 5.0
"""No year group above the first is forecast at more than this many times those who could come."""


@dataclass(frozen=True)
class Stage:
    """The planning areas of one phase, with all that is needed to carry their cohorts forward.

    Arrays are (areas, year groups) unless said otherwise. ``rows``: areas' rows in the register. ``base_roll``: rolls of
    the base year. ``common``: (year groups) authority's ratio. ``own``: area's share. ``level``: departure believed.
    ``stops``: nobody goes on into this year group here. Variances of relative errors: ``common_variance`` (year groups) of
    the common ratio now, ``common_drift`` and ``common_spread`` a year; ``level_variance`` of the area's level now;
    ``drift``, ``spread``, ``noise`` (year groups) as in ``pooling``. ``wide_variance`` (areas) and ``wide``: the same for what
    moves all progressing year groups of an area alike; ``progresses`` (year groups) names them. ``together``: correlation of the common errors of
    different year groups in one year. ``basis``: how each ratio came about.
    """

    phase: Phase
    rows: Array
    groups: list[int]
    base_roll: Array
    common: Array
    own: Array
    level: Array
    stops: Array
    common_variance: Array
    common_drift: Array
    common_spread: Array
    level_variance: Array
    drift: Array
    spread: Array
    noise: Array
    wide_variance: Array
    wide: Variances
    progresses: Array
    together: float
    links: dict[int, Link]
    basis: Array

    @property
    def ratio(self) -> Array:
        """Pupils for each one who could come, (areas, year groups)."""
        ratio = self.common * self.own * np.maximum(1.0 + self.level, 0.0)
        ratio[:, 1:] = np.minimum(ratio, LARGEST_RATIO * np.maximum(self.own, 1.0))[:, 1:]
        return np.where(self.stops, 0.0, ratio)


def transition_class(group: int) -> str:
    """Return the class of the transition into a year group, as in ``data/method_defaults.csv``."""
    if group == 0:
        return "intake"
    if group == 7:
        return "transfer"
    return "sixth_form" if group >= 12 else "progression"


@cache
def default_variances(kind: str, level: str) -> Variances:
    """Return the prior of a class of transitions at a level, from ``data/method_defaults.csv``."""
    for row in data_rows("method_defaults.csv"):
        if row["class"] == kind and row["level"] == level:
            return Variances(*(float(row[name]) for name in ("drift", "spread", "between", "noise")))
    raise KeyError(f"{kind}, {level}")


@cache
def known_shock_years() -> dict[int, str]:
    """Return the years known to have disturbed every area at once, with the reason, from ``data/shock_years.csv``."""
    return {AcademicYear.parse(row["academic_year"]): row["reason"] for row in data_rows("shock_years.csv")}


def left_out_years(ratios: Ratios) -> list[int]:
    """Return the years that do not count for ratios: those named, else the years known as shocks."""
    return (
        [int(year) for year in ratios.leave_out]
        if ratios.leave_out is not None
        else list(known_shock_years())
    )


def build_stages(
    inputs: Inputs, register: Register, history: History, births: Births, ratios: Ratios
) -> dict[Phase, Stage]:
    """Return the primary and secondary stages (sixth forms in the secondary one), each with its ratios learnt."""
    stages = {}
    span = len(history.years)
    lower = _span(history.groups_taught(Phase.PRIMARY))
    if lower:
        links = inner_links(inputs, register, history, Phase.PRIMARY, lower)
        entry = _Entry.nothing()
        if births.given and lower[0] == 0:
            entry = _Entry(births.count[:, :span], births.authority[:span])
        flow = _flow(history, register.area_rows(Phase.PRIMARY), lower, links, entry)
        stages[Phase.PRIMARY] = _stage(Phase.PRIMARY, register, flow, lower, links, ratios, history.years)
    upper = _span(history.groups_taught(Phase.SECONDARY) + history.groups_taught(Phase.SIXTH_FORM))
    if upper:
        links = inner_links(inputs, register, history, Phase.SECONDARY, upper)
        entry = _Entry.nothing()
        if upper[0] == YEAR_SEVEN and lower and lower[-1] == YEAR_SEVEN - 1:
            links[YEAR_SEVEN] = year_seven_link(inputs, register, history)
            leavers = _year_before(history.area_roll[register.area_rows(Phase.PRIMARY), YEAR_SEVEN - 1])
            pools = _but_first(links[YEAR_SEVEN].expected(np.nan_to_num(leavers)))
            entry = _Entry(pools, leavers.sum(axis=0))
        flow = _flow(history, register.area_rows(Phase.SECONDARY), upper, links, entry)
        stages[Phase.SECONDARY] = _stage(Phase.SECONDARY, register, flow, upper, links, ratios, history.years)
    return stages


@dataclass(frozen=True)
class _Entry:
    """Who could enter a stage: ``driver`` (areas, years) and ``whole`` (years); None where nothing drives it."""

    driver: Array | None
    whole: Array | None

    @classmethod
    def nothing(cls) -> _Entry:
        return cls(None, None)


def _span(groups: list[int]) -> list[int]:
    return list(range(groups[0], groups[-1] + 1)) if groups else []


def _year_before(roll: Array) -> Array:
    """The same rolls one year later in time, the first year unknown; a single year stands in for the one before it."""
    return _but_first(np.concatenate([roll[..., :1], roll[..., :-1]], axis=-1))


def _but_first(could: Array) -> Array:
    """Nobody knows who could have come in the first year, unless it is the only one."""
    could = could.copy()
    could[..., 0] = could[..., 0] if could.shape[-1] == 1 else np.nan
    return could


@dataclass(frozen=True)
class _Flow:
    """Who came and who could have come: (areas, year groups, years); ``linked`` where an area takes its own share."""

    roll: Array
    could: Array
    linked: Array
    common: Array
    size: Array


def _flow(
    history: History,
    rows: Array,
    groups: list[int],
    links: dict[int, Link],
    entry: _Entry,
) -> _Flow:
    """Set the rolls beside those who could come, and the authority's common ratio in each year."""
    roll = history.area_roll[np.ix_(rows, np.array(groups))]
    could = np.full(roll.shape, np.nan)
    could[:, 1:] = _year_before(roll[:, :-1])
    if roll.shape[2] == 1:
        steady = [place for place, group in enumerate(groups) if transition_class(group) == "progression"]
        could[:, steady] = roll[:, steady]
    could[:, 0] = 1.0 if entry.driver is None else entry.driver
    linked = np.zeros(roll.shape[:2], dtype=bool)
    linked[:, 0] = True
    came, pool = _known_sums(roll, could)
    came[0] = np.nansum(roll[:, 0], axis=0)
    pool[0] = 1.0 if entry.whole is None else np.nan_to_num(entry.whole)
    for group, link in links.items():
        place = groups.index(group)
        if place == 0:
            continue
        below = _year_before(roll[:, place - 1])
        could[:, place] = _but_first(link.expected(np.nan_to_num(below)))
        linked[:, place] = (link.pool_of >= len(rows)) | (link.basis == "transfers")
        came[place], pool[place] = np.nansum(roll[:, place], axis=0), np.nansum(below, axis=0)
    usable = (came > 0) & (pool > 0)
    common = np.where(usable, came / np.where(usable, pool, 1.0), np.nan)
    return _Flow(roll, could, linked, common, np.where(usable, came, 0.0))


def _known_sums(roll: Array, could: Array) -> tuple[Array, Array]:
    known = np.isfinite(roll) & np.isfinite(could) & (could > 0)
    return np.where(known, roll, 0.0).sum(axis=0), np.where(known, could, 0.0).sum(axis=0)


def _stage(
    phase: Phase,
    register: Register,
    flow: _Flow,
    groups: list[int],
    links: dict[int, Link],
    ratios: Ratios,
    years: Array,
) -> Stage:
    """Learn common ratios and departures, class by class."""
    counted = years > years[-1] - ratios.years
    steady = counted & ~np.isin(years, left_out_years(ratios))
    own = _own_share(flow, counted)
    classes = [transition_class(group) for group in groups]
    common = _common_levels(flow, steady if steady.any() else counted, classes)
    local = _local_levels(flow, own, steady if ratios.leave_out else counted, classes)
    if ratios.method == "cohort_survival":
        common, local = _weighted_ratios(flow, own, steady, ratios, common, local)
    basis = np.where(flow.linked, "share", "pooled")
    return Stage(
        phase=phase,
        rows=register.area_rows(phase),
        groups=groups,
        base_roll=flow.roll[:, :, -1],
        own=own,
        stops=_stops(flow),
        links=links,
        basis=np.where(_stops(flow), "none", basis),
        progresses=np.array([name == "progression" for name in classes]),
        together=_moving_together(flow, classes, steady),
        **common,
        **local,
    )


def _own_share(flow: _Flow, counted: Array) -> Array:
    """An area's share of what comes from births or a pool, over all years that count; 1 where cohorts stay."""
    expected = flow.could * flow.common
    known = np.isfinite(flow.roll) & np.isfinite(expected) & (expected > 0) & counted
    came = np.where(known, flow.roll, 0.0).sum(axis=2)
    could = np.where(known, expected, 0.0).sum(axis=2)
    share = np.where(could > 0, came / np.where(could > 0, could, 1.0), 0.0)
    return np.where(flow.linked, share, 1.0)


def _common_levels(flow: _Flow, steady: Array, classes: list[str]) -> dict[str, Any]:
    """Level of the authority's log ratio for each year group, and how sure it is."""
    size = np.where(steady, flow.size, 0.0)
    logs = np.where(size > 0, np.log(np.where(flow.common > 0, flow.common, 1.0)), np.nan)
    seen = np.isfinite(logs)
    middle = np.where(seen.any(1), np.nansum(logs, axis=1) / np.maximum(seen.sum(1), 1), -np.inf)
    departure = logs - np.where(np.isfinite(middle), middle, 0.0)[:, None]
    found = {name: np.zeros(len(classes)) for name in ("level", "variance", "drift", "spread")}
    for kind in sorted(set(classes)):
        places = np.array([place for place, name in enumerate(classes) if name == kind])
        variances = fit_variances(departure[places], size[places], default_variances(kind, "authority"), True)
        levels, variances = widened(filter_levels(departure[places], size[places], variances), variances)
        found["level"][places], found["variance"][places] = levels.level, levels.variance
        found["drift"][places] = variances.drift
        found["spread"][places] = variances.of_roll(np.maximum(flow.size[places, -1], 1.0))
    return {
        "common": np.where(
            np.isfinite(middle), np.exp(np.where(np.isfinite(middle), middle, 0.0) + found["level"]), 0.0
        ),
        "common_variance": found["variance"],
        "common_drift": found["drift"],
        "common_spread": found["spread"],
    }


def _local_levels(flow: _Flow, own: Array, counted: Array, classes: list[str]) -> dict[str, Any]:
    """Level of each area's departure from the authority, and how sure it is."""
    expected = np.where(counted, np.nan_to_num(flow.could * flow.common) * own[:, :, None], 0.0)
    possible = (expected > 0) & np.isfinite(flow.roll)
    departure = np.where(possible, np.nan_to_num(flow.roll) / np.where(possible, expected, 1.0) - 1.0, np.nan)
    shape = departure.shape[:2]
    level, variance = np.zeros(shape), np.zeros(shape)
    drift, spread, noise = (np.zeros(shape[1]) for _ in range(3))
    wide = _Wide.none(shape[0])
    for kind in sorted(set(classes)):
        places = np.array([place for place, name in enumerate(classes) if name == kind])
        chosen, sizes = departure[:, places], expected[:, places]
        if kind == "progression" and len(places) > 1:
            wide, chosen, sizes = _area_wide(chosen, sizes)
        by_share = kind in ("intake", "transfer")
        variances = fit_variances(chosen, sizes, default_variances(kind, "area"), by_share)
        levels, variances = widened(filter_levels(chosen, sizes, variances), variances)
        level[:, places], variance[:, places] = levels.level, levels.variance
        if kind == "progression":
            level[:, places] = (1 + level[:, places]) * (1 + wide.level[:, None]) - 1
        drift[places], spread[places], noise[places] = variances.drift, variances.spread, variances.noise
    found = {"level": level, "level_variance": variance, "drift": drift, "spread": spread, "noise": noise}
    return found | {"wide_variance": wide.variance, "wide": wide.variances}


@dataclass(frozen=True)
class _Wide:
    """What moves all year groups of an area alike: level and its variance (areas), and the variances."""

    level: Array
    variance: Array
    variances: Variances

    @classmethod
    def none(cls, areas: int) -> _Wide:
        return cls(np.zeros(areas), np.zeros(areas), Variances(0, 0, 0, 0))


def _area_wide(departure: Array, expected: Array) -> tuple[_Wide, Array, Array]:
    """Take out of the departures what moves all year groups of an area alike."""
    seen = np.isfinite(departure) & (expected > 0)
    size = np.where(seen, expected, 0.0)
    whole = size.sum(axis=1)
    mean = np.where(seen, np.nan_to_num(departure) * expected, 0.0).sum(axis=1) / np.where(
        whole > 0, whole, 1.0
    )
    mean = np.where(whole > 0, mean, np.nan)
    variances = fit_variances(mean, whole, default_variances("progression", "area"))
    levels, variances = widened(filter_levels(mean, whole, variances), variances)
    left = expected * np.maximum(1.0 + np.nan_to_num(mean), 0.1)[:, None]
    rest = np.where(seen, (1 + departure) * expected / np.where(left > 0, left, 1.0) - 1, np.nan)
    return _Wide(levels.level, levels.variance, variances), rest, left


def _weighted_ratios(
    flow: _Flow,
    own: Array,
    steady: Array,
    ratios: Ratios,
    common: dict[str, Any],
    local: dict[str, Any],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Replace the levels by weighted pooled ratios of each area's own recent years; the variances stay."""
    given = ratios.weights or [1.0] * ratios.years
    weight = np.zeros(flow.roll.shape[2])
    recent = np.array(given[: len(weight)])[::-1]
    weight[len(weight) - len(recent) :] = recent
    weight = np.where(steady, weight, 0.0)
    seen = np.isfinite(flow.common)
    pooled = np.nansum(flow.common * weight * flow.size, axis=1)
    total = np.where(seen, weight * flow.size, 0.0).sum(axis=1)
    whole = np.where(total > 0, pooled / np.where(total > 0, total, 1.0), common["common"])
    known = np.isfinite(flow.roll) & np.isfinite(flow.could) & (flow.could > 0)
    came = np.where(known, flow.roll * weight, 0.0).sum(axis=2)
    could = np.where(known, flow.could * weight, 0.0).sum(axis=2)
    has = (could > 0) & (own > 0) & (whole > 0)
    level = np.where(has, came / np.where(has, could * own * whole, 1.0) - 1.0, local["level"])
    return common | {"common": whole}, local | {"level": level}


def _stops(flow: _Flow) -> Array:
    """Year groups into which nobody has gone on in the last years although somebody could have."""
    could = np.nan_to_num(flow.could[:, :, -RECENT:])
    came = np.nan_to_num(flow.roll[:, :, -RECENT:])
    return (could.sum(axis=2) > 0) & (np.where(could > 0, came, 0.0).sum(axis=2) == 0)


def _moving_together(flow: _Flow, classes: list[str], steady: Array) -> float:
    """Mean correlation of the yearly changes of the common ratio between the year groups where cohorts just go on."""
    places = [place for place, name in enumerate(classes) if name == "progression"]
    with np.errstate(invalid="ignore"):
        change = np.diff(np.log(np.where(steady, flow.common, np.nan)[places]), axis=1)
    change = change[:, np.isfinite(change).all(axis=0)]
    if len(places) < 2 or change.shape[1] < 4:
        return DEFAULT_TOGETHER
    change = change - change.mean(axis=1, keepdims=True)
    single = float(np.mean(np.var(change, axis=1)))
    shared = float(np.var(change.mean(axis=0)))
    if single <= 0:
        return DEFAULT_TOGETHER
    count = len(places)
    return float(np.clip((shared * count / single - 1.0) / (count - 1.0), 0.0, 0.95))
