"""CSV files to rows of text: UTF-8 or cp1252, separated by comma, semicolon or tab."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

from placeplan.inputs.rawcells import RawCells, fault, tidy_name
from placeplan.problems import InputErrors

SEPARATORS = (",", ";", "\t")

_BINARY = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def cells_of_text(content: bytes, name: str, recognised: Callable[[str], bool]) -> RawCells:
    """Return the filled rows of a CSV file; the separator is the one that makes most column names known.

    Raises InputErrors if the file is no text or its quotation marks do not match.
    """
    text = _decoded(content, name)
    separator = max(SEPARATORS, key=lambda mark: _names_known(text, mark, recognised))
    records: list[list[str]] = []
    rows: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    row = 0
    try:
        for row, record in enumerate(reader, start=1):
            if any(record) and any(cell.strip() for cell in record):
                records.append(record)
                rows.append(row)
    except csv.Error as error:
        said = f"the row cannot be told apart into cells ({error})"
        raise InputErrors([fault("quote-unclosed", name, said, row + 1)]) from None
    return RawCells(name, records, rows)


def _decoded(content: bytes, name: str) -> str:
    if content.startswith(_UTF16) or b"\x00" in content:
        said = "it is written in UTF-16, or is no text at all"
        raise InputErrors([fault("file-encoding", name, said)])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = _decoded_as_cp1252(content, name)
    strange = _BINARY.search(text)
    if strange:
        line = text.count("\n", 0, strange.start()) + 1
        said = f"it holds the control character {ord(strange[0])}, which no text has"
        raise InputErrors([fault("file-encoding", name, said, line)])
    return text


def _decoded_as_cp1252(content: bytes, name: str) -> str:
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        said = f"the byte {content[error.start]:#04x} belongs neither to UTF-8 nor to Windows text (cp1252)"
        raise InputErrors([fault("file-encoding", name, said, line)]) from None


def _names_known(text: str, separator: str, recognised: Callable[[str], bool]) -> int:
    """Return how many names of the first filled row are known if it is split by a separator."""
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            if any(cell.strip() for cell in record):
                return sum(recognised(tidy_name(name)) for name in record)
    except csv.Error:
        return 0
    return 0
