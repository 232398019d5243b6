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
    """Return the arrays of the years without a gap up to the last stock; ValueError where there is none."""
    held, flowing = (np.zeros(len(rows), dtype=np.int64) for rows in (specialist, flows))
    return read_groups(specialist, flows, held, flowing, 1)[0]


def read_groups(
    specialist: pd.DataFrame, flows: pd.DataFrame, held: Array, flowing: Array, count: int
) -> list[Plans]:
    """Return the plans of ``count`` groups of children, all over the same years; ValueError as ``read_plans``.

    ``held``, ``flowing``: number of the group of each row of the two tables.
    """
    known = set(specialist["academic_year"].astype(int))
    if not known:
        raise ValueError("plans are needed for one year at least")
    last = max(known)
    first = max(year for year in range(min(known), last + 1) if year - 1 not in known)
    years = tuple(AcademicYear(year) for year in range(first, last + 1))
    stock = _cells(specialist, years, ("setting",), held, count)
    named = {"new": ("to_setting",), "ceased": ("from_setting",), "move": ("from_setting", "to_setting")}
    of_flow = {flow: (flows["flow"] == flow).to_numpy() for flow in named}
    new, ceased, moves = (
        _cells(flows[of_flow[flow]], years, settings, flowing[of_flow[flow]], count)
        for flow, settings in named.items()
    )
    return [Plans(years, *parts) for parts in zip(stock, new, ceased, moves, strict=True)]


def _cells(
    rows: pd.DataFrame, years: tuple[AcademicYear, ...], settings: tuple[str, ...], group: Array, groups: int
) -> Array:
    """Return sums of pupils by group, year, settings and age.

    Rows without count, age or setting, or of other years, are left out.
    """
    ages = rows["age"].fillna(rows["year_group"] + AGE_OF_RECEPTION).to_numpy(dtype=float)
    number = {one: at for at, one in enumerate(SETTINGS)}
    places = [rows[name].map(number).to_numpy(dtype=float) for name in settings]
    year = rows["academic_year"].to_numpy(dtype=float) - int(years[0])
    index = np.stack([group, year, *places, ages])
    pupils = rows["pupils"].to_numpy(dtype=float)
    known = ~np.isnan(index).any(axis=0) & ~np.isnan(pupils)
    known &= (year >= 0) & (year < len(years)) & (ages >= 0) & (ages < AGES)
    found = np.zeros((groups, len(years), *(len(SETTINGS) for _ in settings), AGES))
    np.add.at(found, tuple(index[:, known].astype(int)), pupils[known])
    return found
