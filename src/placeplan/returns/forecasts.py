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

    In each area, phase and year: the sum over housing sites of the site's pupils, at most the places secured from its
    developer; shared over the year groups as the run's pupils from housing are.
    """
    found = np.zeros(len(rows), dtype=np.int64)
    housing = np.maximum(np.nan_to_num(rows["housing"].to_numpy(float)), 0.0)
    sites = basis.frames.get("housing_pupils")
    if sites is None or sites.empty:
        return found
    sites = sites[sites["scenario"] == basis.scenario]
    secured = np.nan_to_num(sites["secured_places"].to_numpy(float))
    funded = np.minimum(sites["pupils"].to_numpy(float), secured)
    keys = ["area_code", "phase", "academic_year"]
    by_area = sites.assign(funded=funded).groupby(keys)["funded"].sum().to_dict()
    groups: dict[tuple[str, str, str], list[int]] = {}
    for place, row in enumerate(rows_of(rows)):
        groups.setdefault((row.code, row.phase, row.academic_year), []).append(place)
    for key, places in groups.items():
        total = min(half_up(float(housing[places].sum())), half_up(float(by_area.get(key, 0.0))))
        found[places] = apportion(housing[places], total)
    return found


def secured_places(basis: Basis) -> list[tuple[str, str, int, float]]:
    """Return area, phase, first year of completions and secured places of each housing site."""
    table, areas = basis.inputs.table("housing"), basis.inputs.table("areas")
    primary = areas[areas["phase"] == "primary"]
    fed = table["area_code"].map(dict(zip(primary["area_code"], primary["feeds"], strict=True))).fillna("")
    table = table.assign(secondary_area=table["secondary_area"].where(table["secondary_area"] != "", fed))
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
