"""The contract's tables as data, and the typed frames that hold them.

``data/tables.csv`` has one row for each column of each input table, ``data/outputs.csv`` one for each
output. What a kind of column is held as stands in ``docs/architecture.md``; every frame has a further
column ``row``, the row as a spreadsheet counts it.
"""

from __future__ import annotations

import csv
from collections import namedtuple
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np
import pandas as pd

from placeplan.datafiles import data_rows
from placeplan.problems import Finding
from placeplan.years import read_academic_year, read_year_group

with suppress(pd.errors.OptionError), catch_warnings():
    simplefilter("ignore")
    pd.set_option("future.infer_string", False)
    # pandas 3 would hold text in a kind of its own: slower, and not as pandas 2.2 does it. pandas 4 has no such choice.

NEEDED_TABLES = ("areas", "rolls")
TEXT_KINDS = frozenset({"code", "text", "choice", "phase", "school_type", "yesno"})
YEAR_KINDS = frozenset({"year", "birth_year", "financial_year", "calendar_year"})
NUMBER_KINDS = frozenset({"count", "number", "share", "money"})


@dataclass(frozen=True)
class Column:
    """One column of an input table.

    ``one_of`` names a group of columns of which at least one must be there. ``form`` is ``alternative`` for
    a column that is read in place of another and not held, ``derived`` for one that is held but never read.
    """

    name: str
    kind: str
    needed: bool
    key: bool
    whole: bool
    one_of: str
    form: str
    unit: str
    minimum: float | None
    maximum: float | None
    choices: tuple[str, ...]
    refers_to: str
    default: str
    meaning: str

    @property
    def read(self) -> bool:
        """Whether a file may give the column."""
        return self.form != "derived"

    @property
    def held(self) -> bool:
        """Whether the typed frame has the column."""
        return self.form != "alternative"

    @property
    def dtype(self) -> str:
        """The dtype of the column in a typed frame."""
        if self.kind in TEXT_KINDS:
            return "object"
        if self.kind == "date":
            return "datetime64[ns]"
        return "int64" if self.needed and self.kind not in NUMBER_KINDS else "float64"


@dataclass(frozen=True)
class TableSpec:
    """One input table: its columns in the contract's order."""

    name: str
    columns: tuple[Column, ...]

    @property
    def readable(self) -> tuple[Column, ...]:
        """The columns that a file may give."""
        return tuple(column for column in self.columns if column.read)

    @property
    def held(self) -> tuple[Column, ...]:
        """The columns of the typed frame, ``row`` left aside."""
        return tuple(column for column in self.columns if column.held)

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that together are unique; empty if the table has no key."""
        return tuple(column.name for column in self.columns if column.key)

    def __getitem__(self, name: str) -> Column:
        """Return a column by its name."""
        return next(column for column in self.columns if column.name == name)

    def __contains__(self, name: str) -> bool:
        """Tell whether the table has a column of that name."""
        return any(column.name == name for column in self.columns)


@dataclass(frozen=True)
class Source:
    """Where a table came from; ``name`` is what people are shown, such as ``rolls.xlsx#Sheet1``."""

    path: Path
    sheet: str
    name: str
    sha256: str


@dataclass(frozen=True)
class Inputs:
    """Every table that was given, typed, with its source and what reading it has found."""

    tables: Mapping[str, pd.DataFrame]
    sources: Mapping[str, Source] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def table(self, name: str) -> pd.DataFrame:
        """Return a table; a typed frame without rows if it was not given."""
        found = self.tables.get(name)
        return empty_table(name) if found is None else found

    def has(self, name: str) -> bool:
        """Tell whether a table was given and has rows."""
        return name in self.tables and len(self.tables[name]) > 0


@cache
def table_specs() -> dict[str, TableSpec]:
    """Return every input table by its name, in the contract's order."""
    columns: dict[str, list[Column]] = {}
    for row in _rows("tables.csv"):
        columns.setdefault(row["table"], []).append(_column(row))
    return {name: TableSpec(name, tuple(found)) for name, found in columns.items()}


@cache
def output_columns(file: str) -> tuple[str, ...]:
    """Return the columns of an output CSV by the file's stem, such as ``forecast``."""
    return next(tuple(row["columns"].split()) for row in _rows("outputs.csv") if row["file"] == file)


def output_files() -> tuple[str, ...]:
    """Return the stems of all output CSVs that any command writes."""
    return tuple(row["file"] for row in _rows("outputs.csv"))


@cache
def empty_table(name: str) -> pd.DataFrame:
    """Return the typed frame of a table without rows; the same frame each time, so do not change it."""
    return typed_table(name, pd.DataFrame())


def typed_table(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with every column of a table, in order and rightly typed, defaults filled in.

    Years may be start years or text such as ``2026/27``, year groups numbers or ``R``; rows without ``row``
    are counted from 2. Columns that the table lacks raise ValueError.
    """
    spec = table_specs()[name]
    held = [column.name for column in spec.held]
    unknown = [column for column in frame.columns if column not in (*held, "row")]
    if unknown:
        raise ValueError(f"the table {name} has no column {', '.join(map(str, unknown))}")
    typed = {column.name: _typed(frame.get(column.name), column, len(frame)) for column in spec.held}
    rows = frame["row"].to_numpy() if "row" in frame.columns else np.arange(2, len(frame) + 2)
    return pd.DataFrame({**typed, "row": rows.astype("int64")})


@cache
def built_in_table(name: str, file: str) -> pd.DataFrame:
    """Return the typed frame of a table as ``data/<file>`` has it; the same frame each time, so do not change it."""
    return typed_table(name, pd.DataFrame(data_rows(file)))


def rows_of(table: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows of a table as named tuples."""
    if not len(table):
        return
    row = _row_of(tuple(map(str, table.columns)))
    yield from map(row._make, zip(*(table[name].tolist() for name in table.columns), strict=True))


@cache
def _row_of(columns: tuple[str, ...]) -> Any:
    """The named tuple of some columns; pandas makes one at every call, which costs more than the rows of a small table."""
    return namedtuple("Row", columns, rename=True)


def text_series(texts: Iterable[str]) -> pd.Series[Any]:
    """Return texts as a series of objects, the same in every version of pandas."""
    return pd.Series(list(texts), dtype=object)


def _typed(values: Any, column: Column, count: int) -> Any:
    given = [None] * count if values is None else list(values)
    blank = [value is None or value is pd.NaT or value != value or value == "" for value in given]
    filled = [_filler(column) if is_blank else value for value, is_blank in zip(given, blank, strict=True)]
    if column.kind in TEXT_KINDS:
        return text_series("" if value is None else str(value) for value in filled)
    if column.kind == "date":
        return pd.to_datetime(pd.Series(filled, dtype=object)).to_numpy().astype("datetime64[ns]")
    numbers = [np.nan if value is None else _number(value, column.kind) for value in filled]
    return np.array(numbers, dtype="float64").astype(column.dtype)


def _filler(column: Column) -> Any:
    return column.default or ("" if column.kind in TEXT_KINDS else None)


def _number(value: Any, kind: str) -> float:
    if isinstance(value, str) and kind in ("year", "birth_year"):
        return read_academic_year(value).value
    if isinstance(value, str) and kind == "year_group":
        return read_year_group(value).value
    return float(value)


def _column(row: Mapping[str, str]) -> Column:
    return Column(
        name=row["column"],
        kind=row["kind"],
        needed=row["needed"] == "yes",
        key=row["key"] == "yes",
        whole=row["whole"] == "yes",
        one_of=row["one_of"],
        form=row["form"],
        unit=row["unit"],
        minimum=float(row["minimum"]) if row["minimum"] else None,
        maximum=float(row["maximum"]) if row["maximum"] else None,
        choices=tuple(row["choices"].split("|")) if row["choices"] else (),
        refers_to=row["refers_to"],
        default=row["default"],
        meaning=row["meaning"],
    )


def _rows(file: str) -> Iterator[dict[str, str]]:
    with files("placeplan").joinpath(f"data/{file}").open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines)
