"""The story of a run: read, check, forecast, set beside places, lay out. The only module that knows the order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from placeplan.demand.arrivals import CROSS_BORDER
from placeplan.demand.control import control_findings, no_controls
from placeplan.demand.keepdraws import draw_arrays
from placeplan.doubts import history_findings
from placeplan.forecasting import Forecast, make_forecast
from placeplan.frames import findings_table
from placeplan.governance.baseday import base_day
from placeplan.governance.boardtables import board_choices, board_findings, board_frames
from placeplan.governance.whatif import Alone, what_if_findings, what_if_frames
from placeplan.inputs.checks import check_tables, mend_codes
from placeplan.inputs.read import find_tables, read_inputs
from placeplan.inputs.successors import with_areas_of_today
from placeplan.inputs.unexplained import without_unexplained
from placeplan.memory import Memory
from placeplan.problems import Finding, InputErrors, has_errors, sort_findings
from placeplan.project import Project
from placeplan.results import Result
from placeplan.scenario import LoadedScenario, check_names
from placeplan.scenario_inputs import ScenarioInputs, scenario_inputs
from placeplan.story import choices, methods_table
from placeplan.supply.places import SitePlaces
from placeplan.supply.rates import rates
from placeplan.tables import Inputs
from placeplan.tabulate import Tabulator
from placeplan.tabulate_accuracy import accuracy_table
from placeplan.tabulate_added import adjustments_table, housing_table, register_findings
from placeplan.tabulate_drivers import drivers_table
from placeplan.tabulate_evidence import confidence_table, watchlist_table
from placeplan.tabulate_movement import profile_table, residents_table, signals_table, transfers_table
from placeplan.tabulate_partners import partners_table
from placeplan.tabulate_sources import sources_table
from placeplan.tabulate_trace import trace_tables
from placeplan.years import AcademicYear, Phase

PLAN = LoadedScenario()
"""The plan as it stands: the scenario ``central``."""
SCENARIO_TABLES = ("planned_changes", "adjustments", "births", "housing", "yields")
"""Tables that a scenario may change."""
CHECKED_TABLES = ("planned_changes", "adjustments", "births")
"""Those of them that are checked like the project's own when they change."""
Progress = Callable[[str], None]


def read_and_check(project: Project, memory: Memory | None = None) -> Inputs:
    """Return the project's tables with every finding, errors among them; nothing is raised for them.

    ``memory``: of a forecast from the same tables, which then need not build the register again.
    """
    locations, missing = find_tables(_named_tables(project), project.path.parent)
    inputs = read_inputs(locations, missing, authority=project.authority.la_code)
    if has_errors(inputs.findings):
        return inputs
    explained, left_out = without_unexplained(inputs)
    mended, mendings = mend_codes(with_areas_of_today(explained))
    findings = [*inputs.findings, *left_out, *mendings, *check_tables(mended, project, memory=memory)]
    return replace(mended, findings=tuple(sort_findings(findings)))


def _named_tables(project: Project) -> dict[str, str]:
    """The tables that the project names, the file of its control totals among them."""
    control = project.control_total
    named = {} if control is None or control.file is None else {"control_totals": control.file}
    return {**project.inputs, **named}


def forecast(
    project: Project,
    progress: Progress = lambda step: None,
    *,
    keep_draws: bool = False,
    scenarios: Sequence[LoadedScenario] = (PLAN,),
) -> Result:
    """Forecast pupils and set them beside places; raises InputErrors if the inputs or scenarios have errors.

    ``keep_draws`` keeps every draw of the first scenario; UsageError if they would be too large. Frames without a column
    ``scenario`` are those of the first, the others hold all of them in their order.
    """
    check_names(list(scenarios))
    progress("Reading and checking the inputs")
    memory = Memory()
    inputs = read_and_check(project, memory)
    if has_errors(inputs.findings):
        raise InputErrors(inputs.findings)
    last = last_roll_year(inputs, project)
    base_year = project.base_year or last
    forecasts = Forecasts(project, base_year, last, keep_draws, memory=memory)
    ready = [ready_scenario(scenario, inputs, project, base_year) for scenario in scenarios]
    progress("Forecasting pupils and drawing the uncertainty")
    alone = _alone(forecasts, scenarios, ready, inputs, base_year)
    found = forecasts.of(ready[0])
    progress("Setting demand beside places")
    result = _laid_out(forecasts, ready, alone)
    return replace(
        result,
        scenario_files={scenario.name: scenario.story() for scenario in scenarios},
        draws=draw_arrays(found.kept, found.stages, found.register, base_year) if found.kept else {},
    )


def _laid_out(forecasts: Forecasts, ready: Sequence[ScenarioInputs], alone: Sequence[Alone]) -> Result:
    """The frames of all scenarios, and what is found and chosen; inputs and choices are those of the first."""
    project, base_year, as_of_now = forecasts.project, forecasts.base_year, forecasts.as_of_now
    found, inputs = forecasts.of(ready[0]), ready[0].inputs
    findings = _all_findings(forecasts, ready, alone)
    frames = [
        _frames(forecasts.of(one), one, one.assumed.project(project), findings, as_of_now) for one in ready
    ]
    return Result(
        project=project,
        inputs=inputs,
        base_year=base_year,
        horizon={phase: project.horizon[phase] for phase in Phase},
        scenarios=tuple(one.name for one in ready),
        frames={**_stacked(frames), **what_if_frames(alone, rates(inputs, project.money), project)},
        findings=findings,
        choices={
            **choices(found, ready[0].assumed.project(project)),
            **board_choices(inputs, project, base_year, as_of_now),
        },
        settings={"ratios": project.ratios, "births": project.births, "places": project.places},
    )


def _all_findings(
    forecasts: Forecasts, ready: Sequence[ScenarioInputs], alone: Sequence[Alone]
) -> tuple[Finding, ...]:
    """Findings on the inputs, on the forecast of the first scenario, and on what each scenario does not change."""
    project, as_of_now = forecasts.project, forecasts.as_of_now
    found, inputs = forecasts.of(ready[0]), ready[0].inputs
    said = [*inputs.findings, *_findings(found, inputs, project, as_of_now)]
    said += board_findings(found, inputs, project, as_of_now)
    said += what_if_findings(alone)
    for one in ready:
        said += _idle_findings(one, forecasts.of(one))
    return tuple(sort_findings(said))


def last_roll_year(inputs: Inputs, project: Project) -> AcademicYear:
    """Return the latest academic year in the rolls of the project's census."""
    rolls = inputs.table("rolls")
    return AcademicYear(int(rolls.loc[rolls["census"] == project.census, "academic_year"].max()))


@dataclass
class Forecasts:
    """Forecasts by what they rest on, so that scenarios that rest on the same are forecast once."""

    project: Project
    base_year: AcademicYear
    last: AcademicYear
    keep_draws: bool
    made: list[tuple[ScenarioInputs, Forecast]] = field(default_factory=list)
    memory: Memory = field(default_factory=Memory)

    @property
    def as_of_now(self) -> bool:
        """Whether the forecasts start from the last roll."""
        return self.base_year == self.last

    def of(self, scenario: ScenarioInputs) -> Forecast:
        """Return the forecast of a scenario; draws are kept for the first alone."""
        for known, found in self.made:
            if known.assumed == scenario.assumed and _same_tables(known.inputs, scenario.inputs):
                return found
        keep = self.keep_draws and not self.made
        project = scenario.assumed.project(self.project)
        found = make_forecast(
            scenario.inputs, project, self.base_year, self.last,
            keep_draws=keep, assumed=scenario.assumed, memory=self.memory,
        )  # fmt: skip
        self.made.append((scenario, found))
        return found


def _same_tables(one: Inputs, other: Inputs) -> bool:
    """Whether the tables that a scenario may change are the same."""
    return all(
        one.tables.get(name) is other.tables.get(name) or one.table(name).equals(other.table(name))
        for name in SCENARIO_TABLES
    )


def _table_from(name: str, path: Path) -> pd.DataFrame:
    """A table from a file that a scenario names; InputErrors with what is wrong with it."""
    locations, missing = find_tables({name: path.name}, path.parent)
    read = read_inputs(locations, missing, whole=False)
    faults = [finding for finding in read.findings if has_errors([finding])]
    if faults:
        raise InputErrors(faults)
    return read.table(name)


def ready_scenario(
    scenario: LoadedScenario, inputs: Inputs, project: Project, base_year: AcademicYear
) -> ScenarioInputs:
    """The tables of a scenario, its planned changes checked like those of the table; InputErrors at its file and line."""
    ready = scenario_inputs(scenario, inputs, base_year, _table_from)
    changed = {name for name in CHECKED_TABLES if not ready.inputs.table(name).equals(inputs.table(name))}
    if not changed:
        return ready
    faults = [
        Finding(
            "scenario-changes", finding.message, finding.table, *ready.place(finding.table), finding.column, finding.value
        )
        for finding in check_tables(ready.inputs, project, of_changes=changed == {"planned_changes"})
        if has_errors([finding])
    ]  # fmt: skip
    if faults:
        raise InputErrors(faults)
    return ready


def _alone(
    forecasts: Forecasts,
    scenarios: Sequence[LoadedScenario],
    ready: list[ScenarioInputs],
    inputs: Inputs,
    base_year: AcademicYear,
) -> list[Alone]:
    """Each scenario in which schools act alone, beside the same scenario without that."""
    forecasts.of(ready[0])
    return [
        Alone(
            one.name,
            one.assumed.what_if,
            forecasts.of(scenario_inputs(scenario, inputs, base_year, _table_from, alone=False)),
            forecasts.of(one),
        )
        for scenario, one in zip(scenarios, ready, strict=True)
        if one.assumed.what_if
    ]


def _idle_findings(scenario: ScenarioInputs, found: Forecast) -> list[Finding]:
    """Say which operations change nothing: births that Reception does not follow, pupils who come nowhere."""
    findings = []
    if any(layer.content.send for layer in scenario.layers):
        said = f"the scenario {scenario.name} changes high needs, which `placeplan send --scenario` reads, not this run"
        findings.append(Finding("scenario-send-alone", said, "specialist"))
    if scenario.assumed.births and not found.births.given:
        said = f"the scenario {scenario.name} changes births, but Reception is forecast without births"
        findings.append(Finding("scenario-without-effect", said, "births"))
    for driver, extra in found.extra.items():
        if not any(part.any() for part in extra.values()):
            said = f"{driver} of the scenario {scenario.name} reach no year group, area and year that are forecast"
            if driver == CROSS_BORDER:
                said = f"the scenario {scenario.name} changes who comes in from outside, but transfers has no such rows"
            findings.append(
                Finding("scenario-without-effect", said, "transfers" if driver == CROSS_BORDER else "")
            )
    return findings


def _stacked(runs: list[Mapping[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
    """The frames of the first scenario; where they name scenarios, those of the others under them."""
    first, *others = runs
    return {
        name: pd.concat([frame, *(run[name] for run in others)], ignore_index=True)
        if others and "scenario" in frame
        else frame
        for name, frame in first.items()
    }


def _frames(
    found: Forecast,
    scenario: ScenarioInputs,
    project: Project,
    findings: tuple[Finding, ...],
    as_of_now: bool,
) -> Mapping[str, pd.DataFrame]:
    tables, inputs = Tabulator(found, project, scenario.name), scenario.inputs
    frames = {
        "forecast": tables.forecast_table(),
        "history": tables.history_table(),
        "drivers": drivers_table(found),
        "sufficiency": tables.sufficiency_table(),
        "sufficiency_summary": tables.summary_table(),
        "schools": tables.schools_table(),
        "partners": partners_table(found, project, scenario.name),
        "control_totals": found.control.table() if found.control else no_controls(),
        "supply_confidence": confidence_table(found, project),
        "watchlist": watchlist_table(found, project),
        "housing_pupils": housing_table(found, project, scenario.name),
        "adjustments_register": adjustments_table(
            found, inputs, base_day(inputs, project, found.history.base_year, as_of_now), scenario.name
        ),
        "intake_signals": signals_table(found, scenario.name),
        "transfer_shares": transfers_table(found, inputs),
        "residents": residents_table(found, inputs, project, scenario.name),
        "census_profile": profile_table(found, inputs, project),
        **trace_tables(found, scenario.name),
        "sources": sources_table(found, inputs, project, scenario.name),
        "methods": methods_table(found),
        "accuracy": accuracy_table(inputs.table("previous_forecasts"), found, project),
        "findings": findings_table(findings),
    }
    return {**frames, **board_frames(tables, inputs, project, frames, as_of_now)}


def _findings(found: Forecast, inputs: Inputs, project: Project, as_of_now: bool) -> list[Finding]:
    """What the forecast itself has to say about its data."""
    findings = [*found.history.findings, *_fallbacks(found.sites, found, project)]
    findings += [*history_findings(found), *found.said]
    day = base_day(inputs, project, found.history.base_year, as_of_now)
    findings += register_findings(adjustments_table(found, inputs, day, ""))
    if not as_of_now and inputs.has("housing"):
        said = "housing is not used as of an earlier year: its table does not say when a site was known"
        findings.append(Finding("housing-as-of", said, "housing"))
    findings += control_findings(
        found.control, project, inputs.table("control_totals"), found.history.base_year
    )
    return findings


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
