"""What a return rests on: a run just made, or a finished run folder, with the tables and places that belong to it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from placeplan import __version__
from placeplan.arrays import Array
from placeplan.demand.history import History, build_history
from placeplan.outputs.folder import PROGRAM, RUN_FILE
from placeplan.outputs.runfile import run_story
from placeplan.problems import UsageError
from placeplan.project import Project
from placeplan.register import Register, build_register
from placeplan.results import Result
from placeplan.supply.changes import planned_changes
from placeplan.supply.places import SitePlaces, site_places
from placeplan.supply.settling import Change
from placeplan.tables import Inputs, output_columns
from placeplan.years import YEAR_GROUP_COUNT, AcademicYear, Phase

FRAMES = ("forecast", "accuracy", "findings", "methods", "housing_pupils", "adjustments_register")
SPECIALIST = "send_forecast"
SPECIALIST_COLUMNS = ("planning_area", "phase", "provision", "academic_year", "year_group", "pupils")
NUMBERS = ("pupils", "housing", "adjustment", "p10", "p90", "horizon", "forecast", "actual", "error")
ADDED_NUMBERS = ("dwellings", "dwellings_above_usual", "secured_places", "amount")
CAPACITY_CENSUS = "may"
"""The census of the rolls in the return; the project's own where no May roll of the base year is given."""


@dataclass(frozen=True)
class Basis:
    """A run, its inputs, and what the return needs of both.

    ``frames``: ``FRAMES`` in the contract's columns; ``send_forecast`` only if the run has it. ``story``: the content of
    run.json. ``folder``: the run folder, or nothing if the run was made for this return. ``changed``: tables that are no
    longer what the run used.
    """

    project: Project
    inputs: Inputs
    base_year: AcademicYear
    frames: Mapping[str, pd.DataFrame]
    story: Mapping[str, Any]
    folder: Path | None = None
    changed: tuple[str, ...] = ()

    @cached_property
    def register(self) -> Register:
        """Areas and sites in the base year."""
        return build_register(self.inputs, self.base_year)

    @cached_property
    def history(self) -> History:
        """The rolls as used, by the project's census."""
        return build_history(self.inputs, self.register, self.base_year, self.project.census)

    @property
    def scenario(self) -> str:
        """The scenario of the return: the first of the run."""
        return str(self.story["scenarios"][0])

    @cached_property
    def places(self) -> SitePlaces:
        """Assessed capacity of every site by year group, from the base year on."""
        roll, ahead = self.history.site_roll[:, :, -1], max(self.project.horizon[phase] for phase in Phase)
        last = AcademicYear(int(self.base_year) + ahead)
        return site_places(self.inputs, self.register, self.base_year, ahead, roll, "capacity", [], last)

    @cached_property
    def changes(self) -> list[Change]:
        """Planned changes and their effects."""
        table = self.inputs.table("planned_changes")
        return planned_changes(table, self.register, self.places, self.project.delivery_probability)

    @cached_property
    def census(self) -> str:
        """The census of the rolls in the return: May where it is given for the base year."""
        rolls = self.inputs.table("rolls")
        may = (rolls["census"] == CAPACITY_CENSUS) & (rolls["academic_year"] == self.base_year)
        return CAPACITY_CENSUS if may.any() else self.project.census

    @cached_property
    def roll(self) -> Array:
        """Pupils of the base year on that census, (sites, year groups), NaN at a site without any row."""
        rolls = self.inputs.table("rolls")
        chosen = (rolls["census"] == self.census) & (rolls["academic_year"] == self.base_year)
        rows = rolls[chosen & (rolls["urn"] != "")]
        found = np.zeros((len(self.register.sites), YEAR_GROUP_COUNT))
        site = self.register.locate(rows["urn"], rows["site_id"])
        inside = site >= 0
        group = rows["year_group"].to_numpy(int)[inside]
        np.add.at(found, (site[inside], group), np.nan_to_num(rows["pupils"].to_numpy(float)[inside]))
        unknown = np.setdiff1d(np.arange(len(found)), site[inside])
        found[unknown] = np.nan
        return found


def basis_of(result: Result, command_line: str, started: Any, finished: Any) -> Basis:
    """Return the basis that a run just made gives."""
    story = run_story(result, "scap", command_line, started, finished)
    frames = {name: result.frames[name] for name in FRAMES if name in result.frames}
    if SPECIALIST in result.frames:
        frames[SPECIALIST] = result.frames[SPECIALIST]
    return Basis(result.project, result.inputs, result.base_year, frames, story)


def basis_of_run(folder: Path, project: Project, inputs: Inputs) -> Basis:
    """Return the basis that a finished run folder gives; UsageError if it is none, or not of this project and version."""
    story = read_story(folder)
    if story.get("command") not in ("forecast", "demo"):
        raise UsageError(
            f"{folder} was made by 'placeplan {story.get('command', '?')}'; --run needs a folder of 'placeplan forecast'"
        )
    if story.get("version") != __version__:
        raise UsageError(
            f"{folder} was made by placeplan {story.get('version')}, this is {__version__}; run the forecast again"
        )
    try:
        of_authority = story["project"]["choices"]["authority"]["la_code"]
        base_year = AcademicYear.parse(story["base_year"])
        known = {one["table"]: one["sha256"] for one in story["inputs"]}
    except (KeyError, TypeError, ValueError):
        raise UsageError(f"{folder / RUN_FILE} is not whole; run the forecast again") from None
    if of_authority != project.authority.la_code:
        raise UsageError(
            f"{folder} is a run of another authority than {project.authority.name}; name its project"
        )
    frames = {name: _frame(folder, name) for name in FRAMES}
    if (folder / f"{SPECIALIST}.csv").is_file():
        frames[SPECIALIST] = _frame(folder, SPECIALIST)
    now = {table: source.sha256 for table, source in inputs.sources.items()}
    changed = tuple(sorted(name for name in {*known, *now} if known.get(name) != now.get(name)))
    return Basis(project, inputs, base_year, frames, story, folder, changed)


def read_story(folder: Path) -> dict[str, Any]:
    """Return run.json of a folder; UsageError if placeplan did not make it."""
    try:
        story = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        story = None
    if not isinstance(story, dict) or story.get("program") != PROGRAM:
        raise UsageError(
            f"{folder} holds no run of placeplan (no readable run.json); name the folder of a run"
        )
    return story


def read_texts(file: Path, columns: Sequence[str], again: str) -> pd.DataFrame:
    """Return a CSV that placeplan wrote, all as text; UsageError, ending with what to do again, if it lacks a column."""
    try:
        frame = pd.read_csv(file, dtype=object, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read ({error}); {again}") from None
    lacking = [column for column in columns if column not in frame]
    if lacking:
        raise UsageError(f"{file} has no column {', '.join(lacking)}; {again}")
    return frame


def _frame(folder: Path, name: str) -> pd.DataFrame:
    """Read one CSV of a run: codes and labels as text, numbers as numbers; UsageError if it is not as the run wrote it."""
    file, again = folder / f"{name}.csv", "run the forecast again, its CSV files among --outputs"
    frame = read_texts(file, SPECIALIST_COLUMNS if name == SPECIALIST else output_columns(name), again)
    for column in (*NUMBERS, *ADDED_NUMBERS):
        if column in frame:
            frame[column] = pd.to_numeric(frame[column], errors="coerce")
    if "pupils" in frame and frame["pupils"].isna().any():
        row = int(frame["pupils"].isna().to_numpy().argmax()) + 2
        raise UsageError(f"{file}, row {row}: pupils is no number; {again}")
    return frame
