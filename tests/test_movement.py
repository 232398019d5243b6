"""Transfer matrices, residence, the censuses of a year, and areas that are redrawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placeplan.demand.rebase import rebased
from placeplan.demand.residents import homes_of
from placeplan.demand.transfershares import transfer_shares
from placeplan.outputs.report_movement import movement
from placeplan.outputs.views import view_run
from placeplan.project import load_project
from placeplan.register import Register
from placeplan.results import Result
from placeplan.run import read_and_check
from placeplan.years import AcademicYear, Phase
from small_plans import central_plan, run_plan


def test_leavers_and_intakes_each_add_up_to_one(exampleshire: Result) -> None:
    shares = exampleshire.frames["transfer_shares"]
    leavers = (
        shares[shares["from_area"] != "OUT"].groupby(["into_year_group", "from_area"])["leavers_share"].sum()
    )
    intakes = shares[shares["to_area"] != "OUT"].groupby(["into_year_group", "to_area"])["intake_share"].sum()
    assert len(leavers) == 24
    assert len(intakes) == 6
    np.testing.assert_allclose(leavers, 1.0)
    np.testing.assert_allclose(intakes, 1.0)
    assert shares[["leavers_share", "intake_share"]].stack().dropna().between(0, 1).all()


def test_shares_within_the_authority_are_those_that_the_forecast_uses(exampleshire: Result) -> None:
    shares = exampleshire.frames["transfer_shares"]
    pools = exampleshire.frames["pools"]
    pools = pools[pools["year_group"] == "7"].set_index(["from_area", "area_code"])["weight"]
    inside = shares[(shares["from_area"] != "OUT") & (shares["to_area"] != "OUT")]
    given = inside.set_index(["from_area", "to_area"])["leavers_share"]
    assert len(given) == len(pools)
    np.testing.assert_allclose(given.reindex(pools.index), pools)


PLACES = """
    area_code,area_name,phase
    P1,Ash,primary
    P2,Beech,primary
    S1,Town,secondary
    S2,Hill,secondary"""


def _moves(*rows: str) -> dict[str, str]:
    cells = [("P1", 6, 100), ("P2", 6, 50), ("S1", 7, 110), ("S2", 7, 40)]
    rolls = [
        f"{year},{area},{group},{pupils}"
        for year in ("2023/24", "2024/25", "2025/26")
        for area, group, pupils in cells
    ]
    return {
        "areas": PLACES,
        "rolls": "\n".join(["academic_year,area_code,year_group,pupils", *rolls]),
        "transfers": "\n".join(["academic_year,from_area,to_area,pupils", *rows]),
    }


def test_infants_who_go_to_junior_schools_have_a_matrix_of_their_own(tmp_path: Path) -> None:
    rolls = [f"{year},{cells}" for year in ("2024/25", "2025/26") for cells in ("I,60,60,,", "J,,,54,54")]
    tables = {
        "areas": "area_code,area_name,phase\nI,Infants,primary\nJ,Juniors,primary",
        "rolls": "\n".join(["academic_year,area_code,1,2,3,4", *rolls]),
        "transfers": "academic_year,from_area,to_area,pupils,into_year_group\n2025/26,I,J,54,3\n2025/26,I,OUT,6,3",
    }
    found = central_plan(tmp_path, tables)
    inputs = read_and_check(load_project(tmp_path / "placeplan.yaml"))
    (matrix,) = transfer_shares(inputs, found.register, found.history)
    assert set(matrix["into_year_group"]) == {"3"}
    told = matrix.set_index(["from_area", "to_area"])
    assert told.loc[("I", "J"), "leavers_share"] == pytest.approx(0.9)
    assert told.loc[("I", "OUT"), "leavers_share"] == pytest.approx(0.1)
    assert told.loc[("I", "J"), "intake_share"] == pytest.approx(1.0)


def test_leavers_in_no_row_are_gone_and_too_many_are_shares(tmp_path: Path) -> None:
    tables = _moves(
        "2025/26,P1,S1,60", "2025/26,P1,S2,20", "2025/26,P1,OUT,5", "2025/26,P2,S1,60", "2025/26,OUT,S1,10"
    )
    found = central_plan(tmp_path, tables)
    weights = found.stages[Phase.SECONDARY].links[7].pools.toarray()
    # Of 100 in P1 60 and 20 are known; 60 of the 50 in P2 are all of them.
    np.testing.assert_allclose(weights, [[0.6, 1.0], [0.2, 0.0]])
    inputs = read_and_check(load_project(tmp_path / "placeplan.yaml"))
    (matrix,) = transfer_shares(inputs, found.register, found.history)
    rows = matrix.set_index(["from_area", "to_area"])
    assert rows.loc[("P1", "OUT"), ["pupils", "leavers_share"]].tolist() == [20.0, 0.2]
    assert rows.loc[("OUT", "S1"), "intake_share"] == 10 / 130


def test_an_odd_year_is_damped_by_the_others(tmp_path: Path) -> None:
    found = central_plan(tmp_path, _moves("2024/25,P1,S1,100", "2025/26,P1,S1,50", "2025/26,P1,S2,50"))
    weights = found.stages[Phase.SECONDARY].links[7].pools.toarray()
    np.testing.assert_allclose(weights[:2, 0], [(0.7 * 100 + 50) / 170, 50 / 170])


def test_the_report_tells_where_leavers_go(exampleshire: Result) -> None:
    text = "\n\n".join(movement(view_run(exampleshire)))
    assert "### Transfers into Year 7" in text


def test_residents_and_those_from_outside_are_all_at_the_schools(exampleshire: Result) -> None:
    rows = exampleshire.frames["residents"]
    sums = rows.groupby(["phase", "academic_year", "year_group", "basis"])[
        ["at_schools", "residents", "from_outside"]
    ].sum()
    np.testing.assert_allclose(sums["residents"] + sums["from_outside"], sums["at_schools"])
    np.testing.assert_allclose(
        rows["own"] + rows["from_other_areas"] + rows["from_outside"], rows["at_schools"]
    )
    np.testing.assert_allclose(rows["own"] + rows["at_other_areas"], rows["residents"])


def test_demand_at_schools_is_the_forecast(exampleshire: Result) -> None:
    rows = exampleshire.frames["residents"]
    given = rows[rows["basis"] == "forecast"].set_index(["area_code", "phase", "academic_year"])["at_schools"]
    forecast = exampleshire.frames["forecast"]
    totals = forecast[(forecast["geography"] == "area") & (forecast["year_group"] == "total")]
    np.testing.assert_allclose(
        totals.set_index(["code", "phase", "academic_year"])["pupils"].reindex(given.index), given
    )


def test_the_last_homes_count_most(tmp_path: Path) -> None:
    tables = _moves()
    del tables["transfers"]
    tables["residence"] = """
        academic_year,home_area,year_group,area_code,pupils
        2024/25,P1,6,P1,100
        2025/26,P1,6,P1,60
        2025/26,P2,6,P1,30
        2025/26,OUT,6,P1,10"""
    found = central_plan(tmp_path, tables)
    inputs = read_and_check(load_project(tmp_path / "placeplan.yaml"))
    (homes,) = homes_of(inputs, found.register, found.history)
    # P1 by hand, a year ago 0.7; P2 has no rows, so it teaches its own.
    np.testing.assert_allclose(homes.share, [[130 / 170, 30 / 170, 10 / 170], [0, 1, 0]])


def test_the_censuses_of_a_year_stand_beside_each_other(tmp_path: Path) -> None:
    rolls = ["academic_year,area_code,year_group,pupils,census"]
    for year, january, may in (("2024/25", 100, 110), ("2025/26", 100, 104)):
        rolls += [f"{year},P1,1,{january},january", f"{year},P1,1,{may},may", f"{year},P1,1,98,october"]
    areas = "area_code,area_name,phase\nP1,Ash,primary"
    result = run_plan(tmp_path, {"areas": areas, "rolls": "\n".join(rolls)})
    profile = result.frames["census_profile"]
    may = profile[(profile["census"] == "may") & (profile["geography"] == "area")]
    assert may["ratio"].tolist() == pytest.approx([1.07, 1.07])
    assert may[["least", "most"]].iloc[0].tolist() == pytest.approx([1.04, 1.10])
    assert set(profile["peak"]) == {"may"}
    told = result.frames["forecast"]
    for geography, rows in profile.groupby("geography"):
        assert set(rows["code"]) == set(told.loc[told["geography"] == geography, "code"])
    # The 80% point of 4% and 10%; October was never the peak.
    assert may["held_share"].tolist() == pytest.approx([0.088, 0.088])
    assert "hold about" in "\n".join(movement(view_run(result)))


ROLLS = {
    "A": [[40, 44, 38, 47, 41, 45], [39, 41, 43, 39, 46, 42], [41, 40, 40, 44, 38, 47]],
    "B": [[25, 22, 27, 24, 26, 21], [24, 26, 21, 28, 23, 27], [26, 23, 27, 20, 29, 22]],
}
"""Reception to Year 2 of 2020/21 to 2025/26."""
PLAIN = {"ratios": {"method": "cohort_survival", "leave_out": []}}


def _authority(present: dict[str, str], changes: str = "") -> dict[str, str]:
    rolls = ["academic_year,area_code,year_group,pupils"]
    births = ["birth_year,area_code,births"]
    for area, groups in ROLLS.items():
        code = present.get(area, area)
        for group, cells in enumerate(groups):
            rolls += [f"{2020 + at}/{21 + at},{code},{group or 'R'},{cell}" for at, cell in enumerate(cells)]
        births += [
            f"{year}/{(year + 1) % 100:02d},{code},{50 if area == 'A' else 30}" for year in range(2015, 2025)
        ]
    areas = sorted({*present.values(), *(line.split(",")[1] for line in changes.splitlines())} - {"new_area"})
    gone = {line.split(",")[0] for line in changes.splitlines()}
    listed = [f"{code},{code},primary" for code in areas if code not in gone]
    tables = {
        "areas": "\n".join(["area_code,area_name,phase", *listed]),
        "rolls": "\n".join(rolls), "births": "\n".join(births),
    }  # fmt: skip
    head = "old_area,new_area,phase,from_year,weight\n"
    return {**tables, "area_changes": head + changes} if changes else tables


def _totals(
    folder: Path, tables: dict[str, str], settings: dict[str, object]
) -> tuple[np.ndarray, np.ndarray]:
    folder.mkdir()
    found = central_plan(folder, tables, settings)
    return found.history.area_roll.sum(axis=0), found.baseline[Phase.PRIMARY].sum(axis=0)


SPLIT = "A,A1,primary,2026/27,0.6\nA,A2,primary,2026/27,0.4\nB,B1,primary,2026/27,1"
MERGED = "A,M,primary,2026/27,1\nB,M,primary,2026/27,1"
"""Two areas, or the single areas of two authorities, become one; a change after the base year whose old areas are gone."""


@pytest.mark.parametrize(
    ("changes", "settings", "apart"),
    [
        # A part by weight has the same ratios as the whole, so the totals agree to rounding.
        (SPLIT, PLAIN, 1e-9),
        # The levels believe a small area less than a large one: the parts lean on the authority a little more.
        (SPLIT, {"ratios": {"leave_out": []}}, 0.005),
        # Ratios of sums are not sums of ratios: a merged area has one ratio where there were two.
        (MERGED, PLAIN, 0.01),
        (MERGED, {"ratios": {"leave_out": []}}, 0.01),
    ],
    ids=["split", "split, combined", "merged", "merged, combined"],
)
def test_areas_redrawn_leave_the_totals(
    tmp_path: Path, changes: str, settings: dict[str, object], apart: float
) -> None:
    history, forecast = _totals(tmp_path / "before", _authority({"A": "A", "B": "B"}), settings)
    history_after, forecast_after = _totals(
        tmp_path / "after", _authority({"A": "A", "B": "B"}, changes), settings
    )
    np.testing.assert_allclose(history_after, history, rtol=1e-12)
    np.testing.assert_allclose(forecast_after, forecast, rtol=apart)


def test_wards_and_completions_of_areas_that_ended_go_to_their_successors(tmp_path: Path) -> None:
    """The merged area has the births of both, and the usual building of both; nobody rewrites the tables."""
    wards = {"W1": ("A", 1), "W2": ("A", 0.25), "W3": ("B", 1)}
    spread = ["W2,B,0.75", *(f"{ward},{area},{weight}" for ward, (area, weight) in wards.items())]
    births = [
        f"{year}/{year - 1999},{ward},{20 + at}"
        for year in range(2015, 2025)
        for at, ward in enumerate(wards)
    ]
    added = {
        "births": "\n".join(["birth_year,geography_code,births", *births]),
        "geography_lookup": "\n".join(["geography_code,area_code,weight", *spread]),
        "housing": "site_id,area_code,academic_year,dwellings\nZ,M,2026/27,60",
        "yields": "phase,years_after_completion,pupils_per_dwelling\nprimary,1,0.5",
        "past_completions": "area_code,academic_year,dwellings\nA,2024/25,20\nB,2024/25,30",
    }
    tables = _authority({"A": "A", "B": "B"}, MERGED) | added
    found = central_plan(tmp_path, tables, {**PLAIN, "housing": {"slips": False}})
    assert found.births.count[0, -1] == pytest.approx(20 + 21 + 22)
    assert found.estates is not None
    assert found.estates.usual.tolist() == [50]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 500), min_size=1, max_size=12), st.integers(0, 10), st.integers(0, 10))
def test_history_told_on_new_areas_keeps_every_years_total(
    pupils: list[int], first: int, second: int
) -> None:
    """Split by any weights, then one of the parts merged with the other in a later year."""
    register = Register(
        pd.DataFrame({"code": ["N"], "phase": ["primary"]}), pd.DataFrame(columns=["urn"]), {}, frozenset()
    )
    parts = [
        ("O", "N", 2020, first),
        ("O", "P", 2020, 10 - first),
        ("P", "N", 2023, second),
        ("P", "Q", 2023, 10 - second),
    ]
    changes = pd.DataFrame(
        [(old, new, "primary", year, tenth / 10) for old, new, year, tenth in parts],
        columns=["old_area", "new_area", "phase", "from_year", "weight"],
    )
    rows = pd.DataFrame(
        {
            "area_code": "O",
            "phase": "primary",
            "academic_year": range(2015, 2015 + len(pupils)),
            "pupils": pupils,
        }
    )
    after = rebased(rows, changes, register, AcademicYear(2026)).groupby("academic_year")["pupils"].sum()
    np.testing.assert_allclose(after, pupils)
