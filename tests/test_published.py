"""The Department's measures: by hand, and recomputed from the files that a run writes by a second way."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placeplan.bundled import bundled_folder
from placeplan.outputs.csvfiles import write_csv
from placeplan.published import need_and_spare, planned_shown, school_phase, scorecard, unfilled
from placeplan.results import Result
from placeplan.years import Phase
from small_plans import run_plan, value

Row = dict[str, str]
CERTAIN = ("certain", "firm", "")


def test_need_is_rounded_to_the_nearest_ten_and_spare_is_a_share_of_all_places() -> None:
    need, percent = scorecard(np.array([4.9, 5.0, 14.9, 15.0, 0.0]), np.full(5, 30.0), np.full(5, 120.0))
    assert list(need) == [0, 10, 10, 20, 0]
    assert list(percent) == [25.0] * 5
    assert math.isnan(scorecard(np.array([0.0]), np.array([0.0]), np.array([0.0]))[1][0])


def test_no_area_and_no_year_group_makes_good_for_another() -> None:
    demand = np.array([[[40.0], [25.0]], [[20.0], [20.0]]])
    need, spare, capacity = need_and_spare(demand, np.full((2, 2, 1), 30.0))
    assert (need.sum(), spare.sum(), capacity.sum()) == (10, 5 + 20, 120)


def test_removed_places_lower_capacity_while_the_change_that_is_shown_stops_at_zero() -> None:
    assert list(planned_shown(np.array([0.0, 30.0, -45.0]))) == [0, 30, 0]
    assert list(planned_shown(np.array([10.0, 30.0]))) == [0, 20]


def test_full_schools_do_not_fill_the_empty_places_of_others() -> None:
    empty, over = unfilled(np.array([210.0, 420.0, 105.0]), np.array([180.0, 450.0, 105.0]))
    assert (empty.sum(), over.sum()) == (30, 30)


@pytest.mark.parametrize(
    ("low", "high", "phase"),
    [
        (0, 6, "primary"), (0, 2, "primary"), (3, 6, "primary"), (4, 7, "primary"), (0, 8, "primary"),
        (5, 8, "secondary"), (7, 11, "secondary"), (9, 13, "secondary"), (0, 11, "secondary"), (0, 13, "secondary"),
    ],
)  # fmt: skip
def test_a_school_counts_in_one_phase(low: int, high: int, phase: str) -> None:
    assert school_phase(low, high) is Phase(phase)


@given(st.lists(st.tuples(st.floats(0, 2000), st.floats(0, 2000)), min_size=1, max_size=12))
def test_need_and_spare_differ_by_what_places_exceed_demand(cells: list[tuple[float, float]]) -> None:
    demand, capacity = (np.array([[[pair[at]] for pair in cells]]) for at in (0, 1))
    need, spare, whole = need_and_spare(demand, capacity)
    assert (spare - need)[0, 0] == pytest.approx(whole[0, 0] - demand.sum())
    assert min(need[0, 0], spare[0, 0]) >= 0


PLAN = {
    "areas": """
        area_code,area_name,phase,district
        A,North,primary,East
        S,South,secondary,East""",
    "schools": """
        urn,school_name,type,low_year,high_year,primary_area,secondary_area
        100001,Hill School,community,R,1,A,
        100002,Dale School,community,R,1,A,
        100003,Middle School,community,5,8,A,S""",
    "rolls": """
        academic_year,urn,R,1,5,6,7,8
        2024/25,100001,40,40,,,,
        2024/25,100002,20,20,,,,
        2024/25,100003,,,50,50,50,50
        2025/26,100001,40,35,,,,
        2025/26,100002,20,20,,,,
        2025/26,100003,,,50,50,50,50""",
    "capacity": """
        urn,academic_year,capacity
        100001,2024/25,60
        100002,2024/25,60
        100003,2024/25,240""",
    "planned_changes": """
        change_id,kind,start_year,places,urn,certainty
        C1,expansion,2026/27,-10,100002,firm
        C2,expansion,2026/27,50,100001,proposed""",
}


def test_a_small_authority_by_hand(tmp_path: Path) -> None:
    summary = run_plan(tmp_path, PLAN, {"horizon": 3}).frames["sufficiency_summary"]

    def of(column: str, year: str, phase: str = "primary") -> float:
        cell = {"geography": "authority", "phase": phase, "academic_year": year}
        return float(value(summary, column, **cell))

    # base year: R 60 of 60, Year 1 55 of 60, Years 5 and 6 50 of 60 each
    assert of("scorecard_need", "2025/26") == 0
    assert of("scorecard_spare_percent", "2025/26") == pytest.approx(100 * (5 + 10 + 10) / 240)
    # Hill 75 of 60, Dale 40 of 60; the middle school of Years 5 to 8 counts as secondary
    assert (of("pupils_over_capacity", "2025/26"), of("unfilled_places", "2025/26")) == (15, 20)
    assert of("unfilled_percent", "2025/26") == pytest.approx(100 * 20 / 120)
    assert of("pupils_over_percent", "2025/26") == pytest.approx(100 * 15 / 115)
    assert of("unfilled_places", "2025/26", "secondary") == 40
    # 20 places are taken out of Dale: capacity falls by them, the change that is shown does not fall below zero
    assert of("places", "2028/29") == 220
    assert of("scorecard_planned", "2028/29") == 0
    assert (
        value(summary, "reference_year", geography="authority", phase="primary", academic_year="2028/29")
        == "yes"
    )


def test_the_scorecard_rests_on_capacity_whatever_the_project_counts_by(tmp_path: Path) -> None:
    numbers = (
        "urn,academic_year,year_group,pan\n100001,2025/26,R,90\n100002,2025/26,R,90\n100003,2025/26,5,90"
    )
    by_pan = {"horizon": 1, "places": {"measure": "pan"}}
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    tables = {**PLAN, "admission_numbers": numbers}
    counted = [
        run_plan(tmp_path / folder, tables, settings).frames["sufficiency_summary"]
        for folder, settings in (("a", {"horizon": 1}), ("b", by_pan))
    ]
    assert list(counted[0]["places"]) != list(counted[1]["places"])
    for column in ("scorecard_need", "scorecard_spare_percent", "unfilled_places", "pupils_over_capacity"):
        np.testing.assert_allclose(counted[0][column], counted[1][column], err_msg=column)


def test_without_schools_nothing_is_said_of_unfilled_places(tmp_path: Path) -> None:
    tables = {
        "areas": PLAN["areas"],
        "rolls": "academic_year,area_code,R,1\n2024/25,A,40,40\n2025/26,A,40,35",
    }
    summary = run_plan(tmp_path, tables, {"horizon": 1}).frames["sufficiency_summary"]
    assert summary[["scorecard_need", "unfilled_places", "pupils_over_capacity"]].isna().all(axis=None)


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def written(exampleshire: Result, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    """The files of a run and its inputs, as anybody can read them."""
    folder = tmp_path_factory.mktemp("written")
    found = {}
    for name in ("sufficiency", "sufficiency_summary", "schools", "decisions"):
        write_csv(exampleshire.frames[name], folder / f"{name}.csv")
        found[name] = read(folder / f"{name}.csv")
    sample = bundled_folder("sample_data") / "exampleshire"
    return found | {name: read(sample / f"{name}.csv") for name in ("planned_changes", "areas")} | {
        "register": read(sample / "schools.csv")
    }  # fmt: skip


def places_planned(tables: dict[str, list[Row]]) -> dict[tuple[str, int, str], float]:
    """Places planned by area, start year and year group, from the table of changes alone."""
    planned: dict[tuple[str, int, str], float] = defaultdict(float)
    register = {row["urn"]: row for row in tables["register"]}
    by_school = {
        (row["urn"], row["year_group"]): float(row["places"] or 0)
        for row in tables["schools"]
        if row["academic_year"] == "2025/26" and row["year_group"] != "total"
    }
    routes = {row["change_id"]: row for row in tables["decisions"]}
    for change in tables["planned_changes"]:
        if change["certainty"] not in CERTAIN or change["kind"] == "pan_change":
            continue
        start, places = int(change["start_year"][:4]), float(change["places"] or 0)
        area = routes[change["change_id"]]["area_code"]
        school = register.get(change["urn"], {"low_year": "R", "high_year": "6"})
        low, high = (0 if school[name] == "R" else int(school[name]) for name in ("low_year", "high_year"))
        for group in range(low, high + 1):
            label = "R" if group == 0 else str(group)
            for year in range(2025, 2034):
                came_in = year - (group - low)
                now = {
                    "expansion": places if year >= start else 0,
                    "unit": places if year >= start else 0,
                    "new_school": places if came_in >= start else 0,
                    "bulge": places if came_in == start else 0,
                    "closure": -by_school.get((change["urn"], label), 0) if year >= start else 0,
                }[change["kind"]]
                planned[area, year, label] += now
    return planned


def test_the_scorecard_recomputed_from_the_written_files_agrees_to_the_place(
    written: dict[str, list[Row]],
) -> None:
    planned = places_planned(written)
    assert sum(map(abs, planned.values())) > 1000
    before = {
        (row["area_code"], row["year_group"]): float(row["places"]) - float(row["planned"])
        for row in written["sufficiency"]
        if row["academic_year"] == "2025/26" and row["year_group"] != "total"
    }
    district = {(row["area_code"], row["phase"]): row["district"] for row in written["areas"]}
    need, spare, capacity = (defaultdict(float) for _ in range(3))
    later = 0
    for row in written["sufficiency"]:
        if row["year_group"] == "total":
            continue
        year, group = int(row["academic_year"][:4]), row["year_group"]
        change = planned.get((row["area_code"], year, group), 0.0)
        assert float(row["planned"]) == pytest.approx(change, abs=1e-6), row
        places = float(row["places"])
        if (row["area_code"], group) in before and places != before[row["area_code"], group]:
            later += 1
        phase = "secondary" if row["phase"] == "sixth_form" else row["phase"]
        short = float(row["demand"]) - places
        for code in ("999", district[row["area_code"], phase]):
            key = (code, row["phase"], row["academic_year"])
            need[key] += max(short, 0)
            spare[key] += max(-short, 0)
            capacity[key] += places
    assert later > 0
    for row in written["sufficiency_summary"]:
        key = (row["code"], row["phase"], row["academic_year"])
        assert float(row["scorecard_need"]) == 10 * math.floor(need[key] / 10 + 0.5), key
        assert float(row["scorecard_spare_percent"]) == pytest.approx(100 * spare[key] / capacity[key]), key
        assert (row["reference_year"] == "yes") == (row["academic_year"] == "2028/29")


def test_unfilled_places_recomputed_from_schools_csv(written: dict[str, list[Row]]) -> None:
    """As far as schools.csv has every phase of a school: to the horizon of its primary part."""
    ranges = {row["urn"]: (row["low_year"], row["high_year"]) for row in written["register"]}
    sites: dict[tuple[str, str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in written["schools"]:
        if row["year_group"] == "total" and row["places"]:
            cell = sites[row["urn"], row["site_id"], row["academic_year"]]
            cell[0] += float(row["places"])
            cell[1] += float(row["roll"])
    found: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for (urn, _, year), (places, roll) in sites.items():
        low, high = (0 if text in ("R", "nursery") else int(text) for text in ranges[urn])
        phase = "secondary" if high >= 11 else "primary"
        assert high >= 11 or low < 7
        found[phase, year][0] += max(places - roll, 0)
        found[phase, year][1] += max(roll - places, 0)
    compared = 0
    for row in written["sufficiency_summary"]:
        in_all_phases = row["academic_year"] <= "2030/31"
        if row["geography"] == "authority" and row["phase"] != "sixth_form" and in_all_phases:
            empty, over = found[row["phase"], row["academic_year"]]
            assert float(row["unfilled_places"]) == pytest.approx(empty)
            assert float(row["pupils_over_capacity"]) == pytest.approx(over)
            compared += 1
    assert compared == 6 + 6
