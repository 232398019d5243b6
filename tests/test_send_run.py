"""High needs in a run of the mainstream forecast: files, reconciliation, report, sheets, explain."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from placeplan.cli import main
from placeplan.evidence.explain import explain
from placeplan.evidence.runfiles import INPUT, MEAN, PRODUCT, Node, open_run
from placeplan.highneeds import with_high_needs
from placeplan.outputs.store import write_run
from placeplan.problems import UsageError
from placeplan.results import Result
from placeplan.send.make import SendMade
from placeplan.tables import empty_table, output_files
from placeplan.years import AcademicYear


@pytest.fixture(scope="module")
def run(exampleshire: Result) -> Result:
    return with_high_needs(exampleshire)


@pytest.fixture(scope="module")
def folder(run: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("run") / "run"
    write_run(run, into, ("csv", "report", "workbook"))
    return into


def without(result: Result, *tables: str) -> Result:
    kept = {
        name: empty_table(name) if name in tables else table for name, table in result.inputs.tables.items()
    }
    return replace(result, inputs=replace(result.inputs, tables=kept))


def test_a_run_without_plans_is_left_as_it_is(exampleshire: Result) -> None:
    bare = without(exampleshire, "specialist")
    assert with_high_needs(bare) is bare


def test_a_run_with_plans_has_further_files(run: Result, folder: Path) -> None:
    for name in (one for one in output_files() if one.startswith("send_") and one != "send_scenarios"):
        assert (
            len((folder / f"{name}.csv").read_text(encoding="utf-8").splitlines())
            == len(run.frames[name]) + 1
        )
    first = (folder / "send_forecast.csv").read_text(encoding="utf-8").splitlines()[0]
    assert first == "planning_area,phase,provision,academic_year,year_group,pupils,p10,p90,scenario"


def test_the_short_forecast_is_that_of_placeplan_send(exampleshire_plans: SendMade, run: Result) -> None:
    for name, columns in (
        ("send_forecast", ["pupils", "p10", "p90"]),
        ("send_places", ["in_area", "places", "surplus"]),
    ):
        whole, short = exampleshire_plans.frames[name], run.frames[name]
        whole = whole[whole["academic_year"].isin(set(short["academic_year"]))]
        assert short[columns].to_numpy() == pytest.approx(whole[columns].to_numpy(dtype=float), nan_ok=True)


def test_plans_later_than_the_base_year_are_not_known(exampleshire: Result) -> None:
    earlier = with_high_needs(replace(exampleshire, base_year=AcademicYear(2023)))
    assert earlier.frames["send_forecast"]["academic_year"].min() == "2024/25"


def test_years_before_a_gap_are_left_out(exampleshire: Result) -> None:
    specialist = exampleshire.inputs.table("specialist")
    tables = {**exampleshire.inputs.tables, "specialist": specialist[specialist["academic_year"] != 2023]}
    gap = replace(exampleshire, inputs=replace(exampleshire.inputs, tables=tables))
    found = with_high_needs(gap, whole=False)
    assert found.frames["send_forecast"]["academic_year"].min() == "2026/27"
    assert "plans-stocks-only" in {finding.rule for finding in found.findings}


def test_plans_that_cannot_be_forecast_are_a_finding_and_no_fault(exampleshire: Result) -> None:
    specialist = exampleshire.inputs.table("specialist").assign(pupils=0.0)
    tables = {**exampleshire.inputs.tables, "specialist": specialist}
    del tables["specialist_flows"]
    found = with_high_needs(replace(exampleshire, inputs=replace(exampleshire.inputs, tables=tables)))
    assert "send_forecast" not in found.frames
    assert "plans-not-forecast" in set(found.frames["findings"]["rule"])


def test_steps_conserve_children(run: Result) -> None:
    steps = run.frames["send_steps"]
    flows = steps["before"] - steps["ceased"] - steps["moved_out"] + steps["moved_in"] + steps["new"]
    assert flows.to_numpy() == pytest.approx(steps["pupils"].to_numpy())
    moved = steps.groupby(["academic_year", "age"])[["moved_in", "moved_out"]].sum()
    assert moved["moved_in"].to_numpy() == pytest.approx(moved["moved_out"].to_numpy())


def test_residents_and_rolls_are_reconciled_and_never_added(run: Result) -> None:
    rows = run.frames["send_reconciliation"]
    residents = rows[rows["population"] == "residents with a plan"]
    parts = residents[["within_roll", "in_units", "out_of_area", "elsewhere"]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(residents["pupils"].to_numpy())
    known = residents[residents["basis"] == "known"].set_index("group")
    specialist = run.inputs.table("specialist")
    now = specialist[specialist["academic_year"] == int(run.base_year)]
    assert known.loc["total", "pupils"] == now["pupils"].sum()
    special = now[(now["setting"] == "state_special") & (now["in_area"] == "no")]["pupils"].sum()
    assert known.loc["state_special", "out_of_area"] == pytest.approx(special)
    assert known.loc["state_special", ["within_roll", "in_units"]].tolist() == [0, 0]
    pupils = rows[(rows["population"] == "pupils on roll") & (rows["group"] == "mainstream schools")]
    assert pupils[["within_roll", "in_units", "out_of_area", "elsewhere"]].isna().all(axis=None)
    history = run.frames["history"]
    whole = history[(history["geography"] == "authority") & (history["year_group"] == "total")]
    assert pupils["pupils"].iloc[0] == whole[whole["academic_year"] == str(run.base_year)]["pupils"].sum()
    assert not rows["group"].str.contains("and").any()


def check(node: Node) -> None:
    """Every sum, product and mean of a tree is what its parts make."""
    for part in node.parts:
        check(part)
    if node.how == INPUT or not node.parts:
        return
    if node.how == PRODUCT:
        made = 1.0
        for part in node.parts:
            made *= part.amount
    elif node.how == MEAN:
        assert sum(part.weight or 0.0 for part in node.parts) == pytest.approx(1.0)
        made = sum(part.amount * (part.weight or 0.0) for part in node.parts)
    else:
        made = sum(part.amount for part in node.parts)
    assert node.amount == pytest.approx(made, abs=1e-9), node.label


def leaves(node: Node) -> list[Node]:
    return [leaf for part in node.parts for leaf in leaves(part)] if node.parts else [node]


@pytest.mark.parametrize(
    ("code", "group"), [("1803001", "6"), ("1803013", "7"), ("1803014", "total"), ("mainstream", "7")]
)
def test_a_number_is_the_tree_of_its_stocks_and_flows(folder: Path, code: str, group: str) -> None:
    found = explain(open_run(folder), code, AcademicYear(2028), group)
    check(found.root)
    assert found.root.amount == float(found.cell["pupils"])
    files = {leaf.file for leaf in leaves(found.root)}
    assert {"specialist.csv", "specialist_flows.csv"} <= files


def test_the_rows_of_a_leaf_are_those_of_the_table(folder: Path, exampleshire: Result) -> None:
    tables = {f"{name}.csv": exampleshire.inputs.table(name) for name in ("specialist", "specialist_flows")}
    found = leaves(explain(open_run(folder), "1803011", AcademicYear(2026), "8").root)
    told = [leaf for leaf in found if leaf.file in tables]
    assert told
    for leaf in told:
        table = tables[leaf.file]
        assert table.loc[table["row"] == leaf.row, "pupils"].tolist() == [leaf.amount]


def test_explain_says_what_there_is_instead(folder: Path) -> None:
    with pytest.raises(UsageError, match="it has R, 1, 2, 3, 4, 5, 6"):
        explain(open_run(folder), "1803001", AcademicYear(2027), "7")
    with pytest.raises(UsageError, match="from 2026/27 to 2030/31, not 2032/33"):
        explain(open_run(folder), "1803001", AcademicYear(2032), "6")


def test_explain_prints_json_with_null_where_a_range_is_not_known(folder: Path) -> None:
    shown = CliRunner().invoke(
        main, ["explain", "1803011", "2027/28", "total", "--run", str(folder), "--json"]
    )
    assert shown.exit_code == 0, shown.output
    told = json.loads(shown.output)
    assert (told["geography"], told["p10"], told["housing"]) == ("send_area", None, 0)
    assert told["pupils"] == sum(part["amount"] for part in told["parts"])


def test_report_and_workbook_have_their_part(folder: Path, run: Result) -> None:
    text = (folder / "report.md").read_text(encoding="utf-8")
    assert "## High needs" in text
    assert "never add them" in text
    book = load_workbook(folder / "workbook.xlsx", read_only=True)
    assert {"High needs", "Specialist places", "Specialist return", "Residents and rolls"} <= set(
        book.sheetnames
    )
    residents = [row[5] for row in book["Specialist return"].iter_rows(values_only=True) if len(row) > 5]
    assert (
        sum(one for one in residents if isinstance(one, int | float))
        == run.frames["send_forecast"]["pupils"].sum()
    )


def test_codes_of_your_own_stand_in_the_return_and_are_explained(
    exampleshire: Result, tmp_path: Path
) -> None:
    project = exampleshire.project
    own = project.model_copy(
        update={"send": project.send.model_copy(update={"planning_areas": {"1803001": "9993001"}})}
    )
    found = with_high_needs(replace(exampleshire, project=own))
    assert list(dict.fromkeys(found.frames["send_forecast"]["planning_area"]))[:2] == ["9993001", "1803002"]
    write_run(found, tmp_path / "run", ("csv",))
    tree = explain(open_run(tmp_path / "run"), "9993001", AcademicYear(2027), "3").root
    assert {leaf.file for leaf in leaves(tree)} >= {"specialist.csv"}
