"""Whether a finished run is whole: its run.json, the files that it needs, their columns, and as many rows as it wrote.

A folder that was copied in part, edited by hand or cut short is told by its file, before any number of it is used.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from placeplan.problems import UsageError

RUN_FILE = "run.json"
COLUMNS = {
    "forecast": (
        "scenario", "geography", "code", "name", "phase", "academic_year", "year_group", "pupils", "baseline",
        "housing", "adjustment", "p10", "p90",
    ),
    "sufficiency": ("scenario", "area_code", "phase", "academic_year", "year_group", "places", "planned", "status"),
    "schools": ("scenario", "urn", "site_id", "phase", "academic_year", "year_group", "area_code", "places"),
    "supply_confidence": ("urn", "site_id", "phase", "academic_year", "counts", "measure", "source", "verified_on"),
    "history": ("geography", "code", "academic_year", "year_group", "pupils"),
    "cohorts": (
        "scenario", "area_code", "district", "academic_year", "year_group", "could_come", "pull", "ratio", "control",
        "baseline", "comes_from", "method",
    ),
    "ratios": ("scenario", "area_code", "academic_year", "year_group", "method", "weight", "ratio"),
    "pools": ("scenario", "area_code", "year_group", "from_area", "weight"),
    "sources": ("scenario", "kind", "area_code", "academic_year", "year_group", "file", "row", "label", "amount"),
    "accuracy": ("geography", "code", "phase", "year_group"),
}  # fmt: skip
"""Columns without which a run cannot be explained or compared, by file."""
NUMBERS = {
    "forecast": ("pupils", "baseline", "housing", "adjustment", "p10", "p90"),
    "history": ("pupils",),
    "cohorts": ("could_come", "pull", "ratio", "control", "baseline"),
    "ratios": ("weight", "ratio"),
    "pools": ("weight",),
}
"""Columns that hold numbers alone, by file."""
STORY = ("version", "command", "started", "finished", "scenarios", "base_year", "settings", "inputs", "rows")
AGAIN = "run placeplan forecast again, with --outputs csv"


def checked_story(folder: Path, name: str) -> dict[str, Any]:
    """Return run.json of a run whose files are whole; UsageError that names every fault of the folder.

    ``name``: what the command line calls it.
    """
    if not (folder / RUN_FILE).is_file():
        raise UsageError(
            f"{name} {folder}: there is no run; give a folder that placeplan forecast or demo has written"
        )
    missing = [f"{one}.csv" for one in COLUMNS if not (folder / f"{one}.csv").is_file()]
    if missing:
        are = "is" if len(missing) == 1 else "are"
        raise UsageError(f"{name} {folder}: {', '.join(missing)} {are} missing; {AGAIN}")
    story = _story(folder)
    faults = ["run.json is not whole"] if story is None else list(_faults(folder, story["rows"]))
    if story is None or faults:
        raise UsageError(f"{name} {folder}: {'; '.join(faults)}; {AGAIN}")
    return story


def _story(folder: Path) -> dict[str, Any] | None:
    """run.json, None if it is not what a forecast writes."""
    try:
        story = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(story, dict) or any(not story.get(key) for key in STORY):
        return None
    return story if isinstance(story["rows"], dict) and isinstance(story["scenarios"], list) else None


def _faults(folder: Path, rows: dict[str, int]) -> Iterator[str]:
    """What is wrong with the CSVs: not text, a column too few, or other rows than the run wrote."""
    for name, columns in COLUMNS.items():
        file = f"{name}.csv"
        try:
            text = (folder / file).read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            yield f"{file} is not text as the run wrote it"
            continue
        header = next(csv.reader(text[: text.find("\n") + 1].splitlines()), [])
        lacking = [column for column in columns if column not in header]
        if lacking:
            yield f"{file} has no column {', '.join(lacking)}"
        elif file in rows and (found := _count(text)) != rows[file]:
            yield f"{file} has {found:,} rows, where the run wrote {rows[file]:,}"


def _count(text: str) -> int:
    """Rows under the header; a line break inside quotes is none of a row."""
    if '"' not in text:
        return text.count("\n") - 1
    return sum(1 for _ in csv.reader(text.splitlines(keepends=True))) - 1
