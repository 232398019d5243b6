"""Real rolls and births of 77 English authorities: the forecast against what councils themselves had forecast.

A case is one target year, horizon and phase of ``council_forecast_errors.csv``; the absolute errors of its authorities are
averaged, and the cases count equally. The actual figures are the rolls of the target year.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from placeplan.project import load_project
from placeplan.run import forecast

ENGLAND = Path(__file__).parents[1] / "benchmarks" / "data" / "england"
BASE_YEARS = ("2018/19", "2020/21", "2021/22")
CASE = ["phase", "target_year", "horizon"]


def _project(folder: Path, base_year: str, more: str) -> Path:
    file = folder / f"{base_year[:4]}.yaml"
    file.write_text(
        'authority: {name: Seventy-seven authorities, la_code: "000"}\n'
        f"inputs: {{folder: '{ENGLAND.as_posix()}'}}\n"
        f"base_year: {base_year}\nhorizon: 3\nsimulations: 100\n{more}",
        encoding="utf-8",
    )
    return file


def _totals(folder: Path, base_year: str, more: str) -> pd.DataFrame:
    table = forecast(load_project(_project(folder, base_year, more))).frames["forecast"]
    chosen = table[(table["geography"] == "area") & (table["year_group"] == "total")]
    chosen = chosen.rename(columns={"code": "area_code", "academic_year": "target_year"})
    return chosen[["area_code", "phase", "target_year", "pupils"]].assign(origin=base_year)


def _actual() -> pd.DataFrame:
    rolls = pd.read_csv(ENGLAND / "rolls.csv")
    groups = {"primary": ["R", *"123456"], "secondary": ["7", "8", "9", "10", "11"]}
    parts = [
        rolls[["area_code"]].assign(
            phase=phase, target_year=rolls["academic_year"], came=rolls[columns].sum(axis=1, skipna=False)
        )
        for phase, columns in groups.items()
    ]
    return pd.concat(parts)


def _error_beside_councils(folder: Path, more: str) -> float:
    councils = pd.read_csv(ENGLAND / "council_forecast_errors.csv")
    councils = councils[councils["origin"].isin(BASE_YEARS)]
    ours = pd.concat([_totals(folder, base_year, more) for base_year in BASE_YEARS])
    both = councils.merge(ours, on=["area_code", "phase", "target_year", "origin"])
    both = both.merge(_actual(), on=["area_code", "phase", "target_year"]).dropna(subset=["came"])
    assert len(both) == len(councils)
    both["ours"] = (both["pupils"].astype(float) / both["came"] - 1).abs()
    both["theirs"] = both["council_error"].abs()
    cases = both.groupby(CASE)[["ours", "theirs"]].mean()
    return float(cases["ours"].mean() / cases["theirs"].mean())


@pytest.mark.parametrize(
    ("more", "least", "most"),
    [
        pytest.param("", 0.0, 0.59, id="the default method"),
        pytest.param("ratios: {weights: [1, 1, 1], leave_out: []}\n", 0.69, 0.70, id="plain cohort survival"),
    ],
)
def test_errors_beside_the_councils_own(tmp_path: Path, more: Any, least: float, most: float) -> None:
    assert least <= _error_beside_councils(tmp_path, more) <= most
