"""Native charts of the workbook: demand and its range against places, columns and lines of several series, sparklines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from placeplan.outputs.book import Book, Worksheet, shown
from placeplan.outputs.outlook import Floats, Outlook, PhaseOutlook

BLUE, ORANGE, BAND, GREEN, PURPLE = "#0072B2", "#C04A00", "#BBD6E8", "#007A5A", "#7A4B94"
_GRID = {"visible": True, "line": {"color": "#DCDCDC", "width": 0.75}}
_SMALL = {"size": 9}
WIDE, HIGH = 560, 270
"""Size of a chart, in pixels."""


@dataclass(frozen=True)
class ChartRows:
    """Where a chart's numbers stand: a sheet, its first and last row, and the column of each series.

    ``width`` is the column of the range from ``low`` up, which is drawn as a band.
    """

    sheet: str
    first: int
    last: int
    year: int
    rolls: int
    forecast: int
    low: int
    width: int
    places: int

    def cells(self, column: int) -> list[Any]:
        """Return the cells of a column as XlsxWriter wants them."""
        return [self.sheet, self.first, column, self.last, column]


@dataclass(frozen=True)
class Series:
    """One series of a chart: its name, its cells (sheet, first row, column, last row, column), colour and dash."""

    name: str
    cells: list[Any]
    colour: str
    dash: str = "solid"


def places_chart(
    book: Book, title: str, rows: ChartRows, outlook: PhaseOutlook, past: Floats | None = None
) -> Any:
    """Return rolls, forecast and places as lines over a band of the 80% range.

    The axis of years says what rests on projected births.
    """
    total = outlook.total
    band = book.file.add_chart({"type": "area", "subtype": "stacked"})
    years = rows.cells(rows.year)
    band.add_series(
        {
            "name": "80% range, from",
            "categories": years,
            "values": rows.cells(rows.low),
            "fill": {"none": True},
        }
    )
    band.add_series(
        {"name": "80% range", "categories": years, "values": rows.cells(rows.width), "fill": {"color": BAND}}
    )
    lines = book.file.add_chart({"type": "line"})
    _line(lines, years, Series("Rolls", rows.cells(rows.rolls), BLUE))
    _line(lines, years, Series("Demand", rows.cells(rows.forecast), BLUE, "dash"))
    if total.places_known:
        _line(lines, years, Series("Places", rows.cells(rows.places), ORANGE))
    band.combine(lines)
    band.set_legend({"position": "bottom", "delete_series": [0], "font": _SMALL})
    said = f"From {outlook.projected_from} on partly on projected births" if outlook.projected_from else ""
    lowest = _axis_start(total, past)
    _axes(band, title, said, f"Pupils, from {lowest:,}" if lowest else "Pupils", lowest)
    return band


def columns_chart(book: Book, title: str, years: list[Any], series: Sequence[Series], measure: str) -> Any:
    """Return columns on top of each other, one stack a year."""
    chart = book.file.add_chart({"type": "column", "subtype": "stacked"})
    for one in series:
        chart.add_series(
            {
                "name": one.name,
                "categories": years,
                "values": one.cells,
                "fill": {"color": one.colour},
                "gap": 60,
            }
        )
    chart.set_legend({"position": "bottom", "font": _SMALL})
    _axes(chart, title, "", measure, 0)
    return chart


def lines_chart(book: Book, title: str, years: list[Any], series: Sequence[Series], measure: str) -> Any:
    """Return lines over the years, each with its own dash as well as its colour."""
    chart = book.file.add_chart({"type": "line"})
    for one in series:
        _line(chart, years, one)
    chart.set_legend({"position": "bottom", "font": _SMALL})
    _axes(chart, title, "", measure, None)
    return chart


def insert_chart(sheet: Worksheet, row: int, chart: Any, words: str, right: int = 0) -> None:
    """Put a chart at a row, so many pixels to the right, with a text that stands for it where it is read aloud."""
    options = {"x_offset": right + 4, "y_offset": 4, "object_position": 2, "description": shown(words)}
    sheet.insert_chart(row, 0, chart, options)


def _line(chart: Any, years: list[Any], series: Series) -> None:
    line = {"color": series.colour, "width": 2.25, "dash_type": series.dash}
    chart.add_series({"name": series.name, "categories": years, "values": series.cells, "line": line})


def _axes(chart: Any, title: str, years: str, measure: str, lowest: float | None) -> None:
    """Set title and axes. A title that looks like ``name!A1`` is a formula to XlsxWriter, so it must not."""
    words = shown(title).replace("!", "! ")
    chart.set_title({"name": words, "overlay": False, "name_font": {"size": 12}})
    name = {"name": years, "name_font": {"size": 9, "bold": False}} if years else {}
    chart.set_x_axis({"num_font": _SMALL, "major_tick_mark": "none", **name})
    start = {} if lowest is None else {"min": lowest}
    chart.set_y_axis(
        {
            "num_format": "#,##0", "major_gridlines": _GRID, "line": {"none": True}, "num_font": _SMALL,
            "name": measure, "name_font": {"size": 9, "bold": False}, **start,
        }
    )  # fmt: skip
    chart.set_size({"width": WIDE, "height": HIGH})
    chart.show_na_as_empty_cell()


def _axis_start(total: Outlook, past: Floats | None) -> int:
    """Return where the axis starts: at zero, unless all values lie far above it."""
    values = np.concatenate(
        [total.low, total.demand, total.places, past if past is not None else np.array([])]
    )
    lowest, highest = np.nanmin(values), np.nanmax(np.concatenate([values, total.high]))
    if lowest <= 0.6 * highest:
        return 0
    step = 10 ** max(0, int(np.floor(np.log10(max(highest - lowest, 1)))))
    return int(max(0, (lowest - 0.5 * step) // step * step))
