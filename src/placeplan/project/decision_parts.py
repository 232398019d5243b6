"""Choices on what is decided: from which day, at what cost, which options are put forward, and high needs."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from placeplan.datafiles import data_rows
from placeplan.project.base import Choices
from placeplan.project.kinds import Day, DayOfYear, Months, Pounds, Pupils, Share, Text, Weight


@cache
def region_names() -> tuple[str, ...]:
    """The regions that have a factor on costs, from ``data/rates.csv``."""
    return tuple(row["region"] for row in data_rows("rates.csv") if row["item"] == "region_factor")


def _known_region(name: str) -> str:
    if name and name not in region_names():
        raise PydanticCustomError("unknown_key", "unknown region", {"known": list(region_names())})
    return name


def _known_send_area(code: str) -> str:
    known = [row["planning_area"] for row in data_rows("send_areas.csv")]
    if code not in known:
        raise PydanticCustomError("unknown_key", "unknown planning area of high needs", {"known": known})
    return code


def _codes_apart(codes: dict[str, str]) -> dict[str, str]:
    if len(set(codes.values())) < len(codes):
        raise ValueError("two planning areas of high needs have the same code; give each its own")
    return codes


class DecisionsChoice(Choices):
    """From which day decisions are looked at; the rules are the table decision_rules, if you give one."""

    as_of: Day | None = None
    """Day from which lead times count, such as 2026-10-01; empty means the latest day that the inputs know of."""
    objections_by: DayOfYear | None = None
    """Last day for objections to determined admission numbers, such as "05-15"; empty leaves it out."""


class MoneyChoice(Choices):
    """What costs of places are multiplied by; the rates are the table rates, if you give one."""

    region: Annotated[Text, AfterValidator(_known_region)] = ""
    """Region whose building costs hold, such as South East; empty means the average of England."""
    price_index: Annotated[float, Field(strict=True, gt=0, le=10_000, allow_inf_nan=False)] | None = None
    """Building price index of today, to re-price costs of places; empty leaves them at the prices of the rates."""


class OptionsChoice(Choices):
    """What `placeplan options` may propose, and what it counts."""

    step: Literal[15, 30] = 15
    """Places by which a plan changes an admission number: 15 (half a form of entry) or 30."""
    least_admission_number: Pupils = 30
    """No plan takes an admission number below this; a school that admits fewer already is left alone."""
    floors: dict[Text, Pupils] = Field(default={})
    """Lowest admission number of single schools by URN, such as {"123456": 45}."""
    preference_weight: Weight = 1
    """What one unmet first preference weighs beside one place of proportional loss in a plan; 0 leaves them out."""
    inspection_weight: Weight = 0
    """What the inspection outcome weighs in a plan, within one framework only; 0 leaves inspections out."""
    plan_years: Annotated[int, Field(strict=True, ge=1, le=10)] = 5
    """How many intakes a plan must serve: spare places are those of the fullest of them."""
    most: Annotated[int, Field(strict=True, ge=1, le=50)] = 3
    """Most options of one kind for one area."""
    travel_factor: Annotated[float, Field(strict=True, ge=1, le=5, allow_inf_nan=False)] = 1.3
    """Length of a walk beside the straight line between two schools."""
    furthest: Annotated[float, Field(strict=True, ge=1, le=20, allow_inf_nan=False)] = 2
    """Spare places are nearby up to this many times the statutory walking distance of 2 or 3 miles."""
    transport_per_pupil: Pounds | None = None
    """Pounds a year for one pupil whose school is beyond the statutory walking distance; empty means not known."""
    months_bulge: Months = 0
    """Months to build from the decision to the first pupil of a bulge class; no published record was found: use your own."""
    months_unit: Months = 12
    """The same for a specialist base."""
    months_expansion: Months = 18
    """The same for a permanent expansion."""
    months_new_school: Months = 36
    """The same for a new school."""
    base_places: Annotated[int, Field(strict=True, ge=1, le=30)] = 4
    """Mainstream places in each year group that a specialist base takes; 4 is about one classroom of a primary school."""
    new_school_primary: Annotated[int, Field(strict=True, ge=1, le=1000)] = 30
    """Smallest admission number of a new primary school."""
    new_school_secondary: Annotated[int, Field(strict=True, ge=1, le=1000)] = 120
    """Smallest admission number of a new secondary school."""


class SendChoice(Choices):
    """How residents with an education, health and care plan are forecast by `placeplan send`."""

    ceiling: Annotated[float, Field(strict=True, gt=0, le=100, allow_inf_nan=False)] | None = None
    """Plans for 100 pupils of Reception to Year 11 above which growth stops where only stocks are known; empty means the
    level that one authority in ten had passed in January 2025."""
    exclusions_fall: Share | None = None
    """Share by which schools that act together would lower permanent exclusions, such as 0.3; empty: no such scenario."""
    planning_areas: Annotated[
        dict[Annotated[Text, AfterValidator(_known_send_area)], Text], AfterValidator(_codes_apart)
    ] = Field(default={})
    """Your own codes of the planning areas of the specialist forecast, by placeplan's, such as {"1803001": "9993001"}."""
