"""Offers for the coming September: weighed by what they were worth, kept by the cohort, counted once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from placeplan.demand.preferences import Signal
from placeplan.outputs.report_movement import movement
from placeplan.outputs.views import view_run
from placeplan.results import Result
from placeplan.years import Phase
from small_plans import central_plan, run_plan, value

YEARS = range(2018, 2026)
CAME = {"990001": [60, 52, 66, 58, 70, 49, 63, 55], "990002": [40, 47, 33, 45, 38, 52, 36, 44]}
AREA = {"990001": "A", "990002": "B"}
COMING = {"990001": 70, "990002": 30}
CHANCE = {"990001": [55, 68, 51, 66, 50, 69, 47, 66], "990002": [48, 35, 49, 36, 50, 37, 51, 33]}
"""Offers that point the wrong way every year."""
PLAIN = {"ratios": {"method": "cohort_survival", "leave_out": []}, "simulations": 100}
JUDGED = 4
"""The first four years are history for the first forecast; the other four can be judged."""
FIRST_YEAR = {"geography": "area", "academic_year": "2026/27", "year_group": "R"}


def _label(year: int) -> str:
    return f"{year}/{(year + 1) % 100:02d}"


def _tables(offers: dict[str, list[int]], coming: dict[str, int] | None = None) -> dict[str, str]:
    rolls = ["academic_year,urn,year_group,pupils"]
    asked = ["academic_year,urn,year_group,first_preferences,offers"]
    for urn, came in CAME.items():
        for place, year in enumerate(YEARS):
            rolls += [f"{_label(year)},{urn},R,{came[place]}"]
            rolls += [f"{_label(year)},{urn},1,{came[place - 1] if place else 50}"]
            asked += [f"{_label(year)},{urn},R,,{offers[urn][place]}"]
        asked += [f"2026/27,{urn},R,,{coming[urn]}"] if coming else []
    return {
        "areas": "area_code,area_name,phase\nA,Ash,primary\nB,Beech,primary",
        "schools": "urn,school_name,type,low_year,high_year,primary_area\n"
        "990001,Ash,community,R,1,A\n990002,Beech,community,R,1,B",
        "rolls": "\n".join(rolls),
        "births": "birth_year,area_code,births\n"
        + "\n".join(f"{_label(year)},{area},{50}" for year in range(2013, 2025) for area in "AB"),
        "preferences": "\n".join(asked),
    }


def _pupils(result: Result, urn: str, **cell: str) -> float:
    return float(value(result.frames["forecast"], "pupils", **{**FIRST_YEAR, **cell}, code=AREA[urn]))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    made = {}
    for name, offers, coming, more in (
        ("true", CAME, COMING, {}),
        ("never", CAME, COMING, {"offers": "never"}),
        ("chance", CHANCE, COMING, {}),
    ):
        settings = {**PLAIN, "ratios": {**PLAIN["ratios"], **more}}
        made[name] = run_plan(tmp_path_factory.mktemp(name), _tables(offers, coming), settings)
    return made


def test_offers_that_have_come_true_count_by_the_years_that_show_it(runs: dict[str, Result]) -> None:
    # Perfect in four years: weight 1 × 4 / (4 + 2), the default of 0 the rest.
    weight = JUDGED / (JUDGED + 2)
    for urn, offers in COMING.items():
        model = _pupils(runs["never"], urn)
        assert _pupils(runs["true"], urn) == pytest.approx(model + weight * (offers - model))
    row = runs["true"].frames["intake_signals"].iloc[0]
    assert row["weight_offers"] == pytest.approx(weight)
    assert row["pupils_for_each_offers"] == pytest.approx(1.0)
    assert (row["years_judged"], np.isnan(row["first_preferences"])) == (JUDGED, True)
    assert row["error_with"] < row["error_without"]


def test_the_cohort_keeps_the_correction(runs: dict[str, Result]) -> None:
    next_year = {"academic_year": "2027/28", "year_group": "1"}
    for urn in COMING:
        change = _pupils(runs["true"], urn) / _pupils(runs["never"], urn)
        assert _pupils(runs["true"], urn, **next_year) == pytest.approx(
            change * _pupils(runs["never"], urn, **next_year)
        )
        for cell in ({"year_group": "1"}, {"academic_year": "2027/28"}):
            assert _pupils(runs["true"], urn, **cell) == _pupils(runs["never"], urn, **cell)


def test_offers_that_mislead_are_not_used(runs: dict[str, Result]) -> None:
    assert [_pupils(runs["chance"], urn) for urn in COMING] == [_pupils(runs["never"], urn) for urn in COMING]
    assert "they are not used" in runs["chance"].choices["Offers for the coming September"]
    assert (runs["chance"].frames["intake_signals"]["factor"] == 1.0).all()


@pytest.mark.parametrize(
    ("coming", "settings", "told"),
    [
        (None, {}, 0),
        (COMING, {"decisions": {"as_of": "2026-04-15"}}, 0),
        (COMING, {"decisions": {"as_of": "2026-04-16"}}, 1),
        (COMING, {"base_year": "2024/25"}, 0),
    ],
    ids=["not given", "the day before", "the day of the offers", "an earlier base year"],
)
def test_offers_count_once_they_are_made(
    tmp_path: Path, coming: dict[str, int] | None, settings: dict[str, Any], told: int
) -> None:
    found = central_plan(tmp_path, _tables(CAME, coming), {**PLAIN, **settings})
    assert len(found.signals) == told


def _signal(**changes: object) -> Signal:
    facts = {
        "phase": Phase.PRIMARY, "group": 0, "place": 0,
        "forecast": np.array([100.0, 0.0, 80.0]), "homes": np.array([10.0, 0.0, 0.0]),
        "told": np.full((2, 3), 1.0), "usual": np.full((2, 3), 1.0),
        "estimate": np.array([[120.0, 5.0, np.nan], [130.0, 5.0, np.nan]]), "weight": np.array([0.5, 0.25]),
        "years": 4, "error_without": 0.1, "error_with": 0.05,
    }  # fmt: skip
    return Signal(**{**facts, **changes})  # type: ignore[arg-type]


def test_new_homes_are_not_counted_twice() -> None:
    signal = _signal()
    # 0.25 × (100 + 10) + 0.5 × 120 + 0.25 × 130 with the new homes, of which 10 come on top.
    assert signal.forecast[0] * signal.factor[0] + 10 == pytest.approx(0.25 * 110 + 0.5 * 120 + 0.25 * 130)


def test_an_area_without_pupils_or_figures_stays_as_it_is() -> None:
    assert _signal().factor[1:].tolist() == [1.0, 1.0]


def test_the_report_tells_what_offers_are_worth(runs: dict[str, Result]) -> None:
    text = "\n\n".join(movement(view_run(runs["true"])))
    offers, model, corrected = (
        runs["true"].frames["intake_signals"][name].sum() for name in ("offers", "model", "corrected")
    )
    assert f"| Reception | 2026/27 | {model:.0f} | {corrected:.0f} | {offers:.0f} | – | 67% | 0% |" in text
    assert list(movement(view_run(runs["never"]))) == []
