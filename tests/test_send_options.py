"""Options of high needs: who decides, when, at what cost, to what effect; invariants and the made-up county."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeplan.commands.send import made_from
from placeplan.options.special import first_short, send_options, special_frames
from placeplan.options.special_kinds import SendCandidate, candidates, decommissions, missing
from placeplan.options.special_needs import designations_table, need_cells, providers_table
from placeplan.options.special_setting import BASES, SendSetting, option_kinds, send_setting
from placeplan.outputs.send_choices import options_blocks
from placeplan.results import Result
from placeplan.send.costs import budget_change
from placeplan.send.make import SendMade
from placeplan.send.places import Cell, chance_of_shortfall
from placeplan.tables import typed_table


@pytest.fixture(scope="module")
def made(exampleshire_plans: SendMade) -> SendMade:
    return exampleshire_plans


@pytest.fixture(scope="module")
def setting(made: SendMade, exampleshire: Result) -> SendSetting:
    return send_setting(made, exampleshire)


@pytest.fixture(scope="module")
def options(setting: SendSetting) -> pd.DataFrame:
    return send_options(setting)


def with_demand(cell: Cell, demand: float) -> Cell:
    """The same places beside a demand that is as good as known."""
    years = len(cell.places)
    return replace(cell, demand=np.full(years, demand), drawn=np.full((10, years), demand))


def of(made: SendMade, setting: str, phase: str) -> Cell:
    return next(cell for cell in made.cells if (cell.setting, cell.phase) == (setting, phase))


def test_every_kind_has_a_title_and_what_is_built_a_rate(options: pd.DataFrame) -> None:
    assert set(options["kind"]) <= set(option_kinds())
    assert {"do_nothing", "new_base", "expansion", "base_expansion", "new_special_school"} <= set(
        options["kind"]
    )
    expansions = options[options["kind"] == "expansion"]
    assert (expansions["cost"] == 50_000 * expansions["places"]).all()
    bases = options[options["kind"] == "new_base"]
    assert bases["cost"].isna().all()
    assert bases["cost_source"].str.contains("give base_capital_place").all()


def test_who_decides_follows_the_rules_and_the_size(options: pd.DataFrame) -> None:
    decided = options[options["kind"] != "do_nothing"]
    assert (decided["route"] != "").all()
    expansions = options[(options["kind"] == "expansion") & (options["phase"] == "secondary")].set_index(
        ["urn", "places"]
    )
    rules = expansions["rule_id"].groupby(level=0).agg(set)
    assert rules["990113"] == {"expand-special-academy-below", "expand-special-academy-above"}
    below = expansions[expansions["rule_id"].str.endswith("below")]
    assert (below.index.get_level_values("places") < 20).all()


def test_places_help_the_more_the_more_there_are(options: pd.DataFrame) -> None:
    short = options[(options["places"] > 0) & (options["kind"] != "redesignation")]
    assert (short["chance_after"] <= short["chance_before"]).all()
    assert (short["short_after"] <= short["short_before"] + 1e-9).all()
    by_size = short[short["kind"] == "expansion"].groupby(["setting", "phase", "start_year"])
    for _, own in by_size:
        assert own.sort_values("places")["chance_after"].is_monotonic_decreasing
    nothing = options[options["kind"] == "do_nothing"]
    assert (nothing["budget_change"] == 0).all()
    assert (nothing["chance_before"] == nothing["chance_after"]).all()


def test_new_bases_stand_in_schools_that_can_spare_a_classroom(
    options: pd.DataFrame, exampleshire: Result
) -> None:
    schools = exampleshire.frames["schools"]
    for row in options[options["kind"] == "new_base"].itertuples():
        own = schools[
            (schools["urn"] == row.urn) & (schools["phase"] == row.phase) & (schools["year_group"] != "total")
        ]
        later = own[own["academic_year"] >= row.start_year]
        assert later["surplus"].min() >= exampleshire.project.options.base_places


def test_nothing_starts_before_it_could_stand(options: pd.DataFrame) -> None:
    dated = options[options["earliest_date"] != ""]
    assert (dated["start_year"].str[:4].astype(int) >= dated["earliest_date"].str[:4].astype(int)).all()
    new_school = options[options["kind"] == "new_special_school"].iloc[0]
    assert new_school["lead_months"] == 36
    assert new_school["rule_id"] == "new-school-presumption"


def test_settings_with_enough_places_get_no_options_but_fewer(made: SendMade, setting: SendSetting) -> None:
    cell = with_demand(of(made, "unit", "primary"), 20.0)
    assert first_short(setting, cell) is None
    (one,) = decommissions(setting, cell)
    assert one.places == -12  # of the 22 that are spare no more than the largest unit has
    change = budget_change(cell, one.places * np.ones(10), made.prices["unit"], setting.elsewhere)
    assert change == pytest.approx(np.full(10, -12 * 6_000.0))


def test_places_given_up_that_save_nothing_are_said_to(options: pd.DataFrame) -> None:
    fewer = options[options["kind"] == "decommission"]
    assert len(fewer)
    assert (fewer["reason"].str.contains("saves nothing") == (fewer["budget_change"] >= 0)).all()
    assert options_blocks(options)[3].count("saves nothing") == int(fewer["budget_change"].iloc[0] >= 0)


@given(demand=st.floats(45, 300))
@settings(max_examples=15, deadline=None)
def test_all_that_is_missing_takes_the_shortfall_away(demand: float) -> None:
    cell = Cell("unit", "primary", np.full(3, demand), np.full((5, 3), demand), np.full(3, 40.0), np.zeros(3))
    assert missing(cell) == pytest.approx(demand - 40.0)
    assert chance_of_shortfall(cell.drawn[:, 0], cell.free[0] + np.ceil(missing(cell))) == 0


def test_needs_that_have_places_share_out_every_draw(made: SendMade, setting: SendSetting) -> None:
    cell = of(made, "state_special", "secondary")
    by_need = need_cells(setting, cell)
    assert set(by_need) == {"ASD", "PMLD", "SEMH"}
    assert np.sum([one.places for one in by_need.values()], axis=0) == pytest.approx(cell.places)
    total = np.sum([one.drawn for one in by_need.values()], axis=0)
    assert np.all(total <= np.rint(cell.drawn) + 1e-9)


def test_redesignation_moves_places_and_makes_none(made: SendMade, setting: SendSetting) -> None:
    found = [
        one
        for cell in made.cells
        for one in candidates(setting, cell, int(setting.years[0]))
        if one.kind == "redesignation"
    ]
    assert found
    one: SendCandidate = found[0]
    assert one.cell.setting in BASES
    assert one.gives is not None
    spare = (one.gives.free - one.gives.demand)[:1].max()
    assert 1 <= one.places <= spare


def test_without_places_there_are_no_options(exampleshire: Result) -> None:
    tables = {
        **exampleshire.inputs.tables,
        "specialist_places": typed_table("specialist_places", pd.DataFrame()),
    }
    bare = replace(exampleshire, inputs=replace(exampleshire.inputs, tables=tables))
    frames = special_frames(made_from(bare), bare)
    assert all(frame.empty for frame in frames.values())


def test_designations_add_up_to_the_places_of_their_setting(made: SendMade, setting: SendSetting) -> None:
    frame = designations_table(setting)
    summed = frame.groupby(["setting", "phase", "academic_year"])["places"].sum()
    for cell in made.cells:
        own = summed.get((cell.setting, cell.phase))
        assert own is not None
        assert own.to_numpy() == pytest.approx(cell.places)
    demand = frame.groupby(["setting", "phase", "academic_year"])["demand"].sum()
    assert demand.sum() == pytest.approx(sum(cell.demand.sum() for cell in made.cells))


def test_as_of_an_earlier_year_later_places_are_not_known(exampleshire: Result) -> None:
    earlier = replace(exampleshire, base_year=exampleshire.base_year - 1)
    found = made_from(earlier)
    assert str(found.base) == "2024/25"
    (cell,) = [cell for cell in found.cells if (cell.setting, cell.phase) == ("state_special", "primary")]
    table = exampleshire.inputs.table("specialist_places")
    own = table[(table["setting"] == "state_special") & (table["phase"] == "primary")]
    assert set(cell.places) == {own[own["academic_year"] == 2024]["places"].sum()}


def test_providers_are_the_rows_of_places(exampleshire: Result, setting: SendSetting) -> None:
    table = exampleshire.inputs.table("specialist_places")
    frame = providers_table(table, setting.facts)
    assert frame["places"].sum() == table["places"].sum()
    assert set(frame[frame["urn"] == "990111"]["school_name"]) == {"Larkspur Special School"}
    assert set(frame[frame["urn"] == "990111"]["designation"]) == {"ASD school"}
