"""Plans from stocks alone, why their number changes, needs and breaks: worked by hand and invariants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeplan.arrays import Array
from placeplan.commands.send import made_from
from placeplan.results import Result
from placeplan.send.breaks import break_findings, gaps_findings, straddles
from placeplan.send.flow import Path as Flow
from placeplan.send.flow import central_path, pooled_rates, widened
from placeplan.send.make import SendMade
from placeplan.send.needs import needs_ahead, needs_table
from placeplan.send.prevalence import (
    AT_SCHOOL,
    constants,
    fading,
    held_to_ceiling,
    prevalence_draws,
    prevalence_path,
    trend_of,
)
from placeplan.send.split import split
from placeplan.send.tables import AGES, SETTINGS, Plans
from placeplan.send.totals import national, plan_spread, plans_ahead
from placeplan.years import AcademicYear

COUNT = len(SETTINGS)
seeds = st.integers(min_value=0, max_value=10_000)
HIGH = 1.0
"""A ceiling that nobody reaches."""


def stocks(levels: list[float], first: int = 2000) -> Plans:
    """So many plans at each age in mainstream, year by year; no flows. England is not known before 2012."""
    stock = np.zeros((len(levels), COUNT, AGES))
    stock[:, 0] = np.array(levels)[:, None]
    years = tuple(AcademicYear(first + at) for at in range(len(levels)))
    nothing = np.zeros_like(stock)
    return Plans(years, stock, nothing, nothing, np.zeros((len(levels), COUNT, COUNT, AGES)))


@given(seed=seeds)
@settings(max_examples=40, deadline=None)
def test_parts_sum_to_the_change_and_the_mix_to_nothing(seed: int) -> None:
    random = np.random.default_rng(seed)
    before, after = (random.poisson(2, size=(5, AGES)).astype(float) for _ in range(2))
    children = random.uniform(10, 500, size=(2, AGES))
    parts = split(before, after, children[0], children[1])
    assert parts.sum(axis=0) == pytest.approx((after - before).sum(axis=1))
    assert parts[2].sum() == pytest.approx(0.0, abs=1e-9)


def test_split_worked_by_hand() -> None:
    """100 children, a tenth with a plan, all in one setting; then 200, a fifth, half of them in the other."""
    before, after = np.array([[10.0], [0.0]]), np.array([[20.0], [20.0]])
    parts = split(before, after, np.array([100.0]), np.array([200.0]))
    rate = 100 * ((0.1 * 1 + 0.2 * 0.5) / 3 + (0.1 * 0.5 + 0.2 * 1) / 6)
    assert parts[0, 0] == pytest.approx(rate)
    assert parts[:2].sum(axis=1) == pytest.approx([15, 15])
    assert parts[2, 1] == pytest.approx(0.5 * ((100 * 0.1 + 200 * 0.2) / 3 + (100 * 0.2 + 200 * 0.1) / 6))


def test_more_children_alone_are_all_population() -> None:
    plans = np.full((3, AGES), 4.0)
    parts = split(plans, 1.25 * plans, np.full(AGES, 80.0), np.full(AGES, 100.0))
    assert parts[0] == pytest.approx(np.full(3, AGES * 1.0))
    assert parts[1:] == pytest.approx(np.zeros((2, 3)))


def test_growth_goes_on_and_fades() -> None:
    path = prevalence_path(stocks([100, 110, 121, 133.1]), np.full((7, AGES), 1e4), 3, HIGH)
    grown = np.exp(np.log(1.1) * fading(3))
    assert path.stock[:, 0, 8] == pytest.approx(133.1 * grown, rel=1e-3)
    assert np.all(np.diff(np.log(path.stock[:, 0, 8]), n=2) < 0)
    assert fading(2) == pytest.approx(
        [constants()["damping"], constants()["damping"] + constants()["damping"] ** 2]
    )


def test_the_sum_is_held_to_the_forecast_of_total_plans() -> None:
    plans, children = stocks([100, 110, 121], first=2018), np.full((8, AGES), 3e3)
    total = prevalence_path(plans, children, 5, HIGH).stock.sum(axis=(1, 2))
    last, before = np.array([121.0 * AGES]), np.array([110.0 * AGES])
    wanted = plans_ahead(last, before, np.array([12 * 3e3]), national(2021), 5)[0]
    assert total == pytest.approx(wanted)


def test_one_year_of_stocks_is_enough() -> None:
    path = prevalence_path(stocks([100], first=2020), np.full((4, AGES), 3e3), 3, HIGH)
    assert np.all(np.diff(path.stock.sum(axis=(1, 2))) > 0)


def test_plans_follow_the_children_of_their_age() -> None:
    children = np.full((6, AGES), 1e4)
    children[5:, 8] *= 1.5
    path = prevalence_path(stocks([100, 100, 100, 100]), children, 2, HIGH)
    assert path.stock[:, 0, 8] == pytest.approx([100, 150])
    assert path.stock[:, 0, 9] == pytest.approx([100, 100])


def test_growth_stops_at_the_ceiling_but_nobody_is_brought_down_to_it() -> None:
    plans, children = stocks([100, 120, 144, 173]), np.full((9, AGES), 2e3)
    held = prevalence_path(plans, children, 5, 0.09).stock.sum(axis=1)
    rate = held[:, AT_SCHOOL].sum(axis=1) / children[4:, AT_SCHOOL].sum(axis=1)
    assert rate == pytest.approx(np.full(5, 0.09))
    above = prevalence_path(plans, children, 5, 0.05).stock.sum(axis=1)
    assert above[:, AT_SCHOOL].sum(axis=1) == pytest.approx(np.full(5, 173.0 * 12))


def test_the_ceiling_looks_at_ages_whose_children_are_known() -> None:
    children = np.full((9, AGES), 2e3)
    children[:, 11:] = 1.0
    path = prevalence_path(stocks([100, 120, 144, 173]), children, 5, 0.12).stock.sum(axis=1)
    assert path[-1, 4:11].sum() / (7 * 2e3) == pytest.approx(0.12)


@given(seed=seeds, ceiling=st.floats(0.001, 0.2), more=st.floats(1.0, 3.0))
@settings(max_examples=30, deadline=None)
def test_a_higher_ceiling_never_gives_fewer_plans(seed: int, ceiling: float, more: float) -> None:
    random = np.random.default_rng(seed)
    plans, children = random.uniform(1, 50, (4, AGES)), random.uniform(100, 500, (4, AGES))
    low, high = (held_to_ceiling(plans, children, 0.05, limit) for limit in (ceiling, ceiling * more))
    assert np.all(high >= low - 1e-9)


def test_no_trend_rests_on_a_change_over_a_break() -> None:
    assert straddles(2014, 2015)
    assert straddles(2022, 2023)
    assert not straddles(2019, 2022)
    jump = stocks([100, 100, 100, 300], first=2019)
    children = np.full((4, AGES), 1e4)
    over = trend_of(jump.stock.sum(axis=1), children, (2020, 2021, 2022, 2023))
    assert over.years == (2022,)
    assert over.slope == pytest.approx(np.zeros(AGES))


def test_breaks_inside_the_years_are_named() -> None:
    assert [found.value for found in break_findings([AcademicYear(2013), AcademicYear(2022)])] == [
        "2014/15",
        "2022/23",
    ]
    assert break_findings([AcademicYear(2022), AcademicYear(2025)]) == []


def test_who_is_older_than_anybody_known_leaves() -> None:
    shape = (4, COUNT, AGES)
    stock, new = np.zeros(shape), np.zeros(shape)
    stock[:, 0, 4:16], new[:, 0, 4:16] = 10.0, 1.0
    years = tuple(AcademicYear(2020 + at) for at in range(4))
    plans = Plans(years, stock, new, np.zeros(shape), np.zeros((4, COUNT, COUNT, AGES)))
    assert plans.oldest == 15
    path = central_path(stock[-1], pooled_rates(plans, np.ones((7, AGES)), 3))
    assert path.stock[:, :, 16:].sum() == 0
    assert path.left[0] == pytest.approx(10)


def test_the_total_is_no_surer_than_total_plans_were() -> None:
    random = np.random.default_rng(1)
    narrow = Flow(random.poisson(50, size=(4000, 3, COUNT, AGES)), np.ones((4000, 3)), np.ones((4000, 3)))
    wide = widened(narrow, 1)
    spread = np.log(wide.stock.sum(axis=(2, 3))).std(axis=0)
    assert spread == pytest.approx(plan_spread(3), rel=0.05)
    assert np.median(wide.stock.sum(axis=(2, 3)), axis=0) == pytest.approx(
        np.full(3, 50 * COUNT * AGES), rel=0.01
    )
    assert plan_spread(1)[0] == pytest.approx(np.hypot(0.042, 0.023))
    sure = widened(Flow(narrow.stock * wide.stock / 50, narrow.new, narrow.left), 2)
    assert np.all(np.log(sure.stock.sum(axis=(2, 3))).std(axis=0) >= plan_spread(3) * 0.95)


def test_cells_without_a_count_and_ages_not_given_are_said() -> None:
    bare = pd.DataFrame({"pupils": [1.0, np.nan], "row": [2, 3]})
    found = gaps_findings({"specialist": bare, "specialist_flows": bare[:1]}, 15)
    assert [(one.rule, one.table, one.row) for one in found] == [
        ("plans-suppressed", "specialist", 3),
        ("plans-ages", "specialist", 0),
    ]
    assert gaps_findings({"specialist": bare[:1], "specialist_flows": bare[:1]}, 25) == []


@given(seed=seeds)
@settings(max_examples=10, deadline=None)
def test_drawn_plans_from_stocks_are_whole_and_around_the_expected(seed: int) -> None:
    central = np.full((3, COUNT, AGES), 5.0)
    drawn = prevalence_draws(central, 200, np.random.default_rng(seed)).stock
    assert np.issubdtype(drawn.dtype, np.integer)
    assert drawn.min() >= 0
    assert drawn.sum(axis=(2, 3)).mean(axis=0) == pytest.approx(np.full(3, 5.0 * COUNT * AGES), rel=0.05)


@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_needs_add_up_to_the_plans_of_every_setting_and_age(seed: int) -> None:
    random = np.random.default_rng(seed)
    made = {name: replace(stocks([0, 0, 0, 0]), stock=_some(random)) for name in ("ASD", "SEMH")}
    stock: Array = random.uniform(0, 30, (3, COUNT, AGES))
    needs = needs_ahead(made, stock, None)
    assert needs.ahead.sum(axis=1) == pytest.approx(stock)
    frame = needs_table(
        AcademicYear(2020), needs, np.rint(stock.sum(axis=2))[None].repeat(20, axis=0), random
    )
    total = frame[frame["setting"] == "total"].groupby("academic_year")["pupils"].sum()
    assert total.to_numpy() == pytest.approx(stock.sum(axis=(1, 2)))


def _some(random: np.random.Generator) -> Array:
    found: Array = random.poisson(3, size=(4, COUNT, AGES)).astype(float)
    return found


@pytest.fixture(scope="module")
def from_stocks(exampleshire: Result) -> SendMade:
    tables = {name: table for name, table in exampleshire.inputs.tables.items() if name != "specialist_flows"}
    return made_from(replace(exampleshire, inputs=replace(exampleshire.inputs, tables=tables)))


def test_stocks_alone_are_enough_and_it_is_said(from_stocks: SendMade) -> None:
    assert {found.rule for found in from_stocks.findings} == {"plans-break", "plans-stocks-only"}
    said = next(found.message for found in from_stocks.findings if found.rule == "plans-stocks-only")
    assert said.startswith("new plans of 2023/24, 2024/25, 2025/26 are not known")
    change = from_stocks.frames["send_change"]
    total = change[change["by"] == "total"]
    assert total["new"].isna().all()
    assert (total["plans"].diff().dropna() > 0).any()
    assert len(from_stocks.frames["send_forecast"]) == 280


def test_ages_run_from_birth_to_25_and_add_up(from_stocks: SendMade) -> None:
    ages, totals = from_stocks.frames["send_ages"], from_stocks.frames["send_settings"]
    assert sorted(ages["age"].unique()) == list(range(AGES))
    summed = ages.groupby("academic_year")["pupils"].sum()
    wanted = totals[totals["setting"] == "total"].set_index("academic_year")["pupils"]
    pd.testing.assert_series_equal(summed, wanted, check_names=False)
