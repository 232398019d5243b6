"""Sheets of the workbook for the long view and for control totals."""

from __future__ import annotations

from dataclasses import replace

from placeplan.outputs.book import SHARE, SIGNED, WHOLE, Book, Worksheet
from placeplan.outputs.book_lists import TEXT, YEAR, Column, list_sheet
from placeplan.outputs.longrange import Entry, area_tables, entries_of, projected_from, sentences, totals_of
from placeplan.outputs.outlook import TOTAL
from placeplan.outputs.views import RunView
from placeplan.outputs.words import PHASE_WORDS
from placeplan.years import Phase

_YEARS_AT_MOST = 16
CONTROLS: tuple[Column, ...] = (
    ("Phase", "phase_words", TEXT, 14), ("Year", "academic_year", YEAR, 11), ("Year group", "group", TEXT, 12),
    ("Before", "before", WHOLE, 12), ("p05", "p05", WHOLE, 12), ("p95", "p95", WHOLE, 12),
    ("Control", "control", WHOLE, 12), ("After", "after", WHOLE, 12), ("Change", "change", SIGNED, 12),
    ("%", "share", SHARE, 10),
)  # fmt: skip


def long_range_sheet(book: Book, view: RunView) -> str | None:
    """Add entry years and totals over the whole horizon; no sheet if nothing rests on projected births."""
    places = [place for place in view.authorities if projected_from(place) is not None]
    if not places:
        return None
    sheet = book.sheet("Long range", "Long range", (34, 12, *[9.5] * _YEARS_AT_MOST))
    row = 3
    for place in places:
        for words in sentences(view, place):
            book.put(sheet, row, 0, words, "note")
            row += 1
        entries = [*entries_of(view, place), *totals_of(place)]
        row = _block(book, sheet, row + 1, place.name, [("", entry) for entry in entries], True)
    for heading, rows in area_tables(view):
        named = [(area.code, replace(entry, words=area.name)) for area, entry in rows]
        row = _block(book, sheet, row + 1, heading, named, False)
    sheet.freeze_panes(3, 2)
    return str(sheet.name)


def control_sheet(book: Book, view: RunView) -> str | None:
    """Add the authority before and after control totals; no sheet without them."""
    controls = view.result.frames.get("control_totals")
    if controls is None or controls.empty:
        return None
    rows = controls.assign(
        phase_words=[PHASE_WORDS[Phase(phase)] for phase in controls["phase"]],
        group=["All" if group == TOTAL else str(group) for group in controls["year_group"]],
        change=controls["after"].astype(float) - controls["before"].astype(float),
    )
    rows["share"] = rows["change"] / rows["before"].astype(float).where(rows["before"] > 0)
    words = "The areas were adjusted to these totals, those most that are least sure; p05 to p95 is the range before."
    live = {"change": ("after", "-", "before"), "share": ("change", "/", "before")}
    return list_sheet(book, "Control totals", "Control totals", CONTROLS, rows, 3, words, live)


def _block(
    book: Book, sheet: Worksheet, row: int, heading: str, rows: list[tuple[str, Entry]], ranges: bool
) -> int:
    """Write a table of years; return the next free row."""
    years = max((entry.years for _, entry in rows), key=len)
    book.put(sheet, row, 0, heading, "part")
    book.header(sheet, row + 1, ["", "Code" if not ranges else "", *map(str, years)], 2)
    row += 2
    for code, entry in rows:
        book.put(sheet, row, 0, entry.words, "row_head")
        book.put(sheet, row, 1, code)
        for column, (pupils, projected) in enumerate(
            zip(entry.pupils.tolist(), entry.projected, strict=True), 2
        ):
            book.put(sheet, row, column, pupils, "projected" if projected else WHOLE)
        row += 1
        if ranges:
            for words, limits in (("80% range, from", entry.low), ("80% range, to", entry.high)):
                book.put(sheet, row, 0, words)
                for column, limit in enumerate(limits.tolist()[1:], 3):
                    book.put(sheet, row, column, limit, WHOLE)
                row += 1
    return row
