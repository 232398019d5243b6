"""Total plans of an authority: worked by hand, against the published data, and what must always hold."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeplan.send.totals import National, constants, national, national_path, plan_draws, plans_ahead

KNOWN = National(year=2020, growth=0.10, growth_before=0.08, plans_per_pupil=0.05, convergence=0.04)
UNKNOWN_PUPILS = np.array([np.nan])
numbers = st.floats(min_value=50, max_value=50_000)


def one(last: float, before: float, pupils: float, ahead: int, **changes: float) -> float:
    using = replace(constants(), **changes)
    path = plans_ahead(np.array([last]), np.array([before]), np.array([pupils]), KNOWN, ahead, using)
    return float(path[0, -1])


def test_two_years_ahead_worked_by_hand() -> None:
    found = one(1200, 1000, 20_000, 2, own_weight=0.3, own_damping=0.7, momentum=0.1, momentum_damping=0.5)
    england = (0.10 + 0.1 * 0.02) + (0.10 + 0.1 * 0.02 * 1.5)
    gap = math.log(1.2) - 0.10
    carried = 0.3 * gap * (0.7 + 0.49)
    closing = math.log(0.06 / 0.05) * (1 - 0.96**2)
    assert found == pytest.approx(1200 * math.exp(england + carried - closing), rel=1e-12)


def test_england_is_known_only_up_to_the_year_asked_for() -> None:
    assert national(2016).growth == pytest.approx(math.log(256315 / 240183))
    assert national(2016).growth_before == pytest.approx(math.log(240183 / 237111))
    assert national(2016).year == 2016


def test_later_than_the_file_the_last_known_year_counts() -> None:
    assert national(2090).year == 2025
    assert national(2090).growth == pytest.approx(math.log(638745 / 576474))


def test_before_the_file_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="not known for 2005"):
        national(2005)


def test_no_plans_are_an_error() -> None:
    with pytest.raises(ValueError, match="above nothing"):
        plans_ahead(np.array([0.0]), np.array([1.0]), UNKNOWN_PUPILS, KNOWN, 3)


def test_the_error_on_real_data_is_within_nine_per_cent_and_the_interval_holds() -> None:
    folder = str(Path(__file__).resolve().parent.parent / "benchmarks")
    sys.path.insert(0, folder)
    try:
        import send_accuracy
    finally:
        sys.path.remove(folder)
    assert send_accuracy.mean_error(send_accuracy.ours, 3) <= 0.090
    assert send_accuracy.mean_error(send_accuracy.no_change, 3) == pytest.approx(0.26, abs=0.005)
    assert send_accuracy.mean_error(send_accuracy.own_growth, 3) == pytest.approx(0.149, abs=0.005)
    held = np.mean([send_accuracy.coverage(base, 3) for base in send_accuracy.BASES])
    assert 0.75 <= held <= 0.85


@given(last=numbers, before=numbers, times=st.floats(min_value=0.5, max_value=20))
@settings(max_examples=40)
def test_an_authority_so_many_times_larger_has_so_many_times_more_plans(
    last: float, before: float, times: float
) -> None:
    pupils = 20 * last
    assert one(last * times, before * times, pupils * times, 3) == pytest.approx(
        times * one(last, before, pupils, 3)
    )


@given(last=numbers, before=numbers, more=st.floats(min_value=1.01, max_value=3))
@settings(max_examples=40)
def test_more_plans_for_each_pupil_grow_more_slowly(last: float, before: float, more: float) -> None:
    assert one(last, before, 20 * last / more, 3) < one(last, before, 20 * last, 3)


@given(growth=st.floats(min_value=-0.1, max_value=0.2))
@settings(max_examples=40)
def test_steady_growth_of_england_goes_on(growth: float) -> None:
    known = replace(KNOWN, growth=growth, growth_before=growth)
    assert national_path(known, 4, constants()) == pytest.approx(growth * np.arange(1, 5))


def test_one_authority_alone_gets_what_it_gets_among_others() -> None:
    last, before = np.array([900.0, 4000.0]), np.array([850.0, 3500.0])
    together = plans_ahead(last, before, np.array([20_000.0, 70_000.0]), KNOWN, 5)
    alone = plans_ahead(last[1:], before[1:], np.array([70_000.0]), KNOWN, 5)
    assert together[1] == pytest.approx(alone[0])


def test_the_median_of_draws_is_the_central_path_and_ranges_widen() -> None:
    central = plans_ahead(np.array([1200.0]), np.array([1100.0]), UNKNOWN_PUPILS, KNOWN, 5)
    drawn = plan_draws(central, 20_000, np.random.default_rng(1))
    assert np.median(drawn, axis=0) == pytest.approx(central, rel=0.01)
    spread = np.diff(np.quantile(np.log(drawn[:, 0]), (0.1, 0.9), axis=0), axis=0)[0]
    assert np.all(np.diff(spread) > 0)
    assert spread[0] == pytest.approx(2 * 1.2816 * math.hypot(0.042, 0.023), rel=0.05)
