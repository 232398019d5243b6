"""Operations of a scenario on pupils and plans: births, ratios, arrivals, the border, high needs, as typed fields.

Each field has its limits and its sentence; ``demand.arrivals`` and ``demand.ratiochanges`` say what they do to arrays.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from placeplan.project import (
    Births,
    Choices,
    Group,
    HousingStatus,
    PercentText,
    Ratios,
    Share,
    Text,
    Transition,
    Year,
)

Number = Annotated[float, Field(strict=True, ge=-100_000, le=100_000, allow_inf_nan=False)]


def _folded(value: object) -> object:
    return value.strip().casefold() if isinstance(value, str) else value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str | int) else value


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, dict) else value


def _as_change(value: object) -> object:
    return {"change": value} if isinstance(value, str) else value


class Span(Choices):
    """Years ahead in which an operation holds."""

    from_: Annotated[Year | None, Field(alias="from")] = None
    """First academic year; empty means the first year ahead."""
    until: Year | None = None
    """Last academic year; empty means for good."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.from_ is not None and self.until is not None and self.until < self.from_:
            raise ValueError(f"until {self.until} lies before from {self.from_}")
        return self

    def holds(self, year: int) -> bool:
        """Whether it holds in an academic year."""
        return (self.from_ is None or year >= self.from_) and (self.until is None or year <= self.until)


class BirthsChange(Choices):
    """What a scenario does to the births behind Reception in the years ahead."""

    change: PercentText | None = None
    """Change of all births behind the Reception years ahead, with its sign for per cent, such as -10%."""
    trend: PercentText | None = None
    """Change that grows from year to year: -1% takes 1% off the first Reception year ahead, about 2% off the second."""
    projection: Births | None = None
    """Another way to project births than the project's, such as {method: level}; keys are those of births there."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("say what changes: change, trend or projection")
        return self

    def factor(self, years_ahead: int) -> float:
        """Return what births are multiplied by, so many years ahead."""
        level, trend = ((each or 0.0) / 100.0 for each in (self.change, self.trend))
        return float((1.0 + level) * (1.0 + trend) ** years_ahead)


class RatioChange(Span):
    """Change of intake or survival ratios: everywhere, or in some transitions, year groups, areas or years only."""

    change: PercentText
    """Change of the ratios, with its sign for per cent, such as -3%."""
    transition: Annotated[Transition, BeforeValidator(_folded)] | None = None
    """intake, progression, transfer, sixth_form, or a phase: primary or secondary; empty means all."""
    year_groups: tuple[Group, ...] | None = None
    """Year groups whose ratio from the year before changes, such as [R, 7]; empty means all."""
    areas: tuple[Text, ...] | None = None
    """Codes of planning areas; empty means all."""


class Arrivals(Choices):
    """Pupils who come (or go, below 0) beyond the forecast, and then move up with their cohorts."""

    name: Text = ""
    """What they are, as reports print it."""
    pupils: dict[Year, dict[Group, Number]]
    """Pupils by academic year and year group, such as {2027/28: {R: 10, 7: 4}}; those of a year come on top of those
    before."""
    areas: tuple[Text, ...] | None = None
    """Codes of the planning areas that they go to, by roll; empty means all."""


class CrossBorder(Span):
    """Change of the pupils who come in from outside the authority, as the table transfers has them (OUT)."""

    change: PercentText
    """Change of their number, with its sign for per cent, such as -10%."""
    year_group: Group = 7
    """Year group into which they come."""
    areas: tuple[Text, ...] | None = None
    """Codes of the planning areas that they come to; empty means all."""


class HousingEdit(Choices):
    """What a scenario does to new homes in the years ahead; needs the tables housing and yields."""

    delay: Annotated[int, Field(strict=True, ge=0, le=15)] | None = None
    """Years by which every home still to come is late (0 to 15)."""
    drop: Annotated[tuple[Text, ...], BeforeValidator(_listed)] = ()
    """Sites to leave out, by site_id; all leaves out every home still to come."""
    only: Annotated[tuple[Text, ...], BeforeValidator(_listed)] = ()
    """Sites to keep, by site_id; the homes of all others are left out."""
    yields: PercentText | None = None
    """Change of the pupils for each home, with its sign for per cent, such as 10%."""
    certainty: dict[HousingStatus, Share] = Field(default_factory=dict)
    """Share of homes that count by status of the site, in place of the project's, such as {outline: 0.3}."""


class NewPlans(Span):
    """Change of the new plans that `placeplan send` expects, such as earlier support in mainstream schools would bring."""

    change: PercentText
    """Change of their number, with its sign for per cent, such as -20%; not below -100%."""
    year_groups: tuple[Group, ...] | None = None
    """Year groups whose new plans change, such as [R, 1, 2]; empty means all, unless ages are given."""
    ages: tuple[Annotated[int, Field(strict=True, ge=0, le=25)], ...] | None = None
    """Ages at 31 August before the year whose new plans change (0 to 25), beside the year groups."""


class AwayAtTransfer(Span):
    """Change of the placements out of the area that are made when children change school; they hold as children grow."""

    change: PercentText
    """Change of their number, with its sign for per cent, such as -25%; from -100% to 0%."""
    year_groups: tuple[Group, ...] = (0, 7, 12)
    """Year groups that a transfer leads into."""

    @model_validator(mode="after")
    def _fewer(self) -> Self:
        if self.change > 0:
            raise ValueError(
                f"change {self.change:g}% would be more placements; write a per cent from -100% to 0%"
            )
        return self


class SendEdit(Choices):
    """What a scenario does to high needs; `placeplan send --scenario` reads it."""

    new_plans: Annotated[tuple[NewPlans, ...], BeforeValidator(_one_or_more)] = ()
    """Changes of new plans, such as [{change: -20%, year_groups: [R, 1, 2], from: 2027/28}]."""
    out_of_area_at_transfer: Annotated[AwayAtTransfer | None, BeforeValidator(_as_change)] = None
    """Fewer placements out of the area at transfer points: -25%, or {change: -25%, from: 2027/28, year_groups: [7]}."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("say what changes: new_plans or out_of_area_at_transfer")
        return self


def merged_ratios(base: Ratios, over: Ratios) -> Ratios:
    """Return the project's ratios with what a scenario gives in their place; weights go where a method or years come."""
    kept = {name: getattr(base, name) for name in base.model_fields_set}
    if {"method", "years"} & over.model_fields_set:
        kept.pop("weights", None)
    given = {name: getattr(over, name) for name in over.model_fields_set}
    if "weights" in given:
        kept = {name: value for name, value in kept.items() if name == "leave_out"}
    return Ratios.model_validate({**kept, **given})


def merged_births(base: Births, over: Births) -> Births:
    """Return the project's projection of births with what a scenario gives in its place."""
    return base.model_copy(update={name: getattr(over, name) for name in over.model_fields_set})
