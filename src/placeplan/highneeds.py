"""High needs beside a finished run: plans from its pupils, then places, money, options, schools and the reform plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from placeplan.aside import aside
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
from placeplan.send.schooltables import SchoolCounts, months_table, school_counts
from placeplan.send.steps import rates_table, sources_table, steps_table
from placeplan.supply.rates import rates
from placeplan.tables import output_columns

BY_SCENARIO = (
    "send_forecast", "send_settings", "send_ages", "send_needs", "send_change", "send_places", "send_costs",
)  # fmt: skip
"""Frames of the plans themselves, which ``placeplan send`` has for each scenario."""


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
    result: Result, made: SendMade, lowest: float, counts: Callable[[], SchoolCounts]
) -> tuple[dict[str, pd.DataFrame], tuple[Finding, ...]]:
    """Return what is worked out for the first scenario alone, and what is to be said.

    Counts from 1 to below ``lowest`` are hidden. ``counts`` are asked for last, because they may still be worked out (see
    ``aside``).
    """
    plan = reform_plan(made, *plans_up_to(result))
    frames = {**special_frames(made, result), "send_reform_plan": plan, **counts().frames}
    frames |= months_table(result, made, lowest, counts().entries)
    return frames, (*made.findings, *reform_findings(plan))


def with_codes(frames: dict[str, pd.DataFrame], result: Result) -> dict[str, pd.DataFrame]:
    """Return frames with the planning areas of the return that the project names."""
    codes = result.project.send.planning_areas
    return {**frames, "send_forecast": with_own_codes(frames["send_forecast"], codes)}


def in_columns(frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return frames in the columns of their files."""
    return {name: frame.reindex(columns=list(output_columns(name))) for name, frame in frames.items()}


def with_high_needs(result: Result, *, whole: bool = True) -> Result:
    """Return the run with its forecast of plans; as it is where no plans are known up to the base year.

    Small counts are hidden. Without ``whole`` only plans, places and their reconciliation with rolls are worked out. Plans
    that cannot be forecast are a finding, never a fault.
    """
    if plans_up_to(result)[0].empty:
        return result
    try:
        frames, said = _whole(result) if whole else _plans(result, plans_of(result))
    except ValueError as error:
        said, frames = [Finding("plans-not-forecast", f"plans are not forecast: {error}", "specialist")], {}
    findings = tuple(sort_findings([*result.findings, *said]))
    told = {"findings": findings_table(findings)} if said else {}
    return replace(result, frames={**result.frames, **frames, **told}, findings=findings)


def _whole(result: Result) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
    """Return all frames and what is to be said, the counts of schools worked out beside the plans."""
    lowest = setting_of("lowest_shown")
    with aside(lambda: school_counts(result, lowest)) as counts:
        made = plans_of(result)
        frames, _ = _plans(result, made)
        more, said = frames_of_first(result, made, lowest, counts)
    return {**frames, **in_columns(more)}, list(said)


def _plans(result: Result, made: SendMade) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
    """Return the frames of the plans and of what they rest on, and what is to be said."""
    frames = {name: made.frames[name].assign(scenario=result.scenarios[0]) for name in BY_SCENARIO}
    frames = with_codes({**frames, **_traces(result, made)}, result)
    return in_columns(frames), list(made.findings)


def _traces(result: Result, made: SendMade) -> dict[str, pd.DataFrame]:
    """Return residents beside rolls, and what ``placeplan explain`` reads."""
    specialist, flows = plans_up_to(result)
    return {
        "send_reconciliation": reconciliation(made.plans, made.central, specialist, result),
        "send_steps": steps_table(made.plans, made.rates, made.central),
        "send_rates": rates_table(made.plans, made.rates, made.children),
        "send_sources": sources_table(result, specialist, flows, made.base),
    }
