"""The judgement of officers: what the table adjustments adds to the forecast, cell by cell, and what came of it.

    amount[i] = the pupils given, or percent / 100 x (baseline + housing) of the cell of the area, or of the school

Every row stands for one year and one year group and is not carried into the next; rows of one cell add up. An adjustment
of a school is one of its area too, so that schools still add up to areas. No cell falls below 0: rows that take off more
than is there are cut in proportion. The history is never touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.demand.schools import SchoolShares
from placeplan.demand.survival import Stage
from placeplan.keydates import census_day
from placeplan.problems import Finding
from placeplan.register import Register
from placeplan.years import AcademicYear, Phase, year_group_label


@dataclass(frozen=True)
class Adjustments:
    """The rows that hold, and what they come to.

    ``rows``: rows of the table in the years ahead, as given. ``stage``: phase of the stage of each; ``area``: place of its
    area in the stage; ``site``: place among the stage's schools, -1 for the whole area; ``group``: place of the year group;
    ``year``: years ahead less 1; ``amount``: pupils, after the cut at 0. ``by_area``: by stage (areas, year groups, years);
    ``by_site``: by stage, the part of it that belongs to single schools (schools, year groups, years).
    """

    rows: pd.DataFrame
    stage: tuple[Phase, ...] = ()
    area: Array = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    site: Array = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    group: Array = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    year: Array = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    amount: Array = field(default_factory=lambda: np.zeros(0))
    by_area: Mapping[Phase, Array] = field(default_factory=dict)
    by_site: Mapping[Phase, Array] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def known_rows(table: pd.DataFrame, base_year: AcademicYear, horizon: int, as_of_now: bool) -> pd.DataFrame:
    """Return the rows in the years ahead that were decided by the census of an earlier base year (all, as of now)."""
    ahead = (table["academic_year"] > base_year) & (table["academic_year"] <= base_year + horizon)
    known = table["made_on"] <= np.datetime64(census_day(base_year))
    return table[ahead & (known | as_of_now)].reset_index(drop=True)


def adjust(
    rows: pd.DataFrame,
    register: Register,
    stages: Mapping[Phase, Stage],
    shares: Mapping[Phase, SchoolShares],
    before: Mapping[Phase, Array],
    site_before: Mapping[Phase, Array],
    base_year: AcademicYear,
) -> Adjustments:
    """Return what the rows come to.

    ``before``: baseline and housing by stage, (areas, year groups, years ahead); ``site_before``: the same of the schools.
    """
    placed = [_placed(row, register, stages, shares) for row in rows.to_dict("records")]
    found = np.array([place is not None for place in placed], dtype=bool)
    lost, rows = rows[~found], rows[found].reset_index(drop=True)
    held = [place for place in placed if place is not None]
    stage = tuple(place[0] for place in held)
    area, site, group = (np.array([place[n] for place in held], dtype=np.int64) for n in (1, 2, 3))
    year = rows["academic_year"].to_numpy(np.int64) - int(base_year) - 1
    cells = Adjustments(rows, stage, area, site, group, year)
    asked = _asked(cells, before, site_before)
    amount, by_area, by_site = _amounts(cells, asked, before, site_before)
    said = (*_lost_findings(lost), *_cut_findings(rows, asked, amount))
    return replace(cells, amount=amount, by_area=by_area, by_site=by_site, findings=said)


def _asked(cells: Adjustments, before: Mapping[Phase, Array], site_before: Mapping[Phase, Array]) -> Array:
    """Pupils that each row asks for: the number given, or its part of what the cell would hold."""
    size = np.array(
        [
            site_before[phase][s, g, y] if s >= 0 else before[phase][a, g, y]
            for phase, a, s, g, y in zip(
                cells.stage, cells.area, cells.site, cells.group, cells.year, strict=True
            )
        ]
    )
    given, percent = cells.rows["amount"], cells.rows["percent"]
    asked = np.where(given.notna(), given.fillna(0.0), percent.fillna(0.0) / 100.0 * size)
    return asked.astype(float)


def _amounts(
    cells: Adjustments, asked: Array, before: Mapping[Phase, Array], site_before: Mapping[Phase, Array]
) -> tuple[Array, dict[Phase, Array], dict[Phase, Array]]:
    """Return what is left of each row after the cut at 0, and the sums by cell of the areas and of single schools."""
    amount, by_area, by_site = asked.copy(), {}, {}
    for phase in dict.fromkeys(cells.stage):
        mine = np.array([one is phase for one in cells.stage])
        cell = (cells.area[mine], cells.group[mine], cells.year[mine])
        amount[mine] = _above_nothing(asked[mine], cell, before[phase])
        by_area[phase] = np.zeros(before[phase].shape)
        np.add.at(by_area[phase], cell, amount[mine])
        by_area[phase] = np.maximum(by_area[phase], -before[phase])
        own = mine & (cells.site >= 0)
        if own.any():
            by_site[phase] = np.zeros(site_before[phase].shape)
            np.add.at(by_site[phase], (cells.site[own], cells.group[own], cells.year[own]), amount[own])
    return amount, by_area, by_site


def _lost_findings(rows: pd.DataFrame) -> list[Finding]:
    """Say which rows name nothing that is forecast."""
    return [
        Finding(
            "adjustment-no-area",
            f"the adjustment {row['adjustment_id']} names no area or school that is forecast in "
            f"{group_words(int(row['year_group']))}",
            "adjustments", row=int(row["row"]), value=str(row["adjustment_id"]),
        )
        for row in rows.to_dict("records")
    ]  # fmt: skip


def _cut_findings(rows: pd.DataFrame, asked: Array, amount: Array) -> list[Finding]:
    """Say which rows take off more than is there."""
    return [
        Finding(
            "adjustment-below-nothing",
            f"the adjustment {rows['adjustment_id'].iloc[place]} takes off {-asked[place]:,.0f} pupils where "
            f"{-amount[place]:,.0f} are left; so many are taken off",
            "adjustments", row=int(rows["row"].iloc[place]), value=str(rows["adjustment_id"].iloc[place]),
        )
        for place in np.flatnonzero(np.abs(amount - asked) > 1e-9)
    ]  # fmt: skip


def _above_nothing(asked: Array, cell: tuple[Array, Array, Array], before: Array) -> Array:
    """Cut those that take off more than is there, in proportion, so that no cell falls below 0; ``asked``: (rows)."""
    added, taken = np.zeros(before.shape), np.zeros(before.shape)
    np.add.at(added, cell, np.maximum(asked, 0.0))
    np.add.at(taken, cell, np.maximum(-asked, 0.0))
    room = before + added
    keep = np.where(taken > room, np.divide(room, taken, out=np.ones_like(taken), where=taken > 0), 1.0)
    return np.where(asked < 0, asked * keep[cell], asked)


def group_words(group: int) -> str:
    """Return a year group in words."""
    return "Reception" if group == 0 else f"Year {year_group_label(group)}"


def _placed(
    row: Mapping[Any, Any],
    register: Register,
    stages: Mapping[Phase, Stage],
    shares: Mapping[Phase, SchoolShares],
) -> tuple[Phase, int, int, int] | None:
    """Stage, place of the area, place of the school (-1) and of the year group; None where nothing is forecast."""
    group = int(float(str(row["year_group"])))
    for phase, stage in stages.items():
        if group not in stage.groups:
            continue
        codes = list(register.areas["code"].iloc[stage.rows])
        urn = register.successors.get(str(row["urn"]), str(row["urn"]))
        if urn and phase in shares:
            sites = register.sites_of.get(urn, np.zeros(0, dtype=np.int64))
            own = np.flatnonzero(np.isin(shares[phase].sites, sites))
            if len(own):
                return phase, int(shares[phase].area[own[0]]), int(own[0]), stage.groups.index(group)
        elif row["area_code"] in codes:
            return phase, codes.index(str(row["area_code"])), -1, stage.groups.index(group)
    return None
