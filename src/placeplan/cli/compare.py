"""``placeplan compare``: scenarios side by side."""

from __future__ import annotations

from pathlib import Path

import click

from placeplan.cli import shared


@click.command("compare")
@shared.project_argument
@shared.out_option("placeplan-compare beside the project")
@shared.scenario_option("A scenario file to set beside the plan as it stands")
@click.option(
    "--sweep",
    "sweeps",
    multiple=True,
    metavar="KEY=A,B",
    help='One scenario for each value, as "births.change=-10%,10%"; several make a grid (repeatable).',
)
@shared.horizon_option
@shared.simulations_option
@shared.seed_option
@click.option(
    "--workers", type=click.IntRange(1, 64), default=None, help="Processes.  [default: one for each core]"
)
@shared.json_option("the totals")
@shared.quiet_option
def command(
    project: Path | None,
    out: Path | None,
    files: tuple[Path, ...],
    sweeps: tuple[str, ...],
    horizon: int | None,
    simulations: int | None,
    seed: int | None,
    workers: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Set scenarios side by side: pupils, places, chance of shortfall, cost, and what differs in them.

    The plan as it stands is always the reference. PROJECT is a project file or its folder, else placeplan.yaml here or
    above.

    \b
    Examples:
      placeplan compare myplan --scenario low-births.yaml --scenario late-school.yaml
      placeplan compare myplan --sweep "births.change=-10%,-5%,5%"
      placeplan compare myplan --sweep "planned_changes.PC01.delay=0,1,2" --sweep "births.trend=-1%,0%"
    """
    from placeplan.commands.compare import run_compare

    opened = shared.opened_project(project).with_changes(None, horizon, simulations, seed)
    folder = shared.folder_of(out, opened.path, "compare")
    run_compare(opened, folder, files, sweeps, workers, quiet, as_json, shared.command_line())
