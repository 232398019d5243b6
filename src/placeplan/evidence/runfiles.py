"""A finished run as its files: rows with their places in them, and the nodes that a tree of numbers is made of."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from placeplan.evidence.runcheck import AGAIN, checked_story
from placeplan.problems import UsageError

NEAR = 1e-6
SUM, PRODUCT, MEAN, INPUT = "sum", "product", "weighted mean", "input"


@dataclass(frozen=True)
class Node:
    """One number of the tree: how it is made of its parts, or the row of the file in which it stands.

    ``weight``: how much it counts where the number above it is a weighted mean.
    """

    label: str
    amount: float
    how: str = INPUT
    parts: tuple[Node, ...] = ()
    file: str = ""
    row: int = 0
    weight: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as the contract has it: label, amount, how, source and parts."""
        source = {"file": self.file, "row": self.row or None} if self.file else None
        weight = {} if self.weight is None else {"weight": self.weight}
        return {
            "label": self.label, "amount": self.amount, "how": self.how, **weight, "source": source,
            "parts": [part.as_json() for part in self.parts],
        }  # fmt: skip


@dataclass(frozen=True)
class Run:
    """The files of a finished run that ``explain`` needs, of its first scenario."""

    folder: Path
    story: dict[str, Any]
    tables: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def rows(self, name: str) -> list[dict[str, str]]:
        """Return the rows of a CSV of the first scenario, ``at`` their row as a spreadsheet counts it; UsageError."""
        if name not in self.tables:
            try:
                with (self.folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
                    lines = csv.reader(file)
                    names = [*next(lines, []), "at"]
                    read = [
                        dict(zip(names, (*cells, str(at)), strict=True)) for at, cells in enumerate(lines, 2)
                    ]
            except (OSError, ValueError, csv.Error) as error:
                raise UsageError(f"{self.folder / name}.csv cannot be read ({error}); {AGAIN}") from None
            scenario = self.story["scenarios"][0]
            self.tables[name] = [row for row in read if row.get("scenario", scenario) == scenario]
        return self.tables[name]

    @cached_property
    def cohorts(self) -> dict[tuple[str, str, str], dict[str, str]]:
        """Steps by area, academic year and year group."""
        return {
            (row["area_code"], row["academic_year"], row["year_group"]): row for row in self.rows("cohorts")
        }

    @cached_property
    def sources(self) -> dict[tuple[str, str, str, str], list[dict[str, str]]]:
        """Rows of the inputs by kind, area, academic year and year group."""
        found: dict[tuple[str, str, str, str], list[dict[str, str]]] = {}
        for row in self.rows("sources"):
            key = (row["kind"], row["area_code"], row["academic_year"], row["year_group"])
            found.setdefault(key, []).append(row)
        return found

    @cached_property
    def ratios(self) -> dict[tuple[str, str, str], list[dict[str, str]]]:
        """What each method says of a ratio, by area, academic year and year group."""
        found: dict[tuple[str, str, str], list[dict[str, str]]] = {}
        for row in self.rows("ratios"):
            found.setdefault((row["area_code"], row["academic_year"], row["year_group"]), []).append(row)
        return found

    @cached_property
    def pools(self) -> dict[tuple[str, str], list[dict[str, str]]]:
        """Source areas by area and year group."""
        found: dict[tuple[str, str], list[dict[str, str]]] = {}
        for row in self.rows("pools"):
            found.setdefault((row["area_code"], row["year_group"]), []).append(row)
        return found

    @cached_property
    def figures(self) -> dict[tuple[str, str, str], dict[str, str]]:
        """What the figure that counts rests on in the base year, by school, site and phase."""
        found: dict[tuple[str, str, str], dict[str, str]] = {}
        for row in self.rows("supply_confidence"):
            if row["counts"] == "yes" and row["academic_year"] == self.story["base_year"]:
                found[row["urn"], row["site_id"], row["phase"]] = row
        return found

    @cached_property
    def base_rolls(self) -> dict[tuple[str, str], tuple[int, float]]:
        """Row and roll of the base year by area and year group."""
        return {
            (row["code"], row["year_group"]): (int(row["at"]), float(row["pupils"]))
            for row in self.rows("history")
            if row["geography"] == "area" and row["academic_year"] == self.story["base_year"]
        }


def open_run(folder: Path, name: str = "--run") -> Run:
    """Return a finished run; UsageError if the folder is none, is not whole, or is of a version that kept no steps.

    ``name``: what the command line calls it.
    """
    return Run(folder, checked_story(folder, name))


def leaf_of(row: dict[str, str]) -> Node:
    """Return the node of a row of an input table."""
    return Node(row["label"], float(row["amount"]), INPUT, (), row["file"], int(float(row["row"])))


def weighed(run: Run, row: dict[str, str]) -> Node:
    """Return a row of an input table; where a part of it counts, what stands there times that part."""
    leaf, weight = leaf_of(row), float(row["weight"] or 1.0)
    if weight in (0.0, 1.0):
        return leaf
    part = Node("part of it that counts here", weight, INPUT, (), "sources.csv", int(row["at"]))
    for one in run.sources.get(("geography", row["area_code"], "", ""), ()):
        if one["label"] == row["label"].split(", ", 1)[0] and abs(float(one["amount"]) - weight) < NEAR:
            part = Node(
                f"part of {one['label']} that lies in the area",
                weight,
                INPUT,
                (),
                one["file"],
                int(one["row"]),
            )
    return Node(leaf.label, leaf.amount, PRODUCT, (replace(leaf, amount=leaf.amount / weight), part))
