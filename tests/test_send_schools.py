"""Alternative provision, fair share, a panel's view and disclosure control: worked by hand and invariants."""

from __future__ import annotations

from math import comb, exp, factorial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from placeplan.send.alternative import (
    WEEKS_OF_A_MONTH,
    Outlook,
    alternative_tables,
    drawn,
    places_by_year,
    present,
    usual_present,
)
from placeplan.send.disclosure import Hidden, Sums, hidden_cells, with_totals
from placeplan.send.entries import entries_table, exclusions_a_year, read_entries, streams
from placeplan.send.fairshare import fair_share_table, kinds_of
from placeplan.send.funnel import child_limits, dispersion, event_limits
from placeplan.send.panel import panel_table, waiting_table
from placeplan.tables import typed_table
from placeplan.years import MONTHS, AcademicYear, Phase, school_month


def given_away(sums: Sums, hidden: Hidden, lowest: float = 5) -> bool:
    """Whether somebody who combines all that is shown can work out a count below ``lowest``: a second way of computing."""
    values = np.concatenate(sums.values)
    rules, right = [], []
    for places, signs in sums.terms:
        row = np.zeros(sums.size)
        row[places] = signs
        rules.append(row[hidden])
        right.append(-float(row[~hidden] @ values[~hidden]))
    for place in np.flatnonzero((values > 0) & (values < lowest)):
        if not hidden[place]:
            return True
        aim = (np.flatnonzero(hidden) == place).astype(float)
        ends = [linprog(sign * aim, A_eq=np.array(rules), b_eq=right, bounds=(0, None)) for sign in (1, -1)]
        least, most = ends[0].fun, np.inf if ends[1].status == 3 else -ends[1].fun
        if most - least < 1 - 1e-6:
            return True
    return False


SMALL = st.sampled_from([0, 0, 1, 2, 4, 6, 9, 30])


@given(st.lists(SMALL, min_size=1, max_size=12))
@settings(max_examples=30, deadline=None)
def test_no_small_count_is_shown_or_given_away_by_the_total(values: list[int]) -> None:
    sums = Sums()
    sums.total(sums.add(np.array(values, dtype=float)))
    assert not given_away(sums, sums.hidden(5))


def test_one_small_count_takes_another_with_it() -> None:
    assert list(hidden_cells(np.array([3.0, 20.0, 9.0]), 5)[:1]) == [True]
    assert hidden_cells(np.array([3.0, 20.0, 9.0]), 5).sum() == 2
    assert not hidden_cells(np.array([0.0, 20.0, 9.0]), 5).any()
    assert not hidden_cells(np.array([3.0, 20.0, 9.0]), 1).any()


@given(st.lists(st.lists(SMALL, min_size=4, max_size=4), min_size=3, max_size=3))
@settings(max_examples=12, deadline=None)
def test_no_hidden_count_of_a_table_can_be_worked_back_from_what_is_shown(values: list[list[int]]) -> None:
    sums = Sums()
    places = sums.table(np.array(values, dtype=float))
    assert np.concatenate(sums.values)[places] == pytest.approx(with_totals(np.array(values, dtype=float)))
    assert not given_away(sums, sums.hidden(5))


def some_rolls(pupils: list[float], location: list[str], plans: list[float] | None = None) -> pd.DataFrame:
    """Schools 1, 2, … with pupils in Year 3 alone."""
    return pd.DataFrame(
        {
            "urn": [str(at + 1) for at in range(len(pupils))], "school_name": "a school", "phase": "primary",
            "area_code": location, "location": location, "year_group": 3, "pupils": pupils,
            "plan_pupils": [np.nan] * len(pupils) if plans is None else plans,
        }
    )  # fmt: skip


def some_admissions(counts: list[int], kind: str = "in_year") -> pd.DataFrame:
    urns = [str(at + 1) for at, count in enumerate(counts) for _ in range(count)]
    return pd.DataFrame(
        {"urn": urns, "date": pd.Timestamp("2026-01-01"), "year_group": 3, "kind": kind, "days_waiting": 10.0}
    )


NO_AP = typed_table("ap_flows", pd.DataFrame())


def shares_of(
    admissions: pd.DataFrame, flows: pd.DataFrame, rolls: pd.DataFrame, lowest: float = 5
) -> pd.DataFrame:
    return fair_share_table(kinds_of(admissions, flows, rolls, lowest))


def test_fair_share_by_hand_by_intake_and_location() -> None:
    rolls = some_rolls([100, 100, 200], ["north", "north", "south"])
    found = shares_of(some_admissions([30, 10, 40]), NO_AP, rolls)
    rows = found[found["kind"] == "in_year"]
    assert rows["by_intake"].tolist() == [20, 20, 40]
    assert rows["expected"].tolist() == pytest.approx([20, 20, 40])
    assert rows["count"].tolist() == [30, 10, 40]
    assert rows["reading"].tolist() == ["as expected"] * 3
    uneven = shares_of(some_admissions([30, 30, 20]), NO_AP, rolls)
    north, south = 40 * (60 + 20) / (40 + 20), 40 * (20 + 20) / (40 + 20)
    assert uneven["expected"].tolist()[:2] == pytest.approx([north / 2 * 80 / (north + south)] * 2)


@given(split=st.integers(1, 4))
@settings(max_examples=4, deadline=None)
def test_nothing_that_is_shown_depends_on_how_hidden_counts_are_shared(split: int) -> None:
    rolls = some_rolls([90, 110, 200, 150, 250], ["north"] * 2 + ["south"] * 3)
    first, other = ([one, 5 - one, 30, 9, 14] for one in (1, split))
    tables = [shares_of(some_admissions(counts), NO_AP, rolls) for counts in (first, other)]
    pd.testing.assert_frame_equal(*tables)
    assert tables[0].query("kind == 'in_year'")["suppressed"].tolist() == ["yes", "yes", "no", "no", "no"]


counts_of_schools = st.lists(st.sampled_from([0, 0, 1, 2, 3, 4, 6, 7, 12, 25]), min_size=8, max_size=8)


@given(counts_of_schools)
@settings(max_examples=10, deadline=None)
def test_fair_share_and_waiting_together_give_no_small_count_away(counts: list[int]) -> None:
    areas, districts = list("AABBCCDE"), ["north"] * 4 + ["south"] * 4
    rolls = some_rolls([100.0] * 8, districts).assign(area_code=areas)
    admissions = some_admissions(counts)
    shares = shares_of(admissions, NO_AP, rolls).query("kind == 'in_year'")
    waits = waiting_table(kinds_of(admissions, NO_AP, rolls, 5), admissions)
    waits = waits[(waits["kind"] == "in_year") & (waits["year_group"] == "total")].set_index("area_code")
    known, sums = [], []
    for at, count in enumerate(shares["count"]):
        if count == count:
            known.append(np.eye(8)[at])
            sums.append(count)
    for area in set(areas):
        if len(waits) and waits.loc[area, "suppressed"] == "no":
            known.append(np.array([float(area == own) for own in areas]))
            sums.append(waits.loc[area, "admissions"])
    totals = [sum(counts[:4]), sum(counts[4:])]
    if all(total >= 5 or total == 0 for total in totals):
        known += [np.repeat([1.0, 0.0], 4), np.repeat([0.0, 1.0], 4)]
        sums += totals
    elif sum(totals) >= 5:
        known.append(np.ones(8))
        sums.append(sum(totals))
    for at, count in enumerate(counts):
        if 0 < count < 5:
            ends = [linprog(sign * np.eye(8)[at], A_eq=np.array(known) if known else None, b_eq=sums or None).fun
                    for sign in (1, -1)]  # fmt: skip
            assert ends[1] is None or -ends[1] - ends[0] >= 1


def test_fair_share_of_a_handful_is_not_said() -> None:
    found = shares_of(some_admissions([1], "fair_access"), NO_AP, some_rolls([100], ["north"]))
    rows = found[found["kind"] == "fair_access"]
    assert rows[["count", "expected", "low", "high", "by_intake", "dispersion"]].isna().all(axis=None)
    assert rows["reading"].tolist() == [""]


def test_plans_and_exclusions_are_kinds_where_they_are_known() -> None:
    flows = typed_table(
        "ap_flows",
        pd.DataFrame({"academic_year": ["2025/26"], "phase": ["primary"], "urn": ["2"], "entries": [9], "month": ["May"],
                      "reason": ["Permanent exclusion"]}),
    )  # fmt: skip
    rolls = some_rolls([100, 100], ["north"] * 2, [30, 10])
    found = shares_of(pd.DataFrame(columns=["urn"]), flows, rolls).set_index(["kind", "urn"])
    assert sorted(set(found.index.get_level_values(0))) == ["permanent_exclusion", "plan"]
    assert found.loc[("plan", "1"), "expected"] == pytest.approx(20)
    assert found.loc[("permanent_exclusion", "2"), ["count", "expected"]].tolist() == pytest.approx([9, 4.5])


def test_a_school_that_does_not_say_its_plans_is_no_school_without_plans() -> None:
    rolls = some_rolls([100, 100, 100], ["north"] * 3, [20, np.nan, 20])
    found = shares_of(pd.DataFrame(columns=["urn"]), NO_AP, rolls)
    assert found["urn"].tolist() == ["1", "3"]
    assert found["expected"].tolist() == pytest.approx([20, 20])


def test_the_limits_are_those_of_poisson_and_binomial_worked_out_term_by_term() -> None:
    low, high = event_limits(np.array([3.0]), 1.0, 0.998)
    below = np.cumsum([exp(-3.0) * 3.0**k / factorial(k) for k in range(30)])
    assert (low[0], high[0]) == (np.argmax(below >= 0.001), np.argmax(below >= 0.999))
    low, high = child_limits(np.array([4.0]), np.array([20.0]), 1.0, 0.95)
    below = np.cumsum([comb(20, k) * 0.2**k * 0.8 ** (20 - k) for k in range(21)])
    assert (low[0], high[0]) == (np.argmax(below >= 0.025), np.argmax(below >= 0.975))


def test_limits_widen_where_schools_differ_by_more_than_chance() -> None:
    expected = np.full(40, 25.0)
    assert dispersion(np.tile([20.0, 30.0], 20), expected) == 1.0
    phi = dispersion(np.tile([10.0, 40.0], 20), expected)
    assert phi == pytest.approx(9.0)
    for limits in (
        lambda spread: event_limits(expected, spread, 0.998),
        lambda spread: child_limits(expected[:1], np.array([300.0]), spread, 0.998),
    ):
        (low, high), (lower, higher) = limits(1.0), limits(phi)
        assert lower[0] < low[0] < high[0] < higher[0]


def some_schools() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "urn": ["1", "1", "2", "2"], "school_name": "a school", "area_code": ["A", "A", "B", "B"], "location": "north",
            "phase": "primary",
            "year_group": ["3", "total"] * 2, "roll": [20.0, 20, 40, 40], "places": [30.0, 30, 30, 30],
        }
    )  # fmt: skip


def test_a_panel_sees_free_places_and_own_shares() -> None:
    admissions = some_admissions([12, 6], "fair_access")
    shares = shares_of(admissions, NO_AP, some_rolls([20, 40], ["A", "B"]))
    found = panel_table(some_schools(), admissions, shares, 5).set_index(["urn", "year_group"])
    assert found["free"].tolist() == [10, 10, -10, -10]
    assert found.loc[("1", "total"), ["recent", "fair_access"]].tolist() == [12, 12]
    assert found.loc[("1", "total"), ["own_share", "share_of_pupils"]].tolist() == pytest.approx(
        [2 / 3, 1 / 3]
    )
    assert found.loc[("1", "3"), "fair_access"] != found.loc[("1", "3"), "fair_access"]


def test_few_who_waited_are_hidden_with_their_days() -> None:
    admissions = some_admissions([3, 20])
    found = waiting_table(kinds_of(admissions, NO_AP, some_rolls([20, 40], ["A", "B"]), 5), admissions)
    rows = found[(found["kind"] == "in_year") & (found["year_group"] == "total")].set_index("area_code")
    assert rows.loc[["A", "B"], ["admissions", "mean_days"]].isna().all(axis=None)
    assert rows.loc["total", ["admissions", "mean_days"]].tolist() == [23, 10]


def test_a_stay_of_two_and_a_half_months_from_july_fills_august_and_half_of_september() -> None:
    found = present(np.array([10.0]), np.array([2.5 * WEEKS_OF_A_MONTH]))
    assert found[0, [10, 11, 0]] == pytest.approx([1, 1, 0.5])
    assert found.sum() == pytest.approx(2.5)


def some_flows(
    rows: list[tuple[str, str, float, float]], dual: float = 0, phase: str = "secondary"
) -> pd.DataFrame:
    """Entries of 2024/25 by month and reason, with those that have a plan."""
    frame = pd.DataFrame(rows, columns=["month", "reason", "entries", "with_plan"])
    return typed_table(
        "ap_flows",
        frame.assign(
            academic_year="2024/25", phase=phase, mean_weeks=2 * WEEKS_OF_A_MONTH, dual_registered=dual
        ),
    )


def outlook(plans: float = 0.0, places: float = 20.0, lowest: float = 5) -> Outlook:
    years = (AcademicYear(2025),)
    held = typed_table(
        "specialist_places",
        pd.DataFrame({"academic_year": ["2024/25"], "setting": ["alternative_provision"], "places": [places + 3],
                      "places_used_by_others": [3], "phase": ["secondary"]}),
    )  # fmt: skip
    named = {phase: np.full(1, plans) for phase in Phase}
    drawn_plans = {phase: np.full((200, 1), plans) for phase in Phase}
    return Outlook(years, {phase: np.ones(1) for phase in Phase}, named, drawn_plans, held, 200, 1, lowest)


FLOWS = [
    ("September", "permanent exclusion", 30, 6),
    ("october", "medical", 20, 6),
    ("July", "respite", 10, 5),
]


@given(
    st.lists(st.integers(0, 12), min_size=12, max_size=12), st.lists(st.floats(1, 90), min_size=3, max_size=3)
)
@settings(max_examples=20, deadline=None)
def test_months_conserve_children(counts: list[int], weeks: list[float]) -> None:
    rows = [
        (month, reason, count, 0)
        for month, count in zip(MONTHS, counts, strict=True)
        for reason in ("excluded", "x")
    ]
    flows = some_flows([row for row in rows if row[2]])
    flows["mean_weeks"] = [weeks[at % 3] for at in range(len(flows))]
    for entries in read_entries(flows, 5):
        found = streams(entries)
        whole = entries.counts.sum()
        assert sum(float(one.a_year.sum()) for one in found) == pytest.approx(whole if found else 0.0)
        usual = usual_present(entries)
        stayed = sum(one.a_year.sum() * one.weeks for one in found) / WEEKS_OF_A_MONTH
        assert usual is None or usual.sum() == pytest.approx(stayed)


def test_a_pupil_on_two_rolls_is_counted_once() -> None:
    once, twice = (read_entries(some_flows(FLOWS, dual), 5) for dual in (0, 10))
    tables = [alternative_tables(entries, outlook(), None)["send_alternative"] for entries in (once, twice)]
    pd.testing.assert_frame_equal(*tables)
    assert entries_table(twice).query("reason == 'total' and month == 'total'")[
        "dual_registered"
    ].tolist() == [30]


def test_children_with_a_plan_are_never_counted_from_both_sources() -> None:
    entries = read_entries(some_flows(FLOWS), 5)
    none, some, many = (
        alternative_tables(entries, outlook(plans), None)["send_alternative"] for plans in (0.0, 6.0, 40.0)
    )
    assert many["with_plan"].tolist() == [40.0] * 12
    assert np.all(some["pupils"] <= none["pupils"] + 6)
    pd.testing.assert_series_equal(many["pupils"] - 40, many["without_plan"], check_names=False)


def test_needs_against_places_by_hand() -> None:
    found = alternative_tables(read_entries(some_flows(FLOWS), 5), outlook(), None)["send_alternative"]
    rows = found[found["phase"] == "secondary"].set_index("month")
    assert rows.loc["September", "pupils"] == pytest.approx(30)
    assert rows.loc["October", "pupils"] == pytest.approx(50)
    assert rows.loc["November", "pupils"] == pytest.approx(20)
    assert rows.loc["October", ["with_plan", "without_plan"]].tolist() == pytest.approx(
        [50 * 17 / 60, 50 * 43 / 60]
    )
    assert rows["places"].tolist() == [20.0] * 12
    assert rows.index[rows["peak"] == "yes"].tolist() == ["October"]
    assert rows.loc["October", "probability_of_shortfall"] > 0.99


@given(places=st.integers(0, 60), fall=st.floats(0, 1))
@settings(max_examples=10, deadline=None)
def test_fewer_exclusions_and_more_places_never_raise_the_chance(places: int, fall: float) -> None:
    entries = read_entries(some_flows(FLOWS), 5)
    usual = alternative_tables(entries, outlook(places=places), fall)["send_alternative"]
    chances = usual.pivot(index="month", columns="scenario", values="probability_of_shortfall")
    assert np.all(chances["collective"] <= chances["usual"])
    more = alternative_tables(entries, outlook(places=places + 5), None)["send_alternative"].set_index(
        "month"
    )
    assert np.all(more["probability_of_shortfall"] <= chances["usual"].loc[more.index])


def test_the_fall_that_suffices_is_the_least_that_does() -> None:
    entries = read_entries(some_flows(FLOWS), 5)
    row = alternative_tables(entries, outlook(places=40), None)["send_collective"].iloc[0]
    assert 0 < row["fall_needed"] < 1
    for fall, wanted in ((row["fall_needed"], True), (row["fall_needed"] - 0.01, False)):
        after = alternative_tables(entries, outlook(places=40), fall)["send_collective"].iloc[0]
        assert (after["probability_after"] <= 0.2) == wanted
    assert np.isnan(
        alternative_tables(entries, outlook(places=2), None)["send_collective"]["fall_needed"].iloc[0]
    )


def test_a_year_under_way_counts_up_to_its_last_month() -> None:
    flows = pd.concat(
        [some_flows([("September", "excluded", 8, 0), ("May", "excluded", 6, 0)])] * 2, ignore_index=True
    )
    flows["academic_year"] = [2024, 2024, 2025, 2025]
    entries = read_entries(flows[:3], 5)[0]
    assert entries.years.tolist() == [2] + [1] * 11
    assert exclusions_a_year(entries) == pytest.approx(8 + 6)


def test_few_entries_hide_the_month_the_reason_and_who_has_a_plan() -> None:
    flows = some_flows(
        [("September", "medical", 3, 1), ("October", "excluded", 20, 0), ("March", "excluded", 9, 0)]
    )
    found = entries_table(read_entries(flows, 5)).set_index(["reason", "month"])
    assert found.loc[[("medical", "September"), ("medical", "total")], "entries"].isna().all()
    hidden = found.xs("total", level="month")["suppressed"] == "yes"
    assert hidden["medical"]
    assert hidden.sum() > 1
    assert found.loc[("total", "total"), "entries"] == 32
    assert found.loc[("total", "total"), ["with_plan", "without_plan"]].isna().all()


def test_draws_have_the_mean_and_the_spread_of_their_formula() -> None:
    chance = (np.arange(4000)[:, None] + 0.5) / 4000
    found = drawn(np.array([[20.0]]), 50.0, chance)
    assert found.mean() == pytest.approx(20.0, abs=0.05)
    assert found.var() == pytest.approx(20 + 20**2 / 50, rel=0.02)


def test_places_that_name_no_phase_belong_to_all_phases_alone() -> None:
    places = outlook().places.assign(phase="")
    years = (AcademicYear(2025),)
    assert np.isnan(places_by_year(places, "secondary", years)).all()
    assert places_by_year(places, "all", years).tolist() == [20.0]


def test_a_month_is_known_by_its_first_letters() -> None:
    assert [school_month(text) for text in ("September", "Sept", "jan.", " JUL", "Ju", "", "Brumaire")] == [
        0, 0, 4, 10, None, None, None
    ]  # fmt: skip
