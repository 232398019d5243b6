"""What settings cost and how they are paid: by place with a top-up, or by placement; from the user's table, else by rate.

``data/send_funding.csv`` says how each setting is paid and which dated rate holds where ``specialist_places`` gives no cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from placeplan.datafiles import data_rows
from placeplan.send.tables import SETTINGS
from placeplan.years import AcademicYear

BY_PLACE, BY_PLACEMENT, TOP_UP_ALONE = "place", "placement", "top-up"
OWN_TABLE = "specialist_places"
NO_RATE = "not known: give it in specialist_places"


@dataclass(frozen=True)
class Price:
    """Pounds a year for one place or child, NaN where not known, and where the figure comes from."""

    amount: float
    source: str


@dataclass(frozen=True)
class Prices:
    """The prices of one setting: of a place (or of a placement, where it is paid so) and of the top-up."""

    place: Price
    top_up: Price


@cache
def _funding() -> dict[str, dict[str, str]]:
    return {row["setting"]: row for row in data_rows("send_funding.csv")}


def paid_by(setting: str) -> str:
    """Return how a setting is paid: ``place``, ``placement`` or ``top-up``."""
    return _funding()[setting]["paid_by"]


def rate_items() -> tuple[str, ...]:
    """Return the items of the table of rates that stand in where a cost is not given."""
    return tuple(sorted({row["rate_item"] for row in _funding().values()} - {""}))


def prices_of(places: pd.DataFrame, base: AcademicYear, rates: Mapping[str, Price]) -> dict[str, Prices]:
    """Return the prices of each setting: means of the last year up to the base year, by places where they are given.

    ``rates``: prices by item of the table of rates, for settings whose own cost is not given.
    """
    known = places[places["academic_year"] <= int(base)]
    found = {}
    for setting in SETTINGS:
        own = known[known["setting"] == setting]
        rate = rates.get(_funding()[setting]["rate_item"], Price(np.nan, NO_RATE))
        found[setting] = Prices(
            _mean(own, "cost_per_place", rate), _mean(own, "top_up", Price(np.nan, NO_RATE))
        )
    return found


def _mean(rows: pd.DataFrame, column: str, instead: Price) -> Price:
    given = rows[rows[column].notna()]
    if given.empty:
        return instead
    last = given[given["academic_year"] == given["academic_year"].max()]
    weights = last["places"].fillna(0.0).to_numpy(dtype=float)
    weights = weights if weights.sum() > 0 else np.ones(len(last))
    amount = float(np.average(last[column].to_numpy(dtype=float), weights=weights))
    return Price(amount, f"{OWN_TABLE}, {AcademicYear(int(last['academic_year'].iloc[0]))}")
