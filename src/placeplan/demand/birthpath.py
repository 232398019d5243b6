"""Births beyond those known: how the authority's births go on, and how sure that is, learnt from past misses of the rule.

With B[T] the last known births of the authority, each method gives the change of log B from year T to T + h:

    damped_trend  g (d + d^2 + … + d^h), g = mean yearly change of log B over the last years, d = damping
    level         0
    ets           ETS(A, Ad, N) on log B by maximum likelihood (statsmodels)
    ucm           local level on log B, a random walk seen through noise, by maximum likelihood (statsmodels)

Sources: Gardner and McKenzie 1985, Forecasting trends in time series, Management Science 31; Hyndman et al. 2008,
Forecasting with Exponential Smoothing; Durbin and Koopman 2012, Time Series Analysis by State Space Methods, chapter 2.

The same rule is run from every earlier year, and its misses h years ahead give the variance of log B

    V(h) = step^2 h + slope^2 h^2,

each year's own surprise, and an error of the trend that goes on. An area's births miss its share of the authority by

    variance of (births / expected - 1) = noise / expected + drift h,

the noise of small numbers (1 if chance alone is at work) and a share that wanders.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.project import Births as BirthsChoice

SHARE_YEARS = 3
"""Years of births that an area's share of the authority is taken from."""
LEAST_ERROR = 0.01
"""Smallest yearly standard deviation of the authority's projected births, as a proportion."""
LEAST_YEARS = 3
"""Years of births behind the first miss."""
FEW = 3.0
"""So many past misses at a horizon count as much as the misses of other authorities."""
MOST_AHEAD = 10
"""Years ahead up to which misses are learnt from."""
LEAST_FACTOR = 0.05
"""A draw never takes away more than this leaves of an area's expected births."""


@dataclass(frozen=True)
class BirthErrors:
    """How sure projected births are: ``step`` and ``slope`` are standard deviations of log births of the authority a
    year, ``noise`` and ``drift`` variances of an area's births relative to its share (see the module)."""

    step: float
    slope: float
    noise: float
    drift: float

    def variance(self, years: Array) -> Array:
        """Variance of the logarithm of the authority's births so many years beyond the known ones."""
        return np.asarray(self.step**2 * years + self.slope**2 * years**2)

    def authority(self, ahead: Array, steps: Array, slope: Array) -> Array:
        """Change of log births by draw, (areas, years, draws).

        ``ahead``: (areas, years), whether births are projected. ``steps``: (years, draws) and ``slope``: (draws), both
        standard normal.
        """
        moves = steps * np.float32(self.step) + slope * np.float32(self.slope)
        return np.asarray(np.cumsum(moves[None] * ahead[:, :, None].astype(np.float32), axis=1))

    def area(self, ahead: Array, expected: Array, normal: Array) -> Array:
        """Factors on an area's share by draw, (areas, years, draws).

        ``expected``: (areas, years) births. ``normal``: (areas, years, 2, draws), standard normal.
        """
        years = ahead[:, :, None].astype(np.float32)
        wander = np.cumsum(normal[:, :, 0] * (years * np.float32(np.sqrt(self.drift))), axis=1)
        size = np.sqrt(self.noise / np.maximum(expected, 1.0)).astype(np.float32)
        error = (wander + normal[:, :, 1] * size[:, :, None]) * years
        return np.maximum(np.float32(1.0) + error, np.float32(LEAST_FACTOR))


def damped_trend(logs: Array, choice: BirthsChoice, ahead: int) -> Array:
    """Damped trend: the slope is the mean yearly change over the last years, damped from the first year on."""
    steps = min(choice.years, len(logs) - 1)
    slope = (logs[-1] - logs[-1 - steps]) / steps if steps else 0.0
    return np.asarray(slope * np.cumsum(choice.damping ** np.arange(1, ahead + 1)))


def level(logs: Array, choice: BirthsChoice, ahead: int) -> Array:
    """The last known births go on."""
    return np.zeros(ahead)


def ets(logs: Array, choice: BirthsChoice, ahead: int) -> Array:
    """ETS with a damped trend, all parameters by maximum likelihood; the last level if fewer than six years are known."""
    from placeplan.demand.series import ets_paths

    return np.asarray(ets_paths(logs[None], ahead)[0] - logs[-1])


def ucm(logs: Array, choice: BirthsChoice, ahead: int) -> Array:
    """State-space local level; the last level if fewer than three years are known."""
    from placeplan.demand.series import local_level_paths

    return np.asarray(local_level_paths(logs[None], ahead)[0] - logs[-1])


METHODS: dict[str, Callable[[Array, BirthsChoice, int], Array]] = {
    method.__name__: method for method in (damped_trend, ets, ucm, level)
}


def births_path(logs: Array, choice: BirthsChoice, ahead: int) -> Array:
    """Return the change of log births from the last year, 1 to ``ahead`` years on, by the method chosen, (ahead,)."""
    return METHODS[choice.method](logs, choice, int(ahead)) if ahead else np.zeros(0)


def births_errors(logs: Array, choice: BirthsChoice, areas: Array, whole: Array) -> BirthErrors:
    """Return how sure the rule has been.

    ``logs``: (years) log births of the authority, known ones only; ``areas``: (areas, years) and ``whole``: (years), births
    of areas and authority in the same years, for the areas' shares.
    """
    prior = default_errors()
    step, slope = _authority_errors(logs, choice, prior)
    noise, drift = _area_errors(areas, whole, prior)
    return BirthErrors(step, slope, noise, drift)


@cache
def default_errors() -> BirthErrors:
    """Return the errors of other authorities, from ``data/births_errors.csv``."""
    rows = {row["name"]: float(row["value"]) for row in data_rows("births_errors.csv")}
    return BirthErrors(rows["step"], rows["slope"], rows["noise"], rows["drift"])


def misses(logs: Array, choice: BirthsChoice, most: int = MOST_AHEAD) -> list[Array]:
    """Return log(came) - log(projected) of the rule run from every earlier year, an array for each year ahead."""
    found: list[list[float]] = [[] for _ in range(most)]
    for end in range(LEAST_YEARS, len(logs)):
        came = logs[end : end + most] - logs[end - 1]
        missed = came - births_path(logs[:end], choice, len(came))
        for year, miss in enumerate(missed):
            found[year].append(float(miss))
    return [np.array(year) for year in found]


def _authority_errors(logs: Array, choice: BirthsChoice, prior: BirthErrors) -> tuple[float, float]:
    """Fit V(h) to the mean square misses, each drawn toward the misses of other authorities as far as it rests on few."""
    return step_and_slope(misses(logs, choice), prior)


def step_and_slope(found: list[Array], prior: BirthErrors) -> tuple[float, float]:
    """Return step and slope from misses by years ahead."""
    years = np.arange(1.0, len(found) + 1)
    count = np.array([len(year) for year in found], dtype=float)
    square = np.array([float(np.sum(year**2)) for year in found])
    mean = (square + FEW * prior.variance(years)) / (count + FEW)
    weight = (count + FEW) / years**2
    step, slope = not_negative(np.stack([years, years**2]), mean, weight)
    return max(float(np.sqrt(step)), LEAST_ERROR), float(np.sqrt(slope))


def _area_errors(areas: Array, whole: Array, prior: BirthErrors) -> tuple[float, float]:
    """Fit noise and drift to how far areas were from their share of the authority's births."""
    if len(areas) < 2 or areas.shape[1] <= SHARE_YEARS:
        return prior.noise, prior.drift
    expected, square, ahead = _share_misses(areas, whole)
    weight = 1.0 / (1.0 + prior.drift * ahead * expected) ** 2
    terms = np.stack([np.ones(len(ahead)), expected * ahead])
    if len(ahead) < 2:
        return prior.noise, prior.drift
    noise, drift = not_negative(terms, expected * square, weight)
    own = len(ahead) / (len(ahead) + FEW)
    return max(own * noise + (1 - own) * prior.noise, 1.0), own * drift + (1 - own) * prior.drift


def _share_misses(areas: Array, whole: Array) -> tuple[Array, Array, Array]:
    """Expected births, squared relative misses and years ahead of every area, earlier year and year ahead."""
    parts = []
    for end in range(SHARE_YEARS, areas.shape[1]):
        recent = slice(end - SHARE_YEARS, end)
        share = areas[:, recent].sum(axis=1) / max(float(whole[recent].sum()), 1.0)
        later = areas[:, end : end + MOST_AHEAD]
        expected = share[:, None] * whole[None, end : end + MOST_AHEAD]
        square = (later / np.where(expected > 0, expected, 1.0) - 1.0) ** 2
        ahead = np.broadcast_to(np.arange(1.0, later.shape[1] + 1), later.shape)
        seen = (expected > 0) & np.isfinite(square)
        parts.append((expected[seen], square[seen], ahead[seen]))
    expected, square, ahead = (np.concatenate(cells) for cells in zip(*parts, strict=True))
    return expected, square, ahead


def not_negative(terms: Array, values: Array, weight: Array) -> tuple[float, float]:
    """Return the coefficients of two terms, not negative, by least squares of the values."""
    root = np.sqrt(weight)
    first, second = np.linalg.lstsq((terms * root).T, values * root, rcond=None)[0]
    if first >= 0 and second >= 0:
        return float(first), float(second)
    alone = [max(float((weight * term * values).sum() / (weight * term**2).sum()), 0.0) for term in terms]
    rest = [
        float((weight * (values - one * term) ** 2).sum()) for one, term in zip(alone, terms, strict=True)
    ]
    return (alone[0], 0.0) if rest[0] <= rest[1] else (0.0, alone[1])
