"""Total plans of an authority: worked by hand, against the published data, and what must always hold."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeplan.send import totals
from placeplan.send.totals import National, national, plan_draws, plans_ahead

KNOWN = National(year=2020, growth=0.10, plans_per_pupil=0.05, convergence=0.04, persistence=0.25)
UNKNOWN_PUPILS = np.array([np.nan])
numbers = st.floats(min_value=50, max_value=50_000)


def _evidence() -> ModuleType:
    """Return benchmarks/send_accuracy.py as a module."""
    folder = str(Path(__file__).resolve().parent.parent / "benchmarks")
    sys.path.insert(0, folder)
    try:
        import send_accuracy
    finally:
        sys.path.remove(folder)
    return send_accuracy


def one(last: float, before: float, pupils: float, ahead: int, known: National = KNOWN) -> float:
    path = plans_ahead(np.array([last]), np.array([before]), np.array([pupils]), known, ahead)
    return float(path[0, -1])


def test_two_years_ahead_worked_by_hand() -> None:
    rich = math.log(0.06 / 0.05)
    first = 0.25 * (math.log(1.2) - 0.10) - 0.04 * rich
    second = 0.25 * first - 0.04 * (rich + first)
    assert one(1200, 1000, 20_000, 2) == pytest.approx(1200 * math.exp(0.20 + first + second), rel=1e-12)


def test_a_leap_beyond_fifteen_per_cent_counts_as_fifteen() -> None:
    grown = math.exp(0.10 + 0.15)
    assert one(3000, 1000, 60_000, 3) == pytest.approx(one(3000, 3000 / grown, 60_000, 3))


def test_an_authority_with_hardly_any_plans_is_no_further_from_the_others_than_any_was() -> None:
    far = 1000 / (0.05 * math.exp(-0.8))
    assert one(1000, 900, 100 * far, 10) == pytest.approx(one(1000, 900, far, 10))


def test_others_are_known_only_up_to_the_year_asked_for() -> None:
    known = national(2016)
    assert (known.year, known.growth) == (2016, pytest.approx(0.08187, abs=1e-5))
    assert known.plans_per_pupil == pytest.approx(0.035961, abs=1e-6)


def test_after_the_last_row_its_growth_goes_on_and_plans_per_pupil_grow_by_it() -> None:
    last, later = national(2025), national(2027)
    assert (later.year, later.growth, later.convergence) == (2025, last.growth, last.convergence)
    assert later.plans_per_pupil == pytest.approx(last.plans_per_pupil * math.exp(2 * last.growth))


def test_a_new_row_with_all_plans_alone_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    blank = dict.fromkeys(("typical_growth", "plans_per_pupil", "convergence", "persistence"), "")
    rows = [
        {"year": "2024", "plans": "500", **blank},
        {"year": "2025", "plans": "550", **blank, "plans_per_pupil": "0.08", "convergence": "0.05"},
        {"year": "2026", "plans": "660", **blank},
    ]
    monkeypatch.setattr(totals, "data_rows", lambda name: rows)
    known = national(2026)
    assert known.growth == pytest.approx(math.log(1.2))
    assert (known.convergence, known.persistence) == (0.05, 0.0)
    assert known.plans_per_pupil == pytest.approx(0.08 * 1.2)


def test_a_year_later_the_typical_authority_is_not_taken_to_be_rich() -> None:
    known = national(2026)
    last = 1000.0
    pupils = last / known.plans_per_pupil
    assert one(last, last * math.exp(-known.growth), pupils, 3, known) == pytest.approx(
        last * math.exp(3 * known.growth)
    )


def test_before_the_file_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="not known for 2005"):
        national(2005)


def test_no_plans_are_an_error() -> None:
    with pytest.raises(ValueError, match="above nothing"):
        plans_ahead(np.array([0.0]), np.array([1.0]), UNKNOWN_PUPILS, KNOWN, 3)


def test_the_error_on_real_data_is_within_nine_per_cent_and_the_interval_holds() -> None:
    send_accuracy = _evidence()
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


@given(last=numbers, before=numbers, more=st.floats(min_value=1.01, max_value=1.5))
@settings(max_examples=40)
def test_more_plans_for_each_pupil_grow_more_slowly(last: float, before: float, more: float) -> None:
    assert one(last, before, 20 * last / more, 3) < one(last, before, 20 * last, 3)


@given(growth=st.floats(min_value=-0.1, max_value=0.2))
@settings(max_examples=40)
def test_the_typical_authority_grows_as_it_did(growth: float) -> None:
    known = replace(KNOWN, growth=growth)
    assert one(1000, 1000 / math.exp(growth), 20_000, 4, known) == pytest.approx(1000 * math.exp(4 * growth))


def test_other_authorities_say_enough_of_one_that_they_do_not_know() -> None:
    """Half of the authorities, forecast with what the other half tells: within nine per cent too."""
    evidence = _evidence()
    whole = evidence.plans().index
    odd = np.arange(len(whole)) % 2 == 1
    errors = [
        evidence._error_of(half, base, evidence.known_from(whole[~half], base))
        for half in (odd, ~odd)
        for base in evidence.BASES
    ]
    assert np.mean(errors) <= 0.090


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
