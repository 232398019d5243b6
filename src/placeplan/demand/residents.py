"""Resident demand beside demand at schools: who goes to an area's schools from where, and where an area's children go.

    home[a, h]   = 0.7^(years ago) weighted pupils at the schools of area a who live in h / the same sum over all homes
    residents[h] = sum over a of demand at the schools of a × home[a, h]

Residents are those at the authority's mainstream schools: who lives here and goes to school elsewhere is in no roll. An area
without rows of residence is taken to teach its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.demand.history import History
from placeplan.demand.links import RECENCY
from placeplan.demand.rebase import rebased
from placeplan.register import Register
from placeplan.tables import Inputs
from placeplan.years import YEAR_GROUP_COUNT, Phase, phase_of

OUTSIDE = "OUT"


@dataclass(frozen=True)
class Homes:
    """Where the pupils of each area's schools live: ``share`` (areas, areas and outside), rows adding up to 1.

    ``counted``: pupils of residence, (years and year groups, areas, areas and outside); ``years`` and ``groups`` name the
    first of these.
    """

    phase: Phase
    rows: Array
    years: Array
    groups: Array
    counted: Array
    share: Array


def homes_of(inputs: Inputs, register: Register, history: History) -> list[Homes]:
    """Return the homes by phase; none for a phase without rows of residence up to the base year."""
    if not inputs.has("residence"):
        return []
    rows = _located(inputs, register, history)
    made = []
    for phase in Phase:
        areas = register.area_rows(phase)
        place = {code: at for at, code in enumerate(register.areas["code"].iloc[areas])}
        part = rows[rows["of_phase"] == phase.value]
        school, home = part["area_code"].map(place), part["home_area"].map({**place, OUTSIDE: len(areas)})
        kept = (school.notna() & home.notna()).to_numpy()
        if not kept.any():
            continue
        cell = (part["academic_year"] * YEAR_GROUP_COUNT + part["year_group"]).to_numpy(np.int64)[kept]
        cells, at = np.unique(cell, return_inverse=True)
        years, groups = np.divmod(cells, YEAR_GROUP_COUNT)
        counted = np.zeros((len(cells), len(areas), len(areas) + 1))
        where = (at, school[kept].to_numpy(np.int64), home[kept].to_numpy(np.int64))
        np.add.at(counted, where, part["pupils"].to_numpy(float)[kept])
        weighted = np.tensordot(RECENCY ** (int(history.base_year) - years), counted, axes=1)
        whole = weighted.sum(axis=1, keepdims=True)
        own = np.eye(len(areas), len(areas) + 1)
        share = np.where(whole > 0, weighted / np.where(whole > 0, whole, 1.0), own)
        made.append(Homes(phase, areas, years, groups, counted, share))
    return made


def _located(inputs: Inputs, register: Register, history: History) -> pd.DataFrame:
    """Rows of residence on the areas of the base year, with the area of the school and the phase."""
    table = inputs.table("residence")
    table = table[table["pupils"].notna() & (table["academic_year"] <= history.base_year)]
    groups = table["year_group"].astype(int)
    table = table.assign(
        of_phase=[phase_of(group).value for group in groups],
        phase=[phase_of(group).area_phase.value for group in groups],
    )
    site = register.locate(table["urn"], pd.Series("", index=table.index))
    codes = np.append(register.areas["code"].to_numpy(dtype=object), "")
    if len(register.sites) and len(table):
        area = register.site_areas()[np.maximum(site, 0), groups.to_numpy()]
        of_school = codes[np.where(site >= 0, area, -1)]
        table = table.assign(area_code=np.where(table["urn"] != "", of_school, table["area_code"]))
    changes = inputs.table("area_changes")
    for side in ("home_area", "area_code"):
        table = rebased(table, changes, register, history.base_year, area=side)
    return table
