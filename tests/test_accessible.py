"""The report in a real browser: axe-core finds no violation, and keys, sorting, filter and maps do what they say.

One report, of the made-up county, in one run of headless Chromium; skipped where there is none.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from placeplan.outputs.chart_set import draw_charts
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
_PAGES = re.compile(r"(\n## (?:Primary|Secondary) planning areas\n+### .*?(?=\n### )).*?(?=\n## )", re.DOTALL)
"""The pages of the areas after the first of each phase: they are like it, and take the browser time."""
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def found(exampleshire: Result, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the browser says of the report: violations, and what its parts do when they are used."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here to run axe-core in")
    folder = tmp_path_factory.mktemp("browser")
    view = view_run(exampleshire)
    text = _PAGES.sub(r"\1", report_markdown(view))
    page = report_html(
        text, draw_charts(view), "School places in Exampleshire", look_of(exampleshire.project)
    )
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
