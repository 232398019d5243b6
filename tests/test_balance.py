"""Planned changes that may fail or may yet come, and what they do to the chance of running short."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from small_plans import pick, run_plan, value

CROWDED = {
    "areas": "area_code,area_name,phase\nA,North,primary\nB,South,primary",
    "schools": """urn,school_name,type,low_year,high_year,primary_area
        1,Hill School,community,R,1,A
        2,Dale School,community,R,1,B""",
    "rolls": "academic_year,urn,R,1\n"
    + "\n".join(f"{y}/{y - 1999},{u},60,60" for y in range(2019, 2026) for u in "12"),
    "capacity": "urn,academic_year,capacity\n1,2025/26,60\n2,2025/26,60",
}
IN_TIME = "kind,years_late,share\nexpansion,0,1"
ONE_CELL = {"area_code": "A", "academic_year": "2026/27", "year_group": "1"}


def with_change(
    certainty: str, chance: str = "", kind: str = "expansion", places: str = "1000"
) -> dict[str, str]:
    head = "change_id,kind,urn,start_year,places,certainty,delivery_probability"
    return {**CROWDED, "planned_changes": f"{head}\nX1,{kind},1,2026/27,{places},{certainty},{chance}"}


@pytest.mark.parametrize(
    ("certainty", "chance", "short", "places"),
    [
        ("certain", "", 0.0, 1030),
        ("firm", "", 0.05, 1030),
        ("proposed", "", 0.5, 30),
        ("option", "", 1.0, 30),
        ("firm", "0.7", 0.3, 1030),
        ("proposed", "0.9", 0.1, 30),
        ("option", "0.25", 0.75, 30),
    ],
)
def test_the_chance_of_delivery_enters_the_draws(
    tmp_path: Path, certainty: str, chance: str, short: float, places: int
) -> None:
    """Sixty pupils for thirty places: only the thousand that are planned can prevent a shortfall."""
    tables = {**with_change(certainty, chance), "delay_table": IN_TIME}
    table = run_plan(tmp_path, tables, {"simulations": 2000}).frames["sufficiency"]
    assert value(table, "places", **ONE_CELL) == places
    assert value(table, "probability_of_shortfall", **ONE_CELL) == pytest.approx(short, abs=0.03)
    total = {**ONE_CELL, "year_group": "total"}
    assert value(table, "probability_of_shortfall", **total) == pytest.approx(short, abs=0.03)
    assert value(table, "probability_of_shortfall", **{**ONE_CELL, "academic_year": "2025/26"}) == 1


def test_a_proposed_closure_frightens_only_in_the_draws(tmp_path: Path) -> None:
    roomy = with_change("proposed", "0.4", "closure", "")
    roomy["capacity"] = "urn,academic_year,capacity\n1,2025/26,600\n2,2025/26,600"
    table = run_plan(tmp_path, roomy, {"simulations": 2000}).frames["sufficiency"]
    assert value(table, "places", **ONE_CELL) == 300
    assert value(table, "probability_of_shortfall", **ONE_CELL) == pytest.approx(0.4, abs=0.04)
    assert value(table, "expected_short", **ONE_CELL) == pytest.approx(0.4 * 60, abs=3)
    assert value(table, "probability_of_shortfall", **{**ONE_CELL, "area_code": "B"}) == 0


def test_pupils_do_not_react_to_places(tmp_path: Path) -> None:
    """Demand is not limited by places: with and without capacity and changes, areas are forecast alike, draws too."""
    frames = []
    plain = {name: text for name, text in CROWDED.items() if name != "capacity"}
    for name, tables in (
        ("a", plain),
        ("b", with_change("certain")),
        ("c", with_change("firm", "", "closure", "")),
    ):
        (tmp_path / name).mkdir()
        table = run_plan(tmp_path / name, tables).frames["forecast"]
        frames.append(pick(table, geography="area")[["pupils", "p05", "p50", "p95"]].to_numpy(float))
    np.testing.assert_array_equal(frames[0], frames[1])
    np.testing.assert_array_equal(frames[0], frames[2])


def test_a_totals_chance_is_that_of_the_total(tmp_path: Path) -> None:
    """Reception is always short and Year 1 has far more room: the phase as a whole never runs short."""
    lopsided = {
        **CROWDED,
        "capacity": "urn,academic_year,year_group,capacity\n1,2025/26,R,20\n1,2025/26,1,500\n2,2025/26,R,60\n2,2025/26,1,60",
    }
    table = run_plan(tmp_path, lopsided).frames["sufficiency"]
    cell = {"area_code": "A", "academic_year": "2026/27"}
    assert value(table, "probability_of_shortfall", year_group="R", **cell) == 1
    assert value(table, "probability_of_shortfall", year_group="total", **cell) == 0
    total = pick(table, year_group="total", **cell).iloc[0]
    assert total["need"] == pytest.approx(40)
    assert total["expected_short"] == pytest.approx(40, abs=3)
