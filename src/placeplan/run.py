"""The story of a run: read, check, forecast, set beside places, lay out. The only module that knows the order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from placeplan.demand.control import control_findings, no_controls
from placeplan.demand.keepdraws import draw_arrays
from placeplan.doubts import history_findings
from placeplan.forecasting import Forecast, make_forecast
from placeplan.governance.boardtables import board_choices, board_findings, board_frames
from placeplan.inputs.checks import check_tables, mend_codes
from placeplan.inputs.read import find_tables, read_inputs
from placeplan.problems import Finding, InputErrors, has_errors, sort_findings
from placeplan.project import Project
from placeplan.results import Result
from placeplan.story import choices, methods_table
from placeplan.supply.places import SitePlaces
from placeplan.tables import Inputs, output_columns
from placeplan.tabulate import Tabulator, accuracy_table
from placeplan.tabulate_evidence import confidence_table, watchlist_table
from placeplan.years import AcademicYear, Phase

CENTRAL = "central"
Progress = Callable[[str], None]


def read_and_check(project: Project) -> Inputs:
    """Return the project's tables with every finding, errors among them; nothing is raised for them."""
    locations, missing = find_tables(_named_tables(project), project.path.parent)
    inputs = read_inputs(locations, missing)
    if has_errors(inputs.findings):
        return inputs
    mended, mendings = mend_codes(inputs)
    findings = [*inputs.findings, *mendings, *check_tables(mended, project)]
    return replace(mended, findings=tuple(sort_findings(findings)))


def _named_tables(project: Project) -> dict[str, str]:
    """The tables that the project names, the file of its control totals among them."""
    control = project.control_total
    named = {} if control is None or control.file is None else {"control_totals": control.file}
    return {**project.inputs, **named}


def forecast(project: Project, progress: Progress = lambda step: None, *, keep_draws: bool = False) -> Result:
    """Forecast pupils and set them beside places; raises InputErrors if the inputs have errors.

    ``keep_draws`` keeps every draw in the result; UsageError if they would be too large.
    """
    progress("Reading and checking the inputs")
    inputs = read_and_check(project)
    if has_errors(inputs.findings):
        raise InputErrors(inputs.findings)
    last = _last_roll_year(inputs, project)
    base_year = project.base_year or last
    progress("Forecasting pupils and drawing the uncertainty")
    found = make_forecast(inputs, project, base_year, last, keep_draws=keep_draws)
    progress("Setting demand beside places")
    as_of_now = base_year == last
    said = [*_findings(found, inputs, project), *board_findings(found, inputs, project, as_of_now)]
    findings = tuple(sort_findings([*inputs.findings, *said]))
    return Result(
        project=project,
        inputs=inputs,
        base_year=base_year,
        horizon={phase: project.horizon[phase] for phase in Phase},
        scenarios=(CENTRAL,),
        frames=_frames(found, inputs, project, findings, as_of_now),
        findings=findings,
        choices={
            **choices(found, project),
            **board_choices(inputs, project, base_year, as_of_now),
        },
        settings={"ratios": project.ratios, "births": project.births, "places": project.places},
        draws=draw_arrays(found.kept, found.stages, found.register, base_year) if found.kept else {},
    )


def _last_roll_year(inputs: Inputs, project: Project) -> AcademicYear:
    rolls = inputs.table("rolls")
    return AcademicYear(int(rolls.loc[rolls["census"] == project.census, "academic_year"].max()))


def _frames(
    found: Forecast, inputs: Inputs, project: Project, findings: tuple[Finding, ...], as_of_now: bool
) -> Mapping[str, pd.DataFrame]:
    tables = Tabulator(found, project, CENTRAL)
    frames = {
        "forecast": tables.forecast_table(),
        "history": tables.history_table(),
        "drivers": tables.drivers_table(),
        "sufficiency": tables.sufficiency_table(),
        "sufficiency_summary": tables.summary_table(),
        "schools": tables.schools_table(),
        "control_totals": found.control.table() if found.control else no_controls(),
        "supply_confidence": confidence_table(found, project),
        "watchlist": watchlist_table(found, project),
        "methods": methods_table(found),
        "accuracy": accuracy_table(inputs.table("previous_forecasts"), found, project),
        "findings": findings_table(findings),
    }
    return {**frames, **board_frames(tables, inputs, project, frames, as_of_now)}


def findings_table(findings: tuple[Finding, ...]) -> pd.DataFrame:
    """findings.csv: one row for each finding; the row is blank where a finding concerns a whole table."""
    rows = [
        (
            f.severity.value,
            f.table,
            f.file,
            str(f.row) if f.row else "",
            f.column,
            f.value,
            f.rule,
            f.message,
            f.remedy,
        )
        for f in findings
    ]
    return pd.DataFrame(rows, columns=list(output_columns("findings")), dtype=object)


def _findings(found: Forecast, inputs: Inputs, project: Project) -> list[Finding]:
    """What the forecast itself has to say about its data."""
    findings = [*found.history.findings, *_fallbacks(found.sites, found, project)]
    findings += history_findings(found)
    findings += control_findings(
        found.control, project, inputs.table("control_totals"), found.history.base_year
    )
    for table, what in UNUSED_TABLES.items():
        if inputs.has(table):
            findings.append(Finding("table-not-used", f"the table {table} was checked; {what}", table))
    return findings


UNUSED_TABLES = {
    "housing": "the forecast does not add pupils from housing beyond those already in its ratios",
    "adjustments": "the forecast does not apply adjustments",
    "preschool": "Reception is forecast from births",
    "residence": "demand is counted where pupils go to school",
}


def _fallbacks(sites: SitePlaces, found: Forecast, project: Project) -> list[Finding]:
    findings = []
    register = found.register.sites
    for place, counted in enumerate(sites.counted_by):
        school = f"{register['school_name'].iloc[place]} ({register['urn'].iloc[place]})"
        if counted and counted != project.places.measure:
            message = (
                f"{school} lacks a {project.places.measure} figure; there its places are counted by {counted}"
            )
            findings.append(
                Finding("places-by-fallback", message, "capacity", value=register["urn"].iloc[place])
            )
        elif not counted and found.site_roll[place].sum() > 0 and project_has_places(found):
            message = f"{school} has pupils but no figure for its places; the places of its area are unknown"
            findings.append(Finding("places-unknown", message, "capacity", value=register["urn"].iloc[place]))
    return findings


def project_has_places(found: Forecast) -> bool:
    """Whether any school has any figure for its places."""
    return any(np.isfinite(cells).any() for cells in found.sites.measures.values())
