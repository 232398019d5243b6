"""What ``placeplan init`` writes: a project file with every choice explained, and a template of every table.

The project file is made from the fields of ``Project``, the data dictionary from ``data/tables.csv``, so
neither can drift from what is read. The templates stand apart from the inputs: no example is taken for real.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import textwrap
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from placeplan.choicewords import choice_words
from placeplan.dictionary import data_dictionary
from placeplan.problems import InputErrors, UsageError
from placeplan.project import PROJECT_FILE, Project, project_schema
from placeplan.scenario import scenario_schema
from placeplan.yamlnodes import build, parse_yaml

SCHEMA_FILE = "placeplan.schema.json"
SCENARIO_SCHEMA_FILE = "placeplan-scenario.schema.json"
TEMPLATES, INPUTS = "templates", "inputs"
MADE = (PROJECT_FILE, SCHEMA_FILE, SCENARIO_SCHEMA_FILE, TEMPLATES)
"""What is never overwritten; a folder of inputs that stands there already is used as it is."""

HEAD = f"""\
# yaml-language-server: $schema={SCHEMA_FILE}
# A placeplan project: which inputs, and which choices. Every choice stands here with its default; change what
# you like, delete what you do not need. Write codes in quotes ("012") and academic years as 2026/27.
"""
INPUTS_PART = f"""\
# Where the tables are, relative to this file. A folder alone means the tables found there under their own
# names (areas.csv, rolls.xlsx); {TEMPLATES}/README.md explains each. A table elsewhere is named beside it.
inputs:
  folder: {INPUTS}
  # rolls: census/rolls.xlsx#January
  # births: ../shared/births.csv
"""


def write_starter(folder: Path, authority_name: str, la_code: str) -> list[Path]:
    """Write a new project into a folder and return the paths made, in reading order.

    Raises UsageError, having written nothing, if one of them exists already or the folder cannot be written.
    """
    project_text = starter_project(authority_name, la_code)
    there = [name for name in MADE if os.path.lexists(folder / name)]
    if there:
        raise UsageError(f"{folder / there[0]} exists already and is left as it is; name another folder")
    made_folder = not folder.exists()
    try:
        return _write(folder, project_text)
    except OSError as error:
        if made_folder:
            shutil.rmtree(folder, ignore_errors=True)
        raise UsageError(f"{folder} cannot be written: {error.strerror}; name another folder") from None


def starter_project(authority_name: str, la_code: str) -> str:
    """Return the text of a project file with every choice at its default and explained."""
    parts = [HEAD, _section("authority", Project.model_fields["authority"], _given(authority_name, la_code))]
    parts.append(INPUTS_PART)
    rest = [name for name in Project.model_fields if name not in ("authority", "inputs")]
    parts += [_section(name, Project.model_fields[name], {}) for name in rest]
    text = "\n".join(parts)
    try:
        build(Project, parse_yaml(text, PROJECT_FILE))
    except InputErrors:
        raise UsageError(
            f"the name {authority_name!r} with the code {la_code!r} cannot stand in a file; give a plain name"
        ) from None
    return text


def _write(folder: Path, project_text: str) -> list[Path]:
    """Write beside and move into place, so that a failure leaves nothing half done."""
    folder.mkdir(parents=True, exist_ok=True)
    moved: list[Path] = []
    with tempfile.TemporaryDirectory(prefix=".placeplan-init-", dir=folder) as beside:
        _fill(Path(beside), project_text)
        wanted = MADE if (folder / INPUTS).is_dir() else (*MADE, INPUTS)
        try:
            for name in wanted:
                (Path(beside) / name).rename(folder / name)
                moved.append(folder / name)
        except OSError:
            for path in moved:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            raise
    return moved


def _fill(folder: Path, project_text: str) -> None:
    (folder / PROJECT_FILE).write_text(project_text, encoding="utf-8", newline="\n")
    for name, schema in ((SCHEMA_FILE, project_schema()), (SCENARIO_SCHEMA_FILE, scenario_schema())):
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    (folder / TEMPLATES).mkdir()
    (folder / INPUTS).mkdir()
    starter = files("placeplan").joinpath("data/starter")
    for template in sorted(starter.joinpath("templates").iterdir(), key=lambda item: item.name):
        (folder / TEMPLATES / template.name).write_bytes(template.read_bytes())
    readme = starter.joinpath("README.md").read_text(encoding="utf-8") + "\n" + data_dictionary()
    (folder / TEMPLATES / "README.md").write_text(readme, encoding="utf-8", newline="\n")


def _given(authority_name: str, la_code: str) -> dict[str, str]:
    return {"name": authority_name.strip(), "la_code": la_code.strip()}


def _section(name: str, field: FieldInfo, given: dict[str, str]) -> str:
    """Return one key of the project file, its keys below it, each with its meaning as a comment above it."""
    kind = field.annotation
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return f"{_comment(choice_words(Project).get(name))}\n{name}:{_value(field.default)}\n"
    lines = [_comment(kind.__doc__), f"{name}:"]
    for inner, inner_field in kind.model_fields.items():
        value = given.get(inner, inner_field.default)
        lines += [
            _comment(choice_words(kind).get(inner), "  "),
            f"  {inner}:{_value(value, quote=inner in given)}",
        ]
    return "\n".join(lines) + "\n"


def _comment(text: str | None, indent: str = "") -> str:
    start = f"{indent}# "
    return textwrap.fill(" ".join((text or "").split()), 108, initial_indent=start, subsequent_indent=start)


def _value(value: Any, quote: bool = False) -> str:
    """Return a default as YAML, with a space before it; nothing for an empty one."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return f" [{', '.join(_value(item).strip() for item in value)}]"
    if isinstance(value, str) and (quote or not re.fullmatch(r"[a-z_]+", value)):
        return f" {json.dumps(value, ensure_ascii=False)}"
    return f" {value}"
