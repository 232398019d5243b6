"""What options need to know of each school: who decides its admissions, what it admits, how many it could hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from placeplan.register import Register
from placeplan.schooltypes import AdmissionAuthority, school_type
from placeplan.tables import Inputs, rows_of


@dataclass(frozen=True)
class School:
    """One mainstream school site.

    ``site``: row in the register; ``low``, ``high``: year groups taught; ``max_places``, ``easting``, ``northing`` are NaN
    where not known. ``admits``: last admission number by year group of entry; ``first_preferences`` and ``offers``: of
    the last year that the table ``preferences`` tells, by year group of entry; ``offers_year``: that year.
    ``framework`` and ``outcome``: of the last inspection, empty where not known.
    """

    site: int
    urn: str
    name: str
    type: str
    trust: str
    low: int
    high: int
    max_places: float
    easting: float
    northing: float
    denomination: str
    framework: str
    outcome: str
    admits: Mapping[int, float]
    first_preferences: Mapping[int, float]
    offers: Mapping[int, float]
    offers_year: Mapping[int, int]

    @property
    def admission_authority(self) -> AdmissionAuthority:
        """Who sets its admission number."""
        return school_type(self.type).admission_authority

    @property
    def by_local_authority(self) -> bool:
        """Whether the local authority is its admission authority."""
        return self.admission_authority is AdmissionAuthority.LOCAL_AUTHORITY

    @property
    def located(self) -> bool:
        """Whether its coordinates are known."""
        return bool(np.isfinite(self.easting) and np.isfinite(self.northing))


def schools_of(inputs: Inputs, register: Register, known_to: int, offers_to: int) -> tuple[School, ...]:
    """Return every site of the register in its order; admission numbers of years up to ``known_to`` count.

    ``offers_to``: the last year of entry whose preferences and offers are known.
    """
    facts = {row.urn: row for row in rows_of(inputs.table("schools"))}
    places = _site_coordinates(inputs.table("sites"))
    numbers = inputs.table("admission_numbers")
    admits = _last(numbers[numbers["academic_year"] <= known_to], "pan", register)
    preferences = inputs.table("preferences")
    preferences = preferences[preferences["offers"].notna() | preferences["first_preferences"].notna()]
    preferences = preferences[preferences["academic_year"] <= offers_to]
    first, offers = (_last(preferences, name, register) for name in ("first_preferences", "offers"))
    years = _last(preferences[preferences["offers"].notna()], "academic_year", register)
    return tuple(
        _school(site, row, facts[row.urn], places.get((row.urn, row.site_id)), (admits, first, offers, years))
        for site, row in enumerate(rows_of(register.sites))
    )


def _school(
    site: int,
    row: Any,
    fact: Any,
    place: tuple[float, float] | None,
    last: tuple[dict[int, dict[int, float]], ...],
) -> School:
    admits, first, offers, years = (values.get(site, {}) for values in last)
    easting, northing = place or (fact.easting, fact.northing)
    return School(
        site=site, urn=row.urn, name=row.school_name, type=row.type, trust=row.trust, low=row.low, high=row.high,
        max_places=fact.max_places, easting=easting, northing=northing, denomination=fact.denomination,
        framework=fact.framework, outcome=fact.inspection_outcome, admits=admits, first_preferences=first,
        offers=offers, offers_year={group: int(year) for group, year in years.items()},
    )  # fmt: skip


def _site_coordinates(sites: pd.DataFrame) -> dict[tuple[str, str], tuple[float, float]]:
    known = sites[sites["easting"].notna() & sites["northing"].notna()]
    return {(row.urn, row.site_id): (row.easting, row.northing) for row in rows_of(known)}


def _last(rows: pd.DataFrame, column: str, register: Register) -> dict[int, dict[int, float]]:
    """Return the last known value by site and year group."""
    rows = rows[rows[column].notna()].sort_values("academic_year", kind="stable")
    site_ids = rows["site_id"] if "site_id" in rows else pd.Series("", index=rows.index, dtype=object)
    found: dict[int, dict[int, float]] = {}
    sites = register.locate(rows["urn"], site_ids)
    for site, group, value in zip(sites, rows["year_group"], rows[column], strict=True):
        if site >= 0 and group == group:
            found.setdefault(int(site), {})[int(group)] = float(value)
    return found
