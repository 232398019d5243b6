"""The contract's words about outputs, held against a run of the made-up county."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from placeplan.results import Result
from placeplan.tables import output_columns
from small_plans import pick

COLUMNS = {
    "forecast": "scenario geography code name phase academic_year year_group pupils baseline housing adjustment "
    "p05 p10 p50 p90 p95",
    "history": "geography code name phase academic_year year_group pupils",
    "drivers": "area_code phase academic_year year_group driver value basis",
    "sufficiency": "scenario area_code area_name phase academic_year year_group demand capacity pan usable planned "
    "places surplus surplus_percent forms_of_entry need spare probability_of_shortfall status expected_short",
    "sufficiency_summary": "scenario geography code name phase academic_year demand places need spare "
    "scorecard_need scorecard_spare_percent",
    "schools": "scenario urn site_id school_name trust phase academic_year year_group roll places surplus "
    "surplus_percent",
    "decisions": "change_id kind urn area_code proposer decider consultation route earliest_date rule_id status",
    "supply_confidence": "urn site_id school_name area_code measure value low high source verified_on confidence "
    "effect",
    "watchlist": "urn school_name area_code test academic_year probability value threshold",
    "costs": "area_code phase academic_year item places rate rate_source amount",
    "accuracy": "geography code phase year_group target_year made_in horizon forecast actual error",
    "findings": "severity table file row column value rule message",
}
YEAR_GROUPS = {"R", *map(str, range(1, 15)), "total"}
STATUSES = {"short", "tight", "sufficient", "surplus", "high_surplus", "unknown"}
SIZE = {"primary": 7, "secondary": 5}


@pytest.mark.parametrize("file", COLUMNS)
def test_columns_stand_in_the_contracts_order(file: str, exampleshire: Result) -> None:
    wanted = COLUMNS[file].split()
    assert list(output_columns(file)[: len(wanted)]) == wanted
    if file in exampleshire.frames:
        assert list(exampleshire.frames[file].columns[: len(wanted)]) == wanted


def test_years_and_year_groups_are_written_as_people_write_them(exampleshire: Result) -> None:
    for file in ("forecast", "history", "drivers", "sufficiency", "schools"):
        table = exampleshire.frames[file]
        assert set(table["year_group"]) <= YEAR_GROUPS, file
        assert all(re.fullmatch(r"\d{4}/\d{2}", year) for year in set(table["academic_year"])), file


def test_forecasts_come_after_the_base_year_and_history_up_to_it(exampleshire: Result) -> None:
    base = str(exampleshire.base_year)
    assert exampleshire.frames["forecast"]["academic_year"].min() > base
    assert exampleshire.frames["history"]["academic_year"].max() == base
    for file in ("sufficiency", "schools", "sufficiency_summary"):
        assert exampleshire.frames[file]["academic_year"].min() == base


def test_every_key_stands_once(exampleshire: Result) -> None:
    keys = {
        "forecast": ["scenario", "geography", "code", "phase", "academic_year", "year_group"],
        "history": ["geography", "code", "phase", "academic_year", "year_group"],
        "drivers": ["area_code", "phase", "academic_year", "year_group", "driver"],
        "sufficiency": ["scenario", "area_code", "phase", "academic_year", "year_group"],
        "sufficiency_summary": ["scenario", "geography", "code", "phase", "academic_year"],
        "schools": ["scenario", "urn", "site_id", "phase", "academic_year", "year_group"],
    }
    for file, key in keys.items():
        assert not exampleshire.frames[file].duplicated(key).any(), file


def test_nothing_in_the_forecast_is_blank(exampleshire: Result) -> None:
    assert exampleshire.frames["forecast"].notna().all(axis=None)
    assert set(exampleshire.frames["forecast"]["scenario"]) == {"central"}
    assert set(exampleshire.frames["forecast"]["geography"]) == {"school", "area", "district", "authority"}


def test_the_authority_goes_by_its_la_code(exampleshire: Result) -> None:
    for file in ("forecast", "history", "sufficiency_summary"):
        assert set(pick(exampleshire.frames[file], geography="authority")["code"]) == {"999"}


def test_measures_of_sufficiency_follow_from_each_other(exampleshire: Result) -> None:
    table = exampleshire.frames["sufficiency"]
    assert set(table["status"]) <= STATUSES
    known = table[table["places"] > 0]
    percent = 100 * known["surplus"] / known["places"]
    np.testing.assert_allclose(known["surplus_percent"], percent, rtol=1e-9)
    single = known[known["year_group"] != "total"]
    np.testing.assert_allclose(single["forms_of_entry"], single["surplus"] / 30, rtol=1e-9, atol=1e-12)
    for phase, size in SIZE.items():
        total = pick(known, year_group="total", phase=phase)
        np.testing.assert_allclose(
            total["forms_of_entry"], total["surplus"] / (30 * size), rtol=1e-9, atol=1e-12
        )


def test_totals_of_need_and_spare_are_sums_over_year_groups(exampleshire: Result) -> None:
    table = exampleshire.frames["sufficiency"]
    cells = ["area_code", "phase", "academic_year"]
    total = table[(table["year_group"] == "total") & table["places"].notna()].set_index(cells)
    groups = table[table["year_group"] != "total"].groupby(cells)
    for column in ("demand", "places", "need", "spare", "planned", "expected_short"):
        summed = groups[column].sum()[total.index]
        np.testing.assert_allclose(total[column], summed, rtol=1e-9, atol=1e-6, err_msg=column)


def test_the_authoritys_need_and_spare_are_those_of_its_areas(exampleshire: Result) -> None:
    table = pick(exampleshire.frames["sufficiency"], year_group="total")
    areas = table.groupby(["phase", "academic_year"])[["demand", "places", "need", "spare"]].sum(min_count=1)
    unknown = table[table["places"].isna()].groupby(["phase", "academic_year"]).size()
    whole = pick(exampleshire.frames["sufficiency_summary"], geography="authority")
    for row in whole.itertuples(index=False):
        cell = (row.phase, row.academic_year)
        assert row.demand == pytest.approx(areas.loc[cell, "demand"])
        if cell in unknown.index:
            assert pd.isna(row.places)
            continue
        assert [row.places, row.need, row.spare] == pytest.approx(
            list(areas.loc[cell, ["places", "need", "spare"]])
        )
        assert row.scorecard_need % 10 == 0
        assert abs(row.scorecard_need - row.need) <= 5


def test_demand_of_an_area_is_its_forecast(exampleshire: Result) -> None:
    keys = ["phase", "academic_year", "year_group"]
    pupils = pick(exampleshire.frames["forecast"], geography="area").set_index(["code", *keys])["pupils"]
    demand = exampleshire.frames["sufficiency"].set_index(["area_code", *keys])["demand"]
    np.testing.assert_allclose(demand[pupils.index].astype(float), pupils.astype(float), rtol=1e-12)


def test_errors_in_accuracy_are_signed_proportions(exampleshire: Result) -> None:
    table = exampleshire.frames["accuracy"]
    assert len(table) > 0
    wanted = (table["forecast"] - table["actual"]) / table["actual"]
    np.testing.assert_allclose(table["error"].astype(float), wanted.astype(float), rtol=1e-9, atol=1e-12)


def test_drivers_are_known_projected_or_pooled(exampleshire: Result) -> None:
    drivers = exampleshire.frames["drivers"]
    assert {"births", "intake_ratio", "progression_ratio", "transfer_share", "staying_on_rate"} <= set(
        drivers["driver"]
    )
    births = pick(drivers, driver="births")
    assert set(births["basis"]) <= {"known", "given projection", "projected"}
    assert (births["value"].astype(float) >= 0).all()
