"""What the readers of text files and of workbooks share: filled rows as lists of text, with their numbers."""

from __future__ import annotations

from dataclasses import dataclass

from placeplan.problems import Finding


@dataclass(frozen=True)
class RawCells:
    """Rows that hold anything, in order; see ``files.Cells`` for ``dates`` and ``text_numbers``."""

    name: str
    records: list[list[str]]
    rows: list[int]
    dates: frozenset[tuple[int, int]] = frozenset()
    text_numbers: frozenset[tuple[int, int]] = frozenset()


def fault(rule: str, name: str, said: str, row: int = 0, column: str = "", value: str = "") -> Finding:
    """Return a finding about a file."""
    return Finding(rule, said, "", name, row, column, value[:200])


def tidy_name(text: str) -> str:
    """Return a column name trimmed and case-folded, spaces and hyphens as underscores."""
    return "_".join(text.replace("-", " ").replace("_", " ").casefold().split())
