"""Spare places nearby: how far it is to other areas' schools, and what their areas could lend in each draw.

Distance is the straight line between schools times the project's ``options.travel_factor``, beside the statutory walking
distance (``data/walking_distance.csv``). Without coordinates an area's neighbours are those linked by transfers: areas that
send pupils to, or take them from, the same areas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.options.kinds import Lent
from placeplan.options.schools import School
from placeplan.options.setting import Area, Setting
from placeplan.years import Phase

METRES_IN_A_MILE = 1609.344


@dataclass(frozen=True)
class Neighbour:
    """An area that could lend places: ``miles`` from the nearest school of the area in trouble (NaN where linked by
    transfers), ``reachable``: its schools within the statutory walking distance, all of them where distance is not known;
    ``beyond``: whether they are beyond it; ``linked``: share of the other area's transfers that the two have in common."""

    area: Area
    miles: float
    reachable: tuple[School, ...]
    beyond: bool
    linked: float = float("nan")


def walking_miles(year_group: int) -> float:
    """Statutory walking distance of a year group in miles."""
    rows = data_rows("walking_distance.csv")
    return float(next(row["miles"] for row in rows if year_group <= int(row["to_year_group"])))


def neighbours(setting: Setting, area: Area, others: Sequence[Area]) -> list[Neighbour]:
    """Return the areas of the same phase that could lend places, nearest (or most linked) first."""
    same = [other for other in others if other.phase is area.phase and other.row != area.row]
    if not all(school.located for school in area.schools) or not area.schools:
        return _by_transfers(setting, area, same)
    found = [_by_distance(setting, area, other) for other in same]
    if not any(found):
        return _by_transfers(setting, area, same)
    most = walking_miles(area.groups[0]) * setting.project.options.furthest
    near = [one for one in found if one is not None and one.miles <= most]
    return sorted(near, key=lambda one: (one.miles, one.area.code))


def lent_places(setting: Setting, neighbour: Neighbour, by: str) -> Lent:
    """What a neighbour's reachable schools could lend: its spare places in each draw times their part of its spare."""
    area = neighbour.area
    counted = setting.places[by]
    central = np.maximum(setting.central_places(area, counted) - setting.demand(area), 0.0)
    drawn = np.maximum(setting.drawn_places(area, counted) - setting.drawn_demand(area), 0.0)
    part = _part(setting, neighbour, by)
    return Lent(np.nan_to_num(central * part), np.nan_to_num(drawn * part[:, :, None]))


def _part(setting: Setting, neighbour: Neighbour, by: str) -> Array:
    """Part of the area's spare places that stands at its reachable schools, (year groups, years)."""
    groups = neighbour.area.groups
    spare = [
        np.maximum(np.nan_to_num(setting.places_at(school, groups, by)) - setting.roll(school, groups), 0.0)
        for school in neighbour.area.schools
    ]
    whole = np.sum(spare, axis=0)
    near = np.sum(
        [
            cells
            for school, cells in zip(neighbour.area.schools, spare, strict=True)
            if school in neighbour.reachable
        ],
        axis=0,
    )
    part: Array = np.where(whole > 0, near / np.where(whole > 0, whole, 1.0), 0.0)
    return part


def _by_distance(setting: Setting, area: Area, other: Area) -> Neighbour | None:
    """The other area's schools by distance; None if one lacks coordinates."""
    located = [school for school in other.schools if school.located]
    if not located:
        return None
    miles = np.array([_miles(setting, area.schools, school) for school in located])
    limit = walking_miles(area.groups[0])
    reachable = [school for school, far in zip(located, miles, strict=True) if far <= limit]
    if reachable:
        return Neighbour(other, float(miles.min()), tuple(reachable), False)
    return Neighbour(other, float(miles.min()), (located[int(miles.argmin())],), True)


def _miles(setting: Setting, schools: Sequence[School], to: School) -> float:
    straight = min(np.hypot(school.easting - to.easting, school.northing - to.northing) for school in schools)
    return float(straight) * setting.project.options.travel_factor / METRES_IN_A_MILE


def _by_transfers(setting: Setting, area: Area, others: Sequence[Area]) -> list[Neighbour]:
    flows = _flows(setting)
    mine = flows.get((area.phase.area_phase, area.code), {})
    found = []
    for other in others:
        theirs = flows.get((other.phase.area_phase, other.code), {})
        common = sum(min(mine[code], theirs[code]) for code in mine.keys() & theirs.keys())
        if common > 0:
            found.append(Neighbour(other, float("nan"), other.schools, False, float(common)))
    return sorted(found, key=lambda one: (-one.linked, one.area.code))


def _flows(setting: Setting) -> dict[tuple[Phase, str], dict[str, float]]:
    """By area, the shares of its pupils that go to (or come from) each area of the other phase."""
    table = setting.inputs.table("transfers")
    if len(table):
        table = table[(table["academic_year"] == table["academic_year"].max())]
        rows = list(zip(table["from_area"], table["to_area"], table["pupils"], strict=True))
    else:
        areas = setting.forecast.register.areas
        fed = areas[areas["feeds"] != ""]
        rows = [(code, to, 1.0) for code, to in zip(fed["code"], fed["feeds"], strict=True)]
    flows: dict[tuple[Phase, str], dict[str, float]] = {}
    for start, end, pupils in rows:
        for key, other in (((Phase.PRIMARY, start), end), ((Phase.SECONDARY, end), start)):
            if "OUT" not in (start, end) and pupils > 0:
                there = flows.setdefault(key, {})
                there[other] = there.get(other, 0.0) + float(pupils)
    return {
        key: {code: pupils / sum(there.values()) for code, pupils in there.items()}
        for key, there in flows.items()
    }
