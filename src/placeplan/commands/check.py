"""What ``placeplan check`` does once its options are read: read the tables, check, write findings.csv, print."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from placeplan.commands.findings import finding_values, print_findings
from placeplan.frames import findings_table
from placeplan.outputs.checkfolder import write_check
from placeplan.problems import Finding, has_errors
from placeplan.project import Project
from placeplan.run import read_and_check


def run_check(
    project: Project, out: Path | None, quiet: bool, as_json: bool, command_line: str
) -> Sequence[Finding]:
    """Check a project's tables and print what was found; return it. ``quiet`` never hides errors."""
    started = datetime.now(UTC)
    inputs = read_and_check(project)
    if out is not None:
        write_check(findings_table(inputs.findings), project, inputs, out, started, command_line)
    if as_json:
        values = [finding_values(finding) for finding in inputs.findings]
        click.echo(json.dumps(values, indent=2, ensure_ascii=False))
    elif not quiet or has_errors(inputs.findings):
        print_findings(inputs.findings)
    return inputs.findings
