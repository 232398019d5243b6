"""Small projects for tests, and the stories in ``hand_worked``: tables, what is expected of them, the arithmetic shown.

A story is one document of a YAML file: its sentence, the tables as CSV text, and under ``expect`` a table for each output
whose first columns pick one row and whose last columns are sums that a person can check, such as ``60 * 58/60``. ``blank``
expects a blank cell, ``absent`` no row. ``rules`` are findings that must be there.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pandas as pd
import pytest
import yaml

from placeplan.forecasting import Forecast, make_forecast
from placeplan.project import Project, load_project
from placeplan.results import Result
from placeplan.run import forecast, last_roll_year, read_and_check

HERE = Path(__file__).parent / "hand_worked"
PLAIN = {"ratios": {"weights": [1, 1, 1], "leave_out": []}, "simulations": 100}
"""Plain three-year cohort survival, which can be worked by hand."""
AUTHORITY = {"name": "Exampleshire", "la_code": "999"}
PICKS = {"geography", "code", "area_code", "urn", "site_id", "phase", "academic_year", "year_group", "driver"}


def write_plan(folder: Path, tables: Mapping[str, str], settings: Mapping[str, Any] | None = None) -> Path:
    """Write a project with its tables; return the project file. Settings override plain cohort survival."""
    for name, text in tables.items():
        lines = [line.strip() for line in dedent(text).strip().splitlines()]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    project = {"authority": AUTHORITY, "inputs": {"folder": "."}, **PLAIN, **(settings or {})}
    file = folder / "placeplan.yaml"
    file.write_text(yaml.safe_dump(project, sort_keys=False), encoding="utf-8")
    return file


def small_plan(folder: Path, tables: Mapping[str, str], settings: Mapping[str, Any] | None = None) -> Project:
    return load_project(write_plan(folder, tables, settings))


def run_plan(folder: Path, tables: Mapping[str, str], settings: Mapping[str, Any] | None = None) -> Result:
    return forecast(small_plan(folder, tables, settings))


def central_plan(
    folder: Path, tables: Mapping[str, str], settings: Mapping[str, Any] | None = None
) -> Forecast:
    """The central path of the areas alone, for tests that need no more of a run."""
    project = small_plan(folder, tables, settings)
    inputs = read_and_check(project)
    last = last_roll_year(inputs, project)
    return make_forecast(inputs, project, project.base_year or last, last, schools=False, draw=False)


def pick(frame: pd.DataFrame, **cell: str) -> pd.DataFrame:
    """The rows of an output whose columns have these values."""
    chosen = pd.Series(True, index=frame.index)
    for column, value in cell.items():
        chosen &= frame[column].astype(str) == value
    return frame[chosen]


def value(frame: pd.DataFrame, column: str, **cell: str) -> Any:
    """The one value of a column in the one row picked."""
    rows = pick(frame, **cell)
    assert len(rows) == 1, f"{cell} picks {len(rows)} rows"
    return rows[column].iloc[0]


def stories(topic: str) -> Any:
    """Parametrise a test by the stories of one file, each named by its sentence."""
    documents = list(yaml.safe_load_all((HERE / f"{topic}.yaml").read_text(encoding="utf-8")))
    return pytest.mark.parametrize("story", [pytest.param(story, id=story["story"]) for story in documents])


def tell(story: Mapping[str, Any], folder: Path) -> None:
    """Run a story and compare everything that it expects."""
    result = run_plan(folder, story["tables"], story.get("project"))
    assert set(story.get("rules", ())) <= {finding.rule for finding in result.findings}
    for output, table in story.get("expect", {}).items():
        for row in csv.DictReader(table.strip().splitlines(), skipinitialspace=True):
            _compare(
                result.frames[output], output, {name.strip(): text.strip() for name, text in row.items()}
            )


def _compare(frame: pd.DataFrame, output: str, row: dict[str, str]) -> None:
    cell = {name: text for name, text in row.items() if name in PICKS}
    if "geography" in frame.columns:
        cell.setdefault("geography", "area")
    wanted = {name: text for name, text in row.items() if name not in PICKS}
    rows = pick(frame, **cell)
    if set(wanted.values()) == {"absent"}:
        assert rows.empty, f"{output}: {cell} should not be there"
        return
    assert len(rows) == 1, f"{output}: {cell} picks {len(rows)} rows"
    for name, text in wanted.items():
        found = rows[name].iloc[0]
        assert _same(found, text), f"{output}: {cell} has {name} {found}, not {text}"


def _same(found: Any, text: str) -> bool:
    if text == "blank":
        return isinstance(found, float) and math.isnan(found)
    if isinstance(found, str):
        return found == text
    return math.isclose(float(found), _worked(text), rel_tol=1e-9, abs_tol=1e-9)


def _worked(text: str) -> float:
    """Work out a sum of numbers; nothing but digits and + - * / ( ) is understood."""
    assert set(text) <= set("0123456789.+-*/() "), f"{text!r} is no sum"
    return float(eval(text, {"__builtins__": {}}))
