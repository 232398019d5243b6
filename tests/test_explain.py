"""Every number of a run is the sum or product of its parts, down to the rows of the inputs."""

from __future__ import annotations

import csv
import json
import math
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from click.testing import Result as CliResult

from placeplan.bundled import bundled_folder
from placeplan.cli import main
from placeplan.evidence.explain import explain
from placeplan.evidence.runfiles import MEAN, NEAR, SUM, Node, Run, open_run
from placeplan.outputs.store import write_run
from placeplan.results import Result
from placeplan.years import AcademicYear
from small_plans import write_plan

YEAR = AcademicYear(2028)


@pytest.fixture(scope="module")
def folder(exampleshire: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("explain") / "run"
    write_run(exampleshire, target, ("csv",))
    return target


@pytest.fixture(scope="module")
def run(folder: Path) -> Run:
    return open_run(folder)


def leaves(node: Node) -> Iterator[Node]:
    if not node.parts:
        yield node
    for part in node.parts:
        yield from leaves(part)


def check_tree(node: Node) -> list[str]:
    """Every node that is not the sum or product of its parts to 1e-6."""
    wrong = []
    if node.parts:
        amounts = [part.amount for part in node.parts]
        made = sum(amounts) if node.how == SUM else math.prod(amounts)
        if node.how == MEAN:
            weights = [part.weight or 0.0 for part in node.parts]
            assert sum(weights) == pytest.approx(1.0)
            made = sum(a * w for a, w in zip(amounts, weights, strict=True))
        if abs(made - node.amount) > NEAR * max(1.0, abs(node.amount)):
            wrong.append(f"{node.label}: {node.amount} is not {made}")
    return wrong + [fault for part in node.parts for fault in check_tree(part)]


def ask(folder: Path, *words: str) -> CliResult:
    return CliRunner().invoke(main, ["explain", *words, "--run", str(folder)])


def test_every_number_of_every_area_is_made_of_its_parts(run: Run) -> None:
    cells = [
        row
        for row in run.rows("forecast")
        if row["geography"] == "area" and row["academic_year"] == "2029/30"
    ]
    assert len(cells) > 200
    for cell in cells:
        found = explain(run, cell["code"], AcademicYear(2029), cell["year_group"], cell["phase"])
        assert check_tree(found.root) == []
        assert [part.label for part in found.root.parts] == ["baseline", "housing", "adjustment"]
        assert found.places is not None
        assert check_tree(found.places) == []
        assert found.root.amount == pytest.approx(sum(part.amount for part in found.root.parts), abs=1e-6)


@pytest.mark.parametrize(("code", "group"), [("999", "total"), ("999", "R"), ("990001", "R")])
def test_authority_and_schools_have_their_trees(run: Run, code: str, group: str) -> None:
    assert check_tree(explain(run, code, YEAR, group, "primary").root) == []


def test_places_beside_a_number_are_those_of_schools_with_their_source(run: Run) -> None:
    found = explain(run, "9990009", AcademicYear(2027), "R")
    row = next(
        row
        for row in run.rows("sufficiency")
        if (row["area_code"], row["academic_year"], row["year_group"]) == ("9990009", "2027/28", "R")
    )
    assert found.places is not None
    assert found.places.amount == float(row["places"])
    assert found.places.parts[-1].label.startswith("planned places that belong to no school yet")
    assert found.places.parts[-1].amount == pytest.approx(60)
    assert all(": capacity by " in part.label for part in found.places.parts[:-1])


def test_a_district_is_the_sum_of_its_areas(run: Run) -> None:
    district = next(row["code"] for row in run.rows("forecast") if row["geography"] == "district")
    found = explain(run, district, YEAR, "R")
    assert check_tree(found.root) == []
    assert len(found.root.parts[0].parts) > 1


def test_leaves_lead_to_the_rows_of_the_inputs(run: Run) -> None:
    sample = bundled_folder("sample_data") / "exampleshire"
    with (sample / "births.csv").open(encoding="utf-8", newline="") as file:
        births = list(csv.DictReader(file))
    found = explain(run, "9990009", AcademicYear(2027), "R")
    rows = [leaf for leaf in leaves(found.root.parts[0]) if leaf.file == "births.csv"]
    assert rows
    for leaf in rows:
        assert float(births[leaf.row - 2]["births"]) == leaf.amount
        assert births[leaf.row - 2]["geography_code"] in leaf.label
    with (sample / "rolls.csv").open(encoding="utf-8", newline="") as file:
        rolls = list(csv.DictReader(file))
    found = explain(run, "9990009", AcademicYear(2027), "6")
    rows = [leaf for leaf in leaves(found.root.parts[0]) if leaf.file == "rolls.csv"]
    assert rows
    for leaf in rows:
        assert float(rolls[leaf.row - 2]["pupils"]) == leaf.amount


def test_new_homes_are_shown_by_site_and_adjustments_with_their_reason(run: Run) -> None:
    found = explain(run, "9990007", AcademicYear(2026), "R")
    adjustment = found.root.parts[2]
    assert adjustment.amount == 8
    assert adjustment.parts[0].label == "AD01: Families housed under a resettlement scheme"
    assert (adjustment.parts[0].file, adjustment.parts[0].row) == ("adjustments.csv", 2)
    share = explain(run, "9990022", AcademicYear(2027), "R").root.parts[2].parts[0]
    assert share.label == "AD03: Army houses reoccupied (2% of the forecast with new homes)"
    housing = explain(run, "9990007", AcademicYear(2030), "R").root.parts[1]
    assert {part.label.split(",")[0] for part in housing.parts} >= {"Mill Yard", "Old Weaving Sheds"}
    assert all(part.file == "housing.csv" and part.row > 1 for part in housing.parts)


def test_the_json_has_what_the_contract_names(folder: Path) -> None:
    found = json.loads(ask(folder, "9995001", "2028/29", "Year 7", "--json").stdout)
    wanted = {
        "code",
        "phase",
        "academic_year",
        "year_group",
        "pupils",
        "baseline",
        "housing",
        "adjustment",
        "p10",
        "p90",
    }
    assert wanted | {"parts"} <= set(found)
    part = found["parts"][0]
    assert {"label", "amount", "how", "source", "parts"} <= set(part)
    assert set(part["source"]) == {"file", "row"}


def test_the_terminal_and_markdown_show_the_same_tree(folder: Path) -> None:
    shown = ask(folder, "9990009", "2027/28", "R")
    assert shown.exit_code == 0
    assert "[births.csv, row" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80
    listed = ask(folder, "9990009", "2027/28", "R", "--markdown").stdout
    assert listed.startswith("**Newfield, Reception in 2027/28:")
    assert "- " in listed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("9990099", "2027/28", "R"), "no area, school, district or authority 9990099; did you mean"),
        (("9990009", "2050/51", "R"), "forecasts 9990009 from 2026/27 to"),
        (("9990009", "2027/28", "9"), "has no year group 9 in 2027/28; it has R"),
        (("9990009", "soon", "R"), "is no academic year"),
        (("9990009", "2027/28", "X"), "is no year group"),
        (("999", "2027/28", "total"), "say --phase, one of primary, secondary, sixth_form"),
        (("9990009", "2027/28", "R", "--json", "--markdown"), "exclude each other"),
    ],
)
def test_a_number_that_is_not_there_is_told_with_the_nearest(
    folder: Path, words: tuple[str, ...], said: str
) -> None:
    done = ask(folder, *words)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    done = ask(tmp_path, "A", "2027/28", "R")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "there is no run" in done.stderr


def test_a_run_that_is_not_whole_is_told_by_its_file(folder: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(folder, tmp_path / "broken"))
    cohorts = broken / "cohorts.csv"
    text = cohorts.read_text(encoding="utf-8")
    for spoilt, why in (
        (
            text.replace(
                "\ncentral,9990009,primary,2027/28,R,", "\ncentral,9990009,primary,2027/28,R,?,?,", 1
            ),
            "read",
        ),
        ("".join(text.splitlines(keepends=True)[:-1]), "rows, where the run wrote"),
    ):
        cohorts.write_text(spoilt, encoding="utf-8")
        done = ask(broken, "9990009", "2027/28", "R")
        assert (done.exit_code, why in " ".join(done.stderr.split())) == (2, True), done.output


def test_without_births_and_with_control_totals_the_tree_still_adds_up(tmp_path: Path) -> None:
    tables = {
        "areas": "area_code,area_name,phase\nA,North,primary\nB,South,primary",
        "rolls": "academic_year,area_code,R,1,2\n"
        + "\n".join(
            f"{y},{a},{n},{n + 1},{n}"
            for y in ("2023/24", "2024/25", "2025/26")
            for a, n in (("A", 60), ("B", 30))
        ),
    }
    project = write_plan(
        tmp_path, tables, {"horizon": 3, "control_total": {"percent": {"primary": {"2027/28": "5%"}}}}
    )
    made = CliRunner().invoke(
        main, ["forecast", str(project), "--out", str(tmp_path / "run"), "--outputs", "csv"]
    )
    assert made.exit_code == 0, made.stderr
    run = open_run(tmp_path / "run")
    for code, group in (("A", "R"), ("A", "2"), ("B", "total"), ("999", "total")):
        for year in (2026, 2027, 2028):
            assert check_tree(explain(run, code, AcademicYear(year), group).root) == []
    assert "control total" in {leaf.label for leaf in leaves(explain(run, "A", AcademicYear(2027), "2").root)}


def test_rows_that_are_split_over_areas_show_what_stands_there_and_the_part(run: Run) -> None:
    """Every leaf of births says what its row says, and so does every part of a ward."""
    sample = bundled_folder("sample_data") / "exampleshire"
    column = {"births.csv": "births", "geography_lookup.csv": "weight", "preferences.csv": ""}
    read = {}
    for name in column:
        with (sample / name).open(encoding="utf-8", newline="") as file:
            read[name] = list(csv.DictReader(file))
    seen = dict.fromkeys(column, 0)
    for code in sorted({row["code"] for row in run.rows("forecast") if row["code"].startswith("999000")}):
        for leaf in leaves(explain(run, code, AcademicYear(2026), "R").root):
            if leaf.file in column:
                row = read[leaf.file][leaf.row - 2]
                seen[leaf.file] += 1
                said = [row[column[leaf.file]]] if column[leaf.file] else list(row.values())
                assert leaf.amount in [
                    pytest.approx(float(one)) for one in said if one.replace(".", "").isdigit()
                ]
    assert min(seen.values()) > 0


def test_births_of_the_whole_authority_and_of_a_scenario_lead_to_their_rows(tmp_path: Path) -> None:
    tables = {
        "areas": "area_code,area_name,phase\nA,North,primary\nB,South,primary",
        "births": "birth_year,births\n" + "\n".join(f"{y}/{y - 1999},{y - 1900}" for y in range(2016, 2024)),
        "rolls": "academic_year,area_code,R,1\n"
        + "\n".join(
            f"{y},{a},{n},{n}" for y in ("2023/24", "2024/25", "2025/26") for a, n in (("A", 60), ("B", 30))
        ),
    }
    project = write_plan(tmp_path, tables, {"horizon": 3})
    (tmp_path / "fewer.yaml").write_text("births: {change: -10%, trend: -1%}\n", encoding="utf-8")
    words = ["forecast", str(project), "--out", str(tmp_path / "run"), "--outputs", "csv"]
    assert CliRunner().invoke(main, [*words, "--scenario", str(tmp_path / "fewer.yaml")]).exit_code == 0
    root = explain(open_run(tmp_path / "run"), "B", AcademicYear(2026), "R").root
    assert check_tree(root) == []
    born = root.parts[0].parts[0]
    assert born.amount == pytest.approx(121 * 0.9 * 0.99)
    row = next(leaf for leaf in leaves(born) if leaf.file == "births.csv")
    assert (row.amount, row.row, row.label) == (121, 7, "births, actual")
