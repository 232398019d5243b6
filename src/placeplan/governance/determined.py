"""Admission numbers that were determined otherwise than the year before and stand in no planned change.

Each is set beside its neighbours: what the area admits with it and would have admitted without it, and the chance that
the area's intake exceeds either, read from the quantiles of the forecast (linear between them, never below 5 or above 95 per
cent).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from placeplan.forecasting import Forecast
from placeplan.keydates import admissions_round
from placeplan.problems import Finding
from placeplan.supply.decisions import Route, route_of
from placeplan.supply.rules import DecisionRules
from placeplan.tables import Inputs, output_columns, rows_of
from placeplan.years import AcademicYear, phase_of, year_group_label

_LEVELS = (("p05", 0.05), ("p10", 0.10), ("p50", 0.50), ("p90", 0.90), ("p95", 0.95))
RULE = "pan-changed-unplanned"


@dataclass(frozen=True)
class _Number:
    """An admission number that changed: site in the register, year group, year, before and after, row of the table."""

    site: int
    group: int
    year: int
    before: float
    after: float
    row: int


def determined_table(
    found: Forecast,
    inputs: Inputs,
    frames: Mapping[str, pd.DataFrame],
    rules: DecisionRules,
    on: date,
    objections_by: str,
) -> pd.DataFrame:
    """determined.csv: one row for each such number, for entry after the base year and within the forecast."""
    numbers = _changed(found, inputs)
    cells = _Cells(frames["forecast"], frames["sufficiency"]) if numbers else None
    rows = [_row(number, found, cells, rules, on, objections_by) for number in numbers if cells]
    return pd.DataFrame(rows, columns=list(output_columns("determined")), dtype=object)


def determined_findings(found: Forecast, inputs: Inputs) -> list[Finding]:
    """Return a warning for each such number."""
    source = inputs.sources.get("admission_numbers")
    findings = []
    for number in _changed(found, inputs):
        school = found.register.sites.iloc[number.site]
        message = (
            f"{school['school_name']} ({school['urn']}) is to admit {number.after:g} to {_group_words(number.group)} in "
            f"{AcademicYear(number.year)}, {number.before:g} the year before, and no planned change says so"
        )
        file = source.name if source else ""
        value = f"{number.after:g}"
        findings.append(Finding(RULE, message, "admission_numbers", file, number.row, "pan", value))
    return findings


def _changed(found: Forecast, inputs: Inputs) -> list[_Number]:
    table = inputs.table("admission_numbers")
    table = table[table["pan"].notna()]
    site = found.register.locate(table["urn"], table["site_id"])
    table = table.assign(site=site)[site >= 0].sort_values(
        ["site", "year_group", "academic_year"], kind="stable"
    )
    planned = _planned(inputs, found.register.successors)
    before = table.groupby(["site", "year_group"], sort=False)["pan"].shift()
    base, last = int(found.history.base_year), int(found.places.years[-1])
    ahead = table["academic_year"].between(base + 1, last) & (table["determined"] == "yes")
    differs = before.notna() & (table["pan"] != before) & ahead
    numbers = []
    for row, earlier in zip(rows_of(table[differs]), before[differs], strict=True):
        urn = found.register.sites["urn"].iloc[int(row.site)]
        group, year = int(row.year_group), int(row.academic_year)
        if not {(urn, group, year), (urn, -1, year)} & planned:
            numbers.append(_Number(int(row.site), group, year, float(earlier), float(row.pan), int(row.row)))
    return numbers


def _planned(inputs: Inputs, successors: Mapping[str, str]) -> set[tuple[str, int, int]]:
    """School, year group (-1 for any) and year in which some planned change begins, or has just ended."""
    planned = set()
    for row in rows_of(inputs.table("planned_changes")):
        group = -1 if np.isnan(row.year_group) else int(row.year_group)
        end = row.start_year if row.kind == "bulge" and np.isnan(row.end_year) else row.end_year
        for urn in filter(None, (row.urn, row.into_urn)):
            present = successors.get(urn, urn)
            planned.add((present, group, int(row.start_year)))
            if not np.isnan(end):
                planned.add((present, group, int(end) + 1))
    return planned


class _Cells:
    """Cells of areas by code, phase, year and year group: quantiles of demand, places and the chance of shortfall."""

    def __init__(self, forecast: pd.DataFrame, sufficiency: pd.DataFrame) -> None:
        areas = forecast[forecast["geography"] == "area"]
        keys = ["code", "phase", "academic_year", "year_group"]
        self.forecast = areas.set_index(keys)[["pupils", *(name for name, _ in _LEVELS)]]
        keys[0] = "area_code"
        self.places = sufficiency.set_index(keys)[["places", "probability_of_shortfall"]]

    def of(self, key: tuple[str, str, str, str]) -> tuple[Any, Any]:
        """The forecast and the places of a cell, None for a cell beyond the horizon of its phase."""
        if key not in self.forecast.index:
            return None, None
        at = self.forecast.index.get_loc(key)
        return self.forecast.iloc[at], self.places.iloc[self.places.index.get_loc(key)]


def _row(
    number: _Number, found: Forecast, cells: _Cells, rules: DecisionRules, on: date,
    objections_by: str,
) -> dict[str, Any]:  # fmt: skip
    register, year = found.register, AcademicYear(number.year)
    school = register.sites.iloc[number.site]
    phase = phase_of(number.group)
    area = int(register.area_of(number.group)[number.site])
    code = str(register.areas["code"].iloc[area]) if area >= 0 else ""
    demand, places = cells.of((code, phase.value, str(year), year_group_label(number.group)))
    change = number.after - number.before
    route: Route = route_of(rules, "pan_change", school["type"], change, on)
    offered = _offered(found, number, area)
    times = admissions_round(year, objections_by)
    return {
        "urn": school["urn"],
        "school_name": school["school_name"],
        "area_code": code,
        "phase": phase.value,
        "year_group": year_group_label(number.group),
        "academic_year": str(year),
        "pan_before": number.before,
        "pan": number.after,
        "change": change,
        "decider": route.decider,
        "rule_id": route.rule_id,
        "demand": np.nan if demand is None else float(demand["pupils"]),
        "area_pan_before": offered - change,
        "area_pan": offered,
        "chance_before": _chance(demand, offered - change),
        "chance": _chance(demand, offered),
        "area_places": np.nan if places is None else float(places["places"]),
        "probability_of_shortfall": np.nan if places is None else float(places["probability_of_shortfall"]),
        **_neighbours(found, number, area),
        "consultation_opens": times.consultation_opens.isoformat(),
        "consultation_closes": times.consultation_closes.isoformat(),
        "determined_by": times.determined_by.isoformat(),
        "objections_by": times.objections_by.isoformat() if times.objections_by else "",
    }


def _offered(found: Forecast, number: _Number, area: int) -> float:
    """What the area admits to the year group in the year, by admission numbers; NaN if a school has none."""
    if area < 0:
        return float("nan")
    at = number.year - int(found.places.years[0])
    return float(found.places.measures["pan"][area, number.group, at])


def _neighbours(found: Forecast, number: _Number, area: int) -> dict[str, float]:
    """The other schools of the area that admit to the year group, and what they admit together."""
    at = number.year - int(found.places.years[0])
    here = found.register.area_of(number.group) == area
    here &= found.sites.reached[:, number.group, at]
    here[number.site] = False
    pans = found.sites.measures["pan"][here, number.group, at]
    return {"neighbours": int(here.sum()), "neighbours_pan": float(pans.sum())}


def _chance(demand: Any, offered: float) -> float:
    """The chance that demand exceeds what is offered, from the quantiles of the demand."""
    if demand is None or np.isnan(offered):
        return float("nan")
    points = [float(demand[name]) for name, _ in _LEVELS]
    return 1.0 - float(np.interp(offered, points, [level for _, level in _LEVELS]))


def _group_words(group: int) -> str:
    return "Reception" if group == 0 else f"Year {group}"
