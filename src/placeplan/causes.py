"""Causes for which a forecast differs from an earlier one, in the order in which ``diff`` replaces them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from placeplan.frames import TOTAL

CAUSES = ("boundary", "rolls", "births", "transfers", "ratios", "method", "housing", "adjustments")
SCHOOL_SHARE = "school_share"
COUNTS = 0.5
"""Half a pupil: what moves a figure by less is not named."""


def largest(table: pd.DataFrame, geography: str, phase: str) -> list[dict[str, Any]]:
    """Return the phase totals of one geography in the last year of diff.csv, the largest change first."""
    here = (table["geography"] == geography) & (table["phase"] == phase) & (table["year_group"] == TOTAL)
    rows = table[here]
    rows = rows[rows["academic_year"] == rows["academic_year"].max()]
    ranked = rows.assign(_size=rows["change"].abs().round(9))
    ranked = ranked.sort_values(["_size", "code"], ascending=[False, True], kind="stable")
    return [{str(name): value for name, value in row.items()} for row in ranked.to_dict("records")]


def main_causes(row: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Return the causes that move a figure by at least half a pupil, the largest first."""
    moved = [
        (cause, float(row[cause])) for cause in (*CAUSES, SCHOOL_SHARE) if abs(float(row[cause])) >= COUNTS
    ]
    return sorted(moved, key=lambda one: (-abs(one[1]), one[0]))
