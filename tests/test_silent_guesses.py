"""What used to be guessed in silence is said: certainty, lost zeros, pupils in no area, a closing school's pupils."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from placeplan.cli import main

YEARS = ("2023/24", "2024/25", "2025/26")


def write_plan(folder: Path, **tables: str) -> Path:
    """A project of three primary schools in one area, 30 pupils in each year group for three years."""
    rolls = ["academic_year,urn,R,1,2,3,4,5,6"]
    rolls += [
        f"{year},{urn},30,30,30,30,30,30,30" for year in YEARS for urn in ("100001", "100002", "100003")
    ]
    given = {
        "areas": "area_code,area_name,phase\n0801001,North,primary\n",
        "schools": "urn,school_name,type,low_year,high_year,primary_area\n"
        + "".join(f"10000{n},School {n},community,R,6,0801001\n" for n in (1, 2, 3)),
        "rolls": "\n".join(rolls) + "\n",
        **tables,
    }
    for name, text in given.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    (folder / "placeplan.yaml").write_text(
        'authority: {name: Exampleshire}\ninputs: {folder: "."}\n', encoding="utf-8"
    )
    return folder


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def findings(folder: Path) -> pd.DataFrame:
    return pd.DataFrame(json.loads(run("check", folder, "--json").stdout)).set_index("rule")


def test_a_lost_leading_zero_is_mended_with_a_warning_and_the_forecast_runs(tmp_path: Path) -> None:
    rolls = "academic_year,area_code,R,1\n" + "".join(f"{year},801001,20,20\n" for year in YEARS)
    plan = write_plan(tmp_path, rolls=rolls, schools="urn,school_name,type,low_year,high_year\n")
    assert findings(plan).loc["code-mended", "severity"] == "warning"
    done = run("forecast", plan, "--outputs", "csv", "--quiet", "--out", tmp_path / "out")
    assert done.exit_code == 0
    assert "0801001" in (tmp_path / "out" / "forecast.csv").read_text(encoding="utf-8")


def test_a_change_without_a_certainty_counts_as_firm_and_the_warning_says_so(tmp_path: Path) -> None:
    capacity = "urn,academic_year,capacity\n" + "".join(f"10000{n},2025/26,210\n" for n in (1, 2, 3))
    change = "change_id,kind,start_year,urn,places\nC1,expansion,2027/28,100001,15\n"
    plan = write_plan(tmp_path, capacity=capacity, planned_changes=change)
    found = findings(plan).loc["certainty-assumed"]
    assert "C1" in found["message"]
    assert "firm" in found["message"]
    assert run("forecast", plan, "--outputs", "csv", "--quiet", "--out", tmp_path / "out").exit_code == 0
    table = (
        pd.read_csv(tmp_path / "out" / "sufficiency.csv")
        .query("year_group == 'R'")
        .set_index("academic_year")
    )
    assert list(table["planned"].iloc[:3]) == [0, 0, 15]


@pytest.mark.parametrize(
    ("into", "expected"), [("100003", {"100002": 30, "100003": 60}), ("", {"100002": 45, "100003": 45})]
)
def test_a_closing_schools_pupils_go_where_the_plan_says(
    tmp_path: Path, into: str, expected: dict[str, float]
) -> None:
    change = f"change_id,kind,start_year,urn,into_urn,certainty\nC1,closure,2026/27,100001,{into},certain\n"
    plan = write_plan(tmp_path, planned_changes=change)
    assert run("forecast", plan, "--outputs", "csv", "--quiet", "--out", tmp_path / "out").exit_code == 0
    rolls = pd.read_csv(tmp_path / "out" / "schools.csv", dtype={"urn": str, "year_group": str})
    third = rolls.query("academic_year == '2026/27' and year_group == '3' and roll > 0").set_index("urn")[
        "roll"
    ]
    assert third.to_dict() == pytest.approx(expected, rel=0.02)


def test_infants_that_join_a_junior_school_stay_there_year_group_by_year_group(tmp_path: Path) -> None:
    plan = write_plan(
        tmp_path,
        schools="urn,school_name,type,low_year,high_year,primary_area\n"
        "100001,Hill Infants,community,R,2,0801001\n100002,Hill Juniors,community,3,6,0801001\n"
        "100003,Dale School,community,R,6,0801001\n",
        rolls="academic_year,urn,R,1,2,3,4,5,6\n"
        + "".join(
            f"{year},100001,{60 + n},{59 + n},{58 + n},,,,\n{year},100002,,,,{57 + n},{56 + n},{55 + n},{54 + n}\n"
            f"{year},100003,30,30,30,30,30,30,30\n"
            for n, year in enumerate(YEARS)
        ),
    )
    kept = _rolls_of(plan, tmp_path / "kept")
    (plan / "planned_changes.csv").write_text(
        "change_id,kind,start_year,urn,into_urn,certainty\nC1,amalgamation,2027/28,100001,100002,certain\n",
        encoding="utf-8",
    )
    joined = _rolls_of(plan, tmp_path / "joined")
    for group in ("R", "1", "2"):
        assert kept["100001", "2027/28", group] > 50
        assert joined["100002", "2027/28", group] == pytest.approx(
            kept["100001", "2027/28", group], rel=0.001
        )
        assert joined["100001", "2027/28", group] == 0
        assert joined["100002", "2026/27", group] == 0
    for group in ("3", "4", "5", "6"):
        assert joined["100002", "2027/28", group] == pytest.approx(
            kept["100002", "2027/28", group], rel=0.001
        )


def _rolls_of(plan: Path, out: Path) -> Counter[tuple[str, str, str]]:
    """Rolls by urn, academic year and year group, 0 where a school has no row."""
    assert run("forecast", plan, "--outputs", "csv", "--quiet", "--out", out).exit_code == 0
    rows = pd.read_csv(out / "schools.csv", dtype={"urn": str, "year_group": str})
    return Counter(rows.set_index(["urn", "academic_year", "year_group"])["roll"].to_dict())


def test_pupils_that_count_in_no_area_are_numbered_in_the_warning(tmp_path: Path) -> None:
    rolls = "academic_year,urn,year_group,pupils\n" + "".join(
        f"{year},100001,{group},{7 if group == 7 else 30}\n" for year in YEARS for group in (*range(1, 8),)
    )
    plan = write_plan(tmp_path, rolls=rolls)
    message = findings(plan).loc["roll-outside-range", "message"]
    assert "count in no area (7 in 2025/26)" in message


def test_usable_places_take_the_shape_of_the_assessed_capacity(tmp_path: Path) -> None:
    rolls = "academic_year,urn,7,8,9,10,11,12,13\n" + "".join(
        f"{year},100001,200,200,200,200,200,90,90\n" for year in YEARS
    )
    plan = write_plan(
        tmp_path,
        areas="area_code,area_name,phase\n0805001,North,secondary\n",
        schools="urn,school_name,type,low_year,high_year,secondary_area\n100001,Upper,community,7,13,0805001\n",
        rolls=rolls,
        capacity="urn,academic_year,capacity,sixth_form_capacity,usable\n100001,2025/26,1200,200,1140\n",
    )
    assert run("forecast", plan, "--outputs", "csv", "--quiet", "--out", tmp_path / "out").exit_code == 0
    table = (
        pd.read_csv(tmp_path / "out" / "sufficiency.csv")
        .query("academic_year == '2025/26'")
        .set_index("year_group")
    )
    assert table.loc["7", "usable"] == pytest.approx(190)
    assert table.loc["12", "usable"] == pytest.approx(95)


def test_a_figure_for_a_whole_school_is_shared_over_its_sites_as_its_pupils_are(tmp_path: Path) -> None:
    plan = write_plan(
        tmp_path,
        areas="area_code,area_name,phase\nA,North,secondary\nB,South,secondary\n",
        schools="urn,school_name,type,low_year,high_year\n100001,Two Sites,community,7,11\n",
        sites="urn,site_id,area_code,phase\n100001,a,A,secondary\n100001,b,B,secondary\n",
        rolls="academic_year,urn,site_id,7,8,9,10,11\n"
        + "".join(
            f"{year},100001,{site},{n},{n},{n},{n},{n}\n"
            for year in YEARS
            for site, n in (("a", 60), ("b", 40))
        ),
        capacity="urn,academic_year,capacity\n100001,2025/26,1000\n",
        admission_numbers="urn,academic_year,year_group,pan\n100001,2025/26,7,200\n",
    )
    notes = findings(plan).loc["places-over-sites"]
    assert list(notes["table"]) == ["admission_numbers", "capacity"]
    assert set(notes["severity"]) == {"note"}
    assert all("Two Sites (100001)" in message for message in notes["message"])
    assert run("forecast", plan, "--outputs", "csv", "--quiet", "--out", tmp_path / "out").exit_code == 0
    table = pd.read_csv(tmp_path / "out" / "sufficiency.csv").query("academic_year == '2025/26'")
    total = table[table["year_group"] == "total"].set_index("area_code")
    assert total["capacity"].to_dict() == pytest.approx({"A": 600, "B": 400})
    assert total["pan"].to_dict() == pytest.approx({"A": 600, "B": 400})


def test_places_of_a_phase_go_only_to_the_sites_that_stand_in_an_area_of_it(tmp_path: Path) -> None:
    plan = write_plan(
        tmp_path,
        areas="area_code,area_name,phase\nA,North,primary\nB,South,secondary\n",
        schools="urn,school_name,type,low_year,high_year,secondary_area\n"
        "100001,All Through,academy,R,11,\n100002,Upper,academy,7,11,B\n",
        sites="urn,site_id,area_code,phase\n100001,a,A,primary\n100001,b,B,secondary\n",
        rolls="academic_year,urn,site_id,R,1,2,3,4,5,6,7,8,9,10,11\n"
        + "".join(
            f"{year},100001,a,{'30,' * 7},,,,\n{year},100002,,{',' * 7}90,90,90,90,90\n" for year in YEARS
        ),
        capacity="urn,academic_year,capacity\n100001,2025/26,360\n100002,2025/26,500\n",
    )
    assert run("forecast", plan, "--outputs", "csv", "--quiet", "--out", tmp_path / "out").exit_code == 0
    table = pd.read_csv(tmp_path / "out" / "sufficiency.csv").query("academic_year == '2025/26'")
    total = table[table["year_group"] == "total"].set_index("area_code")["capacity"]
    assert total.to_dict() == pytest.approx({"A": 210, "B": 650})


def test_findings_stay_on_one_line_when_piped(tmp_path: Path) -> None:
    change = (
        "change_id,kind,start_year,urn,places\nA_CHANGE_WITH_A_RATHER_LONG_NAME,expansion,2027/28,100001,15\n"
    )
    lines = run("check", write_plan(tmp_path, planned_changes=change)).stdout.splitlines()
    found = next(line for line in lines if "[certainty-assumed]" in line)
    assert found.startswith("warning planned_changes.csv")
    assert all(line == line.rstrip() for line in lines)


def test_strict_says_why_it_ends_with_status_4(tmp_path: Path) -> None:
    change = "change_id,kind,start_year,urn,places\nC1,expansion,2027/28,100001,15\n"
    done = run("check", write_plan(tmp_path, planned_changes=change), "--quiet", "--strict")
    assert done.exit_code == 4
    assert "--strict: there" in done.stderr


def test_the_summary_for_programs_has_numbers_and_knows_what_it_does_not_know(tmp_path: Path) -> None:
    done = run("forecast", write_plan(tmp_path), "--outputs", "csv", "--json", "--out", tmp_path / "out")
    row = json.loads(done.stdout)["summary"][0]
    assert row["Pupils"] == 630
    assert row["Places then"] is None
    shown = run("forecast", tmp_path, "--outputs", "csv", "--out", tmp_path / "out")
    assert "No school places are known" in shown.stderr
    assert "Places then" not in shown.stderr


def test_init_counts_the_files_that_it_made(tmp_path: Path) -> None:
    done = run("init", tmp_path / "plan")
    made = sum(path.is_file() for path in (tmp_path / "plan").rglob("*"))
    assert f"with {made} files" in done.stdout
