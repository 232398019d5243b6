"""Measures of forecasts beside outcomes, for each method, geography, phase and horizon.

    error      = (forecast - actual) / actual of a phase total, the scorecard's; above 0 the forecast was too high
    mape       = mean |error|;   median_ape = median |error|;   bias = mean error
    wape       = sum |forecast - actual| / sum actual over year groups, so that a pupil too many in one year group does
                 not make up for one too few in another
    coverage80 = share of phase totals between p10 and p90, coverage90 between p05 and p95; ``…_year_groups`` likewise

``n`` counts phase totals, ``cells`` year groups. Cells in which nobody came have no relative error and are left out of
the first three.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeplan.frames import TOTAL
from placeplan.tables import output_columns

KEYS = ["method", "geography", "phase", "horizon"]
GEOGRAPHIES = ("authority", "area")


def with_errors(cells: pd.DataFrame) -> pd.DataFrame:
    """Return rows of backtest.csv with ``error``, ``size`` (its absolute value) and whether the ranges held."""
    actual = cells["actual"].to_numpy(float)
    miss = cells["forecast"].to_numpy(float) - actual
    error = np.where(actual > 0, miss / np.where(actual > 0, actual, 1.0), np.nan)
    return cells.assign(
        error=error,
        size=np.abs(error),
        miss=np.abs(miss),
        within80=_within(cells, "p10", "p90"),
        within90=_within(cells, "p05", "p95"),
    )


def totals(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the phase totals with their errors."""
    return with_errors(cells[cells["year_group"] == TOTAL])


def summary(cells: pd.DataFrame) -> pd.DataFrame:
    """Return backtest_summary.csv from backtest.csv, in the order of methods, authority before areas."""
    judged = with_errors(cells)
    is_total = judged["year_group"] == TOTAL
    whole, single = (judged[part].groupby(KEYS, sort=False) for part in (is_total, ~is_total))
    found = whole.agg(
        n=("size", "count"),
        mape=("size", "mean"),
        median_ape=("size", "median"),
        bias=("error", "mean"),
        coverage80=("within80", "mean"),
        coverage90=("within90", "mean"),
    )
    sums = single.agg(
        miss=("miss", "sum"),
        pupils=("actual", "sum"),
        cells=("miss", "count"),
        coverage80_year_groups=("within80", "mean"),
        coverage90_year_groups=("within90", "mean"),
    )
    found = found.join(sums, how="left").reset_index()
    pupils = found["pupils"].to_numpy(float)
    found["wape"] = np.where(pupils > 0, found["miss"] / np.where(pupils > 0, pupils, 1.0), np.nan)
    return _ordered(found, list(dict.fromkeys(cells["method"])))[list(output_columns("backtest_summary"))]


def _within(cells: pd.DataFrame, low: str, high: str) -> pd.Series:
    return (cells["actual"] >= cells[low]) & (cells["actual"] <= cells[high])


def _ordered(found: pd.DataFrame, methods: list[str]) -> pd.DataFrame:
    """Rows in the order of methods, then authority and areas; phases are already in theirs."""
    place = found["method"].map(methods.index) * len(GEOGRAPHIES) + found["geography"].map(GEOGRAPHIES.index)
    phases = list(dict.fromkeys(found["phase"]))
    order = found.assign(place=place, at=found["phase"].map(phases.index))
    return order.sort_values(["place", "at", "horizon"], kind="stable").reset_index(drop=True)
