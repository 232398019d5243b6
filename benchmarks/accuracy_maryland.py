"""Small areas: error by year group of Maryland's elementary schools, relative to plain cohort survival.

Run: python benchmarks/accuracy_maryland.py
The error is the sum of absolute errors over the sum of pupils (WAPE). The reference is three-year pooled cohort
survival of each school on its own with the same intake. Base years 2009/10 to
2014/15, and 2017/18 to 2021/22, whose outcomes span 2020/21; 1, 3 and 5 years ahead.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from common import Evidence, as_of, compared, maryland
from placeplan.years import Phase

PERIODS = {"2009/10-2014/15": range(2009, 2015), "2017/18-2021/22": range(2017, 2022)}
PLAIN = {"ratios": {"method": {"progression": "cohort_survival"}, "years": 3, "leave_out": []}}


def errors(sources: list[Evidence], bases: range) -> pd.DataFrame:
    """Absolute error, pupils, and hits of the intervals, summed over all districts, by horizon."""
    rows = []
    for source in sources:
        for base in bases:
            made = as_of(source, base)
            is_open = made.stages[Phase.PRIMARY].base_roll.sum(axis=1) > 0
            for horizon in range(1, 6):
                if base + horizon > source.last_year:
                    continue
                cells = compared(source, made, Phase.PRIMARY, horizon)
                seen = np.isfinite(cells.actual) & is_open[:, None]
                inside = (cells.actual >= cells.limits80[0, :, :-1]) & (
                    cells.actual <= cells.limits80[1, :, :-1]
                )
                rows.append(
                    {
                        "horizon": horizon,
                        "error": np.abs(cells.forecast - cells.actual)[seen].sum(),
                        "signed": (cells.forecast - cells.actual)[seen].sum(),
                        "pupils": cells.actual[seen].sum(),
                        "inside80": inside[seen].sum(),
                        "cells": seen.sum(),
                    }
                )
    return pd.DataFrame(rows).groupby("horizon").sum()


def relative(bases: range, **choices: object) -> pd.DataFrame:
    """WAPE of the default and of plain survival with the same intake, and their ratio."""
    ours = errors(maryland(simulations=300, **choices), bases)
    plain = errors(maryland(simulations=100, **PLAIN), bases)
    shown = pd.DataFrame({"wape": ours["error"] / ours["pupils"], "plain": plain["error"] / plain["pupils"]})
    shown["ratio"] = shown["wape"] / shown["plain"]
    shown["bias"] = ours["signed"] / ours["pupils"]
    shown["coverage80"] = ours["inside80"] / ours["cells"]
    return shown


if __name__ == "__main__":
    for period, bases in PERIODS.items():
        print(f"\n{period}\n{relative(bases).round(3).to_string()}")
