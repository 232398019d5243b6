"""``placeplan demo``: the bundled county."""

from __future__ import annotations

from pathlib import Path

import click

from placeplan.cli import shared


@click.command("demo")
@shared.out_option("./placeplan-demo")
@shared.quiet_option
def command(out: Path | None, quiet: bool) -> None:
    """Forecast the bundled county of Exampleshire, which is made up.

    \b
    Examples:
      placeplan demo
      placeplan demo --out exampleshire-report
    """
    from placeplan.bundled import bundled_folder
    from placeplan.commands.forecast import Asked, print_summary, run_forecast
    from placeplan.project import load_project

    project = load_project(bundled_folder("configs") / "exampleshire.yaml")
    folder = out or Path("placeplan-demo")
    with shared.progress_told(quiet) as progress:
        result = run_forecast(project, folder, Asked("demo", shared.OUTPUTS, shared.command_line()), progress)
    if not quiet:
        print_summary(result, folder)
