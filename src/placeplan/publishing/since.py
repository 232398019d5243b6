"""What changed between two runs: demand and need of the same area, phase and year, as each run has them.

The one place where packs and papers compare runs; the years compared are those that both hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from placeplan.problems import UsageError
from placeplan.publishing.cells import TOTAL
from placeplan.publishing.runfolder import RUNS, RunFolder, read_frame
from placeplan.returns.basis import read_story

COLUMNS = (
    "scenario",
    "area_code",
    "area_name",
    "phase",
    "academic_year",
    "year_group",
    "demand",
    "places",
    "need",
)
YEARS_ON = 3
"""How many years after the new base year are compared, as far as both runs reach."""


@dataclass(frozen=True)
class Since:
    """``changes``: area_code, area_name, phase, academic_year, then demand and need, now and ``_before``.

    Phase totals of each area that both runs have, in one year of each phase; NaN need is not known.
    """

    changes: pd.DataFrame
    earlier_base: str
    finished: str


def since(old: Path, new: RunFolder) -> Since:
    """Return what changed since the run of a folder; UsageError if that is no run, or one of another authority."""
    story = read_story(old)
    if story.get("command") not in RUNS:
        raise UsageError(
            f"{old} was made by 'placeplan {story.get('command', '?')}'; --since needs an earlier forecast"
        )
    try:
        code = str(story["project"]["choices"]["authority"].get("la_code", ""))
        scenario, base = str(story["scenarios"][0]), str(story["base_year"])
    except (KeyError, TypeError, IndexError):
        raise UsageError(f"the run.json of {old} is not whole; name another folder with --since") from None
    if code != new.la_code:
        raise UsageError(
            f"{old} is a run of another authority than {new.authority}; name one of its own with --since"
        )
    before = read_frame(old, "sufficiency", COLUMNS)
    before = _totals(before[before["scenario"] == scenario])
    now = _totals(new.frames["sufficiency"])
    keys = ["area_code", "phase", "academic_year"]
    both = now.merge(before.drop(columns="area_name"), on=keys, suffixes=("", "_before"))
    return Since(_one_year(both, new.base_year), base, str(story.get("finished", "")))


def _totals(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.loc[
        rows["year_group"] == TOTAL, ["area_code", "area_name", "phase", "academic_year", "demand", "need"]
    ]


def _one_year(both: pd.DataFrame, base_year: str) -> pd.DataFrame:
    """Keep, of each phase, the third year after the base year, or the last that both runs have."""
    start = both["academic_year"].str[:4].astype(int)
    inside = both[start <= int(base_year[:4]) + YEARS_ON]
    last = inside.groupby("phase")["academic_year"].transform("max")
    return inside[inside["academic_year"] == last].reset_index(drop=True)
