"""The frames for the board as report and workbook show them: headers and rows of words and numbers, prepared once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from placeplan.outputs.outlook import start_years
from placeplan.outputs.views import RunView
from placeplan.outputs.words import PHASE_WORDS, plain
from placeplan.tables import rows_of
from placeplan.words import kind_words
from placeplan.years import Phase

NEED_ITEMS = ("need_added", "need_as_new_school", "need_as_temporary")


@dataclass(frozen=True)
class Power:
    """What the authority decides by itself in one area (or as a whole) in one phase: now and in the last year."""

    code: str
    name: str
    phase: Phase
    year: str
    last: str
    now: Any
    then: Any


def frame(view: RunView, name: str) -> pd.DataFrame:
    """Return a frame of the run; without rows if the run has none of that name."""
    found = view.result.frames.get(name)
    return pd.DataFrame() if found is None else found


def powers(view: RunView, geography: str) -> list[Power]:
    """Return the powers by code and phase; of areas only those that are shown."""
    rows = frame(view, "powers")
    if rows.empty:
        return []
    rows = rows[(rows["geography"] == geography) & (rows["scenario"] == view.scenario)]
    shown = {(area.phase, area.code) for area in view.shown}
    by_unit: dict[tuple[str, str], list[Any]] = {}
    for row in rows_of(rows.iloc[np.argsort(start_years(rows["academic_year"]), kind="stable")]):
        by_unit.setdefault((row.phase, row.code), []).append(row)
    found = []
    for (phase_name, code), ordered in by_unit.items():
        first, last = ordered[0], ordered[-1]
        phase = Phase(phase_name)
        known = np.isfinite(first.places)
        if known and (geography != "area" or (phase.area_phase, code) in shown):
            name = plain(str(first.name or code))
            found.append(Power(code, name, phase, first.academic_year, last.academic_year, first, last))
    return sorted(found, key=lambda one: list(Phase).index(one.phase))


def school_names(view: RunView) -> dict[str, str]:
    """Return the name of each school by URN."""
    table = view.result.inputs.table("schools")
    return {urn: plain(name) for urn, name in zip(table["urn"], table["school_name"], strict=True)}


def area_names(view: RunView) -> dict[str, str]:
    """Return the name of each area by its code."""
    return {area.code: area.name for area in view.areas}


def money_by_year(view: RunView, items: Sequence[str]) -> pd.DataFrame:
    """Return the sums of some items over all areas, by phase and year, one column an item; NaN where there is none."""
    costs = frame(view, "costs")
    if costs.empty:
        return pd.DataFrame()
    rows = costs[costs["item"].isin(list(items))].assign(amount=lambda rows: rows["amount"].astype(float))
    if rows.empty:
        return pd.DataFrame()
    summed = rows.pivot_table(
        index=["phase", "academic_year"], columns="item", values="amount", aggfunc="sum"
    )
    return summed.reindex(columns=list(items))


def phase_words(phase: str) -> str:
    """Return a phase in words; blank is both."""
    return PHASE_WORDS[Phase(phase)] if phase else "Not split"


def in_words(rows: pd.DataFrame) -> pd.DataFrame:
    """Write phases, kinds of change, settings and groups as people do."""
    if "phase" in rows:
        words = {
            phase: "All" if phase == "total" else phase_words(phase)
            for phase in set(rows["phase"].astype(str))
        }
        rows = rows.assign(phase=[words[str(phase)] for phase in rows["phase"]])
    for name in {"kind", "setting", "group"} & set(rows.columns):
        rows = rows.assign(**{name: [kind_words(str(word)) for word in rows[name]]})
    return rows
