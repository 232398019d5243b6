"""Checks that hold the tables against each other, on a small authority with one thing spoilt at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placeplan.inputs.checks import check_tables, mend_codes
from placeplan.problems import Finding, Severity
from placeplan.project import Project
from placeplan.schooltypes import school_type_names
from placeplan.tables import Column, Inputs, table_specs, typed_table

Rows = list[dict[str, Any]]
YEARS = range(2016, 2026)


def _cohort(urn: str, groups: range, years: range = YEARS, pupils: int = 30) -> Rows:
    return [
        {"urn": urn, "academic_year": year, "year_group": group, "pupils": pupils}
        for year in years
        for group in groups
    ]


def small() -> dict[str, Rows]:
    """Two primary areas that feed one secondary area, three schools, all in order."""
    school = {"type": "community", "low_year": 0, "high_year": 6}
    return {
        "areas": [
            {"area_code": "0101", "area_name": "North", "phase": "primary", "feeds": "0201"},
            {"area_code": "0102", "area_name": "South", "phase": "primary", "feeds": "0201"},
            {"area_code": "0201", "area_name": "Town", "phase": "secondary"},
        ],
        "schools": [
            {"urn": "100001", "school_name": "North School", "primary_area": "0101", **school},
            {"urn": "100002", "school_name": "South School", "primary_area": "0102", **school},
            {
                "urn": "100003",
                "school_name": "Town School",
                "secondary_area": "0201",
                "type": "academy",
                "low_year": 7,
                "high_year": 11,
            },
        ],
        "rolls": [
            *_cohort("100001", range(7)),
            *_cohort("100002", range(7)),
            *_cohort("100003", range(7, 12), pupils=60),
        ],
    }


def found(tables: dict[str, Rows], **choices: Any) -> list[Finding]:
    frames = {name: typed_table(name, pd.DataFrame(rows)) for name, rows in tables.items()}
    project = Project.model_validate({"authority": {"name": "Exampleshire"}, "inputs": {}, **choices})
    return check_tables(Inputs(frames), project)


def of_rule(findings: list[Finding], rule: str) -> list[Finding]:
    return [finding for finding in findings if finding.rule == rule]


def test_an_authority_in_order_has_no_findings() -> None:
    assert found(small()) == []


def change(**cells: Any) -> dict[str, Any]:
    row = {
        "change_id": "C1",
        "kind": "expansion",
        "start_year": 2027,
        "places": 30,
        "urn": "100001",
        "certainty": "firm",
    }
    return {**row, **cells}


def drop(tables: dict[str, Rows], keep: Callable[[dict[str, Any]], bool]) -> None:
    tables["rolls"] = [row for row in tables["rolls"] if keep(row)]


def _put(table: str, *rows: dict[str, Any]) -> Callable[[dict[str, Rows]], None]:
    def apply(tables: dict[str, Rows]) -> None:
        tables[table] = [*tables.get(table, []), *rows]

    return apply


def _school(place: int, **cells: Any) -> Callable[[dict[str, Rows]], None]:
    return lambda tables: tables["schools"][place].update(cells)


OFFER = {"academic_year": 2025, "urn": "100001", "year_group": 0, "first_preferences": 28, "offers": 30}
PAN = {"academic_year": 2020, "urn": "100001", "year_group": 0, "pan": 30}
CAPACITY = [
    {"urn": urn, "academic_year": 2024, "capacity": 210, "disputed": "no"}
    for urn in ("100001", "100002", "100003")
]
ADJUSTMENT = {
    "adjustment_id": "A1",
    "academic_year": 2026,
    "year_group": 0,
    "amount": 3,
    "reason": "new homes",
    "role": "officer",
    "made_on": "2025-10-01",
    "area_code": "0101",
    "phase": "primary",
    "expires_on": "2027-09-01",
}
STOCK = {"setting": "state_special", "year_group": 3}

BREACHES: list[tuple[str, str, Callable[[dict[str, Rows]], None], str]] = [
    ("code-unknown", "areas", lambda t: t["areas"][0].update(feeds="0202"), "nearest code is `0201`"),
    ("code-unknown", "areas", lambda t: t["areas"][0].update(feeds="0102"), "not as a secondary area"),
    ("code-unknown", "schools", _school(0, primary_area="0109"), "`0109` is no primary area"),
    ("code-unknown", "rolls", _put("rolls", *_cohort("999999", range(2))), "(20 rows, this one first)"),
    (
        "code-unknown",
        "rolls",
        _put("rolls", {"area_code": "0101", "academic_year": 2025, "year_group": 9, "pupils": 4}),
        "not as a secondary area",
    ),
    ("code-unknown", "planned_changes", _put("planned_changes", change(urn="100009")), "no urn"),
    (
        "code-unknown",
        "transfers",
        _put("transfers", {"academic_year": 2025, "from_area": "0201", "to_area": "OUT", "pupils": 3}),
        "not as a primary area",
    ),
    (
        "code-unknown",
        "births",
        lambda t: t.update(
            births=[{"birth_year": 2015, "births": 30, "geography_code": "W9"}],
            geography_lookup=[{"geography_code": "W1", "area_code": "0101", "weight": 1}],
        ),
        "no geography_code",
    ),
    (
        "code-table-missing",
        "births",
        _put("births", {"birth_year": 2015, "births": 30, "geography_code": "W9"}),
        "geography_lookup",
    ),
    (
        "code-unknown-past",
        "previous_forecasts",
        _put(
            "previous_forecasts",
            {
                "made_in": 2020,
                "academic_year": 2022,
                "year_group": 0,
                "pupils": 9,
                "area_code": "0777",
                "phase": "primary",
            },
        ),
        "0777",
    ),
    ("school-no-area", "schools", _school(0, primary_area=""), "primary pupils but no primary_area"),
    (
        "school-no-area",
        "schools",
        _put(
            "schools",
            {"urn": "100004", "school_name": "New", "type": "academy", "low_year": 0, "high_year": 6},
        ),
        "in no planning area",
    ),
    ("closed-before-open", "schools", _school(0, open_year=2015, close_year=2010), "closes in 2010/11"),
    (
        "closed-before-open",
        "planned_changes",
        lambda t: (
            _school(0, open_year=2015)(t),
            _put("planned_changes", change(kind="closure", start_year=2014))(t),
        ),
        "before it opens",
    ),
    ("school-range", "schools", _school(2, low_year=11, high_year=7), "Year 11"),
    ("valid-order", "areas", lambda t: t["areas"][0].update(valid_from=2020, valid_to=2018), "0101"),
    (
        "weights-sum",
        "geography_lookup",
        _put(
            "geography_lookup",
            {"geography_code": "W1", "area_code": "0101", "weight": 0.5},
            {"geography_code": "W1", "area_code": "0102", "weight": 0.4},
        ),
        "sum to 0.9",
    ),
    (
        "weights-sum",
        "area_changes",
        _put(
            "area_changes",
            {
                "old_area": "0100",
                "new_area": "0101",
                "phase": "primary",
                "from_year": 2018,
                "weight": 0.6,
            },
        ),
        "sum to 0.6",
    ),
    (
        "code-unknown",
        "housing",
        lambda t: (
            _put(
                "area_changes",
                {"old_area": "0100", "new_area": "0101", "phase": "primary", "from_year": 2018, "weight": 1},
            )(t),
            _put("housing", {"site_id": "H1", "area_code": "0100", "academic_year": 2026, "dwellings": 9})(t),
        ),
        "area_changes tells it as 0101 now",
    ),
    ("roll-outside-range", "rolls", _put("rolls", *_cohort("100001", range(7, 8))), "has pupils in Year 7"),
    (
        "area-no-rolls",
        "areas",
        _put("areas", {"area_code": "0103", "area_name": "East", "phase": "primary"}),
        "East",
    ),
    (
        "area-no-base-rolls",
        "areas",
        lambda t: drop(t, lambda row: row["urn"] != "100002" or row["academic_year"] < 2023),
        "none in 2025/26",
    ),
    (
        "roll-gap",
        "rolls",
        lambda t: drop(t, lambda row: row["urn"] != "100002" or row["academic_year"] not in (2019, 2020)),
        "2019/20 to 2020/21",
    ),
    ("roll-gap", "rolls", lambda t: drop(t, lambda row: row["academic_year"] != 2019), "at all for 2019/20"),
    (
        "roll-jump",
        "rolls",
        lambda t: next(
            row
            for row in t["rolls"]
            if (row["urn"], row["academic_year"], row["year_group"]) == ("100001", 2025, 4)
        ).update(pupils=80),
        "80 pupils in Year 4 in 2025/26, where the same cohort had 30 in Year 3",
    ),
    (
        "school-opens",
        "rolls",
        lambda t: drop(t, lambda row: row["urn"] != "100002" or row["academic_year"] >= 2020),
        "begin in 2020/21, and schools gives no open_year",
    ),
    (
        "school-closes",
        "rolls",
        lambda t: drop(t, lambda row: row["urn"] != "100002" or row["academic_year"] < 2020),
        "end in 2019/20",
    ),
    (
        "unit-above-roll",
        "rolls",
        lambda t: t["rolls"][0].update(unit_pupils=31),
        "31 pupils in units",
    ),
    ("change-incomplete", "planned_changes", _put("planned_changes", change(places=None)), "needs places"),
    (
        "change-incomplete",
        "planned_changes",
        _put("planned_changes", change(kind="closure", urn="", area_code="0101", phase="primary")),
        "needs the urn",
    ),
    (
        "change-incomplete",
        "planned_changes",
        _put("planned_changes", change(kind="amalgamation")),
        "into_urn",
    ),
    (
        "change-incomplete",
        "planned_changes",
        _put("planned_changes", change(urn="", area_code="0101")),
        "phase",
    ),
    ("change-order", "planned_changes", _put("planned_changes", change(end_year=2026)), "ends in 2026/27"),
    (
        "phase-year-group",
        "planned_changes",
        _put("planned_changes", change(phase="secondary", year_group=3)),
        "not secondary",
    ),
    (
        "change-overlap",
        "planned_changes",
        _put("planned_changes", change(), change(change_id="C2", start_year=2029)),
        "C1 and C2",
    ),
    (
        "change-after-closure",
        "planned_changes",
        _put("planned_changes", change(), change(change_id="C2", kind="closure", start_year=2026)),
        "no pupils from 2026/27",
    ),
    ("capacity-missing", "capacity", _put("capacity", *CAPACITY[1:]), "North School"),
    (
        "capacity-old",
        "capacity",
        _put("capacity", {**CAPACITY[0], "academic_year": 2016}, *CAPACITY[1:]),
        "9 years before",
    ),
    (
        "capacity-disputed",
        "capacity",
        _put("capacity", {**CAPACITY[0], "disputed": "yes"}, *CAPACITY[1:]),
        "210 places",
    ),
    (
        "pan-below-offers",
        "admission_numbers",
        lambda t: (
            _put("preferences", OFFER)(t),
            _put("admission_numbers", PAN, {**PAN, "academic_year": 2026, "pan": 20})(t),
        ),
        "20 to Reception in 2026/27",
    ),
    (
        "offers-above-pan",
        "preferences",
        lambda t: (
            _put("preferences", {**OFFER, "offers": PAN["pan"] + 6})(t),
            _put("admission_numbers", {**PAN, "academic_year": OFFER["academic_year"]})(t),
        ),
        "36 offers for Reception",
    ),
    (
        "residence-exceeds-roll",
        "residence",
        _put(
            "residence",
            {"academic_year": 2025, "home_area": "0102", "year_group": 3, "pupils": 9, "area_code": "0101"},
            {"academic_year": 2025, "home_area": "0101", "year_group": 3, "pupils": 25, "urn": "100001"},
        ),
        "34 pupils at the schools of 0101 in Year 3",
    ),
    (
        "pan-below-offers",
        "planned_changes",
        lambda t: (
            _put("preferences", OFFER)(t),
            _put("admission_numbers", PAN)(t),
            _put("planned_changes", change(kind="pan_change", places=-15))(t),
        ),
        "15 places in Reception",
    ),
    (
        "change-counted-twice",
        "admission_numbers",
        lambda t: (
            _put("admission_numbers", PAN, {**PAN, "academic_year": 2028, "pan": 60})(t),
            _put("planned_changes", change())(t),
        ),
        "count twice",
    ),
    ("adjustment-no-expiry", "adjustments", _put("adjustments", {**ADJUSTMENT, "expires_on": None}), "A1"),
    ("adjustment-no-evidence", "adjustments", _put("adjustments", {**ADJUSTMENT, "evidence": ""}), "A1"),
    (
        "adjustment-dates",
        "adjustments",
        _put("adjustments", {**ADJUSTMENT, "made_on": "2027-09-01", "expires_on": "2028-08-31"}),
        "after the 2026/27",
    ),
    (
        "adjustment-dates",
        "adjustments",
        _put("adjustments", {**ADJUSTMENT, "expires_on": "2025-09-30"}),
        "after it expired",
    ),
    (
        "adjustment-expired",
        "adjustments",
        _put("adjustments", {**ADJUSTMENT, "expires_on": "2025-12-31"}),
        "31 December 2025",
    ),
    (
        "transfers-exceed-roll",
        "transfers",
        _put("transfers", {"academic_year": 2025, "from_area": "0101", "to_area": "0201", "pupils": 40}),
        "only 30 in Year 6 in 2024/25",
    ),
    (
        "transfers-differ",
        "transfers",
        _put("transfers", {"academic_year": 2025, "from_area": "0101", "to_area": "0201", "pupils": 30}),
        "30 pupils move into 0201, which has 60 in Year 7 in 2025/26",
    ),
    (
        "plans-flow-stock",
        "specialist_flows",
        lambda t: (
            _put(
                "specialist",
                {**STOCK, "academic_year": 2024, "pupils": 100},
                {**STOCK, "academic_year": 2025, "pupils": 120},
            )(t),
            _put(
                "specialist_flows",
                {"academic_year": 2025, "flow": "new", "pupils": 30},
                {"academic_year": 2025, "flow": "ceased", "pupils": 25},
            )(t),
        ),
        "from 100 to 120 in 2025/26, a change of 20, but new less ceased plans are 5: a difference of 15",
    ),
    (
        "plans-flow-setting",
        "specialist_flows",
        lambda t: (
            _put(
                "specialist",
                {**STOCK, "academic_year": 2024, "pupils": 100, "setting": "unit"},
                {**STOCK, "academic_year": 2025, "pupils": 105, "setting": "unit"},
            )(t),
            _put(
                "specialist_flows",
                {"academic_year": 2025, "flow": "new", "pupils": 30, "to_setting": "unit"},
                {"academic_year": 2025, "flow": "ceased", "pupils": 25, "from_setting": "unit"},
                {
                    "academic_year": 2025,
                    "flow": "move",
                    "pupils": 20,
                    "from_setting": "unit",
                    "to_setting": "other",
                },
            )(t),
        ),
        "plans in unit changed by 5 in 2025/26, but new and moved plans into it less ceased and moved ones out are -15: a "
        "difference of 20",
    ),
    (
        "plans-year-missing",
        "specialist",
        _put("specialist", *({**STOCK, "academic_year": year, "pupils": 10} for year in (2021, 2022, 2025))),
        "specialist has no plans for 2023/24 to 2024/25: only the years from 2025/26 on are used",
    ),
    (
        "plans-year-missing",
        "specialist_flows",
        _put(
            "specialist_flows",
            *({"academic_year": y, "flow": "new", "pupils": 3} for y in (2022, 2024, 2025)),
        ),
        "specialist_flows has no new plans for 2023/24: only the years from 2024/25 on are used",
    ),
    (
        "plans-flows-in-part",
        "specialist_flows",
        _put(
            "specialist_flows",
            {"academic_year": 2025, "flow": "new", "pupils": 3},
            {"academic_year": 2025, "flow": "ceased", "pupils": 2},
        ),
        "new plans of 2025/26 and no moves between settings: children stay",
    ),
    (
        "plans-behind-rolls",
        "specialist",
        _put("specialist", {**STOCK, "academic_year": 2023, "pupils": 10}),
        "the last plans are those of 2023/24, the rolls go to 2025/26",
    ),
    (
        "ap-month-unknown",
        "ap_flows",
        _put("ap_flows", {"academic_year": 2025, "phase": "primary", "entries": 3, "month": "Brumaire"}),
        "`Brumaire` is no month",
    ),
    (
        "ap-month-missing",
        "ap_flows",
        _put("ap_flows", {"academic_year": 2025, "phase": "primary", "entries": 3}),
        "1 rows of ap_flows with 3 entries name no month",
    ),
    (
        "provider-unknown",
        "specialist_places",
        _put("specialist_places", {"academic_year": 2025, "setting": "unit", "places": 3, "urn": "123456"}),
        "123456 is no school of the table schools (1 row); 1 of them name no phase",
    ),
    (
        "need-unknown",
        "specialist",
        _put("specialist", {**STOCK, "academic_year": 2025, "pupils": 3, "need": "ADHD"}),
        "ADHD is no need",
    ),
    (
        "age-beside-year-group",
        "specialist_flows",
        _put(
            "specialist_flows",
            {"academic_year": 2025, "flow": "new", "pupils": 1, "age": 9, "year_group": 3},
        ),
        "age 9 stands beside year group 3, whose age is 7",
    ),
    (
        "births-part",
        "births",
        _put("births", {"birth_year": 2015, "births": 30, "covered": 4 / 12}),
        "4 of 12 months",
    ),
]


@pytest.mark.parametrize(
    ("rule", "table", "spoil", "said"), BREACHES, ids=[f"{rule}-{table}" for rule, table, _, _ in BREACHES]
)
def test_each_rule_is_found_where_it_is_broken(
    rule: str, table: str, spoil: Callable[[dict[str, Rows]], None], said: str
) -> None:
    tables = small()
    spoil(tables)
    matching = of_rule(found(tables), rule)
    assert [finding.table for finding in matching] == [table]
    assert said in matching[0].message
    assert matching[0].remedy


def test_schools_outside_mainstream_need_no_area_and_are_counted() -> None:
    tables = small()
    tables["schools"].append(
        {"urn": "100009", "school_name": "Hill", "type": "special", "low_year": 0, "high_year": 11}
    )
    tables["rolls"] += _cohort("100009", range(3))
    findings = found(tables)
    assert [finding.rule for finding in findings] == ["rolls-not-mainstream"]
    assert findings[0].severity is Severity.NOTE
    assert "30 cells of 1 school that is" in findings[0].message


def test_an_old_urn_is_known_and_its_school_has_no_gap() -> None:
    tables = small()
    tables["schools"][0]["predecessor_urn"] = "090001"
    for row in tables["rolls"]:
        if row["urn"] == "100001" and row["academic_year"] < 2020:
            row["urn"] = "090001"
    assert found(tables) == []


def test_a_school_on_two_sites_needs_no_area_of_its_own() -> None:
    tables = small()
    tables["schools"][0]["primary_area"] = ""
    tables["sites"] = [
        {"urn": "100001", "site_id": "A", "area_code": "0101", "phase": "primary"},
        {"urn": "100001", "site_id": "B", "area_code": "0102", "phase": "primary"},
    ]
    assert found(tables) == []
    tables["rolls"][0]["site_id"] = "C"
    assert [finding.value for finding in of_rule(found(tables), "code-unknown")] == ["C"]


def test_a_year_in_which_everyone_jumped_is_no_finding() -> None:
    tables = small()
    for row in tables["rolls"]:
        if row["academic_year"] >= 2020:
            row["pupils"] *= 2
    assert of_rule(found(tables), "roll-jump") == []


def test_a_school_that_fills_from_the_bottom_does_not_jump() -> None:
    tables = small()
    tables["schools"][1]["open_year"] = 2018
    drop(tables, lambda row: row["urn"] != "100002" or row["academic_year"] - row["year_group"] >= 2018)
    drop(tables, lambda row: row["academic_year"] < 2025)
    for row in tables["rolls"]:
        if row["urn"] == "100002" and row["year_group"]:
            row["pupils"] = 60
    assert of_rule(found(tables), "roll-jump") == []


def test_the_jump_that_counts_is_the_projects_choice() -> None:
    tables = small()
    tables["rolls"][-3]["pupils"] = 72
    assert of_rule(found(tables), "roll-jump") == []
    assert of_rule(found(tables, checks={"jump_percent": 10, "jump_pupils": 5}), "roll-jump")


def test_areas_that_a_change_has_ended_are_known_in_history_only() -> None:
    tables = small()
    tables["area_changes"] = [
        {"old_area": "0100", "new_area": "0101", "phase": "primary", "from_year": 2018, "weight": 1}
    ]
    tables["transfers"] = [{"academic_year": 2017, "from_area": "0100", "to_area": "0201", "pupils": 60}]
    assert of_rule(found(tables), "code-unknown") == []
    tables["schools"][0]["primary_area"] = "0100"
    assert [finding.table for finding in of_rule(found(tables), "code-unknown")] == ["schools"]


def test_a_new_school_may_go_by_a_code_of_its_own() -> None:
    tables = small()
    tables["planned_changes"] = [
        change(kind="new_school", urn="NEW1", area_code="0101", phase="primary"),
        change(change_id="C2", kind="amalgamation", into_urn="NEW1", urn="100002", places=None),
    ]
    assert found(tables) == []


def test_lost_zeros_are_put_back_where_one_known_code_explains_them() -> None:
    tables = small()
    tables["areas"].append({"area_code": "00201", "area_name": "Double", "phase": "secondary"})
    tables["schools"][0]["primary_area"] = "101"
    tables["schools"][2]["secondary_area"] = "201"
    frames = {name: typed_table(name, pd.DataFrame(rows)) for name, rows in tables.items()}
    mended, findings = mend_codes(Inputs(frames))
    assert [(finding.rule, finding.value) for finding in findings] == [("code-mended", "101")]
    assert mended.table("schools")["primary_area"].tolist() == ["0101", "0102", ""]
    assert mended.table("schools")["secondary_area"].tolist()[2] == "201"
    assert frames["schools"]["primary_area"].tolist()[0] == "101"
    assert mended.table("schools").dtypes.equals(frames["schools"].dtypes)


def test_many_findings_of_one_kind_are_summed_up() -> None:
    tables = small()
    tables["rolls"] += [
        {"urn": f"9{number:05d}", "academic_year": 2025, "year_group": 1, "pupils": 1} for number in range(80)
    ]
    unknown = of_rule(found(tables), "code-unknown")
    assert len(unknown) == 51
    assert any("30 more findings of this kind" in finding.message for finding in unknown)


def test_rolls_alone_and_no_rolls_at_all_end_in_findings_or_nothing() -> None:
    assert found({}) == []
    assert found({"areas": small()["areas"]}) == []
    only_rolls = found({"rolls": small()["rolls"]})
    assert {finding.rule for finding in only_rolls} == {"code-table-missing"}


def test_rolls_by_area_are_checked_like_schools() -> None:
    rolls = [
        {"area_code": "0101", "academic_year": year, "year_group": group, "pupils": 300}
        for year in YEARS
        for group in range(7)
        if year != 2020
    ]
    rolls[-1]["pupils"] = 900
    findings = found({"areas": small()["areas"][:1], "rolls": rolls} | {"areas": _primary_only()})
    assert {finding.rule for finding in findings} == {"roll-gap", "roll-jump"}


@pytest.mark.parametrize(
    ("choice", "said"), [({"base_year": "2030/31"}, "2025/26"), ({"census": "may"}, "may")]
)
def test_a_base_year_without_rolls_is_an_error(choice: dict[str, str], said: str) -> None:
    findings = found(small(), **choice)
    assert [finding.rule for finding in findings] == ["base-year-no-rolls"]
    assert findings[0].severity is Severity.ERROR
    assert said in findings[0].message


def test_school_rows_win_over_area_rows() -> None:
    tables = small()
    tables["rolls"] += [
        {"area_code": "0201", "academic_year": year, "year_group": 7, "pupils": 5} for year in YEARS
    ]
    transfer = {"academic_year": 2025, "to_area": "0201"}
    tables["transfers"] = [
        {**transfer, "from_area": "0101", "pupils": 30},
        {**transfer, "from_area": "0102", "pupils": 30},
    ]
    assert found(tables) == []


def test_a_large_number_is_written_out() -> None:
    tables = small()
    tables["rolls"][0].update(pupils=1_234_567, unit_pupils=1_234_568)
    assert "1234568 pupils in units" in of_rule(found(tables), "unit-above-roll")[0].message


def _primary_only() -> Rows:
    return [{"area_code": "0101", "area_name": "North", "phase": "primary"}]


def _cells(column: Column) -> st.SearchStrategy[Any]:
    """Return values that the reader could have passed for a column."""
    pools: dict[str, list[Any]] = {
        "code": ["1", "01", "2", "OUT", "A"],
        "school_type": list(school_type_names()),
        "yesno": ["yes", "no"],
        "year": [2018, 2019, 2020, 2024],
        "birth_year": [2013, 2014],
        "year_group": [0, 1, 6, 7, 12, 14],
        "date": ["2019-01-31", "2024-09-01"],
        "share": [0.0, 0.5, 1.0],
    }
    pool = list(column.choices) or pools.get(column.kind, [0.0, 1.0, 30.0, 500.0])
    pool = ["text"] if column.kind == "text" else pool
    return st.sampled_from(pool if column.needed else [None, *pool])


def _tables() -> st.SearchStrategy[dict[str, Rows]]:
    tables = {
        name: st.lists(
            st.fixed_dictionaries({column.name: _cells(column) for column in spec.held}), max_size=3
        )
        for name, spec in table_specs().items()
    }
    return st.fixed_dictionaries({}, optional=tables)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(_tables())
def test_no_tables_end_in_anything_but_findings(tables: dict[str, Rows]) -> None:
    frames = {name: typed_table(name, pd.DataFrame(rows)) for name, rows in tables.items()}
    mended, _ = mend_codes(Inputs(frames))
    project = Project.model_validate({"authority": {"name": "Exampleshire"}, "inputs": {}})
    for finding in check_tables(mended, project):
        assert finding.message
        assert "nan" not in finding.message
        assert finding.remedy
