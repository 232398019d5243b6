"""Maps of surplus and of the chance of shortfall by planning area and year: colour, and a number with its sign on each.

The table of a map holds every year; the drawing shows one, the last, until the reader of the page chooses another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from placeplan.outputs.mapshapes import WIDTH, Shape, Sheet, outlines_of, sheet_of
from placeplan.outputs.marks import MARKS, marked
from placeplan.outputs.outlook import Outlook
from placeplan.outputs.svg import GREY, INK, Chart, Drawing, Point, coordinate
from placeplan.outputs.views import Area, RunView
from placeplan.outputs.words import (
    PHASE_WORDS,
    STATUS_WORDS,
    UNKNOWN,
    chance,
    counted,
    file_word,
    markdown,
    percent,
)
from placeplan.years import Phase

SURPLUS, CHANCE = "surplus", "chance"
FILLS = {
    "short": "#ee9f75",
    "tight": "#fbe3d4",
    "sufficient": "#f4f4f4",
    "surplus": "#d3e5f2",
    "high_surplus": "#93c1e0",
    "unknown": "#c9c9c9",
}
"""Fill by status; the ink of the numbers has a contrast of at least 7 on each."""
LIKELY = 0.5
AREAS_AT_MOST = 400
_EDGE = "#6b6b6b"
_ROOM_AT_LEAST = 11.0
"""Below this distance from the middle of an area to its edge its number would lie on its neighbours."""
_SIZES = ((13, 24.0), (11, 17.0), (9, 0.0))
"""Size of a number, and the room that it needs."""


@dataclass(frozen=True)
class Measure:
    """What a map shows: its name and title, the words and the status of an area in a year, the statuses in its legend."""

    name: str
    title: str
    cell: Callable[[Outlook, int], tuple[str, str]]
    legend: Sequence[tuple[str, str]]
    from_year: int


def map_name(phase: Phase, measure: str) -> str:
    """Return the name of a map without its ending, such as ``primary-map-surplus``."""
    return f"{file_word(phase)}-map-{measure}"


def has_map(view: RunView, phase: Phase) -> bool:
    """Whether a phase is mapped: it has areas of its own, not too many, with known places."""
    areas = _mapped(view, phase)
    known = any(area.phases[phase].total.places_known for area in areas)
    return phase is not Phase.SIXTH_FORM and known and 2 <= len(areas) <= AREAS_AT_MOST


def draw_maps(view: RunView) -> Iterator[tuple[str, Chart]]:
    """Give the maps of the run by their names."""
    outlines = outlines_of(view.result)
    for phase in Phase:
        if has_map(view, phase):
            areas = _mapped(view, phase)
            sheet = sheet_of(areas, outlines(phase))
            for measure in measures(view, phase):
                yield map_name(phase, measure.name), _map(phase, measure, areas, sheet)


def measures(view: RunView, phase: Phase) -> tuple[Measure, Measure]:
    """Return what is mapped: surplus in per cent of places, and the chance of shortfall."""
    threshold = view.threshold
    word = PHASE_WORDS[phase].lower()
    surplus = [(status, STATUS_WORDS[status]) for status in FILLS]
    most, least = percent(100 * LIKELY, 0), percent(100 * threshold, 0)
    risks = [("short", f"{most} or more"), ("tight", f"{least} or more"), ("sufficient", f"below {least}"),
             ("unknown", STATUS_WORDS["unknown"])]  # fmt: skip
    return (
        Measure(SURPLUS, f"Surplus in % of {word} places", _surplus, surplus, 0),
        Measure(
            CHANCE,
            f"Chance that {word} places run short",
            lambda one, at: _chance(one, at, threshold),
            risks,
            1,
        ),
    )


def _mapped(view: RunView, phase: Phase) -> list[Area]:
    return [area for area in view.areas if area.phase is phase and phase in area.phases]


def _surplus(total: Outlook, at: int) -> tuple[str, str]:
    value = float(total.percent[at])
    return percent(value), total.status[at] if math.isfinite(value) else "unknown"


def _chance(total: Outlook, at: int, threshold: float) -> tuple[str, str]:
    value = float(total.chance[at])
    if math.isnan(value):
        return UNKNOWN, "unknown"
    status = "short" if value >= LIKELY else "tight" if value >= min(threshold, LIKELY) else "sufficient"
    return chance(value), status


def _map(phase: Phase, measure: Measure, areas: Sequence[Area], sheet: Sheet) -> Chart:
    totals = [area.phases[phase].total for area in areas]
    years = totals[0].years[measure.from_year :]
    name = map_name(phase, measure.name)
    last = [measure.cell(total, total.last) for total in totals]
    missing = len(areas) - len(sheet.shapes)
    small = sum(shape.room < _ROOM_AT_LEAST for shape in sheet.shapes)
    drawing = Drawing(name, WIDTH, sheet.height, measure.title, _said(measure, areas, last, str(years[-1])))
    drawing.attributes = f' id="{name}" data-measure="{measure.name}"'
    drawing.words((10, 22), measure.title, INK, 15, bold=True)
    drawing.shapes.append(
        f'<text x="{WIDTH - 10:g}" y="22" fill="{INK}" font-size="15" font-weight="600" text-anchor="end"'
        f' data-year="">{years[-1]}</text>'
    )
    notes = [(missing, "not drawn, without an outline"), (small, "too small for a number: see the table")]
    _legend(drawing, measure, "; ".join(f"{counted(count, 'area')} {why}" for count, why in notes if count))
    for district, at in sheet.districts:
        drawing.words(at, district, INK, 13, bold=True)
    for shape in sheet.shapes:
        drawing.shapes.append(
            f'<path data-area="{shape.at}" d="{shape.path}" fill="{FILLS[last[shape.at][1]]}" fill-rule="evenodd"'
            f' stroke="{_EDGE}" stroke-linejoin="round"/>'
        )
    for shape in sheet.shapes:
        if shape.room >= _ROOM_AT_LEAST:
            _label(drawing, shape, areas[shape.at].name, last[shape.at])
    header = ["Area", "Code", *map(str, years)]
    rows = [
        [markdown(area.name), markdown(area.code),
         *(_cell(measure.cell(total, total.years.index(year))) for year in years)]
        for area, total in zip(areas, totals, strict=True)
    ]  # fmt: skip
    drawing.tabulate(header, rows, "map 2")
    return drawing.text()


def _cell(said: tuple[str, str]) -> str:
    words, status = said
    return marked(words, status)


def _label(drawing: Drawing, shape: Shape, name: str, said: tuple[str, str]) -> None:
    """Write the number of an area with its sign: beside its name where there is room, else one above the other."""
    x, y = shape.centre
    words, status = said
    number, sign = "?" if words == UNKNOWN else words, MARKS.get(status, "")
    if shape.named:
        short = name if len(name) <= 18 else name[:17] + "…"
        drawing.words((x, y - 4), short, INK, 11, "middle")
        _text(drawing, f'data-label="{shape.at}"', (x, y + 13), f"{number} {sign}".strip(), 13)
        return
    size = next(size for size, room in _SIZES if shape.room >= room)
    _text(drawing, f'data-label="{shape.at}"', (x, y), number, size)
    _text(drawing, f'data-mark="{shape.at}"', (x, y + size), sign, size)


def _text(drawing: Drawing, which: str, at: Point, words: str, size: int) -> None:
    drawing.shapes.append(
        f'<text {which} x="{coordinate(at[0])}" y="{coordinate(at[1])}" fill="{INK}" font-size="{size}"'
        f' font-weight="600" text-anchor="middle">{escape(words)}</text>'
    )


def _legend(drawing: Drawing, measure: Measure, note: str) -> None:
    x = 10.0
    for status, words in measure.legend:
        kind = status.replace("_", "-")
        drawing.shapes.append(
            f'<rect data-kind="{kind}" x="{coordinate(x)}" y="40" width="16" height="16" fill="{FILLS[status]}"'
            f' stroke="{_EDGE}"/>'
        )
        text = f"{words} {MARKS[status]}" if status in MARKS else words
        drawing.words((x + 21, 53), text, INK, 12)
        x += 36 + 6.8 * len(text)
    if note:
        drawing.words((WIDTH - 10, 74), note, GREY, 12, "end")


def _said(measure: Measure, areas: Sequence[Area], last: Sequence[tuple[str, str]], year: str) -> str:
    """Return in words what the map shows in its last year: the areas of each status by name."""
    parts = []
    for status, words in measure.legend:
        named = [area.name for area, (_, mine) in zip(areas, last, strict=True) if mine == status]
        if named:
            parts.append(f"{words}: {', '.join(named)}")
    return f"{year}. {'; '.join(parts)}."
