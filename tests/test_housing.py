"""Pupils of new homes: worked by hand, and what must hold of any site, yield and area."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from placeplan.demand.estates import matching_yields
from placeplan.demand.housing import Estates, ageing_stock, central_pupils, drawn_pupils, pupils_if
from placeplan.results import Result
from placeplan.years import Phase
from small_plans import pick, run_plan, value

YEARS = 6
homes = st.lists(st.integers(0, 300), min_size=YEARS, max_size=YEARS)
curve = st.lists(st.floats(0, 1), min_size=YEARS, max_size=YEARS).map(np.array)


def estates(
    built: list[list[int]], usual: float = 0.0, certainty: float = 1.0, late: tuple[float, ...] = (1, 0, 0, 0)
) -> Estates:
    """Sites of one area with a yield of 0.3 primary and 0.2 secondary pupils at any age."""
    many = len(built)
    each = ageing_stock({Phase.PRIMARY: np.full(YEARS, 0.3), Phase.SECONDARY: np.full(YEARS, 0.2)})
    completed = np.array(built, dtype=float)
    return Estates(
        site=tuple(f"H{place}" for place in range(many)), name=("",) * many, status=("full",) * many,
        area_code=("A",) * many, area=np.zeros(many, dtype=np.int64), primary=np.zeros(many, dtype=np.int64),
        secondary=np.ones(many, dtype=np.int64), homes=completed, stock=completed[:, :, None, None] * each,
        certainty=np.full(many, certainty), late=np.tile(np.array(late, dtype=float), (many, 1)),
        usual=np.array([usual]), secured_primary=np.zeros(many), secured_secondary=np.zeros(many),
    )  # fmt: skip


def drawn(plan: Estates, seed: int, simulations: int) -> np.ndarray:
    """Draws of each site: every site an area of its own."""
    return drawn_pupils(plan, pupils_if(plan), seed, simulations, np.arange(len(plan.site)))


def test_children_grow_older_with_their_estate() -> None:
    found = ageing_stock(
        {Phase.PRIMARY: np.array([0.7, 0.7, 1.05]), Phase.SECONDARY: np.array([0.0, 0.1, 0.2])}
    )
    np.testing.assert_allclose(found[0, :7], 0.1)
    np.testing.assert_allclose(found[1, :7], 0.1)
    # the Year 6 of the first year are the Year 7 of the second: 0.1, which is the yield of the phase
    np.testing.assert_allclose(found[1, 7:12], [0.1, 0, 0, 0, 0], atol=1e-12)
    # 0.15 enter Reception, 0.1 move up six times; the 0.3 that are lacking come at any age
    np.testing.assert_allclose(found[2, :7], [0.15 + 0.3 / 7, *[0.1 + 0.3 / 7] * 6])
    np.testing.assert_allclose(found[2, 7:12], [0.1, 0.1, 0, 0, 0], atol=1e-12)


@given(curve, curve)
def test_year_groups_add_up_to_the_yield_of_the_phase(primary: np.ndarray, secondary: np.ndarray) -> None:
    found = ageing_stock({Phase.PRIMARY: primary, Phase.SECONDARY: secondary})
    np.testing.assert_allclose(found[:, :7].sum(axis=1), primary, atol=1e-12)
    np.testing.assert_allclose(found[:, 7:12].sum(axis=1), secondary, atol=1e-12)
    assert (found >= 0).all()


def test_homes_above_the_usual_have_their_first_pupils_a_year_later() -> None:
    found = central_pupils(estates([[100, 0, 0, 0, 0, 0], [0, 50, 0, 0, 0, 0]], usual=20)).sum(axis=0)
    # base year: 100 homes, 80 above the usual; the year after: 50 homes, 30 above
    np.testing.assert_allclose(found[:7].sum(axis=0), [80 * 0.3, *[(80 + 30) * 0.3] * 5])
    np.testing.assert_allclose(found[7:12].sum(axis=0), [80 * 0.2, *[(80 + 30) * 0.2] * 5])


@example([[0, 0, 0, 0, 0, 1]], 1.0, 2.2e-311)
@given(st.lists(homes, min_size=1, max_size=4), st.floats(0, 200), st.floats(0, 1))
def test_no_homes_no_pupils_and_the_usual_building_adds_nothing(
    built: list[list[int]], usual: float, certainty: float
) -> None:
    plan = estates(built, usual, certainty)
    pupils = central_pupils(plan)
    assert (pupils >= 0).all()
    coming = (plan.homes * certainty).sum(axis=0)
    above = np.maximum(coming - usual, 0.0)
    stock = np.array([0.3 * above[: year + 1].sum() for year in range(YEARS)])
    np.testing.assert_allclose(pupils[:, :7].sum(axis=(0, 1)), stock, atol=1e-9)
    if not coming.any() or (coming <= usual).all():
        assert not pupils.any()


@given(st.lists(homes, min_size=1, max_size=3), st.floats(0, 200))
def test_doubling_the_yields_doubles_the_addition(built: list[list[int]], usual: float) -> None:
    plan = estates(built, usual)
    doubled = replace(plan, stock=2 * plan.stock)
    np.testing.assert_allclose(central_pupils(doubled), 2 * central_pupils(plan))
    np.testing.assert_allclose(drawn(doubled, 1, 20), 2 * drawn(plan, 1, 20), rtol=1e-6)


@settings(deadline=None)
@given(st.lists(homes, min_size=1, max_size=3), st.floats(0, 200))
def test_sure_sites_that_come_in_time_are_the_same_in_every_draw(
    built: list[list[int]], usual: float
) -> None:
    plan = estates(built, usual)
    np.testing.assert_allclose(
        drawn(plan, 7, 5), np.repeat(central_pupils(plan)[..., None], 5, axis=-1), rtol=1e-5, atol=1e-4
    )


def test_unsure_sites_come_in_their_share_of_the_draws_and_late_ones_later() -> None:
    plan = estates([[100, 0, 0, 0, 0, 0]], certainty=0.6, late=(0.5, 0.5, 0, 0))
    pupils = drawn(plan, 3, 4000)[0, :7].sum(axis=0)
    assert set(np.round(pupils[5], 3)) == {0.0, 30.0}
    assert (pupils[5] > 0).mean() == pytest.approx(0.6, abs=0.03)
    assert (pupils[0] > 0).mean() == pytest.approx(0.3, abs=0.03)
    assert (np.diff(pupils, axis=0) >= -1e-3).all()
    slips = drawn(replace(plan, late=np.array([[1.0, 0, 0, 0]])), 3, 4000)[0, :7].sum(axis=0)
    assert (slips[0] > 0).mean() == pytest.approx(0.6, abs=0.03)


def test_another_site_leaves_the_luck_of_a_site_alone() -> None:
    one, two = ([[100, 0, 0, 0, 0, 0]], [[100, 0, 0, 0, 0, 0], [0, 80, 0, 0, 0, 0]])
    alone, both = (drawn(estates(plan, certainty=0.5), 3, 200)[0] for plan in (one, two))
    np.testing.assert_array_equal(alone, both)


def test_draws_lie_around_the_central_path_and_usual_building_adds_nothing_in_any() -> None:
    plan = estates([[100] * 6, [0, 60, 0, 0, 0, 0]], usual=50, certainty=0.8, late=(0.5, 0.3, 0.1, 0.1))
    found = drawn(plan, 5, 20000).sum(axis=(0, 1))
    np.testing.assert_allclose(found.mean(axis=-1), central_pupils(plan).sum(axis=(0, 1)), rtol=0.03)
    # 100 planned homes, 90 expected, 90 usual: a draw in which all 100 come is luck, not building above the trend
    usual = estates([[100] * 6], usual=90, certainty=0.9, late=(0.5, 0.5, 0, 0))
    assert not drawn(usual, 5, 500).any()


def test_delays_lower_the_central_path() -> None:
    found = central_pupils(estates([[100, 0, 0, 0, 0, 0]], certainty=0.8, late=(0.5, 0.3, 0.1, 0.1)))
    expected = [100 * 0.3 * 0.8 * share for share in (0.5, 0.8, 0.9, 1, 1, 1)]
    np.testing.assert_allclose(found[0, :7].sum(axis=0), expected)


def test_the_parts_of_one_site_come_together() -> None:
    plan = replace(estates([[100] * 6, [50] * 6], certainty=0.5), site=("H", "H"), area_code=("A", "B"))
    here, there = drawn(plan, 3, 200)[:, 0, 5] > 0
    np.testing.assert_array_equal(here, there)


def test_the_most_exact_number_of_bedrooms_is_used() -> None:
    rows = [("", 0.2), ("3+", 0.4), ("4+", 0.6), ("4", 0.5)]
    yields = pd.DataFrame(
        [
            {"dwelling": "", "tenure": "", "bedrooms": name, "pupils_per_dwelling": stock}
            for name, stock in rows
        ]
    )
    for bedrooms, stock in (("2", 0.2), ("3", 0.4), ("4", 0.5), ("5", 0.6), ("4+", 0.6), ("", 0.2)):
        home = {"dwelling": "house", "tenure": "market", "bedrooms": bedrooms}
        assert list(matching_yields(yields, home)["pupils_per_dwelling"]) == [stock], bedrooms


PLAN = {
    "areas": "area_code,area_name,phase,feeds\nA,North,primary,S\nB,South,primary,S\nS,Town,secondary,",
    "rolls": "academic_year,area_code,R,1,2,3,4,5,6,7,8,9,10,11\n"
    + "\n".join(
        f"{year},{area},{cells}"
        for year in ("2022/23", "2023/24", "2024/25", "2025/26")
        for area, cells in (
            ("A", "60,60,60,60,60,60,60,,,,,"), ("B", "30,30,30,30,30,30,30,,,,,"), ("S", ",,,,,,,90,90,90,90,90")
        )
    ),
    "housing": """
        site_id,area_code,academic_year,dwellings,status,dwelling,bedrooms,secured_places_primary
        H1,A,2025/26,100,complete,house,5,40
        H1,A,2026/27,100,complete,flat,1,
        H1,A,2020/21,500,complete,house,3,
        H2,B,2026/27,40,allocated,house,3,""",
    "past_completions": """
        area_code,academic_year,dwellings
        A,2023/24,30
        A,2024/25,10
        A,2025/26,900
        B,2023/24,0
        B,2024/25,0""",
    "yields": """
        phase,years_after_completion,pupils_per_dwelling,dwelling,bedrooms
        primary,1,0.2,,
        primary,3,0.4,,
        primary,1,0.7,house,4+
        primary,1,0.05,flat,
        secondary,1,0.1,,""",
}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return run_plan(tmp_path_factory.mktemp("housing"), PLAN, {"horizon": 3})


def test_the_forecast_holds_the_pupils_of_new_homes_apart(run: Result) -> None:
    forecast = run.frames["forecast"]
    cell = {"geography": "area", "year_group": "total"}
    # A: 100 houses of five bedrooms in 2025/26, usual (30 + 10) / 2 = 20 of them; then 80 of 100 flats
    assert value(forecast, "housing", code="A", academic_year="2026/27", **cell) == pytest.approx(80 * 0.7)
    assert value(forecast, "housing", code="A", academic_year="2027/28", **cell) == pytest.approx(80 * 0.75)
    # B: 40 allocated houses of three bedrooms, half of them sure, 30% in time and 30% a year late; 0.2, then (0.2 + 0.4) / 2
    assert value(forecast, "housing", code="B", academic_year="2026/27", **cell) == 0
    assert value(forecast, "housing", code="B", academic_year="2027/28", **cell) == pytest.approx(
        20 * 0.3 * 0.2
    )
    assert value(forecast, "housing", code="B", academic_year="2028/29", **cell) == pytest.approx(
        20 * (0.3 * 0.3 + 0.3 * 0.2)
    )
    secondary = {**cell, "phase": "secondary", "code": "S"}
    assert value(forecast, "housing", academic_year="2027/28", **secondary) == pytest.approx(
        (80 + 80 + 20 * 0.3) * 0.1
    )
    assert value(forecast, "pupils", code="A", academic_year="2026/27", **cell) == pytest.approx(420 + 56)


def test_parts_add_up_and_sites_add_up_to_areas(run: Result) -> None:
    forecast, sites = run.frames["forecast"], run.frames["housing_pupils"]
    parts = forecast["baseline"] + forecast["housing"] + forecast["adjustment"]
    np.testing.assert_allclose(forecast["pupils"], parts, rtol=1e-12)
    for low, high in (("p05", "p10"), ("p10", "p50"), ("p50", "p90"), ("p90", "p95")):
        assert (forecast[low] <= forecast[high]).all()
    areas = pick(forecast, geography="area", year_group="total")
    for (code, phase, year), rows in sites.groupby(["area_code", "phase", "academic_year"]):
        held = pick(areas, code=code, phase=phase, academic_year=year)
        if len(held):
            assert rows["pupils"].sum() == pytest.approx(held["housing"].iloc[0], abs=1e-9)


def test_as_of_an_earlier_year_new_homes_are_left_out(tmp_path: Path) -> None:
    then = run_plan(tmp_path, PLAN, {"horizon": 3, "base_year": "2024/25"})
    assert not then.frames["forecast"]["housing"].any()
    assert "housing-as-of" in {finding.rule for finding in then.findings}


def test_choices_of_the_project_file_are_followed(tmp_path: Path) -> None:
    settings = {
        "horizon": 3,
        "housing": {"certainty": {"allocated": 1.0}, "moved_within": 0.5, "usual_years": 1},
    }
    found = run_plan(tmp_path, PLAN, settings).frames["forecast"]
    cell = {"geography": "area", "year_group": "total"}
    assert value(found, "housing", code="B", academic_year="2027/28", **cell) == pytest.approx(
        40 * 0.3 * 0.2 / 2
    )
    assert value(found, "housing", code="A", academic_year="2026/27", **cell) == pytest.approx(90 * 0.7 / 2)


@pytest.mark.parametrize(
    ("left_out", "rule"),
    [("yields", "housing-no-yields"), ("past_completions", "housing-usual-unknown")],
)
def test_what_is_missing_is_said(tmp_path: Path, left_out: str, rule: str) -> None:
    tables = {name: text for name, text in PLAN.items() if name != left_out}
    found = run_plan(tmp_path, tables, {"horizon": 3})
    assert rule in {finding.rule for finding in found.findings}
    assert found.frames["forecast"]["housing"].any() == (left_out != "yields")


def test_a_kind_without_a_yield_and_a_site_without_an_area_are_said(tmp_path: Path) -> None:
    yields = "phase,years_after_completion,pupils_per_dwelling,dwelling\nprimary,1,0.2,flat"
    areas = "area_code,area_name,phase\nA,North,primary\nB,South,primary\nS,Town,secondary"
    found = run_plan(tmp_path, {**PLAN, "yields": yields, "areas": areas}, {"horizon": 3})
    assert {"housing-no-yield", "housing-no-area"} <= {finding.rule for finding in found.findings}


def test_financial_years_count_secured_places_once_and_part_years_in_part(tmp_path: Path) -> None:
    housing = """
        site_id,area_code,financial_year,dwellings,status,secured_places_primary
        H1,A,2026-27,240,complete,40
        H1,A,2027-28,240,outline,10"""
    years = "\n".join(f"A,{year}-{year % 100 + 1},120" for year in range(2019, 2025))
    past = "area_code,financial_year,dwellings\n" + years
    found = run_plan(tmp_path, {**PLAN, "housing": housing, "past_completions": past}, {"horizon": 3})
    sites = pick(found.frames["housing_pupils"], phase="primary", academic_year="2027/28").set_index("status")
    # 2024/25 is covered from September to March only, at the pace of 120 a year
    np.testing.assert_allclose(sites["usual_dwellings"], 120)
    assert sites["secured_places"].to_dict() == {"complete": 40, "outline": 10}
    assert sites["certainty"].to_dict() == {"complete": 1, "outline": 0.75}
    # completed in 2026/27: 7/12 of 240, and 5/12 of the outline homes, 40% of which come in time
    above = 140 + 0.75 * 0.4 * 100 - 120
    assert sites["dwellings_above_usual"].sum() == pytest.approx(above)


def test_an_area_that_builds_less_than_usual_is_said(tmp_path: Path) -> None:
    past = "area_code,academic_year,dwellings\nA,2024/25,500\nB,2024/25,0"
    findings = run_plan(tmp_path, {**PLAN, "past_completions": past}, {"horizon": 3}).findings
    assert [finding.value for finding in findings if finding.rule == "housing-below-usual"] == ["A"]
