"""YAML with places: every value of a file with the line and column where it stands, and every fault at once.

PyYAML composes the nodes; the values are made here, by rules that leave codes and years alone: a plain
``012``, ``no``, ``12:30`` or ``2022/23`` stays text; only plain decimal numbers, ``true``, ``false`` and
``null`` become typed. Numbers remember how they were written, so a code such as ``3404`` keeps its spelling.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

import yaml
from pydantic import BaseModel, ValidationError

from placeplan.problems import Finding, InputErrors

LARGEST_FILE = 500_000
"""Bytes. A project file has a few thousand; anything far larger is no project file."""

_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,17})")
_FLOAT = re.compile(r"-?(?:(?:0|[1-9]\d*)\.\d*|\.\d+)(?:[eE][-+]?\d+)?|-?(?:0|[1-9]\d*)[eE][-+]?\d+")
_WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_BLANKS = {"", "~", "null", "Null", "NULL"}
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

WANTED = {
    "int_type": "a whole number", "int_parsing": "a whole number", "int_from_float": "a whole number",
    "float_type": "a number", "float_parsing": "a number", "finite_number": "a number",
    "bool_type": "true or false", "bool_parsing": "true or false", "string_type": "text",
    "tuple_type": "a list, such as [a, b]", "list_type": "a list, such as [a, b]",
}  # fmt: skip
"""What a value should be, by the kind of fault that pydantic reports."""

Path_ = tuple[str | int, ...]
ModelT = TypeVar("ModelT", bound=BaseModel)


class WrittenInt(int):
    """A whole number that knows its spelling."""

    written: str


class WrittenFloat(float):
    """A number with decimals that knows its spelling."""

    written: str


def as_written(value: Any) -> Any:
    """Return the text of a number as it was written in the file; anything else as it is."""
    return getattr(value, "written", value)


@dataclass(frozen=True)
class Place:
    """Line and column in a file, both counted from one, and the text that stands there."""

    line: int = 1
    column: int = 1
    text: str = ""


@dataclass(frozen=True)
class Document:
    """A YAML file that could be parsed: its value, and the place of every value and every key by path."""

    file: str
    text: str
    value: Any
    places: dict[Path_, Place]
    keys: dict[Path_, Place]
    findings: list[Finding]

    def place(self, path: Sequence[str | int], key: bool = False) -> Place:
        """Return the place of the deepest part of the path that stands in the file; one item may stand for a list."""
        steps: Path_ = ()
        for part in path:
            if not isinstance(part, int) or (*steps, part) in self.places:
                steps = (*steps, part)
        while steps and steps not in self.places:
            steps, key = steps[:-1], False
        return (self.keys if key and steps in self.keys else self.places).get(steps, Place())

    def finding(self, rule: str, path: Sequence[str | int], message: str, key: bool = False) -> Finding:
        """Return a finding at a path of the document."""
        return _finding(self.file, rule, self.place(path, key), message)


def read_yaml(path: Path) -> Document:
    """Return the document in a file; InputErrors if it cannot be read or is no YAML at all.

    Lesser faults (a key given twice, an alias) are in its ``findings``, and ``build`` reports them too.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise _refused(
                path, "yaml-unreadable", Place(), "the file is far too large for a file of choices"
            )
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise _refused(path, "yaml-unreadable", Place(), f"the file cannot be read: {reason}") from None
    try:
        return parse_yaml(content.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError as error:
        place = Place(content[: error.start].count(b"\n") + 1, 1)
        raise _refused(path, "yaml-unreadable", place, "the file is not saved as UTF-8 text") from None


def parse_yaml(text: str, file: str) -> Document:
    """Return the document in a text; raises as ``read_yaml``."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place()
        raise _refused(file, "yaml-syntax", place, _say_syntax(error)) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position] if isinstance(error.position, int) else ""
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise _refused(file, "yaml-syntax", place, "a character here cannot stand in a text file") from None
    except RecursionError:
        raise _refused(file, "yaml-syntax", Place(), "lists or keys are nested too deeply") from None
    except (yaml.YAMLError, ValueError, OverflowError):
        raise _refused(
            file, "yaml-syntax", Place(), "a number or escape in the file is out of range"
        ) from None
    builder = _Builder(file)
    try:
        value = builder.value(root, ()) if root is not None else None
    except RecursionError:
        raise _refused(file, "yaml-syntax", Place(), "lists or keys are nested too deeply") from None
    return Document(file, text, value, builder.places, builder.keys, builder.findings)


def build(
    model: type[ModelT], document: Document, prepare: Callable[[Any], Any] = lambda value: value
) -> ModelT:
    """Return the model that the document describes, or raise InputErrors with every fault in it."""
    if document.value is not None and not isinstance(document.value, dict):
        said = "the file must hold keys and values, such as `authority:`, at its top"
        raise InputErrors([*document.findings, document.finding("yaml-syntax", (), said)])
    try:
        built = model.model_validate(prepare(document.value or {}))
    except ValidationError as error:
        faults = [_model_finding(model, document, fault) for fault in error.errors()]
        raise InputErrors([*document.findings, *faults]) from None
    if document.findings:
        raise InputErrors(document.findings)
    return built


@dataclass
class _Builder:
    """Walks the nodes once, noting places and faults on the way."""

    file: str
    places: dict[Path_, Place] = field(default_factory=dict)
    keys: dict[Path_, Place] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)

    def value(self, node: yaml.Node, path: Path_) -> Any:
        """Return the value of a node; faults are noted and read as blank."""
        place = _place_of(node)
        self.places[path] = place
        if id(node) in self.seen:
            return self.fault(
                "yaml-syntax",
                place,
                "an anchor (`&name`) with its alias (`*name`) is not read; write the value again",
            )
        self.seen.add(id(node))
        if not str(node.tag).startswith("tag:yaml.org,2002:"):
            return self.fault("yaml-syntax", place, f"the tag `{node.tag}` is not read here; leave it out")
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, at)) for at, item in enumerate(node.value)]
        if _UNWRITABLE.search(str(node.value)):
            return self.fault("yaml-syntax", place, "the text holds a control character")
        return _typed(str(node.value), plain=getattr(node, "style", None) is None)

    def mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        """Return keys and values; a key that comes twice keeps its first value."""
        values: dict[str, Any] = {}
        for key, value in node.value:
            place = _place_of(key)
            if not isinstance(key, yaml.ScalarNode) or _UNWRITABLE.search(key.value):
                self.fault("yaml-syntax", place, "a key must be a plain word")
            elif key.value in values:
                first = self.keys[(*path, key.value)].line
                self.fault("yaml-key-twice", place, f"the key `{key.value}` stands here and in line {first}")
            else:
                self.keys[(*path, key.value)] = place
                values[key.value] = self.value(value, (*path, key.value))
        return values

    def fault(self, rule: str, place: Place, message: str) -> None:
        """Note a fault at a place."""
        self.findings.append(_finding(self.file, rule, place, message))


def _typed(text: str, plain: bool) -> Any:
    """Return what a scalar means: quoted text is text, plain text may be blank, yes/no or a number."""
    if not plain:
        return text
    if text in _BLANKS:
        return None
    if text in _WORDS:
        return _WORDS[text]
    number: WrittenInt | WrittenFloat
    if _INTEGER.fullmatch(text):
        number = WrittenInt(text)
    elif _FLOAT.fullmatch(text):
        number = WrittenFloat(text)
    else:
        return text
    number.written = text
    return number


def _place_of(node: yaml.Node) -> Place:
    mark, text = node.start_mark, node.value if isinstance(node, yaml.ScalarNode) else ""
    return Place(mark.line + 1, mark.column + 1, text[:100])


def _finding(file: str, rule: str, place: Place, message: str) -> Finding:
    """Return a finding whose message begins with file, line and column, as editors like them."""
    where = f"{Path(file).name}:{place.line}:{place.column}"
    text = place.text if not _UNWRITABLE.search(place.text) else ""
    return Finding(
        rule, f"{where}: {message}", "project", Path(file).name, place.line, str(place.column), text
    )


def _refused(file: str | Path, rule: str, place: Place, message: str) -> InputErrors:
    return InputErrors([_finding(str(file), rule, place, message)])


def _say_syntax(error: yaml.MarkedYAMLError) -> str:
    said = " ".join(str(part) for part in (error.context, error.problem) if part).replace("\\t", "tab")
    said = _UNWRITABLE.sub("?", said)
    if "'tab'" in said or "'\t'" in said:
        return "a tab stands where spaces are needed; indent with spaces"
    return f"the YAML breaks off here ({said})"


def _model_finding(model: type[BaseModel], document: Document, fault: Any) -> Finding:
    """Return a finding for one fault that pydantic reports."""
    path = tuple(part for part in fault["loc"] if part != "[key]")
    name = ".".join(str(part) for part in path)
    kind = fault["type"]
    if kind == "missing":
        return document.finding("yaml-key-missing", path[:-1], f"`{name}` is missing")
    if kind in ("extra_forbidden", "unknown_key"):
        known = fault["ctx"]["known"] if kind == "unknown_key" else _keys_at(model, path[:-1])
        return document.finding(
            "yaml-key-unknown", path, f"`{name}` is no known key{_nearest(str(path[-1]), known)}", True
        )
    found = _say_found(fault.get("input"))
    return document.finding(
        "yaml-value", path, f"`{name}`{found}: {_say_wanted(kind, fault, _keys_at(model, path))}"
    )


def _say_wanted(kind: str, fault: Any, keys: list[str]) -> str:
    """What should stand there, in words for people; with the nearest right word where there are few."""
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        known = f"; known here are {', '.join(keys)}" if keys else ""
        return f"it should hold keys and values{known}"
    if kind == "literal_error":
        known = str(fault["ctx"]["expected"])
        near = get_close_matches(str(fault.get("input")).casefold(), re.findall(r"'([^']*)'", known), n=1)
        return f"it should be {known}{f'; did you mean {near[0]}?' if near else ''}"
    if kind in WANTED:
        return f"it should be {WANTED[kind]}"
    said = str(fault["msg"]).removeprefix("Value error, ").replace("Input should be", "it should be")
    return f"{said[:1].lower()}{said[1:]}"


def _say_found(value: Any) -> str:
    if isinstance(value, str) and not isinstance(value, WrittenInt):
        return f" is the text `{value[:60]}`"
    return f" is {as_written(value)}" if isinstance(value, bool | int | float) else ""


def _nearest(word: str, known: Sequence[str]) -> str:
    """Return a suggestion, or the known keys where none is near."""
    near = get_close_matches(word.casefold(), known, n=1, cutoff=0.6)
    if near:
        return f"; did you mean `{near[0]}`?"
    return f"; known here are {', '.join(known)}" if known else ""


def _keys_at(model: type[BaseModel], path: Path_) -> list[str]:
    """Return the keys that the model takes at a path."""
    for part in path:
        if isinstance(part, int):
            continue
        found = _field(model, str(part))
        inner = _models_in(found.annotation) if found else _models_of_others(model)
        if not inner:
            return []
        model = inner[0]
    return [field.alias or name for name, field in model.model_fields.items()]


def _field(model: type[BaseModel], key: str) -> Any:
    """Return the field that a key of the file means, none for a key of the user's own."""
    named = (field for name, field in model.model_fields.items() if key == (field.alias or name))
    return next(named, None)


def _models_of_others(model: type[BaseModel]) -> list[Any]:
    """Return the models of the values under keys of the user's own, such as codes."""
    return _models_in(get_type_hints(model).get("__pydantic_extra__"))


def _models_in(annotation: Any) -> list[Any]:
    """Return the models that an annotation names, also inside a union or a list of them."""
    return [
        kind
        for named in (annotation, *get_args(annotation))
        for kind in (named, *get_args(named))
        if _is_model(kind)
    ]


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
