"""A very small SVG writer: text out, the same bytes for the same drawing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

import numpy as np

BLUE, ORANGE, GREY, PALE, INK = "#0072b2", "#c04a00", "#6b6b6b", "#dcdcdc", "#1a1a1a"
"""Blue and orange after Okabe and Ito, darkened for contrast on white; lines also differ in shape."""

_FONT = "font-family=\"system-ui, 'Segoe UI', Roboto, Arial, sans-serif\""
HATCH = 10.0
"""Distance of slanting lines, along the edge of what they fill."""
Point = tuple[float, float]


def coordinate(value: float) -> str:
    """Write a coordinate with one decimal at most."""
    return f"{value:.1f}".removesuffix(".0").replace("-0", "0" if abs(value) < 0.05 else "-0")


def path(points: Iterable[Point]) -> str:
    """Return the path through the points."""
    return "M" + "L".join(f"{coordinate(x)},{coordinate(y)}" for x, y in points)


class Chart(str):
    """An SVG, with the table of what it shows.

    ``cursor`` says where the rows of the table stand in the drawing: ``x`` (columns) or ``y`` (bars), the coordinate of the
    first row and the step to the next, such as ``x 76 27.5``; blank where they stand elsewhere.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    cursor: str

    def __new__(
        cls, svg: str, header: Sequence[str] = (), rows: Iterable[Sequence[str]] = (), cursor: str = ""
    ) -> Chart:
        """Return the SVG with its table."""
        chart = super().__new__(cls, svg)
        chart.header, chart.rows, chart.cursor = tuple(header), tuple(tuple(row) for row in rows), cursor
        return chart


@dataclass
class Drawing:
    """A drawing under way: add shapes, then take ``text()``. ``name`` makes its ids unique on a page."""

    name: str
    width: float
    height: float
    title: str
    description: str
    shapes: list[str] = field(default_factory=list)
    header: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    cursor: str = ""
    attributes: str = ""

    def line(self, points: Sequence[Point], colour: str, width: float = 2, dash: str = "") -> None:
        """Draw a line through the points; fewer than two draw nothing."""
        if len(points) > 1:
            dashes = f' stroke-dasharray="{dash}"' if dash else ""
            self.shapes.append(
                f'<path d="{path(points)}" fill="none" stroke="{colour}" stroke-width="{width:g}"'
                f'{dashes} stroke-linejoin="round"/>'
            )

    def area(self, points: Sequence[Point], colour: str, opacity: float) -> None:
        """Fill the polygon of the points."""
        if len(points) > 2:
            self.shapes.append(f'<path d="{path(points)}Z" fill="{colour}" fill-opacity="{opacity:g}"/>')

    def box(
        self, left: float, top: float, width: float, height: float, colour: str, opacity: float = 1
    ) -> None:
        """Fill a rectangle."""
        see_through = f' fill-opacity="{opacity:g}"' if opacity < 1 else ""
        self.shapes.append(
            f'<rect x="{coordinate(left)}" y="{coordinate(top)}" width="{coordinate(max(width, 0))}"'
            f' height="{coordinate(height)}" fill="{colour}"{see_through}/>'
        )

    def hatch(self, left: float, top: float, width: float, height: float, colour: str) -> None:
        """Fill a rectangle with a light shade and thin slanting lines, as paths, so that nothing refers to anything."""
        self.box(left, top, width, height, colour, 0.07)
        lines = []
        for start in np.arange(HATCH, width + height, HATCH):
            low, high = max(0.0, start - height), min(width, start)
            lines.append(path([(left + low, top + start - low), (left + high, top + start - high)]))
        self.shapes.append(
            f'<path d="{"".join(lines)}" stroke="{colour}" stroke-opacity="0.25" fill="none"/>'
        )

    def dot(self, centre: Point, colour: str, hollow: bool = False, radius: float = 3.5) -> None:
        """Draw a dot, filled or hollow."""
        fill = "#ffffff" if hollow else colour
        self.shapes.append(
            f'<circle cx="{coordinate(centre[0])}" cy="{coordinate(centre[1])}" r="{radius:g}"'
            f' fill="{fill}" stroke="{colour}" stroke-width="1.5"/>'
        )

    def words(
        self,
        at: Point,
        text: str,
        colour: str = INK,
        size: float = 13,
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        """Write the text at its base line; ``anchor`` is start, middle or end."""
        weight = ' font-weight="600"' if bold else ""
        self.shapes.append(
            f'<text x="{coordinate(at[0])}" y="{coordinate(at[1])}" fill="{colour}" font-size="{size:g}"'
            f' text-anchor="{anchor}"{weight}>{escape(text)}</text>'
        )

    def tabulate(self, header: Sequence[str], rows: Iterable[Sequence[str]], cursor: str = "") -> None:
        """Give the table of what the drawing shows; its rows stand where ``cursor`` says (see ``Chart``)."""
        self.header, self.rows, self.cursor = header, list(rows), cursor

    def text(self) -> Chart:
        """Return the whole SVG, with title and description for those who hear it, and its table."""
        ids = f"{self.name}-title", f"{self.name}-desc"
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {self.height:g}" role="img"'
            f' aria-labelledby="{ids[0]} {ids[1]}"{self.attributes} {_FONT}>\n'
            f'<title id="{ids[0]}">{escape(self.title)}</title>\n'
            f'<desc id="{ids[1]}">{escape(self.description)}</desc>\n'
        )
        svg = head + "\n".join(self.shapes) + "\n</svg>\n"
        return Chart(svg, self.header, self.rows, self.cursor)


@dataclass(frozen=True)
class Scale:
    """A linear scale from numbers to coordinates, with round ticks."""

    ticks: tuple[float, ...]
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the coordinate of a number."""
        low, high = self.ticks[0], self.ticks[-1]
        return self.start + (value - low) / (high - low) * (self.end - self.start)


def round_scale(low: float, high: float, start: float, end: float, steps: int = 5) -> Scale:
    """Return a scale over at least ``low`` to ``high`` whose ticks are round numbers."""
    if high <= low:
        high = low + 1
    rough = (high - low) / steps
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(step * place for place in range(first, max(last, first + 1) + 1))
    return Scale(ticks, start, end)


def apart(heights: Sequence[float], gap: float) -> list[float]:
    """Move labels at these heights apart until neighbours are ``gap`` apart, keeping their order."""
    order = sorted(range(len(heights)), key=lambda place: heights[place])
    moved = list(heights)
    for _ in range(20):
        for upper, lower in pairwise(order):
            short = gap - (moved[lower] - moved[upper])
            if short > 0.01:
                moved[upper] -= short / 2
                moved[lower] += short / 2
    return moved
