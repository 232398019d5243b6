"""What ``explain`` reads of the baseline: its steps (cohorts.csv, ratios.csv) and who feeds whom (pools.csv)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.demand.methods import DRAWN_BACK
from placeplan.demand.survival import Stage
from placeplan.demand.trace import Steps, trace_steps
from placeplan.forecasting import Forecast
from placeplan.frames import cell_columns, piled, stacked
from placeplan.origins import BIRTHS, CHILDREN, POOL
from placeplan.tables import output_columns
from placeplan.years import (
    AcademicYear,
    Phase,
    phase_of,
    year_group_label,
)


def trace_tables(found: Forecast, scenario: str) -> dict[str, pd.DataFrame]:
    """Return the frames cohorts, ratios and pools of one scenario."""
    steps = trace_steps(found.stages, found.births, found.uncontrolled)
    base = int(found.history.base_year)
    years = np.arange(base + 1, base + 1 + found.horizon)
    cohorts, pools = [], []
    ratios: list[dict[str, Array]] = []
    for stage_phase, one in steps.items():
        stage = found.stages[stage_phase]
        areas = found.register.areas.iloc[stage.rows]
        units = {
            "area_code": areas["code"].to_numpy(dtype=object),
            "district": areas["district"].to_numpy(dtype=object),
            "scenario": np.full(len(areas), scenario, dtype=object),
        }
        for place, group in enumerate(stage.groups):
            values = {
                "could_come": one.could_come[:, place, None],
                "pull": one.pull[:, place, None],
                "ratio": one.ratio[:, place, None],
                "offers": _offers(found, stage_phase, place),
                "control": _control(found, stage_phase, place),
                "baseline": found.baseline[stage_phase][:, place, None],
            }
            values["comes_from"] = _origins(found, one.comes_from[place])
            values["comes_from"] = np.broadcast_to(values["comes_from"][:, None], values["ratio"].shape)
            rows = cell_columns(units, phase_of(group), years, [group], values, False)
            rows["method"] = np.full(len(rows["phase"]), stage.methods[group], dtype=object)
            cohorts.append(rows)
            ratios += _methods(found, units, stage, place, years)
            if one.comes_from[place] == POOL:
                pools.append(_pool(one, place, group, found, stage_phase, scenario))
    return {
        "cohorts": piled(cohorts, output_columns("cohorts")),
        "ratios": piled(ratios, output_columns("ratios")),
        "pools": stacked(pools, output_columns("pools")),
    }


def _methods(
    found: Forecast, units: Mapping[str, Array], stage: Stage, place: int, years: Array
) -> Iterator[dict[str, Array]]:
    """What each method that counts says of one year group's ratios."""
    past = found.history.years
    labels = np.array([str(AcademicYear(int(year))) for year in past], dtype=object)
    group, count = stage.groups[place], len(units["area_code"])
    for method in stage.weighed:
        weight = method.weight[place]
        counts = weight > 0
        if not counts.any():
            continue
        seen = method.years[:, place]
        some = seen.any(axis=1)
        pooling = "area and authority" if method.name in DRAWN_BACK else "area"
        yield cell_columns(
            {
                "area_code": units["area_code"],
                "scenario": units["scenario"],
                "first_year": np.where(some, labels[seen.argmax(axis=1)], ""),
                "last_year": np.where(some, labels[len(past) - 1 - seen[:, ::-1].argmax(axis=1)], ""),
                "years": seen.sum(axis=1).astype(object),
                "method": np.full(count, method.name, dtype=object),
                "pooling": np.full(count, pooling, dtype=object),
            },
            phase_of(group),
            np.asarray(years)[counts],
            [group],
            {
                "weight": np.broadcast_to(weight[counts], (count, 1, int(counts.sum()))),
                "ratio": method.ratio[:, place, None][..., counts],
            },
            False,
        )


def _origins(found: Forecast, comes_from: str) -> Array:
    """Where a year group comes from, (areas or 1, years): a cohort of Reception from births or from children counted."""
    if comes_from != BIRTHS:
        return np.full((1, found.horizon), comes_from, dtype=object)
    return np.where(found.births.counted[:, -found.horizon :], CHILDREN, comes_from).astype(object)


def _offers(found: Forecast, phase: Phase, place: int) -> Array:
    """What first preferences and offers make of a year group's ratio, (areas, 1, years); it is in the ratio."""
    factor = np.ones(found.baseline[phase][:, place, None].shape)
    for signal in found.signals:
        if (signal.phase, signal.place) == (phase, place):
            factor[:, 0, 0] = signal.factor
    return factor


def _control(found: Forecast, phase: Phase, place: int) -> Array:
    """What control totals multiply a year group by, (areas, 1, years)."""
    shape = found.baseline[phase][:, place, None].shape
    if found.control is None:
        return np.ones(shape)
    factor = found.control.factor(phase)[:, place, None]
    return np.where(np.isfinite(factor), factor, 1.0)


def _pool(
    steps: Steps, place: int, group: int, found: Forecast, stage_phase: Phase, scenario: str
) -> pd.DataFrame:
    weights = steps.pools[place].tocoo()
    to, source = found.stages[stage_phase], found.stages[steps.sources[place]]
    codes = found.register.areas["code"].to_numpy()
    rows = pd.DataFrame(
        {
            "scenario": scenario,
            "area_code": codes[to.rows[weights.row]],
            "year_group": year_group_label(group),
            "from_area": codes[source.rows[weights.col]],
            "weight": weights.data,
        }
    )
    return rows[rows["weight"] != 0]
