"""Checks of control totals: there are some if the project asks for them, and no year group has two."""

from __future__ import annotations

from placeplan.inputs.checks.subject import Subject
from placeplan.problems import Finding
from placeplan.years import AcademicYear, year_group_label


def control_totals_missing(subject: Subject) -> list[Finding]:
    """A project that asks for control totals gives percentages or a table with rows."""
    choice = subject.project.control_total
    if choice is None or choice.percent or subject.inputs.has("control_totals"):
        return []
    said = "control_total is given, but neither percent nor any row of the table control_totals"
    return [Finding("control-total-missing", said, "control_totals")]


def control_totals_twice(subject: Subject) -> list[Finding]:
    """A year group has one total in a year, whether or not its phase stands beside it."""
    rows = subject.table("control_totals")
    rows = rows[rows["year_group"].notna()]
    twice = rows[rows.duplicated(["academic_year", "year_group"]) & ~rows.duplicated(list(rows.columns[:3]))]
    return subject.found(
        "key-twice",
        "control_totals",
        twice,
        "year_group",
        lambda row: (
            f"year group {year_group_label(int(row.year_group))} in {AcademicYear(int(row.academic_year))} stands in an "
            "earlier row already, with or without its phase"
        ),
    )
