"""Forecasts of 77 English authorities against their own: mean absolute error relative to the councils', and wins.

Run: python benchmarks/accuracy_england.py [--plain]
The councils' published forecast errors (scorecards 2021 and 2022) are in data/england/council_forecast_errors.csv. Cases are
averaged by target year, horizon and phase, and those averages count equally. --plain shows three-year cohort survival too.
"""

from __future__ import annotations

import sys

import pandas as pd

from common import ENGLAND, as_of, compared, evidence
from placeplan.years import AcademicYear, Phase

PLAIN = {"ratios": {"weights": [1, 1, 1], "leave_out": []}}


def cases(**choices: object) -> pd.DataFrame:
    """One row for each authority, phase and target year that a council's own forecast can be compared in."""
    source = evidence(ENGLAND, simulations=100, **choices)
    councils = pd.read_csv(ENGLAND / "council_forecast_errors.csv")
    made = {year: as_of(source, AcademicYear.parse(year)) for year in sorted(councils["origin"].unique())}
    found = []
    for (origin, horizon, phase), rows in councils.groupby(["origin", "horizon", "phase"]):
        cells = compared(source, made[origin], Phase(phase), int(horizon))
        codes = made[origin].register.areas["code"].iloc[made[origin].stages[Phase(phase)].rows]
        error = (cells.forecast.sum(1) - cells.actual.sum(1)) / cells.actual.sum(1)
        found.append(rows.assign(error=rows["area_code"].map(dict(zip(codes, error, strict=True)))))
    return pd.concat(found)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute errors by target year, horizon and phase, and the share of authorities closer than the council."""
    table = table.assign(ours=table["error"].abs(), theirs=table["council_error"].abs())
    table["closer"] = table["ours"] < table["theirs"]
    grouped = table.groupby(["target_year", "horizon", "phase"])
    shown = grouped[["ours", "theirs", "closer", "error"]].mean()
    return shown.rename(columns={"error": "bias"}).assign(ratio=shown["ours"] / shown["theirs"])


def relative_error(shown: pd.DataFrame) -> float:
    """Mean absolute error relative to the councils' own, every case of target year, horizon and phase alike."""
    return float(shown["ours"].mean() / shown["theirs"].mean())


if __name__ == "__main__":
    for name, choices in [
        ("default", {}),
        *([("three-year cohort survival", PLAIN)] if "--plain" in sys.argv else []),
    ]:
        shown = summary(cases(**choices))
        print(f"\n{name}\n{shown.round(4).to_string()}")
        print(
            f"error relative to the councils' own: {relative_error(shown):.3f} (mean of ratios {shown['ratio'].mean():.3f})"
        )
        print(f"closer than the council: {shown['closer'].mean():.1%} of area-cases")
