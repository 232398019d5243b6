"""One school acts alone: on the command line and in a scenario file, its own roll and its neighbours' by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from placeplan.cli import main
from small_plans import pick, value, write_plan

YEARS = ["2026/27", "2027/28", "2028/29"]
PLAN = {
    "areas": """
        area_code,area_name,phase
        A,North,primary
        B,South,primary""",
    "schools": """
        urn,school_name,type,low_year,high_year,primary_area
        100001,Hill School,community,R,1,A
        100002,Dale Academy,academy,R,1,A
        100003,Mill School,voluntary aided school,R,1,A
        100004,Far School,community,R,1,B""",
    "rolls": "academic_year,urn,R,1\n"
    + "\n".join(
        f"{year},{urn},{size},{size}"
        for year in ("2022/23", "2023/24", "2024/25", "2025/26")
        for urn, size in (("100001", 60), ("100002", 50), ("100003", 30), ("100004", 40))
    ),
    "capacity": """
        urn,academic_year,capacity
        100001,2025/26,120
        100002,2025/26,120
        100003,2025/26,120
        100004,2025/26,120""",
    "admission_numbers": """
        urn,academic_year,year_group,pan
        100001,2025/26,R,60
        100002,2025/26,R,60
        100003,2025/26,R,60
        100004,2025/26,R,60""",
    "preferences": """
        academic_year,urn,year_group,first_preferences,offers
        2024/25,100001,R,85,60
        2025/26,100001,R,75,60""",
}
TEXT = "100001 PAN +30 from 2027/28"


def run(folder: Path, *more: str, settings: dict[str, object] | None = None) -> Result:
    project = write_plan(folder, PLAN, {"horizon": 3, "places": {"measure": "pan"}, **(settings or {})})
    words = ["forecast", str(project), "--out", str(folder / "run"), "--outputs", "csv", *more]
    return CliRunner().invoke(main, words)


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "run" / f"{name}.csv", dtype={"urn": str, "code": str, "year_group": str})


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    folder = tmp_path_factory.mktemp("whatif")
    return folder, run(folder, "--what-if", TEXT)


def test_neighbours_lose_what_the_school_gains_and_the_money_a_year_later(ran: tuple[Path, Result]) -> None:
    folder, done = ran
    assert done.exit_code == 0, done.stderr
    answers = table(folder, "what_if")
    # 20 = mean of 25 and 15 preferences that were not met; the entrants of 2027/28 are in both year groups in 2028/29
    change = {
        "100001": [0, 20, 40],
        "100002": [0, -12.5, -25],
        "100003": [0, -7.5, -15],
    }
    for urn, wanted in change.items():
        rows = pick(answers, urn=urn).set_index("academic_year")
        assert list(rows.loc[YEARS, "change"]) == pytest.approx(wanted)
        assert list(rows.loc[YEARS, "roll_after"] - rows.loc[YEARS, "roll_before"]) == pytest.approx(wanted)
        assert list(rows.loc[YEARS, "revenue_change"]) == pytest.approx([0, 0, wanted[1] * 5100])
    assert set(answers["urn"]) == set(change)
    assert value(answers, "pan_after", urn="100001", academic_year="2028/29") == 180


def test_area_and_everybody_else_stay_as_they_were(ran: tuple[Path, Result]) -> None:
    forecast = table(ran[0], "forecast")
    central, other = (
        pick(forecast, scenario=name).drop(columns="scenario").reset_index(drop=True)
        for name in ("central", "what-if")
    )
    still = ~central["code"].isin(["100001", "100002", "100003"])
    pd.testing.assert_frame_equal(central[still], other[still])
    schools = pick(other[~still & (other["geography"] == "school")], year_group="R", academic_year="2028/29")
    assert schools["pupils"].sum() == pytest.approx(60 + 50 + 30)
    for low, high in (("p05", "p10"), ("p10", "p50"), ("p50", "p90"), ("p90", "p95")):
        assert (other[low] <= other[high]).all()


def test_places_of_the_school_are_raised_and_the_areas_surplus_with_them(ran: tuple[Path, Result]) -> None:
    areas = table(ran[0], "what_if_areas").set_index("academic_year")
    assert list(areas["places_after"] - areas["places_before"]) == [0, 0, 30, 60]
    assert list(areas["surplus_after"] - areas["surplus_before"]) == [0, 0, 30, 60]
    assert (areas["demand"] == 280).all()


def test_the_terminal_shows_it_in_80_columns(ran: tuple[Path, Result]) -> None:
    shown = ran[1].stderr
    assert "Hill School, primary, North" in shown
    row = next(
        line.split() for line in shown.splitlines() if line.strip().startswith("2028/29") and "£" in line
    )
    assert row == ["2028/29", "120", "160", "+40", "−40", "−£102,000"]
    assert max(map(len, shown.splitlines())) <= 80


def test_a_scenario_file_says_the_same(tmp_path: Path, ran: tuple[Path, Result]) -> None:
    file = tmp_path / "alone.yaml"
    file.write_text('name: what-if\nwhat_if: {urn: "100001", pan: +30, from: 2027/28}\n', encoding="utf-8")
    assert run(tmp_path, "--scenario", str(file)).exit_code == 0
    by_option = pick(table(ran[0], "schools"), scenario="what-if").reset_index(drop=True)
    pd.testing.assert_frame_equal(table(tmp_path, "schools"), by_option)


def test_a_change_of_nothing_changes_nothing_and_says_so(tmp_path: Path) -> None:
    assert run(tmp_path, "--what-if", "100001 PAN 0 from 2027/28").exit_code == 0
    schools = table(tmp_path, "schools")
    sides = [
        pick(schools, scenario=name).drop(columns="scenario").reset_index(drop=True)
        for name in ("central", "what-if")
    ]
    pd.testing.assert_frame_equal(*sides)
    assert "scenario-without-effect" in set(table(tmp_path, "findings")["rule"])


def test_a_cut_for_one_year_passes_and_its_cohort_moves_up(tmp_path: Path) -> None:
    assert run(tmp_path, "--what-if", "100001 PAN -30 from 2026/27 until 2026/27").exit_code == 0
    answers = table(tmp_path, "what_if")
    gained = {
        urn: list(pick(answers, urn=urn).set_index("academic_year").loc[YEARS, "change"])
        for urn in ("100001", "100002", "100003")
    }
    # 30 above the new number: 18.75 would go to Dale, which has room for 10; Mill takes 20
    assert gained["100001"] == pytest.approx([-30, -30, 0])
    assert gained["100002"] == pytest.approx([10, 10, 0])
    assert gained["100003"] == pytest.approx([20, 20, 0])


def test_two_schools_act_one_after_the_other(tmp_path: Path) -> None:
    more = ("--what-if", TEXT, "--what-if", "100002 PAN -30 from 2027/28", "--json")
    done = run(tmp_path, *more)
    rows = json.loads(done.stdout)["what_if"]
    change = {row["urn"]: row["change"] for row in rows if row["academic_year"] == "2027/28"}
    # Hill takes 20, 12.5 of them from Dale; the 7.5 above Dale's 30 go by 80 to 22.5, Hill having room for 10
    assert change["100001"] == pytest.approx(20 + 7.5 * 80 / 102.5)
    assert change["100002"] == pytest.approx(-20)
    assert sum(change.values()) == pytest.approx(0)


@pytest.mark.parametrize(
    ("text", "exit_code", "said"),
    [
        ("100001 +30", 2, "900001 PAN +30 from 2027/28"),
        ("100001 PAN thirty from 2027/28", 2, "its sign, such as +30 or -15"),
        ("100001 PAN 30 from 2027/28", 2, "its sign, such as +30 or -15"),
        ("100001 PAN +30 from soon", 2, "soon"),
        ("100001 PAN +30 from 2028/29 until 2027/28", 2, "lies before from"),
        ("100009 PAN +30 from 2027/28", 3, "there is no school `100009`; the nearest is"),
        ("100001 PAN +30 from 2025/26", 3, "must come after the base year 2025/26"),
        ("100001 PAN +30 from 2027/28 year group 7", 3, "does not teach the year group 7"),
    ],
)
def test_a_text_that_cannot_be_is_refused_with_the_right_form(
    tmp_path: Path, text: str, exit_code: int, said: str
) -> None:
    done = run(tmp_path, "--what-if", text)
    assert done.exit_code == exit_code, done.stderr
    assert said in " ".join(done.stderr.split())
    assert not (tmp_path / "run").exists()


def test_the_report_says_who_loses(tmp_path: Path) -> None:
    assert run(tmp_path, "--what-if", TEXT, "--outputs", "report").exit_code == 0
    report = (tmp_path / "run" / "report.md").read_text(encoding="utf-8")
    section = report[report.index("## One school acts alone") :]
    assert (
        "| Dale Academy | 0 | 0 | −13 | −25 |" in section or "| Dale Academy | 0 | 0 | −12 | −25 |" in section
    )
    assert "−£102,000" in section
