"""Choice by evidence: the contestants forecast from earlier years of the authority's own history, and are weighed by it.

From each origin o every contestant m gives its ratios with what was known then; ``could`` h years on times its ratio is set
beside the roll that came. With L the mean of two relative errors, of year groups and of an area's year groups together,

    weight[m, c, h] = n / (n + FEW) × L[m]^-POWER / sum L^-POWER  +  FEW / (n + FEW) × (default[m] + 1 / M) / 2

for each class of transitions c and years ahead h, where L is the geometric mean over 1 to h years ahead, each counting by its
origins (a ratio h years ahead follows those before it), and n the number of origins: with a short history the weights stay near equal ones and near defaults learnt from English data (``data/method_weights.csv``, made by
``benchmarks/make_method_weights.py``). Inverse powers of past errors: Bates and Granger 1969, The combination of forecasts,
Operational Research Quarterly 20. The same origins show how wide the levels' own intervals should have been (``Reach``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.demand.attention import Attention
from placeplan.demand.flows import TRANSITIONS, Flow, own_share
from placeplan.demand.levels import Fitted, Learnt, by_class, learn
from placeplan.demand.methods import CONTESTANTS, DRAWN_BACK, Evidence
from placeplan.demand.reach import Reach, Surprises
from placeplan.demand.usual import find_pull, with_pull
from placeplan.project import Ratios

MOST_ORIGINS = 6
LEAST_HISTORY = 4
"""Years of rolls that the first origin knows."""
POWER = 30.0
"""How hard a larger error counts against a method. Most of an error is the noise of cohorts that no method can foresee, so
small differences tell much: an error 2% larger halves the weight."""
REFIT = 2
"""Variances are found anew at every so many origins; between them the earlier ones hold, which know less, never more."""
FEW = 2.0
"""Number of origins at which the authority's own evidence counts half."""


@dataclass(frozen=True)
class Contest:
    """What the contest found.

    ``weights``: (contestants, classes, years ahead), adding up to 1 over the contestants, classes in the order of
    ``TRANSITIONS``. ``error``: their mean relative errors, NaN where nothing could be judged. ``origins``: how many
    earlier years could be judged, (classes, years ahead). ``reach``: how wide intervals should have been.
    """

    names: tuple[str, ...]
    weights: Array
    error: Array
    origins: Array
    reach: Reach

    def of(self, classes: list[str]) -> Array:
        """Weights of the transitions of a stage, (contestants, year groups, years ahead)."""
        return self.weights[:, [TRANSITIONS.index(name) for name in classes]]


@dataclass
class _Score:
    """Sums of errors and pupils, (contestants, classes, years ahead); ``judged`` counts origins, (classes, years ahead)."""

    cells: Array
    together: Array
    pupils: Array
    judged: Array


def hold_contest(
    flow: Flow,
    drawn_now: Flow,
    fitted_now: Fitted,
    attention: Attention,
    classes: list[str],
    units: list[list[str]],
    ratios: Ratios,
    horizon: int,
) -> Contest:
    """Let the contestants forecast from earlier years and weigh them by their errors.

    Contestants use variances and a pull found at that origin or an earlier one, so that they know nothing later. How wide the intervals
    of today's variances (``fitted_now``, of the flows ``drawn_now``) should have been is another question, asked of those.
    """
    years = flow.roll.shape[2]
    shape = (len(CONTESTANTS), len(TRANSITIONS), horizon)
    score = _Score(np.zeros(shape), np.zeros(shape), np.zeros(shape[1:]), np.zeros(shape[1:]))
    surprises = Surprises(classes, horizon)
    first = max(LEAST_HISTORY, years - MOST_ORIGINS)
    fitted: Fitted | None = None
    if first < years:
        going_on = [place for place, name in enumerate(classes) if name == "progression"]
        pull = find_pull(flow.roll[:, :, :first], going_on, attention.years[:first])
        drawn = with_pull(flow, pull)
        for known in range(first, years):
            if (known - first) % REFIT == 0:
                fitted = None
            evidence = _as_of(known, flow, drawn, attention, classes, units, ratios, horizon, fitted)
            fitted = evidence.learnt.fitted
            _judge(evidence, known, flow, drawn, attention, score)
            then = attention.up_to(known)
            learnt = learn(drawn_now.up_to(known), evidence.own, then, classes, units, fitted_now)
            surprises.add(learnt, evidence.own, known, drawn_now)
    error = _relative_errors(score)
    return Contest(
        tuple(CONTESTANTS), _weights(error, score.judged), error, score.judged, surprises.reach()
    )


def _as_of(
    known: int,
    flow: Flow,
    drawn: Flow,
    attention: Attention,
    classes: list[str],
    units: list[list[str]],
    ratios: Ratios,
    horizon: int,
    fitted: Fitted | None,
) -> Evidence:
    """What was known after so many years; variances are those of an earlier origin, or found now."""
    then, seen = attention.up_to(known), flow.up_to(known)
    own = own_share(seen, then.years)
    learnt: Learnt = learn(drawn.up_to(known), own, then, classes, units, fitted)
    return Evidence(seen, own, then, classes, learnt, ratios, horizon)


def _judge(
    evidence: Evidence, known: int, flow: Flow, drawn: Flow, attention: Attention, score: _Score
) -> None:
    """Add the errors of every contestant from one origin."""
    here = np.nansum(flow.roll[:, :, known - 1], axis=1) > 0
    ahead = min(evidence.horizon, flow.roll.shape[2] - known)
    came = flow.roll[:, :, known : known + ahead]
    for number, (name, method) in enumerate(CONTESTANTS.items()):
        could = (drawn if name in DRAWN_BACK else flow).could[:, :, known : known + ahead]
        ratio = method(evidence)[:, :, :ahead]
        counts = attention.own[:, :, known : known + ahead] * here[:, None, None]
        counts = np.where(np.isfinite(came) & np.isfinite(could) & (could > 0), counts, 0.0)
        miss = counts * np.nan_to_num(np.nan_to_num(could) * ratio - np.nan_to_num(came))
        for kind, places in by_class(evidence.classes):
            at = TRANSITIONS.index(kind)
            score.cells[number, at, :ahead] += np.abs(miss[:, places]).sum(axis=(0, 1))
            score.together[number, at, :ahead] += np.abs(miss[:, places].sum(axis=1)).sum(axis=0)
            if number == 0:
                pupils = (counts * np.nan_to_num(came))[:, places].sum(axis=(0, 1))
                score.pupils[at, :ahead] += pupils
                score.judged[at, :ahead] += pupils > 0


def _relative_errors(score: _Score) -> Array:
    seen = score.pupils > 0
    whole = np.where(seen, score.pupils, 1.0)
    error: Array = np.where(seen, (score.cells + score.together) / (2.0 * whole), np.nan)
    return error


def _weights(error: Array, judged: Array) -> Array:
    """Weights from the errors of up to so many years ahead, defaults and equal parts."""
    defaults = _default_weights(error.shape[2])
    backed = (defaults + 1.0 / len(error)) / 2.0
    seen = np.isfinite(error)
    counts = np.where(seen, judged, 0.0)
    logs = np.where(seen, np.log(np.where(seen, np.maximum(error, 1e-9), 1.0)), 0.0)
    total = counts.cumsum(axis=2)
    mean = (logs * counts).cumsum(axis=2) / np.where(total > 0, total, 1.0)
    strength = np.exp(-POWER * (mean - mean.min(axis=0)))
    trust = judged[:, :1] / (judged[:, :1] + FEW)
    weights: Array = trust * strength / strength.sum(axis=0) + (1.0 - trust) * backed
    return weights


@cache
def _default_weights(horizon: int) -> Array:
    """The defaults of ``data/method_weights.csv``, (contestants, classes, years ahead); the last year ahead stands for later ones."""
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
