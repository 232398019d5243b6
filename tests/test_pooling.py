"""How far an area's own ratios are believed: a small area leans on its authority, a large steady one does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from statsmodels.tsa.statespace.structural import UnobservedComponents

from placeplan.demand.pooling import UNSEEN, Variances, _log_likelihood, filter_levels
from small_plans import run_plan, value

YEARS = range(2014, 2026)
DEFAULT_METHOD = {"ratios": {"leave_out": []}}


def _run(tmp_path: Path, moved: dict[str, list[int]], size: dict[str, int]) -> dict[str, float]:
    """Ratio of Year 1 to last year's Reception that the forecast uses, by area."""
    rows = [
        f"{year}/{(year + 1) % 100:02d},{code},{size[code]},{moved[code][place]}"
        for code in size
        for place, year in enumerate(YEARS)
    ]
    tables = {
        "areas": "area_code,area_name,phase\n" + "\n".join(f"{code},Area {code},primary" for code in size),
        "rolls": "academic_year,area_code,R,1\n" + "\n".join(rows),
    }
    table = run_plan(tmp_path, tables, DEFAULT_METHOD).frames["forecast"]
    cell = {"geography": "area", "academic_year": "2026/27", "year_group": "1"}
    return {code: value(table, "pupils", code=code, **cell) / size[code] for code in size}


def test_a_tiny_area_is_drawn_to_its_authority_and_a_large_steady_one_keeps_its_own(tmp_path: Path) -> None:
    size = {"tiny": 4, "large": 500, "rest": 2000}
    moved = {"tiny": [4, 4, 3, 5, 4, 4, 5, 3, 4, 4, 4, 1], "large": [400] * 12, "rest": [2000] * 12}
    ratio = _run(tmp_path, moved, size)
    assert ratio["tiny"] > 0.75
    assert ratio["large"] == pytest.approx(0.8, abs=0.03)
    assert ratio["rest"] == pytest.approx(1.0, abs=0.02)


def test_a_lasting_change_is_followed_and_a_single_odd_year_mostly_forgotten(tmp_path: Path) -> None:
    size = {"changed": 500, "odd": 500, "rest": 2000}
    moved = {
        "changed": [500] * 6 + [400] * 6,
        "odd": [500] * 6 + [400] + [500] * 5,
        "rest": [2000] * 12,
    }
    ratio = _run(tmp_path, moved, size)
    assert ratio["changed"] < 0.87
    assert ratio["odd"] > 0.95


def test_without_size_noise_the_filter_is_the_local_level_of_statsmodels() -> None:
    departure = np.array([0.02, -0.01, 0.03, np.nan, 0.05, 0.01])
    spread, drift, between = 4e-4, 1e-4, 2e-3
    model = UnobservedComponents(departure, "local level")
    model.ssm.initialize_known(np.zeros(1), np.array([[between]]))
    expected = model.filter([spread, drift])
    found = filter_levels(departure[None], np.full((1, 6), 50.0), Variances(drift, spread, between, 0.0))
    np.testing.assert_allclose(found.level[0], expected.filtered_state[0, -1], rtol=1e-9)
    np.testing.assert_allclose(found.variance[0], expected.filtered_state_cov[0, 0, -1], rtol=1e-9)


def test_the_quick_likelihood_is_that_of_the_filter() -> None:
    generator = np.random.default_rng(9)
    departure = generator.normal(0, 0.05, (20, 10))
    departure[3, 4], departure[0, 2] = 0.9, np.nan
    expected = generator.uniform(20, 200, departure.shape)
    expected[5, :3] = 0.0
    seen = np.isfinite(departure) & (expected > 0)
    each = np.where(seen, 1.0 / np.where(seen, expected, 1.0), UNSEEN).T
    tried = [Variances(1e-4, 1e-4, 1e-3, 0.5), Variances(1e-3, 1e-5, 1e-2, 1.0)]
    logs = np.log([[one.drift, one.spread, one.noise, one.between] for one in tried])
    found = _log_likelihood(np.where(seen, departure, 0.0).T, each, seen.T, logs)
    slow = [filter_levels(departure, expected, one).log_likelihood for one in tried]
    np.testing.assert_allclose(found, slow, rtol=1e-9)
