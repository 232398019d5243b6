"""Rolling origin: forecast from each earlier year with only what was known then, and set it beside what came.

An origin is the last year known. Forecasts are made exactly as ``placeplan forecast --base-year`` makes them, for planning
areas as they stand today, so that an area that was merged since is judged as one area at every origin.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.bands import published_bands
from placeplan.demand.survival import Stage
from placeplan.demand.tally import QUANTILES, with_total
from placeplan.evidence.contestants import REFERENCE, contestants
from placeplan.evidence.measures import summary
from placeplan.evidence.outcomes import Outcomes, outcomes, unsettled, year_groups
from placeplan.evidence.verdict import verdict_frames
from placeplan.forecasting import Forecast, make_forecast
from placeplan.frames import TOTAL, cell_rows, stacked
from placeplan.memory import Memory
from placeplan.problems import UsageError
from placeplan.project import Project, Ratios
from placeplan.results import Backtest
from placeplan.tables import Inputs, output_columns
from placeplan.years import AcademicYear, Phase

MOST_ORIGINS = 8
YEARS_BEFORE = 4
"""Years of rolls that the first origin knows."""
_DRAWN = {"p05": 0.05, "p10": 0.10, "p90": 0.90, "p95": 0.95}
Progress = Callable[[int, int, str], None]


def backtest(
    inputs: Inputs,
    project: Project,
    methods: Sequence[str] = (),
    most_origins: int = MOST_ORIGINS,
    progress: Progress = lambda done, of, step: None,
) -> Backtest:
    """Try the project's own method, the reference and ``methods`` from the last origins; the inputs have no errors.

    Raises UsageError for an unknown method, a history too short for any origin, or no roll to judge by.
    """
    tried = contestants(project.ratios, methods)
    years = roll_years(inputs, project)
    origins = choose_origins(years, most_origins)
    last = AcademicYear(years[-1])
    found = outcomes(inputs, project, last)
    parts: list[pd.DataFrame] = []
    memory = Memory()
    for name, ratios in tried.items():
        for origin in origins:
            progress(len(parts), len(tried) * len(origins), f"{name}, {origin}")
            parts.append(_from_origin(inputs, _with_ratios(project, ratios), name, origin, found, memory))
    cells = stacked(parts, output_columns("backtest"))
    _some_came(cells, origins, last)
    summed = summary(cells)
    own = next(iter(tried))
    frames = {
        "backtest": cells,
        "backtest_summary": summed,
        "rolls": found.rolls(),
        "bands": published_bands(),
    }
    frames |= verdict_frames(cells, summed, own, REFERENCE)
    return Backtest(project, inputs, AcademicYear(years[0]), last, origins, tried, REFERENCE, frames)


def roll_years(inputs: Inputs, project: Project) -> list[int]:
    """Return the years that the project's census has rolls for, up to the base year if the project sets one."""
    rolls = inputs.table("rolls")
    years = sorted({int(year) for year in rolls.loc[rolls["census"] == project.census, "academic_year"]})
    return [year for year in years if project.base_year is None or year <= project.base_year]


def choose_origins(years: Sequence[int], most: int) -> tuple[AcademicYear, ...]:
    """Return the last ``most`` origins, from the fourth year of rolls to the last but one; UsageError if there is none."""
    possible = [AcademicYear(year) for year in years[YEARS_BEFORE - 1 : -1]]
    if not possible:
        count = f"{len(years)} year{'s' if len(years) != 1 else ''}"
        raise UsageError(
            f"the rolls cover {count}, but a backtest needs at least {YEARS_BEFORE + 1}: "
            f"{YEARS_BEFORE} to forecast from and one to compare with; add rolls of earlier years"
        )
    return tuple(possible[-most:])


def _some_came(cells: pd.DataFrame, origins: Sequence[AcademicYear], last: AcademicYear) -> None:
    """Raise UsageError unless at least one phase total came that can judge a forecast."""
    if not (cells["year_group"] == TOTAL).any():
        first = AcademicYear(origins[0] + 1)
        span = f"{first} to {last}" if first < last else f"{last}"
        raise UsageError(
            f"no area has complete rolls in {span}, so there is nothing to judge forecasts by; "
            "fill in the blank rolls of these years"
        )


def _with_ratios(project: Project, ratios: Ratios) -> Project:
    return project.model_copy(update={"ratios": ratios})


def _from_origin(
    inputs: Inputs, project: Project, method: str, origin: AcademicYear, found: Outcomes, memory: Memory
) -> pd.DataFrame:
    """Rows of one method and origin for the authority and its areas."""
    last = found.history.base_year
    made = make_forecast(inputs, project, origin, last, schools=False, geography=last, memory=memory)
    moved = unsettled(inputs.table("area_changes"), found.register, origin)
    parts = []
    for phase in Phase:
        stage = made.stages.get(phase.area_phase)
        if stage is None or phase not in made.tally.areas_by_phase:
            continue
        years = np.arange(origin + 1, min(origin + project.horizon[phase], last) + 1)
        groups = year_groups(stage.groups, found, phase)
        actual = found.of(stage.rows, groups, years)
        actual[:-1][~_judged(made, stage, groups, moved)] = np.nan
        values = {"actual": actual, **_forecast_cells(made, stage, phase, groups, len(years))}
        parts.append(cell_rows(_units(made, stage, project), phase, years, groups, values))
    table = pd.concat(parts, ignore_index=True).rename(columns={"academic_year": "target_year"})
    horizon = {str(AcademicYear(year)): year - origin for year in range(origin + 1, last + 1)}
    table = table.assign(method=method, origin=str(origin), horizon=table["target_year"].map(horizon))
    return table.dropna(subset=["actual"])


def _judged(made: Forecast, stage: Stage, groups: list[int], moved: set[tuple[str, str]]) -> Array:
    """Whether each area is judged on its own: it had pupils at the origin, and its borders have not moved since."""
    here = [place for place, group in enumerate(stage.groups) if group in groups]
    codes = made.register.areas["code"].iloc[stage.rows]
    steady = np.array([(code, stage.phase.value) not in moved for code in codes], dtype=bool)
    return np.asarray((stage.base_roll[:, here].sum(axis=1) > 0) & steady)


def _forecast_cells(
    made: Forecast, stage: Stage, phase: Phase, groups: list[int], ahead: int
) -> dict[str, Array]:
    """Central forecast and quantiles of areas, and of the authority last: (areas + 1, year groups and total, years)."""
    mine = [group for group in stage.groups if group in phase.year_groups]
    at = [stage.groups.index(group) for group in mine]
    central = with_total(made.central[stage.phase][:, at, :ahead], 1)
    cells = {"forecast": np.concatenate([central, central.sum(axis=0, keepdims=True)])}
    drawn = np.concatenate([made.tally.areas_by_phase[phase], made.tally.authority(phase)], axis=1)
    for name, share in _DRAWN.items():
        cells[name] = drawn[QUANTILES.index(share), :, :, :ahead]
    wanted = [*(groups.index(group) for group in mine), len(groups)]
    return {name: _spread(cell, wanted, len(groups) + 1) for name, cell in cells.items()}


def _spread(cells: Array, places: list[int], count: int) -> Array:
    """Put year groups at their places among ``count``; a year group that nobody was forecast in holds 0."""
    spread = np.zeros((cells.shape[0], count, cells.shape[2]))
    spread[:, places] = cells
    return spread


def _units(made: Forecast, stage: Stage, project: Project) -> pd.DataFrame:
    codes = [*made.register.areas["code"].iloc[stage.rows], project.authority.la_code]
    geography = ["area"] * len(stage.rows) + ["authority"]
    return pd.DataFrame({"geography": geography, "code": codes}, dtype=object)
