"""The simulation: births become Reception pupils, cohorts age, Year 6 spreads over secondary schools.

Arrays are (provision, year group 0 to 14) for one year. Every random number comes from the one generator, so
that the same seed gives the same county.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from exampleshire_maker.calendar import BASE, BURN_IN, DISTURBED, FIRST_BIRTH, OFFERS_KNOWN
from exampleshire_maker.choice import (
    Counts,
    Reals,
    allocate,
    primary_pull,
    secondary_pull,
    spread,
)
from exampleshire_maker.county import (
    AREAS,
    SECONDARY_CODES,
    Ward,
    draw_births,
    draw_completions,
    make_wards,
    ward_weights,
)
from exampleshire_maker.register import make_schools
from exampleshire_maker.schools import Provision

YEAR_GROUPS = 15
ENROLLED = 0.975
"""Share of offers that are on roll in January."""
_HOMES_PRIMARY, _HOMES_SECONDARY = (0.10, 0.05, 0.03), (0.035, 0.025, 0.02)
"""Pupils that a new home brings one, two and three years after completion."""
_BY_YEAR_GROUP = np.array([0.19, 0.17, 0.15, 0.14, 0.13, 0.12, 0.10])


@dataclass
class County:
    """Everything that the simulation has produced, by academic year."""

    provisions: tuple[Provision, ...]
    wards: tuple[Ward, ...]
    births: Counts
    completions: Counts
    popularity: Reals
    rolls: dict[int, Counts] = field(default_factory=dict)
    first_preferences: dict[tuple[int, int], Counts] = field(default_factory=dict)
    offers: dict[tuple[int, int], Counts] = field(default_factory=dict)
    homes_of_reception: dict[int, Counts] = field(default_factory=dict)
    """Pupils of Reception by home area and provision."""
    moves_to_seven: dict[int, Counts] = field(default_factory=dict)
    """Pupils of Year 7 by area of their Year 6 (last row: from outside) and provision."""
    left_before_seven: dict[int, Counts] = field(default_factory=dict)
    """Pupils of Year 6 who went to no Year 7 of the county, by area."""
    joined: dict[int, Counts] = field(default_factory=dict)
    """Pupils who came during the year."""


def simulate(random: np.random.Generator) -> County:
    """Return the county, simulated year by year."""
    provisions, wards = make_schools(), make_wards(random)
    births = draw_births(wards, _area_levels(provisions), range(FIRST_BIRTH, BASE), random)
    county = County(provisions, wards, births, draw_completions(random), _popularity(provisions, random))
    roll = np.zeros((len(provisions), YEAR_GROUPS), dtype=np.int64)
    for year in range(BURN_IN, OFFERS_KNOWN + 1):
        roll = _next_year(county, roll, year, random)
        county.rolls[year] = roll
    return county


def _area_levels(provisions: tuple[Provision, ...]) -> Reals:
    places = np.zeros(len(AREAS))
    for school in provisions:
        if school.primary_area is not None:
            places[school.primary_area] += school.admits(0, 2018)
    return np.asarray(places * np.array([area.peak_fill for area in AREAS]) / _reception_ratio(2016))


def _popularity(provisions: tuple[Provision, ...], random: np.random.Generator) -> Reals:
    """Return how popular each school is in each year: a start of its own and a slow random walk."""
    years = OFFERS_KNOWN - BURN_IN + 1
    start = random.normal(0, 0.16, size=(len(provisions), 1))
    walk = random.normal(0, 0.04, size=(len(provisions), years)).cumsum(axis=1)
    return np.asarray(np.exp(start + walk - walk.mean(axis=1, keepdims=True)))


def _reception_ratio(year: int) -> Reals:
    """Reception pupils for each birth, by area: young families leave the inner city, come to the villages."""
    ratio = np.array([0.965 + 2.2 * min(area.growth, 0.02) for area in AREAS])
    drift = np.array([0.003 * np.sign(area.growth + 0.02) for area in AREAS]) * min(max(year - 2012, 0), 8)
    shock = {DISTURBED: 0.968, DISTURBED + 1: 0.992, DISTURBED + 2: 1.0}
    return np.asarray((ratio + drift) * shock.get(year, 1.0))


def _next_year(county: County, before: Counts, year: int, random: np.random.Generator) -> Counts:
    roll = _age(county, before, year, random)
    roll += _dispersed(county, before, roll, year, random)
    roll[:, 0] += _reception(county, year, random)
    _junior_intake(county, before, roll, year, random)
    roll[:, 7] += _year_seven(county, before, year, random)
    _vocational_intake(county, roll, year, random)
    _sixth_form(county, before, roll, year, random)
    county.joined[year] = _arrivals(county, before, roll, year, random)
    return roll + county.joined[year]


def _migration(year: int) -> tuple[Reals, Reals]:
    """Return the shares of pupils who leave and who come in a year, each (area, year group 0 to 11)."""
    city = np.array([area.district == "Sampleton City" for area in AREAS])[:, None]
    fall = np.array([max(0.0, -area.growth) for area in AREAS])[:, None]
    primary = np.arange(12)[None, :] < 7
    leave = np.where(primary, 0.022 + 0.012 * city + 0.3 * fall, 0.013 + 0.003 * city)
    come = np.where(primary, 0.025 + 0.010 * city, 0.014)
    if year == DISTURBED:
        leave = leave + np.where(np.arange(12) <= 3, 0.012, 0.003)
        come = come * 0.55
    recovering = {DISTURBED + 1: 1.2, DISTURBED + 2: 1.3, DISTURBED + 3: 1.15}
    return leave, come * recovering.get(year, 1.0)


def _home(school: Provision, year_group: int) -> int | None:
    """Index of the cell whose migration a year group of a school follows."""
    if year_group < 7 and school.primary_area is not None:
        return school.primary_area
    if school.secondary_area is None:
        return None
    return next(i for i, area in enumerate(AREAS) if area.secondary_index == school.secondary_area)


def _age(county: County, before: Counts, year: int, random: np.random.Generator) -> Counts:
    """Every cohort moves up within its school, less those who leave; entry to Year 7 and 12 comes apart."""
    leave, _ = _migration(year)
    roll = np.zeros_like(before)
    for row, school in enumerate(county.provisions):
        for group in range(school.low + 1, min(school.high, 11) + 1):
            if group != 7 and school.teaches(group, year):
                home = _home(school, group)
                stays = 1 - (leave[home, group] if home is not None else 0.0)
                roll[row, group] = random.binomial(before[row, group - 1], stays)
    return roll


def _dispersed(
    county: County, before: Counts, roll: Counts, year: int, random: np.random.Generator
) -> Counts:
    """Pupils of a school that has just closed, at the schools of its area and next to it."""
    moved = np.zeros_like(before)
    for row, school in enumerate(county.provisions):
        if school.closed != year - 1:
            continue
        pull = _pull_of(county, school)
        for group in range(school.low + 1, min(school.high, 13) + 1):
            takers = np.array([other.teaches(group, year) for other in county.provisions])
            room = np.array(
                [
                    max(other.room(group, year) - roll[i, group], 1)
                    for i, other in enumerate(county.provisions)
                ]
            )
            movers = random.binomial(before[row, group - 1], 0.96, size=1)
            moved[:, group] += spread(movers, (pull * takers * room)[None, :], random)[0]
    return moved


def _pull_of(county: County, school: Provision) -> Reals:
    if school.primary_area is not None:
        return np.asarray(primary_pull(county.provisions)[school.primary_area])
    cell = _home(school, 11) or 0
    return np.asarray(secondary_pull(county.provisions)[cell])


def _new_homes(county: County, year: int, gains: tuple[float, ...]) -> Reals:
    """Pupils of a phase whom the homes of the last three years bring, by area."""
    index = year - FIRST_BIRTH
    return np.asarray(
        sum(
            county.completions[:, index - age] * gain
            for age, gain in enumerate(gains, 1)
            if index - age < county.completions.shape[1]
        )
    )


def _reception(county: County, year: int, random: np.random.Generator) -> Counts:
    """Children of an area choose, schools offer up to their numbers, and most who were offered come."""
    born = ward_weights(county.wards).T @ county.births[:, year - 5 - FIRST_BIRTH]
    wave = np.exp(random.normal(0, 0.012, size=len(AREAS)))
    homes = _new_homes(county, year, _HOMES_PRIMARY) * _BY_YEAR_GROUP[0]
    ratio = _reception_ratio(year) * wave
    stayed = random.binomial(np.rint(born).astype(np.int64), ratio - 0.07)
    children = stayed + random.poisson(homes + born * 0.07)
    limit = np.array([school.admits(0, year) for school in county.provisions])
    weights = primary_pull(county.provisions) * county.popularity[:, year - BURN_IN] * limit
    first, offers = allocate(children, weights, limit, random)
    county.first_preferences[year, 0], county.offers[year, 0] = first.sum(axis=0), offers.sum(axis=0)
    enrolled = random.binomial(offers, ENROLLED).astype(np.int64)
    county.homes_of_reception[year] = enrolled
    return np.asarray(enrolled.sum(axis=0))


def _junior_intake(
    county: County, before: Counts, roll: Counts, year: int, random: np.random.Generator
) -> None:
    """Year 2 of an infant school moves to the junior school of its area."""
    juniors = {
        school.primary_area: row
        for row, school in enumerate(county.provisions)
        if school.low == 3 and school.pans
    }
    for row, school in enumerate(county.provisions):
        if school.high == 2 and school.primary_area in juniors:
            junior = juniors[school.primary_area]
            wanted = random.binomial(before[row, 2], 0.95) + random.poisson(3)
            offered = np.zeros(len(county.provisions), dtype=np.int64)
            offered[junior] = min(wanted, county.provisions[junior].admits(3, year))
            county.offers[year, 3] = offered
            county.first_preferences[year, 3] = np.where(offered > 0, wanted, 0)
            roll[junior, 3] += offered[junior]


def _year_seven(county: County, before: Counts, year: int, random: np.random.Generator) -> Counts:
    """Year 6 of each area spreads over the secondary schools; some leave the county, some come into it."""
    schools = county.provisions
    leaving = np.zeros(len(AREAS) + 1, dtype=np.int64)
    own = np.zeros((len(AREAS) + 1, len(schools)), dtype=np.int64)
    for row, school in enumerate(schools):
        if school.primary_area is not None:
            leaving[school.primary_area] += before[row, 6]
            if school.secondary_area is not None:
                own[school.primary_area, row] = random.binomial(before[row, 6], 0.88)
    leakage = np.array([area.leakage for area in AREAS]) + 0.018
    out = random.binomial(leaving[:-1] - own[:-1].sum(axis=1), leakage)
    choosing = leaving - own.sum(axis=1) - np.append(out, 0)
    choosing[-1] = random.poisson(0.018 * leaving.sum())
    limit = np.array([school.admits(7, year) for school in schools])
    weights = secondary_pull(schools) * county.popularity[:, year - BURN_IN] * limit
    first, offers = allocate(choosing, weights, limit, random)
    county.first_preferences[year, 7] = first.sum(axis=0)
    county.offers[year, 7] = offers.sum(axis=0)
    came = own + random.binomial(offers, 0.985)
    came[-1] += random.poisson(0.006 * limit * (limit > 0))
    county.moves_to_seven[year] = came
    county.left_before_seven[year] = leaving[:-1] - came[:-1].sum(axis=1)
    return np.asarray(came.sum(axis=0))


def _vocational_intake(county: County, roll: Counts, year: int, random: np.random.Generator) -> None:
    """Some Year 10 pupils leave the schools around for a college that starts in Year 10."""
    pull = secondary_pull(county.provisions)
    for row, college in enumerate(county.provisions):
        if college.low != 10 or not college.teaches(10, year):
            continue
        cell = _home(college, 10) or 0
        chance = np.minimum(pull[cell], 1) * 0.00045 * college.admits(10, year)
        movers = random.binomial(roll[:, 10], np.where(np.arange(len(chance)) == row, 0, chance))
        roll[:, 10] -= movers
        roll[row, 10] = movers.sum()


def _sixth_form(county: County, before: Counts, roll: Counts, year: int, random: np.random.Generator) -> None:
    """Year 12 from the school's own Year 11 and from other schools, Years 13 and 14 from the year below."""
    mood = float(np.exp(random.normal(0, 0.03)))
    for row, school in enumerate(county.provisions):
        if school.sixth_form and school.teaches(12, year):
            own = random.binomial(before[row, 11], min(0.9, school.stays_on * mood))
            roll[row, 12] += own + random.poisson(0.6 * school.admits(12, year))
            roll[row, 13] += random.binomial(before[row, 12], 0.87)
            if school.high == 14:
                roll[row, 14] = random.binomial(before[row, 13], 0.05)


def _arrivals(county: County, before: Counts, roll: Counts, year: int, random: np.random.Generator) -> Counts:
    """Families who moved in, at schools with room where there are any; Year 7 has its own arrivals."""
    _, come = _migration(year)
    joined = np.zeros_like(roll)
    homes = {
        "primary": _new_homes(county, year, _HOMES_PRIMARY),
        "secondary": _new_homes(county, year, _HOMES_SECONDARY),
    }
    for group in [*range(1, 7), *range(8, 12)]:
        members: dict[int, list[int]] = {}
        for row, school in enumerate(county.provisions):
            home = _home(school, group)
            if home is not None and school.teaches(group, year) and school.pans:
                members.setdefault(home, []).append(row)
        for home, rows in members.items():
            expected = come[home, group] * roll[rows, group].sum() + _extra(homes, home, group)
            room = np.array(
                [
                    max(county.provisions[row].room(group, year) - roll[row, group], 0)
                    + 0.04 * county.provisions[row].room(group, year)
                    + 0.1
                    for row in rows
                ]
            )
            joined[rows, group] = random.multinomial(random.poisson(expected), room / room.sum())
    return joined


def _extra(homes: dict[str, Reals], home: int, group: int) -> float:
    """Pupils of one year group whom new homes bring to an area."""
    if group < 7:
        return float(homes["primary"][home] * _BY_YEAR_GROUP[group])
    block = [i for i, area in enumerate(AREAS) if area.secondary_index == AREAS[home].secondary_index]
    return float(homes["secondary"][block].sum() / 5)


def area_rolls(county: County, year: int) -> Counts:
    """Return the mainstream roll (area, year group): the primary areas, then the secondary areas."""
    rolls = np.zeros((len(AREAS) + len(SECONDARY_CODES), YEAR_GROUPS), dtype=np.int64)
    for row, school in enumerate(county.provisions):
        if school.primary_area is not None:
            rolls[school.primary_area, :7] += county.rolls[year][row, :7]
        if school.secondary_area is not None:
            rolls[len(AREAS) + school.secondary_area, 7:] += county.rolls[year][row, 7:]
    return rolls
