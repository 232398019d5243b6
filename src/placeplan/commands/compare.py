"""What ``placeplan compare`` does once its options are read: read scenarios, run them side by side, write, print."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from placeplan.commands.bar import bar
from placeplan.comparing import Compared, compare
from placeplan.outputs.compare_report import Comparison, totals, write_comparison
from placeplan.outputs.folder import check_target
from placeplan.outputs.runfile import inputs_story, plain_values, project_story, story_head
from placeplan.outputs.words import PHASE_WORDS, number
from placeplan.problems import UsageError
from placeplan.project import Project
from placeplan.run import PLAN
from placeplan.scenario import check_names, read_scenarios, sweep_scenarios
from placeplan.tables import rows_of
from placeplan.years import Phase


def run_compare(
    project: Project,
    folder: Path,
    files: tuple[Path, ...],
    sweeps: tuple[str, ...],
    workers: int | None,
    quiet: bool,
    as_json: bool,
    command_line: str,
) -> None:
    """Compare scenarios into a folder and print the authority; raises InputErrors and UsageError."""
    started = datetime.now(UTC)
    check_target(folder, "compare")
    scenarios = [*(read_scenarios(files, ()) if files else ()), *sweep_scenarios(sweeps, PLAN)]
    check_names(scenarios)
    if not scenarios:
        raise UsageError("there is nothing to compare; name files with --scenario, or values with --sweep")
    with bar(quiet or as_json, "Scenarios") as told:
        found = compare(project, scenarios, workers, told)
    title = project.authority.name
    made = Comparison(title, found.names, int(found.base_year), found.table, found.parameters)
    write_comparison(made, folder, _story(found, command_line, started))
    if as_json:
        rows = totals(found.table).to_dict("records")
        click.echo(
            json.dumps({"folder": str(folder), "totals": plain_values(rows)}, indent=2, ensure_ascii=False)
        )
    elif not quiet:
        _print(made, folder)


def _story(found: Compared, command_line: str, started: datetime) -> dict[str, Any]:
    project = found.project
    return {
        **story_head("compare", command_line, started),
        "project": project_story(project),
        "scenarios": list(found.names),
        "scenario_files": plain_values(found.stories),
        "base_year": str(found.base_year),
        "seed": project.seed,
        "simulations": project.simulations,
        "inputs": inputs_story(found.inputs),
        "rows": {"compare.csv": len(found.table), "compare_parameters.csv": len(found.parameters)},
    }


def _print(made: Comparison, folder: Path) -> None:
    """Print each phase's last year on standard error, the folder on standard output."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(stderr=True, highlight=False)
    whole = totals(made.table)
    for phase in Phase:
        rows = whole[whole["phase"] == phase.value]
        if rows.empty:
            continue
        last = rows["academic_year"].max()
        shown = Table(
            title=f"{made.title}: {PHASE_WORDS[phase].lower()}, {last}", box=box.SIMPLE_HEAD, pad_edge=False
        )
        shown.add_column("Scenario", overflow="fold", max_width=38)
        for name in ("Pupils", "Places", "Need", "Spare"):
            shown.add_column(name, justify="right", no_wrap=True)
        for row in rows_of(rows[rows["academic_year"] == last]):
            shown.add_row(
                str(row.scenario), *(number(value) for value in (row.demand, row.places, row.need, row.spare))
            )
        console.print(shown, markup=False)
    console.print("compare.html has the chart, the areas and what differs.")
    click.echo(str(folder))
