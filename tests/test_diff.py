"""Two runs beside each other: causes add up to the change, each takes what belongs to it and nothing else."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from click.testing import Result as CliResult

from placeplan.causes import CAUSES
from placeplan.cli import main
from placeplan.outputs.store import write_run
from placeplan.run import forecast
from small_plans import pick, small_plan, value

YEARS = ("2022/23", "2023/24", "2024/25", "2025/26")
AREAS = "area_code,area_name,phase,feeds\nA,North,primary,S\nB,South,primary,S\nS,Whole,secondary,"
BIRTHS = "birth_year,area_code,births\n" + "\n".join(
    f"{y},{a},{n}" for a, n in (("A", 60), ("B", 40)) for y in (
        "2016/17", "2017/18", "2018/19", "2019/20", "2020/21", "2021/22", "2022/23", "2023/24")
)  # fmt: skip


def rolls(years: tuple[str, ...] = YEARS, seed: int = 1, areas: str = "AB", schools: bool = False) -> str:
    """Rolls of primary areas (of two schools each, if asked for) and of a secondary area, not the same in any two years."""
    numbers = np.random.default_rng(seed)
    lines = ["academic_year,area_code,urn,R,1,2,3,4,5,6,7,8"]
    for year in YEARS:
        for area, size in zip("ABC", (60, 40, 50), strict=True):
            made = numbers.integers(size - 8, size + 9, 7)
            if year in years and area in areas:
                cells = ",".join(map(str, made))
                if schools:
                    own = ",".join(str(n // 3) for n in made)
                    rest = ",".join(str(n - n // 3) for n in made)
                    lines += [f"{year},,{area}1,{own},,", f"{year},,{area}2,{rest},,"]
                else:
                    lines.append(f"{year},{area},,{cells},,")
        made = numbers.integers(90, 110, 2)
        if year in years:
            lines.append(f"{year},S,,,,,,,,,{made[0]},{made[1]}")
    return "\n".join(lines)


TABLES = {"areas": AREAS, "births": BIRTHS, "rolls": rolls()}


def ran(
    folder: Path, name: str, tables: Mapping[str, str], settings: Mapping[str, Any] | None = None
) -> Path:
    """A finished run."""
    place = folder / f"{name}-plan"
    place.mkdir()
    target = folder / name
    write_run(forecast(small_plan(place, tables, {"horizon": 3, **(settings or {})})), target, ("csv",))
    return target


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ran(tmp_path_factory.mktemp("earlier"), "earlier", {**TABLES, "rolls": rolls(YEARS[:3])})


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ran(tmp_path_factory.mktemp("old"), "old", TABLES)


def compared(folder: Path, old: Path, new: Path) -> pd.DataFrame:
    """diff.csv of two runs."""
    done = ask(old, new, "--out", folder / "diff", "--quiet")
    assert done.exit_code == 0, done.stderr
    return pd.read_csv(folder / "diff" / "diff.csv", dtype={"code": str, "year_group": str})


def ask(*words: object) -> CliResult:
    return CliRunner().invoke(main, ["diff", *map(str, words)])


def check_sums(table: pd.DataFrame, old: Path, new: Path) -> None:
    """Causes add up to the change, and old and new are what the runs said."""
    causes = table[[*CAUSES, "school_share"]].sum(axis=1)
    np.testing.assert_allclose(causes, table["change"], atol=1e-9)
    np.testing.assert_allclose(table["new"] - table["old"], table["change"], atol=1e-9)
    keys = ["geography", "code", "phase", "academic_year", "year_group"]
    for folder, column in ((old, "old"), (new, "new")):
        said = pd.read_csv(folder / "forecast.csv", dtype={"code": str, "year_group": str})
        both = table.merge(said, on=keys, how="left")
        np.testing.assert_allclose(both["pupils"].fillna(0.0), both[column], atol=1e-9)


def only(table: pd.DataFrame, *names: str) -> None:
    """No other cause moves anything."""
    for cause in CAUSES:
        moved = table[cause].abs().max() > 1e-9
        assert moved == (cause in names), cause


def test_a_run_beside_itself_has_not_changed(tmp_path: Path, old: Path) -> None:
    new = Path(shutil.copytree(old, tmp_path / "new"))
    table = compared(tmp_path, old, new)
    check_sums(table, old, new)
    only(table)
    assert "as the earlier run had it" in (tmp_path / "diff" / "diff.md").read_text(encoding="utf-8")


def test_births_that_are_revised_are_a_matter_of_births_at_the_ratio_of_both_runs(
    tmp_path: Path, old: Path
) -> None:
    more = BIRTHS.replace("2022/23,A,60", "2022/23,A,75")
    new = ran(tmp_path, "new", {**TABLES, "births": more})
    table = compared(tmp_path, old, new)
    check_sums(table, old, new)
    only(table, "births")
    with (old / "cohorts.csv").open(encoding="utf-8", newline="") as file:
        steps = next(
            row
            for row in csv.DictReader(file)
            if (row["area_code"], row["academic_year"], row["year_group"]) == ("A", "2027/28", "R")
        )
    cell = {"geography": "area", "code": "A", "academic_year": "2027/28", "year_group": "R"}
    assert value(table, "births", **cell) == pytest.approx(15 * float(steps["ratio"]))


def test_other_choices_on_the_same_tables_are_a_matter_of_method(tmp_path: Path, old: Path) -> None:
    new = ran(tmp_path, "new", TABLES, {"ratios": {"weights": [3, 2, 1], "leave_out": []}})
    table = compared(tmp_path, old, new)
    check_sums(table, old, new)
    only(table, "method")
    assert "settings.ratios.weights: [1.0, 1.0, 1.0] before, [3.0, 2.0, 1.0] now" in (
        (tmp_path / "diff" / "diff.md").read_text(encoding="utf-8").replace("\\", "")
    )


def test_new_knowledge_and_new_homes_have_their_own_columns(tmp_path: Path, old: Path) -> None:
    known = "adjustment_id,academic_year,year_group,amount,reason,role,made_on,area_code,phase\n"
    known += "K1,2026/27,3,7,Families to come,planner,2026-02-01,B,primary"
    homes = {
        "housing": "site_id,area_code,academic_year,dwellings,status\nH1,A,2026/27,100,complete",
        "yields": "phase,years_after_completion,pupils_per_dwelling\nprimary,1,0.3\nprimary,10,0.3",
        "past_completions": "area_code,academic_year,dwellings\nA,2025/26,0",
    }
    new = ran(tmp_path, "new", {**TABLES, **homes, "adjustments": known})
    table = compared(tmp_path, old, new)
    check_sums(table, old, new)
    only(table, "housing", "adjustments")
    cell = {"geography": "area", "code": "B", "academic_year": "2026/27", "year_group": "3"}
    assert value(table, "adjustments", **cell) == pytest.approx(7)
    said = (tmp_path / "diff" / "diff.md").read_text(encoding="utf-8")
    assert "tables that only the later run has: adjustments, housing, past_completions, yields" in said


@pytest.mark.parametrize("method", [{}, {"method": "combined"}])
def test_a_year_later_everything_adds_up_and_the_forecast_is_judged(
    tmp_path: Path, earlier: Path, old: Path, method: dict[str, str]
) -> None:
    """The later run has a newer roll, and in half the cases other choices as well."""
    new = ran(tmp_path, "new", TABLES, {"ratios": {**method, "leave_out": []}}) if method else old
    table = compared(tmp_path, earlier, new)
    check_sums(table, earlier, new)
    assert set(table["academic_year"]) == {"2026/27", "2027/28"}
    assert table["rolls"].abs().max() > 1
    assert (table["method"].abs().max() > 1e-9) == bool(method)
    judged = pd.read_csv(tmp_path / "diff" / "diff_accuracy.csv", dtype={"code": str, "year_group": str})
    assert set(judged["target_year"]) == {"2025/26"}
    said = pd.read_csv(earlier / "forecast.csv", dtype={"code": str, "year_group": str})
    came = pd.read_csv(new / "history.csv", dtype={"code": str, "year_group": str})
    cell = {"geography": "area", "code": "A", "academic_year": "2025/26", "year_group": "4"}
    forecasted, actual = value(said, "pupils", **cell), value(came, "pupils", **cell)
    found = value(judged, "error", geography="area", code="A", year_group="4")
    assert found == pytest.approx((forecasted - actual) / actual)
    whole = pick(judged, geography="authority", phase="primary", year_group="total")
    parts = pick(judged, geography="area", phase="primary", year_group="total")
    assert whole["forecast"].iloc[0] == pytest.approx(parts["forecast"].sum())


def test_the_newer_roll_is_carried_on_by_the_earlier_ratios(tmp_path: Path) -> None:
    """Ten pupils more in the base year, which ratios do not see: later year groups have them times their ratios."""
    held = {"ratios": {"weights": [1, 1, 1], "leave_out": [{"year": "2025/26", "reason": "test"}]}}
    old = ran(tmp_path, "old", TABLES, held)
    lines = TABLES["rolls"].splitlines()
    at = next(place for place, line in enumerate(lines) if line.startswith("2025/26,A,"))
    cells = lines[at].split(",")
    cells[5] = str(int(cells[5]) + 10)
    lines[at] = ",".join(cells)
    new = ran(tmp_path, "new", {**TABLES, "rolls": "\n".join(lines)}, held)
    table = compared(tmp_path, old, new)
    check_sums(table, old, new)
    only(table, "rolls")
    with (old / "cohorts.csv").open(encoding="utf-8", newline="") as file:
        ratio = {
            (row["academic_year"], row["year_group"]): float(row["ratio"])
            for row in csv.DictReader(file)
            if row["area_code"] == "A"
        }
    here = {"geography": "area", "code": "A"}
    first = 10 * ratio["2026/27", "3"]
    assert value(table, "rolls", **here, academic_year="2026/27", year_group="3") == pytest.approx(first)
    second = first * ratio["2027/28", "4"]
    assert value(table, "rolls", **here, academic_year="2027/28", year_group="4") == pytest.approx(second)


def test_areas_that_merge_change_nothing_in_the_whole(tmp_path: Path, old: Path) -> None:
    merged = {
        "areas": "area_code,area_name,phase,feeds\nN,New,primary,S\nS,Whole,secondary,",
        "area_changes": "old_area,new_area,phase,from_year,weight\nA,N,primary,2026/27,1\nB,N,primary,2026/27,1",
    }
    new = ran(tmp_path, "new", {**TABLES, **merged})
    table = compared(tmp_path, old, new)
    causes = table[[*CAUSES, "school_share"]].sum(axis=1)
    np.testing.assert_allclose(causes, table["change"], atol=1e-9)
    areas = pick(table, geography="area", phase="primary", year_group="total", academic_year="2026/27")
    sizes = areas.set_index("code")
    assert sizes.loc["N", "boundary"] == pytest.approx(sizes.loc["A", "old"] + sizes.loc["B", "old"])
    assert (sizes.loc["A", "change"], sizes.loc["A", "boundary"]) == (
        pytest.approx(-sizes.loc["A", "old"]),
        pytest.approx(-sizes.loc["A", "old"]),
    )
    whole = pick(table, geography="authority")
    np.testing.assert_allclose(whole["boundary"], 0.0, atol=1e-9)
    np.testing.assert_allclose(whole[["rolls", "births"]], 0.0, atol=1e-9)


def test_an_area_that_is_split_is_told_by_its_parts(tmp_path: Path, old: Path) -> None:
    split = {
        "areas": AREAS + "\nC,East,primary,S",
        "area_changes": "old_area,new_area,phase,from_year,weight\nA,A,primary,2026/27,0.7\nA,C,primary,2026/27,0.3",
    }
    new = ran(tmp_path, "new", {**TABLES, **split})
    table = compared(tmp_path, old, new)
    before = pick(table, geography="area", phase="primary").set_index(["code", "academic_year", "year_group"])
    for year, group in (("2026/27", "R"), ("2027/28", "5"), ("2028/29", "total")):
        was = before.loc[("A", year, group), "old"]
        assert before.loc[("C", year, group), "boundary"] == pytest.approx(0.3 * was)
        assert before.loc[("A", year, group), "boundary"] == pytest.approx(-0.3 * was)
    np.testing.assert_allclose(pick(table, geography="authority")["boundary"], 0.0, atol=1e-9)


def test_schools_have_their_share_of_the_causes_and_what_their_share_makes(tmp_path: Path) -> None:
    schools = "urn,school_name,type,low_year,high_year,primary_area\n" + "\n".join(
        f"{area}{n},{area} School {n},community,R,6,{area}" for area in "AB" for n in (1, 2)
    )
    tables = {**TABLES, "schools": schools, "rolls": rolls(YEARS[:3], schools=True)}
    old = ran(tmp_path, "old", tables)
    new = ran(tmp_path, "new", {**tables, "rolls": rolls(schools=True)})
    table = compared(tmp_path, old, new)
    check_sums(table, old, new)
    mine = pick(table, geography="school", phase="primary", year_group="total", academic_year="2026/27")
    assert len(mine) == 4
    area = pick(table, geography="area", code="A", year_group="total", academic_year="2026/27").iloc[0]
    one = pick(mine, code="A1").iloc[0]
    assert one["rolls"] == pytest.approx(area["rolls"] * one["old"] / area["old"])
    assert mine[mine["code"].str.startswith("A")]["change"].sum() == pytest.approx(area["change"])


def test_what_it_says_and_refuses(tmp_path: Path, earlier: Path, old: Path) -> None:
    done = ask(earlier, old, "--out", tmp_path / "diff")
    assert done.exit_code == 0
    assert "Primary, 2027/28:" in done.stderr
    assert max(map(len, done.stderr.splitlines())) <= 80
    assert done.stdout.strip() == str(tmp_path / "diff")
    assert json.loads((tmp_path / "diff" / "run.json").read_text(encoding="utf-8"))["command"] == "diff"
    said = json.loads(ask(earlier, old, "--out", tmp_path / "diff", "--json").stdout)
    assert len(said["summary"]) == 2
    for words, why in (
        ((old, earlier), "later than NEW from 2024/25; give the earlier run first"),
        ((tmp_path / "nowhere", old), "there is no run"),
        ((earlier, old, "--out", old), "was made by 'placeplan forecast'"),
    ):
        refused = ask(*words)
        assert (refused.exit_code, why in " ".join(refused.stderr.split())) == (2, True), refused.stderr


def test_one_folder_twice_has_not_changed_and_says_so(tmp_path: Path, old: Path) -> None:
    done = ask(old, old, "--out", tmp_path / "diff")
    assert (done.exit_code, "are the same folder" in done.stderr) == (0, True)
    table = pd.read_csv(tmp_path / "diff" / "diff.csv")
    assert not table[[*CAUSES, "change"]].to_numpy().any()


@pytest.mark.parametrize(
    ("file", "spoil", "why"),
    [
        ("run.json", lambda text: text[:500], "run.json is not whole"),
        ("run.json", lambda text: "[1]", "run.json is not whole"),
        ("cohorts.csv", lambda text: None, "cohorts.csv is missing"),
        ("ratios.csv", lambda text: "", "ratios.csv has no column"),
        ("forecast.csv", lambda text: text.replace("baseline", "Baseline", 1), "has no column baseline"),
        (
            "history.csv",
            lambda text: "".join(text.splitlines(keepends=True)[:9]),
            "has 8 rows, where the run",
        ),
        ("cohorts.csv", lambda text: re.sub(r"\d+\.\d+", "none", text, count=1), "text among"),
        ("pools.csv", lambda text: "\udcff", "pools.csv is not text"),
    ],
)
def test_a_run_that_is_not_whole_is_told_by_its_file(
    tmp_path: Path, old: Path, file: str, spoil: Callable[[str], str | None], why: str
) -> None:
    broken = Path(shutil.copytree(old, tmp_path / "broken"))
    text = spoil((broken / file).read_text(encoding="utf-8"))
    (broken / file).unlink()
    if text is not None:
        (broken / file).write_text(text, encoding="utf-8", errors="surrogateescape")
    done = ask(old, broken, "--out", tmp_path / "diff")
    assert (done.exit_code, why in " ".join(done.stderr.split())) == (2, True), done.stderr
    assert not (tmp_path / "diff").exists()


def test_the_report_of_a_run_begins_with_what_changed_since_an_earlier_one(tmp_path: Path, old: Path) -> None:
    """The base year's rolls are others; everything else is as it was."""
    plan = small_plan(tmp_path, {**TABLES, "rolls": rolls(seed=2)})

    def forecast_since(earlier: Path, name: str, outputs: str) -> CliResult:
        words = ("forecast", plan.path, "--simulations", 100, "--quiet", "--horizon", 3, "--outputs", outputs)
        return CliRunner().invoke(
            main, [str(word) for word in (*words, "--since", earlier, "--out", tmp_path / name)]
        )

    assert forecast_since(old, "new", "csv,report").exit_code == 0
    said = (tmp_path / "new" / "report.md").read_text(encoding="utf-8")
    front = said[said.index("### What has changed since the last run") : said.index("## Contents")]
    assert "Beside the run from 2025/26, made on" in front
    assert "Primary, 2028/29: " in front
    assert "new rolls" in front
    refused = forecast_since(old, "other", "report")
    assert refused.exit_code == 2
    assert "add csv to --outputs" in refused.output
    assert forecast_since(tmp_path, "other", "csv").exit_code == 2
    assert not (tmp_path / "other").exists()
