"""Kinds of options, and one option before it is weighed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.options.schools import School
from placeplan.years import Phase

CLOSING = ("closure", "amalgamation")
"""Kinds of planned changes that end a school."""


@dataclass(frozen=True)
class Kind:
    """One kind: what it is called, when it helps (``short``, ``surplus``, ``both``), which planned change it is, by which
    rules it is decided, which rate prices it, what pays for it, and what may go wrong."""

    kind: str
    title: str
    direction: str
    phases: tuple[str, ...]
    change_kind: str
    decided_as: str
    cost_item: str
    funding: str
    risk: str

    def suits(self, direction: str, phase: Phase) -> bool:
        """Whether the kind answers such trouble in such a phase."""
        return self.direction in (direction, "both") and phase.value in self.phases


@dataclass(frozen=True)
class Lent:
    """Places that neighbours could lend: ``central`` (year groups, years), ``drawn`` (year groups, years, draws)."""

    central: Array
    drawn: Array


@dataclass(frozen=True)
class Candidate:
    """One thing that could be done, not yet weighed.

    ``rows``: rows of ``planned_changes`` that carry it out, none where places stay as they are; ``schools``: those it
    touches, the one that gives or gains places first; ``places``: signed, for each year group; ``start``: start year;
    ``earliest``: earliest realistic date as text, empty where the sources give no time; ``cost``: pounds where it is
    stated or worked out otherwise than by a rate. ``facts``: what speaks for it, in words.
    """

    kind: Kind
    rows: tuple[Mapping[str, Any], ...]
    schools: tuple[School, ...]
    places: float
    start: int
    way: Any
    facts: tuple[str, ...] = ()
    lent: Lent | None = None
    cost: float | None = None
    change_id: str = ""
    risks: tuple[str, ...] = field(default=())


def change_row(
    area_code: str, phase: Phase, school: School, kind: str, start: int, places: float
) -> dict[str, Any]:
    """Return a row of ``planned_changes`` at a school, in its area and phase, that comes for certain."""
    return {
        "kind": kind, "start_year": start, "places": places, "urn": school.urn, "area_code": area_code,
        "phase": phase.value, "certainty": "certain", "delivery_probability": 1.0,
    }  # fmt: skip


@cache
def kinds() -> dict[str, Kind]:
    """Return every kind by its name, from ``data/option_kinds.csv``."""
    names = ("kind", "title", "direction", "change_kind", "decided_as", "cost_item", "funding", "risk")
    return {
        row["kind"]: Kind(phases=tuple(row["phases"].split()), **{name: row[name] for name in names})
        for row in data_rows("option_kinds.csv")
    }
