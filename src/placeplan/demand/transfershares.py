"""Transfer matrices: where the leavers of each area go, and where the intake of each area comes from.

    leavers[from, to] = sum over years of 0.7^(years ago) × pupils / the same sum of leavers
    intake[from, to]  = the same sum of pupils / the same sum of everyone who came into ``to``

Averaged over the years, an odd year damped by the others, and normalised: the leavers' shares of an area add up to 1, those
who are in no row counted as gone to ``OUT``, and so do the intake's shares. Inside the authority the leavers' shares are
the weights of the link that the forecast uses (``links``).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeplan.demand.history import History
from placeplan.demand.links import RECENCY, known_flows
from placeplan.register import Register
from placeplan.tables import Inputs
from placeplan.years import YEAR_SEVEN, phase_of, year_group_label

OUTSIDE = "OUT"


def transfer_shares(inputs: Inputs, register: Register, history: History) -> list[pd.DataFrame]:
    """Return a matrix for each year group that transfers lead into; ``pupils`` is the weighted mean a year."""
    table = inputs.table("transfers")
    into = table["into_year_group"].fillna(YEAR_SEVEN)
    made = []
    for group in sorted({int(one) for one in into[table["pupils"].notna()]}):
        flows = known_flows(
            table[(into == group) & table["pupils"].notna()], inputs, group, register, history
        )
        if len(flows):
            matrix = _matrix(flows, _leavers(flows, register, history, group), int(history.base_year))
            years = np.unique(flows["academic_year"].to_numpy(np.int64))
            made.append(
                matrix.assign(
                    into_year_group=year_group_label(group),
                    years=len(years),
                    first_year=years[0],
                    last_year=years[-1],
                )
            )
    return made


def _leavers(flows: pd.DataFrame, register: Register, history: History, group: int) -> pd.Series[float]:
    """Weighted sum of the year group below in the years before the flows, by area code."""
    rows = register.area_rows(phase_of(group - 1))
    below = np.nan_to_num(history.area_roll[rows, group - 1])
    total = np.zeros(len(rows))
    for year in np.unique(flows["academic_year"].to_numpy(np.int64)):
        total += RECENCY ** (int(history.base_year) - year) * below[:, year - 1 - history.years[0]]
    return pd.Series(total, index=list(register.areas["code"].iloc[rows]))


def _matrix(flows: pd.DataFrame, leavers: pd.Series[float], base_year: int) -> pd.DataFrame:
    """One row for each pair of areas, with the leavers whom no row names as gone out."""
    weight = RECENCY ** (base_year - flows["academic_year"])
    whole = float(weight.groupby(flows["academic_year"]).first().sum())
    last = flows["academic_year"] == flows["academic_year"].max()
    moved = flows.assign(weighted=flows["pupils"] * weight, last=flows["pupils"].where(last, 0.0))
    pairs = moved.groupby(["from_area", "to_area"])[["weighted", "last"]].sum()
    came = pairs.groupby("to_area")["weighted"].transform("sum")
    intake = pairs["weighted"] / came.where(came > 0)
    inside = [code for code in pairs.index.get_level_values(0).unique() if code != OUTSIDE]
    named = pairs["weighted"].groupby("from_area").sum().reindex(inside)
    missing = (leavers.reindex(inside).fillna(0.0) - named).clip(lower=0.0)
    gone = pd.DataFrame({"weighted": missing, "last": 0.0, "from_area": inside, "to_area": OUTSIDE})
    every = pd.concat([pairs, gone.set_index(["from_area", "to_area"])]).groupby(level=[0, 1]).sum()
    left = every.groupby("from_area")["weighted"].transform("sum")
    rows = pd.DataFrame(
        {
            "pupils": every["weighted"] / whole,
            "leavers_share": every["weighted"] / left.where(left > 0),
            "intake_share": intake.reindex(every.index),
            "last_pupils": every["last"],
        }
    ).reset_index()
    rows["leavers_share"] = rows["leavers_share"].where(rows["from_area"] != OUTSIDE)
    rows["intake_share"] = rows["intake_share"].where(rows["to_area"] != OUTSIDE)
    return rows[(rows["pupils"] > 0)].reset_index(drop=True)
