"""The page of the report: its numbers are those of the CSV files, and in a real browser it does what it says.

One report, of the made-up county; one run of headless Chromium, skipped where there is none, in which axe-core finds no
violation.
"""

from __future__ import annotations

import csv
import html
import json
import re
import shutil
import subprocess
from decimal import ROUND_HALF_UP, Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from placeplan.outputs.chart_set import draw_charts
from placeplan.outputs.csvfiles import write_csv
from placeplan.outputs.html import report_html
from placeplan.outputs.look import look_of
from placeplan.outputs.report import report_markdown
from placeplan.outputs.views import view_run
from placeplan.results import Result

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--window-size=1280,900", "--virtual-time-budget=120000",
    "--dump-dom",
)  # fmt: skip
_PAGES = re.compile(
    r"(\n## (?:Primary|Secondary) planning areas\n.*?\n### .*?(?=\n### )).*?(?=\n## )", re.DOTALL
)
"""The pages of the areas after the first of each phase: they are like it, and take the browser time."""
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def report(exampleshire: Result) -> tuple[str, dict[str, str]]:
    """The Markdown of the report, and its charts."""
    view = view_run(exampleshire)
    return report_markdown(view), dict(draw_charts(view))


@pytest.fixture(scope="module")
def found(
    report: tuple[str, dict[str, str]], exampleshire: Result, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What the browser says of the report: violations, and what its parts do when they are used."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here to run axe-core in")
    folder = tmp_path_factory.mktemp("browser")
    text, charts = report
    cut, pages = _PAGES.subn(r"\1", text)
    assert pages == 2
    page = report_html(cut, charts, "School places", look_of(exampleshire.project))
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    axe = (HERE / "vendor" / "axe.min.js").read_text(encoding="utf-8")
    used = (HERE / "browser_checks.js").read_text(encoding="utf-8")
    (folder / "page.html").write_text(
        page.replace("</body>", f"<script>{axe}</script><script>{used}</script></body>"), encoding="utf-8"
    )
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={folder / 'profile'}", (folder / "page.html").as_uri()]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    match = re.search(r'<pre id="browser-checks">(.*?)</pre>', dom, re.DOTALL)
    assert match, "the browser gave no answer"
    return json.loads(html.unescape(match[1]))  # type: ignore[no-any-return]


def test_axe_finds_no_violation(found: dict[str, Any]) -> None:
    said = [f"{one['id']}: {one['help']} ({one['count']}): {one['first']}" for one in found["violations"]]
    assert said == []
    assert found["passes"] > 20


def test_the_keys_read_a_chart_out(found: dict[str, Any]) -> None:
    assert found["first_key"].startswith("2014/15: Pupils ")
    assert found["last_key"].startswith("2030/31: Pupils ")
    assert "80% range" in found["last_key"]
    assert "Places" in found["last_key"]


def test_a_list_sorts_by_numbers_and_back(found: dict[str, Any]) -> None:
    up, down = found["sorted_up"], found["sorted_down"]
    assert len(up) == 24
    assert up == sorted(up)
    assert down == sorted(up, reverse=True)
    assert found["said_sorted"] == "descending"


def test_days_sort_by_the_calendar(found: dict[str, Any]) -> None:
    """The table stands in the order of its days already."""
    assert len(found["days_up"]) > 4
    assert found["days_up"] == found["days_as_written"]


def test_a_filter_hides_the_other_rows(found: dict[str, Any]) -> None:
    assert found["filtered"] == "3 of 24 rows"
    assert found["visible"] == 3


def test_a_map_shows_the_year_that_is_chosen(found: dict[str, Any]) -> None:
    first, last = found["map_first"], found["map_last"]
    assert (first["said"], last["said"]) == ("2025/26", "2030/31")
    assert first["label"].startswith(first["cell"])
    assert last["label"].startswith(last["cell"])
    assert first["cell"] != last["cell"]
    assert found["map_read"].startswith("Brookside Villages, 2025/26: ")


class Tables(HTMLParser):
    """The tables of a page: by caption, name of the row and name of the column, the words of the cell."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, dict[str, dict[str, str]]] = {}
        self._words: list[str] = []
        self._row: list[str] = []
        self._head: list[str] = []
        self._caption = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("td", "th", "caption"):
            self._words = []
        elif tag == "tr":
            self._row = []

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "caption":
            self._caption, self._head = "".join(self._words), []
            self.found[self._caption] = {}
        elif tag in ("td", "th"):
            self._row.append("".join(self._words))
        elif tag == "tr" and not self._head:
            self._head = self._row
        elif tag == "tr":
            self.found[self._caption][self._row[0]] = dict(zip(self._head, self._row, strict=True))


def rows_of_csv(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def written(value: str, decimals: int = 0, ending: str = "") -> str:
    """A number as the report writes it, by another way: decimal arithmetic, halves away from zero."""
    number = Decimal(value).quantize(Decimal(10) ** -decimals, ROUND_HALF_UP)
    return f"{number + 0:,}".replace("-", "−") + ending


def test_cells_of_the_report_are_those_of_the_csv_files(
    report: tuple[str, dict[str, str]], exampleshire: Result, tmp_path: Path
) -> None:
    tables = Tables()
    tables.feed(report_html(*report, "School places"))
    for name in ("forecast", "sufficiency"):
        write_csv(exampleshire.frames[name], tmp_path / f"{name}.csv")
    forecast = {
        (row["code"], row["phase"], row["academic_year"], row["year_group"]): row
        for row in rows_of_csv(tmp_path / "forecast.csv")
        if row["geography"] == "area"
    }
    sufficiency = {
        (row["area_code"], row["phase"], row["academic_year"], row["year_group"]): row
        for row in rows_of_csv(tmp_path / "sufficiency.csv")
    }
    traced = 0
    for code, name, phase, year, group in (
        ("9990007", "Sampleton Mills", "primary", "2028/29", "R"),
        ("9990021", "Coastend", "primary", "2030/31", "R"),
        ("9995002", "Sampleton South", "secondary", "2031/32", "7"),
    ):
        whole, entry = (sufficiency[code, phase, year, one] for one in ("total", group))
        ahead = forecast[code, phase, year, "total"]
        words, phase_word = {"R": "Reception", "7": "Year 7"}[group], phase.capitalize()
        page = f"{phase_word} planning areas: {name} ({code})"
        chart = f"{name}: {phase} demand and places"
        below = f"{name} ({code}): "
        expected = {
            (page, "Places available", year): written(whole["places"]),
            (page, "Demand", year): written(whole["demand"]),
            (page, "% surplus or shortage (−)", year): written(whole["surplus_percent"], 1, "%"),
            (page, "Forms of entry", year): written(whole["forms_of_entry"], 1),
            (f"{below}{words} intake against admission numbers", f"{words} demand", year): written(entry["demand"]),
            (f"{below}{words} intake against admission numbers", "Published admission numbers (PAN)", year): written(
                entry["pan"]
            ),
            (f"{below}{phase_word} demand by year group", words, year): written(entry["demand"]),
            (f"{below}{phase_word} surplus or shortage by year group", words, year): written(entry["surplus"]),
            (chart, year, "Pupils"): written(ahead["pupils"]),
            (chart, year, "80% range"): f"{written(ahead['p10'])} to {written(ahead['p90'])}",
            (chart, year, "90% range"): f"{written(ahead['p05'])} to {written(ahead['p95'])}",
            (f"Surplus in % of {phase} places", name, year): written(whole["surplus_percent"], 1, "%"),
        }  # fmt: skip
        shown = {key: tables.found[key[0]][key[1]][key[2]] for key in expected}
        assert shown == expected
        traced += len(expected)
    assert traced >= 20
