"""The return on disk: a CSV of each part, and a workbook of the same with sign-off and checks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from placeplan.outputs.book import Book, Worksheet, write_book
from placeplan.outputs.csvfiles import write_csv
from placeplan.outputs.words import plain
from placeplan.returns.build import ROW, Return
from placeplan.returns.checkkinds import COLUMNS, HEADINGS
from placeplan.returns.layouts import Part

WORKBOOK = "return.xlsx"
CHECKS_SHEET, CHECKS_FILE = "Checks", "scap_checks.csv"
SIGNOFF_SHEET, SIGNOFF_FILE = "Sign-off", "scap_signoff.csv"
CHECK_WIDTHS = (24, 9, 18, 7, 30, 60, 50, 60)
CHECK_HEIGHT = 39
"""Points: three lines, because not every program fits a row to its wrapped text."""
_SHOWN_ROWS = 200


def write_csvs(made: Return, checks: pd.DataFrame, signoff: pd.DataFrame, folder: Path) -> None:
    """Write every part under the headings of the layout, the checks with their boxes, the sign-off."""
    for name, part in made.layout.parts.items():
        write_csv(with_headings(made.parts[name], part), folder / part.file)
    write_checks_csv(checks, folder)
    write_csv(signoff.set_axis(["Topic", "Text"], axis=1), folder / SIGNOFF_FILE)


def write_checks_csv(checks: pd.DataFrame, folder: Path) -> None:
    """Write the list of what the checks found."""
    write_csv(checks.set_axis(list(HEADINGS), axis=1), folder / CHECKS_FILE)


def with_headings(frame: pd.DataFrame, part: Part) -> pd.DataFrame:
    """Return a part under the headings of the layout, without the row numbers."""
    return frame.drop(columns=ROW, errors="ignore").set_axis([one.heading for one in part.fields], axis=1)


def write_return_book(
    made: Return, checks: pd.DataFrame, signoff: pd.DataFrame, title: str, base_year: int, path: Path
) -> None:
    """Write the workbook; its creation date is the base year's census, so that bytes repeat."""

    def fill(book: Book) -> None:
        _signoff_sheet(book, signoff, title)
        checks_sheet(book, checks)
        for name, part in made.layout.parts.items():
            _data_sheet(book, part, made.parts[name])
        _specialist_sheets(book, made.parts["specialist_forecasts"])

    write_book(path, datetime(base_year + 1, 1, 15), title, fill)


def _signoff_sheet(book: Book, signoff: pd.DataFrame, title: str) -> None:
    sheet = book.sheet(SIGNOFF_SHEET, title, (40, 110), landscape=False)
    book.header(sheet, 2, ["Topic", "Text"], 2)
    box = _box(book)
    for row, (topic, text) in enumerate(signoff.itertuples(index=False, name=None), start=3):
        book.put(sheet, row, 0, topic, "row_head")
        if text:
            book.put(sheet, row, 1, text, "wrap")
        else:
            sheet.write_blank(row, 1, None, box)


def checks_sheet(book: Book, checks: pd.DataFrame) -> None:
    """Add the checks, with a box for the explanation at the end of each row."""
    sheet = _plain_sheet(book, CHECKS_SHEET, HEADINGS, CHECK_WIDTHS)
    box = _box(book)
    for row, values in enumerate(checks[list(COLUMNS)].itertuples(index=False, name=None), start=1):
        sheet.set_row(row, CHECK_HEIGHT)
        for column, value in enumerate(values):
            is_number = COLUMNS[column] == "row" and value
            if COLUMNS[column] == "explanation":
                sheet.write(row, column, plain(value) if value else None, box)
                continue
            book.put(
                sheet, row, column, float(value) if is_number else value, "whole" if is_number else "wrap"
            )
    _finish(sheet, len(checks), len(HEADINGS))


def _box(book: Book) -> Any:
    """The format of a cell that people fill in."""
    look = {"font_name": "Arial", "font_size": 10, "valign": "top", "text_wrap": True, "border": 1}
    return book.file.add_format({**look, "border_color": "#555555", "bg_color": "#FFFBE6"})


def _data_sheet(book: Book, part: Part, frame: pd.DataFrame) -> None:
    """Headings in the first row, so that the sheet can be loaded and read back as it is."""
    widths = [_width(frame[one.name], one.heading) for one in part.fields]
    sheet = _plain_sheet(book, part.sheet, [one.heading for one in part.fields], widths)
    for column, one in enumerate(part.fields):
        if one.kind == "count":
            sheet.write_string(0, column, one.heading, book.formats["head_right"])
        for row, value in enumerate(frame[one.name], start=1):
            if isinstance(value, str):
                if value:
                    book.put(sheet, row, column, value)
            elif value == value:
                book.put(sheet, row, column, float(value), "whole")
    _finish(sheet, len(frame), len(part.fields))


def _specialist_sheets(book: Book, frame: pd.DataFrame) -> None:
    """One sheet for each SEND planning area: academic years down, year groups across."""
    for area, rows in frame.groupby("planning_area", sort=False):
        wide = rows.pivot_table(index="academic_year", columns="year_group", values="pupils", sort=False)
        names = ["Reception" if name == "R" else str(name) for name in wide.columns]
        sheet = _plain_sheet(book, f"SEND {area}", ["Forecasts", *names], [12, *[10] * len(names)])
        for row, (year, values) in enumerate(wide.iterrows(), start=1):
            book.put(sheet, row, 0, str(year))
            for column, value in enumerate(values.tolist(), start=1):
                book.put(sheet, row, column, float(value), "whole")


def _plain_sheet(book: Book, name: str, headings: Sequence[str], widths: Sequence[float]) -> Worksheet:
    sheet = book.file.add_worksheet(book.free_name(name))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    book.header(sheet, 0, headings, len(headings))
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&L&A&RPage &P of &N")
    return sheet


def _finish(sheet: Worksheet, rows: int, columns: int) -> None:
    sheet.freeze_panes(1, 0)
    if rows:
        sheet.autofilter(0, 0, rows, columns - 1)


def _width(values: pd.Series[Any], heading: str) -> float:
    """Wide enough for the longest word of the heading and for the values, at most 44."""
    longest = max((len(str(value)) for value in values.head(_SHOWN_ROWS) if value == value), default=0)
    return float(min(max(longest + 1, max(map(len, heading.split())) + 3, 8), 44))
