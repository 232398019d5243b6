"""The data dictionary: every table, column and rule in words, made from the data that the reader uses."""

from __future__ import annotations

import csv
from importlib.resources import files

from placeplan.problems import rules
from placeplan.tables import Column, table_specs

KIND_WORDS = {
    "code": "code",
    "text": "text",
    "choice": "one of",
    "phase": "one of",
    "school_type": "school type",
    "yesno": "yes or no",
    "year": "academic year (2026/27)",
    "birth_year": "birth year (2021/22)",
    "financial_year": "financial year (2026-27)",
    "calendar_year": "year (2022)",
    "year_group": "year group (R, 1 to 14)",
    "count": "number",
    "number": "number",
    "share": "share (0 to 1)",
    "money": "pounds",
    "date": "date (2026-09-01)",
}


def data_dictionary() -> str:
    """Return every table with every column as Markdown, from ``data/tables.csv``."""
    purposes = _purposes()
    lines = []
    for name, spec in table_specs().items():
        purpose = purposes[name]
        lines += [f"## {name}", "", f"{purpose['purpose']} Without it: {_lower(purpose['without_it'])}", ""]
        lines += ["| column | needed | holds | meaning |", "|---|---|---|---|"]
        lines += [
            f"| {column.name} | {_needed(column)} | {_holds(column)} | {_meaning(column)} |"
            for column in spec.readable
        ]
        lines.append("")
    return "\n".join(lines)


def rule_reference() -> str:
    """Return every rule with its severity and remedy as a Markdown table, from ``data/rules.csv``."""
    lines = ["| rule | severity | what is found | what to do |", "|---|---|---|---|"]
    lines += [
        f"| {rule.code} | {rule.severity} | {_cell(rule.title)} | {_cell(rule.remedy)} |"
        for rule in sorted(rules().values(), key=lambda rule: rule.code)
    ]
    return "\n".join(lines) + "\n"


def _purposes() -> dict[str, dict[str, str]]:
    text = files("placeplan").joinpath("data/starter/tables.csv").read_text(encoding="utf-8")
    return {row["table"]: row for row in csv.DictReader(text.splitlines())}


def _needed(column: Column) -> str:
    if column.one_of:
        return f"one {column.one_of}"
    return "**yes**" if column.needed else ""


def _holds(column: Column) -> str:
    if column.choices:
        return ", ".join(f"`{choice}`" for choice in column.choices)
    words = KIND_WORDS[column.kind]
    whole = "whole number" if words == "number" and column.whole else words
    return f"{whole} of {column.unit}" if whole in ("number", "whole number") and column.unit else whole


def _meaning(column: Column) -> str:
    said = [column.meaning]
    if column.refers_to:
        said.append(f"Refers to `{column.refers_to}`.")
    if column.default:
        said.append(f"Blank = {column.default}.")
    return _cell(" ".join(said))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
