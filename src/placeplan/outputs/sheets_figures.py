"""The figures that a chart of demand and places is drawn from: one row a year, past and forecast."""

from __future__ import annotations

import math

import numpy as np

from placeplan.outputs.book import WHOLE, Book, Worksheet, cell
from placeplan.outputs.book_charts import ChartRows
from placeplan.outputs.outlook import TOTAL, Outlook, Past, PhaseOutlook
from placeplan.years import AcademicYear

_HEAD = ("Year", "Rolls", "Demand", "80% range from", "80% range to", "Places", "Width of the range")
FIGURE_COLUMNS = len(_HEAD)


def figures_block(
    book: Book, sheet: Worksheet, outlook: PhaseOutlook, row: int, heading: str
) -> tuple[ChartRows, int]:
    """Write heading, header and a row for each year; return where they stand and the next free row.

    In past years the roll is known, so the range is the roll itself and has no width.
    """
    book.put(sheet, row, 0, heading, "part")
    book.header(sheet, row + 1, _HEAD)
    sheet.set_row(row + 1, 29)
    total, past = outlook.total, outlook.past.get(TOTAL, Past((), np.array([])))
    rolls = dict(zip(past.years, past.pupils.tolist(), strict=True))
    years = sorted({*past.years, *total.years})
    for place, year in enumerate(years, row + 2):
        book.put(sheet, place, 0, str(year))
        numbers = _figures(rolls, total, year)
        for column, value in enumerate(numbers, 1):
            if math.isfinite(value):
                book.put(sheet, place, column, value, WHOLE)
        low, high = numbers[2:4]
        if math.isfinite(high - low):
            book.formula(sheet, place, 6, f"={cell(place, 4)}-{cell(place, 3)}", high - low, WHOLE)
    last = row + 1 + len(years)
    rows = ChartRows(
        str(sheet.name), row + 2, last, year=0, rolls=1, forecast=2, low=3, width=6, places=5
    )  # fmt: skip
    return rows, last + 2


def _figures(rolls: dict[AcademicYear, float], total: Outlook, year: AcademicYear) -> list[float]:
    """Rolls, demand, both ends of the range, places; NaN where there is none."""
    roll = rolls.get(year, math.nan)
    if year in total.years:
        at = total.years.index(year)
        return [roll, *(float(values[at]) for values in (total.demand, total.low, total.high, total.places))]
    return [roll, math.nan, roll, roll, math.nan]
