"""One sheet for each planning area: the council layout, charts, year groups, new homes, births, schools, changes."""

from __future__ import annotations

import math

import numpy as np

from placeplan.outputs.book import FORMS, SHARE, SIGNED, WHOLE, Book, Worksheet, cell
from placeplan.outputs.book_charts import (
    BLUE,
    HIGH,
    ORANGE,
    WIDE,
    Series,
    insert_chart,
    lines_chart,
    places_chart,
)
from placeplan.outputs.headlines import outlook_words
from placeplan.outputs.outlook import TOTAL, Floats, PhaseOutlook
from placeplan.outputs.sheets_area_lists import (
    AreaFacts,
    births_block,
    changes_block,
    homes_block,
    schools_block,
)
from placeplan.outputs.sheets_figures import figures_block
from placeplan.outputs.sheets_front import FORM
from placeplan.outputs.views import Area, RunView
from placeplan.outputs.words import PHASE_WORDS, STATUS_WORDS, UNKNOWN
from placeplan.words import group_words
from placeplan.years import FORM_OF_ENTRY, Phase

_CHART_ROWS = 15
_FIRST_WIDTH, _YEAR_WIDTH, _YEARS, _LAST_WIDTH = 44, 9.3, 10, 21
_SECOND_CHART_WIDTH = 500


def area_sheet(book: Book, view: RunView, facts: AreaFacts, area: Area, name: str) -> str:
    """Add the sheet of an area and return its name."""
    sheet = book.sheet(
        name, f"{area.name} ({area.code})", (_FIRST_WIDTH, *[_YEAR_WIDTH] * _YEARS, _LAST_WIDTH)
    )
    district = f" in {area.district}" if area.district else ""
    words = f"{PHASE_WORDS[area.phase]} planning area{district}. Base year {view.result.base_year}."
    book.put(sheet, 1, 0, words, "note")
    sheet.freeze_panes(3, 1)
    sheet.repeat_rows(0, 1)
    row, breaks = 4, list[int]()
    charts: list[tuple[tuple[int, int | None], PhaseOutlook]] = []
    for phase in Phase:
        if phase in area.phases:
            if charts:
                breaks.append(row)
            row, rows = _phase_block(book, sheet, area.phases[phase], row)
            charts.append((rows, area.phases[phase]))
    breaks.append(row)
    for _, outlook in charts:
        row = homes_block(book, sheet, facts, area, outlook, row)
    row = births_block(book, sheet, area, row)
    row = schools_block(book, sheet, facts, area.schools, row)
    row = changes_block(book, sheet, facts, area.changes, row)
    sheet.set_h_pagebreaks(breaks)
    for rows, outlook in charts:
        row = _charts(book, sheet, area, outlook, rows, row)
    sheet.print_area(0, 0, row - 1, _YEARS + 1)
    return str(sheet.name)


def _phase_block(
    book: Book, sheet: Worksheet, outlook: PhaseOutlook, row: int
) -> tuple[int, tuple[int, int | None]]:
    """Write the tables of a phase; return the next free row, and the rows of the charts and of the intake table if any."""
    name = PHASE_WORDS[outlook.phase]
    book.put(sheet, row, 0, f"{name}: demand and places", "part")
    start = outlook.projected_from
    later = f" From {start} on demand rests in part on projected births." if start is not None else ""
    book.put(sheet, row + 1, 0, outlook_words(outlook) + later, "note")
    row = _balance_block(book, sheet, outlook, row + 2)
    chart_row = row + 1
    row = chart_row + _CHART_ROWS
    intake = None
    if outlook.phase is not Phase.SIXTH_FORM and outlook.entry_group in outlook.groups:
        after = _intake_block(book, sheet, outlook, row)
        intake, row = (row if after > row else None), after
    return _groups_block(book, sheet, outlook, row), (chart_row, intake)


def _charts(
    book: Book,
    sheet: Worksheet,
    area: Area,
    outlook: PhaseOutlook,
    rows: tuple[int, int | None],
    figures_row: int,
) -> int:
    """Put the charts at their row, and the figures of the first at the end; return the next free row."""
    heading = f"Figures of the chart: {PHASE_WORDS[outlook.phase].lower()}"
    figures, after = figures_block(book, sheet, outlook, figures_row, heading)
    past = outlook.past.get(TOTAL)
    title = f"{PHASE_WORDS[outlook.phase]} demand and places: {area.name}"
    chart = places_chart(book, title, figures, outlook, past.pupils if past else None)
    insert_chart(sheet, rows[0], chart, f"{title}. {outlook_words(outlook)}")
    intake = rows[1]
    if intake is not None:
        last = len(outlook.total.years)
        years, numbers, demand = (
            [str(sheet.name), intake + place, 1, intake + place, last] for place in (1, 2, 3)
        )
        words = group_words(outlook.entry_group)
        series = [
            Series(f"{words} demand", demand, BLUE, "dash"),
            Series("Admission numbers", numbers, ORANGE),
        ]
        title = f"{words} demand and admission numbers"
        second = lines_chart(book, title, years, series, "Pupils")
        second.set_size({"width": _SECOND_CHART_WIDTH, "height": HIGH})
        insert_chart(
            sheet, rows[0], second, f"{title}: {area.name}. Its figures are the table below.", WIDE + 8
        )
    return after


def _balance_block(book: Book, sheet: Worksheet, outlook: PhaseOutlook, row: int) -> int:
    """Write the council layout, then range, chance and status; return the next row."""
    total = outlook.total
    book.header(sheet, row, ["", *map(str, total.years)])
    _numbers(book, sheet, row + 1, "Places available", total.places, WHOLE)
    _numbers(book, sheet, row + 2, "Demand", total.demand, WHOLE)
    _balance(
        book, sheet, row + 3, (row + 1, row + 2), total.places, total.demand, len(outlook.phase.year_groups)
    )
    _numbers(book, sheet, row + 6, "Demand, 80% range from", total.low, WHOLE)
    _numbers(book, sheet, row + 7, "Demand, 80% range to", total.high, WHOLE)
    book.put(sheet, row + 8, 0, "Chance of shortfall", "row_head")
    book.put(sheet, row + 9, 0, "Status", "row_head")
    if total.has_planned_changes:
        _numbers(book, sheet, row + 10, "Of the places: planned changes", total.planned, SIGNED)
    for column, (risk, status) in enumerate(zip(total.chance.tolist(), total.status, strict=True), 1):
        if math.isfinite(risk):
            book.put(sheet, row + 8, column, risk, "chance")
        book.put(sheet, row + 9, column, STATUS_WORDS[status], "right")
    book.colour_statuses(sheet, (row + 9, row + 9), (1, len(total.years)))
    return row + 10 + int(total.has_planned_changes)


def _balance(
    book: Book, sheet: Worksheet, row: int, of: tuple[int, int], places: Floats, demand: Floats, groups: int
) -> None:
    """Write the live rows surplus, per cent and forms of entry; ``of`` are the rows of places and demand."""
    labels = ("Surplus or shortage (−)", "% surplus or shortage (−)", "Forms of entry")
    for place, words in enumerate(labels):
        book.put(sheet, row + place, 0, words, "row_head")
    for column, (have, want) in enumerate(zip(places.tolist(), demand.tolist(), strict=True), 1):
        surplus, here = have - want, cell(row, column)
        book.formula(sheet, row, column, f"={cell(of[0], column)}-{cell(of[1], column)}", surplus, SIGNED)
        share = surplus / have if have > 0 else math.nan
        book.formula(sheet, row + 1, column, f"={here}/{cell(of[0], column)}", share, SHARE)
        forms = surplus / (FORM_OF_ENTRY * groups)
        book.formula(sheet, row + 2, column, f"={here}/({FORM}*{groups})", forms, FORMS)


def _intake_block(book: Book, sheet: Worksheet, outlook: PhaseOutlook, row: int) -> int:
    entry = outlook.groups[outlook.entry_group]
    if not np.isfinite(entry.pan).any():
        return row
    words = group_words(outlook.entry_group)
    book.put(sheet, row, 0, f"{words} intake against admission numbers", "part")
    book.header(sheet, row + 1, ["", *map(str, entry.years)])
    _numbers(book, sheet, row + 2, "Published admission numbers (PAN)", entry.pan, WHOLE)
    _numbers(book, sheet, row + 3, f"{words} demand", entry.demand, WHOLE)
    _balance(book, sheet, row + 4, (row + 2, row + 3), entry.pan, entry.demand, 1)
    return row + 8


def _groups_block(book: Book, sheet: Worksheet, outlook: PhaseOutlook, row: int) -> int:
    """Write demand by year group with a live sum."""
    book.put(sheet, row, 0, "Demand by year group", "part")
    book.header(sheet, row + 1, ["", *map(str, outlook.total.years)])
    first = row + 2
    for place, (label, group) in enumerate(outlook.taught.items(), first):
        _numbers(book, sheet, place, group_words(label), group.demand, WHOLE)
    last = first + len(outlook.taught)
    book.put(sheet, last, 0, "All year groups", "total_head")
    for column, value in enumerate(outlook.total.demand.tolist(), 1):
        formula = f"=SUM({cell(first, column)}:{cell(last - 1, column)})"
        book.formula(sheet, last, column, formula, value, "total_whole")
    return last + 2


def _numbers(book: Book, sheet: Worksheet, row: int, label: str, values: Floats, form: str) -> None:
    book.put(sheet, row, 0, label, "row_head")
    for column, value in enumerate(values.tolist(), 1):
        book.put(sheet, row, column, value if math.isfinite(value) else UNKNOWN,
                 form if math.isfinite(value) else "unknown")  # fmt: skip
