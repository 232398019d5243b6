"""Distributions of counts from scipy.special: scipy.stats, which has them too, takes a third of a second to load.

    Poisson             P(X ≤ k) = Q(k + 1, mean)
    negative binomial   P(X ≤ k) = I_p(n, k + 1)
    binomial            P(X ≤ k) = I_(1 - p)(n - k, k + 1)
    beta-binomial       P(X = k) = C(n, k) B(k + a, n - k + b) / B(a, b)

Q is the regularised upper incomplete gamma function, I the regularised incomplete beta function (Abramowitz and Stegun,
26.4.21 and 26.5.24). Limits are the smallest count that is not exceeded with at least the chance.
"""

from __future__ import annotations

import numpy as np
from scipy.special import bdtr, betainc, betaln, pdtr

from placeplan.arrays import Array

_ENOUGH = 12.0
"""How many standard deviations above its mean, and times its variance beside it, no limit lies that is asked for."""


def negative_binomial_below(counts: Array, size: Array | float, probability: Array | float) -> Array:
    """Return the chance of at most so many; mean size (1 - p) / p; the arrays are broadcast."""
    return np.asarray(betainc(size, counts + 1.0, probability))


def binomial_below(counts: Array, children: int, share: float) -> Array:
    """Return the chance that at most so many of the children are concerned, each with the same chance."""
    return np.asarray(bdtr(counts.astype(float), children, share))


def beta_binomial_below(counts: Array, children: int, first: float, second: float) -> Array:
    """Return the chance of at most so many, for all counts from 0 on; each child's chance is Beta(first, second)."""
    ways = -np.log(children + 1) - betaln(children - counts + 1, counts + 1)
    return np.cumsum(
        np.exp(ways + betaln(counts + first, children - counts + second) - betaln(first, second))
    )


def poisson_limits(chance: float, means: Array) -> Array:
    """Return for each mean the smallest count that is not exceeded with the chance."""
    counts = _up_to(means, 1.0)
    return _smallest(pdtr(counts, means[:, None]), chance)


def negative_binomial_limits(chance: float, means: Array, times: float) -> Array:
    """Return for each mean the smallest count that is not exceeded with the chance; the variance is ``times`` the mean."""
    counts = _up_to(means, times)
    return _smallest(negative_binomial_below(counts, means[:, None] / (times - 1), 1 / times), chance)


def _up_to(means: Array, times: float) -> Array:
    """Return all counts that could be a limit, where the variance is so many times the mean."""
    most = float(means.max(initial=0.0))
    return np.arange(int(most + _ENOUGH * (np.sqrt(times * most) + times)) + 10, dtype=float)


def _smallest(below: Array, chance: float) -> Array:
    return np.argmax(below >= chance, axis=1).astype(float)
