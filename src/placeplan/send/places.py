"""Commissioned places against residents who need one in the area, by setting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.send.flow import Path
from placeplan.send.tables import SETTINGS
from placeplan.years import AcademicYear

SHARED = "alternative_provision"


def in_area_shares(specialist: pd.DataFrame, year: AcademicYear) -> Mapping[str, float]:
    """Return the share of residents of each setting who are placed in the area, where that is said."""
    rows = specialist[(specialist["academic_year"] == int(year)) & specialist["in_area"].isin(["yes", "no"])]
    total = rows.groupby("setting")["pupils"].sum()
    inside = (
        rows[rows["in_area"] == "yes"].groupby("setting")["pupils"].sum().reindex(total.index, fill_value=0)
    )
    return {
        str(setting): float(inside[setting] / total[setting]) for setting in total.index if total[setting] > 0
    }


def places_table(
    commissioned: pd.DataFrame, shares: Mapping[str, float], base: AcademicYear, central: Path, drawn: Path
) -> pd.DataFrame:
    """Return send_places.csv: demand in the area, places, those for its own residents, chance of shortfall.

    The last year of places that a setting has is carried forward. Left out are settings without places
    or ``in_area``, and alternative provision, whose places pupils without a plan use too.
    """
    rows: list[dict[str, Any]] = []
    for setting in SETTINGS:
        if setting == SHARED:
            continue
        own = commissioned[(commissioned["setting"] == setting) & commissioned["places"].notna()]
        for at in range(central.stock.shape[-3]):
            year = base + (at + 1)
            known = own[own["academic_year"] <= int(year)]
            if setting not in shares or known.empty:
                continue
            now = known[known["academic_year"] == known["academic_year"].max()]
            cell = at, SETTINGS.index(setting)
            rows.append(
                _row(
                    setting, year, now, shares[setting], central.stock[cell], drawn.stock[:, cell[0], cell[1]]
                )
            )
    columns = [
        "setting",
        "academic_year",
        "demand",
        "places",
        "used_by_others",
        "surplus",
        "probability_of_shortfall",
    ]
    return pd.DataFrame(rows, columns=columns)


def chance_of_shortfall(demand: Array, places: float) -> float:
    """Return the share of draws in which demand exceeds places."""
    return float(np.mean(demand > places))


def _row(
    setting: str, year: AcademicYear, now: pd.DataFrame, share: float, expected: Array, drawn: Array
) -> dict[str, Any]:
    places, others = float(now["places"].sum()), float(now["places_used_by_others"].sum())
    demand = share * float(expected.sum())
    return {
        "setting": setting, "academic_year": str(year), "demand": demand, "places": places, "used_by_others": others,
        "surplus": places - others - demand,
        "probability_of_shortfall": chance_of_shortfall(share * drawn.sum(axis=-1), places - others),
    }  # fmt: skip
