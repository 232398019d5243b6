"""Checks of schools and areas: every mainstream pupil in an area, years in order, weights that sum to one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from placeplan.inputs.checks.subject import Subject, about, show, years_in_words
from placeplan.problems import Finding
from placeplan.years import AcademicYear, Phase, phase_of, year_group_label

WEIGHT_TOLERANCE = 0.002
"""Three thirds written as 0.333 are taken as one."""


@about("schools")
def schools_in_no_area(subject: Subject) -> list[Finding]:
    """A mainstream school needs an area for each phase in which it teaches and has pupils."""
    schools = subject.mainstream
    sites = subject.table("sites")
    phases = sites["phase"].replace(Phase.SIXTH_FORM.value, Phase.SECONDARY.value)
    placed = set(zip(sites["urn"], phases, strict=True))
    taught = _phases_with_pupils(subject)
    first_roll = subject.rolls["academic_year"].min() if len(subject.rolls) else None
    findings = []
    for urn, school in zip(schools.index, schools.itertuples(index=False), strict=True):
        areas = {"primary": school.primary_area, "secondary": school.secondary_area}
        has = {phase for phase, area in areas.items() if area or (urn, phase) in placed}
        said, column = "", "primary_area"
        if missing := sorted(_teaches(school) & taught.get(str(urn), set()) - has):
            said = f"{subject.school(str(urn))} has {' and '.join(missing)} pupils but no {missing[0]}_area"
            column = f"{missing[0]}_area"
        elif not has and not _closed_before(school, first_roll):
            said = f"{subject.school(str(urn))} is a mainstream school and stands in no planning area"
        if said:
            findings.append(
                Finding("school-no-area", said, "schools", "", int(str(school.row)), column, str(urn))
            )
    return findings


def _phases_with_pupils(subject: Subject) -> dict[str, set[str]]:
    rolls = subject.rolls[(subject.rolls["pupils"] > 0) & (subject.rolls["unit"] != "")]
    pairs = rolls[["unit", "area_phase"]].drop_duplicates()
    return {str(unit): set(found) for unit, found in pairs.groupby("unit")["area_phase"]}


def _teaches(school: Any) -> set[str]:
    """Return the area phases that a school's range of year groups touches; both where it is unknown."""
    if np.isnan(school.low_year) or np.isnan(school.high_year):
        return {Phase.PRIMARY.value, Phase.SECONDARY.value}
    groups = range(int(school.low_year), int(school.high_year) + 1)
    return {phase_of(group).area_phase.value for group in groups if group < 15}


def _closed_before(school: Any, first_roll: int | None) -> bool:
    return first_roll is not None and not np.isnan(school.close_year) and school.close_year < first_roll


def years_out_of_order(subject: Subject) -> list[Finding]:
    """Nothing ends before it begins."""
    schools = subject.table("schools")
    closed = schools[schools["close_year"] < schools["open_year"]]
    findings = subject.found(
        "closed-before-open",
        "schools",
        closed,
        "close_year",
        lambda row: (
            f"{subject.school(row.urn)} closes in {_year(row.close_year)}, before it opens in {_year(row.open_year)}"
        ),
    )
    crossed = schools[schools["low_year"] > schools["high_year"]]
    findings += subject.found(
        "school-range",
        "schools",
        crossed,
        "low_year",
        lambda row: (
            f"{subject.school(row.urn)} has its lowest year group, {_group(row.low_year)}, above its "
            f"highest, {_group(row.high_year)}"
        ),
    )
    for table in ("areas", "sites"):
        rows = subject.table(table)
        if rows.empty:
            continue
        findings += subject.found(
            "valid-order",
            table,
            rows[rows["valid_to"] < rows["valid_from"]],
            "valid_to",
            lambda row: (
                f"{row.area_code} is valid to {_year(row.valid_to)}, before it is valid from {_year(row.valid_from)}"
            ),
        )
    return findings


def weights_that_do_not_sum(subject: Subject) -> list[Finding]:
    """The weights of one ward, or of one old area, share out the whole: they sum to one."""
    said = "the weights of {name} sum to {total:.4g}, not to 1"
    return [
        *_weights(subject, "geography_lookup", ["geography_code"], said),
        *_weights(subject, "area_changes", ["old_area", "phase", "from_year"], said),
    ]


def _weights(subject: Subject, table: str, keys: list[str], said: str) -> Iterator[Finding]:
    rows = subject.table(table)
    if rows.empty:
        return
    totals = rows.groupby(keys, sort=True).agg(
        total=("weight", "sum"), row=("row", "min"), known=("weight", "count")
    )
    sizes = rows.groupby(keys, sort=True).size()
    wrong = totals[((totals["total"] - 1).abs() > WEIGHT_TOLERANCE) & (totals["known"] == sizes)]
    for key, total, row in zip(wrong.index, wrong["total"], wrong["row"], strict=True):
        name = key if isinstance(key, str) else f"{key[0]} ({key[1]}, from {_year(key[2])})"
        yield Finding(
            "weights-sum", said.format(name=name, total=total), table, "", int(row), "weight", f"{total:.6g}"
        )


@about("schools")
def year_groups_outside_range(subject: Subject) -> list[Finding]:
    """Pupils in year groups that the school's range does not hold."""
    rolls = subject.rolls[(subject.rolls["urn"] != "") & (subject.rolls["pupils"] > 0)]
    schools = subject.table("schools").drop_duplicates("urn").set_index("urn")
    low, high = rolls["unit"].map(schools["low_year"]), rolls["unit"].map(schools["high_year"])
    outside = rolls[(rolls["year_group"] < low) | (rolls["year_group"] > high)]
    findings = []
    for (unit, group), rows in outside.groupby(["unit", "year_group"]):
        lowest, highest = schools.at[unit, "low_year"], schools.at[unit, "high_year"]
        said = (
            f"{subject.school(str(unit))} teaches {_group(lowest)} to {_group(highest)} but has "
            f"pupils in {_group(group)} in {years_in_words(rows['academic_year'])}"
        )
        if _in_no_area(subject, str(unit), int(rows["year_group"].iloc[0])):
            last = rows[rows["academic_year"] == rows["academic_year"].max()]
            year = AcademicYear(int(last["academic_year"].iloc[0]))
            said += f"; it has no planning area for them, so they count in no area ({last['pupils'].sum():.0f} in {year})"
        findings.append(
            Finding(
                "roll-outside-range", said, "rolls", "", int(rows["row"].iloc[0]), "year_group", show(group)
            )
        )
    return findings


def _in_no_area(subject: Subject, urn: str, year_group: int) -> bool:
    register = subject.register
    mine = (register.sites["urn"] == register.successors.get(urn, urn)).to_numpy()
    return bool(mine.any() and (register.area_of(year_group)[mine] < 0).all())


@about("schools")
def schools_left_out(subject: Subject) -> list[Finding]:
    """Special schools, pupil referral units and the like do not count in mainstream demand."""
    rolls = subject.table("rolls")
    schools = subject.table("schools")
    others = set(schools["urn"]) - set(subject.mainstream.index)
    left_out = rolls[rolls["urn"].isin(others)]
    if left_out.empty:
        return []
    count = left_out["urn"].nunique()
    said = (
        f"{len(left_out):,} cells of {count} school{'s' if count > 1 else ''} that "
        f"{'are' if count > 1 else 'is'} not mainstream (special, alternative, independent) were left out"
    )
    return [Finding("rolls-not-mainstream", said, "rolls", "", 0, "urn", str(count))]


def areas_without_rolls(subject: Subject) -> list[Finding]:
    """An area that never had a roll, or had rolls once and has none in the base year."""
    areas = subject.table("areas")
    base = subject.base_year
    if base is None or not subject.has_base_rolls:
        return []
    cells = subject.area_rolls.index.to_frame(index=False)[["area", "area_phase", "academic_year"]]
    ever = _pairs(cells)
    at_base = _pairs(cells[cells["academic_year"] == int(base)])
    findings = []
    for area in areas.itertuples(index=False):
        phase = Phase.SECONDARY.value if area.phase == Phase.SIXTH_FORM.value else area.phase
        name = f"{area.area_name} ({area.area_code}, {area.phase})"
        if (area.area_code, phase) not in ever:
            rule, said = "area-no-rolls", f"{name} has no rolls in any year"
        elif (area.area_code, phase) not in at_base:
            rule, said = "area-no-base-rolls", f"{name} had rolls in earlier years and has none in {base}"
        else:
            continue
        findings.append(
            Finding(rule, said, "areas", "", int(str(area.row)), "area_code", str(area.area_code))
        )
    return findings


def _pairs(cells: pd.DataFrame) -> set[tuple[str, str]]:
    distinct = cells[["area", "area_phase"]].drop_duplicates()
    return set(zip(distinct["area"], distinct["area_phase"], strict=True))


def _year(start: Any) -> str:
    return str(AcademicYear(int(start)))


def _group(number: Any) -> str:
    return "Reception" if pd.isna(number) or int(number) == 0 else f"Year {year_group_label(int(number))}"
