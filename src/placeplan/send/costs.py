"""What high needs cost the authority, at the prices of the base year, and what one more local place costs or saves.

    place funding  = places * price of a place                     settings paid by place, empty places too; in
                                                                   alternative provision those of pupils without a plan too
    top-up         = E[min(demand, free places)] * top-up          and, beside it, of residents placed out of the area
    unplaced       = E[max(demand - free places, 0)] * price of an independent placement
    placements     = residents * price of a placement              settings paid by placement
    extra place    = price of a place - chance * (price of an independent placement - top-up)

``chance`` is that of the place being needed; E is the mean over draws. Below nothing an extra place saves. Other settings
cost their top-up. Nothing is added for prices that rise, for buildings or for transport.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.send.area import Placed
from placeplan.send.funding import BY_PLACEMENT, NO_RATE, Price, Prices, paid_by
from placeplan.send.places import SHARED, TOTAL, Cell, chance_of_shortfall, expected_short
from placeplan.send.tables import SETTINGS
from placeplan.years import AcademicYear

COLUMNS = ["setting", "phase", "academic_year", "item", "quantity", "rate", "amount", "rate_source"]
SPENT = ("place_funding", "top_up", "top_up_out_of_area", "unplaced", "placements")
"""Items that make up the budget."""


def costs_table(
    base: AcademicYear,
    central: Placed,
    cells: list[Cell],
    prices: Mapping[str, Prices],
    shared: Array | None = None,
) -> pd.DataFrame:
    """Return send_costs.csv: quantities, rates and pounds by setting, phase, year and item, and the sum of what is known.

    ``shared``: places of alternative provision, (years,), NaN where not known.
    """
    rows: list[dict[str, Any]] = []
    with_places = {cell.setting for cell in cells}
    for year in range(len(central.stock)):
        now = [*_of_cells(cells, prices, year), *_of_residents(central, with_places, prices, year)]
        if shared is not None and not np.isnan(shared[year]):
            now.append(_row(SHARED, TOTAL, "place_funding", float(shared[year]), prices[SHARED].place))
        spent = [row["amount"] for row in now if row["item"] in SPENT and row["amount"] == row["amount"]]
        now.append(
            _row(
                "total",
                TOTAL,
                "total_of_known",
                np.nan,
                Price(np.nan, ""),
                float(np.sum(spent)) if spent else np.nan,
            )
        )
        rows += [{**row, "academic_year": str(base + (year + 1))} for row in now]
    return pd.DataFrame(rows, columns=COLUMNS)


def _of_cells(cells: Iterable[Cell], prices: Mapping[str, Prices], year: int) -> Iterator[dict[str, Any]]:
    """Settings paid by place, and what one more place would cost or save."""
    elsewhere = unplaced_price(prices)
    for cell in cells:
        own, name = prices[cell.setting], (cell.setting, cell.phase)
        free, drawn = cell.free[year], cell.drawn[:, year]
        beyond = expected_short(drawn, free)
        yield _row(*name, "place_funding", float(cell.places[year]), own.place)
        yield _row(*name, "top_up", float(np.minimum(drawn, free).mean()), own.top_up)
        yield _row(*name, "unplaced", beyond, elsewhere)
        chance = chance_of_shortfall(drawn, free)
        source = f"{own.place.source}; {elsewhere.source}"
        yield _row(
            *name, "extra_place", chance, Price(np.nan, source), extra_place(chance, own, elsewhere.amount)
        )


def _of_residents(
    central: Placed, with_places: set[str], prices: Mapping[str, Prices], year: int
) -> Iterator[dict[str, Any]]:
    """Residents whose setting is paid by child: placements, top-ups, residents in places of other authorities."""
    for at, setting in enumerate(SETTINGS):
        residents = float(central.stock[year, at].sum())
        if paid_by(setting) == BY_PLACEMENT:
            yield _row(setting, TOTAL, "placements", residents, _placement(prices[setting]))
        elif setting in with_places:
            away = residents - float(central.inside[year, at].sum())
            yield _row(setting, TOTAL, "top_up_out_of_area", away, prices[setting].top_up)
        else:
            yield _row(setting, TOTAL, "top_up", residents, prices[setting].top_up)


def unplaced_price(prices: Mapping[str, Prices]) -> Price:
    """Return the price of a placement for a child without a local place: independent, else non-maintained."""
    found = [_placement(prices[setting]) for setting in ("independent", "non_maintained_special")]
    return next((price for price in found if price.amount == price.amount), Price(np.nan, NO_RATE))


def extra_place(chance: float, own: Prices, elsewhere: float) -> float:
    """Return pounds a year that one more local place costs; below nothing it saves."""
    return own.place.amount - chance * (elsewhere - own.top_up.amount)


def budget_change(
    cell: Cell, more: Array, own: Prices, elsewhere: float, drawn: Array | None = None
) -> Array:
    """Return pounds by year by which the budget changes with ``more`` places (years,) of a cell."""
    drawn = cell.drawn if drawn is None else drawn
    before, after = cell.free, cell.free + more
    filled = (np.minimum(drawn, after) - np.minimum(drawn, before)).mean(axis=0)
    change: Array = more * own.place.amount + filled * (own.top_up.amount - elsewhere)
    return change


def _placement(prices: Prices) -> Price:
    """A placement costs its price and, where one is given, a top-up."""
    top_up = prices.top_up.amount if prices.top_up.amount == prices.top_up.amount else 0.0
    return Price(prices.place.amount + top_up, prices.place.source)


def _row(
    setting: str, phase: str, item: str, quantity: float, price: Price, amount: float | None = None
) -> dict[str, Any]:
    amount = quantity * price.amount if amount is None else amount
    return {
        "setting": setting, "phase": phase, "item": item, "quantity": quantity, "rate": price.amount, "amount": amount,
        "rate_source": price.source,
    }  # fmt: skip
