"""A finished run folder as packs and papers read it: its run.json and its CSV files of the first scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from placeplan.outputs.folder import RUN_FILE
from placeplan.outputs.look import Look, look_from
from placeplan.problems import UsageError
from placeplan.project import Theme
from placeplan.returns.basis import read_story, read_texts
from placeplan.tables import output_columns
from placeplan.words import DEFAULT

FRAMES = ("forecast", "sufficiency", "schools", "partners", "decisions", "accuracy", "boards")
NUMBERS = (
    "pupils", "p10", "p90", "demand", "places", "surplus", "surplus_percent", "probability_of_shortfall", "roll",
    "forecast", "actual", "error", "horizon", "need", "spare", "cost", "chance_before", "chance_after", "spare_before",
    "spare_after", "rank",
)  # fmt: skip
RUNS = ("forecast", "demo")


@dataclass(frozen=True)
class RunFolder:
    """A run: ``frames`` in the contract's columns, numbers as numbers, all else as text; blank text is ''."""

    folder: Path
    story: Mapping[str, Any]
    frames: Mapping[str, pd.DataFrame]

    @property
    def authority(self) -> str:
        """Name of the authority, as the project of the run states it."""
        return str(self.story["project"]["choices"]["authority"]["name"])

    @property
    def la_code(self) -> str:
        """Three-digit code of the authority; blank where the project has none."""
        return str(self.story["project"]["choices"]["authority"].get("la_code", ""))

    @property
    def look(self) -> Look:
        """Colours and logo of the project's theme, as the run kept them."""
        project = self.story["project"]
        theme = Theme.model_validate(project["choices"].get("theme") or {})
        return look_from(theme, Path(str(project.get("file", ""))).parent, self.authority)

    @property
    def words(self) -> str:
        """The set of words for phases and year groups that the project asked for."""
        return str((self.story["project"]["choices"].get("outputs") or {}).get("words", DEFAULT))

    @property
    def base_year(self) -> str:
        """The latest academic year that the run took as known."""
        return str(self.story["base_year"])

    @property
    def scenario(self) -> str:
        """The scenario that is told: the first of the run."""
        return str(self.story["scenarios"][0])


def open_run(folder: Path) -> RunFolder:
    """Return the run of a folder; UsageError if it is none, or lacks a file or a column that this version writes."""
    story = read_story(folder)
    if story.get("command") not in RUNS:
        raise UsageError(
            f"{folder} was made by 'placeplan {story.get('command', '?')}'; name a folder of 'placeplan forecast'"
        )
    try:
        first = str(story["scenarios"][0])
        str(story["project"]["choices"]["authority"]["name"]), str(story["base_year"])
    except (KeyError, TypeError, IndexError):
        raise UsageError(f"{folder / RUN_FILE} is not whole; run the forecast again") from None
    frames = {name: _of_scenario(read_frame(folder, name), first) for name in FRAMES}
    return RunFolder(folder, story, frames)


def open_options(folder: Path, authority: str, la_code: str) -> pd.DataFrame:
    """Return options.csv of a folder of ``placeplan options``; UsageError if it is none, or of another authority."""
    story = read_story(folder)
    if story.get("command") != "options":
        raise UsageError(
            f"{folder} was made by 'placeplan {story.get('command', '?')}'; --options needs a folder of 'placeplan options'"
        )
    if story["project"]["choices"]["authority"].get("la_code", "") != la_code:
        raise UsageError(
            f"{folder} holds options of another authority than {authority}; name its own with --options"
        )
    return read_frame(folder, "options")


def read_frame(folder: Path, name: str) -> pd.DataFrame:
    """Return one CSV of a folder; UsageError if it lacks a column that this version writes."""
    again = "run it again with this version, CSV files among its outputs"
    frame = read_texts(folder / f"{name}.csv", output_columns(name), again)
    for column in set(NUMBERS) & set(frame.columns) - ({"places"} if name == "decisions" else set()):
        frame[column] = pd.to_numeric(frame[column].replace("", None), errors="coerce").astype(float)
    return frame


def _of_scenario(frame: pd.DataFrame, scenario: str) -> pd.DataFrame:
    if "scenario" not in frame:
        return frame
    return frame[frame["scenario"] == scenario].reset_index(drop=True)
