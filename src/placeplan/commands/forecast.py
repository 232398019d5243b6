"""What ``placeplan forecast`` and ``placeplan demo`` do once their options are read: forecast, write, print."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.table import Table

from placeplan.commands.findings import warnings_of
from placeplan.commands.whatif import print_answers
from placeplan.highneeds import with_high_needs
from placeplan.outputs.store import check_target, write_run
from placeplan.outputs.summary import OF_PLACES, SUMMARY_COLUMNS, summary_numbers, summary_rows
from placeplan.outputs.whatif import what_if_numbers
from placeplan.problems import Severity
from placeplan.project import Project
from placeplan.results import Result
from placeplan.run import PLAN, forecast
from placeplan.scenario import LoadedScenario


@dataclass(frozen=True)
class Asked:
    """What the user asked for, beside the project and the folder; ``beside`` is what ``shown_beside`` found."""

    command: str
    outputs: Sequence[str]
    command_line: str
    scenarios: Sequence[LoadedScenario] = (PLAN,)
    all_areas: bool = False
    keep_draws: bool = False
    beside: dict[str, Any] = field(default_factory=dict)


def shown_beside(
    project: Project, outputs: Sequence[str], since: Path | None, options: Path | None
) -> dict[str, Any]:
    """Return what the report shows beside the run: what changed since another, options ranked for its areas.

    Raises UsageError if one of the two folders is not what it should be.
    """
    found: dict[str, Any] = {}
    if since is not None:
        from placeplan.commands.since import since_run

        found["since"] = since_run(since, outputs)
    if options is not None:
        from placeplan.publishing.runfolder import open_options

        found["options"] = open_options(options, project.authority.name, project.authority.la_code)
    return found


def run_forecast(project: Project, folder: Path, asked: Asked, progress: Callable[[str], None]) -> Result:
    """Forecast into a folder and return what came of it; raises InputErrors and UsageError."""
    started = datetime.now(UTC)
    check_target(folder, asked.command)
    found = forecast(project, progress, keep_draws=asked.keep_draws, scenarios=asked.scenarios)
    result = with_high_needs(found)
    progress("Writing the outputs")
    write_run(
        result,
        folder,
        asked.outputs,
        command=asked.command,
        command_line=asked.command_line,
        started=started,
        all_areas=asked.all_areas,
        **asked.beside,
    )
    return result


def print_json(result: Result, folder: Path) -> None:
    """Print the summary as JSON on standard output."""
    counts = Counter(finding.severity for finding in result.findings)
    summary = {
        "folder": str(folder),
        "base_year": str(result.base_year),
        "summary": summary_numbers(result),
        "scenarios": list(result.scenarios),
        "what_if": what_if_numbers(result),
        "findings": {kind.value: counts[kind] for kind in Severity},
    }
    click.echo(json.dumps(summary, indent=2))


def print_summary(result: Result, folder: Path) -> None:
    """Print each phase's pupils and places on standard error, the folder on standard output."""
    console = Console(stderr=True, highlight=False)
    has_places = bool(result.frames["sufficiency"]["places"].notna().any())
    console.print(_table(result, has_places))
    if not has_places:
        console.print(
            "No school places are known: give schools with capacity or admission numbers to set them beside."
        )
    print_answers(result, console)
    warnings = warnings_of(result.findings)
    if warnings:
        console.print(
            f"{warnings} warning{'s' if warnings != 1 else ''}: see Data quality in the report, or findings.csv."
        )
    click.echo(str(folder))


def _table(result: Result, has_places: bool) -> Table:
    """A column for each phase; lines on places only where some are known."""
    rows = summary_rows(result)
    table = Table(title=f"{result.project.authority.name}, base year {result.base_year}", box=box.SIMPLE_HEAD)
    table.add_column("")
    for row in rows:
        table.add_column(row[0], justify="right")
    for place, name in enumerate(SUMMARY_COLUMNS[1:], start=1):
        if has_places or name not in OF_PLACES:
            table.add_row(name, *[row[place] for row in rows])
    return table
