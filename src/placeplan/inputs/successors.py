"""Wards told on the areas of today: geography_lookup may still name areas that ``area_changes`` has ended.

weight of a ward in the new area = weight in the old area x weight of the change
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from placeplan.tables import Inputs

TABLE = "geography_lookup"


def with_areas_of_today(inputs: Inputs) -> Inputs:
    """Return the inputs with the wards of primary areas that are no longer in the table areas given to their successors."""
    changes = inputs.table("area_changes")
    changes = changes[changes["phase"] == "primary"]
    if changes.empty or not inputs.has(TABLE):
        return inputs
    areas = inputs.table("areas")
    present = set(areas.loc[areas["phase"] == "primary", "area_code"])
    lookup = inputs.table(TABLE)
    for from_year in sorted(changes["from_year"].unique()):
        due = changes[(changes["from_year"] == from_year) & ~changes["old_area"].isin(present)]
        lookup = _given_on(lookup, due)
    return replace(inputs, tables={**inputs.tables, TABLE: lookup})


def _given_on(lookup: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Rows of areas that have ended, one for each successor; all others as they are."""
    named = changes[["old_area", "new_area", "weight"]].rename(columns={"weight": "part"})
    moved = lookup.merge(named, left_on="area_code", right_on="old_area")
    if moved.empty:
        return lookup
    moved = moved.assign(area_code=moved["new_area"], weight=moved["weight"] * moved["part"])
    kept = lookup[~lookup["area_code"].isin(named["old_area"])]
    return pd.concat([kept, moved[lookup.columns]], ignore_index=True).astype(lookup.dtypes)
