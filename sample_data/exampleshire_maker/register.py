"""The list of schools, area by area, with the schools that have a story written out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exampleshire_maker.county import AREAS, DISTRICTS
from exampleshire_maker.schools import Provision

TRUSTS = tuple(f"Example Learning Trust {letter}" for letter in "ABCD")
CHURCH, CATHOLIC = "Church of England", "Roman Catholic"

# Admission numbers of the ordinary primary schools of each area, in the order of the areas.
_PRIMARY_PANS = (
    (60, 60, 45, 30), (60, 45, 60, 30), (60, 60, 90, 30), (60, 30, 60), (60, 60, 45), (60, 30),
    (60, 60, 30, 45), (60, 90, 30), (60, 30), (30, 30, 45), (60, 45, 30), (60, 60, 30), (60, 30, 60),
    (60, 30, 30, 20), (20, 15, 30, 15), (45, 30, 60), (10, 12, 15, 10), (60, 45, 60), (15, 20, 15, 30),
    (12, 15, 30, 10), (60, 60, 30), (45, 30, 60), (30, 60, 30), (15, 12, 20, 30),
)  # fmt: skip

_WORDS = (
    "Oakfield", "Ashgrove", "Beechwood", "Birchwood", "Brookfield", "Cedar Park", "Cherry Tree",
    "Elm Lane", "Fairfield", "Fernbank", "Foxglove", "Green Lane", "Greenway", "Hawthorn", "Hazelwood",
    "Heather Bank", "Highfield", "Hillcrest", "Hilltop", "Holly Bank", "Larkfield", "Laurel Bank",
    "Lime Grove", "Long Meadow", "Maple Grove", "Meadow Lane", "Meadowside", "Mill Lane", "Moorside",
    "Oak Tree", "Orchard", "Park Road", "Parkside", "Pine Tree", "Poplar Road", "Primrose Hill",
    "Queensway", "Riverside", "Rosebank", "Rowan Tree", "Sandy Lane", "School Lane", "Silver Birch",
    "Skylark", "Southfield", "Springfield", "Station Road", "Stonebridge", "Sunnyside", "Swallow",
    "Sycamore", "The Green", "The Grove", "The Meadows", "Thornfield", "Town End", "Valley View",
    "Victoria Road", "Water Lane", "Waterside", "Westfield", "Whitegate", "Wildflower", "Willow Bank",
    "Willow Park", "Windmill", "Woodland", "Woodside", "Yew Tree", "Bluebell", "Bramble", "Buttercup",
    "Canal Street", "Clover Field", "Cornfield", "Daisy Bank", "Duck Pond", "Harebell", "Honeysuckle",
    "Kingfisher", "Lavender", "Lilac", "Mallard", "Marigold",
)  # fmt: skip
_SAINTS = ("All Saints", "Christ Church", "Holy Cross", "Holy Trinity", "St Agnes", "St Anne's", "St Bede's",
           "St Clare's", "St Cuthbert's", "St Helen's", "St Hilda's", "St James'", "St John's", "St Joseph's",
           "St Luke's", "St Mark's", "St Mary's", "St Michael's", "St Oswald's", "St Paul's", "St Peter's",
           "St Thomas'", "St Wilfrid's")  # fmt: skip

# The types of ordinary primary schools, dealt out in turn.
_TYPES = ("community", "academy", "voluntary_controlled", "community", "voluntary_aided", "academy",
          "community", "foundation", "academy", "voluntary_aided", "academy")  # fmt: skip

_STORIES: dict[tuple[int, int], dict[str, Any]] = {
    (0, 0): {"pan_changes": {(0, 2021): 45}},
    (0, 2): {"pan_changes": {(0, 2019): 30}},
    (1, 0): {"pan_changes": {(0, 2023): 45}},
    (2, 2): {"pan_changes": {(0, 2015): 120, (0, 2016): 90}},
    (6, 1): {"unit_places": 12, "unit_need": "ASD"},
    (9, 2): {"pan_changes": {(0, 2024): 60}},
    (12, 2): {"unit_places": 10, "unit_need": "SLCN"},
    (15, 2): {"pan_changes": {(0, 2016): 90, (0, 2017): 60}},
    (17, 0): {"unit_places": 8, "unit_need": "HI"},
    (21, 2): {"pan_changes": {(0, 2022): 45}},
}
_CONVERTED = (10, 1)


def _urns() -> Iterator[str]:
    number = 990001
    while True:
        yield str(number)
        number += 1


def _ordinary_primaries(urns: Iterator[str]) -> list[Provision]:
    words, saints, turn, trust = iter(_WORDS), iter(_SAINTS), 0, 0
    made: list[Provision] = []
    for area, pans in enumerate(_PRIMARY_PANS):
        for place, pan in enumerate(pans):
            kind = _TYPES[turn % len(_TYPES)]
            turn += 1
            fields: dict[str, Any] = dict(_STORIES.get((area, place), {}))
            if kind in ("voluntary_controlled", "voluntary_aided"):
                faith = CATHOLIC if kind == "voluntary_aided" and turn % 2 else CHURCH
                short = "Catholic" if faith == CATHOLIC else "Church of England"
                name = f"{next(saints)} {short} Primary School, {AREAS[area].name}"
                fields["denomination"] = faith
            else:
                name = f"{next(words)} {'Primary Academy' if kind == 'academy' else 'Primary School'}"
            if kind == "academy":
                fields["trust"] = TRUSTS[trust % len(TRUSTS)]
                trust += 1
            if (area, place) == _CONVERTED:
                kind, fields["trust"] = "academy", TRUSTS[1]
                name = name.replace("Primary School", "Primary Academy")
                fields |= {"old_urn": next(urns), "old_type": "community", "renamed_in": 2018}
            made.append(Provision(next(urns), name, kind, 0, 6, {0: pan}, primary_area=area, **fields))
    return made


def _primaries_with_a_story(urns: Iterator[str]) -> list[Provision]:
    split = next(urns)
    return [
        Provision(next(urns), "Meadowbank Infant School", "community", 0, 2, {0: 90}, primary_area=5),
        Provision(next(urns), "Meadowbank Junior School", "community", 3, 6, {3: 96}, primary_area=5),
        Provision(
            split, "Twin Rivers Primary School", "foundation", 0, 6, {0: 60}, primary_area=4, site_id="A"
        ),
        Provision(
            split, "Twin Rivers Primary School", "foundation", 0, 6, {0: 30}, primary_area=5, site_id="B"
        ),
        Provision(
            next(urns),
            "Newfield Garden Primary School",
            "free_school",
            0,
            6,
            {0: 60},
            primary_area=8,
            opened=2020,
            fills_from_bottom=True,
            trust=TRUSTS[0],
        ),
        Provision(
            next(urns), "Fell Top Primary School", "community", 0, 6, {0: 8}, primary_area=16, closed=2020
        ),
        Provision(
            next(urns),
            "Dockside Free School",
            "free_school",
            0,
            6,
            {0: 30},
            primary_area=0,
            opened=2013,
            fills_from_bottom=True,
            trust=TRUSTS[2],
        ),
        Provision(
            next(urns),
            "Sampleton Park All-Through Academy",
            "academy",
            0,
            11,
            {0: 60, 7: 90},
            primary_area=3,
            secondary_area=0,
            trust=TRUSTS[3],
        ),
    ]


def _secondaries(urns: Iterator[str]) -> list[Provision]:
    def school(name: str, kind: str, area: int, pan: int, sixth: float = 0.0, **more: Any) -> Provision:
        pans = {7: pan, 12: 30} if sixth else {7: pan}
        high = more.pop("high", 13 if sixth else 11)
        return Provision(next(urns), name, kind, 7, high, pans, secondary_area=area, stays_on=sixth, **more)

    return [
        school("Sampleton High School", "community", 0, 240, 0.46, high=14),
        school("Northgate Academy", "academy", 0, 210, trust=TRUSTS[0]),
        school("St Aidan's Catholic High School", "voluntary_aided", 0, 180, 0.5, denomination=CATHOLIC),
        school("Southbank Academy", "academy", 1, 240, 0.42, trust=TRUSTS[1]),
        school("Exampleshire Girls' School", "foundation", 1, 180, gender="girls"),
        school(
            "Canalside Academy",
            "academy",
            1,
            180,
            old_urn=next(urns),
            old_type="academy",
            renamed_in=2019,
            trust=TRUSTS[2],
        ),
        school("Mills Community School", "community", 1, 150, unit_places=16, unit_need="ASD"),
        school("Vale Town Academy", "academy", 2, 240, 0.48, trust=TRUSTS[3]),
        school("Vale Grammar School", "academy", 2, 150, 0.7, selective=True, trust=TRUSTS[1]),
        school("Holy Family Catholic School", "voluntary_aided", 2, 150, denomination=CATHOLIC),
        school("Newfield School", "foundation", 3, 210, 0.4, pan_changes={(7, 2018): 240}),
        school("Eastmere Academy", "academy", 3, 180, trust=TRUSTS[3], pan_changes={(7, 2023): 210}),
        school(
            "Newfield Garden Secondary School",
            "free_school",
            3,
            120,
            opened=2021,
            fills_from_bottom=True,
            trust=TRUSTS[0],
        ),
        school("Westhill School", "community", 4, 210, 0.45),
        school("Dales Academy", "academy", 4, 150, trust=TRUSTS[2], pan_changes={(7, 2025): 120}),
        school(
            "Bishop Example Church of England School", "voluntary_controlled", 4, 120, denomination=CHURCH
        ),
        school("Coastend Academy", "academy", 5, 240, 0.44, trust=TRUSTS[2]),
        school("Harbour School", "foundation", 5, 180, pan_changes={(7, 2016): 210, (7, 2017): 180}),
        school("Forest Edge School", "community", 5, 120, 0.35),
        Provision(
            next(urns),
            "Exampleshire UTC",
            "utc",
            10,
            13,
            {10: 100, 12: 60},
            secondary_area=1,
            opened=2014,
            stays_on=0.55,
        ),
        Provision(
            next(urns),
            "Coastend Studio School",
            "studio",
            10,
            13,
            {10: 50, 12: 20},
            secondary_area=5,
            opened=2013,
            closed=2021,
            stays_on=0.4,
        ),
    ]


def _high_needs(urns: Iterator[str]) -> list[Provision]:
    def school(
        name: str, kind: str, low: int, high: int, need: str, places: int, trust: str = ""
    ) -> Provision:
        return Provision(
            next(urns), name, kind, low, high, {}, unit_need=need, unit_places=places, trust=trust
        )

    return [
        school("Larkspur Special School", "special", 0, 6, "ASD", 80),
        school("Lapwing Special School", "special", 0, 13, "PMLD", 110),
        school("Beacon Special Academy", "special_academy", 7, 13, "ASD", 130, TRUSTS[0]),
        school("Stepping Stones Special Academy", "special_academy", 3, 11, "SEMH", 70, TRUSTS[3]),
        school("Exampleshire Pupil Referral Unit", "pru", 3, 11, "SEMH", 90),
        school("Bridge AP Academy", "ap_academy", 7, 11, "SEMH", 50, TRUSTS[1]),
    ]


def make_schools() -> tuple[Provision, ...]:
    """Return every provision of the county, primary first, high needs last."""
    urns = _urns()
    primaries = [*_ordinary_primaries(urns), *_primaries_with_a_story(urns)]
    return (*primaries, *_secondaries(urns), *_high_needs(urns))


def district_of(provision: Provision) -> str:
    """District in which a mainstream school stands."""
    if provision.primary_area is not None:
        return AREAS[provision.primary_area].district
    return DISTRICTS[(provision.secondary_area or 0) // 2]
