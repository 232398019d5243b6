"""Checks of figures of places against each other: verified, beside rolls and admission numbers, and why they changed."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from placeplan.inputs.checks.subject import Subject, about, show
from placeplan.problems import Finding
from placeplan.years import YEAR_TWELVE, AcademicYear


@about("capacity")
def figures_unverified(subject: Subject) -> list[Finding]:
    """The figure that counts for a school has a date of verification; one finding for all if no figure has."""
    latest = _latest(subject)
    undated = latest[latest["verified_on"].isna()]
    if len(latest) and subject.table("capacity")["verified_on"].isna().all():
        said = f"no capacity has verified_on: the figures of all {len(latest):,} schools count as ranges"
        return [Finding("capacity-unverified", said, "capacity", "", 0, "verified_on")]
    return subject.found(
        "capacity-unverified",
        "capacity",
        undated,
        "verified_on",
        lambda row: (
            f"the capacity of {subject.school(row.unit)}, {show(row.capacity)} places, has no verified_on"
        ),
    )


@about("capacity")
def capacity_beside_rolls(subject: Subject) -> list[Finding]:
    """More pupils than places, or a large part of the places empty, in the base year; pupils in units left aside.

    A quarter or more, and at least 30 places, was the Department's test of surplus (Hansard, 26 February 1998).
    """
    checks = subject.project.checks
    both = _latest(subject).set_index("unit").join(_base_rolls(subject), how="inner").reset_index()
    empty = both["capacity"] - both["pupils"]
    many = (empty >= checks.empty_places) & (empty >= both["capacity"] * checks.empty_percent / 100.0)
    return subject.found(
        "roll-above-capacity", "capacity", both[empty < 0], "capacity", partial(_say_beside, subject)
    ) + subject.found("places-empty", "capacity", both[many], "capacity", partial(_say_beside, subject))


def _say_beside(subject: Subject, row: Any) -> str:
    empty = row.capacity - row.pupils
    told = f"{show(-empty)} pupils more than places" if empty < 0 else f"{show(empty)} places empty"
    return (
        f"{subject.school(row.unit)} has {show(row.pupils)} pupils and a capacity of {show(row.capacity)} in "
        f"{subject.base_year}: {told}"
    )


@about("capacity")
def capacity_beside_admissions(subject: Subject) -> list[Finding]:
    """Admission numbers times the year groups that they fill are near the capacity, the sixth form left aside."""
    latest = _latest(subject).set_index("unit")
    numbers = _admitted(subject)
    both = latest.join(numbers.rename("admitted"), how="inner").reset_index()
    rest = both["capacity"] - both["sixth_form_capacity"].fillna(0.0)
    limit = subject.project.checks.pan_gap_percent / 100.0
    far = both.assign(rest=rest)[(both["admitted"] - rest).abs() > limit * rest]
    return subject.found(
        "pan-far-from-capacity", "capacity", far, "capacity", partial(_say_admitted, subject)
    )


def _say_admitted(subject: Subject, row: Any) -> str:
    return (
        f"the admission numbers of {subject.school(row.unit)} fill {show(row.admitted)} places, its capacity is "
        f"{show(row.rest)}"
    )


def _admitted(subject: Subject) -> pd.Series[float]:
    """Places up to Year 11 of each school if every cohort came under the admission numbers of the base year."""
    rows = subject.table("admission_numbers")
    base = subject.base_year
    rows = rows[rows["pan"].notna() & (rows["year_group"] < YEAR_TWELVE)]
    rows = rows[rows["academic_year"] <= (int(base) if base is not None else 0)]
    rows = rows.assign(unit=rows["urn"].map(lambda urn: subject.successors.get(urn, urn)))
    rows = rows.sort_values("academic_year").drop_duplicates(["unit", "site_id", "year_group"], keep="last")
    high = rows["unit"].map(subject.mainstream["high_year"]).clip(upper=YEAR_TWELVE - 1)
    filled = rows["pan"] * (high - rows["year_group"] + 1)
    return filled.groupby(rows["unit"]).sum()


@about("capacity")
def capacity_changed(subject: Subject) -> list[Finding]:
    """The capacity of the base year or later differs from the one before it, and neither a reason nor a plan says why."""
    base = subject.base_year
    if base is None:
        return []
    figures = subject.capacity_by_school
    before = figures.groupby("unit")[["capacity", "academic_year"]].shift()
    figures = figures.assign(before=before["capacity"])
    changed = figures[
        figures["before"].notna()
        & (figures["capacity"] != figures["before"])
        & (figures["academic_year"] >= int(base))
        & (figures["reason"] == "")
    ]
    plans = subject.table("planned_changes")
    planned = set(zip(plans["urn"], plans["start_year"], strict=True))
    unplanned = [
        (unit, year) not in planned
        for unit, year in zip(changed["unit"], changed["academic_year"], strict=True)
    ]
    return subject.found(
        "capacity-changed", "capacity", changed[unplanned], "capacity", partial(_say_changed, subject)
    )


def _say_changed(subject: Subject, row: Any) -> str:
    year = AcademicYear(int(row.academic_year))
    return (
        f"the capacity of {subject.school(row.unit)} goes from {show(row.before)} to {show(row.capacity)} in {year} "
        "without a reason"
    )


def _latest(subject: Subject) -> pd.DataFrame:
    """The capacity that counts for each school in the base year."""
    base = subject.base_year
    figures = subject.capacity_by_school
    figures = figures[figures["academic_year"] <= (int(base) if base is not None else 0)]
    return figures.drop_duplicates("unit", keep="last")


def _base_rolls(subject: Subject) -> pd.Series[float]:
    """Pupils of each school in the base year, those in resourced units left out, as the capacity leaves their places out."""
    base = subject.base_year
    rolls = subject.rolls[subject.rolls["academic_year"] == (int(base) if base is not None else 0)]
    outside = rolls["unit_pupils"].fillna(0.0) if "unit_pupils" in rolls else 0.0
    pupils: pd.Series[float] = (rolls["pupils"] - outside).groupby(rolls["unit"]).sum()
    return pupils[pupils > 0].rename("pupils")
