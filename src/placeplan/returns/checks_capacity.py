"""Checks of the capacity and planned parts of a return: one small function for each, all over the same subject."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from placeplan.returns.basis import Basis
from placeplan.returns.build import Return, part_frame
from placeplan.returns.capacities import capacity_rows
from placeplan.returns.checkkinds import Found, kinds
from placeplan.returns.forecasts import wanted_years
from placeplan.tables import rows_of
from placeplan.years import AcademicYear, phase_of, read_year_group

LAST_OF_PHASE = {6, 11, 13, 14}


@dataclass(frozen=True)
class Subject:
    """A return and what it is checked against."""

    made: Return
    basis: Basis

    @property
    def base(self) -> AcademicYear:
        """The year of the rolls that the return stands on."""
        return self.basis.base_year

    def part(self, name: str) -> pd.DataFrame:
        """Return a part; without rows if the return lacks it."""
        found = self.made.parts.get(name)
        return part_frame(self.made.layout.parts[name], []) if found is None else found

    @cached_property
    def expected(self) -> pd.DataFrame:
        """The rows that the capacity part should have, from the project's tables."""
        return part_frame(self.made.layout.parts["capacity"], capacity_rows(self.basis))

    @cached_property
    def areas(self) -> set[tuple[str, str]]:
        """Code and phase of every planning area."""
        areas = self.basis.register.areas
        return set(zip(areas["code"], areas["phase"], strict=True))


def who(row: Any) -> str:
    """Name a row of the capacity part: URN, site and phase."""
    return " ".join(
        word for word in (row.urn, f"site {row.site_id}" if row.site_id else "", row.phase) if word
    )


def part_missing(subject: Subject) -> Iterator[Found]:
    """A part of the layout that the return does not have."""
    for name in subject.made.missing:
        part = subject.made.layout.parts[name]
        yield Found(
            "part-missing", name, 0, part.sheet, f"there is no sheet {part.sheet} and no file {part.file}"
        )
    for name in ("capacity", "forecasts"):
        if name not in subject.made.missing and subject.part(name).empty:
            sheet = subject.made.layout.parts[name].sheet
            yield Found("part-missing", name, 0, sheet, f"the sheet {sheet} has no rows")


def school_missing(subject: Subject) -> Iterator[Found]:
    """A mainstream school, site or phase of it that is not in the return."""
    if "capacity" in subject.made.missing:
        return
    given = subject.part("capacity")
    sites = set(zip(given["urn"], given["site_id"], given["phase"], strict=True))
    schools = {(urn, phase) for urn, _, phase in sites}
    for row in rows_of(subject.expected):
        known = (row.urn, row.site_id, row.phase) in sites if row.site_id else (row.urn, row.phase) in schools
        if not known:
            yield Found(
                "school-missing", "capacity", 0, who(row), f"{row.school_name} has no row for {row.phase}"
            )


def school_twice(subject: Subject) -> Iterator[Found]:
    """A site that stands twice in the same planning area."""
    given = subject.part("capacity")
    again = given[given.duplicated(["urn", "site_id", "phase", "area_code"])]
    for row in rows_of(again):
        yield Found("school-twice", "capacity", row.row, who(row), f"{row.school_name} stands there twice")


def area_unknown(subject: Subject) -> Iterator[Found]:
    """A planning area code that the table of areas does not have for the phase."""
    for name in ("capacity", "area_capacity", "forecasts", "planned_places"):
        for row in rows_of(subject.part(name)):
            phase = "secondary" if row.phase == "sixth_form" else row.phase
            if row.area_code and (row.area_code, phase) not in subject.areas:
                said = f"there is no {phase} planning area {row.area_code}"
                yield Found("area-unknown", name, row.row, f"{row.area_code} {row.phase}", said)


def capacity_unknown(subject: Subject) -> Iterator[Found]:
    """A school whose capacity is blank."""
    for row in rows_of(subject.part("capacity")):
        if row.capacity != row.capacity:
            yield Found(
                "capacity-unknown", "capacity", row.row, who(row), f"{row.school_name} has no capacity"
            )


def capacity_not_adding(subject: Subject) -> Iterator[Found]:
    """Capacity by year group that does not sum to the capacity without the sixth form."""
    given = subject.part("capacity")
    names = [name for name in given.columns if name.startswith("capacity_")]
    for row, single in zip(rows_of(given), given[names].sum(axis=1, min_count=1), strict=True):
        sixth = 0.0 if row.sixth_form_capacity != row.sixth_form_capacity else row.sixth_form_capacity
        if single == single and row.capacity == row.capacity and single != row.capacity - sixth:
            said = f"the year groups sum to {single:g}, capacity without the sixth form is {row.capacity - sixth:g}"
            yield Found("capacity-not-adding", "capacity", row.row, who(row), said)


def roll_above_capacity(subject: Subject) -> Iterator[Found]:
    """More pupils than capacity."""
    for row in rows_of(subject.part("capacity")):
        if row.roll > row.capacity:
            said = f"{row.school_name} has {row.roll:g} on roll and capacity for {row.capacity:g}"
            yield Found("roll-above-capacity", "capacity", row.row, who(row), said)


def quarter_empty(subject: Subject) -> Iterator[Found]:
    """A quarter or more of the places empty."""
    limit = kinds()["quarter-empty"].threshold
    for row in rows_of(subject.part("capacity")):
        if row.capacity > 0 and row.capacity - row.roll >= limit * row.capacity:
            empty = (row.capacity - row.roll) / row.capacity
            said = f"{row.school_name} has {row.roll:g} on roll and capacity for {row.capacity:g}: {empty:.0%} empty"
            yield Found("quarter-empty", "capacity", row.row, who(row), said)


def capacity_changed(subject: Subject) -> Iterator[Found]:
    """Capacity that is not last year's, without a reason."""
    known = {who(row): row.last_capacity for row in rows_of(subject.expected)}
    for row in rows_of(subject.part("capacity")):
        last = (
            row.last_capacity if row.last_capacity == row.last_capacity else known.get(who(row), float("nan"))
        )
        if last == last and row.capacity == row.capacity and last != row.capacity and not row.reason:
            said = f"{row.school_name} had {last:g} last year and has {row.capacity:g} now"
            yield Found("capacity-changed", "capacity", row.row, who(row), said)


def _planned(row: Any) -> str:
    name = row.change_id or row.urn or row.area_code
    return " ".join(word for word in (name, row.academic_year, row.year_group) if word)


def planned_untied(subject: Subject) -> Iterator[Found]:
    """Planned places of no known school or area, or of no year or year group."""
    urns = set(subject.basis.inputs.table("schools")["urn"])
    for row in rows_of(subject.part("planned_places")):
        faults = []
        if row.urn and row.urn not in urns:
            faults.append(f"there is no school {row.urn}")
        if not row.urn and not row.area_code:
            faults.append("neither a school nor a planning area is named")
        if not row.year_group or not row.academic_year:
            faults.append("the year or the year group is missing")
        if faults:
            yield Found("planned-untied", "planned_places", row.row, _planned(row), "; ".join(faults))


def planned_not_firm(subject: Subject) -> Iterator[Found]:
    """Planned places that are not firm, or that fall outside the years of the return."""
    years = wanted_years(subject.basis, subject.made.layout, "planned_places")
    for row in rows_of(subject.part("planned_places")):
        faults = []
        if row.certainty and row.certainty not in ("certain", "firm"):
            faults.append(f"their certainty is {row.certainty}")
        if row.academic_year and row.academic_year not in years:
            faults.append(f"{row.academic_year} is outside {years[0]} to {years[-1]}")
        if faults:
            yield Found("planned-not-firm", "planned_places", row.row, _planned(row), "; ".join(faults))


def bulge_not_moving(subject: Subject) -> Iterator[Found]:
    """A bulge class that is not in the next year group a year later."""
    given = subject.part("planned_places")
    given = given[(given["bulge"] > 0) & (given["year_group"] != "") & (given["academic_year"] != "")]
    last = int(subject.base) + subject.made.layout.years["planned_places"]
    cells = {
        (row.change_id, row.urn, row.area_code, int(AcademicYear.parse(row.academic_year)),
         read_year_group(row.year_group).value): row
        for row in rows_of(given)
    }  # fmt: skip
    for (change, urn, area, year, group), row in cells.items():
        if group in LAST_OF_PHASE or year >= last:
            continue
        following = cells.get((change, urn, area, year + 1, group + 1))
        if following is None or following.bulge < row.bulge:
            now = 0 if following is None else following.bulge
            said = f"{row.bulge:g} places in {row.academic_year}, {now:g} in the next year group a year later"
            yield Found("bulge-not-moving", "planned_places", row.row, _planned(row), said)


def removed_above_capacity(subject: Subject) -> Iterator[Found]:
    """More places removed at a school, phase by phase, than it has; where no school is named, in an area."""
    held = subject.part("capacity")
    capacity = pd.concat(
        [held.groupby([column, "phase"])["capacity"].sum(min_count=1) for column in ("urn", "area_code")]
    )
    given = subject.part("planned_places")
    given = given[(given["removed"] > 0) & (given["year_group"] != "")]
    given = given.assign(place=given["urn"].where(given["urn"] != "", given["area_code"]))
    phases = [str(phase_of(read_year_group(text).value).area_phase) for text in given["year_group"]]
    for (place, phase), rows in given.assign(held=phases).groupby(["place", "held"], sort=False):
        has, gone = float(capacity.get((place, phase), float("nan"))), float(rows["removed"].sum())
        if gone > has + 1:
            said = f"{gone:g} places are removed in {phase}, and there are {has:g}"
            yield Found(
                "removed-above-capacity", "planned_places", int(rows["row"].iloc[0]), f"{place} {phase}", said
            )
