"""What changed since an earlier run, as ``placeplan diff`` tells it, in the one year that a paper compares."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from placeplan.evidence.components import RunFrames
from placeplan.evidence.diff import difference
from placeplan.evidence.difftables import change_table, places_table
from placeplan.evidence.runfiles import open_run
from placeplan.problems import UsageError
from placeplan.publishing.basis import made_on
from placeplan.publishing.cells import TOTAL
from placeplan.publishing.runfolder import RUNS, RunFolder
from placeplan.returns.basis import read_story

YEARS_ON = 3
"""How many years after the new base year are compared, as far as both runs reach."""


@dataclass(frozen=True)
class Since:
    """``changes``: rows of diff.csv, phase totals of the authority and its areas in one year of each phase, with
    need_old and need_new (NaN is not known). ``base_year`` and ``made_on`` of the earlier run.
    """

    changes: pd.DataFrame
    base_year: str
    made_on: str


def since(old: Path, new: RunFolder) -> Since:
    """Return what changed since the run of a folder; UsageError if that is no run, or the two cannot be compared."""
    story = read_story(old)
    if story.get("command") not in RUNS:
        raise UsageError(
            f"{old} was made by 'placeplan {story.get('command', '?')}'; --since needs an earlier forecast"
        )
    before, after = (RunFrames.first(open_run(folder, "--since")) for folder in (old, new.folder))
    code = story["project"]["choices"]["authority"].get("la_code", "")
    if code != new.la_code:
        raise UsageError(
            f"{old} is a run of another authority than {new.authority}; name one of its own with --since"
        )
    found = difference(before, after)
    changes = change_table(found, before, after)
    shown = changes[(changes["year_group"] == TOTAL) & changes["geography"].isin(["authority", "area"])]
    rows = _one_year(shown, new.base_year).merge(
        _need(places_table(before, after)), on=["code", "phase", "academic_year"], how="left"
    )
    return Since(rows, str(story["base_year"]), made_on(story))


def _need(places: pd.DataFrame) -> pd.DataFrame:
    """Need of each area in both runs, numbers as numbers."""
    areas = places[["area_code", "phase", "academic_year", "need_old", "need_new"]].rename(
        columns={"area_code": "code"}
    )
    return areas.assign(need_old=areas["need_old"].astype(float), need_new=areas["need_new"].astype(float))


def _one_year(rows: pd.DataFrame, base_year: str) -> pd.DataFrame:
    """Keep, of each phase, the third year after the base year, or the last before it that both runs have."""
    start = rows["academic_year"].str[:4].astype(int)
    inside = rows[start <= int(base_year[:4]) + YEARS_ON]
    last = inside.groupby("phase")["academic_year"].transform("max")
    return inside[inside["academic_year"] == last].reset_index(drop=True)
