"""What could be done where places run short: spare places nearby, higher numbers, a bulge class, building."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from placeplan.arrays import Array
from placeplan.options.kinds import Candidate, Kind, change_row, kinds
from placeplan.options.nearby import Neighbour, lent_places, neighbours, walking_miles
from placeplan.options.outlook import Trouble
from placeplan.options.schools import School
from placeplan.options.setting import CAPACITY, PAN, Area, Setting
from placeplan.options.ways import Ways
from placeplan.years import FORM_OF_ENTRY, Phase, year_group_label

HALF_FORM = FORM_OF_ENTRY // 2
Maker = Callable[[Setting, Ways, Kind, Trouble], Iterator[Candidate]]


def shortage_options(
    setting: Setting, ways: Ways, trouble: Trouble, areas: Sequence[Area]
) -> Iterator[Candidate]:
    """Yield everything that could be done about a shortage, doing nothing left aside."""
    suiting = [kind for kind in kinds().values() if kind.suits("short", trouble.area.phase)]
    for kind in suiting:
        if kind.kind == "use_spare":
            yield from _use_spare(setting, ways, kind, trouble, areas)
        elif kind.kind in MAKERS:
            yield from MAKERS[kind.kind](setting, ways, kind, trouble)


def entry_of(school: School, area: Area) -> int | None:
    """The year group of the phase into which the school admits, None if pupils only move up into it."""
    admits = [group for group in area.groups if group in school.admits]
    if admits:
        return admits[0]
    return school.low if school.low in area.groups else None


def admission_number(setting: Setting, school: School, entry: int, start: int) -> float:
    """The school's admission number for entry in a year with the changes that stand, NaN where not known."""
    place = int(start) - int(setting.forecast.sites.years[0])
    place = min(place, len(setting.forecast.sites.years) - 1)
    planned = sum(
        float(part.effects["pan"][entry, place])
        for change in setting.places[PAN].changes
        for part in (change.parts if change.central else ())
        if part.site == school.site
    )
    return school.admits.get(entry, np.nan) + planned


def capacity_of(setting: Setting, school: School) -> float:
    """Assessed places of the whole school in the last year, by the measure that counts where it was not assessed."""
    groups = range(school.low, school.high + 1)
    assessed = setting.places_at(school, list(groups), CAPACITY)[:, -1]
    counted = setting.places_at(school, list(groups), PAN)[:, -1]
    return float(np.where(np.isnan(assessed), np.nan_to_num(counted), assessed).sum())


def wanted_places(setting: Setting, trouble: Trouble) -> int:
    """Places for each year group that would end the shortage, to the next half form."""
    area = trouble.area
    groups = list(area.groups)
    places = setting.places[trouble.by].areas.places[area.row][groups, 1:]
    lacking = np.maximum(setting.demand(area) - places, 0.0)[:, trouble.years]
    each = max(
        float(np.nan_to_num(lacking[0]).max(initial=0.0)),
        float(trouble.before.expected_short[trouble.years].max() / len(groups)),
    )
    return max(HALF_FORM, int(np.ceil(each / HALF_FORM)) * HALF_FORM)


def liked_first(schools: Sequence[School], area: Area) -> list[School]:
    """Schools by first preferences for each place, most first; those not known last."""

    def order(school: School) -> tuple[float, str]:
        entry = entry_of(school, area)
        first = school.first_preferences.get(entry, np.nan) if entry is not None else np.nan
        number = school.admits.get(entry, np.nan) if entry is not None else np.nan
        liking = first / number if number > 0 else np.nan
        return (-liking if liking == liking else np.inf, school.urn)

    return sorted(schools, key=order)


def liking_words(school: School, entry: int) -> tuple[str, ...]:
    """How many first preferences the school had for how many places, where known."""
    first, number = school.first_preferences.get(entry, np.nan), school.admits.get(entry, np.nan)
    if first == first and number > 0:
        return (f"{first:.0f} first preferences for {number:.0f} places",)
    return ()


def _use_spare(
    setting: Setting, ways: Ways, kind: Kind, trouble: Trouble, areas: Sequence[Area]
) -> Iterator[Candidate]:
    way = ways.own(
        "local authority",
        "admission authorities, which offer the places they have",
        "coordinated admissions; no change of places is needed",
        True,
    )
    found = 0
    for neighbour in neighbours(setting, trouble.area, areas):
        lent = lent_places(setting, neighbour, trouble.by)
        if found < setting.project.options.most and lent.central[:, trouble.years].sum() >= 1.0:
            found += 1
            start = ways.first_year(way, int(setting.years[trouble.needed]))
            cost = _transport(setting, trouble, neighbour, lent.central, start)
            yield Candidate(
                kind, (), neighbour.reachable, 0.0, start, way, _how_far(neighbour, trouble.area), lent, cost
            )


def _transport(
    setting: Setting, trouble: Trouble, neighbour: Neighbour, lent: Array, start: int
) -> float | None:
    """Pounds over the ten years for pupils moved beyond the walking distance; None where no price was given."""
    if not neighbour.beyond:
        return 0.0 if neighbour.miles == neighbour.miles else None
    price = setting.project.options.transport_per_pupil
    if price is None:
        return None
    area = trouble.area
    places = setting.places[trouble.by].areas.places[area.row][list(area.groups), 1:]
    lacking = np.nan_to_num(np.maximum(setting.demand(area) - places, 0.0))
    moved = np.minimum(lacking, lent)[:, setting.years >= start]
    return float(moved.sum() * price)


def _how_far(neighbour: Neighbour, area: Area) -> tuple[str, ...]:
    name = f"{neighbour.area.name} ({neighbour.area.code})"
    limit = walking_miles(area.groups[0])
    if neighbour.miles != neighbour.miles:
        return (f"{name}, linked by transfers; distance not known because coordinates are missing",)
    if neighbour.beyond:
        return (
            f"{name}, {neighbour.miles:.1f} miles away: beyond the {limit:g} miles of the law, so transport is due",
        )
    count = len(neighbour.reachable)
    schools = f"{count} school{'s' if count != 1 else ''}"
    return (f"{name}, {schools} within {limit:g} miles, the nearest {neighbour.miles:.1f} miles away",)


def _raise_pan(setting: Setting, ways: Ways, kind: Kind, trouble: Trouble) -> Iterator[Candidate]:
    area, found = trouble.area, 0
    wanted = wanted_places(setting, trouble)
    for school in liked_first(setting.staying(area), area):
        entry = entry_of(school, area)
        if entry is None or found >= setting.project.options.most:
            continue
        way = ways.way(kind.decided_as, school.type, HALF_FORM)
        start = ways.first_year(way, int(setting.years[trouble.needed]))
        number = admission_number(setting, school, entry, start)
        taught = [group for group in area.groups if group >= entry and group <= school.high]
        capacity = setting.places_at(school, taught, CAPACITY)[:, -1].min()
        room = (capacity - number) // HALF_FORM * HALF_FORM
        if room >= HALF_FORM:
            found += 1
            more = float(min(room, wanted))
            row = change_row(area.code, area.phase, school, "pan_change", start, more) | {"year_group": entry}
            facts = (f"capacity {capacity:.0f} in each year group, admission number {number:.0f}",)
            yield Candidate(
                kind, (row,), (school,), more, start, way, (*facts, *liking_words(school, entry)), cost=0.0
            )


def _bulge(setting: Setting, ways: Ways, kind: Kind, trouble: Trouble) -> Iterator[Candidate]:
    area, found = trouble.area, 0
    for school in liked_first(setting.staying(area), area):
        entry = entry_of(school, area)
        if entry is None or found >= setting.project.options.most:
            continue
        decided = ways.way("expand", school.type, FORM_OF_ENTRY, capacity_of(setting, school), years=1)
        way = ways.built(kind.kind, decided)
        start = ways.first_year(way, int(setting.years[trouble.needed]))
        ahead = setting.years >= start
        if not (trouble.years & ahead).any():
            continue
        start = int(setting.years[trouble.years & ahead][0])
        groups = list(range(school.low, school.high + 1))
        roll = setting.roll(school, groups).sum(axis=0)[int(start - setting.years[0])]
        most = school.max_places if school.max_places == school.max_places else capacity_of(setting, school)
        if most - roll >= FORM_OF_ENTRY:
            found += 1
            row = change_row(area.code, area.phase, school, "bulge", start, FORM_OF_ENTRY) | {
                "year_group": entry,
                "end_year": start,
            }
            facts = (f"{roll:.0f} pupils expected where {most:.0f} could be held",)
            yield Candidate(
                kind, (row,), (school,), float(FORM_OF_ENTRY), start, way,
                (*facts, *liking_words(school, entry)), cost=_priced(ways, kind, area.phase, FORM_OF_ENTRY),
            )  # fmt: skip


def _expansion(setting: Setting, ways: Ways, kind: Kind, trouble: Trouble) -> Iterator[Candidate]:
    area, found = trouble.area, 0
    for school in liked_first(setting.staying(area), area):
        groups = [group for group in area.groups if school.low <= group <= school.high]
        now = capacity_of(setting, school)
        fitting = [
            size for size in (HALF_FORM, FORM_OF_ENTRY) if not now + size * len(groups) > school.max_places
        ]
        if not fitting or found >= setting.project.options.most:
            continue
        found += 1
        for size in fitting:
            more = float(size * len(groups))
            way = ways.built(kind.kind, ways.way(kind.decided_as, school.type, more, now))
            start = ways.first_year(way, int(setting.years[trouble.needed]))
            row = change_row(area.code, area.phase, school, "expansion", start, size)
            known = school.max_places == school.max_places
            limit = (
                f"the site could hold {school.max_places:.0f}"
                if known
                else "max_places of the site is not known"
            )
            risks = () if known else ("the site may be too small: max_places is not given",)
            facts = (f"{now:.0f} places now, {limit}", *liking_words(school, groups[0]))
            yield Candidate(
                kind, (row,), (school,), float(size), start, way, facts,
                cost=_priced(ways, kind, area.phase, more), risks=risks,
            )  # fmt: skip


def _new_school(setting: Setting, ways: Ways, kind: Kind, trouble: Trouble) -> Iterator[Candidate]:
    area = trouble.area
    choice = setting.project.options
    least = choice.new_school_primary if area.phase is Phase.PRIMARY else choice.new_school_secondary
    size = max(least, int(np.ceil(wanted_places(setting, trouble) / FORM_OF_ENTRY)) * FORM_OF_ENTRY)
    way = ways.built(kind.kind, ways.way(kind.decided_as, "", size * len(area.phase.year_groups)))
    start = ways.first_year(way, int(setting.years[trouble.needed]))
    row = {
        "kind": "new_school", "start_year": start, "places": size, "area_code": area.code,
        "phase": area.phase.value, "certainty": "certain", "delivery_probability": 1.0,
    }  # fmt: skip
    facts = (f"{size} places a year from Year {year_group_label(area.groups[0])} up",)
    cost = _priced(ways, kind, area.phase, float(size * len(area.phase.year_groups)))
    yield Candidate(
        kind,
        (row,),
        (),
        float(size),
        start,
        way,
        facts,
        cost=cost,
        risks=("time to find a site is not in the date",),
    )


def _priced(ways: Ways, kind: Kind, phase: Phase, places: float) -> float | None:
    rate = ways.rate(kind.cost_item, phase)
    return None if rate is None else rate.amount * places


MAKERS: dict[str, Maker] = {
    "raise_pan": _raise_pan,
    "bulge": _bulge,
    "expansion": _expansion,
    "new_school": _new_school,
}
