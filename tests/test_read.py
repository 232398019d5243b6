"""Cells to typed tables: spellings, markers, normal forms, keys, and what is refused."""

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from placeplan.inputs.read import Location, find_tables, read_inputs
from placeplan.problems import Finding, Severity, rules
from placeplan.tables import Inputs, empty_table, table_specs, typed_table

AREAS = "area_code,area_name,phase\n012,North,primary\n"
ROLLS = "academic_year,area_code,year_group,pupils\n2021/22,012,R,30\n"

Read = Callable[..., Inputs]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write tables as CSV files, areas and rolls by default, and read the folder."""

    def read_tables(**tables: str) -> Inputs:
        for name, content in {"areas": AREAS, "rolls": ROLLS, **tables}.items():
            (tmp_path / f"{name}.csv").write_text(content, encoding="utf-8")
        return read_folder(tmp_path)

    return read_tables


def read_folder(folder: Path, **named: str) -> Inputs:
    return read_inputs(*find_tables({"folder": ".", **named}, folder))


def told(inputs: Inputs) -> list[tuple[str, int, str]]:
    return [(finding.rule, finding.row, finding.column) for finding in inputs.findings]


def only(inputs: Inputs) -> Finding:
    assert len(inputs.findings) == 1, told(inputs)
    return inputs.findings[0]


def rolls_of(*cells: str, column: str = "pupils") -> str:
    """Rolls with one row a year, from 2011/12, whose given column holds the cells."""
    lines = [f"academic_year,area_code,year_group,{column}"]
    lines += [f'{2011 + n}/{12 + n},012,R,"{cell}"' for n, cell in enumerate(cells)]
    return "\n".join(lines) + "\n"


# ---------------------------------------------------------------- finding tables


def test_tables_of_a_folder_are_read_under_their_own_names(read: Read, tmp_path: Path) -> None:
    (tmp_path / "notes.csv").write_text("x\n1\n")
    inputs = read()
    assert list(inputs.tables) == ["areas", "rolls"]
    assert not inputs.findings
    assert inputs.sources["rolls"].name == "rolls.csv"
    assert inputs.sources["rolls"].sha256 == hashlib.sha256(ROLLS.encode()).hexdigest()
    assert inputs.has("rolls")
    assert not inputs.has("births")
    assert inputs.table("births").equals(empty_table("births"))


def test_a_named_table_goes_before_the_folder(read: Read, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(ROLLS.replace("30", "31"))
    read()
    inputs = read_folder(tmp_path, rolls="mine.csv")
    assert inputs.table("rolls")["pupils"].tolist() == [31]


def test_a_sheet_of_a_workbook_is_named_after_a_hash(read: Read, tmp_path: Path) -> None:
    read()
    book = openpyxl.Workbook()
    page = book.create_sheet("Rolls 2022")
    for row in [["academic_year", "year_group", "pupils", "area_code"], ["2021/22", 1, 12, "012"]]:
        page.append(row)
    book.save(tmp_path / "book.xlsx")
    inputs = read_folder(tmp_path, rolls="book.xlsx#Rolls 2022")
    assert not inputs.findings
    assert inputs.sources["rolls"].name == "book.xlsx#Rolls 2022"
    assert inputs.table("rolls")[["year_group", "pupils"]].values.tolist() == [[1, 12]]


def test_what_cannot_be_found_is_told(read: Read, tmp_path: Path) -> None:
    read()
    assert told(read_folder(tmp_path, rolls="absent.csv")) == [("file-missing", 0, "")]
    assert "did you mean `rolls`" in only(read_folder(tmp_path, roles="rolls.csv")).message
    (tmp_path / "rolls.xlsx").write_bytes(b"x")
    assert only(read_folder(tmp_path)).rule == "table-twice"
    assert told(read_inputs(*find_tables({"folder": "absent"}, tmp_path))) == [("folder-missing", 0, "")]
    assert told(read_inputs({})) == [("needed-table-missing", 0, "")] * 2


# ---------------------------------------------------------------- headers


def test_column_names_are_trimmed_folded_and_mended(read: Read) -> None:
    inputs = read(areas=" AREA_CODE ,Area name,phase,colour,size\n012,North,Primary,red,1\n")
    assert told(inputs) == [("header-mended", 0, "Area name"), ("column-unused", 0, "colour")]
    assert "colour, size" in inputs.findings[1].message
    assert inputs.table("areas").loc[0, ["area_code", "area_name", "phase"]].tolist() == [
        "012",
        "North",
        "primary",
    ]


@pytest.mark.parametrize(
    ("tables", "column"),
    [
        ({"areas": "area_code,areaname,phase\n1,N,primary\n"}, "area_name"),
        ({"rolls": "academic_year,year_group,pupils\n2021/22,R,3\n"}, "urn"),
        ({"rolls": "academic_year,area_code,year_group\n2021/22,012,R\n"}, "pupils"),
        ({"births": "births,area_code\n3,012\n"}, "birth_year"),
        ({"housing": "site_id,area_code,dwellings\nH1,012,5\n"}, "academic_year"),
        ({"adjustments": "adjustment_id,academic_year,year_group,reason,role,made_on,urn\n"}, "amount"),
    ],
)
def test_a_missing_column_is_an_error(read: Read, tables: dict[str, str], column: str) -> None:
    inputs = read(**tables)
    missing = [finding for finding in inputs.findings if finding.rule == "needed-column-missing"]
    assert [finding.column for finding in missing] == [column]
    assert not inputs.has(next(iter(tables)))


def test_tables_without_rows(read: Read) -> None:
    inputs = read(areas="area_code,area_name,phase\n", births="birth_year,births\n")
    assert told(inputs) == [("needed-table-empty", 0, ""), ("table-empty", 0, "")]
    assert [finding.severity for finding in inputs.findings] == [Severity.ERROR, Severity.NOTE]


# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("written", "value", "rule"),
    [
        ("0", 0, ""),
        (" 30 ", 30, ""),
        ("30.0", 30, ""),
        ("1,234", 1234, "number-thousands"),
        ("12,345,678.0", None, "number-too-large"),
        ("10000000", 10_000_000, ""),
        ("10000001", None, "number-too-large"),
        ("-1", None, "number-negative"),
        ("1.5", None, "number-fractional"),
        ("1e400", None, "number-infinite"),
        ("inf", None, "number-not-a-number"),
        ("nan", None, "number-not-a-number"),
        ("0x10", None, "number-not-a-number"),
        ("1_000", None, "number-not-a-number"),
        ("١٢", None, "number-not-a-number"),
        ("12,34", None, "number-not-a-number"),
        ("five", None, "number-not-a-number"),
        ("5%", None, "number-with-percent"),
    ],
)
def test_pupils(read: Read, written: str, value: float | None, rule: str) -> None:
    inputs = read(rolls=rolls_of(written))
    pupils = inputs.table("rolls")["pupils"]
    assert pupils.tolist() == [value] if value is not None else pupils.isna().all()
    assert told(inputs) == ([(rule, 2, "pupils")] if rule else [])
    if value is None:
        assert only(inputs).severity is Severity.ERROR
        assert only(inputs).value == written.strip() == only(inputs).message.split("`")[1]


def test_births_may_be_fractional(read: Read) -> None:
    inputs = read(births="birth_year,births\n2016/17,310.5\n")
    assert inputs.table("births")["births"].tolist() == [310.5]
    assert not inputs.findings


@pytest.mark.parametrize("marker", ["z", "x", "c", "low", "supp", "u", ":", "*", "-", "C", "LOW"])
def test_official_markers_are_unknown_figures(read: Read, marker: str) -> None:
    inputs = read(rolls=rolls_of("3", marker, "4", marker))
    assert np.array_equal(inputs.table("rolls")["pupils"], [3, np.nan, 4, np.nan], equal_nan=True)
    assert told(inputs) == [("cell-suppressed", 3, "pupils")]
    assert "2 cells" in only(inputs).message


def test_blank_is_unknown_and_zero_is_none(read: Read) -> None:
    inputs = read(rolls=rolls_of("", "0"))
    assert np.array_equal(inputs.table("rolls")["pupils"], [np.nan, 0], equal_nan=True)
    assert not inputs.findings


def test_errors_past_fifty_are_counted(read: Read) -> None:
    inputs = read(rolls=rolls_of(*["many"] * 70))
    assert [finding.rule for finding in inputs.findings] == ["number-not-a-number"] * 51
    assert "20 further" in " ".join(finding.message for finding in inputs.findings)


# ---------------------------------------------------------------- years, year groups, words, dates


@pytest.mark.parametrize("written", ["2021-22", "21/22", "202122", "2021/2022"])
def test_years_in_other_spellings_are_mended(read: Read, written: str) -> None:
    inputs = read(rolls=ROLLS.replace("2021/22", written))
    assert inputs.table("rolls")["academic_year"].tolist() == [2021]
    assert told(inputs) == [("year-mended", 2, "academic_year")]


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("Dec-11", "year-turned-into-date"),
        ("11-Dec", "year-turned-into-date"),
        ("01/12/2011", "year-turned-into-date"),
        ("2011-12-01", "year-turned-into-date"),
        ("40878", "year-turned-into-date"),
        ("2021", "year-impossible"),
        ("2021/23", "year-impossible"),
        ("2199/00", "year-impossible"),
        ("", "needed-value-missing"),
    ],
)
def test_years_that_cannot_be(read: Read, written: str, rule: str) -> None:
    inputs = read(rolls=ROLLS.replace("2021/22", written))
    assert told(inputs) == [(rule, 2, "academic_year")]
    assert not inputs.has("rolls")


def test_a_date_cell_in_a_year_column_of_a_workbook(read: Read, tmp_path: Path) -> None:
    read()
    book = openpyxl.Workbook()
    rows = [
        ["academic_year", "year_group", "pupils", "area_code"],
        [dt.datetime(2011, 12, 1), "R", "12", "012"],
        ["2012/13", 1, 12.0, "012"],
    ]
    for row in rows:
        book.worksheets[0].append(row)
    book.save(tmp_path / "typed.xlsx")
    inputs = read_folder(tmp_path, rolls="typed.xlsx")
    assert told(inputs) == [
        ("year-turned-into-date", 2, "academic_year"),
        ("number-stored-as-text", 2, "pupils"),
    ]
    assert inputs.findings[0].value == "2011-12-01"


def test_year_groups(read: Read) -> None:
    rows = ["Reception", "Year 01", "7", "15", "N1", "x", "6.0"]
    lines = "".join(f"2021/22,012,{group},5\n" for group in rows)
    inputs = read(rolls="academic_year,area_code,year_group,pupils\n" + lines)
    assert inputs.table("rolls")["year_group"].tolist() == [0, 1, 7, 6]
    assert told(inputs) == [
        ("year-group-impossible", 5, "year_group"),
        ("year-group-mended", 2, "year_group"),
        ("not-counted", 6, "year_group"),
    ]


def test_words_dates_and_school_types(read: Read) -> None:
    header = "urn,school_name,type,low_year,high_year,selective,inspection_date,open_year\n"
    inputs = read(
        schools=header
        + "1,A,Academy Converter,N1,6,Yes,2024-03-01,\n"
        + "2,B,pru,R,11,n,01/09/2023,2013/14\n"
        + "3,C,Akademy,R,6,perhaps,31/02/2023,\n"
    )
    schools = inputs.table("schools")
    assert schools["type"].tolist() == ["academy", "pru", ""]
    assert schools["low_year"].tolist() == [0, 0, 0]
    assert schools["selective"].tolist() == ["yes", "no", ""]
    assert schools["inspection_date"].tolist()[:2] == [pd.Timestamp(2024, 3, 1), pd.Timestamp(2023, 9, 1)]
    assert told(inputs) == [
        ("date-impossible", 4, "inspection_date"),
        ("yesno-unclear", 4, "selective"),
        ("school-type-unknown", 4, "type"),
    ]


def test_choices_are_folded_mended_or_refused_with_the_nearest(read: Read) -> None:
    header = "change_id,kind,start_year,urn\n"
    lines = "A,Closure,2026/27,1\nB,new school,2026/27,1\nC,expantion,2026/27,1\n"
    inputs = read(planned_changes=header + lines)
    assert inputs.table("planned_changes")["kind"].tolist() == ["closure", "new_school", ""]
    assert told(inputs) == [("choice-unknown", 4, "kind"), ("choice-mended", 3, "kind")]
    assert "did you mean `expansion`" in inputs.findings[0].message


def test_a_sixth_form_is_no_phase_of_planning_areas(read: Read) -> None:
    assert told(read(areas=AREAS + "013,South,sixth_form\n")) == [("phase-impossible", 3, "phase")]


def test_a_change_without_start_year_is_an_error(read: Read) -> None:
    inputs = read(planned_changes="change_id,kind,start_year,urn\nA,closure,,1\n")
    assert told(inputs) == [("needed-value-missing", 2, "start_year")]


# ---------------------------------------------------------------- normal forms


def test_rolls_are_long_with_a_census_and_their_rows(read: Read) -> None:
    inputs = read(rolls="academic_year,area_code,r,Year 1,2,N2\n2021/22,012,30,,x,9\n\n2022/23,012,1,2,3,\n")
    rolls = inputs.table("rolls")
    assert rolls["year_group"].tolist() == [0, 1, 2] * 2
    assert np.array_equal(rolls["pupils"], [30, np.nan, np.nan, 1, 2, 3], equal_nan=True)
    assert rolls["row"].tolist() == [2, 2, 2, 4, 4, 4]
    assert rolls["census"].unique().tolist() == ["january"]
    assert told(inputs) == [("header-mended", 0, "r"), ("cell-suppressed", 2, "2"), ("not-counted", 0, "N2")]


def test_two_columns_of_one_year_group_are_refused(read: Read) -> None:
    inputs = read(rolls="academic_year,area_code,7,Year 7\n2021/22,012,30,31\n")
    assert ("column-twice", 1, "Year 7") in told(inputs)


def test_wide_errors_name_their_column(read: Read) -> None:
    inputs = read(rolls="academic_year,area_code,R,1\n2021/22,012,30,3.5\n2022/23,012,-1,3\n")
    assert told(inputs) == [("number-fractional", 2, "1"), ("number-negative", 3, "R")]


def test_births_by_midyear_and_by_calendar_year(read: Read) -> None:
    inputs = read(births="midyear,area_code,births\n2022,012,100\n2023,012,90\n")
    births = inputs.table("births")
    assert births[["birth_year", "births", "covered"]].values.tolist() == [[2021, 100, 1], [2022, 90, 1]]
    assert births["status"].tolist() == ["actual", "actual"]

    inputs = read(births="calendar_year,births,lower\n2020,120,60\n2021,90,30\n")
    births = inputs.table("births")
    assert births["birth_year"].tolist() == [2019, 2020, 2021]
    assert births["births"].tolist() == pytest.approx([80, 100, 30])
    assert births["lower"].tolist() == pytest.approx([40, 40, 10])
    assert births["covered"].tolist() == pytest.approx([8 / 12, 1, 4 / 12])
    assert births["row"].tolist() == [2, 2, 3]
    assert not inputs.findings


def test_one_birth_year_given_in_two_ways_is_a_duplicate(read: Read) -> None:
    inputs = read(births="birth_year,midyear,births\n2021/22,,100\n,2022,101\n")
    assert told(inputs) == [("key-twice", 3, "status")]
    assert "birth_year 2021/22" in only(inputs).message
    assert read(births="birth_year,midyear,births\n2021/22,,100\n,,5\n").findings[0].rule == "one-of-missing"


def test_homes_of_financial_years_are_split(read: Read) -> None:
    header = "site_id,area_code,dwellings,financial_year\n"
    inputs = read(housing=header + "H1,012,12,2026-27\nH1,012,24,2027-28\n")
    homes = inputs.table("housing")
    assert homes["academic_year"].tolist() == [2025, 2026, 2026, 2027]
    assert homes["dwellings"].tolist() == pytest.approx([5, 7, 10, 14])
    assert homes["row"].tolist() == [2, 2, 3, 3]
    assert not inputs.findings


def test_ages_become_year_groups(read: Read) -> None:
    lines = "".join(f"2022/23,unit,{age},1\n" for age in (3, 4, 18, 19))
    inputs = read(specialist="academic_year,setting,age,pupils\n" + lines)
    frame = inputs.table("specialist")
    assert np.array_equal(frame["year_group"], [np.nan, 0, 14, np.nan], equal_nan=True)
    assert frame["age"].tolist() == [3, 4, 18, 19]
    assert not inputs.findings


def test_codes_stay_text(read: Read, tmp_path: Path) -> None:
    read()
    book = openpyxl.Workbook()
    for row in [["area_code", "area_name", "phase"], [2010001.0, "N", "primary"], ["0012", "S", "primary"]]:
        book.worksheets[0].append(row)
    book.save(tmp_path / "typed.xlsx")
    assert read_folder(tmp_path, areas="typed.xlsx").table("areas")["area_code"].tolist() == [
        "2010001",
        "0012",
    ]


def test_duplicate_keys_name_both_rows(read: Read) -> None:
    inputs = read(areas=AREAS + "012,North,secondary\n012,Nord,primary\n")
    assert told(inputs) == [("key-twice", 4, "phase")]
    assert "row 2" in only(inputs).message


def test_rolls_by_school_and_site_are_told_apart(read: Read) -> None:
    header = "academic_year,year_group,pupils,urn,site_id,area_code,census\n"
    inputs = read(
        rolls=header
        + "2021/22,R,1,100,A,,january\n2021/22,R,1,100,B,,january\n2021/22,R,1,100,A,,may\n"
        + "2021/22,R,1,,,012,\n2021/22,R,1,,,013,\n2021-22,Reception,2,100,A,012,January\n"
    )
    twice = [finding for finding in inputs.findings if finding.rule == "key-twice"]
    assert [finding.row for finding in twice] == [7]
    assert "row 2" in twice[0].message


def test_wide_rolls_with_a_row_twice(read: Read) -> None:
    inputs = read(rolls="academic_year,area_code,R,1\n2021/22,012,30,3\n2021/22,012,30,3\n")
    assert told(inputs) == [("key-twice", 3, "census")]


def test_a_roll_of_no_school_and_no_area_is_an_error(read: Read) -> None:
    header = "academic_year,year_group,pupils,urn,area_code\n"
    inputs = read(rolls=header + "2021/22,R,3,,\n2021/22,R,3,,012\n")
    assert told(inputs) == [("one-of-missing", 2, "urn")]


# ---------------------------------------------------------------- boundaries


def test_boundaries(read: Read, tmp_path: Path) -> None:
    read()
    file = tmp_path / "boundaries.geojson"
    square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    feature = {"type": "Feature", "geometry": square, "properties": {"area_code": "012"}}
    file.write_text(json.dumps({"features": [feature]}))
    inputs = read_folder(tmp_path)
    assert not inputs.findings
    assert inputs.table("boundaries")["area_code"].tolist() == ["012"]
    for wrong in ["", "{", "[]", '{"features": [{}]}', "[" * 100_000, '{"features": [1]}']:
        file.write_text(wrong)
        assert only(read_folder(tmp_path)).rule == "boundaries-invalid"
    wrong_shapes: list[dict[str, object]] = [
        {"type": "Point", "coordinates": [0, 0]},
        {"type": "Polygon"},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [0, 0]]]},
        {"type": "MultiPolygon", "coordinates": [[[["a", 0], [1, 0], [1, 1], [0, 0]]]]},
    ]
    for shape in wrong_shapes:
        file.write_text(json.dumps({"features": [{**feature, "geometry": shape}]}))
        assert only(read_folder(tmp_path)).rule == "boundaries-invalid"
    file.write_text(json.dumps({"features": [{**feature, "properties": {"phase": "all"}}]}))
    assert [finding.row for finding in read_folder(tmp_path).findings] == [1, 1]


# ---------------------------------------------------------------- the tables themselves


def test_every_kind_is_held_as_the_architecture_says() -> None:
    assert {str(dtype) for dtype in empty_table("schools").dtypes} == {
        "object",
        "int64",
        "float64",
        "datetime64[ns]",
    }
    for name, spec in table_specs().items():
        frame = empty_table(name)
        assert list(frame.columns) == [*(column.name for column in spec.held), "row"]
        for column in spec.held:
            assert str(frame[column.name].dtype) == column.dtype


def test_what_is_read_has_the_types_of_a_typed_table(read: Read) -> None:
    by_hand = typed_table("rolls", pd.DataFrame([["2021/22", "R", 30, "012"]], columns=ROLLS_COLUMNS))
    pd.testing.assert_frame_equal(read().table("rolls"), by_hand)


ROLLS_COLUMNS = ["academic_year", "year_group", "pupils", "area_code"]


def test_references_of_the_tables_stand() -> None:
    specs = table_specs()
    for spec in specs.values():
        for column in spec.columns:
            assert column.meaning.endswith(".")
            if column.refers_to:
                table, _, name = column.refers_to.partition(".")
                assert name in specs[table]


def test_every_rule_has_a_remedy() -> None:
    for rule in rules().values():
        assert rule.title
        assert rule.remedy.endswith(".")


# ---------------------------------------------------------------- whatever comes

WHOLE = {
    "areas": AREAS,
    "rolls": "academic_year,area_code,R,1\n2021/22,012,30,3\n2022/23,012,x,3\n",
    "births": "calendar_year,births,area_code\n2020,12,012\n2021,15,012\n",
    "housing": "site_id,area_code,dwellings,financial_year,status\nH1,012,5,2026-27,started\n",
    "specialist": "academic_year,setting,age,pupils\n2022/23,unit,7,1\n",
    "capacity": "urn,academic_year,capacity,verified_on,disputed\n1,2021/22,210,2021-05-01,no\n",
}
PIECES = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        ["-1", "1e400", "nan", "x", "N1", "2011-12-01", "", "½", "٣", "9" * 400, "Year 7", "\u00a0"]
    ),
)
TRIES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@TRIES
@given(table=st.sampled_from(list(WHOLE)), cell=st.integers(0, 20), piece=PIECES, cut=st.booleans())
@example(table="births", cell=3, piece="9999", cut=False)
def test_mutated_tables_give_findings_or_tables(
    tmp_path: Path, table: str, cell: int, piece: str, cut: bool
) -> None:
    """Whatever stands in a cell, reading ends, types hold, and the files stay as they are."""
    lines = [line.split(",") for line in WHOLE[table].splitlines()]
    place = cell % sum(map(len, lines))
    flat: list[Any] = [(row, column) for row, line in enumerate(lines) for column in range(len(line))]
    row, column = flat[place]
    lines[row][column] = piece
    content = "\n".join(",".join(line) for line in lines).encode("utf-8", "surrogatepass")
    content = content[: place * 3] if cut else content
    for name, whole in WHOLE.items():
        (tmp_path / f"{name}.csv").write_bytes(content if name == table else whole.encode())
    inputs = read_folder(tmp_path)
    assert (tmp_path / f"{table}.csv").read_bytes() == content
    for name, frame in inputs.tables.items():
        assert [str(dtype) for dtype in frame.dtypes] == [str(dtype) for dtype in empty_table(name).dtypes]
    if table not in inputs.tables:
        assert any(finding.severity is Severity.ERROR for finding in inputs.findings)


def test_a_location_may_be_given_directly(tmp_path: Path) -> None:
    file = tmp_path / "some.csv"
    file.write_text("birth_year,births\n2016/17,3\n")
    inputs = read_inputs({"births": Location("births", file)})
    assert inputs.table("births")["births"].tolist() == [3]
