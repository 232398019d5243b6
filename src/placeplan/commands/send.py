"""What ``placeplan send`` does: forecast pupils, forecast plans, write, print."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pandas as pd

from placeplan.frames import findings_table
from placeplan.options.special import special_frames
from placeplan.outputs.folder import check_target
from placeplan.outputs.runfile import plain_values
from placeplan.outputs.send_money import setting_words
from placeplan.outputs.send_report import write_send
from placeplan.outputs.words import number
from placeplan.problems import UsageError, sort_findings
from placeplan.project import Project
from placeplan.results import Result
from placeplan.run import forecast
from placeplan.scenario import CENTRAL, LoadedScenario, read_scenarios
from placeplan.send.brief import groups_taught, known_places
from placeplan.send.disclosure import setting_of
from placeplan.send.edits import send_edits
from placeplan.send.funding import Price, rate_items
from placeplan.send.make import Around, SendMade, make_send
from placeplan.send.pupils import authority_pupils
from placeplan.send.reformplan import reform_findings, reform_plan
from placeplan.send.returns import with_own_codes
from placeplan.send.scenarios import scenarios_table, stacked
from placeplan.send.schooltables import schools_and_months
from placeplan.supply.rates import rates
from placeplan.tables import output_columns

STANDING = "as it stands"
"""Name of the plan that scenarios are set beside, so that one of them may be called central."""
TABLES = ("specialist", "specialist_flows", "specialist_places")


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
    standing = made_from(result)
    made = {one.name: made_from(result, one, standing) for one in scenarios} or {plan.name: standing}
    first = next(iter(made.values()))
    lowest = 1.0 if small_counts else setting_of("lowest_shown")
    frames = _frames(result, standing, made if files else {}, first, lowest)
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
    result: Result, standing: SendMade, scenarios: dict[str, SendMade], first: SendMade, lowest: float
) -> dict[str, pd.DataFrame]:
    """Return every table in its columns: of all scenarios where it has one, else of the first."""
    plan = reform_plan(first, result.inputs.table("specialist"), result.inputs.table("specialist_flows"))
    said = [finding for finding in result.findings if finding.rule != "scenario-send-alone"]
    findings = tuple(sort_findings([*said, *first.findings, *reform_findings(plan)]))
    frames = {
        **stacked(scenarios or {CENTRAL: standing}),
        "send_scenarios": scenarios_table(standing, scenarios),
        **special_frames(first, result),
        "send_reform_plan": plan,
        **schools_and_months(result, first, lowest),
        "findings": findings_table(findings),
    }
    codes = result.project.send.planning_areas
    frames["send_forecast"] = with_own_codes(frames["send_forecast"], codes)
    return {name: frame.reindex(columns=list(output_columns(name))) for name, frame in frames.items()}


def made_from(
    result: Result, scenario: LoadedScenario | None = None, standing: SendMade | None = None
) -> SendMade:
    """Return the forecast of plans of a finished run, of its first scenario or another; UsageError if tables do not suffice.

    ``standing``: the plan as it stands, whose draws a scenario takes over.
    """
    tables = {name: result.inputs.table(name) for name in TABLES}
    for table in TABLES[:2]:
        tables[table] = tables[table][tables[table]["academic_year"] <= int(result.base_year)]
    tables["specialist_places"] = known_places(result)
    if tables["specialist"].empty:
        raise UsageError(
            "high needs are forecast from residents with a plan, but specialist has no rows; give it"
        )
    name = result.scenarios[0] if scenario is None else scenario.name
    edits = () if scenario is None else send_edits(scenario)
    try:
        return make_send(
            tables, authority_pupils(result, name), result.project.simulations, result.project.seed,
            around_of(result), edits, standing,
        )  # fmt: skip
    except ValueError as error:
        raise UsageError(f"specialist and specialist_flows do not suffice: {error}") from error


def around_of(result: Result) -> Around:
    """Return what a run knows beside plans and pupils: the ceiling, year groups taught, rates of money."""
    percent, money = result.project.send.ceiling, rates(result.inputs, result.project.money)
    found = {item: money.of(item) for item in rate_items()}
    return Around(
        ceiling=None if percent is None else percent / 100.0,
        groups=groups_taught(result),
        rates={item: Price(rate.amount, rate.source) for item, rate in found.items() if rate is not None},
    )


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
