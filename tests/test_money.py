"""Money: which rate holds, and costs.csv worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from placeplan.problems import InputErrors
from placeplan.project import MoneyChoice
from placeplan.supply.rates import rates
from placeplan.tables import Inputs, typed_table
from placeplan.years import Phase
from small_plans import pick, run_plan

PRIMARY, SECONDARY = Phase.PRIMARY, Phase.SECONDARY
PLAN = {
    "areas": """
        area_code,area_name,phase,feeds
        A,North,primary,S
        S,South,secondary,""",
    "schools": """
        urn,school_name,type,low_year,high_year,primary_area,secondary_area
        100001,Hill School,community,R,1,A,
        100002,Dale School,community,7,7,,S""",
    # births of 40, 50, 50: Reception 40, then 50 and 50; every cohort stays as it is
    "births": """
        birth_year,births,area_code
        2018/19,40,A
        2019/20,40,A
        2020/21,40,A
        2021/22,50,A
        2022/23,50,A""",
    "rolls": """
        academic_year,urn,R,1,7
        2023/24,100001,40,40,
        2024/25,100001,40,40,
        2025/26,100001,40,40,
        2023/24,100002,,,30
        2024/25,100002,,,30
        2025/26,100002,,,30""",
    "capacity": """
        urn,academic_year,capacity
        100001,2024/25,90
        100002,2024/25,40""",
}
TWO_YEARS = {"horizon": 2}


def given_rates(*rows: dict[str, object]) -> Inputs:
    return Inputs({"rates": typed_table("rates", pd.DataFrame(rows))})


def amount(inputs: Inputs, item: str, phase: Phase | None = None, **choice: object) -> float | None:
    found = rates(inputs, MoneyChoice.model_validate(choice)).of(item, phase)
    return found.amount if found else None


def test_the_newest_prices_count_times_region_and_index() -> None:
    nothing = Inputs({})
    assert amount(nothing, "permanent_place", PRIMARY) == 21014
    assert amount(nothing, "new_school_place", SECONDARY) == 30394
    assert amount(nothing, "permanent_place", PRIMARY, region="South East") == pytest.approx(21014 * 1.13)
    assert amount(nothing, "temporary_place", SECONDARY, price_index=420) == pytest.approx(11153 * 420 / 399)
    both = amount(nothing, "permanent_place", SECONDARY, region="Inner London", price_index=420)
    assert both == pytest.approx(28902 * 1.29 * 420 / 399)
    assert amount(nothing, "permanent_place", Phase.SIXTH_FORM) == 28902
    # only costs of places are built with bricks
    assert amount(nothing, "growth_pupil", PRIMARY, region="South East") == 1570


def test_the_regional_figure_published_for_the_south_east_is_met_within_a_pound() -> None:
    assert amount(Inputs({}), "permanent_place", PRIMARY, region="South East") == pytest.approx(23745, abs=1)
    assert amount(Inputs({}), "new_school_place", PRIMARY, region="South East") == pytest.approx(28350, abs=1)
    assert amount(Inputs({}), "permanent_place", SECONDARY, region="South East") == pytest.approx(
        32659, abs=1
    )
    assert amount(Inputs({}), "new_school_place", SECONDARY, region="South East") == pytest.approx(
        34345, abs=1
    )


def test_what_is_unsure_or_unknown_is_left_out_until_the_user_gives_it() -> None:
    for item, phase in (
        ("unit_place_unoccupied", None),
        ("falling_rolls_place", PRIMARY),
        ("pupil_revenue", SECONDARY),
    ):
        assert amount(Inputs({}), item, phase) is None
    missing = rates(Inputs({}), MoneyChoice()).missing
    assert {"unit_place_unoccupied", "falling_rolls_place", "pupil_revenue secondary"} == missing
    own = given_rates(
        {"item": "falling_rolls_place", "amount": 900, "source": "forum"},
        {"item": "pupil_revenue", "phase": "secondary", "amount": 7000},
        {"item": "permanent_place", "phase": "primary", "amount": 19000, "price_date": "2020-01-01"},
        {"item": "growth_new_school", "amount": None},
    )
    assert amount(own, "falling_rolls_place", PRIMARY) == 900
    assert amount(own, "pupil_revenue", SECONDARY) == 7000
    assert amount(own, "permanent_place", PRIMARY) == 19000
    assert amount(own, "growth_new_school") is None


def test_need_growth_and_empty_places_by_hand(tmp_path: Path) -> None:
    costs = run_plan(tmp_path, PLAN, TWO_YEARS).frames["costs"]

    def of(item: str, year: str, area: str = "A") -> list[float]:
        rows = pick(costs, area_code=area, item=item, academic_year=year)
        return [float(cell) for cell in rows[["places", "rate", "amount"]].to_numpy(dtype=float).ravel()]

    # 45 places in each year group: 5 and 5 empty now; Reception of 50 is 5 short, then Years R and 1 are
    assert of("empty_places", "2025/26") == [10, 5100, 51000]
    assert of("need", "2025/26") == []
    assert of("need", "2026/27") == pytest.approx([5, 21014, 5 * 21014])
    assert of("need", "2027/28") == pytest.approx([10, 21014, 10 * 21014])
    assert of("need_added", "2027/28") == pytest.approx([5, 21014, 5 * 21014])
    assert of("need_as_new_school", "2027/28") == pytest.approx([10, 25089, 250890])
    assert of("need_as_temporary", "2026/27") == pytest.approx([5, 9935, 49675])
    assert of("empty_places", "2026/27") == pytest.approx([5, 5100, 25500])
    assert of("growth_pupils", "2026/27") == pytest.approx([10, 1570, 15700])
    assert of("growth_pupils", "2025/26") == []
    # no revenue of a secondary pupil is known, so nothing is said of ten empty places there
    assert of("empty_places", "2025/26", "S") == []


def test_need_of_the_base_year_is_added_in_it(tmp_path: Path) -> None:
    """35 places in each year group: 40 and 40 are 10 short in 2025/26; with 50 in Reception 20 are, 10 more."""
    short = {**PLAN, "capacity": PLAN["capacity"].replace("2024/25,90", "2024/25,70")}
    costs = pick(run_plan(tmp_path, short, TWO_YEARS).frames["costs"], area_code="A", item="need_added")
    added = dict(zip(costs["academic_year"], costs["places"], strict=True))
    assert added["2025/26"] == pytest.approx(10)
    assert added["2026/27"] == pytest.approx(10)


def test_contributions_beside_need_and_the_gap_between_them(tmp_path: Path) -> None:
    housing = """
        site_id,area_code,dwellings,financial_year,dwelling,secured_places_primary,secured_places_secondary,contribution,contribution_year
        H1,A,40,2026-27,house,10,,150000,2027/28
        H1,A,10,2026-27,flat,,,,
        H2,A,20,2027-28,house,10,5,354650,2027/28
        H3,A,20,2027-28,house,,,9000,2026/27"""
    result = run_plan(tmp_path, {**PLAN, "housing": housing}, TWO_YEARS)
    costs = result.frames["costs"]
    paid = pick(costs, item="contributions")
    # H2 is shared as its places would cost: 10 x 21,014 = 210,140 and 5 x 28,902 = 144,510, which is all of it
    found = {
        (row.area_code, row.phase, row.academic_year): (row.places, row.amount)
        for row in paid.itertuples(index=False)
    }
    assert found["A", "primary", "2027/28"] == pytest.approx((20, 150000 + 210140))
    assert found["S", "secondary", "2027/28"] == pytest.approx((5, 144510))
    assert found["A", "", "2026/27"][1] == 9000
    assert len(found) == 3
    gap = (
        pick(costs, item="contributions_gap", area_code="A")
        .set_index("academic_year")["amount"]
        .astype(float)
    )
    assert list(gap.index) == ["2025/26", "2026/27", "2027/28"]
    assert list(gap) == pytest.approx([0, -5 * 21014, 360140 - 10 * 21014])


def test_plans_special_places_and_new_schools_have_their_rows(tmp_path: Path) -> None:
    changes = """
        change_id,kind,start_year,places,area_code,phase,certainty,cost
        N1,new_school,2027/28,30,A,primary,firm,6000000
        N2,new_school,2027/28,30,A,primary,option,7000000"""
    special = """
        academic_year,setting,places,urn,phase
        2025/26,state_special,60,,primary
        2026/27,state_special,70,,primary
        2026/27,unit,12,,primary
        2024/25,state_special,50,,primary"""
    tables = {**PLAN, "planned_changes": changes, "specialist_places": special}
    costs = run_plan(tmp_path, tables, TWO_YEARS).frames["costs"]
    assert list(pick(costs, item="growth_new_school")["amount"]) == [77225]
    planned = pick(costs, item="planned_cost").iloc[0]
    assert (planned["amount"], planned["rate_source"]) == (6000000, "planned_changes, N1")
    places = pick(costs, item="special_places")
    assert list(places["academic_year"]) == ["2025/26", "2026/27"]
    assert list(places["amount"]) == [600000, 700000]


def test_the_run_says_what_its_money_leaves_out(tmp_path: Path) -> None:
    result = run_plan(tmp_path, PLAN, {**TWO_YEARS, "money": {"region": "North West"}})
    words = result.choices["Money"]
    assert "falling rolls place" in words
    assert "England" not in words
    sources = set(result.frames["costs"]["rate_source"])
    assert any("North West" in source for source in sources)


def test_an_unknown_region_is_an_error_that_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(InputErrors) as caught:
        run_plan(tmp_path, PLAN, {"money": {"region": "South Est"}})
    assert any("South East" in finding.message for finding in caught.value.findings)
