"""Options: what is proposed where, weighed on the same draws, ranked by the criteria that are shown, saved and written."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from placeplan.bundled import bundled_folder
from placeplan.cli import main
from placeplan.options.lay_out import option_frames, price_of_acting_apart
from placeplan.options.make import OptionsMade, make_options
from placeplan.options.nearby import walking_miles
from placeplan.options.pupils import moved_pupils, revenue_a_year_late
from placeplan.options.reduction import inspection_standing
from placeplan.options.scenario import scenario_text
from placeplan.options.schools import School
from placeplan.options.setting import PAN
from placeplan.options.weigh import CRITERIA
from placeplan.problems import UsageError
from placeplan.project import load_project
from placeplan.run import forecast, read_and_check
from placeplan.tables import output_columns
from small_plans import pick, small_plan, value, write_plan

YEARS = [f"{year}/{(year + 1) % 100:02d}" for year in range(2016, 2026)]
CONTRACT = (
    "option_id area_code phase kind urn places start_year earliest_date date_needed cost funding proposer decider route "
    "chance_before chance_after spare_before spare_after rank reason"
)
SCHOOLS = """urn,school_name,type,low_year,high_year,primary_area,trust,easting,northing,max_places
    900001,Hill Primary (example),community,R,6,A1,,500000,200000,
    900002,Valley Academy (example),academy,R,6,A1,Trust One (example),500500,200000,
    900003,Mill Primary (example),community,R,6,A2,,501000,200000,330
    900004,Lake School (example),voluntary_aided,R,6,A2,,501500,200000,210"""
ROLL = {"900001": 40, "900002": 20, "900003": 42, "900004": 20}
PAN_OF = {"900001": 60, "900002": 30, "900003": 30, "900004": 30}
CAPACITY = {"900001": 420, "900002": 210, "900003": 315, "900004": 210}


def tables(**further: str) -> dict[str, str]:
    """Two areas whose rolls never change: A1 with 60 pupils for 90 places a year group, A2 with 62 for 60."""
    rolls = [f"{year},{urn}," + ",".join([str(size)] * 7) for year in YEARS for urn, size in ROLL.items()]
    return {
        "areas": "area_code,area_name,phase\nA1,Hillside,primary\nA2,Millside,primary",
        "schools": SCHOOLS,
        "rolls": "academic_year,urn,R,1,2,3,4,5,6\n" + "\n".join(rolls),
        "capacity": "urn,academic_year,capacity\n"
        + "\n".join(f"{u},2025/26,{c}" for u, c in CAPACITY.items()),
        "admission_numbers": "urn,academic_year,year_group,pan\n"
        + "\n".join(f"{urn},2025/26,R,{number}" for urn, number in PAN_OF.items()),
        **further,
    }


def options_of(
    folder: Path, target: float | None = None, choices: dict[str, Any] | None = None, **further: str
) -> OptionsMade:
    project = small_plan(folder, tables(**further), {"options": choices or {}})
    inputs = read_and_check(project)
    return make_options(inputs, project, "", target)


@pytest.fixture(scope="module")
def county() -> OptionsMade:
    """The options of the made-up county with a plan for 5% spare."""
    project = load_project(bundled_folder("configs") / "exampleshire.yaml").with_changes(simulations=200)
    return make_options(read_and_check(project), project, "", 0.05)


def test_an_area_with_too_many_places_and_one_with_too_few_each_get_their_kinds(tmp_path: Path) -> None:
    listed = option_frames(options_of(tmp_path))["options"]
    surplus, short = (set(pick(listed, area_code=code)["kind"]) for code in ("A1", "A2"))
    assert surplus == {"do_nothing", "cut_pan", "merge_classes", "federation", "unit", "closure"}
    assert short == {"do_nothing", "use_spare", "raise_pan", "bulge", "new_school"}


def test_doing_nothing_is_among_the_options_and_changes_nothing(tmp_path: Path) -> None:
    made = options_of(tmp_path)
    for one in made.weighed:
        if not one.candidate.rows and one.candidate.lent is None:
            assert one.after is one.trouble.before
            assert not one.moved.any()
            assert one.chances[0] == one.chances[1]
    frame = option_frames(made)["options"]
    assert set(pick(frame, kind="do_nothing")["cost"]) == {0.0}
    assert len(pick(frame, kind="do_nothing")) == 2


def test_an_admission_number_is_raised_within_capacity_and_moves_up(tmp_path: Path) -> None:
    # Mill Primary: 315 places are 45 a year group, admission number 30, so 15 can be had. From 2026/27 one more year
    # group each year has them: 15 × 1 in 2026/27, 15 × 7 from 2032/33.
    frames = option_frames(options_of(tmp_path))
    raised = pick(frames["options"], kind="raise_pan")
    assert list(raised["urn"]) == ["900003"]
    assert list(raised["places"]) == [15.0]
    years = frames["options_years"]
    places = pick(years, option_id=raised["option_id"].iloc[0])["places"].tolist()
    assert places == [420 + 15 * min(at, 7) for at in range(1, 11)]


def test_an_expansion_never_goes_beyond_what_the_site_can_hold(tmp_path: Path) -> None:
    # Mill: 315 places now, 330 at most: 15 × 7 more do not fit. Lake: 210 of 210. So nobody can be expanded.
    tight = option_frames(options_of(tmp_path))["options"]
    assert set(pick(tight, kind="expansion")["urn"]) == set()


def test_spare_places_nearby_are_measured_by_the_walk(tmp_path: Path) -> None:
    # 900003 stands 500 m from 900002: 500 × 1.3 / 1609.344 = 0.4 miles, within the 2 miles of the law.
    made = options_of(tmp_path)
    use = next(one for one in made.weighed if one.candidate.kind.kind == "use_spare")
    assert "within 2 miles, the nearest 0.4 miles away" in use.candidate.facts[0]
    assert use.candidate.cost == 0.0
    before, after = use.chances
    assert after < before
    assert use.candidate.lent is not None
    assert np.allclose(use.candidate.lent.central, 30.0, atol=1.0)
    assert walking_miles(3) == 2.0
    assert walking_miles(7) == 3.0


def test_without_coordinates_neighbours_are_those_linked_by_transfers(tmp_path: Path) -> None:
    bare = "\n".join(
        ",".join([*line.split(",")[:7], *[""] * 3]) if place else line
        for place, line in enumerate(SCHOOLS.splitlines())
    )
    areas = (
        "area_code,area_name,phase,feeds\nA1,Hillside,primary,B1\nA2,Millside,primary,B1\nB1,Upper,secondary,"
    )
    made = options_of(tmp_path, schools=bare, areas=areas)
    use = next(one for one in made.weighed if one.candidate.kind.kind == "use_spare")
    assert "linked by transfers" in use.candidate.facts[0]
    assert use.candidate.cost is None
    assert "options-no-coordinates" in {finding.rule for finding in made.findings}


def test_a_plan_shares_out_what_the_target_needs(tmp_path: Path) -> None:
    # 90 places, 60 pupils: 5% spare leaves 60 / 0.95 = 63.2, so 26.8 ought to go: two steps. Floors of 15 allow a step each
    # (25% and 50%) or two steps at Hill (50%): the largest loss is 50% either way, and 15²/60 + 15²/30 < 4 × 15²/60.
    made = options_of(tmp_path, 0.05, {"least_admission_number": 15})
    assert made.plan is not None
    schools = option_frames(made)["reduction"]
    assert value(schools, "cut", plan="together", urn="900001") == 15
    assert value(schools, "cut", plan="together", urn="900002") == 15
    # Alone only Hill, a community school, can be cut: both steps there.
    assert value(schools, "cut", plan="alone", urn="900001") == 30
    assert value(schools, "cut", plan="alone", urn="900002") == 0
    areas = option_frames(made)["reduction_areas"]
    spare = value(areas, "spare_percent_after", plan="together", area_code="A1")
    assert spare == pytest.approx(0.0, abs=1.0)
    assert price_of_acting_apart(made.plan)["places"] == 0


def test_the_price_of_acting_apart_is_told_in_places_and_pounds(tmp_path: Path) -> None:
    # With a floor of 45 at Hill and 15 at Valley the authority alone takes 15, all together 30: 15 more places a year,
    # 105 once they stand in seven year groups, at 5,100 pounds a pupil 535,500 a year.
    made = options_of(tmp_path, 0.05, {"floors": {"900001": 45, "900002": 15}})
    assert made.plan is not None
    price = price_of_acting_apart(made.plan)
    assert price["places_alone"] == 15
    assert price["places_together"] == 30
    assert price["places_worked_up"] == 105
    assert price["pounds_a_year"] == 105 * 5100


def test_no_plan_and_no_cut_goes_below_the_offers_made(tmp_path: Path) -> None:
    offers = "academic_year,urn,year_group,first_preferences,offers\n2025/26,900001,R,35,50\n2025/26,900002,R,30,30"
    made = options_of(tmp_path, 0.05, {"least_admission_number": 0}, preferences=offers)
    assert made.plan is not None
    schools = option_frames(made)["reduction"]
    assert set(schools["cut"]) == {0.0}
    assert "offers made" in value(schools, "reason", plan="together", urn="900002")
    assert "plan-target-missed" in {finding.rule for finding in made.findings}
    cut = [one for one in made.weighed if one.candidate.kind.kind == "cut_pan"]
    assert cut == []


def test_a_change_that_others_propose_is_weighed_as_an_option(tmp_path: Path) -> None:
    made = options_of(
        tmp_path,
        planned_changes="change_id,kind,start_year,places,urn,year_group,certainty\n"
        "R1,pan_change,2027/28,15,900004,R,option\nR2,pan_change,2027/28,-30,900001,R,proposed",
        proposals="proposal_id,raised_by,date,change_id,board,outcome,dissent\n"
        "P1,governing body,2026-02-01,R2,Hillside board (example),not agreed,two schools",
        preferences="academic_year,urn,year_group,first_preferences,offers\n2025/26,900001,R,35,40",
    )
    rival = next(one for one in made.weighed if one.candidate.change_id == "R2")
    assert rival.trouble.area.code == "A1"
    assert "raised by governing body" in " ".join(rival.candidate.facts)
    assert any("below the 40 offers made" in risk for risk in rival.candidate.risks)
    assert any("two schools" in risk for risk in rival.candidate.risks)
    # 30 places a year fewer from 2027/28: one year group in the second year ahead, seven from the eighth on.
    gone = rival.trouble.before.places - rival.after.places
    assert gone.tolist() == [30.0 * min(max(at, 0), 7) for at in range(10)]
    assert {one.trouble.area.code for one in made.weighed if one.candidate.change_id == "R1"} == {"A2"}


def test_ranks_follow_the_criteria_that_are_shown(county: OptionsMade) -> None:
    frame = option_frames(county)["options"]
    names = [name for name, _ in CRITERIA]
    assert [name for name in names if name in frame.columns] == [
        "years_short", "places_short", "years_surplus", "places_spare", "cost",
    ]  # fmt: skip
    for _, group in frame.groupby(["area_code", "phase", "trouble"], sort=False):
        assert list(group["rank"]) == list(range(1, len(group) + 1))
        keys = list(
            zip(
                group["years_short"],
                group["places_short"],
                group["years_surplus"],
                group["places_spare"],
                strict=True,
            )
        )
        assert keys == sorted(keys)


def test_the_quick_way_to_add_a_change_gives_what_reading_the_whole_plan_gives(county: OptionsMade) -> None:
    setting = county.setting
    plain = [
        one for one in county.weighed if one.candidate.kind.kind in ("cut_pan", "expansion", "unit", "bulge")
    ]
    for one in plain[::9]:
        change = setting.changes_of(one.candidate.rows, PAN)[one.candidate.rows[0]["change_id"]]
        quick, full = setting.with_change(change, PAN), setting.with_rows(one.candidate.rows, PAN)
        np.testing.assert_allclose(quick.areas.places, full.areas.places)
        np.testing.assert_allclose(quick.areas.by_site, full.areas.by_site)


def test_an_option_written_into_the_plan_gives_the_same_places(tmp_path: Path) -> None:
    made = options_of(tmp_path)
    cut = next(
        one for one in made.weighed if one.candidate.kind.kind == "cut_pan" and one.candidate.places == -15
    )
    row = yaml.safe_load(scenario_text(made, cut.option_id))["planned_changes"]["add"][0]
    planned = "\n".join([",".join(row), ",".join(str(cell) for cell in row.values())])
    (tmp_path / "again").mkdir()
    result = forecast(small_plan(tmp_path / "again", tables(planned_changes=planned), {"horizon": 10}))
    totals = pick(result.frames["sufficiency"], area_code="A1", year_group="total")
    assert totals["pan"].tolist()[1:] == cut.after.places.tolist()


def test_surplus_is_weighed_by_exact_chances(tmp_path: Path) -> None:
    made = options_of(tmp_path)
    bulge = next(one for one in made.weighed if one.candidate.kind.kind == "bulge")
    area = bulge.trouble.area
    drawn = made.setting.drawn_demand(area).sum(axis=0)
    places = made.setting.central_places(area, made.setting.with_rows(bulge.candidate.rows, PAN)).sum(axis=0)
    np.testing.assert_allclose(bulge.after.chance, (drawn > places[:, None]).mean(axis=1))
    surplus = (places[:, None] - drawn) / places[:, None] >= 0.1
    np.testing.assert_allclose(bulge.after.surplus_chance, surplus.mean(axis=1), atol=0.011)


def test_places_are_whole_and_never_below_zero(county: OptionsMade) -> None:
    years = option_frames(county)["options_years"]
    assert (years["places"].dropna() >= 0).all()
    assert years["chance"].dropna().between(0, 1).all()
    np.testing.assert_allclose(years["surplus"], years["places"] - years["demand"])


def test_ten_years_are_looked_at_and_those_on_projected_births_are_marked(county: OptionsMade) -> None:
    years = option_frames(county)["options_years"]
    assert years["academic_year"].nunique() == 10
    marked = years[years["phase"] == "primary"].drop_duplicates("academic_year")
    assert set(marked["rests_on_projected_births"]) == {"yes", "no"}
    assert marked["rests_on_projected_births"].is_monotonic_increasing


def test_outcomes_of_different_frameworks_never_share_a_scale() -> None:
    def school(framework: str, outcome: str) -> School:
        return School(
            0, "1", "x", "community", "", 0, 6, np.nan, np.nan, np.nan, "", framework, outcome, {}, {}, {}, {}
        )

    found = inspection_standing(
        [
            school("2019", "good"),
            school("2019", "outstanding"),
            school("2025 report card", "strong"),
            school("", ""),
        ]
    )
    assert found.tolist() == [-0.5, 0.5, 0.0, 0.0]


cells = arrays(float, (3, 2, 4), elements=st.floats(0, 90))


@settings(max_examples=50, deadline=None)
@given(roll=cells, before=cells, after=cells)
def test_pupils_move_and_none_is_made(roll: Any, before: Any, after: Any) -> None:
    change = moved_pupils(roll, before, after)
    assert (change.sum(axis=0) <= 1e-6).all()
    assert (roll + change >= -1e-6).all()
    np.testing.assert_allclose(moved_pupils(roll, before, before), 0.0, atol=1e-9)


def test_a_school_that_loses_places_loses_pupils_to_those_with_room_and_money_a_year_later() -> None:
    # 40 pupils, places cut from 60 to 30: ten go, to the schools with 5 and 15 places of room as 1 to 3.
    shape = (3, 1, 1)
    roll = np.array([40.0, 25.0, 15.0]).reshape(shape)
    change = moved_pupils(
        roll, np.array([60.0, 30.0, 30.0]).reshape(shape), np.array([30.0, 30.0, 30.0]).reshape(shape)
    )
    assert change.ravel().tolist() == [-10.0, 2.5, 7.5]
    late = revenue_a_year_late(np.array([[-10.0, -10.0]]), 5000.0)
    assert late.tolist() == [[0.0, -50000.0]]


def run(*words: str) -> Any:
    return CliRunner().invoke(main, ["options", *words])


@pytest.fixture(scope="module")
def project_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_plan(tmp_path_factory.mktemp("plan"), tables())


@pytest.fixture(scope="module")
def written(project_file: Path) -> Path:
    folder = project_file.parent / "out"
    scenario = project_file.parent / "chosen.yaml"
    done = run(
        str(project_file), "--reduce", "5%", "--out", str(folder), "--save", "plan-together", str(scenario)
    )
    assert done.exit_code == 0, done.output
    return folder


def test_the_command_writes_the_contracts_columns_and_everything_for_people(written: Path) -> None:
    with (written / "options.csv").open(encoding="utf-8") as lines:
        assert next(csv.reader(lines))[:20] == CONTRACT.split()
    assert list(output_columns("options")[:20]) == CONTRACT.split()
    names = {file.name for file in written.iterdir()}
    assert {
        "options.md",
        "options.html",
        "options.xlsx",
        "run.json",
        "findings.csv",
        "reduction.csv",
    } <= names
    assert json.loads((written / "run.json").read_text(encoding="utf-8"))["command"] == "options"
    text = (written / "options.md").read_text(encoding="utf-8")
    assert "price of acting apart" in text
    for _, words in CRITERIA:
        assert words in text
    assert "Hill Primary" in text
    assert "nan" not in text
    frame = pd.read_csv(written / "options.csv", dtype=str)
    assert frame["option_id"].is_unique


def test_the_same_inputs_give_the_same_bytes(project_file: Path, written: Path) -> None:
    again = written.parent / "again"
    assert run(str(project_file), "--reduce", "5%", "--out", str(again), "--quiet").exit_code == 0
    for file in sorted(again.glob("*.csv")):
        assert file.read_bytes() == (written / file.name).read_bytes(), file.name
    assert (again / "options.xlsx").read_bytes() == (written / "options.xlsx").read_bytes()


def test_a_saved_plan_is_a_scenario_with_changes_to_add(written: Path) -> None:
    text = (written.parent / "chosen.yaml").read_text(encoding="utf-8")
    assert text.startswith("# Scenario made by `placeplan options --save`")
    scenario = yaml.safe_load(text)
    assert set(scenario) == {"name", "based_on", "planned_changes"}
    assert scenario["planned_changes"]["add"] == [
        {
            "kind": "pan_change", "start_year": "2028/29", "places": -30, "urn": "900001", "area_code": "A1",
            "phase": "primary", "certainty": "certain", "delivery_probability": 1, "year_group": "R",
            "change_id": "cut-900001-0",
        }
    ]  # fmt: skip


def test_json_has_the_options_and_the_plan(project_file: Path) -> None:
    folder = project_file.parent / "j"
    done = run(str(project_file), "--area", "A2", "--reduce", "2", "--json", "--out", str(folder))
    told = json.loads(done.stdout)
    assert {row["area_code"] for row in told["options"]} == {"A2"}
    assert told["plan"]["together"]["status"] == "optimal"
    assert told["plan"]["target"] == 0.02


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--reduce", "much"], "like 5%"),
        (["--reduce", "70%"], "below 50%"),
        (["--area", "A9"], "no planning area has this code"),
        (["--save", "no-such-option", "x.yaml"], "no option has this id"),
        (["--save", "A1-primary-surplus-00", "x.yaml"], "changes no places"),
        (["--save", "plan-alone", "x.yaml"], "ask for one with --reduce"),
    ],
)
def test_what_it_cannot_take_is_said_and_nothing_is_written(
    words: list[str], said: str, project_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(str(project_file), "--out", str(tmp_path / "o"), *words)
    assert done.exit_code == 2, done.output
    assert said in done.output
    assert list(tmp_path.iterdir()) == []


def test_a_folder_or_file_of_others_is_left_alone(project_file: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep", encoding="utf-8")
    assert run(str(project_file), "--out", str(tmp_path / "mine")).exit_code == 2
    (tmp_path / "mine.yaml").write_text("name: mine\n", encoding="utf-8")
    done = run(
        str(project_file), "--out", str(tmp_path / "o"), "--save", "plan-alone", str(tmp_path / "mine.yaml")
    )
    assert done.exit_code == 2
    assert "was not made by --save" in done.output


def test_a_project_without_places_or_schools_has_no_options(tmp_path: Path) -> None:
    rolls = [f"{year},A1," + ",".join(["30"] * 7) for year in YEARS]
    project = small_plan(
        tmp_path,
        {
            "areas": "area_code,area_name,phase\nA1,Hillside,primary",
            "rolls": "academic_year,area_code,R,1,2,3,4,5,6\n" + "\n".join(rolls),
        },
    )
    made = make_options(read_and_check(project), project, "", 0.05)
    assert made.weighed == ()
    assert made.plan is not None
    assert made.plan.plans["together"].cut.sum() == 0
    with pytest.raises(UsageError, match="no planning area"):
        make_options(read_and_check(project), project, "A7")
