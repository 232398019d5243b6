"""Total plans of an authority, from its own history and what was known of other authorities.

    log P[b+h] = log P[b] + h * g + sum of n[i],  i = 1 .. h
    n[0] = own last growth - g, held within 15 per cent
    n[i] = persistence * n[i-1] - convergence * r[i-1]
    r[0] = log of plans per pupil, less that of England, held within 0.8;  r[i] = r[i-1] + n[i]

P are plans (persons, January), b the base year, g the growth of the typical authority in the last year (in logs), n what an
authority grows beyond it, r how much richer in plans its pupils are. An authority whose pupils are not known has r[0] = 0.
Persistence and convergence of a base year rest on growths up to that year (``benchmarks/send_national.py``): none of
them, and no g, is chosen on what came after. Draws add walk * sqrt(h) and drift * h, both in logs, normal. Figures by year
stand in ``data/england_plans.csv``, the spread in ``data/send_method.csv``; both say their source.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from placeplan.arrays import Array
from placeplan.datafiles import data_rows

WITHIN = 0.15
"""How far, in logs, growths beyond that of the typical authority count: more is taken for a fault or a single event."""


FURTHEST = 0.8
"""How far, in logs, plans per pupil lie from those of England at most: none of 77 was further from 2016 to 2022."""


@dataclass(frozen=True)
class National:
    """What was known of the authorities of England in January of one year."""

    year: int
    growth: float
    """Log growth of the typical authority's plans in the last year."""
    plans_per_pupil: float
    """Plans for each pupil in Reception to Year 11; NaN if not known."""
    convergence: float
    """Share of the difference in plans per pupil that closed in a year, from years up to this one."""
    persistence: float
    """Share of an authority's growth beyond the typical one that came again a year later, from years up to this one."""


@dataclass(frozen=True)
class Constants:
    """The spread of drawn plans."""

    walk: float
    drift: float


@cache
def constants() -> Constants:
    """Return the constants of ``data/send_method.csv``."""
    return Constants(**{row["name"]: float(row["value"]) for row in data_rows("send_method.csv")})


def national(year: int) -> National:
    """Return what was known in January of ``year``; ValueError if nothing was.

    What a later row leaves blank is that of the row before, plans per pupil grow on; where the growth of the typical
    authority is blank, that of all plans stands in. So does all after the last row.
    """
    rows = [row for row in data_rows("england_plans.csv") if int(row["year"]) <= year]
    if len(rows) < 2:
        raise ValueError(f"the growth of plans in England is not known for {year} and the year before")
    each, closing, again = (float("nan"), 0.0, 0.0)
    for before, row in pairwise(rows):
        growth = float(row["typical_growth"] or np.log(float(row["plans"]) / float(before["plans"])))
        each = float(row["plans_per_pupil"] or each * np.exp(growth))
        closing, again = float(row["convergence"] or closing), float(row["persistence"] or again)
    last = int(rows[-1]["year"])
    return National(last, growth, each * float(np.exp(growth * (year - last))), closing, again)


def plans_ahead(last: Array, before: Array, pupils: Array, known: National, horizon: int) -> Array:
    """Return the central number of plans, (authorities, years ahead).

    ``last`` and ``before`` are plans of the base year and the year before, ``pupils`` those of Reception to Year 11 in
    the base year, NaN where not known; each (authorities,). Raises ValueError if plans are not above nothing.
    """
    if not (np.all(last > 0) and np.all(before > 0)):
        raise ValueError("plans must be above nothing in the last two years")
    beyond = np.clip(np.log(last / before) - known.growth, -WITHIN, WITHIN)
    apart = np.nan_to_num(np.log(last / pupils) - np.log(known.plans_per_pupil))
    start = np.clip(apart, -FURTHEST, FURTHEST)
    rich, grown = start, []
    for ahead in range(1, horizon + 1):
        beyond = known.persistence * beyond - known.convergence * rich
        rich = rich + beyond
        grown.append(ahead * known.growth + rich - start)
    path: Array = last[:, None] * np.exp(np.stack(grown, axis=1))
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
