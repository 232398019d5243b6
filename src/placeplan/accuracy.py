"""Earlier forecasts beside what came, in the scorecard's terms: signed errors by authority, area and year group.

    error = (forecast - actual) / actual; above 0 the forecast was too high

The authority's figures are those that an earlier forecast gave for it, else the sums of its areas where every area of the
phase that was ever forecast has one. A bias alarm is raised where every error of the last ``bias_years`` target years stands
on one side. Source of the measure: Department for Education, Local authority school places scorecards, technical guidance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from placeplan.bands import published_bands
from placeplan.datafiles import data_rows
from placeplan.frames import TOTAL

KEYS = ["phase", "made_in", "target_year", "horizon"]


@dataclass(frozen=True)
class Alarm:
    """A unit whose errors all stand on one side: ``side`` is ``high`` or ``low``, ``mean`` the mean error."""

    geography: str
    code: str
    phase: str
    side: str
    years: tuple[str, ...]
    mean: float


def bias_years() -> int:
    """Return over how many target years errors on one side raise the alarm."""
    return int(data_rows("accuracy_alarm.csv")[0]["value"])


def authority_errors(accuracy: pd.DataFrame, year_group: str = TOTAL) -> pd.DataFrame:
    """Return the authority's errors of a year group or phase total: ``KEYS``, forecast, actual, error, in time's order."""
    rows = accuracy[accuracy["year_group"] == year_group]
    return _summed(rows, [])


def year_group_errors(accuracy: pd.DataFrame) -> pd.DataFrame:
    """Return the authority's errors by year group, as ``authority_errors`` with a column ``year_group``."""
    return _summed(accuracy[accuracy["year_group"] != TOTAL], ["year_group"])


def _summed(rows: pd.DataFrame, more: list[str]) -> pd.DataFrame:
    keys = [*KEYS, *more]
    own = rows[rows["geography"] == "authority"]
    areas = rows[rows["geography"] == "area"]
    of_phase = areas.groupby(["phase", *more])["code"].nunique()
    found = areas.groupby(keys, sort=False).agg(
        forecast=("forecast", "sum"), actual=("actual", "sum"), units=("code", "nunique")
    )
    found = found.reset_index()
    whole = [
        units == of_phase.loc[key if more else key[0]]
        for units, key in zip(
            found["units"], found[["phase", *more]].itertuples(index=False, name=None), strict=True
        )
    ]
    found = found[whole] if len(found) else found
    made = pd.concat([own[[*keys, "forecast", "actual"]], found[[*keys, "forecast", "actual"]]])
    made = made.drop_duplicates(keys)
    made = made.assign(
        error=(made["forecast"].astype(float) - made["actual"].astype(float)) / made["actual"].astype(float)
    )
    return made.sort_values(["phase", "target_year", "horizon"], kind="stable").reset_index(drop=True)


def with_bands(errors: pd.DataFrame) -> pd.DataFrame:
    """Return errors with the published quartiles of absolute errors, p25, p50 and p75, of the same phase and horizon."""
    bands = published_bands()
    wanted = bands[["phase", "horizon", "p25", "p50", "p75"]]
    return errors.assign(horizon=errors["horizon"].astype(int)).merge(
        wanted, on=["phase", "horizon"], how="left"
    )


def this_year(accuracy: pd.DataFrame, base_year: str) -> pd.DataFrame:
    """Return areas' rows of last year's forecast for the base year (one year ahead), totals and year groups."""
    near = (accuracy["target_year"] == base_year) & (accuracy["horizon"].astype(float) == 1)
    return accuracy[near & (accuracy["geography"] == "area")]


def alarms(accuracy: pd.DataFrame, authority: pd.DataFrame | None = None) -> list[Alarm]:
    """Return the authority's and then the areas' alarms, phase by phase; ``authority``: its errors, if they are at hand."""
    totals = accuracy[accuracy["year_group"] == TOTAL]
    authority = authority_errors(accuracy) if authority is None else authority
    found = [
        one
        for phase, rows in authority.groupby("phase", sort=False)
        for one in _alarm(rows, "authority", "", phase)
    ]
    areas = totals[totals["geography"] == "area"]
    for (phase, code), rows in areas.groupby(["phase", "code"], sort=False):
        found += _alarm(rows, "area", str(code), phase)
    return found


def _alarm(rows: pd.DataFrame, geography: str, code: str, phase: object) -> Iterator[Alarm]:
    targets = rows["target_year"].tolist()
    years = sorted(set(targets))[-bias_years() :]
    each = zip(targets, rows["error"].tolist(), strict=True)
    errors = np.array([float(error) for year, error in each if year in years])
    if len(years) == bias_years() and ((errors > 0).all() or (errors < 0).all()):
        side = "high" if errors[0] > 0 else "low"
        yield Alarm(geography, code, str(phase), side, tuple(years), float(errors.mean()))
