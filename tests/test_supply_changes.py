"""Places are never lost, doubled or negative, whatever planned changes meet."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeplan.project import DeliveryProbability
from placeplan.register import build_register
from placeplan.supply.balance import AreaPlaces, area_places
from placeplan.supply.changes import Change, planned_changes
from placeplan.supply.places import site_places
from placeplan.tables import Inputs, typed_table
from placeplan.years import AcademicYear

BASE, HORIZON = AcademicYear(2025), 12
AREAS = [("A", "primary"), ("B", "primary"), ("S", "secondary")]
SCHOOLS = [
    # urn, low, high, primary area, secondary area, capacity, sixth form
    ("primary", 0, 6, "A", "", 210, 0),
    ("infant", 0, 2, "A", "", 90, 0),
    ("junior", 3, 6, "A", "", 120, 0),
    ("through", 0, 13, "B", "S", 1200, 100),
    ("middle", 5, 8, "B", "S", 240, 0),
    ("split", 0, 6, "", "", 420, 0),
    ("high", 7, 13, "", "S", 900, 150),
]
URNS = [school[0] for school in SCHOOLS]
PRIMARY = ["primary", "infant", "junior"]
"""Schools whose year groups all stand in one area, so that one can take over another's."""


def inputs() -> Inputs:
    areas = pd.DataFrame([{"area_code": code, "area_name": code, "phase": phase} for code, phase in AREAS])
    schools = [
        {"urn": urn, "school_name": urn, "type": "community", "low_year": low, "high_year": high}
        | {"primary_area": primary, "secondary_area": secondary}
        for urn, low, high, primary, secondary, *_ in SCHOOLS
    ]
    sites = [{"urn": "split", "site_id": area, "area_code": area, "phase": "primary"} for area in "AB"]
    capacity = [
        {"urn": urn, "academic_year": 2025, "capacity": places, "sixth_form_capacity": sixth or None}
        for urn, *_, places, sixth in SCHOOLS
    ]
    numbers = [{"urn": urn, "academic_year": 2020, "year_group": low, "pan": 30} for urn, low, *_ in SCHOOLS]
    tables = {"areas": areas, "schools": schools, "sites": sites, "capacity": capacity}
    tables["admission_numbers"] = numbers
    return Inputs({name: typed_table(name, pd.DataFrame(rows)) for name, rows in tables.items()})


INPUTS = inputs()
REGISTER = build_register(INPUTS, BASE)
EVERYONE = REGISTER.in_range().astype(float) * 20
OCCUPIED = np.repeat(EVERYONE[:, :, None] > 0, HORIZON + 1, axis=2)
PEOPLED = np.ones((len(REGISTER.areas), 15), dtype=bool)


def planned(rows: list[dict[str, Any]], measure: str = "capacity") -> tuple[AreaPlaces, list[Change]]:
    sites = site_places(INPUTS, REGISTER, BASE, HORIZON, EVERYONE, measure, ["usable", "pan"], BASE)
    rows = [{"change_id": f"C{place}", "certainty": "firm", **row} for place, row in enumerate(rows)]
    changes = planned_changes(
        typed_table("planned_changes", pd.DataFrame(rows)), REGISTER, sites, DeliveryProbability()
    )
    return area_places(REGISTER, sites, changes, OCCUPIED, PEOPLED), changes


def of_sites(places: AreaPlaces) -> Any:
    """Places of the sites added up by area, in another way than the program does."""
    total = np.zeros_like(places.places)
    for site, areas in enumerate(REGISTER.site_areas()):
        for group, area in enumerate(areas):
            if area >= 0:
                total[area, group] += np.nan_to_num(places.by_site[site, group])
    return total


years = st.integers(2019, 2040)
at_schools = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["expansion", "pan_change", "bulge", "unit", "closure", "amalgamation"]),
        "urn": st.sampled_from(URNS),
        "start_year": years,
        "places": st.integers(-90, 90),
        "certainty": st.sampled_from(["certain", "firm", "proposed"]),
        "into_urn": st.sampled_from(URNS),
    },
    optional={
        "year_group": st.integers(0, 13),
        "end_year": years,
        "phase": st.sampled_from(["primary", "secondary", "sixth_form"]),
    },
)
in_areas = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["new_school", "expansion"]),
        "area_code": st.just("A"),
        "phase": st.just("primary"),
        "start_year": years,
        "places": st.integers(0, 90),
    }
)
growing = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["expansion", "pan_change", "bulge"]),
        "urn": st.sampled_from(PRIMARY),
        "start_year": years,
        "places": st.integers(1, 60),
    }
)
MEASURE = st.sampled_from(["capacity", "pan"])


@given(st.lists(at_schools, max_size=6), MEASURE)
@settings(deadline=None, max_examples=40)
def test_sites_add_up_to_areas_and_nothing_is_negative(rows: list[dict[str, Any]], measure: str) -> None:
    places, _ = planned(rows, measure)
    np.testing.assert_allclose(np.nan_to_num(places.places), of_sites(places), atol=1e-9)
    assert places.by_site.min() >= 0
    assert all(np.nanmin(places.measures[name]) >= -1e-9 for name in ("capacity", "pan"))
    np.testing.assert_allclose(places.measures[measure], places.places, atol=1e-9)


@given(st.lists(st.one_of(at_schools, in_areas), max_size=6))
@settings(deadline=None, max_examples=40)
def test_what_is_planned_is_what_is_added_to_today(rows: list[dict[str, Any]]) -> None:
    now, then = planned([])[0], planned(rows)[0]
    np.testing.assert_allclose(then.planned, then.places - now.places, atol=1e-9)
    assert np.nanmin(then.places) >= -1e-9


@given(st.lists(at_schools, min_size=1, max_size=5))
@settings(deadline=None, max_examples=40)
def test_a_change_outside_the_years_does_nothing(rows: list[dict[str, Any]]) -> None:
    late = [{**row, "start_year": 2025 + HORIZON + 1, "end_year": None} for row in rows]
    over = [{**row, "start_year": 2000, "end_year": 2001} for row in rows]
    now = planned([])[0]
    for outside in (late, over):
        np.testing.assert_array_equal(planned(outside)[0].by_site, now.by_site)


@given(st.integers(2026, 2030), st.integers(1, 60), st.integers(0, 3))
@settings(deadline=None, max_examples=20)
def test_a_bulge_holds_its_places_for_every_year_that_it_stays(start: int, places: int, more: int) -> None:
    row = {"kind": "bulge", "urn": "primary", "start_year": start, "places": places}
    found = planned([{**row, "year_group": 0, "end_year": start + more}])[0]
    inside = [min(7, 2025 + HORIZON + 1 - entered) for entered in range(start, start + more + 1)]
    assert np.nansum(found.planned[0]) == pytest.approx(places * sum(inside))
    assert np.nanmax(found.planned[0]) == places


@given(st.lists(growing, max_size=5), st.sampled_from(PRIMARY), st.sampled_from(PRIMARY), years, MEASURE)
@settings(deadline=None, max_examples=40)
def test_an_amalgamation_keeps_every_place_of_both_schools_and_of_their_plans(
    rows: list[dict[str, Any]], ends: str, goes_on: str, start: int, measure: str
) -> None:
    if ends == goes_on:
        return
    merger = {"kind": "amalgamation", "urn": ends, "into_urn": goes_on, "start_year": start}
    without, together = planned(rows, measure)[0], planned([*rows, merger], measure)[0]
    np.testing.assert_allclose(together.places, without.places, atol=1e-9)
    closed = together.by_site[URNS.index(ends), :, max(start - 2025, 0) :]
    assert not np.any(closed)


@given(st.lists(st.tuples(st.sampled_from(["closure", "amalgamation"]), years), min_size=1, max_size=4))
@settings(deadline=None, max_examples=30)
def test_a_school_that_is_closed_twice_loses_its_places_once(closings: list[tuple[str, int]]) -> None:
    rows = [
        {"kind": kind, "urn": "infant", "into_urn": "junior", "start_year": year} for kind, year in closings
    ]
    found = planned(rows)[0]
    others = planned([])[0].places[0, :7].sum(axis=0) - 90
    first = min(year for _, year in closings)
    total = found.places[0, :7].sum(axis=0)
    assert np.all((np.abs(total - others) < 1e-9) | (np.abs(total - others - 90) < 1e-9))
    assert np.all(np.abs(total[: max(first - 2025, 0)] - others[: max(first - 2025, 0)] - 90) < 1e-9)


def test_a_chain_of_amalgamations_hands_the_places_on() -> None:
    rows = [
        {"kind": "expansion", "urn": "infant", "start_year": 2026, "places": 15},
        {"kind": "amalgamation", "urn": "infant", "into_urn": "junior", "start_year": 2027},
        {"kind": "amalgamation", "urn": "junior", "into_urn": "primary", "start_year": 2029},
    ]
    found = planned(rows)[0]
    total = {urn: found.by_site[URNS.index(urn)].sum(axis=0) for urn in PRIMARY}
    assert [total[urn][1] for urn in PRIMARY] == [210, 90 + 45, 120]
    assert [total[urn][2] for urn in PRIMARY] == [210, 0, 120 + 135]
    assert [total[urn][4] for urn in PRIMARY] == [210 + 255, 0, 0]


def test_a_closure_with_a_school_that_takes_the_pupils_still_ends_the_places() -> None:
    row = {"kind": "closure", "urn": "infant", "into_urn": "primary", "start_year": 2027}
    found = planned([row])[0]
    assert found.planned[0, :7, 2].sum() == -90
    assert found.by_site[URNS.index("primary"), :, 2].sum() == 210


def test_a_closure_that_names_a_phase_closes_that_phase_alone() -> None:
    row = {"kind": "closure", "urn": "high", "phase": "sixth_form", "start_year": 2027}
    found, changes = planned([row])
    high = found.by_site[URNS.index("high") + 1, :, 2]
    assert high[12:14].sum() == 0
    assert high[7:12].sum() == pytest.approx(750)
    assert changes[0].closes[12, 2]
    assert not changes[0].closes[11, 2]


def test_a_proposed_closure_would_take_what_is_firmly_planned_as_well() -> None:
    rows = [
        {"kind": "expansion", "urn": "primary", "start_year": 2026, "places": 15},
        {"kind": "closure", "urn": "primary", "start_year": 2028, "certainty": "proposed"},
    ]
    found, changes = planned(rows)
    assert found.planned[0, 0, 3] == 15
    assert changes[1].effects["places"][0, 3] == pytest.approx(-(30 + 15))


def test_a_new_school_without_figures_of_its_own_counts_by_its_plan() -> None:
    row = {"kind": "new_school", "urn": "split", "area_code": "B", "start_year": 2026, "places": 60}
    found = planned([row])[0]
    site = int(REGISTER.sites_of["split"][1])
    assert [found.by_site[site, 0, year] for year in (0, 1, 2)] == [0, 60, 60]
    assert [found.by_site[site, 1, year] for year in (1, 2)] == [0, 60]
