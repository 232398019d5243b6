"""Choices on places beside pupils: which number counts, when it is short, what is doubtful or to be watched."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from placeplan.project.base import Choices
from placeplan.project.kinds import Percent, Pupils, Share, folded

Measure = Literal["capacity", "pan", "usable"]


class PlacesChoice(Choices):
    """Which number of places demand is compared with."""

    measure: Annotated[Measure, BeforeValidator(folded)] = "capacity"
    """capacity (assessed), pan (admission numbers of the cohorts in school) or usable (what can be had)."""
    fallback: tuple[Annotated[Measure, BeforeValidator(folded)], ...] = ("usable", "pan")
    """What stands in, in this order, where a school lacks the measure, each time with a finding."""


class StatusThresholds(Choices):
    """From what surplus, in per cent of places, a status holds; below tight the status is short."""

    tight: Percent = 0
    """Tight from this surplus."""
    sufficient: Percent = 2
    """Sufficient from this surplus."""
    surplus: Percent = 10
    """Surplus from this surplus."""
    high_surplus: Percent = 25
    """High surplus from this surplus."""
    chance: Share = 0.2
    """From what chance of shortfall, or of failing a test of the watch-list, an area or a school is named: 1 in 5."""

    @model_validator(mode="after")
    def _rising(self) -> Self:
        limits = [self.tight, self.sufficient, self.surplus, self.high_surplus]
        if limits != sorted(set(limits)):
            raise ValueError("the thresholds tight, sufficient, surplus and high_surplus must rise")
        return self


class DeliveryProbability(Choices):
    """Chance that a planned change comes, by certainty, in simulations (a row's own chance goes first)."""

    certain: Share = 1
    """Contract signed or building under way."""
    firm: Share = 0.95
    """Decided and funded."""
    proposed: Share = 0.5
    """Consulted on or applied for."""
    option: Share = 0
    """Only talked about."""


class WatchList(Choices):
    """When a school is put on the watch-list, if the chance of it is at least that of the status."""

    floor_primary: Pupils | None = None
    """Fewest pupils from Reception to Year 6 with which a school is thought viable; empty means no such test."""
    floor_secondary: Pupils | None = None
    """The same for Years 7 to 11; empty means 500 (Northern Ireland's threshold; England publishes none)."""
    floor_sixth_form: Pupils | None = None
    """The same for Years 12 to 14; empty means 100 (Northern Ireland's threshold; England publishes none)."""
    falling_percent: Annotated[float, Field(strict=True, gt=0, lt=100, allow_inf_nan=False)] = 10
    """A roll is falling if it loses at least this per cent …"""
    falling_years: Annotated[int, Field(strict=True, ge=1, le=15)] = 3
    """… within this many years after the base year."""


class ChecksChoice(Choices):
    """When a warning is given."""

    jump_percent: Annotated[float, Field(strict=True, gt=0, le=1000, allow_inf_nan=False)] = 25
    """A roll jumps if it differs from its cohort a year earlier by more than this per cent …"""
    jump_pupils: Annotated[float, Field(strict=True, ge=0, le=1e6, allow_inf_nan=False)] = 15
    """… and by more than this many pupils."""
    capacity_age_years: Annotated[int, Field(strict=True, ge=0, le=50)] = 5
    """A capacity is old when its last row is more than this many years before the base year."""
    pan_gap_percent: Annotated[float, Field(strict=True, gt=0, le=1000, allow_inf_nan=False)] = 10
    """Admission numbers times year groups are far from the capacity if they differ by more than this per cent of it."""
    empty_percent: Annotated[float, Field(strict=True, gt=0, le=100, allow_inf_nan=False)] = 25
    """A school is emptying if at least this per cent of its places are empty …"""
    empty_places: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 30
    """… and at least this many places."""
