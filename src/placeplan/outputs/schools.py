"""What stands on the page of a planning area beside demand and places: schools, births, planned changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from placeplan.outputs.outlook import Floats, start_years
from placeplan.outputs.words import plain
from placeplan.results import Result
from placeplan.years import AcademicYear, Phase, birth_year_of_reception

Key = tuple[Phase, str]


@dataclass(frozen=True)
class School:
    """One school (or site) in one phase: roll and places from the base year on; NaN is unknown."""

    urn: str
    site: str
    name: str
    type: str
    phase: Phase
    years: tuple[AcademicYear, ...]
    roll: Floats
    places: Floats
    pan: float

    @property
    def type_words(self) -> str:
        """The type of school in words."""
        return self.type.upper() if self.type in ("utc", "pru") else self.type.replace("_", " ")

    @property
    def percent(self) -> Floats:
        """Surplus in per cent of places; NaN without places."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.places > 0, 100 * (self.places - self.roll) / self.places, np.nan)


@dataclass(frozen=True)
class Birth:
    """Births of the children who enter Reception in a year."""

    reception: AcademicYear
    births: float
    basis: str

    @property
    def projected(self) -> bool:
        """Whether these births had not happened, or were not counted, by the base year's census."""
        return "project" in self.basis

    @property
    def born(self) -> AcademicYear:
        """Birth year of the children."""
        return birth_year_of_reception(self.reception)


@dataclass(frozen=True)
class Change:
    """A planned change as a table shows it."""

    change_id: str
    kind: str
    where: str
    year_group: str
    start: str
    end: str
    places: float
    certainty: str


def schools_by_area(
    result: Result, scenario: str, codes: frozenset[str] | None = None
) -> dict[Key, tuple[School, ...]]:
    """Return the schools of each area, or of these; a school on sites stands in the area of each site."""
    frame = result.frames["schools"]
    totals = frame[(frame["scenario"] == scenario) & (frame["year_group"] == "total")]
    types = _column_by_urn(result, "type")
    homes, pans = _homes(result), _admission_numbers(result)
    if codes is not None:
        totals = totals[totals["urn"].isin({urn for (urn, _, _), area in homes.items() if area in codes})]
    found: dict[Key, list[School]] = defaultdict(list)
    for (urn, site, phase_name), rows in totals.groupby(
        ["urn", "site_id", "phase"], sort=False, dropna=False
    ):
        urn, site, phase = str(urn), site if isinstance(site, str) else "", Phase(str(phase_name))
        years = start_years(rows["academic_year"])
        order = np.argsort(years, kind="stable")
        school = School(
            urn, site, plain(str(rows["school_name"].iloc[0])), types.get(urn, ""), phase,
            tuple(AcademicYear(year) for year in years[order]),
            rows["roll"].to_numpy(dtype=float)[order], rows["places"].to_numpy(dtype=float)[order],
            pans.get((urn, phase), np.nan),
        )  # fmt: skip
        area = homes.get((urn, site, phase.area_phase)) or homes.get((urn, "", phase.area_phase), "")
        found[phase.area_phase, area].append(school)
    return {
        key: tuple(sorted(schools, key=lambda one: (one.name, one.phase))) for key, schools in found.items()
    }


def births_by_area(result: Result) -> dict[str, tuple[Birth, ...]]:
    """Return the births behind each area's Reception, oldest first."""
    drivers = result.frames["drivers"]
    rows = drivers[(drivers["driver"] == "births") & drivers["value"].notna()]
    found: dict[str, list[Birth]] = defaultdict(list)
    years = start_years(rows["academic_year"])
    for code, year, value, basis in zip(rows["area_code"], years, rows["value"], rows["basis"], strict=True):
        found[code].append(Birth(AcademicYear(year), float(value), str(basis)))
    return {code: tuple(sorted(births, key=lambda one: one.reception)) for code, births in found.items()}


def changes_by_area(result: Result) -> dict[Key, tuple[Change, ...]]:
    """Return the planned changes of each area, in order of their start."""
    found: dict[Key, list[Change]] = defaultdict(list)
    names, homes = _column_by_urn(result, "school_name"), _homes(result)
    for row in _records(result.inputs.table("planned_changes").sort_values("start_year", kind="stable")):
        change = _change(row, names)
        for key in _touched(row, homes):
            found[key].append(change)
    return {key: tuple(changes) for key, changes in found.items()}


def all_changes(result: Result) -> list[tuple[Change, str, float, str, float, str]]:
    """Return every planned change in order of its start, with its URN or area, chance, funding, cost in pounds, note."""
    table = result.inputs.table("planned_changes").sort_values("start_year", kind="stable")
    names = _column_by_urn(result, "school_name")
    return [
        (
            _change(row, names), str(row["urn"] or row["area_code"]), float(row["delivery_probability"]),
            str(row["funding"]), float(row["cost"]), str(row["note"]),
        )
        for row in _records(table)
    ]  # fmt: skip


def _change(row: dict[str, Any], names: dict[str, str]) -> Change:
    group = row["year_group"]
    return Change(
        change_id=str(row["change_id"]),
        kind=str(row["kind"]),
        where=names.get(str(row["urn"]), str(row["urn"])) or "the area",
        year_group="" if pd.isna(group) else "R" if group == 0 else f"{group:.0f}",
        start=_year_text(row["start_year"]),
        end=_year_text(row["end_year"]),
        places=float(row["places"]),
        certainty=str(row["certainty"]) or "firm (assumed)",
    )


def _touched(row: dict[str, Any], homes: dict[tuple[str, str, Phase], str]) -> list[Key]:
    """Return the areas that the change is in: the named one, else those of its school."""
    if row["area_code"]:
        phases = [Phase(str(row["phase"])).area_phase] if row["phase"] else [Phase.PRIMARY, Phase.SECONDARY]
        return [(phase, str(row["area_code"])) for phase in phases]
    keys = [(phase, area) for (urn, _, phase), area in homes.items() if urn == row["urn"]]
    if row["phase"]:
        keys = [key for key in keys if key[0] is Phase(str(row["phase"])).area_phase]
    return list(dict.fromkeys(keys))


def _homes(result: Result) -> dict[tuple[str, str, Phase], str]:
    """Return the area of each school, site and area phase; the site is blank for the school as a whole."""
    homes = {}
    for row in _records(result.inputs.table("schools")):
        for phase, column in ((Phase.PRIMARY, "primary_area"), (Phase.SECONDARY, "secondary_area")):
            if row[column]:
                homes[str(row["urn"]), "", phase] = str(row[column])
    for row in _records(result.inputs.table("sites")):
        phase = Phase(str(row["phase"])).area_phase
        homes[str(row["urn"]), str(row["site_id"]), phase] = str(row["area_code"])
    return homes


def _admission_numbers(result: Result) -> dict[tuple[str, Phase], float]:
    """Return the latest PAN up to the base year of each school's lowest entry year group in a phase."""
    rows = result.inputs.table("admission_numbers")
    rows = rows[(rows["academic_year"] <= result.base_year) & rows["pan"].notna()]
    rows = rows.sort_values(["academic_year", "year_group"], ascending=[True, False], kind="stable")
    found = {}
    for urn, group, pan in zip(rows["urn"], rows["year_group"], rows["pan"], strict=True):
        phase = next(phase for phase in Phase if int(group) in phase.year_groups)
        found[urn, phase] = float(pan)
    return found


def _column_by_urn(result: Result, column: str) -> dict[str, str]:
    table = result.inputs.table("schools")
    return dict(zip(table["urn"], table[column], strict=True))


def _records(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    names = [str(name) for name in frame.columns]
    return (dict(zip(names, values, strict=True)) for values in frame.itertuples(index=False, name=None))


def _year_text(year: float) -> str:
    return "" if pd.isna(year) else str(AcademicYear(int(year)))
