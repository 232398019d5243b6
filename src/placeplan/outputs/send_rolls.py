"""Residents with a plan beside pupils on roll in words: two populations, never added."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from placeplan.outputs.marks import table
from placeplan.outputs.send_money import setting_words
from placeplan.outputs.words import number

RESIDENTS, PUPILS, TOTAL = "residents with a plan", "pupils on roll", "total"


def rolls_part(frame: pd.DataFrame) -> Iterator[str]:
    """Give the part of send.md and of the report on both populations; nothing where there is none."""
    if frame.empty:
        return
    yield "## Residents with a plan and pupils on roll"
    yield (
        "Two populations that overlap: never add them. Residents live here, wherever they are placed; pupils on roll are in "
        "the authority's mainstream schools, wherever they live."
    )
    yield from reconciled(frame)


def setting_name(name: str) -> str:
    """Write a setting as people do."""
    return "All settings" if name == TOTAL else setting_words(name)


def reconciled(rows: pd.DataFrame) -> Iterator[str]:
    """Give the base year: residents by where they are counted, then the roll and those on it with a plan."""
    first = rows[rows["academic_year"] == rows["academic_year"].min()]
    residents = first[first["population"] == RESIDENTS]
    columns = ("pupils", "within_roll", "in_units", "out_of_area", "elsewhere")
    cells = [
        [setting_name(str(row.group)), *(number(float(getattr(row, column))) for column in columns)]
        for row in residents.itertuples(index=False)
    ]
    head = [
        "Residents with a plan",
        "In all",
        "Within mainstream rolls",
        "In units",
        "Out of the area",
        "Elsewhere",
    ]
    yield f"**{first['academic_year'].iloc[0]}**"
    yield table(head, cells)
    pupils = first[first["population"] == PUPILS].set_index("group")["pupils"]
    whole = residents[residents["group"] == TOTAL].iloc[0]
    yield " ".join(_rolls(pupils, float(whole["within_roll"]), float(whole["in_units"])))


def _rolls(pupils: pd.Series, within: float, units: float) -> Iterator[str]:
    """Give sentences on the roll."""
    if pupils.get("mainstream schools", float("nan")) > 0:
        yield f"Pupils on roll of mainstream schools: {number(float(pupils['mainstream schools']))}."
    if within + units == within + units:
        yield (
            f"Residents with a plan among them, in the area: {number(within)} in classes and {number(units)} in units and "
            "resourced provision; special, independent and other settings are outside these rolls."
        )
    if "of these with a plan" in pupils.index:
        counted = float(pupils["of these with a plan"])
        yield (
            f"The rolls themselves count {number(counted)} pupils with a plan: what is more or fewer than the residents "
            "lives in another authority, is counted on another day, or is in a unit whose pupils the rolls do not mark."
        )
