"""Places and costs of high needs, and what scenarios do to them: worked by hand and invariants."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeplan.arrays import Array
from placeplan.commands.send import made_from
from placeplan.operations import SendEdit
from placeplan.problems import InputErrors
from placeplan.results import Result
from placeplan.scenario import Layer, LoadedScenario, Scenario, read_scenario
from placeplan.send.area import out_shares, placed
from placeplan.send.costs import budget_change, costs_table, extra_place
from placeplan.send.edits import kept_away, same_draws, with_new_plans
from placeplan.send.flow import Path as Flow
from placeplan.send.flow import Rates
from placeplan.send.funding import Price, Prices, prices_of
from placeplan.send.make import SendMade
from placeplan.send.places import Cell, by_phase, cells_of, expected_short, places_table, shared_places
from placeplan.send.tables import AGES, SETTINGS
from placeplan.yamlnodes import parse_yaml
from placeplan.years import AcademicYear

COUNT, YEAR = len(SETTINGS), AcademicYear(2020)
UNIT, SPECIAL, BOUGHT = (SETTINGS.index(name) for name in ("unit", "state_special", "independent"))
seeds = st.integers(min_value=0, max_value=10_000)
ALL = np.ones((1, AGES))


def prices(place: float, top_up: float) -> Prices:
    return Prices(Price(place, "a"), Price(top_up, "b"))


PRICES = {name: prices(6_000, 8_000) for name in SETTINGS} | {"independent": prices(50_000, np.nan)}


def rows(**columns: object) -> pd.DataFrame:
    base = {
        "urn": "",
        "phase": "",
        "need": "",
        "places_used_by_others": 0.0,
        "cost_per_place": np.nan,
        "top_up": np.nan,
    }
    return pd.DataFrame({**base, **columns})


def cell(demand: list[int], places: float, others: float = 0.0) -> Cell:
    drawn = np.array(demand, dtype=float)[:, None]
    return Cell("unit", "primary", drawn.mean(axis=0), drawn, np.array([places]), np.array([others]))


def test_the_share_out_of_the_area_is_that_of_the_phase_else_of_the_setting() -> None:
    specialist = pd.DataFrame(
        {
            "academic_year": 2020, "setting": ["unit", "unit", "independent"], "year_group": [3.0, 3.0, np.nan],
            "age": [np.nan, np.nan, 20.0], "in_area": ["yes", "no", "no"], "pupils": [30.0, 10.0, 5.0],
        }
    )  # fmt: skip
    out = out_shares(specialist, YEAR)
    assert out[UNIT, [5, 12]] == pytest.approx([0.25, 0.25])
    assert out[BOUGHT, 20] == 1
    assert np.isnan(out[SPECIAL, 8])


def test_places_used_by_others_and_children_placed_elsewhere_are_taken_off() -> None:
    stock, out = np.zeros((1, COUNT, AGES)), np.full((COUNT, AGES), 0.25)
    stock[0, UNIT, 8] = 40
    at = placed(stock, out, ALL)
    drawn = placed(np.repeat(stock[None], 10, axis=0), out, ALL)
    given = rows(academic_year=[2020], setting=["unit"], phase=["primary"], places=[25.0]).assign(
        places_used_by_others=4.0
    )
    frame = places_table(YEAR, at, cells_of(given, {}, YEAR, at, drawn))
    row = frame[(frame["setting"] == "unit") & (frame["phase"] == "primary")].iloc[0]
    told = ["residents", "in_area", "out_of_area", "places", "used_by_others", "surplus"]
    assert row[told].tolist() == [40, 30, 10, 25, 4, -9]
    assert (row["probability_of_shortfall"], row["expected_short"]) == (1, 9)
    other = frame[(frame["setting"] == "state_special") & (frame["phase"] == "total")].iloc[0]
    assert np.isnan(other["places"])


def test_places_without_a_phase_go_over_phases_by_year_groups_of_the_school() -> None:
    given = rows(academic_year=[2020, 2020], setting="state_special", places=[24.0, 10.0], urn=["1", "2"])
    assert by_phase(given, {"1": (0, 11)}) is None
    found = by_phase(given, {"1": (0, 11), "2": (7, 11)})
    assert found is not None
    assert found.groupby("phase")["places"].sum().to_dict() == {"primary": 14, "secondary": 20}


def test_costs_worked_by_hand() -> None:
    """Demand of 8 or 12 beside 10 places, of which 1 for others: 8.5 filled, 1.5 beyond, each 50,000 elsewhere."""
    stock = np.zeros((1, COUNT, AGES))
    stock[0, UNIT, 8], stock[0, BOUGHT, 8] = 12, 3
    at = placed(stock, np.where(np.arange(COUNT)[:, None] == UNIT, 1 / 6, 1.0) * np.ones((COUNT, AGES)), ALL)
    own = costs_table(YEAR, at, [cell([8, 12], 10, 1)], PRICES).set_index(["setting", "item"])["amount"]
    assert own["unit", "place_funding"] == 60_000
    assert own["unit", "top_up"] == pytest.approx(8.5 * 8_000)
    assert own["unit", "unplaced"] == pytest.approx(1.5 * 50_000)
    assert own["unit", "top_up_out_of_area"] == pytest.approx(2 * 8_000)
    assert own["independent", "placements"] == pytest.approx(150_000)
    assert own["unit", "extra_place"] == pytest.approx(6_000 - 0.5 * (50_000 - 8_000))
    assert own["total", "total_of_known"] == pytest.approx(60_000 + 68_000 + 75_000 + 16_000 + 150_000)


def test_places_of_alternative_provision_are_paid_for_whoever_has_them() -> None:
    given = rows(academic_year=[2020, 2022], setting="alternative_provision", places=[90.0, 60.0])
    shared = shared_places(given, YEAR, 3)
    assert shared.tolist() == [90, 60, 60]
    at = placed(np.zeros((3, COUNT, AGES)), np.zeros((COUNT, AGES)), ALL)
    own = costs_table(YEAR, at, [], {**PRICES, "alternative_provision": prices(10_000, 14_500)}, shared)
    paid = own[own["item"] == "place_funding"]
    assert paid["amount"].tolist() == [900_000, 600_000, 600_000]
    assert own[own["item"] == "total_of_known"]["amount"].tolist() == [900_000, 600_000, 600_000]
    assert np.isnan(shared_places(given[given["academic_year"] > 2021], YEAR, 3)).all()


def test_secondary_places_without_any_for_the_sixth_form_stand_beside_both() -> None:
    stock = np.zeros((1, COUNT, AGES))
    stock[0, UNIT, 13], stock[0, UNIT, 17] = 30, 12
    at, drawn = (
        placed(one, np.zeros((COUNT, AGES)), ALL) for one in (stock, np.repeat(stock[None], 10, axis=0))
    )
    given = rows(academic_year=[2020], setting=["unit"], phase=["secondary"], places=[40.0])
    frame = places_table(YEAR, at, cells_of(given, {}, YEAR, at, drawn))
    row = frame[(frame["setting"] == "unit") & (frame["phase"] == "secondary")].iloc[0]
    assert row[["in_area", "demand", "places", "surplus"]].tolist() == [30, 42, 40, -2]


def test_without_a_price_nothing_is_made_up() -> None:
    at = placed(np.ones((1, COUNT, AGES)), np.zeros((COUNT, AGES)), ALL)
    bare = {name: prices(np.nan, np.nan) for name in SETTINGS}
    frame = costs_table(YEAR, at, [], bare)
    assert frame[frame["item"] != "total_of_known"]["amount"].isna().all()


def test_prices_are_the_users_own_else_the_rate() -> None:
    given = rows(academic_year=[2019, 2020, 2020], setting="unit", places=[10.0, 10, 30]).assign(
        cost_per_place=[1.0, 5000, 7000]
    )
    found = prices_of(given, YEAR, {"special_place": Price(10_000.0, "guide")})
    assert found["unit"].place == Price(6_500.0, "specialist_places, 2020/21")
    assert found["state_special"].place == Price(10_000.0, "guide")
    assert np.isnan(found["independent"].place.amount)


@given(demand=st.lists(st.integers(0, 200), min_size=1), places=st.integers(0, 200), more=st.integers(0, 50))
def test_more_places_never_leave_more_children_without_one(demand: list[int], places: int, more: int) -> None:
    drawn = np.array(demand)
    assert expected_short(drawn, places + more) <= expected_short(drawn, places)


@given(
    demand=st.lists(st.integers(0, 200), min_size=1, max_size=30),
    places=st.integers(0, 200),
    more=st.integers(1, 50),
)
def test_places_that_are_needed_save_and_empty_ones_cost_what_a_place_costs(
    demand: list[int], places: int, more: int
) -> None:
    one = cell(demand, places)
    change = budget_change(one, np.array([float(more)]), prices(6_000, 8_000), 50_000)[0]
    assert more * (6_000 + 8_000 - 50_000) - 1e-6 <= change <= more * 6_000 + 1e-6
    if max(demand) <= places:
        assert change == pytest.approx(more * 6_000)


@given(chance=st.floats(0, 1), further=st.floats(0, 1))
def test_an_extra_place_never_costs_more_where_it_is_more_likely_needed(
    chance: float, further: float
) -> None:
    low, high = sorted((chance, further))
    own = prices(6_000, 8_000)
    assert extra_place(high, own, 50_000) <= extra_place(low, own, 50_000)


@given(seed=seeds, left=st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_whoever_comes_back_into_the_area_is_still_counted_once(seed: int, left: float) -> None:
    random = np.random.default_rng(seed)
    stock: Array = random.poisson(5, size=(3, COUNT, AGES)).astype(float)
    out, kept = random.uniform(0, 1, (COUNT, AGES)), np.full((3, AGES), left)
    before, after = placed(stock, out, np.ones((3, AGES))), placed(stock, out, kept)
    assert after.stock.sum(axis=1) == pytest.approx(stock.sum(axis=1))
    assert np.all(after.inside <= after.stock + 1e-9)
    assert np.all(after.inside.sum(axis=(1, 2)) >= before.inside.sum(axis=(1, 2)) - 1e-9)
    assert after.stock.min() >= -1e-9


def test_fewer_placements_away_start_at_the_transfer_and_grow_up_with_the_child() -> None:
    edit = SendEdit.model_validate(
        {"out_of_area_at_transfer": {"change": "-50%", "from": "2022/23", "year_groups": ["7"]}}
    )
    kept = kept_away([edit], YEAR, 4)
    assert kept[0].tolist() == [1.0] * AGES
    assert kept[1, 11] == 0.5
    assert kept[3, [10, 11, 12, 13, 14]].tolist() == [1, 0.5, 0.5, 0.5, 1]


def test_new_plans_change_at_the_ages_and_in_the_years_said() -> None:
    rates = Rates(np.zeros((COUNT, AGES, COUNT + 1)), np.ones((3, COUNT, AGES)), 0.1)
    edit = SendEdit.model_validate(
        {"new_plans": {"change": "-20%", "year_groups": ["R"], "ages": [3], "from": "2022/23"}}
    )
    new = with_new_plans(rates, [edit], YEAR).new
    assert new[0].min() == 1
    assert new[1, 0, [2, 3, 4, 5]] == pytest.approx([1, 0.8, 0.8, 1])


@given(seed=seeds, times=st.floats(0.0, 1.0))
@settings(max_examples=20, deadline=None)
def test_fewer_expected_plans_are_fewer_in_every_draw(seed: int, times: float) -> None:
    random = np.random.default_rng(seed)
    stock: Array = random.poisson(3, size=(2, COUNT, AGES)).astype(float)
    drawn = Flow(random.poisson(3, size=(5, 2, COUNT, AGES)), np.ones((5, 2)), np.ones((5, 2)))
    before = Flow(stock, np.ones(2), np.ones(2))
    after = Flow(stock * times, np.full(2, times), np.ones(2))
    found = same_draws(drawn, before, after)
    assert np.all(found.stock <= drawn.stock + 1e-9)
    assert found.new == pytest.approx(np.full((5, 2), times))


def scenario(text: str) -> LoadedScenario:
    document = parse_yaml(text, "test.yaml")
    content = Scenario.model_validate(
        {"send": {"out_of_area_at_transfer": "-50%", "new_plans": {"change": "-30%"}}}
    )
    return LoadedScenario("central", (Layer(content, document),))


def test_a_scenario_has_the_draws_of_the_plan_as_it_stands(
    exampleshire: Result, exampleshire_plans: SendMade
) -> None:
    standing = exampleshire_plans
    made = made_from(exampleshire, scenario("name: less\n"), standing)
    assert np.all(made.drawn.stock.sum(axis=(2, 3)) <= standing.drawn.stock.sum(axis=(2, 3)) + 1e-6)
    assert made.central.stock[-1].sum() < standing.central.stock[-1].sum()
    away = [one.stock[-1, BOUGHT].sum() for one in (made.placed, standing.placed)]
    assert away[0] < away[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("send: {}\n", "say what changes"),
        ("send: {new_plans: {change: -120%}}\n", "write a change from -100%"),
        ("send: {new_plans: {change: -20%, ages: [26]}}\n", "25"),
        ("send: {out_of_area_at_transfer: 10%}\n", "would be more placements"),
    ],
)
def test_what_makes_no_sense_is_refused(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputErrors) as caught:
        read_scenario(file)
    assert said in " ".join(finding.message for finding in caught.value.findings)


@pytest.fixture(scope="module")
def made(exampleshire_plans: SendMade) -> SendMade:
    return exampleshire_plans


def test_in_the_made_up_county_some_settings_are_short_and_some_are_not(made: SendMade) -> None:
    frame = made.frames["send_places"]
    chances = frame[frame["academic_year"] == "2030/31"]["probability_of_shortfall"].dropna()
    assert (chances > 0.9).any()
    assert (chances < 0.1).any()
    costs = made.frames["send_costs"]
    parts = costs[
        costs["item"].isin(("place_funding", "top_up", "top_up_out_of_area", "unplaced", "placements"))
    ]
    total = costs[costs["item"] == "total_of_known"].set_index("academic_year")["amount"]
    assert parts.groupby("academic_year")["amount"].sum().to_numpy() == pytest.approx(total.to_numpy())
