"""Sheets on high needs: plans by setting, the specialist return, residents beside pupils on roll."""

from __future__ import annotations

from collections.abc import Iterator

from placeplan.outputs.boardviews import frame, in_words
from placeplan.outputs.book import SIGNED, WHOLE, Book
from placeplan.outputs.book_lists import list_sheet
from placeplan.outputs.send_book import SHEETS as SEND_SHEETS
from placeplan.outputs.send_book import columns_of
from placeplan.outputs.sheets_front import Entry
from placeplan.outputs.views import RunView

SHEETS = (
    (
        "High needs", "send_settings", "Residents with a plan by setting, all ages",
        (("Setting", "setting", "text", 26), ("Year", "academic_year", "text", 10), ("Expected", "pupils", WHOLE, 10),
         ("Low", "p10", WHOLE, 9), ("High", "p90", WHOLE, 9)),
    ),
    (
        "Specialist places", "send_places", "Residents in the area and out, and places, by setting and phase",
        (("Setting", "setting", "text", 24), ("Phase", "phase", "text", 12), ("Year", "academic_year", "text", 10),
         ("Residents", "residents", WHOLE, 10), ("In area", "in_area", WHOLE, 9), ("Out of area", "out_of_area", WHOLE, 9),
         ("Places", "places", WHOLE, 9), ("Used by others", "used_by_others", WHOLE, 9),
         ("Demand", "demand", WHOLE, 9), ("Spare or short", "surplus", SIGNED, 9),
         ("Chance of shortfall", "probability_of_shortfall", "chance", 10)),
    ),
    (
        "Specialist return", "send_forecast", "The specialist forecast of the School Capacity return",
        (("Planning area", "planning_area", "text", 13), ("Phase", "phase", "text", 12),
         ("Provision", "provision", "text", 10), ("Year", "academic_year", "text", 10),
         ("Year group", "year_group", "text", 10),
         ("Residents", "pupils", WHOLE, 10), ("Low", "p10", WHOLE, 9), ("High", "p90", WHOLE, 9)),
    ),
    (
        "Residents and rolls", "send_reconciliation", "Residents with a plan and pupils on roll: never add them",
        (("Year", "academic_year", "text", 10), ("Population", "population", "text", 24), ("Group", "group", "text", 26),
         ("Known or forecast", "basis", "text", 11), ("In all", "pupils", WHOLE, 10),
         ("Within mainstream rolls", "within_roll", WHOLE, 12), ("In units", "in_units", WHOLE, 10),
         ("Out of the area", "out_of_area", WHOLE, 10), ("Elsewhere", "elsewhere", WHOLE, 10)),
    ),
)  # fmt: skip
"""Name, frame, what is in it, and its columns: header, column, format, width."""

FURTHER = tuple(
    (name if name.startswith("AP") else f"High needs {name.lower()}", source, words)
    for name, source, words in SEND_SHEETS
    if source not in {"send_panel", "send_waiting", *(source for _, source, _, _ in SHEETS)}
)
"""The other lists of send.xlsx, under names that do not meet those of the mainstream forecast. What a placement panel looks
at every fortnight stays there."""


def send_sheets(book: Book, view: RunView) -> Iterator[Entry]:
    """Add a sheet for each list that the run has; give the lines of the contents."""
    for name, source, words, columns in SHEETS:
        rows = frame(view, source)
        if rows.empty:
            continue
        if "scenario" in rows:
            rows = rows[rows["scenario"] == view.scenario]
        yield Entry(list_sheet(book, name, words, columns, in_words(rows), 1), words)
    for name, source, words in FURTHER:
        rows = frame(view, source)
        if not rows.empty:
            yield Entry(list_sheet(book, name, words, columns_of(rows), rows, 1), words)
