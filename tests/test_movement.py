"""Transfer matrices, residence, the censuses of a year, and areas that are redrawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from placeplan.demand.transfershares import transfer_shares
from placeplan.outputs.report_movement import movement
from placeplan.outputs.views import view_run
from placeplan.project import load_project
from placeplan.results import Result
from placeplan.run import read_and_check
from placeplan.years import Phase
from small_plans import central_plan


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
