"""The fair plan: hand-worked cases, the same answers by trying everything, and what must hold whatever the schools."""

from __future__ import annotations

import runpy
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeplan.options.fairplan import (
    Admissions,
    FairPlan,
    Weights,
    fair_plan,
    proportional_losses,
    unmet_preferences,
)

STEP = 15
BENCHMARK = Path(__file__).parents[1] / "benchmarks" / "reduction_plan.py"


def admissions(
    pan: list[float],
    *,
    target: list[float],
    area: list[int] | None = None,
    trust: list[int] | None = None,
    least: list[float] | None = None,
    may: list[bool] | None = None,
    first: list[float] | None = None,
    outcome: list[float] | None = None,
    most: list[float] | None = None,
) -> Admissions:
    count = len(pan)
    return Admissions(
        area=np.array(area or [0] * count),
        trust=np.array(trust or [-1] * count),
        pan=np.array(pan, dtype=float),
        least=np.array(least or [0.0] * count, dtype=float),
        may_change=np.array(may or [True] * count),
        first_preferences=np.array(first or [np.nan] * count, dtype=float),
        outcome=np.array(outcome or [0.0] * count, dtype=float),
        target=np.array(target, dtype=float),
        most=np.array(most or [1000.0] * len(target), dtype=float),
    )


def cuts(case: Admissions, weights: Weights | None = None) -> list[float]:
    return list(fair_plan(case, STEP, weights or Weights()).cut)


def test_the_largest_loss_is_as_small_as_whole_steps_allow() -> None:
    # 30 places: from 60 and 90, one step each costs at most 15/60; two steps from 90 cost 30/90.
    plan = fair_plan(admissions([60, 90], target=[30]), STEP, Weights())
    assert list(plan.cut) == [15, 15]
    assert plan.largest_loss == 15 / 60
    assert plan.proven
    assert plan.gap == 0.0


def test_where_the_largest_loss_is_the_same_the_rest_is_shared_out() -> None:
    # Two steps from 60 lose 30/60, one step from 30 loses 15/30: both 50%. 15²/60 + 15²/30 < 15²/60 × (1 + 3).
    assert cuts(admissions([60, 30], target=[30])) == [15, 15]


def test_first_preferences_are_respected_by_their_weight() -> None:
    # Both could give a step; the first is full of first preferences (60 for 60), the second has 20 for 60.
    case = admissions([60, 60], target=[15], first=[60, 20])
    assert cuts(case) == [0, 15]
    # The second gives more of itself, 15²/45 against 15²/60, a difference of 1.25: less than 15 unmet first preferences.
    uneven = admissions([60, 45], target=[15], first=[60, 20])
    assert fair_plan(uneven, STEP, Weights(0.0)).cut.tolist() == [15, 0]


def test_no_school_goes_below_its_floor_and_one_says_how_far_one_can_get() -> None:
    plan = fair_plan(admissions([60, 40], target=[90], least=[45, 30]), STEP, Weights())
    assert list(plan.cut) == [15, 0]
    assert list(plan.missing) == [75]


def test_a_trust_bears_no_more_than_its_part_over_all_areas() -> None:
    # The trust has 60 in each area, a community school 60 in each; 15 must go in each area. Both from the trust lose it
    # 30/120 = 25%; one from the trust and one from a community school lose 12.5% of the trust and 25% of that school.
    case = admissions([60, 60, 60, 60], target=[15, 15], area=[0, 0, 1, 1], trust=[0, -1, 0, -1])
    plan = fair_plan(case, STEP, Weights())
    _, trusts = proportional_losses(case, plan.cut)
    assert plan.largest_loss == 0.25
    assert trusts[0] <= 0.25


def test_an_area_is_never_left_short() -> None:
    # 20 places ought to go, but only 10 can: no whole step fits.
    plan = fair_plan(admissions([60], target=[20], most=[10]), STEP, Weights())
    assert list(plan.cut) == [0]
    assert list(plan.missing) == [20]
    assert fair_plan(admissions([60], target=[20], most=[29]), STEP, Weights()).cut.tolist() == [15]


def test_a_better_outcome_is_spared_only_when_it_has_a_weight() -> None:
    case = admissions([60, 60], target=[15], outcome=[1, -1])
    assert cuts(case, Weights(outcome=1.0)) == [0, 15]
    swapped = replace(case, outcome=-case.outcome)
    assert cuts(swapped, Weights(outcome=1.0)) == [15, 0]


def test_steps_of_thirty_are_whole_forms() -> None:
    plan = fair_plan(admissions([60, 90], target=[30]), 30, Weights())
    assert list(plan.cut) == [0, 30]


@st.composite
def cases(draw: st.DrawFn) -> Admissions:
    count = draw(st.integers(1, 5))
    areas = draw(st.integers(1, 2))
    pan = draw(st.lists(st.sampled_from([30, 45, 50, 60, 90]), min_size=count, max_size=count))
    floor = draw(st.lists(st.sampled_from([0, 15, 30, 37, 45]), min_size=count, max_size=count))
    return admissions(
        [float(number) for number in pan],
        area=draw(st.lists(st.integers(0, areas - 1), min_size=count, max_size=count)),
        trust=draw(st.lists(st.integers(-1, 1), min_size=count, max_size=count)),
        least=[float(min(low, number)) for low, number in zip(floor, pan, strict=True)],
        may=draw(st.lists(st.booleans(), min_size=count, max_size=count)),
        first=[float(f) for f in draw(st.lists(st.integers(0, 90), min_size=count, max_size=count))],
        target=[float(t) for t in draw(st.lists(st.integers(0, 80), min_size=areas, max_size=areas))],
        most=[float(m) for m in draw(st.lists(st.integers(0, 90), min_size=areas, max_size=areas))],
    )


def by_trying_everything(case: Admissions) -> tuple[float, float, float]:
    """Reached steps, the largest loss and the cost of the rest of the best plan, by looking at every plan there is."""
    room = np.where(case.may_change, np.floor((case.pan - case.least) / STEP), 0).astype(int)
    wanted = np.minimum(np.ceil(case.target / STEP), np.floor(case.most / STEP))
    best = (np.inf, np.inf, np.inf)
    for taken in product(*(range(most + 1) for most in np.maximum(room, 0))):
        cut = np.array(taken) * float(STEP)
        by_area = np.bincount(case.area, weights=cut / STEP, minlength=len(wanted))
        if (by_area > np.maximum(wanted, 0)).any():
            continue
        schools, trusts = proportional_losses(case, cut)
        cost = float((cut**2 / case.pan).sum() + unmet_preferences(case, cut).sum())
        largest = max([*schools, *trusts])
        best = min(best, (float(wanted.sum() - by_area.sum()), round(largest, 9), round(cost, 6)))
    return best


def cost_of(case: Admissions, plan: FairPlan) -> float:
    return float((plan.cut**2 / case.pan).sum() + unmet_preferences(case, plan.cut).sum())


@settings(max_examples=40, deadline=None)
@given(case=cases())
def test_no_other_plan_is_better(case: Admissions) -> None:
    plan = fair_plan(case, STEP, Weights())
    wanted = np.minimum(np.ceil(case.target / STEP), np.floor(case.most / STEP))
    unreached, largest, cost = by_trying_everything(case)
    assert plan.cut.sum() / STEP == pytest.approx(wanted.sum() - unreached)
    assert plan.largest_loss == pytest.approx(largest, abs=1e-8)
    assert cost_of(case, plan) == pytest.approx(cost, abs=1e-5)
    assert plan.proven


@settings(max_examples=40, deadline=None)
@given(case=cases())
def test_no_plan_goes_below_a_floor_or_too_far_and_acting_together_is_never_worse(case: Admissions) -> None:
    together = replace(case, may_change=np.ones(len(case.pan), dtype=bool))
    alone, joint = fair_plan(case, STEP, Weights()), fair_plan(together, STEP, Weights())
    for plan in (alone, joint):
        cut = plan.cut
        assert (case.pan - cut >= np.where(cut > 0, case.least, 0)).all()
        assert (np.bincount(case.area, weights=cut, minlength=len(case.most)) <= case.most + 1e-9).all()
        assert (cut % STEP == 0).all()
    assert not alone.cut[~case.may_change].any()
    assert (joint.missing <= alone.missing + 1e-9).all()
    reached = np.bincount(case.area, weights=alone.cut, minlength=len(case.most))
    alike = fair_plan(together, STEP, Weights(), wanted=reached)
    assert alike.cut.sum() == alone.cut.sum()
    assert alike.largest_loss <= alone.largest_loss + 1e-9


def test_a_plan_for_120_schools_is_proven_in_far_less_than_ten_seconds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["reduction_plan.py"])
    runpy.run_path(str(BENCHMARK), run_name="__main__")
    printed = capsys.readouterr().out
    assert "120 schools" in printed
    assert printed.count("gap 0.000000  optimal") == 3
