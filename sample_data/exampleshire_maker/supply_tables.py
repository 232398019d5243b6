"""Tables about places and new homes: capacity, admission numbers, housing sites and what homes yield."""

from __future__ import annotations

from typing import Any

import numpy as np

from exampleshire_maker import hand_written
from exampleshire_maker.calendar import BASE, FIRST_ROLL, OFFERS_KNOWN, financial_label, group_label, label
from exampleshire_maker.county import AREAS, Area
from exampleshire_maker.pupils import County
from exampleshire_maker.schools import SPECIAL_TYPES, Provision

Rows = list[dict[str, Any]]
NO_RETURN = 2019
"""No capacity return was made in 2019/20."""
OLD_CAPACITY, MISSING_CAPACITY = "Coastend Harbour", "Forest Edge"
"""Areas whose first school has only an old capacity, or none at all."""
DISPUTED = "Westhill School"
UNVERIFIED, CUT_UNSAID, GROWN = "Millbrook", "High Fells", "Newfield Fringe"
"""Areas whose first school has a figure never verified, or one that changed this year: without a reason, and with."""
CHANGE, NEW_BLOCK = {CUT_UNSAID: -30, GROWN: 30}, "New classroom block"


def _first_school(county: County, area_name: str) -> Provision:
    return next(
        school
        for school in county.provisions
        if school.primary_area is not None and AREAS[school.primary_area].name == area_name
    )


def capacity(county: County, random: np.random.Generator) -> Rows:
    """The yearly capacity return of every mainstream school or site."""
    old, missing, unverified = (
        _first_school(county, name) for name in (OLD_CAPACITY, MISSING_CAPACITY, UNVERIFIED)
    )
    changed = {id(_first_school(county, name)): name for name in CHANGE}
    rows: Rows = []
    for school in county.provisions:
        if school.type in SPECIAL_TYPES:
            continue
        facts = _CapacityFacts(county, school, random)
        for year in range(FIRST_ROLL, BASE + 1):
            stopped = school is old and year > BASE - 9
            if year != NO_RETURN and school.is_open(year) and not stopped:
                row = facts.row(year) | ({"capacity": ""} if school is missing else {})
                if school is unverified:
                    row |= {"verified_on": ""}
                if id(school) in changed and year == BASE:
                    row |= _changed(row, changed[id(school)])
                rows.append(row)
    return rows


def _changed(row: dict[str, Any], area_name: str) -> dict[str, Any]:
    """What this year's return says of a school whose places have changed."""
    places = row["capacity"] + CHANGE[area_name]
    return {
        "capacity": places,
        "usable": places if row["usable"] != "" else "",
        "reason": NEW_BLOCK if area_name == GROWN else "",
    }


class _CapacityFacts:
    """What stays the same in the returns of one school: its assessment, its source, its spare rooms."""

    def __init__(self, county: County, school: Provision, random: np.random.Generator) -> None:
        self.school = school
        self.factor = float(
            random.choice([0.96, 0.98, 1.0, 1.0, 1.0, 1.03, 1.07], p=[0.08, 0.12, 0.3, 0.2, 0.1, 0.1, 0.1])
        )
        falling = school.primary_area is not None and AREAS[school.primary_area].growth < -0.015
        self.mothballed = float(random.choice([0.0, 0.14])) if falling else 0.0
        self.says_usable = self.mothballed > 0 or random.random() < 0.6
        self.sixth = 0
        if school.sixth_form:
            row = county.provisions.index(school)
            peak = max(int(roll[row, 12:].sum()) for roll in county.rolls.values())
            self.sixth = int(np.ceil(peak * 1.12 / 10) * 10)
        academy = school.type in ("academy", "free_school", "utc", "studio")
        kinds = ["funding agreement" if academy else "net capacity assessment", "school return", "estimate"]
        self.source = str(random.choice(kinds, p=[0.82, 0.14, 0.04]))
        self.temporary = int(random.choice([0, 30, 60])) if random.random() < 0.10 else 0
        self.verified = np.datetime64("2014-05-01") + int(random.integers(0, 3900))

    def row(self, year: int) -> dict[str, Any]:
        """Return the row of one year's return."""
        assessed = round(self._places(year) * self.factor) + self.sixth
        verified = min(self.verified, np.datetime64(f"{year + 1}-05-01"))
        usable = round((assessed - self.sixth) * (1 - self.mothballed)) + self.sixth
        return {
            "urn": self.school.urn_in(year),
            "academic_year": label(year),
            "site_id": self.school.site_id,
            "capacity": assessed,
            "sixth_form_capacity": self.sixth or "",
            "usable": usable if self.says_usable else "",
            "temporary_places": self.temporary or "",
            "source": self.source,
            "verified_on": str(verified),
            "disputed": "yes" if self.school.name == DISPUTED and year >= BASE - 1 else "no",
            "reason": "",
        }

    def _places(self, year: int) -> int:
        """Places up to Year 11 that the building holds: cuts of admission numbers leave the rooms there."""
        school, places = self.school, 0
        for entry, start in school.pans.items():
            if entry <= 11:
                lasting = [
                    start,
                    *(
                        changed
                        for (group, since), changed in school.pan_changes.items()
                        if group == entry and since <= year and not _bulge(school, group, since)
                    ),
                ]
                places += max(lasting) * (min(school.high, 11) - entry + 1)
        return places


def _bulge(school: Provision, group: int, since: int) -> bool:
    """Tell whether an admission number was raised for one year only."""
    return (group, since + 1) in school.pan_changes


def admission_numbers(county: County) -> Rows:
    """Admission numbers of every entry year group, determined to September 2026."""
    rows: Rows = []
    for school in county.provisions:
        for year in range(FIRST_ROLL, OFFERS_KNOWN + 1):
            for group in school.pans:
                pan = school.admits(group, year)
                if pan:
                    rows.append(
                        {
                            "urn": school.urn_in(year),
                            "academic_year": label(year),
                            "year_group": group_label(group),
                            "pan": pan,
                            "site_id": school.site_id,
                            "determined": "yes",
                        }
                    )
    return rows


_CITY_MIX = (
    ("flat", "market", "2", 0.5),
    ("flat", "affordable", "1", 0.2),
    ("house", "market", "3", 0.2),
    ("house", "affordable", "2", 0.1),
)
_OTHER_MIX = (
    ("house", "market", "3", 0.45),
    ("house", "market", "4", 0.2),
    ("house", "affordable", "2", 0.2),
    ("flat", "market", "2", 0.15),
)


def housing() -> Rows:
    """Sites of every status with the homes of each financial year by kind, tenure and bedrooms."""
    by_name: dict[str, Area] = {area.name: area for area in AREAS}
    rows: Rows = []
    for number, site in enumerate(hand_written.read("housing_sites"), 1):
        area, status = by_name[site["area_name"]], site["status"]
        homes, first, years = (int(site[key]) for key in ("homes", "first_financial_year", "years"))
        mix = _CITY_MIX if area.district == "Sampleton City" else _OTHER_MIX
        secured = status in ("started", "full") and homes >= 200
        for step in range(years):
            homes_this_year = homes * (step + 1) // years - homes * step // years
            for position, (dwelling, tenure, bedrooms, share) in enumerate(mix):
                given = sum(round(homes_this_year * part[3]) for part in mix[1:])
                dwellings = homes_this_year - given if position == 0 else round(homes_this_year * share)
                first_row = step == 0 and position == 0
                rows.append(
                    {
                        "site_id": f"H{number:02d}",
                        "site_name": site["site_name"],
                        "area_code": area.code,
                        "secondary_area": area.secondary_code,
                        "financial_year": financial_label(first + step),
                        "dwellings": dwellings,
                        "dwelling": dwelling,
                        "tenure": tenure,
                        "bedrooms": bedrooms,
                        "status": status,
                        "secured_places_primary": round(homes * 0.25) if secured and first_row else "",
                        "secured_places_secondary": round(homes * 0.15) if secured and first_row else "",
                        "contribution": homes * 6500 if secured and first_row else "",
                        "contribution_year": label(first + 1) if secured and first_row else "",
                    }
                )
    return rows


_YIELD_PEAK = {
    ("primary", "house"): (0.34, 8),
    ("primary", "flat"): (0.10, 6),
    ("secondary", "house"): (0.21, 14),
    ("secondary", "flat"): (0.05, 12),
    ("sixth_form", "house"): (0.05, 15),
    ("sixth_form", "flat"): (0.012, 14),
}


def yields() -> Rows:
    """Made-up pupils for each home by its age: a rise to a peak, then a slow fall."""
    rows: Rows = []
    for (phase, dwelling), (peak, at) in _YIELD_PEAK.items():
        for age in range(1, 16):
            rise = 0.3 + 0.7 * min(1.0, (age - 1) / (at - 1))
            fall = 1 - 0.015 * max(0, age - at)
            rows.append(
                {
                    "phase": phase,
                    "dwelling": dwelling,
                    "years_after_completion": age,
                    "pupils_per_dwelling": f"{peak * rise * fall:.3f}",
                }
            )
    return rows
