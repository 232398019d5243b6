"""Checks of rolls over time: gaps, jumps beside the cohort a year earlier, schools that open or close."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from placeplan.inputs.checks.subject import Subject, show, years_in_words
from placeplan.problems import Finding
from placeplan.years import AcademicYear, year_group_label

FILLING_YEARS = 7
"""A school that opened within this many years is filling up; its rolls jump as they should."""
FRESH_STARTS = (7, 12, 14)
"""Year groups that pupils begin in a new school or course, or in which few stay; they continue no cohort."""


def base_year_without_rolls(subject: Subject) -> list[Finding]:
    """The base year must have rolls of the project's census, for a forecast to begin from."""
    given, known = subject.table("rolls"), subject.known_rolls
    if given["pupils"].notna().sum() == 0 or subject.has_base_rolls:
        return []
    census = subject.project.census
    if known.empty:
        said = f"no rolls are of the {census} census, which the project names"
        return [Finding("base-year-no-rolls", said, "rolls", "", 0, "census", census)]
    latest = AcademicYear(int(known["academic_year"].max()))
    said = (
        f"the base year {subject.base_year} has no rolls of the {census} census; the latest are of {latest}"
    )
    return [Finding("base-year-no-rolls", said, "rolls", "", 0, "academic_year", str(subject.base_year))]


def gaps(subject: Subject) -> list[Finding]:
    """A whole year missing from the rolls, or a school or area missing in the middle of its years."""
    cells = subject.series
    if cells.empty:
        return []
    present = np.unique(cells["academic_year"].to_numpy())
    whole = set(range(int(present[0]), int(present[-1]) + 1)) - set(present.tolist())
    findings = []
    if whole:
        said = f"there are no rolls at all for {years_in_words(whole)}"
        findings.append(Finding("roll-gap", said, "rolls", "", 0, "academic_year", years_in_words(whole)))
    years = cells[["who", "academic_year"]].drop_duplicates()
    position = np.searchsorted(present, years["academic_year"].to_numpy())
    spans = years.assign(at=position).groupby("who")["at"].agg(["min", "max", "count"])
    for who, first_at, last_at, count in spans.itertuples(name=None):
        if last_at - first_at + 1 == count:
            continue
        here = cells[cells["who"] == who]
        expected = present[first_at : last_at + 1]
        missing = years_in_words(set(expected.tolist()) - set(here["academic_year"].tolist()))
        first = here.iloc[0]
        said = f"{_who(subject, first)} has rolls before and after {missing}, but none then"
        column = "urn" if first["is_school"] else "area_code"
        findings.append(Finding("roll-gap", said, "rolls", "", 0, column, str(first["name"])))
    return findings


def _who(subject: Subject, cell: Any) -> str:
    name = str(cell["name"])
    return subject.school(name) if cell["is_school"] else f"the {cell['phase']} area {name}"


def jumps(subject: Subject) -> list[Finding]:
    """A roll far from its cohort a year earlier, and from what others in the authority saw."""
    pairs = _cohort_pairs(subject)
    if pairs.empty:
        return []
    limits = subject.project.checks
    typical = _ratio_of_others(pairs, ["academic_year", "year_group"])
    typical = typical.fillna(_ratio_of_others(pairs, ["academic_year"])).fillna(1.0)
    jumping = _exceeds(pairs["pupils"], pairs["before"], limits.jump_percent, limits.jump_pupils)
    jumping &= _exceeds(pairs["pupils"], pairs["before"] * typical, limits.jump_percent, limits.jump_pupils)
    findings = []
    for cell in pairs[jumping].to_dict("records"):
        year, group, pupils = (
            AcademicYear(cell["academic_year"]),
            int(cell["year_group"]),
            show(cell["pupils"]),
        )
        earlier = "Reception" if group == 1 else f"Year {year_group_label(group - 1)}"
        said = (
            f"{_who(subject, cell)} has {pupils} pupils in Year {group} in {year}, where the same cohort had "
            f"{show(cell['before'])} in {earlier} a year earlier"
        )
        findings.append(Finding("roll-jump", said, "rolls", "", int(cell["row"]), "pupils", pupils))
    return findings


def _ratio_of_others(pairs: pd.DataFrame, keys: list[str]) -> pd.Series[float]:
    """Return the progression ratio of all others with the same keys; NaN where there are none."""
    together = pairs.groupby(keys)[["before", "pupils"]].transform("sum")
    before = together["before"] - pairs["before"]
    return (together["pupils"] - pairs["pupils"]) / before.where(before > 0)


def _cohort_pairs(subject: Subject) -> pd.DataFrame:
    """Return each cell with ``before``, the roll of its cohort a year earlier, where that tells anything."""
    cells = subject.series
    earlier = cells.assign(academic_year=cells["academic_year"] + 1, year_group=cells["year_group"] + 1)
    keys = ["who", "academic_year", "year_group"]
    earlier = earlier.rename(columns={"pupils": "before"})[[*keys, "before"]]
    pairs = cells.merge(earlier, on=keys)
    pairs = pairs[~pairs["year_group"].isin(FRESH_STARTS)]
    opened = pairs["who"].map(cells.groupby("who")["academic_year"].min())
    began_inside = opened > cells["academic_year"].min()
    stated = pairs["name"].map(subject.table("schools").drop_duplicates("urn").set_index("urn")["open_year"])
    filling = pairs["academic_year"] < opened.where(began_inside, -FILLING_YEARS) + FILLING_YEARS
    filling |= pairs["academic_year"] < stated.fillna(-FILLING_YEARS) + FILLING_YEARS
    return pairs[~filling & ~_redrawn(subject, pairs)]


def _redrawn(subject: Subject, pairs: pd.DataFrame) -> pd.Series[bool]:
    """Tell which cells belong to an area whose boundary changed in that year."""
    changes = subject.table("area_changes")
    redrawn = {
        (area, phase, int(year))
        for column in ("old_area", "new_area")
        for area, phase, year in zip(changes[column], changes["phase"], changes["from_year"], strict=True)
    }
    if not redrawn:
        return pd.Series(False, index=pairs.index)
    cells = zip(pairs["name"], pairs["phase"], pairs["academic_year"], strict=True)
    return pd.Series([cell in redrawn for cell in cells], index=pairs.index)


def _exceeds(now: pd.Series[float], then: pd.Series[float], percent: float, pupils: float) -> pd.Series[bool]:
    gap = (now - then).abs()
    return (gap > pupils) & (gap * 100 > percent * then)


def openings_and_closures(subject: Subject) -> list[Finding]:
    """Schools whose rolls begin after the first year of the table, or end before the base year."""
    rolls, base = subject.rolls, subject.base_year
    rolls = rolls[(rolls["unit"] != "") & rolls["unit"].isin(subject.mainstream.index)]
    if rolls.empty or base is None or not subject.has_base_rolls:
        return []
    begins = subject.rolls["academic_year"].min()
    spans = rolls.groupby("unit").agg(
        first=("academic_year", "min"), last=("academic_year", "max"), row=("row", "min")
    )
    known = subject.mainstream.loc[spans.index]
    findings = []
    for unit, first, last, row, opened, closed in zip(
        spans.index,
        spans["first"],
        spans["last"],
        spans["row"],
        known["open_year"],
        known["close_year"],
        strict=True,
    ):
        who = subject.school(str(unit))
        if first > begins:
            stated = "" if opened == first else _stated("open_year", opened)
            said = f"{who} opens: its rolls begin in {AcademicYear(int(first))}{stated}"
            findings.append(Finding("school-opens", said, "rolls", "", int(row), "urn", str(unit)))
        if last < int(base):
            stated = "" if closed == last else _stated("close_year", closed)
            said = f"{who} closes: its rolls end in {AcademicYear(int(last))}{stated}"
            findings.append(Finding("school-closes", said, "rolls", "", int(row), "urn", str(unit)))
    return findings


def _stated(column: str, year: float) -> str:
    if np.isnan(year):
        return f", and schools gives no {column}"
    return f", but schools gives {column} {AcademicYear(int(year))}"


def units_above_rolls(subject: Subject) -> list[Finding]:
    """Pupils in a resourced unit are part of the roll, so they cannot be more than it."""
    rolls = subject.table("rolls")
    return subject.found(
        "unit-above-roll",
        "rolls",
        rolls[rolls["unit_pupils"] > rolls["pupils"]],
        "unit_pupils",
        lambda row: f"{show(row.unit_pupils)} pupils in units are more than the {show(row.pupils)} on roll",
    )
