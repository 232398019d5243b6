"""What goes to a board: powers of the authority, admission numbers without a plan, proposals, kinds of school."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from placeplan.results import Result
from small_plans import pick, run_plan, value

PLAN = {
    "areas": """
        area_code,area_name,phase,district
        A,North,primary,East
        B,South,primary,West""",
    "schools": """
        urn,school_name,type,low_year,high_year,primary_area,denomination,gender,selective
        100001,Hill School,community,R,1,A,,mixed,
        100002,Dale Academy,academy,R,1,A,Church of England,mixed,
        100003,Mill School,voluntary aided school,R,1,B,Roman Catholic,girls,""",
    "rolls": """
        academic_year,urn,R,1
        2023/24,100001,32,20
        2024/25,100001,32,32
        2025/26,100001,32,32
        2023/24,100002,30,20
        2024/25,100002,30,30
        2025/26,100002,30,30
        2023/24,100003,20,20
        2024/25,100003,20,20
        2025/26,100003,20,20""",
    "capacity": """
        urn,academic_year,capacity
        100001,2024/25,40
        100002,2024/25,80
        100003,2024/25,60""",
    "admission_numbers": """
        urn,academic_year,year_group,pan,determined
        100001,2025/26,R,20,yes
        100001,2026/27,R,20,yes
        100002,2025/26,R,40,yes
        100002,2026/27,R,30,yes
        100002,2027/28,R,45,yes
        100003,2025/26,R,30,yes
        100003,2026/27,R,45,yes
        100003,2027/28,R,60,no""",
}
SETTINGS = {"horizon": 3}


@pytest.fixture
def result(tmp_path: Path) -> Result:
    changes = """
        change_id,kind,start_year,places,urn,certainty,decision_status
        C1,pan_change,2026/27,15,100003,firm,determined
        C2,pan_change,2027/28,-10,100002,option,"""
    proposals = """
        proposal_id,raised_by,date,area_code,phase,next_step,due_on,change_id,dissent
        P1,trust,2026-02-10,A,primary,ask the heads,2026-02-20,C2,one school
        P2,diocese,2026-03-01,B,primary,wait,2026-09-01,,
        P3,diocese,2026-03-01,B,primary,,2026-01-20,,
        P4,governors,2025-11-01,,,,,C1,"""
    tables = {**PLAN, "planned_changes": changes, "proposals": proposals}
    return run_plan(tmp_path, tables, SETTINGS)


def test_the_share_of_places_and_need_that_the_authority_decides_alone(result: Result) -> None:
    powers = pick(result.frames["powers"], academic_year="2025/26", phase="primary")

    def of(column: str, geography: str, code: str) -> float:
        return float(value(powers, column, geography=geography, code=code))

    # area A: 40 of 120 places are at the community school; 62 in R and 62 in Year 1 against 60 and 60: 4 are missing
    assert (of("places", "area", "A"), of("places_alone", "area", "A")) == (120, 40)
    assert of("need", "area", "A") == pytest.approx(4)
    assert of("need_alone", "area", "A") == pytest.approx(4 * 20 / 60)
    assert of("need_alone_share", "area", "A") == pytest.approx(1 / 3)
    # area B: 20 of 60 empty; above a surplus of 10% there are 20 - 6 places, none of them the authority's
    assert (of("excess", "area", "B"), of("excess_alone", "area", "B")) == (14, 0)
    assert of("places_alone_share", "authority", "999") == pytest.approx(40 / 180)
    assert of("need_alone_share", "authority", "999") == pytest.approx(1 / 3)
    assert of("places_alone_share", "district", "West") == 0


def test_determined_numbers_that_differ_and_stand_in_no_plan_are_found(result: Result) -> None:
    table = result.frames["determined"]
    # Dale falls from 40 to 30 without a plan; its 45 of 2027/28 stands beside C2, Mill's 45 beside C1; 60 is not determined
    assert list(zip(table["urn"], table["academic_year"], strict=True)) == [("100002", "2026/27")]
    row = table.iloc[0]
    assert (row["pan_before"], row["pan"], row["change"], row["decider"]) == (40, 30, -10, "academy trust")
    assert (row["area_pan_before"], row["area_pan"]) == (60, 50)
    assert (row["neighbours"], row["neighbours_pan"]) == (1, 20)
    assert 0.05 <= row["chance_before"] <= row["chance"] <= 0.95
    assert row["chance"] == pytest.approx(0.95)  # 62 children come every year
    assert (row["consultation_opens"], row["consultation_closes"]) == ("2024-10-01", "2025-01-31")
    assert (row["determined_by"], row["objections_by"]) == ("2025-02-28", "")
    found = [finding for finding in result.findings if finding.rule == "pan-changed-unplanned"]
    assert [(finding.file, finding.row, finding.value) for finding in found] == [
        ("admission_numbers.csv", 5, "30")
    ]


def test_the_chance_is_read_from_the_quantiles_of_the_intake(result: Result) -> None:
    row = result.frames["determined"].iloc[0]
    cell = {"geography": "area", "code": "A", "academic_year": "2026/27", "year_group": "R"}
    points = [
        float(value(result.frames["forecast"], name, **cell)) for name in ("p05", "p10", "p50", "p90", "p95")
    ]
    wanted = 1 - float(np.interp(60, points, [0.05, 0.1, 0.5, 0.9, 0.95]))
    assert row["chance_before"] == pytest.approx(wanted)


def test_an_earlier_base_year_knows_of_no_later_number(tmp_path: Path) -> None:
    earlier = run_plan(tmp_path, PLAN, {**SETTINGS, "base_year": "2024/25"})
    assert earlier.frames["determined"].empty
    assert not [finding for finding in earlier.findings if finding.rule == "pan-changed-unplanned"]


def test_the_day_for_objections_comes_from_the_project(tmp_path: Path) -> None:
    found = run_plan(tmp_path, PLAN, {**SETTINGS, "decisions": {"objections_by": "05-15"}})
    assert set(found.frames["determined"]["objections_by"]) == {"2025-05-15", "2026-05-15"}


def test_a_proposal_stands_beside_its_forecast_its_change_and_its_route(result: Result) -> None:
    boards = result.frames["boards"].set_index("proposal_id")
    first = boards.loc["P1"]
    assert (first["change"], first["decider"]) == ("PAN change -10 from 2027/28", "academy trust")
    assert first["earliest_date"] == "2028-09-01"
    assert (first["academic_year"], first["dissent"]) == ("2027/28", "one school")
    area = {"area_code": "A", "academic_year": "2027/28", "year_group": "total"}
    for column in ("demand", "places", "surplus", "status", "probability_of_shortfall"):
        assert first[column] == value(result.frames["sufficiency"], column, **area)
    # without a change the third year after the base year counts; the area may come from the change
    assert boards.loc["P2", "academic_year"] == "2028/29"
    assert (boards.loc["P4", "area_code"], boards.loc["P4", "earliest_date"]) == ("B", "")


def test_next_steps_are_overdue_by_the_latest_day_that_the_inputs_know(result: Result) -> None:
    boards = result.frames["boards"]
    # known days run to 1 March 2026: P1 was due on 20 February; P3 has no next step
    assert list(boards["overdue"]) == ["yes", "no", "no", "no"]
    late = [finding.value for finding in result.findings if finding.rule == "next-step-overdue"]
    assert late == ["2026-02-20"]


def test_places_by_kind_of_school(result: Result) -> None:
    table = pick(result.frames["provision"], academic_year="2025/26", phase="primary")
    by = {
        (row.characteristic, row.group): (row.schools, row.places, row.roll)
        for row in table.itertuples(index=False)
    }
    assert by["denomination", "Church of England"] == (1, 80, 60)
    assert by["denomination", "Roman Catholic"] == (1, 60, 40)
    assert by["denomination", "not stated"] == (1, 40, 64)
    assert by["gender", "Mixed"] == (2, 120, 124)
    assert by["gender", "Girls"] == (1, 60, 40)
    assert not any(characteristic == "selective" for characteristic, _ in by)
