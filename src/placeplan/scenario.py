"""Scenario files: what differs from the plan as it stands, in a few lines of YAML.

A scenario may be based on another file, whose operations go first; ``based_on: central`` is the plan as it stands. An
operation is a field here, with its limits and its sentence; what it does to tables and arrays stands in
``scenario_inputs``. Nothing here knows a table: whether a code exists is checked there, at the place kept by the layer.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, PlainValidator, model_validator

from placeplan.choicewords import with_words
from placeplan.operations import (
    AdjustmentsEdit,
    Arrivals,
    BirthsChange,
    Certainty,
    CrossBorder,
    HousingEdit,
    Intervals,
    RatioChange,
    SendEdit,
)
from placeplan.problems import Finding, InputErrors, UsageError
from placeplan.project import Choices, Group, Ratios, Share, Text, Year
from placeplan.yamlnodes import Document, as_written, build, parse_yaml, read_yaml

CENTRAL = "central"
WHAT_IF = "what-if"
WHAT_IF_OPTION = "--what-if"

_WHAT_IF = re.compile(
    r"(?P<urn>\S+)\s+PAN\s+(?P<pan>\S+)\s+from\s+(?P<from>\S+)"
    r"(?:\s+until\s+(?P<until>\S+))?(?:\s+(?:in\s+)?year\s*group\s+(?P<year_group>\S+))?",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"[+-]\d{1,5}|0")

Kind = Literal["expansion", "pan_change", "bulge", "new_school", "closure", "amalgamation", "unit"]
PhaseName = Literal["primary", "secondary", "sixth_form"]


def _folded(value: Any) -> Any:
    return value.strip().casefold() if isinstance(value, str) else value


def _signed(value: Any) -> int:
    text = str(as_written(value)).strip().replace("−", "-")
    if isinstance(value, bool) or not _SIGNED.fullmatch(text):
        raise ValueError("write the change of the admission number with its sign, such as +30 or -15")
    return int(text)


def _one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


Places = Annotated[float, Field(strict=True, ge=-10_000_000, le=10_000_000, allow_inf_nan=False)]
Signed = Annotated[
    int, PlainValidator(_signed), PlainSerializer(lambda change: f"{change:+d}", return_type=str)
]


class ChangeEdit(Choices):
    """What a scenario does to one planned change."""

    delay: Annotated[int, Field(strict=True, ge=0, le=15)] | None = None
    """Years by which it comes late (0 to 15)."""
    drop: Annotated[bool, Field(strict=True)] | None = None
    """true leaves it out."""
    certainty: Annotated[Certainty, BeforeValidator(_folded)] | None = None
    """How sure it is: firm or certain puts it into central figures, proposed or option takes it out."""
    probability: Share | None = None
    """Chance that it comes, in the simulations (0 to 1)."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        given = self.model_fields_set
        if not given:
            raise ValueError("say what changes: delay, drop, certainty or probability")
        if self.drop and len(given) > 1:
            raise ValueError("a change that is dropped needs nothing else; leave out one of the two")
        return self


class AddedChange(Choices):
    """A row that is added to the planned changes, by the columns of that table; without a certainty it is firm."""

    change_id: Text
    kind: Annotated[Kind, BeforeValidator(_folded)]
    start_year: Year
    places: Places | None = None
    urn: Text = ""
    area_code: Text = ""
    phase: Annotated[PhaseName, BeforeValidator(_folded)] | None = None
    year_group: Group | None = None
    end_year: Year | None = None
    into_urn: Text = ""
    certainty: Annotated[Certainty, BeforeValidator(_folded)] = "firm"
    delivery_probability: Share | None = None
    funding: Text = ""
    cost: Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)] | None = None
    decision_status: Text = ""
    note: Text = ""


class PlannedChanges(Choices):
    """Edits of planned changes by their change_id, and changes to add."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, ChangeEdit]

    add: tuple[AddedChange, ...] = ()
    """Rows to add, with the columns of planned_changes."""

    @property
    def edits(self) -> dict[str, ChangeEdit]:
        """The edits by change_id."""
        return dict(self.__pydantic_extra__ or {})


class PanChange(Choices):
    """One school alone changes its admission number: "900001 PAN +30 from 2027/28", or the same as keys."""

    urn: Text
    """The school."""
    pan: Signed
    """Change of its admission number, with its sign: +30 or -15."""
    from_: Annotated[Year, Field(alias="from")]
    """First academic year whose entrants the new number holds for."""
    until: Year | None = None
    """Last such year; empty means for good."""
    year_group: Group | None = None
    """Year group of entry; empty means the lowest that the school teaches."""
    taken_up: Share | None = None
    """Share of extra places that is taken up at a school that was full and gives no first preferences; empty means the
    default of placeplan, which is judgement."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        return what_if_keys(given) if isinstance(given, str) else given

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until < self.from_:
            raise ValueError(f"until {self.until} lies before from {self.from_}")
        return self


class Scenario(Choices):
    """One scenario file."""

    name: Annotated[Text, Field(min_length=1, max_length=100)] | None = None
    """Name in outputs; empty means the file's own without its ending."""
    based_on: Text | None = None
    """Another scenario file whose operations go first, relative to this one; central is the plan as it stands."""
    planned_changes: PlannedChanges = Field(default_factory=lambda: PlannedChanges.model_validate({}))
    """Edits of planned changes by change_id, such as {PC01: {delay: 2}, PC02: {drop: true}}, and rows to add under add."""
    what_if: Annotated[tuple[PanChange, ...], BeforeValidator(_one_or_more)] = ()
    """Admission numbers that single schools change alone, with the answer of families: ["900001 PAN +30 from 2027/28"]."""
    births: BirthsChange | None = None
    """Change of births, such as {change: -10%} or {trend: -1%}."""
    ratios: Ratios | None = None
    """Method, years, weights and years to leave out in place of the project's, with the keys of ratios there."""
    ratio_changes: Annotated[tuple[RatioChange, ...], BeforeValidator(_one_or_more)] = ()
    """Changes of intake and survival ratios, such as [{change: -3%, transition: intake}]."""
    arrivals: Annotated[tuple[Arrivals, ...], BeforeValidator(_one_or_more)] = ()
    """Pupils who come in-year, such as [{name: resettlement, pupils: {2027/28: {R: 10, 7: 4}}}]."""
    independent: Annotated[tuple[Arrivals, ...], BeforeValidator(_one_or_more)] = ()
    """Pupils who come from independent schools, in the same form."""
    cross_border: Annotated[tuple[CrossBorder, ...], BeforeValidator(_one_or_more)] = ()
    """Change of the pupils who come in from other authorities, such as [{change: -10%, from: 2027/28}]."""
    housing: HousingEdit | None = None
    """Change of new homes, such as {delay: 2} or {drop: all}."""
    adjustments: AdjustmentsEdit | None = None
    """Local knowledge to leave out or to add, with its reason, such as {drop: [AD01]} or {add: [...]}."""
    intervals: Intervals | None = None
    """How wide ranges are drawn, such as {spread: 50%} or {delivery_probability: {proposed: 0.2}}."""
    send: SendEdit | None = None
    """Change of high needs, for `placeplan send --scenario`, such as {out_of_area_at_transfer: -25%}."""


@dataclass(frozen=True)
class Layer:
    """One file of a scenario: what it says, and where each word stands."""

    content: Scenario
    document: Document


@dataclass(frozen=True)
class LoadedScenario:
    """A scenario with the files it is based on, the deepest first; without layers it is the plan as it stands."""

    name: str = CENTRAL
    layers: tuple[Layer, ...] = ()

    def story(self) -> list[dict[str, Any]]:
        """Return what run.json keeps: each file with its text and what was read from it."""
        return [
            {
                "file": layer.document.file,
                "text": layer.document.text,
                "choices": layer.content.model_dump(mode="json", by_alias=True, exclude_unset=True),
            }
            for layer in self.layers
        ]


def read_scenario(path: Path) -> LoadedScenario:
    """Return the scenario of a file; UsageError if there is none, InputErrors with every fault of it and of its base."""
    if not path.is_file():
        raise UsageError(f"--scenario {path}: there is no such file{_near_file(path)}")
    layers: list[Layer] = []
    faults: list[Finding] = []
    seen: list[Path] = []
    at: Path | None = path
    while at is not None:
        seen.append(at.resolve())
        try:
            document = read_yaml(at)
        except InputErrors as error:
            faults += error.findings
            break
        try:
            layers.append(Layer(build(Scenario, document), document))
        except InputErrors as error:
            faults += error.findings
        try:
            at = _base_of(document, at, seen)
        except InputErrors as error:
            faults += error.findings
            break
    if faults:
        raise InputErrors(faults)
    name = layers[0].content.name or path.stem
    return LoadedScenario(name, tuple(reversed(layers)))


def what_if_scenario(texts: tuple[str, ...], base: LoadedScenario) -> LoadedScenario:
    """Return the scenario ``what-if`` of a command line, on top of another; UsageError if a text cannot be read."""
    for text in texts:
        try:
            PanChange.model_validate(text)
        except ValueError as error:
            faults: list[Any] = getattr(error, "errors", list)()
            said = "; ".join(str(one["msg"]).removeprefix("Value error, ") for one in faults) or str(error)
            raise UsageError(f"{WHAT_IF_OPTION} {text!r}: {said[:1].lower()}{said[1:]}") from None
    content = yaml.safe_dump({"name": WHAT_IF, "what_if": list(texts)}, sort_keys=False)
    document = parse_yaml(content, WHAT_IF_OPTION)
    return LoadedScenario(WHAT_IF, (*base.layers, Layer(build(Scenario, document), document)))


def read_scenarios(files: tuple[Path, ...], what_ifs: tuple[str, ...]) -> tuple[LoadedScenario, ...]:
    """Return what a command line asks for: the files, then ``what-if`` on top of the first (else of the plan)."""
    scenarios, faults = [], []
    for file in files:
        try:
            scenarios.append(read_scenario(file))
        except InputErrors as error:
            faults += error.findings
    if faults:
        raise InputErrors(list(dict.fromkeys(faults)))
    named = scenarios or [LoadedScenario()]
    if what_ifs:
        named.append(what_if_scenario(what_ifs, named[0]))
    check_names(named)
    return tuple(named)


def sweep_scenarios(texts: tuple[str, ...], base: LoadedScenario) -> tuple[LoadedScenario, ...]:
    """Return a scenario for every combination of the values of ``key.key=a,b`` texts, each on top of another scenario.

    UsageError if a text has no key or no value; InputErrors if a key or value is none of a scenario file.
    """
    axes = []
    for text in texts:
        key, equals, values = text.partition("=")
        given = [value.strip() for value in values.split(",") if value.strip()]
        if not (key.strip() and equals and given):
            raise UsageError(f'--sweep {text!r}: write a key and its values, as "births.change=-10%,10%"')
        axes.append([(key.strip(), value) for value in given])
    layers: dict[tuple[str, str], Layer] = {}
    faults: list[Finding] = []
    for key, value in (one for axis in axes for one in axis):
        try:
            layers[key, value] = _sweep_layer(key, value)
        except InputErrors as error:
            faults += error.findings
    if faults:
        raise InputErrors(faults)
    return tuple(
        LoadedScenario(
            ", ".join(f"{key}={value}" for key, value in combination),
            (*base.layers, *(layers[one] for one in combination)),
        )
        for combination in (product(*axes) if axes else ())
    )


def _sweep_layer(key: str, value: str) -> Layer:
    text = value
    for part in reversed(key.split(".")):
        text = f"{{{json.dumps(part)}: {text}}}"
    document = parse_yaml(text + "\n", f"--sweep {key}={value}")
    return Layer(build(Scenario, document), document)


def check_names(scenarios: list[LoadedScenario]) -> None:
    """Raise UsageError if two scenarios of a run have the same name."""
    names = [scenario.name for scenario in scenarios]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageError(f"two scenarios have the name {', '.join(twice)}; give each its own `name:`")


def what_if_keys(text: str) -> dict[str, str]:
    """Return the keys of a what-if text; ValueError with the right form if it is another."""
    found = _WHAT_IF.fullmatch(text.strip())
    if found is None:
        raise ValueError(
            'write the school, PAN, the change with its sign and the first year, as "900001 PAN +30 from 2027/28"; '
            '"until 2030/31" and "year group 7" may follow'
        )
    return {name: value for name, value in found.groupdict().items() if value is not None}


def scenario_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario file, for editors."""
    schema = with_words(Scenario.model_json_schema(mode="validation"), Scenario, Choices)
    text = {"type": "string"}
    for name in ("PanChange", "LeftOut"):
        schema["$defs"][name] = {"anyOf": [text, schema["$defs"][name]]}
    for name in ("what_if", "ratio_changes", "arrivals", "independent", "cross_border"):
        whole = schema["properties"][name]
        schema["properties"][name] = {
            "description": whole["description"],
            "anyOf": [{"type": "array", "items": whole["items"]}, whole["items"]],
        }
    own = schema["$defs"]["SendEdit"]["properties"]
    own["new_plans"] = {**own["new_plans"], "anyOf": [{"type": "array", "items": own["new_plans"]["items"]},
                                                     own["new_plans"]["items"]]}  # fmt: skip
    for part in ("type", "items"):
        own["new_plans"].pop(part)
    own["out_of_area_at_transfer"]["anyOf"].insert(0, text)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "placeplan scenario",
    }


def _base_of(document: Document, path: Path, seen: list[Path]) -> Path | None:
    """The file that a scenario is based on, None for the plan as it stands; InputErrors if it is not there or a circle."""
    said = document.value.get("based_on") if isinstance(document.value, dict) else None
    if not isinstance(said, str | int | float) or isinstance(said, bool) or said == CENTRAL:
        return None
    base = path.parent / str(as_written(said))
    if base.resolve() in seen:
        chain = " → ".join(file.name for file in (*seen, base.resolve()))
        raise InputErrors([_fault(document, f"scenarios are based on each other in a circle: {chain}")])
    if not base.is_file():
        raise InputErrors([_fault(document, f"there is no scenario file `{said}`{_near_file(base)}")])
    return base


def _fault(document: Document, message: str) -> Finding:
    return document.finding("scenario-base", ("based_on",), message)


def _near_file(path: Path) -> str:
    there = sorted(file.name for file in path.parent.glob("*.y*ml")) if path.parent.is_dir() else []
    near = get_close_matches(path.name, there, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""
