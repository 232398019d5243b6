"""A run folder: the same bytes each time, whole or not at all, and nobody else's folder touched."""

from __future__ import annotations

import csv
import json
import math
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from outputs_fixture import result_with, small_result
from placeplan.outputs import store
from placeplan.outputs.csvfiles import write_csv
from placeplan.outputs.store import CSV_FILES, write_run
from placeplan.problems import UsageError
from placeplan.tables import output_columns

STARTED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_csv_of_the_contract_is_written_with_its_columns(tmp_path: Path) -> None:
    write_run(small_result(), tmp_path / "run", {"csv"}, started=STARTED)
    assert {path.stem for path in (tmp_path / "run").glob("*.csv")} == set(CSV_FILES)
    for file in CSV_FILES:
        with (tmp_path / "run" / f"{file}.csv").open(encoding="utf-8", newline="") as lines:
            assert next(csv.reader(lines))[: len(output_columns(file))] == list(output_columns(file))
    assert not (tmp_path / "run" / "report.md").exists()


def test_further_columns_follow_those_of_the_contract(tmp_path: Path) -> None:
    costs = pd.DataFrame({"note": ["x"], "area_code": ["1"]}).reindex(
        columns=["note", *output_columns("costs")]
    )
    write_run(result_with(costs=costs), tmp_path / "run", {"csv"})
    header = (tmp_path / "run" / "costs.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header == ",".join([*output_columns("costs"), "note"])


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_run(small_result(), tmp_path / name, started=STARTED)
    first, second = snapshot(tmp_path / "a"), snapshot(tmp_path / "b")
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name] and name != "run.json"] == []
    assert b"\r" not in first["forecast.csv"]


def test_numbers_read_back_exactly_and_whole_numbers_have_no_point(tmp_path: Path) -> None:
    numbers = [0.1 + 0.2, 1 / 3, 180.0, -0.0, math.nan, 1e-17, 123456789.125, -35.0]
    frame = pd.DataFrame({"number": numbers, "text": np.array(["a,b", 'say "x"', "", "Ö"] * 2, dtype=object)})
    write_csv(frame, tmp_path / "x.csv")
    rows = list(csv.reader((tmp_path / "x.csv").read_text(encoding="utf-8").splitlines()))[1:]
    assert [row[1] for row in rows] == list(frame["text"])
    assert [row[0] for row in rows][2:5] == ["180", "0", ""]
    back = [float(row[0]) if row[0] else math.nan for row in rows]
    assert np.array_equal(back, numbers, equal_nan=True)


def test_missing_texts_and_dates_are_plain(tmp_path: Path) -> None:
    dates = pd.to_datetime(pd.Series(["2026-01-15", None]))
    frame = pd.DataFrame({"when": dates, "who": pd.Series([None, "x"], dtype=object), "n": [1, 2]})
    write_csv(frame, tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text(encoding="utf-8") == "when,who,n\n2026-01-15,,1\n,x,2\n"


def test_run_json_tells_how_the_run_came_about(tmp_path: Path) -> None:
    write_run(small_result(), tmp_path / "run", {"csv"}, command_line="placeplan forecast", started=STARTED)
    run = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert run["program"] == "placeplan"
    assert run["command"] == "forecast"
    assert run["started"] == "2026-03-02T09:30:00.000Z"
    assert run["finished"] >= run["started"]
    assert run["seed"] == 1944
    assert run["project"]["choices"]["authority"]["name"] == "Exampleshire"
    assert run["rows"]["forecast.csv"] == len(small_result().frames["forecast"])
    assert {entry["table"]: entry["sha256"] for entry in run["inputs"]}["areas"] == "0" * 64
    assert "intake" in run["methods"]
    assert run["libraries"]["pandas"]


def test_a_folder_made_by_the_same_command_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "run"
    write_run(small_result(), target, started=STARTED)
    write_run(small_result(), target, {"csv"}, started=STARTED)
    assert not (target / "workbook.xlsx").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    write_run(small_result(), tmp_path / "run", {"csv"})
    assert (tmp_path / "run" / "forecast.csv").exists()


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("notes.txt", "mine"),
        ("run.json", "not json"),
        ("run.json", '{"program": "other", "command": "forecast"}'),
        ("run.json", '{"program": "placeplan", "command": "backtest"}'),
        ("run.json", "[]"),
    ],
)
def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, file: str, content: str) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / file).write_text(content)
    with pytest.raises(UsageError, match="--out"):
        write_run(small_result(), tmp_path / "run", {"csv"})
    assert snapshot(tmp_path) == {f"run/{file}": content.encode()}


def test_a_file_in_the_way_or_a_missing_parent_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match="is a file"):
        write_run(small_result(), tmp_path / "file")
    with pytest.raises(UsageError, match="does not exist"):
        write_run(small_result(), tmp_path / "no" / "run")
    assert snapshot(tmp_path) == {"file": b"mine"}


def test_a_failure_leaves_the_old_folder_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run(small_result(), tmp_path / "run", {"csv"})
    before = snapshot(tmp_path)

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "write_story", full_disk)
    with pytest.raises(OSError, match="No space"):
        write_run(small_result(), tmp_path / "run")
    assert snapshot(tmp_path) == before


def test_the_old_folder_comes_back_when_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "run"
    write_run(small_result(), target, {"csv"})
    before = snapshot(tmp_path)
    rename = Path.rename

    def fail_for_new(path: Path, other: Path) -> Path:
        if ".new-" in path.name:
            raise PermissionError(13, "Permission denied")
        return rename(path, other)

    monkeypatch.setattr(Path, "rename", fail_for_new)
    with pytest.raises(UsageError, match="close its files"):
        write_run(small_result(), target, {"csv"})
    assert snapshot(tmp_path) == before


def test_an_unknown_output_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no output pdf"):
        write_run(small_result(), tmp_path / "run", {"csv", "pdf"})
    assert list(tmp_path.iterdir()) == []
