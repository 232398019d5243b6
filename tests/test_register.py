"""Areas and school sites as they stand in the base year."""

from __future__ import annotations

from typing import Any

import pandas as pd

from placeplan.register import Register, build_register
from placeplan.tables import Inputs, typed_table
from placeplan.years import AcademicYear

AREAS = [
    {"area_code": "A", "area_name": "North", "phase": "primary"},
    {"area_code": "A", "area_name": "North", "phase": "secondary"},
]


def register(schools: list[dict[str, Any]], **more: list[dict[str, Any]]) -> Register:
    usual = {
        "school_name": "A school",
        "type": "community",
        "low_year": 0,
        "high_year": 6,
        "primary_area": "A",
    }
    tables = {"areas": AREAS, "schools": [{**usual, **school} for school in schools], **more}
    typed = {name: typed_table(name, pd.DataFrame(rows)) for name, rows in tables.items()}
    return build_register(Inputs(typed), AcademicYear(2025))


def test_a_chain_of_conversions_leads_to_the_school_of_today() -> None:
    found = register(
        [
            {"urn": "1", "close_year": 2015},
            {"urn": "2", "predecessor_urn": "1", "open_year": 2016, "close_year": 2021},
            {"urn": "3", "predecessor_urn": "2", "open_year": 2022},
        ]
    )
    assert found.successors == {"1": "3", "2": "3"}
    assert list(found.sites["urn"]) == ["3"]


def test_the_same_laestab_at_the_same_time_is_no_succession() -> None:
    found = register([{"urn": "1", "laestab": "9992001"}, {"urn": "2", "laestab": "9992001"}])
    assert found.successors == {}
    assert list(found.sites["urn"]) == ["1", "2"]


def test_two_schools_that_became_one_both_lead_to_it() -> None:
    found = register(
        [
            {"urn": "1", "laestab": "9992001", "close_year": 2019},
            {"urn": "2", "laestab": "9992002", "close_year": 2019},
            {"urn": "3", "laestab": "9992001", "predecessor_urn": "2", "open_year": 2020},
        ]
    )
    assert found.successors == {"1": "3", "2": "3"}


def test_a_school_that_split_in_two_is_followed_by_neither() -> None:
    found = register(
        [{"urn": "1", "close_year": 2019}]
        + [{"urn": urn, "predecessor_urn": "1", "open_year": 2020} for urn in ("2", "3")]
    )
    assert found.successors == {}


def test_a_circle_of_predecessors_ends() -> None:
    found = register([{"urn": "1", "predecessor_urn": "2"}, {"urn": "2", "predecessor_urn": "1"}])
    assert set(found.successors) == {"1", "2"}


def test_special_schools_are_no_sites() -> None:
    found = register([{"urn": "1"}, {"urn": "2", "type": "special"}, {"urn": "3", "type": "pru"}])
    assert list(found.sites["urn"]) == ["1"]
    assert found.left_out == {"2", "3"}


def test_a_sixth_form_stands_in_its_secondary_area() -> None:
    found = register(
        [{"urn": "1", "low_year": 7, "high_year": 13, "primary_area": "", "secondary_area": "A"}]
    )
    assert found.areas["phase"].iloc[found.area_of(12)[0]] == "secondary"
    assert found.in_range()[0].nonzero()[0].tolist() == [7, 8, 9, 10, 11, 12, 13]


def test_a_site_is_found_by_its_name_else_the_first_of_its_school() -> None:
    sites = [{"urn": "1", "site_id": site, "area_code": "A", "phase": "primary"} for site in ("n", "s")]
    found = register([{"urn": "1"}], sites=sites)
    asked = found.locate(
        pd.Series(["1", "1", "1", "9"], dtype=object), pd.Series(["s", "n", "", ""], dtype=object)
    )
    assert asked.tolist() == [1, 0, 0, -1]
