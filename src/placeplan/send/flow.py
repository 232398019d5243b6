"""Residents with a plan as a stock with flows: ageing, ceased plans, moves between settings, new plans.

    older[s, a]    = stock[s, a - 1] of the year before; who turns 26, or is older than anybody known, leaves
    stock[s', a]   = sum over s of older[s, a] * kept[s, a, s'] + new[s', a]
    kept[s, a, s'] = share that is in s' a year later; what is missing from 1 has ceased
    new[s, a]      = mean of the pooled years * pupils[a] / pupils of those years * exp(slope * sum of damping^i)

Shares are pooled: (cell + strength * prior) / (children of the cell + strength). The prior of ceasing is the rate of the
age over all settings; that of moving is the rate of the setting times how much more often children of the age move than
their settings would say, so that transfer points stay. The slope is that of the log of new plans for each pupil of the age
over the last ``trend_years``, or those since new plans are known. Draws send each child to exactly one setting or out
(multinomial), new plans are Poisson around a level that wanders by what the past left unexplained. A few years of one
authority say little of how far its total may stray: ``widened`` multiplies all cells of a draw by one level, so that the
total is no surer than total plans were on 77 authorities (``totals.plan_spread``). The constants stand in
``data/send_flow.csv``.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache

import numpy as np

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.send.tables import Plans
from placeplan.send.totals import plan_draws, plan_spread


@dataclass(frozen=True)
class Rates:
    """What carries plans from one year to the next."""

    going: Array
    """Shares of older children by setting after, ceased last, (settings, ages, settings + 1); each sums to 1."""
    new: Array
    """Expected new plans, (years ahead, settings, ages)."""
    spread: float
    """Standard deviation of the log of new plans around their trend."""


@dataclass(frozen=True)
class Path:
    """Plans and flows ahead; a first axis of draws where drawn."""

    stock: Array
    """(…, years ahead, settings, ages)."""
    new: Array
    """Plans made, (…, years ahead)."""
    left: Array
    """Plans ceased, those who turn 26 among them, (…, years ahead)."""


@cache
def constants() -> dict[str, float]:
    """Return the constants of ``data/send_flow.csv``."""
    return {row["name"]: float(row["value"]) for row in data_rows("send_flow.csv")}


def older(stock: Array) -> Array:
    """Return the stock a year older, (…, ages): nobody is 0, who was 25 is gone."""
    return np.concatenate([np.zeros_like(stock[..., :1]), stock[..., :-1]], axis=-1)


def pooled_rates(plans: Plans, pupils: Array, horizon: int, trend: bool = True) -> Rates:
    """Return the rates of the years ahead.

    ``pupils`` are children by age, (years of plans and years ahead, ages), above nothing; their level does not matter.
    Without ``trend`` new plans for each pupil stay as they are.
    Raises ValueError if fewer years of flows are known than are pooled.
    """
    pooled, trended = int(constants()["pooled_years"]), int(constants()["trend_years"])
    if len(plans.years) <= pooled or not np.all(plans.new.sum(axis=(1, 2))[-pooled:] > 0):
        raise ValueError(
            f"new plans are needed for each of the last {pooled} years, and plans the year before"
        )
    known = len(plans.years)
    each = plans.new[-pooled:].mean(axis=0) / pupils[known - pooled : known].mean(axis=0)
    told = _told(plans.new[-trended:])
    slope, spread = _trend(plans.new[known - told :], pupils[known - told : known])
    slope = slope if trend else 0.0
    ahead = np.arange(1, horizon + 1) + (pooled - 1) / 2
    damping = constants()["trend_damping"]
    grown = np.exp(slope * damping * (1 - damping**ahead) / (1 - damping))
    new = each * pupils[known : known + horizon, None, :] * grown[:, None, None]
    return Rates(_going(plans, pooled), new, spread)


def _told(new: Array) -> int:
    """Return for how many years up to the last new plans are known without a gap."""
    bare = np.flatnonzero(~(new.sum(axis=(1, 2)) > 0))
    return len(new) - (int(bare[-1]) + 1 if len(bare) else 0)


def _trend(new: Array, pupils: Array) -> tuple[float, float]:
    """Return slope a year and unexplained standard deviation of the log of new plans for each pupil of the age."""
    totals = new.sum(axis=1)
    expected = (totals.mean(axis=0) * pupils / pupils.mean(axis=0)).sum(axis=1)
    ratio = np.log(np.maximum(totals.sum(axis=1), 1.0) / np.maximum(expected, 1.0))
    if len(ratio) < 3:
        return 0.0, float(np.std(ratio))
    at = np.arange(len(ratio))
    slope, level = np.polyfit(at, ratio, 1)
    left = ratio - level - slope * at
    return float(slope), float(np.sqrt((left**2).sum() / (len(ratio) - 2)))


def _going(plans: Plans, pooled: int) -> Array:
    """Return pooled shares by setting after, ceased last."""
    risk = older(plans.stock[-pooled - 1 : -1]).sum(axis=0)
    leaving = np.concatenate(
        [plans.moves[-pooled:].sum(axis=0).transpose(0, 2, 1), plans.ceased[-pooled:].sum(axis=0)[..., None]],
        axis=2,
    )
    strength = constants()["strength"]
    moved = leaving[..., :-1].sum(axis=1) / np.maximum(risk.sum(axis=1), 1.0)[:, None]
    expected = (moved.sum(axis=1)[:, None] * risk).sum(axis=0)
    of_age = leaving[..., :-1].sum(axis=(0, 2)) / np.where(expected > 0, expected, 1.0)
    move_prior = np.minimum(moved[:, None, :] * of_age[None, :, None], 1.0)
    cease_prior = leaving[..., -1].sum(axis=0) / np.maximum(risk.sum(axis=0), 1.0)
    prior = np.concatenate(
        [move_prior, np.repeat(cease_prior[None, :, None], risk.shape[0], axis=0)], axis=2,
    )  # fmt: skip
    shares = (leaving + strength * prior) / (risk + strength)[..., None]
    shares /= np.maximum(shares.sum(axis=2, keepdims=True), 1.0)
    same = np.arange(risk.shape[0])
    shares[same, :, same] += 1.0 - shares.sum(axis=2)
    going: Array = np.clip(shares, 0.0, 1.0)
    beyond = slice(plans.oldest + 1, None)
    going[:, beyond], going[:, beyond, -1] = 0.0, 1.0
    return going


def central_path(stock: Array, rates: Rates) -> Path:
    """Return the expected plans of the years ahead from the stock of the base year, (settings, ages)."""
    stocks, left = [], []
    for new in rates.new:
        going = older(stock)[..., None] * rates.going
        left.append(going[..., -1].sum() + stock[:, -1].sum())
        stock = going[..., :-1].sum(axis=0).T + new
        stocks.append(stock)
    return Path(np.stack(stocks), rates.new.sum(axis=(1, 2)), np.array(left))


def drawn_path(stock: Array, rates: Rates, draws: int, random: np.random.Generator) -> Path:
    """Return drawn plans of the years ahead; every child of a draw is in one setting or has left."""
    now = np.repeat(np.rint(stock)[None].astype(np.int64), draws, axis=0)
    wander = np.cumsum(rates.spread * random.standard_normal((draws, len(rates.new))), axis=1)
    stocks, made, left = [], [], []
    for at, expected in enumerate(rates.new):
        going = random.multinomial(older(now), rates.going)
        new = random.poisson(expected * np.exp(wander[:, at, None, None]))
        left.append(going[..., -1].sum(axis=(1, 2)) + now[..., -1].sum(axis=1))
        now = going[..., :-1].sum(axis=1).transpose(0, 2, 1) + new
        stocks.append(now)
        made.append(new.sum(axis=(1, 2)))
    return Path(np.stack(stocks, axis=1), np.stack(made, axis=1), np.stack(left, axis=1))


def widened(drawn: Path, seed: int) -> Path:
    """Return the draws with their total at least as uncertain as total plans were; stocks are then no longer whole."""
    draws, years = drawn.stock.shape[:2]
    random = np.random.Generator(np.random.SFC64([seed, zlib.crc32(b"send level")]))
    own = np.log(np.maximum(drawn.stock.sum(axis=(2, 3)), 1.0)).std(axis=0)
    missing = np.sqrt(np.clip(1.0 - (own / plan_spread(years)) ** 2, 0.0, 1.0))
    level = plan_draws(np.ones((1, years)), draws, random)[:, 0] ** missing
    return Path(drawn.stock * level[:, :, None, None], drawn.new, drawn.left)
