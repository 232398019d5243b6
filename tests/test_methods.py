"""The family of methods: the vectorised forms agree with statsmodels, and each can be asked for by name."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from statsmodels.tsa.holtwinters import Holt, SimpleExpSmoothing
from statsmodels.tsa.statespace.structural import UnobservedComponents

from placeplan.demand.methods import METHODS, smooth
from placeplan.demand.pooling import Variances, filter_levels, fit_variances, widened
from placeplan.demand.series import ets_paths, local_level_paths
from placeplan.forecasting import Forecast, make_forecast
from placeplan.inputs.read import find_tables, read_inputs
from placeplan.project import Project
from placeplan.tables import Inputs
from placeplan.years import AcademicYear, Phase

GREATER_MANCHESTER = Path(__file__).parent.parent / "sample_data" / "greater_manchester"


def wandering(seed: int, years: int = 14, scale: float = 0.01) -> np.ndarray:
    """A log ratio near 0 that wanders within the reach that a filter takes at face value."""
    generator = np.random.default_rng(seed)
    return np.cumsum(generator.normal(0, scale, years)) + generator.normal(0, scale, years)


@cache
def boroughs(count: int) -> Inputs:
    """The tables of the first boroughs of Greater Manchester."""
    project = Project.model_validate({"authority": {"name": "GM"}, "inputs": {"folder": "."}})
    inputs = read_inputs(*find_tables(project.inputs, GREATER_MANCHESTER))
    codes = list(inputs.table("areas")["area_code"].unique()[:count])
    tables = {name: table[table["area_code"].isin(codes)] for name, table in inputs.tables.items()}
    return replace(inputs, tables=tables)


def greater_manchester(of: int = 10, **ratios: object) -> Forecast:
    given = {"authority": {"name": "GM"}, "inputs": {"folder": "."}, "simulations": 100, "ratios": ratios}
    project = Project.model_validate(given).placed(GREATER_MANCHESTER / "placeplan.yaml")
    return make_forecast(boroughs(of), project, AcademicYear(2022), AcademicYear(2022))


@pytest.mark.parametrize("alpha", [0.2, 0.7])
def test_smoothing_is_that_of_statsmodels(alpha: float) -> None:
    series = wandering(1)
    path, errors = smooth(series, alpha, 0.0, 1.0, 3)
    model = SimpleExpSmoothing(series, initialization_method="known", initial_level=series[0])
    fitted = model.fit(smoothing_level=alpha, optimized=False)
    np.testing.assert_allclose(path, fitted.forecast(3), atol=1e-12)
    np.testing.assert_allclose(errors[1:], (series - fitted.fittedvalues)[1:], atol=1e-12)


def test_damped_trend_is_that_of_statsmodels() -> None:
    series = wandering(2)
    alpha, beta, phi = 0.5, 0.3, 0.9
    path, _ = smooth(series, alpha, beta, phi, 5)
    model = Holt(
        series, damped_trend=True, initialization_method="known", initial_level=series[0], initial_trend=0.0
    )
    fitted = model.fit(smoothing_level=alpha, smoothing_trend=beta, damping_trend=phi, optimized=False)
    # statsmodels starts a year before the first value; the two agree where that year changes nothing
    np.testing.assert_allclose(path, fitted.forecast(5), atol=2e-3)


def test_local_level_filter_is_the_kalman_filter_of_statsmodels() -> None:
    series = wandering(3, scale=0.005)
    drift, spread, between = 1e-4, 2e-4, 1e-3
    ours = filter_levels(series[None], np.full((1, len(series)), 1e9), Variances(drift, spread, between, 0.0))
    model = UnobservedComponents(series, level="local level")
    model.ssm.initialize_known(np.zeros(1), np.array([[between]]))
    theirs = model.smooth([spread, drift])
    np.testing.assert_allclose(ours.level[0], theirs.filtered_state[0, -1], rtol=1e-6)
    np.testing.assert_allclose(ours.variance[0], theirs.filtered_state_cov[0, 0, -1], rtol=1e-6)


def test_variances_are_found_again_in_data_made_with_them() -> None:
    generator = np.random.default_rng(4)
    true = Variances(drift=4e-4, spread=1e-6, between=1e-3, noise=0.5)
    expected = np.full((400, 12), 500.0)
    level = generator.normal(0, np.sqrt(true.between), 400)[:, None]
    level = level + np.cumsum(generator.normal(0, np.sqrt(true.drift), (400, 12)), axis=1)
    departure = level + generator.normal(0, np.sqrt(true.noise / 500), (400, 12))
    found = fit_variances(departure, expected, Variances(1e-5, 1e-6, 1e-4, 0.1))
    assert found.drift == pytest.approx(true.drift, rel=0.3)
    assert found.noise + 500 * found.spread == pytest.approx(true.noise, rel=0.3)


def test_one_wild_year_does_not_set_the_variance_of_all() -> None:
    generator = np.random.default_rng(5)
    departure = generator.normal(0, 0.03, (60, 12))
    expected = np.full(departure.shape, 400.0)
    prior = Variances(1e-5, 1e-6, 1e-4, 0.1)
    calm = fit_variances(departure, expected, prior)
    departure[7, 6] = 1.5
    wild = fit_variances(departure, expected, prior)
    assert wild.of_roll(np.array(400.0)) == pytest.approx(calm.of_roll(np.array(400.0)), rel=0.1)


def test_a_new_level_is_believed_when_the_next_year_agrees() -> None:
    steady = np.array([[0.0] * 8 + [0.5, 0.5]])
    once = np.array([[0.0] * 8 + [0.5, 0.0]])
    variances, expected = Variances(1e-5, 1e-4, 1e-3, 0.0), np.full((1, 10), 100.0)
    stays = filter_levels(steady, expected, variances)
    passes = filter_levels(once, expected, variances)
    assert stays.level[0] > 0.2
    assert passes.level[0] < 0.1


def test_intervals_widen_to_what_past_surprises_demand() -> None:
    generator = np.random.default_rng(6)
    departure = generator.normal(0, 0.06, (50, 12))
    expected = np.full(departure.shape, 1e9)
    too_sure = Variances(1e-9, 0.03**2, 1e-9, 0.0)
    _, wider = widened(filter_levels(departure, expected, too_sure), too_sure)
    assert np.sqrt(wider.spread) == pytest.approx(0.06, rel=0.15)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_every_method_forecasts_greater_manchester_near_its_last_rolls(name: str) -> None:
    """Slow methods only for one transition and three boroughs, so that the suite stays quick."""
    slow = name in ("ets", "ucm")
    chosen: object = {"transfer": name} if slow else name
    made = greater_manchester(of=3 if slow else 10, method=chosen)
    for phase, path in made.central.items():
        stage = made.stages[phase]
        change = path[:, :, 0].sum() / stage.base_roll.sum() - 1
        assert abs(change) < 0.04
        if phase is Phase.SECONDARY:
            assert stage.methods[stage.groups[0]] == name


def test_a_method_may_be_named_for_one_phase_or_transition() -> None:
    made = greater_manchester(method={"secondary": "smoothing", "transfer": "damped_trend"})
    assert set(made.stages[Phase.PRIMARY].methods.values()) == {"combined"}
    assert made.stages[Phase.SECONDARY].methods[7] == "damped_trend"
    assert made.stages[Phase.SECONDARY].methods[8] == "smoothing"


def test_statsmodels_projects_short_constant_and_broken_series() -> None:
    series = np.full((4, 10), np.nan)
    series[1, -2:] = 0.1
    series[2] = 0.3
    series[3] = wandering(7, 10)
    series[3, 4] = np.nan
    for project in (ets_paths, local_level_paths):
        paths = project(series, 4)
        assert paths.shape == (4, 4)
        assert np.isnan(paths[0]).all()
        np.testing.assert_allclose(paths[1], 0.1)
        np.testing.assert_allclose(paths[2], 0.3)
        assert np.abs(paths[3] - series[3, -1]).max() < 0.1
