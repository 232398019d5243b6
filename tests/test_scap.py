"""The School Capacity return: its parts by hand, its checks one by one, read back, filled in, and on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import numpy as np
import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from click.testing import Result as CliResult
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.datavalidation import DataValidation

from placeplan.cli import main
from placeplan.datafiles import data_rows
from placeplan.problems import InputErrors, UsageError
from placeplan.results import Result
from placeplan.returns.basis import Basis, basis_of
from placeplan.returns.build import Return, build_return
from placeplan.returns.check import check_return
from placeplan.returns.checkkinds import Found, checks_frame, explained, kinds
from placeplan.returns.checks_capacity import Subject
from placeplan.returns.forecasts import secured_places
from placeplan.returns.layouts import layout_of, layout_years
from placeplan.returns.planned import planned_rows
from placeplan.returns.readback import read_answers, read_return
from placeplan.returns.rounding import apportion, half_up, whole_numbers
from placeplan.returns.signoff import signoff_frame
from placeplan.returns.template import fill_template
from placeplan.returns.write import write_csvs, write_return_book
from placeplan.tables import output_columns
from placeplan.years import AcademicYear
from small_plans import write_plan

SAMPLE = Path(__file__).parents[1] / "sample_data" / "exampleshire"
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def basis(exampleshire: Result) -> Basis:
    return basis_of(exampleshire, "placeplan scap", NOW, NOW)


@pytest.fixture(scope="module")
def made(basis: Basis) -> Return:
    return build_return(basis, layout_of(basis.base_year))


@settings(max_examples=60)
@given(st.lists(st.floats(0, 500), min_size=1, max_size=12))
def test_whole_numbers_add_up_and_stay_within_one(cells: list[float]) -> None:
    exact = np.array(cells)
    whole = half_up(exact.sum()) if exact.sum() > 0 else 0
    found = apportion(exact, whole)
    assert found.sum() == whole
    scaled = exact * (whole / exact.sum()) if exact.sum() > 0 else exact
    assert (np.abs(found - scaled) < 1 + 1e-6).all()
    assert (found[exact == 0] == 0).all()


def test_largest_remainders_by_hand() -> None:
    """10.4 + 20.4 + 5.4 = 36.2 → 36 = 10 + 20 + 5 + 1; scaled by 36/36.2 they are 10.34, 20.29, 5.37: the last gains."""
    assert apportion(np.array([10.4, 20.4, 5.4]), 36).tolist() == [10, 20, 6]


def test_areas_add_up_to_the_rounded_authority() -> None:
    rows = pd.DataFrame({"year": "2026/27", "code": ["A", "A", "B", "B"], "pupils": [10.4, 10.4, 10.4, 10.4]})
    found = whole_numbers(rows, "pupils", ["year"], ["code"])
    assert found.sum() == 42
    assert found[:2].sum() == 21


def test_every_column_of_a_layout_has_source_and_confidence() -> None:
    assert layout_years() == [2026]
    for row in data_rows("scap/2026.csv"):
        assert row["source"]
        assert row["confidence"] in ("high", "medium", "low")
    assert all(row["source"] and row["confidence"] for row in data_rows("scap/checks.csv"))


def test_a_year_without_a_layout_takes_the_nearest_and_says_so(basis: Basis, made: Return) -> None:
    layout = layout_of(AcademicYear(2027))
    assert (layout.survey, layout.wanted) == (2026, 2028)
    said = signoff_frame(basis, replace(made, layout=layout), [])["text"].tolist()
    assert any("no layout for the survey of 2028" in words for words in said)


def test_forecasts_are_whole_and_add_up_to_the_run(basis: Basis, made: Return) -> None:
    rows = made.parts["forecasts"]
    assert (rows["pupils"] == rows["pupils"].astype(int)).all()
    frame = basis.frames["forecast"]
    totals = frame[(frame["geography"] == "authority") & (frame["year_group"] == "total")]
    exact = {
        (phase, year): pupils
        for phase, year, pupils in zip(
            totals["phase"], totals["academic_year"], totals["pupils"], strict=True
        )
    }
    sums = rows.groupby(["phase", "academic_year"])["pupils"].sum()
    assert len(sums) == 5 + 7 + 7
    for key, count in sums.items():
        assert count == half_up(exact[key])
    cells = frame[frame["geography"] == "area"].set_index(["code", "phase", "academic_year", "year_group"])[
        "pupils"
    ]
    for row in rows.sample(30, random_state=1).itertuples():
        assert abs(row.pupils - cells[row.area_code, row.phase, row.academic_year, row.year_group]) < 1.01


def test_planned_places_of_the_county_by_hand(made: Return) -> None:
    """From planned_changes.csv: PC01 new school of 60, PC02 +15, PC03 bulge of 30, PC06 closure of 210, PC08 unit of 2."""
    rows = made.parts["planned_places"]
    sums = rows.groupby("change_id")[["additional", "bulge", "removed"]].sum()
    assert sums.loc["PC01"].tolist() == [7 * 60, 0, 0]
    assert sums.loc["PC02"].tolist() == [7 * 15, 0, 0]
    assert sums.loc["PC03"].tolist() == [0, 2 * 30, 0]
    assert sums.loc["PC06"].tolist() == [0, 0, 210]
    assert sums.loc["PC08"].tolist() == [0, 0, 7 * 2]
    assert set(sums.index) == {"PC01", "PC02", "PC03", "PC06", "PC08"}
    bulge = rows[rows["change_id"] == "PC03"]
    assert list(zip(bulge["academic_year"], bulge["year_group"], strict=True)) == [
        ("2027/28", "R"), ("2028/29", "1"),
    ]  # fmt: skip


def test_places_of_the_departments_own_programme_are_left_out(basis: Basis) -> None:
    table = basis.inputs.table("planned_changes").copy()
    table.loc[table["change_id"] == "PC02", "funding"] = "Central free school programme"
    other = replace(
        basis, inputs=replace(basis.inputs, tables={**basis.inputs.tables, "planned_changes": table})
    )
    assert "PC02" not in {row["change_id"] for row in planned_rows(other, layout_of(basis.base_year))}


def test_capacity_is_the_table_of_the_county(basis: Basis, made: Return) -> None:
    """The last figure of each school in capacity.csv, also where it stands in two areas or on two sites."""
    table = pd.read_csv(SAMPLE / "capacity.csv", dtype=str, encoding="utf-8-sig")
    table = table[(table["academic_year"] <= "2025/26") & table["capacity"].notna()]
    last = table.sort_values("academic_year").groupby(["urn", "academic_year"])["capacity"]
    whole = last.apply(lambda figures: sum(map(float, figures))).groupby("urn").last()
    found = made.parts["capacity"].groupby("urn")["capacity"].sum(min_count=1).dropna()
    assert len(found) > 100
    assert (found == whole.reindex(found.index)).all()
    sites = made.parts["capacity"].set_index(["urn", "site_id", "phase"])
    assert set(sites.loc["990082"].index) == {("A", "primary"), ("B", "primary")}
    assert set(sites.loc["990088"].index) == {("", "primary"), ("", "secondary")}
    assert sites.loc[("990109", "", "secondary"), "sixth_form_capacity"] == 160
    assert sites.loc[("990096", "", "secondary"), "unit_places"] == 16


def test_areas_are_sums_of_schools(made: Return) -> None:
    schools, areas = made.parts["capacity"], made.parts["area_capacity"].set_index(["area_code", "phase"])
    for (code, phase), rows in schools.groupby(["area_code", "phase"]):
        if rows["capacity"].notna().all():
            empty = (rows["capacity"] - rows["roll"]).clip(lower=0).sum()
            assert areas.loc[(code, phase), ["roll", "capacity", "unfilled"]].tolist() == [
                rows["roll"].sum(), rows["capacity"].sum(), empty,
            ]  # fmt: skip
        else:
            assert np.isnan(areas.loc[(code, phase), "capacity"])


def test_contributions_are_pupils_of_each_site_up_to_its_secured_places(basis: Basis) -> None:
    """A site of 20 pupils has 12 places secured, another of 30 has none: 12 of 50 pupils, 6 in each of two year groups."""
    frame = basis.frames["forecast"].copy()
    year, areas = "2027/28", ("9990001", "9990002")
    frame["housing"] = 0.0
    for code in areas:
        cells = (
            (frame["geography"] == "area") & (frame["code"] == code) & (frame["phase"] == "primary")
            & (frame["academic_year"] == year) & frame["year_group"].isin(["R", "1"])
        )  # fmt: skip
        frame.loc[cells, "housing"] = 25.0
    columns = list(output_columns("housing_pupils"))
    site = {"scenario": "central", "phase": "primary", "academic_year": year}
    sites = [
        {**site, "site_id": "H", "area_code": areas[0], "pupils": 20.0, "secured_places": 12.0},
        {**site, "site_id": "J", "area_code": areas[0], "pupils": 30.0, "secured_places": np.nan},
        {**site, "site_id": "K", "area_code": areas[1], "pupils": 50.0, "secured_places": np.nan},
    ]
    frames = {**basis.frames, "forecast": frame, "housing_pupils": pd.DataFrame(sites, columns=columns)}
    rows = build_return(replace(basis, frames=frames), layout_of(basis.base_year)).parts["forecasts"]
    rows = rows[(rows["academic_year"] == year) & (rows["phase"] == "primary")]
    assert rows.loc[rows["area_code"] == areas[0], "contributions"].tolist() == [6, 6, 0, 0, 0, 0, 0]
    assert rows["contributions"].sum() == 12


def test_specialist_forecasts_come_from_the_run(basis: Basis) -> None:
    assert build_return(basis, layout_of(basis.base_year)).parts["specialist_forecasts"].empty
    columns = ["planning_area", "phase", "provision", "academic_year", "year_group", "pupils", "p10", "p90"]
    rows = [("1803001", "primary", "UR", "2026/27", "R", 12, 9, 15)]
    frames = {**basis.frames, "send_forecast": pd.DataFrame(rows, columns=columns)}
    found = build_return(replace(basis, frames=frames), layout_of(basis.base_year))
    assert found.parts["specialist_forecasts"]["pupils"].tolist() == [12]


def changed(made: Return, part: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Return:
    return replace(made, parts={**made.parts, part: change(made.parts[part].copy())})


def put(column: str, value: object, row: int = 0) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[frame.index[row], column] = value
        return frame

    return change


def bulge_stays(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[~((frame["change_id"] == "PC03") & (frame["year_group"] == "1"))]


BREAKS = (
    ("school-missing", "capacity", lambda frame: frame.iloc[1:], "990001 primary"),
    ("school-twice", "capacity", lambda frame: pd.concat([frame, frame.head(1)]), "990001 primary"),
    ("area-missing", "forecasts", lambda frame: frame[frame["area_code"] != "9990001"], "9990001 primary"),
    ("area-unknown", "forecasts", put("area_code", "9999999"), "9999999 primary"),
    ("capacity-unknown", "capacity", put("capacity", np.nan), "990001 primary"),
    ("capacity-not-adding", "capacity", put("capacity_R", 30.0), "990001 primary"),
    ("roll-above-capacity", "capacity", put("roll", 421.0), "990001 primary"),
    ("quarter-empty", "capacity", put("roll", 309.0, 4), "990005 primary"),
    ("capacity-changed", "capacity", put("capacity", 400.0), "990001 primary"),
    ("forecast-gap", "forecasts", put("pupils", np.nan), "9990001 primary 2026/27"),
    ("forecast-not-whole", "forecasts", put("pupils", 12.5), "9990001 primary 2026/27 R"),
    ("forecast-not-whole", "forecasts", put("pupils", -1.0), "9990001 primary 2026/27 R"),
    ("horizon-wrong", "forecasts", lambda frame: frame[frame["academic_year"] != "2030/31"], "primary"),
    ("cohort-discontinuity", "forecasts", put("pupils", 400.0, 1), "9990001 primary 2026/27 1"),
    ("jump-from-last-forecast", "forecasts", put("pupils", 400.0, 1), "9990001 primary 2026/27"),
    ("far-from-roll", "forecasts", put("pupils", 400.0, 1), "9990001 primary january"),
    ("contributions-above-forecast", "forecasts", put("contributions", 999.0), "9990001 primary 2026/27 R"),
    ("contributions-not-secured", "forecasts", put("contributions", 1.0), "9990001 primary"),
    ("planned-untied", "planned_places", put("urn", "111111"), "PC01 2027/28 R"),
    ("planned-untied", "planned_places", put("year_group", ""), "PC01 2027/28"),
    ("planned-not-firm", "planned_places", put("certainty", "proposed"), "PC01 2027/28 R"),
    ("planned-not-firm", "planned_places", put("academic_year", "2029/30"), "PC01 2029/30 R"),
    ("bulge-not-moving", "planned_places", bulge_stays, "PC03 2027/28 R"),
    ("removed-above-capacity", "planned_places", put("removed", 999.0, -1), "990058 primary"),
    ("removed-above-capacity", "planned_places", put("removed", 99_999.0), "9990009 primary"),
)


def found_by(made: Return, basis: Basis, check: str) -> set[str]:
    return {one.subject for one in check_return(Subject(made, basis)) if one.check == check}


@pytest.mark.parametrize(("check", "part", "change", "subject"), BREAKS)
def test_each_check_names_what_is_broken_and_nothing_before(
    made: Return, basis: Basis, check: str, part: str, change: Callable[..., pd.DataFrame], subject: str
) -> None:
    broken = changed(made, part, change)
    only = [one for one in _functions() if _code(one) == check]
    assert only, check
    before = {one.subject for run in only for one in run(Subject(made, basis))}
    after = {one.subject for run in only for one in run(Subject(broken, basis)) if one.check == check}
    assert subject in after - before


def _functions() -> list[Callable[[Subject], list[Found]]]:
    from placeplan.returns.check import CHECKS

    return list(CHECKS)


def _code(check: Callable[..., object]) -> str:
    return {
        "contributions_above": "contributions-above-forecast",
    }.get(check.__name__, check.__name__.replace("_", "-"))


def test_every_kind_of_check_has_its_function_and_every_function_its_kind() -> None:
    assert {_code(one) for one in _functions()} == set(kinds())


def test_the_countys_return_has_the_findings_that_its_tables_plant(made: Return, basis: Basis) -> None:
    assert found_by(made, basis, "capacity-unknown") == {"990078 primary"}
    assert found_by(made, basis, "capacity-changed") == {"990054 primary"}
    rows = made.parts["capacity"]
    above = rows[rows["roll"] > rows["capacity"]]
    assert found_by(made, basis, "roll-above-capacity") == {
        f"{urn} {p}" for urn, p in zip(above["urn"], above["phase"], strict=True)
    }
    errors = {one.check for one in check_return(Subject(made, basis)) if one.kind.severity == "error"}
    assert errors == {"capacity-unknown"}


def written(made: Return, basis: Basis, folder: Path) -> list[Found]:
    found = check_return(Subject(made, basis))
    checks = checks_frame(found, {name: part.sheet for name, part in made.layout.parts.items()})
    signoff = signoff_frame(basis, made, found)
    write_csvs(made, checks, signoff, folder)
    write_return_book(made, checks, signoff, "Return", int(basis.base_year), folder / "return.xlsx")
    return found


@pytest.fixture(scope="module")
def given_in(made: Return, basis: Basis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the county's return; whoever changes a file of it saves the change elsewhere."""
    folder = tmp_path_factory.mktemp("return")
    written(made, basis, folder)
    return folder


def test_a_return_reads_back_as_it_was_from_csv_and_from_the_workbook(
    made: Return, basis: Basis, given_in: Path
) -> None:
    found = check_return(Subject(made, basis))
    for place in (given_in, given_in / "return.xlsx"):
        again = read_return(place, made.layout)
        assert not again.missing
        for name, frame in made.parts.items():
            pd.testing.assert_frame_equal(again.parts[name], frame, check_dtype=False)
        assert check_return(Subject(again, basis)) == found


def test_words_of_a_return_made_elsewhere_may_be_written_otherwise(
    made: Return, given_in: Path, tmp_path: Path
) -> None:
    table = pd.read_csv(given_in / "scap_planned_places.csv", dtype=str, keep_default_na=False)
    table["Certainty"] = [word.title() for word in table["Certainty"]]
    table.to_csv(tmp_path / "scap_planned_places.csv", index=False)
    read = read_return(tmp_path, made.layout).parts["planned_places"]
    assert set(read["certainty"]) == set(made.parts["planned_places"]["certainty"])


def test_text_of_the_tables_never_becomes_a_formula(made: Return, basis: Basis, tmp_path: Path) -> None:
    bad = changed(made, "capacity", put("school_name", "=1+1"))
    written(bad, basis, tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / "return.xlsx")["Capacity"]
    assert (sheet["E2"].value, sheet["E2"].data_type) == ("=1+1", "s")


def test_faults_of_a_given_return_name_sheet_row_and_column(
    made: Return, given_in: Path, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(given_in / "return.xlsx")
    book["Forecasts"]["G3"] = "about 90"
    book["Forecasts"]["E4"] = "next year"
    book["Capacity"]["C1"] = "Unique number"
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(InputErrors) as error:
        read_return(tmp_path / "other.xlsx", made.layout)
    places = {(one.rule, one.row, one.column, one.file) for one in error.value.findings}
    assert ("scap-value", 3, "Pupils", "other.xlsx#Forecasts") in places
    assert ("scap-value", 4, "Academic year", "other.xlsx#Forecasts") in places
    assert ("scap-column-missing", 1, "URN", "other.xlsx#Capacity") in places


def test_a_missing_sheet_is_asked_about_and_no_sheet_at_all_is_no_return(
    made: Return, basis: Basis, given_in: Path, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(given_in / "return.xlsx")
    del book["Planned places"]
    book.save(tmp_path / "less.xlsx")
    less = read_return(tmp_path / "less.xlsx", made.layout)
    assert found_by(less, basis, "part-missing") == {"Planned places"}
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no part of a return"):
        read_return(tmp_path / "empty", made.layout)
    with pytest.raises(UsageError, match="no return at"):
        read_return(tmp_path / "nowhere.xlsx", made.layout)


def test_explanations_come_over_by_check_and_subject(
    made: Return, basis: Basis, given_in: Path, tmp_path: Path
) -> None:
    found = check_return(Subject(made, basis))
    out = copytree(given_in, tmp_path / "return")
    book = openpyxl.load_workbook(out / "return.xlsx")
    sheet = book["Checks"]
    place = next(row for row in range(2, 80) if sheet.cell(row, 1).value == "capacity-changed")
    sheet.cell(place, 8).value = "A block was demolished."
    book.save(out / "return.xlsx")
    again = explained(found, read_answers(out))
    answered = [one for one in again if one.explanation]
    assert [(one.check, one.explanation) for one in answered] == [
        ("capacity-changed", "A block was demolished.")
    ]
    assert not answered[0].is_open
    assert next(one for one in again if one.check == "capacity-unknown").is_open


def template(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Upload"
    sheet["A1"] = "Pupil forecasts"
    for column, heading in enumerate(
        ("Planning area code", "Phase", "Academic year", "Year group", "Pupils", "Checked"), start=2
    ):
        sheet.cell(4, column).value = heading
    rule = DataValidation(type="whole", operator="greaterThanOrEqual", formula1="0")
    rule.add("F5:F2000")
    sheet.add_data_validation(rule)
    sheet["F5"].number_format = "0000"
    book.save(path)
    return path


def test_a_template_is_filled_in_place_and_keeps_validations_and_formats(
    made: Return, tmp_path: Path
) -> None:
    matches = fill_template(made, template(tmp_path / "t.xlsx"), tmp_path / "filled.xlsx")
    assert [(one.part.name, one.sheet, one.header) for one in matches] == [("forecasts", "Upload", 4)]
    assert "Planning area" in matches[0].lacking
    sheet = openpyxl.load_workbook(tmp_path / "filled.xlsx")["Upload"]
    first = made.parts["forecasts"].iloc[0]
    assert [sheet.cell(5, column).value for column in range(2, 7)] == [
        first["area_code"], first["phase"], first["academic_year"], first["year_group"], first["pupils"],
    ]  # fmt: skip
    assert sheet["A1"].value == "Pupil forecasts"
    assert sheet["F5"].number_format == "0000"
    assert [str(rule.sqref) for rule in sheet.data_validations.dataValidation] == ["F5:F2000"]


def test_a_template_that_fits_nothing_is_refused(made: Return, tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "t.xlsx")
    with pytest.raises(UsageError, match="no sheet has the headings"):
        fill_template(made, tmp_path / "t.xlsx", tmp_path / "filled.xlsx")
    (tmp_path / "x.xlsx").write_text("no workbook")
    with pytest.raises(UsageError, match="cannot be read"):
        fill_template(made, tmp_path / "x.xlsx", tmp_path / "filled.xlsx")


PLAN = {
    "areas": "area_code,area_name,phase\nA,North,primary",
    "schools": "urn,school_name,type,low_year,high_year,primary_area\n100001,Hill School,community,R,1,A",
    "rolls": """academic_year,urn,R,1
        2022/23,100001,30,30
        2023/24,100001,30,30
        2024/25,100001,30,30
        2025/26,100001,30,30""",
    "capacity": "urn,academic_year,capacity\n100001,2025/26,90",
}


def run(*arguments: object) -> CliResult:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_command_writes_checks_and_carries_explanations_over(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, PLAN).parent
    out = tmp_path / "return"
    first = run("scap", plan, "--out", out)
    assert first.exit_code == 0, first.output
    assert first.stdout.strip() == str(out)
    story = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert (story["command"], story["survey"], story["layout"]) == ("scap", 2026, 2026)
    assert run("scap", plan, "--out", out, "--strict").exit_code == 4
    book = openpyxl.load_workbook(out / "return.xlsx")
    for row in range(2, book["Checks"].max_row + 1):
        book["Checks"].cell(row, 8).value = "Rooms are mothballed."
    book.save(out / "return.xlsx")
    done = run("scap", plan, "--out", out, "--strict")
    assert done.exit_code == 0, done.output
    assert "Rooms are mothballed." in (out / "scap_checks.csv").read_text(encoding="utf-8")


def test_the_check_alone_writes_nothing_unless_told_to(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, PLAN).parent
    out = tmp_path / "return"
    assert run("scap", plan, "--out", out, "--quiet").exit_code == 0
    before = {path.name for path in tmp_path.iterdir()}
    found = run("scap", plan, "--check", out, "--json")
    assert found.exit_code == 0, found.output
    assert {one["check"] for one in json.loads(found.stdout)["checks"]} == {"quarter-empty"}
    assert run("scap", plan, "--check", out / "return.xlsx", "--strict", "--quiet").exit_code == 4
    assert run("scap", plan, "--check", "--quiet").exit_code == 0
    assert run("scap", "--check", plan, "--quiet").exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == before
    assert run("scap", plan, "--check", out, "--out", tmp_path / "checks", "--quiet").exit_code == 0
    assert {path.name for path in (tmp_path / "checks").iterdir()} == {
        "checks.xlsx", "scap_checks.csv", "run.json",
    }  # fmt: skip
    assert run("scap", plan, "--check", "--out", out).exit_code == 2


def test_a_return_from_a_run_folder_is_that_of_the_run(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, PLAN).parent
    forecast, out, other = tmp_path / "run", tmp_path / "a", tmp_path / "b"
    assert run("forecast", plan, "--out", forecast, "--outputs", "csv", "--quiet").exit_code == 0
    assert run("scap", plan, "--run", forecast, "--out", out, "--quiet").exit_code == 0
    assert run("scap", plan, "--out", other, "--quiet").exit_code == 0
    for file in sorted(out.glob("scap_*.csv")):
        if file.name != "scap_signoff.csv":
            assert file.read_bytes() == (other / file.name).read_bytes(), file.name
    assert run("scap", plan, "--run", out, "--out", other).exit_code == 2
    assert run("scap", plan, "--run", tmp_path / "nothing", "--out", other).exit_code == 2
    (plan / "inputs" if (plan / "inputs").is_dir() else plan).joinpath("capacity.csv").write_text(
        "urn,academic_year,capacity\n100001,2025/26,91\n", encoding="utf-8"
    )
    assert run("scap", plan, "--run", forecast, "--out", other, "--quiet").exit_code == 0
    signed = (other / "scap_signoff.csv").read_text(encoding="utf-8")
    assert "These tables are not those that the run used: capacity." in signed


def test_a_folder_of_another_kind_is_left_alone(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, PLAN).parent
    other = tmp_path / "mine"
    other.mkdir()
    (other / "letter.txt").write_text("keep")
    assert run("scap", plan, "--out", other).exit_code == 2
    assert (other / "letter.txt").read_text() == "keep"
    assert run("scap", plan, "--out", tmp_path / "x", "--template", tmp_path / "none.xlsx").exit_code == 2
    assert run("scap", plan, "--out", tmp_path / "x", "--backtest", other).exit_code == 2
    assert not (tmp_path / "x").exists()


def plan_capacity(tmp_path: Path, capacity: str, high: int = 1) -> pd.Series:
    """The one row of the capacity part of a small plan with these figures."""
    schools = f"urn,school_name,type,low_year,high_year,primary_area\n100001,Hill School,community,R,{high},A"
    plan = write_plan(tmp_path, {**PLAN, "schools": schools, "capacity": capacity}).parent
    assert run("scap", plan, "--out", tmp_path / "out", "--quiet").exit_code == 0
    return pd.read_csv(tmp_path / "out" / "scap_capacity.csv").iloc[0]


def test_capacity_by_year_group_is_given_where_it_is_known(tmp_path: Path) -> None:
    head = "urn,academic_year,year_group,capacity\n"
    row = plan_capacity(tmp_path, head + "100001,2025/26,R,40\n100001,2025/26,1,30")
    assert row[["Capacity", "Capacity Reception", "Capacity Year 01"]].tolist() == [70, 40, 30]
    assert "capacity-not-adding" not in (tmp_path / "out" / "scap_checks.csv").read_text()


def test_a_figure_of_the_school_goes_before_the_sum_of_its_year_groups(tmp_path: Path) -> None:
    head = "urn,academic_year,year_group,capacity\n"
    row = plan_capacity(tmp_path, head + "100001,2025/26,,75\n100001,2025/26,R,40\n100001,2025/26,1,30")
    assert row["Capacity"] == 75
    assert (
        "sum to 70, capacity without the sixth form is 75"
        in (tmp_path / "out" / "scap_checks.csv").read_text()
    )


def test_the_may_roll_of_the_base_year_is_used_where_it_is_given(tmp_path: Path) -> None:
    rolls = "academic_year,census,urn,year_group,pupils\n" + "\n".join(
        f"{year},january,100001,{group},30"
        for year in ("2023/24", "2024/25", "2025/26")
        for group in ("R", "1")
    )
    rolls += "\n2025/26,may,100001,R,33\n2025/26,may,100001,1,31"
    plan = write_plan(tmp_path, {**PLAN, "rolls": rolls}).parent
    assert run("scap", plan, "--out", tmp_path / "out", "--quiet").exit_code == 0
    row = pd.read_csv(tmp_path / "out" / "scap_capacity.csv").iloc[0]
    assert row[["Census of the roll", "Roll Reception", "Roll total"]].tolist() == ["may", 33, 64]
    found = (tmp_path / "out" / "scap_checks.csv").read_text()
    assert "A primary may" in found
    assert "A primary january" not in found


def test_areas_without_schools_are_asked_about(tmp_path: Path) -> None:
    rolls = "academic_year,area_code,R,1\n2023/24,A,30,30\n2024/25,A,30,30\n2025/26,A,30,30"
    plan = write_plan(tmp_path, {"areas": PLAN["areas"], "rolls": rolls}).parent
    found = run("scap", plan, "--out", tmp_path / "out", "--json")
    checks = json.loads(found.stdout)["checks"]
    assert [(one["check"], one["subject"]) for one in checks] == [("part-missing", "Capacity")]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small project with its run beside it, in ``run``; take a copy."""
    plan = write_plan(tmp_path_factory.mktemp("plan"), PLAN).parent
    assert run("forecast", plan, "--out", plan / "run", "--outputs", "csv", "--quiet").exit_code == 0
    return plan


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("run.json", '{"program": "placeplan", "command": "forecast", "version": "0.1.0"}', "is not whole"),
        ("run.json", "{}", "holds no run of placeplan"),
        ("forecast.csv", "code,pupils\n1,2\n", "has no column"),
        ("forecast.csv", None, "cannot be read"),
    ],
)
def test_a_damaged_run_folder_is_refused_with_a_sentence(
    finished: Path, tmp_path: Path, file: str, content: str | None, said: str
) -> None:
    plan = copytree(finished, tmp_path / "plan")
    folder = plan / "run"
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(content, encoding="utf-8")
    found = run("scap", plan, "--run", folder, "--out", tmp_path / "out")
    assert (found.exit_code, said in found.stderr) == (2, True), found.output
    assert not (tmp_path / "out").exists()


def test_places_secured_for_secondary_go_to_the_area_that_the_primary_area_feeds(
    exampleshire: Result,
) -> None:
    housing = exampleshire.inputs.table("housing").assign(secondary_area="")
    tables = {**exampleshire.inputs.tables, "housing": housing}
    without = replace(exampleshire, inputs=replace(exampleshire.inputs, tables=tables))
    named, fed = (
        {
            (area, phase): count
            for area, phase, _, count in secured_places(basis_of(one, "placeplan scap", NOW, NOW))
        }
        for one in (exampleshire, without)
    )
    assert fed == named
    assert any(phase == "secondary" for _, phase in fed)
