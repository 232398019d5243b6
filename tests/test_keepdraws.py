"""draws.npz: every draw of every area, what it holds, and when it is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from placeplan.cli import main
from placeplan.demand import keepdraws
from small_plans import write_plan

TABLES = {
    "areas": "area_code,area_name,phase\nA,North,primary\nB,South,primary\nS,All,secondary",
    "rolls": "academic_year,area_code,R,1,7,12\n"
    + "\n".join(
        f"{year}/{year - 1999},A,{40 + year % 5},{41 - year % 3},,\n{year}/{year - 1999},B,{90 - year % 7},80,,\n"
        f"{year}/{year - 1999},S,,,{130 + year % 4},{60 + year % 2}"
        for year in range(2016, 2026)
    ),
}


def saved(folder: Path, *options: str) -> tuple[Path, int, str]:
    file = write_plan(
        folder, TABLES, {"simulations": 200, "horizon": {"primary": 3, "secondary": 4, "sixth_form": 2}}
    )
    out = folder / "out"
    done = CliRunner().invoke(
        main, ["forecast", str(file), "--out", str(out), "--quiet", "--outputs", "csv", *options]
    )
    return out, done.exit_code, done.output


def test_draws_hold_what_the_quantiles_are_made_of(tmp_path: Path) -> None:
    out, status, _ = saved(tmp_path, "--draws")
    assert status == 0
    with np.load(out / "draws.npz", allow_pickle=False) as draws:
        arrays = dict(draws)
    assert arrays["primary"].shape == (2, 2, 3, 200)
    assert arrays["primary"].dtype == np.float32
    assert arrays["secondary"].shape == (1, 5, 4, 200)
    assert arrays["sixth_form_total"].shape == (1, 2, 200)
    assert arrays["primary_area_codes"].tolist() == ["A", "B"]
    assert arrays["primary_year_groups"].tolist() == ["R", "1"]
    assert arrays["secondary_year_groups"].tolist() == ["7", "8", "9", "10", "11"]
    assert arrays["secondary_years"].tolist() == ["2026/27", "2027/28", "2028/29", "2029/30"]
    np.testing.assert_allclose(arrays["primary"].sum(axis=1), arrays["primary_total"], rtol=1e-6)
    forecast = pd.read_csv(out / "forecast.csv", dtype={"year_group": str})
    row = forecast.query(
        "geography == 'area' and code == 'B' and academic_year == '2028/29' and year_group == 'R'"
    )
    assert np.quantile(arrays["primary"][1, 0, 2], 0.9) == pytest.approx(row["p90"].iloc[0], rel=1e-5)
    whole = forecast.query("geography == 'authority' and phase == 'primary' and academic_year == '2028/29'")
    total = np.quantile(arrays["primary_total"][:, 2].sum(axis=0), 0.1)
    assert total == pytest.approx(whole[whole["year_group"] == "total"]["p10"].iloc[0], rel=1e-5)


def test_draws_are_saved_only_when_asked_for_and_change_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    plain, _, _ = saved(tmp_path / "one")
    asked, _, _ = saved(tmp_path / "other", "--draws")
    assert not (plain / "draws.npz").exists()
    assert (plain / "forecast.csv").read_bytes() == (asked / "forecast.csv").read_bytes()


def test_too_many_draws_are_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keepdraws, "MOST_BYTES", 10_000)
    out, status, said = saved(tmp_path, "--draws")
    assert status == 2
    assert "leave out --draws" in said
    assert not out.exists()
