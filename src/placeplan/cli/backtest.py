"""``placeplan backtest``: how far the forecast would have been out."""

from __future__ import annotations

from pathlib import Path

import click

from placeplan.cli import shared


@click.command("backtest")
@shared.project_argument
@shared.out_option("placeplan-backtest beside the project")
@click.option(
    "--method",
    "methods",
    multiple=True,
    metavar="NAME",
    help="Try this method as well, such as ets (repeatable); all tries every one but the slow ones.",
)
@click.option(
    "--origins",
    type=click.IntRange(1, 40),
    default=8,
    show_default=True,
    help="Earlier years to forecast from.",
)
@shared.horizon_option
@shared.simulations_option
@shared.json_option("the summary and the verdict")
@shared.quiet_option
def command(
    project: Path | None,
    out: Path | None,
    methods: tuple[str, ...],
    origins: int,
    horizon: int | None,
    simulations: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Say how far the forecast would have been out in earlier years, and how sure its ranges are.

    From each earlier year the project's own method and plain three-year cohort survival forecast with only what was known
    then; the rolls that came judge them. PROJECT is a project file or its folder, else placeplan.yaml here or above.

    \b
    Examples:
      placeplan backtest myplan
      placeplan backtest myplan --method smoothing --method damped_trend
      placeplan backtest myplan --origins 4 --json > backtest.json
    """
    from placeplan.commands.backtest import run_backtest

    opened = shared.opened_project(project).with_changes(horizon=horizon, simulations=simulations)
    folder = shared.folder_of(out, opened.path, "backtest")
    run_backtest(opened, folder, methods, origins, quiet, as_json, shared.command_line())
