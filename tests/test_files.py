"""Files to cells: separators, encodings, workbooks, and everything that can be wrong with a file."""

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placeplan.inputs.files import Cells, read_cells
from placeplan.problems import InputErrors

KNOWN = {"area_code", "area_name", "pupils", "year"}
PLAIN = b"area_code,area_name,pupils\n012,Nord,5\n013,South,6\n"

Save = Callable[..., Path]


def cells_of(path: Path, sheet: str = "") -> Cells:
    return read_cells(path, sheet, KNOWN.__contains__)


def rules_broken(path: Path, sheet: str = "") -> list[tuple[str, int]]:
    with pytest.raises(InputErrors) as caught:
        cells_of(path, sheet)
    for finding in caught.value.findings:
        assert finding.remedy
        assert finding.file.startswith(path.name)
    return [(finding.rule, finding.row) for finding in caught.value.findings]


@pytest.fixture
def saved(tmp_path: Path) -> Save:
    def save(content: bytes, name: str = "areas.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return save


@pytest.fixture
def workbook(tmp_path: Path) -> Save:
    def save(**sheets: list[list[Any]]) -> Path:
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for title, rows in sheets.items():
            page = book.create_sheet(title)
            for row in rows:
                page.append(row)
        path = tmp_path / "areas.xlsx"
        book.save(path)
        return path

    return save


@pytest.mark.parametrize("separator", [b",", b";", b"\t"])
@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_separators_line_ends_and_byte_order_marks(
    saved: Save, separator: bytes, ending: bytes, mark: bytes
) -> None:
    content = mark + PLAIN.replace(b",", separator).replace(b"\n", ending)
    cells = cells_of(saved(content))
    assert cells.header == ("area_code", "area_name", "pupils")
    assert cells.columns == (["012", "013"], ["Nord", "South"], ["5", "6"])
    assert cells.rows == [2, 3]


def test_windows_text_is_read(saved: Save) -> None:
    assert cells_of(saved("area_code,area_name\n1,Döbeln’s\n".encode("cp1252"))).columns[1] == ["Döbeln’s"]


def test_the_separator_is_the_one_that_makes_names_known(saved: Save) -> None:
    content = b"area_code;area_name;a,b,c,d,e\n1;North, east;x\n"
    assert cells_of(saved(content)).columns[1] == ["North, east"]


def test_blank_rows_are_left_out_but_counted(saved: Save) -> None:
    content = b"\n\narea_code,area_name\n\n1,A\n , \n,,,\n2,B\n"
    cells = cells_of(saved(content))
    assert cells.rows == [5, 8]
    assert cells.columns[0] == ["1", "2"]


def test_line_breaks_in_quoted_cells_keep_the_count_of_a_spreadsheet(saved: Save) -> None:
    content = b'area_code,area_name\n1,"A\nB"\n2,"say ""C"", D"\n'
    cells = cells_of(saved(content))
    assert cells.rows == [2, 3]
    assert cells.columns[1] == ["A\nB", 'say "C", D']


@pytest.mark.parametrize(
    ("content", "broken"),
    [
        (b"", [("file-empty", 0)]),
        (b" \r\n \n", [("file-empty", 0)]),
        (b"\xef\xbb\xbf", [("file-empty", 0)]),
        (b",,\n,,\n", [("file-empty", 0)]),
        (b"1,2,3\n4,5,6\n", [("header-not-recognised", 1)]),
        (b"area_code,pupils,Area Code\n1,2,3\n", [("column-twice", 1)]),
        (b"area_code,pupils\n1,2,3\n4,5\n6,7,8\n", [("row-too-long", 2), ("row-too-long", 4)]),
        (b"area_code,pupils\n1,2\n3\n", [("row-too-short", 3)]),
        (b'area_code,pupils\n1,2\n"3,4\n5,6\n', [("quote-unclosed", 3)]),
        (b'area_code,pupils\n1,2\n"3"x,4\n', [("quote-unclosed", 3)]),
        (b"area_code,pupils\n1,\x00\n", [("file-encoding", 0)]),
        (b"area_code,pupils\n1,\x07\n", [("file-encoding", 2)]),
        (b"area_code,pupils\n1,\x81\n", [("file-encoding", 2)]),
        ("area_code,pupils\n1,2\n".encode("utf-16"), [("file-encoding", 0)]),
        ("area_code,pupils\n1,2\n".encode("utf-16-le"), [("file-encoding", 0)]),
        (b"area_code,pupils\n1,#REF!\n", [("cell-error", 2)]),
    ],
)
def test_faults_of_text_files(saved: Save, content: bytes, broken: list[tuple[str, int]]) -> None:
    assert rules_broken(saved(content)) == broken


def test_many_faulty_rows_are_counted_past_fifty(saved: Save) -> None:
    path = saved(b"area_code,pupils\n" + b"1,2,3\n" * 80)
    with pytest.raises(InputErrors) as caught:
        cells_of(path)
    assert len(caught.value.findings) == 51
    assert "30 more" in " ".join(finding.message for finding in caught.value.findings)


def test_workbook_cells_are_as_a_person_types_them(workbook: Save) -> None:
    rows = [
        ["area_code", "area_name", "pupils", "year"],
        [2010001.0, "North", 5, dt.datetime(2011, 12, 1)],
        [None, None, None, None],
        ["012", True, "7", 2.5],
    ]
    cells = cells_of(workbook(Sheet1=rows))
    assert cells.columns == (["2010001", "012"], ["North", "TRUE"], ["5", "7"], ["2011-12-01", "2.5"])
    assert cells.rows == [2, 4]
    assert cells.dates == {(2, 3)}
    assert cells.text_numbers == {(4, 0), (4, 2)}


def test_a_sheet_is_found_by_name(workbook: Save) -> None:
    path = workbook(Notes=[["nothing"]], Areas=[["area_code"], [1]])
    assert cells_of(path, "areas ").columns == (["1"],)
    assert cells_of(path, "Areas").name == "areas.xlsx#Areas"
    assert rules_broken(path) == [("header-not-recognised", 1)]
    with pytest.raises(InputErrors) as caught:
        cells_of(path, "Area")
    assert "`Notes`, `Areas`" in caught.value.findings[0].message


def test_empty_columns_and_rows_at_the_end_of_a_sheet_are_dropped(workbook: Save) -> None:
    cells = cells_of(workbook(S=[["area_code", None, ""], [1, None, ""], ["", " ", None]]))
    assert cells.header == ("area_code",)
    assert cells.columns == (["1"],)


def test_faults_of_workbooks(workbook: Save, saved: Save) -> None:
    assert rules_broken(workbook(S=[["area_code"], ["=1+1"]])) == [("formula-without-value", 2)]
    assert rules_broken(workbook(S=[])) == [("file-empty", 0)]
    assert rules_broken(workbook(S=[["area_code"], ["#N/A"]])) == [("cell-error", 2)]
    whole = workbook(S=[["area_code"], [1]]).read_bytes()
    assert rules_broken(saved(whole[: len(whole) // 2], "cut.xlsx")) == [("file-unreadable", 0)]
    assert rules_broken(saved(whole, "areas.csv")) == [("file-mislabelled", 0)]
    assert rules_broken(saved(PLAIN, "areas.xlsx")) == [("file-mislabelled", 0)]
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    assert rules_broken(saved(old, "areas.xls")) == [("file-old-format", 0)]
    locked = old + "EncryptedPackage".encode("utf-16-le")
    assert rules_broken(saved(locked, "areas.xlsx")) == [("file-locked", 0)]


def test_a_sheet_of_a_text_file_or_a_folder_cannot_be_read(saved: Save, tmp_path: Path) -> None:
    assert rules_broken(saved(PLAIN), "Sheet1") == [("sheet-missing", 0)]
    assert rules_broken(tmp_path) == [("file-unreadable", 0)]


def _book() -> bytes:
    book = openpyxl.Workbook()
    for row in [["area_code", "pupils"], ["012", 5], [dt.date(2020, 1, 1), "=A1"]]:
        book.worksheets[0].append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


BOOK = _book()
TRIES = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _only_findings(path: Path, content: bytes) -> None:
    """Reading gives cells or findings, nothing else, and leaves the file alone."""
    path.write_bytes(content)
    findings, cells = [], None
    try:
        cells = cells_of(path)
    except InputErrors as error:
        findings = error.findings
    assert findings or cells
    if cells:
        assert all(len(column) == len(cells.rows) for column in cells.columns)
    assert path.read_bytes() == content


@TRIES
@given(content=st.binary(max_size=300), ending=st.sampled_from([".csv", ".xlsx", ".xls", ""]))
def test_random_bytes_never_raise(tmp_path: Path, content: bytes, ending: str) -> None:
    _only_findings(tmp_path / f"areas{ending}", content)


@TRIES
@given(place=st.integers(0, len(BOOK) - 1), change=st.binary(min_size=1, max_size=6), cut=st.booleans())
def test_damaged_workbooks_never_raise(tmp_path: Path, place: int, change: bytes, cut: bool) -> None:
    content = BOOK[:place] if cut else BOOK[:place] + change + BOOK[place + len(change) :]
    _only_findings(tmp_path / "areas.xlsx", content)


@TRIES
@given(place=st.integers(0, len(PLAIN)), change=st.binary(max_size=6), cut=st.booleans())
def test_damaged_text_never_raises(tmp_path: Path, place: int, change: bytes, cut: bool) -> None:
    content = PLAIN[:place] if cut else PLAIN[:place] + change + PLAIN[place + len(change) :]
    _only_findings(tmp_path / "areas.csv", content)
