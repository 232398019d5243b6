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
from placeplan.problems import UsageError, sort_findings
from placeplan.project import Project
from placeplan.results import Result
from placeplan.run import findings_table, forecast
from placeplan.send.alternative import alternative_table
from placeplan.send.fairshare import fair_share_table
from placeplan.send.make import SendMade, make_send
from placeplan.tables import output_columns
from placeplan.years import Phase

TABLES = ("specialist", "specialist_flows", "specialist_places")
LABELS = {"R": 0, **{str(group): group for group in range(1, 15)}}


def run_send(
    project: Project, folder: Path, quiet: bool, as_json: bool, command_line: str, progress: Any
) -> None:
    """Forecast high needs into a folder and print the totals; raises InputErrors and UsageError."""
    started = datetime.now(UTC)
    check_target(folder, "send")
    result = forecast(project, progress)
    progress("Forecasting plans")
    made = made_from(result)
    frames = {
        **made.frames,
        **schools_and_months(result),
        "findings": findings_table(tuple(sort_findings([*result.findings, *made.findings]))),
    }
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
    tables = {name: result.inputs.table(name) for name in TABLES}
    if tables["specialist"].empty:
        raise UsageError(
            "high needs are forecast from residents with a plan, but specialist has no rows; give it"
        )
    percent = result.project.send.ceiling
    ceiling = None if percent is None else percent / 100.0
    try:
        return make_send(
            tables, authority_pupils(result), result.project.simulations, result.project.seed, ceiling
        )
    except ValueError as error:
        raise UsageError(f"specialist and specialist_flows do not suffice: {error}") from error


def schools_and_months(result: Result) -> dict[str, pd.DataFrame]:
    """Return alternative provision by month and the fair share between schools, for files of those names."""
    past = result.frames["history"]
    own = past[(past["geography"] == "school") & (past["year_group"] == "total")]
    rolls = own[own["academic_year"] == own["academic_year"].max()].rename(
        columns={"code": "urn", "name": "school_name"}
    )
    return {
        "send_alternative": alternative_table(result.inputs.table("ap_flows")),
        "send_fair_share": fair_share_table(result.inputs.table("admissions"), rolls),
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
