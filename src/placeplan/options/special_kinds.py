"""Candidates for too few or too many specialist places: each knows its places, its school, its way and its start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from placeplan.arrays import Array
from placeplan.options.special_needs import need_cells
from placeplan.options.special_setting import BASES, SURE, SURE_YEARS, Provider, SendSetting, option_kinds
from placeplan.options.ways import Way
from placeplan.send.places import Cell, together
from placeplan.years import Phase

STEP = 5
"""Special schools are enlarged and opened by so many places."""


@dataclass(frozen=True)
class SendCandidate:
    """One thing that could be done: ``places`` signed, in all year groups; ``judged``: the places and demand it moves.

    ``gives``: where it takes places from another need, what that need loses. ``way`` is None where nothing is decided.
    """

    kind: str
    cell: Cell
    judged: Cell
    places: float
    way: Way | None
    start: int
    urn: str = ""
    need: str = ""
    area_code: str = ""
    gives: Cell | None = None
    facts: tuple[str, ...] = ()


def candidates(setting: SendSetting, cell: Cell, needed: int) -> Iterator[SendCandidate]:
    """Yield what could be done about places that are missing from the year of start ``needed`` on."""
    yield SendCandidate("do_nothing", cell, cell, 0.0, None, needed)
    if cell.setting in BASES:
        yield from _new_bases(setting, cell, needed)
    yield from _expansions(setting, cell, needed)
    yield from _redesignations(setting, cell, needed)


def missing(cell: Cell) -> float:
    """Return the most places that are expected to be missing in any year."""
    return float(np.maximum(cell.demand - cell.free, 0.0).max())


def _way(setting: SendSetting, kind: str, school_type: str, places: float, capacity: float = np.nan) -> Way:
    row = option_kinds()[kind]
    decided = setting.ways.way(row["decided_as"], school_type, places, capacity)
    return setting.ways.built(row["months"], decided)


def _new_bases(setting: SendSetting, cell: Cell, needed: int) -> Iterator[SendCandidate]:
    """A base in mainstream schools that can spare a classroom in every year ahead, where most need is unmet first."""
    phase = cell.phase if cell.phase in list(Phase) else "primary"
    size, typical = setting.project.options.base_places, [one.places for one in setting.of(cell)]
    places = float(np.ceil(min(missing(cell), *([float(np.median(typical))] if typical else []), np.inf)))
    with_base = {one.urn for one in setting.providers}
    own = setting.schools[(setting.schools["phase"] == phase) & (setting.schools["year_group"] != "total")]
    areas, surplus = own["area_code"].to_numpy(), own["surplus"].to_numpy(dtype=float)
    years = own["academic_year"].str[:4].to_numpy(dtype=int)
    found = []
    for urn, rows in own.groupby("urn").indices.items():
        school, area = str(urn), str(areas[rows[0]])
        way = _way(setting, "new_base", setting.type(school), places)
        start = setting.ways.first_year(way, needed)
        spare = surplus[rows[years[rows] >= start]]
        if school not in with_base and len(spare) and spare.min() >= size:
            found.append((unmet(setting, cell, area, start), float(spare.min()), school, area, way, start))
    found.sort(key=lambda one: (-one[0], -one[1], one[2]))
    for short, least, school, area, way, start in found[: setting.project.options.most]:
        facts = (
            f"at least {least:.0f} mainstream places stand empty in each year group, of which it takes {size}",
            f"{short:.0f} residents of its area would find no place of this kind in it",
        )
        yield SendCandidate("new_base", cell, cell, places, way, start, school, area_code=area, facts=facts)


def unmet(setting: SendSetting, cell: Cell, area: str, start: int) -> float:
    """Return the residents of a planning area who need such a place less those that its schools have, from a year on."""
    phase = cell.phase if (cell.setting, cell.phase) in setting.homes else "primary"
    share = setting.homes[cell.setting, phase].get(area, 0.0)
    there = sum(one.places for one in setting.of(cell) if setting.area_of(one.urn, phase) == area)
    return share * float(cell.demand[setting.years >= start].max(initial=0.0)) - there


def _expansions(setting: SendSetting, cell: Cell, needed: int) -> Iterator[SendCandidate]:
    """Provision that exists by as much as the shorter way allows, and by all that is missing."""
    kind = "base_expansion" if cell.setting in BASES else "expansion"
    for one in setting.of(cell)[: setting.project.options.most]:
        capacity = sum(other.places for other in setting.providers if other.urn == one.urn)
        sizes = {
            _within(setting, kind, one, _rounded(cell, missing(cell)), capacity),
            _rounded(cell, missing(cell)),
        }
        for places in sorted(size for size in sizes if size > 0):
            way = _way(setting, kind, setting.type(one.urn), places, capacity)
            facts = (f"has {capacity:.0f} places now",)
            yield SendCandidate(
                kind, cell, cell, places, way, setting.ways.first_year(way, needed), one.urn, one.need,
                setting.area_of(one.urn, cell.phase), facts=facts,
            )  # fmt: skip


def _rounded(cell: Cell, places: float) -> float:
    step = 1 if cell.setting in BASES else STEP
    return float(np.ceil(places / step) * step)


def _within(setting: SendSetting, kind: str, one: Provider, most: float, capacity: float) -> float:
    """Return the most places, up to those missing, that the shorter way of deciding allows."""
    decided, school_type = option_kinds()[kind]["decided_as"], setting.type(one.urn)
    short = setting.ways.way(decided, school_type, 1.0, capacity).rule_id
    for places in range(int(most), 0, -1):
        if setting.ways.way(decided, school_type, float(places), capacity).rule_id == short:
            return float(places)
    return 0.0


def new_schools(setting: SendSetting, cells: list[Cell], needed: int) -> Iterator[SendCandidate]:
    """A new special school of what the short phases miss, where that is at least the size of the smallest that exists."""
    places = sum(_rounded(cell, missing(cell)) for cell in cells)
    sizes: dict[str, float] = {}
    for one in setting.providers:
        if one.setting == cells[0].setting:
            sizes[one.urn] = sizes.get(one.urn, 0.0) + one.places
    if not sizes or places < min(sizes.values()):
        return
    way = _way(setting, "new_special_school", "", places)
    phases = ", ".join(cell.phase.replace("_", " ") for cell in cells)
    facts = (f"for {phases} together; the smallest special school has {min(sizes.values()):.0f} places",)
    whole = together(cells)
    yield SendCandidate(
        "new_special_school", whole, whole, places, way, setting.ways.first_year(way, needed), facts=facts
    )


def _redesignations(setting: SendSetting, cell: Cell, needed: int) -> Iterator[SendCandidate]:
    """Places of a need that has some to spare go to the need that is missing most."""
    by_need = need_cells(setting, cell)
    if len(by_need) < 2:
        return
    at = setting.years >= needed
    spare = {need: float((one.free - one.demand)[at].min()) for need, one in by_need.items()}
    wanted = max(
        by_need, key=lambda need: (-float((by_need[need].free - by_need[need].demand)[at].max()), need)
    )
    for one in setting.of(cell):
        places = np.floor(min(spare.get(one.need, 0.0), missing(by_need[wanted]), one.places))
        if one.need == wanted or places < 1:
            continue
        way = _way(setting, "redesignation", setting.type(one.urn), float(places))
        lacking = missing(by_need[wanted])
        facts = (
            f"{spare[one.need]:.0f} places for {one.need} are spare, {lacking:.0f} for {wanted} are missing",
            f"chances are those of {wanted} alone",
        )
        yield SendCandidate(
            "redesignation", cell, by_need[wanted], float(places), way, setting.ways.first_year(way, needed), one.urn,
            wanted, setting.area_of(one.urn, cell.phase), by_need[one.need], facts,
        )  # fmt: skip
        return


def decommissions(setting: SendSetting, cell: Cell) -> Iterator[SendCandidate]:
    """Fewer places where they stand empty in nearly every draw of the next years, at the largest provider."""
    spare: Array = np.quantile(cell.free[None, :] - cell.drawn, 1.0 - SURE, axis=0)[:SURE_YEARS]
    places = float(np.floor(max(spare.min(), 0.0)))
    providers = setting.of(cell)
    if places < 1 or not providers:
        return
    one = providers[0]
    fewer = min(places, one.places)
    way = _way(setting, "decommission", setting.type(one.urn), -fewer)
    start = setting.ways.first_year(way, int(setting.years[0]))
    facts = (f"{places:.0f} places stand empty in {SURE:.0%} of draws in each of {SURE_YEARS} years",)
    yield SendCandidate(
        "decommission", cell, cell, -fewer, way, start, one.urn, one.need, setting.area_of(one.urn, cell.phase), facts=facts
    )  # fmt: skip
