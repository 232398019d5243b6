"""What report and terminal show of what_if.csv and what_if_areas.csv: one answer for each scenario, phase and area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from placeplan.outputs.words import PHASE_WORDS, UNKNOWN, number, plain, pounds, signed
from placeplan.results import Result
from placeplan.tables import rows_of
from placeplan.years import Phase

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class SchoolAnswer:
    """One school of the area, one number for each year; revenue is the change of it."""

    urn: str
    name: str
    acts: bool
    before: Numbers
    after: Numbers
    change: Numbers
    revenue: Numbers
    pan_before: Numbers
    pan_after: Numbers
    places_before: Numbers
    places_after: Numbers


@dataclass(frozen=True)
class Answer:
    """How one area answers in one phase; ``area_years`` holds the columns of what_if_areas.csv, one number a year."""

    scenario: str
    phase: Phase
    area: str
    years: tuple[str, ...]
    schools: tuple[SchoolAnswer, ...]
    area_years: Mapping[str, Numbers]

    @property
    def acting(self) -> tuple[SchoolAnswer, ...]:
        """The schools that change their admission number alone."""
        return tuple(school for school in self.schools if school.acts)

    @property
    def neighbours(self) -> tuple[SchoolAnswer, ...]:
        """The other schools of the area."""
        return tuple(school for school in self.schools if not school.acts)

    @property
    def has_rate(self) -> bool:
        """Whether the revenue of a pupil of this phase is known."""
        return any(value == value for school in self.schools for value in school.revenue)

    @property
    def title(self) -> str:
        """Schools that act, phase and area in words."""
        names = " and ".join(school.name for school in self.acting)
        return f"{names}, {PHASE_WORDS[self.phase].lower()}, {self.area}"


def answers(result: Result) -> tuple[Answer, ...]:
    """Return the answers of every scenario of a run in which a school acts alone."""
    schools, areas = result.frames["what_if"], result.frames["what_if_areas"]
    if areas.empty:
        return ()
    keys = ["scenario", "phase", "area_code"]
    grouped = dict(list(schools.groupby(keys, sort=False)))
    return tuple(
        _answer(str(part["area_name"].iloc[0]), part, grouped[key])
        for key, part in areas.groupby(keys, sort=False)
        if key in grouped
    )


def _answer(area: str, years: pd.DataFrame, schools: pd.DataFrame) -> Answer:
    numbers = [name for name in years.columns if name == "demand" or name.endswith(("_before", "_after"))]
    return Answer(
        str(years["scenario"].iloc[0]),
        Phase(years["phase"].iloc[0]),
        plain(area),
        tuple(years["academic_year"]),
        tuple(_school(part) for _, part in schools.groupby("urn", sort=False)),
        {name: tuple(map(float, years[name])) for name in numbers},
    )


def _school(part: pd.DataFrame) -> SchoolAnswer:
    names = (
        "roll_before", "roll_after", "change", "revenue_change", "pan_before", "pan_after", "places_before",
        "places_after",
    )  # fmt: skip
    values = (tuple(map(float, part[name])) for name in names)
    first = next(rows_of(part))
    return SchoolAnswer(first.urn, plain(first.school_name), first.acts == "yes", *values)


def summed(schools: tuple[SchoolAnswer, ...], what: str) -> Numbers:
    """Add up a number of several schools, year by year."""
    return tuple(sum(values) for values in zip(*(getattr(school, what) for school in schools), strict=True))


def what_if_numbers(result: Result) -> list[dict[str, object]]:
    """Return the rows of what_if.csv for programs, None where something is not known."""
    rows = result.frames["what_if"].to_dict("records")
    return [{str(name): value if value == value else None for name, value in row.items()} for row in rows]


def screen_rows(answer: Answer) -> list[tuple[str, ...]]:
    """Rows for the terminal: year, roll of the schools that act without and with, change of the others and their revenue."""
    own_before, own_after = summed(answer.acting, "before"), summed(answer.acting, "after")
    own = summed(answer.acting, "change")
    others = summed(answer.neighbours, "change") or (0.0,) * len(answer.years)
    money = summed(answer.neighbours, "revenue") or (0.0,) * len(answer.years)
    return [
        (
            year, number(own_before[at]), number(own_after[at]), signed(own[at]), signed(others[at]),
            pounds(money[at]) if answer.has_rate else UNKNOWN,
        )
        for at, year in enumerate(answer.years)
    ]  # fmt: skip
