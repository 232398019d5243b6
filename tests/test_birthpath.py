"""Births beyond those known: each method's path, how sure it is, and what short or empty series come to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from placeplan.demand.birthpath import (
    BirthErrors,
    births_errors,
    births_path,
    default_errors,
    misses,
    step_and_slope,
)
from placeplan.project import Births
from small_plans import pick, run_plan, value

METHODS = ["damped_trend", "ets", "ucm", "level"]
NOBODY = np.empty((0, 0))


def plan(births: str, areas: str = "A,North,primary") -> dict[str, str]:
    codes = [row.split(",")[0] for row in areas.splitlines()]
    years = range(2020, 2026)
    rolls = [
        f"{year}/{year - 1999},{code},{60 + place}" for place, code in enumerate(codes) for year in years
    ]
    return {
        "areas": "area_code,area_name,phase\n" + areas,
        "rolls": "academic_year,area_code,R\n" + "\n".join(rolls),
        "births": births,
    }


def test_the_damped_trend_is_that_of_its_formula() -> None:
    logs = np.log([100.0, 100.0, 110.0, 121.0, 133.1])
    path = births_path(logs, Births(years=3, damping=0.5), 3)
    growth = np.log(1.1)
    np.testing.assert_allclose(path, [growth * 0.5, growth * 0.75, growth * 0.875])


def test_level_births_stay_where_they_are() -> None:
    np.testing.assert_array_equal(births_path(np.log([100.0, 130.0]), Births(method="level"), 4), np.zeros(4))


@pytest.mark.parametrize("method", ["ets", "ucm"])
def test_methods_of_statsmodels_are_those_of_statsmodels(method: str) -> None:
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    logs = np.log(np.array([100, 104, 101, 108, 112, 109, 115, 118, 114, 120, 125, 121.0]))
    if method == "ets":
        model = ETSModel(logs, error="add", trend="add", damped_trend=True, initialization_method="estimated")
    else:
        model = UnobservedComponents(logs, level="local level")
    wanted = np.asarray(model.fit(disp=False, maxiter=200).forecast(5))
    np.testing.assert_allclose(logs[-1] + births_path(logs, Births(method=method), 5), wanted, rtol=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_births_give_a_path_and_the_errors_of_other_authorities(method: str, count: int) -> None:
    logs = np.log(np.array([100.0, 110.0, 105.0])[:count])
    choice = Births(method=method)
    assert np.isfinite(births_path(logs, choice, 15)).all()
    found = births_errors(logs, choice, NOBODY, NOBODY)
    years = np.arange(1, 16)
    np.testing.assert_allclose(found.variance(years), default_errors().variance(years), rtol=1e-6)


def test_misses_are_those_of_the_rule_run_from_every_earlier_year() -> None:
    logs = np.log([100.0, 110.0, 90.0, 120.0, 80.0])
    found = misses(logs, Births(method="level"))
    np.testing.assert_allclose(found[0], [logs[3] - logs[2], logs[4] - logs[3]])
    np.testing.assert_allclose(found[1], [logs[4] - logs[2]])


def test_errors_follow_from_a_walk_and_from_a_trend_that_goes_wrong() -> None:
    nothing = BirthErrors(0.0, 0.0, 1.0, 0.0)
    walk = [np.full(5000, 0.05 * np.sqrt(ahead)) for ahead in range(1, 8)]
    np.testing.assert_allclose(step_and_slope(walk, nothing), (0.05, 0.0), atol=1e-3)
    trend = [np.full(5000, 0.05 * ahead) for ahead in range(1, 8)]
    np.testing.assert_allclose(step_and_slope(trend, nothing), (0.01, 0.05), atol=1e-3)


def test_wild_births_are_less_sure_than_calm_ones() -> None:
    years = np.arange(20)
    calm, wild = (np.log(100 * (1 + size * np.sin(7.0 * years))) for size in (0.01, 0.2))
    sure, unsure = (births_errors(logs, Births(), NOBODY, NOBODY).variance(years) for logs in (calm, wild))
    assert (unsure[1:] > 4 * sure[1:]).all()


def test_areas_that_keep_their_share_are_surer_than_areas_that_wander() -> None:
    random = np.random.default_rng(1)
    whole = np.full(20, 40_000.0)
    steady = random.poisson(1000, (40, 20)).astype(float)
    wandering = steady * np.exp(np.cumsum(random.normal(0, 0.08, steady.shape), axis=1))
    first, second = (
        births_errors(np.log(whole), Births(), areas, np.asarray(areas.sum(axis=0)))
        for areas in (steady, wandering)
    )
    assert first.drift < 0.0005 < 0.003 < second.drift
    assert 1.0 <= first.noise < 1.6


@pytest.mark.parametrize("method", METHODS)
def test_intervals_widen_with_the_years_of_projected_births(method: str, tmp_path: Path) -> None:
    rows = [f"{year}/{(year + 1) % 100:02d},{600 + 40 * (year % 3)}" for year in range(2005, 2025)]
    tables = plan("birth_year,births\n" + "\n".join(rows))
    result = run_plan(tmp_path, tables, {"births": {"method": method}, "horizon": 15, "simulations": 400})
    assert f"{method}" in str(result.project.births)
    table = pick(result.frames["forecast"], geography="area", year_group="R")
    width = ((table["p90"] - table["p10"]) / table["pupils"]).to_numpy(float)
    years = table["academic_year"].tolist()
    known, later, last = (width[years.index(year)] for year in ("2029/30", "2031/32", "2040/41"))
    assert known < later < last < 4 * later
    assert (table["p05"] > 0).all()


@pytest.mark.parametrize(
    "births", ["2020/21,0", "2019/20,60\n2020/21,0", "2019/20,0\n2020/21,62\n2021/22,61"]
)
@pytest.mark.parametrize("method", METHODS)
def test_hardly_any_births_and_none_still_give_a_forecast(method: str, births: str, tmp_path: Path) -> None:
    tables = plan("birth_year,births\n" + births)
    result = run_plan(tmp_path, tables, {"births": {"method": method}, "horizon": 15})
    numbers = result.frames["forecast"][["pupils", "p05", "p95"]].to_numpy(float)
    assert np.isfinite(numbers).all()
    assert (numbers >= 0).all()


def test_given_projections_win_and_are_no_surer_than_the_rule(tmp_path: Path) -> None:
    history = "".join(
        f"{year}/{(year + 1) % 100:02d},{600 + 40 * (year % 3)},actual\n" for year in range(2005, 2025)
    )
    tables = plan("birth_year,births,status\n" + history + "2025/26,900,projected\n")
    drivers = run_plan(tmp_path, tables, {"horizon": 6}).frames["drivers"]
    cell = {"area_code": "A", "driver": "births"}
    assert value(drivers, "value", academic_year="2030/31", **cell) == 900
    assert value(drivers, "basis", academic_year="2030/31", **cell) == "given projection"
    assert value(drivers, "rests_on", academic_year="2030/31", **cell) == "given projection"
    result = run_plan(tmp_path, tables, {"horizon": 6, "simulations": 1000})
    row = pick(result.frames["forecast"], geography="area", academic_year="2030/31", year_group="R").iloc[0]
    before = pick(result.frames["forecast"], geography="area", academic_year="2029/30", year_group="R").iloc[
        0
    ]
    assert (row["p90"] - row["p10"]) / row["pupils"] > 1.1 * (before["p90"] - before["p10"]) / before[
        "pupils"
    ]


def test_what_each_cohort_rests_on_can_be_told(tmp_path: Path) -> None:
    births = "birth_year,births\n" + "\n".join(
        f"{year}/{(year + 1) % 100:02d},70" for year in range(2012, 2025)
    )
    tables = {
        "areas": "area_code,area_name,phase,feeds\nA,North,primary,S\nS,All,secondary,",
        "rolls": "academic_year,area_code,R,1,2,3,4,5,6,7,8\n"
        + "\n".join(f"{year}/{year - 1999},A,60,60,60,60,60,60,60,,\n{year}/{year - 1999},S,,,,,,,,60,60"
                    for year in range(2020, 2026)),
        "births": births,
    }  # fmt: skip
    drivers = run_plan(tmp_path, tables, {"horizon": 15}).frames["drivers"]
    rows = drivers[drivers["driver"] != "births"].set_index(["year_group", "academic_year"])["rests_on"]
    assert rows["R", "2026/27"] == rows["R", "2029/30"] == "known births"
    assert rows["R", "2030/31"] == rows["6", "2036/37"] == rows["7", "2037/38"] == "projected births"
    assert rows["6", "2035/36"] == rows["7", "2036/37"] == rows["8", "2037/38"] == "known births"
    assert rows["1", "2026/27"] == rows["6", "2031/32"] == rows["7", "2032/33"] == "rolls"
    assert rows["7", "2033/34"] == "known births"


def test_without_births_later_cohorts_rest_on_recent_intakes(tmp_path: Path) -> None:
    tables = plan("")
    del tables["births"]
    drivers = run_plan(tmp_path, tables, {"horizon": 3}).frames["drivers"]
    assert set(drivers["rests_on"]) == {"recent intakes"}
