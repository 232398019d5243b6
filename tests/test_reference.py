"""The reference of the inputs is what its script makes, and it names every column and rule."""

from __future__ import annotations

import runpy
from pathlib import Path

from placeplan.problems import rules
from placeplan.tables import table_specs

DOCS = Path(__file__).parent.parent / "docs"


def test_the_page_is_what_the_script_makes() -> None:
    made = runpy.run_path(str(DOCS / "make_reference.py"))["reference"]()
    assert (DOCS / "reference-inputs.md").read_text(encoding="utf-8") == made, (
        "run `python docs/make_reference.py`"
    )


def test_every_column_and_every_rule_stands_on_the_page() -> None:
    page = (DOCS / "reference-inputs.md").read_text(encoding="utf-8")
    wanted = [f"| {column.name} |" for spec in table_specs().values() for column in spec.readable]
    wanted += [f"## {name}\n" for name in table_specs()] + [f"| {code} |" for code in rules()]
    assert [piece for piece in wanted if piece not in page] == []
