"""Children under five as a rival to births: chosen where they would have forecast better, left where too little is known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from placeplan.cli import main
from placeplan.demand.preschool import autumn_before
from placeplan.results import Result
from small_plans import central_plan, run_plan, value, write_plan

CAME = {"A": [60, 80, 50, 70, 90, 60, 50], "B": [40, 30, 60, 40, 50, 70, 40]}
"""Reception of 2019/20 to 2025/26; births are always 60 and 40."""
NEXT = {"A": 75, "B": 30}
"""Children counted in October 2025 who are due in Reception in September 2026."""
YEARS = range(2019, 2026)
AREAS = "area_code,area_name,phase\nA,Ash,primary\nB,Beech,primary"


def _label(year: int) -> str:
    return f"{year}/{(year + 1) % 100:02d}"


def _tables(snapshots: range) -> dict[str, str]:
    rolls = ["academic_year,area_code,year_group,pupils"]
    births = ["birth_year,area_code,births"]
    counted = ["snapshot,birth_year,area_code,children"]
    for area, came in CAME.items():
        rolls += [f"{_label(year)},{area},R,{pupils}" for year, pupils in zip(YEARS, came, strict=True)]
        births += [f"{_label(year)},{area},{60 if area == 'A' else 40}" for year in range(2014, 2025)]
        coming = {**dict(zip(YEARS, came, strict=True)), 2026: NEXT[area]}
        counted += [f"{year}-10-31,{_label(year - 4)},{area},{2 * coming[year + 1]}" for year in snapshots]
    lists = {"areas": [AREAS], "rolls": rolls, "births": births, "preschool": counted}
    return {name: "\n".join(lines) for name, lines in lists.items()}


SETTINGS = {"ratios": {"weights": [1, 1, 1], "leave_out": [], "method": "cohort_survival"}}


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return run_plan(tmp_path_factory.mktemp("counted"), _tables(range(2018, 2026)), SETTINGS)


def test_children_who_foretell_reception_take_the_place_of_births(counted: Result) -> None:
    coming = {"geography": "area", "academic_year": "2026/27", "year_group": "R"}
    for area, children in NEXT.items():
        # Every second child counted has come, every year.
        assert value(counted.frames["forecast"], "pupils", code=area, **coming) == pytest.approx(children)
        driver = {"area_code": area, "academic_year": "2026/27", "driver": "children_under_five"}
        assert value(counted.frames["drivers"], "value", **driver) == 2 * children
        assert value(counted.frames["drivers"], "basis", **driver) == "counted"
    assert "out by 0.0%" in counted.choices["Children under five"]
    assert "children lead to Reception up to 2026/27" in counted.choices["Children under five"]


def test_beyond_the_counts_births_stand_for_their_usual_children(counted: Result) -> None:
    driver = {"area_code": "A", "academic_year": "2027/28", "driver": "children_under_five"}
    # The last three cohorts that were counted and have come: 2 x (90 + 60 + 50) children of 3 x 60 births.
    assert value(counted.frames["drivers"], "value", **driver) == pytest.approx(60 * 400 / 180)
    assert value(counted.frames["drivers"], "basis", **driver) == "known"


def test_too_few_counts_change_nothing(tmp_path: Path) -> None:
    # Four Octobers: the first forecast that can be judged is that of 2023/24 for 2024/25.
    found = central_plan(tmp_path, _tables(range(2022, 2026)), SETTINGS)
    assert found.rival is not None
    assert (found.rival.snapshots, found.rival.origins, found.rival.chosen) == (4, 2, False)
    assert found.births.behind is None
    assert set(found.births.count[0]) == {60.0}


def test_never_leaves_births(tmp_path: Path) -> None:
    settings = {**SETTINGS, "births": {"preschool": "never"}}
    found = central_plan(tmp_path, _tables(range(2018, 2026)), settings)
    assert found.rival is None
    assert found.births.behind is None


def test_counts_of_chance_do_not_win(tmp_path: Path) -> None:
    tables = _tables(range(2018, 2026))
    lines = tables["preschool"].splitlines()
    rows = [line.rsplit(",", 1) for line in lines[1:]]
    shuffled = [f"{key},{rows[(at * 5 + 3) % len(rows)][1]}" for at, (key, _) in enumerate(rows)]
    found = central_plan(tmp_path, {**tables, "preschool": "\n".join([lines[0], *shuffled])}, SETTINGS)
    assert found.rival is not None
    assert found.rival.children_error > found.rival.births_error
    assert not found.rival.chosen


def test_a_count_after_the_census_is_not_known_yet(tmp_path: Path) -> None:
    tables = _tables(range(2018, 2026))
    tables["preschool"] += "\n2026-06-30,2021/22,A,999\n2026-06-30,2021/22,B,999"
    assert central_plan(tmp_path, tables, SETTINGS).births.count[0, 7] == 150


def test_explain_leads_to_the_rows_counted(tmp_path: Path) -> None:
    project = write_plan(tmp_path, _tables(range(2018, 2026)), SETTINGS)
    run = ["--out", str(tmp_path / "run"), "--outputs", "csv", "--quiet"]
    assert CliRunner().invoke(main, ["forecast", str(project), *run]).exit_code == 0
    asked = ["explain", "A", "2026/27", "R", "--run", str(tmp_path / "run"), "--json"]
    found = json.loads(CliRunner().invoke(main, asked).stdout)
    children = found["parts"][0]["parts"][0]
    assert children["label"].startswith("children under five")
    assert sum(leaf["amount"] for leaf in children["parts"]) == pytest.approx(children["amount"], abs=1e-9)
    lines = (tmp_path / "preschool.csv").read_text(encoding="utf-8").splitlines()
    (leaf,) = children["parts"]
    assert lines[leaf["source"]["row"] - 1] == "2025-10-31,2021/22,A,150"


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 5), st.floats(0.5, 2.0), st.floats(0.9, 1.1))
def test_children_aged_at_one_rate_come_back_exactly(areas: int, size: float, rate: float) -> None:
    """Where every cohort changes by the same rate each year, each count foretells the same autumn."""
    autumn = size * np.arange(50.0, 50 + areas * 9).reshape(areas, 9)
    counts = np.full((areas, 9, 6), np.nan)
    for year in range(9):
        for lead in range(1, 6):
            if year - lead <= 5:
                counts[:, year, lead] = autumn[:, year] / rate ** (lead - 1)
    found, lead = autumn_before(counts, np.full((areas, 9), 100.0), 6)
    np.testing.assert_allclose(found, autumn)
    assert lead.tolist() == [[1] * 7 + [2, 3]] * areas
