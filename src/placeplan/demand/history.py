"""The rolls as used: one array by school site and one by planning area, on the geography of the base year.

Blank is unknown and 0 is none. An unknown roll between known ones is estimated from its own cohort a year
earlier and a year later; a year group that a school does not teach, and a school that is not open, count as none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.demand.rebase import rebased
from placeplan.problems import Finding
from placeplan.register import Register
from placeplan.tables import Inputs, rows_of
from placeplan.years import YEAR_GROUP_COUNT, AcademicYear, Phase


@dataclass(frozen=True)
class History:
    """Rolls up to the base year.

    ``years``: start years (years). ``site_roll``: (sites, year groups, years), none where a site had no pupils, and where
    ``site_unknown`` says that nobody knows.
    ``area_roll``: (areas, year groups, years), NaN where nobody can know. ``site_estimated`` and
    ``area_estimated`` mark cells that were not counted. ``by_site``: areas whose rolls come from schools.
    ``left_out``: pupils of the base year at schools outside mainstream.
    """

    years: Array
    site_roll: Array
    site_estimated: Array
    site_unknown: Array
    area_roll: Array
    area_estimated: Array
    by_site: Array
    left_out: float
    findings: tuple[Finding, ...]

    @property
    def base_year(self) -> AcademicYear:
        """The last year of the history."""
        return AcademicYear(self.years[-1])

    def groups_taught(self, phase: Phase) -> list[int]:
        """Year groups of a phase that anyone in the authority has had on roll."""
        taught = np.nansum(self.area_roll, axis=(0, 2)) > 0
        return [group for group in phase.year_groups if taught[group]]


def build_history(inputs: Inputs, register: Register, base_year: AcademicYear, census: str) -> History:
    """Return the history that the rolls of one census give, up to the base year."""
    rolls = inputs.table("rolls")
    rolls = rolls[(rolls["census"] == census) & (rolls["academic_year"] <= base_year)]
    years = np.arange(int(rolls["academic_year"].min()), base_year + 1)
    schools = rolls[rolls["urn"] != ""]
    site = register.locate(schools["urn"], schools["site_id"])
    site_roll, site_given = _tally(schools[site >= 0], site[site >= 0], len(register.sites), years)
    outside = schools[(site < 0) & (schools["academic_year"] == base_year)]["pupils"].sum()

    area_rows = _on_present_areas(
        rolls[rolls["urn"] == ""], inputs.table("area_changes"), register, base_year
    )
    own_roll, own_given = _tally(area_rows, area_rows["area"].to_numpy(np.int64), len(register.areas), years)
    site_roll, site_estimated, site_unknown = _completed(site_roll, site_given, register, years)
    site_roll, taken = _known_at_base(np.where(site_unknown, np.nan, site_roll))
    site_roll, site_unknown[:, :, -1] = np.nan_to_num(site_roll), False
    site_estimated[:, :, -1] |= taken
    own_roll, own_estimated, own_unknown = _completed(own_roll, own_given, None, years)

    shape = (len(register.areas), YEAR_GROUP_COUNT, len(years))
    from_sites = _sum_by_area(site_roll, register, shape)
    sites_given = _sum_by_area((site_given != ABSENT).astype(float), register, shape) > 0
    unknown = _sum_by_area(site_unknown.astype(float), register, shape) > 0
    estimated = _sum_by_area(site_estimated.astype(float), register, shape) > 0
    by_site = np.asarray(sites_given.any(axis=(1, 2)))
    use_sites = sites_given | (by_site[:, None, None] & (own_given == ABSENT))
    area_roll = np.where(
        use_sites, np.where(unknown, np.nan, from_sites), np.where(own_unknown, np.nan, own_roll)
    )
    area_estimated = np.where(use_sites, estimated, own_estimated)
    area_roll, filled = _known_at_base(area_roll)
    area_estimated[:, :, -1] |= filled
    findings = _findings(register, area_estimated)
    return History(
        years,
        site_roll,
        site_estimated,
        site_unknown,
        area_roll,
        area_estimated,
        by_site,
        float(outside),
        findings,
    )


ABSENT, BLANK, KNOWN = 0, 1, 2


def _tally(rows: pd.DataFrame, unit: Array, units: int, years: Array) -> tuple[Array, Array]:
    """Sum pupils by unit, year group and year; the second array says whether a cell was given, blank or absent."""
    roll = np.zeros((units, YEAR_GROUP_COUNT, len(years)))
    given = np.full(roll.shape, ABSENT, dtype=np.int8)
    group = rows["year_group"].to_numpy(np.int64)
    year = rows["academic_year"].to_numpy(np.int64) - years[0]
    pupils = rows["pupils"].to_numpy(float)
    np.add.at(roll, (unit, group, year), np.nan_to_num(pupils))
    np.maximum.at(given, (unit, group, year), np.where(np.isnan(pupils), BLANK, KNOWN).astype(np.int8))
    return roll, given


def _on_present_areas(
    rows: pd.DataFrame, changes: pd.DataFrame, register: Register, base_year: AcademicYear
) -> pd.DataFrame:
    """Rows given by area, with the row of their area in the register."""
    index = {
        (code, phase): row
        for row, (code, phase) in enumerate(zip(register.areas["code"], register.areas["phase"], strict=True))
    }
    phase = np.where(rows["year_group"] < 7, Phase.PRIMARY.value, Phase.SECONDARY.value)
    rows = rebased(rows.assign(phase=phase), changes, register, base_year)
    code, codes = pd.factorize(rows["area_code"])
    named, phases = pd.factorize(rows["phase"])
    place = np.array([[index.get((name, kind), -1) for kind in phases] for name in codes], dtype=np.int64)
    rows = rows.assign(area=place.reshape(len(codes), len(phases))[code, named])
    return rows[rows["area"] >= 0]


def _completed(
    roll: Array, given: Array, register: Register | None, years: Array
) -> tuple[Array, Array, Array]:
    """Estimate what is missing between known rolls; return the rolls, what was estimated and what stays unknown.

    A cell is missing if it was given blank, or left out while the unit has that year group both before and
    after. Outside its first and last year a unit has no pupils, unless the register says that it was open.
    """
    known = given == KNOWN
    any_year = (given != ABSENT).any(axis=1)
    first = np.where(any_year.any(1), any_year.argmax(1), len(years))
    last = np.where(any_year.any(1), len(years) - 1 - any_year[:, ::-1].argmax(1), -1)
    place = np.arange(len(years))
    inside = (place >= first[:, None]) & (place <= last[:, None])
    taught = (roll * known).sum(axis=2) > 0
    before = np.maximum.accumulate(known & (roll > 0), axis=2)
    after = np.maximum.accumulate((known & (roll > 0))[:, :, ::-1], axis=2)[:, :, ::-1]
    missing = (
        taught[:, :, None] & inside[:, None, :] & ((given == BLANK) | ((given == ABSENT) & before & after))
    )

    value = np.where(missing, np.nan, roll)
    estimate = _mean_known(_from_cohort(value))
    estimate = np.where(np.isnan(estimate), _mean_known(_from_neighbour_years(value)), estimate)
    still = missing & np.isnan(estimate)
    roll = np.where(missing, np.nan_to_num(estimate), roll)
    unknown = still
    if register is not None:
        said_open = register.is_open(years) & register.sites["open_year"].notna().to_numpy()[:, None]
        unreported = said_open & any_year.any(1)[:, None] & (place < first[:, None])
        unknown = still | (unreported[:, None, :] & taught[:, :, None])
    elif len(roll):
        unknown = still | ((place < first[:, None])[:, None, :] & taught[:, :, None])
    return roll, missing & ~still, unknown


def _from_cohort(value: Array) -> Array:
    """The same cohort a year earlier and a year later, shape (2, units, year groups, years)."""
    near = np.full((2, *value.shape), np.nan)
    near[0, :, 1:, 1:] = value[:, :-1, :-1]
    near[1, :, :-1, :-1] = value[:, 1:, 1:]
    return np.where(near > 0, near, np.nan)


def _from_neighbour_years(value: Array) -> Array:
    """The same year group a year earlier and a year later, shape (2, units, year groups, years)."""
    near = np.full((2, *value.shape), np.nan)
    near[0, :, :, 1:] = value[:, :, :-1]
    near[1, :, :, :-1] = value[:, :, 1:]
    return near


def _mean_known(near: Array) -> Array:
    count = (~np.isnan(near)).sum(axis=0)
    return np.where(count > 0, np.nansum(near, axis=0) / np.maximum(count, 1), np.nan)


def _sum_by_area(by_site: Array, register: Register, shape: tuple[int, ...]) -> Array:
    total = np.zeros(shape)
    for phase_groups, group in ((range(0, 7), 0), (range(7, YEAR_GROUP_COUNT), 7)):
        area = register.area_of(group)
        placed = area >= 0
        groups = np.array(phase_groups)
        np.add.at(total, (area[placed][:, None], groups[None, :]), by_site[placed][:, groups])
    return total


def _known_at_base(rolls: Array) -> tuple[Array, Array]:
    """The forecast starts from the base year, so a cell that is unknown there takes its last known roll."""
    missing = np.isnan(rolls[:, :, -1])
    known = ~np.isnan(rolls)
    last = rolls.shape[2] - 1 - known[:, :, ::-1].argmax(axis=2)
    value = np.take_along_axis(rolls, last[:, :, None], axis=2)[:, :, 0]
    rolls = rolls.copy()
    rolls[:, :, -1] = np.where(missing, np.nan_to_num(value), rolls[:, :, -1])
    return rolls, missing


def _findings(register: Register, estimated: Array) -> tuple[Finding, ...]:
    found = []
    for row, area in enumerate(rows_of(register.areas)):
        cells = int(estimated[row].sum())
        if cells:
            message = f"{area.name} ({area.code}): {cells} roll cells were blank and are estimated from their cohort"
            found.append(Finding("roll-estimated", message, "rolls", value=area.code))
    return tuple(found)
