"""How the draws are made: from tables of normal values, a few areas at a time, on any number of processors."""

from __future__ import annotations

from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

from placeplan.demand import simulate
from placeplan.demand.noise import Noise, normal_table
from placeplan.results import Result
from small_plans import pick, run_plan

QUANTILES = ["p05", "p10", "p50", "p90", "p95"]
CHOSEN = {"ratios": {"leave_out": []}, "simulations": 200}


def infants_and_juniors(noise: float) -> dict[str, str]:
    """Areas with infants alone (I), juniors alone (J) and whole primary schools (P), which all feed a secondary area (S)."""
    taught = {"I": range(0, 3), "J": range(3, 7), "P": range(0, 7), "S": range(7, 10)}
    size = {"I": 60, "J": 58, "P": 90, "S": 140}
    rows = []
    for code, groups in taught.items():
        for year in range(2014, 2026):
            wobble = {group: 1 + noise * np.sin(5.0 * year + 3.0 * group + size[code]) for group in groups}
            cells = [f"{round(size[code] * wobble[group])}" if group in groups else "" for group in range(10)]
            rows.append(f"{year}/{(year + 1) % 100:02d},{code}," + ",".join(cells))
    births = [
        f"{year}/{(year + 1) % 100:02d},{code},{size[code]}" for code in "IP" for year in range(2009, 2025)
    ]
    areas = [f"{code},Area {code},{'secondary' if code == 'S' else 'primary'},East" for code in taught]
    return {
        "areas": "area_code,area_name,phase,district\n" + "\n".join(areas),
        "rolls": "academic_year,area_code,R,1,2,3,4,5,6,7,8,9\n" + "\n".join(rows),
        "births": "birth_year,area_code,births\n" + "\n".join(births),
    }


def drawn(result: Result, **cell: str) -> pd.DataFrame:
    keys = ["geography", "code", "phase", "academic_year", "year_group"]
    return pick(result.frames["forecast"], **cell).set_index(keys)[QUANTILES].astype(float)


def test_the_table_holds_normal_values() -> None:
    table = normal_table().astype(float)
    normal = NormalDist()
    assert abs(table.mean()) < 1e-6
    assert table.var() == pytest.approx(1.0, abs=1e-4)
    for chance in (0.001, 0.05, 0.3, 0.5, 0.9, 0.995):
        assert np.quantile(table, chance) == pytest.approx(normal.inv_cdf(chance), abs=3e-3)
    np.testing.assert_allclose(table, ndtri((np.arange(65536) + 0.5) / 65536), rtol=1e-7)


def test_draws_of_a_unit_depend_on_its_name_and_stream_alone() -> None:
    noise = Noise(7, 30)
    both = noise.normals(["A", "B"], "local", (5, 3))
    np.testing.assert_array_equal(noise.normals(["B"], "local", (5, 3))[0], both[1])
    np.testing.assert_array_equal(noise.normals(["B", "C"], "local", (9, 3))[0, :5], both[1])
    assert not np.array_equal(noise.normals(["B"], "births", (5, 3))[0], both[1])
    assert not np.array_equal(Noise(8, 30).normals(["B"], "local", (5, 3))[0], both[1])
    numbers = noise.normals([f"{name}" for name in range(40)], "local", (20, 7)).astype(float)
    assert abs(numbers.mean()) < 0.01
    assert numbers.std() == pytest.approx(1.0, abs=0.01)


def test_results_are_the_same_on_any_number_of_processors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulate, "CHUNK_BYTES", 1)
    found = []
    for workers in (1, 3):
        monkeypatch.setattr(simulate, "MOST_WORKERS", workers)
        monkeypatch.setattr(simulate.os, "cpu_count", lambda: 8)
        found.append(run_plan(tmp_path, infants_and_juniors(0.05), CHOSEN).frames)
    for name in ("forecast", "sufficiency"):
        pd.testing.assert_frame_equal(found[0][name], found[1][name], check_exact=True)


def test_how_many_areas_are_drawn_at_once_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for size in (1, 10**9):
        monkeypatch.setattr(simulate, "CHUNK_BYTES", size)
        found.append(drawn(run_plan(tmp_path, infants_and_juniors(0.05), CHOSEN)))
    pd.testing.assert_frame_equal(found[0], found[1], check_exact=False, rtol=1e-6)


def test_a_longer_horizon_leaves_the_draws_of_the_first_years_alone(tmp_path: Path) -> None:
    near, far = (
        drawn(
            run_plan(
                tmp_path,
                infants_and_juniors(0.05),
                {**CHOSEN, "horizon": dict.fromkeys(["primary", "secondary", "sixth_form"], years)},
            )
        )
        for years in (3, 8)
    )
    pd.testing.assert_frame_equal(near, far.loc[near.index])


def test_draws_of_pupils_from_other_areas_stay_around_the_central_path(tmp_path: Path) -> None:
    """Year 3 of J comes from I, and Year 7 of S from both J and P: their draws follow those areas'."""
    result = run_plan(tmp_path, infants_and_juniors(0.01), {**CHOSEN, "simulations": 500})
    for code in "IJPS":
        area = pick(result.frames["forecast"], geography="area", code=code)
        area = area[area["pupils"].astype(float) > 0]
        assert len(area)
        np.testing.assert_allclose(area["p50"].astype(float), area["pupils"].astype(float), rtol=0.04)
        assert (area["p90"] < 1.5 * area["p10"]).all()
