"""What ``placeplan backtest`` does once its options are read: check, try every origin, write, print."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from placeplan.commands.bar import bar
from placeplan.evidence.backtest import backtest
from placeplan.outputs.backtest_report import screen_rows, summary_json, write_backtest
from placeplan.outputs.backtest_words import verdict
from placeplan.outputs.folder import check_target
from placeplan.problems import InputErrors, has_errors
from placeplan.project import Project
from placeplan.results import Backtest
from placeplan.run import read_and_check


def run_backtest(
    project: Project,
    folder: Path,
    methods: Sequence[str],
    origins: int,
    quiet: bool,
    as_json: bool,
    command_line: str,
) -> None:
    """Backtest a project into a folder and print what came of it; raises InputErrors and UsageError."""
    started = datetime.now(UTC)
    check_target(folder, "backtest")
    inputs = read_and_check(project)
    if has_errors(inputs.findings):
        raise InputErrors(inputs.findings)
    with bar(quiet or as_json, "Backtest") as progress:
        made = backtest(inputs, project, methods, origins, progress)
    write_backtest(made, folder, command_line, started)
    if as_json:
        click.echo(json.dumps(summary_json(made, folder), indent=2, ensure_ascii=False))
    elif not quiet:
        _print(made, folder)


def _print(made: Backtest, folder: Path) -> None:
    """Print mean errors and the verdict on standard error, the folder on standard output."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(stderr=True, highlight=False)
    header, rows = screen_rows(made)
    span = f"{made.origins[0]} to {made.origins[-1]}" if len(made.origins) > 1 else str(made.origins[0])
    title = f"{made.project.authority.name}, mean absolute error of phase totals, origins {span}"
    table = Table(title=title, box=box.SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(header):
        table.add_column(name, justify="left" if place < 2 else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console.print(table)
    for subject, words in verdict(made):
        console.print(Text(subject, style="bold").append(f" {words}", style="not bold"))
    click.echo(str(folder))
