"""The register of adjustments: what officers add to the forecast, and what came of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from placeplan.problems import InputErrors
from placeplan.results import Result
from small_plans import pick, run_plan, value

YEARS = ("2022/23", "2023/24", "2024/25", "2025/26")
HEAD = "adjustment_id,academic_year,year_group,amount,percent,area_code,phase,urn,reason,role,made_on,evidence,expires_on\n"
PLAN = {
    "areas": "area_code,area_name,phase\nA,North,primary\nB,South,primary",
    "schools": "urn,school_name,type,low_year,high_year,primary_area\n"
    "100001,Hill School,community,R,1,A\n100002,Dale Academy,academy,R,1,A\n100004,Far School,community,R,1,B",
    "rolls": "academic_year,urn,R,1\n"
    + "\n".join(
        f"{year},{urn},{size},{size}"
        for year in YEARS
        for urn, size in (("100001", 60), ("100002", 40), ("100004", 30))
    ),
    "previous_forecasts": "made_in,academic_year,area_code,phase,year_group,pupils\n2023/24,2024/25,A,primary,R,108\n"
    "2023/24,2024/25,A,primary,1,103\n2023/24,2025/26,A,primary,R,99",
}
ROWS = """\
P1,2026/27,R,10,,A,primary,,Estate opens,planner,2026-02-01,letter,2027-08-31
P2,2026/27,R,5,,,,100002,Popular head,planner,2025-11-03,,2025-12-31
P3,2027/28,1,,-50,B,primary,,Barracks close,planner,2026-03-01,notice,
P4,2028/29,R,-45,,B,primary,,All leave,planner,2026-03-01,,
P5,2024/25,R,6,,A,primary,,Hope,planner,2024-02-01,,
P6,2024/25,1,5,,A,primary,,Came,planner,2024-02-01,,
P7,2025/26,R,2,,A,primary,,Army,planner,2026-02-01,,
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("adjustments")
    return run_plan(folder, {**PLAN, "adjustments": HEAD + ROWS}, {"horizon": 3})


def cell(run: Result, column: str, code: str, year: str, group: str) -> float:
    return float(value(run.frames["forecast"], column, code=code, academic_year=year, year_group=group))


def test_an_adjustment_changes_its_cell_and_no_other(run: Result) -> None:
    assert cell(run, "adjustment", "A", "2026/27", "R") == pytest.approx(15)
    assert cell(run, "pupils", "A", "2026/27", "R") == pytest.approx(115)
    assert cell(run, "adjustment", "B", "2027/28", "1") == pytest.approx(-15)
    assert cell(run, "pupils", "B", "2028/29", "R") == pytest.approx(0)
    forecast = pick(run.frames["forecast"], geography="area")
    moved = forecast[(forecast["adjustment"] != 0) & (forecast["year_group"] != "total")]
    assert {*zip(moved["code"], moved["academic_year"], moved["year_group"], strict=True)} == {
        ("A", "2026/27", "R"), ("B", "2027/28", "1"), ("B", "2028/29", "R")
    }  # fmt: skip


def test_an_adjustment_of_a_school_is_its_own_and_schools_add_up(run: Result) -> None:
    # 110 in the area without the school's own five: 66 and 44, and five more for Dale
    assert cell(run, "pupils", "100001", "2026/27", "R") == pytest.approx(66)
    assert cell(run, "pupils", "100002", "2026/27", "R") == pytest.approx(49)
    # the year after, both are as they would have been
    assert cell(run, "pupils", "100002", "2027/28", "1") == pytest.approx(40)
    forecast = run.frames["forecast"]
    np.testing.assert_allclose(
        forecast["pupils"], forecast["baseline"] + forecast["housing"] + forecast["adjustment"], atol=1e-9
    )


def test_history_is_never_touched(run: Result, tmp_path: Path) -> None:
    plain = run_plan(tmp_path, PLAN, {"horizon": 3})
    assert run.frames["history"].equals(plain.frames["history"])
    baseline = run.frames["forecast"].loc[run.frames["forecast"]["geography"] == "area", "baseline"]
    same = plain.frames["forecast"].loc[plain.frames["forecast"]["geography"] == "area", "baseline"]
    np.testing.assert_allclose(baseline, same)


def test_the_register_tells_each_with_and_without_and_what_came(run: Result) -> None:
    register = run.frames["adjustments_register"].set_index("adjustment_id")
    assert list(register.loc["P1", ["amount", "pupils_without", "pupils_with"]]) == pytest.approx(
        [10, 105, 115]
    )
    assert list(register.loc["P2", ["amount", "pupils_without", "pupils_with"]]) == pytest.approx([5, 44, 49])
    assert register["state"].to_dict() == {
        "P1": "holds", "P2": "out of date", "P3": "holds", "P4": "holds",
        # 100 came: 108 were forecast with six, 102 without; 103 with five, 98 without
        "P5": "proved wrong", "P6": "proved wrong", "P7": "proved right",
    }  # fmt: skip
    assert list(register.loc["P5", ["actual", "published", "published_without"]]) == [100, 108, 102]
    rules = [finding.rule for finding in run.findings]
    assert rules.count("adjustment-proved-wrong") == 2
    assert rules.count("adjustment-expired") == 1
    assert rules.count("adjustment-below-nothing") == 1


def test_intervals_move_with_the_adjustment(run: Result) -> None:
    forecast = run.frames["forecast"]
    for low, high in (("p05", "p10"), ("p10", "p50"), ("p50", "p90"), ("p90", "p95")):
        assert (forecast[low] <= forecast[high]).all()
    assert cell(run, "p05", "A", "2026/27", "R") > 15


def test_as_of_an_earlier_year_only_what_was_decided_by_then_counts(tmp_path: Path) -> None:
    tables = {**PLAN, "adjustments": HEAD + ROWS}
    then = run_plan(tmp_path, tables, {"horizon": 3, "base_year": "2023/24"})
    changed = pick(then.frames["forecast"], geography="area", code="A", academic_year="2024/25")
    assert not changed["adjustment"].any()
    tables["adjustments"] = tables["adjustments"].replace("2024-02-01", "2024-01-10")
    then = run_plan(tmp_path, tables, {"horizon": 3, "base_year": "2023/24"})
    assert (
        value(then.frames["forecast"], "adjustment", code="A", academic_year="2024/25", year_group="R") == 6
    )


def test_rows_that_take_everything_leave_nothing_and_not_less(tmp_path: Path) -> None:
    rows = "".join(
        f"T{n},2026/27,R,{size},,B,primary,,All,planner,2026-02-01,note,2027-08-31\n"
        for n, size in enumerate((0.1, 0.7, -99))
    )
    made = run_plan(tmp_path, {**PLAN, "adjustments": HEAD + rows}, {"horizon": 3})
    assert cell(made, "pupils", "B", "2026/27", "R") == 0.0


@pytest.mark.parametrize("blank", ["Estate opens", "planner"])
def test_nobody_answers_for_a_row_without_reason_or_role(tmp_path: Path, blank: str) -> None:
    row = ROWS.splitlines(keepends=True)[0].replace(blank, "")
    with pytest.raises(InputErrors) as refused:
        run_plan(tmp_path, {**PLAN, "adjustments": HEAD + row}, {"horizon": 3})
    assert [finding.rule for finding in refused.value.findings if finding.severity == "error"] == [
        "needed-value-missing"
    ]
