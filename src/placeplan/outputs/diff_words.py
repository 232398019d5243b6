"""``placeplan diff`` in plain words: each cause, each change, and how the earlier forecast did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from placeplan.causes import COUNTS, largest, main_causes
from placeplan.frames import TOTAL
from placeplan.outputs.words import PHASE_WORDS, day_words, listed, number, percent, signed
from placeplan.scenario import CENTRAL
from placeplan.years import Phase

CAUSE_WORDS = {
    "boundary": "changed areas",
    "rolls": "new rolls",
    "births": "births",
    "transfers": "transfers",
    "ratios": "ratios",
    "method": "method",
    "housing": "new homes",
    "adjustments": "adjustments",
    "school_share": "the school's share of its area",
}
CAUSE_MEANS = {
    "boundary": "areas that were merged, split or moved between: the earlier forecast told for the areas of the later run",
    "rolls": "the newer rolls in place of what was forecast for their years, carried on by the earlier ratios",
    "births": "births behind Reception that became known or were revised",
    "transfers": "which primary areas feed which secondary areas",
    "ratios": "how many of those who could come do come and stay, learnt anew",
    "method": "other choices of the method, another version of placeplan, control totals",
    "housing": "pupils of new homes above what is usual",
    "adjustments": "local knowledge, and what a scenario adds by year",
}
MOST_CAUSES = 3


def run_words(story: Mapping[str, Any], scenario: str = CENTRAL) -> str:
    """Return what the run of a story is called, with its scenario unless that is the plan as it stands."""
    which = "" if scenario == CENTRAL else f", scenario {scenario}"
    return f"the run from {story['base_year']}{which}, made on {day_words(str(story['started'])[:10])}"


def causes_words(row: Mapping[str, Any], most: int = MOST_CAUSES) -> str:
    """Return the causes that count, the largest first: ``new rolls +12, births −4``; rounded to whole pupils."""
    found = main_causes(row)
    if not found:
        return "none above half a pupil"
    return ", ".join(f"{CAUSE_WORDS[cause]} {signed(value)}" for cause, value in found[:most])


def summary(table: pd.DataFrame) -> list[str]:
    """Return one paragraph for each phase: the authority in the last year of both runs, why, and where it moved most."""
    return [
        " ".join([_authority(row, phase), _why(row), *_where(largest(table, "area", phase.value))])
        for phase in Phase
        for row in largest(table, "authority", phase.value)
    ]


def _authority(row: Mapping[str, Any], phase: Phase) -> str:
    change, before = row["change"], row["old"]
    which = f"{PHASE_WORDS[phase]}, {row['academic_year']}: {number(row['new'])} pupils"
    if abs(change) < COUNTS:
        return f"{which}, as the earlier run had it."
    share = f" ({percent(100 * abs(change) / before)})" if before > 0 else ""
    return (
        f"{which}, {number(abs(change))}{share} {'more' if change > 0 else 'fewer'} than the earlier run had."
    )


def _why(row: Mapping[str, Any]) -> str:
    """The causes that add and those that take away."""
    found = main_causes(row)
    parts = []
    for words, sign in (("added by", 1), ("taken off by", -1)):
        each = [f"{CAUSE_WORDS[cause]} ({number(abs(value))})" for cause, value in found if value * sign > 0]
        if each:
            parts.append(f"{words} {listed(each)}")
    said = "; ".join(parts)
    return f"{said[0].upper()}{said[1:]}." if said else "No cause moves it by half a pupil."


def _where(areas: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    moved = [f"{row['name']} ({signed(row['change'])})" for row in areas if abs(row["change"]) >= COUNTS]
    if moved:
        yield f"The areas that moved most: {listed(moved[:3])}."


def totals(table: pd.DataFrame, geography: str) -> pd.DataFrame:
    """Return the rows of phase totals of one geography."""
    return table[(table["geography"] == geography) & (table["year_group"] == TOTAL)]
