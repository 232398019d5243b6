"""Developer contributions from housing beside need, year by year: is the money there when the places are needed?

A site's contribution is shared over phases by what its secured places would cost (all to one phase where only one has
secured places; to no phase where none is stated), and counts in its contribution_year.

    contributions_gap(t) = contributions up to t - cost of the need added up to t      (negative: places come before money)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from placeplan.supply.rates import Rates
from placeplan.tables import Inputs, rows_of
from placeplan.years import AcademicYear, Phase

Row = dict[str, Any]
PHASES = (Phase.PRIMARY, Phase.SECONDARY)
SOURCE = "table housing"


def contribution_rows(inputs: Inputs, totals: pd.DataFrame, rates: Rates) -> Iterator[Row]:
    """Rows ``contributions`` of every site with a sum, and ``contributions_gap`` of the areas that have any."""
    paid = _paid(inputs, rates)
    for area, phase, year, places, amount in paid:
        yield _row(area, phase, year, "contributions", places, amount)
    for area, phase in dict.fromkeys((row[0], row[1]) for row in paid if row[1]):
        yield from _gap(area, phase, paid, totals, rates)


def _paid(inputs: Inputs, rates: Rates) -> list[tuple[str, str, int, float, float]]:
    """Area, phase, start year, secured places and pounds of each contribution, sites of one area and year together."""
    housing = inputs.table("housing")
    feeds = dict(zip(*(inputs.table("areas")[name] for name in ("area_code", "feeds")), strict=True))
    summed: dict[tuple[str, str, int], list[float]] = {}
    for site in rows_of(_sites(housing)):
        areas = {
            Phase.PRIMARY: site.area_code,
            Phase.SECONDARY: site.secondary_area or feeds.get(site.area_code, ""),
        }
        secured = {Phase.PRIMARY: site.secured_places_primary, Phase.SECONDARY: site.secured_places_secondary}
        worth = {phase: _worth(float(np.nan_to_num(secured[phase])), phase, rates) for phase in PHASES}
        whole = sum(worth.values())
        shares = {phase: worth[phase] / whole for phase in PHASES if worth[phase] > 0} if whole else {}
        for phase, share in shares.items():
            cell = summed.setdefault((areas[phase], phase.value, int(site.contribution_year)), [0.0, 0.0])
            cell[0] += float(secured[phase])
            cell[1] += site.contribution * share
        if not shares:
            cell = summed.setdefault((site.area_code, "", int(site.contribution_year)), [np.nan, 0.0])
            cell[1] += site.contribution
    return [
        (area, phase, year, places, amount)
        for (area, phase, year), (places, amount) in sorted(summed.items())
    ]


def _sites(housing: pd.DataFrame) -> pd.DataFrame:
    """One row for each contribution: financial years split a row of the file in two, which say the same sum twice."""
    stated = housing[housing["contribution"].notna() & housing["contribution_year"].notna()]
    return stated.drop_duplicates(["site_id", "row"])


def _worth(places: float, phase: Phase, rates: Rates) -> float:
    rate = rates.of("permanent_place", phase)
    return places * (rate.amount if rate else 1.0)


def _gap(
    area: str, phase: str, paid: list[tuple[str, str, int, float, float]], totals: pd.DataFrame, rates: Rates
) -> Iterator[Row]:
    """The running gap of one area and phase, over the years of the forecast."""
    rate = rates.of("permanent_place", Phase(phase))
    cells = totals[(totals["area_code"] == area) & (totals["phase"] == phase)]
    if rate is None or cells.empty:
        return
    for cell, highest in zip(rows_of(cells), cells["need"].cummax(), strict=True):
        year = int(cell.academic_year[:4])
        received = sum(row[4] for row in paid if row[:2] == (area, phase) and row[2] <= year)
        if np.isfinite(highest):
            amount = received - highest * rate.amount
            yield _row(area, phase, year, "contributions_gap", highest, amount) | {
                "rate": rate.amount,
                "rate_source": f"{SOURCE}; {rate.source}",
            }


def _row(area: str, phase: str, year: int, item: str, places: float, amount: float) -> Row:
    return {
        "area_code": area, "phase": phase, "academic_year": str(AcademicYear(year)), "item": item,
        "places": places, "rate": np.nan, "rate_source": SOURCE, "amount": amount,
    }  # fmt: skip
