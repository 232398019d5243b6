"""Residents with a plan: worked by hand, invariants of the flows, the return and the command."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from placeplan.arrays import Array
from placeplan.cli import main
from placeplan.commands import send as cli_send
from placeplan.commands.send import made_from
from placeplan.outputs.send_schools import disclosure_words
from placeplan.problems import InputErrors
from placeplan.results import Result
from placeplan.send.flow import Rates, central_path, drawn_path, older, pooled_rates
from placeplan.send.make import SendMade, by_age
from placeplan.send.places import chance_of_shortfall
from placeplan.send.returns import whole_that_add_up
from placeplan.send.schooltables import months_table, school_counts
from placeplan.send.tables import AGES, SETTINGS, Plans, read_plans
from placeplan.tables import typed_table
from placeplan.years import AcademicYear

COUNT = len(SETTINGS)
seeds = st.integers(min_value=0, max_value=10_000)


def some_rates(seed: int, horizon: int = 4, new: float = 0.5) -> Rates:
    random = np.random.default_rng(seed)
    going = random.dirichlet(np.ones(COUNT + 1), size=(COUNT, AGES))
    return Rates(going, np.full((horizon, COUNT, AGES), new), 0.1)


def some_stock(seed: int) -> Array:
    return np.random.default_rng(seed).integers(0, 20, size=(COUNT, AGES)).astype(float)


def some_plans(stock: float, new: float, ceased: float, moved: float, years: int = 4) -> Plans:
    """Four years in which a setting has the same stock at each age; plans cease and move in mainstream at age 10 alone."""
    shape = (years, COUNT, AGES)
    gone, moves = np.zeros(shape), np.zeros((years, COUNT, COUNT, AGES))
    gone[:, 0, 10], moves[:, 0, 3, 10] = ceased, moved
    years_known = tuple(AcademicYear(2020 + year) for year in range(years))
    return Plans(years_known, np.full(shape, stock), np.full(shape, new), gone, moves)


@given(seed=seeds)
@settings(max_examples=25, deadline=None)
def test_flows_conserve_children(seed: int) -> None:
    stock, rates = some_stock(seed), some_rates(seed)
    for path in (central_path(stock, rates), drawn_path(stock, rates, 20, np.random.default_rng(seed))):
        totals = path.stock.sum(axis=(-1, -2))
        before = np.concatenate([np.full_like(totals[..., :1], stock.sum()), totals[..., :-1]], axis=-1)
        assert totals == pytest.approx(before + path.new - path.left)


@given(seed=seeds)
@settings(max_examples=25, deadline=None)
def test_no_child_is_in_two_settings(seed: int) -> None:
    stock, rates = some_stock(seed), some_rates(seed, horizon=1, new=0.0)
    drawn = drawn_path(stock, rates, 20, np.random.default_rng(seed)).stock[:, 0].sum(axis=1)
    assert np.all(drawn <= older(stock).sum(axis=0))


@given(seed=seeds)
@settings(max_examples=10, deadline=None)
def test_without_new_plans_the_stock_empties_by_ageing(seed: int) -> None:
    stay = np.zeros((COUNT, AGES, COUNT + 1))
    stay[np.arange(COUNT), :, np.arange(COUNT)] = 1.0
    rates = Rates(stay, np.zeros((AGES, COUNT, AGES)), 0.1)
    stock = some_stock(seed)
    path = central_path(stock, rates)
    assert path.stock[-1].sum() == 0
    assert path.stock[0].sum() == stock[:, :-1].sum()
    assert drawn_path(stock, rates, 5, np.random.default_rng(seed)).stock[:, -1].sum() == 0


@given(seed=seeds)
@settings(max_examples=15, deadline=None)
def test_nothing_is_ever_negative_and_draws_are_whole(seed: int) -> None:
    path = drawn_path(some_stock(seed), some_rates(seed), 20, np.random.default_rng(seed))
    assert path.stock.min() >= 0
    assert np.issubdtype(path.stock.dtype, np.integer)


@given(seed=seeds, more=st.floats(min_value=1.0, max_value=3.0))
@settings(max_examples=20, deadline=None)
def test_more_new_plans_never_give_fewer_plans(seed: int, more: float) -> None:
    stock, rates = some_stock(seed), some_rates(seed)
    raised = Rates(rates.going, rates.new * more, rates.spread)
    assert np.all(central_path(stock, raised).stock >= central_path(stock, rates).stock - 1e-9)


@given(demand=st.lists(st.integers(0, 200), min_size=1), places=st.integers(0, 200), more=st.integers(0, 50))
def test_more_places_never_raise_the_chance_of_shortfall(demand: list[int], places: int, more: int) -> None:
    drawn = np.array(demand)
    assert chance_of_shortfall(drawn, places + more) <= chance_of_shortfall(drawn, places)


@given(values=st.lists(st.floats(min_value=0, max_value=500), min_size=1, max_size=20))
def test_whole_numbers_add_up_and_are_at_most_one_away(values: list[float]) -> None:
    found = whole_that_add_up(np.array(values))
    assert found.sum() == np.floor(np.array(values).sum() + 0.5)
    assert np.all(np.abs(found - np.array(values)) <= 1)


@given(stock=st.floats(1, 50), ceased=st.floats(0, 80), moved=st.floats(0, 80))
@settings(max_examples=25, deadline=None)
def test_shares_are_shares_whatever_the_tables_say(stock: float, ceased: float, moved: float) -> None:
    going = pooled_rates(some_plans(stock, 1.0, ceased, moved), np.ones((7, AGES)), 3).going
    assert going.min() >= 0
    assert going.sum(axis=2) == pytest.approx(np.ones((COUNT, AGES)))


def test_pooled_shares_worked_by_hand() -> None:
    rates = pooled_rates(some_plans(stock=10, new=2, ceased=3, moved=6), np.ones((7, AGES)), 3)
    at_risk = 3 * 10
    cease_prior = 3 * 3 / (COUNT * 3 * 10)
    moves_of_setting, expected_at_ten = 3 * 6 / (25 * 3 * 10), 3 * 10 * 3 * 6 / (25 * 3 * 10)
    move_prior = moves_of_setting * 3 * 6 / expected_at_ten
    assert rates.going[0, 10, -1] == pytest.approx((9 + 20 * cease_prior) / (at_risk + 20))
    assert rates.going[0, 10, 3] == pytest.approx((18 + 20 * move_prior) / (at_risk + 20))
    assert rates.going[0, 9, 3] == 0
    assert rates.new == pytest.approx(np.full((3, COUNT, AGES), 2.0))
    assert rates.spread == pytest.approx(0.0, abs=1e-12)


def test_new_plans_follow_the_pupils_of_their_age() -> None:
    pupils = np.ones((7, AGES))
    pupils[5:, 8] = 1.5
    new = pooled_rates(some_plans(10, 2, 0, 0), pupils, 3).new
    assert new[0, 0, 8] == pytest.approx(2.0)
    assert new[1, 0, 8] == pytest.approx(3.0)
    assert new[1, 0, 9] == pytest.approx(2.0)


@pytest.mark.parametrize("unknown", [[0, 1, 2], [3], [0, 1, 2, 3, 4]])
def test_years_without_new_plans_are_no_trend(unknown: list[int]) -> None:
    """Flows known for fewer years than stocks: no rise from nothing, and no surprise."""
    plans = some_plans(10, 2, 0, 0, years=8)
    plans.new[unknown] = 0.0
    rates = pooled_rates(plans, np.ones((11, AGES)), 3)
    assert rates.new == pytest.approx(np.full((3, COUNT, AGES), 2.0))
    assert rates.spread == pytest.approx(0.0, abs=1e-12)


def test_too_few_years_of_flows_are_refused() -> None:
    with pytest.raises(ValueError, match="each of the last 3 years"):
        pooled_rates(some_plans(10, 2, 0, 0, years=3), np.ones((6, AGES)), 3)


def test_tables_become_arrays_by_age_whether_age_or_year_group_is_given() -> None:
    stock = typed_table(
        "specialist",
        pd.DataFrame(
            {"academic_year": ["2020/21"] * 2, "setting": ["unit"] * 2, "year_group": ["R", None], "age": [None, 20],
             "pupils": [5, 7]}
        ),
    )  # fmt: skip
    flows = typed_table("specialist_flows", pd.DataFrame({"academic_year": [], "flow": [], "pupils": []}))
    plans = read_plans(stock, flows)
    assert plans.stock[0, 1, 4] == 5
    assert plans.stock[0, 1, 20] == 7
    assert plans.stock.sum() == 12


def test_pupils_beyond_those_known_are_held() -> None:
    known = pd.DataFrame({"year": [2020, 2021], "group": [0, 0], "pupils": [100.0, 90.0]})
    found = by_age(known, AcademicYear(2019), 5)
    assert found[:, 4].tolist() == [100, 100, 90, 90, 90]
    assert found[:, 3].tolist() == [100, 90, 90, 90, 90]
    assert found[:, 20].tolist() == [1, 1, 1, 1, 1]


@pytest.fixture(scope="module")
def made(exampleshire_plans: SendMade) -> SendMade:
    return exampleshire_plans


def test_the_return_has_its_eight_areas_five_and_seven_years(made: SendMade) -> None:
    frame = made.frames["send_forecast"]
    counts = frame.groupby("planning_area").size()
    assert dict(counts) == {
        **{f"180300{n}": 35 for n in range(1, 5)},
        **{f"180301{n}": 35 for n in range(1, 5)},
    }
    assert (frame["pupils"] == frame["pupils"].astype(int)).all()
    assert (frame["p10"] <= frame["p90"]).all()


def test_the_parts_of_the_change_add_up(made: SendMade) -> None:
    change = made.frames["send_change"]
    parts = change[["population", "rate", "mix"]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(change["change"].to_numpy())
    total = change[change["by"] == "total"]
    for by in ("setting", "need"):
        own = change[change["by"] == by].groupby("academic_year", sort=False)
        assert own["change"].sum().to_numpy() == pytest.approx(total["change"].to_numpy())
        assert own["mix"].sum().to_numpy() == pytest.approx(0.0, abs=1e-6)
    before = np.concatenate([[made.plans.stock[-1].sum()], total["plans"][:-1]])
    assert total["plans"].to_numpy() == pytest.approx(before + total["new"] - total["left"])


def test_settings_add_up_to_the_total(made: SendMade) -> None:
    frame = made.frames["send_settings"].set_index("setting")["pupils"]
    total = frame.loc["total"].to_numpy()
    assert frame.drop("total").groupby(level=0).apply(list).apply(np.array).sum() == pytest.approx(total)


def test_the_same_seed_gives_the_same_figures(exampleshire: Result, made: SendMade) -> None:
    pd.testing.assert_frame_equal(
        made_from(exampleshire).frames["send_forecast"], made.frames["send_forecast"]
    )


def hides_small_counts(folder: Path) -> None:
    """Files on schools and alternative provision show no count from 1 to 4, and schools in the order of their URN."""
    tables = {path.stem: pd.read_csv(path) for path in folder.glob("send_*.csv")}
    for name, column in (("send_fair_share", "count"), ("send_panel", "recent"), ("send_waiting", "admissions"),
                         ("send_ap_entries", "entries"), ("send_ap_entries", "with_plan")):  # fmt: skip
        counts = tables[name][column]
        assert len(counts)
        assert not ((counts > 0) & (counts < 5)).any(), name
    assert set(tables["send_alternative"]["phase"]) == {"primary", "secondary", "all"}
    shares = tables["send_fair_share"]
    assert set(shares["kind"]) == {"plan", "in_year", "fair_access", "managed_move", "permanent_exclusion"}
    assert shares.groupby(["phase", "kind"])["urn"].apply(lambda urns: urns.is_monotonic_increasing).all()


def test_the_command_writes_its_folder(
    exampleshire: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_send, "forecast", lambda project, progress, scenarios: exampleshire)
    folder = tmp_path / "out"
    shown = CliRunner().invoke(main, ["send", str(exampleshire.project.path), "--out", str(folder)])
    assert shown.exit_code == 0, shown.output
    columns = (folder / "send_forecast.csv").read_text(encoding="utf-8").splitlines()[0]
    assert columns == "planning_area,phase,provision,academic_year,year_group,pupils,p10,p90,scenario"
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert run["command"] == "send"
    assert run["rows"]["send_forecast.csv"] == 280
    text = (folder / "send.md").read_text(encoding="utf-8")
    assert "## Residents with a plan and pupils on roll" in text
    assert (folder / "send_reconciliation.csv").exists()
    hides_small_counts(folder)
    book = load_workbook(folder / "send.xlsx", read_only=True)
    assert {"Plans", "Places", "Options", "AP months", "Fair share", "Panel", "Waiting"} <= set(
        book.sheetnames
    )
    assert sum(row[6] for row in book["Specialist return"].iter_rows(min_row=4, values_only=True)) == sum(
        pd.read_csv(folder / "send_forecast.csv")["pupils"]
    )
    assert "Chance of shortfall" in text
    charts = {"plans.svg", "places-unit.svg", "places-resourced-provision.svg", "places-state-special.svg"}
    assert charts <= {file.name for file in (folder / "charts").iterdir()}
    assert all(f"charts/{name}" in text for name in charts)
    assert "| Alternative provision | Total |" not in text


def test_without_plans_the_command_says_what_is_missing(exampleshire: Result) -> None:
    tables = {name: table for name, table in exampleshire.inputs.tables.items() if name != "specialist"}
    bare = replace(exampleshire, inputs=replace(exampleshire.inputs, tables=tables))
    with pytest.raises(InputErrors) as raised:
        made_from(bare)
    assert "plans-table-missing" in {finding.rule for finding in raised.value.findings}


def test_a_last_year_in_which_nobody_has_a_plan_is_an_error_that_names_its_row(exampleshire: Result) -> None:
    specialist = exampleshire.inputs.table("specialist")
    now = specialist["academic_year"] == 2025
    specialist = specialist.assign(pupils=specialist["pupils"].mask(now, 0.0))
    tables = {**exampleshire.inputs.tables, "specialist": specialist}
    with pytest.raises(InputErrors) as raised:
        made_from(replace(exampleshire, inputs=replace(exampleshire.inputs, tables=tables)))
    none = next(finding for finding in raised.value.findings if finding.rule == "plans-none")
    assert none.row == specialist.loc[now, "row"].min()
    assert "2025/26" in none.message


def test_the_years_since_a_gap_count() -> None:
    stock = pd.DataFrame(
        {
            "academic_year": [2020, 2022, 2023],
            "setting": ["unit"] * 3,
            "age": [5.0] * 3,
            "pupils": [1.0, 2.0, 3.0],
        }
    )
    nothing = pd.DataFrame(columns=["flow", "from_setting", "to_setting", *stock.columns, "year_group"])
    plans = read_plans(stock.assign(year_group=np.nan), nothing)
    assert [int(year) for year in plans.years] == [2022, 2023]
    assert plans.stock.sum(axis=(1, 2)).tolist() == [2.0, 3.0]


def test_small_counts_are_shown_only_when_asked_for(
    exampleshire: Result, exampleshire_plans: SendMade, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lowest: list[float] = []
    monkeypatch.setattr(cli_send, "forecast", lambda project, progress, scenarios: exampleshire)
    monkeypatch.setattr(cli_send, "made_from", lambda result: exampleshire_plans)
    monkeypatch.setattr(cli_send, "frames_of_first", lambda *given: (lowest.append(given[2]), ()))
    monkeypatch.setattr(cli_send, "_frames", lambda *given: {})
    monkeypatch.setattr(cli_send, "write_send", lambda *given: lowest.append(given[-1]))
    for more in ([], ["--small-counts"]):
        asked = ["send", str(exampleshire.project.path), "--out", str(tmp_path / "out"), "--quiet", *more]
        assert CliRunner().invoke(main, asked).exit_code == 0
    assert lowest == [5, 5, 1, 1]
    counts = school_counts(exampleshire, 1)
    frames = counts.frames | months_table(exampleshire, exampleshire_plans, 1, counts.entries)
    shares = frames["send_fair_share"]
    assert set(shares["suppressed"]) == {"no"}
    assert ((shares["count"] > 0) & (shares["count"] < 5)).any()
    assert "do not pass it on" in disclosure_words(frames, 1)
    places = frames["send_collective"].set_index("phase")["places"]
    assert places.to_dict() == pytest.approx(
        {"primary": 90 * 4 / 9, "secondary": 50 + 90 * 5 / 9, "all": 140}
    )
