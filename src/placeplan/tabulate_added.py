"""The tables of what is added to the baseline: housing_pupils.csv, and the register of adjustments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from placeplan.demand.housing import above_usual, homes_expected
from placeplan.forecasting import Forecast
from placeplan.frames import stacked
from placeplan.problems import Finding
from placeplan.project import Project
from placeplan.tables import Inputs, output_columns
from placeplan.years import AcademicYear, Phase, phase_of, year_group_label

GIVEN = ["adjustment_id", "area_code", "urn", "reason", "role", "evidence"]
OUT_OF_DATE, HOLDS, PROVED_WRONG, PROVED_RIGHT, NOT_JUDGED = (
    "out of date", "holds", "proved wrong", "proved right", "cannot be judged",
)  # fmt: skip


def housing_table(found: Forecast, project: Project, scenario: str) -> pd.DataFrame:
    """housing_pupils.csv: pupils of every site by phase and year; homes are those completed in the year before."""
    estates, pupils = found.estates, found.estate_pupils
    if estates is None or pupils is None:
        return stacked([], output_columns("housing_pupils"))
    codes = list(found.register.areas["code"])
    base = int(found.history.base_year)
    expected = homes_expected(estates)
    above = expected * above_usual(estates, expected)[estates.area]
    parts = []
    for phase in Phase:
        row = estates.primary if phase is Phase.PRIMARY else estates.secondary
        secured = estates.secured_primary if phase is Phase.PRIMARY else estates.secured_secondary
        for year in range(project.horizon[phase]):
            parts.append(
                pd.DataFrame(
                    {
                        "site_id": estates.site,
                        "site_name": estates.name,
                        "area_code": [codes[place] if place >= 0 else "" for place in row],
                        "phase": phase.value,
                        "academic_year": str(AcademicYear(base + 1 + year)),
                        "status": estates.status,
                        "certainty": estates.certainty,
                        "dwellings": estates.homes[:, year],
                        "dwellings_above_usual": above[:, year],
                        "usual_dwellings": estates.usual[estates.area],
                        "pupils": pupils[:, list(phase.year_groups), year].sum(axis=1),
                        "secured_places": secured if phase is not Phase.SIXTH_FORM else np.nan,
                    }
                ).loc[row >= 0]
            )
    made = stacked([part.assign(scenario=scenario) for part in parts], output_columns("housing_pupils"))
    order = made["phase"].map({phase.value: place for place, phase in enumerate(Phase)})
    return (
        made.assign(order=order)
        .sort_values(["order", "area_code", "site_id", "academic_year"], kind="stable")
        .drop(columns="order")
        .reset_index(drop=True)
    )


def adjustments_table(found: Forecast, inputs: Inputs, day: date, scenario: str) -> pd.DataFrame:
    """adjustments_register.csv: every row of adjustments, the forecast with and without it, and what came of past ones."""
    table = inputs.table("adjustments")
    if table.empty:
        return stacked([], output_columns("adjustments_register"))
    rows = table.assign(
        scenario=scenario,
        phase=[phase_of(int(group)).value for group in table["year_group"]],
        asked=np.where(
            table["amount"].notna(),
            table["amount"].map(lambda amount: f"{amount:+g}"),
            table["percent"].map(lambda percent: f"{percent:+g}%"),
        ),
        **dict.fromkeys(("amount", "pupils_without", "pupils_with"), np.nan),
        **dict.fromkeys(("actual", "published", "published_without"), np.nan),
    )
    expired = rows["expires_on"] < np.datetime64(day)
    rows["state"] = np.where(expired, OUT_OF_DATE, HOLDS)
    rows = _applied(rows, found)
    rows = _judged(rows, table, found, inputs)
    for name in ("made_on", "expires_on"):
        rows[name] = rows[name].dt.strftime("%Y-%m-%d").fillna("")
    rows["academic_year"] = [str(AcademicYear(int(year))) for year in rows["academic_year"]]
    rows["year_group"] = [year_group_label(int(group)) for group in rows["year_group"]]
    return rows[list(output_columns("adjustments_register"))].reset_index(drop=True)


def _applied(rows: pd.DataFrame, found: Forecast) -> pd.DataFrame:
    """Fill in amount, and the forecast of the area or school with and without each row that holds."""
    held = found.adjustments
    if held is None:
        return rows
    for place, given in enumerate(held.rows.to_dict("records")):
        phase, at = held.stage[place], (int(held.group[place]), int(held.year[place]))
        cells = found.site_central if held.site[place] >= 0 else found.central
        unit = int(held.site[place] if held.site[place] >= 0 else held.area[place])
        pupils, amount = float(cells[phase][unit, *at]), float(held.amount[place])
        here = rows["row"] == given["row"]
        here &= rows["adjustment_id"] == given["adjustment_id"]
        rows.loc[here, ["amount", "pupils_without", "pupils_with"]] = [amount, pupils - amount, pupils]
    return rows


def _judged(rows: pd.DataFrame, table: pd.DataFrame, found: Forecast, inputs: Inputs) -> pd.DataFrame:
    """Set adjustments of years that are over beside the roll: was the published forecast nearer with them or without?"""
    base, history = found.history.base_year, found.history
    previous = inputs.table("previous_forecasts")
    codes: Mapping[tuple[str, str], int] = {
        (str(code), str(phase)): row
        for row, (code, phase) in enumerate(
            zip(found.register.areas["code"], found.register.areas["phase"], strict=True)
        )
    }
    for place in map(int, np.flatnonzero((table["academic_year"] <= base).to_numpy())):
        row = table.iloc[place]
        group, year = int(row["year_group"]), int(row["academic_year"])
        area = codes.get((row["area_code"], phase_of(group).area_phase.value), -1)
        states, number = list(history.years), rows.index[place]
        actual = (
            float(history.area_roll[area, group, states.index(year)])
            if area >= 0 and year in states
            else float("nan")
        )
        same = previous[
            (previous["area_code"] == row["area_code"])
            & (previous["academic_year"] == year)
            & (previous["year_group"] == group)
            & (previous["made_in"] < year)
        ].sort_values("made_in")
        published = float(same["pupils"].iloc[-1]) if len(same) else float("nan")
        if row["amount"] == row["amount"]:
            without = published - float(row["amount"])
        else:
            without = published / (1.0 + float(row["percent"]) / 100.0) if row["percent"] > -100 else np.nan
        known = np.isfinite(actual) and np.isfinite(without)
        worse = known and abs(published - actual) > abs(without - actual)
        state = (PROVED_WRONG if worse else PROVED_RIGHT) if known else NOT_JUDGED
        rows.loc[number, ["actual", "published", "published_without"]] = [actual, published, without]
        rows.loc[number, "state"] = state
    return rows


def register_findings(register: pd.DataFrame) -> list[Finding]:
    """Warn of adjustments that past outcomes proved wrong (those out of date are named by the checks)."""
    said = []
    for row in register.to_dict("records"):
        name = row["adjustment_id"]
        if row["state"] == PROVED_WRONG:
            words = (
                f"the adjustment {name} ({row['asked']} in {row['academic_year']}) made the forecast worse: "
                f"{row['actual']:,.0f} came, {row['published']:,.0f} were forecast with it, "
                f"{row['published_without']:,.0f} without"
            )
            said.append(Finding("adjustment-proved-wrong", words, "adjustments", value=str(name)))
    return said
