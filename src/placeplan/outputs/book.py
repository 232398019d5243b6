"""A workbook under way: its sheets, the names taken so far, and how values are put into cells."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from xlsxwriter import Workbook  # type: ignore[import-untyped]
from xlsxwriter.utility import xl_rowcol_to_cell  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet as Worksheet  # type: ignore[import-untyped]

from placeplan.outputs.book_formats import ACCENT, SPARK, SPARK_BELOW, STATUS_FILLS, make_formats
from placeplan.outputs.book_sheet import Sheet
from placeplan.outputs.words import STATUS_WORDS, UNKNOWN, plain

WHOLE, SIGNED, SHARE, FORMS, CHANCE = "whole", "signed", "share", "forms", "chance"
CONTENTS = "Contents"
LINE = 13.5
"""Height of a line of text, in points."""
HEAD_HEIGHT = 16.0
"""Height of a header of one line. It is set, because LibreOffice draws the row below over one that it fits itself."""
_FORBIDDEN_IN_SHEET = re.compile(r"[\[\]:*?/\\']")
_NOT_IN_NAME = re.compile(r"\W+", re.ASCII)
_LIKE_A_CELL = re.compile(r"[A-Za-z]{1,3}\d+|[RrCc]\d*([RrCc]\d*)?")
_SHEET_NAME_MOST = 31
_NAME_MOST = 60
_CELL_MOST = 32_000
_HEADER_MOST = 100
_PAPER_A4, _PAPER_A3 = 9, 8
_A4_MOST = 200
"""Letters across that can still be read when a sheet is fitted to the width of A4."""


@dataclass
class Book:
    """An XlsxWriter workbook with its formats and the names taken so far.

    ``run`` is said at the head of every printed page; ``linked``: whether every sheet leads back to the contents.
    """

    file: Workbook
    formats: dict[str, Any]
    run: str = ""
    title: str = ""
    linked: bool = False
    names: set[str] = field(default_factory=set)
    defined: set[str] = field(default_factory=set)

    @property
    def head(self) -> int:
        """The row of the header of a list: under heading, note and, where sheets are linked, the link."""
        return 3 if self.linked else 2

    def sheet(self, name: str, heading: str, widths: Sequence[float], landscape: bool = True) -> Worksheet:
        """Add a sheet with a heading in A1, a link to the contents, column widths, and a set-up for printing."""
        sheet = self.file.add_worksheet(self.free_name(name), worksheet_class=Sheet)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.write_string(0, 0, plain(heading)[:_CELL_MOST], self.formats["title"])
        sheet.set_row(0, 24)
        if self.linked and sheet.name != CONTENTS:
            sheet.write_url(2, 0, f"internal:'{CONTENTS}'!A1", self.formats["link"], "Back to Contents")
        if landscape:
            sheet.set_landscape()
        sheet.set_paper(_PAPER_A4 if sum(widths) <= _A4_MOST else _PAPER_A3)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
        if self.run:
            sheet.set_header(f"&L&8{_in_header(self.title)}&R&8{_in_header(self.run)}")
        sheet.set_footer("&L&8&A&R&8Page &P of &N")
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

    def free_table_name(self, wanted: str) -> str:
        """Return a legal name, for a table or a range, that none has yet: letters, digits and underscores."""
        name = _NOT_IN_NAME.sub("_", wanted).strip("_")[:_NAME_MOST] or "table"
        if name[0].isdigit() or _LIKE_A_CELL.fullmatch(name):
            name = f"t_{name}"
        candidate, count = name, 1
        while candidate.casefold() in self.defined:
            count += 1
            candidate = f"{name}_{count}"
        self.defined.add(candidate.casefold())
        return candidate

    def name_cells(self, wanted: str, sheet: Worksheet, first: tuple[int, int], last: tuple[int, int]) -> str:
        """Give cells a name that formulas and people can use; return the name."""
        name = self.free_table_name(wanted)
        cells = xl_rowcol_to_cell(*first, row_abs=True, col_abs=True)
        if last != first:
            cells += ":" + xl_rowcol_to_cell(*last, row_abs=True, col_abs=True)
        self.file.define_name(name, f"='{sheet.name}'!{cells}")
        return name

    def put(self, sheet: Worksheet, row: int, column: int, value: float | str, form: str = "text") -> None:
        """Write a number or a text; text is never a formula, and an unknown number is said in words."""
        if isinstance(value, str):
            sheet.write_string(row, column, shown(value), self.formats[form])
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

    def link(self, sheet: Worksheet, row: int, column: int, to: str, words: str) -> None:
        """Write a link to another sheet."""
        sheet.write_url(row, column, f"internal:'{to}'!A1", self.formats["link"], shown(words)[:200])

    def sparkline(
        self, sheet: Worksheet, row: int, column: int, cells: str, values: npt.NDArray[np.float64]
    ) -> None:
        """Draw cells of another sheet as small columns from 0, with room above them; negative ones in orange.

        Columns and not a line, because LibreOffice leaves lines out when it prints.
        """
        known = values[np.isfinite(values)]
        if known.size:
            scale: dict[str, float] = {"min": 0} if known.min() >= 0 else {}
            if known.max() > 0:
                scale["max"] = round(1.25 * float(known.max()), 1)
            style = {"type": "column", "series_color": SPARK, "negative_points": True, "axis": True}
            sheet.add_sparkline(
                row, column, {"range": cells, **style, "negative_color": SPARK_BELOW, **scale}
            )

    def header(self, sheet: Worksheet, row: int, cells: Iterable[str], text_columns: int = 1) -> None:
        """Write a header row of one line: text on the left, the rest on the right."""
        sheet.set_row(row, HEAD_HEIGHT)
        for column, cell in enumerate(cells):
            sheet.write_string(
                row, column, cell, self.formats["head" if column < text_columns else "head_right"]
            )

    def colour_statuses(self, sheet: Worksheet, rows: tuple[int, int], columns: tuple[int, int]) -> None:
        """Colour the cells that hold a status in words."""
        for status in STATUS_FILLS:
            rule = {"type": "cell", "criteria": "==", "value": f'"{STATUS_WORDS[status]}"'}
            rule["format"] = self.formats[f"status_{status}"]
            sheet.conditional_format(rows[0], columns[0], rows[1], columns[1], rule)


def write_book(
    path: Path,
    created: datetime,
    title: str,
    fill: Callable[[Book], None],
    run: str = "",
    linked: bool = False,
    accent: str = ACCENT,
) -> None:
    """Make a workbook at ``path``; ``created`` is fixed, so that the same sheets give the same bytes.

    ``run`` and ``linked`` as in ``Book`` (whoever links the sheets adds one that is called Contents); ``accent`` is the
    colour of headings.
    """
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "in_memory": True,
    }
    with Workbook(str(path), options) as file:
        file.set_properties({"title": plain(title), "created": created, "comments": "Made by placeplan."})
        file.set_calc_mode("auto")
        fill(Book(file, make_formats(file, accent), run, title, linked))


@lru_cache(maxsize=4096)
def shown(text: str) -> str:
    """Return a text as a cell holds it: on one line, no longer than a cell takes."""
    return plain(text)[:_CELL_MOST]


def lines_of(text: str, width: float) -> int:
    """Return about how many lines a text takes in a column of a width."""
    return max(1, math.ceil(0.97 * len(text) / max(width, 1.0)))


def cell(row: int, column: int) -> str:
    """Return the name of a cell, such as ``B7``."""
    return str(xl_rowcol_to_cell(row, column))


def _in_header(text: str) -> str:
    """Return foreign text for the head of a page, where ``&`` begins a code."""
    return plain(text)[:_HEADER_MOST].replace("&", "&&")
