"""``placeplan options``: what could be done."""

from __future__ import annotations

from pathlib import Path

import click

from placeplan.cli import shared


@click.command("options")
@shared.project_argument
@shared.out_option("placeplan-options beside the project")
@click.option("--area", default="", metavar="CODE", help="Only this planning area.")
@click.option(
    "--reduce",
    default=None,
    metavar="5%",
    help="Also share out a fair plan of admission numbers that leaves this share of places spare.",
)
@click.option(
    "--save",
    nargs=2,
    type=(str, shared.FILE),
    default=None,
    metavar="OPTION_ID FILE.yaml",
    help="Save this option (or plan-alone, plan-together) as a scenario file.",
)
@shared.simulations_option
@shared.seed_option
@shared.json_option("the options and the plan")
@shared.quiet_option
def command(
    project: Path | None,
    out: Path | None,
    area: str,
    reduce: str | None,
    save: tuple[str, Path] | None,
    simulations: int | None,
    seed: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """List what could be done where places run short or stand empty, each option weighed on the same draws.

    Ten years ahead, whatever the project's horizon: chance of shortfall and spare places before and after, dates, cost,
    who decides, and a rank by criteria that are shown. PROJECT is a project file or its folder, else placeplan.yaml here
    or above.

    \b
    Examples:
      placeplan options myplan
      placeplan options myplan --area 9990007 --save 9990007-primary-short-02 bulge.yaml
      placeplan options myplan --reduce 5% --out fair-plan
    """
    from placeplan.commands.options import run_options

    opened = shared.opened_project(project).with_changes(simulations=simulations, seed=seed)
    folder = shared.folder_of(out, opened.path, "options")
    with shared.progress_told(quiet or as_json) as progress:
        run_options(opened, folder, area, reduce, save, quiet, as_json, shared.command_line(), progress)
