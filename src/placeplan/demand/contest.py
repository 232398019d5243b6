"""Choice by evidence: the contestants forecast from earlier years of the authority's own history, and are weighed by it.

From each origin o every contestant m gives its ratios with what was known then; ``could`` h years on times its ratio is
set beside the roll that came. L is the mean of three relative errors: of year groups, of an area's year groups together, and
of the whole authority. With d[m, o] the mean logarithm of L[m] / L over 1 to h years ahead (a ratio h years ahead follows
those before it), d its mean over n origins and e that mean's standard error,

    weight[m, c, h] ~ prior[m] × exp(-POWER × d × d^2 / (d^2 + e^2)),
    prior = n / (n + FEW) × default  +  FEW / (n + FEW) × 1 / M

for each class of transitions c and years ahead h: what chance alone could have made moves little. With a short history the
weights stay near equal ones, with a longer one near defaults learnt from English data (``data/method_weights.csv``, made by
``benchmarks/make_method_weights.py``), until the authority's own errors speak. Weights from past errors: Bates and Granger
1969, The combination of forecasts, Operational Research Quarterly 20. The same origins show how wide the levels' own
intervals should have been (``reach``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.demand.attention import Attention
from placeplan.demand.flows import TRANSITIONS, Flow, own_share
from placeplan.demand.levels import Fitted, by_class, learn, quickened
from placeplan.demand.methods import CONTESTANTS, DRAWN_BACK, Evidence
from placeplan.demand.reach import Reach, Surprises
from placeplan.demand.usual import find_pull, with_pull
from placeplan.memory import Memory
from placeplan.project import Ratios

MOST_ORIGINS = 6
LEAST_HISTORY = 4
"""Years of rolls that the first origin knows."""
POWER = 50.0
"""How hard a larger error counts against a method. Most of an error is the noise of cohorts that no method can foresee, so
small differences tell much: an error 1.4% larger halves the weight."""
FEW = 2.0
"""Number of origins at which the defaults and equal weights count alike."""
LEAST_ERROR = 1e-6


@dataclass(frozen=True)
class Contest:
    """What the contest found.

    ``weights``: (contestants, classes, years ahead), adding up to 1 over the contestants, classes in the order of
    ``TRANSITIONS``. ``error``: their relative errors by origin, (origins, contestants, classes, years ahead), NaN where
    nothing could be judged. ``reach``: how wide intervals should have been. ``expected``: (origins, areas, year groups) what
    the default weights forecast one year ahead, ``first`` the place in the history of the first year so forecast.
    """

    names: tuple[str, ...]
    weights: Array
    error: Array
    reach: Reach
    expected: Array
    first: int

    @property
    def origins(self) -> int:
        """How many earlier years could be judged."""
        return int(np.isfinite(self.error).any(axis=(1, 2, 3)).sum()) if self.error.size else 0

    def mean_error(self, kind: int, ahead: int) -> tuple[Array, int]:
        """Mean error of each contestant in a class of transitions ``ahead`` + 1 years ahead, and the origins behind it."""
        error = self.error[:, :, kind, ahead]
        error = error[np.isfinite(error).all(axis=1)]
        if not len(error):
            return np.full(len(self.names), np.nan), 0
        return error.mean(axis=0), len(error)

    def of(self, classes: list[str]) -> Array:
        """Weights of the transitions of a stage, (contestants, year groups, years ahead)."""
        return self.weights[:, [TRANSITIONS.index(name) for name in classes]]


def hold_contest(
    flow: Flow,
    drawn_now: Flow,
    fitted_now: Fitted,
    attention: Attention,
    classes: list[str],
    units: list[list[str]],
    horizon: int,
    memory: Memory,
) -> Contest:
    """Let the contestants forecast from earlier years and weigh them by their errors.

    Contestants use variances found at their own origin and a pull found at the first one, so that they know nothing later.
    How wide the intervals of today's variances (``fitted_now``, of the flows ``drawn_now``) should have been is another
    question, asked of those.
    """
    years = flow.roll.shape[2]
    errors: list[Array] = []
    expected: list[Array] = []
    surprises = Surprises(classes, horizon)
    first = max(LEAST_HISTORY, years - MOST_ORIGINS)
    if first < years:
        going_on = [place for place, name in enumerate(classes) if name == "progression"]
        pull = find_pull(flow.roll[:, :, :first], going_on, attention.years[:first])
        drawn = with_pull(flow, pull)
        for known in range(first, years):
            evidence = _as_of(known, flow, drawn, attention, classes, units, horizon, memory)
            said = {name: method(evidence) for name, method in CONTESTANTS.items()}
            errors.append(_judged(said, evidence, known, flow, drawn, attention))
            expected.append(_next_year(said, evidence, known, flow, drawn))
            then = attention.up_to(known)
            learnt = learn(drawn_now.up_to(known), evidence.own, then, classes, units, memory, fitted_now)
            surprises.add(learnt, evidence.own, known, drawn_now)
    shape = (len(errors), len(CONTESTANTS), len(TRANSITIONS), horizon)
    error = np.array(errors).reshape(shape)
    next_year = np.array(expected).reshape(len(expected), *flow.roll.shape[:2])
    return Contest(tuple(CONTESTANTS), _weights(error), error, surprises.reach(), next_year, first)


def _as_of(
    known: int,
    flow: Flow,
    drawn: Flow,
    attention: Attention,
    classes: list[str],
    units: list[list[str]],
    horizon: int,
    memory: Memory,
) -> Evidence:
    """What was known after so many years, with variances found in them; contestants ask nothing of the project's choices."""
    then, seen = attention.up_to(known), flow.up_to(known)
    own = own_share(seen, then.years)
    drawn = drawn.up_to(known)
    learnt = learn(drawn, own, then, classes, units, memory)
    quick = learn(drawn, own, then, classes, units, memory, quickened(learnt.fitted))
    return Evidence(seen, own, then, classes, learnt, quick, Ratios(), horizon)


def _next_year(said: Mapping[str, Array], evidence: Evidence, known: int, flow: Flow, drawn: Flow) -> Array:
    """Return the pupils of the year after an origin by the default weights, (areas, year groups)."""
    weights = _default_weights(1)[:, [TRANSITIONS.index(name) for name in evidence.classes], 0]
    pupils = np.zeros(flow.roll.shape[:2])
    for weight, (name, ratio) in zip(weights, said.items(), strict=True):
        could = (drawn if name in DRAWN_BACK else flow).could[:, :, known]
        pupils += weight * np.nan_to_num(could) * ratio[:, :, 0]
    return pupils


def _judged(
    said: Mapping[str, Array], evidence: Evidence, known: int, flow: Flow, drawn: Flow, attention: Attention
) -> Array:
    """Return the errors of every contestant from one origin, (contestants, classes, years ahead), NaN where none came."""
    here = np.nansum(flow.roll[:, :, known - 1], axis=1) > 0
    ahead = min(evidence.horizon, flow.roll.shape[2] - known)
    coming = slice(known, known + ahead)
    came = flow.roll[:, :, coming]
    error = np.full((len(CONTESTANTS), len(TRANSITIONS), evidence.horizon), np.nan)
    for number, (name, ratio) in enumerate(said.items()):
        could = (drawn if name in DRAWN_BACK else flow).could[:, :, coming]
        counts = attention.own[:, :, coming] * here[:, None, None]
        counts = np.where(np.isfinite(came) & np.isfinite(could) & (could > 0), counts, 0.0)
        miss = np.nan_to_num(could) * ratio[:, :, :ahead] - np.nan_to_num(came)
        for kind, places in by_class(evidence.classes):
            error[number, TRANSITIONS.index(kind), :ahead] = _relative_error(
                (counts * miss)[:, places], (counts * np.nan_to_num(came))[:, places]
            )
    return error


def _relative_error(miss: Array, came: Array) -> Array:
    """Mean error of year groups, of their sums by area and of the whole, as parts of the rolls that came, (years ahead)."""
    pupils = came.sum(axis=(0, 1))
    apart = np.abs(miss).sum(axis=(0, 1))
    together = np.abs(miss.sum(axis=1)).sum(axis=0)
    whole = np.abs(miss.sum(axis=(0, 1)))
    total = apart + together + whole
    error: Array = np.where(pupils > 0, total / (3.0 * np.where(pupils > 0, pupils, 1.0)), np.nan)
    return error


def _weights(error: Array) -> Array:
    """Weights from the errors by origin, defaults and equal parts, (contestants, classes, years ahead)."""
    defaults = _default_weights(error.shape[3])
    seen = np.isfinite(error).all(axis=1, keepdims=True)
    logs = np.where(seen, np.log(np.maximum(np.where(seen, error, 1.0), LEAST_ERROR)), 0.0)
    above = np.where(seen, logs - logs.mean(axis=1, keepdims=True), 0.0).cumsum(axis=3)
    count = seen.cumsum(axis=3)
    by_origin = above / np.maximum(count, 1)
    judged = (count > 0).sum(axis=0)
    mean = by_origin.sum(axis=0) / np.maximum(judged, 1)
    spread = (np.where(count > 0, by_origin - mean, 0.0) ** 2).sum(axis=0) / np.maximum(judged - 1, 1)
    chance = np.where(judged > 1, spread / np.maximum(judged, 1), np.inf)
    told = mean * np.where(mean != 0, mean**2 / np.where(mean != 0, mean**2 + chance, 1.0), 0.0)
    trust = judged / (judged + FEW)
    prior = trust * defaults + (1.0 - trust) / error.shape[1]
    weights = prior * np.exp(-POWER * told)
    summed: Array = weights / weights.sum(axis=0)
    return summed


@cache
def _default_weights(horizon: int) -> Array:
    """The defaults of ``data/method_weights.csv``, (contestants, classes, years ahead); the last stands for later ones."""
    names = list(CONTESTANTS)
    weights = np.full((len(names), len(TRANSITIONS), horizon), np.nan)
    for method, kind, ahead, weight in _default_rows():
        if ahead <= horizon:
            weights[names.index(method), TRANSITIONS.index(kind), ahead - 1] = weight
    for ahead in range(1, horizon):
        missing = np.isnan(weights[:, :, ahead])
        weights[:, :, ahead] = np.where(missing, weights[:, :, ahead - 1], weights[:, :, ahead])
    return np.where(np.isnan(weights), 1.0 / len(names), weights)


def _default_rows() -> Iterator[tuple[str, str, int, float]]:
    for row in data_rows("method_weights.csv"):
        yield row["method"], row["class"], int(row["years_ahead"]), float(row["weight"])
