"""Ranges are as wide as past errors demand."""

from __future__ import annotations

import numpy as np
import pytest

from placeplan.demand.flows import Flow
from placeplan.demand.levels import Common, Learnt, Local
from placeplan.demand.reach import LEAST, MOST, USUAL_COMMON, Surprises

AREAS, GROUPS, YEARS = 60, 3, 12
CLASSES = ["progression"] * GROUPS


def surprises(stated: float, real: float) -> Surprises:
    """Ratios that stray by ``real`` around 1 where ``stated`` is taken for their standard error, from six origins."""
    generator = np.random.default_rng(1)
    could = np.full((AREAS, GROUPS, YEARS), 400.0)
    roll = could * (1 + generator.normal(0, real, could.shape))
    common = roll.sum(axis=0) / could.sum(axis=0)
    flow = Flow(roll, could, np.zeros((AREAS, GROUPS), bool), common, roll.sum(axis=0))
    ones, none = np.ones(GROUPS), np.zeros(GROUPS)
    own = Local(np.zeros((AREAS, GROUPS)), np.zeros((AREAS, GROUPS)), none, ones * stated**2, none, ())
    learnt = Learnt(Common(ones, none, none, ones * (stated**2 / AREAS)), own, {})
    found = Surprises(CLASSES, 4)
    for known in range(6, YEARS):
        found.add(learnt, np.ones((AREAS, GROUPS)), known, flow)
    return found


def test_what_was_stated_rightly_stays() -> None:
    reach = surprises(0.03, 0.03).reach()
    np.testing.assert_allclose(reach.local, 1.0, atol=0.12)
    assert (reach.common < USUAL_COMMON + 0.05).all()


def test_what_was_stated_too_small_is_widened_and_too_large_narrowed() -> None:
    np.testing.assert_allclose(surprises(0.02, 0.03).reach().local, 1.5, atol=0.2)
    assert surprises(0.06, 0.03).reach().local == pytest.approx(0.5, abs=0.1)


def test_factors_stay_within_bounds() -> None:
    for stated, real in ((0.001, 0.1), (0.5, 0.001)):
        reach = surprises(stated, real).reach()
        for factors in (reach.common, reach.local):
            assert (factors >= LEAST).all()
            assert (factors <= MOST).all()


def test_without_any_origin_the_start_values_hold() -> None:
    reach = Surprises(CLASSES, 5).reach()
    np.testing.assert_allclose(reach.local, 1.0)
    np.testing.assert_allclose(reach.common, USUAL_COMMON)
