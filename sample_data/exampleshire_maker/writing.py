"""How the files are written: the same rows give the same bytes on every machine."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]


def write_table(folder: Path, name: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Write one CSV with the columns in their order; a cell that a row lacks is blank."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: "" if cell is None else cell for key, cell in row.items()} for row in rows)
    (folder / f"{name}.csv").write_bytes(text.getvalue().encode("utf-8"))


def write_json(folder: Path, name: str, content: object) -> None:
    """Write one JSON file, a line for each feature of a collection."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    text = text.replace('{"type":"Feature",', '\n{"type":"Feature",')
    (folder / name).write_bytes((text + "\n").encode("utf-8"))
