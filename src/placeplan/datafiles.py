"""The dated, sourced tables that travel with the package, in ``placeplan/data``."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files


def data_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of ``data/<name>``, one dictionary each, in order; they are the caller's own."""
    return [dict(row) for row in _read(name)]


@cache
def _read(name: str) -> tuple[dict[str, str], ...]:
    content = files("placeplan").joinpath(f"data/{name}").read_text(encoding="utf-8")
    return tuple(csv.DictReader(content.splitlines()))
