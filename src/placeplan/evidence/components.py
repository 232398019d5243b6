"""What the central path of a finished run is made of, as arrays over (cell, year), so that parts of two runs can be mixed.

A cell is an area and a year group. With ``could`` = ``given`` + ``feeds`` @ the path of the year before,

    path = could x rate + alone,        baseline = path x control,       pupils = baseline + housing + adjustment

``rate`` holds the ratio and the pull to the usual size together; ``alone`` is what comes where nobody could.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy import sparse

from placeplan.arrays import Array
from placeplan.evidence.runcheck import AGAIN, NUMBERS
from placeplan.evidence.runfiles import Run
from placeplan.origins import BELOW, POOL
from placeplan.problems import UsageError
from placeplan.years import AcademicYear, read_year_group

Cell = tuple[str, int]
NOTHING = [""]


@dataclass(frozen=True)
class Components:
    """The parts of one run.

    ``cells`` and ``years`` name the rows and columns of every array (cells, years). ``base``: column of the base year; up to
    it ``path`` is the roll. ``kind``: (cells) where pupils come from. ``feeds``: (cells, cells) sparse, how much of each
    cell could come into another a year later. ``rate``, ``alone``, ``control``: as the module says, 0 before the forecast.
    """

    cells: tuple[Cell, ...]
    years: Array
    base: int
    kind: Array
    given: Array
    feeds: sparse.csr_array
    rate: Array
    alone: Array
    control: Array
    path: Array
    baseline: Array
    housing: Array
    adjustment: Array

    @property
    def pupils(self) -> Array:
        """The forecast, (cells, years)."""
        return self.baseline + self.housing + self.adjustment

    def carried(self) -> Components:
        """Return these components with ``path`` and ``baseline`` made anew from the roll of the base year on."""
        path = self.path.copy()
        for year in range(self.base + 1, len(self.years)):
            could = self.given[:, year] + self.feeds @ path[:, year - 1]
            path[:, year] = could * self.rate[:, year] + self.alone[:, year]
        baseline = path * np.where(np.isfinite(self.control), self.control, 1.0)
        return replace(self, path=path, baseline=baseline)


@dataclass(frozen=True)
class RunFrames:
    """The CSVs of one scenario of a finished run as frames, each read once; codes are text."""

    run: Run
    scenario: str
    read: dict[str, pd.DataFrame] = field(default_factory=dict)

    @classmethod
    def first(cls, run: Run) -> RunFrames:
        """Return the files of the first scenario of a run."""
        return cls(run, str(run.story["scenarios"][0]))

    @property
    def base_year(self) -> AcademicYear:
        """The base year of the run."""
        return AcademicYear.parse(str(self.run.story["base_year"]))

    def of(self, name: str) -> pd.DataFrame:
        """Return a CSV; rows of the scenario alone where it names them; UsageError if a number is none."""
        if name not in self.read:
            codes = ("area_code", "code", "from_area", "label", "urn", "site_id", "year_group", "old_area")
            frame = pd.read_csv(
                self.run.folder / f"{name}.csv",
                dtype=dict.fromkeys(codes, str), keep_default_na=False, na_values=NOTHING,
            )  # fmt: skip
            wrong = [one for one in NUMBERS.get(name, ()) if not pd.api.types.is_numeric_dtype(frame[one])]
            if wrong:
                file = self.run.folder / f"{name}.csv"
                raise UsageError(f"{file} has text among the numbers of {', '.join(wrong)}; {AGAIN}")
            self.read[name] = frame[frame["scenario"] == self.scenario] if "scenario" in frame else frame
        return self.read[name]

    def areas(self, name: str) -> pd.DataFrame:
        """Return the rows of forecast.csv or history.csv that are one year group of an area."""
        frame = self.of(name)
        return frame[(frame["geography"] == "area") & (frame["year_group"] != "total")]


def components(run: RunFrames, cells: Mapping[Cell, int], years: Mapping[int, int]) -> Components:
    """Return the parts of a run on the given cells and years; cells and years that it has not stay empty."""
    shape = (len(cells), len(years))
    base = years[int(run.base_year)]
    cohorts = run.of("cohorts")
    row, column = places(cohorts, "area_code", cells, years)
    could, pull, ratio = (cohorts[name].to_numpy(float) for name in ("could_come", "pull", "ratio"))
    some = could > 0
    kind = np.full(len(cells), "", dtype=object)
    kind[row] = cohorts["comes_from"].to_numpy(object)
    fed = np.isin(cohorts["comes_from"].to_numpy(object), (BELOW, POOL))
    path, given, rate, alone, control, baseline = (np.zeros(shape) for _ in range(6))
    rate[row, column] = np.where(some, (could + pull) * ratio / np.where(some, could, 1.0), ratio)
    alone[row, column] = np.where(some, 0.0, pull * ratio)
    given[row, column] = np.where(fed, 0.0, could)
    control[row, column] = cohorts["control"]
    baseline[row, column] = cohorts["baseline"]
    path[row, column] = (could + pull) * ratio
    rolls = run.areas("history")
    row, column = places(rolls, "code", cells, years)
    path[row, column] = np.nan_to_num(rolls["pupils"].to_numpy(float))
    forecast = run.areas("forecast")
    row, column = places(forecast, "code", cells, years)
    housing, adjustment = np.zeros(shape), np.zeros(shape)
    housing[row, column], adjustment[row, column] = forecast["housing"], forecast["adjustment"]
    return Components(
        tuple(cells), np.array(list(years)), base, kind, given, _feeds(run, cells, kind), rate, alone,
        control, path, baseline, housing, adjustment,
    )  # fmt: skip


def places(
    frame: pd.DataFrame, code: str, cells: Mapping[Cell, int], years: Mapping[int, int]
) -> tuple[Array, Array]:
    """Return the row and column of every row of a frame with an area, a year group and an academic year."""
    groups = {label: int(read_year_group(label).value) for label in frame["year_group"].unique()}
    parsed = {label: years[int(AcademicYear.parse(label))] for label in frame["academic_year"].unique()}
    pairs = zip(frame[code], frame["year_group"], strict=True)
    row = np.array([cells[one, groups[group]] for one, group in pairs], dtype=np.int64)
    return row, frame["academic_year"].map(parsed).to_numpy(np.int64)


def _feeds(run: RunFrames, cells: Mapping[Cell, int], kind: Array) -> sparse.csr_array:
    """Who feeds whom: the year group below, or the pools of pools.csv."""
    to, source, weight = [], [], []
    for (code, group), place in cells.items():
        if kind[place] == BELOW:
            to.append(place)
            source.append(cells[code, group - 1])
            weight.append(1.0)
    pools = run.of("pools")
    for code, label, origin, share in zip(
        pools["area_code"], pools["year_group"], pools["from_area"], pools["weight"], strict=True
    ):
        group = int(read_year_group(label).value)
        to.append(cells[code, group])
        source.append(cells[origin, group - 1])
        weight.append(float(share))
    return sparse.csr_array((weight, (to, source)), shape=(len(cells), len(cells)))


def all_cells(*runs: RunFrames) -> tuple[dict[Cell, int], dict[int, int]]:
    """Return the cells and the years that any of the runs has, each with its place; years without a gap."""
    cells: set[Cell] = set()
    years: set[int] = set()
    for run in runs:
        for name, code in (("cohorts", "area_code"), ("history", "code")):
            frame = run.areas(name) if name == "history" else run.of(name)
            pairs = frame[[code, "year_group"]].drop_duplicates()
            cells |= {
                (one, int(read_year_group(group).value))
                for one, group in zip(pairs[code], pairs["year_group"], strict=True)
            }
            years |= {int(AcademicYear.parse(label)) for label in frame["academic_year"].unique()}
        pools = run.of("pools")
        cells |= {
            (origin, int(read_year_group(group).value) - 1)
            for origin, group in zip(pools["from_area"], pools["year_group"], strict=True)
        }
    return (
        {cell: place for place, cell in enumerate(sorted(cells))},
        {year: place for place, year in enumerate(range(min(years), max(years) + 1))},
    )
