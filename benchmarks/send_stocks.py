"""Stocks by age band and by placement of 77 authorities, forecast as ``placeplan.send.prevalence`` does and by simple rules.

Each base year knows only what was known in its January; children of the years ahead are those of that January grown older,
Reception as in that January. Plans of a band go over its ages as children do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd

from common import DATA, ENGLAND
from placeplan.arrays import Array
from placeplan.send.make import by_age
from placeplan.send.prevalence import BANDS, constants, prevalence_draws, prevalence_path
from placeplan.send.tables import AGES, SETTINGS, Plans
from placeplan.years import AcademicYear

FOLDER = DATA / "england_sen2"
NAMES = tuple(f"{first}-{last}" for first, last in BANDS)
PLACEMENTS = ("mainstream", "special", "alternative_provision", "further_education", "elsewhere")
FIRST_PUPILS = 2012
Rule = Callable[[Array, Array, Array, int], Array]
"""From plans (years, bands), children (years, bands) and children ahead (bands,) to plans (bands,) so many years ahead."""


@cache
def bands() -> dict[int, pd.DataFrame]:
    """Return plans by band (columns) and authority (rows) of each January, 2010 to 2022."""
    long = pd.read_csv(FOLDER / "bands.csv.gz").fillna({"20-25": 0.0})
    return {int(str(year)): own.set_index("area_code")[list(NAMES)] for year, own in long.groupby("year")}


@cache
def placements() -> dict[int, pd.DataFrame]:
    """Return plans by placement (columns) and authority (rows) of each January, 2019 to 2025."""
    long = pd.read_csv(FOLDER / "placements.csv.gz")
    return {
        int(str(year)): own.set_index("area_code")[list(PLACEMENTS)] for year, own in long.groupby("year")
    }


@cache
def _rolls() -> dict[str, Array]:
    """Return pupils by authority, (Januaries from ``FIRST_PUPILS``, Reception to Year 11)."""
    groups = ["R", *(str(group) for group in range(1, 12))]
    long = pd.read_csv(ENGLAND / "rolls.csv").sort_values("academic_year")
    return {str(code): own[groups].to_numpy(float) for code, own in long.groupby("area_code")}


@cache
def children(code: str, first: int, base: int, ahead: int) -> Array:
    """Return children by age, (Januaries from first to base and years ahead, ages), as known in January of ``base``."""
    known = _rolls()[code][: max(base - FIRST_PUPILS, 0) + 1]
    years = [*known]
    while FIRST_PUPILS + len(years) <= base + ahead:
        years.append(np.concatenate([known[-1][:1], years[-1][:-1]]))
    start = FIRST_PUPILS - 1
    long = pd.DataFrame(np.stack(years), index=range(start, start + len(years))).stack().reset_index()
    long.columns = pd.Index(["year", "group", "pupils"])
    return by_age(long, AcademicYear(first - 1), base - first + 1 + ahead)


def spread(plans: Array, among: Array) -> Array:
    """Return plans by age from those of bands, (…, ages), as children of each age are."""
    found = np.zeros((len(plans), AGES))
    for at, (first, last) in enumerate(BANDS):
        own = among[:, first : last + 1]
        found[:, first : last + 1] = plans[:, at : at + 1] * own / own.sum(axis=1, keepdims=True)
    return found


def in_bands(by_ages: Array) -> Array:
    """Return sums by band of the last axis."""
    return np.stack([by_ages[..., first : last + 1].sum(axis=-1) for first, last in BANDS], axis=-1)


def as_plans(stock: Array, first: int) -> Plans:
    """Return plans without flows, ``stock`` (years, settings, ages); settings beyond those given have none."""
    whole = np.zeros((len(stock), len(SETTINGS), AGES))
    whole[:, : stock.shape[1]] = stock
    years = tuple(AcademicYear(first - 1 + at) for at in range(len(stock)))
    moves = np.zeros((len(stock), len(SETTINGS), len(SETTINGS), AGES))
    return Plans(years, whole, np.zeros_like(whole), np.zeros_like(whole), moves)


def ours(first: int, base: int, ahead: int) -> tuple[Array, Array, Array]:
    """Return placeplan's plans by band, and the 80% interval of all plans, of every authority so many years ahead."""
    central, low, high = [], [], []
    for place, code in enumerate(codes()):
        stock = np.stack([bands()[year].loc[code].to_numpy(float) for year in range(first, base + 1)])
        known = children(code, first, base, ahead)
        plans = as_plans(spread(stock, known[: len(stock)])[:, None], first)
        path = prevalence_path(plans, known, ahead, constants()["ceiling"])
        central.append(in_bands(path.stock[-1].sum(axis=0)))
        random = np.random.default_rng([base, ahead, place])
        drawn = prevalence_draws(path.stock, 300, random).stock[:, -1].sum(axis=(1, 2))
        low.append(np.quantile(drawn, 0.1))
        high.append(np.quantile(drawn, 0.9))
    return np.stack(central), np.array(low), np.array(high)


def codes() -> list[str]:
    """Return the authorities that have bands in every year."""
    return sorted(set.intersection(*(set(frame.index) for frame in bands().values())))


def simple(first: int, base: int, ahead: int) -> dict[str, Array]:
    """Return plans by band (authorities, bands) by the simple rules, so many years ahead."""
    from_year = max(base - 4, min(bands()))
    five = np.stack([bands()[year].loc[codes()].to_numpy(float) for year in range(from_year, base + 1)])
    now = five[-1]
    at = np.arange(len(five)) - len(five) + 1.0
    slope = ((at - at.mean())[:, None, None] * five).sum(axis=0) / max(((at - at.mean()) ** 2).sum(), 1e-9)
    line = np.maximum(five.mean(axis=0) + slope * (ahead - at.mean()), 0.0)
    grown = np.stack([in_bands(children(code, first, base, ahead)) for code in codes()])
    return {
        "no change": now,
        "straight line, five years": line,
        "constant prevalence": now * grown[:, -1] / grown[:, -1 - ahead],
    }


def error(found: Array, base: int, ahead: int) -> Array:
    """Return mean absolute percentage errors over authorities by band and, last, of all ages."""
    actual = bands()[base + ahead].loc[codes()].to_numpy(float)
    both = [np.concatenate([one, one.sum(axis=1, keepdims=True)], axis=1) for one in (found, actual)]
    known = both[1] > 0
    each = np.where(known, np.abs(both[0] / np.where(known, both[1], 1.0) - 1.0), 0.0)
    found: Array = each.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return found


BEFORE_2023 = {1: range(2016, 2022), 3: range(2016, 2020), 5: range(2016, 2018)}
"""Base years by years ahead, after the reform and with outcomes before the source changed."""
BEFORE_2014 = {1: range(2011, 2014), 3: range(2011, 2012)}
"""The same where base year and outcome are counts of statements."""
RULES = ("placeplan", "no change", "straight line, five years", "constant prevalence")


def band_errors(bases: dict[int, range], first: int) -> tuple[dict[str, dict[int, Array]], dict[int, float]]:
    """Return errors by rule and years ahead (bands and all ages), and the share within the 80% interval of all ages."""
    found: dict[str, dict[int, Array]] = {name: {} for name in RULES}
    covered = {}
    for ahead, years in bases.items():
        each: dict[str, list[Array]] = {name: [] for name in RULES}
        inside = []
        for base in years:
            central, low, high = ours(first, base, ahead)
            actual = bands()[base + ahead].loc[codes()].to_numpy(float).sum(axis=1)
            inside.append(np.mean((actual >= low) & (actual <= high)))
            for name, rule in {"placeplan": central, **simple(first, base, ahead)}.items():
                each[name].append(error(rule, base, ahead))
        covered[ahead] = float(np.mean(inside))
        for name, errors in each.items():
            found[name][ahead] = np.mean(errors, axis=0)
    return found, covered


def stock_tables() -> dict[str, tuple[list[str], list[list[str]]]]:
    """Return head and rows of the tables of age bands by name."""
    late, covered = band_errors(BEFORE_2023, 2015)
    early, _ = band_errors(BEFORE_2014, 2010)
    ahead = list(BEFORE_2023)
    whole = [[name, *(f"{late[name][step][-1]:.1%}" for step in ahead)] for name in RULES]
    whole.append(["in placeplan's 80% interval", *(f"{covered[step]:.0%}" for step in ahead)])
    single = [[name, *(f"{share:.0%}" for share in late[name][3][:-1])] for name in RULES]
    reform = [[name, *(f"{early[name][step][-1]:.1%}" for step in BEFORE_2014)] for name in RULES]
    return {
        "bands": (["Rule", *(f"{step} ahead" for step in ahead)], whole),
        "bands-by-age": (["Rule, 3 ahead", *(f"{name}" for name in NAMES)], single),
        "statements": (["Rule", *(f"{step} ahead" for step in BEFORE_2014)], reform),
    }
