"""Breaks in the sources of plans, from ``data/send_breaks.csv``: named, and no trend rests on a change over one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from placeplan.datafiles import data_rows
from placeplan.problems import Finding
from placeplan.years import AcademicYear


@cache
def breaks() -> dict[int, dict[str, str]]:
    """Return the breaks by the January of the first count after them."""
    return {int(row["january"]): row for row in data_rows("send_breaks.csv")}


def straddles(before: int, after: int) -> bool:
    """Return whether two Januaries lie on either side of a break."""
    return any(before < at <= after for at in breaks())


def break_findings(years: Iterable[AcademicYear]) -> list[Finding]:
    """Return a note for each break inside the years of ``specialist``."""
    januaries = [int(year) + 1 for year in years]
    return [
        Finding(
            "plans-break",
            f"between January {at - 1} and January {at} {row['what']}; {row['done']}",
            "specialist",
            column="academic_year",
            value=str(AcademicYear(at - 1)),
        )
        for at, row in breaks().items()
        if min(januaries) < at <= max(januaries)
    ]
