"""The rolls that came, on today's geography, as far as they were really counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.demand.history import History, build_history
from placeplan.demand.tally import with_total
from placeplan.project import Project
from placeplan.register import Register, build_register
from placeplan.tables import Inputs
from placeplan.years import YEAR_GROUP_COUNT, YEAR_SEVEN, AcademicYear, Phase

MOST_ESTIMATED = 0.05
"""A roll of which more than this share was estimated from neighbouring years judges no forecast."""


@dataclass(frozen=True)
class Outcomes:
    """Rolls that came: ``pupils`` and the part of them that was ``estimated``, both (areas, year groups, years)."""

    register: Register
    history: History
    pupils: Array
    estimated: Array

    def of(self, rows: Array, groups: list[int], years: Array) -> Array:
        """Rolls of areas and of the authority last, (areas + 1, year groups and total, years); NaN where not counted."""
        cell = np.ix_(rows, np.array(groups), years - self.history.years[0])
        pupils, estimated = (_with_whole(with_total(roll[cell], 1)) for roll in (self.pupils, self.estimated))
        return np.where(estimated > MOST_ESTIMATED * pupils, np.nan, pupils)

    def rolls(self) -> pd.DataFrame:
        """The authority's phase totals as they came: phase, academic_year, pupils."""
        years, parts = self.history.years, []
        for phase in Phase:
            groups = self.history.groups_taught(phase)
            if groups:
                came = self.of(self.register.area_rows(phase), groups, years)[-1, -1]
                parts.append(pd.DataFrame({"phase": phase.value, "academic_year": years, "pupils": came}))
        return pd.concat(parts, ignore_index=True).dropna(subset=["pupils"])


def outcomes(inputs: Inputs, project: Project, last_year: AcademicYear) -> Outcomes:
    """Return the rolls up to the last year on the geography of that year."""
    register = build_register(inputs, last_year)
    history = build_history(inputs, register, last_year, project.census)
    pupils = history.area_roll.copy()
    silent = _silent(inputs.table("rolls"), register, history, project.census)
    pupils[np.broadcast_to(silent[:, None, :], pupils.shape)] = np.nan
    by_area = np.where(history.area_estimated, np.nan_to_num(pupils), 0.0)
    estimated = np.where(history.by_site[:, None, None], _estimated_in_schools(history, register), by_area)
    return Outcomes(register, history, pupils, estimated)


def _silent(rolls: pd.DataFrame, register: Register, history: History, census: str) -> Array:
    """Whether an area that has had pupils gave no roll in a year, (areas, years); a roll of 0 is one that came."""
    counted = rolls[(rolls["census"] == census) & (rolls["urn"] == "") & rolls["pupils"].notna()]
    phases = np.where(counted["year_group"] < YEAR_SEVEN, Phase.PRIMARY.value, Phase.SECONDARY.value)
    given = set(zip(counted["area_code"], phases, counted["academic_year"], strict=True))
    areas = zip(register.areas["code"], register.areas["phase"], strict=True)
    absent = [[(code, phase, year) not in given for year in history.years] for code, phase in areas]
    pupils = np.nansum(history.area_roll, axis=1)
    had_some = ~history.by_site & (pupils.sum(axis=1) > 0)
    silent: Array = had_some[:, None] & (pupils == 0) & np.array(absent, dtype=bool)
    return silent


def unsettled(changes: pd.DataFrame, register: Register, origin: AcademicYear) -> set[tuple[str, str]]:
    """Code and phase of areas whose borders moved after the origin although the old area still exists.

    Their earlier rolls cannot be told on today's geography, so they judge no forecast of their own.
    """
    present = set(zip(register.areas["code"], register.areas["phase"], strict=True))
    later = changes[changes["from_year"] > origin]
    moved = zip(later["old_area"], later["new_area"], later["phase"], strict=True)
    return {(code, phase) for old, new, phase in moved if (old, phase) in present for code in (old, new)}


def year_groups(made: list[int], found: Outcomes, phase: Phase) -> list[int]:
    """Year groups of a phase that were forecast or came."""
    return sorted(
        {group for group in made if group in phase.year_groups} | set(found.history.groups_taught(phase))
    )


def _estimated_in_schools(history: History, register: Register) -> Array:
    """Pupils whose schools' rolls were blank, (areas, year groups, years)."""
    total = np.zeros_like(history.area_roll)
    area = register.site_areas()
    roll = np.where(history.site_estimated, np.nan_to_num(history.site_roll), 0.0)
    site, group = np.nonzero(area >= 0)
    np.add.at(total, (area[site, group], np.broadcast_to(np.arange(YEAR_GROUP_COUNT), area.shape)[site, group]),
              roll[site, group])  # fmt: skip
    return total


def _with_whole(cells: Array) -> Array:
    return np.concatenate([cells, cells.sum(axis=0, keepdims=True)])
