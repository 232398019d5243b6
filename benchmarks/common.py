"""What the accuracy benchmarks share: the evidence folders, forecasts as of earlier years, and their outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from placeplan.forecasting import Forecast, make_forecast
from placeplan.inputs.read import find_tables, read_inputs
from placeplan.project import Project
from placeplan.tables import Inputs
from placeplan.years import AcademicYear, Phase

DATA = Path(__file__).resolve().parent / "data"
ENGLAND = DATA / "england"
MARYLAND = DATA / "maryland"


@dataclass(frozen=True)
class Evidence:
    """One folder of real rolls and births, read."""

    name: str
    project: Project
    inputs: Inputs
    last_year: int


def evidence(folder: Path, **choices: object) -> Evidence:
    """Read a folder of tables as a project with the given choices."""
    given = {"authority": {"name": folder.name}, "inputs": {"folder": "."}, **choices}
    project = Project.model_validate(given).placed(folder / "placeplan.yaml")
    inputs = read_inputs(*find_tables(project.inputs, folder))
    return Evidence(folder.name, project, inputs, int(inputs.table("rolls")["academic_year"].max()))


def maryland(**choices: object) -> list[Evidence]:
    """Read the twelve districts of Maryland."""
    return [evidence(folder, **choices) for folder in sorted(MARYLAND.iterdir()) if folder.is_dir()]


def as_of(source: Evidence, base_year: int) -> Forecast:
    """Forecast with only what was known at the base year's census."""
    last = AcademicYear(source.last_year)
    return make_forecast(source.inputs, source.project, AcademicYear(base_year), last, schools=False)


def outcomes(source: Evidence) -> dict[tuple[str, int], np.ndarray]:
    """Rolls by area code and year: (15 year groups), NaN where not counted."""
    found: dict[tuple[str, int], np.ndarray] = {}
    for row in source.inputs.table("rolls").itertuples(index=False):
        cell = found.setdefault((row.area_code, int(row.academic_year)), np.full(15, np.nan))
        cell[int(row.year_group)] = row.pupils
    return found


@dataclass(frozen=True)
class Cells:
    """Forecasts of one phase beside what came, (areas, year groups); limits (2, areas, year groups and total)."""

    forecast: np.ndarray
    actual: np.ndarray
    limits80: np.ndarray
    limits90: np.ndarray


def compared(source: Evidence, made: Forecast, phase: Phase, horizon: int) -> Cells:
    """Set a forecast beside the outcome so many years on."""
    stage = made.stages[phase.area_phase]
    at = [place for place, group in enumerate(stage.groups) if group in phase.year_groups]
    codes = made.register.areas["code"].iloc[stage.rows]
    target = int(made.history.base_year) + horizon
    known = outcomes(source)
    blank = np.full(15, np.nan)
    actual = np.array(
        [known.get((code, target), blank)[[stage.groups[place] for place in at]] for code in codes]
    )
    forecast = made.central[phase.area_phase][:, at, horizon - 1]
    drawn = made.tally.areas_by_phase[phase][:, :, :, horizon - 1]
    return Cells(forecast, actual, drawn[[1, 3]], drawn[[0, 4]])
