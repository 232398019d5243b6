"""What ``placeplan send`` does: forecast pupils, forecast plans, write, print."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd

from placeplan.frames import findings_table
from placeplan.outputs.folder import check_target
from placeplan.outputs.runfile import plain_values
from placeplan.outputs.send_report import setting_words, write_send
from placeplan.outputs.words import number
from placeplan.problems import UsageError, sort_findings
from placeplan.project import Project
from placeplan.results import Result
from placeplan.run import forecast
from placeplan.send.alternative import SETTING, Outlook, alternative_tables
from placeplan.send.disclosure import setting_of
from placeplan.send.entries import entries_table, read_entries
from placeplan.send.fairshare import fair_share_table, kinds_of
from placeplan.send.make import SendMade, make_send
from placeplan.send.panel import panel_table, waiting_table
from placeplan.send.pupils import authority_pupils
from placeplan.send.reformplan import reform_findings, reform_plan
from placeplan.send.returns import with_own_codes
from placeplan.send.schoolrolls import school_rolls
from placeplan.send.tables import AGE_OF_RECEPTION, SETTINGS
from placeplan.tables import output_columns
from placeplan.years import Phase

TABLES = ("specialist", "specialist_flows", "specialist_places")


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
    plan = reform_plan(made, result.inputs.table("specialist"), result.inputs.table("specialist_flows"))
    said = [*result.findings, *made.findings, *reform_findings(plan)]
    frames = {
        **made.frames,
        "send_reform_plan": plan,
        **schools_and_months(result, made, lowest),
        "findings": findings_table(tuple(sort_findings(said))),
    }
    frames["send_forecast"] = with_own_codes(frames["send_forecast"], project.send.planning_areas)
    for name in frames:
        frames[name] = frames[name][list(output_columns(name))]
    write_send(result, frames, str(made.base), folder, command_line, started, lowest)
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


def schools_and_months(result: Result, made: SendMade, lowest: float) -> dict[str, pd.DataFrame]:
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
    entries = read_entries(tables.table("ap_flows"), lowest)
    outlook = outlook_of(
        made, authority_pupils(result), tables.table("specialist_places"), result.project, lowest
    )
    kinds = kinds_of(admissions, tables.table("ap_flows"), groups, lowest)
    shares = fair_share_table(kinds)
    return {
        "send_ap_entries": entries_table(entries),
        **alternative_tables(entries, outlook, result.project.send.exclusions_fall),
        "send_fair_share": shares,
        "send_panel": panel_table(rolls, admissions, shares, lowest),
        "send_waiting": waiting_table(kinds, admissions),
    }


def outlook_of(
    made: SendMade, pupils: pd.DataFrame, places: pd.DataFrame, project: Project, lowest: float
) -> Outlook:
    """Return what alternative provision of the years ahead rests on; pupils beyond the years known stay as they are."""
    base, years = made.base, [made.base + (at + 1) for at in range(len(made.central.stock))]
    setting, growth, plans, drawn = SETTINGS.index(SETTING), {}, {}, {}
    for phase in Phase:
        by_year = pupils[pupils["group"].isin(list(phase.year_groups))].groupby("year")["pupils"].sum()
        held = by_year.reindex([int(base), *map(int, years)]).ffill().bfill().to_numpy(dtype=float)
        growth[phase] = held[1:] / held[0] if held[0] > 0 else np.ones(len(years))
        ages = [group + AGE_OF_RECEPTION for group in phase.year_groups]
        plans[phase] = made.central.stock[:, setting, ages].sum(axis=1)
        drawn[phase] = made.drawn.stock[:, :, setting][..., ages].sum(axis=2)
    return Outlook(tuple(years), growth, plans, drawn, places, len(made.drawn.stock), project.seed, lowest)


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
