"""workbook.xlsx: contents, dashboard, summary, status, a sheet for each planning area, lists, and rows for pivot tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from placeplan.outputs.book import CONTENTS, Book, Worksheet, write_book
from placeplan.outputs.sheets_accuracy import accuracy_sheet
from placeplan.outputs.sheets_area_lists import AreaFacts, area_facts
from placeplan.outputs.sheets_areas import area_sheet
from placeplan.outputs.sheets_board import board_sheets
from placeplan.outputs.sheets_dashboard import DASHBOARD, dashboard_sheets
from placeplan.outputs.sheets_data import area_years_sheet, school_years_sheet
from placeplan.outputs.sheets_evidence import doubts_sheet, watch_sheet
from placeplan.outputs.sheets_front import (
    STATUSES,
    Entry,
    contents_sheet,
    status_columns,
    status_sheet,
    summary_sheet,
)
from placeplan.outputs.sheets_lists import (
    assumptions_sheet,
    births_sheet,
    changes_sheet,
    findings_sheet,
    schools_sheet,
)
from placeplan.outputs.sheets_long import control_sheet, long_range_sheet
from placeplan.outputs.sheets_movement import movement_sheets
from placeplan.outputs.sheets_scenarios import scenarios_sheet
from placeplan.outputs.sheets_send import send_sheets
from placeplan.outputs.views import Area, RunView
from placeplan.outputs.words import PHASE_WORDS, STATUS_WORDS
from placeplan.years import Phase


def write_workbook(view: RunView, path: Path) -> None:
    """Write the whole workbook; its creation date is the base year's census, so that bytes repeat."""
    created = datetime(int(view.result.base_year) + 1, 1, 15)
    run = f"Base year {view.result.base_year}, scenario {view.scenario}"
    title = f"School places in {view.title}"
    accent = view.result.project.theme.colour
    write_book(path, created, title, lambda book: _fill(book, view), run, linked=True, accent=accent)


def _fill(book: Book, view: RunView) -> None:
    """Make the first sheets before the others, and fill them last, because they link to all of them."""
    contents = book.sheet(CONTENTS, f"School places in {view.title}", (40, 74, 12, 20, 22))
    dashboard = book.sheet(DASHBOARD, f"School places in {view.title}", ())
    entries = [
        Entry(
            DASHBOARD, "The authority at a glance: figures, charts, areas that need attention, what matters"
        ),
        Entry(summary_sheet(book, view), "Authority and districts: demand against places by phase and year"),
        Entry(STATUSES, "Every planning area at a glance, with sparklines"),
    ]
    status = book.sheet(
        STATUSES, "Status of the planning areas", [width for *_, width in status_columns(view)]
    )
    facts = area_facts(view)
    entries += _optional(
        (scenarios_sheet(book, view), "The authority in every scenario of the run, beside the first"),
        (
            long_range_sheet(book, view),
            "Entry years and totals over the whole horizon, and what rests on projected births",
        ),
        (control_sheet(book, view), "The authority before and after its control totals"),
    )
    areas = _area_entries(book, view, facts)
    links = {key: entry.sheet for key, entry in areas.items()}
    entries += [*areas.values(), *_lists(book, view, facts)]
    status_sheet(book, view, status, links)
    figures = dashboard_sheets(book, view, dashboard, links)
    entries.append(Entry(figures, "The figures that the charts of the dashboard are drawn from"))
    contents_sheet(book, view, contents, entries)
    _open_at(dashboard, contents, view.result.project.theme.colour)


def _open_at(dashboard: Worksheet, contents: Worksheet, accent: str) -> None:
    """Open the file at the contents, with the dashboard beside it, both marked."""
    contents.activate()
    for sheet in (contents, dashboard):
        sheet.set_tab_color(accent)


def _area_entries(book: Book, view: RunView, facts: AreaFacts) -> dict[tuple[Phase, str], Entry]:
    found = {}
    for area in view.shown:
        made = area_sheet(book, view, facts, area, _area_name(area))
        words = STATUS_WORDS[area.main.total.status[-1]]
        found[area.phase, area.code] = Entry(
            made, f"{PHASE_WORDS[area.phase]} planning area", area.code, area.district, words
        )
    return found


def _lists(book: Book, view: RunView, facts: AreaFacts) -> Iterator[Entry]:
    yield from _optional(
        (schools_sheet(book, view, facts), "Admission number, capacity, roll and places of every school"),
        (changes_sheet(book, view), "Planned changes, proposals and options, as the inputs have them"),
    )
    yield from board_sheets(book, view)
    yield from movement_sheets(book, view)
    yield from send_sheets(book, view)
    yield Entry(doubts_sheet(book, view), "Where we cannot be sure of supply, and how much that matters")
    yield Entry(watch_sheet(book, view), "Schools that are likely to fall below a line, with year and chance")
    yield Entry(births_sheet(book, view), "Births by the year in which the children enter Reception")
    yield from _optional((accuracy_sheet(book, view), "Earlier forecasts beside what came, with bias alarms"))
    yield Entry(assumptions_sheet(book, view), "Methods, assumptions and the words used")
    yield Entry(findings_sheet(book, view), "What the checks of the inputs found, and what to do about it")
    yield Entry(
        area_years_sheet(book, view), "A row for each area, phase and year, for pivot tables and Power Query"
    )
    words = "A row for each school, phase and year, for pivot tables and Power Query"
    yield from _optional((school_years_sheet(book, view), words))


def _optional(*made: tuple[str | None, str]) -> Iterator[Entry]:
    for sheet, words in made:
        if sheet is not None:
            yield Entry(sheet, words)


def _area_name(area: Area) -> str:
    return f"{'P' if area.phase is Phase.PRIMARY else 'S'} {area.name}"
