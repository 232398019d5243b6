"""A table on its way from cells to its normal form: typed columns of one length, and the row of each item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from placeplan.tables import TEXT_KINDS, Column, TableSpec


@dataclass(frozen=True)
class Draft:
    """Typed arrays by column name; columns that the file does not have are missing."""

    spec: TableSpec
    columns: Mapping[str, np.ndarray]
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def has(self, name: str) -> bool:
        """Tell whether the file gave the column."""
        return name in self.columns

    def column(self, name: str) -> np.ndarray:
        """Return a column, blank throughout if the file does not have it."""
        found = self.columns.get(name)
        return blank_array(self.spec[name], len(self)) if found is None else found

    def filled(self, name: str) -> np.ndarray:
        """Return where a column is not blank."""
        return is_filled(self.column(name))

    def with_columns(self, **columns: np.ndarray) -> Draft:
        """Return the draft with columns added or replaced."""
        return replace(self, columns={**self.columns, **columns})

    def without(self, *names: str) -> Draft:
        """Return the draft without some columns."""
        return replace(
            self, columns={name: given for name, given in self.columns.items() if name not in names}
        )

    def take(self, items: np.ndarray) -> Draft:
        """Return the items at some positions, or where a mask is true."""
        columns = {name: values[items] for name, values in self.columns.items()}
        return replace(self, columns=columns, rows=self.rows[items])

    def frame(self) -> pd.DataFrame:
        """Return the typed frame; items without a value in a column of whole numbers are left out."""
        whole = [column.name for column in self.spec.held if column.dtype == "int64"]
        complete = np.ones(len(self), dtype=bool)
        for name in whole:
            complete &= self.filled(name)
        kept = self if complete.all() else self.take(complete)
        typed = {column.name: _series(kept.column(column.name), column) for column in self.spec.held}
        return pd.DataFrame({**typed, "row": kept.rows.astype("int64")})


def concat(drafts: list[Draft]) -> Draft:
    """Return drafts of one table one after the other, ordered by their rows."""
    names = dict.fromkeys(name for draft in drafts for name in draft.columns)
    columns = {name: np.concatenate([draft.column(name) for draft in drafts]) for name in names}
    rows = np.concatenate([draft.rows for draft in drafts])
    whole = Draft(drafts[0].spec, columns, rows)
    return whole.take(np.argsort(rows, kind="stable"))


def blank_array(column: Column, count: int) -> np.ndarray:
    """Return a column without values."""
    if column.kind in TEXT_KINDS:
        return np.full(count, "", dtype=object)
    if column.kind == "date":
        return np.full(count, "NaT", dtype="datetime64[ns]")
    return np.full(count, np.nan)


def is_filled(values: np.ndarray) -> np.ndarray:
    """Return where values are not blank."""
    if values.dtype == object:
        return np.asarray(values != "", dtype=bool)
    return ~pd.isna(values)


def _series(values: np.ndarray, column: Column) -> pd.Series[Any]:
    return (
        pd.Series(values, dtype="object")
        if column.dtype == "object"
        else pd.Series(values.astype(column.dtype))
    )
