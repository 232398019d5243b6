"""drivers.csv: births, ratios and whatever else stands behind each area's forecast."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.demand.births import Births
from placeplan.demand.cohorts import of_births, rests_on
from placeplan.demand.survival import Stage
from placeplan.forecasting import Forecast
from placeplan.frames import cell_rows, stacked
from placeplan.tables import output_columns
from placeplan.years import YEAR_SEVEN, YEAR_TWELVE, Phase, phase_of


def drivers_table(forecast: Forecast) -> pd.DataFrame:
    """drivers.csv: births and ratios behind each area's forecast, by year ahead, and past births."""
    parts: list[pd.DataFrame] = []
    rests = rests_on(forecast.stages, forecast.births, forecast.horizon)
    for phase, stage in forecast.stages.items():
        units = forecast.register.named(stage.rows).rename(columns={"code": "area_code"})
        if phase is Phase.PRIMARY and forecast.births.given:
            parts += _before_reception(units, forecast.births)
        for place in range(len(stage.groups)):
            made = _ratio_rows(forecast, stage, place, rests[phase][:, place, None], units)
            parts.append(made)
            parts.append(_control_rows(forecast, phase, place, made))
            parts += _extra_rows(forecast, phase, place, made)
    table = stacked(parts, output_columns("drivers"))
    return table.dropna(subset=["value"]).reset_index(drop=True)


def _before_reception(units: pd.DataFrame, births: Births) -> Iterator[pd.DataFrame]:
    """Births, and children under five where these lead to Reception in their place."""
    yield _births_rows(units, births.behind or births).assign(driver="births")
    if births.behind is not None:
        yield _births_rows(units, births).assign(driver="children_under_five")


def _births_rows(units: pd.DataFrame, births: Births) -> pd.DataFrame:
    """What leads to Reception in every year of the past and ahead, by area."""
    values = {"value": births.count, "basis": births.basis, "rests_on": of_births(births.basis)}
    cells = {name: each[:, None] for name, each in values.items()}
    return cell_rows(units, Phase.PRIMARY, births.years, [0], cells, False)


def _ratio_rows(
    forecast: Forecast, stage: Stage, place: int, rests: Array, units: pd.DataFrame
) -> pd.DataFrame:
    """The ratio into a year group of the stage, by area and year ahead."""
    group, first = stage.groups[place], int(forecast.history.base_year) + 1
    ratio = stage.ratio[:, place, None]
    basis = np.broadcast_to(stage.basis[:, place, None, None], ratio.shape)
    years = np.arange(first, first + forecast.horizon)
    values = {"value": ratio, "basis": basis, "rests_on": rests}
    made = cell_rows(units, phase_of(group), years, [group], values, False)
    return made.assign(driver=_driver_name(group, bool(forecast.births.given)))


def _control_rows(forecast: Forecast, phase: Phase, place: int, like: pd.DataFrame) -> pd.DataFrame:
    """Adjusted over unadjusted pupils where control totals moved a year group; ``like`` has its other columns."""
    if forecast.control is None:
        return like[:0]
    factor = forecast.control.factor(phase)[:, place].reshape(-1)
    rows = like.assign(driver="control_total", value=factor, basis="control total")
    return rows[np.isfinite(factor) & (factor != 1.0)]


def _extra_rows(forecast: Forecast, phase: Phase, place: int, like: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Pupils whom the scenario adds to a year group, by driver; ``like`` has the other columns."""
    for driver, extra in forecast.extra.items():
        cells = extra[phase][:, place].reshape(-1)
        rows = like.assign(driver=driver, value=cells, basis="scenario", rests_on="scenario")
        yield rows[rows["value"] != 0.0]


def _driver_name(group: int, births_given: bool) -> str:
    """The name of the ratio into a year group."""
    if group == 0:
        return "intake_ratio" if births_given else "intake"
    if group == YEAR_SEVEN:
        return "transfer_share"
    return "staying_on_rate" if group == YEAR_TWELVE else "progression_ratio"
