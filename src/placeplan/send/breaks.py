"""What is to be said of the tables of plans: breaks in their sources, cells without a count, ages that are not given.

Breaks stand in ``data/send_breaks.csv``; no trend rests on a change over one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

import pandas as pd

from placeplan.datafiles import data_rows
from placeplan.problems import Finding
from placeplan.years import AcademicYear

LAST_AGE = 24
"""Plans end at the 25th birthday or in the school year in which it falls."""


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


def gaps_findings(tables: Mapping[str, pd.DataFrame], oldest: int) -> list[Finding]:
    """Return what the tables leave out: cells without a count, and the ages above the oldest that is given."""
    findings = []
    for name in ("specialist", "specialist_flows"):
        bare = tables[name][tables[name]["pupils"].isna()]
        if len(bare):
            said = f"{len(bare)} rows of {name} have no count; they are left out, so that plans are too few by them"
            findings.append(Finding("plans-suppressed", said, name, "", int(bare["row"].min()), "pupils"))
    if oldest < LAST_AGE:
        said = f"plans are given up to age {oldest}; who grows older than that leaves the forecast"
        findings.append(Finding("plans-ages", said, "specialist", column="age", value=str(oldest)))
    return findings
