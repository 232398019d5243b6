"""Scenarios set side by side: each run once, several at a time, and told as its difference from the plan as it stands.

A process reads the inputs and learns the ratios once, and forecasts one scenario after the other from them; what it hands
back is a table, the same whatever the number of processes.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import pandas as pd

from placeplan.governance.money import costs_table
from placeplan.problems import Finding, InputErrors, has_errors
from placeplan.project import Project
from placeplan.run import PLAN, Forecasts, last_roll_year, read_and_check, ready_scenario
from placeplan.scenario import CENTRAL, LoadedScenario
from placeplan.supply.rates import rates
from placeplan.tables import Inputs, output_columns
from placeplan.tabulate import Tabulator
from placeplan.years import AcademicYear

KEYS = ["area_code", "phase", "academic_year"]
FIGURES = ["demand", "places", "need", "spare", "probability_of_shortfall", "cost"]
CHANGES = ["demand_change", "places_change", "need_change", "spare_change", "chance_change", "cost_change"]
BUILDING = ("need_added", "planned_cost")
"""Items of costs.csv that are paid in their year; others price the same places in other ways, or are revenue."""
Told = Callable[[int, int], None]


@dataclass
class Prepared:
    """A project ready for one scenario after the other."""

    project: Project
    inputs: Inputs
    base_year: AcademicYear
    forecasts: Forecasts

    def table(self, scenario: LoadedScenario) -> pd.DataFrame:
        """Return demand, places, need, spare, chance and cost of a scenario by area, phase and year; InputErrors."""
        ready = ready_scenario(scenario, self.inputs, self.project, self.base_year)
        found = self.forecasts.of(ready)
        self.forecasts.made.clear()
        project = ready.assumed.project(self.project)
        whole = Tabulator(found, project, scenario.name).sufficiency_table()
        costs = costs_table(ready.inputs, whole, rates(ready.inputs, project.money), self.base_year)
        costs = costs[costs["item"].isin(BUILDING)]
        amounts = costs.groupby(KEYS)["amount"].sum(min_count=1).rename("cost").reset_index()
        totals = whole[whole["year_group"] == "total"]
        return totals.merge(amounts, on=KEYS, how="left")[["scenario", "area_name", *KEYS, *FIGURES]]


@dataclass(frozen=True)
class Compared:
    """``table``: compare.csv; ``parameters``: compare_parameters.csv; the plan as it stands comes first in ``names``."""

    project: Project
    inputs: Inputs
    base_year: AcademicYear
    names: tuple[str, ...]
    table: pd.DataFrame
    parameters: pd.DataFrame
    stories: dict[str, Any]


def prepare(project: Project) -> Prepared:
    """Read and check the inputs; InputErrors if they have errors."""
    inputs = read_and_check(project)
    if has_errors(inputs.findings):
        raise InputErrors(inputs.findings)
    last = last_roll_year(inputs, project)
    base_year = project.base_year or last
    return Prepared(project, inputs, base_year, Forecasts(project, base_year, last, False))


def compare(
    project: Project,
    scenarios: Sequence[LoadedScenario],
    workers: int | None = None,
    told: Told = lambda done, of: None,
) -> Compared:
    """Run the plan as it stands and every scenario, and set them side by side; InputErrors with the faults of all."""
    wanted = [PLAN, *(one for one in scenarios if one.name != CENTRAL)]
    here = prepare(project)
    faults: list[Finding] = []
    parts: list[pd.DataFrame] = []
    for done, (table, found) in enumerate(_tables(here, wanted, workers), start=1):
        faults += found
        parts += [] if table is None else [table]
        told(done, len(wanted))
    if faults:
        raise InputErrors(faults)
    central = parts[0].set_index(KEYS)
    rows = pd.concat([_beside(part, central) for part in parts], ignore_index=True)
    return Compared(
        project,
        here.inputs,
        here.base_year,
        tuple(one.name for one in wanted),
        rows[list(output_columns("compare"))],
        parameters_table(wanted),
        {one.name: one.story() for one in wanted},
    )


def parameters_table(scenarios: Sequence[LoadedScenario]) -> pd.DataFrame:
    """compare_parameters.csv: what each scenario says, value by value; the plan as it stands says nothing of it."""
    rows = [
        (scenario.name, layer["file"], key, "as it stands", value)
        for scenario in scenarios
        for layer in scenario.story()
        for key, value in _flat(layer["choices"])
        if key not in ("name", "based_on")
    ]
    return pd.DataFrame(rows, columns=list(output_columns("compare_parameters")), dtype=object)


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """The values of nested mappings and lists, each with the keys that lead to it."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _flat(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for place, inner in enumerate(value, start=1):
            yield from _flat(inner, f"{key}.{place}")
    else:
        yield key, ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)


def _beside(part: pd.DataFrame, central: pd.DataFrame) -> pd.DataFrame:
    """A scenario's rows with their differences from the plan as it stands."""
    like = central.reindex(pd.MultiIndex.from_frame(part[KEYS])).reset_index(drop=True)
    part = part.reset_index(drop=True)
    for figure, change in zip(FIGURES, CHANGES, strict=True):
        part[change] = part[figure].astype("float64") - like[figure].astype("float64")
    return part


def _tables(
    here: Prepared, wanted: Sequence[LoadedScenario], workers: int | None
) -> Iterator[tuple[pd.DataFrame | None, list[Finding]]]:
    """The table of each scenario, or its faults, in their order."""
    count = min(workers or os.cpu_count() or 1, (len(wanted) + 3) // 4)
    if count == 1:
        yield from (_one(here, scenario) for scenario in wanted)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, context, _begin, (here.project,)) as pool:
        yield from pool.map(_in_process, wanted)


def _one(prepared: Prepared, scenario: LoadedScenario) -> tuple[pd.DataFrame | None, list[Finding]]:
    try:
        return prepared.table(scenario), []
    except InputErrors as error:
        return None, list(error.findings)


_PREPARED: list[Prepared] = []
"""What a process of the pool works from."""


def _begin(project: Project) -> None:
    _PREPARED[:] = [prepare(project)]


def _in_process(scenario: LoadedScenario) -> tuple[pd.DataFrame | None, list[Finding]]:
    return _one(_PREPARED[0], scenario)
