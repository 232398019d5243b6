"""What ``placeplan send`` does: forecast pupils, forecast plans, write, print."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pandas as pd

from placeplan.aside import aside
from placeplan.frames import findings_table
from placeplan.highneeds import frames_of_first, in_columns, plans_of, plans_up_to, with_codes
from placeplan.outputs.folder import check_target
from placeplan.outputs.runfile import plain_values
from placeplan.outputs.send_money import setting_words
from placeplan.outputs.send_report import write_send
from placeplan.outputs.words import number
from placeplan.problems import Finding, InputErrors, UsageError, sort_findings
from placeplan.project import Project
from placeplan.results import Result
from placeplan.run import forecast
from placeplan.scenario import CENTRAL, LoadedScenario, read_scenarios
from placeplan.send.disclosure import setting_of
from placeplan.send.make import SendMade
from placeplan.send.reconcile import reconciliation
from placeplan.send.scenarios import scenarios_table, stacked
from placeplan.send.schooltables import school_counts
from placeplan.years import AcademicYear

STANDING = "as it stands"
"""Name of the plan that scenarios are set beside, so that one of them may be called central."""


def run_send(
    project: Project,
    folder: Path,
    files: tuple[Path, ...],
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
    scenarios = read_scenarios(files, ()) if files else ()
    plan = LoadedScenario(STANDING) if files else LoadedScenario()
    result = forecast(project, progress, scenarios=(plan, *scenarios))
    progress("Forecasting plans")
    lowest = 1.0 if small_counts else setting_of("lowest_shown")
    with aside(lambda: school_counts(result, lowest)) as counts:
        standing = made_from(result)
        made = {one.name: made_from(result, one, standing) for one in scenarios} or {plan.name: standing}
        first = next(iter(made.values()))
        more, found = frames_of_first(result, first, lowest, counts)
    frames = _frames(result, standing, made if files else {}, first, more, found)
    past = dict(zip(first.plans.years, first.plans.stock.sum(axis=(1, 2)).tolist(), strict=True))
    write_send(result, frames, past, folder, command_line, started, lowest)
    if as_json:
        told = {"folder": str(folder), "base_year": str(first.base)}
        rows = plain_values(frames["send_forecast"].to_dict("records"))
        click.echo(json.dumps({**told, "send_forecast": rows}, indent=2, ensure_ascii=False))
    elif not quiet:
        for name, one in made.items():
            _print(f"{project.authority.name}, {name}" if files else project.authority.name, one)
        click.echo(str(folder))


def _frames(
    result: Result,
    standing: SendMade,
    scenarios: dict[str, SendMade],
    first: SendMade,
    more: dict[str, pd.DataFrame],
    found: tuple[Finding, ...],
) -> dict[str, pd.DataFrame]:
    """Return every table in its columns: of all scenarios where it has one, else ``more``, which are of the first."""
    said = [finding for finding in result.findings if finding.rule != "scenario-send-alone"]
    frames = {
        **stacked(scenarios or {CENTRAL: standing}),
        "send_scenarios": scenarios_table(standing, scenarios),
        **more,
        "send_reconciliation": reconciliation(first.plans, first.central, plans_up_to(result)[0], result),
        "findings": findings_table(tuple(sort_findings([*said, *found]))),
    }
    return in_columns(with_codes(frames, result))


def made_from(
    result: Result, scenario: LoadedScenario | None = None, standing: SendMade | None = None
) -> SendMade:
    """Return the forecast of plans of a finished run, as ``plans_of`` does.

    Raises InputErrors where nobody has a plan, UsageError where the tables do not suffice otherwise.
    """
    _refuse_none(result, plans_up_to(result)[0])
    try:
        return plans_of(result, scenario, standing)
    except ValueError as error:
        raise UsageError(f"specialist and specialist_flows do not suffice: {error}") from error


def _refuse_none(result: Result, specialist: pd.DataFrame) -> None:
    """Raise InputErrors where the table has no rows, or nobody has a plan in its last year."""
    if specialist.empty:
        said = "high needs are forecast from residents with a plan, but specialist has no rows"
        raise InputErrors([*result.findings, Finding("plans-table-missing", said, "specialist")])
    last = specialist[specialist["academic_year"] == specialist["academic_year"].max()]
    if not last["pupils"].sum() > 0:
        year, row = AcademicYear(int(last["academic_year"].iloc[0])), int(last["row"].min())
        said = f"nobody has a plan in {year}, the last year of specialist: there is nothing to forecast from"
        source = result.inputs.sources.get("specialist")
        none = Finding("plans-none", said, "specialist", source.name if source else "", row, "pupils", "0")
        raise InputErrors([*result.findings, none])


def _print(authority: str, made: SendMade) -> None:
    """Print plans by setting on standard error."""
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
        f"From and To: {last}, four times in five. send.html has places, costs, options and reasons."
    )
