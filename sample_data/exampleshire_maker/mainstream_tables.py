"""Tables about pupils: areas, schools, rolls, births, transfers, homes of pupils, preferences, homes built."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from exampleshire_maker.boundaries import place_in
from exampleshire_maker.calendar import (
    BASE,
    FIRST_BIRTH,
    FIRST_ROLL,
    OFFERS_KNOWN,
    ROLL_YEARS,
    group_label,
    label,
)
from exampleshire_maker.choice import Counts
from exampleshire_maker.county import (
    AREAS,
    JOINED_AREA,
    JOINED_IN,
    OLD_AREAS,
    SECONDARY_CODES,
    SECONDARY_NAMES,
    birth_index,
)
from exampleshire_maker.pupils import County
from exampleshire_maker.register import CATHOLIC, CHURCH, CHURCH_TRUST
from exampleshire_maker.schools import ALWAYS, NEVER, SPECIAL_TYPES, Provision

Rows = list[dict[str, Any]]
FIRST_BIRTH_WRITTEN = 2007
FIRST_RESIDENCE, FIRST_PREFERENCES = 2021, 2019
SUPPRESSED = ("Fell Top Primary School", 2016, 3)
"""School, year and year group of the cell that is written as ``c``."""


def areas() -> Rows:
    """Primary areas with the secondary area that they feed, then secondary areas."""
    rows: Rows = [
        {"area_code": area.code, "area_name": area.name, "phase": "primary", "feeds": area.secondary_code,
         "district": area.district, "la_code": "999",
         "valid_from": label(JOINED_IN) if area.code == JOINED_AREA else ""}
        for area in AREAS
    ]  # fmt: skip
    for index, (code, name) in enumerate(zip(SECONDARY_CODES, SECONDARY_NAMES, strict=True)):
        district = next(area.district for area in AREAS if area.secondary_index == index)
        rows.append({"area_code": code, "area_name": name, "phase": "secondary", "district": district,
                     "la_code": "999"})  # fmt: skip
    return rows


def area_changes() -> Rows:
    """Two old areas that were joined."""
    return [
        {"old_area": code, "new_area": JOINED_AREA, "phase": "primary", "from_year": label(JOINED_IN), "weight": 1}
        for code, _ in OLD_AREAS
    ]


def _laestab(position: int, school: Provision) -> str:
    start = 7000 if school.type in SPECIAL_TYPES else 4000 if school.low >= 7 else 2000
    return f"999{start + position:04d}"


def _inspection(random: np.random.Generator, school: Provision) -> dict[str, Any]:
    if school.opened >= BASE - 2:
        return {}
    day = np.datetime64("2019-09-10") + int(random.integers(0, 2200))
    while (day.astype(object).weekday()) > 3:
        day += 1
    if day < np.datetime64("2024-09-01"):
        outcomes, shares = ["outstanding", "good", "requires improvement", "inadequate"], [0.12, 0.74, 0.12, 0.02]
        framework = "2019"
    else:
        outcomes, shares, framework = ["no overall grade"], [1.0], "2019 without overall grade"
    return {"framework": framework, "inspection_date": str(day),
            "inspection_outcome": str(random.choice(outcomes, p=shares))}  # fmt: skip


def schools(county: County, random: np.random.Generator) -> Rows:
    """One row for each URN; a school that changed its URN has two."""
    rows: Rows = []
    for position, school in enumerate(county.provisions, 1):
        if school.site_id == "B":
            continue
        row = _school(school, position, random)
        if school.old_urn:
            renamed = school.renamed_in
            rows.append(row | {"urn": school.old_urn, "type": school.old_type, "close_year": label(renamed - 1),
                               "trust": "Example Learning Trust D" if school.old_type == "academy" else "",
                               "school_name": school.name.replace("Academy", "School")})  # fmt: skip
            row |= {"predecessor_urn": school.old_urn, "open_year": label(renamed)}
        rows.append(row)
    return rows


def _school(school: Provision, position: int, random: np.random.Generator) -> dict[str, Any]:
    block = [area for area in AREAS if area.secondary_index == school.secondary_area]
    cell = AREAS[school.primary_area] if school.primary_area is not None else block[0] if block else AREAS[2]
    easting, northing = place_in(cell, random)
    church_trust = school.denomination == CHURCH and school.type == "academy"
    grows = school.usual_places and random.random() < 0.25
    return {
        "urn": school.urn, "school_name": school.name, "type": school.type,
        "low_year": group_label(school.low), "high_year": group_label(school.high),
        "primary_area": AREAS[school.primary_area].code if school.primary_area is not None else "",
        "secondary_area": SECONDARY_CODES[school.secondary_area] if school.secondary_area is not None else "",
        "laestab": _laestab(position, school), "trust": CHURCH_TRUST if church_trust else school.trust,
        "denomination": school.denomination,
        "diocese": {CHURCH: "Diocese of Example", CATHOLIC: "Example Catholic Diocese"}.get(school.denomination, ""),
        "gender": school.gender, "selective": "yes" if school.selective else "no",
        "max_places": int(school.usual_places * 1.5) // 30 * 30 if grows else "",
        "easting": easting, "northing": northing,
        "open_year": label(school.opened) if school.opened != ALWAYS else "",
        "close_year": label(school.closed) if school.closed != NEVER else "",
        **_inspection(random, school),
    }  # fmt: skip


def sites(county: County, random: np.random.Generator) -> Rows:
    """The two sites of the split-site school."""
    rows: Rows = []
    for school in county.provisions:
        if school.site_id and school.primary_area is not None:
            area = AREAS[school.primary_area]
            easting, northing = place_in(area, random)
            rows.append({"urn": school.urn, "site_id": school.site_id, "area_code": area.code, "phase": "primary",
                         "site_name": f"{school.name}, {'Upper' if school.site_id == 'A' else 'Lower'} Bank site",
                         "easting": easting, "northing": northing})  # fmt: skip
    return rows


def rolls(county: County, high_needs: dict[int, Counts], random: np.random.Generator) -> Iterator[dict[str, Any]]:
    """January rolls of every year, with October and May of the last years, one row a cell."""
    for year in ROLL_YEARS:
        january = county.rolls[year] + high_needs[year]
        yield from _census(county, january, year, "january", random)
        if year >= BASE - 1:
            yield from _census(county, _other_census(january, 0.992, 0.010, random), year, "october", random)
        if year == BASE - 1:
            yield from _census(county, _other_census(january, 0.990, 0.012, random), year, "may", random)


def _other_census(january: Counts, stays: float, comes: float, random: np.random.Generator) -> Counts:
    moved = random.binomial(january, stays) + random.poisson(january * comes)
    return np.where(january > 0, np.maximum(moved, 1), 0)


def _census(
    county: County, roll: Counts, year: int, census: str, random: np.random.Generator
) -> Iterator[dict[str, Any]]:
    for row, school in enumerate(county.provisions):
        for group in range(school.low, school.high + 1):
            if not school.teaches(group, year):
                continue
            pupils = int(roll[row, group])
            mainstream_unit = school.unit_places and school.type not in SPECIAL_TYPES
            in_unit = min(pupils, int(random.poisson(school.unit_places / 7))) if mainstream_unit else ""
            suppressed = (school.name, year, group) == SUPPRESSED
            yield {"academic_year": label(year), "census": census, "urn": school.urn_in(year),
                   "site_id": school.site_id, "year_group": group_label(group),
                   "pupils": "c" if suppressed else pupils, "unit_pupils": in_unit}  # fmt: skip


def births(county: County) -> Rows:
    """Births of wards: known to 2024/25, projected for two years more."""
    rows: Rows = []
    for position, ward in enumerate(county.wards):
        known = county.births[position]
        for year in range(FIRST_BIRTH_WRITTEN, BASE):
            rows.append({"birth_year": label(year), "geography_code": ward.code,
                         "births": int(known[year - FIRST_BIRTH]), "status": "actual"})  # fmt: skip
        recent = float(known[-3:].mean()) / birth_index(BASE - 2)
        for ahead, year in enumerate((BASE, BASE + 1), 1):
            expected = recent * birth_index(year) * (1 + AREAS[ward.area].growth / 2) ** ahead
            spread = 1.3 * np.sqrt(expected) * (0.8 + 0.2 * ahead)
            rows.append({"birth_year": label(year), "geography_code": ward.code, "births": round(expected),
                         "status": "projected", "lower": max(0, round(expected - spread)),
                         "upper": round(expected + spread)})  # fmt: skip
    return rows


def preschool(county: County, random: np.random.Generator) -> Rows:
    """Children under five registered with a GP, by ward, in the last three Octobers."""
    rows: Rows = []
    for snapshot in range(BASE - 2, BASE + 1):
        for position, ward in enumerate(county.wards):
            for birth_year in range(snapshot - 4, min(snapshot, BASE)):
                age = snapshot - birth_year
                growth = 1 + 0.006 * age + 1.2 * max(0.0, AREAS[ward.area].growth) * age / 4
                expected = county.births[position, birth_year - FIRST_BIRTH] * growth
                rows.append({"snapshot": f"{snapshot}-10-31", "birth_year": label(birth_year),
                             "geography_code": ward.code, "source": "GP",
                             "children": max(0, round(expected + random.normal(0, 0.03 * expected + 0.5)))})  # fmt: skip
    return rows


def geography_lookup(county: County) -> Rows:
    """Wards and the areas that hold them."""
    rows: Rows = []
    for ward in county.wards:
        rows.append({"geography_code": ward.code, "area_code": AREAS[ward.area].code, "weight": ward.weight})
        if ward.other_area is not None:
            rows.append({"geography_code": ward.code, "area_code": AREAS[ward.other_area].code,
                         "weight": round(1 - ward.weight, 4)})  # fmt: skip
    return rows


def _by_secondary_area(county: County, flow: Counts) -> Counts:
    """Sum a flow (home, provision) by the secondary area of the provision."""
    summed = np.zeros((flow.shape[0], len(SECONDARY_CODES)), dtype=np.int64)
    for column, school in enumerate(county.provisions):
        if school.secondary_area is not None:
            summed[:, school.secondary_area] += flow[:, column]
    return summed


def transfers(county: County) -> Rows:
    """Moves from Year 6 to Year 7; everything that leaves or comes in has ``OUT`` on the other side.

    Before the areas were joined, Marketsample's pupils are written under the two old areas.
    """
    rows: Rows = []
    for year in range(FIRST_ROLL + 1, BASE + 1):
        flow = _by_secondary_area(county, county.moves_to_seven[year])
        for home in range(len(AREAS) + 1):
            targets = list(zip(SECONDARY_CODES, flow[home].tolist(), strict=True))
            if home < len(AREAS):
                targets.append(("OUT", int(county.left_before_seven[year][home])))
            origin = AREAS[home].code if home < len(AREAS) else "OUT"
            for target, pupils in targets:
                parts = [(origin, pupils)]
                if origin == JOINED_AREA and year < JOINED_IN:
                    parts = [(OLD_AREAS[0][0], pupils // 2), (OLD_AREAS[1][0], pupils - pupils // 2)]
                rows += [{"academic_year": label(year), "from_area": part, "to_area": target, "pupils": moved,
                          "into_year_group": 7} for part, moved in parts if moved]  # fmt: skip
    return rows


def residence(county: County) -> Rows:
    """Where pupils of Reception and Year 7 live, by the area of their school; ``OUT`` lives outside."""
    rows: Rows = []
    for year in range(FIRST_RESIDENCE, BASE + 1):
        primary = np.zeros((len(AREAS), len(AREAS)), dtype=np.int64)
        for column, school in enumerate(county.provisions):
            if school.primary_area is not None:
                primary[:, school.primary_area] += county.homes_of_reception[year][:, column]
        seven = _by_secondary_area(county, county.moves_to_seven[year])
        secondary = np.zeros((len(SECONDARY_CODES) + 1, len(SECONDARY_CODES)), dtype=np.int64)
        for home, area in enumerate(AREAS):
            secondary[area.secondary_index] += seven[home]
        secondary[-1] = seven[-1]
        codes = [area.code for area in AREAS]
        for group, homes, areas_of_school, flow in (
            ("R", codes, codes, primary),
            ("7", [*SECONDARY_CODES, "OUT"], list(SECONDARY_CODES), secondary),
        ):
            for home, target in np.argwhere(flow > 0):
                rows.append({"academic_year": label(year), "home_area": homes[home], "year_group": group,
                             "area_code": areas_of_school[target], "pupils": int(flow[home, target])})  # fmt: skip
    return rows


def preferences(county: County) -> Rows:
    """First preferences and offers by school, to the offers for September 2026."""
    rows: Rows = []
    for year in range(FIRST_PREFERENCES, OFFERS_KNOWN + 1):
        for group in (0, 3, 7):
            counted: dict[str, list[int]] = {}
            for row, school in enumerate(county.provisions):
                if school.admits(group, year):
                    pair = counted.setdefault(school.urn_in(year), [0, 0])
                    pair[0] += int(county.first_preferences[year, group][row])
                    pair[1] += int(county.offers[year, group][row])
            rows += [{"academic_year": label(year), "urn": urn, "year_group": group_label(group),
                      "first_preferences": first, "offers": offers}
                     for urn, (first, offers) in counted.items()]  # fmt: skip
    return rows


def past_completions(county: County) -> Rows:
    """Homes completed in the years of the rolls."""
    return [
        {"area_code": area.code, "academic_year": label(year),
         "dwellings": int(county.completions[row, year - FIRST_BIRTH])}
        for row, area in enumerate(AREAS) for year in range(FIRST_ROLL - 1, BASE)
    ]  # fmt: skip
