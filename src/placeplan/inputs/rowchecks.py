"""What a row must have by itself, and no two rows may share: filled cells, and keys."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from placeplan.inputs.columns import LISTED, Where, capped
from placeplan.inputs.draft import Draft
from placeplan.inputs.headers import needed_nowhere_blank
from placeplan.problems import Finding
from placeplan.tables import Column
from placeplan.years import AcademicYear, year_group_label

ANSWERED_FOR = ("adjustments",)
"""Tables in which a blank reason or role is an error: nobody would answer for the row."""


def blank_cells(draft: Draft, refused: dict[str, np.ndarray], where: Where) -> list[Finding]:
    """Cells that must be filled and are blank; ``refused`` cells are told elsewhere."""
    findings = []
    for column in draft.spec.readable:
        if not needed_nowhere_blank(column) or not draft.has(column.name):
            continue
        blank = np.flatnonzero(~draft.filled(column.name) & ~refused[column.name])
        told = column.kind == "text" and draft.spec.name not in ANSWERED_FOR
        rule = "name-missing" if told else "needed-value-missing"
        found = [
            where.finding(rule, f"{column.name} is blank", int(row), column.name)
            for row in draft.rows[blank[:LISTED]]
        ]
        findings += capped(found, len(blank))
    return findings


def rows_without_any(draft: Draft, refused: dict[str, np.ndarray], where: Where) -> list[Finding]:
    """Rows that fill none of several columns of which they need one."""
    findings = []
    for group in dict.fromkeys(column.one_of for column in draft.spec.readable if column.one_of):
        names = [column.name for column in draft.spec.readable if column.one_of == group]
        given = [name for name in names if draft.has(name)]
        empty = np.ones(len(draft), dtype=bool)
        for name in given:
            empty &= ~draft.filled(name) & ~refused[name]
        if not given:
            continue
        said = (
            f"none of {' and '.join(names)} is filled"
            if len(names) > 2
            else f"neither {' nor '.join(names)} is filled"
        )
        places = np.flatnonzero(empty)
        found = [
            where.finding("one-of-missing", said, int(row), given[0]) for row in draft.rows[places[:LISTED]]
        ]
        findings += capped(found, len(places))
    return findings


def keys_twice(draft: Draft, where: Where) -> list[Finding]:
    """Rows whose key an earlier row has; a blank counts as a value."""
    names = [column.name for column in draft.spec.columns if _in_key(column, draft)]
    if not draft.spec.key or len(draft) < 2 or not names:
        return []
    keys = pd.DataFrame({name: pd.Series(_key_values(draft, name)) for name in names})
    twice = np.flatnonzero(keys.duplicated().to_numpy())
    if not len(twice):
        return []
    groups = keys.groupby(names, sort=False, dropna=False).ngroup().to_numpy()
    first = np.unique(groups, return_index=True)[1]
    found = []
    for place in twice[:LISTED]:
        said = {name: _shown(keys[name].iloc[place], draft.spec[name]) for name in names}
        listed = ", ".join(f"{name} {value}" for name, value in said.items() if value)
        message = f"{listed} stands in row {draft.rows[first[groups[place]]]} already"
        value = " ".join(filter(None, said.values()))
        found.append(where.finding("key-twice", message, int(draft.rows[place]), names[-1], value))
    return capped(found, len(twice))


def _in_key(column: Column, draft: Draft) -> bool:
    """The columns of the key that the file has, and what stands in place of one."""
    return (column.key or column.form == "alternative") and draft.has(column.name)


def _key_values(draft: Draft, name: str) -> np.ndarray:
    """Return a column of the key; in the rolls, rows by school are told apart without their area."""
    values = draft.column(name)
    if draft.spec.name == "rolls" and name == "area_code":
        return np.where(draft.filled("urn"), "", values)
    return values


def _shown(value: Any, column: Column) -> str:
    if value is None or value is pd.NaT or value != value:
        return ""
    if column.kind in ("year", "birth_year", "financial_year"):
        return str(AcademicYear(int(value)))
    if column.kind == "year_group":
        return year_group_label(int(value))
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return f"{value:g}" if isinstance(value, float) else str(value)
