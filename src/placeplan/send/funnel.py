"""Control limits of a funnel: exact, wider where schools differ by more than chance.

    events    count ~ Poisson(m), or negative binomial with mean m and variance phi m
    children  count ~ binomial(n, m / n), or beta-binomial with the same mean and phi times its variance
    phi       mean of z^2 over schools, z = (count - m) / sqrt(m) drawn in at both ends (winsorised), where it lies clearly
              above 1; else 1 (Spiegelhalter 2005; the constants stand in ``data/send_funnel.csv``)

Exact limits hold for small schools too, where the usual ones by the normal distribution do not.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.send.chance import (
    beta_binomial_below,
    binomial_below,
    negative_binomial_limits,
    poisson_limits,
)


@cache
def constants() -> dict[str, float]:
    """Return the constants of ``data/send_funnel.csv``."""
    return {row["name"]: float(row["value"]) for row in data_rows("send_funnel.csv")}


def dispersion(counts: Array, expected: Array) -> float:
    """Return by how much the variance between schools exceeds chance; 1 where it does not do so clearly."""
    known = expected > 0
    if known.sum() < 3:
        return 1.0
    z = (counts[known] - expected[known]) / np.sqrt(expected[known])
    share = constants()["winsorised"]
    z = np.clip(z, *np.quantile(z, (share, 1 - share)))
    phi = float((z**2).mean())
    clear = 1 + constants()["dispersion_errors"] * np.sqrt(2 / known.sum())
    return phi if phi > clear else 1.0


def event_limits(expected: Array, phi: float, inside: float) -> tuple[Array, Array]:
    """Return the lowest and highest number of events that chance leaves inside, whole numbers."""
    low, high = np.zeros_like(expected), np.zeros_like(expected)
    at = expected > 0
    for found, chance in ((low, (1 - inside) / 2), (high, (1 + inside) / 2)):
        if phi > 1:
            found[at] = negative_binomial_limits(chance, expected[at], phi)
        else:
            found[at] = poisson_limits(chance, expected[at])
    return low, high


def child_limits(expected: Array, children: Array, phi: float, inside: float) -> tuple[Array, Array]:
    """Return the lowest and highest number among ``children`` that chance leaves inside, whole numbers."""
    low, high = np.zeros_like(expected), np.zeros_like(expected)
    for place in np.flatnonzero((expected > 0) & (children > 0)):
        many, share = int(children[place]), min(float(expected[place] / children[place]), 1.0)
        correlation = (phi - 1) / (many - 1) if many > 1 else 0.0
        numbers = np.arange(many + 1)
        if correlation <= 0 or correlation >= 1 or share >= 1:
            below = binomial_below(numbers, many, share)
        else:
            size = 1 / correlation - 1
            below = beta_binomial_below(numbers, many, share * size, (1 - share) * size)
        low[place] = min(np.searchsorted(below, (1 - inside) / 2), many)
        high[place] = min(np.searchsorted(below, (1 + inside) / 2), many)
    return low, high
