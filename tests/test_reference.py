"""The references are what their script makes, and they name every column, rule, command and option."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import click
import pytest

from placeplan.cli import main
from placeplan.problems import rules
from placeplan.tables import output_columns, output_files, table_specs

DOCS = Path(__file__).parent.parent / "docs"
PAGES = ("reference-inputs.md", "reference-commands.md")


@pytest.mark.parametrize("page", PAGES)
def test_the_page_is_what_the_script_makes(page: str) -> None:
    made = runpy.run_path(str(DOCS / "make_reference.py"))["references"]()
    assert sorted(made) == sorted(PAGES)
    assert (DOCS / page).read_text(encoding="utf-8") == made[page], "run `python docs/make_reference.py`"


def test_every_column_and_every_rule_stands_on_the_page() -> None:
    page = (DOCS / "reference-inputs.md").read_text(encoding="utf-8")
    wanted = [f"| {column.name} |" for spec in table_specs().values() for column in spec.readable]
    wanted += [f"## {name}\n" for name in table_specs()] + [f"| {code} |" for code in rules()]
    assert [piece for piece in wanted if piece not in page] == []


def test_every_command_has_help_and_an_example_and_every_option_a_meaning() -> None:
    page = (DOCS / "reference-commands.md").read_text(encoding="utf-8")
    for name, command in main.commands.items():
        assert f"## {name}\n" in page
        assert f"placeplan {name}" in (command.help or ""), f"the help of {name} shows no example"
        options = [param for param in command.params if isinstance(param, click.Option)]
        assert [option.opts[-1] for option in options if not option.help] == []
        assert [option.opts[-1] for option in options if f"`{option.opts[-1]}" not in page] == []


def test_every_output_that_is_filled_has_its_columns_in_order() -> None:
    page = (DOCS / "reference-outputs.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^### (\w+)\.csv\n(.*?)(?=^##)", page, re.MULTILINE | re.DOTALL))
    assert set(sections) == set(output_files()) - {"backtest", "backtest_summary"}
    for name, section in sections.items():
        first_cells = re.findall(r"^\| ([a-z0-9_, ]+) \|", section, re.MULTILINE)
        told = [column for cell in first_cells[1:] for column in cell.split(", ")]
        assert told == list(output_columns(name)), name
