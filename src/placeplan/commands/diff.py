"""What ``placeplan diff`` does once its options are read: read two finished runs, tell the causes apart, write, print."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from placeplan.evidence.components import RunFrames
from placeplan.evidence.diff import difference
from placeplan.evidence.difftables import change_table, outcome_table, places_table
from placeplan.evidence.runfiles import open_run
from placeplan.frames import TOTAL
from placeplan.outputs.diff_report import NAMES, Changes, write_changes
from placeplan.outputs.diff_words import run_words, summary
from placeplan.outputs.folder import check_target
from placeplan.outputs.runfile import plain_values, story_head
from placeplan.outputs.words import number, signed

MOST_AREAS = 8
CHOICES = ("version", "base_year", "horizon", "seed", "simulations", "settings")


def run_diff(old: Path, new: Path, folder: Path, quiet: bool, as_json: bool, command_line: str) -> None:
    """Set two finished runs side by side into a folder and print the largest changes; UsageError if they cannot be."""
    started = datetime.now(UTC)
    check_target(folder, "diff")
    if old.resolve() == new.resolve():
        click.echo(f"OLD and NEW are the same folder, {old}: nothing can have changed", err=True)
    runs = [RunFrames.first(open_run(path, name)) for path, name in ((old, "OLD"), (new, "NEW"))]
    made = _changes(*runs)
    write_changes(made, folder, _story(runs, made, command_line, started))
    if as_json:
        rows = made.changes
        rows = rows[rows["geography"].isin(["authority", "area"]) & (rows["year_group"] == TOTAL)]
        said = {
            "folder": str(folder),
            "summary": summary(rows),
            "totals": plain_values(rows.to_dict("records")),
        }
        click.echo(json.dumps(said, indent=2, ensure_ascii=False))
    elif not quiet:
        _print(made, folder)


def _changes(before: RunFrames, after: RunFrames) -> Changes:
    """What the pages and tables of a difference are made of."""
    found = difference(before, after)
    tables = (
        change_table(found, before, after),
        places_table(before, after),
        outcome_table(found, before, after),
    )
    frames = dict(zip(NAMES, tables, strict=True))
    earlier, later = (run_words(run.run.story, run.scenario) for run in (before, after))
    name, differs = str(frames["diff"].iloc[0]["name"]), tuple(_differs(before, after))
    return Changes(name, earlier, later, int(after.base_year), frames, after.of("accuracy"), differs)


def _differs(old: RunFrames, new: RunFrames) -> Iterator[str]:
    """Choices and tables that are not the same."""
    before, after = old.run.story, new.run.story
    for name in CHOICES:
        if before.get(name) != after.get(name):
            yield from _choice(name, before.get(name), after.get(name))
    if old.scenario != new.scenario:
        yield f"scenario: {old.scenario} before, {new.scenario} now"
    tables = [{one["table"]: one["sha256"] for one in story["inputs"]} for story in (before, after)]
    for words, names in (
        (
            "tables with other content",
            {n for n in tables[0].keys() & tables[1].keys() if tables[0][n] != tables[1][n]},
        ),
        ("tables that only the later run has", tables[1].keys() - tables[0].keys()),
        ("tables that only the earlier run had", tables[0].keys() - tables[1].keys()),
    ):
        if names:
            yield f"{words}: {', '.join(sorted(names))}"


def _choice(name: str, before: Any, after: Any) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            if before.get(key) != after.get(key):
                yield from _choice(f"{name}.{key}", before.get(key), after.get(key))
    else:
        yield f"{name}: {before} before, {after} now"


def _story(runs: list[RunFrames], made: Changes, command_line: str, started: datetime) -> dict[str, Any]:
    return {
        **story_head("diff", command_line, started),
        "runs": [
            {
                "folder": str(run.run.folder),
                "scenario": run.scenario,
                "base_year": str(run.base_year),
                "command": run.run.story["command"],
                "started": run.run.story["started"],
                "version": run.run.story["version"],
                "inputs": run.run.story["inputs"],
            }
            for run in runs
        ],
        "differs": list(made.differs),
        "rows": {f"{name}.csv": len(frame) for name, frame in made.frames.items()},
    }


def _print(made: Changes, folder: Path) -> None:
    """Print the summary and the areas that moved most on standard error, the folder on standard output."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(stderr=True, highlight=False)
    for words in summary(made.changes):
        console.print(words, markup=False)
        console.print()
    rows = made.changes
    rows = rows[(rows["geography"] == "area") & (rows["year_group"] == TOTAL)]
    rows = rows[rows["academic_year"] == rows.groupby("phase")["academic_year"].transform("max")]
    rows = rows.assign(size=rows["change"].abs()).sort_values("size", ascending=False, kind="stable")
    shown = Table(title="The areas that moved most", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("Area", "Phase", "Year"):
        shown.add_column(name, overflow="fold", no_wrap=name != "Area")
    for name in ("Earlier", "Later", "Change"):
        shown.add_column(name, justify="right", no_wrap=True)
    for row in rows.head(MOST_AREAS).to_dict("records"):
        figures = (number(row["old"]), number(row["new"]), signed(row["change"]))
        shown.add_row(
            f"{row['name']} ({row['code']})", row["phase"].replace("_", " "), row["academic_year"], *figures
        )
    console.print(shown, markup=False)
    console.print("diff.html has the causes, the places and how the earlier forecast did.")
    click.echo(str(folder))
