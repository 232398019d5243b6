"""The frames of this package in one go, and what the run has to say of them; ``run.py`` calls nothing else here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from placeplan.forecasting import Forecast
from placeplan.governance.baseday import base_day
from placeplan.governance.boards import boards_table
from placeplan.governance.determined import determined_findings, determined_table
from placeplan.governance.money import cost_notes, costs_table
from placeplan.governance.powers import powers_table
from placeplan.governance.provision import provision_table
from placeplan.problems import Finding
from placeplan.project import Project
from placeplan.supply.plannedroutes import decisions_table
from placeplan.supply.rates import rates
from placeplan.supply.rules import decision_rules
from placeplan.tables import Inputs
from placeplan.tabulate import Tabulator
from placeplan.years import AcademicYear


def board_frames(
    tables: Tabulator, inputs: Inputs, project: Project, frames: Mapping[str, pd.DataFrame], as_of_now: bool
) -> dict[str, pd.DataFrame]:
    """Return decisions, powers, determined, provision, boards and costs; ``frames`` are those of the forecast."""
    found = tables.forecast
    base_year = found.history.base_year
    rules, on = decision_rules(inputs), base_day(inputs, project, base_year, as_of_now)
    decisions = decisions_table(inputs, rules, on, found.register.successors)
    objections_by = project.decisions.objections_by or ""
    known = inputs if as_of_now else _without_numbers(inputs)
    return {
        "decisions": decisions,
        "powers": powers_table(tables, project, rules, on, tables.scenario),
        "determined": determined_table(found, known, frames, rules, on, objections_by),
        "provision": provision_table(frames["schools"], inputs),
        "boards": boards_table(inputs, {**frames, "decisions": decisions}, base_year, on),
        "costs": costs_table(inputs, frames["sufficiency"], rates(inputs, project.money), base_year),
    }


def board_findings(found: Forecast, inputs: Inputs, project: Project, as_of_now: bool) -> list[Finding]:
    """Return warnings: numbers determined without a plan, changes that start before their route allows, steps overdue."""
    on = base_day(inputs, project, found.history.base_year, as_of_now)
    findings = determined_findings(found, inputs) if as_of_now else []
    return [*findings, *_too_early(inputs, on, found.register.successors), *_overdue(inputs, on)]


def board_choices(
    inputs: Inputs, project: Project, base_year: AcademicYear, as_of_now: bool
) -> dict[str, str]:
    """Return the sentences of the run about decisions and money, by topic."""
    on = base_day(inputs, project, base_year, as_of_now)
    own = "your own rules first, then " if inputs.has("decision_rules") else ""
    words = (
        f"Routes follow {own}placeplan's dated table of rules; lead times count from {on.day} {on:%B %Y}. Provisions of the "
        "Children's Wellbeing and Schools Act 2026 that are not known to be commenced are listed and not applied. Time to "
        "build is in no date."
    )
    return {"Decisions": words, **cost_notes(rates(inputs, project.money))}


def _too_early(inputs: Inputs, on: date, successors: Mapping[str, str]) -> list[Finding]:
    table = inputs.table("planned_changes")
    source = inputs.sources.get("planned_changes")
    decided = decisions_table(inputs, decision_rules(inputs), on, successors)
    findings = []
    for place in decided.index[decided["in_time"] == "no"]:
        row = decided.loc[place]
        message = (
            f"the change {row['change_id']} is to start on {row['start_date']}, but decided by its route "
            f"({row['rule_id']}) it cannot take effect before {row['earliest_date']}"
        )
        file, number = source.name if source else "", int(table["row"].loc[place])
        start = str(AcademicYear(int(table["start_year"].loc[place])))
        findings.append(
            Finding("change-too-early", message, "planned_changes", file, number, "start_year", start)
        )
    return findings


def _overdue(inputs: Inputs, on: date) -> list[Finding]:
    table = inputs.table("proposals")
    source = inputs.sources.get("proposals")
    late = table[(table["due_on"] < pd.Timestamp(on)) & (table["next_step"] != "")]
    return [
        Finding(
            "next-step-overdue",
            f"the next step of the proposal {code} ({step}) was due on {due.date().isoformat()}",
            "proposals",
            source.name if source else "",
            int(row),
            "due_on",
            due.date().isoformat(),
        )
        for code, step, due, row in zip(
            late["proposal_id"], late["next_step"], late["due_on"], late["row"], strict=True
        )
    ]


def _without_numbers(inputs: Inputs) -> Inputs:
    """The inputs without admission numbers: with an earlier base year those determined since are not yet known."""
    tables = {name: table for name, table in inputs.tables.items() if name != "admission_numbers"}
    return Inputs(tables, inputs.sources, inputs.findings)
