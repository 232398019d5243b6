"""run.json: everything that is needed to know how a folder of outputs came about, and to make it again."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from placeplan import __version__
from placeplan.outputs.folder import PROGRAM
from placeplan.project import Project
from placeplan.results import Result
from placeplan.tables import Inputs

_LIBRARIES = ("numpy", "pandas", "scipy", "statsmodels", "pydantic", "openpyxl", "xlsxwriter")


def run_story(
    result: Result, command: str, command_line: str, started: datetime, finished: datetime
) -> dict[str, Any]:
    """Return the content of run.json as plain values."""
    project = result.project
    return {
        **story_head(command, command_line, started, finished),
        "project": project_story(project),
        "scenarios": list(result.scenarios),
        "scenario_files": plain_values(result.scenario_files),
        "base_year": str(result.base_year),
        "horizon": {str(phase): years for phase, years in result.horizon.items()},
        "seed": project.seed,
        "simulations": project.simulations,
        "settings": plain_values(result.settings),
        "methods": plain_values(result.choices),
        "inputs": _inputs(result.inputs),
        "rows": {f"{name}.csv": len(frame) for name, frame in sorted(result.frames.items())},
        "libraries": {"python": platform.python_version(), **_versions()},
    }


def story_head(
    command: str, command_line: str, started: datetime, finished: datetime | None = None
) -> dict[str, Any]:
    """Return how a story begins: which program made the folder, by which command, and when (else until now)."""
    return {
        "program": PROGRAM,
        "version": __version__,
        "command": command,
        "command_line": command_line,
        "started": _time(started),
        "finished": _time(finished or datetime.now(UTC)),
    }


def project_story(project: Project) -> dict[str, Any]:
    """Return what a story says of the project: its file, what stood in it, and every choice."""
    return {"file": str(project.path), "text": project.text, "choices": project.model_dump(mode="json")}


def inputs_story(inputs: Inputs) -> list[dict[str, Any]]:
    """Return what a story says of the files that were read, by table."""
    return [
        {"table": table, "file": source.name, "sheet": source.sheet, "sha256": source.sha256}
        for table, source in sorted(inputs.sources.items())
    ]


def write_story(story: Mapping[str, Any], path: Path) -> None:
    """Write run.json."""
    path.write_text(json.dumps(story, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


def plain_values(value: Any) -> Any:
    """Return a value as JSON can hold it: mappings, lists, text, numbers; NaN as nothing."""
    if hasattr(value, "model_dump"):
        return plain_values(value.model_dump(mode="json"))
    if is_dataclass(value) and not isinstance(value, type):
        return plain_values(asdict(value))
    if isinstance(value, Mapping):
        return {str(plain_values(key)): plain_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return [
            plain_values(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)
        ]
    if isinstance(value, np.generic):
        return plain_values(value.item())
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if type(value) in (bool, int, str) or value is None:
        return value
    return (
        value.value
        if isinstance(value, Enum)
        else value.isoformat()
        if isinstance(value, date)
        else str(value)
    )


def _inputs(inputs: Inputs) -> list[dict[str, Any]]:
    """The same with the rows that were taken from each."""
    return [
        {**source, "rows": len(inputs.table(source["table"])) if source["table"] in inputs.tables else 0}
        for source in inputs_story(inputs)
    ]


def _versions() -> dict[str, str]:
    found = {}
    for library in _LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
