"""What a check of a return finds: its kind from ``data/scap/checks.csv``, the row it names, a box for the explanation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import pandas as pd

from placeplan.datafiles import data_rows

COLUMNS = ("check", "severity", "part", "row", "subject", "found", "remedy", "explanation")
HEADINGS = ("Check", "Severity", "Sheet", "Row", "About", "What was found", "What to do", "Explanation")
ERROR, QUERY = "error", "query"


@dataclass(frozen=True)
class Kind:
    """One check: an ``error`` must be mended, a ``query`` must be answered; ``threshold`` is 0 where it has none."""

    code: str
    severity: str
    title: str
    threshold: float
    remedy: str


@dataclass(frozen=True)
class Found:
    """One row that a check names. ``subject`` says what it is about in words that stay the same from return to return."""

    check: str
    part: str
    row: int
    subject: str
    message: str
    explanation: str = ""

    @property
    def kind(self) -> Kind:
        """What the table of checks says of it."""
        return kinds()[self.check]

    @property
    def is_open(self) -> bool:
        """Whether it still needs work: every error, and every query without an explanation."""
        return self.kind.severity == ERROR or not self.explanation


@cache
def kinds() -> dict[str, Kind]:
    """Return every check by its code."""
    return {
        row["check"]: Kind(
            row["check"], row["severity"], row["title"], float(row["threshold"] or 0), row["remedy"]
        )
        for row in data_rows("scap/checks.csv")
    }


def explained(found: Iterable[Found], answers: Mapping[tuple[str, str], str]) -> list[Found]:
    """Put explanations that were written before into their boxes, by check and subject."""
    return [replace(one, explanation=answers.get((one.check, one.subject), "")) for one in found]


def checks_frame(found: Iterable[Found], sheets: Mapping[str, str]) -> pd.DataFrame:
    """Return the list of what was found, in the columns ``COLUMNS``; ``sheets``: sheet of each part."""
    rows = [
        (one.check, one.kind.severity, sheets.get(one.part, one.part), str(one.row) if one.row else "",
         one.subject, one.message, one.kind.remedy, one.explanation)
        for one in found
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
