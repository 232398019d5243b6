"""placeplan compare: against runs of the scenarios one by one, whatever the number of processes; what it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from placeplan.cli import main
from small_plans import pick, value, write_plan
from test_scenarios import PLAN as AREAS

PLAN = {
    **AREAS,
    "schools": """
        urn,school_name,type,low_year,high_year,primary_area
        100001,Hill School,community,R,6,A""",
    "capacity": """
        urn,academic_year,capacity
        100001,2025/26,420""",
    "planned_changes": """
        change_id,kind,start_year,places,urn,certainty
        P1,expansion,2026/27,15,100001,firm""",
}
LOW = "name: low\nbirths: {change: -10%}\n"


def plan(folder: Path) -> Path:
    (folder / "low.yaml").write_text(LOW, encoding="utf-8")
    return write_plan(folder, PLAN, {"horizon": 3, "simulations": 100})


def run(folder: Path, out: str, *more: str) -> Result:
    words = ["compare", str(plan(folder)), "--out", str(folder / out), *more]
    return CliRunner().invoke(main, words)


def table(folder: Path, out: str) -> pd.DataFrame:
    return pd.read_csv(folder / out / "compare.csv")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("compare")
    sweep = ["--sweep", "planned_changes.P1.delay=0,1"]
    done = run(made, "one", "--scenario", str(made / "low.yaml"), *sweep, "--workers", "1")
    assert done.exit_code == 0, done.stderr
    assert max(map(len, done.stderr.splitlines())) <= 80
    return made


def test_figures_are_those_of_a_run_of_each_scenario(folder: Path) -> None:
    words = ["forecast", str(plan(folder)), "--outputs", "csv", "--scenario", str(folder / "low.yaml")]
    assert CliRunner().invoke(main, [*words, "--out", str(folder / "alone")]).exit_code == 0
    alone = pd.read_csv(folder / "alone" / "sufficiency.csv", dtype={"year_group": str})
    alone = pick(alone, year_group="total").reset_index(drop=True)
    compared = pick(table(folder, "one"), scenario="low").reset_index(drop=True)
    for name in ("area_code", "phase", "academic_year", "demand", "places", "probability_of_shortfall"):
        pd.testing.assert_series_equal(alone[name], compared[name])


def test_changes_are_from_the_plan_as_it_stands(folder: Path) -> None:
    rows = table(folder, "one")
    central, low = (pick(rows, scenario=name).reset_index(drop=True) for name in ("central", "low"))
    assert list(low["demand_change"]) == pytest.approx(list(low["demand"] - central["demand"]))
    # Reception of 60 from 120 births: a tenth fewer is 6 in the first year
    assert value(
        rows, "demand_change", scenario="low", area_code="A", academic_year="2026/27"
    ) == pytest.approx(-6, abs=0.5)
    assert (pick(rows, scenario="central")["demand_change"] == 0).all()


def test_a_sweep_has_a_scenario_for_each_value(folder: Path) -> None:
    late = {"area_code": "A", "academic_year": "2026/27"}
    rows = table(folder, "one")
    name = "planned_changes.P1.delay"
    assert value(rows, "places_change", scenario=f"{name}=0", **late) == 0
    # 15 places in each of seven year groups a year late
    assert value(rows, "places_change", scenario=f"{name}=1", **late) == -105
    assert value(rows, "places_change", scenario=f"{name}=1", area_code="A", academic_year="2027/28") == 0
    said = pd.read_csv(folder / "one" / "compare_parameters.csv")
    assert value(said, "value", scenario="low", parameter="births.change") == "-10%"
    assert value(said, "value", scenario=f"{name}=1", parameter=name) == "1"


def test_two_processes_write_the_same(folder: Path) -> None:
    sweep = ["--sweep", "planned_changes.P1.delay=0,1"]
    done = run(folder, "two", "--scenario", str(folder / "low.yaml"), *sweep, "--workers", "2")
    assert done.exit_code == 0, done.stderr
    for name in ("compare.csv", "compare_parameters.csv", "compare.md", "compare.html", "charts/compare.svg"):
        assert (folder / "one" / name).read_bytes() == (folder / "two" / name).read_bytes()


def test_what_people_read(folder: Path) -> None:
    text = (folder / "one" / "compare.md").read_text(encoding="utf-8")
    assert "| low | births.change | -10% |" in text
    assert "planned_changes.P1.delay=1 changes figures in 2026/27, 2027/28 alone." in text
    assert "no pupils, places or cost of any area: planned_changes.P1.delay=0." in text
    assert "<svg" in (folder / "one" / "compare.html").read_text(encoding="utf-8")
    sheets = pd.read_excel(folder / "one" / "compare.xlsx", sheet_name=None, header=2)
    assert list(sheets) == ["Authority", "Areas", "What differs"]
    assert len(sheets["Areas"]) == len(table(folder, "one"))
    story = json.loads((folder / "one" / "run.json").read_text(encoding="utf-8"))
    assert story["command"] == "compare"
    assert story["scenarios"][:2] == ["central", "low"]


def test_faults_of_every_value_of_every_sweep_are_told_at_once(tmp_path: Path) -> None:
    done = run(tmp_path, "out", "--sweep", "births.chnage=-5%,5%", "--sweep", "births.change=5,6%,0.1")
    assert done.exit_code == 3
    for said in ("births.chnage=-5%", "births.chnage=5%", "births.change=5:", "births.change=0.1:"):
        assert said in done.stderr


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        ((), 2, "nothing to compare"),
        (("--sweep", "births"), 2, "write a key and its values"),
        (("--sweep", "birth.change=5%"), 3, "`births`"),
        (("--sweep", "births.change=5"), 3, "per cent"),
        (("--sweep", "planned_changes.P2.delay=1"), 3, "the nearest is P1"),
    ],
)
def test_faults_write_nothing(tmp_path: Path, more: tuple[str, ...], status: int, said: str) -> None:
    done = run(tmp_path, "out", *more)
    assert done.exit_code == status
    assert said in done.stderr
    assert not (tmp_path / "out").exists()
