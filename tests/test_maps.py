"""Maps: outlines from a small made GeoJSON, else tiles by district; every area by colour, sign and number."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from outputs_fixture import result_with, small_result
from placeplan.inputs.checks import CHECKS
from placeplan.inputs.checks.codes import unknown_codes
from placeplan.inputs.checks.drawn import areas_without_outline
from placeplan.inputs.checks.subject import Subject
from placeplan.outlines import inmost, rings_of, snapped
from placeplan.outputs.maps import FILLS, draw_maps
from placeplan.outputs.svg import Chart
from placeplan.outputs.views import view_run
from placeplan.problems import UsageError
from placeplan.results import Result
from placeplan.tables import Inputs, Source, typed_table
from placeplan.theming import contrast

SVG = "{http://www.w3.org/2000/svg}"


def square(left: float, low: float, size: float = 1.0) -> list[list[float]]:
    corners = [(0, 0), (size, 0), (size, size), (0, size), (0, 0)]
    return [[left + x, low + y] for x, y in corners]


def with_outlines(folder: Path, codes: list[str], scale: float = 0.01) -> Result:
    """The small run with a row of squares, the second of them with a hole."""
    features = []
    for place, code in enumerate(codes):
        rings = [square(place * scale, 54.0, scale)]
        if place == 1:
            rings.append(square((place + 0.4) * scale, 54.0 + 0.4 * scale, 0.2 * scale))
        geometry = {"type": "Polygon", "coordinates": rings}
        features.append({"type": "Feature", "properties": {"area_code": code}, "geometry": geometry})
    file = folder / "boundaries.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    result = result_with(boundaries=table(codes))
    sources = {**result.inputs.sources, "boundaries": Source(file, "", file.name, "")}
    return replace(result, inputs=replace(result.inputs, sources=sources))


def table(codes: list[str]) -> pd.DataFrame:
    return typed_table("boundaries", pd.DataFrame({"area_code": codes, "phase": ["primary"] * len(codes)}))


CODES = [f"999010{place}" for place in range(1, 6)]


@pytest.fixture
def maps(tmp_path: Path) -> dict[str, Chart]:
    return dict(draw_maps(view_run(with_outlines(tmp_path, CODES))))


def shapes(chart: Chart) -> dict[int, ElementTree.Element]:
    paths = ElementTree.fromstring(chart).iter(f"{SVG}path")
    return {int(path.get("data-area") or 0): path for path in paths if path.get("data-area")}


def labels(chart: Chart) -> dict[int, str]:
    texts = ElementTree.fromstring(chart).iter(f"{SVG}text")
    return {int(text.get("data-label") or 0): text.text or "" for text in texts if text.get("data-label")}


def test_an_area_has_its_outline_its_colour_and_its_number(maps: dict[str, Chart]) -> None:
    surplus = maps["primary-map-surplus"]
    drawn, said = shapes(surplus), labels(surplus)
    assert len(drawn) == 5
    assert drawn[1].get("d", "").count("M") == 2
    assert (drawn[0].get("fill"), said[0]) == (FILLS["short"], "−6.9% ▼")
    assert (drawn[1].get("fill"), said[1]) == (FILLS["high_surplus"], "41.4% ▲")
    assert surplus.rows[0][:2] == ("Alderbrook", "9990101")
    assert surplus.rows[0][-1] == "−6.9% ▼"
    assert "1 area not drawn, without an outline" in surplus
    chance = maps["primary-map-chance"]
    assert (shapes(chance)[0].get("fill"), labels(chance)[0]) == (FILLS["short"], "63% ▼")
    assert chance.header[2] == "2026/27"


def test_neighbours_keep_their_common_edge(maps: dict[str, Chart]) -> None:
    paths = [path.get("d", "") for path in shapes(maps["primary-map-surplus"]).values()]
    edges = [re.match(r"M(\d+),(\d+)l(-?\d+),0", path) for path in paths]
    lefts = [int(edge[1]) for edge in edges if edge]
    rights = [int(edge[1]) + int(edge[3]) for edge in edges if edge]
    assert len(lefts) == 5
    assert rights[:-1] == lefts[1:]


def test_without_outlines_there_are_tiles_by_district() -> None:
    maps = dict(draw_maps(view_run(small_result())))
    for name, count in (("primary-map-surplus", 6), ("secondary-map-surplus", 2)):
        assert len(shapes(maps[name])) == count
    texts = [text.text for text in ElementTree.fromstring(maps["primary-map-surplus"]).iter(f"{SVG}text")]
    assert {"North", "South", "Alderbrook", "Birchley & Oakham…"} <= set(texts)
    assert labels(maps["primary-map-surplus"])[5] == "?"


def test_eastings_and_northings_are_drawn_as_they_are(tmp_path: Path) -> None:
    """Squares of 1 km stay squares; degrees so far north are drawn narrower than high."""
    sides = {}
    for scale in (1000.0, 0.01):
        maps = dict(draw_maps(view_run(with_outlines(tmp_path, CODES, scale))))
        first = re.match(r"M\d+,\d+l(\d+),0 0,-(\d+)", shapes(maps["primary-map-surplus"])[0].get("d", ""))
        assert first
        sides[scale] = int(first[1]) / int(first[2])
    assert sides[1000.0] == pytest.approx(1, abs=0.02)
    assert sides[0.01] == pytest.approx(np.cos(np.radians(54)), abs=0.02)


def test_boundaries_that_are_gone_are_said(tmp_path: Path) -> None:
    result = with_outlines(tmp_path, CODES)
    (tmp_path / "boundaries.geojson").unlink()
    with pytest.raises(UsageError, match="cannot be read any more"):
        list(draw_maps(view_run(result)))


def test_numbers_can_be_read_on_every_colour() -> None:
    assert all(contrast("#1a1a1a", fill) >= 7 for fill in FILLS.values())


def test_an_area_without_outline_is_found(tmp_path: Path) -> None:
    result = with_outlines(tmp_path, CODES)
    said = areas_without_outline(Subject(result.inputs, result.project))
    assert areas_without_outline in CHECKS
    assert [(finding.rule, finding.value) for finding in said] == [
        ("boundaries-missing", "9990106"),
        ("boundaries-missing", ""),
    ]
    assert "no secondary area has an outline" in said[1].message
    bare = Inputs(
        {name: frame for name, frame in result.inputs.tables.items() if name != "boundaries"}, {}, ()
    )
    assert areas_without_outline(Subject(bare, result.project)) == []


def test_an_outline_of_an_unknown_area_is_an_error(tmp_path: Path) -> None:
    result = with_outlines(tmp_path, [*CODES, "777"])
    said = [
        finding
        for finding in unknown_codes(Subject(result.inputs, result.project))
        if finding.table == "boundaries"
    ]
    assert [(finding.rule, finding.value, finding.severity) for finding in said] == [
        ("code-unknown", "777", "error")
    ]


def test_a_label_stands_inside_a_bent_outline() -> None:
    """A horseshoe: its centre of gravity lies outside of it."""
    points = [(0, 0), (90, 0), (90, 20), (20, 20), (20, 80), (90, 80), (90, 100), (0, 100), (0, 0)]
    (x, y), room = inmost(rings_of({"type": "Polygon", "coordinates": [points]}))
    assert 0 < x < 20 or 0 < y < 20 or 80 < y < 100
    assert room > 8


def test_points_that_add_nothing_go() -> None:
    ring = np.array([[0, 0], [5.2, 0.1], [10, 0], [10, 10], [10.3, 9.8], [0, 10], [0, 0]], dtype=float)
    assert snapped(ring).tolist() == [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]
