"""The frame of a chart over academic years: title, axes, grid, and where a year and a number stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from placeplan.outputs.outlook import Floats
from placeplan.outputs.svg import GREY, INK, PALE, Drawing, Point, Scale, coordinate, round_scale
from placeplan.outputs.words import number
from placeplan.years import AcademicYear

LEFT, RIGHT_MARGIN, TOP, BOTTOM_MARGIN = 62.0, 190.0, 58.0, 40.0
"""Margins left and right are for numbers of up to six characters, such as 99,999; longer ones widen them."""
_CHARACTER = 7.0
"""Width of a character of the labels of axes and ends of lines."""
_ZERO_UNLESS_ABOVE = 0.6
"""The axis starts at zero unless the lowest value is above this share of the highest."""


@dataclass(frozen=True)
class Years:
    """Where a year and a number stand in a drawing."""

    drawing: Drawing
    first: int
    step: float
    scale: Scale
    left: float
    right: float
    bottom: float

    def point(self, year: int, value: float) -> Point:
        """Return the point of a number in a year."""
        return self.left + self.step * (int(year) - self.first + 0.5), self.scale.at(float(value))

    def points(self, years: Iterable[int], values: Floats) -> list[Point]:
        """Return the points of the numbers that are known."""
        pairs = zip(years, values.tolist(), strict=True)
        return [self.point(year, value) for year, value in pairs if value == value]

    @property
    def cursor(self) -> str:
        """Where the years stand, as ``Chart`` says it."""
        return f"x {coordinate(self.left + self.step / 2)} {self.step:.2f}"

    def shade(self, start: AcademicYear | None, words: str) -> None:
        """Shade the years from ``start`` on, with words below the axis that say why; nothing if no year is meant."""
        if start is None:
            return
        x = self.left + self.step * (int(start) - self.first)
        self.drawing.hatch(x, TOP, self.right - x, self.bottom - TOP, GREY)
        self.drawing.words((self.right, self.bottom + 37), words, GREY, 12, "end")

    def divider(self, base_year: AcademicYear) -> None:
        """Draw the line after the base year, where the forecast begins."""
        x = self.left + self.step * (int(base_year) - self.first + 1)
        self.drawing.line([(x, TOP), (x, self.bottom)], GREY, 1, "2 3")
        self.drawing.words((x - 6, TOP + 11), "Rolls", GREY, 12, "end")
        self.drawing.words((x + 6, TOP + 11), "Forecast", GREY, 12)


def year_frame(drawing: Drawing, years: Sequence[AcademicYear], values: Floats, unit: str) -> Years:
    """Draw title, axes and grid for these years and numbers, and return where things stand."""
    known = values[np.isfinite(values)]
    high = float(known.max(initial=1.0))
    low = float(known.min(initial=high))
    cut = low > _ZERO_UNLESS_ABOVE * high
    longer = max(0, len(number(high)) - 6) * _CHARACTER
    left, right = LEFT + longer, drawing.width - RIGHT_MARGIN - 2 * longer
    bottom = drawing.height - BOTTOM_MARGIN
    room = max((high - low) * 0.15, high * 0.02)
    scale = round_scale(max(low - room, 0) if cut else 0, high + room, bottom, TOP)
    drawing.words((10, 22), drawing.title, INK, 15, bold=True)
    start = f", axis starts at {number(scale.ticks[0])}" if scale.ticks[0] > 0 else ""
    drawing.words((10, 44), unit + start, GREY, 12)
    for tick in scale.ticks:
        drawing.line([(left, scale.at(tick)), (right, scale.at(tick))], PALE, 1)
        drawing.words((left - 8, scale.at(tick) + 4), number(tick, 1 if tick % 1 else 0), GREY, 12, "end")
    first, last = int(min(years)), int(max(years))
    frame = Years(drawing, first, (right - left) / (last - first + 1), scale, left, right, bottom)
    _year_names(frame, last)
    return frame


def _year_names(frame: Years, last: int) -> None:
    every = max(1, int(np.ceil(58 / frame.step)))
    for year in range(last, frame.first - 1, -every):
        x = frame.point(year, 0)[0]
        frame.drawing.words((x, frame.bottom + 20), str(AcademicYear(year)), GREY, 12, "middle")
