"""Partial pooling: how far each area departs from its authority, believed only as far as its own noise allows.

For area a, year group g and year t let ``x = roll / expected - 1`` be the relative departure of a roll from what
the authority's common ratio expects of it. The departure is a local level seen through noise:

    x[t]     = level[t] + e[t],      e[t] ~ N(0, spread + noise / expected[t])
    level[t] = level[t-1] + w[t],    w[t] ~ N(0, drift),     level[0] ~ N(0, between)

Small cohorts are noisy (``noise / expected``), so their level stays near 0, the authority's own; a large or steady
area keeps what is its own. The four variances are shared by a class of transitions and found by maximum likelihood
with a weak log-normal prior, so that short histories and single areas still give sensible values. The filter is
Kalman's for the local-level model (Harvey 1989, Forecasting, Structural Time Series Models and the Kalman Filter,
section 4.1), run over all areas and year groups at once. With ``noise`` 0 it is the local level of statsmodels'
UnobservedComponents, which a test confirms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from placeplan.arrays import Array

PRIOR_SPREAD = 1.5
"""Standard deviation of the logarithm of each variance in its prior: a factor of 20 either way is plausible."""

REACH = 3.0
"""A surprise of more standard deviations than this moves the level only as far as this many would."""
TAIL = 8.0
"""Degrees of freedom of the t-distribution that surprises are judged by: boundary changes and new schools are no noise."""
JUMP = 0.3
"""Share of the rest of such a surprise that is held to be a possible new level, to be believed if the next year agrees."""
CALIBRATED = 0.8
FEW = 30
"""Number of past surprises at which their own evidence counts half."""
MOST_SERIES = 300
"""Variances are fitted on at most so many series, evenly picked: more change nothing but the time it takes."""
NORMAL_POINT = 1.2816
"""Half-width of the central interval of that coverage, in standard deviations of a normal distribution."""
UNSEEN = 1e12
"""1 / expected roll of a year that was not seen: so noisy that it says nothing."""
LEAST_LOG, MOST_LOG = -40.0, 5.0
YEARS_MULTIPLIED = 8
"""Years whose variances are multiplied before a logarithm is taken: the smallest product is far from the least number."""
FIRST_STEP, LAST_STEP, MOST_STEPS = 1.6, 0.1, 60
"""Steps in the logarithm of a variance with which the likeliest is looked for: a tenth either way changes no forecast."""
DIFFUSE = 0.25
"""Variance of a first level of which nothing is known, as a relative departure."""


@dataclass(frozen=True)
class Variances:
    """The four variances of the local-level model, all of relative departures (``noise`` times pupils)."""

    drift: float
    spread: float
    between: float
    noise: float

    def of_roll(self, expected: Array) -> Array:
        """Variance of one year's relative departure around its level, for cohorts of the expected size."""
        return self.spread + self.noise / np.maximum(expected, 1.0)


@dataclass(frozen=True)
class Levels:
    """Level of each series after its last year and the variance of that level, same shape as the series.

    ``surprise``: (..., years), how far each year was from what was expected of it, in standard deviations; NaN unseen.
    """

    level: Array
    variance: Array
    log_likelihood: float
    surprise: Array


def filter_levels(
    departure: Array, expected: Array, variances: Variances, weight: Array | None = None
) -> Levels:
    """Run the local-level filter over the last axis.

    ``departure`` and ``expected`` have shape (..., years); NaN departures and expected rolls of 0 are passed over.
    ``weight`` (..., years) says how much each year counts: its noise is taken for 1/weight times as large; 0 passes it over.
    """
    seen = np.isfinite(departure) & (expected > 0)
    if weight is not None:
        seen &= weight > 0
    level = np.zeros(departure.shape[:-1])
    variance = np.full(departure.shape[:-1], variances.between)
    total = 0.0
    surprises = np.full(departure.shape, np.nan)
    for year in range(departure.shape[-1]):
        now = seen[..., year]
        if year:
            variance = variance + variances.drift
        noise = variances.of_roll(np.where(now, expected[..., year], 1.0))
        if weight is not None:
            noise = noise / np.where(now, weight[..., year], 1.0)
        spread = variance + noise
        sigma = np.sqrt(spread)
        surprise = np.where(now, (departure[..., year] - level) / sigma, 0.0)
        surprises[..., year] = np.where(now, surprise, np.nan)
        loss = 0.5 * (TAIL + 1.0) * np.log1p(surprise**2 / TAIL)
        total -= float(np.sum(np.where(now, np.log(sigma) + loss, 0.0)))
        kept = np.clip(surprise, -REACH, REACH)
        gain = np.where(now, variance / spread, 0.0)
        level = level + gain * kept * sigma
        variance = variance * (1.0 - gain) + JUMP * spread * (surprise**2 - kept**2)
    return Levels(level, variance, total, surprises)


def fit_variances(departure: Array, expected: Array, prior: Variances, diffuse: bool = False) -> Variances:
    """Return the variances most likely to have made the departures, given a weak prior around ``prior``.

    Departures beyond five robust standard deviations count as if they stood there, so that one school's closure does
    not set the variance of all. With ``diffuse`` the first level is unknown (``between`` stays DIFFUSE): for series that
    are measured from their own mean, where a fitted ``between`` would mistake drift for noise. Returns the prior itself
    where nothing was seen.
    """
    years = departure.shape[-1]
    picked = slice(None, None, max(1, -(-departure[..., 0].size // MOST_SERIES)))
    departure, expected = departure.reshape(-1, years)[picked], expected.reshape(-1, years)[picked]
    seen = np.isfinite(departure) & (expected > 0)
    if not seen.any():
        return replace(prior, between=DIFFUSE) if diffuse else prior
    clipped = np.where(seen, _clipped(departure, expected, seen), 0.0).T.copy()
    each = np.where(seen, 1.0 / np.where(seen, expected, 1.0), UNSEEN).T.copy()
    start = np.log([prior.drift, prior.spread, prior.noise, prior.between])[: 3 if diffuse else 4]

    def posterior(logs: Array) -> Array:
        fitted = _log_likelihood(clipped, each, seen.T, logs)
        return fitted - 0.5 * np.sum((logs - start) ** 2, axis=1) / PRIOR_SPREAD**2

    found = np.exp(np.clip(_highest(posterior, start), LEAST_LOG, MOST_LOG))
    return Variances(
        *(float(value) for value in (found[0], found[1], DIFFUSE if diffuse else found[3], found[2]))
    )


def _highest(posterior: Callable[[Array], Array], start: Array) -> Array:
    """Return where a function of several logarithms is highest, by compass search from ``start``.

    All steps of one size, up and down in each direction, are tried at once; if none leads higher, the steps are halved, down
    to the last. Source: Kolda, Lewis and Torczon 2003, Optimization by direct search, SIAM Review 45, section 1.
    """
    at, best, step = start, float(posterior(start[None])[0]), FIRST_STEP
    compass = np.vstack([np.eye(len(start)), -np.eye(len(start))])
    for _ in range(MOST_STEPS):
        tried = at + step * compass
        heights = posterior(tried)
        top = int(np.argmax(heights))
        if heights[top] > best:
            at, best = tried[top], float(heights[top])
        elif step <= LAST_STEP:
            break
        else:
            step /= 2.0
    return at


def _log_likelihood(departure: Array, each: Array, seen: Array, logs: Array) -> Array:
    """The filter's log-likelihood alone, as ``filter_levels`` has it, for several variances at once, (tries).

    ``departure``, ``each`` (1 / expected roll) and ``seen`` are (years, series); unseen years have departure 0 and so small
    a roll that nothing follows from them. ``logs``: (tries, 3 or 4), of drift, spread, noise and between, else DIFFUSE.
    What does not hang on the year before is worked out for all years at once, surprises are held back only in years that
    have one beyond REACH, and logarithms are taken of products of several years: the same numbers in a third of the time.
    """
    values = np.exp(np.clip(logs, LEAST_LOG, MOST_LOG))[:, :, None]
    drift, spread, noise = values[:, 0], values[:, 1], values[:, 2]
    between = values[:, 3] if values.shape[1] > 3 else np.full(drift.shape, DIFFUSE)
    wholes = spread + noise * each[:, None]
    squares = np.empty(wholes.shape)
    level = np.zeros((len(logs), departure.shape[1]))
    variance = np.repeat(between, departure.shape[1], axis=1)
    for year, now in enumerate(departure):
        if year:
            variance = variance + drift
        whole = np.add(variance, wholes[year], out=wholes[year])
        surprise = now - level
        square = np.divide(surprise * surprise, whole, out=squares[year])
        gain = variance / whole
        if square.max() <= REACH**2:
            level = level + gain * surprise
            variance = variance * (1.0 - gain)
            continue
        far = np.sqrt(np.maximum(square / REACH**2, 1.0))
        level = level + gain * surprise / far
        variance = variance * (1.0 - gain) + JUMP * whole * square * (1.0 - 1.0 / (far * far))
    here = seen[:, None]
    wholes, tails = np.where(here, wholes, 1.0), np.where(here, 1.0 + squares / TAIL, 1.0)
    total = np.zeros(len(logs))
    for start in range(0, len(departure), YEARS_MULTIPLIED):
        years = slice(start, start + YEARS_MULTIPLIED)
        losses = np.log(wholes[years].prod(axis=0)) + (TAIL + 1.0) * np.log(tails[years].prod(axis=0))
        total -= 0.5 * losses.sum(axis=1)
    return total


def widened(levels: Levels, variances: Variances) -> tuple[Levels, Variances]:
    """Scale the variances so that eight of ten past years were inside the interval meant to hold eight of ten.

    Tails heavier than normal make the fitted variances too small for their intervals. The factor is learnt from the
    surprises one year ahead after the first two years, and drawn toward 1 where they are few.
    """
    past = np.abs(levels.surprise[..., 2:])
    past = past[np.isfinite(past)]
    if not len(past):
        return levels, variances
    reach = float(np.quantile(past, CALIBRATED)) / NORMAL_POINT
    factor = float((len(past) * max(reach, 0.5) + FEW) / (len(past) + FEW)) ** 2
    wider = Variances(
        *(factor * value for value in (variances.drift, variances.spread, variances.between, variances.noise))
    )
    return replace(levels, variance=levels.variance * factor), wider


def _clipped(departure: Array, expected: Array, seen: Array) -> Array:
    """Departures no further than five robust standard deviations (scaled by cohort size) from the middle."""
    scale = np.sqrt(np.maximum(expected, 1.0))
    standard = np.where(seen, departure, 0.0) * scale
    middle = float(np.median(np.abs(standard[seen])))
    reach = 5.0 * 1.4826 * max(middle, 0.1) / scale
    return np.where(seen, np.clip(np.where(seen, departure, 0.0), -reach, reach), np.nan)
