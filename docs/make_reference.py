"""Write reference-inputs.md, the reference of the input tables and rules, beside this script.

Run it after a change to the tables or rules: ``python docs/make_reference.py``.
"""

from __future__ import annotations

from pathlib import Path

from placeplan.dictionary import data_dictionary, rule_reference

HEAD = """# Inputs: tables, columns and rules

Made by `docs/make_reference.py` from the tables of the package; change those, not this page.

Only `areas` and `rolls` are needed. A table is a CSV file (UTF-8 or cp1252; comma, semicolon or tab) or a
sheet of an .xlsx workbook; columns may stand in any order, and names are matched without regard to case.
Blank means not known, 0 means none. `rolls` may be wide, with a column for each year group (`R`, `1` to `14`)
in place of `year_group` and `pupils`.

"""


def reference() -> str:
    """Return the whole page."""
    rules = f"## Rules\n\nWhat `placeplan check` can find. An error stops a forecast.\n\n{rule_reference()}"
    return HEAD + data_dictionary() + "\n" + rules


if __name__ == "__main__":
    Path(__file__).with_name("reference-inputs.md").write_text(reference(), encoding="utf-8", newline="\n")
