"""What the benchmarks of high needs share: plans and pupils of 77 authorities by year of the January census."""

from __future__ import annotations

from functools import cache

import pandas as pd

from common import DATA, ENGLAND


@cache
def plans() -> pd.DataFrame:
    """Return plans by authority (rows) and year (columns)."""
    long = pd.read_csv(DATA / "england_sen2" / "plans.csv.gz")
    return long.pivot(index="area_code", columns="year", values="plans")


@cache
def pupils() -> pd.DataFrame:
    """Return pupils of Reception to Year 11 by authority (rows of ``plans``) and year (columns)."""
    rolls = pd.read_csv(ENGLAND / "rolls.csv")
    groups = ["R", *(str(group) for group in range(1, 12))]
    rolls["pupils"] = rolls[groups].sum(axis=1)
    wide = rolls.pivot_table(index="area_code", columns="academic_year", values="pupils")
    wide.columns = pd.Index([int(year[:4]) + 1 for year in wide.columns])
    return wide.reindex(plans().index)
