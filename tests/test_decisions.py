"""Who decides: the rules as data, the route of a change by school, size and day, and decisions.csv of a run."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placeplan.datafiles import data_rows
from placeplan.keydates import admissions_round, census_day, months_later, next_entry, next_round
from placeplan.problems import InputErrors
from placeplan.supply.decisions import route_of
from placeplan.supply.rules import DecisionRules, built_in_rules, decision_rules, group_of
from placeplan.tables import Inputs
from placeplan.years import AcademicYear
from small_plans import run_plan, value

RULES = DecisionRules(built_in_rules())
DAY = date(2026, 3, 18)
TYPES = ("community", "voluntary_aided", "academy", "special", "special_academy")
KINDS = ("raise_pan", "cut_pan", "expand", "unit", "closure", "new_school")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("school_type", TYPES)
def test_every_kind_of_change_has_a_rule_for_every_kind_of_school(kind: str, school_type: str) -> None:
    for pupils in (20.0, 500.0):
        assert route_of(RULES, kind, school_type, pupils, DAY, capacity=400).rule_id != "no rule"


@pytest.mark.parametrize(
    ("kind", "school_type", "pupils", "capacity", "years", "rule"),
    [
        # maintained: more than 30 pupils, and a quarter of the capacity or 200 pupils, whichever is the less
        ("expansion", "community", 30, 100, np.nan, "expand-community-below"),
        ("expansion", "community", 31, 100, np.nan, "expand-community-above"),
        ("expansion", "community", 104, 420, np.nan, "expand-community-below"),
        ("expansion", "community", 105, 420, np.nan, "expand-community-above"),
        ("expansion", "foundation", 199, 1200, np.nan, "expand-foundation-below"),
        ("expansion", "foundation", 200, 1200, np.nan, "expand-foundation-above"),
        ("expansion", "community", 105, 420, 3, "temporary-community"),
        ("expansion", "community", 105, 420, 4, "expand-community-above"),
        ("expansion", "community", 105, np.nan, np.nan, "expand-community-above"),
        # academies: more than 30 places, up or down
        ("expansion", "academy", 30, 1200, np.nan, "expand-academy-below"),
        ("expansion", "academy", 31, 1200, np.nan, "expand-academy-above"),
        ("expansion", "academy", -30, 1200, np.nan, "reduce-academy-below"),
        ("expansion", "academy", -31, 1200, np.nan, "reduce-academy-above"),
        # special schools: a tenth or 20; special academies: a fifth or 20
        ("expansion", "special", 9, 100, np.nan, "expand-special-below"),
        ("expansion", "special", 10, 100, np.nan, "expand-special-above"),
        ("expansion", "special", 20, 400, np.nan, "expand-special-above"),
        ("expansion", "special_academy", 19, 200, np.nan, "expand-special-academy-below"),
        ("expansion", "ap_academy", 20, 200, np.nan, "expand-special-academy-above"),
        ("unit_change", "academy", 9, 50, np.nan, "unit-change-academy-below"),
        ("unit_change", "academy", 10, 50, np.nan, "unit-change-academy-above"),
        ("pan_change", "voluntary_controlled", 30, 420, np.nan, "raise-pan-community"),
        ("pan_change", "voluntary_aided", -30, 420, np.nan, "cut-pan-foundation"),
        ("pan_change", "free_school", -30, 420, np.nan, "cut-pan-academy"),
        ("bulge", "studio", 30, 420, 1, "temporary-academy"),
        ("closure", "academy", -420, 420, np.nan, "close-academy"),
        ("closure", "community", -420, 420, np.nan, "close-community"),
        ("new_school", "", 420, np.nan, np.nan, "new-school-presumption"),
    ],
)
def test_the_rule_follows_school_and_size(
    kind: str, school_type: str, pupils: float, capacity: float, years: float, rule: str
) -> None:
    assert route_of(RULES, kind, school_type, pupils, DAY, capacity=capacity, years=years).rule_id == rule


def test_the_authority_alone_decides_only_at_its_own_schools() -> None:
    alone = {kind for kind in TYPES if route_of(RULES, "cut_pan", kind, -30, DAY).authority_alone}
    assert alone == {"community"}
    assert {kind for kind in TYPES if route_of(RULES, "closure", kind, -30, DAY).authority_alone} == {
        "community",
        "special",
    }


def test_provisions_that_are_not_commenced_are_listed_and_never_chosen() -> None:
    prospective = [rule for rule in built_in_rules() if rule.status == "prospective"]
    assert {"act-2026-s64", "act-2026-s65"} <= {rule.rule_id for rule in prospective}
    assert all("UNSURE" in rule.note and rule.confidence == "low" for rule in prospective)
    far = date(2040, 1, 1)
    for rule in prospective:
        assert not rule.holds(far)
    assert route_of(RULES, "new_school", "", 420, far).rule_id == "new-school-presumption"


def test_every_rule_has_a_source_and_says_what_is_unsure() -> None:
    rows = data_rows("decision_rules.csv")
    assert len({row["rule_id"] for row in rows}) == len(rows)
    for row in rows:
        assert row["source"], row["rule_id"]
        assert row["confidence"] in ("high", "medium", "low"), row["rule_id"]
        assert row["confidence"] != "low" or row["note"], row["rule_id"]


def test_a_census_is_on_the_third_thursday_of_january() -> None:
    assert census_day(AcademicYear(2025)) == date(2026, 1, 15)
    assert census_day(AcademicYear(2024)) == date(2025, 1, 16)
    assert census_day(AcademicYear(2026)) == date(2027, 1, 21)


def test_a_round_of_admissions_ends_eighteen_months_before_entry() -> None:
    found = admissions_round(AcademicYear(2028), "05-15")
    assert (found.consultation_opens, found.consultation_closes) == (date(2026, 10, 1), date(2027, 1, 31))
    assert (found.determined_by, found.objections_by) == (date(2027, 2, 28), date(2027, 5, 15))
    assert found.last_start == date(2026, 12, 20)
    assert admissions_round(AcademicYear(2028)).objections_by is None


@pytest.mark.parametrize(
    ("day", "entry"),
    [
        (date(2025, 12, 20), 2027),  # six weeks are left before 31 January 2026
        (date(2025, 12, 21), 2028),
        (date(2026, 3, 18), 2028),
        (date(2026, 12, 20), 2028),
        (date(2026, 12, 31), 2029),
    ],
)
def test_a_cut_waits_for_the_next_round_that_can_still_be_consulted_on(day: date, entry: int) -> None:
    assert next_round(day).entry == entry
    assert route_of(RULES, "pan_change", "community", -30, day).earliest_date == date(entry, 9, 1)


def test_other_routes_take_their_least_months_and_none_where_none_is_known() -> None:
    def earliest(kind: str, school_type: str, pupils: float) -> date | None:
        return route_of(RULES, kind, school_type, pupils, DAY, capacity=420).earliest_date

    assert earliest("expansion", "community", 210) == date(2026, 4, 18)
    assert earliest("expansion", "academy", 210) == date(2026, 7, 18)
    assert earliest("pan_change", "academy", 30) == date(2026, 9, 1)
    assert earliest("closure", "academy", -420) is None
    assert earliest("new_school", "", 420) is None
    assert months_later(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert next_entry(date(2026, 9, 1)) == date(2026, 9, 1)
    assert next_entry(date(2026, 9, 2)) == date(2027, 9, 1)


@given(
    st.sampled_from([*KINDS, "expansion", "pan_change", "bulge"]),
    st.sampled_from(["", *TYPES, "independent"]),
    st.floats(-2000, 2000),
    st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    st.floats(1, 3000),
)
def test_nothing_can_take_effect_before_the_day_it_is_asked_about(
    kind: str, school_type: str, pupils: float, day: date, capacity: float
) -> None:
    route = route_of(RULES, kind, school_type, pupils, day, capacity=capacity)
    assert route.earliest_date is None or route.earliest_date >= day
    assert route.decider


def test_a_kind_of_school_without_a_rule_is_said_to_have_none() -> None:
    route = route_of(RULES, "closure", "independent", -100, DAY)
    assert (route.rule_id, route.earliest_date) == ("no rule", None)
    assert "independent" in route.note
    assert group_of("independent") == "any"


PLAN = {
    "areas": """
        area_code,area_name,phase
        A,North,primary""",
    "schools": """
        urn,school_name,type,low_year,high_year,primary_area
        100001,Hill School,community,R,6,A
        100002,Dale School,academy,R,6,A
        100003,Mill School,foundation,R,6,A""",
    "rolls": """
        academic_year,urn,R,1,2,3,4,5,6
        2024/25,100001,30,30,30,30,30,30,30
        2025/26,100001,30,30,30,30,30,30,30
        2024/25,100002,30,30,30,30,30,30,30
        2025/26,100002,30,30,30,30,30,30,30
        2024/25,100003,30,30,30,30,30,30,30
        2025/26,100003,30,30,30,30,30,30,30""",
    "capacity": """
        urn,academic_year,capacity
        100001,2024/25,210
        100002,2024/25,210
        100003,2024/25,210""",
}
CHANGES = """
    change_id,kind,start_year,places,urn,into_urn,year_group,certainty
    C1,pan_change,2027/28,-15,100001,,,proposed
    C2,pan_change,2028/29,-15,100001,,,proposed
    C3,pan_change,2027/28,-15,100001,,,firm
    C4,expansion,2028/29,15,100002,,,proposed
    C5,amalgamation,2028/29,,100001,100002,,proposed
    C6,closure,2028/29,,100002,,,proposed
    C7,expansion,2028/29,15,100003,,R,proposed
    C8,expansion,2029/30,45,100003,,1,proposed"""


def test_decisions_csv_has_the_route_of_every_planned_change(tmp_path: Path) -> None:
    result = run_plan(tmp_path, {**PLAN, "planned_changes": CHANGES})
    table = result.frames["decisions"]

    def of(change: str, column: str) -> object:
        return value(table, column, change_id=change)

    assert list(table["change_id"]) == [f"C{number}" for number in range(1, 9)]
    # from the census on 15 January 2026 the round for 2028/29 is the first that is left
    assert [of(change, "earliest_date") for change in ("C1", "C2", "C3")] == ["2028-09-01"] * 3
    assert [of(change, "in_time") for change in ("C1", "C2", "C3")] == ["no", "yes", "decided"]
    # 15 places in seven year groups are 105 pupils: more than 30
    assert (of("C4", "rule_id"), of("C4", "earliest_date")) == ("expand-academy-above", "2026-05-15")
    # the closure is the authority's, the enlargement by 210 pupils is the trust's: the later date counts
    assert of("C5", "rule_id") == "close-community + expand-academy-above"
    assert of("C5", "decider") == "local authority + Regional Director for the Secretary of State"
    assert (of("C5", "earliest_date"), of("C5", "authority_alone")) == ("2026-05-15", "no")
    assert (of("C6", "earliest_date"), of("C6", "in_time")) == ("", "")
    # rows of one expansion by year group are one enlargement: 15 + 45 = 60 of 210 is more than a quarter
    assert of("C7", "rule_id") == of("C8", "rule_id") == "expand-foundation-above"
    assert of("C1", "area_code") == "A"
    early = [finding.value for finding in result.findings if finding.rule == "change-too-early"]
    assert early == ["2027/28"]


def test_the_users_own_rules_replace_and_extend_the_built_in_ones(tmp_path: Path) -> None:
    own = """
        rule_id,kind,school_group,decider,least_months,authority_alone,status
        close-academy,closure,academy,the trust after our protocol,12,no,
        ours,cut_pan,community_vc,cabinet member,2,yes,in force
        later,new_school,any,somebody else,1,yes,prospective"""
    result = run_plan(tmp_path, {**PLAN, "planned_changes": CHANGES, "decision_rules": own})
    table = result.frames["decisions"]
    assert value(table, "decider", change_id="C6") == "the trust after our protocol"
    assert value(table, "earliest_date", change_id="C6") == "2027-01-15"
    assert value(table, "rule_id", change_id="C1") == "ours"
    assert value(table, "earliest_date", change_id="C1") == "2026-03-15"
    rules = decision_rules(result.inputs)
    assert len(rules.rules) == len(built_in_rules()) + 2
    assert rules.find("new_school", "any", "any", DAY).rule_id == "new-school-presumption"  # type: ignore[union-attr]
    assert decision_rules(Inputs({})).rules == built_in_rules()


def test_a_bad_rule_of_the_user_is_an_error_with_its_row(tmp_path: Path) -> None:
    own = """
        rule_id,kind,decider,least_months
        ours,cut_pann,cabinet,2
        ours,cut_pan,cabinet,many"""
    with pytest.raises(InputErrors) as caught:
        run_plan(tmp_path, {**PLAN, "decision_rules": own})
    told = {(found.rule, found.row) for found in caught.value.findings if found.table == "decision_rules"}
    assert {("choice-unknown", 2), ("number-not-a-number", 3)} <= told


def test_the_day_is_the_projects_own_if_it_names_one(tmp_path: Path) -> None:
    settings = {"decisions": {"as_of": "2026-12-31"}}
    result = run_plan(tmp_path, {**PLAN, "planned_changes": CHANGES}, settings)
    assert value(result.frames["decisions"], "earliest_date", change_id="C2") == "2029-09-01"
    assert "31 December 2026" in result.choices["Decisions"]


def test_a_change_that_names_an_old_urn_goes_the_way_of_the_present_school(tmp_path: Path) -> None:
    schools = PLAN["schools"].replace("primary_area", "primary_area,predecessor_urn").replace(",A", ",A,")
    schools += "\n        100009,Dale Academy,academy,R,6,A,100001"
    changes = "change_id,kind,start_year,places,urn,certainty\nC1,pan_change,2028/29,-15,100001,proposed"
    table = run_plan(tmp_path, {**PLAN, "schools": schools, "planned_changes": changes}).frames["decisions"]
    assert value(table, "rule_id", change_id="C1") == "cut-pan-academy"
