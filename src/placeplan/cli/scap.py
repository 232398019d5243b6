"""``placeplan scap``: the School Capacity return."""

from __future__ import annotations

from pathlib import Path

import click

from placeplan.cli import shared


@click.command("scap")
@shared.project_argument
@shared.out_option("placeplan-scap beside the project; with --check none")
@click.option(
    "--run", type=shared.FOLDER, default=None, metavar="DIR", help="Use this run of placeplan forecast."
)
@click.option(
    "--check",
    is_flag=False,
    flag_value="",
    default=None,
    metavar="[RETURN]",
    help="Only check: the return given (its workbook or folder, made here or elsewhere), else the one of the project.",
)
@click.option(
    "--template",
    type=shared.FOLDER,
    default=None,
    metavar="FILE.xlsx",
    help="Also fill in this official template.",
)
@click.option(
    "--explanations",
    type=shared.FOLDER,
    default=None,
    metavar="RETURN",
    help="Carry over explanations from this return too.",
)
@click.option(
    "--backtest",
    type=shared.FOLDER,
    default=None,
    metavar="DIR",
    help="Tell the method statement of this backtest.",
)
@click.option("--strict", is_flag=True, help="End with status 4 if a finding of the checks is open.")
@shared.json_option("what the checks found")
@shared.quiet_option
def command(
    project: Path | None,
    out: Path | None,
    run: Path | None,
    check: str | None,
    template: Path | None,
    explanations: Path | None,
    backtest: Path | None,
    strict: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write the School Capacity return from a run: capacity, forecasts, planned places, method statement, checks, sign-off.

    Explanations written into the sheet Checks of the return are carried over when it is made again. With --check nothing is
    written unless --out names a folder; --strict ends with 4 while an error or a query without explanation is open.
    PROJECT is a project file or its folder, else placeplan.yaml here or above.

    \b
    Examples:
      placeplan scap myplan
      placeplan scap myplan --run myplan/placeplan-forecast --template template.xlsx
      placeplan scap myplan --check
      placeplan scap myplan --check last-year/return.xlsx --strict
    """
    from placeplan.commands.scap import Asked, is_project, run_check, run_scap

    if project is None and check and is_project(Path(check)):
        project, check = Path(check), ""
    opened = shared.opened_project(project)
    asked = Asked(out, run, template, explanations, backtest, quiet, as_json, shared.command_line())
    with shared.progress_told(quiet or as_json) as progress:
        if check is None:
            still = run_scap(opened, shared.folder_of(out, opened.path, "scap"), asked, progress)
        else:
            still = run_check(opened, Path(check) if check else None, asked, progress)
    if strict and still:
        shared.end_strictly(f"{still} finding{'s' if still != 1 else ''} of the checks open")
