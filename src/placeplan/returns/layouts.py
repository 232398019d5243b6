"""The layout of a return: parts, columns and horizons of a survey year, from ``data/scap/YEAR.csv``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from placeplan.datafiles import data_rows
from placeplan.years import AcademicYear


@dataclass(frozen=True)
class Field:
    """One column: its heading in the return, the name that placeplan knows it by, its kind and where that is from."""

    heading: str
    name: str
    kind: str
    needed: bool
    source: str
    confidence: str
    note: str


@dataclass(frozen=True)
class Part:
    """One part of the return: a sheet, and a CSV file of the same columns."""

    name: str
    sheet: str
    fields: tuple[Field, ...]

    @property
    def file(self) -> str:
        """Name of its CSV file."""
        return f"scap_{self.name}.csv"

    @property
    def names(self) -> list[str]:
        """Names of its columns as placeplan knows them, in order."""
        return [field.name for field in self.fields]


@dataclass(frozen=True)
class Layout:
    """The layout of one survey year; ``years``: years ahead by phase and of ``planned_places``.

    ``survey``: the year of the layout; ``wanted``: the year of the return, which has no layout of its own if they differ.
    """

    survey: int
    wanted: int
    parts: Mapping[str, Part]
    years: Mapping[str, int]


def layout_years() -> list[int]:
    """Return the survey years that have a layout, oldest first."""
    names = (one.name for one in files("placeplan").joinpath("data/scap").iterdir())
    return sorted(int(name[:4]) for name in names if name[:4].isdigit() and name.endswith(".csv"))


def layout_of(base_year: AcademicYear) -> Layout:
    """Return the layout of the survey that ends an academic year: its own, else the last before, else the first."""
    wanted = int(base_year) + 1
    known = layout_years()
    survey = max((year for year in known if year <= wanted), default=known[0])
    parts: dict[str, list[Field]] = {}
    sheets = {}
    for row in data_rows(f"scap/{survey}.csv"):
        sheets[row["part"]] = row["sheet"]
        parts.setdefault(row["part"], []).append(
            Field(
                row["heading"], row["field"], row["kind"], row["needed"] == "yes",
                row["source"], row["confidence"], row["note"],
            )
        )  # fmt: skip
    horizons = data_rows("scap/horizons.csv")
    years = {row["part"]: int(row["years"]) for row in horizons if int(row["survey"]) == survey}
    made = {name: Part(name, sheets[name], tuple(fields)) for name, fields in parts.items()}
    return Layout(survey, wanted, made, years)
