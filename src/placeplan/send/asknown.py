"""What a run knows of special places and of schools as of its base year."""

from __future__ import annotations

import pandas as pd

from placeplan.results import Result
from placeplan.send.places import YearGroups


def known_places(result: Result) -> pd.DataFrame:
    """Return the places commissioned; as of an earlier year only those up to it, because later ones were not yet known."""
    places, base = result.inputs.table("specialist_places"), int(result.base_year)
    if base < int(result.inputs.table("rolls")["academic_year"].max()):
        return places[places["academic_year"] <= base]
    return places


def groups_taught(result: Result) -> YearGroups:
    """Return the first and last year group that each school teaches, by URN."""
    schools = result.inputs.table("schools")
    rows = zip(schools["urn"], schools["low_year"], schools["high_year"], strict=True)
    return {str(urn): (int(low), int(high)) for urn, low, high in rows}
