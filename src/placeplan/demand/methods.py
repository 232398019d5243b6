"""The family of methods behind one interface: a stage's flows in, the ratio of every transition in every year ahead out.

A method is a function of :class:`Evidence` that returns ratios (areas, year groups, years ahead): pupils for each one who
could come. ``method:`` in the project file names one for all transitions, or one for each phase or transition; ``combined``,
the default, weights the contestants by their past errors (see ``contest``). The draws around the central path come from the
levels and variances of ``levels``, whichever method gives the path.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from placeplan.arrays import Array
from placeplan.demand.attention import Attention
from placeplan.demand.flows import Flow
from placeplan.demand.levels import Learnt
from placeplan.demand.pooling import MOST_SERIES
from placeplan.project import Ratios

LARGEST_RATIO = 5.0
"""No year group above the first is forecast at more than this many times those who could come."""
RECENT_YEARS = 3
SMOOTHING_GRID = np.linspace(0.1, 1.0, 10)
TREND_GRID = (0.0, 0.1, 0.2, 0.4)
DAMPING_GRID = (0.8, 0.9)


@dataclass(frozen=True)
class Evidence:
    """What a method may know: the flows, each area's own share, what counts, and the levels learnt.

    ``flow`` has the cohorts as they were; ``learnt`` rests on cohorts drawn back to their usual size (see ``usual``), and so
    do the ratios of the methods in ``DRAWN_BACK``. ``quick``: the same with levels that move more readily.
    """

    flow: Flow
    own: Array
    attention: Attention
    classes: list[str]
    learnt: Learnt
    quick: Learnt
    ratios: Ratios
    horizon: int

    @property
    def log_ratios(self) -> Array:
        """Logarithm of each area's own ratio (areas, year groups, years), NaN where it is unknown or does not count."""
        counts = self.attention.own >= 0.5
        seen = counts & (np.nan_to_num(self.flow.roll) > 0) & (np.nan_to_num(self.flow.could) > 0)
        return np.where(
            seen, np.log(np.where(seen, self.flow.roll, 1.0) / np.where(seen, self.flow.could, 1.0)), np.nan
        )

    @property
    def pooled(self) -> Array:
        """The ratio of the local levels, (areas, year groups): what stands in where an area has no history."""
        return self.level_of(self.learnt)

    def level_of(self, learnt: Learnt) -> Array:
        """The ratio that levels say, (areas, year groups)."""
        ratio: Array = learnt.common.ratio * self.own * np.maximum(1.0 + learnt.local.level, 0.0)
        return ratio


def local_level(evidence: Evidence) -> Array:
    """Partial pooling by local levels: common[g] × own[a, g] × (1 + level[a, g]), the same in every year ahead.

    Assumes that ratios wander without a trend, and that a small area departs from its authority only as far as its history
    shows beyond the noise of its size. Source: Harvey 1989, section 4.1 (see ``pooling``).
    """
    return _held(evidence.pooled, evidence)


def quick_level(evidence: Evidence) -> Array:
    """Local levels that follow the newest years more readily: those of ``local_level`` with four times the drift.

    Assumes that levels move faster than the past years of this authority show, as they do where its times are changing.
    Source: as ``local_level``.
    """
    return _held(evidence.level_of(evidence.quick), evidence)


def cohort_survival(evidence: Evidence) -> Array:
    """Each area's own pooled ratio: sum_t w[t] roll[t] / sum_t w[t] could[t] over the last years.

    Assumes that the next years are like the last ones and needs no more than that. The weights are the project's, newest
    first, else equal; areas without a history take the authority's. Source: Department for Education, School capacity
    survey forecasting guide (2014), step 3; the plain method of most councils.
    """
    flow, ratios = evidence.flow, evidence.ratios
    years = flow.roll.shape[2]
    recent = np.array((ratios.weights or [1.0] * ratios.years)[:years])[::-1]
    weight = np.zeros(years)
    weight[years - len(recent) :] = recent
    common_weight = evidence.attention.common * weight
    sized = np.where(np.isfinite(flow.common), common_weight * flow.size, 0.0)
    total = sized.sum(axis=1)
    pooled = (np.nan_to_num(flow.common) * sized).sum(axis=1)
    whole = np.where(total > 0, pooled / np.where(total > 0, total, 1.0), evidence.learnt.common.ratio)
    known = np.isfinite(flow.roll) & np.isfinite(flow.could) & (flow.could > 0)
    counts = np.where(known, evidence.attention.own * weight, 0.0)
    came = (np.nan_to_num(flow.roll) * counts).sum(axis=2)
    could = (np.nan_to_num(flow.could) * counts).sum(axis=2)
    without = whole * evidence.own * np.maximum(1.0 + evidence.learnt.local.level, 0.0)
    ratio = np.where(could > 0, came / np.where(could > 0, could, 1.0), without)
    return _held(ratio, evidence)


def recent_survival(evidence: Evidence) -> Array:
    """Pooled cohort survival of the last three years, whatever length of history the project asks for: a contestant."""
    ratios = Ratios(method="cohort_survival", years=RECENT_YEARS)
    return cohort_survival(replace(evidence, ratios=ratios))


def median_survival(evidence: Evidence) -> Array:
    """Middle one of each area's yearly ratios: median_t roll[t] / could[t] over the last years.

    Assumes that the next years are like most of the last ones; a single odd year changes nothing. Areas without a history
    take the pooled ratio. Source: as cohort survival; a median in place of a mean is common practice against outliers.
    """
    logs = evidence.log_ratios[:, :, -evidence.ratios.years :]
    known = np.isfinite(logs).any(axis=2)
    middle = np.full(known.shape, np.nan)
    middle[known] = np.nanmedian(logs[known], axis=1)
    return _from_logs(np.repeat(middle[:, :, None], evidence.horizon, axis=2), evidence)


def smoothing(evidence: Evidence) -> Array:
    """Simple exponential smoothing of each area's log ratio: level[t] = level[t-1] + alpha (y[t] - level[t-1]).

    One alpha for all series of a class of transitions, from a grid, by least squares one year ahead; the forecast is the
    last level. Assumes no trend and no help from other areas. Source: Hyndman et al. 2008, Forecasting with Exponential
    Smoothing.
    """
    return _by_grid(evidence, [(alpha, 0.0, 1.0) for alpha in SMOOTHING_GRID])


def damped_trend(evidence: Evidence) -> Array:
    """Exponential smoothing with a damped trend of each area's log ratio.

    With l = level[t-1] + phi slope[t-1] and e = y[t] - l: level[t] = l + alpha e, slope[t] = phi slope[t-1] + alpha beta e;
    h years on, level + (phi + … + phi^h) slope. Parameters from a grid by class, least squares one year ahead. Assumes
    that a trend fades. Source: Gardner and McKenzie 1985, Forecasting trends in time series, Management Science 31.
    """
    grid = [(alpha, beta, phi) for alpha in SMOOTHING_GRID for beta in TREND_GRID for phi in DAMPING_GRID]
    return _by_grid(evidence, grid)


def ets(evidence: Evidence) -> Array:
    """ETS(A, Ad, N) of statsmodels on each area's log ratio, fitted by maximum likelihood; slow, one fit a series.

    Assumes additive errors and a damped trend. Source: Hyndman et al. 2008; statsmodels ETSModel.
    """
    from placeplan.demand.series import ets_paths

    return _from_logs(ets_paths(evidence.log_ratios, evidence.horizon), evidence)


def ucm(evidence: Evidence) -> Array:
    """Local level of statsmodels (UnobservedComponents) on each area's log ratio alone; slow, one fit a series.

    Assumes a random walk seen through noise, with both variances from that one series. Source: Durbin and Koopman 2012, Time
    Series Analysis by State Space Methods, chapter 2.
    """
    from placeplan.demand.series import local_level_paths

    return _from_logs(local_level_paths(evidence.log_ratios, evidence.horizon), evidence)


METHODS: dict[str, Callable[[Evidence], Array]] = {
    method.__name__: method
    for method in (
        local_level,
        quick_level,
        cohort_survival,
        median_survival,
        smoothing,
        damped_trend,
        ets,
        ucm,
    )
}
CONTESTANTS: dict[str, Callable[[Evidence], Array]] = {
    "local_level": local_level,
    "quick_level": quick_level,
    "recent_survival": recent_survival,
    "smoothing": smoothing,
    "damped_trend": damped_trend,
}
"""The methods that ``combined`` weighs: unlike each other, and quick enough to be tried from every earlier year."""
DRAWN_BACK = frozenset({"local_level", "quick_level"})
"""Methods whose ratios are of cohorts drawn back to the usual size of their area; they pool areas with their authority."""


def years_looked_at(method: str, ratios: Ratios) -> int | None:
    """Return how many of the last years a method looks at, None if all that the project asks for."""
    if method == "recent_survival":
        return RECENT_YEARS
    return ratios.years if method in ("cohort_survival", "median_survival") else None


def _held(ratio: Array, evidence: Evidence) -> Array:
    """The same ratio in every year ahead."""
    return np.repeat(ratio[:, :, None], evidence.horizon, axis=2)


def _from_logs(paths: Array, evidence: Evidence) -> Array:
    """Ratios from log paths (areas, year groups, years ahead); a series without a history takes the pooled ratio."""
    return np.where(
        np.isfinite(paths), np.exp(np.where(np.isfinite(paths), paths, 0.0)), evidence.pooled[:, :, None]
    )


def _by_grid(evidence: Evidence, grid: list[tuple[float, float, float]]) -> Array:
    """Smooth every series with the parameters that fit its class of transitions best one year ahead."""
    logs, size = evidence.log_ratios, np.nan_to_num(evidence.flow.could)
    chosen = np.full((*logs.shape[:2], evidence.horizon), np.nan)
    for kind in sorted(set(evidence.classes)):
        places = np.array([place for place, name in enumerate(evidence.classes) if name == kind])
        picked = slice(None, None, -(-len(logs) * len(places) // MOST_SERIES))
        alpha, beta, phi = np.array(grid).T[:, :, None, None]
        _, errors = smooth(logs[None, picked][:, :, places], alpha, beta, phi, 0)
        loss = np.nansum(size[picked][:, places] * errors**2, axis=(1, 2, 3))
        best = grid[int(np.argmin(loss))]
        chosen[:, places] = smooth(logs[:, places], *best, evidence.horizon)[0]
    return _from_logs(chosen, evidence)


def smooth(
    series: Array, alpha: float | Array, beta: float | Array, phi: float | Array, horizon: int
) -> tuple[Array, Array]:
    """Run damped-trend smoothing over the last axis of ``series``; NaN years leave level and slope as they are.

    Returns the path ahead (…, horizon), NaN where nothing was seen, and the errors one year ahead, NaN in the first year.
    The first level is the first value, the first slope 0. Parameters may have an axis before those of the series.
    """
    shape = np.broadcast_shapes(series.shape[:-1], np.shape(alpha))
    level, slope = np.full(shape, np.nan), np.zeros(shape)
    errors = np.full((*shape, series.shape[-1]), np.nan)
    for year in range(series.shape[-1]):
        value = series[..., year]
        expected = level + phi * slope
        begins = np.isnan(level) & np.isfinite(value)
        error = value - expected
        seen = np.isfinite(error)
        errors[..., year] = error
        slope = np.where(seen, phi * slope + alpha * beta * np.where(seen, error, 0.0), slope)
        level = np.where(begins, value, np.where(seen, expected + alpha * np.where(seen, error, 0.0), level))
    ahead = np.cumsum(np.asarray(phi)[..., None] ** np.arange(1, horizon + 1), axis=-1)
    return level[..., None] + slope[..., None] * ahead, errors
