"""What ``placeplan send`` does: forecast pupils, forecast plans, write, print."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pandas as pd

from placeplan.outputs.folder import check_target
from placeplan.outputs.runfile import plain_values
from placeplan.outputs.send_report import setting_words, write_send
from placeplan.outputs.words import number
from placeplan.problems import UsageError
from placeplan.project import Project
from placeplan.results import Result
from placeplan.run import findings_table, forecast
from placeplan.send.alternative import alternative_table
from placeplan.send.fairshare import fair_share_table
from placeplan.send.disclosure import setting_of
from placeplan.send.make import SendMade, make_send
from placeplan.send.panel import panel_table, waiting_table
from placeplan.send.schoolrolls import school_rolls
from placeplan.tables import output_columns
from placeplan.years import Phase

NEEDED = ("specialist", "specialist_flows")
LABELS = {"R": 0, **{str(group): group for group in range(1, 15)}}


def run_send(
    project: Project,
    folder: Path,
    quiet: bool,
    as_json: bool,
    command_line: str,
    progress: Any,
    small_counts: bool = False,
) -> None:
    """Forecast high needs into a folder and print the totals; raises InputErrors and UsageError.

    ``small_counts`` shows counts of schools and of alternative provision that are hidden otherwise.
    """
    started = datetime.now(UTC)
    check_target(folder, "send")
    result = forecast(project, progress)
    progress("Forecasting plans")
    made = made_from(result)
    lowest = 1.0 if small_counts else setting_of("lowest_shown")
    frames = {**made.frames, **schools_and_months(result), "findings": findings_table(result.findings)}
    for name in frames:
        frames[name] = frames[name][list(output_columns(name))]
    write_send(result, frames, str(made.base), folder, command_line, started)
    if as_json:
        told = {"folder": str(folder), "base_year": str(made.base)}
        rows = plain_values(frames["send_forecast"].to_dict("records"))
        click.echo(json.dumps({**told, "send_forecast": rows}, indent=2, ensure_ascii=False))
    elif not quiet:
        _print(result.project.authority.name, made, folder)


def made_from(result: Result) -> SendMade:
    """Return the forecast of plans of a finished run; UsageError, with what is missing, where its tables do not suffice."""
    tables = {name: result.inputs.table(name) for name in (*NEEDED, "specialist_places")}
    missing = [name for name in NEEDED if tables[name].empty]
    if missing:
        raise UsageError(
            f"high needs are forecast from stocks and flows, but {' and '.join(missing)} has no rows; give it"
        )
    try:
        return make_send(tables, authority_pupils(result), result.project.simulations, result.project.seed)
    except ValueError as error:
        raise UsageError(f"specialist and specialist_flows do not suffice: {error}") from error


def schools_and_months(result: Result, lowest: float) -> dict[str, pd.DataFrame]:
    """Return alternative provision by month, the fair share between schools and the view of a placement panel, by file.

    Counts from 1 to below ``lowest`` are hidden, and what would give them away.
    """
    tables, admissions = result.inputs, result.inputs.table("admissions")
    rolls = school_rolls(
        result.frames["schools"], tables.table("schools"), tables.table("areas"), tables.table("rolls"),
        result.project.census, result.base_year,
    )  # fmt: skip
    groups = (
        rolls[rolls["year_group"] != "total"]
        .drop(columns="year_group")
        .rename(columns={"group": "year_group"})
    )
    shares = fair_share_table(admissions, tables.table("ap_flows"), groups, lowest)
    return {
        "send_alternative": alternative_table(tables.table("ap_flows")),
        "send_fair_share": shares,
        "send_panel": panel_table(rolls, admissions, shares, lowest),
        "send_waiting": waiting_table(rolls, admissions, lowest),
    }


def authority_pupils(result: Result) -> pd.DataFrame:
    """Return the authority's pupils by year group, past and ahead, with columns year, group and pupils."""
    ahead = result.frames["forecast"]
    both = pd.concat([result.frames["history"], ahead[ahead["scenario"] == result.scenarios[0]]])
    rows = both[
        (both["geography"] == "authority") & both["year_group"].isin(LABELS) & both["phase"].isin(list(Phase))
    ]
    return pd.DataFrame(
        {
            "year": rows["academic_year"].str[:4].astype(int),
            "group": rows["year_group"].map(LABELS),
            "pupils": rows["pupils"].astype(float),
        }
    )


def _print(authority: str, made: SendMade, folder: Path) -> None:
    """Print plans by setting on standard error, the folder on standard output."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(stderr=True, highlight=False)
    frame = made.frames["send_settings"]
    years = list(dict.fromkeys(frame["academic_year"]))
    first, last = years[0], years[-1]
    title = f"{authority}: residents with a plan, from those of {made.base}"
    shown = Table(title=title, box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    shown.add_column("Setting", no_wrap=True)
    for name in (first, last, "From", "To"):
        shown.add_column(name, justify="right", no_wrap=True)
    for setting, own in frame.groupby("setting", sort=False):
        at = own.set_index("academic_year")
        row = [at.loc[first, "pupils"], *(at.loc[last, name] for name in ("pupils", "p10", "p90"))]
        shown.add_row(setting_words(str(setting)), *(number(float(value)) for value in row))
    console.print(shown)
    console.print(
        f"From and To: {last}, four times in five. send.html has places and why the number changes."
    )
    click.echo(str(folder))
