"""Places of each school site by year group and year, in three measures that are never mixed silently.

``capacity`` is assessed; by year group where given, else the sixth form's own figure to the sixth form and the rest over
the year groups in proportion to their PANs, else equally. ``pan`` is the admission number of the year in which a cohort
entered, carried up with it; an admission number into a later year group (7, 12) adds from there up. ``usable`` is what
could really be offered, spread like capacity. The last known figure carries forward. Which measure counts is decided cell
by cell: the project's own where it is known, else the first of its fallbacks that is.

Arrays are (sites, year groups, years), years from the base year on, NaN where a measure is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

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
    use: a school filling from the bottom has not reached its upper ones. ``order``: the project's measure, then its
    fallbacks.
    """

    years: Array
    measures: dict[str, Array]
    reached: Array
    order: tuple[str, ...]

    @cached_property
    def counted(self) -> Array:
        """Place in ``order`` of the measure that counts, (sites, year groups, years), -1 where none is known."""
        known = np.stack([np.isfinite(self.measures[name]) for name in self.order])
        return np.where(known.any(axis=0), known.argmax(axis=0), -1)

    @cached_property
    def chosen(self) -> Array:
        """Places by the measure that counts."""
        return self.of_counted(self.measures, np.nan)

    def of_counted(self, by_measure: Mapping[str, Array], unknown: float, site: int | None = None) -> Array:
        """Take each cell (of one site, or of all) from the measure that counts there."""
        counted = self.counted if site is None else self.counted[site]
        found = np.full(counted.shape, unknown)
        for place, name in enumerate(self.order):
            found = np.where(counted == place, by_measure[name], found)
        return found

    @cached_property
    def counted_by(self) -> Array:
        """Per site, the last measure in ``order`` that counts for any year group in use, empty where none does."""
        last = np.where(self.reached, self.counted, -1).max(axis=(1, 2), initial=-1)
        return np.array([*self.order, ""], dtype=object)[last]


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
    known.
    """
    years = np.arange(base_year, base_year + horizon + 1)
    reached = _reached(register, base_roll, years)
    pan = _carried_pan(inputs.table("admission_numbers"), register, years, determined_to)
    capacity_rows = inputs.table("capacity")
    capacity_rows = capacity_rows[capacity_rows["academic_year"] <= determined_to]
    capacity = _spread(capacity_rows, "capacity", register, years, pan)
    assessed = np.isfinite(capacity).all(axis=1, keepdims=True)
    usable = _spread(capacity_rows, "usable", register, years, np.where(assessed, capacity, pan))
    numbers = inputs.table("admission_numbers")
    measures = {
        "capacity": _over_sites(capacity, capacity_rows, register, base_roll) * reached,
        "pan": _over_sites(pan, numbers, register, base_roll) * reached,
        "usable": _over_sites(usable, capacity_rows, register, base_roll) * reached,
    }
    return SitePlaces(years, measures, reached, tuple(dict.fromkeys([measure, *fallback])))


def _over_sites(cells: Array, rows: pd.DataFrame, register: Register, base_roll: Array) -> Array:
    """Share a figure of a whole school over its sites as its pupils are, year group by year group, else equally.

    A figure without a site stands at the school's first one so far; a site with a figure of its own keeps it. A site in
    no planning area of a phase has none of the places of that phase.
    """
    whole = {register.successors.get(urn, urn) for urn in rows.loc[rows["site_id"] == "", "urn"]}
    cells = cells.copy()
    for urn, places in register.several_sites.items():
        if urn not in whole or not np.isnan(cells[places[1:]]).all():
            continue
        in_area = register.site_areas()[places] >= 0
        in_area = in_area | ~in_area.any(axis=0)
        roll = base_roll[places] * in_area
        of_site = roll.sum(axis=1, keepdims=True) * in_area
        weight = np.where(of_site.any(axis=0), of_site, in_area)
        weight = np.where(roll.any(axis=0), roll, weight)
        cells[places] = cells[places[0]] * (weight / weight.sum(axis=0))[:, :, None]
    return cells


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
    unstated = np.isnan(total) & np.isnan(sixth)
    lower_part = _in_proportion(np.maximum(rest, 0.0), open_cells, pan)
    sixth_part = _in_proportion(
        np.nan_to_num(sixth), in_range & ~stated & own_sixth, np.full(pan.shape, np.nan)
    )
    shared = np.where(unstated[:, None, :] & in_range, np.nan, lower_part + sixth_part)
    return np.where(stated, single, shared)


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
