"""A return read back, made here or elsewhere: a workbook, or a folder of its CSV files, as the layout has them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from placeplan.inputs.files import Cells, read_cells
from placeplan.inputs.rawcells import tidy_name
from placeplan.problems import Finding, InputErrors, UsageError, has_errors
from placeplan.returns.build import ROW, Return
from placeplan.returns.checkkinds import HEADINGS
from placeplan.returns.layouts import Field, Layout, Part
from placeplan.returns.write import CHECKS_FILE, CHECKS_SHEET, WORKBOOK
from placeplan.years import AcademicYear, read_year_group, year_group_label

_BLANK = {"", "z", "x", "c", "low", "supp", "u", ":", "*", "-"}
_FOLDED = ("phase", "certainty")
"""Words of a fixed list: however they are written, they are read alike."""


def read_return(path: Path, layout: Layout) -> Return:
    """Return what a workbook or folder holds; raises InputErrors with every fault, UsageError if there is no return."""
    sheets = _sheets(path)
    parts, files, missing, faults = {}, {}, [], []
    for name, part in layout.parts.items():
        where = sheets(part.sheet, part.file)
        if where is None:
            missing.append(name)
            continue
        try:
            cells = read_cells(*where, _headings([one.heading for one in part.fields]))
        except InputErrors as error:
            faults += error.findings
            continue
        parts[name], found = _typed(cells, part)
        files[name] = cells.name
        faults += found
    if not parts and not faults:
        names = ", ".join(part.sheet for part in layout.parts.values())
        raise UsageError(f"{path} holds no part of a return; its sheets should be called {names}")
    if has_errors(faults):
        raise InputErrors(faults)
    return Return(layout, parts, files, tuple(missing))


def read_answers(path: Path) -> dict[tuple[str, str], str]:
    """Return the explanations in the boxes of an earlier return, by check and subject; none if it has none.

    What stands in the workbook goes before what stands in the CSV file, because people write into workbooks.
    """
    found: dict[tuple[str, str], str] = {}
    places = (
        [(path, CHECKS_SHEET)]
        if path.is_file()
        else [(path / CHECKS_FILE, ""), (path / WORKBOOK, CHECKS_SHEET)]
    )
    for file, sheet in places:
        if not file.is_file():
            continue
        try:
            cells = read_cells(file, sheet, _headings(HEADINGS))
        except InputErrors:
            continue
        columns = dict(zip(map(tidy_name, cells.header), cells.columns, strict=True))
        keys = [columns.get(tidy_name(name)) for name in ("Check", "About", "Explanation")]
        if None not in keys:
            rows = zip(*keys, strict=True)
            found |= {(check, about): words.strip() for check, about, words in rows if words.strip()}
    return found


def _sheets(path: Path) -> Callable[[str, str], tuple[Path, str] | None]:
    """Return where a part stands, by its sheet and its file; UsageError if there is neither file nor folder."""
    if path.is_dir():
        book = path / WORKBOOK
        csvs = {one.name.casefold(): one for one in path.iterdir() if one.is_file()}
        titles = _titles(book) if book.is_file() else {}

        def in_folder(sheet: str, file: str) -> tuple[Path, str] | None:
            if file.casefold() in csvs:
                return csvs[file.casefold()], ""
            title = titles.get(sheet.casefold())
            return None if title is None else (book, title)

        return in_folder
    if not path.is_file():
        raise UsageError(f"there is no return at {path}; name its workbook or its folder")
    if path.suffix.casefold() not in (".xlsx", ".xlsm"):
        raise UsageError(
            f"{path} is no workbook; name the .xlsx file of a return, or the folder of its CSV files"
        )
    titles = _titles(path)

    def in_book(sheet: str, file: str) -> tuple[Path, str] | None:
        title = titles.get(sheet.casefold())
        return None if title is None else (path, title)

    return in_book


def _titles(book: Path) -> dict[str, str]:
    import openpyxl

    try:
        opened = openpyxl.load_workbook(book, read_only=True)
    except Exception as error:
        said = f"it is damaged, or no file of its kind ({type(error).__name__})"
        raise InputErrors([Finding("file-unreadable", said, "", book.name)]) from None
    try:
        return {title.strip().casefold(): title for title in opened.sheetnames}
    finally:
        opened.close()


def _headings(wanted: Any) -> Callable[[str], bool]:
    known = {tidy_name(heading) for heading in wanted}
    return lambda name: name in known


def _typed(cells: Cells, part: Part) -> tuple[pd.DataFrame, list[Finding]]:
    """The columns of a part, typed, with what is wrong with headings and cells."""
    given = dict(zip(map(tidy_name, cells.header), cells.columns, strict=True))
    faults, columns = [], {}
    for one in part.fields:
        column = given.get(tidy_name(one.heading))
        if column is None and one.needed:
            said = f"the sheet {part.sheet} has no column `{one.heading}`"
            faults.append(Finding("scap-column-missing", said, part.name, cells.name, 1, one.heading))
        values = [""] * len(cells.rows) if column is None else column
        columns[one.name], found = _column(values, one, part, cells)
        faults += found
    return pd.DataFrame(columns).assign(**{ROW: cells.rows}), faults


def _column(values: list[str], one: Field, part: Part, cells: Cells) -> tuple[pd.Series[Any], list[Finding]]:
    read: list[Any] = []
    faults = []
    for text, row in zip(values, cells.rows, strict=True):
        try:
            value = _value(text.strip(), one.kind)
            read.append(value.casefold().replace(" ", "_") if one.name in _FOLDED else value)
        except ValueError:
            read.append(float("nan") if one.kind == "count" else "")
            said = f"`{text[:40]}` is no {_KIND_WORDS[one.kind]}"
            faults.append(Finding("scap-value", said, part.name, cells.name, row, one.heading, text))
    return pd.Series(read, dtype="float64" if one.kind == "count" else object), faults


_KIND_WORDS = {
    "count": "number",
    "year": "academic year such as 2026/27",
    "group": "year group (R or 1 to 14)",
}


def _value(text: str, kind: str) -> Any:
    if kind == "count":
        if text.casefold() in _BLANK:
            return float("nan")
        number = float(text.replace(",", ""))
        if abs(number) > 1e7 or number != number:
            raise ValueError(text)
        return number
    if not text or kind not in _KIND_WORDS:
        return text
    return str(AcademicYear.parse(text)) if kind == "year" else year_group_label(read_year_group(text).value)
