"""High needs beside a finished run: plans from its pupils, then places, money, options, schools and the reform plan."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from placeplan.frames import findings_table
from placeplan.options.special import special_frames
from placeplan.problems import Finding, sort_findings
from placeplan.results import Result
from placeplan.scenario import LoadedScenario
from placeplan.send.asknown import groups_taught, known_places
from placeplan.send.disclosure import setting_of
from placeplan.send.edits import send_edits
from placeplan.send.funding import Price, rate_items
from placeplan.send.make import Around, SendMade, make_send
from placeplan.send.pupils import authority_pupils
from placeplan.send.reconcile import reconciliation
from placeplan.send.reformplan import reform_findings, reform_plan
from placeplan.send.returns import with_own_codes
from placeplan.send.schooltables import schools_and_months
from placeplan.send.steps import rates_table, sources_table, steps_table
from placeplan.supply.rates import rates
from placeplan.tables import output_columns

TRACES = ("send_reconciliation", "send_steps", "send_rates", "send_sources")
"""What a run of the mainstream forecast has besides, for the page on both populations and for ``placeplan explain``."""
BY_SCENARIO = (
    "send_forecast", "send_settings", "send_ages", "send_needs", "send_change", "send_places", "send_costs",
)  # fmt: skip
OF_FIRST = (
    "send_designations", "send_providers", "send_options", "send_reform_plan", "send_ap_entries", "send_alternative",
    "send_collective", "send_fair_share", "send_panel", "send_waiting",
)  # fmt: skip
"""What is worked out for the first scenario alone."""


def plans_up_to(result: Result) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return specialist and specialist_flows up to the base year of a run."""
    base = int(result.base_year)
    specialist, flows = (result.inputs.table(name) for name in ("specialist", "specialist_flows"))
    return specialist[specialist["academic_year"] <= base], flows[flows["academic_year"] <= base]


def plans_of(
    result: Result, scenario: LoadedScenario | None = None, standing: SendMade | None = None
) -> SendMade:
    """Return the forecast of plans of a run, of its first scenario or another; ValueError if the tables do not suffice.

    ``standing``: the plan as it stands, whose draws a scenario takes over.
    """
    specialist, flows = plans_up_to(result)
    tables = {
        "specialist": specialist,
        "specialist_flows": flows,
        "specialist_places": known_places(result),
    }
    name = result.scenarios[0] if scenario is None else scenario.name
    edits = () if scenario is None else send_edits(scenario)
    return make_send(
        tables, authority_pupils(result, name), result.project.simulations, result.project.seed,
        around_of(result), edits, standing,
    )  # fmt: skip


def around_of(result: Result) -> Around:
    """Return what a run knows beside plans and pupils: the ceiling, year groups taught, rates of money."""
    percent, money = result.project.send.ceiling, rates(result.inputs, result.project.money)
    found = {item: money.of(item) for item in rate_items()}
    return Around(
        ceiling=None if percent is None else percent / 100.0,
        groups=groups_taught(result),
        rates={item: Price(rate.amount, rate.source) for item, rate in found.items() if rate is not None},
    )


def frames_of_first(
    result: Result, made: SendMade, lowest: float
) -> tuple[dict[str, pd.DataFrame], tuple[Finding, ...]]:
    """Return the frames of ``OF_FIRST`` and what is to be said; counts from 1 to below ``lowest`` are hidden."""
    plan = reform_plan(made, *plans_up_to(result))
    frames = {
        **special_frames(made, result),
        "send_reform_plan": plan,
        **schools_and_months(result, made, lowest),
    }
    return frames, (*made.findings, *reform_findings(plan))


def in_columns(frames: dict[str, pd.DataFrame], result: Result) -> dict[str, pd.DataFrame]:
    """Return frames in the columns of their files, the return with the planning areas that the project names."""
    codes = result.project.send.planning_areas
    frames = {**frames, "send_forecast": with_own_codes(frames["send_forecast"], codes)}
    return {name: frame.reindex(columns=list(output_columns(name))) for name, frame in frames.items()}


def with_high_needs(result: Result, *, whole: bool = True) -> Result:
    """Return the run with its forecast of plans; as it is where no plans are known up to the base year.

    Small counts are hidden. Without ``whole`` only plans, places and their reconciliation with rolls are worked out. Plans
    that cannot be forecast are a finding, never a fault.
    """
    if plans_up_to(result)[0].empty:
        return result
    try:
        made = plans_of(result)
    except ValueError as error:
        said, frames = [Finding("plans-not-forecast", f"plans are not forecast: {error}", "specialist")], {}
    else:
        frames = {name: made.frames[name].assign(scenario=result.scenarios[0]) for name in BY_SCENARIO}
        more, found = (
            frames_of_first(result, made, setting_of("lowest_shown")) if whole else ({}, made.findings)
        )
        frames, said = in_columns({**frames, **more, **_traces(result, made)}, result), list(found)
    findings = tuple(sort_findings([*result.findings, *said]))
    told = {"findings": findings_table(findings)} if said else {}
    return replace(result, frames={**result.frames, **frames, **told}, findings=findings)


def _traces(result: Result, made: SendMade) -> dict[str, pd.DataFrame]:
    """Return the frames of ``TRACES``."""
    specialist, flows = plans_up_to(result)
    return {
        "send_reconciliation": reconciliation(made.plans, made.central, specialist, result),
        "send_steps": steps_table(made.plans, made.rates, made.central),
        "send_rates": rates_table(made.plans, made.rates, made.children),
        "send_sources": sources_table(result, specialist, flows, made.base),
    }
