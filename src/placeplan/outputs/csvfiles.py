"""A frame as the bytes of a CSV file: the same frame always gives the same bytes.

UTF-8, LF, comma; blanks empty; whole numbers without a decimal point, other numbers in the shortest
form that reads back as the same number. About twice as fast as pandas, which matters for a whole country.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

_ROWS_AT_ONCE = 50_000
_NEEDS_QUOTES = (",", '"', "\n", "\r")


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write the frame without its index; only the header if it has no rows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(_quoted(str(name)) for name in frame.columns) + "\n")
        for start in range(0, len(frame), _ROWS_AT_ONCE):
            part = frame.iloc[start : start + _ROWS_AT_ONCE]
            columns = [_cells(column) for _, column in part.items()]
            file.write("\n".join(map(",".join, zip(*columns, strict=True))) + "\n")


def _cells(column: pd.Series) -> list[str]:
    """Return the column as text, each different value spelled once where values repeat."""
    codes, values = pd.factorize(column, use_na_sentinel=True)
    spelled = np.empty(len(values) + 1, dtype=object)
    if pd.api.types.is_float_dtype(column.dtype):
        spelled[:-1] = _numbers(np.asarray(values, dtype=float))
    else:
        spelled[:-1] = [_spelled(value) for value in values]
    spelled[-1] = ""
    return list(spelled[codes])


def _numbers(values: np.ndarray) -> list[str]:
    texts = repr(values.tolist())[1:-1].split(", ")
    for place in np.flatnonzero((values == np.floor(values)) & (np.abs(values) < 1e15)):
        texts[place] = str(int(values[place]))
    return texts


def _spelled(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, float | np.floating):
        return _numbers(np.array([value], dtype=float))[0]
    return _quoted(str(value))


def _quoted(text: str) -> str:
    if any(mark in text for mark in _NEEDS_QUOTES):
        return '"' + text.replace('"', '""') + '"'
    return text
