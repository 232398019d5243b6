"""Residents with a plan beside pupils on roll: two populations, never added, set beside each other.

Residents live in the authority, wherever they are placed; pupils on roll are in its mainstream schools, wherever they live.
A resident is within the mainstream roll if their setting is a mainstream school, a unit or resourced provision in the area
and they are of the age of Reception to Year 14.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from placeplan.results import Result
from placeplan.send.area import in_area_shares
from placeplan.send.flow import Path
from placeplan.send.tables import AGE_OF_RECEPTION, SETTINGS, Plans
from placeplan.years import Phase

COLUMNS = [
    "academic_year",
    "population",
    "group",
    "pupils",
    "within_roll",
    "in_units",
    "out_of_area",
    "elsewhere",
    "basis",
]
ON_ROLL, UNITS = ("mainstream",), ("unit", "resourced_provision")
RESIDENTS, PUPILS, TOTAL = "residents with a plan", "pupils on roll", "total"
SCHOOL_AGES = slice(AGE_OF_RECEPTION, AGE_OF_RECEPTION + 15)


def reconciliation(plans: Plans, central: Path, specialist: pd.DataFrame, result: Result) -> pd.DataFrame:
    """Return send_reconciliation.csv: residents by setting and where they are counted, and pupils on roll, by year.

    ``within_roll`` and ``in_units`` are within the roll of the authority's mainstream schools, ``out_of_area`` are placed
    outside it, ``elsewhere`` are in other settings in the area or of another age; the four add up to ``pupils``. The
    share placed out of the area stays that of the base year; blank where ``in_area`` is not known.
    """
    shares = in_area_shares(specialist, plans.years[-1])
    rolls = rolls_by_year(result)
    rows: list[dict[str, Any]] = []
    for at, stock in enumerate([plans.stock[-1], *central.stock]):
        year = str(plans.years[-1] + at)
        basis = "known" if at == 0 else "forecast"
        rows += _residents(stock, shares, year, basis)
        groups = {"mainstream schools": rolls.get(year, np.nan)}
        if at == 0:
            groups |= _with_plan(result)
        for group, pupils in groups.items():
            blank = (np.nan,) * 4
            rows.append(dict(zip(COLUMNS, (year, PUPILS, group, pupils, *blank, basis), strict=True)))
    return pd.DataFrame(rows, columns=COLUMNS)


def _residents(stock: Any, shares: Any, year: str, basis: str) -> Iterator[dict[str, Any]]:
    """Give residents by setting and all together."""
    found = []
    for place, setting in enumerate(SETTINGS):
        whole, school_age = float(stock[place].sum()), float(stock[place, SCHOOL_AGES].sum())
        inside = shares.get(setting, np.nan if whole else 1.0)
        here = school_age * inside
        within = here if setting in ON_ROLL else 0.0
        units = here if setting in UNITS else 0.0
        out = whole * (1 - inside)
        found.append((setting, whole, within, units, out, whole - within - units - out))
    total = (TOTAL, *(float(np.sum([row[at] for row in found])) for at in range(1, 6)))
    for row in (*found, total):
        yield dict(zip(COLUMNS, (year, RESIDENTS, *row, basis), strict=True))


def rolls_by_year(result: Result) -> dict[str, float]:
    """Return pupils on roll of mainstream schools by year, past and ahead; not of years that lack a phase."""
    ahead = result.frames["forecast"]
    both = pd.concat([result.frames["history"], ahead[ahead["scenario"] == result.scenarios[0]]])
    own = both[
        (both["geography"] == "authority") & (both["year_group"] == TOTAL) & both["phase"].isin(list(Phase))
    ]
    wide = own.pivot_table(index="academic_year", columns="phase", values="pupils", aggfunc="sum")
    return {str(year): float(pupils) for year, pupils in wide.sum(axis=1, skipna=False).dropna().items()}


def _with_plan(result: Result) -> dict[str, float]:
    """Return pupils of mainstream schools with a plan and in units in the base year, where rolls say so."""
    rolls = result.inputs.table("rolls")
    now = rolls[
        (rolls["academic_year"] == int(result.base_year))
        & (rolls["census"] == result.project.census)
        & rolls["urn"].isin(set(result.frames["schools"]["urn"]))
    ]
    columns = {"of these with a plan": "plan_pupils", "of these in units": "unit_pupils"}
    return {name: float(now[column].sum()) for name, column in columns.items() if now[column].notna().any()}
