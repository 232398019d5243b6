"""Small counts stay hidden: worked by hand, by counting every table that a reader could think of, and by the audit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from placeplan.disclosure.audit import given_away, ranges, solvable
from placeplan.disclosure.protect import protect
from placeplan.disclosure.system import System, relations_of, table_system
from placeplan.disclosure.whole import round_tree, shared

LIMIT = 5.0
TABLES = arrays(np.int64, st.tuples(st.integers(1, 3), st.integers(1, 3)), elements=st.integers(0, 12))


def small_of(system):
    return (system.values > 0) & (system.values < LIMIT)


def test_a_single_small_count_needs_a_second_hidden_in_its_row_and_column():
    system = table_system(np.array([[3, 20, 30], [40, 50, 60], [70, 80, 90]]))
    hidden = protect(system, small_of(system), LIMIT).reshape(4, 4)
    assert hidden[0, 0]
    assert hidden.sum() == 4
    assert not hidden[3].any()
    assert not hidden[:, 3].any()
    assert set(hidden.sum(axis=0)) == set(hidden.sum(axis=1)) == {0, 2}


def test_the_audit_sees_a_count_that_the_totals_give_away():
    system = table_system(np.array([[3, 20], [40, 50]]))
    only = small_of(system)
    assert solvable(system, only)[0]
    assert given_away(system, only, only, LIMIT)[0]
    hidden = only.copy()
    hidden[[1, 3, 4]] = True
    assert not solvable(system, hidden).any()


def test_two_small_counts_whose_sum_is_small_are_not_enough():
    """2 + 2 of a row whose total 4 + 9 is shown: each could only be 1 to 3, as both are below 5 anyhow."""
    system = System(
        np.array([2.0, 2.0, 9.0, 13.0]),
        relations_of([([3, 0, 1, 2], [1, -1, -1, -1])], 4),
        np.zeros(4, bool),
        np.array([1.0, 1, 1, 20]),
        np.ones(4),
    )
    small = small_of(system)
    low, high = ranges(system, small, small)
    assert (low[:2] == 1).all()
    assert (high[:2] == 3).all()
    assert given_away(system, small, small, LIMIT)[:2].all()
    hidden = protect(system, small, LIMIT)
    assert hidden[2]
    assert not given_away(system, hidden, small, LIMIT).any()


def test_places_less_surplus_would_tell_the_pupils_so_the_surplus_goes_too():
    """pupils 3 in 30 places, surplus 27; beside it 40 in 60, surplus 20; all with totals."""
    pupils, places = [3.0, 40.0, 43.0], [30.0, 60.0, 90.0]
    surplus = [27.0, 20.0, 47.0]
    terms = [([2, 0, 1], [1, -1, -1]), ([8, 6, 7], [1, -1, -1])]
    terms += [([place, 3 + place, 6 + place], [1, -1, 1]) for place in range(3)]
    lowest = np.array([1.0] * 6 + [-np.inf] * 3)
    known = np.array([False] * 3 + [True] * 3 + [False] * 3)
    system = System(np.array(pupils + places + surplus), relations_of(terms, 9), known, np.ones(9), lowest)
    small = np.array([True] + [False] * 8)
    hidden = protect(system, small, LIMIT)
    assert hidden[0]
    assert hidden[6]
    assert not hidden[3:6].any()
    assert (hidden[:3] == hidden[6:]).all()
    assert not solvable(system, hidden).any()


def test_what_everybody_knows_cannot_be_hidden():
    system = table_system(np.array([[3, 4]]))
    with pytest.raises(ValueError, match="everybody knows"):
        protect(
            System(system.values, system.relations, system.values > 0, system.cost, system.lowest),
            small_of(system),
            LIMIT,
        )
    with pytest.raises(ValueError, match="does not hold"):
        System(system.values + 1, system.relations, system.known, system.cost, system.lowest)


@settings(max_examples=15, deadline=None)
@given(TABLES)
def test_no_hidden_count_of_any_table_can_be_solved(table):
    system = table_system(table)
    small = small_of(system)
    hidden = protect(system, small, LIMIT)
    assert (hidden[small]).all()
    assert not hidden[system.values == 0].any()
    assert not solvable(system, hidden).any()
    assert not given_away(system, hidden, small, LIMIT).any()


@settings(max_examples=8, deadline=None)
@given(arrays(np.int64, (2, 2), elements=st.integers(0, 9)))
def test_a_reader_who_tries_every_table_finds_larger_counts_too(table):
    """A second way: list all tables of whole numbers that agree with what is shown."""
    system = table_system(table)
    small = small_of(system)
    hidden = protect(system, small, LIMIT)
    inner = [0, 1, 3, 4]
    could = [np.arange(1, 30) if hidden[cell] else system.values[[cell]] for cell in inner]
    a, b, c, d = (one.ravel() for one in np.meshgrid(*could))
    whole = np.array([a, b, a + b, c, d, c + d, a + c, b + d, a + b + c + d])
    agrees = (whole[~hidden] == system.values[~hidden, None]).all(axis=0)
    for cell in np.flatnonzero(small):
        assert whole[cell, agrees].max() >= system.values[cell] + LIMIT


@settings(max_examples=25, deadline=None)
@given(
    arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 4)), elements=st.floats(0, 60)),
    st.sampled_from([1, 5]),
)
def test_rounded_parts_add_up_and_stay_within_the_base(parts, base):
    values = np.vstack([parts.sum(axis=0), parts])
    parent = np.array([-1, *[0] * len(parts)])
    found = round_tree(values, parent, base)
    assert np.allclose(found[0], found[1:].sum(axis=0))
    assert (np.abs(found - values) < base + 1e-6).all()
    assert np.allclose(found % base, 0)


def test_rounding_by_hand():
    assert shared(np.array([[2.5], [2.5], [1.2]]), np.array([6.0]), 1)[:, 0].tolist() == [3, 2, 1]
    with pytest.raises(ValueError, match="beside the sum"):
        shared(np.array([[2.0], [3.0]]), np.array([9.0]), 1)
