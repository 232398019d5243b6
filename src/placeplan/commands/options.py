"""What ``placeplan options`` does once its options are read: check, weigh, write, save a choice, print."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from placeplan.frames import findings_table
from placeplan.governance.baseday import base_day
from placeplan.options.lay_out import date_needed
from placeplan.options.make import OptionsMade, base_years, make_options
from placeplan.options.outlook import SHORT
from placeplan.options.scenario import check_scenario_file, scenario_text
from placeplan.outputs.folder import check_target
from placeplan.outputs.options_report import options_json, write_options
from placeplan.outputs.options_words import (
    by_trouble,
    chances_words,
    nothing_words,
    plan_sentences,
    spares_words,
)
from placeplan.outputs.words import PHASE_WORDS, counted
from placeplan.problems import InputErrors, UsageError, has_errors, sort_findings
from placeplan.project import Project
from placeplan.run import read_and_check

ON_SCREEN = 20


def run_options(
    project: Project,
    folder: Path,
    area: str,
    reduce: str | None,
    save: tuple[str, Path] | None,
    quiet: bool,
    as_json: bool,
    command_line: str,
    progress: Any,
) -> None:
    """List what could be done into a folder and print it; raises InputErrors and UsageError."""
    started = datetime.now(UTC)
    target = None if reduce is None else read_share(reduce)
    check_target(folder, "options")
    if save is not None:
        check_scenario_file(save[1])
    progress("Reading and checking the inputs")
    inputs = read_and_check(project)
    if has_errors(inputs.findings):
        raise InputErrors(inputs.findings)
    base_year, last = base_years(inputs, project)
    on = base_day(inputs, project, base_year, base_year == last)
    made = make_options(inputs, project, area, target, on, progress)
    scenario = None if save is None else scenario_text(made, save[0])
    progress("Writing the outputs")
    findings = findings_table(tuple(sort_findings([*inputs.findings, *made.findings])))
    frames = write_options(made, findings, folder, command_line, started)
    if save is not None and scenario is not None:
        save[1].write_text(scenario, encoding="utf-8", newline="\n")
    if as_json:
        click.echo(json.dumps(options_json(made, frames, folder), indent=2, ensure_ascii=False))
    elif not quiet:
        _print(made, folder, save)


def read_share(text: str) -> float:
    """Return the proportion that ``5%`` or ``5`` names; UsageError for anything that is no share below one half."""
    try:
        share = float(text.strip().removesuffix("%")) / 100.0
    except ValueError:
        share = float("nan")
    if not 0.0 <= share < 0.5:
        raise UsageError(
            f"--reduce {text}: write the share of places to stay spare, from 0% to below 50%, like 5%"
        )
    return share


def _print(made: OptionsMade, folder: Path, save: tuple[str, Path] | None) -> None:
    """Print the first choice of each area on standard error, the folder on standard output."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(stderr=True, highlight=False)
    title = f"{made.project.authority.name}: ranked first, ten years from {made.setting.base_year}"
    shown = Table(title=title, box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    shown.add_column("Area", overflow="ellipsis", no_wrap=True)
    shown.add_column("By", no_wrap=True)
    shown.add_column("Ranked first", overflow="fold", ratio=1)
    shown.add_column("Chance", justify="right", no_wrap=True)
    shown.add_column("Spare", justify="right", no_wrap=True)
    rows = screen_rows(made)
    for row in rows[:ON_SCREEN]:
        shown.add_row(*row)
    if rows:
        console.print(shown)
    else:
        console.print(nothing_words(made))
    if len(rows) > ON_SCREEN:
        console.print(f"{len(rows) - ON_SCREEN} more in options.csv; --area CODE shows one area.")
    for sentence in plan_sentences(made, made.plan) if made.plan else ():
        console.print(sentence.replace("**", ""), markup=False)
    console.print(
        f"{counted(len(made.weighed), 'option')} weighed; options.html has them with their reasons."
    )
    if save is not None:
        console.print(f"Saved {save[0]} as {save[1]}", markup=False)
    click.echo(str(folder))


def screen_rows(made: OptionsMade) -> Sequence[tuple[str, str, str, str, str]]:
    """Area, needed by, what is ranked first, chance and spare places before and after; shortages first."""
    found = []
    for group in by_trouble(made):
        first, area = group[0], group[0].trouble.area
        if not first.trouble.years.any():
            continue
        where = f"{area.name}, {PHASE_WORDS[area.phase].lower().split()[0]}"
        needed = date_needed(made, first)[:4]
        row = (where[:27], needed, first.candidate.kind.title, chances_words(first), spares_words(first))
        found.append((first.trouble.kind != SHORT, row))
    return [row for _, row in sorted(found, key=lambda one: one[0])]
