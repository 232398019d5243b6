"""The local SEND reform plan: against the tables it rests on, and its checks."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook

from placeplan.datafiles import data_rows
from placeplan.outputs.reform_book import write_reform_book
from placeplan.results import Result
from placeplan.send.make import SendMade
from placeplan.send.reformplan import reform_findings, reform_plan

TABLES = ["5.1", "6", "7", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "7.7", "10", "11", "12"]


@pytest.fixture(scope="module")
def made(exampleshire_plans: SendMade) -> SendMade:
    return exampleshire_plans


@pytest.fixture(scope="module")
def plan(exampleshire: Result, made: SendMade) -> pd.DataFrame:
    inputs = exampleshire.inputs
    return reform_plan(made, inputs.table("specialist"), inputs.table("specialist_flows"))


def values(plan: pd.DataFrame, table: str, year: int) -> pd.Series:
    rows = plan[(plan["table"] == table) & (plan["year"] == year)]
    return rows.set_index("label")["value"]


def test_it_has_every_table_five_years_and_fourteen_provisions(plan: pd.DataFrame) -> None:
    assert list(dict.fromkeys(plan["table"])) == TABLES
    assert sorted(set(plan["year"])) == [2025, 2026, 2027, 2028, 2029]
    assert len(values(plan, "6", 2025)) == 14
    assert len(values(plan, "7", 2025)) == 13
    told = plan["value"].dropna()
    assert (told == told.round()).all()


def test_the_known_year_is_what_the_tables_count(exampleshire: Result, plan: pd.DataFrame) -> None:
    specialist, flows = (exampleshire.inputs.table(name) for name in ("specialist", "specialist_flows"))
    now = specialist[specialist["academic_year"] == 2025]
    age = now["age"].fillna(now["year_group"] + 4)
    assert values(plan, "5.1", 2025)["5-10"] == now.loc[age.between(5, 10), "pupils"].sum()
    assert (
        values(plan, "7", 2025)["Autistic spectrum disorder"] == now.loc[now["need"] == "ASD", "pupils"].sum()
    )
    special = now[(now["need"] == "SLD") & (now["setting"] == "state_special")]["pupils"].sum()
    assert values(plan, "7.4", 2025)["Severe learning difficulty"] == special
    for table, flow in (("10", "request"), ("11", "assessment"), ("12", "new")):
        wanted = flows[(flows["academic_year"] == 2025) & (flows["flow"] == flow)]["pupils"].sum()
        assert values(plan, table, 2025).sum() == wanted


def test_a_forecast_year_is_the_forecast(made: SendMade, plan: pd.DataFrame) -> None:
    for table in ("5.1", "6", "7"):
        for ahead in range(4):
            assert values(plan, table, 2026 + ahead).sum() == round(made.central.stock[ahead].sum())
    assert values(plan, "6", 2027)["Alternative Provision"] == pytest.approx(
        made.central.stock[1][6].sum(), abs=1
    )


def test_requests_ahead_follow_new_plans_by_age_group(
    exampleshire: Result, made: SendMade, plan: pd.DataFrame
) -> None:
    flows = exampleshire.inputs.table("specialist_flows")
    recent = flows[flows["academic_year"] > 2022]
    age = recent["age"].fillna(recent["year_group"] + 4)
    asked, given = (
        recent[(recent["flow"] == flow) & age.between(5, 10)]["pupils"].sum() for flow in ("request", "new")
    )
    assert made.rates is not None
    wanted = asked / given * made.rates.new[0][:, 5:11].sum()
    assert values(plan, "10", 2026)["5-10"] == pytest.approx(wanted, abs=1)


def test_the_checks_name_what_is_blank_missing_or_out_of_order(plan: pd.DataFrame) -> None:
    assert {finding.rule for finding in reform_findings(plan)} == {"lsrp-layout", "lsrp-not-told"}
    broken = plan.copy()
    at = broken["year"] == 2026
    broken.loc[at & (broken["table"] == "11"), "value"] = 9999
    broken.loc[at & (broken["table"] == "6") & (broken["label"] == "Alternative Provision"), "value"] += 7
    broken.loc[at & (broken["table"] == "7") & broken["label"].str.startswith("SEN support"), "value"] = 3
    broken.loc[(broken["table"] == "12") & (broken["year"] >= 2028), "value"] = float("nan")
    said = {finding.rule: finding.message for finding in reform_findings(broken)}
    assert set(said) == {
        "lsrp-layout", "lsrp-not-told", "lsrp-order", "lsrp-totals-differ", "lsrp-need-blank", "lsrp-years-missing"
    }  # fmt: skip
    assert "table 12 has no numbers for 2028 to 2029:" in said["lsrp-years-missing"]


def test_every_label_of_all_plans_is_counted_once() -> None:
    layout = data_rows("lsrp/2026.csv")
    for table in ("6", "7.1 7.2 7.3 7.4 7.5 7.6 7.7"):
        seen: list[tuple[str, int]] = []
        for row in layout:
            if row["table"] in table.split() and (row["needs"] in ("", "ASD")) and row["settings"]:
                low, high = map(int, row["ages"].split("-"))
                seen += [
                    (setting, age) for setting in row["settings"].split() for age in range(low, high + 1)
                ]
        assert len(seen) == len(set(seen))
        assert table != "6" or len(seen) == 8 * 26


def test_the_workbook_has_a_sheet_a_table_with_live_totals(plan: pd.DataFrame, tmp_path: Path) -> None:
    write_reform_book(plan, "Exampleshire", tmp_path / "plan.xlsx")
    book = load_workbook(tmp_path / "plan.xlsx")
    assert book.sheetnames == [f"Table {name}" for name in TABLES]
    sheet = book["Table 5.1"]
    assert [cell.value for cell in sheet["A"][3:9]] == ["Under 5", "5-10", "11-15", "16-19", "20-25", "Total"]
    assert str(sheet["B9"].value).startswith("=SUM(B4:B8")
