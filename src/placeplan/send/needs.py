"""Needs kept through the forecast: each need with its own flows, held to the forecast of all needs.

    raw[n, s, a]    the stock with flows of ``flow.py`` for the plans of one need
    plans[n, s, a]  = all[s, a] * raw[n, s, a] / sum over n of raw[n, s, a]

Shares of a need lean on those of all needs: (children of the need + strength * share of all) / (children + strength). New
plans are shared out as the new plans of the pooled years were. Where only stocks are known, ``raw`` is the mix of the last
years at each setting and age. A need does not change. Plans without a need are one of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.send.flow import Rates, central_path, constants, older
from placeplan.send.tables import SETTINGS, Plans, read_groups
from placeplan.years import AcademicYear

NOT_KNOWN = "not known"


@dataclass(frozen=True)
class Needs:
    """Plans by need: names, those of the base year (needs, settings, ages) and ahead (years, needs, settings, ages)."""

    names: tuple[str, ...]
    before: Array
    ahead: Array


def read_needs(specialist: pd.DataFrame, flows: pd.DataFrame) -> dict[str, Plans]:
    """Return the plans of each need by its name, all over the same years; empty where no plan names one."""
    named, flowing = _named(specialist), _named(flows)
    if (named == NOT_KNOWN).all():
        return {}
    names = sorted(set(named), key=lambda name: (name == NOT_KNOWN, name))
    number = {name: place for place, name in enumerate(names)}
    held, flow = (column.map(number).fillna(-1).to_numpy(dtype=np.int64) for column in (named, flowing))
    plans = read_groups(specialist, flows[flow >= 0], held, flow[flow >= 0], len(names))
    return dict(zip(names, plans, strict=True))


def needs_ahead(by_need: dict[str, Plans], stock: Array, rates: Rates | None) -> Needs:
    """Return plans by need; ``stock`` are those of all needs ahead, (years, settings, ages), ``rates`` theirs."""
    raw = _mix_of_stocks(by_need, len(stock)) if rates is None else _flowing(by_need, rates)
    total = raw.sum(axis=1, keepdims=True)
    spread = raw.sum(axis=(2, 3), keepdims=True) / np.maximum(
        raw.sum(axis=(1, 2, 3))[:, None, None, None], 1e-9
    )
    shares = np.where(total > 0, raw / np.where(total > 0, total, 1.0), spread)
    return Needs(
        tuple(by_need), np.stack([plans.stock[-1] for plans in by_need.values()]), stock[:, None] * shares
    )


def needs_table(base: AcademicYear, needs: Needs, drawn: Array, random: np.random.Generator) -> pd.DataFrame:
    """Return send_needs.csv: residents with a plan by need and setting, all ages.

    ``drawn`` are draws by setting, (draws, years, settings); a draw shares its plans out over needs at the expected mix.
    """
    rows = []
    for at in range(len(needs.ahead)):
        expected = needs.ahead[at].sum(axis=2)
        counts = _shared_out(expected, drawn[:, at], random)
        blocks = [*zip(SETTINGS, expected.T, counts.transpose(2, 0, 1), strict=True)]
        blocks.append(("total", expected.sum(axis=1), counts.sum(axis=2)))
        for setting, pupils, draws in blocks:
            low, high = np.quantile(draws, (0.1, 0.9), axis=0)
            rows += [
                (need, setting, str(base + (at + 1)), float(pupils[n]), float(low[n]), float(high[n]))
                for n, need in enumerate(needs.names)
            ]
    return pd.DataFrame(rows, columns=["need", "setting", "academic_year", "pupils", "p10", "p90"])


def _shared_out(expected: Array, drawn: Array, random: np.random.Generator) -> Array:
    """Return draws by need and setting, (draws, needs, settings), whose sums are those of ``drawn`` to the nearest whole."""
    total = expected.sum(axis=0)
    mix = np.where(total > 0, expected / np.where(total > 0, total, 1.0), 1.0 / len(expected))
    whole = np.rint(drawn).astype(np.int64)
    counts: Array = random.multinomial(whole, mix.T).transpose(0, 2, 1)
    return counts


def _flowing(by_need: dict[str, Plans], rates: Rates) -> Array:
    """Return the stock of each need ahead by flows of its own, (years, needs, settings, ages)."""
    pooled, strength = int(constants()["pooled_years"]), constants()["strength"]
    made = np.stack([plans.new[-pooled:].sum(axis=0) for plans in by_need.values()])
    of_setting = made.sum(axis=2, keepdims=True)
    general = of_setting / np.maximum(of_setting.sum(axis=0), 1.0)
    split = (made + general) / np.maximum((made + general).sum(axis=0), 1e-9)
    paths = []
    for plans, share in zip(by_need.values(), split, strict=True):
        risk = older(plans.stock[-pooled - 1 : -1]).sum(axis=0)
        left = np.concatenate(
            [
                plans.moves[-pooled:].sum(axis=0).transpose(0, 2, 1),
                plans.ceased[-pooled:].sum(axis=0)[..., None],
            ],
            axis=2,
        )
        same = np.arange(len(SETTINGS))
        left[same, :, same] += np.maximum(risk - left.sum(axis=2), 0.0)
        going = (left + strength * rates.going) / (left.sum(axis=2) + strength)[..., None]
        paths.append(central_path(plans.stock[-1], Rates(going, rates.new * share, 0.0)).stock)
    return np.stack(paths, axis=1)


def _mix_of_stocks(by_need: dict[str, Plans], years: int) -> Array:
    """Return the mix of the last years at each setting and age, leaning on that of the setting, for every year ahead."""
    pooled, strength = int(constants()["pooled_years"]), constants()["strength"]
    held = np.stack([plans.stock[-pooled:].sum(axis=0) for plans in by_need.values()])
    of_setting = held.sum(axis=2, keepdims=True)
    general = of_setting / np.maximum(of_setting.sum(axis=0), 1.0)
    return np.repeat((held + strength * general)[None], years, axis=0)


def _named(rows: pd.DataFrame) -> pd.Series:
    return rows["need"].fillna("").str.strip().str.upper().replace("", NOT_KNOWN)
