"""Tables about areas, schools and their sites."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from exampleshire_maker.boundaries import place_in
from exampleshire_maker.calendar import (
    BASE,
    group_label,
    label,
)
from exampleshire_maker.county import (
    AREAS,
    JOINED_AREA,
    JOINED_IN,
    OLD_AREAS,
    SECONDARY_CODES,
    SECONDARY_NAMES,
)
from exampleshire_maker.pupils import County
from exampleshire_maker.register import CATHOLIC, CHURCH
from exampleshire_maker.schools import ALWAYS, NEVER, SPECIAL_TYPES, Provision

Rows = list[dict[str, Any]]


def areas() -> Rows:
    """Primary areas with the secondary area that they feed, then secondary areas."""
    rows: Rows = [
        {
            "area_code": area.code,
            "area_name": area.name,
            "phase": "primary",
            "feeds": area.secondary_code,
            "district": area.district,
            "la_code": "999",
            "valid_from": label(JOINED_IN) if area.code == JOINED_AREA else "",
        }
        for area in AREAS
    ]
    for index, (code, name) in enumerate(zip(SECONDARY_CODES, SECONDARY_NAMES, strict=True)):
        district = next(area.district for area in AREAS if area.secondary_index == index)
        rows.append(
            {
                "area_code": code,
                "area_name": name,
                "phase": "secondary",
                "district": district,
                "la_code": "999",
            }
        )
    return rows


def area_changes() -> Rows:
    """Two old areas that were joined."""
    return [
        {
            "old_area": code,
            "new_area": JOINED_AREA,
            "phase": "primary",
            "from_year": label(JOINED_IN),
            "weight": 1,
        }
        for code in OLD_AREAS
    ]


def _laestab(position: int, school: Provision) -> str:
    start = 7000 if school.type in SPECIAL_TYPES else 4000 if school.low >= 7 else 2000
    return f"999{start + position:04d}"


def _inspection(random: np.random.Generator, school: Provision) -> dict[str, Any]:
    """Return the last inspection: none in the pandemic or in August, no overall grade of late."""
    if school.opened >= BASE - 2:
        return {}
    day = date(2019, 9, 10)
    while day.weekday() > 3 or day.month == 8 or day < date(2021, 5, 1):
        day = date(2019, 9, 10) + timedelta(days=int(random.integers(0, 2200)))
    if day < date(2024, 9, 1):
        outcomes, shares = (
            ["outstanding", "good", "requires improvement", "inadequate"],
            [0.12, 0.74, 0.12, 0.02],
        )
        outcome, framework = str(random.choice(outcomes, p=shares)), "2019"
    else:
        outcome, framework = "no overall grade", "2019 without overall grade"
    return {"framework": framework, "inspection_date": day.isoformat(), "inspection_outcome": outcome}


def schools(county: County, random: np.random.Generator) -> Rows:
    """One row for each URN; a school that changed its URN has two."""
    rows: Rows = []
    for position, school in enumerate(county.provisions, 1):
        if school.site_id == "B":
            continue
        row = _school(school, position, random)
        if school.old_urn:
            renamed = school.renamed_in
            rows.append(
                row
                | {
                    "urn": school.old_urn,
                    "type": school.old_type,
                    "close_year": label(renamed - 1),
                    "trust": "Example Learning Trust D" if school.old_type == "academy" else "",
                    "school_name": school.name.replace("Academy", "School"),
                }
            )
            row |= {"predecessor_urn": school.old_urn, "open_year": label(renamed)}
        rows.append(row)
    return rows


def _school(school: Provision, position: int, random: np.random.Generator) -> dict[str, Any]:
    block = [area for area in AREAS if area.secondary_index == school.secondary_area]
    cell = AREAS[school.primary_area] if school.primary_area is not None else block[0] if block else AREAS[2]
    easting, northing = place_in(cell, random)
    grows = school.usual_places and random.random() < 0.25
    return {
        "urn": school.urn,
        "school_name": school.name,
        "type": school.type,
        "low_year": group_label(school.low),
        "high_year": group_label(school.high),
        "primary_area": AREAS[school.primary_area].code if school.primary_area is not None else "",
        "secondary_area": SECONDARY_CODES[school.secondary_area] if school.secondary_area is not None else "",
        "laestab": _laestab(position, school),
        "trust": school.trust,
        "denomination": school.denomination,
        "diocese": {CHURCH: "Diocese of Example", CATHOLIC: "Example Catholic Diocese"}.get(
            school.denomination, ""
        ),
        "gender": school.gender,
        "selective": "yes" if school.selective else "no",
        "max_places": int(school.usual_places * 1.5) // 30 * 30 if grows else "",
        "easting": easting,
        "northing": northing,
        "open_year": label(school.opened) if school.opened != ALWAYS else "",
        "close_year": label(school.closed) if school.closed != NEVER else "",
        **_inspection(random, school),
    }


def sites(county: County, random: np.random.Generator) -> Rows:
    """The two sites of the split-site school."""
    rows: Rows = []
    for school in county.provisions:
        if school.site_id and school.primary_area is not None:
            area = AREAS[school.primary_area]
            easting, northing = place_in(area, random)
            rows.append(
                {
                    "urn": school.urn,
                    "site_id": school.site_id,
                    "area_code": area.code,
                    "phase": "primary",
                    "site_name": f"{school.name}, {'Upper' if school.site_id == 'A' else 'Lower'} Bank site",
                    "easting": easting,
                    "northing": northing,
                }
            )
    return rows
