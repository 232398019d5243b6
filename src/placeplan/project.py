"""The project file: which inputs, and which choices. ``placeplan.yaml`` becomes one frozen ``Project``.

Every choice has a default that a planning officer would accept, and the sentence under it is the one text
from which the starter project and the JSON Schema are made. To add a choice, add a field.
"""

from __future__ import annotations

import csv
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

from placeplan.problems import UsageError
from placeplan.yamlnodes import as_written, build, read_yaml
from placeplan.years import AcademicYear, Phase

PROJECT_FILE = "placeplan.yaml"

Census = Literal["january", "may", "october"]
Measure = Literal["capacity", "pan", "usable"]
Method = Literal["local_level", "cohort_survival", "smoothing", "damped_trend", "ets", "ucm"]
Transition = Literal["intake", "progression", "transfer", "sixth_form", "primary", "secondary"]


def _academic_year(value: Any) -> AcademicYear:
    if isinstance(value, AcademicYear):
        return value
    try:
        return AcademicYear.parse(str(as_written(value)))
    except ValueError as error:
        raise ValueError(f"write an academic year as 2022/23 ({error})") from None


def _folded(value: Any) -> Any:
    return value.strip().casefold() if isinstance(value, str) else value


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
TableName = Annotated[str, AfterValidator(_known_table)]
YearsAhead = Annotated[int, Field(strict=True, ge=1, le=15)]
Share = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
Percent = Annotated[float, Field(strict=True, ge=-100, le=1000, allow_inf_nan=False)]
Pupils = Annotated[float, Field(strict=True, ge=0, le=1e6, allow_inf_nan=False)]
Weight = Annotated[float, Field(strict=True, ge=0, le=1e6, allow_inf_nan=False)]


@cache
def table_names() -> tuple[str, ...]:
    """The names of the input tables, from ``data/tables.csv``."""
    content = files("placeplan").joinpath("data/tables.csv").read_text(encoding="utf-8")
    return tuple(dict.fromkeys(row["table"] for row in csv.DictReader(content.splitlines())))


class Choices(BaseModel):
    """Base of every part of the project file: frozen, no unknown keys; an empty value means the default."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

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


class Ratios(Choices):
    """How past intake and progression ratios become the ratios of the forecast."""

    method: Annotated[Method, BeforeValidator(_folded)] | dict[Transition, Method] = "local_level"
    """local_level (recent years count more, small areas lean on the authority, both by how noisy the ratios are),
    cohort_survival (each area's own pooled ratio over the years and weights given here), smoothing, damped_trend, ets or
    ucm (each area's own log ratio); or one for each transition, such as {intake: ets, progression: local_level}."""
    years: Annotated[int, Field(strict=True, ge=1, le=40)] = 12
    """How many recent years of ratios count (1 to 40)."""
    weights: tuple[Weight, ...] | None = None
    """Weight of each of those years for cohort_survival, newest first, such as [3, 2, 1]; giving weights asks for it."""
    leave_out: tuple[Year, ...] | None = None
    """Years whose ratios are not typical, such as ["2020/21"]; empty means the known shock years, [] means none."""

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
    """How births beyond those known are projected."""

    years: Annotated[int, Field(strict=True, ge=2, le=15)] = 5
    """How many recent years of births the trend is taken from (2 to 15)."""
    damping: Share = 0.8
    """How much of the trend goes on from one year to the next: 0 keeps births level, 1 goes on undamped."""


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


class OutputsChoice(Choices):
    """How much is written."""

    all_areas_up_to: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] = 300
    """Above this many areas, workbook and report hold only the areas that need attention."""


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
    simulations: Annotated[int, Field(strict=True, ge=100, le=100_000)] = 1000
    """Draws for the intervals and chances (100 to 100,000)."""
    seed: Annotated[int, Field(strict=True, ge=0, le=2**63 - 1)] = 1944
    """Seed of the draws; the same seed gives the same figures."""
    ratios: Ratios = Ratios()
    births: Births = Births()
    places: PlacesChoice = PlacesChoice()
    status: StatusThresholds = StatusThresholds()
    delivery_probability: DeliveryProbability = DeliveryProbability()
    watchlist: WatchList = WatchList()
    checks: ChecksChoice = ChecksChoice()
    outputs: OutputsChoice = OutputsChoice()

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
    return build(Project, document).placed(file, document.text)


def project_schema() -> dict[str, Any]:
    """Return the JSON Schema of the project file, for editors."""
    schema = Project.model_json_schema(mode="validation")
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
