"""The charts of a run: demand against places, births against Reception, surplus by area."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from placeplan.outputs.chart_axes import Years, year_frame
from placeplan.outputs.chart_tables import NONE, births_rows, demand_table, range_words
from placeplan.outputs.longrange import Entry
from placeplan.outputs.outlook import TOTAL, Outlook, Past, PhaseOutlook
from placeplan.outputs.schools import Birth
from placeplan.outputs.svg import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    PALE,
    Drawing,
    Point,
    apart,
    coordinate,
    round_scale,
)
from placeplan.outputs.words import PHASE_WORDS, number, percent
from placeplan.project import StatusThresholds
from placeplan.words import group_words
from placeplan.years import AcademicYear

WIDTH, HEIGHT = 760.0, 340.0
ROWS_AT_MOST = 60
SHADED = "Shaded: rests on projected births"


def demand_chart(name: str, place: str, outlook: PhaseOutlook) -> str:
    """Return the chart of demand (past, forecast, 80% range) against places of one phase."""
    total, past = outlook.total, outlook.past.get(TOTAL, Past((), np.array([])))
    title = f"{place}: {PHASE_WORDS[outlook.phase].lower()} demand and places"
    words = _describe(total) + _projected_words(outlook.projected_from)
    drawing = Drawing(name, WIDTH, HEIGHT, title, words)
    values = np.concatenate([past.pupils, total.lowest, total.highest, total.demand, total.places])
    frame = year_frame(drawing, (*past.years, *total.years), values, "Pupils")
    drawing.tabulate(*demand_table(outlook), frame.cursor)
    frame.shade(outlook.projected_from, SHADED)
    _band(drawing, frame, total)
    frame.divider(total.years[0])
    _places(drawing, frame, total)
    drawing.line(frame.points(past.years, past.pupils), BLUE, 2.5)
    drawing.line(frame.points(total.years, total.demand), BLUE, 2.5, "7 4")
    if past.years:
        drawing.dot(frame.point(total.years[0], total.demand[0]), BLUE)
    _end_labels(drawing, frame, total)
    return drawing.text()


def births_chart(name: str, place: str, births: Sequence[Birth], outlook: PhaseOutlook) -> str:
    """Return the chart of births against the Reception year that those children enter."""
    reception, past = outlook.groups["R"], outlook.past.get("R", Past((), np.array([])))
    years = (*past.years, *reception.years)
    births = [birth for birth in births if years[0] <= birth.reception <= years[-1]]
    title = f"{place}: births and {group_words('R')}"
    words = (
        f"Births five years earlier, as dots (hollow where projected), against {group_words('R')} pupils of each year. "
        + f"{group_words('R')} is {number(reception.demand[0])} in {reception.years[0]}"
        + f" and {number(reception.demand[-1])} in {reception.years[-1]}."
    )
    drawing = Drawing(name, WIDTH, HEIGHT, title, words)
    counts = np.array([birth.births for birth in births])
    values = np.concatenate([past.pupils, reception.demand, counts])
    frame = year_frame(drawing, years, values, "Pupils, births")
    rows = births_rows(births, reception, past, sorted(set(years)))
    drawing.tabulate(("Year", f"{group_words('R')} pupils", "Births five years earlier"), rows, frame.cursor)
    frame.shade(outlook.projected_from, SHADED)
    frame.divider(reception.years[0])
    _birth_dots(drawing, frame, births)
    drawing.line(frame.points(past.years, past.pupils), BLUE, 2.5)
    drawing.line(frame.points(reception.years, reception.demand), BLUE, 2.5, "7 4")
    ends = [(frame.point(reception.years[-1], reception.demand[-1])[1], group_words("R"), BLUE)]
    if births:
        ends.append((frame.point(births[-1].reception, births[-1].births)[1], "Births", ORANGE))
    _labels(drawing, frame, ends)
    return drawing.text()


def entry_chart(name: str, place: str, entries: Sequence[Entry], start: AcademicYear | None) -> str:
    """Return the chart of the years in which pupils enter each phase: Reception, Year 7, Year 12."""
    title = f"{place}: pupils entering each phase"
    said = [
        f"{entry.words} is {number(entry.pupils[0])} in {entry.years[0]} and {number(entry.pupils[-1])} in "
        f"{entry.years[-1]} (80% range {number(entry.low[-1])} to {number(entry.high[-1])})."
        for entry in entries
    ]
    drawing = Drawing(name, WIDTH, HEIGHT, title, " ".join(said) + _projected_words(start))
    values = np.concatenate([part for one in entries for part in (one.past.pupils, one.low, one.high)])
    years = sorted({year for entry in entries for year in (*entry.past.years, *entry.years)})
    frame = year_frame(drawing, years, values, "Pupils")
    drawing.tabulate(["Year", *(entry.words for entry in entries)], _entry_rows(entries, years), frame.cursor)
    frame.shade(start, SHADED)
    frame.divider(entries[0].years[0])
    ends = []
    for entry, (colour, width) in zip(entries, ((BLUE, 2.5), (ORANGE, 2.5), (INK, 1.5)), strict=False):
        upper, lower = frame.points(entry.years, entry.high), frame.points(entry.years, entry.low)
        drawing.area([*upper, *reversed(lower)], colour, 0.13)
        drawing.line(frame.points(entry.past.years, entry.past.pupils), colour, width)
        drawing.line(frame.points(entry.years, entry.pupils), colour, width, "7 4")
        text = f"{entry.words} {number(entry.pupils[-1])}"
        ends.append((frame.point(entry.years[-1], entry.pupils[-1])[1], text, colour))
    _labels(drawing, frame, ends)
    return drawing.text()


def _entry_rows(entries: Sequence[Entry], years: Sequence[AcademicYear]) -> Iterator[list[str]]:
    for year in years:
        yield [str(year), *(_entry_cell(entry, year) for entry in entries)]


def _entry_cell(entry: Entry, year: AcademicYear) -> str:
    if year in entry.years[1:]:
        at = entry.years.index(year)
        return f"{number(entry.pupils[at])} (80% range {range_words(entry.low[at], entry.high[at])})"
    past = dict(zip(entry.past.years, entry.past.pupils.tolist(), strict=True))
    return number(past[year]) if year in past else NONE


def surplus_chart(
    name: str, title: str, areas: Sequence[tuple[str, float]], thresholds: StatusThresholds
) -> str:
    """Return bars of surplus per cent by area, lowest first; of very many areas both ends."""
    known = sorted(
        ((label, value) for label, value in areas if math.isfinite(value)), key=lambda pair: pair[1]
    )
    left_out = max(0, len(known) - ROWS_AT_MOST)
    if left_out:
        known = known[: ROWS_AT_MOST // 2] + known[-(ROWS_AT_MOST // 2) :]
    top, row = 62.0, 20.0
    words = "; ".join(f"{label} {percent(value)}" for label, value in known)
    drawing = Drawing(name, WIDTH, top + row * len(known) + 34, title, f"Surplus places by area. {words}.")
    drawing.tabulate(("Area", "Surplus in % of places"), ((label, percent(value)) for label, value in known),
                     f"y {coordinate(top + 9)} {row:g}")  # fmt: skip
    lowest = min([value for _, value in known], default=0.0)
    highest = max([value for _, value in known], default=0.0)
    ends = min(0.0, lowest), max(thresholds.high_surplus + 3, highest)
    scale = round_scale(max(ends[0], -100), min(ends[1], 100), 258, WIDTH - 52)
    bottom = top + row * len(known) + 4
    _threshold_bands(drawing, scale.at, scale.ticks, thresholds, (top - 6, bottom))
    for tick in scale.ticks:
        drawing.words((scale.at(tick), bottom + 18), percent(tick, 0), GREY, 12, "middle")
    for place, (label, value) in enumerate(known):
        _bar(drawing, scale.at, (label, value), top + row * place)
    drawing.words((10, 22), title, INK, 15, bold=True)
    if left_out:
        note = f"{left_out:,} areas between are left out"
        drawing.words((WIDTH - 10, 22), note, GREY, 12, "end")
    return drawing.text()


def _describe(total: Outlook) -> str:
    first, last = total.years[0], total.years[-1]
    words = (
        f"Demand is {number(total.demand[0])} pupils in {first} and {number(total.demand[-1])} in {last} "
        f"(80% range {number(total.low[-1])} to {number(total.high[-1])})."
    )
    if not total.places_known:
        return f"{words} Places are not known."
    return (
        f"{words} Places are {number(total.places[0])} in {first} and {number(total.places[-1])} in {last}."
    )


def _projected_words(start: AcademicYear | None) -> str:
    return f" From {start} on, shaded, it rests in part on projected births." if start else ""


def _band(drawing: Drawing, frame: Years, total: Outlook) -> None:
    """Draw the fan: the 90% range, and darker in it the 80% range."""
    for low, high in ((total.lowest, total.highest), (total.low, total.high)):
        upper, lower = frame.points(total.years, high), frame.points(total.years, low)
        drawing.area([*upper, *reversed(lower)], BLUE, 0.14)


def _places(drawing: Drawing, frame: Years, total: Outlook) -> None:
    """Draw places as steps: one level for each academic year, broken where they are not known."""
    steps: list[Point] = []
    for year, places in zip(total.years, total.places, strict=True):
        if math.isnan(places):
            drawing.line(steps, ORANGE, 2.5)
            steps = []
        else:
            x, y = frame.point(year, places)
            steps += [(x - frame.step / 2, y), (x + frame.step / 2, y)]
    drawing.line(steps, ORANGE, 2.5)


def _end_labels(drawing: Drawing, frame: Years, total: Outlook) -> None:
    last, year = total.last, total.years[-1]
    ends = [(frame.point(year, total.demand[last])[1], f"Demand {number(total.demand[last])}", BLUE)]
    if math.isfinite(total.places[last]):
        ends.append(
            (frame.point(year, total.places[last])[1], f"Places {number(total.places[last])}", ORANGE)
        )
    else:
        ends.append((frame.bottom - 8, "Places not known", ORANGE))
    if total.high[last] > total.low[last]:
        low, high = number(total.low[last]), number(total.high[last])
        ends.append((ends[0][0] + 15, f"80% range {low}–{high}", GREY))
        ends.append((ends[0][0] + 30, "paler: 90% range", GREY))
    _labels(drawing, frame, ends)


def _labels(drawing: Drawing, frame: Years, ends: list[tuple[float, str, str]]) -> None:
    heights = apart([height for height, _, _ in ends], 16)
    sink = min(0.0, frame.bottom - max(heights))
    for height, (_, text, colour) in zip(heights, ends, strict=True):
        small = colour == GREY
        drawing.words(
            (frame.right + 10, height + sink + 4), text, colour, 12 if small else 13, bold=not small
        )


def _birth_dots(drawing: Drawing, frame: Years, births: Sequence[Birth]) -> None:
    points = [frame.point(birth.reception, birth.births) for birth in births]
    drawing.line(points, ORANGE, 1, "2 3")
    for birth, point in zip(births, points, strict=True):
        drawing.dot(point, ORANGE, hollow=birth.projected)


def _threshold_bands(
    drawing: Drawing,
    at: Callable[[float], float],
    ticks: Sequence[float],
    limits: StatusThresholds,
    ends: tuple[float, float],
) -> None:
    edges = [ticks[0], limits.tight, limits.sufficient, limits.surplus, limits.high_surplus, ticks[-1]]
    names = ["Short", "Tight", "Sufficient", "Surplus", "High surplus"]
    shades = ["#f6d5c3", "#fbe9dd", "#ffffff", "#e3eef6", "#c4dcec"]
    for name, shade, low, high in zip(names, shades, edges, edges[1:], strict=False):
        left, right = at(max(low, ticks[0])), at(min(high, ticks[-1]))
        if right > left:
            drawing.box(left, ends[0], right - left, ends[1] - ends[0], shade)
            drawing.line([(left, ends[0]), (left, ends[1])], PALE, 1)
            if right - left > 7 * len(name):
                drawing.words(((left + right) / 2, ends[0] - 6), name, GREY, 12, "middle")
    drawing.line([(at(0.0), ends[0]), (at(0.0), ends[1])], INK, 1)


def _bar(drawing: Drawing, at: Callable[[float], float], row: tuple[str, float], top: float) -> None:
    label, value = row
    zero, end = at(0.0), at(min(max(value, -100), 100))
    short = value < 0
    drawing.box(min(zero, end), top + 2, abs(end - zero), 14, ORANGE if short else BLUE)
    name = label if len(label) <= 36 else label[:35] + "…"
    drawing.words((250, top + 14), name, INK, 12, "end")
    drawing.words((max(zero, end) + 5, top + 14), percent(value), INK, 12)
