"""Outlines of planning areas: the geometry of GeoJSON as rings of points, and rings on a drawing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Ring = npt.NDArray[np.float64]
"""Points of a closed line, (points, 2): longitude and latitude, or easting and northing."""
Rings = tuple[Ring, ...]


def rings_of(geometry: Any) -> Rings:
    """Return the rings of a Polygon, MultiPolygon or collection of them; holes are rings like others.

    Raises ValueError for another kind of geometry, for coordinates that are no numbers, and for rings of fewer than
    four points.
    """
    kind = geometry.get("type")
    if kind == "GeometryCollection":
        return tuple(ring for part in geometry["geometries"] for ring in rings_of(part))
    if kind not in ("Polygon", "MultiPolygon"):
        raise ValueError(f"an outline is a Polygon or MultiPolygon, not `{kind}`")
    polygons = [geometry["coordinates"]] if kind == "Polygon" else geometry["coordinates"]
    return tuple(_ring(points) for polygon in polygons for points in polygon)


def read_outlines(file: Path) -> dict[tuple[str, str], Rings]:
    """Return the rings by phase (blank: every phase) and area code of a GeoJSON file that was checked before."""
    features = json.loads(file.read_bytes().decode("utf-8-sig"))["features"]
    found: dict[tuple[str, str], Rings] = {}
    for feature in features:
        key = area_of(feature)
        found[key] = (*found.get(key, ()), *rings_of(feature["geometry"]))
    return found


def area_of(feature: Any) -> tuple[str, str]:
    """Return phase and area code of a feature as its properties give them, blank where they do not."""
    properties = {str(name).casefold(): value for name, value in (feature["properties"] or {}).items()}
    code, phase = properties.get("area_code"), properties.get("phase")
    return "" if phase is None else str(phase).strip().casefold(), "" if code is None else str(code).strip()


def flat(rings: Rings, middle: float) -> Rings:
    """Return rings on a plane, y downwards: degrees are narrowed by the cosine of the ``middle`` latitude."""
    narrow = np.cos(np.radians(middle)) if is_degrees(rings) else 1.0
    return tuple(ring * (narrow, -1.0) for ring in rings)


def is_degrees(rings: Rings) -> bool:
    """Tell whether coordinates are longitude and latitude, and no eastings and northings."""
    return all(np.abs(ring[:, 0]).max() <= 180 and np.abs(ring[:, 1]).max() <= 90 for ring in rings)


def snapped(ring: Ring) -> Ring:
    """Return a ring on whole units without points that add nothing; neighbours keep their common edge."""
    points = np.round(ring)
    points = points[np.append(True, (np.diff(points, axis=0) != 0).any(axis=1))]
    if len(points) < 4:
        return points
    before, after = np.diff(points[:-1], axis=0), np.diff(points[1:], axis=0)
    turns = before[:, 0] * after[:, 1] != before[:, 1] * after[:, 0]
    return points[np.concatenate([[True], turns, [True]])]


def inmost(rings: Rings) -> tuple[tuple[float, float], float]:
    """Return about the point that lies deepest inside, and how far it is from the edge (the pole of inaccessibility)."""
    ring = max(rings, key=_size)
    low, high = ring.min(axis=0), ring.max(axis=0)
    steps = (np.arange(24) + 0.5) / 24
    x, y = np.meshgrid(low[0] + steps * (high[0] - low[0]), low[1] + steps * (high[1] - low[1]))
    points = np.column_stack([x.ravel(), y.ravel()])
    start, along = ring[:-1], np.diff(ring, axis=0)
    ahead = points[:, None] - start[None]
    length = np.maximum((along**2).sum(axis=1), 1e-12)
    share = np.clip((ahead * along[None]).sum(axis=2) / length, 0, 1)
    distance = np.sqrt(((ahead - share[..., None] * along[None]) ** 2).sum(axis=2)).min(axis=1)
    end = start + along
    crosses = (start[None, :, 1] > points[:, None, 1]) != (end[None, :, 1] > points[:, None, 1])
    rise = np.where(along[:, 1] == 0, 1e-12, along[:, 1])
    right = points[:, None, 0] < start[None, :, 0] + along[None, :, 0] * ahead[..., 1] / rise[None]
    inside = (crosses & right).sum(axis=1) % 2 == 1
    best = int(np.where(inside, distance, -1.0).argmax())
    return (float(points[best, 0]), float(points[best, 1])), float(distance[best])


def _size(ring: Ring) -> float:
    """Twice the area inside a ring."""
    x, y = ring[:, 0], ring[:, 1]
    return abs(float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum()))


def _ring(points: Any) -> Ring:
    ring = np.array([point[:2] for point in points], dtype=float)
    if ring.ndim != 2 or len(ring) < 4 or not np.isfinite(ring).all():
        raise ValueError("a ring of an outline has at least four points, each of two numbers")
    return ring
