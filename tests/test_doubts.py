"""A history that tells little still gives a forecast, a wide range, and a finding that says why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from placeplan.results import Result
from placeplan.years import AcademicYear
from small_plans import run_plan, value

Size = Callable[[str, int, int], int]
AREAS = "area_code,area_name,phase\nA,North,primary\nB,South,primary"
BIRTHS = range(2012, 2025)


def usual(area: str, year: int, group: int) -> int:
    return 60 + (year + group) % 4


def run(folder: Path, years: range, size: Size = usual, births: range = BIRTHS) -> Result:
    rolls = [
        f"{AcademicYear(year)},{area}," + ",".join(str(size(area, year, group)) for group in range(4))
        for area in "AB"
        for year in years
    ]
    tables = {"areas": AREAS, "rolls": "academic_year,area_code,R,1,2,3\n" + "\n".join(rolls)}
    if len(births):
        known = [f"{AcademicYear(year)},{200 + year % 3 * 5}" for year in births]
        tables["births"] = "birth_year,births\n" + "\n".join(known)
    return run_plan(folder, tables, {"ratios": {}, "simulations": 400})


def cell(result: Result, column: str, code: str, year: str, group: str) -> float:
    picked = {"geography": "area", "code": code, "academic_year": year, "year_group": group}
    return float(value(result.frames["forecast"], column, **picked))


def spread(result: Result, code: str, year: str, group: str) -> float:
    """Width of the 80% range beside the forecast."""
    low, high, middle = (cell(result, name, code, year, group) for name in ("p10", "p90", "pupils"))
    return (high - low) / middle


def opened(area: str, year: int, group: int) -> int:
    return 0 if area == "B" and year < 2025 else usual(area, year, group)


def closed(area: str, year: int, group: int) -> int:
    return 0 if area == "B" and year >= 2025 else usual(area, year, group)


def gap(area: str, year: int, group: int) -> int:
    return 0 if area == "B" and year - group == 2024 else usual(area, year, group)


LONG = range(2014, 2026)


@pytest.mark.parametrize(
    ("years", "size", "births", "rule", "says"),
    [
        (range(2025, 2026), usual, BIRTHS, "history-short", "cover 1 year"),
        (range(2024, 2026), usual, BIRTHS, "history-short", "cover 2 year"),
        (LONG, usual, range(0), "births-missing", "no births are known"),
        (LONG, usual, range(2010, 2020), "births-late", "2026/27, the first forecast year"),
        (LONG, opened, BIRTHS, "area-new", "South (B) has had pupils only since 2025/26"),
        (LONG, closed, BIRTHS, "area-empty", "South (B) has had no pupils since 2024/25"),
        (LONG, gap, BIRTHS, "cohort-empty", "nobody in year group 1 in 2025/26"),
    ],
    ids=["one year", "two years", "no births", "births end early", "opens", "closes", "empty cohort"],
)
def test_what_makes_a_forecast_unsure_is_said(
    tmp_path: Path, years: range, size: Size, births: range, rule: str, says: str
) -> None:
    result = run(tmp_path, years, size, births)
    found = [finding.message for finding in result.findings if finding.rule == rule]
    assert any(says in message for message in found)
    quiet = run(_fresh(tmp_path), LONG)
    assert rule not in {finding.rule for finding in quiet.findings}
    assert 50 < cell(result, "pupils", "A", "2026/27", "R") < 75


def _fresh(folder: Path) -> Path:
    other = folder / "quiet"
    other.mkdir()
    return other


def test_a_short_history_has_wider_ranges(tmp_path: Path) -> None:
    short, long = run(tmp_path, range(2025, 2026)), run(_fresh(tmp_path), LONG)
    assert spread(short, "A", "2026/27", "R") > 1.5 * spread(long, "A", "2026/27", "R")


def test_nobody_comes_from_nowhere(tmp_path: Path) -> None:
    result = run(tmp_path, LONG, closed)
    table = result.frames["forecast"]
    gone = table[(table["geography"] == "area") & (table["code"] == "B")]
    assert (gone[["pupils", "p05", "p95"]] == 0).all(axis=None)


def test_an_empty_cohort_moves_up_empty(tmp_path: Path) -> None:
    result = run(tmp_path, LONG, gap)
    assert cell(result, "pupils", "B", "2026/27", "2") == 0
    assert cell(result, "p95", "B", "2026/27", "2") == 0
