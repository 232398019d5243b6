"""The report: what a planning officer reads, as Markdown and as one HTML file."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from golden_files import check_golden
from outputs_fixture import result_with, small_result
from placeplan.outputs.chart_set import draw_charts
from placeplan.outputs.headlines import headlines
from placeplan.outputs.html import report_html
from placeplan.outputs.look import look_of
from placeplan.outputs.report import report_markdown, without_pictures
from placeplan.outputs.store import write_run
from placeplan.outputs.summary import SUMMARY_COLUMNS, summary_rows
from placeplan.outputs.views import view_run
from placeplan.outputs.words import chance, listed, markdown, number, percent, signed
from placeplan.project import OutputsChoice, Theme
from placeplan.results import Result
from placeplan.tables import output_columns
from placeplan.words import speaking

NASTY = "Hill | <script>alert(1)</script> [x](javascript:y) `a` *b* &lt; # =1+1"


@pytest.fixture(scope="module")
def text() -> str:
    return report_markdown(view_run(small_result(), made_on=datetime(2026, 3, 2)))


@pytest.fixture(scope="module")
def page(text: str) -> str:
    return report_html(text, draw_charts(view_run(small_result())), "School places in Exampleshire")


def section(text: str, heading: str) -> str:
    start = text.index(f"\n### {heading}")
    return text[start : text.index("\n### ", start + 5)]


def row(block: str, label: str) -> list[str]:
    line = next(line for line in block.splitlines() if line.startswith(f"| {label} |"))
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def test_the_report_is_as_it_was(text: str) -> None:
    check_golden(Path("report.md"), text)


def test_what_matters_names_shortage_surplus_and_unknown_places() -> None:
    lines = dict(headlines(view_run(small_result())))
    assert lines["Primary shortages."].startswith("1 of 6 areas has fewer places")
    assert "Alderbrook from 2029/30 (short by up to 44)" in lines["Primary shortages."]
    assert (
        lines["Primary surplus."] == "1 of 6 areas in high surplus by 2030/31: Birchley & Oakham Road (41%)."
    )
    assert "Fernhill" in lines["Places not known."]
    assert lines["Births."].startswith("Reception from 2029/30 on")


def test_the_front_page_answers_what_is_asked_first(text: str) -> None:
    front = text[text.index("## What matters") : text.index("## Contents")]
    assert re.findall(r"^### (.*)$", front, re.MULTILINE) == [
        "Pupils and places",
        "Where places will run short",
        "Where surplus hurts",
        "What must be decided",
        "How sure we are",
    ]


def test_decisions_stand_by_the_day_they_are_due(text: str) -> None:
    """Alderbrook is short from 2029/30: 1 September 2029 less the 18 months of an expansion; the run is of 2 March 2026."""
    front = text[text.index("### What must be decided") : text.index("### How sure we are")]
    days = [line.split(" | ")[0].strip("| ") for line in front.splitlines() if line.startswith("| ")][2:]
    assert "1 Mar 2028" in days
    assert "27 Feb 2026 (passed)" in days
    built = next(line for line in front.splitlines() if line.startswith("| 1 Mar 2028 | Alderbrook"))
    assert "add primary places" in built
    assert "short from 2029/30, by up to 44" in built
    order = [datetime.strptime(day.removesuffix(" (passed)"), "%d %b %Y") for day in days]
    assert order == sorted(order)


def test_options_that_rank_first_stand_on_the_page_of_their_area() -> None:
    row_of = {"area_code": "9990101", "phase": "primary", "urn": "100001", "decider": "governing body",
              "start_year": "2028/29", "judged_year": "2030/31", "chance_before": 0.63, "chance_after": 0.05,
              "spare_before": 0.0, "spare_after": 61.0}  # fmt: skip
    rows = [
        {**row_of, "title": "Expand | a school", "rank": 1, "places": 15.0, "cost": 1_250_000.0},
        {**row_of, "title": "Not among the first", "rank": 4, "places": np.nan, "cost": np.nan},
    ]
    options = pd.DataFrame(rows).reindex(columns=list(output_columns("options")))
    block = section(
        report_markdown(replace(view_run(small_result()), options=options)), "Alderbrook (9990101)"
    )
    assert (
        "| Expand \\| a school | Primary | Alderbrook Community School | governing body | 2028/29 | +15 | 2030/31 | "
        "63% → 5% | 0 → 61 | £1,250,000 |"
    ) in block
    assert "Not among the first" not in block
    assert "ranks what could be done here" not in block


def test_the_front_says_how_near_last_years_forecast_came() -> None:
    """Two areas of 100 and 60 pupils forecast for 104 and 60 of the base year: 164 / 160 is 2.5% too many."""
    made = {"geography": "area", "phase": "primary", "year_group": "total", "target_year": "2025/26",
            "made_in": "2024/25", "horizon": 1}  # fmt: skip
    rows = [
        {**made, "code": "9990101", "forecast": 104.0, "actual": 100.0, "error": 0.04},
        {**made, "code": "9990102", "forecast": 60.0, "actual": 60.0, "error": 0.0},
    ]
    accuracy = pd.DataFrame(rows).reindex(columns=list(output_columns("accuracy")))
    said = dict(headlines(view_run(result_with(accuracy=accuracy))))["Earlier forecasts."]
    assert said == "Last year's forecast missed this year's roll by primary +2.5%."


def test_surplus_by_year_group_has_a_sign_beside_the_number(text: str, page: str) -> None:
    """Reception of Alderbrook in 2030/31: 88 × 1.035^5 = 104.5 pupils for 92 places."""
    block = section(text, "Alderbrook (9990101)")
    heat = block[block.index("surplus or shortage by year group") :]
    assert row(heat, "Reception")[-1] == "−13 ▼"
    assert '<td class="short">−13</td>' in page


def test_the_page_of_an_area_has_the_rows_that_councils_publish(text: str) -> None:
    alderbrook = section(text, "Alderbrook (9990101)")
    assert row(alderbrook, "Places available") == ["644"] * 6
    assert row(alderbrook, "Demand") == ["579", "600", "621", "643", "665", "688"]
    assert row(alderbrook, "Surplus or shortage (−)") == ["65", "44", "23", "1", "−21", "−44"]
    assert row(alderbrook, "% surplus or shortage (−)")[-1] == "−6.9%"
    assert row(alderbrook, "Forms of entry")[0] == "0.3"
    assert row(alderbrook, "Chance of shortfall")[-1] == "63%"
    assert row(alderbrook, "Status")[-1] == "Short"
    assert "109\\*" in alderbrook


def test_unknown_places_are_said_in_words(text: str) -> None:
    fernhill = section(text, "Fernhill (9990106)")
    assert "Places are not known" in fernhill
    assert "Places available" not in fernhill
    assert "nan" not in re.sub(r"[a-z]+nan|nan[a-z]+", "", text.lower())


def test_links_of_the_contents_and_pictures_lead_somewhere(text: str, tmp_path: Path) -> None:
    write_run(small_result(), tmp_path / "run")
    for picture in re.findall(r"\]\((charts/[^)]+)\)", text):
        assert (tmp_path / "run" / picture).is_file()
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_a_run_without_charts_has_a_report_without_pictures(tmp_path: Path, text: str) -> None:
    write_run(small_result(), tmp_path / "run", {"report"})
    assert "![" not in (tmp_path / "run" / "report.md").read_text(encoding="utf-8")
    assert "<svg" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "Alderbrook" in without_pictures(text)


class Tags(HTMLParser):
    """Collects the tags of a page and what they load."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]


def test_the_page_needs_nothing_from_outside(page: str) -> None:
    tags = Tags()
    tags.feed(page)
    assert {"link", "img", "iframe"}.isdisjoint(tags.found)
    assert tags.found.count("script") == 1
    digest = hashlib.sha256(re.findall(r"<script>(.*?)</script>", page, re.DOTALL)[0].encode()).digest()
    assert "default-src 'none'" in page
    assert f"script-src 'sha256-{base64.b64encode(digest).decode()}'" in page
    assert all(link.startswith("#") for link in tags.loads)
    assert "svg" in tags.found
    assert "url(" not in page


def with_names(name: str) -> Result:
    frames = {}
    for file, column in (("sufficiency", "area_name"), ("schools", "school_name"), ("findings", "message")):
        frame = small_result().frames[file].copy()
        frame[column] = pd.Series([name] * len(frame), dtype=object)
        frames[file] = frame
    areas = small_result().inputs.table("areas").copy()
    areas["area_name"] = pd.Series([name] * len(areas), dtype=object)
    return result_with(areas=areas, **frames)


def test_foreign_text_shows_literally_and_changes_nothing(text: str) -> None:
    view = view_run(with_names(NASTY))
    nasty = report_markdown(view)
    page = report_html(nasty, draw_charts(view), NASTY)
    tags = Tags()
    tags.feed(page)
    assert tags.found.count("script") == 1
    assert all(link.startswith("#") for link in tags.loads)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; [x](javascript:y) `a` *b* &amp;lt; # =1+1" in page
    assert page.count("<tr>") == report_html(text, draw_charts(view_run(small_result())), "").count("<tr>")


def test_above_the_limit_only_areas_that_need_attention_are_shown() -> None:
    limited = small_result().project.model_copy(update={"outputs": OutputsChoice(all_areas_up_to=3)})
    result = small_result()
    result = Result(
        **{**{name: getattr(result, name) for name in result.__dataclass_fields__}, "project": limited}
    )
    names = [area.name for area in view_run(result).shown]
    assert names == ["Alderbrook", "Birchley & Oakham Road", "Cedarfield"]
    assert len(view_run(result, all_areas=True).shown) == 8
    text = report_markdown(view_run(result))
    assert "Of 8 planning areas these need attention most" in text
    assert "### Dunmere" not in text


def test_no_findings_and_no_births_still_make_a_report() -> None:
    frames = small_result().frames
    result = result_with(findings=frames["findings"].head(0), drivers=frames["drivers"].head(0))
    text = report_markdown(view_run(result))
    assert "found nothing to remark" in text
    assert "Births and Reception" not in text


def test_a_forecast_without_any_places_is_of_demand_only() -> None:
    frames = {}
    for file in ("sufficiency", "sufficiency_summary"):
        frame = small_result().frames[file].copy()
        for name in (
            "places",
            "surplus",
            "surplus_percent",
            "need",
            "spare",
            "probability_of_shortfall",
            "pan",
        ):
            if name in frame:
                frame[name] = np.nan
        if "status" in frame:
            frame["status"] = pd.Series(["unknown"] * len(frame), dtype=object)
        frames[file] = frame
    view = view_run(result_with(**frames))
    lines = dict(headlines(view))
    assert "No area has known places" in lines["Places not known."]
    assert "Primary shortages." not in lines
    assert "primary-surplus" not in draw_charts(view)
    assert "not known, so nothing can be said" in report_markdown(view)


def test_the_summary_for_the_terminal_counts_areas_by_status() -> None:
    primary, secondary, sixth = (
        dict(zip(SUMMARY_COLUMNS, cells, strict=True)) for cells in summary_rows(small_result())
    )
    assert primary["Pupils"] == "3,526"
    assert primary["Places then"] == "not known"
    assert (primary["Areas"], primary["Short"], primary["High surplus"], primary["Not known"]) == (
        "6",
        "1",
        "1",
        "1",
    )
    assert (secondary["Surplus"], secondary["%"]) == ("347", "11.0%")
    assert sixth["Phase"] == "Sixth form"


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (number(1234.4), "1,234"),
        (number(-34.5), "−35"),
        (number(-0.2), "0"),
        (number(0.25, 1), "0.3"),
        (number(np.nan), "not known"),
        (percent(4.25), "4.3%"),
        (signed(3.2, 1), "+3.2"),
        (signed(-3.0), "−3"),
        (chance(0.001), "<1%"),
        (chance(0.999), ">99%"),
        (chance(0.5), "50%"),
        (listed(["a"]), "a"),
        (listed(["a", "b", "c"]), "a, b and c"),
        (listed(list("abcdef"), 2), "a, b and 4 more"),
        (markdown("_a_ b_"), "\\_a\\_ b\\_"),
        (markdown("St\nAnne's_and|co"), "St Anne's_and\\|co"),
    ],
)
def test_words(written: str, wanted: str) -> None:
    assert written == wanted


def test_the_pages_for_a_board_stand_in_the_report_and_nothing_where_there_is_nothing(text: str) -> None:
    for heading in ("Published measures", "Who decides", "Money", "What was talked over and agreed"):
        assert f"\n## {heading}\n" in text
    assert "publish the proposal, due 27 February 2026 (overdue)" in text
    names = ("decisions", "powers", "determined", "costs", "boards", "provision")
    bare = report_markdown(
        view_run(result_with(**{name: small_result().frames[name].head(0) for name in names}))
    )
    for heading in ("Who decides", "Money", "What was talked over and agreed", "Places by kind of school"):
        assert f"\n## {heading}\n" not in bare


def test_the_page_wears_the_colours_and_the_logo_of_the_council(text: str, tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_bytes(b"<svg/>")
    project = small_result().project.model_copy(update={"theme": Theme(colour="#7a003c", logo="logo.svg")})
    page = report_html(text, {}, "School places", look_of(project.placed(tmp_path / "placeplan.yaml")))
    assert "--colour: #7a003c;" in page
    assert '<img src="data:image/svg+xml;base64,PHN2Zy8+" alt="Exampleshire">' in page
    assert "img-src data:" in page


def test_year_groups_and_phases_are_called_as_the_project_says() -> None:
    with speaking("scotland"):
        view = view_run(small_result())
        said, charts = report_markdown(view), draw_charts(view)
    block = section(said, "Alderbrook (9990101)")
    assert row(block, "P1 demand") == ["88", "91", "94", "98", "101", "105"]
    assert "#### P1 intake against admission numbers" in block
    assert "P1 from 2029/30 on rests on projected births" in said
    assert "births and P1" in charts["primary-9990101-births"]
    assert "Reception" not in block


def test_a_district_names_its_areas_in_trouble(text: str) -> None:
    """North: Alderbrook is short in 2030/31, Birchley & Oakham Road in high surplus; South has an area that is not known."""
    north = section(text, "North")
    assert (
        "Primary areas in 2030/31: 3, of them 1 short (Alderbrook) and 1 in high surplus (Birchley & Oakham Road)."
        in north
    )
    south = section(text, "South")
    assert "Primary areas in 2030/31: 3, of them 1 not known (Fernhill)." in south
    assert "Secondary areas in 2032/33: 1, none of them short, tight or in high surplus." in south
