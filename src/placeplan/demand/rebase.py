"""History told on the geography of the base year: rows of areas that were merged, split or redrawn are shared by weight."""

from __future__ import annotations

import pandas as pd

from placeplan.register import Register
from placeplan.years import AcademicYear


def rebased(
    rows: pd.DataFrame,
    changes: pd.DataFrame,
    register: Register,
    base_year: AcademicYear,
    area: str = "area_code",
    year: str = "academic_year",
    amount: str = "pupils",
) -> pd.DataFrame:
    """Return the rows with the years before each change of areas shared out among the new areas.

    ``rows`` names its ``phase`` beside the columns ``area``, ``year`` and ``amount``. A change after the base year counts
    only where its old area is already gone from the table of areas.
    """
    if changes.empty:
        return rows
    present = pd.MultiIndex.from_frame(register.areas[["code", "phase"]])
    gone = ~pd.MultiIndex.from_frame(changes[["old_area", "phase"]]).isin(present)
    due = changes[(changes["from_year"] <= base_year).to_numpy() | gone]
    for from_year in sorted(due["from_year"].unique()):
        rows = _shared_out(rows, due[due["from_year"] == from_year], area, year, amount)
    return rows


def _shared_out(rows: pd.DataFrame, changes: pd.DataFrame, area: str, year: str, amount: str) -> pd.DataFrame:
    """Share the rows of changed areas, in the years before one change, among their new areas."""
    named = changes.rename(columns={"phase": "change_phase", "weight": "change_weight"})
    named = named[["old_area", "change_phase", "from_year", "new_area", "change_weight"]]
    moved = rows.assign(place=range(len(rows))).merge(
        named, left_on=[area, "phase"], right_on=["old_area", "change_phase"]
    )
    moved = moved[moved[year] < moved["from_year"]]
    kept = rows[~pd.Series(range(len(rows))).isin(moved["place"]).to_numpy()]
    moved = moved.assign(**{area: moved["new_area"], amount: moved[amount] * moved["change_weight"]})
    return pd.concat([kept, moved[rows.columns]], ignore_index=True) if len(moved) else rows
