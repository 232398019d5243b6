"""workbook.xlsx: contents, summary, status, a sheet for each planning area, and lists."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from placeplan.outputs.book import Book, write_book
from placeplan.outputs.report_accuracy import accuracy_sheet
from placeplan.outputs.sheets_areas import area_sheet
from placeplan.outputs.sheets_board import board_sheets
from placeplan.outputs.sheets_evidence import doubts_sheet, watch_sheet
from placeplan.outputs.sheets_front import Entry, contents_sheet, status_sheet, summary_sheet
from placeplan.outputs.sheets_lists import assumptions_sheet, births_sheet, findings_sheet, schools_sheet
from placeplan.outputs.sheets_long import control_sheet, long_range_sheet
from placeplan.outputs.sheets_send import send_sheets
from placeplan.outputs.views import Area, RunView
from placeplan.outputs.words import PHASE_WORDS, STATUS_WORDS
from placeplan.years import Phase


def write_workbook(view: RunView, path: Path) -> None:
    """Write the whole workbook; its creation date is the base year's census, so that bytes repeat."""
    created = datetime(int(view.result.base_year) + 1, 1, 15)
    write_book(path, created, f"School places in {view.title}", lambda book: _fill(book, view))


def _fill(book: Book, view: RunView) -> None:
    """Name every sheet first, because the contents in front link to all of them."""
    contents = book.sheet("Contents", f"School places in {view.title}", (34, 14, 22, 24, 66), landscape=False)
    summary_sheet(book, view)
    names = {(area.phase, area.code): _area_name(area) for area in view.shown}
    entries = [
        Entry("Summary", "Authority and districts: demand against places by phase and year"),
        Entry("Status", "Every planning area at a glance"),
    ]
    status = book.sheet("Status", "Status of the planning areas", ())
    for made_sheet, words in (
        (
            long_range_sheet(book, view),
            "Entry years and totals over the whole horizon, and what rests on projected births",
        ),
        (control_sheet(book, view), "The authority before and after its control totals"),
    ):
        if made_sheet is not None:
            entries.append(Entry(made_sheet, words))
    for area in view.shown:
        made = area_sheet(book, view, area, names[area.phase, area.code])
        words = STATUS_WORDS[area.main.total.status[-1]]
        entries.append(
            Entry(made, f"{PHASE_WORDS[area.phase]} planning area", area.code, area.district, words)
        )
        names[area.phase, area.code] = made
    status_sheet(book, view, status, names)
    entries += [
        *board_sheets(book, view),
        *send_sheets(book, view),
        Entry(schools_sheet(book, view), "Roll and places of every school"),
        Entry(doubts_sheet(book, view), "Where we cannot be sure of supply, and how much that matters"),
        Entry(watch_sheet(book, view), "Schools that are likely to fall below a line, with year and chance"),
        Entry(births_sheet(book, view), "Births by the year in which the children enter Reception"),
        Entry(assumptions_sheet(book, view), "Methods, assumptions and the words used"),
        Entry(findings_sheet(book, view), "What the checks of the inputs found, and what to do about it"),
    ]
    judged = accuracy_sheet(book, view)
    if judged is not None:
        entries.insert(-2, Entry(judged, "Earlier forecasts beside what came, with bias alarms"))
    contents_sheet(book, view, contents, entries)


def _area_name(area: Area) -> str:
    return f"{'P' if area.phase is Phase.PRIMARY else 'S'} {area.name}"
