"""Outlines of planning areas: the GeoJSON file to a table of the areas that it draws."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pandas as pd

from placeplan.inputs.columns import Where
from placeplan.inputs.locate import Location
from placeplan.outlines import area_of, rings_of
from placeplan.problems import Finding
from placeplan.tables import Source, typed_table

_PHASES = {"primary", "secondary"}


def read_boundaries(location: Location) -> tuple[pd.DataFrame | None, Source | None, list[Finding]]:
    """Return the areas of a GeoJSON file, its source and its faults; ``row`` counts the features."""
    where = Where(location.table, location.path.name)
    try:
        content = location.path.read_bytes()
        features = json.loads(content.decode("utf-8-sig"))["features"]
        areas = [_area(number, feature) for number, feature in enumerate(features, start=1)]
    except OSError as error:
        return None, None, [where.finding("file-unreadable", f"it cannot be opened: {error.strerror}")]
    except Exception as error:
        said = f"it cannot be read as a GeoJSON collection of features ({type(error).__name__}: {error})"
        return None, None, [where.finding("boundaries-invalid", said[:300])]
    findings = [
        where.finding("boundaries-invalid", "the feature has no property area_code", area["row"], "area_code")
        for area in areas
        if not area["area_code"]
    ] + [
        where.finding("phase-impossible", f"`{area['phase']}` is no phase of areas", area["row"], "phase")
        for area in areas
        if area["phase"] and area["phase"] not in _PHASES
    ]
    source = Source(location.path, "", where.file, hashlib.sha256(content).hexdigest())
    return typed_table(location.table, pd.DataFrame(areas)), source, findings


def _area(number: int, feature: Any) -> dict[str, Any]:
    """Return code and phase of one feature; it must have an outline that can be drawn."""
    if not isinstance(feature["geometry"], dict):
        raise ValueError(f"feature {number} has no outline")
    try:
        rings_of(feature["geometry"])
    except (ValueError, TypeError, LookupError) as error:
        raise ValueError(f"feature {number}: {error}") from error
    phase, code = area_of(feature)
    return {"area_code": code, "phase": phase, "row": number}
