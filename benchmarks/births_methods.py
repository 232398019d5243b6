"""Births beyond those known: error by years ahead of each method on real births, and how often the range held them.

Run: python benchmarks/births_methods.py [--slow]
Births of 77 English authorities (midyears 1997 to 2023) and twelve districts of Maryland (2001/02 to 2023/24) are carried on
from every earlier year that knows eight or more; the mean absolute error is in per cent of the births that came. --slow adds
the methods of statsmodels (ets, ucm), from every third of those years. The last lines are those of
src/placeplan/data/births_errors.csv: what the default rule missed in all series together, and how areas strayed from
their share (English authorities within the whole, the only real births of areas here).
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

from common import ENGLAND, MARYLAND
from placeplan.demand.birthpath import (
    BirthErrors,
    births_errors,
    births_path,
    default_errors,
    misses,
    step_and_slope,
)
from placeplan.project import Births

AHEAD = 10
LEAST_KNOWN = 8
CHOICES = {
    "damped_trend (default)": Births(),
    "damped_trend, 5 years, 0.8": Births(years=5, damping=0.8),
    "damped_trend, 5 years, 0.5": Births(years=5, damping=0.5),
    "damped_trend, 3 years, 0.8": Births(years=3, damping=0.8),
    "level": Births(method="level"),
}
SLOW = {"ets": Births(method="ets"), "ucm": Births(method="ucm")}


def england() -> list[np.ndarray]:
    """Births of each English authority, oldest first."""
    births = pd.read_csv(ENGLAND / "births.csv", dtype={"area_code": str}).sort_values("midyear")
    return [rows["births"].to_numpy(float) for _, rows in births.groupby("area_code")]


def maryland() -> list[np.ndarray]:
    """Births of each district of Maryland, oldest first."""
    files = sorted(MARYLAND.glob("*/births.csv"))
    return [pd.read_csv(file).sort_values("birth_year")["births"].to_numpy(float) for file in files]


def errors(series: list[np.ndarray], choice: Births, every: int = 1) -> list[float]:
    """Mean absolute error in per cent, 1 to ten years ahead."""
    found: list[list[float]] = [[] for _ in range(AHEAD)]
    for births in series:
        logs = np.log(births)
        for end in range(LEAST_KNOWN, len(births), every):
            ahead = min(AHEAD, len(births) - end)
            projected = births[end - 1] * np.exp(births_path(logs[:end], choice, ahead))
            for year, error in enumerate(np.abs(projected / births[end : end + ahead] - 1)):
                found[year].append(100 * float(error))
    return [float(np.mean(year)) for year in found]


def coverage(series: list[np.ndarray]) -> list[float]:
    """Share of births inside the 80% range of the default rule, 1 to ten years ahead."""
    inside: list[list[bool]] = [[] for _ in range(AHEAD)]
    nobody, choice = np.empty((0, 0)), Births()
    for births in series:
        logs = np.log(births)
        for end in range(LEAST_KNOWN, len(births)):
            ahead = min(AHEAD, len(births) - end)
            years = np.arange(1, ahead + 1)
            spread = 1.2816 * np.sqrt(births_errors(logs[:end], choice, nobody, nobody).variance(years))
            missed = logs[end : end + ahead] - logs[end - 1] - births_path(logs[:end], choice, ahead)
            for year, held in enumerate(np.abs(missed) <= spread):
                inside[year].append(bool(held))
    return [float(np.mean(year)) for year in inside]


def table(rows: dict[str, list[float]], decimals: int) -> str:
    """Lay out a row for each method and a column for each year ahead."""
    frame = pd.DataFrame(rows, index=range(1, AHEAD + 1)).T
    return frame.to_string(float_format=lambda value: f"{value:.{decimals}f}")


def defaults() -> BirthErrors:
    """Fit the errors of the default rule to all series together, without leaning on the defaults that stand now."""
    nothing = BirthErrors(0.0, 0.0, 1.0, 0.0)
    gathered = [misses(np.log(births), Births()) for births in (*england(), *maryland())]
    pooled = [np.concatenate(year) for year in zip(*gathered, strict=True)]
    step, slope = step_and_slope(pooled, nothing)
    areas = np.stack(england())
    found = births_errors(np.log(areas.sum(axis=0)), Births(), areas, areas.sum(axis=0))
    return BirthErrors(step, slope, found.noise, found.drift)


def main() -> None:
    """Print the errors, the coverage and the defaults."""
    for name, series in (("England", england()), ("Maryland", maryland())):
        rows = {label: errors(series, choice) for label, choice in CHOICES.items()}
        if "--slow" in sys.argv[1:]:
            rows |= {label: errors(series, choice, every=3) for label, choice in SLOW.items()}
        print(f"{name}, {len(series)} series: mean absolute error in per cent by years ahead")
        print(table(rows, 1))
        print(table({"inside the 80% range": coverage(series)}, 2), "\n")
    print("births_errors.csv now:", default_errors())
    print("learnt from all series:", defaults())


if __name__ == "__main__":
    main()
