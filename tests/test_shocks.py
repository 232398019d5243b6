"""Years that disturbed everybody at once: found, named and given less weight, unless the officer decides otherwise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from placeplan.demand.shocks import FOUND_WEIGHT, found_shocks, shocks_of
from placeplan.problems import InputErrors
from placeplan.project import LeftOut
from placeplan.years import AcademicYear
from small_plans import run_plan, value

YEARS = [AcademicYear(year) for year in range(2009, 2020)]
ENGLAND = Path(__file__).parents[1] / "benchmarks" / "data" / "england"


def history(moved: np.ndarray, areas: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """Rolls and those who could come, (areas, 6 year groups, years), with ratios moved by year (areas or 1, years)."""
    generator = np.random.default_rng(3)
    could = generator.uniform(250, 350, (areas, 6, len(YEARS)))
    noise = generator.normal(0, 0.004, could.shape)
    return could * np.exp(noise + moved[:, None, :]), could


def test_a_year_in_which_all_ratios_fall_and_come_back_is_found_and_named() -> None:
    moved = np.zeros((1, len(YEARS)))
    moved[0, 6] = -0.03
    (found,) = found_shocks(*history(moved), YEARS, set())
    assert (found.year, found.weight) == (2015, FOUND_WEIGHT)
    assert found.size == pytest.approx(-0.03, abs=0.003)
    assert "100% of areas" in found.why


@pytest.mark.parametrize("kind", ["a change that lasts", "one area alone", "the last year", "nothing"])
def test_what_is_no_shock(kind: str) -> None:
    moved = np.zeros((30, len(YEARS)))
    if kind == "a change that lasts":
        moved[:, 6:] = -0.03
    elif kind == "one area alone":
        moved[4, 6] = -0.2
    elif kind == "the last year":
        moved[:, -1] = -0.03
    assert found_shocks(*history(moved), YEARS, set()) == []


def test_a_short_history_calls_nothing_a_shock() -> None:
    moved = np.zeros((1, len(YEARS)))
    moved[0, 2] = -0.05
    roll, could = history(moved)
    assert found_shocks(roll[:, :, :5], could[:, :, :5], YEARS[:5], set()) == []


def test_in_england_the_ratios_themselves_show_2020_21() -> None:
    rolls = pd.read_csv(ENGLAND / "rolls.csv")
    groups = ["R", *"123456"]
    cells = rolls.set_index(["area_code", "academic_year"])[groups].unstack("academic_year")
    roll = cells.to_numpy(float).reshape(len(cells), len(groups), -1)
    years = [AcademicYear(year) for year in range(2012, 2023)]
    (found,) = found_shocks(roll[:, 1:, 1:], roll[:, :-1, :-1], years, set())
    assert found.year == 2020
    assert found.size < 0


def test_the_officers_choice_takes_the_place_of_what_is_known_and_found() -> None:
    moved = np.zeros((1, len(YEARS)))
    moved[0, 6] = -0.03
    roll, could = history(moved)
    years = np.array(YEARS)
    assert [shock.year for shock in shocks_of(roll, could, years, None)] == [2015]
    assert shocks_of(roll, could, years, ()) == ()
    named = (LeftOut(year="2012/13", reason="flood"), LeftOut(year="2013/14", areas=("A",)))
    (found,) = shocks_of(roll, could, years, named)
    assert (found.year, found.weight, found.why) == (2012, 0.0, "flood")


def test_an_unknown_area_in_leave_out_is_an_error_with_the_nearest_code(tmp_path: Path) -> None:
    tables = _two_areas({}) | {
        "areas": "area_code,area_name,phase\n3404001,North,primary\n3404002,South,primary"
    }
    tables["rolls"] = tables["rolls"].replace(",A,", ",3404001,").replace(",B,", ",3404002,")
    with pytest.raises(InputErrors) as caught:
        run_plan(tmp_path, tables, {"ratios": {"leave_out": [{"year": "2024/25", "areas": ["340401"]}]}})
    (found,) = caught.value.findings
    assert found.rule == "code-unknown"
    assert "`340401`, named in leave_out for 2024/25" in found.message
    assert "nearest code is `3404001`" in found.message


LAST = range(2018, 2026)


def _two_areas(moved: dict[tuple[str, int], int]) -> dict[str, str]:
    """Two areas of 100 pupils a year group, R to 2; ``moved`` gives other numbers of Year 1 by area and year."""
    rows = [
        f"{AcademicYear(year)},{area},100,{moved.get((area, year), 100)},{moved.get((area, year - 1), 100)}"
        for area in "AB"
        for year in LAST
    ]
    return {
        "areas": "area_code,area_name,phase\nA,North,primary\nB,South,primary",
        "rolls": "academic_year,area_code,R,1,2\n" + "\n".join(rows),
    }


@pytest.mark.parametrize(
    ("left_out", "ratio_a"),
    [
        ([], 280 / 300),
        (["2024/25"], 1.0),
        ([{"year": "2024/25", "areas": ["A"], "year_groups": [1], "reason": "border"}], 1.0),
        ([{"year": "2024/25", "areas": ["B"]}], 280 / 300),
        ([{"year": "2024/25", "year_groups": [2]}], 280 / 300),
    ],
    ids=["none", "everywhere", "that area and year group", "another area", "another year group"],
)
def test_a_year_may_be_left_out_for_some_areas_and_year_groups(
    tmp_path: Path, left_out: list[object], ratio_a: float
) -> None:
    chosen = {"ratios": {"method": "cohort_survival", "years": 3, "leave_out": left_out}, "horizon": 1}
    result = run_plan(tmp_path, _two_areas({("A", 2024): 80}), chosen)
    cell = {"geography": "area", "academic_year": "2026/27", "year_group": "1"}
    assert value(result.frames["forecast"], "pupils", code="A", **cell) == pytest.approx(100 * ratio_a)
    assert value(result.frames["forecast"], "pupils", code="B", **cell) == pytest.approx(100)


def test_a_slip_in_leave_out_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(InputErrors) as caught:
        run_plan(tmp_path, _two_areas({}), {"ratios": {"leave_out": [{"yeer": "2024/25"}]}})
    said = " ".join(f"{finding.message} {finding.row}" for finding in caught.value.findings)
    assert "yeer" in said
    assert "year" in said
