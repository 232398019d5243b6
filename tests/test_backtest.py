"""The backtest: only what was known at each origin, measured as the scorecard measures, told in plain words."""

from __future__ import annotations

import importlib.util
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from click.testing import Result as CliResult

from placeplan.bands import published_bands
from placeplan.bundled import bundled_folder
from placeplan.cli import main
from placeplan.datafiles import data_rows
from placeplan.evidence.backtest import backtest, choose_origins
from placeplan.evidence.contestants import REFERENCE, contestants, reference_ratios
from placeplan.evidence.measures import summary
from placeplan.evidence.verdict import sign_test, verdict_frames
from placeplan.outputs.backtest_charts import draw_backtest_charts
from placeplan.outputs.backtest_report import write_backtest
from placeplan.outputs.backtest_words import verdict
from placeplan.problems import UsageError
from placeplan.project import Method, Ratios, load_project
from placeplan.results import Backtest
from placeplan.run import forecast, read_and_check
from placeplan.tables import output_columns
from placeplan.years import AcademicYear
from small_plans import pick, small_plan, value, write_plan

TOP = Path(__file__).parents[1]
YEARS = [str(AcademicYear(year)) for year in range(2018, 2026)]
BACKTEST_COLUMNS = (
    "method origin horizon geography code phase target_year year_group actual forecast p05 p10 p90 p95"
)
SUMMARY_COLUMNS = "method geography phase horizon n mape median_ape wape bias coverage80 coverage90"
Rolls = dict[tuple[str, str], tuple[float | str, ...]]


def steady_rolls(**later: tuple[float | str, ...]) -> Rolls:
    """Two areas whose rolls never change: 60 and 30 in R, 1 and 2; ``later`` replaces the years of one, as A2025."""
    rolls: Rolls = {(area, year): (size,) * 3 for year in YEARS for area, size in (("A", 60), ("B", 30))}
    for key, cells in later.items():
        rolls[key[0], str(AcademicYear(int(key[1:])))] = cells
    return rolls


def tables(rolls: Rolls, births: int = 2013, **more: str) -> dict[str, str]:
    lines = [f"{year},{area},{','.join(map(str, cells))}" for (area, year), cells in rolls.items()]
    years = [f"{AcademicYear(year)},A,60\n{AcademicYear(year)},B,30" for year in range(births, 2025)]
    return {
        "areas": "area_code,area_name,phase\nA,North,primary\nB,South,primary",
        "rolls": "academic_year,area_code,R,1,2\n" + "\n".join(lines),
        "births": "birth_year,area_code,births\n" + "\n".join(years),
        **more,
    }


def tried(folder: Path, given: dict[str, str], *methods: str, origins: int = 4, **settings: Any) -> Backtest:
    folder.mkdir(exist_ok=True)
    project = small_plan(folder, given, {"ratios": {}, **settings})
    return backtest(read_and_check(project), project, methods, origins)


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Backtest:
    return tried(tmp_path_factory.mktemp("steady"), tables(steady_rolls(A2025=(66, 60, 60))))


@pytest.fixture(scope="module")
def boroughs() -> Backtest:
    project = load_project(bundled_folder("configs") / "greater_manchester.yaml")
    project = project.with_changes(simulations=100)
    return backtest(read_and_check(project), project, most_origins=5)


@pytest.fixture(scope="module")
def county() -> Backtest:
    """Five origins up to 2021/22, judged by rolls up to 2022/23: the first knew areas that have merged since."""
    project = load_project(bundled_folder("configs") / "exampleshire.yaml")
    project = project.with_changes(AcademicYear(2022), simulations=100)
    return backtest(read_and_check(project), project, most_origins=5)


def test_errors_are_those_that_a_person_works_out(steady: Backtest) -> None:
    cells = steady.frames["backtest"]
    last = {"method": REFERENCE, "origin": "2024/25", "target_year": "2025/26", "year_group": "total"}
    assert value(cells, "forecast", code="A", **last) == pytest.approx(180)
    assert value(cells, "actual", code="A", **last) == 186
    assert value(cells, "actual", geography="authority", **last) == 186 + 90
    summed = pick(steady.frames["backtest_summary"], method=REFERENCE, geography="area")
    first = summed[summed["horizon"] == 1].iloc[0]
    assert first["n"] == 2 * 4
    assert first["mape"] == pytest.approx(6 / 186 / 8)
    assert first["bias"] == pytest.approx(-6 / 186 / 8)
    assert first["wape"] == pytest.approx(6 / (4 * 270 + 6))
    assert first["median_ape"] == pytest.approx(0)


def test_a_total_is_the_sum_of_its_year_groups_and_the_authority_that_of_its_areas(steady: Backtest) -> None:
    cells = steady.frames["backtest"]
    keys = ["method", "origin", "target_year", "geography", "code"]
    single = cells[cells["year_group"] != "total"].groupby(keys)[["actual", "forecast"]].sum()
    whole = cells[cells["year_group"] == "total"].set_index(keys)[["actual", "forecast"]]
    pd.testing.assert_frame_equal(single, whole.sort_index(), check_dtype=False)
    by_place = whole.groupby(["method", "origin", "target_year", "geography"]).sum().unstack("geography")
    for name in ("actual", "forecast"):
        np.testing.assert_allclose(by_place[name, "area"], by_place[name, "authority"])


def test_each_origin_forecasts_what_a_run_with_that_base_year_forecasts(tmp_path: Path) -> None:
    given = tables(steady_rolls(A2020=(50, 60, 61), A2023=(66, 60, 58), B2022=(28, 33, 30)))
    made = tried(tmp_path, given)
    run = forecast(load_project(tmp_path).with_changes(base_year=AcademicYear(2022))).frames["forecast"]
    mine = pick(made.frames["backtest"], method="combined", origin="2022/23")
    both = mine.merge(
        run,
        left_on=["geography", "code", "target_year", "year_group"],
        right_on=["geography", "code", "academic_year", "year_group"],
        suffixes=("", "_run"),
    )
    assert len(both) == len(mine) == 3 * 3 * 4
    np.testing.assert_allclose(both["forecast"], both["pupils"])
    for name in ("p05", "p10", "p90", "p95"):
        np.testing.assert_allclose(both[name], both[f"{name}_run"])


def test_what_came_later_changes_no_forecast_of_an_earlier_origin(tmp_path: Path) -> None:
    earlier = {("A", "2017/18"): (60, 60, 60), ("B", "2017/18"): (30, 30, 30)}
    before = tried(tmp_path / "a", tables(steady_rolls(A2019=(58, 61, 60)) | earlier), origins=5)
    later = tables(steady_rolls(A2019=(58, 61, 60), A2024=(90, 20, 40), B2023=(10, 50, 11)) | earlier)
    later["births"] = later["births"].replace("2020/21,A,60", "2020/21,A,500")
    after = tried(tmp_path / "b", later, origins=5)
    mine, theirs = (
        pick(made.frames["backtest"], origin="2020/21").reset_index(drop=True) for made in (before, after)
    )
    assert set(mine["horizon"]) == {1, 2, 3, 4, 5}
    assert not mine["actual"].equals(theirs["actual"])
    known = [name for name in mine.columns if name != "actual"]
    pd.testing.assert_frame_equal(mine[known], theirs[known])


def test_origins_run_from_the_fourth_year_to_the_last_but_one() -> None:
    assert choose_origins(range(2011, 2023), 40) == tuple(AcademicYear(year) for year in range(2014, 2022))
    assert choose_origins(range(2011, 2023), 3) == tuple(AcademicYear(year) for year in (2019, 2020, 2021))
    assert choose_origins(range(2018, 2023), 8) == (AcademicYear(2021),)
    assert choose_origins([2011, 2012, 2014, 2015, 2016], 8) == (AcademicYear(2015),)


@pytest.mark.parametrize("years", [[], [2020], [2018, 2019, 2020, 2021]])
def test_a_history_too_short_says_how_much_is_needed(years: list[int]) -> None:
    with pytest.raises(UsageError, match=r"needs at least 5.*add rolls of earlier years"):
        choose_origins(years, 8)


def test_horizons_end_with_the_rolls_and_with_the_projects_own(steady: Backtest, tmp_path: Path) -> None:
    cells = steady.frames["backtest"]
    assert steady.origins == tuple(AcademicYear(year) for year in range(2021, 2025))
    assert set(cells["horizon"]) == {1, 2, 3, 4}
    assert set(cells["target_year"]) == {"2022/23", "2023/24", "2024/25", "2025/26"}
    short = tried(tmp_path, tables(steady_rolls()), horizon=2)
    assert set(short.frames["backtest"]["horizon"]) == {1, 2}


def test_the_projects_own_method_comes_first_and_the_reference_second() -> None:
    assert list(contestants(Ratios())) == ["combined", REFERENCE]
    every = list(contestants(Ratios(), ["all"]))
    assert every[:2] == ["combined", REFERENCE]
    assert set(every[2:]) == set(get_args(Method)) - {"combined", "ets", "ucm"}
    assert list(contestants(Ratios(), ["smoothing", "combined"])) == [
        "combined",
        REFERENCE,
        "smoothing",
    ]
    assert list(contestants(reference_ratios())) == [REFERENCE]
    mixed = Ratios.model_validate({"method": {"intake": "smoothing"}})
    assert list(contestants(mixed)) == ["project", REFERENCE]


@pytest.mark.parametrize("name", get_args(Method))
def test_every_method_of_the_project_file_can_be_tried(name: str) -> None:
    own = Ratios.model_validate({"weights": [3, 2, 1], "leave_out": ["2019/20"]})
    made = contestants(own, [name])[name]
    assert made.method == name
    assert made.leave_out == own.leave_out
    assert name == "cohort_survival" or made.years == Ratios().years


def test_an_unknown_method_is_refused_with_the_ones_there_are() -> None:
    with pytest.raises(UsageError, match=r"no method arima; choose from combined"):
        contestants(Ratios(), ["arima"])


def test_a_blank_roll_judges_nothing_and_neither_does_the_total_that_holds_it(tmp_path: Path) -> None:
    cells = tried(tmp_path, tables(steady_rolls(A2024=(60, "", 60)))).frames["backtest"]
    there = pick(cells, code="A", target_year="2024/25", method=REFERENCE, origin="2023/24")
    assert set(there["year_group"]) == {"R", "2"}
    whole = pick(cells, geography="authority", target_year="2024/25", method=REFERENCE, origin="2023/24")
    assert set(whole["year_group"]) == {"R", "2"}
    assert set(pick(cells, code="B", target_year="2024/25")["year_group"]) == {"R", "1", "2", "total"}


def test_an_area_that_stops_reporting_is_not_taken_for_empty(tmp_path: Path) -> None:
    rolls = {key: cells for key, cells in steady_rolls().items() if key != ("B", "2025/26")}
    cells = tried(tmp_path, tables(rolls)).frames["backtest"]
    assert pick(cells, code="B", target_year="2025/26").empty
    assert not pick(cells, code="B", target_year="2024/25").empty


def test_an_area_that_opens_is_judged_only_from_origins_that_knew_it(tmp_path: Path) -> None:
    rolls = {key: cells for key, cells in steady_rolls().items() if key[0] == "A" or key[1] >= "2023/24"}
    cells = pick(tried(tmp_path, tables(rolls)).frames["backtest"], method="combined", year_group="total")
    assert set(pick(cells, code="B")["origin"]) == {"2023/24", "2024/25"}
    first = pick(cells, geography="authority", origin="2021/22", target_year="2025/26")
    assert first["actual"].iloc[0] == 3 * 90


def test_merged_areas_are_judged_as_one_at_every_origin(county: Backtest, tmp_path: Path) -> None:
    before = {str(AcademicYear(year)) for year in range(2014, 2019)}
    rolls = {("C" if key == "B" and year in before else key, year): cells
             for (key, year), cells in steady_rolls().items() if key == "B"} | {
        ("A", year): (60, 60, 60) for year in YEARS
    }  # fmt: skip
    given = tables(rolls, area_changes="old_area,new_area,phase,from_year,weight\nC,B,primary,2019/20,1")
    given["areas"] += "\nC,Old South,primary"
    given["areas"] = "\n".join(
        f"{line},{end}"
        for line, end in zip(given["areas"].splitlines(), ["valid_to", "", "", "2018/19"], strict=True)
    )
    made = tried(tmp_path, given)
    cells = pick(made.frames["backtest"], method=REFERENCE, code="B", year_group="total")
    assert set(cells["origin"]) == {"2021/22", "2022/23", "2023/24", "2024/25"}
    np.testing.assert_allclose(cells["forecast"], 90)
    joined = pick(county.frames["backtest"], code="9990014", origin="2017/18", year_group="total")
    assert sorted(set(joined["horizon"])) == [1, 2, 3, 4, 5]
    assert (joined["forecast"] / joined["actual"]).between(0.85, 1.15).all()


def test_an_area_whose_border_moves_later_is_not_judged_before(tmp_path: Path) -> None:
    changes = "old_area,new_area,phase,from_year,weight\nA,A,primary,2023/24,0.9\nA,B,primary,2023/24,0.1"
    cells = tried(tmp_path, tables(steady_rolls(), area_changes=changes)).frames["backtest"]
    assert set(pick(cells, geography="area")["origin"]) == {"2023/24", "2024/25"}
    assert set(pick(cells, geography="authority")["origin"]) == {"2021/22", "2022/23", "2023/24", "2024/25"}


def made_cells(errors: dict[str, list[float]], target: str = "total") -> pd.DataFrame:
    """Rows of one method, authority and horizon: 100 pupils came, the forecast was so much more."""
    rows = [
        {"method": "m", "origin": origin, "horizon": horizon, "geography": "authority", "code": "999",
         "phase": "primary", "target_year": "2022/23", "year_group": target, "actual": 100.0,
         "forecast": 100.0 + more, "p05": 96.0, "p10": 98.0, "p90": 102.0, "p95": 104.0}
        for origin, values in errors.items() for horizon, more in enumerate(values, start=1)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_measures_are_worked_out_as_defined() -> None:
    cells = made_cells({"2018/19": [1], "2019/20": [-3], "2020/21": [8]})
    groups = pd.concat([made_cells({"2018/19": [5]}, "R"), made_cells({"2018/19": [-5]}, "1")])
    groups["actual"] = [103.0, 107.0]
    found = summary(pd.concat([cells, groups])).iloc[0]
    assert found["n"] == 3
    assert found["mape"] == pytest.approx(0.04)
    assert found["median_ape"] == pytest.approx(0.03)
    assert found["bias"] == pytest.approx(0.02)
    assert found["wape"] == pytest.approx((2 + 12) / 210)
    assert found["coverage80"] == 1
    assert found["cells"] == 2
    assert found["coverage80_year_groups"] == 0
    assert found["coverage90_year_groups"] == 0.5


def test_cells_in_which_nobody_came_have_no_relative_error_but_count_in_the_wape() -> None:
    cells = pd.concat([made_cells({"2018/19": [4]}), made_cells({"2018/19": [4]}, "R")])
    nobody = cells.assign(actual=0.0, forecast=6.0, origin="2019/20")
    found = summary(pd.concat([cells, nobody])).iloc[0]
    assert (found["n"], found["mape"]) == (1, pytest.approx(0.04))
    assert found["wape"] == pytest.approx((4 + 6) / 100)


@pytest.mark.parametrize(
    ("most", "count", "chance"), [(5, 5, 2 / 32), (7, 8, 18 / 256), (4, 4, 0.125), (2, 4, 1.0), (0, 0, 1.0)]
)
def test_the_sign_test_is_that_of_a_fair_coin(most: int, count: int, chance: float) -> None:
    assert sign_test(most, count) == pytest.approx(chance)


@pytest.mark.parametrize(
    ("errors", "alarm"),
    [
        ({f"{2010 + n}/{11 + n}": [2.0] for n in range(6)}, True),
        ({f"{2010 + n}/{11 + n}": [-2.0] for n in range(6)}, True),
        ({f"{2010 + n}/{11 + n}": [2.0 * (-1) ** n] for n in range(6)}, False),
        ({f"{2010 + n}/{11 + n}": [2.0] for n in range(3)}, False),
        ({f"{2010 + n}/{11 + n}": [-9.0 if n == 5 else 0.5] for n in range(6)}, False),
    ],
    ids=["all too high", "all too low", "either side", "too few origins", "small and one large"],
)
def test_the_bias_alarm_sounds_for_errors_on_one_side(errors: dict[str, list[float]], alarm: bool) -> None:
    cells = made_cells(errors)
    lean = verdict_frames(cells, summary(cells), "m", "m")["lean"]
    assert list(lean["alarm"]) == [alarm]


def test_the_alarm_and_what_to_do_are_said_in_words(boroughs: Backtest) -> None:
    frames = dict(boroughs.frames)
    frames["lean"] = pd.DataFrame([("secondary", 8, 1, -0.021, 0.025, True)], columns=frames["lean"].columns)
    frames["against"] = frames["against"].assign(own=0.02, reference=0.01)
    frames["standing"] = frames["standing"].assign(own=0.5)
    frames["holding"] = frames["holding"].assign(coverage80=0.6)
    said = dict(verdict(changed(boroughs, frames)))
    assert "came out too low from 7 of 8 origins, by 2.1% on average" in said["Bias alarm."]
    assert said["What to do."].startswith(
        "For primary and secondary the combination does worse than three-year survival"
    )
    assert "within the worst quarter" in said["Beside the councils' own forecasts."]
    assert "too narrow" in said["Ranges, the authority."]


def changed(made: Backtest, frames: dict[str, pd.DataFrame]) -> Backtest:
    return Backtest(
        made.project,
        made.inputs,
        made.first_year,
        made.last_year,
        made.origins,
        made.methods,
        made.reference,
        frames,
    )


def test_the_covid_year_is_named_as_hard_with_its_reason(boroughs: Backtest) -> None:
    hard = boroughs.frames["hard_years"]
    named = hard[hard["hard"].astype(bool) & (hard["phase"] == "primary")]
    assert list(named["target_year"]) == ["2020/21"]
    said = dict(verdict(boroughs))["Hard years."]
    assert "in primary in 2020/21" in said
    assert "the areas moved together" in said
    assert "Covid-19" in said


def test_real_boroughs_are_forecast_nearer_than_by_plain_survival(boroughs: Backtest) -> None:
    found = boroughs.frames["against"]
    primary = pick(found, geography="area", phase="primary").iloc[0]
    assert primary["own"] < primary["reference"] < 0.03
    assert primary["n"] == 10 * (1 + 2 + 3 + 4 + 5)
    holding = pick(boroughs.frames["holding"], geography="area", kind="year groups").iloc[0]
    assert 0.7 < holding["coverage80"] < 0.9 < holding["coverage90"] + 0.05


def test_the_bands_are_what_the_script_makes_and_each_has_its_source() -> None:
    place = TOP / "benchmarks" / "make_benchmark_bands.py"
    spec = importlib.util.spec_from_file_location("make_benchmark_bands", place)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.bands() == script.BANDS.read_text(encoding="utf-8")
    rows = data_rows("benchmark_bands.csv")
    assert all(row["source"] and row["confidence"] in ("high", "medium", "low") for row in rows)
    for row in rows:
        known = [float(row[name]) for name in ("p25", "p50", "p75", "p90", "max") if row[name]]
        assert known == sorted(known)
        assert all(0 < number < 0.2 for number in known)


def test_bands_are_averaged_over_the_test_years_that_give_them() -> None:
    bands = published_bands().set_index(["phase", "horizon"])
    assert bands.loc[("primary", 3), "p75"] == pytest.approx((0.0386 + 0.0329) / 2)
    assert bands.loc[("primary", 3), "p25"] == pytest.approx(0.0094)
    assert bands.loc[("primary", 1), "test_years"] == "2021/22, 2022/23, 2025/26"


def test_columns_stand_in_the_contracts_order(boroughs: Backtest) -> None:
    for file, wanted in (("backtest", BACKTEST_COLUMNS), ("backtest_summary", SUMMARY_COLUMNS)):
        count = len(wanted.split())
        assert list(output_columns(file)[:count]) == wanted.split()
        assert list(boroughs.frames[file].columns[:count]) == wanted.split()
    assert not boroughs.frames["backtest"].isna().any(axis=None)


def test_charts_are_drawings_with_words_for_those_who_hear_them(county: Backtest) -> None:
    charts = draw_backtest_charts(county)
    phases = {"primary", "secondary", "sixth-form"}
    assert set(charts) == {
        f"error-{phase}-{place}" for phase in phases for place in ("authority", "area")
    } | {f"outcome-{phase}" for phase in phases} | {"coverage-authority", "coverage-area"}
    for name, drawing in charts.items():
        root = ET.fromstring(drawing)
        assert root[0].text, name
        assert root[1].text, name
        assert "nan" not in drawing
    assert "published errors" in charts["error-primary-authority"]
    assert "published errors" not in charts["error-primary-area"]
    assert "published errors" not in charts["error-sixth-form-authority"]


def test_a_backtest_of_the_same_inputs_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_backtest(
            tried(tmp_path / name, tables(steady_rolls(A2024=(66, 60, 60))), origins=2),
            tmp_path / name / "out",
        )
    for file in ("backtest.csv", "backtest_summary.csv"):
        assert (tmp_path / "a" / "out" / file).read_bytes() == (tmp_path / "b" / "out" / file).read_bytes()


def test_a_single_area_is_judged_as_the_authority_too(tmp_path: Path) -> None:
    rolls = {key: cells for key, cells in steady_rolls().items() if key[0] == "A"}
    made = tried(tmp_path, tables(rolls) | {"areas": "area_code,area_name,phase\nA,North,primary"} | {
        "births": "birth_year,births\n" + "\n".join(f"{AcademicYear(year)},60" for year in range(2013, 2025))
    })  # fmt: skip
    write_backtest(made, tmp_path / "out")
    cells = made.frames["backtest"]
    pairs = [pick(cells, geography=place)["actual"].tolist() for place in ("area", "authority")]
    assert pairs[0] == pairs[1]


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    (tmp_path / "plan").mkdir()
    rolls = steady_rolls(A2025=(66, 60, 60))
    return write_plan(tmp_path / "plan", tables(rolls), {"ratios": {}}).parent


def run(*arguments: object) -> CliResult:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_command_leaves_tables_report_charts_and_story_beside_the_project(plan: Path) -> None:
    found = run("backtest", plan, "--method", "smoothing", "--origins", "3")
    assert found.exit_code == 0, found.output
    out = plan / "placeplan-backtest"
    assert found.stdout.strip() == str(out)
    assert "Beside plain survival" in found.stderr
    assert {path.name for path in out.iterdir()} == {
        "backtest.csv", "backtest_summary.csv", "backtest.md", "backtest.html", "charts", "run.json"
    }  # fmt: skip
    table = pd.read_csv(out / "backtest.csv", dtype={"code": str})
    assert list(dict.fromkeys(table["method"])) == ["combined", REFERENCE, "smoothing"]
    assert set(table["origin"]) == {"2022/23", "2023/24", "2024/25"}
    story = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert story["command"] == "backtest"
    assert story["rows"]["backtest.csv"] == len(table)
    assert story["settings"]["methods"]["smoothing"]["method"] == "smoothing"
    text = (out / "backtest.md").read_text(encoding="utf-8")
    for name in [path.name for path in (out / "charts").iterdir()]:
        assert f"(charts/{name})" in text
    assert "<svg" in (out / "backtest.html").read_text(encoding="utf-8")


def test_json_holds_the_verdict_and_the_summary_and_nothing_else_is_printed(plan: Path) -> None:
    found = run("backtest", plan, "--json")
    told = json.loads(found.stdout)
    assert found.stderr == ""
    assert told["methods"] == ["combined", REFERENCE]
    assert told["origins"][-1] == "2024/25"
    assert {"subject", "words"} == set(told["verdict"][0])
    assert {row["horizon"] for row in told["summary"]} == {1, 2, 3, 4}


def test_quiet_says_nothing_and_the_folder_is_replaced_by_the_same_command_only(plan: Path) -> None:
    for _ in range(2):
        found = run("backtest", plan, "--quiet", "--origins", "2")
        assert (found.exit_code, found.output) == (0, "")
    refused = run("forecast", plan, "--outputs", "csv", "--out", plan / "placeplan-backtest")
    assert refused.exit_code == 2
    assert (plan / "placeplan-backtest" / "backtest.md").is_file()


def test_what_cannot_be_done_ends_with_2_and_writes_nothing(plan: Path) -> None:
    short = {key: cells for key, cells in steady_rolls().items() if key[1] >= "2022/23"}
    unknown = run("backtest", plan, "--method", "arima")
    assert unknown.exit_code == 2
    assert "choose from combined" in unknown.stderr
    write_plan(plan, tables(short))
    found = run("backtest", plan)
    assert found.exit_code == 2
    assert "the rolls cover 4 years, but a backtest needs at least 5" in found.stderr
    assert not (plan / "placeplan-backtest").exists()


def test_errors_of_the_input_are_listed_and_nothing_is_written(plan: Path) -> None:
    (plan / "rolls.csv").write_text("academic_year,area_code,R\n2025/26,NOWHERE,30\n", encoding="utf-8")
    found = run("backtest", plan)
    assert found.exit_code == 3
    assert "NOWHERE" in found.stderr
    assert not (plan / "placeplan-backtest").exists()


def test_an_area_counted_as_empty_is_an_outcome_of_the_authority(tmp_path: Path) -> None:
    nobody = {f"B{year}": (0, 0, 0) for year in (2024, 2025)}
    cells = pick(tried(tmp_path, tables(steady_rolls(**nobody))).frames["backtest"], year_group="total")
    there = pick(cells, geography="authority", target_year="2025/26", method=REFERENCE)
    assert set(there["origin"]) == {"2021/22", "2022/23", "2023/24", "2024/25"}
    assert set(there["actual"]) == {180}
    assert set(pick(cells, code="B", target_year="2025/26")["actual"]) == {0}


@pytest.mark.parametrize("empty", [True, False], ids=["rolls of 0", "no rolls"])
def test_an_area_that_never_had_pupils_takes_nothing_from_the_authority(tmp_path: Path, empty: bool) -> None:
    rolls = steady_rolls() | ({("C", year): (0, 0, 0) for year in YEARS} if empty else {})
    given = tables(rolls)
    given["areas"] += "\nC,New Town,primary"
    made = tried(tmp_path, given)
    write_backtest(made, tmp_path / "out")
    cells = pick(made.frames["backtest"], year_group="total")
    assert set(pick(cells, geography="authority")["actual"]) == {270}
    assert set(pick(cells, geography="area")["code"]) == {"A", "B"}
    assert (tmp_path / "out" / "charts" / "outcome-primary.svg").is_file()


@pytest.mark.parametrize("blank", [("", "", ""), (60, 60, "")], ids=["all blank", "a year group blank"])
def test_rolls_that_can_judge_nothing_are_refused_with_the_years_to_fill_in(
    tmp_path: Path, blank: tuple[float | str, ...]
) -> None:
    rolls = {key: blank if key[1] > "2021/22" else cells for key, cells in steady_rolls().items()}
    with pytest.raises(UsageError, match=r"no area has complete rolls in 2022/23 to 2025/26.*fill in"):
        tried(tmp_path, tables(rolls))


def test_ranges_too_narrow_at_single_years_ahead_are_not_hidden_in_the_mean(boroughs: Backtest) -> None:
    summed = boroughs.frames["backtest_summary"]
    far = (summed["horizon"] == 4) & (summed["geography"] == "area")
    covered = summed["coverage80"].where(~far, 0.55).where(far | (summed["geography"] != "area"), 0.8)
    frames = {**boroughs.frames, "backtest_summary": summed.assign(coverage80=covered)}
    said = dict(verdict(changed(boroughs, frames)))
    assert said["Ranges, planning areas."].endswith(
        "Of totals 4 years ahead the 80% ranges held 55%: too narrow there."
    )
    few = frames | {"backtest_summary": frames["backtest_summary"].assign(n=3)}
    assert "there." not in dict(verdict(changed(boroughs, few)))["Ranges, planning areas."]


def test_a_phase_that_ended_has_no_relative_error_and_no_verdict_on_it(tmp_path: Path) -> None:
    rolls = {key: cells for key, cells in steady_rolls().items() if key[1] >= "2021/22"}
    made = tried(tmp_path, tables(rolls | {(area, "2025/26"): (0, 0, 0) for area in "AB"}))
    write_backtest(made, tmp_path / "out")
    assert set(made.frames["backtest_summary"]["n"]) == {0}
    assert {subject for subject, _ in verdict(made)}.isdisjoint(
        {"Beside the councils' own forecasts.", "Bias alarm.", "No bias alarm."}
    )
    written = [*(tmp_path / "out" / "charts").iterdir(), tmp_path / "out" / "backtest.md"]
    assert not any("nan" in path.read_text(encoding="utf-8") for path in written)
