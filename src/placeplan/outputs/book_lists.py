"""Lists of a workbook: Excel tables that can be sorted, filtered, and loaded by name with Power Query."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from placeplan.outputs.book import (
    LINE,
    Book,
    Worksheet,
    cell,
    lines_of,
    shown,
)
from placeplan.outputs.words import UNKNOWN

TEXT, WRAP, CLIP, YEAR, DATE, STATUS = "text", "wrap", "clip", "year", "date", "status"
POUNDS, DECIMAL = "pounds", "decimal"
TEXTS = frozenset((TEXT, WRAP, CLIP, STATUS))
Column = tuple[str, str, str, float]
"""Header, column of the frame, format, width."""
Live = Mapping[str, tuple[str, str, str]]
"""Columns that the sheet works out: column to (column, ``-``, ``/`` or ``*``, column)."""
ROWS_AT_MOST = 50_000
_WIDE_LINES = 8
_ISO_DAY = re.compile(r"(19|2\d)\d\d-\d\d-\d\d")


def list_sheet(
    book: Book,
    name: str,
    heading: str,
    columns: Sequence[Column],
    frame: pd.DataFrame,
    frozen: int = 0,
    note: str = "",
    live: Live | None = None,
) -> str:
    """Add a sheet that lists a frame and return its name; ``frozen``: columns that stay in view."""
    sheet = book.sheet(name, heading, [width for *_, width in columns])
    if note:
        book.put(sheet, 1, 0, note, "note")
    cells = [frame[column].tolist() for _, column, _, _ in columns]
    write_list(book, sheet, name, columns, cells, frozen, live)
    return str(sheet.name)


def write_list(
    book: Book,
    sheet: Worksheet,
    name: str,
    columns: Sequence[Column],
    cells: Sequence[Sequence[object]],
    frozen: int = 0,
    live: Live | None = None,
    head: int | None = None,
) -> int:
    """Write a list as an Excel table, from its head row down; return the row after it. ``cells``: one list a column."""
    head = book.head if head is None else head
    count = min(len(cells[0]), ROWS_AT_MOST) if cells else 0
    headers = _headers(columns)
    deepest = max(lines_of(words, width) for words, (*_, width) in zip(headers, columns, strict=True))
    sheet.set_row(head, LINE * (min(deepest, 4) + 1))
    places = {key: place for place, (_, key, _, _) in enumerate(columns)}
    kind = "top_" if any(form == WRAP for _, _, form, _ in columns) else "list_"
    for place, ((_, key, form, _), values) in enumerate(zip(columns, cells, strict=True)):
        sheet.write_string(head, place, headers[place], book.formats[_head_form(form)])
        formula = (live or {}).get(key)
        if formula is None:
            look = kind + (TEXT if form == STATUS else form)
            _write_column(
                book, sheet, (head + 1, place), look, book.formats[kind + "unknown"], values[:count]
            )
        else:
            left, sign, right = formula
            at = places[left], sign, places[right]
            numbers = [_numbers(cells[places[one]], count) for one in (left, right, key)]
            _write_live(book, sheet, (head + 1, place), kind + form, at, numbers)
    _row_heights(sheet, head + 1, columns, cells, count)
    statuses = [place for place, (_, _, form, _) in enumerate(columns) if form == STATUS]
    if count:
        for place in statuses:
            book.colour_statuses(sheet, (head + 1, head + count), (place, place))
        _make_table(book, sheet, name, head, headers, columns, count)
    sheet.freeze_panes(head + 1, frozen)
    sheet.repeat_rows(head)
    return head + 1 + count


def _make_table(
    book: Book,
    sheet: Worksheet,
    name: str,
    head: int,
    headers: Sequence[str],
    columns: Sequence[Column],
    count: int,
) -> None:
    heads = [
        {"header": words, "header_format": book.formats[_head_form(form)]}
        for words, (_, _, form, _) in zip(headers, columns, strict=True)
    ]
    layout = {
        "name": book.free_table_name("".join(word[:1].upper() + word[1:] for word in name.split())),
        "columns": heads,
        "style": "Table Style Light 1",
    }
    sheet.add_table(head, 0, head + count, len(columns) - 1, layout)


def _head_form(form: str) -> str:
    """Headers of lists stand at the top, because the buttons of the filter cover the bottom."""
    return "list_head" if form in TEXTS else "list_head_right"


def _headers(columns: Sequence[Column]) -> list[str]:
    """Return the headers, each different from the others, as a table needs them."""
    found: list[str] = []
    for words, *_ in columns:
        candidate, count = shown(words) or "Column", 1
        while candidate.casefold() in {one.casefold() for one in found}:
            count += 1
            candidate = f"{words} ({count})"
        found.append(candidate)
    return found


def _write_column(
    book: Book, sheet: Worksheet, start: tuple[int, int], form: str, unknown: Any, values: Sequence[object]
) -> None:
    """Write one column from its first row down; a blank is left blank, an unknown number too; days become dates."""
    look, (first, place) = book.formats[form], start
    write_string, write_number = sheet.write_string, sheet.write_number
    dates = form.endswith(DATE)
    for row, value in enumerate(values, first):
        if isinstance(value, str):
            if dates and (day := _day(value)) is not None:
                sheet.write_datetime(row, place, day, look)
            elif value:
                write_string(row, place, shown(value), unknown if value == UNKNOWN else look)
        elif value is not None and value == value:
            number = float(value)  # type: ignore[arg-type]
            if math.isfinite(number):
                write_number(row, place, number, look)


def _day(text: str) -> datetime | None:
    """Return the day that an ISO date names; nothing if it names none that a spreadsheet knows."""
    if not _ISO_DAY.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _numbers(values: Sequence[object], count: int) -> np.ndarray:
    return np.array(
        [math.nan if isinstance(one, str) or one is None else one for one in values[:count]], dtype=float
    )


def _write_live(
    book: Book,
    sheet: Worksheet,
    start: tuple[int, int],
    form: str,
    at: tuple[int, str, int],
    numbers: Sequence[np.ndarray],
) -> None:
    """Write a column of formulas; where a formula would not give the number, the number alone."""
    left, right, wanted = numbers
    sign, (first, place) = at[1], start
    with np.errstate(divide="ignore", invalid="ignore"):
        given = left - right if sign == "-" else left / right if sign == "/" else left * right
    agrees = np.isclose(given, wanted, rtol=1e-9, atol=1e-9)
    for row, (value, live) in enumerate(zip(wanted.tolist(), agrees.tolist(), strict=True), first):
        if live:
            formula = f"={cell(row, at[0])}{sign}{cell(row, at[2])}"
            sheet.write_formula(row, place, formula, book.formats[form], value)
        elif math.isfinite(value):
            sheet.write_number(row, place, value, book.formats[form])


def _row_heights(
    sheet: Worksheet, first: int, columns: Sequence[Column], cells: Sequence[Sequence[object]], count: int
) -> None:
    """Make rows high enough for their longest wrapped text, because not every program does so by itself."""
    wrapped = [(place, width) for place, (_, _, form, width) in enumerate(columns) if form == WRAP]
    for row in range(count if wrapped else 0):
        lines = max(
            lines_of(text, width) if isinstance(text := cells[place][row], str) else 1
            for place, width in wrapped
        )
        if lines > 1:
            sheet.set_row(first + row, LINE * min(lines, _WIDE_LINES) + 2)
