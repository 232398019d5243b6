"""accuracy.csv: forecasts made earlier beside the rolls that came."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from placeplan.demand.tally import with_total
from placeplan.forecasting import Forecast
from placeplan.frames import TOTAL, stacked
from placeplan.project import Project
from placeplan.tables import output_columns, rows_of
from placeplan.years import AcademicYear, Phase, year_group_label

WHOLE = -1
"""Stands for the total of a phase among year groups."""


def accuracy_table(previous: pd.DataFrame, forecast: Forecast, project: Project) -> pd.DataFrame:
    """accuracy.csv: earlier forecasts against the rolls that came, (forecast - actual) / actual."""
    rows = previous[previous["academic_year"] <= forecast.history.base_year]
    if rows.empty:
        return stacked([], output_columns("accuracy"))
    actual = _actual_rolls(forecast, set(rows["area_code"]))
    found = []
    for phase in Phase:
        for row in rows_of(_of_phase(rows, phase, forecast)):
            came = actual.get((row.area_code, phase, int(row.academic_year), int(row.year_group)))
            if came and row.pupils == row.pupils:
                found.append(_beside(row, came, phase, project.authority.la_code))
    return stacked([pd.DataFrame(found)], output_columns("accuracy"))


def _of_phase(rows: pd.DataFrame, phase: Phase, forecast: Forecast) -> pd.DataFrame:
    """Forecasts of the year groups of a phase, then of its total where all that are taught were forecast."""
    inside = rows[rows["year_group"].isin(list(phase.year_groups))]
    keys = ["area_code", "made_in", "academic_year"]
    by_cell = inside.groupby(keys, sort=True)
    whole = by_cell["pupils"].sum(min_count=1).reset_index()
    complete = by_cell["year_group"].nunique() == len(forecast.history.groups_taught(phase))
    whole = whole[complete.to_numpy()].assign(year_group=WHOLE)
    return pd.concat([inside[[*keys, "year_group", "pupils"]], whole], ignore_index=True)


def _beside(row: Any, came: float, phase: Phase, la_code: str) -> dict[str, Any]:
    """One earlier forecast beside what came, as a row of the table."""
    group = int(row.year_group)
    return {
        "geography": "area" if row.area_code else "authority",
        "code": row.area_code or la_code,
        "phase": phase.value,
        "year_group": TOTAL if group == WHOLE else year_group_label(group),
        "target_year": str(AcademicYear(int(row.academic_year))),
        "made_in": str(AcademicYear(int(row.made_in))),
        "horizon": int(row.academic_year - row.made_in),
        "forecast": row.pupils,
        "actual": came,
        "error": (row.pupils - came) / came,
    }


def _actual_rolls(forecast: Forecast, wanted: set[str]) -> dict[tuple[str, Phase, int, int], float]:
    """Known rolls by area code wanted ('' for the authority), phase, year and year group or ``WHOLE``."""
    return {
        (code, phase, year, group): pupils
        for phase in Phase
        if forecast.history.groups_taught(phase)
        for code, year, group, pupils in _rolls(forecast, phase)
        if code in wanted and np.isfinite(pupils)
    }


def _rolls(forecast: Forecast, phase: Phase) -> Iterator[tuple[str, int, int, float]]:
    """Each area's and the authority's rolls: code, year, year group or ``WHOLE``, pupils."""
    history, rows = forecast.history, forecast.register.area_rows(phase)
    groups = history.groups_taught(phase)
    roll = with_total(history.area_roll[np.ix_(rows, np.array(groups))], 1)
    cells = np.concatenate([roll, roll.sum(axis=0, keepdims=True)])
    for unit, code in enumerate([*forecast.register.areas["code"].iloc[rows], ""]):
        for place, group in enumerate([*groups, WHOLE]):
            for year, pupils in zip(history.years, cells[unit, place], strict=True):
                yield code, int(year), group, float(pupils)
