"""The long view: what the report, the workbook and the charts show and say of years that rest on projected births."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from outputs_fixture import small_result
from placeplan.outputs.chart_set import draw_charts
from placeplan.outputs.report import report_markdown
from placeplan.outputs.views import RunView, view_run
from placeplan.outputs.workbook import write_workbook


@pytest.fixture(scope="module")
def view() -> RunView:
    return view_run(small_result())


def known_only() -> RunView:
    """The same run as if every birth were known."""
    run = small_result()
    drivers = run.frames["drivers"].assign(rests_on="known births", basis="known")
    return view_run(replace(run, frames={**run.frames, "drivers": drivers}))


def test_the_report_has_a_long_range_page_with_asterisks(view: RunView) -> None:
    text = report_markdown(view)
    page = text[text.index("## Long range") : text.index("## Primary planning areas")]
    assert "Births are known for Reception up to 2028/29." in page
    assert "Reception from 2029/30" in page
    row = next(line for line in page.splitlines() if line.startswith("| Alderbrook | 9990101 | 88 "))
    assert re.findall(r"(\d+)\\\*", row) == ["101", "105"]
    for heading in ("Reception by area", "Primary total by area", "Year 7 by area", "Year 12 by area"):
        assert f"### {heading}" in page


def test_a_run_on_known_births_has_none() -> None:
    view = known_only()
    text = report_markdown(view)
    assert "## Long range" not in text
    assert "projected births" not in text
    assert not any("hatch" in chart or "Shaded" in chart for chart in draw_charts(view).values())


def test_charts_shade_the_years_that_rest_on_projected_births_and_say_so(view: RunView) -> None:
    charts = draw_charts(view)
    for name in ("primary-9990101-demand", "primary-9990101-births", "authority-primary-999-demand"):
        assert "Shaded: rests on projected births" in charts[name]
    assert "From 2029/30 on, shaded" in charts["primary-9990101-demand"]
    assert "Shaded" not in charts["secondary-9990201-demand"]
    assert "Reception 462" in charts["authority-999-entry"]


@pytest.mark.filterwarnings("ignore:Sparkline Group extension is not supported")
def test_the_workbook_has_a_long_range_sheet(view: RunView, tmp_path: Path) -> None:
    write_workbook(view, tmp_path / "book.xlsx")
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    sheet = book["Long range"]
    rows = {str(row[0].value): row for row in sheet.iter_rows() if row[0].value}
    area = rows["Alderbrook"]
    formats = [cell.number_format for cell in area[2:8]]
    assert [form.endswith('"*"') for form in formats] == [False] * 4 + [True] * 2
    assert area[2].value == pytest.approx(579)
    notes = [str(row[1].value) for row in book["P Alderbrook"].iter_rows()]
    assert notes
    said = " ".join(str(cell.value) for row in book["P Alderbrook"].iter_rows() for cell in row if cell.value)
    assert "From 2029/30 on demand rests in part on projected births." in said
