"""The workbook: what stands in its cells, what its formulas give, and that it is safe to open."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pandas as pd
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from outputs_fixture import result_with, small_result
from placeplan.outputs.views import view_run
from placeplan.outputs.workbook import write_workbook
from placeplan.results import Result

pytestmark = pytest.mark.filterwarnings("ignore:Sparkline Group extension is not supported")

CELL = r"('?[^'!]+'?!)?[A-Z]+\d+"
FORMULA = re.compile(
    rf"={CELL}[-/*]{CELL}|=[A-Z]+\d+/\(form_of_entry\*\d\)|=SUM\([A-Z]+\d+:[A-Z]+\d+\)|={CELL}(\+{CELL})*"
    r"|=COUNTIFS\('Area years'.*\)"
)
"""Every form that a formula of the workbook may have."""
HOSTILE = (
    "=1+1", "+1", "-1", "@x", "\t=2+2", "\r=3+3", '=HYPERLINK("http://x","y")', "=cmd|'/c calc'!A0", "A/B: [C]*?\\'q'",
    "x" * 300, "\x07bell", "History", "&P of &N",
)  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("workbook") / "workbook.xlsx"
    write_workbook(view_run(small_result()), file)
    return file


@pytest.fixture(scope="module")
def live(path: Path) -> Workbook:
    return openpyxl.load_workbook(path)


@pytest.fixture(scope="module")
def stored(path: Path) -> Workbook:
    return openpyxl.load_workbook(path, data_only=True)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook in which every name and note is one that a spreadsheet could take for something else."""
    file = tmp_path_factory.mktemp("hostile") / "workbook.xlsx"
    write_workbook(view_run(hostile_result()), file)
    return file


def hostile_result() -> Result:
    def named(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
        cells = {
            column: pd.Series(
                [HOSTILE[(place + shift) % len(HOSTILE)] for place in range(len(table))], dtype=object
            )
            for shift, column in enumerate(columns)
        }
        return table.reset_index(drop=True).assign(**cells)

    tables, frames = small_result().inputs, small_result().frames
    result = result_with(
        areas=named(tables.table("areas"), "area_name", "district"),
        schools=named(frames["schools"], "school_name", "trust"),
        findings=named(frames["findings"], "value", "message", "file"),
        boards=named(frames["boards"], "board", "dissent", "outcome"),
    )
    changes = named(tables.table("planned_changes"), "note", "funding")
    inputs = replace(result.inputs, tables={**result.inputs.tables, "planned_changes": changes})
    authority = result.project.authority.model_copy(update={"name": "=1+1"})
    return replace(result, inputs=inputs, project=result.project.model_copy(update={"authority": authority}))


def labelled(sheet: Worksheet, label: str, below: str = "") -> list[object]:
    """The cells right of the first cell in column A that holds the label, below another label."""
    rows = list(sheet.iter_rows(values_only=True))
    start = next(place for place, row in enumerate(rows) if row[0] == below) if below else 0
    cells = next(row for row in rows[start:] if row[0] == label)
    return [cell for cell in cells[1:] if cell is not None]


def test_there_is_a_sheet_for_everything(live: Workbook) -> None:
    assert live.sheetnames[:5] == ["Contents", "Dashboard", "Summary", "Status", "Long range"]
    lists = [
        "Supply confidence",
        "Watch-list",
        "Births",
        "Assumptions",
        "Findings",
        "Area years",
        "School years",
    ]
    assert live.sheetnames[-8:] == [*lists, "Chart figures"]
    assert {"S South Vale", "Schools", "Changes and options", "Decisions"} < set(live.sheetnames)
    for sheet in live.worksheets[1:]:
        assert sheet.freeze_panes, sheet.title
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet["A3"].hyperlink.location == "'Contents'!A1"
    assert all(sheet.oddHeader.left.text == "School places in Exampleshire" for sheet in live.worksheets)
    assert all(
        sheet.oddHeader.right.text == "Base year 2025/26, scenario central" for sheet in live.worksheets
    )


def test_the_contents_lead_to_every_sheet(live: Workbook) -> None:
    links = [
        cell.hyperlink.location for line in live["Contents"].iter_rows() for cell in line if cell.hyperlink
    ]
    assert sorted(links) == sorted(f"'{name}'!A1" for name in live.sheetnames[1:])


def test_doubtful_figures_and_watched_schools_have_their_sheets(stored: Workbook) -> None:
    doubts = list(stored["Supply confidence"].iter_rows(min_row=5, values_only=True))
    assert [row[0] for row in doubts] == ["Fernhill Academy", "Cedarfield Community School, site <Annexe>"]
    assert doubts[0][9] is None
    assert doubts[1][9:13] == (414, 393.3, 434.7, 0.62)
    watched = list(stored["Watch-list"].iter_rows(min_row=5, values_only=True))
    assert [row[4] for row in watched] == ["Falling roll", "Infant classes of 30"]
    assert watched[0][6:] == ("2026/27", 0.81, 171, 177)


def test_the_sheet_of_an_area_holds_the_council_layout(stored: Workbook) -> None:
    sheet = stored["P Alderbrook"]
    assert labelled(sheet, "Places available") == [644] * 6
    assert labelled(sheet, "Demand")[0] == 579
    surplus = [round(float(str(value))) for value in labelled(sheet, "Surplus or shortage (−)")]
    assert surplus == [65, 44, 23, 1, -21, -44]
    assert labelled(sheet, "Status")[-1] == "Short"
    assert len(sheet._charts) == 2
    schools = labelled(sheet, "Alderbrook Community School")
    assert schools[:3] == ["100001", 46, 322]
    assert schools[-1] == "community"
    change = labelled(sheet, "Alderbrook Community School", "Planned changes, options and decisions")
    assert change[0] == "C1"
    assert "firm" in change
    assert "local authority" in change


def test_live_formulas_agree_with_their_stored_values(live: Workbook, stored: Workbook) -> None:
    kinds: Counter[str] = Counter()
    for sheet in live:
        for cell in (cell for line in sheet.iter_rows() for cell in line if cell.data_type == "f"):
            formula, value = str(cell.value), stored[sheet.title][cell.coordinate].value
            assert FORMULA.fullmatch(formula), formula
            kinds[re.sub(r"[^-+*/(!]", "", formula)[:2]] += 1
            if "COUNTIFS" not in formula:
                assert value == pytest.approx(computed(formula, sheet.title, stored), abs=1e-9), formula
    assert sum(kinds.values()) > 600
    assert len(kinds) > 5


def computed(formula: str, title: str, stored: Workbook) -> float:
    """The value of a formula by a second way: from the stored values of the cells that it names."""
    if ":" in formula:
        cells = stored[title][formula.removeprefix("=SUM(").removesuffix(")")]
        return sum(float(cell.value or 0) for line in cells for cell in line)
    written = formula.removeprefix("=").replace("form_of_entry", "30")
    values = []

    def value(found: re.Match[str]) -> str:
        sheet = found[0].rpartition("!")[0].strip("'") or title
        values.append(float(stored[sheet][found[0].rpartition("!")[2]].value))
        return f"values[{len(values) - 1}]"

    return float(eval(re.sub(CELL, value, written), {"values": values}))


def test_the_figures_of_the_dashboard_are_those_of_the_run(stored: Workbook) -> None:
    summary = small_result().frames["sufficiency_summary"]
    whole = summary[(summary["geography"] == "authority") & (summary["phase"] == "primary")]
    last = whole[whole["academic_year"] == "2030/31"].iloc[0]
    row = labelled(stored["Dashboard"], "Primary")
    assert row[0] == "2025/26"
    assert row[3] == pytest.approx(last["demand"])
    assert row[6] == "not known" or row[6] == pytest.approx(last["places"])
    assert row[-1] == 1
    figures = stored["Chart figures"]
    risks = labelled(figures, "2030/31", "Areas with a chance of shortfall of 20% or more")
    sufficiency = small_result().frames["sufficiency"]
    totals = sufficiency[(sufficiency["year_group"] == "total") & (sufficiency["academic_year"] == "2030/31")]
    likely = totals[totals["probability_of_shortfall"] >= 0.2].groupby("phase").size()
    assert risks == [likely.get(phase, 0) for phase in ("primary", "secondary", "sixth_form")]
    assert len(stored["Dashboard"]._charts) == 6


def test_names_and_tables_are_there_for_other_programs(live: Workbook, stored: Workbook) -> None:
    assert {"authority", "base_year", "scenario", "form_of_entry", "primary_demand", "secondary_years"} < set(
        live.defined_names
    )
    cells = live.defined_names["secondary_demand"].attr_text
    sheet, _, place = cells.rpartition("!")
    values = [line[0].value for line in stored[sheet.strip("'")][place.replace("$", "")]]
    summary = small_result().frames["sufficiency_summary"]
    whole = summary[(summary["geography"] == "authority") & (summary["phase"] == "secondary")]
    assert values == pytest.approx(whole["demand"].tolist())
    tables = {name: sheet for sheet in live for name in sheet.tables}
    assert {"AreaYears", "SchoolYears", "Summary", "Schools", "Changes", "Money", "Findings", "Status"} < set(
        tables
    )
    told = (Path(__file__).parent.parent / "docs" / "reference-outputs.md").read_text(encoding="utf-8")
    assert not [
        name for name in (*tables, *live.defined_names) if f"`{name}`" not in told and "_" not in name
    ]
    sheet = tables["AreaYears"]
    (table,) = sheet.tables.values()
    header, *rows = sheet[table.ref]
    assert [cell.value for cell in header] == [column.name for column in table.tableColumns]
    frame = small_result().frames["sufficiency"]
    assert len(rows) == (frame["year_group"] == "total").sum()


def test_unknown_places_are_words_and_make_no_formula(live: Workbook) -> None:
    sheet = live["P Fernhill"]
    assert labelled(sheet, "Places available") == ["not known"] * 6
    assert labelled(sheet, "Surplus or shortage (−)") == ["not known"] * 6


def test_the_same_run_gives_the_same_bytes(path: Path, tmp_path: Path) -> None:
    write_workbook(view_run(small_result()), tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == path.read_bytes()


def test_foreign_text_is_never_a_formula(hostile: Path) -> None:
    book = openpyxl.load_workbook(hostile)
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line if cell.value is not None]
    assert all(FORMULA.fullmatch(str(cell.value)) for cell in cells if cell.data_type == "f")
    texts = {cell.value for cell in cells if cell.data_type == "s"}
    assert {"=1+1", "+1", "-1", "@x", "=2+2", "=3+3", "=cmd|'/c calc'!A0"} < texts
    with ZipFile(hostile) as parts:
        charts = [parts.read(part).decode() for part in parts.namelist() if "/charts/chart" in part]
        relations = "".join(parts.read(part).decode() for part in parts.namelist() if part.endswith(".rels"))
        drawings = "".join(
            parts.read(part).decode() for part in parts.namelist() if "/drawings/drawing" in part
        )
    assert len(re.findall('descr="[^"]+[.]"', drawings)) == len(
        [chart for chart in charts if "<c:title>" in chart]
    )
    assert charts
    assert not any(re.search(r"<c:title>(?:(?!</c:title>).)*<c:f>", chart) for chart in charts)
    assert 'TargetMode="External"' not in relations


@pytest.mark.parametrize("which", ["path", "hostile"])
def test_the_package_is_sound(which: str, request: pytest.FixtureRequest) -> None:
    file = request.getfixturevalue(which)
    with ZipFile(file) as parts:
        assert parts.testzip() is None
        read = {name: ElementTree.fromstring(parts.read(name)) for name in parts.namelist()}
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    sheets = [one.attrib["name"] for one in read["xl/workbook.xml"].iter(f"{main}sheet")]
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in sheets)
    assert len({name.casefold() for name in sheets}) == len(sheets)
    tables = [part for name, part in read.items() if "/tables/" in name]
    names = [table.attrib["name"].casefold() for table in tables]
    names += [one.attrib["name"].casefold() for one in read["xl/workbook.xml"].iter(f"{main}definedName")
              if not one.attrib["name"].startswith("_xlnm")]  # fmt: skip
    assert len(set(names)) == len(names)
    assert all(
        re.fullmatch(r"[a-z_]\w*", name) and not re.fullmatch(r"[a-z]{1,3}\d+", name) for name in names
    )
    for table in tables:
        columns = [column.attrib["name"].casefold() for column in table.iter(f"{main}tableColumn")]
        assert len(set(columns)) == len(columns)
        assert all(columns)
    for name, part in read.items():
        for link in part.iter(f"{main}hyperlink"):
            assert link.attrib["location"].rpartition("!")[0].strip("'") in sheets, name
        for formula in part.iter("{http://schemas.openxmlformats.org/drawingml/2006/chart}f"):
            assert str(formula.text).rpartition("!")[0].strip("'") in sheets, name


@pytest.fixture(scope="module")
def recalculated(path: Path, tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    """The workbook with every stored value of a formula spoilt, opened and worked out anew by LibreOffice."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        pytest.skip("LibreOffice is not installed, so that it cannot work the formulas out")
    folder = tmp_path_factory.mktemp("office")
    spoilt, profile = folder / "spoilt.xlsx", folder / "profile"
    with ZipFile(path) as old, ZipFile(spoilt, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                part = re.sub(rb"</f><v>[^<]*</v>", b"</f><v>-999</v>", part)
            new.writestr(name, part)
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        '<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">'
        "<value>0</value></prop></item></oor:items>"
    )
    command = [
        program,
        f"-env:UserInstallation={profile.as_uri()}",
        "--headless",
        "--convert-to",
        "xlsx:Calc MS Excel 2007 XML",
    ]
    subprocess.run(
        [*command, "--outdir", str(folder / "out"), str(spoilt)], check=True, capture_output=True, timeout=120
    )
    return openpyxl.load_workbook(folder / "out" / "spoilt.xlsx", data_only=True)


def test_libreoffice_opens_it_and_works_out_the_same(
    recalculated: Workbook, live: Workbook, stored: Workbook
) -> None:
    assert recalculated.sheetnames == live.sheetnames
    assert {name for sheet in recalculated for name in sheet.tables} == {
        name for sheet in live for name in sheet.tables
    }
    count = 0
    for sheet in live:
        for cell in (cell for line in sheet.iter_rows() for cell in line if cell.data_type == "f"):
            there = recalculated[sheet.title][cell.coordinate].value
            assert there == pytest.approx(stored[sheet.title][cell.coordinate].value, rel=1e-9, abs=1e-9), (
                sheet.title,
                cell.value,
            )
            count += 1
    assert count > 600


def test_the_sheets_for_a_board_hold_the_lists_of_the_run(live: Workbook, stored: Workbook) -> None:
    book = stored
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
    header = [cell.value for cell in decisions[4]]
    change = dict(zip(header, (cell.value for cell in decisions[5]), strict=True))
    assert (change["Change"], change["Decides"], change["In time"]) == ("C1", "local authority", "decided")
    money = live["Money"]
    assert money["G5"].value == "=E5*F5"
    assert money["G5"].number_format.startswith("£")
    assert labelled(book["Proposals"], "P1")[0] == "local authority"


def test_lists_without_rows_get_no_sheet(tmp_path: Path) -> None:
    empty = {name: small_result().frames[name].head(0) for name in ("determined", "boards", "costs")}
    write_workbook(view_run(result_with(**empty)), tmp_path / "book.xlsx")
    names = openpyxl.load_workbook(tmp_path / "book.xlsx").sheetnames
    assert "Decisions" in names
    assert not {"Admission numbers", "Proposals", "Money"} & set(names)


def test_above_the_limit_only_areas_that_need_attention_have_sheets_and_counts_stay_whole(
    tmp_path: Path, live: Workbook, stored: Workbook
) -> None:
    project = small_result().project
    few = project.outputs.model_copy(update={"all_areas_up_to": 2})
    result = replace(small_result(), project=project.model_copy(update={"outputs": few}))
    write_workbook(view_run(result), tmp_path / "few.xlsx")
    book = openpyxl.load_workbook(tmp_path / "few.xlsx")
    assert len([name for name in book.sheetnames if name.startswith(("P ", "S "))]) == 2
    title = "Areas with a chance of shortfall of 20% or more"
    assert labelled(book["Chart figures"], "2030/31", title) == labelled(
        stored["Chart figures"], "2030/31", title
    )
    assert len(view_run(result, all_areas=True).shown) == len(
        [name for name in live.sheetnames if name.startswith(("P ", "S "))]
    )


def test_a_county_tells_new_homes_and_scenarios(exampleshire: Result, tmp_path: Path) -> None:
    summary = exampleshire.frames["sufficiency_summary"]
    other = summary.assign(scenario="fewer", demand=summary["demand"] - 10)
    frames = {**exampleshire.frames, "sufficiency_summary": pd.concat([summary, other], ignore_index=True)}
    shown = replace(exampleshire, frames=frames, scenarios=("central", "fewer"))
    write_workbook(view_run(shown), tmp_path / "book.xlsx")
    book = openpyxl.load_workbook(tmp_path / "book.xlsx", read_only=True, data_only=True)
    header, *rows = (row for row in book["Scenarios"].iter_rows(min_row=4, values_only=True))
    cells = [dict(zip(header, row, strict=True)) for row in rows]
    assert {cell["Scenario"]: cell["Change of demand"] for cell in cells} == {"central": 0, "fewer": -10}
    sheet = book["P Sampleton South"]
    forecast, sites = exampleshire.frames["forecast"], exampleshire.frames["housing_pupils"]
    here = (
        (forecast["code"] == "9990006")
        & (forecast["phase"] == "primary")
        & (forecast["year_group"] == "total")
    )
    pupils = labelled(sheet, "Pupils of new homes")
    assert pupils == pytest.approx(forecast.loc[here, "housing"].tolist())
    assert labelled(sheet, "All sites", "Primary with and without new homes") == pytest.approx(pupils)
    assert labelled(sheet, "Demand")[1:] == pytest.approx(labelled(sheet, "With new homes"))
    here = (sites["area_code"] == "9990006") & (sites["phase"] == "primary")
    homes = sites[here].groupby("academic_year")["dwellings"].sum()
    assert labelled(sheet, "All sites") == pytest.approx(homes.tolist())
    movement_holds(book, exampleshire)
    book.close()


def movement_holds(book: Workbook, result: Result) -> None:
    """The sheets on movement hold the rows of their CSVs, with names beside the codes and differences worked out."""
    pairs = result.frames["transfer_shares"]
    rows = listed_rows(book, "Transfers")
    assert [row["Pupils a year"] for row in rows] == pytest.approx(pairs["pupils"].tolist())
    assert {row["To"] for row in rows if row["Code to"] == "OUT"} == {"Outside the authority"}
    assert {row["From"] for row in rows if row["Code from"] == "9990006"} == {"Sampleton South"}
    assert all(
        row["Taken in"] == pytest.approx(row["At its schools"] - row["Living there"])
        for row in listed_rows(book, "Residents")
    )
    rows = listed_rows(book, "Coming September")
    changes = result.frames["intake_signals"]
    assert sum(row["Change"] for row in rows) == pytest.approx(
        (changes["corrected"] - changes["model"]).sum()
    )
    assert {row["Into"] for row in rows} == {"Reception", "Year 3", "Year 7"}
    held = {row["Phase"]: row["Places to hold"] for row in listed_rows(book, "Censuses") if row["Place"] == "Exampleshire"
            and row["Year group"] == "All"}  # fmt: skip
    assert held["Primary"] == pytest.approx(144, abs=0.5)


def listed_rows(book: Workbook, sheet: str) -> list[dict[str, object]]:
    """Return the rows of a list, by its headers."""
    header, *rows = (row for row in book[sheet].iter_rows(min_row=4, values_only=True))
    return [dict(zip(header, row, strict=True)) for row in rows]
