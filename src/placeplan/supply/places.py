"""Places of each school site by year group and year, in three measures that are never mixed silently.

``capacity`` is assessed; by year group where given, else the sixth form's own figure to the sixth form and the rest over
the year groups in proportion to their PANs, else equally. ``pan`` is the admission number of the year in which a cohort
entered, carried up with it; an admission number into a later year group (7, 12) adds from there up. ``usable`` is what
could really be offered, spread like capacity. The last known figure carries forward.

Arrays are (sites, year groups, years), years from the base year on, NaN where a measure is not known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.register import Register
from placeplan.tables import Inputs
from placeplan.years import YEAR_GROUP_COUNT, YEAR_TWELVE, AcademicYear

MEASURES = ("capacity", "pan", "usable")


@dataclass(frozen=True)
class SitePlaces:
    """Places before planned changes: the three measures by name, and the measure that each site is counted by.

    ``years``: start years from the base year on. ``reached``: (sites, year groups, years), whether a year group is in
    use: a school filling from the bottom has not reached its upper ones. ``counted_by``: per site, the project's
    measure or the fallback used, empty where the site has none.
    """

    years: Array
    measures: dict[str, Array]
    reached: Array
    counted_by: Array

    @property
    def chosen(self) -> Array:
        """Places by the measure that counts at each site."""
        chosen = np.full(self.reached.shape, np.nan)
        for name, cells in self.measures.items():
            chosen = np.where((self.counted_by == name)[:, None, None], cells, chosen)
        return chosen


def site_places(
    inputs: Inputs,
    register: Register,
    base_year: AcademicYear,
    horizon: int,
    base_roll: Array,
    measure: str,
    fallback: list[str],
    determined_to: AcademicYear,
) -> SitePlaces:
    """Return the places of every site for the base year and ``horizon`` years after it.

    ``base_roll``: (sites, year groups) pupils of the base year. Figures for years after ``determined_to`` are not yet
    known; admission numbers are determined a year ahead, so theirs are known one year further.
    """
    years = np.arange(base_year, base_year + horizon + 1)
    reached = _reached(register, base_roll, years)
    pan = _carried_pan(inputs.table("admission_numbers"), register, years, determined_to + 1)
    capacity_rows = inputs.table("capacity")
    capacity_rows = capacity_rows[capacity_rows["academic_year"] <= determined_to]
    measures = {
        "capacity": _spread(capacity_rows, "capacity", register, years, pan) * reached,
        "pan": pan * reached,
        "usable": _spread(capacity_rows, "usable", register, years, pan) * reached,
    }
    counted_by = np.full(len(register.sites), "", dtype=object)
    for name in [*reversed(fallback), measure]:
        known = np.isfinite(measures[name]).any(axis=(1, 2))
        counted_by[known] = name
    return SitePlaces(years, measures, reached, counted_by)


def _reached(register: Register, base_roll: Array, years: Array) -> Array:
    """Year groups in use: in range, the school open, and, while it fills from the bottom, cohorts have come so far."""
    in_range, is_open = register.in_range(), register.is_open(years)
    groups = np.arange(YEAR_GROUP_COUNT)
    low, high = register.sites["low"].to_numpy(), register.sites["high"].to_numpy()
    opened = register.sites["open_year"].to_numpy()
    has_roll = base_roll.sum(axis=1) > 0
    top = np.where(has_roll, YEAR_GROUP_COUNT - 1 - (base_roll[:, ::-1] > 0).argmax(axis=1), low - 1)
    young = (opened <= years[0]) & (years[0] - opened < high - low) & has_roll & (top < high)
    coming = (opened > years[0]) & ~has_roll
    top = np.where(coming, low + years[0] - np.nan_to_num(opened), top)
    limit = np.where(young | coming, top, YEAR_GROUP_COUNT)
    grown = groups[None, :, None] <= limit[:, None, None] + (years - years[0])[None, None, :]
    return in_range[:, :, None] & is_open[:, None, :] & grown


def _spread(rows: pd.DataFrame, column: str, register: Register, years: Array, pan: Array) -> Array:
    """Spread a school's figure over its year groups, the last known figure carried forward; 0 outside its range."""
    sites = len(register.sites)
    rows = rows[rows[column].notna()]
    site = register.locate(rows["urn"], rows["site_id"])
    rows, site = rows[site >= 0], site[site >= 0]
    first = int(min(rows["academic_year"].min(), years[0])) if len(rows) else int(years[0])
    span = int(years[-1]) - first + 1
    when = rows["academic_year"].to_numpy(np.int64) - first
    inside = (when >= 0) & (when < span)
    rows, site, when = rows[inside], site[inside], when[inside]
    by_group = rows["year_group"].notna().to_numpy()
    total = _placed(rows, column, ~by_group, (site, when), (sites, span))
    sixth = _placed(rows, "sixth_form_capacity", ~by_group, (site, when), (sites, span))
    group = rows["year_group"].fillna(0).to_numpy(np.int64)
    single = _placed(rows, column, by_group, (site, group, when), (sites, YEAR_GROUP_COUNT, span))
    last = _last_stated(np.isfinite(total) | np.isfinite(single).any(axis=1))[:, int(years[0]) - first :]
    known = last >= 0
    at = np.maximum(last, 0)
    total, sixth = np.take_along_axis(total, at, 1), np.take_along_axis(sixth, at, 1)
    single = np.take_along_axis(
        single, np.broadcast_to(at[:, None], (sites, YEAR_GROUP_COUNT, at.shape[1])), 2
    )
    spread = _shared_out(
        total, sixth if column == "capacity" else np.full(sixth.shape, np.nan), single, register, pan
    )
    return np.where(known[:, None, :], spread, np.nan)


def _placed(
    rows: pd.DataFrame, column: str, chosen: Array, at: tuple[Array, ...], shape: tuple[int, ...]
) -> Array:
    placed = np.full(shape, np.nan)
    placed[tuple(index[chosen] for index in at)] = rows[column].to_numpy(float)[chosen]
    return placed


def _last_stated(stated: Array) -> Array:
    """Index of the last stated year up to each year, -1 before the first, shape (sites, years)."""
    return np.maximum.accumulate(np.where(stated, np.arange(stated.shape[1]), -1), axis=1)


def _shared_out(total: Array, sixth: Array, single: Array, register: Register, pan: Array) -> Array:
    """Year groups that are stated keep their figure; the sixth form takes its own; the others share the rest."""
    in_range = register.in_range()[:, :, None]
    upper = (np.arange(YEAR_GROUP_COUNT) >= YEAR_TWELVE)[None, :, None]
    stated = np.isfinite(single)
    own_sixth = np.isfinite(sixth)[:, None, :] & upper
    rest = np.nan_to_num(total) - np.nan_to_num(sixth) - np.nansum(single, axis=1)
    open_cells = in_range & ~stated & ~own_sixth
    lower_part = _in_proportion(np.maximum(rest, 0.0), open_cells, pan)
    sixth_part = _in_proportion(
        np.nan_to_num(sixth), in_range & ~stated & own_sixth, np.full(pan.shape, np.nan)
    )
    return np.where(stated, single, lower_part + sixth_part)


def _in_proportion(amount: Array, cells: Array, pan: Array) -> Array:
    """Share an amount (sites, years) over cells in proportion to their PANs where all are known, else equally."""
    cells = np.broadcast_to(cells, pan.shape)
    with_pan = np.where(cells, np.nan_to_num(pan), 0.0)
    usable = (np.isfinite(pan) | ~cells).all(axis=1) & (with_pan.sum(axis=1) > 0)
    weight = np.where(usable[:, None, :], with_pan, cells.astype(float))
    whole = weight.sum(axis=1)
    return weight * np.where(whole > 0, amount / np.where(whole > 0, whole, 1.0), 0.0)[:, None, :]


def _carried_pan(rows: pd.DataFrame, register: Register, years: Array, known_to: int) -> Array:
    """Admission numbers of the year in which each cohort entered, carried up through the range."""
    rows = rows[rows["pan"].notna() & (rows["academic_year"] <= known_to)]
    site = register.locate(rows["urn"], rows["site_id"])
    rows, site = rows[site >= 0], site[site >= 0]
    sites = len(register.sites)
    first = int(years[0]) - YEAR_GROUP_COUNT
    if len(rows):
        first = min(first, int(rows["academic_year"].min()))
    span = int(years[-1]) - first + 1
    when = rows["academic_year"].to_numpy(np.int64) - first
    kept = when < span
    stated = np.full((sites, YEAR_GROUP_COUNT, span), np.nan)
    stated[site[kept], rows["year_group"].to_numpy(np.int64)[kept], when[kept]] = rows["pan"].to_numpy()[kept]
    number = _filled(stated)
    in_range = register.in_range()
    carried = np.zeros((sites, YEAR_GROUP_COUNT, len(years)))
    known = np.zeros(sites, dtype=bool)
    for entry in range(YEAR_GROUP_COUNT):
        has = np.isfinite(number[:, entry]).any(axis=1)
        known |= has
        for group in range(entry, YEAR_GROUP_COUNT):
            entered = np.arange(len(years)) + int(years[0]) - first - (group - entry)
            carried[has, group] += number[has, entry][:, entered]
    carried = carried * in_range[:, :, None]
    return np.where(known[:, None, None], carried, np.nan)


def _filled(stated: Array) -> Array:
    """Carry each number forward to the next stated one; before the first, the first holds."""
    seen = np.isfinite(stated)
    place = np.arange(stated.shape[2])
    forward = np.maximum.accumulate(np.where(seen, place, -1), axis=2)
    first = np.where(seen.any(axis=2), seen.argmax(axis=2), 0)
    return np.take_along_axis(stated, np.where(forward >= 0, forward, first[:, :, None]), axis=2)
