"""A workbook under way: its formats, the names of its sheets, and how values are put into cells."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from xlsxwriter import Workbook  # type: ignore[import-untyped]
from xlsxwriter.utility import xl_rowcol_to_cell  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet as Worksheet  # type: ignore[import-untyped]

from placeplan.outputs.words import STATUS_WORDS, UNKNOWN, plain

WHOLE, SIGNED, SHARE, FORMS = "whole", "signed", "share", "forms"
_NUMBER_FORMATS = {
    WHOLE: "#,##0",
    SIGNED: "#,##0;[Red]−#,##0;0",
    SHARE: "0.0%;[Red]−0.0%;0.0%",
    "chance": "0%",
    FORMS: "0.0;[Red]−0.0;0.0",
    "decimal": "0.0",
    "pounds": "£#,##0;[Red]−£#,##0;£0",
}
_STATUS_FILLS = {
    "short": "#F6D5C3",
    "tight": "#FBE9DD",
    "surplus": "#E3EEF6",
    "high_surplus": "#C4DCEC",
    "unknown": "#EEEEEE",
}
_FORBIDDEN_IN_SHEET = re.compile(r"[\[\]:*?/\\']")
_SHEET_NAME_MOST = 31
_CELL_MOST = 32_000


@dataclass
class Book:
    """An XlsxWriter workbook with its formats and the sheet names taken so far."""

    file: Workbook
    formats: dict[str, Any]
    names: set[str] = field(default_factory=set)

    def sheet(self, name: str, heading: str, widths: Sequence[float], landscape: bool = True) -> Worksheet:
        """Add a sheet with a heading in A1, column widths, and a set-up for printing on A4."""
        sheet = self.file.add_worksheet(self.free_name(name))
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.write_string(0, 0, plain(heading), self.formats["title"])
        sheet.set_row(0, 24)
        if landscape:
            sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        sheet.set_footer("&L&A&RPage &P of &N")
        sheet.hide_gridlines(2)
        return sheet

    def free_name(self, wanted: str) -> str:
        """Return a legal sheet name that no sheet has yet."""
        name = _FORBIDDEN_IN_SHEET.sub(" ", plain(wanted)).strip()[:_SHEET_NAME_MOST].strip() or "Sheet"
        if name.casefold() == "history":
            name = "History of rolls"
        candidate, count = name, 1
        while candidate.casefold() in self.names:
            count += 1
            ending = f" {count}"
            candidate = name[: _SHEET_NAME_MOST - len(ending)] + ending
        self.names.add(candidate.casefold())
        return candidate

    def put(self, sheet: Worksheet, row: int, column: int, value: float | str, form: str = "text") -> None:
        """Write a number or a text; text is never a formula, and an unknown number is said in words."""
        if isinstance(value, str):
            sheet.write_string(row, column, plain(value)[:_CELL_MOST], self.formats[form])
        elif math.isfinite(value):
            sheet.write_number(row, column, value, self.formats[form])
        else:
            sheet.write_string(row, column, UNKNOWN, self.formats["unknown"])

    def formula(self, sheet: Worksheet, row: int, column: int, formula: str, value: float, form: str) -> None:
        """Write a live formula with the value that it gives; where the value is unknown say so instead."""
        if math.isfinite(value):
            sheet.write_formula(row, column, formula, self.formats[form], value)
        else:
            self.put(sheet, row, column, value)

    def header(self, sheet: Worksheet, row: int, cells: Iterable[str], text_columns: int = 1) -> None:
        """Write a header row: text on the left, the rest on the right."""
        for column, cell in enumerate(cells):
            sheet.write_string(
                row, column, cell, self.formats["head" if column < text_columns else "head_right"]
            )

    def colour_statuses(self, sheet: Worksheet, rows: tuple[int, int], columns: tuple[int, int]) -> None:
        """Colour the cells that hold a status in words."""
        for status in _STATUS_FILLS:
            rule = {"type": "cell", "criteria": "==", "value": f'"{STATUS_WORDS[status]}"'}
            rule["format"] = self.formats[f"status_{status}"]
            sheet.conditional_format(rows[0], columns[0], rows[1], columns[1], rule)


def write_book(path: Path, created: datetime, title: str, fill: Callable[[Book], None]) -> None:
    """Make a workbook at ``path``; ``created`` is fixed, so that the same sheets give the same bytes."""
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "in_memory": True,
    }
    with Workbook(str(path), options) as file:
        file.set_properties({"title": plain(title), "created": created, "comments": "Made by placeplan."})
        file.set_calc_mode("auto")
        fill(Book(file, _formats(file)))


def list_sheet(
    book: Book,
    name: str,
    heading: str,
    columns: Sequence[tuple[str, str, str, float]],
    frame: pd.DataFrame,
    frozen: int = 0,
) -> None:
    """Add a sheet that lists a frame by header, column, format and width; ``frozen``: columns that stay in view."""
    sheet = book.sheet(name, heading, [width for *_, width in columns])
    text = sum(form in ("text", "wrap") for *_, form, _ in columns)
    book.header(sheet, 2, [words for words, *_ in columns], text)
    for place, (_, column, form, _) in enumerate(columns):
        for row, value in enumerate(frame[column], start=3):
            if isinstance(value, str) or value == value:
                book.put(sheet, row, place, value if isinstance(value, str) else float(value), form)
    sheet.freeze_panes(3, frozen)
    if len(frame):
        sheet.autofilter(2, 0, 2 + len(frame), len(columns) - 1)


def cell(row: int, column: int) -> str:
    """Return the name of a cell, such as ``B7``."""
    return str(xl_rowcol_to_cell(row, column))


def _formats(file: Workbook) -> dict[str, Any]:
    base = {"font_name": "Arial", "font_size": 10, "valign": "top"}
    kinds: dict[str, dict[str, Any]] = {
        "text": {},
        "note": {"font_color": "#555555"},
        "wrap": {"text_wrap": True},
        "title": {"bold": True, "font_size": 15},
        "part": {"bold": True, "font_size": 12, "font_color": "#005A8C"},
        "head": {"bold": True, "bottom": 2, "text_wrap": True, "valign": "bottom"},
        "head_right": {"bold": True, "bottom": 2, "text_wrap": True, "valign": "bottom", "align": "right"},
        "row_head": {"bold": True},
        "right": {"align": "right", "text_wrap": True},
        "unknown": {"font_color": "#555555", "italic": True, "align": "right"},
        "link": {"font_color": "#005A8C", "underline": 1},
        "projected": {"num_format": '#,##0"*"', "italic": True},
        **{name: {"num_format": layout} for name, layout in _NUMBER_FORMATS.items()},
        **{
            f"total_{name}": {"num_format": layout, "bold": True, "top": 1}
            for name, layout in _NUMBER_FORMATS.items()
        },
        "total_head": {"bold": True, "top": 1},
    }
    formats = {name: file.add_format({**base, **layout}) for name, layout in kinds.items()}
    for status, fill in _STATUS_FILLS.items():
        formats[f"status_{status}"] = file.add_format({"bg_color": fill})
    return formats
