"""Tables about pupils: rolls, births, transfers, homes of pupils, preferences, homes built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

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
    birth_index,
)
from exampleshire_maker.pupils import County
from exampleshire_maker.schools import SPECIAL_TYPES
from exampleshire_maker.specialist import FIRST_AGE, MAINSTREAM, Plans

Rows = list[dict[str, Any]]
FIRST_BIRTH_WRITTEN = 2007
FIRST_RESIDENCE, FIRST_PREFERENCES = 2021, 2019
SUPPRESSED = ("Fell Top Primary School", 2016, 3)
"""School, year and year group of the cell that is written as ``c``."""


def rolls(
    county: County, high_needs: dict[int, Counts], random: np.random.Generator
) -> Iterator[dict[str, Any]]:
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
            yield {
                "academic_year": label(year),
                "census": census,
                "urn": school.urn_in(year),
                "site_id": school.site_id,
                "year_group": group_label(group),
                "pupils": "c" if suppressed else pupils,
                "unit_pupils": in_unit,
            }


def with_plans(
    rows: Iterable[dict[str, Any]], county: County, plans: Plans, random: np.random.Generator
) -> Rows:
    """The rolls, those of January of the base year with the pupils that have a plan, some schools with more than others.

    Mainstream schools share the residents whose plan names one, by year group.
    """
    found = list(rows)
    mainstream = plans.stock[BASE][MAINSTREAM].sum(axis=0)
    urns = {school.urn_in(BASE) for school in county.provisions if school.type not in SPECIAL_TYPES}
    here = [
        row
        for row in found
        if (row["academic_year"], row["census"]) == (label(BASE), "january")
        and row["urn"] in urns
        and row["pupils"] != "c"
    ]
    lean = {urn: float(random.gamma(6.0) / 6.0) for urn in sorted({row["urn"] for row in here})}
    for group in range(15):
        cells = [row for row in here if row["year_group"] == group_label(group)]
        if not cells:
            continue
        weights = np.array([row["pupils"] * lean[row["urn"]] for row in cells])
        share = mainstream[group + 4 - FIRST_AGE] / max(1.0, weights.sum())
        for row, weight in zip(cells, weights, strict=True):
            row["plan_pupils"] = min(row["pupils"], int(random.poisson(share * weight)))
    return found


def births(county: County) -> Rows:
    """Births of wards: known to 2024/25, projected for two years more."""
    rows: Rows = []
    for position, ward in enumerate(county.wards):
        known = county.births[position]
        for year in range(FIRST_BIRTH_WRITTEN, BASE):
            rows.append(
                {
                    "birth_year": label(year),
                    "geography_code": ward.code,
                    "births": int(known[year - FIRST_BIRTH]),
                    "status": "actual",
                }
            )
        recent = float(known[-3:].mean()) / birth_index(BASE - 2)
        for ahead, year in enumerate((BASE, BASE + 1), 1):
            expected = recent * birth_index(year) * (1 + AREAS[ward.area].growth / 2) ** ahead
            spread = 1.3 * np.sqrt(expected) * (0.8 + 0.2 * ahead)
            rows.append(
                {
                    "birth_year": label(year),
                    "geography_code": ward.code,
                    "births": round(expected),
                    "status": "projected",
                    "lower": max(0, round(expected - spread)),
                    "upper": round(expected + spread),
                }
            )
    return rows


def preschool(county: County, random: np.random.Generator) -> Rows:
    """Children under five registered with a GP, by ward, in the last eight Octobers."""
    rows: Rows = []
    for snapshot in range(BASE - 7, BASE + 1):
        for position, ward in enumerate(county.wards):
            for birth_year in range(snapshot - 4, min(snapshot, BASE)):
                age = snapshot - birth_year
                growth = 1 + 0.006 * age + 1.2 * max(0.0, AREAS[ward.area].growth) * age / 4
                expected = county.births[position, birth_year - FIRST_BIRTH] * growth
                rows.append(
                    {
                        "snapshot": f"{snapshot}-10-31",
                        "birth_year": label(birth_year),
                        "geography_code": ward.code,
                        "source": "GP",
                        "children": max(0, round(expected + random.normal(0, 0.03 * expected + 0.5))),
                    }
                )
    return rows


def geography_lookup(county: County) -> Rows:
    """Wards and the areas that hold them."""
    rows: Rows = []
    for ward in county.wards:
        rows.append({"geography_code": ward.code, "area_code": AREAS[ward.area].code, "weight": ward.weight})
        if ward.other_area is not None:
            rows.append(
                {
                    "geography_code": ward.code,
                    "area_code": AREAS[ward.other_area].code,
                    "weight": round(1 - ward.weight, 4),
                }
            )
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
                    parts = [(OLD_AREAS[0], pupils // 2), (OLD_AREAS[1], pupils - pupils // 2)]
                rows += [
                    {
                        "academic_year": label(year),
                        "from_area": part,
                        "to_area": target,
                        "pupils": moved,
                        "into_year_group": 7,
                    }
                    for part, moved in parts
                    if moved
                ]
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
                rows.append(
                    {
                        "academic_year": label(year),
                        "home_area": homes[home],
                        "year_group": group,
                        "area_code": areas_of_school[target],
                        "pupils": int(flow[home, target]),
                    }
                )
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
            rows += [
                {
                    "academic_year": label(year),
                    "urn": urn,
                    "year_group": group_label(group),
                    "first_preferences": first,
                    "offers": offers,
                }
                for urn, (first, offers) in counted.items()
            ]
    return rows


def past_completions(county: County) -> Rows:
    """Homes completed in the years of the rolls."""
    return [
        {
            "area_code": area.code,
            "academic_year": label(year),
            "dwellings": int(county.completions[row, year - FIRST_BIRTH]),
        }
        for row, area in enumerate(AREAS)
        for year in range(FIRST_ROLL - 1, BASE)
    ]
