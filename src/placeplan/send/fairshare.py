"""Who admits in-year, fair-access and managed-move pupils, against what a school's size would lead one to expect."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import poisson

from placeplan.send.disclosure import hidden_cells, setting_of

COLUMNS = ["urn", "school_name", "phase", "kind", "roll", "admitted", "expected", "low", "high", "reading",
           "suppressed"]  # fmt: skip
KINDS = ("in_year", "fair_access", "managed_move")
PRIMARY_GROUPS = 7
"""Year groups below this are primary."""


def fair_share_table(admissions: pd.DataFrame, rolls: pd.DataFrame) -> pd.DataFrame:
    """Return send_fair_share.csv: admissions of the last twelve months by school, phase and kind, in the order of URN.

    ``rolls`` has urn, school_name, phase and pupils of the base year. Expected is the phase's admissions times the
    school's share of its pupils. ``low`` and ``high`` are the limits of a funnel at 99.8% (exact Poisson, so that they
    hold for small schools): ``above`` or ``below`` is beyond them, all else is ``as expected``. It is no league table.
    Counts too small to show, and what would give them away, are blank with their reading.
    """
    if admissions.empty:
        return pd.DataFrame(columns=COLUMNS)
    recent = admissions[admissions["date"] > admissions["date"].max() - pd.DateOffset(years=1)]
    primary = recent["year_group"] < PRIMARY_GROUPS
    secondary = (recent["year_group"] < 12) & ~primary
    chosen = {"primary": recent[primary], "secondary": recent[secondary]}
    parts = [
        _one(rows[rows["kind"] == kind], rolls[rolls["phase"] == phase].sort_values("urn"), phase, kind)
        for phase, rows in chosen.items()
        for kind in KINDS
    ]
    return pd.concat(parts, ignore_index=True)


def _one(rows: pd.DataFrame, rolls: pd.DataFrame, phase: str, kind: str) -> pd.DataFrame:
    """Return the rows of one phase and kind."""
    taken = rows.groupby("urn").size()
    admitted = taken.reindex(rolls["urn"], fill_value=0).to_numpy(dtype=float)
    pupils = rolls["pupils"].to_numpy(dtype=float)
    expected = admitted.sum() * pupils / max(pupils.sum(), 1.0)
    low, high = poisson.ppf(0.001, expected), poisson.ppf(0.999, expected)
    reading = np.where(admitted > high, "above", np.where(admitted < low, "below", "as expected"))
    lowest = setting_of("lowest_shown")
    hidden = hidden_cells(admitted, lowest)
    if 0 < admitted.sum() < lowest:
        hidden, expected = hidden | True, np.full(len(rolls), np.nan)
        low = high = expected
    return pd.DataFrame(
        {
            "urn": rolls["urn"].to_numpy(), "school_name": rolls["school_name"].to_numpy(), "phase": phase,
            "kind": kind, "roll": pupils, "admitted": np.where(hidden, np.nan, admitted), "expected": expected,
            "low": low, "high": high, "reading": np.where(hidden, "", reading).astype(object),
            "suppressed": np.where(hidden, "yes", "no").astype(object),
        }
    )[COLUMNS]  # fmt: skip
