"""Total plans of an authority, from its own history and what was known of England.

    log P[b+h] = log P[b] + sum of e[i] + own_weight * gap * sum of own_damping^i - rich * (1 - (1 - k)^h),  i = 1 .. h
    e[i]       = g + momentum * (g - g') * sum of momentum_damping^j,                                        j = 0 .. i - 1

P are plans (persons, January), b the base year, g and g' England's last two growths (in logs), gap the authority's last
growth less g, rich the log of its plans per pupil less that of all authorities, k the share of that difference that closes
in a year. An authority whose pupils are not known has rich = 0. Draws add walk * sqrt(h) and drift * h, both in logs,
normal. The constants stand in ``data/send_method.csv``, England's figures by year in ``data/england_plans.csv``; both say
their source.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from placeplan.arrays import Array
from placeplan.datafiles import data_rows


@dataclass(frozen=True)
class National:
    """What was known of England in January of one year."""

    year: int
    growth: float
    """Log growth of all plans in the last year."""
    growth_before: float
    plans_per_pupil: float
    """Plans for each pupil in Reception to Year 11; NaN if not known."""
    convergence: float
    """Share of the difference in plans per pupil that closed in a year, from years up to this one."""


@dataclass(frozen=True)
class Constants:
    """The constants of the method."""

    own_weight: float
    own_damping: float
    momentum: float
    momentum_damping: float
    walk: float
    drift: float


@cache
def constants() -> Constants:
    """Return the constants of ``data/send_method.csv``."""
    return Constants(**{row["name"]: float(row["value"]) for row in data_rows("send_method.csv")})


def national(year: int) -> National:
    """Return England as known in January of ``year``, or of the last year before it; ValueError if there is none."""
    plans = {int(row["year"]): row for row in data_rows("england_plans.csv")}
    known = [at for at in plans if at <= year and at - 2 in plans]
    if not known:
        raise ValueError(f"England's plans are not known for {year} and the two years before")
    last = max(known)
    total = [float(plans[last - back]["plans"]) for back in range(3)]
    row = plans[last]
    return National(
        year=last,
        growth=float(np.log(total[0] / total[1])),
        growth_before=float(np.log(total[1] / total[2])),
        plans_per_pupil=float(row["plans_per_pupil"] or "nan"),
        convergence=float(row["convergence"] or 0.0),
    )


def national_path(known: National, horizon: int, using: Constants) -> Array:
    """Return England's expected log growth since the base year, (years ahead,)."""
    ahead = np.arange(1, horizon + 1)
    change = using.momentum * (known.growth - known.growth_before)
    return np.cumsum(known.growth + change * np.cumsum(using.momentum_damping ** (ahead - 1)))


def plans_ahead(
    last: Array, before: Array, pupils: Array, known: National, horizon: int, using: Constants | None = None
) -> Array:
    """Return the central number of plans, (authorities, years ahead).

    ``last`` and ``before`` are plans of the base year and the year before, ``pupils`` those of Reception to Year 11 in
    the base year, NaN where not known; each (authorities,). Raises ValueError if plans are not above nothing.
    """
    if not (np.all(last > 0) and np.all(before > 0)):
        raise ValueError("plans must be above nothing in the last two years")
    using = using or constants()
    ahead = np.arange(1, horizon + 1)
    gap = np.log(last / before) - known.growth
    carried = using.own_weight * gap[:, None] * np.cumsum(using.own_damping**ahead)
    rich = np.nan_to_num(np.log(last / pupils) - np.log(known.plans_per_pupil))
    closing = rich[:, None] * (1.0 - (1.0 - known.convergence) ** ahead)
    path: Array = last[:, None] * np.exp(national_path(known, horizon, using) + carried - closing)
    return path


def plan_draws(
    central: Array, draws: int, random: np.random.Generator, using: Constants | None = None
) -> Array:
    """Return drawn numbers of plans, (draws, authorities, years ahead), with the central path as their median."""
    using = using or constants()
    authorities, horizon = central.shape
    steps = using.walk * random.standard_normal((draws, authorities, horizon))
    slope = using.drift * random.standard_normal((draws, authorities, 1))
    drawn: Array = central * np.exp(np.cumsum(steps + slope, axis=2))
    return drawn


def plan_spread(horizon: int, using: Constants | None = None) -> Array:
    """Return the standard deviation of the log of drawn plans, (years ahead,)."""
    using = using or constants()
    ahead = np.arange(1, horizon + 1)
    spread: Array = np.sqrt(ahead * using.walk**2 + (ahead * using.drift) ** 2)
    return spread
