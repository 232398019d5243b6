"""Alternative provision by month, fair share and disclosure control: worked by hand and invariants."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeplan.cli_send import schools_and_months
from placeplan.results import Result
from placeplan.send.alternative import MONTHS, WEEKS_OF_A_MONTH, alternative_table, present
from placeplan.send.disclosure import hidden_cells
from placeplan.send.fairshare import fair_share_table


@given(st.lists(st.integers(0, 30), min_size=1, max_size=12))
@settings(max_examples=100, deadline=None)
def test_no_small_count_is_shown_or_given_away_by_the_total(values: list[int]) -> None:
    counts = np.array(values, dtype=float)
    hidden = hidden_cells(counts, 5)
    assert not ((counts > 0) & (counts < 5) & ~hidden).any()
    if hidden.any() and (counts[~hidden] > 0).any():
        assert hidden.sum() > 1
        assert counts[hidden].sum() >= 5


def test_one_small_count_takes_the_next_smallest_with_it() -> None:
    assert list(hidden_cells(np.array([0.0, 3.0, 20.0, 9.0]), 5)) == [False, True, False, True]


def test_a_stay_of_two_and_a_half_months_from_july_fills_august_and_half_of_september() -> None:
    found = present(np.array([10.0]), np.array([2.5 * WEEKS_OF_A_MONTH]))
    assert found[0, [10, 11, 0]] == pytest.approx([1, 1, 0.5])
    assert found.sum() == pytest.approx(2.5)


def test_alternative_provision_keeps_pupils_with_and_without_a_plan_apart() -> None:
    flows = pd.DataFrame(
        {
            "academic_year": [2023, 2024], "phase": ["secondary"] * 2, "month": ["September", "october"],
            "entries": [14.0, 16.0], "with_plan": [6.0, np.nan], "mean_weeks": [2 * WEEKS_OF_A_MONTH] * 2,
        }
    )  # fmt: skip
    found = alternative_table(flows).set_index("month")
    assert list(found.index) == list(MONTHS)
    assert found.loc["October", ["with_plan", "without_plan", "pupils"]].tolist() == pytest.approx(
        [3, 12, 15]
    )
    assert found.loc["January", "pupils"] == 0


def test_fair_share_by_hand() -> None:
    rolls = pd.DataFrame(
        {
            "urn": ["1", "2", "3"],
            "school_name": ["a", "b", "c"],
            "phase": "primary",
            "pupils": [100.0, 100, 200],
        }
    )
    urns = ["1"] * 30 + ["2"] * 10 + ["3"] * 40
    admissions = pd.DataFrame(
        {"urn": urns, "date": pd.Timestamp("2026-01-01"), "year_group": 3, "kind": "in_year"}
    )
    found = fair_share_table(admissions, rolls)
    rows = found[(found["phase"] == "primary") & (found["kind"] == "in_year")]
    assert rows["expected"].tolist() == [20, 20, 40]
    assert rows["admitted"].tolist() == [30, 10, 40]
    assert rows["reading"].tolist() == ["as expected"] * 3


def test_the_made_up_county_shows_no_count_below_five(exampleshire: Result) -> None:
    frames = schools_and_months(exampleshire)
    shares = frames["send_fair_share"]
    shown = shares[shares["suppressed"] == "no"]["admitted"]
    assert len(shares)
    assert not ((shown > 0) & (shown < 5)).any()
    assert set(frames["send_alternative"]["phase"]) == {"primary", "secondary"}


def test_few_entries_hide_the_month_and_who_has_a_plan() -> None:
    flows = pd.DataFrame(
        {
            "academic_year": 2024, "phase": "primary", "month": ["September", "October", "March"],
            "entries": [3.0, 20.0, 9.0], "with_plan": [1.0, 0, 0], "mean_weeks": 10.0,
        }
    )  # fmt: skip
    found = alternative_table(flows).set_index("month")
    assert list(found.index[found["entries"].isna()]) == ["September", "March"]
    assert found[["with_plan", "without_plan"]].isna().all(axis=None)


def test_fair_share_of_a_handful_is_not_said() -> None:
    rolls = pd.DataFrame({"urn": ["1"], "school_name": ["a"], "phase": "primary", "pupils": [100.0]})
    one = pd.DataFrame(
        {"urn": ["1"], "date": pd.Timestamp("2026-01-01"), "year_group": 3, "kind": "fair_access"}
    )
    found = fair_share_table(one, rolls).query("phase == 'primary' and kind == 'fair_access'")
    assert found[["admitted", "expected", "low", "high"]].isna().all(axis=None)
