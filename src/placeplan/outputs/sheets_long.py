"""Sheets of the workbook for the long view and for control totals."""

from __future__ import annotations

from dataclasses import replace

from placeplan.outputs.book import SHARE, SIGNED, WHOLE, Book, Worksheet, cell
from placeplan.outputs.longrange import Entry, area_tables, entries_of, projected_from, sentences, totals_of
from placeplan.outputs.outlook import TOTAL
from placeplan.outputs.views import RunView
from placeplan.outputs.words import PHASE_WORDS
from placeplan.years import Phase

_YEARS_AT_MOST = 16


def long_range_sheet(book: Book, view: RunView) -> str | None:
    """Add entry years and totals over the whole horizon; no sheet if nothing rests on projected births."""
    places = [place for place in view.authorities if projected_from(place) is not None]
    if not places:
        return None
    sheet = book.sheet("Long range", "Long range", (34, 12, *[9.5] * _YEARS_AT_MOST))
    row = 1
    for place in places:
        for words in sentences(view, place):
            book.put(sheet, row, 0, words, "note")
            row += 1
        entries = [*entries_of(view, place), *totals_of(place)]
        row = _block(book, sheet, row + 1, place.name, [("", entry) for entry in entries], True)
    for heading, rows in area_tables(view):
        named = [(area.code, replace(entry, words=area.name)) for area, entry in rows]
        row = _block(book, sheet, row + 1, heading, named, False)
    sheet.freeze_panes(1, 2)
    return str(sheet.name)


def control_sheet(book: Book, view: RunView) -> str | None:
    """Add the authority before and after control totals; no sheet without them."""
    controls = view.result.frames.get("control_totals")
    if controls is None or controls.empty:
        return None
    sheet = book.sheet("Control totals", "Control totals", (14, 11, 12, *[12] * 7))
    words = "The areas were adjusted to these totals, those most that are least sure; p05 to p95 is the range before."
    book.put(sheet, 1, 0, words, "note")
    header = ["Phase", "Year", "Year group", "Before", "p05", "p95", "Control", "After", "Change", "%"]
    book.header(sheet, 2, header, 3)
    for row, one in enumerate(controls.to_dict("records"), 3):
        group = "All" if one["year_group"] == TOTAL else str(one["year_group"])
        for column, text in enumerate((PHASE_WORDS[Phase(one["phase"])], str(one["academic_year"]), group)):
            book.put(sheet, row, column, text)
        for column, name in enumerate(("before", "p05", "p95", "control", "after"), 3):
            book.put(sheet, row, column, float(one[name]), WHOLE)
        before, after = float(one["before"]), float(one["after"])
        book.formula(sheet, row, 8, f"={cell(row, 7)}-{cell(row, 3)}", after - before, SIGNED)
        share = (after - before) / before if before > 0 else float("nan")
        book.formula(sheet, row, 9, f"={cell(row, 8)}/{cell(row, 3)}", share, SHARE)
    sheet.freeze_panes(3, 3)
    sheet.repeat_rows(2)
    return str(sheet.name)


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
