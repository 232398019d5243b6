"""Findings on the terminal: in lines for people, as plain values for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from placeplan.problems import Finding, Severity

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
PLAIN = ("table", "file", "column", "value", "rule", "message", "remedy")


def print_findings(findings: Sequence[Finding], to_error: bool = False) -> None:
    """List findings with what to do, errors first, and count them on standard error."""
    console = Console(stderr=to_error, highlight=False)
    for finding in findings:
        line = _line(finding)
        if console.is_terminal:
            console.print(line)
            console.print(Padding(Text(finding.remedy), (0, 0, 0, 4)))
        else:
            click.echo(f"{line.plain}\n    {finding.remedy}", err=to_error)
    counts = {kind: sum(finding.severity is kind for finding in findings) for kind in Severity}
    words = [f"{number} {kind.value}{'s' if number != 1 else ''}" for kind, number in counts.items()]
    click.echo(", ".join(words), err=True)


def _line(finding: Finding) -> Text:
    line = Text()
    line.append(finding.severity.value, style=STYLES[finding.severity])
    line.append(f" {finding.place}" if finding.place else "", style="bold")
    line.append(f": {finding.message} [{finding.rule}]")
    return line


def finding_values(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON can hold it; ``row`` is None where the finding has none."""
    found = {name: getattr(finding, name) for name in PLAIN}
    return {"severity": finding.severity.value, "row": finding.row or None, **found}


def warnings_of(findings: Sequence[Finding]) -> int:
    """Return how many of the findings are warnings."""
    return sum(finding.severity is Severity.WARNING for finding in findings)
