"""What a scenario does to the tables of housing: homes late, left out or built at another rate, and other yields."""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeplan.operations import HousingEdit
from placeplan.tables import Inputs
from placeplan.years import AcademicYear

ALL = "all"
"""What stands for everything under drop."""
LATEST = 60
"""Homes built so slowly that they come more than so many years after the base year are left out."""


def housing_tables(inputs: Inputs, edit: HousingEdit, base_year: AcademicYear) -> dict[str, pd.DataFrame]:
    """Return the tables housing and yields as an edit leaves them; homes completed before the base year stay."""
    housing, yields = inputs.table("housing").copy(), inputs.table("yields").copy()
    ahead = housing["academic_year"] >= base_year
    out = housing["site_id"].isin(edit.drop) | (ALL in edit.drop)
    out |= bool(edit.only) & ~housing["site_id"].isin(edit.only)
    housing = housing[~(ahead & out)].reset_index(drop=True)
    if edit.build_out:
        housing = built_at(housing, 1.0 + edit.build_out / 100.0, base_year)
    ahead = housing["academic_year"] >= base_year
    housing.loc[ahead, "academic_year"] += edit.delay or 0
    yields["pupils_per_dwelling"] *= 1.0 + (edit.yields or 0.0) / 100.0
    return {"housing": housing, "yields": yields}


def built_at(housing: pd.DataFrame, rate: float, base_year: AcademicYear) -> pd.DataFrame:
    """Return the table with homes still to come built at another rate, from the first year of each site that is ahead.

    The homes of a year that begins k years after that are spread evenly from k / rate to (k + 1) / rate years after it;
    their number stays. Rows that this parts keep their ``row``, so that what is said once of a row still counts once.
    """
    ahead = housing["academic_year"] >= base_year
    rows = housing[ahead]
    if rows.empty:
        return housing
    start = rows.groupby("site_id")["academic_year"].transform("min")
    begins = (rows["academic_year"] - start).to_numpy(float) / rate
    ends = begins + 1.0 / rate
    years = np.arange(LATEST)
    inside = np.minimum(ends[:, None], years + 1.0) - np.maximum(begins[:, None], years)
    share = np.maximum(inside, 0.0) * rate
    row, later = np.nonzero(share > 1e-12)
    spread = rows.iloc[row].assign(
        academic_year=start.to_numpy()[row] + later,
        dwellings=rows["dwellings"].to_numpy(float)[row] * share[row, later],
    )
    return pd.concat([housing[~ahead], spread], ignore_index=True)
