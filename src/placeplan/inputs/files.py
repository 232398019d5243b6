"""Files to cells: a CSV or a sheet of a workbook as columns of text, with the rows that people see.

Knows no domain: which column names count is told by the caller. Whatever is wrong with a file comes as
``InputErrors``; files are only ever read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from placeplan.inputs.rawcells import RawCells, fault, tidy_name
from placeplan.inputs.textfiles import cells_of_text
from placeplan.inputs.workbooks import cells_of_workbook
from placeplan.problems import Finding, InputErrors

LISTED = 50
"""Faults of one kind in a file that are listed one by one."""
SPREADSHEET_ERRORS = ("#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!")
WORKBOOK_ENDINGS = (".xlsx", ".xlsm")
OTHER_FORMATS = (".xls", ".xlsb", ".ods", ".numbers")

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Cells:
    """The cells of one table as text. ``columns`` stand in the order of ``header``; blank rows are left out.

    ``rows`` are numbered as a spreadsheet counts them. ``dates`` and ``text_numbers`` hold (row, place in the
    header) of cells that a workbook keeps as a date, or as text that begins like a number.
    """

    name: str
    sha256: str
    header: tuple[str, ...]
    columns: tuple[list[str], ...]
    rows: list[int]
    dates: frozenset[tuple[int, int]]
    text_numbers: frozenset[tuple[int, int]]


def shown_name(path: Path, sheet: str) -> str:
    """Return the name of a source as people are shown it, such as ``rolls.xlsx#Sheet1``."""
    return f"{path.name}#{sheet}" if sheet else path.name


def read_cells(path: Path, sheet: str, recognised: Callable[[str], bool]) -> Cells:
    """Return the cells of a file; ``recognised`` tells whether a tidied name is a column of the table.

    Raises InputErrors, with every fault of the file, if it cannot be read whole.
    """
    name = shown_name(path, sheet)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputErrors(
            [fault("file-unreadable", name, f"it cannot be opened: {error.strerror}")]
        ) from None
    try:
        raw = _raw_cells(path, sheet, content, recognised)
        return _shaped(raw, hashlib.sha256(content).hexdigest(), recognised)
    except InputErrors:
        raise
    except Exception as error:
        said = f"it is damaged, or no file of its kind ({type(error).__name__}: {str(error)[:200]})"
        raise InputErrors([fault("file-unreadable", name, said)]) from error


def _raw_cells(path: Path, sheet: str, content: bytes, recognised: Callable[[str], bool]) -> RawCells:
    name, ending = shown_name(path, sheet), path.suffix.casefold()
    if not content.strip():
        raise InputErrors([fault("file-empty", name, "there is nothing in it")])
    if content.startswith(_OLE) and "EncryptedPackage".encode("utf-16-le") in content:
        raise InputErrors([fault("file-locked", name, "a password is needed to open it")])
    if content.startswith(_OLE) or ending in OTHER_FORMATS:
        kind = "an old Excel workbook (.xls)" if content.startswith(_OLE) else f"a file of type {ending}"
        raise InputErrors([fault("file-old-format", name, f"it is {kind}")])
    if ending in WORKBOOK_ENDINGS:
        if not content.startswith(_ZIP):
            said = f"its name ends in {ending}, but it holds no Excel workbook"
            raise InputErrors([fault("file-mislabelled", name, said)])
        return cells_of_workbook(content, name, sheet)
    if content.startswith(_ZIP):
        said = f"it is a workbook or other packed file, but its name ends in {ending or 'nothing'}"
        raise InputErrors([fault("file-mislabelled", name, said)])
    if sheet:
        raise InputErrors(
            [fault("sheet-missing", name, "only workbooks have sheets, and this is a text file")]
        )
    return cells_of_text(content, name, recognised)


def _shaped(raw: RawCells, sha256: str, recognised: Callable[[str], bool]) -> Cells:
    """Return the records as columns under the header, once every row fits it."""
    if not raw.records:
        raise InputErrors([fault("file-empty", raw.name, "it has no cells that are filled in")])
    header = _header(raw)
    if not any(recognised(tidy_name(name)) for name in header):
        said = f"the first filled row begins `{', '.join(header[:4])[:80]}`"
        raise InputErrors([fault("header-not-recognised", raw.name, said, raw.rows[0])])
    records, rows = raw.records[1:], raw.rows[1:]
    findings = [*_name_faults(raw, header), *_width_faults(raw.name, records, rows, len(header))]
    if findings:
        raise InputErrors(findings)
    width = len(header)
    if any(len(record) != width for record in records):
        records = [record[:width] for record in records]
    columns = tuple(map(list, zip(*records, strict=True))) if records else ([],) * width
    cells = Cells(raw.name, sha256, tuple(header), columns, rows, raw.dates, raw.text_numbers)
    findings = _cell_faults(cells)
    if findings:
        raise InputErrors(findings)
    return cells


def _header(raw: RawCells) -> list[str]:
    """Return the names of the first filled row; nameless columns at its end are dropped if they are empty."""
    header = [name.strip() for name in raw.records[0]]
    while header and not header[-1]:
        header.pop()
    return header


def _name_faults(raw: RawCells, header: list[str]) -> list[Finding]:
    tidy = [tidy_name(name) for name in header]
    return [
        fault(
            "column-twice",
            raw.name,
            f"the column name `{header[place]}` stands there twice",
            raw.rows[0],
            header[place],
        )
        for place, name in enumerate(tidy)
        if name and name in tidy[:place]
    ]


def _width_faults(name: str, records: list[list[str]], rows: list[int], width: int) -> list[Finding]:
    """Rows that are cut short, or have filled cells beyond the header."""
    if all(len(record) == width for record in records):
        return []
    findings = []
    for record, row in zip(records, rows, strict=True):
        if len(record) < width:
            said = f"there are {len(record)} cells where the column names make {width}"
            findings.append(fault("row-too-short", name, said, row))
        elif any(cell.strip() for cell in record[width:]):
            extra = next(cell for cell in record[width:] if cell.strip())
            said = f"the cell `{extra[:40]}` stands to the right of the {width} column names"
            findings.append(fault("row-too-long", name, said, row, value=extra))
    return _capped(findings)


def _cell_faults(cells: Cells) -> list[Finding]:
    """Cells in which a spreadsheet shows an error."""
    findings = []
    for header, column in zip(cells.header, cells.columns, strict=True):
        errors = set(SPREADSHEET_ERRORS).intersection(column)
        if errors:
            findings += [
                fault("cell-error", cells.name, f"the cell shows `{cell}`", row, header, cell)
                for cell, row in zip(column, cells.rows, strict=True)
                if cell in errors
            ]
    return _capped(findings)


def _capped(findings: list[Finding]) -> list[Finding]:
    more = len(findings) - LISTED
    if more <= 0:
        return findings
    last = findings[LISTED]
    return [
        *findings[:LISTED],
        fault(last.rule, last.file, f"{more:,} more rows have such a fault", last.row),
    ]
