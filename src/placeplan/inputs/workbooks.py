"""Sheets of Excel workbooks to rows of text as a person types them: 7 and not 7.0, dates in ISO form."""

from __future__ import annotations

import datetime as dt
import io
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any

from placeplan.inputs.rawcells import RawCells, fault
from placeplan.problems import InputErrors

LARGEST_UNPACKED = 1_000_000_000
"""Bytes that a workbook may unpack to."""

_NUMBER_BEGINS = frozenset("0123456789+-.£")

Position = tuple[int, int]


def cells_of_workbook(content: bytes, name: str, sheet: str) -> RawCells:
    """Return the filled rows of a sheet, the first if none is named.

    Raises InputErrors if the sheet is missing or a formula has no value; openpyxl's own exceptions pass.
    """
    import openpyxl

    has_formulas = _has_formulas(content, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            page = _page(book, name, sheet)
            values = list(_filled_rows(page))
            unsaved = _formulas_without_value(content, page.title, values) if has_formulas else []
        finally:
            book.close()
    if unsaved:
        row, column = unsaved[0]
        said = f"{len(unsaved):,} formulas were saved without a value; the first is in column {column + 1}"
        raise InputErrors([fault("formula-without-value", name, said, row)])
    return _as_text(name, values)


def _has_formulas(content: bytes, name: str) -> bool:
    """Tell whether any sheet has a formula; a workbook that unpacks to an absurd size is refused first."""
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        if sum(part.file_size for part in parts.infolist()) > LARGEST_UNPACKED:
            said = f"it unpacks to more than {LARGEST_UNPACKED // 1_000_000:,} MB"
            raise InputErrors([fault("file-unreadable", name, said)])
        sheets = (part for part in parts.namelist() if "worksheets/" in part and part.endswith(".xml"))
        return any(b"<f>" in (page := parts.read(sheet)) or b"<f " in page for sheet in sheets)


def _page(book: Any, name: str, sheet: str) -> Any:
    pages = {page.title: page for page in book.worksheets}
    if not pages:
        raise InputErrors([fault("file-empty", name, "the workbook has no sheet with cells")])
    if not sheet:
        return next(iter(pages.values()))
    wanted = sheet.strip().casefold()
    for title, page in pages.items():
        if title.strip().casefold() == wanted:
            return page
    said = f"there is no sheet `{sheet}`; the workbook has {', '.join(f'`{title}`' for title in pages)}"
    raise InputErrors([fault("sheet-missing", name, said)])


def _filled_rows(page: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Yield row numbers and values of the rows that hold anything; stated dimensions are not believed."""
    page.reset_dimensions()
    for row, values in enumerate(page.iter_rows(values_only=True), start=1):
        if any(value is not None and str(value).strip() for value in values):
            yield row, values


def _formulas_without_value(
    content: bytes, title: str, values: list[tuple[int, tuple[Any, ...]]]
) -> list[Position]:
    """Return (row, column) of formulas that a program saved without calculating them."""
    read = dict(values)
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False)
    try:
        return [
            (row, column)
            for row, written in _filled_rows(book[title])
            for column, value in enumerate(written)
            if isinstance(value, str) and value.startswith("=") and _value(read, row, column) is None
        ]
    finally:
        book.close()


def _value(read: dict[int, tuple[Any, ...]], row: int, column: int) -> Any:
    values = read.get(row, ())
    return values[column] if column < len(values) else None


def _as_text(name: str, values: list[tuple[int, tuple[Any, ...]]]) -> RawCells:
    dates: set[Position] = set()
    text_numbers: set[Position] = set()
    records = []
    width = max((len(cells) for _, cells in values), default=0)
    for row, cells in values:
        record = [_text(cell) for cell in cells]
        records.append(record + [""] * (width - len(record)))
        for column, cell in enumerate(cells):
            if isinstance(cell, dt.date | dt.time | dt.timedelta):
                dates.add((row, column))
            elif isinstance(cell, str) and cell.strip()[:1] in _NUMBER_BEGINS:
                text_numbers.add((row, column))
    rows = [row for row, _ in values]
    return RawCells(name, records, rows, frozenset(dates), frozenset(text_numbers))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, dt.date) else str(value)
