"""The forecast parts of the return: mainstream by planning area in whole numbers, contributions, specialist."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.frames import TOTAL
from placeplan.returns.basis import SPECIALIST, Basis
from placeplan.returns.layouts import Layout
from placeplan.returns.rounding import apportion, half_up, whole_numbers
from placeplan.tables import rows_of
from placeplan.years import AcademicYear


def wanted_years(basis: Basis, layout: Layout, part: str) -> list[str]:
    """Return the academic years that a part of the return asks for."""
    return [str(AcademicYear(int(basis.base_year) + step)) for step in range(1, layout.years[part] + 1)]


def forecast_rows(basis: Basis, layout: Layout) -> list[dict[str, Any]]:
    """Return pupils by planning area, year and year group, whole numbers that add up to the authority's rounded totals."""
    frame = basis.frames["forecast"]
    mine = (frame["geography"] == "area") & (frame["scenario"] == basis.scenario)
    rows = frame[mine & (frame["year_group"] != TOTAL)]
    inside = [
        year in wanted_years(basis, layout, phase)
        for year, phase in zip(rows["academic_year"], rows["phase"], strict=True)
    ]
    rows = rows[inside].reset_index(drop=True)
    whole = whole_numbers(rows, "pupils", ["phase", "academic_year"], ["code"])
    contributions = np.minimum(contribution_pupils(basis, rows), whole)
    return [
        {
            "la_code": basis.project.authority.la_code, "area_code": row.code, "area_name": row.name,
            "phase": row.phase, "academic_year": row.academic_year, "year_group": row.year_group,
            "pupils": int(pupils), "contributions": int(funded),
        }
        for row, pupils, funded in zip(rows_of(rows), whole, contributions, strict=True)
    ]  # fmt: skip


def contribution_pupils(basis: Basis, rows: pd.DataFrame) -> Array:
    """Return the pupils of new homes for whom places are secured, (rows), whole numbers.

    In each area, phase and year: the run's pupils from housing, at most the places secured by then; shared over the year
    groups as the pupils from housing are. Secured places are read from the table housing, at the first year of the site.
    """
    found = np.zeros(len(rows), dtype=np.int64)
    secured = secured_places(basis)
    housing = np.maximum(np.nan_to_num(rows["housing"].to_numpy(float)), 0.0)
    groups: dict[tuple[str, str, str], list[int]] = {}
    for place, row in enumerate(rows_of(rows)):
        groups.setdefault((row.code, row.phase, row.academic_year), []).append(place)
    for (code, phase, year), places in groups.items():
        start = int(AcademicYear.parse(year))
        limit = sum(
            count for area, held, since, count in secured if area == code and held == phase and since <= start
        )
        total = min(half_up(float(housing[places].sum())), half_up(limit))
        found[places] = apportion(housing[places], total)
    return found


def secured_places(basis: Basis) -> list[tuple[str, str, int, float]]:
    """Return area, phase, first year of completions and secured places of each housing site."""
    table = basis.inputs.table("housing")
    found = []
    for _, site in table.groupby("site_id", sort=False):
        first = int(site["academic_year"].min())
        for phase, area, column in (
            ("primary", "area_code", "secured_places_primary"),
            ("secondary", "secondary_area", "secured_places_secondary"),
        ):
            count, where = float(np.nan_to_num(site[column].max())), [code for code in site[area] if code]
            if count and where:
                found.append((str(where[0]), phase, first, count))
    return found


def specialist_forecast_rows(basis: Basis) -> list[dict[str, Any]]:
    """Return the specialist forecasts of the run, none if it has none."""
    frame = basis.frames.get(SPECIALIST)
    if frame is None or frame.empty:
        return []
    names = ("planning_area", "phase", "provision", "academic_year", "year_group")
    return [
        {**{name: str(getattr(row, name)) for name in names}, "pupils": half_up(float(row.pupils))}
        for row in rows_of(frame)
    ]
