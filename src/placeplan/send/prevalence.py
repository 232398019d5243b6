"""Residents with a plan where only stocks are known: plans for each child of an age, trends that fade, a ceiling.

    rate[a]        = plans[a] / children[a] in the base year
    grown[b, t]    = log(plans[b, t] / sum over a of rate[a, t - 1] * children[a, t])
    slope[b]       = (n[b] * mean of grown[b] + strength * mean of grown of all) / (n[b] + strength)
    raw[a, h]      = rate[a] * exp(slope[b] * sum of damping^i, i = 1 .. h) * children[a, h]
    plans[a, h]    = raw[a, h] * total[h] / sum of raw[h] * held[h]
    held[h]        = min(1, max(ceiling, rate of the base year) / rate of h), both of the ages of Reception to Year 11

``b`` are the age bands of the published tables, ``n`` plans of the band in the base year, ``total`` the forecast of total
plans (``totals.py``: growth of the typical authority, own growth beyond it that fades, plans per pupil that draw together),
or sum of raw for years before that is known. Changes over a break of the sources (``data/send_breaks.csv``) are left out of
the slope. Settings share the plans of an age as they did in the last years. Draws are those of total plans
(``totals.plan_draws``: one level for all cells), each cell Poisson around it. The constants stand in
``data/send_prevalence.csv``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.send.breaks import straddles
from placeplan.send.flow import Path
from placeplan.send.tables import AGES, Plans
from placeplan.send.totals import national, plan_draws, plans_ahead

BANDS = ((0, 4), (5, 10), (11, 15), (16, 19), (20, 25))
"""First and last age of each band."""
AT_SCHOOL = slice(4, 16)
"""Ages of Reception to Year 11."""


@dataclass(frozen=True)
class Trend:
    """Growth of plans for each child a year, in logs: by age, and what was known of it."""

    slope: Array
    """(ages,)."""
    years: tuple[int, ...]
    """Januaries whose growth counts."""


@cache
def constants() -> dict[str, float]:
    """Return the constants of ``data/send_prevalence.csv``."""
    return {row["name"]: float(row["value"]) for row in data_rows("send_prevalence.csv")}


def fading(horizon: int) -> Array:
    """Return how many years' worth of the trend have come by each year ahead, (years ahead,)."""
    return np.cumsum(constants()["damping"] ** np.arange(1, horizon + 1))


def trend_of(stock: Array, children: Array, januaries: tuple[int, ...]) -> Trend:
    """Return the trend of the last years; ``stock`` and ``children`` are (years, ages), children above nothing."""
    count = int(constants()["trend_years"])
    used = [
        at
        for at in range(max(1, len(januaries) - count), len(januaries))
        if not straddles(januaries[at - 1], januaries[at])
    ]
    grown = np.array(
        [band_growth(stock[at - 1], stock[at], children[at - 1], children[at]) for at in used]
    ).reshape(len(used), len(BANDS) + 1)
    known = ~np.isnan(grown)
    mean = np.where(known, grown, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    strength = constants()["strength"]
    slope = np.zeros(AGES)
    for band, (first, last) in enumerate(BANDS):
        plans = float(stock[-1, first : last + 1].sum()) if known[:, band].any() else 0.0
        slope[first : last + 1] = (plans * mean[band] + strength * mean[-1]) / (plans + strength)
    return Trend(slope, tuple(januaries[at] for at in used))


def band_growth(before: Array, after: Array, children_before: Array, children_after: Array) -> Array:
    """Return log growth of plans for each child by band and, last, of all; NaN where a band has none."""
    expected = before / children_before * children_after
    slices = [*(slice(first, last + 1) for first, last in BANDS), slice(0, AGES)]
    pairs = np.array([(after[one].sum(), expected[one].sum()) for one in slices])
    with np.errstate(divide="ignore", invalid="ignore"):
        grown: Array = np.where((pairs > 0).all(axis=1), np.log(pairs[:, 0] / pairs[:, 1]), np.nan)
    return grown


def held_to_total(plans: Array, stock: Array, children: Array, january: int) -> Array:
    """Return plans by year ahead and age held to the forecast of total plans; as they are where England is not known.

    ``stock`` is (years, ages), ``children`` those of the base year; a single year of stocks is taken to have grown as
    England did.
    """
    try:
        known = national(january)
    except ValueError:
        return plans
    last = stock[-1:].sum(axis=1)
    before = stock[-2:-1].sum(axis=1) if len(stock) > 1 else last / np.exp(known.growth)
    before = np.where(before > 0, before, last / np.exp(known.growth))
    pupils = children[AT_SCHOOL].sum() if children[AT_SCHOOL].min() > 1 else np.nan
    total = plans_ahead(last, before, np.array([pupils]), known, len(plans))[0]
    held: Array = plans * (total / plans.sum(axis=1))[:, None]
    return held


def held_to_ceiling(plans: Array, children: Array, before: float, ceiling: float) -> Array:
    """Return plans by age and year ahead held to the ceiling; ``before`` is the rate of the base year at school.

    Both rates are those of ages whose children are known; where none are, nothing is held.
    """
    rate = school_rate(plans, children)
    held: Array = plans * np.minimum(1.0, max(ceiling, before) / np.maximum(rate, 1e-12))[:, None]
    return held


def school_rate(plans: Array, children: Array) -> Array:
    """Return plans for each child of Reception to Year 11 by year, (years, ages) to (years,), of ages that are known."""
    known = (children[:, AT_SCHOOL] > 1.0).all(axis=0)
    own, whole = plans[:, AT_SCHOOL][:, known], children[:, AT_SCHOOL][:, known]
    rate: Array = own.sum(axis=1) / np.maximum(whole.sum(axis=1), 1.0)
    return rate


def prevalence_path(plans: Plans, children: Array, horizon: int, ceiling: float) -> Path:
    """Return expected plans by setting and age; flows are not known (NaN).

    ``children``: (years of plans and years ahead, ages), above nothing; ``ceiling``: plans for each child of Reception to
    Year 11. Raises ValueError where nobody has a plan in the base year.
    """
    stock = plans.stock.sum(axis=1)
    if not stock[-1].sum() > 0:
        raise ValueError("nobody has a plan in the last year; a rate needs some")
    now, ahead = children[len(plans.years) - 1], children[len(plans.years) :][:horizon]
    trend = trend_of(stock, children[: len(plans.years)], tuple(int(year) + 1 for year in plans.years))
    expected = stock[-1] / now * np.exp(trend.slope * fading(horizon)[:, None]) * ahead
    expected = held_to_total(expected, stock, now, int(plans.years[-1]) + 1)
    before = float(school_rate(stock[-1:], now[None])[0])
    expected = held_to_ceiling(expected, ahead, before, ceiling)
    nothing = np.full(horizon, np.nan)
    return Path(expected[:, None, :] * setting_shares(plans), nothing, nothing)


def setting_shares(plans: Plans) -> Array:
    """Return how the plans of an age go over settings, (settings, ages): those of the last years, leaning on its band."""
    held = plans.stock[-int(constants()["pooled_years"]) :].sum(axis=0)
    general = np.zeros_like(held)
    for first, last in BANDS:
        of_band = held[:, first : last + 1].sum(axis=1)
        whole = of_band if of_band.sum() > 0 else held.sum(axis=1)
        general[:, first : last + 1] = (whole / whole.sum())[:, None]
    shares: Array = (held + general) / (held.sum(axis=0) + 1.0)
    return shares


def prevalence_draws(central: Array, draws: int, random: np.random.Generator) -> Path:
    """Return drawn plans around the expected ones, (years, settings, ages); whole, flows not known."""
    level = plan_draws(np.ones((1, len(central))), draws, random)[:, 0]
    drawn = random.poisson(central * level[:, :, None, None])
    nothing = np.full((draws, len(central)), np.nan)
    return Path(drawn, nothing, nothing)
