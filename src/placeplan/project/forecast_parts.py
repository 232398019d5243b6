"""Choices on how pupils are forecast: how far, by which ratios, births and new homes, held to which totals."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema, model_validator

from placeplan.project.base import Choices
from placeplan.project.kinds import Group, PercentText, Share, Text, Weight, Year, YearsAhead, folded, one_of
from placeplan.years import Phase

Method = Literal[
    "combined",
    "local_level",
    "quick_level",
    "cohort_survival",
    "median_survival",
    "smoothing",
    "damped_trend",
    "ets",
    "ucm",
]
Transition = Literal["intake", "progression", "transfer", "sixth_form", "primary", "secondary"]
BirthsMethod = Literal["damped_trend", "ets", "ucm", "level"]
HousingStatus = Literal["complete", "started", "full", "outline", "allocated", "windfall"]


def _method(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            one_of(key, get_args(Transition), "transition"): _method(named) for key, named in value.items()
        }
    return one_of(value, get_args(Method), "method")


MethodChoice = Annotated[
    Method | dict[Transition, Method],
    PlainValidator(_method),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "enum": list(get_args(Method))},
                {
                    "type": "object",
                    "additionalProperties": {"type": "string", "enum": list(get_args(Method))},
                    "propertyNames": {"enum": list(get_args(Transition))},
                },
            ]
        }
    ),
]


class Horizon(Choices):
    """Years ahead that are forecast; one number alone holds for every phase."""

    primary: YearsAhead = 5
    """Years ahead for Reception to Year 6 (1 to 15)."""
    secondary: YearsAhead = 7
    """Years ahead for Years 7 to 11 (1 to 15)."""
    sixth_form: YearsAhead = 7
    """Years ahead for Years 12 to 14 (1 to 15)."""

    @model_validator(mode="before")
    @classmethod
    def _one_for_all(cls, given: Any) -> Any:
        if isinstance(given, int) and not isinstance(given, bool):
            return {phase.value: given for phase in Phase}
        return given

    def __getitem__(self, phase: Phase) -> int:
        """Return the years ahead of a phase."""
        return {Phase.PRIMARY: self.primary, Phase.SECONDARY: self.secondary}.get(phase, self.sixth_form)


class LeftOut(Choices):
    """A year whose ratios are not typical: everywhere, or in some year groups or areas only."""

    year: Year
    """The academic year, such as 2020/21; the ratios of January in that year are meant."""
    year_groups: tuple[Group, ...] | None = None
    """Year groups that it concerns, such as [R, 1]; empty means all."""
    areas: tuple[Text, ...] | None = None
    """Codes of the planning areas that it concerns; empty means all."""
    reason: Text = ""
    """Why, as the report prints it."""

    @model_validator(mode="before")
    @classmethod
    def _year_alone(cls, given: Any) -> Any:
        return given if isinstance(given, (dict, cls)) else {"year": given}

    @property
    def everywhere(self) -> bool:
        """Whether it concerns every area and year group."""
        return self.year_groups is None and self.areas is None


class Ratios(Choices):
    """How past intake and progression ratios become the ratios of the forecast."""

    method: MethodChoice = "combined"
    """combined (methods weighted by how well each would have forecast the authority's own past), local_level (recent years
    count more, small areas lean on the authority, both by how noisy the ratios are), quick_level (the same, following the
    newest years more readily), cohort_survival (each area's own pooled ratio over the years and weights given here),
    median_survival, smoothing, damped_trend, ets or ucm (each area's own log ratio); or one for each transition, such as
    {intake: ets, progression: local_level}."""
    years: Annotated[int, Field(strict=True, ge=1, le=40)] = 12
    """How many recent years of ratios count (1 to 40)."""
    weights: tuple[Weight, ...] | None = None
    """Weight of each of those years for cohort_survival, newest first, such as [3, 2, 1]; giving weights asks for it."""
    leave_out: tuple[LeftOut, ...] | None = None
    """Years whose ratios are not typical, such as ["2020/21", {year: "2018/19", areas: ["3404001"], reason: "new border"}];
    empty means the known shock years and those that the ratios themselves show, [] means none."""
    offers: Annotated[Literal["learnt", "never"], BeforeValidator(folded)] = "learnt"
    """learnt (first preferences and offers for the coming September, from the table preferences, correct next year's intake
    as far as they would have mended earlier forecasts) or never."""

    @model_validator(mode="before")
    @classmethod
    def _years_of_weights(cls, given: Any) -> Any:
        if isinstance(given, dict) and isinstance(given.get("weights"), list) and given.get("years") is None:
            given = {**given, "years": len(given["weights"])}
        if isinstance(given, dict) and given.get("weights") is not None and given.get("method") is None:
            given = {**given, "method": "cohort_survival"}
        return given

    @model_validator(mode="after")
    def _weights_fit(self) -> Self:
        if self.weights is not None and len(self.weights) != self.years:
            raise ValueError(
                f"weights has {len(self.weights)} numbers for {self.years} years; give one for each"
            )
        if self.weights is not None and self.method != "cohort_survival":
            raise ValueError("weights belong to the method cohort_survival; leave out one of the two")
        if self.weights is not None and sum(self.weights) == 0:
            raise ValueError("the weights are all 0; at least one must be above 0")
        return self


class Births(Choices):
    """How births beyond those known are projected, and whether children under five may take their place."""

    method: Annotated[BirthsMethod, BeforeValidator(folded)] = "damped_trend"
    """damped_trend, ets (statsmodels' ETS with a damped trend), ucm (a state-space local level) or level (the last known
    births go on); births with status projected in the table go first."""
    years: Annotated[int, Field(strict=True, ge=2, le=15)] = 3
    """How many recent years of births the damped trend is taken from (2 to 15)."""
    damping: Share = 0.5
    """How much of the damped trend goes on from one year to the next: 0 keeps births level, 1 goes on undamped."""
    preschool: Annotated[Literal["backtest", "never"], BeforeValidator(folded)] = "backtest"
    """backtest (children under five of the table preschool lead to Reception where they would have forecast earlier years
    better than births) or never (births alone do)."""


class HousingChoice(Choices):
    """How pupils of new homes are counted; needs the tables housing and yields."""

    certainty: dict[HousingStatus, Share] = Field(default={})
    """Share of homes that count by status of the site, such as {outline: 0.6, allocated: 0.3}; statuses that are left out
    keep placeplan's own, which are judgement."""
    usual_years: Annotated[int, Field(strict=True, ge=1, le=20)] = 5
    """How many recent years of past_completions say what building is usual, and in the ratios already (1 to 20)."""
    moved_within: Share = 0.0
    """Share of the pupils of new homes who moved from within the authority, and are on its rolls already (0 to 1)."""
    slips: Annotated[bool, Field(strict=True)] = True
    """Whether sites may come late, in the forecast and in the simulations."""


class ControlTotal(Choices):
    """Totals of the whole authority that its areas are held to, in place of the sum of their own forecasts."""

    file: Text | None = None
    """File of the table control_totals, relative to this file; empty means the table of that name in the inputs."""
    level: Annotated[Literal["phase", "year_group"], BeforeValidator(folded)] = "phase"
    """phase (the rows without a year group count) or year_group (the rows with one count)."""
    percent: dict[Phase, dict[Year, PercentText]] = Field(default={})
    """In place of a table: change since the base year's roll by phase and year, such as
    {primary: {"2026/27": -1.2%, "2027/28": -2.5%}}."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.percent and self.file is not None:
            raise ValueError("file and percent both give control totals; leave out one of the two")
        if self.percent and self.level == "year_group":
            raise ValueError("percent gives totals of phases; leave out level: year_group")
        return self
