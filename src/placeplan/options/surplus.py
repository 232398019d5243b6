"""What could be done where too many places stand empty: lower numbers, fewer classes, other uses, closing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from placeplan.options.kinds import Candidate, Kind, change_row, kinds
from placeplan.options.outlook import Trouble
from placeplan.options.schools import School
from placeplan.options.setting import Area, Setting
from placeplan.options.shortage import admission_number, capacity_of, entry_of
from placeplan.options.ways import Ways
from placeplan.years import FORM_OF_ENTRY

HALF_FORM = FORM_OF_ENTRY // 2


def surplus_options(setting: Setting, ways: Ways, trouble: Trouble) -> Iterator[Candidate]:
    """Yield everything that could be done about a surplus, doing nothing left aside."""
    makers = {
        "cut_pan": _cut_pan,
        "cap_pan": _cap_pan,
        "merge_classes": _merge_classes,
        "amalgamation": _amalgamation,
        "federation": _federation,
        "unit": _unit,
        "closure": _closure,
    }
    for name, make in makers.items():
        if kinds()[name].suits("surplus", trouble.area.phase):
            yield from make(setting, ways, kinds()[name], trouble)


def floor_of(setting: Setting, school: School, entry: int) -> float:
    """The lowest admission number that may be proposed: the school's floor or the offers made, whichever is higher."""
    choice = setting.project.options
    floor = choice.floors.get(school.urn, choice.least_admission_number)
    return max(float(floor), float(np.nan_to_num(school.offers.get(entry, 0.0))))


def emptiest_first(setting: Setting, area: Area) -> list[School]:
    """Schools by the share of their places that is expected to stand empty over the ten years, most first."""

    def order(school: School) -> tuple[float, str]:
        places = np.nan_to_num(setting.places_at(school, area.groups)).sum()
        roll = setting.roll(school, area.groups).sum()
        return (roll / places if places > 0 else np.inf, school.urn)

    return sorted(setting.staying(area), key=order)


def _cuts(
    setting: Setting, ways: Ways, kind: Kind, trouble: Trouble
) -> Iterator[tuple[School, int, Candidate]]:
    """Cuts of half a form and of a form at the emptiest schools, none below a floor or below the offers made."""
    area, found = trouble.area, 0
    for school in emptiest_first(setting, area):
        entry = entry_of(school, area)
        if entry is None or found >= setting.project.options.most:
            continue
        way = ways.way(kind.decided_as, school.type, -HALF_FORM)
        start = ways.first_year(way, int(setting.years[trouble.needed]))
        number, floor = admission_number(setting, school, entry, start), floor_of(setting, school, entry)
        sizes = [size for size in (HALF_FORM, FORM_OF_ENTRY) if number - size >= floor]
        found += bool(sizes)
        for size in sizes:
            row = change_row(area.code, area.phase, school, "pan_change", start, -size) | {
                "year_group": entry
            }
            facts = (f"from {number:.0f} to {number - size:.0f} a year", *_offers_words(school, entry))
            yield school, start, Candidate(kind, (row,), (school,), -float(size), start, way, facts, cost=0.0)


def _offers_words(school: School, entry: int) -> tuple[str, ...]:
    if entry in school.offers:
        return (f"{school.offers[entry]:.0f} offers were made last",)
    return ("offers made are not known: give preferences",)


def _cut_pan(setting: Setting, ways: Ways, kind: Kind, trouble: Trouble) -> Iterator[Candidate]:
    for _, _, candidate in _cuts(setting, ways, kind, trouble):
        yield candidate


def _cap_pan(setting: Setting, ways: Ways, kind: Kind, trouble: Trouble) -> Iterator[Candidate]:
    """A cut that ends with the surplus, only where the surplus ends within the ten years."""
    last = int(setting.years[trouble.years][-1])
    if last >= int(setting.years[-1]):
        return
    for _, start, candidate in _cuts(setting, ways, kind, trouble):
        if start <= last and candidate.places == -HALF_FORM:
            row = {**candidate.rows[0], "end_year": last}
            years = (f"for {last - start + 1} intake{'s' if last > start else ''}",)
            yield Candidate(
                kind, (row,), candidate.schools, candidate.places, start, candidate.way,
                (*years, *candidate.facts), cost=0.0,
            )  # fmt: skip


def _merge_classes(setting: Setting, ways: Ways, kind: Kind, trouble: Trouble) -> Iterator[Candidate]:
    area = trouble.area
    saved = []
    for school in setting.staying(area):
        roll = setting.roll(school, area.groups)[:, trouble.judged]
        now = np.ceil(np.round(roll) / FORM_OF_ENTRY).sum()
        merged = np.ceil(np.round(roll).sum() / FORM_OF_ENTRY)
        if now - merged >= 1:
            saved.append((int(now - merged), int(now), int(merged), school))
    for fewer, now, merged, school in sorted(saved, key=lambda one: (-one[0], one[3].urn))[
        : setting.project.options.most
    ]:
        way = ways.own(
            "the school", "head teacher and governing body", "the school's own organisation", False
        )
        start = ways.first_year(way, int(setting.years[trouble.needed]))
        facts = (f"{now} classes by year group, {merged} if ages are mixed: {fewer} fewer",)
        yield Candidate(kind, (), (school,), 0.0, start, way, facts)


def _pairs(setting: Setting, area: Area) -> list[tuple[School, School]]:
    """Each of the smallest schools with its nearest neighbour of the same character, no school twice."""
    size = {school.site: setting.roll(school, area.groups).sum() for school in area.schools}
    pairs: list[tuple[School, School]] = []
    used: set[str] = set()
    for school in sorted(setting.staying(area), key=lambda one: (size[one.site], one.urn)):
        others = [
            other
            for other in setting.staying(area)
            if other.urn not in {school.urn, *used} and other.denomination == school.denomination
        ]
        if school.urn not in used and others:
            partner = min(others, key=lambda other: (_apart(school, other), size[other.site], other.urn))
            pairs.append((school, partner))
            used |= {school.urn, partner.urn}
    return pairs[: setting.project.options.most]


def _apart(one: School, other: School) -> float:
    if not (one.located and other.located):
        return float("inf")
    return float(np.hypot(one.easting - other.easting, one.northing - other.northing))


def _amalgamation(setting: Setting, ways: Ways, kind: Kind, trouble: Trouble) -> Iterator[Candidate]:
    """The smaller school closes into the other, which gains what the smaller one's largest year group needs."""
    area = trouble.area
    for small, large in _pairs(setting, area):
        groups = [group for group in area.groups if small.low <= group <= small.high]
        places = np.nan_to_num(setting.places_at(small, groups))
        needed = ways.first_year(
            ways.amalgamation(small.type, large.type, places[:, -1].sum(), capacity_of(setting, large)),
            int(setting.years[trouble.needed]),
        )
        later = setting.years >= needed
        gain = float(np.ceil(setting.roll(small, groups)[:, later].max(initial=0.0) / HALF_FORM) * HALF_FORM)
        if gain * len(groups) >= places[:, -1].sum():
            continue
        way = ways.amalgamation(small.type, large.type, gain * len(groups), capacity_of(setting, large))
        start = ways.first_year(way, int(setting.years[trouble.needed]))
        row = change_row(area.code, area.phase, small, "amalgamation", start, gain) | {
            "into_urn": large.urn,
            "phase": "",
        }
        lost = gain - places[:, -1].sum() / len(groups)
        facts = (f"{small.name} closes into {large.name}, which gains {gain:.0f} places in each year group",)
        yield Candidate(kind, (row,), (small, large), round(lost, 1), start, way, facts)


def _federation(setting: Setting, ways: Ways, kind: Kind, trouble: Trouble) -> Iterator[Candidate]:
    for small, large in _pairs(setting, trouble.area)[:1]:
        way = ways.own("the two schools", "their governing bodies", "the governing bodies agree", False)
        start = ways.first_year(way, int(setting.years[trouble.needed]))
        facts = (f"{small.name} and {large.name} share leaders; both stay open",)
        yield Candidate(kind, (), (small, large), 0.0, start, way, facts)


def _unit(setting: Setting, ways: Ways, kind: Kind, trouble: Trouble) -> Iterator[Candidate]:
    """A base in the emptiest schools that can spare its places in every year group of the phase."""
    area, size, found = trouble.area, setting.project.options.base_places, 0
    for school in emptiest_first(setting, area):
        groups = [group for group in area.groups if school.low <= group <= school.high]
        decided = ways.way(kind.decided_as, school.type, -size * len(groups), capacity_of(setting, school))
        way = ways.built(kind.kind, decided)
        start = ways.first_year(way, int(setting.years[trouble.needed]))
        later = setting.years >= start
        spare = (setting.places_at(school, groups) - setting.roll(school, groups))[:, later]
        if found < setting.project.options.most and spare.size and spare.min() >= size:
            found += 1
            row = change_row(area.code, area.phase, school, "unit", start, -size)
            facts = (f"takes {size} mainstream places in each of {len(groups)} year groups",)
            yield Candidate(
                kind, (row,), (school,), -float(size), start, way, facts,
                risks=("the need for specialist places is not forecast here",),
            )  # fmt: skip


def _closure(setting: Setting, ways: Ways, kind: Kind, trouble: Trouble) -> Iterator[Candidate]:
    """The smallest schools whose pupils would find places in the rest of the area in every year."""
    area, found = trouble.area, 0
    groups = list(area.groups)
    places = setting.places[trouble.by].areas.places[area.row][groups, 1:]
    surplus = (places - setting.demand(area)).sum(axis=0)
    by_size = sorted(
        setting.staying(area), key=lambda school: (setting.roll(school, groups).sum(), school.urn)
    )
    for school in by_size if len(area.schools) > 1 else ():
        way = ways.way(kind.decided_as, school.type, -capacity_of(setting, school))
        start = ways.first_year(way, int(setting.years[trouble.needed]))
        own = np.nan_to_num(setting.places_at(school, groups, trouble.by)).sum(axis=0)
        later = setting.years >= start
        if found < setting.project.options.most and later.any() and (surplus - own)[later].min() >= 0:
            found += 1
            taught = max(min(school.high, groups[-1]) - max(school.low, groups[0]) + 1, 1)
            row = change_row(area.code, area.phase, school, "closure", start, np.nan) | {"phase": ""}
            roll = setting.roll(school, groups).sum(axis=0)[later][0]
            facts = (f"{roll:.0f} pupils would move to other schools of the area",)
            yield Candidate(
                kind, (row,), (school,), -round(float(own[later][0]) / taught, 1), start, way, facts
            )
