"""The report on movement: what offers say of the coming September."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from placeplan.outputs.boardviews import area_names, frame
from placeplan.outputs.marks import table
from placeplan.outputs.views import RunView
from placeplan.outputs.words import counted, markdown, number, percent, signed

_AT_MOST = 12


def movement(view: RunView) -> Iterator[str]:
    """Give what the tables of movement say; nothing where the run has none."""
    parts = [*_coming_september(view)]
    if parts:
        yield "## Movement"
        yield from parts


def _coming_september(view: RunView) -> Iterator[str]:
    """Give the entry years with and without offers, and the areas in which offers moved the forecast most."""
    rows = of_scenario(view, "intake_signals")
    if rows.empty:
        return
    yield "### The coming September"
    yield (
        "Offers and first preferences correct next year's intake as far as they would have mended the forecasts of earlier "
        "years; the cohort keeps the correction in later years. Errors are means of the areas' and the authority's, each "
        "earlier year corrected by what the other years teach."
    )
    header = ["Into", "Year", "Model", "Corrected", "Offers", "First preferences", "Offers count",
              "First preferences count", "Error of the model", "Error corrected", "Earlier years"]  # fmt: skip
    groups = rows.groupby("year_group", sort=False)
    yield table(header, (_entry(str(group), part) for group, part in groups), 2)
    moved = rows.assign(change=rows["corrected"] - rows["model"])
    moved = moved[moved["change"].abs() >= 0.5]
    moved = moved.iloc[moved["change"].abs().argsort(kind="stable")[::-1]]
    if len(moved):
        names = area_names(view)
        yield "The areas that offers move most:"
        header = ["Area", "Into", "Model", "Offers", "First preferences", "Corrected", "Change"]
        yield table(header, (_area(row, names) for row in moved[:_AT_MOST].to_dict("records")), 2)
    if len(moved) > _AT_MOST:
        yield f"{counted(len(moved) - _AT_MOST, 'more cell')}: see intake_signals.csv."


def _entry(group: str, rows: pd.DataFrame) -> list[str]:
    one = rows.iloc[0]
    return [
        into_words(group), str(one["academic_year"]), number(float(rows["model"].sum())),
        number(float(rows["corrected"].sum())), _sum(rows["offers"]), _sum(rows["first_preferences"]),
        percent(100 * float(one["weight_offers"]), 0), percent(100 * float(one["weight_first_preferences"]), 0),
        _error(one["error_without"]), _error(one["error_with"]), number(float(one["years_judged"])),
    ]  # fmt: skip


def _area(row: dict[Any, Any], names: dict[str, str]) -> list[str]:
    code = str(row["area_code"])
    return [
        markdown(names.get(code, code)), into_words(str(row["year_group"])), number(row["model"]),
        _sum(pd.Series([row["offers"]])), _sum(pd.Series([row["first_preferences"]])),
        number(row["corrected"]), signed(row["change"]),
    ]  # fmt: skip


def of_scenario(view: RunView, name: str) -> pd.DataFrame:
    """Return a frame's rows of the scenario shown."""
    rows = frame(view, name)
    return rows[rows["scenario"] == view.scenario] if "scenario" in rows else rows


def into_words(group: str) -> str:
    """Return a year group as people say it."""
    return "Reception" if group == "R" else f"Year {group}"


def _sum(values: pd.Series[float]) -> str:
    return number(float(values.sum())) if values.notna().any() else "–"


def _error(value: float) -> str:
    return percent(100 * value) if value == value else "–"
