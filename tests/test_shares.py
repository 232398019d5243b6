"""The share model: how the intakes of an area answer when one school changes its admission number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placeplan.demand.shares import answered_intakes, unmet_preferences, was_full

NONE = float("nan")


def answer(
    intakes: list[float], numbers: list[float], change: float, unmet: float = NONE, taken_up: float = 0.0
) -> list[float]:
    """The intakes of one year after the first school's change."""
    found = answered_intakes(
        np.array(intakes)[:, None], np.array(numbers)[:, None], 0, np.array([change]), unmet, taken_up
    )
    return [float(cell) for cell in found[:, 0]]


@pytest.mark.parametrize(
    ("change", "unmet", "taken_up", "after"),
    [
        # 20 families more would come, 30 places more: the others lose 20 in proportion 50 to 30
        (30, 20.0, 0.0, [80, 50 - 12.5, 30 - 7.5]),
        # only ten places more
        (10, 20.0, 0.0, [70, 50 - 6.25, 30 - 3.75]),
        # nobody wanted in vain
        (30, 0.0, 0.0, [60, 50, 30]),
        # no preferences known, half of 30 places is taken up
        (30, NONE, 0.5, [75, 50 - 15 * 50 / 80, 30 - 15 * 30 / 80]),
        # no preferences known, not full
        (30, NONE, 0.0, [60, 50, 30]),
        # 15 above the new number of 45; room is 10 and 30, in proportion 50 to 30 the first is full at 10
        (-15, NONE, 0.0, [45, 50 + 9.375, 30 + 5.625]),
        # 30 above 30: 18.75 to the first, which has room for 10; the other 20 go to the second
        (-30, NONE, 0.0, [30, 60, 50]),
        (0, 20.0, 0.5, [60, 50, 30]),
    ],
)
def test_families_answer_as_worked_by_hand(
    change: float, unmet: float, taken_up: float, after: list[float]
) -> None:
    assert answer([60, 50, 30], [60, 60, 60], change, unmet, taken_up) == pytest.approx(after)


def test_those_that_no_school_has_room_for_are_seen_at_the_schools_that_get_them() -> None:
    assert answer([60, 50, 30], [60, 50, 30], -8) == pytest.approx([52, 55, 33])


def test_a_school_that_stays_half_empty_gains_and_loses_nobody() -> None:
    assert answer([30, 50], [60, 60], -20) == [30, 50]


def test_a_school_over_its_number_already_keeps_those_it_has_over() -> None:
    assert answer([65, 50], [60, 90], -10) == pytest.approx([55, 60])


def test_a_school_without_neighbours_keeps_its_pupils() -> None:
    assert answer([60], [60], -20) == [60]
    assert answer([60], [60], 20, unmet=30) == [60]


def test_without_an_admission_number_a_cut_moves_nobody() -> None:
    assert answer([60, 50], [NONE, 60], -20) == [60, 50]


intakes = st.lists(
    st.tuples(st.floats(0, 300), st.one_of(st.just(NONE), st.floats(0, 300))), min_size=1, max_size=8
)


@given(intakes, st.integers(-120, 120), st.one_of(st.just(NONE), st.floats(0, 200)), st.floats(0, 1))
def test_no_pupil_is_lost_or_made_and_none_is_below_nothing(
    area: list[tuple[float, float]], change: int, unmet: float, taken_up: float
) -> None:
    before, numbers = [one[0] for one in area], [one[1] for one in area]
    after = answer(before, numbers, change, unmet, taken_up)
    assert sum(after) == pytest.approx(sum(before), abs=1e-6)
    assert min(after) >= -1e-9
    moved = after[0] - before[0]
    assert 0 <= moved <= max(change, 0) + 1e-9 if change >= 0 else change - 1e-9 <= moved <= 1e-9
    for old, new in zip(before[1:], after[1:], strict=True):
        assert (new - old) * moved <= 1e-9


@given(intakes, st.integers(0, 60), st.integers(0, 60), st.floats(0, 100))
def test_more_places_never_bring_fewer_pupils(
    area: list[tuple[float, float]], change: int, more: int, unmet: float
) -> None:
    before, numbers = [one[0] for one in area], [one[1] for one in area]
    assert (
        answer(before, numbers, change + more, unmet)[0] >= answer(before, numbers, change, unmet)[0] - 1e-9
    )


def test_unmet_preferences_are_the_mean_of_years_with_both_figures() -> None:
    assert unmet_preferences(np.array([80, 50, NONE]), np.array([60, 60, 60])) == 10.0
    assert np.isnan(unmet_preferences(np.array([NONE]), np.array([60])))


def test_a_school_was_full_if_its_intakes_reached_the_share_of_its_numbers() -> None:
    assert was_full(np.array([57.0, 57.0]), np.array([60.0, 60.0]), 0.95)
    assert not was_full(np.array([57.0, 56.0]), np.array([60.0, 60.0]), 0.95)
    assert not was_full(np.array([57.0]), np.array([NONE]), 0.95)
