"""``placeplan explain``: where a number comes from."""

from __future__ import annotations

from pathlib import Path

import click

from placeplan.cli import shared


@click.command("explain")
@click.argument("code")
@click.argument("year")
@click.argument("yeargroup")
@click.option(
    "--phase",
    type=click.Choice(("primary", "secondary", "sixth_form")),
    default=None,
    help="Which phase, where a total stands for several.",
)
@click.option(
    "--run",
    "folder",
    type=shared.FOLDER,
    default=None,
    help="Folder of a finished run.  [default: placeplan-forecast or placeplan-demo, here]",
)
@click.option(
    "--depth",
    type=click.IntRange(1),
    default=6,
    show_default=True,
    help="Levels of the tree in the terminal.",
)
@shared.json_option("the tree")
@click.option("--markdown", is_flag=True, help="Print the tree as a Markdown list.")
def command(
    code: str,
    year: str,
    yeargroup: str,
    phase: str | None,
    folder: Path | None,
    depth: int,
    as_json: bool,
    markdown: bool,
) -> None:
    """Show where a number comes from: sums and products down to the rows of the inputs.

    CODE is a planning area, district, authority or school of the run, or a planning area or setting of high needs; YEAR an
    academic year; YEARGROUP R, 1 to 14 or total.

    \b
    Examples:
      placeplan explain 9990009 2027/28 R --run placeplan-demo
      placeplan explain 9995001 2030/31 7 --run placeplan-demo --depth 3
      placeplan explain 999 2030/31 total --phase primary --run placeplan-demo --json
      placeplan explain 1803011 2027/28 7 --run placeplan-demo
    """
    from placeplan.commands.explain import run_explain
    from placeplan.problems import UsageError

    if as_json and markdown:
        raise UsageError("--json and --markdown exclude each other; leave out one of the two")
    form = "json" if as_json else "markdown" if markdown else "tree"
    run_explain(folder or _run_here(), code, year, yeargroup, phase, form, depth)


def _run_here() -> Path:
    """The folder of the run that stands here; UsageError if there is none."""
    from placeplan.problems import UsageError

    for name in ("placeplan-forecast", "placeplan-demo"):
        if (Path.cwd() / name / "run.json").is_file():
            return Path(name)
    raise UsageError("there is no run here; name its folder with --run")
