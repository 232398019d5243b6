"""What ``init`` writes: a project with the defaults, templates that fit the tables, nothing overwritten."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from placeplan.inputs.checks import check_tables
from placeplan.inputs.locate import find_tables
from placeplan.inputs.read import read_inputs
from placeplan.problems import Severity, UsageError
from placeplan.project import Project, load_project, project_schema
from placeplan.starter import starter_project, write_starter
from placeplan.tables import table_specs


@pytest.fixture
def started(tmp_path: Path) -> Path:
    folder = tmp_path / "plan"
    write_starter(folder, "Exampleshire", "012")
    return folder


def test_the_new_project_has_every_choice_at_its_default(started: Path) -> None:
    project = load_project(started)
    smallest = {"authority": {"name": "Exampleshire", "la_code": "012"}, "inputs": {"folder": "inputs"}}
    assert project.model_dump() == Project.model_validate(smallest).model_dump()
    assert all(f"\n{name}:" in project.text for name in Project.model_fields)
    assert project.text.startswith("# yaml-language-server: $schema=placeplan.schema.json\n")
    assert json.loads((started / "placeplan.schema.json").read_text(encoding="utf-8")) == project_schema()


def test_the_paths_made_are_returned_and_nothing_else_is_there(tmp_path: Path) -> None:
    made = write_starter(tmp_path / "plan", "Exampleshire", "")
    assert sorted(path.name for path in made) == [
        "inputs",
        "placeplan-scenario.schema.json",
        "placeplan.schema.json",
        "placeplan.yaml",
        "templates",
    ]
    assert sorted(made) == sorted((tmp_path / "plan").iterdir())
    assert list((tmp_path / "plan" / "inputs").iterdir()) == []


def test_every_table_has_a_template_with_its_columns_and_examples(started: Path) -> None:
    for name, spec in table_specs().items():
        if name == "boundaries":
            features = json.loads((started / "templates" / "boundaries.geojson").read_text(encoding="utf-8"))
            assert features["features"][0]["properties"]["area_code"]
            continue
        with (started / "templates" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
            header, *rows = list(csv.reader(lines))
        assert header == [column.name for column in spec.readable if column.form != "alternative"]
        assert len(rows) >= 2
    dictionary = (started / "templates" / "README.md").read_text(encoding="utf-8")
    assert all(f"\n## {name}\n" in dictionary for name in table_specs())


def test_the_example_rows_are_read_and_fit_together_without_an_error(started: Path) -> None:
    locations, missing = find_tables({"folder": "templates"}, started)
    assert set(locations) == set(table_specs())
    inputs = read_inputs(locations, missing)
    findings = [*inputs.findings, *check_tables(inputs, load_project(started))]
    assert [finding.message for finding in findings if finding.severity is Severity.ERROR] == []


@pytest.mark.parametrize("name", ["placeplan.yaml", "templates", "placeplan.schema.json"])
def test_nothing_that_exists_is_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=name):
        write_starter(tmp_path, "Exampleshire", "012")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text(encoding="utf-8") == "mine"


def test_inputs_that_are_there_already_are_used(tmp_path: Path) -> None:
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / "rolls.csv").write_text("mine", encoding="utf-8")
    made = write_starter(tmp_path, "Exampleshire", "012")
    assert tmp_path / "inputs" not in made
    assert (tmp_path / "inputs" / "rolls.csv").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("place", ["inputs", "plan"])
def test_a_file_in_the_way_leaves_nothing_half_written(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "plan"
    blocked = folder if place == "plan" else folder / "inputs"
    blocked.parent.mkdir(exist_ok=True)
    blocked.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="name another folder"):
        write_starter(folder, "Exampleshire", "012")
    assert sorted(path.name for path in blocked.parent.iterdir()) == [place]


@pytest.mark.parametrize("name", ["", "  ", "bad\x00name", "\ud800"])
def test_a_name_that_cannot_stand_in_a_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="plain name"):
        write_starter(tmp_path / "plan", name, "012")
    assert not (tmp_path / "plan").exists()


@pytest.mark.parametrize("name", ['St "Quoted": #1', "no", "Ynys Môn", "a: b\n- c", "1e5"])
def test_any_other_name_comes_back_as_it_was(tmp_path: Path, name: str) -> None:
    (tmp_path / "placeplan.yaml").write_text(starter_project(name, "0"), encoding="utf-8")
    assert load_project(tmp_path).authority.name == name
