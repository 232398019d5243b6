"""CSV files that are sent out: no text of the inputs becomes a formula in the spreadsheet that opens them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from placeplan.outputs.csvfiles import write_csv
from placeplan.outputs.words import plain

MARKS = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """Return foreign text on one line, and so that no spreadsheet takes it for a formula."""
    told = plain(text)
    return f"'{told}" if told.startswith(MARKS) else told


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as CSV, every text in it harmless; numbers are not touched."""
    guarded = {name: _guarded(frame[name]) for name in frame.columns}
    write_csv(pd.DataFrame(guarded, index=frame.index), path)


def _guarded(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column
    codes, values = pd.factorize(column, use_na_sentinel=True)
    told = np.empty(len(values) + 1, dtype=object)
    told[:-1] = [harmless(value) if isinstance(value, str) else value for value in values]
    told[-1] = np.nan
    return pd.Series(told[codes], index=column.index, dtype=object)
