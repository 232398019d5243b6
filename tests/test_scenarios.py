"""Scenario files: every operation by hand on a small plan, every bundled file, faults at their line and column."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from placeplan.bundled import bundled_folder
from placeplan.cli import main
from placeplan.comparing import compare
from placeplan.project import PlacesChoice, load_project
from placeplan.scenario import CENTRAL, read_scenarios
from small_plans import pick, value, write_plan

YEARS = ("2022/23", "2023/24", "2024/25", "2025/26")
PLAN = {
    "areas": """
        area_code,area_name,phase,feeds
        A,North,primary,S
        B,South,primary,S
        S,Upper,secondary,""",
    "rolls": "academic_year,area_code,R,1,2,3,4,5,6,7,8\n"
    + "\n".join(
        f"{year},{code},{','.join([str(size)] * 7)},," for year in YEARS for code, size in (("A", 60), ("B", 30))
    )
    + "\n"
    + "\n".join(f"{year},S,,,,,,,,90,90" for year in YEARS),
    "births": "birth_year,area_code,births\n"
    + "\n".join(
        f"{year}/{year - 1999},{code},{births}"
        for year in range(2018, 2025)
        for code, births in (("A", 120), ("B", 60))
    ),
    "transfers": "academic_year,from_area,to_area,pupils\n"
    + "\n".join(f"{year},{source},S,{pupils}" for year in YEARS for source, pupils in (("A", 50), ("B", 25), ("OUT", 15))),
}  # fmt: skip


def run(folder: Path, text: str) -> Result:
    folder.mkdir(exist_ok=True)
    project = write_plan(folder, PLAN, {"horizon": 3, "simulations": 100})
    (folder / "other.yaml").write_text(text, encoding="utf-8")
    (folder / "plain.yaml").write_text("name: central\n", encoding="utf-8")
    files = [word for name in ("plain", "other") for word in ("--scenario", str(folder / f"{name}.yaml"))]
    words = ["forecast", str(project), "--out", str(folder / "run"), "--outputs", "csv", *files]
    return CliRunner().invoke(main, words)


def ratio_to_central(folder: Path, text: str, **where: str) -> list[float]:
    """The scenario's pupils over the central ones, by year ahead."""
    done = run(folder, text)
    assert done.exit_code == 0, done.stderr
    table = forecast_table(folder)
    central, other = (
        pick(table, scenario=name, **where).set_index("academic_year")["pupils"]
        for name in ("central", "other")
    )
    return list(other / central)


def more_than_central(folder: Path, **where: str) -> list[float]:
    table = forecast_table(folder)
    central, other = (
        pick(table, scenario=name, **where).set_index("academic_year")["pupils"]
        for name in ("central", "other")
    )
    return list(other - central)


def forecast_table(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "run" / "forecast.csv", dtype={"code": str, "year_group": str})


def test_births_trend_grows_and_moves_up(tmp_path: Path) -> None:
    text = "births: {change: 10%, trend: -2%}\n"
    assert ratio_to_central(tmp_path, text, code="A", year_group="R") == pytest.approx(
        [1.1 * 0.98, 1.1 * 0.98**2, 1.1 * 0.98**3]
    )


def test_ratios_change_where_named_and_the_cohort_keeps_it(tmp_path: Path) -> None:
    text = "ratio_changes: {change: -5%, transition: intake, areas: [A], from: 2026/27, until: 2026/27}\n"
    assert ratio_to_central(tmp_path, text, code="A", year_group="R") == pytest.approx([0.95, 1, 1])
    table = forecast_table(tmp_path)
    one = {"academic_year": "2027/28", "code": "A", "year_group": "1"}
    central, other = (value(table, "pupils", scenario=name, **one) for name in ("central", "other"))
    assert other < central - 1
    same = pick(table, code="B").groupby(["year_group", "academic_year"])["pupils"].nunique()
    assert (same == 1).all()


def test_arrivals_spread_by_roll_and_go_on_to_year_seven(tmp_path: Path) -> None:
    assert run(tmp_path, "arrivals: {pupils: {2026/27: {6: 9, R: 3}}}\n").exit_code == 0
    # rolls of 420 and 210: two thirds and one third
    assert more_than_central(tmp_path, code="A", year_group="6")[0] == pytest.approx(6)
    assert more_than_central(tmp_path, code="B", year_group="6")[0] == pytest.approx(3)
    assert more_than_central(tmp_path, code="A", year_group="R")[0] == pytest.approx(2)
    # every central Year 6 of 90 goes to Year 7 as 90, so that 9 more go on as 9; then into Year 8
    assert more_than_central(tmp_path, code="S", year_group="7") == pytest.approx([0, 9, 0], abs=0.2)
    assert more_than_central(tmp_path, code="S", year_group="8") == pytest.approx([0, 0, 9], abs=0.2)
    table = pick(forecast_table(tmp_path), scenario="other")
    parts = table["baseline"] + table["housing"] + table["adjustment"]
    assert list(parts) == pytest.approx(list(table["pupils"]))


def test_nobody_goes_who_is_not_there(tmp_path: Path) -> None:
    assert run(tmp_path, "independent: {pupils: {2026/27: {R: -500}}, areas: [B]}\n").exit_code == 0
    table = pick(forecast_table(tmp_path), scenario="other", academic_year="2026/27", year_group="R")
    assert value(table, "pupils", code="B") == pytest.approx(0)
    assert value(table, "pupils", code="A") > 50


def test_cross_border_takes_its_share_of_those_who_come_in(tmp_path: Path) -> None:
    assert run(tmp_path, "cross_border: {change: -20%, from: 2027/28}\n").exit_code == 0
    assert more_than_central(tmp_path, code="S", year_group="7") == pytest.approx([0, -3, -3])


HOMES = {
    "housing": """
        site_id,area_code,academic_year,dwellings,status
        H1,A,2025/26,100,windfall
        H2,B,2026/27,50,windfall""",
    "yields": """
        phase,years_after_completion,pupils_per_dwelling
        primary,1,0.2
        primary,2,0.4
        primary,3,0.4""",
}


def homes(folder: Path, *texts: str) -> list[list[float]]:
    """Pupils of new homes in the primary phase of the whole authority, by scenario and year ahead."""
    project = write_plan(folder, {**PLAN, **HOMES}, {"horizon": 3, "simulations": 100})
    words = ["forecast", str(project), "--out", str(folder / "run"), "--outputs", "csv"]
    for number, text in enumerate(texts):
        (folder / f"homes{number}.yaml").write_text(text, encoding="utf-8")
        words += ["--scenario", str(folder / f"homes{number}.yaml")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.stderr
    table = pick(forecast_table(folder), geography="authority", phase="primary", year_group="total")
    return [list(pick(table, scenario=f"homes{number}")["housing"]) for number in range(len(texts))]


def test_homes_come_late_or_not_at_all_or_with_more_pupils(tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("phase,years_after_completion,pupils_per_dwelling\nprimary,1,0.1\n")
    by_hand = {
        # 100 homes of 2025/26 have 0.2, 0.4, 0.4 pupils each; 50 of 2026/27 the same a year later
        "": [20, 40 + 10, 40 + 20],
        "housing: {delay: 1}\n": [0, 20, 40 + 10],
        "housing: {drop: H1}\n": [0, 10, 20],
        "housing: {only: [H1], yields: 10%}\n": [22, 44, 44],
        "housing: {drop: all}\n": [0, 0, 0],
        "housing: {certainty: {windfall: 0.5}}\n": [10, 25, 30],
        # half as fast: 50 homes of the first site in each of two years, 25 of the second in each of two years
        "housing: {build_out: -50%}\n": [50 * 0.2, 50 * 0.4 + 75 * 0.2, 50 * 0.4 + 75 * 0.4 + 25 * 0.2],
        "housing: {yields_from: few.csv}\n": [10, 15, 15],
    }
    for text, found, wanted in zip(by_hand, homes(tmp_path, *by_hand), by_hand.values(), strict=True):
        assert found == pytest.approx(wanted), text


def test_other_births_stand_in_for_those_behind_the_years_ahead_alone(tmp_path: Path) -> None:
    tmp_path.joinpath("more.csv").write_text(
        "birth_year,area_code,births\n2018/19,A,500\n2022/23,A,180\n2022/23,B,90\n", encoding="utf-8"
    )
    found = ratio_to_central(
        tmp_path, "births: {from: more.csv}\n", geography="area", code="A", year_group="R"
    )
    assert found == pytest.approx([1.0, 1.5, 1.0])


def test_local_knowledge_of_a_scenario_has_its_reason(tmp_path: Path) -> None:
    row = "adjustment_id: X1, academic_year: 2027/28, year_group: R, area_code: A, phase: primary, amount: 6"
    why = "reason: A hostel opens, role: planner, made_on: 2026-05-01"
    done = run(tmp_path, f"adjustments:\n  add:\n    - {{{row}, {why}}}\n")
    assert done.exit_code == 0, done.stderr
    table = pick(forecast_table(tmp_path), scenario="other", geography="area", code="A", year_group="R")
    assert list(table["adjustment"]) == [0, 6, 0]
    register = pd.read_csv(tmp_path / "run" / "adjustments_register.csv")
    assert list(register[register["scenario"] == "other"]["reason"]) == ["A hostel opens"]


def test_wider_ranges_leave_the_central_figures(tmp_path: Path) -> None:
    assert run(tmp_path, "intervals: {spread: 100%}\n").exit_code == 0
    table = pick(forecast_table(tmp_path), geography="authority", phase="primary", year_group="total")
    central, other = pick(table, scenario="central"), pick(table, scenario="other")
    assert list(central["pupils"]) == list(other["pupils"])
    width = [float((rows["p90"] - rows["p10"]).iloc[-1]) for rows in (central, other)]
    assert width[1] > 1.5 * width[0]


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("births:\n  change: 5\n", "other.yaml:2:11", "per cent"),
        ("births:\n  change: 0.05\n", "other.yaml:2:11", "per cent"),
        ("births:\n\tchange: 5%\n", "other.yaml:2:1", "tab"),
        ("births:\n  change: 5\n", "other.yaml:2:11", "did you mean 5%?"),
        ("births:\n  change: 0.05\n", "other.yaml:2:11", "did you mean 0.05% or 5%?"),
        ("ratio_changes: {change: 5%, transition: intaek}\n", "other.yaml:1:41", "did you mean intake?"),
        ("adjustments: [AD1]\n", "other.yaml:1:14", "keys and values; known here are drop, add"),
        ("housing: {delay: 1.5}\n", "other.yaml:1:18", "a whole number"),
        ("birth: {change: 5%}\n", "other.yaml:1:1", "`births`"),
        ("ratio_changes:\n  - {change: 5%, areas: [AA]}\n", "other.yaml:2:26", "nearest is A"),
        ("ratio_changes:\n  - {chnge: 5%}\n", "other.yaml:2:6", "`change`"),
        ("arrivals:\n  pupils: {2027/28: {R: many}}\n", "other.yaml:2:25", "number"),
        ("arrivals:\n  pupils: {2020/21: {R: 5}}\n", "other.yaml:2:12", "base year"),
        ("ratios: {method: etz}\n", "other.yaml:1:18", "ets"),
        ("based_on: other.yaml\n", "other.yaml:1:11", "circle"),
        ("adjustments: {drop: [AD1]}\n", "other.yaml:1:22", "no adjustment `AD1`"),
        ("housing: {build_out: -100%}\n", "other.yaml:1:", "drop: all"),
        ("intervals: {delivery_probability: {sure: 1}}\n", "other.yaml:1:", "certain"),
        ("births: {from: nowhere.csv}\n", "nowhere.csv", "not there"),
    ],
)
def test_faults_have_their_place_and_nothing_is_written(
    tmp_path: Path, text: str, place: str, said: str
) -> None:
    done = run(tmp_path, text)
    assert done.exit_code == 3
    assert place in done.stderr
    assert said in done.stderr
    assert not (tmp_path / "run").exists()


def test_faults_of_a_scenario_and_of_its_base_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "base.yaml").write_text(
        "based_on: nowhere.yaml\nhousing: {delay: two}\n", encoding="utf-8"
    )
    done = run(tmp_path, "based_on: far/base.yaml\nbirths: {change: 5}\n")
    assert done.exit_code == 3
    for place in ("other.yaml:2:18", "base.yaml:1:11", "base.yaml:2:18"):
        assert place in done.stderr


def test_without_operations_a_scenario_is_the_base_run_byte_for_byte(tmp_path: Path) -> None:
    project = write_plan(tmp_path, PLAN, {"horizon": 3, "simulations": 100})
    (tmp_path / "nothing.yaml").write_text(f"name: {CENTRAL}\n", encoding="utf-8")
    words = ["forecast", str(project), "--outputs", "csv", "--out"]
    runs = [CliRunner().invoke(main, [*words, str(tmp_path / "base")])]
    given = ["--scenario", str(tmp_path / "nothing.yaml")]
    runs.append(CliRunner().invoke(main, [*words, str(tmp_path / "same"), *given]))
    assert [one.exit_code for one in runs] == [0, 0]
    files = sorted(file.name for file in (tmp_path / "base").glob("*.csv"))
    assert len(files) > 10
    for name in files:
        assert (tmp_path / "base" / name).read_bytes() == (tmp_path / "same" / name).read_bytes(), name


def test_the_forecast_says_that_it_does_not_read_what_concerns_plans(tmp_path: Path) -> None:
    done = run(tmp_path, "send: {out_of_area_at_transfer: -25%}\n")
    assert done.exit_code == 0, done.stderr
    findings = pd.read_csv(tmp_path / "run" / "findings.csv")
    (said,) = findings[findings["rule"] == "scenario-send-alone"]["message"]
    assert "placeplan send --scenario" in said


def test_every_bundled_scenario_runs_and_changes_something() -> None:
    files = sorted((bundled_folder("configs") / "scenarios").glob("*.yaml"))
    assert len(files) >= 10
    project = load_project(bundled_folder("configs") / "exampleshire.yaml").with_changes(None, 5, 100)
    # by admission numbers, since a school that acts alone changes no assessed capacity
    project = project.model_copy(update={"places": PlacesChoice(measure="pan")})
    made = compare(project, read_scenarios(tuple(files), ()), workers=1)
    assert made.names == (CENTRAL, *(file.stem for file in files))
    changes = made.table.groupby("scenario")[["demand_change", "places_change", "chance_change"]]
    moved = changes.agg(lambda part: part.abs().max()).max(axis=1)
    assert moved[CENTRAL] == 0
    of_plans = [
        one.name for one in read_scenarios(tuple(files), ()) if one.layers[-1].content.send is not None
    ]
    assert len(of_plans) == 2
    assert (moved[of_plans] == 0).all()
    assert (moved.drop([CENTRAL, *of_plans]) > 0).all()


def test_ratios_of_a_scenario_are_those_of_a_project(tmp_path: Path) -> None:
    text = "ratios: {weights: [3, 2, 1], leave_out: [2023/24]}\n"
    assert run(tmp_path, text).exit_code == 0
    choice = {"weights": [3, 2, 1], "leave_out": ["2023/24"]}
    (tmp_path / "own").mkdir()
    project = write_plan(tmp_path / "own", PLAN, {"horizon": 3, "simulations": 100, "ratios": choice})
    words = ["forecast", str(project), "--out", str(tmp_path / "own" / "run"), "--outputs", "csv"]
    assert CliRunner().invoke(main, words).exit_code == 0
    other = pick(forecast_table(tmp_path), scenario="other").drop(columns="scenario").reset_index(drop=True)
    pd.testing.assert_frame_equal(other, forecast_table(tmp_path / "own").drop(columns="scenario"))


def test_drivers_tell_who_came(tmp_path: Path) -> None:
    project = write_plan(tmp_path, PLAN, {"horizon": 3, "simulations": 100})
    file = tmp_path / "come.yaml"
    file.write_text("arrivals: {pupils: {2026/27: {6: 9}}}\ncross_border: {change: -20%}\n", encoding="utf-8")
    words = [
        "forecast",
        str(project),
        "--out",
        str(tmp_path / "run"),
        "--outputs",
        "csv",
        "--scenario",
        str(file),
    ]
    assert CliRunner().invoke(main, words).exit_code == 0
    drivers = pd.read_csv(tmp_path / "run" / "drivers.csv", dtype={"year_group": str})
    came = pick(drivers, driver="arrivals", academic_year="2026/27").set_index("area_code")["value"]
    assert dict(came) == pytest.approx({"A": 6, "B": 3})
    assert value(
        drivers, "value", driver="cross_border", academic_year="2026/27", year_group="7"
    ) == pytest.approx(-3)


def test_init_writes_the_schema_of_scenarios(tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["init", str(tmp_path / "plan")]).exit_code == 0
    schema = json.loads((tmp_path / "plan" / "placeplan-scenario.schema.json").read_text(encoding="utf-8"))
    wanted = {
        "births",
        "ratios",
        "ratio_changes",
        "arrivals",
        "independent",
        "cross_border",
        "planned_changes",
        "what_if",
    }
    assert wanted <= set(schema["properties"])
    assert all("description" in schema["properties"][name] for name in wanted)
