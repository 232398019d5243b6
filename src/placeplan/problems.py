"""What can go wrong, in two kinds: faults of the input, which the user can mend, and faults of our own.

A finding says where (table, file, row, column), what was found, which rule it breaks and what to do. Rules
stand in ``data/rules.csv``; a check only names the rule and says what is wrong in this case.

    PlaceplanError
    ├── InputErrors   the input has errors; carries all findings (exit status 3)
    └── UsageError    a command was given what it cannot take (exit status 2)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from placeplan.datafiles import data_rows


class Severity(StrEnum):
    """How grave a finding is: an error stops the run, a warning goes into the report, a note informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Rule:
    """One rule of the rules table: what it is called, how grave its breach is, and what to do about it."""

    code: str
    severity: Severity
    title: str
    remedy: str


@dataclass(frozen=True)
class Finding:
    """One thing found in the input. ``row`` is the row as a spreadsheet counts it; 0 means the whole table."""

    rule: str
    message: str
    table: str = ""
    file: str = ""
    row: int = 0
    column: str = ""
    value: str = ""

    @property
    def severity(self) -> Severity:
        """The severity that the rules table gives."""
        return rules()[self.rule].severity

    @property
    def remedy(self) -> str:
        """What to do, from the rules table."""
        return rules()[self.rule].remedy

    @property
    def place(self) -> str:
        """File, row and column in words, as far as they are known."""
        parts = [self.file or self.table]
        if self.row:
            parts.append(f"row {self.row}")
        if self.column:
            parts.append(f"column {self.column}")
        return ", ".join(part for part in parts if part)


class PlaceplanError(Exception):
    """Base of every failure that a person can do something about."""


class InputErrors(PlaceplanError):
    """The input has errors. All findings, warnings among them, are in ``findings``."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = sort_findings(findings)
        errors = sum(finding.severity is Severity.ERROR for finding in self.findings)
        super().__init__(f"the input has {errors} error{'s' if errors != 1 else ''}")


class UsageError(PlaceplanError):
    """A command was asked for something that it cannot do; the message says what to do instead."""


@cache
def rules() -> dict[str, Rule]:
    """Return every rule by its code, from ``data/rules.csv``."""
    return {
        row["rule"]: Rule(row["rule"], Severity(row["severity"]), row["title"], row["remedy"])
        for row in data_rows("rules.csv")
    }


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings with errors first, then by table, file, row and column."""
    order = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
    return sorted(
        findings, key=lambda f: (order[f.severity], f.table, f.file, f.row, f.column, f.rule, f.value)
    )


def has_errors(findings: Iterable[Finding]) -> bool:
    """Tell whether any finding is an error."""
    return any(finding.severity is Severity.ERROR for finding in findings)
