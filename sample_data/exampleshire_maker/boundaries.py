"""Outlines of the areas: a grid with bent edges, in the North Sea so that nobody takes it for a county."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from exampleshire_maker.county import AREAS, COLUMNS, ROWS, SECONDARY_CODES, Area

CELL = 8000
"""Metres along the side of a cell."""
EAST, NORTH = 600000, 570000
_PARTS = 4
"""Points along one side of a cell."""

Points = NDArray[np.float64]


def make_points(random: np.random.Generator) -> Points:
    """Return eastings and northings of the bent grid (column, row, 2), ``_PARTS`` points a cell."""
    shape = (COLUMNS * _PARTS + 1, ROWS * _PARTS + 1)
    columns, rows = np.meshgrid(np.arange(shape[0]), np.arange(shape[1]), indexing="ij")
    points = np.stack([EAST + columns * CELL / _PARTS, NORTH + rows * CELL / _PARTS], axis=2).astype(float)
    return np.asarray(points + random.normal(0, 320, size=points.shape))


def place_in(area: Area, random: np.random.Generator) -> tuple[int, int]:
    """Return an easting and a northing well inside a cell."""
    inside = random.uniform(0.2, 0.8, size=2)
    return int(EAST + (area.column + inside[0]) * CELL), int(NORTH + (area.row + inside[1]) * CELL)


def _outline(points: Points, column: int, row: int, width: int, height: int) -> list[list[float]]:
    """Return the closed ring round a block of cells, as longitude and latitude."""
    left, right = column * _PARTS, (column + width) * _PARTS
    low, high = row * _PARTS, (row + height) * _PARTS
    steps = [(x, low) for x in range(left, right)] + [(right, y) for y in range(low, high)]
    steps += [(x, high) for x in range(right, left, -1)] + [(left, y) for y in range(high, low, -1)]
    return [_degrees(points[step]) for step in [*steps, steps[0]]]


def _degrees(point: Points) -> list[float]:
    """Return about the longitude and latitude of a grid reference near the county (good to a kilometre)."""
    return [round(1.50 + (point[0] - 624000) / 63900, 5), round(55.11 + (point[1] - 586000) / 111300, 5)]


def boundaries(points: Points) -> dict[str, Any]:
    """Return the outlines of all areas as GeoJSON."""
    features = [
        _feature(area.code, "primary", _outline(points, area.column, area.row, 1, 1)) for area in AREAS
    ]
    for index, code in enumerate(SECONDARY_CODES):
        ring = _outline(points, index // 2 * 2, index % 2 * 2, 2, 2)
        features.append(_feature(code, "secondary", ring))
    return {"type": "FeatureCollection", "features": features}


def _feature(code: str, phase: str, ring: list[list[float]]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"area_code": code, "phase": phase},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
