"""``placeplan report``: packs, open data and the board paper."""

from __future__ import annotations

from pathlib import Path

import click

from placeplan.cli import shared


@click.command("report")
@click.argument("run", type=shared.FOLDER)
@click.option(
    "--for",
    "wanted",
    default="",
    metavar="KIND[:NAME]",
    help="trust, school, diocese, district, authority or all; with a NAME only that one.  [default: authority]",
)
@click.option(
    "--board", is_flag=True, help="The paper for a place-planning board; packs too only with --for."
)
@click.option("--public", is_flag=True, help="For publication: small counts are hidden or rounded.")
@click.option(
    "--options", type=shared.FOLDER, default=None, metavar="DIR", help="Also tell of this folder of options."
)
@click.option(
    "--since",
    type=shared.FOLDER,
    default=None,
    metavar="DIR",
    help="With --board: what changed since this run.",
)
@shared.out_option("placeplan-report beside RUN")
@shared.json_option("what was made")
@shared.quiet_option
def command(
    run: Path,
    wanted: str,
    board: bool,
    public: bool,
    options: Path | None,
    since: Path | None,
    out: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make packs for schools, trusts, dioceses and districts, or the paper of a board, from the folder of a finished run.

    The same data to everyone: rolls of their schools with ranges, what their areas face, what is proposed, how earlier
    forecasts did; for the authority also open data in the published layout. RUN is a folder of placeplan forecast.

    \b
    Examples:
      placeplan report placeplan-forecast
      placeplan report placeplan-forecast --for trust
      placeplan report placeplan-forecast --for "school:Oakfield Primary School"
      placeplan report placeplan-forecast --for all --public --out published
      placeplan report placeplan-forecast --board --since last-year --options placeplan-options
    """
    from placeplan.commands.report import Asked, run_report

    asked = Asked(wanted, board, public, options, since, quiet, as_json, shared.command_line())
    with shared.progress_told(quiet or as_json) as progress:
        run_report(run, shared.folder_of(out, run, "report"), asked, progress)
