"""Charts: readable by eye and by ear, honest axes, the same bytes each time."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from golden_files import check_golden
from outputs_fixture import small_result
from placeplan.outputs.chart_set import demand_name, draw_charts
from placeplan.outputs.charts import ROWS_AT_MOST, WIDTH, demand_chart, surplus_chart
from placeplan.outputs.outlook import PhaseOutlook
from placeplan.outputs.svg import Chart, apart, round_scale
from placeplan.outputs.views import view_run
from placeplan.project import StatusThresholds
from placeplan.years import Phase

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def charts() -> dict[str, str]:
    return draw_charts(view_run(small_result()))


def test_every_area_and_phase_has_a_chart(charts: dict[str, str]) -> None:
    wanted = {"primary-9990101-demand", "primary-9990101-births", "secondary-9990201-demand",
              "sixth-form-9990202-demand", "authority-primary-999-demand", "primary-surplus"}  # fmt: skip
    assert wanted <= charts.keys()
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in charts)


def test_charts_are_xml_with_title_and_description_and_no_shared_ids(charts: dict[str, str]) -> None:
    ids: list[str] = []
    for drawing in charts.values():
        root = ElementTree.fromstring(drawing)
        assert root.get("role") == "img"
        assert root.get("viewBox")
        assert root.findtext(f"{SVG}title")
        assert len(root.findtext(f"{SVG}desc") or "") > 20
        ids += [element.get("id") or "" for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))


def test_a_chart_without_places_says_so(charts: dict[str, str]) -> None:
    assert "Places not known" in charts["primary-9990106-demand"]
    assert "nan" not in "".join(charts.values()).lower().replace("finance", "")


def test_an_axis_that_is_cut_is_marked(charts: dict[str, str]) -> None:
    assert "axis starts at" in charts["secondary-9990201-demand"]
    assert "axis starts at" not in charts["primary-9990101-demand"]


def test_names_of_files_are_safe_and_different() -> None:
    names = {demand_name(Phase.PRIMARY, code) for code in ("A/B", "A B", "a-b", "..", "É", "x" * 90)}
    assert len(names) == 6
    assert all(re.fullmatch(r"[a-z0-9-]{1,110}", name) for name in names)


def test_of_very_many_areas_both_ends_are_shown() -> None:
    areas = [(f"Area {place}", float(place - 100)) for place in range(200)]
    drawing = surplus_chart("s", "Surplus", areas, StatusThresholds())
    assert drawing.count("<rect") < ROWS_AT_MOST + 10
    assert "140 areas between are left out" in drawing
    assert "Area 0 −100.0%" in drawing
    assert "Area 199 99.0%" in drawing


def test_foreign_text_cannot_leave_its_element() -> None:
    drawing = surplus_chart("s", "<script>x</script>", [('"><script>', 3.0)], StatusThresholds())
    ElementTree.fromstring(drawing)
    assert "<script" not in drawing


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (0, 0), (3, 3), (-7, 42), (0, 1e7), (180, 210), (0.1, 0.2)]
)
def test_ticks_are_round_and_hold_the_values(low: float, high: float) -> None:
    scale = round_scale(low, high, 0, 100)
    assert scale.ticks[0] <= low
    assert scale.ticks[-1] >= high
    assert 2 <= len(scale.ticks) <= 9
    assert scale.at(scale.ticks[-1]) == pytest.approx(100)


def test_labels_keep_their_distance_and_order() -> None:
    moved = apart([100, 101, 99, 300], 16)
    assert moved[2] < moved[0] < moved[1] < moved[3]
    assert moved[0] - moved[2] == pytest.approx(16, abs=0.5)
    assert moved[3] == 300


@pytest.mark.parametrize("times", [1, 100, 10_000, 1_000_000])
def test_no_label_is_cut_off_however_long_its_numbers(times: float) -> None:
    outlook = view_run(small_result()).authorities[0].phases[Phase.PRIMARY]
    drawing = demand_chart("d", "County", _times(outlook, times))
    for label in ElementTree.fromstring(drawing).iter(f"{SVG}text"):
        width = 7.0 * len(label.text or "") * float(label.get("font-size") or 12) / 12
        start = {"start": 0.0, "middle": 0.5, "end": 1.0}[label.get("text-anchor") or "start"]
        left = float(label.get("x") or 0) - start * width
        assert -1 <= left <= left + width <= WIDTH + 1, label.text


def _times(outlook: PhaseOutlook, times: float) -> PhaseOutlook:
    """The same outlook of so many times the pupils and places."""
    total = outlook.total
    names = ("demand", "low", "high", "places")
    grown = replace(total, **{name: getattr(total, name) * times for name in names})
    past = {label: replace(known, pupils=known.pupils * times) for label, known in outlook.past.items()}
    return replace(outlook, total=grown, past=past)


def test_the_chart_of_alderbrook_is_as_it_was(charts: dict[str, str]) -> None:
    check_golden(Path("demand.svg"), charts["primary-9990101-demand"])


def test_a_chart_brings_the_table_of_what_it_shows(charts: dict[str, str]) -> None:
    """Alderbrook: rolls of ten years, then five of the forecast; an area without places has no columns for them."""
    chart, bare = charts["primary-9990101-demand"], charts["primary-9990106-demand"]
    assert isinstance(chart, Chart)
    assert isinstance(bare, Chart)
    assert [len(row) for row in chart.rows] == [7] * 15
    assert chart.rows[9][:3] == ("2025/26", "579", "roll")
    assert chart.rows[14][0] == "2030/31"
    assert chart.rows[14][4:] == ("644", "−44", "63%")
    assert bare.header == ("Year", "Pupils", "80% range", "90% range")


def test_the_cursor_stands_where_the_years_stand(charts: dict[str, str]) -> None:
    """The dot of the base year is the tenth row of the table."""
    chart = charts["primary-9990101-demand"]
    assert isinstance(chart, Chart)
    axis, first, step = chart.cursor.split(" ")
    dot = re.search(r'<circle cx="([\d.]+)"', chart)
    assert dot
    assert axis == "x"
    assert float(dot[1]) == pytest.approx(float(first) + 9 * float(step), abs=0.2)
