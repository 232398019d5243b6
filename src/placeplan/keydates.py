"""Dates that decisions hang on: census days and the yearly round of admissions, from ``data/admissions_calendar.csv``.

For pupils who enter in September of year E the admission authority consults between 1 October of E - 2 and 31 January of
E - 1, for at least six weeks, and determines by 28 February of E - 1.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from placeplan.datafiles import data_rows
from placeplan.years import AcademicYear

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class AdmissionsRound:
    """The round of admissions for one academic year of entry; ``objections_by`` is None where it is not known."""

    entry: AcademicYear
    consultation_opens: date
    consultation_closes: date
    last_start: date
    determined_by: date
    objections_by: date | None


def census_day(academic_year: AcademicYear) -> date:
    """Return the day of the January census of an academic year."""
    row = _calendar()["census_january"]
    year, month = int(academic_year) + 1, int(row["month"])
    wanted = _WEEKDAYS.index(row["weekday"])
    first = (wanted - date(year, month, 1).weekday()) % 7 + 1
    return date(year, month, first + 7 * (int(row["nth"]) - 1))


def admissions_round(entry: AcademicYear, objections_by: str = "") -> AdmissionsRound:
    """Return the round for entry in an academic year; ``objections_by`` is a day of the year such as ``05-15``."""
    closes = _on("consultation_closes", int(entry) - 1)
    weeks = int(_calendar()["consultation_weeks"]["weeks"])
    objections = date.fromisoformat(f"{int(entry) - 1}-{objections_by}") if objections_by else None
    return AdmissionsRound(
        entry=entry,
        consultation_opens=_on("consultation_opens", int(entry) - 2),
        consultation_closes=closes,
        last_start=closes - timedelta(weeks=weeks),
        determined_by=_on("determination", int(entry) - 1),
        objections_by=objections,
    )


def next_round(on: date) -> AdmissionsRound:
    """Return the first round whose consultation can still begin on a day or later."""
    entry = AcademicYear(on.year)
    while admissions_round(entry).last_start < on:
        entry += 1
    return admissions_round(entry)


def offer_day(entry: int, year_group: int) -> date:
    """Return the national offer day for entry into a year group in an academic year."""
    return _on("offers_primary" if year_group < 7 else "offers_secondary", int(entry))


def entry_day(academic_year: int) -> date:
    """Return the day on which an academic year begins."""
    return _on("entry", int(academic_year))


def next_entry(on: date) -> date:
    """Return the first beginning of an academic year on a day or later."""
    this = entry_day(on.year)
    return this if this >= on else entry_day(on.year + 1)


def months_later(on: date, months: int) -> date:
    """Return the same day so many months later, the last of the month where it has no such day."""
    year, month = on.year + (on.month - 1 + months) // 12, (on.month - 1 + months) % 12 + 1
    return date(year, month, min(on.day, monthrange(year, month)[1]))


def _on(key: str, year: int) -> date:
    row = _calendar()[key]
    return date(year, int(row["month"]), int(row["day"]))


@cache
def _calendar() -> dict[str, dict[str, str]]:
    return {row["key"]: row for row in data_rows("admissions_calendar.csv")}
