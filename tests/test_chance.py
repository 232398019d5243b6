"""Distributions of counts by scipy.special against those of scipy.stats."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import betabinom, binom, nbinom, poisson

from placeplan.send.chance import (
    beta_binomial_below,
    binomial_below,
    negative_binomial_below,
    negative_binomial_limits,
    poisson_limits,
)

MEANS = np.concatenate([np.random.default_rng(1).gamma(0.5, 20.0, 40), [1e-9, 1e-4, 0.5, 1.0, 250.0]])


@pytest.mark.parametrize("chance", [0.001, 0.025, 0.975, 0.999])
def test_limits_are_the_smallest_counts(chance: float) -> None:
    np.testing.assert_array_equal(poisson_limits(chance, MEANS), poisson.ppf(chance, MEANS))
    for times in (1.05, 1.5, 4.0):
        expected = nbinom.ppf(chance, MEANS / (times - 1), 1 / times)
        np.testing.assert_array_equal(negative_binomial_limits(chance, MEANS, times), expected)


def test_chances_of_at_most_so_many() -> None:
    counts = np.arange(30)
    for size, share in ((12.0, 0.3), (57.5, 0.9)):
        expected = nbinom.cdf(counts, size, share)
        np.testing.assert_allclose(negative_binomial_below(counts, size, share), expected, rtol=1e-10)
    expected = binom.cdf(counts, 29, 0.2)
    np.testing.assert_allclose(binomial_below(counts, 29, 0.2), expected, rtol=1e-10)
    expected = betabinom.cdf(counts, 29, 2.0, 8.0)
    np.testing.assert_allclose(beta_binomial_below(counts, 29, 2.0, 8.0), expected, rtol=1e-9)
