"""What must hold in every run, whatever the tables: sums, order, no one lost and no one from nowhere."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from placeplan.outputs.store import CSV_FILES, write_run
from placeplan.results import Result
from placeplan.tables import output_columns
from small_plans import pick, run_plan, value

QUANTILES = ["p05", "p10", "p50", "p90", "p95"]
DEFAULT_METHOD = {"ratios": {"leave_out": []}}
FEW = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
"""A run takes a tenth of a second or more, so few plans and no search for the smallest that fails."""


@st.composite
def plans(draw: Callable[..., Any]) -> dict[str, str]:
    """Two primary areas and one secondary area with a few schools, any small rolls, blanks among them."""
    pupils = st.one_of(st.integers(0, 60), st.just(30), st.just(30), st.just(""))
    years = range(2025 - draw(st.integers(0, 4)), 2026)
    primary = [f"{urn},S{urn},community,R,6,{area},," for urn, area in ((1, "A"), (2, "A"), (3, "B"))]
    schools = ["urn,school_name,type,low_year,high_year,primary_area,secondary_area,open_year", *primary]
    schools.append("4,S4,academy,7,12,,S,")
    rolls = ["urn,academic_year,year_group,pupils"]
    for urn, groups in ((1, range(7)), (2, range(7)), (3, range(7)), (4, range(7, 13))):
        for year in years:
            for group in groups:
                rolls.append(
                    f"{urn},{year}/{(year + 1) % 100:02d},{group or 'R'},{draw(pupils) if group or urn > 1 else 30}"
                )
    births = ["birth_year,area_code,births"]
    for year in range(years[0] - 5, draw(st.integers(2020, 2024)) + 1):
        births += [f"{year}/{(year + 1) % 100:02d},{area},{draw(st.integers(0, 90))}" for area in "AB"]
    capacity = [
        "urn,academic_year,capacity",
        *(f"{urn},2024/25,{draw(st.integers(0, 400))}" for urn in (1, 2, 4)),
    ]
    change = f"{draw(st.sampled_from(['expansion', 'bulge', 'pan_change', 'closure', 'unit']))}"
    places = "" if change == "closure" else draw(st.integers(-30, 30))
    return {
        "areas": """area_code,area_name,phase,district
            A,North,primary,East
            B,South,primary,West
            S,Town,secondary,East""",
        "schools": "\n".join(schools),
        "rolls": "\n".join(rolls),
        "births": "\n".join(births),
        "capacity": "\n".join(capacity),
        "planned_changes": "change_id,kind,urn,start_year,places,certainty\n"
        f"X1,{change},1,2026/27,{places},{draw(st.sampled_from(['certain', 'firm', 'proposed', 'option']))}",
    }


def run_of(tables: dict[str, str]) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        return run_plan(Path(folder), tables, DEFAULT_METHOD)


@FEW
@given(plans())
def test_any_small_plan_adds_up(tables: dict[str, str]) -> None:
    result = run_of(tables)
    _adds_up(result.frames["forecast"])
    _adds_up(result.frames["history"].assign(scenario=""))
    _quantiles_nest(result.frames["forecast"])
    _places_hold(result.frames["sufficiency"])


def test_exampleshire_adds_up(exampleshire: Result) -> None:
    _adds_up(exampleshire.frames["forecast"])
    _quantiles_nest(exampleshire.frames["forecast"])
    _places_hold(exampleshire.frames["sufficiency"])
    schools = exampleshire.frames["schools"]
    total = schools[schools["year_group"] == "total"].groupby(["phase", "academic_year"])["roll"].sum()
    demand = pick(exampleshire.frames["sufficiency_summary"], geography="authority")
    wanted = demand.set_index(["phase", "academic_year"])["demand"]
    pd.testing.assert_series_equal(total.sort_index(), wanted.sort_index(), check_names=False, rtol=1e-6)


def _adds_up(table: pd.DataFrame) -> None:
    """Year groups make totals, schools areas, areas districts, districts the authority, to the last digit shown."""
    keys = ["scenario", "geography", "phase", "academic_year"]
    assert np.isfinite(table["pupils"]).all()
    assert (table["pupils"] >= 0).all()
    groups = table[table["year_group"] != "total"]
    totals = table[table["year_group"] == "total"].set_index([*keys, "code"])["pupils"].sort_index()
    summed = groups.groupby([*keys, "code"])["pupils"].sum().sort_index()
    np.testing.assert_allclose(summed[totals.index], totals, rtol=1e-9, atol=1e-9)
    cells = table.groupby(["geography", "phase", "academic_year", "year_group"])["pupils"].sum()
    whole = cells["authority"]
    for geography in set(table["geography"]):
        found = cells[geography][whole.index]
        np.testing.assert_allclose(found, whole, rtol=1e-6, atol=1e-6, err_msg=geography)


def _quantiles_nest(table: pd.DataFrame) -> None:
    drawn = table[QUANTILES].to_numpy(float)
    assert np.isfinite(drawn).all()
    assert (drawn >= 0).all()
    assert (np.diff(drawn, axis=1) >= -1e-6).all()
    added = table["baseline"] + table["housing"] + table["adjustment"]
    np.testing.assert_allclose(added.astype(float), table["pupils"].astype(float), rtol=1e-12)


def _places_hold(table: pd.DataFrame) -> None:
    known = table[table["places"].notna()]
    unknown = table[table["places"].isna()]
    assert (known["places"] >= 0).all()
    np.testing.assert_allclose(known["surplus"], known["places"] - known["demand"], atol=1e-6)
    np.testing.assert_allclose(known["spare"] - known["need"], known["surplus"], atol=1e-6)
    assert known["probability_of_shortfall"].between(0, 1).all()
    assert (unknown["status"] == "unknown").all()
    assert unknown[["surplus", "need", "spare", "probability_of_shortfall"]].isna().all(axis=None)
    single = known[known["year_group"] != "total"]
    assert (single[["need", "spare"]].min(axis=1) == 0).all()


TWO = {
    "areas": """area_code,area_name,phase,district
        A,North,primary,East
        B,South,primary,West""",
    "rolls": """academic_year,area_code,R,1,2
        2022/23,A,30,31,32
        2023/24,A,33,29,30
        2024/25,A,31,32,28
        2025/26,A,34,30,31
        2022/23,B,60,61,62
        2023/24,B,63,59,60
        2024/25,B,61,62,58
        2025/26,B,64,60,61""",
    "births": """birth_year,area_code,births
        2017/18,A,60
        2018/19,A,62
        2019/20,A,61
        2020/21,A,64
        2021/22,A,60
        2022/23,A,58
        2023/24,A,63
        2017/18,B,80
        2018/19,B,82
        2019/20,B,81
        2020/21,B,84
        2021/22,B,80
        2022/23,B,85
        2023/24,B,78""",
}


def test_nobody_comes_from_nowhere(tmp_path: Path) -> None:
    """An area without births and without pupils stays without, draws and all, beside one that has both."""
    rolls = TWO["rolls"].split("2022/23,B")[0] + "\n".join(
        f"{y}/{y - 1999},B,0,0,0" for y in range(2022, 2026)
    )
    births = TWO["births"].split("2017/18,B")[0] + "\n".join(f"{y}/{y - 1999},B,0" for y in range(2017, 2024))
    result = run_plan(tmp_path, {**TWO, "rolls": rolls, "births": births}, DEFAULT_METHOD)
    empty = pick(result.frames["forecast"], geography="area", code="B")
    assert len(empty) > 0
    assert (empty[["pupils", *QUANTILES]] == 0).all(axis=None)


def test_without_births_anywhere_reception_runs_empty_and_cohorts_leave(tmp_path: Path) -> None:
    births = "birth_year,births\n" + "\n".join(
        f"{y}/{y - 1999},{50 if y < 2021 else 0}" for y in range(2017, 2025)
    )
    result = run_plan(tmp_path, {**TWO, "births": births}, {**DEFAULT_METHOD, "horizon": 4})
    table = pick(result.frames["forecast"], geography="authority")
    assert value(table, "pupils", academic_year="2026/27", year_group="R") == 0
    assert value(table, "pupils", academic_year="2028/29", year_group="total") == 0


def test_an_area_alone_and_beside_another_is_drawn_alike(tmp_path: Path) -> None:
    """Adding a district leaves the central figures of the other's areas untouched where each keeps its own ratios."""
    alone = {
        name: "\n".join(line for line in text.splitlines() if ",B," not in line and "B,South" not in line)
        for name, text in TWO.items()
    }
    chosen = {"horizon": 3}
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one = pick(run_plan(tmp_path / "one", alone, chosen).frames["forecast"], geography="area", code="A")
    two = pick(run_plan(tmp_path / "two", TWO, chosen).frames["forecast"], geography="area", code="A")
    np.testing.assert_allclose(one["pupils"].to_numpy(float), two["pupils"].to_numpy(float), rtol=1e-12)


def test_the_same_run_twice_gives_the_same_bytes_and_another_seed_other_draws(tmp_path: Path) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        (tmp_path / name).mkdir()
        write_run(run_plan(tmp_path / name, TWO, {"seed": seed}), tmp_path / name / "out", ["csv"])
    same = {file: (tmp_path / "a" / "out" / f"{file}.csv").read_bytes() for file in CSV_FILES}
    assert same == {file: (tmp_path / "b" / "out" / f"{file}.csv").read_bytes() for file in CSV_FILES}
    first = pd.read_csv(tmp_path / "a" / "out" / "forecast.csv")
    other = pd.read_csv(tmp_path / "c" / "out" / "forecast.csv")
    pd.testing.assert_series_equal(first["pupils"], other["pupils"])
    assert (first["p10"] != other["p10"]).any()


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    turned = {name: "\n".join([t.splitlines()[0], *reversed(t.splitlines()[1:])]) for name, t in TWO.items()}
    keys = ["geography", "code", "phase", "academic_year", "year_group"]
    frames = []
    for name, tables in (("one", TWO), ("two", turned)):
        (tmp_path / name).mkdir()
        frame = run_plan(tmp_path / name, tables, DEFAULT_METHOD).frames["forecast"]
        frames.append(frame.set_index(keys).sort_index()[["pupils", *QUANTILES]].astype(float))
    pd.testing.assert_frame_equal(frames[0], frames[1], rtol=1e-4)


def test_uncertainty_grows_with_the_years_ahead(tmp_path: Path) -> None:
    result = run_plan(tmp_path, TWO, {**DEFAULT_METHOD, "simulations": 1000})
    total = pick(result.frames["forecast"], geography="authority", year_group="total")
    width = (total["p90"] - total["p10"]).to_numpy(float)
    assert width[0] > 0
    assert width[-1] > width[0]


def test_the_authoritys_interval_is_narrower_than_its_areas_added_up(tmp_path: Path) -> None:
    table = run_plan(tmp_path, TWO, {**DEFAULT_METHOD, "simulations": 1000}).frames["forecast"]
    cell = {"academic_year": "2026/27", "year_group": "1"}
    areas = pick(table, geography="area", **cell)
    whole = pick(table, geography="authority", **cell)
    assert (whole["p90"] - whole["p10"]).iloc[0] < (areas["p90"] - areas["p10"]).sum()


LEAK = {
    "schools": """urn,school_name,type,low_year,high_year,primary_area
        1,Hill School,community,R,2,A
        2,Dale School,community,R,2,B""",
    "capacity": """urn,academic_year,capacity,usable
        1,2022/23,90,90
        2,2022/23,190,180""",
    "admission_numbers": """urn,academic_year,year_group,pan
        1,2022/23,R,30
        2,2022/23,R,60""",
}
LATER = {
    "rolls": "\n2026/27,A,90,90,90\n2026/27,B,9,9,9",
    "births": "\n2025/26,A,900\n2025/26,B,9",
    "capacity": "\n1,2026/27,900,900",
    "admission_numbers": "\n1,2026/27,R,300",
}


@pytest.mark.parametrize("method", [{}, DEFAULT_METHOD])
def test_an_earlier_base_year_knows_nothing_of_what_came_later(
    tmp_path: Path, method: dict[str, Any]
) -> None:
    """The run as of 2024/25 is the same, byte for byte, whatever later rolls, births, capacities and PANs say."""
    before = {**TWO, **LEAK}
    for name, tables in (
        ("then", before),
        ("now", {table: text + LATER.get(table, "") for table, text in before.items()}),
    ):
        (tmp_path / name).mkdir()
        found = run_plan(tmp_path / name, tables, {**method, "base_year": "2024/25"})
        write_run(found, tmp_path / name / "out", ["csv"])
    for file in ("forecast", "history", "drivers", "sufficiency", "sufficiency_summary", "schools"):
        then = (tmp_path / "then" / "out" / f"{file}.csv").read_bytes()
        assert then == (tmp_path / "now" / "out" / f"{file}.csv").read_bytes(), file
    last = pd.read_csv(tmp_path / "now" / "out" / "forecast.csv")["academic_year"]
    assert last.min() == "2025/26"


def test_horizons_are_counted_from_the_base_year_by_phase(tmp_path: Path) -> None:
    tables = {
        "areas": "area_code,area_name,phase\nA,North,primary\nA,North,secondary",
        "rolls": "academic_year,area_code,R,6,7,12\n2024/25,A,30,30,30,10\n2025/26,A,30,30,30,10",
    }
    table = run_plan(tmp_path, tables).frames["forecast"]
    years = table.groupby("phase")["academic_year"].agg(["min", "max"])
    assert dict(years.loc["primary"]) == {"min": "2026/27", "max": "2030/31"}
    assert dict(years.loc["secondary"]) == {"min": "2026/27", "max": "2032/33"}
    assert dict(years.loc["sixth_form"]) == {"min": "2026/27", "max": "2032/33"}


def test_the_smallest_project_runs_and_writes_every_table(tmp_path: Path) -> None:
    (tmp_path / "areas.csv").write_text("area_code,area_name,phase\nA,North,primary\n")
    (tmp_path / "rolls.csv").write_text("academic_year,area_code,year_group,pupils\n2025/26,A,R,30\n")
    (tmp_path / "placeplan.yaml").write_text(
        'authority: {name: Exampleshire, la_code: "999"}\ninputs: {folder: .}\n'
    )
    from placeplan.project import load_project
    from placeplan.run import forecast

    write_run(forecast(load_project(tmp_path)), tmp_path / "out")
    for file in CSV_FILES:
        header = (tmp_path / "out" / f"{file}.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
        assert tuple(header[: len(output_columns(file))]) == output_columns(file)
