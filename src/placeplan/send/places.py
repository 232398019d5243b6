"""Commissioned places against residents who need one in the area, by setting and phase.

    short[d] = demand[d] - (places - used by others), counted where above nothing
    chance   = share of draws d in which short is above nothing

Places stand by phase where every row of a setting says its phase, or its school's year groups are known: then they are
shared out over phases by year groups. Else the setting is one. A setting without places for the sixth form serves it with
those for secondary. The last year of places of a setting is carried forward.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.send.area import PHASE_AGES, Placed
from placeplan.send.funding import BY_PLACE, paid_by
from placeplan.send.tables import SETTINGS
from placeplan.tables import rows_of
from placeplan.years import AcademicYear, Phase

SHARED = "alternative_provision"
"""The setting whose places pupils without a plan use too."""
TOTAL = "total"
COLUMNS = ["setting", "phase", "academic_year", "residents", "in_area", "out_of_area", "places", "used_by_others",
           "surplus", "probability_of_shortfall", "expected_short", "p10", "p90", "demand"]  # fmt: skip
YearGroups = Mapping[str, tuple[int, int]]
"""First and last year group taught, by URN."""


@dataclass(frozen=True)
class Cell:
    """Places and demand of one setting, in one phase or (``total``) in all: what is set beside each other."""

    setting: str
    phase: str
    demand: Array
    """Residents who need a place in the area, (years,)."""
    drawn: Array
    """The same, (draws, years)."""
    places: Array
    """All places, (years,)."""
    others: Array
    """Those that other authorities use, (years,)."""

    @property
    def free(self) -> Array:
        """Places for the authority's own residents, (years,)."""
        own: Array = self.places - self.others
        return own


def cells_of(
    commissioned: pd.DataFrame, groups: YearGroups, base: AcademicYear, central: Placed, drawn: Placed
) -> list[Cell]:
    """Return what is set beside each other, in the order of settings and phases; settings of unknown demand are left out."""
    cells = []
    years = [int(base) + 1 + at for at in range(len(central.inside))]
    for at, setting in enumerate(SETTINGS):
        own = commissioned[(commissioned["setting"] == setting) & commissioned["places"].notna()]
        if setting == SHARED or paid_by(setting) != BY_PLACE or np.isnan(central.inside[:, at]).any():
            continue
        spread = by_phase(own, groups)
        if not (own["academic_year"] <= years[0]).any():
            continue
        for phase, ages in {TOTAL: slice(None)}.items() if spread is None else _served(spread).items():
            rows = own if spread is None else spread[spread["phase"] == phase]
            supply = _carried(rows, own, years)
            inside = central.inside[:, at, ages].sum(axis=-1), drawn.inside[..., at, ages].sum(axis=-1)
            cells.append(Cell(setting, phase, *inside, supply[:, 0], supply[:, 1]))
    return cells


def _served(places: pd.DataFrame) -> dict[str, slice]:
    """Return the ages that places of each phase serve: secondary ones the sixth form too, where it has none of its own."""
    if (places["phase"] == "sixth_form").any():
        return PHASE_AGES
    return {"primary": PHASE_AGES["primary"], "secondary": slice(PHASE_AGES["secondary"].start, None)}


def by_phase(rows: pd.DataFrame, groups: YearGroups) -> pd.DataFrame | None:
    """Return rows that each have a phase, shared out by year groups of the school where they had none; None if unknown."""
    whole = []
    for row in rows_of(rows):
        span = groups.get(str(row.urn)) if not row.phase else None
        if not row.phase and span is None:
            return None
        shares = {row.phase: 1.0} if span is None else _shares(*span)
        whole += [
            (row.academic_year, phase, row.places * share, np.nan_to_num(row.places_used_by_others) * share)
            for phase, share in shares.items()
        ]
    return pd.DataFrame(whole, columns=["academic_year", "phase", "places", "places_used_by_others"])


def _shares(low: int, high: int) -> dict[str, float]:
    taught = {
        phase.value: len([group for group in phase.year_groups if low <= group <= high]) for phase in Phase
    }
    return {phase: count / sum(taught.values()) for phase, count in taught.items() if count}


def shared_places(commissioned: pd.DataFrame, base: AcademicYear, years: int) -> Array:
    """Return places of alternative provision of the years ahead, (years,); NaN where none are known."""
    own = commissioned[(commissioned["setting"] == SHARED) & commissioned["places"].notna()]
    ahead = [int(base) + 1 + at for at in range(years)]
    if not (own["academic_year"] <= ahead[0]).any():
        return np.full(years, np.nan)
    places: Array = _carried(own, own, ahead)[:, 0]
    return places


def _carried(rows: pd.DataFrame, own: pd.DataFrame, years: list[int]) -> Array:
    """Return places and those used by others of the last year up to each year that the setting has, (years, 2)."""
    known = np.unique(own["academic_year"].to_numpy(dtype=int))
    last = known[np.searchsorted(known, years, side="right") - 1]
    now = rows["academic_year"].to_numpy(dtype=int) == last[:, None]
    counts = rows[["places", "places_used_by_others"]].to_numpy(dtype=float)
    return np.asarray(now @ np.nan_to_num(counts))


def chance_of_shortfall(demand: Array, places: float | Array) -> float:
    """Return the share of draws in which demand exceeds places."""
    return float(np.mean(demand > places))


def expected_short(demand: Array, places: float | Array) -> float:
    """Return the children beyond places, on average over draws."""
    return float(np.maximum(demand - places, 0.0).mean())


def places_table(base: AcademicYear, central: Placed, cells: list[Cell]) -> pd.DataFrame:
    """Return send_places.csv: residents by setting, phase and year, in the area and out, and places where they are known."""
    held = {(cell.setting, cell.phase): cell for cell in cells}
    rows: list[dict[str, Any]] = []
    for at, setting in enumerate(SETTINGS):
        own = [cell for cell in cells if cell.setting == setting]
        if len(own) > 1:
            held[setting, TOTAL] = together(own)
        for phase, ages in {**PHASE_AGES, TOTAL: slice(None)}.items():
            residents = central.stock[:, at, ages].sum(axis=-1)
            inside = central.inside[:, at, ages].sum(axis=-1)
            for year in range(len(residents)):
                rows.append(
                    {
                        "setting": setting, "phase": phase, "academic_year": str(base + (year + 1)),
                        "residents": residents[year], "in_area": inside[year],
                        "out_of_area": residents[year] - inside[year], **_beside(held.get((setting, phase)), year),
                    }
                )  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def together(cells: list[Cell]) -> Cell:
    """Return phases of a setting as one."""
    demand, drawn, places, others = (
        np.sum([getattr(cell, name) for cell in cells], axis=0)
        for name in ("demand", "drawn", "places", "others")
    )
    return Cell(cells[0].setting, TOTAL, demand, drawn, places, others)


def _beside(cell: Cell | None, year: int) -> dict[str, float]:
    if cell is None:
        return {}
    free = cell.free[year]
    low, high = np.quantile(cell.drawn[:, year], (0.1, 0.9))
    return {
        "places": cell.places[year], "used_by_others": cell.others[year], "surplus": free - cell.demand[year],
        "probability_of_shortfall": chance_of_shortfall(cell.drawn[:, year], free),
        "expected_short": expected_short(cell.drawn[:, year], free), "p10": float(low), "p90": float(high),
        "demand": cell.demand[year],
    }  # fmt: skip
