"""Cohorts drift back to the usual size of their area: how far is learnt, and the authority keeps its pupils."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from placeplan.demand.usual import LARGEST_PULL, drawn_back, find_pull, size_shares, usual_size

ROLLS = arrays(float, (5, 4), elements=st.floats(0, 400))


@settings(max_examples=40, deadline=None)
@given(ROLLS, st.floats(0, LARGEST_PULL))
def test_the_authority_keeps_its_pupils(cohorts: np.ndarray, pull: float) -> None:
    whole = np.where(cohorts > 0, cohorts, 0) + 1.0
    drawn = drawn_back(whole, usual_size(whole), pull)
    np.testing.assert_allclose(drawn.sum(axis=0), whole.sum(axis=0))
    np.testing.assert_allclose(drawn_back(whole, usual_size(whole), 0.0), whole)


@settings(max_examples=40, deadline=None)
@given(ROLLS)
def test_parts_add_up_over_the_year_groups_that_an_area_has(cohorts: np.ndarray) -> None:
    shares = size_shares(cohorts)
    has = (cohorts > 0).any(axis=1)
    np.testing.assert_allclose(shares.sum(axis=1)[has], 1.0)
    assert (shares[cohorts == 0] == 0).all()


def test_an_area_in_the_shape_of_its_authority_is_of_its_usual_size() -> None:
    cohorts = np.array([[10.0, 20.0, 30.0], [40.0, 80.0, 120.0]])
    np.testing.assert_allclose(usual_size(cohorts), cohorts)


def _made(pull: float, areas: int = 80, years: int = 12) -> np.ndarray:
    """Rolls whose cohorts go on with a pull into year groups 1 to 3 and noise of their size."""
    generator = np.random.default_rng(8)
    size = generator.uniform(40, 120, areas)
    roll = np.zeros((areas, 4, years))
    roll[:, :, 0] = size[:, None] * generator.normal(1, 0.12, (areas, 4))
    for year in range(1, years):
        below = roll[:, :, year - 1]
        expected = drawn_back(below, usual_size(below), pull)[:, :-1]
        roll[:, 0, year] = size * generator.normal(1, 0.12, areas)
        roll[:, 1:, year] = expected + generator.normal(0, 0.5, expected.shape) * np.sqrt(expected)
    return roll


@pytest.mark.parametrize("pull", [0.0, 0.2, 0.4])
def test_the_pull_is_found_again_in_rolls_made_with_it(pull: float) -> None:
    found = find_pull(_made(pull), [1, 2, 3], np.ones(12, dtype=bool))
    assert found[0] == 0
    np.testing.assert_allclose(found[1:], pull, atol=0.06)


def test_one_area_or_one_year_tells_nothing() -> None:
    assert not find_pull(_made(0.4, areas=1), [1, 2, 3], np.ones(12, dtype=bool)).any()
    assert not find_pull(_made(0.4)[:, :, :1], [1, 2, 3], np.ones(1, dtype=bool)).any()
