"""What README and guide show really runs: the small project, the commands, the links."""

from __future__ import annotations

import importlib
import re
import shlex
from pathlib import Path

import click
import pytest

from placeplan.cli import main
from placeplan.project import load_project
from placeplan.results import Result
from placeplan.run import forecast, read_and_check
from placeplan.starter import write_starter

TOP = Path(__file__).parent.parent
PAGES = [
    TOP / "README.md",
    TOP / "CONTRIBUTING.md",
    TOP / "CHANGELOG.md",
    *sorted((TOP / "docs").glob("*.md")),
]
SHOWN_TABLE = re.compile(r"`inputs/(\w+\.csv)`\n\n```csv\n(.*?)```", re.DOTALL)
CODE = re.compile(r"```(?:sh|powershell|)\n(.*?)```", re.DOTALL)
SHOWN_COMMAND = re.compile(r"(?:^|&& |\{ )(placeplan .*?)(?: \}| #| >|$)")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")


@pytest.fixture
def smallshire(tmp_path: Path) -> Path:
    write_starter(tmp_path / "smallshire", "Smallshire", "999")
    return tmp_path / "smallshire"


def _put(project: Path, tables: list[str]) -> None:
    shown = dict(SHOWN_TABLE.findall((TOP / "README.md").read_text(encoding="utf-8")))
    assert sorted(shown) == ["areas.csv", "births.csv", "capacity.csv", "rolls.csv", "schools.csv"]
    for table in tables:
        (project / "inputs" / table).write_text(shown[table], encoding="utf-8")


def _phase_totals(result: Result, phase: str) -> list[dict[str, object]]:
    table = result.frames["sufficiency"]
    return table[(table["phase"] == phase) & (table["year_group"] == "total")].to_dict("records")


def test_the_first_three_tables_pass_the_checks_and_forecast_without_places(smallshire: Path) -> None:
    _put(smallshire, ["areas.csv", "rolls.csv", "births.csv"])
    project = load_project(smallshire)
    assert read_and_check(project).findings == ()
    primary = _phase_totals(forecast(project), "primary")
    assert [row["academic_year"] for row in primary][:2] == ["2025/26", "2026/27"]
    assert all(row["status"] == "unknown" for row in primary)
    assert all(650 < float(str(row["demand"])) < 850 for row in primary)


def test_with_schools_and_capacity_the_secondary_area_is_short_as_the_readme_says(smallshire: Path) -> None:
    _put(smallshire, ["areas.csv", "rolls.csv", "births.csv", "schools.csv", "capacity.csv"])
    secondary = _phase_totals(forecast(load_project(smallshire)), "secondary")
    then = next(row for row in secondary if row["academic_year"] == "2028/29")
    assert then["places"] == 560
    assert 5 < -float(str(then["surplus"])) < 15


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_are_shown_exist_with_their_options(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    lines = [line for block in CODE.findall(text) for line in block.splitlines()]
    for shown in [found for line in lines for found in SHOWN_COMMAND.findall(line)]:
        words = shlex.split(shown)[1:]
        if words[0].startswith("-"):
            continue
        command = main.commands.get(words[0])
        assert command is not None, f"{page.name} shows `{shown}`, but there is no such command"
        known = {name for param in command.params if isinstance(param, click.Option) for name in param.opts}
        unknown = [word for word in words if word.startswith("--") and word not in known | {"--help"}]
        assert unknown == [], f"{page.name} shows `{shown}`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_that_are_there(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_assumptions_state_the_values_that_the_code_has() -> None:
    page = (TOP / "docs" / "assumptions.md").read_text(encoding="utf-8")
    stated = re.findall(r"\| ([0-9.,]+)[^|]* \| `([\w/]+)\.py` `([A-Z_]+)` \|", page)
    assert len(stated) >= 12
    for value, module, name in stated:
        constant = getattr(importlib.import_module(f"placeplan.{module.replace('/', '.')}"), name)
        assert float(value.replace(",", "")) == constant, f"{module}.py {name}"
