"""The draws as their users see them: how wide, around what, and what they do not depend on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from placeplan.results import Result
from small_plans import pick, run_plan

SIZES = {"S": 10, "M": 100, "L": 1000}


def steady(noise: float = 0.05, births: str = "") -> dict[str, str]:
    """Three areas of ten, a hundred and a thousand pupils a year group, with the same relative noise in a fixed pattern."""
    rows = []
    for code, size in SIZES.items():
        for year in range(2014, 2026):
            wobble = [size * (1 + noise * np.sin(7.0 * year + 3.0 * group + size)) for group in range(4)]
            rows.append(f"{year}/{(year + 1) % 100:02d},{code}," + ",".join(f"{round(w)}" for w in wobble))
    tables = {
        "areas": "area_code,area_name,phase\n" + "\n".join(f"{code},Area {code},primary" for code in SIZES),
        "rolls": "academic_year,area_code,R,1,2,3\n" + "\n".join(rows),
    }
    return {**tables, "births": births} if births else tables


def relative_width(result: Result, code: str, **cell: str) -> float:
    row = pick(result.frames["forecast"], geography="area", code=code, **cell).iloc[0]
    return float((row["p90"] - row["p10"]) / row["pupils"])


def test_small_cohorts_are_less_certain_than_large_ones(tmp_path: Path) -> None:
    result = run_plan(tmp_path, steady(), {"ratios": {"leave_out": []}, "simulations": 1000})
    cell = {"academic_year": "2026/27", "year_group": "1"}
    assert relative_width(result, "S", **cell) > relative_width(result, "L", **cell)


def test_a_noisier_past_gives_wider_intervals(tmp_path: Path) -> None:
    widths = []
    for name, noise in (("calm", 0.005), ("wild", 0.15)):
        (tmp_path / name).mkdir()
        chosen = {"ratios": {"leave_out": []}, "simulations": 1000}
        result = run_plan(tmp_path / name, steady(noise), chosen)
        widths.append(relative_width(result, "L", academic_year="2027/28", year_group="2"))
    assert widths[1] > 1.5 * widths[0]


def test_the_middle_of_the_draws_is_near_the_central_path(tmp_path: Path) -> None:
    result = run_plan(tmp_path, steady(), {"ratios": {"leave_out": []}, "simulations": 2000})
    table = pick(result.frames["forecast"], year_group="total")
    assert (abs(table["p50"] / table["pupils"] - 1) < 0.05).all()


def test_projected_births_add_uncertainty_that_known_ones_do_not_have(tmp_path: Path) -> None:
    count = [50, 60, 48, 62, 51, 63, 47, 61, 50, 64, 49, 60, 52, 58, 50, 61]
    widths = []
    for name, last in (("known", 2024), ("projected", 2020)):
        (tmp_path / name).mkdir()
        births = [
            f"{year}/{(year + 1) % 100:02d},{count[year - 2009] * 20}" for year in range(2009, last + 1)
        ]
        chosen = {"ratios": {"leave_out": []}, "simulations": 1000}
        tables = steady(births="birth_year,births\n" + "\n".join(births))
        result = run_plan(tmp_path / name, tables, chosen)
        widths.append(relative_width(result, "L", academic_year="2029/30", year_group="R"))
    assert widths[1] > widths[0]


@pytest.mark.parametrize("simulations", [100, 400])
def test_the_number_of_draws_leaves_the_central_path_alone(tmp_path: Path, simulations: int) -> None:
    (tmp_path / "other").mkdir()
    one = run_plan(tmp_path, steady(), {"simulations": simulations}).frames["forecast"]["pupils"]
    other = run_plan(tmp_path / "other", steady(), {"simulations": 200}).frames["forecast"]["pupils"]
    np.testing.assert_array_equal(one.to_numpy(float), other.to_numpy(float))
