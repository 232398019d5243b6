"""Codes of a table that was not given switch off what needs it, and no more."""

from __future__ import annotations

import pandas as pd

from placeplan.inputs.unexplained import without_unexplained
from placeplan.tables import Inputs, typed_table

CHANGES = [
    {"change_id": "C1", "kind": "expansion", "urn": "900001", "start_year": 2027, "phase": "primary"},
    {
        "change_id": "C2",
        "kind": "new_school",
        "urn": "NEW1",
        "area_code": "0101",
        "phase": "primary",
        "start_year": 2028,
    },
]
TABLES = {
    "births": [
        {"birth_year": 2023, "births": 900},
        {"birth_year": 2023, "geography_code": "E05000001", "births": 300},
    ],
    "capacity": [{"urn": "900001", "academic_year": 2025, "capacity": 210}],
    "ap_flows": [{"urn": "900001", "academic_year": 2025, "phase": "secondary", "entries": 1}],
    "planned_changes": CHANGES,
    "proposals": [{"proposal_id": "P1", "change_id": "C1"}, {"proposal_id": "P2", "change_id": "C2"}],
}


def given(*without: str) -> Inputs:
    tables = {
        name: typed_table(name, pd.DataFrame(rows)) for name, rows in TABLES.items() if name not in without
    }
    return Inputs(tables)


def test_rows_of_schools_and_wards_that_no_table_explains_are_left_out_and_said() -> None:
    inputs, findings = without_unexplained(given())
    assert inputs.table("births")["births"].tolist() == [900]
    assert not inputs.has("capacity")
    assert inputs.table("planned_changes")["change_id"].tolist() == ["C2"]
    told = {(one.table, one.column): one.message for one in findings}
    assert set(told) == {
        ("births", "geography_code"), ("capacity", "urn"), ("ap_flows", "urn"), ("planned_changes", "urn"),
    }  # fmt: skip
    assert (
        "the table geography_lookup that explains it is not: 1 of 2 rows left out"
        in told["births", "geography_code"]
    )
    assert {one.rule for one in findings} == {"code-table-left-out"}


def test_a_row_that_means_the_same_without_its_code_is_kept() -> None:
    inputs, findings = without_unexplained(given("planned_changes"))
    assert inputs.table("proposals")["proposal_id"].tolist() == ["P1", "P2"]
    assert inputs.table("proposals")["change_id"].tolist() == ["", ""]
    assert inputs.table("ap_flows")[["urn", "entries"]].to_numpy().tolist() == [["", 1.0]]
    assert ("proposals", "change_id") in {(one.table, one.column) for one in findings}


def test_proposals_forget_changes_that_were_left_out_with_their_school() -> None:
    inputs, _ = without_unexplained(given())
    assert inputs.table("proposals")["change_id"].tolist() == ["", "C2"]


def test_rolls_of_schools_are_for_the_checks_and_what_is_explained_stays_as_it_is() -> None:
    rolls = typed_table(
        "rolls", pd.DataFrame([{"urn": "900001", "academic_year": 2025, "year_group": 1, "pupils": 30.0}])
    )
    inputs = Inputs({"rolls": rolls})
    assert without_unexplained(inputs) == (inputs, [])
    schools = typed_table(
        "schools",
        pd.DataFrame(
            [{"urn": "900001", "school_name": "A", "type": "community", "low_year": 0, "high_year": 6}]
        ),
    )
    capacity = given().table("capacity")
    whole = Inputs({"schools": schools, "capacity": capacity})
    assert without_unexplained(whole) == (whole, [])
