"""``placeplan forecast``: pupils beside places."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from placeplan.cli import shared

if TYPE_CHECKING:
    from placeplan.years import AcademicYear


@click.command("forecast")
@shared.project_argument
@shared.out_option("placeplan-forecast beside the project")
@click.option(
    "--base-year",
    default=None,
    metavar="2022/23",
    help="Treat everything later than this year's census as not yet known.",
)
@shared.scenario_option("Forecast this scenario file and not the plan as it stands")
@click.option(
    "--what-if",
    "what_ifs",
    multiple=True,
    metavar="TEXT",
    help='One school acts alone, as "900001 PAN +30 from 2027/28" (repeatable): the scenario what-if, beside the others.',
)
@shared.horizon_option
@shared.simulations_option
@shared.seed_option
@click.option("--outputs", default=",".join(shared.OUTPUTS), show_default=True, help="What to write.")
@click.option("--all-areas", is_flag=True, help="A page for every area, however many there are.")
@click.option("--draws", is_flag=True, help="Also save every draw of every area, as draws.npz.")
@click.option(
    "--since",
    type=shared.FOLDER,
    default=None,
    help="An earlier run: the report begins with what changed, and why.",
)
@click.option(
    "--options",
    "options_folder",
    type=shared.FOLDER,
    default=None,
    help="A folder of placeplan options: the pages of areas show what ranks first.",
)
@click.option("--strict", is_flag=True, help="Exit with status 4 if there are warnings.")
@shared.json_option("the summary")
@shared.quiet_option
def command(
    project: Path | None,
    out: Path | None,
    base_year: str | None,
    files: tuple[Path, ...],
    what_ifs: tuple[str, ...],
    horizon: int | None,
    simulations: int | None,
    seed: int | None,
    outputs: str,
    all_areas: bool,
    draws: bool,
    since: Path | None,
    options_folder: Path | None,
    strict: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Forecast pupils for every planning area and set them beside places.

    PROJECT is a project file or its folder; without it placeplan.yaml is looked for here and above. Without --scenario
    the run is the scenario central, the plan as it stands; --what-if comes on top of the first scenario.

    \b
    Examples:
      placeplan forecast myplan
      placeplan forecast myplan --scenario low-births.yaml --scenario late-school.yaml
      placeplan forecast myplan --what-if "900001 PAN +30 from 2027/28"
      placeplan forecast myplan --horizon 10 --out long-range
      placeplan forecast myplan --since last-year --options placeplan-options --out this-year
      placeplan forecast myplan --base-year 2022/23 --out as-of-2023
      placeplan forecast myplan --outputs csv --quiet
    """
    from placeplan.commands.findings import warnings_of
    from placeplan.commands.forecast import Asked, print_json, print_summary, run_forecast, shown_beside
    from placeplan.scenario import read_scenarios

    wanted, scenarios = _outputs(outputs), read_scenarios(files, what_ifs)
    opened = shared.opened_project(project).with_changes(_base_year(base_year), horizon, simulations, seed)
    folder = shared.folder_of(out, opened.path, "forecast")
    beside = shown_beside(opened, wanted, since, options_folder)
    asked = Asked("forecast", wanted, shared.command_line(), scenarios, all_areas, draws, beside)
    with shared.progress_told(quiet or as_json) as progress:
        result = run_forecast(opened, folder, asked, progress)
    if as_json:
        print_json(result, folder)
    elif not quiet:
        print_summary(result, folder)
    if strict:
        shared.end_if_warned(warnings_of(result.findings))


def _outputs(text: str) -> tuple[str, ...]:
    """Read what stands after ``--outputs``."""
    wanted = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    unknown = [name for name in wanted if name not in shared.OUTPUTS]
    if unknown or not wanted:
        raise click.UsageError(
            f"--outputs takes {', '.join(shared.OUTPUTS)}; {', '.join(unknown) or 'nothing'} is none of them"
        )
    return wanted


def _base_year(text: str | None) -> AcademicYear | None:
    """Read what stands after ``--base-year``."""
    from placeplan.years import AcademicYear

    if text is None:
        return None
    try:
        return AcademicYear.parse(text)
    except ValueError as error:
        raise click.UsageError(f"--base-year {text}: {error}; write it like 2022/23") from None
