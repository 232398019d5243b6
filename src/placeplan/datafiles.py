"""The dated, sourced tables that travel with the package, in ``placeplan/data``."""

from __future__ import annotations

import csv
from importlib.resources import files


def data_rows(name: str) -> list[dict[str, str]]:
    """Return the rows of ``data/<name>``, one dictionary each, in order."""
    content = files("placeplan").joinpath(f"data/{name}").read_text(encoding="utf-8")
    return list(csv.DictReader(content.splitlines()))
