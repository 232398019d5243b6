"""Figures that are ranges, changes that come late, what both do to the chance of running short, and the watch-list."""

from __future__ import annotations

import csv
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from placeplan.datafiles import data_rows
from placeplan.demand.watch import needs_another_class
from placeplan.results import Result
from placeplan.sufficiency import first_above
from placeplan.supply.draws import school_doubt
from small_plans import pick, run_plan, value

YEARS = range(2019, 2026)
AREAS = "area_code,area_name,phase\nA,North,primary\nB,South,primary"
SCHOOLS = """urn,school_name,type,low_year,high_year,primary_area
    1,Hill School,community,R,1,A
    2,Dale School,community,R,1,B"""
CELL = {"area_code": "A", "academic_year": "2026/27", "year_group": "1"}
HEAD = "urn,academic_year,capacity,source,verified_on,disputed"
SURE = "2,2025/26,200,net capacity assessment,2025-05-01,no"


def plan(capacity: str, roll: int = 60, **more: str) -> dict[str, str]:
    """Hill School of Reception and Year 1 with a steady roll, alone in its area; Dale School is never in doubt."""
    lines = [f"{year}/{(year + 1) % 100:02d},{urn},{roll},{roll}" for year in YEARS for urn in "12"]
    rolls = "\n".join(["academic_year,urn,R,1", *lines])
    tables = {"areas": AREAS, "schools": SCHOOLS, "rolls": rolls}
    return {**tables, "capacity": f"{HEAD}\n{capacity}\n{SURE}", **more}


def confidence(result: Result, **cell: str) -> Any:
    rows = pick(result.frames["supply_confidence"], urn="1", measure="capacity", **cell)
    assert len(rows) == 1
    return rows.iloc[0]


@pytest.mark.parametrize(
    ("row", "rating", "low", "high"),
    [
        ("net capacity assessment,2024-05-01,no", "high", 100, 100),
        ("net capacity assessment,2019-05-01,no", "medium", 97, 103),
        ("net capacity assessment,2010-05-01,no", "low", 94, 106),
        ("net capacity assessment,,no", "low", 95, 105),
        ("net capacity assessment,2024-05-01,yes", "low", 90, 105),
        ("net capacity assessment,2010-05-01,yes", "low", 90, 106),
        ("school return,2025-05-01,no", "medium", 100, 100),
        ("estimate,2025-05-01,no", "low", 90, 110),
        (",2025-05-01,no", "medium", 97, 103),
    ],
)
def test_confidence_follows_from_source_age_and_dispute(
    tmp_path: Path, row: str, rating: str, low: float, high: float
) -> None:
    found = confidence(run_plan(tmp_path, plan(f"1,2025/26,100,{row}")))
    assert (found["confidence"], found["value"]) == (rating, 100)
    assert (found["low"], found["high"]) == pytest.approx((low, high))
    assert low < high or found["effect"] == 0


def test_a_table_of_the_authority_takes_the_place_of_placeplans_own(tmp_path: Path) -> None:
    own = "figure,years,rating,low,high\nestimate,,medium,0.8,1.5"
    result = run_plan(tmp_path, plan("1,2025/26,100,estimate,2025-05-01,no", confidence_table=own))
    found = confidence(result)
    assert (found["confidence"], found["low"], found["high"]) == ("medium", 80, 150)
    assert confidence(result)["source"] == "estimate"


def test_a_later_figure_rests_on_its_own_source(tmp_path: Path) -> None:
    rows = "1,2025/26,100,estimate,2025-05-01,no\n1,2027/28,140,net capacity assessment,2025-11-01,no"
    result = run_plan(tmp_path, plan(rows))
    assert confidence(result, academic_year="2025/26")["high"] == pytest.approx(110)
    later = confidence(result, academic_year="2027/28")
    assert (later["value"], later["low"], later["high"]) == (140, 140, 140)


def test_the_effect_is_the_difference_that_the_two_ends_would_make(tmp_path: Path) -> None:
    """The range is the only doubt about the area's places, so runs with either end as a sure figure give the same."""
    chances = {}
    for name, places, source in (("as", 120, "estimate"), ("low", 108, ""), ("high", 132, "")):
        (tmp_path / name).mkdir()
        row = f"1,2025/26,{places},{source or 'net capacity assessment'},2025-05-01,no"
        result = run_plan(tmp_path / name, plan(row))
        table = pick(result.frames["sufficiency"], area_code="A", year_group="total")
        chances[name] = table["probability_of_shortfall"].to_numpy(float)[1:]
        if name == "as":
            found = confidence(result)
    assert found["effect"] == pytest.approx((chances["low"] - chances["high"]).max())
    assert found["effect"] > 0.5
    assert np.all(chances["low"] >= chances["as"])
    assert np.all(chances["as"] >= chances["high"])
    assert (found["status_low"], found["status_high"]) == ("short", "sufficient")


def test_doubt_elsewhere_changes_nothing_here(tmp_path: Path) -> None:
    tables = []
    for name, verified in (("a", "2025-05-01"), ("b", "")):
        (tmp_path / name).mkdir()
        row = f"1,2025/26,124,net capacity assessment,{verified},no"
        tables.append(run_plan(tmp_path / name, plan(row)).frames["sufficiency"])
    column = "probability_of_shortfall"
    here, there = (pick(table, area_code="B")[column].to_numpy(float) for table in tables)
    np.testing.assert_array_equal(here, there)
    assert not pick(tables[0], area_code="A")[column].equals(pick(tables[1], area_code="A")[column])


def test_a_school_is_doubted_alike_by_seed_and_urn_alone() -> None:
    first, again = school_doubt(1, "100001", 4000), school_doubt(1, "100001", 4000)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, school_doubt(1, "100002", 4000))
    assert not np.array_equal(first, school_doubt(2, "100001", 4000))
    assert -1 <= first.min() < -0.9
    assert 0.9 < first.max() <= 1
    assert abs(np.median(first)) < 0.03
    assert np.mean(np.abs(first) < 0.5) == pytest.approx(0.75, abs=0.02)


@pytest.mark.parametrize(("share", "first", "second"), [(0.4, 0.4, 0.0), (1.0, 1.0, 0.0), (0.0, 0.0, 0.0)])
def test_a_change_that_comes_late_leaves_the_years_before_short(
    tmp_path: Path, share: float, first: float, second: float
) -> None:
    """Sixty pupils, twenty places, and a thousand more that are certain but may come a year late."""
    changes = "change_id,kind,urn,start_year,places,certainty\nX,expansion,1,2026/27,1000,certain"
    late = f"kind,certainty,years_late,share\nexpansion,certain,1,{share}"
    row = "1,2025/26,40,net capacity assessment,2025-05-01,no"
    result = run_plan(tmp_path, plan(row, planned_changes=changes, delay_table=late), {"simulations": 2000})
    table = result.frames["sufficiency"]
    assert value(table, "places", **CELL) == 1020
    assert value(table, "probability_of_shortfall", **CELL) == pytest.approx(first, abs=0.03)
    later = {**CELL, "academic_year": "2027/28"}
    assert value(table, "probability_of_shortfall", **later) == second
    assert value(table, "expected_short", **CELL) == pytest.approx(first * 40, abs=2)


def test_more_late_changes_than_there_are_is_an_error(tmp_path: Path) -> None:
    from placeplan.problems import InputErrors

    late = "kind,years_late,share\nexpansion,1,0.7\nexpansion,2,0.5"
    row = "1,2025/26,40,net capacity assessment,2025-05-01,no"
    with pytest.raises(InputErrors) as raised:
        run_plan(tmp_path, plan(row, delay_table=late))
    assert "1.2" in str([finding.message for finding in raised.value.findings])


def test_the_first_year_above_a_chance() -> None:
    chance = np.array([[0.1, 0.2, 0.6], [0.0, 0.19, 0.1], [np.nan, np.nan, 0.9], [0.3, 0.0, 0.0]])
    assert first_above(chance, 0.2).tolist() == [1, -1, 2, 0]


@pytest.mark.parametrize(
    ("intake", "classes", "awkward"),
    [
        (30, 1, False),
        (30.4, 1, False),
        (31, 1, True),
        (45, 2, True),
        (46, 2, False),
        (46, 1, True),
        (60, 2, False),
        (61, 2, True),
        (75, 3, True),
        (76, 3, False),
        (12, 1, False),
        (90, 3, False),
        (90, 2, True),
    ],
)
def test_an_intake_just_above_full_classes_needs_another(intake: float, classes: int, awkward: bool) -> None:
    assert bool(needs_another_class(np.array(intake), np.array(classes))) is awkward


def watch_of(tmp_path: Path, rolls: str, pan: int = 45, **settings: Any) -> pd.DataFrame:
    numbers = f"urn,academic_year,year_group,pan\n1,2019/20,R,{pan}"
    schools = SCHOOLS.replace("2,Dale School,community,R,1,B", "2,Dale School,community,R,1,A")
    tables = {"areas": AREAS.replace("\nB,South,primary", ""), "schools": schools, "rolls": rolls}
    return run_plan(tmp_path, {**tables, "admission_numbers": numbers}, settings).frames["watchlist"]


def steady(first: int, second: int) -> str:
    lines = [f"{year}/{(year + 1) % 100:02d},{urn},{pupils},{pupils}" for year in YEARS
             for urn, pupils in (("1", first), ("2", second))]  # fmt: skip
    return "\n".join(["academic_year,urn,R,1", *lines])


def test_a_school_well_below_a_form_is_watched_and_one_well_above_is_not(tmp_path: Path) -> None:
    found = watch_of(tmp_path, steady(18, 90))
    rows = found[found["test"] == "one_form_of_entry"]
    assert rows["urn"].tolist() == ["1"]
    row = rows.iloc[0]
    assert (row["academic_year"], row["threshold"]) == ("2026/27", 30)
    assert row["probability"] > 0.9
    assert row["value"] == pytest.approx(18, abs=0.5)


def test_a_school_that_was_never_meant_to_fill_a_form_is_not_watched_for_it(tmp_path: Path) -> None:
    found = watch_of(tmp_path, steady(18, 90), pan=20)
    assert "one_form_of_entry" not in set(found["test"])


def test_a_floor_is_held_against_the_whole_school_where_the_project_gives_one(tmp_path: Path) -> None:
    """Schools of Reception and Year 1 do not teach the whole phase, so no floor is set against them."""
    found = watch_of(tmp_path, steady(18, 90), watchlist={"floor_primary": 100})
    assert "viability_floor" not in set(found["test"])


def test_the_watch_list_is_the_first_year_in_which_the_chance_is_reached(exampleshire: Result) -> None:
    found = exampleshire.frames["watchlist"]
    assert not found.duplicated(["urn", "phase", "test"]).any()
    assert (found["probability"] >= exampleshire.project.status.chance).all()
    assert set(found["test"]) == {"one_form_of_entry", "viability_floor", "falling_roll", "infant_class_size"}
    falling = found[found["test"] == "falling_roll"]
    assert set(falling["academic_year"]) <= {"2026/27", "2027/28", "2028/29"}


def test_the_falling_roll_agrees_with_the_schools_own_quantiles(exampleshire: Result) -> None:
    """A chance of 10% or more of a roll at or below the line means that the 10th percentile is not above it."""
    forecast = exampleshire.frames["forecast"]
    totals = forecast[(forecast["geography"] == "school") & (forecast["year_group"] == "total")]
    low = totals.set_index(["code", "phase", "academic_year"])[["p10", "p90"]]
    found = exampleshire.frames["watchlist"]
    for row in found[found["test"].isin(["falling_roll", "viability_floor"])].itertuples():
        p10, p90 = low.loc[(row.urn, row.phase, row.academic_year)]
        assert p10 <= row.threshold
        assert (p90 <= row.threshold) == (row.probability > 0.9) or abs(row.probability - 0.9) < 0.01


def test_the_confidence_of_the_county_ranks_by_effect(exampleshire: Result) -> None:
    found = exampleshire.frames["supply_confidence"]
    counts = found[found["counts"] == "yes"]
    assert counts["effect"].between(0, 1).all()
    assert counts["effect"].is_monotonic_decreasing
    assert (counts["low"] <= counts["value"]).all()
    assert (counts["value"] <= counts["high"]).all()
    assert (found.loc[found["counts"] == "no", "effect"] == 0).all()
    figures = found[(found["measure"] == "pan")]
    assert (figures["low"] == figures["high"]).all()


def test_the_places_of_the_county_are_those_of_its_figures(exampleshire: Result) -> None:
    """Without planned changes, the figures that count add up to the places of each area and phase in the base year."""
    found = exampleshire.frames["supply_confidence"]
    found = found[(found["counts"] == "yes") & (found["academic_year"] == "2025/26")]
    stated = found.groupby(["area_code", "phase"])["value"].sum()
    table = pick(exampleshire.frames["sufficiency"], academic_year="2025/26", year_group="total")
    places = table[table["planned"] == 0].set_index(["area_code", "phase"])["places"]
    for key, total in places[places > 0].items():
        assert stated[key] == pytest.approx(total, rel=1e-6), key


@pytest.mark.parametrize(
    ("template", "data"),
    [("confidence_table", "supply_confidence.csv"), ("delay_table", "delivery_delays.csv")],
)
def test_the_template_of_a_choice_is_placeplans_own_table(template: str, data: str) -> None:
    path = files("placeplan").joinpath(f"data/starter/templates/{template}.csv")
    assert list(csv.DictReader(path.read_text(encoding="utf-8").splitlines())) == data_rows(data)
