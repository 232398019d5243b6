"""The tables ``specialist`` and ``specialist_flows`` as arrays by year, setting and age."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.years import AcademicYear

SETTINGS = (
    "mainstream", "unit", "resourced_provision", "state_special", "non_maintained_special", "independent",
    "alternative_provision", "other",
)  # fmt: skip
AGES = 26
"""Ages 0 to 25 at 31 August before the year."""
AGE_OF_RECEPTION = 4


@dataclass(frozen=True)
class Plans:
    """Residents with a plan at each January census and what happened in the twelve months before it."""

    years: tuple[AcademicYear, ...]
    stock: Array
    """Children, (years, settings, ages)."""
    new: Array
    """New plans by setting named, (years, settings, ages)."""
    ceased: Array
    """Plans ceased by setting before, (years, settings, ages)."""
    moves: Array
    """Moves, (years, setting before, setting after, ages)."""

    @property
    def oldest(self) -> int:
        """The highest age at which anybody had a plan in the last three years; who is older is out of sight."""
        held = self.stock[-3:].sum(axis=(0, 1))
        return int(np.flatnonzero(held > 0).max(initial=0))


def read_plans(specialist: pd.DataFrame, flows: pd.DataFrame) -> Plans:
    """Return the arrays of all years from the first to the last stock; a year without rows is a ValueError."""
    held = sorted(set(specialist["academic_year"].astype(int)))
    if not held or held[-1] - held[0] + 1 != len(held):
        raise ValueError("plans are needed for every year from the first to the last")
    years = tuple(AcademicYear(year) for year in held)
    at = {flow: flows[flows["flow"] == flow] for flow in ("new", "ceased", "move")}
    count = len(SETTINGS)
    return Plans(
        years=years,
        stock=_cells(specialist, years, ("setting",)).reshape(-1, count, AGES),
        new=_cells(at["new"], years, ("to_setting",)).reshape(-1, count, AGES),
        ceased=_cells(at["ceased"], years, ("from_setting",)).reshape(-1, count, AGES),
        moves=_cells(at["move"], years, ("from_setting", "to_setting")).reshape(-1, count, count, AGES),
    )


def _cells(rows: pd.DataFrame, years: tuple[AcademicYear, ...], settings: tuple[str, ...]) -> Array:
    """Return sums of pupils, flat, by year, settings and age.

    Rows without count, age or setting, or of other years, are left out.
    """
    ages = rows["age"].fillna(rows["year_group"] + AGE_OF_RECEPTION).to_numpy(dtype=float)
    places = [
        rows[name].map({one: at for at, one in enumerate(SETTINGS)}).to_numpy(dtype=float)
        for name in settings
    ]
    year = rows["academic_year"].to_numpy(dtype=float) - int(years[0])
    index = np.stack([year, *places, ages])
    pupils = rows["pupils"].to_numpy(dtype=float)
    known = ~np.isnan(index).any(axis=0) & ~np.isnan(pupils)
    known &= (year >= 0) & (year < len(years)) & (ages >= 0) & (ages < AGES)
    shape = (len(years), *(len(SETTINGS) for _ in settings), AGES)
    found = np.zeros(shape)
    np.add.at(found, tuple(index[:, known].astype(int)), pupils[known])
    flat: Array = found.reshape(-1)
    return flat
