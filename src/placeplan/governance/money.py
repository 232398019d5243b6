"""What need, growth, falling rolls and empty places cost: costs.csv, each amount with its rate and where that comes from.

    need            places missing in the year, priced as a permanent expansion; need_as_new_school and need_as_temporary
                    price the same places in other ways
    need_added      the rise of need above all earlier years: money that falls due in that year
    growth_pupils   rise of demand over the year before times the growth rate
    growth_new_school  one sum for each new school that is certain or firm
    falling_rolls   fall of demand over the year before times the rate, if you give one
    empty_places    spare places times the revenue of a pupil: what rolls below places put at stake
    special_places  places at special schools times their place funding
    planned_cost    the cost that a planned change states, in its first year
    contributions, contributions_gap   see ``contributions.py``

An item whose rate is not known is left out, and the notes of the run say so. Amounts in pounds, places in places.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.frames import stacked
from placeplan.governance.contributions import contribution_rows
from placeplan.supply.plannedroutes import decisions_areas
from placeplan.supply.rates import Rate, Rates
from placeplan.tables import Inputs, output_columns, rows_of
from placeplan.years import AcademicYear, Phase

NEED_ITEMS = {
    "need": "permanent_place",
    "need_as_new_school": "new_school_place",
    "need_as_temporary": "temporary_place",
}
"""Items that price the same need in three ways; they are alternatives and must not be added."""
SMALLEST = 0.05
"""Places below this are rounding, not need."""
CENTRAL = ("certain", "firm", "")
Row = dict[str, Any]
_TYPES = {"places": "float64", "rate": "float64", "amount": "float64"}


def costs_table(
    inputs: Inputs, sufficiency: pd.DataFrame, rates: Rates, base_year: AcademicYear
) -> pd.DataFrame:
    """costs.csv, by area, phase and year; an item without an area is one of the whole authority."""
    totals = sufficiency[sufficiency["year_group"] == "total"]
    totals = totals.astype(dict.fromkeys(("demand", "need", "spare"), "float64"))
    columns = list(output_columns("costs"))
    rows = [
        *_new_schools(inputs, rates, base_year),
        *_planned_costs(inputs),
        *_special_places(inputs, rates, base_year),
        *contribution_rows(inputs, totals, rates),
    ]
    parts = [_of_areas(totals, rates)[columns], pd.DataFrame(rows, columns=columns)]
    return stacked([part.astype(_TYPES) for part in parts], columns)


def cost_row(area: str, phase: str, year: Any, item: str, places: float, rate: Rate) -> Row:
    """Return a row of so many places at a rate."""
    made: Row = {"area_code": area, "phase": phase, "academic_year": str(year), "item": item}
    return made | {
        "places": places,
        "rate": rate.amount,
        "rate_source": rate.source,
        "amount": places * rate.amount,
    }


def _of_areas(totals: pd.DataFrame, rates: Rates) -> pd.DataFrame:
    """Need, growth, falling rolls and empty places of every area and phase, from the phase totals by year."""
    area = totals.groupby(["area_code", "phase"], sort=False).ngroup()
    need = totals["need"].fillna(0.0)
    highest = need.groupby(area).cummax().groupby(area).shift(fill_value=0.0)
    change = totals["demand"].groupby(area).diff()
    change = change.where(totals["phase"] != Phase.SIXTH_FORM.value)
    parts = [_priced(totals, item, rate, need, rates) for item, rate in NEED_ITEMS.items()]
    parts += [
        _priced(totals, "need_added", "permanent_place", need - highest, rates),
        _priced(totals, "growth_pupils", "growth_pupil", change, rates),
        _priced(totals, "falling_rolls", "falling_rolls_place", -change, rates),
        _priced(totals, "empty_places", "pupil_revenue", totals["spare"], rates),
    ]
    return pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def _priced(
    totals: pd.DataFrame, item: str, rate_item: str, places: pd.Series, rates: Rates
) -> dict[str, Array]:
    """Columns of one item, where there are places to price and a rate for their phase."""
    of_phase = {phase.value: rates.of(rate_item, phase) for phase in Phase}
    known = {phase: rate for phase, rate in of_phase.items() if rate}
    many = places.to_numpy(dtype=float)
    chosen = np.flatnonzero((many > SMALLEST) & totals["phase"].isin(list(known)).to_numpy())
    named = {
        name: totals[name].to_numpy(dtype=object)[chosen] for name in ("area_code", "phase", "academic_year")
    }
    found = [known[phase] for phase in named["phase"]]
    amounts, rate = many[chosen], np.array([one.amount for one in found], dtype=float)
    source = np.array([one.source for one in found], dtype=object)
    item_of = np.full(len(chosen), item, dtype=object)
    return named | {
        "item": item_of,
        "places": amounts,
        "rate": rate,
        "rate_source": source,
        "amount": amounts * rate,
    }


def _new_schools(inputs: Inputs, rates: Rates, base_year: AcademicYear) -> Iterator[Row]:
    rate = rates.of("growth_new_school")
    areas = decisions_areas(inputs)
    for change in rows_of(inputs.table("planned_changes")):
        if (
            change.kind == "new_school"
            and change.certainty in CENTRAL
            and change.start_year > base_year
            and rate
        ):
            area, phase = areas[change.change_id]
            yield cost_row(
                area, phase, AcademicYear(int(change.start_year)), "growth_new_school", np.nan, rate
            ) | {"amount": rate.amount}


def _planned_costs(inputs: Inputs) -> Iterator[Row]:
    areas = decisions_areas(inputs)
    for change in rows_of(inputs.table("planned_changes")):
        if change.certainty in CENTRAL and change.cost > 0:
            area, phase = areas[change.change_id]
            yield {
                "area_code": area,
                "phase": phase,
                "academic_year": str(AcademicYear(int(change.start_year))),
                "item": "planned_cost",
                "places": np.nan,
                "rate": np.nan,
                "rate_source": f"planned_changes, {change.change_id}",
                "amount": float(change.cost),
            }


def _special_places(inputs: Inputs, rates: Rates, base_year: AcademicYear) -> Iterator[Row]:
    """Place funding of state special schools from the base year on; phases and years as the table has them."""
    rate = rates.of("special_place")
    table = inputs.table("specialist_places")
    rows = table[(table["setting"] == "state_special") & (table["academic_year"] >= base_year)]
    if rate is None or rows.empty:
        return
    summed = rows.groupby(["phase", "academic_year"], sort=True)["places"].sum()
    for key, places in summed.items():
        phase, year = key if isinstance(key, tuple) else ("", key)
        yield cost_row("", str(phase), AcademicYear(int(year)), "special_places", float(places), rate)


def cost_notes(rates: Rates) -> Mapping[str, str]:
    """Return what the run has to say of its money, by topic."""
    used = [
        "Need is priced as a permanent expansion; the prices as a new school and as temporary places stand beside it and "
        "are not to be added.",
        *(f"{note}." for note in rates.notes),
    ]
    if rates.missing:
        named = ", ".join(sorted(item.replace("_", " ") for item in rates.missing))
        used.append(f"Left out, because no sure rate is known (give your own in the table rates): {named}.")
    return {"Money": " ".join(used)}
