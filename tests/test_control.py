"""Control totals: the arithmetic, what a run makes of them, and what is said of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from placeplan.cli import main
from placeplan.demand.control import held_to_total
from placeplan.problems import InputErrors
from placeplan.results import Result
from small_plans import pick, run_plan, small_plan, value, write_plan

numbers = st.floats(0, 5000, allow_nan=False)
cells = st.lists(st.tuples(numbers, st.one_of(st.just(0.0), st.floats(1e-3, 1e4))), min_size=1, max_size=12)


@given(cells, st.floats(0, 20_000))
def test_areas_add_up_to_the_control_and_none_falls_below_nothing(
    given_cells: list[tuple[float, float]], total: float
) -> None:
    values, variances = (np.array(part) for part in zip(*given_cells, strict=True))
    adjusted = held_to_total(values, variances, total)
    assert abs(adjusted.sum() - total) < 1e-6
    assert (adjusted >= 0).all()
    still = variances == 0
    if not still.all() and total >= values[still].sum():
        np.testing.assert_array_equal(adjusted[still], values[still])


@given(cells)
def test_the_sum_that_is_there_already_changes_nothing(given_cells: list[tuple[float, float]]) -> None:
    values, variances = (np.array(part) for part in zip(*given_cells, strict=True))
    np.testing.assert_allclose(held_to_total(values, variances, values.sum()), values, atol=1e-8)


def test_the_least_sure_area_moves_most() -> None:
    adjusted = held_to_total(np.array([100.0, 100.0, 100.0]), np.array([1.0, 3.0, 0.0]), 308.0)
    np.testing.assert_allclose(adjusted, [102.0, 106.0, 100.0])


def test_an_area_that_would_fall_below_nothing_stops_at_nothing() -> None:
    adjusted = held_to_total(np.array([5.0, 100.0, 100.0]), np.array([10.0, 10.0, 10.0]), 175.0)
    np.testing.assert_allclose(adjusted, [0.0, 87.5, 87.5])


def test_areas_without_any_variance_move_in_proportion() -> None:
    np.testing.assert_allclose(held_to_total(np.array([100.0, 300.0]), np.zeros(2), 200.0), [50.0, 150.0])
    np.testing.assert_allclose(held_to_total(np.zeros(2), np.zeros(2), 10.0), [5.0, 5.0])


def test_the_adjustment_is_the_least_of_all_weighted_squares() -> None:
    values, variances, total = np.array([4.0, 50.0, 30.0]), np.array([9.0, 4.0, 1.0]), 60.0
    solved = minimize(
        lambda x: ((x - values) ** 2 / variances).sum(), values, bounds=[(0, None)] * 3,
        constraints={"type": "eq", "fun": lambda x: x.sum() - total}, tol=1e-12,
    )  # fmt: skip
    np.testing.assert_allclose(held_to_total(values, variances, total), solved.x, atol=1e-4)


def tables() -> dict[str, str]:
    """Two districts of areas of different size, with schools in one area."""
    sizes = {"A": 20, "B": 90, "C": 200}
    rolls = []
    for year in range(2016, 2026):
        label = f"{year}/{year - 1999}"
        for place, (code, size) in enumerate(sizes.items()):
            counts = [round(size * (1 + 0.08 * np.sin(5.0 * year + 2 * group + place))) for group in range(4)]
            if code == "A":
                rolls += [f"{label},{urn},," + ",".join(str(n // 2) for n in counts) for urn in ("1", "2")]
            else:
                rolls.append(f"{label},,{code}," + ",".join(map(str, counts)))
    return {
        "areas": "area_code,area_name,phase,district\nA,North,primary,X\nB,South,primary,X\nC,West,primary,Y",
        "schools": "urn,school_name,type,low_year,high_year,primary_area\n1,One,academy,R,3,A\n2,Two,academy,R,3,A",
        "rolls": "academic_year,urn,area_code,R,1,2,3\n" + "\n".join(rolls),
        "births": "birth_year,births\n" + "\n".join(f"{year}/{(year + 1) % 100:02d},320" for year in range(2010, 2025)),
    }  # fmt: skip


TOTALS = (
    "academic_year,phase,year_group,pupils\n2026/27,primary,,1300\n2028/29,primary,,1100\n2026/27,,R,333\n"
)


def run_with(folder: Path, choice: Any, totals: str = TOTALS, **settings: Any) -> Result:
    folder.mkdir(exist_ok=True)
    given_tables = {**tables(), "totals": totals} if totals else tables()
    return run_plan(folder, given_tables, {"control_total": choice, "simulations": 400, **settings})


def test_everything_adds_up_to_the_control_of_a_phase(tmp_path: Path) -> None:
    result = run_with(tmp_path, {"file": "totals.csv"})
    forecast = result.frames["forecast"]
    for year, total in (("2026/27", 1300), ("2028/29", 1100)):
        rows = pick(forecast, academic_year=year)
        for geography in ("authority", "district", "area"):
            mine = pick(rows, geography=geography)
            assert abs(pick(mine, year_group="total")["pupils"].sum() - total) < 1e-6
            assert abs(mine.loc[mine["year_group"] != "total", "pupils"].sum() - total) < 1e-6
        schools = pick(rows, geography="school", year_group="total")["pupils"].sum()
        area = value(rows, "pupils", geography="area", code="A", year_group="total")
        assert schools == pytest.approx(area, abs=1e-6)
    numbers = forecast[["pupils", "p05", "p95"]].to_numpy(float)
    assert (numbers >= 0).all()
    np.testing.assert_allclose(
        forecast["pupils"], forecast["baseline"] + forecast["housing"] + forecast["adjustment"]
    )


def test_a_year_group_is_held_alone_and_the_others_stay(tmp_path: Path) -> None:
    plain = run_with(tmp_path / "plain", None, "").frames["forecast"]
    held = run_with(tmp_path / "held", {"file": "totals.csv", "level": "year_group"})
    forecast = held.frames["forecast"]
    cell = {"geography": "authority", "academic_year": "2026/27"}
    assert value(forecast, "pupils", year_group="R", **cell) == pytest.approx(333, abs=1e-6)
    for group in ("1", "2", "3"):
        assert value(forecast, "pupils", year_group=group, **cell) == value(
            plain, "pupils", year_group=group, **cell
        )
    total = pick(held.frames["control_totals"], year_group="total").iloc[0]
    assert np.isnan(total["control"])
    assert total["after"] == pytest.approx(value(forecast, "pupils", year_group="total", **cell))


def test_draws_move_with_the_central_path_and_keep_their_relative_spread(tmp_path: Path) -> None:
    plain = run_with(tmp_path / "plain", None, "").frames["forecast"]
    held = run_with(tmp_path / "held", {"file": "totals.csv"}).frames["forecast"]
    cell = {"geography": "area", "code": "C", "academic_year": "2028/29", "year_group": "2"}
    before, after = pick(plain, **cell).iloc[0], pick(held, **cell).iloc[0]
    for name in ("p05", "p50", "p95"):
        assert after[name] / after["pupils"] == pytest.approx(before[name] / before["pupils"], rel=1e-5)
    whole = pick(held, geography="authority", academic_year="2028/29", year_group="total").iloc[0]
    assert whole["p05"] < 1100 < whole["p95"]
    assert whole["p50"] == pytest.approx(1100, rel=0.02)


def test_without_control_totals_nothing_changes(tmp_path: Path) -> None:
    plain = run_with(tmp_path / "plain", None, "")
    unasked = run_with(tmp_path / "unasked", None, TOTALS)
    own = pick(plain.frames["forecast"], geography="authority", academic_year="2027/28", year_group="total")
    same = f"academic_year,phase,pupils\n2027/28,primary,{own['pupils'].iloc[0]!r}\n".replace(
        "np.float64(", ""
    ).replace(")", "")
    equal = run_with(tmp_path / "equal", {"file": "totals.csv"}, same)
    for other in (unasked, equal):
        for name in ("pupils", "p05", "p95"):
            np.testing.assert_allclose(
                other.frames["forecast"][name], plain.frames["forecast"][name], rtol=1e-6
            )
    assert plain.frames["control_totals"].empty
    pd.testing.assert_frame_equal(unasked.frames["forecast"], plain.frames["forecast"])


def test_percent_is_the_change_since_the_base_years_roll(tmp_path: Path) -> None:
    result = run_with(tmp_path, {"percent": {"primary": {"2026/27": "-2%", "2027/28": "3.5%"}}}, "")
    history = result.frames["history"]
    cell = {"geography": "authority", "year_group": "total"}
    roll = value(history, "pupils", academic_year="2025/26", **cell)
    for year, factor in (("2026/27", 0.98), ("2027/28", 1.035)):
        found = value(result.frames["forecast"], "pupils", academic_year=year, **cell)
        assert found == pytest.approx(roll * factor, abs=1e-6)


def test_what_was_done_is_told(tmp_path: Path) -> None:
    result = run_with(tmp_path, {"file": "totals.csv"}, TOTALS.replace("1100", "600"))
    table = result.frames["control_totals"]
    row = pick(table, academic_year="2028/29").iloc[0]
    assert row["control"] == 600
    assert row["after"] == pytest.approx(600)
    assert row["change_percent"] == pytest.approx(100 * (600 / row["before"] - 1))
    rules = {finding.rule for finding in result.findings}
    assert {
        "control-total-applied",
        "control-total-unused",
        "control-total-in-part",
        "control-total-far",
    } <= rules
    drivers = pick(result.frames["drivers"], driver="control_total", academic_year="2028/29", area_code="C")
    assert len(drivers) == 4
    assert set(drivers["basis"]) == {"control total"}
    assert "Control totals" in result.choices


def test_an_earlier_base_year_knows_no_control_totals(tmp_path: Path) -> None:
    result = run_with(tmp_path, {"file": "totals.csv"}, base_year="2024/25")
    assert result.frames["control_totals"].empty
    assert "control-total-unused" in {finding.rule for finding in result.findings}


@pytest.mark.parametrize(
    ("choice", "totals", "rule"),
    [
        ({}, "", "control-total-missing"),
        ({"file": "nowhere.csv"}, "", "file-missing"),
        ({"file": "totals.csv"}, "academic_year,phase,pupils\n2026/27,primary,-5\n", "number-negative"),
        ({"file": "totals.csv"}, "academic_year,phase,pupils\n2026/27,middle,5\n", "phase-impossible"),
        ({"file": "totals.csv"}, "academic_year,phase,pupils\nDec-26,primary,5\n", "year-turned-into-date"),
        ({"file": "totals.csv"}, "academic_year,phase,pupils\n2026/27,primary,5\n2026/27,primary,6\n", "key-twice"),
        ({"file": "totals.csv"}, "academic_year,phase,year_group,pupils\n2026/27,,R,5\n2026/27,primary,R,6\n", "key-twice"),
        ({"file": "totals.csv"}, "academic_year,phase,year_group,pupils\n2026/27,primary,8,5\n", "phase-year-group"),
        ({"file": "totals.csv"}, "academic_year,phase,year_group,pupils\n2026/27,,,5\n", "one-of-missing"),
    ],
)  # fmt: skip
def test_bad_control_totals_are_refused_with_their_place(
    choice: dict[str, Any], totals: str, rule: str, tmp_path: Path
) -> None:
    with pytest.raises(InputErrors) as refused:
        run_with(tmp_path, choice, totals)
    found = [finding for finding in refused.value.findings if finding.rule == rule]
    assert found, [finding.rule for finding in refused.value.findings]
    assert found[0].table == "control_totals"


@pytest.mark.parametrize(
    "choice",
    [
        {"percent": {"primary": {"2026/27": -2}}},
        {"percent": {"primary": {"2026/27": "two%"}}},
        {"percent": {"primary": {"soon": "2%"}}},
        {"percent": {"middle": {"2026/27": "2%"}}},
        {"percent": {"primary": {"2026/27": "2%"}}, "file": "totals.csv"},
        {"percent": {"primary": {"2026/27": "2%"}}, "level": "year_group"},
        {"levle": "phase"},
    ],
)
def test_a_control_total_that_is_no_choice_is_refused(choice: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InputErrors) as refused:
        small_plan(tmp_path, tables(), {"control_total": choice})
    assert "control_total" in str(refused.value.findings[0].message)


def test_the_command_writes_and_shows_the_adjustment(tmp_path: Path) -> None:
    file = write_plan(tmp_path, {**tables(), "totals": TOTALS}, {"control_total": {"file": "totals.csv"}})
    out = tmp_path / "out"
    done = CliRunner().invoke(main, ["forecast", str(file), "--out", str(out), "--quiet"])
    assert done.exit_code == 0, done.output
    assert (out / "control_totals.csv").read_text(encoding="utf-8").count("\n") == 3
    report = (out / "report.md").read_text(encoding="utf-8")
    assert "## Control totals" in report
    assert "| 2028/29 | All |" in report
    assert "1,100" in report
