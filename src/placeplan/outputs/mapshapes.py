"""Where each planning area stands on a map: its outline where boundaries are given, else a tile in a grid by district."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from placeplan.outlines import Rings, flat, inmost, is_degrees, read_outlines, snapped
from placeplan.outputs.svg import Point
from placeplan.outputs.views import Area
from placeplan.problems import UsageError
from placeplan.results import Result
from placeplan.years import Phase

WIDTH, MARGIN, TOP = 760.0, 10.0, 84.0
HIGHEST = 540.0
"""Map height at most, so that a map fits on a screen and on a sheet."""
_TILES, _TILE_HEIGHT, _GAP = 6, 52.0, 4.0
_ROOM_FOR_NAME = 44.0
_HEADING = 26.0
"""Height of the name of a district above its tiles."""


@dataclass(frozen=True)
class Shape:
    """One area on the map: its place in the list of areas, its path, where its number stands, and the room round it."""

    at: int
    path: str
    centre: Point
    room: float
    named: bool


@dataclass(frozen=True)
class Sheet:
    """The shapes of all areas that can be drawn, names of districts with their places, and the height of the map."""

    shapes: tuple[Shape, ...]
    districts: tuple[tuple[str, Point], ...]
    height: float
    is_map: bool


def outlines_of(result: Result) -> Callable[[Phase], Mapping[str, Rings]]:
    """Read the boundaries once; return what gives the outlines of a phase's areas by code, empty if none are given.

    UsageError if the file of boundaries is gone since the run read it.
    """
    source = result.inputs.sources.get("boundaries")
    found: Mapping[tuple[str, str], Rings] = {}
    if source is not None and result.inputs.has("boundaries"):
        try:
            found = read_outlines(source.path)
        except OSError as error:
            raise UsageError(f"{source.path} cannot be read any more: {error.strerror}") from None
    return lambda phase: {code: rings for (of, code), rings in found.items() if of in ("", phase.value)}


def sheet_of(areas: Sequence[Area], outlines: Mapping[str, Rings]) -> Sheet:
    """Return the map of these areas, or their tiles if none of them has an outline."""
    drawn = {at: outlines[area.code] for at, area in enumerate(areas) if area.code in outlines}
    return _map(drawn) if drawn else _tiles(areas)


def _map(drawn: Mapping[int, Rings]) -> Sheet:
    latitudes = np.concatenate([ring[:, 1] for rings in drawn.values() for ring in rings])
    middle = float((latitudes.min() + latitudes.max()) / 2) if all(map(is_degrees, drawn.values())) else 0.0
    plane = {at: flat(rings, middle) for at, rings in drawn.items()}
    points = np.concatenate([ring for rings in plane.values() for ring in rings])
    low, size = points.min(axis=0), np.maximum(np.ptp(points, axis=0), 1e-9)
    scale = min((WIDTH - 2 * MARGIN) / size[0], HIGHEST / size[1])
    left = (WIDTH - scale * size[0]) / 2
    shapes = []
    for at, rings in plane.items():
        placed = tuple(snapped((ring - low) * scale + (left, TOP)) for ring in rings)
        placed = tuple(ring for ring in placed if len(ring) >= 4)
        if placed:
            centre, room = inmost(placed)
            shapes.append(Shape(at, "".join(map(_path, placed)), centre, room, room > _ROOM_FOR_NAME))
    return Sheet(tuple(shapes), (), TOP + float(scale * size[1]) + 2 * MARGIN, True)


def _path(ring: np.ndarray) -> str:
    """Return a closed path of steps between whole points."""
    steps = np.diff(ring, axis=0).astype(int)[:-1].tolist()
    start = ring[0].astype(int).tolist()
    return f"M{start[0]},{start[1]}l" + " ".join(f"{x},{y}" for x, y in steps) + "z"


def _tiles(areas: Sequence[Area]) -> Sheet:
    districts = sorted({area.district for area in areas})
    width = (WIDTH - 2 * MARGIN) / _TILES
    shapes: list[Shape] = []
    names: list[tuple[str, Point]] = []
    top = TOP
    for district in districts:
        mine = [at for at, area in enumerate(areas) if area.district == district]
        if len(districts) > 1:
            names.append((district or "No district", (MARGIN, top + 18)))
            top += _HEADING
        for place, at in enumerate(mine):
            x, y = MARGIN + width * (place % _TILES), top + (_TILE_HEIGHT + _GAP) * (place // _TILES)
            path = f"M{x:g},{y:g}h{width - _GAP:g}v{_TILE_HEIGHT:g}h{_GAP - width:g}z"
            centre = (x + (width - _GAP) / 2, y + _TILE_HEIGHT / 2)
            shapes.append(Shape(at, path, centre, width / 2, True))
        top += (_TILE_HEIGHT + _GAP) * -(-len(mine) // _TILES) + MARGIN
    return Sheet(tuple(shapes), tuple(names), top + MARGIN, False)
