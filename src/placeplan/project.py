"""The project file: which inputs, and which choices. ``placeplan.yaml`` becomes one frozen ``Project``.

Every choice has a default that a planning officer would accept, and the sentence under it is the one text
from which the starter project and the JSON Schema are made. To add a choice, add a field.
"""

from __future__ import annotations

import csv
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    PrivateAttr,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from placeplan.choicewords import with_words
from placeplan.datafiles import data_rows
from placeplan.problems import Finding, InputErrors, UsageError
from placeplan.theming import AA_TEXT, contrast, logo_fault
from placeplan.yamlnodes import as_written, build, read_yaml
from placeplan.years import AcademicYear, Phase, read_year_group, year_group_label

PROJECT_FILE = "placeplan.yaml"

Census = Literal["january", "may", "october"]
Measure = Literal["capacity", "pan", "usable"]
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
BirthsMethod = Literal["damped_trend", "ets", "ucm", "level"]
HousingStatus = Literal["complete", "started", "full", "outline", "allocated", "windfall"]
WordSet = Literal["england", "wales", "cymraeg", "scotland"]
Transition = Literal["intake", "progression", "transfer", "sixth_form", "primary", "secondary"]


def _academic_year(value: Any) -> AcademicYear:
    if isinstance(value, AcademicYear):
        return value
    try:
        return AcademicYear.parse(str(as_written(value)))
    except ValueError as error:
        raise ValueError(f"write an academic year as 2022/23 ({error})") from None


def _year_group(value: Any) -> int:
    try:
        return read_year_group(str(as_written(value))).value
    except ValueError as error:
        raise ValueError(f"write a year group as R or 1 to 14 ({error})") from None


def _percent(value: Any) -> float:
    if isinstance(value, str) and value.strip().endswith("%"):
        try:
            number = float(value.strip().removesuffix("%").replace("−", "-"))
        except ValueError:
            number = float("nan")
        if -100 <= number <= 1000:
            return number
    raise ValueError("write a change from -100% to 1000% with its sign for per cent, such as -1.2%")


def _method(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            _one_of(key, get_args(Transition), "transition"): _method(named) for key, named in value.items()
        }
    return _one_of(value, get_args(Method), "method")


def _one_of(value: Any, known: tuple[str, ...], what: str) -> str:
    word = str(as_written(value)).strip().casefold()
    if word in known:
        return word
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join(known)}"
    raise ValueError(f"there is no {what} `{str(as_written(value))[:60]}`; {hint}")


def _folded(value: Any) -> Any:
    return value.strip().casefold() if isinstance(value, str) else value


def _day(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(as_written(value)))
    except ValueError:
        raise ValueError("write a day as 2026-10-01") from None


def _day_of_year(value: Any) -> str:
    text = str(as_written(value))
    try:
        date.fromisoformat(f"2001-{text}")
    except ValueError:
        raise ValueError('write a day of the year in quotes, month first, as "05-15"') from None
    return text


def _readable(value: Any) -> str:
    colour = str(as_written(value)).strip().casefold()
    found = contrast(colour)
    if found < AA_TEXT:
        raise ValueError(
            f"{colour} has a contrast of {found:.1f} with white, below the {AA_TEXT} that readers need (WCAG 2.2 AA); "
            "take a darker one"
        )
    return colour


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


def _known_table(name: str) -> str:
    known = ["folder", *table_names()]
    if name not in known:
        raise PydanticCustomError("unknown_key", "unknown table", {"known": known})
    return name


Text = Annotated[str, BeforeValidator(as_written)]
Year = Annotated[
    AcademicYear,
    PlainValidator(_academic_year),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}/\d{2}$", "examples": ["2022/23"]}),
]
Group = Annotated[
    int,
    PlainValidator(_year_group),
    PlainSerializer(year_group_label, return_type=str),
    WithJsonSchema({"type": ["string", "integer"], "examples": ["R", 7]}),
]
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
PercentText = Annotated[
    float,
    PlainValidator(_percent),
    PlainSerializer(lambda value: f"{value:g}%", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^[-−]?\d+(\.\d+)?\s*%$", "examples": ["-1.2%"]}),
]
Day = Annotated[
    date,
    PlainValidator(_day),
    PlainSerializer(lambda day: day.isoformat(), return_type=str),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-10-01"]}),
]
DayOfYear = Annotated[
    str,
    PlainValidator(_day_of_year),
    WithJsonSchema({"type": "string", "pattern": r"^\d{2}-\d{2}$", "examples": ["05-15"]}),
]
Colour = Annotated[
    str,
    PlainValidator(_readable),
    WithJsonSchema({"type": "string", "pattern": "^#[0-9A-Fa-f]{6}$", "examples": ["#005a8c"]}),
]
TableName = Annotated[str, AfterValidator(_known_table)]
YearsAhead = Annotated[int, Field(strict=True, ge=1, le=15)]
Share = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
Percent = Annotated[float, Field(strict=True, ge=-100, le=1000, allow_inf_nan=False)]
Pupils = Annotated[float, Field(strict=True, ge=0, le=1e6, allow_inf_nan=False)]
Weight = Annotated[float, Field(strict=True, ge=0, le=1e6, allow_inf_nan=False)]
Months = Annotated[int, Field(strict=True, ge=0, le=240)]
Pounds = Annotated[float, Field(strict=True, ge=0, le=1e9, allow_inf_nan=False)]


@cache
def table_names() -> tuple[str, ...]:
    """The names of the input tables, from ``data/tables.csv``."""
    content = files("placeplan").joinpath("data/tables.csv").read_text(encoding="utf-8")
    return tuple(dict.fromkeys(row["table"] for row in csv.DictReader(content.splitlines())))


@cache
def region_names() -> tuple[str, ...]:
    """The regions that have a factor on costs, from ``data/rates.csv``."""
    return tuple(row["region"] for row in data_rows("rates.csv") if row["item"] == "region_factor")


class Choices(BaseModel):
    """Base of every part of the project file: frozen, no unknown keys; an empty value means the default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _empty_is_default(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {
            key: value for key, value in given.items() if value is not None or key not in cls.model_fields
        }


class Authority(Choices):
    """Whose plan it is."""

    name: Annotated[Text, Field(min_length=1)]
    """Name of the authority, as reports print it."""
    la_code: Text = ""
    """Three-digit code of the local authority, in quotes; the code of the authority's rows in outputs."""


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
    offers: Annotated[Literal["learnt", "never"], BeforeValidator(_folded)] = "learnt"
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

    method: Annotated[BirthsMethod, BeforeValidator(_folded)] = "damped_trend"
    """damped_trend, ets (statsmodels' ETS with a damped trend), ucm (a state-space local level) or level (the last known
    births go on); births with status projected in the table go first."""
    years: Annotated[int, Field(strict=True, ge=2, le=15)] = 3
    """How many recent years of births the damped trend is taken from (2 to 15)."""
    damping: Share = 0.5
    """How much of the damped trend goes on from one year to the next: 0 keeps births level, 1 goes on undamped."""
    preschool: Annotated[Literal["backtest", "never"], BeforeValidator(_folded)] = "backtest"
    """backtest (children under five of the table preschool lead to Reception where they would have forecast earlier years
    better than births) or never (births alone do)."""


class HousingChoice(Choices):
    """How pupils of new homes are counted; needs the tables housing and yields."""

    certainty: dict[HousingStatus, Share] = {}
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
    level: Annotated[Literal["phase", "year_group"], BeforeValidator(_folded)] = "phase"
    """phase (the rows without a year group count) or year_group (the rows with one count)."""
    percent: dict[Phase, dict[Year, PercentText]] = {}
    """In place of a table: change since the base year's roll by phase and year, such as
    {primary: {"2026/27": -1.2%, "2027/28": -2.5%}}."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.percent and self.file is not None:
            raise ValueError("file and percent both give control totals; leave out one of the two")
        if self.percent and self.level == "year_group":
            raise ValueError("percent gives totals of phases; leave out level: year_group")
        return self


class PlacesChoice(Choices):
    """Which number of places demand is compared with."""

    measure: Annotated[Measure, BeforeValidator(_folded)] = "capacity"
    """capacity (assessed), pan (admission numbers of the cohorts in school) or usable (what can be had)."""
    fallback: tuple[Annotated[Measure, BeforeValidator(_folded)], ...] = ("usable", "pan")
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
    floors: dict[Text, Pupils] = {}
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


class Theme(Choices):
    """How the HTML report looks, and the headings of the workbook."""

    colour: Colour = "#005a8c"
    """Colour of headings and links, such as "#005a8c" in quotes; its contrast with white must reach 4.5 (WCAG 2.2 AA)."""
    title_colour: Colour = "#003a5c"
    """Colour behind the white title, under the same rule. Charts keep colours that colour-blind readers can tell apart."""
    logo: Text = ""
    """Picture of the council's logo beside this file (.svg, .png or .jpg, at most 300 kB), put inside the report."""


class SendChoice(Choices):
    """How residents with an education, health and care plan are forecast by `placeplan send`."""

    ceiling: Annotated[float, Field(strict=True, gt=0, le=100, allow_inf_nan=False)] | None = None
    """Plans for 100 pupils of Reception to Year 11 above which growth stops where only stocks are known; empty means the
    level that one authority in ten had passed in January 2025."""
    exclusions_fall: Share | None = None
    """Share by which schools that act together would lower permanent exclusions, such as 0.3; empty: no such scenario."""
    planning_areas: Annotated[
        dict[Annotated[Text, AfterValidator(_known_send_area)], Text], AfterValidator(_codes_apart)
    ] = {}
    """Your own codes of the planning areas of the specialist forecast, by placeplan's, such as {"1803001": "9993001"}."""


class OutputsChoice(Choices):
    """How much is written."""

    all_areas_up_to: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] = 300
    """Above this many areas, workbook and report hold only the areas that need attention."""
    words: Annotated[WordSet, BeforeValidator(_folded)] = "england"
    """Words for phases and year groups: england, wales, cymraeg or scotland; the sets stand in data/words.csv."""


class PublicationChoice(Choices):
    """How small counts are kept out of what `placeplan report --public` writes; your own outputs hold every count."""

    threshold: Annotated[int, Field(strict=True, ge=2, le=100)] | None = None
    """Counts of pupils from 1 to below this are small; empty means 5, for which no common rule was found: use your own."""
    method: Annotated[Literal["suppress", "round"], BeforeValidator(_folded)] = "suppress"
    """What is done: suppress (small counts and what would give them away become c) or round (pupils to multiples of 5)."""


class Project(Choices):
    """The choices of one project, as its file gives them or by default."""

    authority: Authority
    inputs: dict[TableName, Text]
    """Where the tables are, relative to this file: folder, and table: file or table: book.xlsx#Sheet."""
    base_year: Year | None = None
    """Last academic year that counts as known, such as 2022/23; empty means the latest in the rolls."""
    census: Annotated[Census, BeforeValidator(_folded)] = "january"
    """The census that feeds the model: january, may or october; other censuses feed checks."""
    horizon: Horizon = Horizon()
    method: MethodChoice | None = None
    """How ratios go on: short for ``method`` under ``ratios``, where the methods are explained; empty means combined."""
    simulations: Annotated[int, Field(strict=True, ge=100, le=100_000)] = 1000
    """Draws for the intervals and chances (100 to 100,000)."""
    seed: Annotated[int, Field(strict=True, ge=0, le=2**63 - 1)] = 1944
    """Seed of the draws; the same seed gives the same figures."""
    ratios: Ratios = Ratios()
    births: Births = Births()
    housing: HousingChoice = HousingChoice()
    control_total: ControlTotal | None = None
    """Totals of the whole authority that its areas are held to, such as {file: control_totals.csv, level: phase}; empty
    means that the areas' own forecasts stand."""
    places: PlacesChoice = PlacesChoice()
    status: StatusThresholds = StatusThresholds()
    delivery_probability: DeliveryProbability = DeliveryProbability()
    watchlist: WatchList = WatchList()
    checks: ChecksChoice = ChecksChoice()
    decisions: DecisionsChoice = DecisionsChoice()
    money: MoneyChoice = MoneyChoice()
    options: OptionsChoice = OptionsChoice()
    send: SendChoice = SendChoice()
    outputs: OutputsChoice = OutputsChoice()
    theme: Theme = Theme()
    publication: PublicationChoice = PublicationChoice()

    @model_validator(mode="after")
    def _method_into_ratios(self) -> Self:
        if self.method is not None:
            if "method" in self.ratios.model_fields_set:
                raise ValueError("method stands at the top and under ratios; leave out one of the two")
            given = {name: getattr(self.ratios, name) for name in self.ratios.model_fields_set}
            self.__dict__["ratios"] = Ratios.model_validate({**given, "method": self.method})
            self.__dict__["method"] = None
        return self

    _path: Path = PrivateAttr(default=Path(PROJECT_FILE))
    _text: str = PrivateAttr(default="")

    @property
    def path(self) -> Path:
        """The project file; paths in ``inputs`` are relative to its folder."""
        return self._path

    @property
    def text(self) -> str:
        """The content of the project file as it stood."""
        return self._text

    def with_changes(
        self,
        base_year: AcademicYear | None = None,
        horizon: int | None = None,
        simulations: int | None = None,
        seed: int | None = None,
    ) -> Project:
        """Return the project with what a command line overrides; UsageError if a value is out of range."""
        given = {"base_year": base_year, "horizon": horizon, "simulations": simulations, "seed": seed}
        changes = {name: value for name, value in given.items() if value is not None}
        try:
            changed = Project.model_validate({**dict(self), **changes})
        except ValidationError as error:
            faults = (f"--{fault['loc'][0]} {fault['input']}: {fault['msg']}" for fault in error.errors())
            raise UsageError("; ".join(dict.fromkeys(faults)).replace("_", "-")) from None
        return changed.placed(self._path, self._text)

    def placed(self, path: Path, text: str = "") -> Project:
        """Return the project as read from a file with that content."""
        project = self.model_copy()
        project._path, project._text = path, text
        return project


def find_project(start: Path) -> Path:
    """Return the project file in a folder or the nearest one above; UsageError if there is none."""
    folder = start.resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / PROJECT_FILE).is_file():
            return candidate / PROJECT_FILE
    raise UsageError(
        f"there is no {PROJECT_FILE} in {folder} or above; name a file, or begin with `placeplan init`"
    )


def load_project(path: Path) -> Project:
    """Return the project of a file, or of a folder that holds ``placeplan.yaml``.

    Raises UsageError if there is nothing of that name, InputErrors with every fault of the file.
    """
    file = path / PROJECT_FILE if path.is_dir() else path
    if not file.exists():
        raise UsageError(f"there is no project file {file}; name another, or begin one with `placeplan init`")
    document = read_yaml(file)
    project = build(Project, document).placed(file, document.text)
    _check_logo(project)
    return project


def _check_logo(project: Project) -> None:
    """Raise InputErrors if the logo is no picture that the report can hold."""
    name = project.theme.logo
    if not name:
        return
    fault = logo_fault(project.path.parent / name)
    if fault:
        said = f"theme.logo: `{name}`: {fault}; name another picture or leave the line out"
        raise InputErrors(
            [Finding("yaml-value", said, "project", project.path.name, column="logo", value=name)]
        )


def project_schema() -> dict[str, Any]:
    """Return the JSON Schema of the project file, for editors."""
    schema = with_words(Project.model_json_schema(mode="validation"), Project, Choices)
    tables = {name: {"type": "string", "description": f"File of the table {name}."} for name in table_names()}
    folder = {"type": "string", "description": "Folder whose tables are read under their own names."}
    schema["properties"]["inputs"] = {
        "type": "object",
        "description": schema["properties"]["inputs"]["description"],
        "properties": {"folder": folder, **tables},
        "additionalProperties": False,
    }
    whole = {"type": "integer", "minimum": 1, "maximum": 15}
    schema["properties"]["horizon"] = {"anyOf": [whole, {"$ref": "#/$defs/Horizon"}]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "placeplan project"}


MEASURES: tuple[Measure, ...] = get_args(Measure)
"""The three measures of places."""
