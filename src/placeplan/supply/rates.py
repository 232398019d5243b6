"""Rates of money: the built-in ones (``data/rates.csv``) and the user's own, each with its source. No rate is in code.

A row of the user's table ``rates`` goes before the built-in rows of the same item; else the newest row of the item counts.
A built-in rate of low confidence, or without an amount, is not used: ``missing`` names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

import pandas as pd

from placeplan.project import MoneyChoice
from placeplan.tables import Inputs, built_in_table, rows_of
from placeplan.years import Phase

PLACE_ITEMS = ("new_school_place", "permanent_place", "temporary_place")


@dataclass(frozen=True)
class Rate:
    """One rate in pounds (or the unit of its item) and where it comes from."""

    item: str
    amount: float
    source: str


@dataclass(frozen=True)
class Rates:
    """The rates that hold, by item, phase (blank = every phase) and region; ``missing`` items have none to be used."""

    rows: Mapping[tuple[str, str, str], Rate]
    missing: frozenset[str]
    place_factor: Rate | None = None
    notes: tuple[str, ...] = field(default=())

    def of(self, item: str, phase: Phase | None = None) -> Rate | None:
        """Return the rate of an item, places times the factors of the project; None where there is none to be used.

        A sixth form without a rate of its own takes the secondary one: its places are part of a secondary school's.
        """
        names = [] if phase is None else [phase.value, phase.area_phase.value]
        found = next(
            (self.rows[item, name, ""] for name in [*names, ""] if (item, name, "") in self.rows), None
        )
        if found is None or item not in PLACE_ITEMS or self.place_factor is None:
            return found
        factor = self.place_factor
        return Rate(item, found.amount * factor.amount, f"{found.source}; {factor.source}")


def rates(inputs: Inputs, choice: MoneyChoice) -> Rates:
    """Return the rates that a project goes by, with the factors of its region and price index."""
    sure, named = _built_in()
    rows = dict(sure)
    if inputs.has("rates"):
        own = _newest(inputs.table("rates"))
        rows |= _by_key(own[own["amount"].notna()])
        for row in rows_of(own[own["amount"].isna()]):
            rows.pop((row.item, row.phase, row.region), None)
    named -= {key[:2] for key in rows}
    missing = frozenset(f"{item} {phase}".strip() for item, phase in named)
    factor, notes = _factor(rows, choice)
    return Rates(rows, missing, factor, notes)


@cache
def _built_in() -> tuple[Mapping[tuple[str, str, str], Rate], frozenset[tuple[str, str]]]:
    """The built-in rates that are sure, and every item and phase that has a row at all."""
    newest = _newest(built_in_table("rates", "rates.csv"))
    sure = newest[(newest["confidence"] != "low") & newest["amount"].notna()]
    return _by_key(sure), frozenset((row.item, row.phase) for row in rows_of(newest))


def _newest(table: pd.DataFrame) -> pd.DataFrame:
    ordered = table.sort_values("price_date", kind="stable", na_position="first")
    return ordered.drop_duplicates(["item", "phase", "region"], keep="last").sort_index()


def _by_key(table: pd.DataFrame) -> dict[tuple[str, str, str], Rate]:
    return {
        (row.item, row.phase, row.region): Rate(row.item, float(row.amount), _source(row))
        for row in rows_of(table)
    }


def _source(row: object) -> str:
    source, priced = str(getattr(row, "source", "")), getattr(row, "price_date", None)
    dated = "" if priced is None or pd.isna(priced) else f", {priced.date().isoformat()}"
    return f"{source or 'table rates'}{dated}"


def _factor(
    rows: Mapping[tuple[str, str, str], Rate], choice: MoneyChoice
) -> tuple[Rate | None, tuple[str, ...]]:
    """The factor on costs of places: region times price index over the index of the rates."""
    amount, sources, notes = 1.0, [], []
    if choice.region:
        region = rows["region_factor", "", choice.region]
        amount *= region.amount
        sources.append(f"times {region.amount:g} for {choice.region}")
    else:
        notes.append("No region is named (money: region), so costs of places are England's average")
    base = rows.get(("price_index_base", "", ""))
    if choice.price_index is not None and base is not None:
        amount *= choice.price_index / base.amount
        sources.append(f"times {choice.price_index:g}/{base.amount:g} for prices")
    return (Rate("factor", amount, ", ".join(sources)) if sources else None), tuple(notes)
