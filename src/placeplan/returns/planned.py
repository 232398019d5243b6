"""Planned places in the return: additional, bulge and removed, by school, area, year and year group.

Only changes that are certain or firm, in the years that the return asks for. Places are those of assessed capacity, so a
changed admission number alone is no change of places. A new school counts with all its places from its opening, also where
it fills gradually; places funded centrally are the Department's to count and are left out. Additional and removed places
stand in the year in which they begin, a bulge class in each year and the year group in which it then is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from placeplan.arrays import Array
from placeplan.returns.basis import Basis
from placeplan.returns.layouts import Layout
from placeplan.returns.rounding import apportion, half_up
from placeplan.supply.settling import Change
from placeplan.tables import rows_of
from placeplan.years import AcademicYear, phase_of, year_group_label

CENTRALLY_FUNDED = ("central programme", "central free school", "free school programme", "central government")


def planned_rows(basis: Basis, layout: Layout) -> list[dict[str, Any]]:
    """Return the rows of the part, in the order of the table of planned changes."""
    table = {row.change_id: row for row in rows_of(basis.inputs.table("planned_changes"))}
    found: list[dict[str, Any]] = []
    for change in basis.changes:
        row = table[change.change_id]
        if change.central and not centrally_funded(row.funding):
            for part in (change, *change.others):
                found += _part_rows(basis, layout, part, row)
    return found


def centrally_funded(funding: str) -> bool:
    """Whether the words for the funding name the Department's own programme."""
    return any(words in funding.casefold() for words in CENTRALLY_FUNDED)


def _part_rows(basis: Basis, layout: Layout, part: Change, row: Any) -> Iterator[dict[str, Any]]:
    effect = (
        _whole_school(part, row, basis.places.years)
        if part.kind == "new_school"
        else part.effects["capacity"]
    )
    sites, areas = basis.register.sites, basis.register.areas
    name = sites.iloc[part.site] if part.site >= 0 else None
    for year in range(1, layout.years["planned_places"] + 1):
        step = effect[:, year] if part.kind == "bulge" else effect[:, year] - effect[:, year - 1]
        step = _in_whole_numbers(step)
        for group in np.flatnonzero(step):
            amount, area = float(step[group]), int(part.areas[group])
            if part.kind == "bulge" and amount < 0:
                continue
            kind = "bulge" if part.kind == "bulge" else "additional" if amount > 0 else "removed"
            yield {
                "la_code": basis.project.authority.la_code, "change_id": part.change_id,
                "urn": "" if name is None else name.urn,
                "school_name": "" if name is None else name.school_name,
                "area_code": areas["code"].iloc[area] if area >= 0 else "",
                "phase": phase_of(int(group)).value,
                "academic_year": str(AcademicYear(int(basis.base_year) + year)),
                "year_group": year_group_label(int(group)), kind: int(abs(amount)),
                "certainty": part.certainty, "funding": row.funding,
            }  # fmt: skip


def _in_whole_numbers(step: Array) -> Array:
    """Places of the year groups, (year groups), in whole numbers that add up to the rounded gain and the rounded loss."""
    gain, loss = np.maximum(step, 0.0), np.maximum(-step, 0.0)
    return apportion(gain, half_up(gain.sum())) - apportion(loss, half_up(loss.sum()))


def _whole_school(part: Change, row: Any, years: Array) -> Array:
    """All places of a new school from its opening: (year groups, years), in the year groups that it will ever have."""
    reached = (part.areas >= 0) & (np.abs(part.effects["capacity"]).max(axis=1) > 0)
    planned = (part.areas >= 0) & (
        np.arange(len(part.areas)) >= (0 if np.isnan(row.year_group) else row.year_group)
    )
    return np.where((reached | planned)[:, None] & (years >= row.start_year)[None, :], float(row.places), 0.0)


def left_out(basis: Basis, layout: Layout) -> dict[str, list[str]]:
    """Return why changes of the table are not in the part: by reason, their names."""
    last = int(basis.base_year) + layout.years["planned_places"]
    found: dict[str, list[str]] = {}
    for row in rows_of(basis.inputs.table("planned_changes")):
        if row.certainty and row.certainty not in ("certain", "firm"):
            found.setdefault("neither certain nor firm", []).append(row.change_id)
        elif row.start_year > last:
            found.setdefault("after the three years", []).append(row.change_id)
        elif row.kind == "pan_change":
            found.setdefault("a changed admission number leaves capacity as it is", []).append(row.change_id)
        elif centrally_funded(row.funding):
            found.setdefault("funded centrally", []).append(row.change_id)
    return found
