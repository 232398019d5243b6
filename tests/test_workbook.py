"""The workbook: what stands in its cells, what its formulas give, and that it is safe to open."""

from __future__ import annotations

import re
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from outputs_fixture import result_with, small_result
from placeplan.outputs.views import view_run
from placeplan.outputs.workbook import write_workbook

FORMULA = re.compile(r"^=([A-Z]+\d+)([-/*])([A-Z]+\d+|\d+)$|^=SUM\(([A-Z]+\d+):([A-Z]+\d+)\)$")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("workbook") / "workbook.xlsx"
    write_workbook(view_run(small_result()), file)
    return file


def labelled(sheet: Worksheet, label: str) -> list[object]:
    """The cells right of the first cell in column A that holds the label."""
    cells = next(row for row in sheet.iter_rows(values_only=True) if row[0] == label)
    return [cell for cell in cells[1:] if cell is not None]


def test_there_is_a_sheet_for_everything(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[:4] == ["Contents", "Summary", "Status", "Long range"]
    lists = ["Schools", "Supply confidence", "Watch-list", "Births", "Assumptions", "Findings"]
    assert book.sheetnames[-6:] == lists
    assert "S South Vale" in book.sheetnames
    assert all(book[name].freeze_panes for name in book.sheetnames if name not in ("Contents", "Assumptions"))
    assert all(book[name].page_setup.fitToHeight == 0 for name in book.sheetnames)


def test_doubtful_figures_and_watched_schools_have_their_sheets(path: Path) -> None:
    book = openpyxl.load_workbook(path, data_only=True)
    doubts = list(book["Supply confidence"].iter_rows(min_row=4, values_only=True))
    assert [row[0] for row in doubts] == ["Fernhill Academy", "Cedarfield Community School, site <Annexe>"]
    assert doubts[0][9] is None
    assert doubts[1][9:13] == (414, 393.3, 434.7, 0.62)
    watched = list(book["Watch-list"].iter_rows(min_row=4, values_only=True))
    assert [row[4] for row in watched] == ["Falling roll", "Infant classes of 30"]
    assert watched[0][6:] == ("2026/27", 0.81, 171, 177)


def test_the_sheet_of_an_area_holds_the_council_layout(path: Path) -> None:
    sheet = openpyxl.load_workbook(path, data_only=True)["P Alderbrook"]
    assert labelled(sheet, "Places available") == [644] * 6
    assert labelled(sheet, "Demand")[0] == 579
    assert [round(float(str(value))) for value in labelled(sheet, "Surplus or shortage (−)")] == [
        65,
        44,
        23,
        1,
        -21,
        -44,
    ]
    assert labelled(sheet, "Status")[-1] == "Short"
    assert len(sheet._charts) == 1


def test_live_formulas_agree_with_their_stored_values(path: Path) -> None:
    live, stored = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    count = 0
    for sheet in live:
        values = stored[sheet.title]
        for cell in (cell for line in sheet.iter_rows() for cell in line if cell.data_type == "f"):
            count += 1
            assert values[cell.coordinate].value == pytest.approx(computed(str(cell.value), values), abs=1e-9)
    assert count > 300


def computed(formula: str, values: Worksheet) -> float:
    found = FORMULA.match(formula)
    assert found, formula
    if found[4]:
        return sum(float(cell.value) for line in values[f"{found[4]}:{found[5]}"] for cell in line)
    left = float(values[found[1]].value)
    right = float(found[3]) if found[3].isdigit() else float(values[found[3]].value)
    return {"-": left - right, "/": left / right, "*": left * right}[found[2]]


def test_unknown_places_are_words_and_make_no_formula(path: Path) -> None:
    sheet = openpyxl.load_workbook(path)["P Fernhill"]
    assert labelled(sheet, "Places available") == ["not known"] * 6
    assert labelled(sheet, "Surplus or shortage (−)") == ["not known"] * 6


def test_the_same_run_gives_the_same_bytes(path: Path, tmp_path: Path) -> None:
    write_workbook(view_run(small_result()), tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        '=HYPERLINK("http://x","y")', "+1", "@SUM(A1)", "-2+3",
        "A/B: [C]*?\\'quoted'", "x" * 300, "\x07bell", "History",
    ],
)  # fmt: skip
def test_foreign_names_are_text_and_sheets_keep_legal_names(name: str, tmp_path: Path) -> None:
    areas = small_result().inputs.table("areas").copy()
    areas["area_name"] = pd.Series([name] * len(areas), dtype=object)
    schools = small_result().frames["schools"].copy()
    schools["school_name"] = pd.Series([name] * len(schools), dtype=object)
    write_workbook(view_run(result_with(areas=areas, schools=schools)), tmp_path / "book.xlsx")
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    assert all(len(title) <= 31 and not set(title) & set("[]:*?/\\'") for title in book.sheetnames)
    assert len({title.casefold() for title in book.sheetnames}) == len(book.sheetnames)
    formulas = [
        cell.value for sheet in book for line in sheet.iter_rows() for cell in line if cell.data_type == "f"
    ]
    assert all(FORMULA.match(str(formula)) for formula in formulas)
    with ZipFile(tmp_path / "book.xlsx") as parts:
        relations = "".join(parts.read(part).decode() for part in parts.namelist() if part.endswith(".rels"))
    assert 'TargetMode="External"' not in relations


def test_the_sheets_for_a_board_hold_the_lists_of_the_run(path: Path) -> None:
    book = openpyxl.load_workbook(path, data_only=True)
    assert {
        "Published measures",
        "Powers",
        "Decisions",
        "Admission numbers",
        "Money",
        "Proposals",
        "Kinds of school",
    } < set(book.sheetnames)
    decisions = book["Decisions"]
    header = [cell.value for cell in decisions[3]]
    change = dict(zip(header, (cell.value for cell in decisions[4]), strict=True))
    assert (change["Change"], change["Decides"], change["In time"]) == ("C1", "local authority", "decided")
    money = openpyxl.load_workbook(path)["Money"]
    assert str(money["G4"].value).startswith("=E4*F4")
    assert money["G4"].number_format.startswith("£")
    assert labelled(book["Proposals"], "P1")[0] == "local authority"


def test_lists_without_rows_get_no_sheet(tmp_path: Path) -> None:
    empty = {name: small_result().frames[name].head(0) for name in ("determined", "boards", "costs")}
    write_workbook(view_run(result_with(**empty)), tmp_path / "book.xlsx")
    names = openpyxl.load_workbook(tmp_path / "book.xlsx").sheetnames
    assert "Decisions" in names
    assert not {"Admission numbers", "Proposals", "Money"} & set(names)
