"""The first sheets of the workbook: contents, summary of authority and districts, status of the areas."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from placeplan import __version__
from placeplan.outputs.book import CHANCE, FORMS, SHARE, SIGNED, WHOLE, Book, Worksheet, cell
from placeplan.outputs.book_lists import STATUS, TEXT, YEAR, Column, write_list
from placeplan.outputs.headlines import first_likely, first_short
from placeplan.outputs.outlook import Outlook, PhaseOutlook
from placeplan.outputs.sheets_data import AREA_YEARS, area_column, area_rows
from placeplan.outputs.views import Area, RunView, Wide
from placeplan.outputs.words import PHASE_WORDS, STATUS_WORDS
from placeplan.years import FORM_OF_ENTRY, Phase

SUMMARY, STATUSES = "Summary", "Status"
FORM, THRESHOLD = "form_of_entry", "chance_named"
"""Names of the cells that hold the pupils of a form of entry, and the chance from which areas are named."""
SUMMARY_COLUMNS: tuple[Column, ...] = (
    ("Name", "name", TEXT, 24), ("Phase", "phase", TEXT, 12), ("Year", "year", YEAR, 10),
    ("Demand", "demand", WHOLE, 10), ("80% range from", "low", WHOLE, 10), ("80% range to", "high", WHOLE, 10),
    ("Places", "places", WHOLE, 10), ("Surplus or shortage (−)", "surplus", SIGNED, 11), ("% of places", "share", SHARE, 9),
    ("Need", "need", WHOLE, 9), ("Spare", "spare", WHOLE, 9), ("Forms of entry", "forms", FORMS, 9),
)  # fmt: skip
_LIVE = {"surplus": ("places", "-", "demand"), "share": ("surplus", "/", "places")}


@dataclass(frozen=True)
class Entry:
    """One line of the contents: a sheet and what is in it."""

    sheet: str
    words: str
    code: str = ""
    district: str = ""
    status: str = ""


def contents_sheet(book: Book, view: RunView, sheet: Worksheet, entries: Sequence[Entry]) -> None:
    """Fill the first sheet: what the run is, then links to every sheet."""
    book.put(
        sheet,
        1,
        0,
        f"Made by placeplan {__version__}. Figures are those of the CSV files of the run.",
        "note",
    )
    row = 3
    facts: list[tuple[str, str, str | float, str]] = [
        ("Authority", "authority", view.title, "text"),
        ("Base year, the last with known rolls", "base_year", str(view.result.base_year), "text"),
        ("Scenario", "scenario", view.scenario, "text"),
        ("Pupils in a form of entry", FORM, float(FORM_OF_ENTRY), "left"),
        ("Chance from which an area is named", THRESHOLD, view.threshold, "left_chance"),
    ]
    for at, (words, name, value, form) in enumerate(facts, row):
        book.put(sheet, at, 0, words, "row_head")
        book.put(sheet, at, 1, value, form)
        book.name_cells(name, sheet, (at, 1), (at, 1))
    row += len(facts) + 1
    for heading, part in (
        ("Sheets", [entry for entry in entries if not entry.code]),
        ("Planning areas", [entry for entry in entries if entry.code]),
    ):
        book.put(sheet, row, 0, heading, "part")
        row = _links(book, sheet, row + 1, part) + 1
    if view.is_partial:
        words = f"Only the {len(view.shown):,} areas that need attention most, of {len(view.areas):,} (--all-areas: all)."
        book.put(sheet, row, 0, words, "note")


def _links(book: Book, sheet: Worksheet, row: int, entries: Sequence[Entry]) -> int:
    named = any(entry.code for entry in entries)
    header = ["Sheet", "What is in it", *(["Code", "District", "Status in the last year"] if named else [])]
    book.header(sheet, row, header, 5)
    first = row + 1
    for row, entry in enumerate(entries, first):
        book.link(sheet, row, 0, entry.sheet, entry.sheet)
        for column, words in enumerate((entry.words, entry.code, entry.district, entry.status), 1):
            if words:
                book.put(sheet, row, column, words)
    book.colour_statuses(sheet, (first, max(first, row)), (4, 4))
    return first + len(entries)


def summary_rows(book: Book, view: RunView) -> dict[tuple[str, Phase], int]:
    """Return the first row of each authority, district and phase on the summary, known before it is written."""
    found, row = {}, book.head + 1
    for place, outlook in _wide(view):
        found[place.code, outlook.phase] = row
        row += outlook.total.last + 1
    return found


def summary_sheet(book: Book, view: RunView) -> str:
    """Add the summary of authority and districts, and give names to the figures of a single authority."""
    sheet = book.sheet(SUMMARY, f"Summary of {view.title}", [width for *_, width in SUMMARY_COLUMNS])
    book.put(
        sheet, 1, 0, "Need and spare are counted in every area and year group apart, never offset.", "note"
    )
    cells: list[list[object]] = [[] for _ in SUMMARY_COLUMNS]
    groups: list[int] = []
    for place, outlook in _wide(view):
        total, count = outlook.total, outlook.total.last + 1
        groups += [len(outlook.phase.year_groups)] * count
        forms = (total.surplus / (FORM_OF_ENTRY * groups[-1])).tolist()
        parts: list[list[object]] = [
            [place.name] * count, [PHASE_WORDS[outlook.phase]] * count, [str(year) for year in total.years],
            total.demand.tolist(), total.low.tolist(), total.high.tolist(), total.places.tolist(),
            total.surplus.tolist(), [_over(*pair) for pair in zip(total.surplus, total.places, strict=True)],
            total.need.tolist(), total.spare.tolist(), forms,
        ]  # fmt: skip
        for column, values in zip(cells, parts, strict=True):
            column += values
    write_list(book, sheet, SUMMARY, SUMMARY_COLUMNS, cells, 3, _LIVE)
    for row, (form, count) in enumerate(zip(cells[-1], groups, strict=True), book.head + 1):
        book.formula(sheet, row, 11, f"={cell(row, 7)}/({FORM}*{count})", float(str(form)), FORMS)
    if len(view.authorities) == 1:
        _name_figures(book, view, sheet)
    return str(sheet.name)


def _name_figures(book: Book, view: RunView, sheet: Worksheet) -> None:
    """Name demand, places and surplus of the authority by phase, such as ``primary_demand``."""
    starts, authority = summary_rows(book, view), view.authorities[0]
    for phase, outlook in authority.phases.items():
        first = starts[authority.code, phase]
        for name, column in (
            ("years", 2),
            ("demand", 3),
            ("places", 6),
            ("surplus", 7),
            ("need", 9),
            ("spare", 10),
        ):
            book.name_cells(
                f"{phase.value}_{name}", sheet, (first, column), (first + outlook.total.last, column)
            )


def _wide(view: RunView) -> Iterator[tuple[Wide, PhaseOutlook]]:
    for place in (*view.authorities, *view.districts):
        for phase in Phase:
            if phase in place.phases:
                yield place, place.phases[phase]


def _over(surplus: float, places: float) -> float:
    return float(surplus / places) if places > 0 else math.nan


def status_columns(view: RunView) -> tuple[Column, ...]:
    """Return the columns of the status sheet."""
    middle = min(3, view.shown[0].main.total.last) if view.shown else 0
    return (
        ("Area", "area", TEXT, 26), ("Code", "code", TEXT, 10), ("District", "district", TEXT, 16),
        ("Phase", "phase", TEXT, 11), ("Status now", "now", STATUS, 13), (f"Status in {middle} years", "middle", STATUS, 13),
        ("Status in last year", "then", STATUS, 13), ("Last year", "last", YEAR, 9), ("Demand now", "demand_now", WHOLE, 9),
        ("Demand last year", "demand", WHOLE, 9), ("Places last year", "places", WHOLE, 9),
        ("Surplus or shortage (−)", "surplus", SIGNED, 10), ("% of places", "share", SHARE, 9),
        ("First year short", "short", YEAR, 9), ("Chance of shortfall, last year", "chance", CHANCE, 10),
        (f"Chance {view.threshold:.0%} from", "likely", YEAR, 10), ("Demand by year", "trend", TEXT, 14),
        ("Surplus by year", "balance", TEXT, 14),
    )  # fmt: skip


def status_sheet(book: Book, view: RunView, sheet: Worksheet, links: Mapping[tuple[Phase, str], str]) -> None:
    """Fill the table of all shown areas, one row for each phase, with words and colours of status and sparklines."""
    columns = status_columns(view)
    words = "Sparklines: demand from 0, and surplus above or shortage below the line, from the base year to the last."
    if view.is_partial:
        words = (
            f"Only the {len(view.shown):,} areas that need attention most, of {len(view.areas):,}. {words}"
        )
    book.put(sheet, 1, 0, words, "note")
    rows = [(area, phase) for area in view.shown for phase in Phase if phase in area.phases]
    lines = [_status_row(view, area, phase, area.phases[phase].total) for area, phase in rows]
    cells = [[line[place] for line in lines] for place in range(len(columns))]
    write_list(
        book,
        sheet,
        STATUSES,
        columns,
        cells,
        1,
        {"surplus": ("places", "-", "demand"), "share": ("surplus", "/", "places")},
    )
    where = area_rows(book, view)
    for row, (area, phase) in enumerate(rows, book.head + 1):
        book.link(sheet, row, 0, links[area.phase, area.code], area.name)
        sparklines(book, sheet, row, (16, 17), where[area.code, phase], area.phases[phase].total)
        sheet.set_row(row, 18)


def sparklines(
    book: Book, sheet: Worksheet, row: int, columns: tuple[int, int], where: tuple[int, int], total: Outlook
) -> None:
    """Draw demand, and surplus or shortage, from their first and last row on the sheet of area years."""
    for column, key, values in zip(
        columns, ("demand", "surplus"), (total.demand, total.surplus), strict=True
    ):
        at = area_column(key)
        book.sparkline(
            sheet, row, column, f"'{AREA_YEARS}'!{cell(where[0], at)}:{cell(where[1], at)}", values
        )


def _status_row(view: RunView, area: Area, phase: Phase, total: Outlook) -> list[object]:
    statuses = [STATUS_WORDS[total.status[place]] for place in (0, min(3, total.last), total.last)]
    short, likely = first_short(total), first_likely(total, view.threshold)
    surplus, places = float(total.surplus[-1]), float(total.places[-1])
    return [
        area.name, area.code, area.district, PHASE_WORDS[phase], *statuses, str(total.years[-1]),
        float(total.demand[0]), float(total.demand[-1]), places, surplus, _over(surplus, places),
        str(total.years[short]) if short else "", float(total.chance[-1]), str(total.years[likely]) if likely else "",
        "", "",
    ]  # fmt: skip
