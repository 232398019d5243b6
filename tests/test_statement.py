"""The method statement says only what the run bears out; earlier forecasts are judged in the scorecard's terms."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import docx
import numpy as np
import pandas as pd
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm

from placeplan.accuracy import alarms, authority_errors, year_group_errors
from placeplan.outputs.book import write_book
from placeplan.outputs.report import report_markdown
from placeplan.outputs.report_accuracy import accuracy_page
from placeplan.outputs.sheets_accuracy import accuracy_sheet
from placeplan.outputs.views import view_run
from placeplan.results import Result
from placeplan.returns.basis import Basis, basis_of
from placeplan.returns.build import Return, build_return
from placeplan.returns.layouts import layout_of
from placeplan.returns.statement import TABLE, Block, statement
from placeplan.returns.statement_files import NO_DOCX, statement_docx, statement_markdown
from placeplan.tables import output_columns

NOW = datetime(2026, 3, 2, tzinfo=UTC)
COLUMNS = [
    "geography",
    "code",
    "phase",
    "year_group",
    "target_year",
    "made_in",
    "horizon",
    "forecast",
    "actual",
    "error",
]


@pytest.fixture(scope="module")
def basis(exampleshire: Result) -> Basis:
    return basis_of(exampleshire, "placeplan scap", NOW, NOW)


@pytest.fixture(scope="module")
def made(basis: Basis) -> Return:
    return build_return(basis, layout_of(basis.base_year))


def judged(*rows: tuple[str, str, str, int, float, float]) -> pd.DataFrame:
    """Rows of accuracy.csv: code, year group, target year, horizon, forecast, what came; primary areas."""
    cells = [
        ("area", code, "primary", group, year, f"{int(year[:4]) - ahead}/{(int(year[:4]) - ahead + 1) % 100:02d}",
         ahead, forecast, came, (forecast - came) / came)
        for code, group, year, ahead, forecast, came in rows
    ]  # fmt: skip
    return pd.DataFrame(cells, columns=COLUMNS)


def test_the_authoritys_error_is_that_of_the_sum_of_its_areas() -> None:
    """110 + 190 forecast, 100 + 200 came: 300 / 300 - 1 = 0, though the areas are out by +10% and -5%."""
    rows = judged(("A", "total", "2025/26", 1, 110, 100), ("B", "total", "2025/26", 1, 190, 200))
    assert authority_errors(rows)["error"].tolist() == [0.0]


def test_a_sum_that_lacks_an_area_is_no_figure_of_the_authority() -> None:
    rows = judged(
        ("A", "total", "2024/25", 1, 110, 100), ("A", "total", "2025/26", 1, 110, 100),
        ("B", "total", "2025/26", 1, 190, 200)
    )  # fmt: skip
    assert authority_errors(rows)["target_year"].tolist() == ["2025/26"]


def test_the_dudley_figures_of_the_scorecard() -> None:
    """Published: actual 26,179; 25,532 three years and 26,207 one year ahead: -2.4714% and +0.1070%."""
    rows = judged(("A", "total", "2024/25", 3, 25532, 26179), ("A", "total", "2024/25", 1, 26207, 26179))
    found = authority_errors(rows)
    assert np.round(100 * found["error"], 4).tolist() == [0.107, -2.4714]


def test_year_groups_of_the_authority() -> None:
    rows = judged(
        ("A", "R", "2025/26", 1, 11, 10), ("B", "R", "2025/26", 1, 33, 30), ("A", "1", "2025/26", 1, 20, 25)
    )
    found = year_group_errors(rows).set_index("year_group")["error"]
    assert np.round(found, 6).to_dict() == {"R": 0.1, "1": -0.2}


@pytest.mark.parametrize(
    ("errors", "sides"),
    [((1, 2, 3), ["high", "high"]), ((-1, -2, -1), ["low", "low"]), ((1, -2, 3), []), ((2, 3), [])],
)
def test_an_alarm_needs_three_years_on_one_side(errors: tuple[float, ...], sides: list[str]) -> None:
    years = ("2023/24", "2024/25", "2025/26")[-len(errors) :]
    rows = judged(*(("A", "total", year, 1, 100 + e, 100) for year, e in zip(years, errors, strict=True)))
    assert [one.side for one in alarms(rows)] == sides


def test_the_page_has_the_figures_of_accuracy_csv(exampleshire: Result) -> None:
    view = view_run(exampleshire)
    page = "\n".join(accuracy_page(view))
    frame = exampleshire.frames["accuracy"]
    totals = frame[(frame["year_group"] == "total") & (frame["phase"] == "primary")]
    totals = totals[(totals["made_in"] == "2024/25") & (totals["target_year"] == "2025/26")]
    forecast, came = totals["forecast"].sum(), totals["actual"].sum()
    error = f"{100 * (forecast - came) / came:+.1f}%"
    assert f"| Primary | 2025/26 | 2024/25 | 1 | {forecast:,.0f} | {came:,.0f} | {error} |" in page
    assert "Bias alarm, primary" in page
    assert "Last year's forecast against January 2026" in page
    assert "## How good earlier forecasts were" in report_markdown(view)


def test_without_earlier_forecasts_there_is_neither_page_nor_sheet(
    exampleshire: Result, tmp_path: Path
) -> None:
    none = replace(exampleshire, frames={**exampleshire.frames, "accuracy": pd.DataFrame(columns=COLUMNS)})
    view = view_run(none)
    assert not list(accuracy_page(view))
    sheets: list[str | None] = []
    write_book(
        tmp_path / "b.xlsx",
        NOW.replace(tzinfo=None),
        "x",
        lambda book: sheets.append(accuracy_sheet(book, view)),
    )
    assert sheets == [None]


def words(blocks: list[Block]) -> str:
    return statement_markdown(blocks)


def test_every_sentence_of_the_method_is_one_of_the_run(basis: Basis, made: Return) -> None:
    text = words(statement(basis, made)).replace("\\", "")
    for topic in ("History", "Ratios", "Years that count for less", "Reception", "Uncertainty", "Year 7"):
        assert basis.story["methods"][topic] in text


def test_the_statement_does_not_claim_what_the_run_did_not_do(basis: Basis, made: Return) -> None:
    forecast = basis.frames["forecast"].assign(housing=0.0, adjustment=0.0)
    plain = replace(
        basis, frames={**basis.frames, "forecast": forecast, "accuracy": pd.DataFrame(columns=COLUMNS)}
    )
    text = words(statement(plain, made))
    assert "No pupils are added for new homes." in text
    assert "pupils in 2030/31 are added" not in text
    assert "No adjustment by hand is in the forecast." in text
    assert "No earlier forecasts were given" in text
    assert "Backtest" not in text


def test_housing_and_adjustments_are_told_when_they_are_there(basis: Basis, made: Return) -> None:
    forecast = basis.frames["forecast"].copy()
    last = (
        (forecast["geography"] == "authority") & (forecast["phase"] == "primary")
        & (forecast["academic_year"] == "2030/31") & (forecast["year_group"] == "total")
    )  # fmt: skip
    forecast.loc[last, ["housing", "adjustment"]] = [123.0, 8.0]
    sites = pd.DataFrame(columns=list(output_columns("housing_pupils")))
    sites.loc[0, ["scenario", "phase", "academic_year", "dwellings", "dwellings_above_usual"]] = [
        "central", "primary", "2026/27", 400.0, 150.0,
    ]  # fmt: skip
    held = pd.DataFrame(columns=list(output_columns("adjustments_register")), dtype=object)
    names = [
        "scenario",
        "adjustment_id",
        "academic_year",
        "year_group",
        "area_code",
        "urn",
        "reason",
        "role",
        "made_on",
    ]
    held.loc[0, [*names, "amount"]] = [
        "central",
        "A1",
        "2026/27",
        "R",
        "9990001",
        "",
        "A camp",
        "officer",
        "2026-02-10",
        8.0,
    ]
    held.loc[1, [*names, "amount"]] = [
        "central",
        "A2",
        "2019/20",
        "R",
        "9990001",
        "",
        "Long ago",
        "officer",
        "",
        np.nan,
    ]
    frames = {**basis.frames, "forecast": forecast, "housing_pupils": sites, "adjustments_register": held}
    text = words(statement(replace(basis, frames=frames), made))
    pupils = float(forecast.loc[last, "pupils"].iloc[0])
    assert f"123 of {pupils:,.0f} pupils in 2030/31 are added for new homes." in text
    assert "has 400 homes" in text
    assert "150 of them are above the usual building" in text
    assert "| A1 | 2026/27 | Sampleton Inner | Reception | A camp | officer, 10 Feb 2026 | +8.0 |" in text
    assert "Long ago" not in text


def test_numbers_of_the_statement_are_those_of_the_run(basis: Basis, made: Return) -> None:
    tables = [block.rows for block in statement(basis, made) if block.kind == TABLE]
    changes = next(rows for rows in tables if rows[0][:2] == ("Phase", "Year") and "Forecast now" in rows[0])
    previous = basis.inputs.table("previous_forecasts")
    then = previous[
        (previous["made_in"] == 2024) & (previous["academic_year"] == 2026) & (previous["year_group"] < 7)
    ]
    frame = basis.frames["forecast"]
    now = frame[
        (frame["geography"] == "authority") & (frame["phase"] == "primary")
        & (frame["academic_year"] == "2026/27") & (frame["year_group"] == "total")
    ]["pupils"].iloc[0]  # fmt: skip
    assert changes[1][:4] == ("Primary", "2026/27", f"{then['pupils'].sum():,.0f}", f"{now:,.0f}")


def test_a_backtest_folder_is_told_of(basis: Basis, made: Return, tmp_path: Path) -> None:
    row = {
        "method": "combined", "geography": "authority", "phase": "primary", "horizon": 1, "n": 5, "mape": 0.0123,
        "median_ape": 0.01, "wape": 0.02, "bias": -0.004, "coverage80": 0.8, "coverage90": 0.9,
    }  # fmt: skip
    pd.DataFrame([row, {**row, "method": "other", "mape": 0.5}]).to_csv(tmp_path / "backtest_summary.csv")
    text = words(statement(basis, made, tmp_path))
    assert "| Primary | 1 | 5 | 1.2% | −0.4% | 80% |" in text
    assert "50.0%" not in text


def test_the_word_file_has_real_headings_and_the_same_tables(
    basis: Basis, made: Return, tmp_path: Path
) -> None:
    blocks = statement(basis, made)
    assert statement_docx(blocks, tmp_path / "s.docx") == []
    read = docx.Document(str(tmp_path / "s.docx"))
    headings = [p.text for p in read.paragraphs if p.style is not None and p.style.name == "Heading 1"]
    assert headings == [block.text for block in blocks if block.kind == "subheading"]
    tables = [block.rows for block in blocks if block.kind == TABLE]
    assert [[[cell.text for cell in row.cells] for row in table.rows] for table in read.tables] == [
        [[" ".join(cell.split()) for cell in row] for row in rows] for rows in tables
    ]
    assert round((read.sections[0].page_width or 0) / Mm(1)) == 210
    head, *rows = read.tables[0].rows
    ends = [row.cells[-1].paragraphs[0].alignment for row in (head, *rows)]
    assert set(ends) == {WD_ALIGN_PARAGRAPH.RIGHT}, "numbers and their heading stand on the right"
    assert all(sum(cell.width for cell in row.cells) <= Mm(175) for row in head.table.rows)


def test_the_opening_names_only_phases_that_are_forecast(basis: Basis, made: Return) -> None:
    frame = basis.frames["forecast"]
    alone = {**basis.frames, "forecast": frame[frame["phase"] == "primary"]}
    text = words(statement(replace(basis, frames=alone), made))
    assert "forecast ahead: primary 5 years. Made with" in text


def test_without_python_docx_the_user_is_told(
    basis: Basis, made: Return, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "docx", None)
    assert statement_docx(statement(basis, made), tmp_path / "s.docx") == [NO_DOCX.format(name="s.docx")]
    assert not (tmp_path / "s.docx").exists()
