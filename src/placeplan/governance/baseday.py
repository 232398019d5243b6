"""The day from which lead times count and next steps are overdue: from the inputs or the project, never from the clock."""

from __future__ import annotations

from datetime import date

import pandas as pd

from placeplan.keydates import census_day, entry_day
from placeplan.project import Project
from placeplan.tables import Inputs
from placeplan.years import AcademicYear

DATED = (("proposals", "date"), ("capacity", "verified_on"), ("adjustments", "made_on"))
"""Columns that say on which day something was known."""


def base_day(inputs: Inputs, project: Project, base_year: AcademicYear, as_of_now: bool) -> date:
    """Return the project's own day, else the latest day that the inputs know of in the year after the census.

    Without ``as_of_now`` (an earlier base year) it is the day of the base year's January census.
    """
    if project.decisions.as_of is not None:
        return project.decisions.as_of
    first, last = census_day(base_year), entry_day(base_year + 1)
    if not as_of_now:
        return first
    days = pd.concat([inputs.table(table)[column] for table, column in DATED]).dropna()
    known = days[(days >= pd.Timestamp(first)) & (days < pd.Timestamp(last))]
    return first if known.empty else known.max().date()
