"""The sheet of the workbook on the scenarios of a run, side by side."""

from __future__ import annotations

import pandas as pd

from placeplan.outputs.boardviews import frame
from placeplan.outputs.book import SHARE, SIGNED, WHOLE, Book
from placeplan.outputs.book_lists import TEXT, YEAR, Column, list_sheet
from placeplan.outputs.views import RunView
from placeplan.outputs.words import PHASE_WORDS
from placeplan.years import Phase

COLUMNS: tuple[Column, ...] = (
    ("Scenario", "scenario", TEXT, 26), ("Name", "name", TEXT, 24), ("Phase", "phase_words", TEXT, 12),
    ("Year", "academic_year", YEAR, 10), ("Demand", "demand", WHOLE, 10), ("Demand of the first", "first_demand", WHOLE, 10),
    ("Change of demand", "more_demand", SIGNED, 10), ("Places", "places", WHOLE, 10),
    ("Places of the first", "first_places", WHOLE, 10), ("Change of places", "more_places", SIGNED, 10),
    ("Surplus or shortage (−)", "surplus", SIGNED, 11), ("% of places", "share", SHARE, 9),
    ("Need", "need", WHOLE, 9), ("Spare", "spare", WHOLE, 9),
)  # fmt: skip
_LIVE = {
    "more_demand": ("demand", "-", "first_demand"),
    "more_places": ("places", "-", "first_places"),
    "surplus": ("places", "-", "demand"),
    "share": ("surplus", "/", "places"),
}


def scenarios_sheet(book: Book, view: RunView) -> str | None:
    """Add the authority in every scenario, beside the first; no sheet if the run has only one."""
    if len(view.result.scenarios) < 2:
        return None
    rows = frame(view, "sufficiency_summary")
    rows = rows[rows["geography"] == "authority"]
    keys = ["code", "phase", "academic_year"]
    first = rows.loc[rows["scenario"] == view.scenario, [*keys, "demand", "places"]]
    first = first.rename(columns={"demand": "first_demand", "places": "first_places"})
    rows = rows.merge(first, on=keys, how="left")
    figures = rows[["demand", "places", "first_demand", "first_places"]].astype(float)
    rows = rows.assign(
        phase_words=[PHASE_WORDS[Phase(phase)] for phase in rows["phase"]],
        more_demand=figures["demand"] - figures["first_demand"],
        more_places=figures["places"] - figures["first_places"],
        surplus=figures["places"] - figures["demand"],
    )
    rows["share"] = rows["surplus"] / figures["places"].where(figures["places"] > 0)
    order = {name: place for place, name in enumerate(view.result.scenarios)}
    rows = pd.DataFrame(rows).sort_values("scenario", key=lambda names: names.map(order), kind="stable")
    note = f"The first is {view.scenario}; every other sheet of the workbook is of that scenario alone."
    return list_sheet(book, "Scenarios", "Scenarios side by side", COLUMNS, rows, 1, note, _LIVE)
