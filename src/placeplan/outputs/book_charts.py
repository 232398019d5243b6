"""Native charts of the workbook: demand (with its range) against places over the years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from placeplan.outputs.book import Book
from placeplan.outputs.outlook import Floats, Outlook, PhaseOutlook

_BLUE, _ORANGE, _GREY = "#0072B2", "#C04A00", "#8FB8D4"


@dataclass(frozen=True)
class ChartRows:
    """Where a chart's numbers stand: a sheet, its first and last row, and the column of each series."""

    sheet: str
    first: int
    last: int
    year: int
    forecast: int
    low: int
    high: int
    places: int
    rolls: int | None = None

    def cells(self, column: int) -> list[Any]:
        """Return the cells of a column as XlsxWriter wants them."""
        return [self.sheet, self.first, column, self.last, column]


def places_chart(
    book: Book, title: str, rows: ChartRows, outlook: PhaseOutlook, past: Floats | None = None
) -> Any:
    """Return a line chart of rolls, forecast, its 80% range and places; its axis says what rests on projected births."""
    total = outlook.total
    chart = book.file.add_chart({"type": "line"})
    if rows.rolls is not None:
        _line(chart, rows, rows.rolls, "Rolls", _BLUE, 2.25)
    _line(chart, rows, rows.forecast, "Demand", _BLUE, 2.25, "dash")
    _line(chart, rows, rows.low, "80% range, low", _GREY, 1.25, "square_dot")
    _line(chart, rows, rows.high, "80% range, high", _GREY, 1.25, "square_dot")
    if total.places_known:
        _line(chart, rows, rows.places, "Places", _ORANGE, 2.25)
    chart.set_title({"name": title, "overlay": False, "name_font": {"size": 12}})
    chart.set_legend({"position": "bottom"})
    said = f"From {outlook.projected_from} on partly on projected births"
    name = {"name": said, "name_font": {"size": 9, "bold": False}} if outlook.projected_from else {}
    chart.set_x_axis({"num_font": {"size": 9}, "major_tick_mark": "none", **name})
    grid = {"visible": True, "line": {"color": "#DCDCDC", "width": 0.75}}
    axis = {"num_format": "#,##0", "major_gridlines": grid, "line": {"none": True}, "num_font": {"size": 9}}
    lowest = _axis_start(total, past)
    chart.set_y_axis({**axis, "min": lowest, "name": f"Pupils, from {lowest:,}" if lowest else "Pupils"})
    chart.set_size({"width": 640, "height": 320})
    chart.show_na_as_empty_cell()
    return chart


def _line(
    chart: Any, rows: ChartRows, column: int, name: str, colour: str, width: float, dash: str = "solid"
) -> None:
    line = {"color": colour, "width": width, "dash_type": dash}
    chart.add_series(
        {"name": name, "categories": rows.cells(rows.year), "values": rows.cells(column), "line": line}
    )


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
