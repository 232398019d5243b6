"""One sheet for each planning area: the council layout, year groups, births, schools, changes, charts."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from placeplan.outputs.book import FORMS, SHARE, SIGNED, WHOLE, Book, Worksheet, cell
from placeplan.outputs.book_charts import ChartRows, places_chart
from placeplan.outputs.headlines import outlook_words
from placeplan.outputs.outlook import TOTAL, Floats, Outlook, Past, PhaseOutlook
from placeplan.outputs.report_areas import recent_births
from placeplan.outputs.schools import Change, School
from placeplan.outputs.views import Area, RunView
from placeplan.outputs.words import PHASE_WORDS, STATUS_WORDS, UNKNOWN
from placeplan.words import group_words
from placeplan.years import AcademicYear, Phase

_CHART_ROWS = 17
_FIRST_WIDTH, _YEAR_WIDTH, _YEARS = 44, 10.5, 16


def area_sheet(book: Book, view: RunView, area: Area, name: str) -> str:
    """Add the sheet of an area and return its name."""
    widths = (_FIRST_WIDTH, *[_YEAR_WIDTH] * _YEARS)
    sheet = book.sheet(name, f"{area.name} ({area.code})", widths, landscape=False)
    district = f" in {area.district}" if area.district else ""
    words = f"{PHASE_WORDS[area.phase]} planning area{district}. Base year {view.result.base_year}."
    book.put(sheet, 1, 0, words, "note")
    sheet.write_url(2, 0, "internal:'Contents'!A1", book.formats["link"], "Back to Contents")
    sheet.freeze_panes(3, 1)
    sheet.repeat_rows(0, 2)
    row, charts = 4, []
    for phase in Phase:
        if phase in area.phases:
            row, chart_row = _phase_block(book, sheet, area.phases[phase], row)
            charts.append((chart_row, area.phases[phase]))
    row = _births_block(book, sheet, area, row)
    row = _schools_block(book, sheet, area.schools, row)
    row = _changes_block(book, sheet, area.changes, row)
    sheet.set_h_pagebreaks([row])
    for chart_row, outlook in charts:
        row = _chart(book, sheet, area, outlook, (chart_row, row))
    return str(sheet.name)


def _phase_block(book: Book, sheet: Worksheet, outlook: PhaseOutlook, row: int) -> tuple[int, int]:
    """Write the tables of a phase; return the next free row and the row that is left free for the chart."""
    name = PHASE_WORDS[outlook.phase]
    book.put(sheet, row, 0, f"{name}: demand and places", "part")
    start = outlook.projected_from
    later = f" From {start} on demand rests in part on projected births." if start is not None else ""
    book.put(sheet, row + 1, 0, outlook_words(outlook) + later, "note")
    row = _balance_block(book, sheet, outlook, row + 2)
    chart_row = row + 1
    row = chart_row + _CHART_ROWS
    if outlook.phase is not Phase.SIXTH_FORM and outlook.entry_group in outlook.groups:
        row = _intake_block(book, sheet, outlook, row)
    return _groups_block(book, sheet, outlook, row), chart_row


def _chart(book: Book, sheet: Worksheet, area: Area, outlook: PhaseOutlook, rows: tuple[int, int]) -> int:
    """Put the chart at the first row and its figures from the second on; return the next free row."""
    figures, row = _figures_block(book, sheet, outlook, rows[1])
    past = outlook.past.get(TOTAL)
    title = f"{area.name}: {PHASE_WORDS[outlook.phase].lower()} demand and places"
    sheet.insert_chart(rows[0], 0, places_chart(book, title, figures, outlook, past.pupils if past else None))
    return row


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
    sheet.set_row(row + 9, 27)
    book.colour_statuses(sheet, (row + 9, row + 9), (1, len(total.years)))
    return row + 11


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
        book.formula(sheet, row + 2, column, f"={here}/{30 * groups}", surplus / (30 * groups), FORMS)


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


def _figures_block(book: Book, sheet: Worksheet, outlook: PhaseOutlook, row: int) -> tuple[ChartRows, int]:
    """Write the figures that the chart is drawn from, one row a year."""
    book.put(sheet, row, 0, f"Figures of the chart: {PHASE_WORDS[outlook.phase].lower()}", "part")
    book.header(sheet, row + 1, ["Year", "Rolls", "Demand", "80% from", "80% to", "Places"])
    total, past = outlook.total, outlook.past.get(TOTAL, Past((), np.array([])))
    rolls = dict(zip(past.years, past.pupils.tolist(), strict=True))
    years = sorted({*past.years, *total.years})
    for place, year in enumerate(years, row + 2):
        book.put(sheet, place, 0, str(year))
        for column, value in enumerate(_figures(rolls, total, year), 1):
            if math.isfinite(value):
                book.put(sheet, place, column, value, WHOLE)
    last = row + 1 + len(years)
    rows = ChartRows(str(sheet.name), row + 2, last, year=0, rolls=1, forecast=2, low=3, high=4, places=5)
    return rows, last + 2


def _figures(rolls: dict[AcademicYear, float], total: Outlook, year: AcademicYear) -> list[float]:
    ahead = [math.nan] * 4
    if year in total.years:
        at = total.years.index(year)
        ahead = [float(values[at]) for values in (total.demand, total.low, total.high, total.places)]
    return [rolls.get(year, math.nan), *ahead]


def _births_block(book: Book, sheet: Worksheet, area: Area, row: int) -> int:
    births = recent_births(area)
    if not births:
        return row
    book.put(sheet, row, 0, "Births, by the year in which the children enter Reception (* projected)", "part")
    book.header(sheet, row + 1, ["", *(str(birth.reception) for birth in births)])
    book.put(sheet, row + 2, 0, "Births", "row_head")
    for column, birth in enumerate(births, 1):
        book.put(sheet, row + 2, column, birth.births, "projected" if birth.projected else WHOLE)
    return row + 4


def _schools_block(book: Book, sheet: Worksheet, schools: Sequence[School], row: int) -> int:
    if not schools:
        return row
    first, last = schools[0].years[0], schools[0].years[-1]
    book.put(sheet, row, 0, "Schools", "part")
    header = [
        "School",
        "URN",
        "PAN",
        f"Places {first}",
        f"Roll {first}",
        f"Places {last}",
        f"Roll {last}",
        f"Surplus {last}",
        "%",
        "Type",
    ]
    book.header(sheet, row + 1, header)
    sheet.set_row(row + 1, 27)
    for place, school in enumerate(schools, row + 2):
        phase = f" ({PHASE_WORDS[school.phase].lower()})" if school.phase is Phase.SIXTH_FORM else ""
        book.put(sheet, place, 0, f"{school.name}{f', site {school.site}' if school.site else ''}{phase}")
        book.put(sheet, place, 1, school.urn, "right")
        _school_numbers(book, sheet, place, school)
        book.put(sheet, place, 9, school.type_words, "right")
    return row + 3 + len(schools)


def _school_numbers(book: Book, sheet: Worksheet, row: int, school: School) -> None:
    numbers = (school.pan, school.places[0], school.roll[0], school.places[-1], school.roll[-1])
    for column, value in enumerate(numbers, 2):
        book.put(sheet, row, column, float(value), WHOLE)
    places = float(school.places[-1])
    surplus = places - float(school.roll[-1])
    book.formula(sheet, row, 7, f"={cell(row, 5)}-{cell(row, 6)}", surplus, SIGNED)
    share = surplus / places if places > 0 else math.nan
    book.formula(sheet, row, 8, f"={cell(row, 7)}/{cell(row, 5)}", share, SHARE)


def _changes_block(book: Book, sheet: Worksheet, changes: Sequence[Change], row: int) -> int:
    if changes:
        book.put(sheet, row, 0, "Planned changes", "part")
        book.header(
            sheet, row + 1, ["School", "Change", "What", "Group", "From", "Until", "Certainty", "Places"], 7
        )
    for place, change in enumerate(changes, row + 2):
        group = group_words(change.year_group) if change.year_group else "all"
        what = change.kind.replace("_", " ")
        texts = (change.where, change.change_id, what, group, change.start, change.end, change.certainty)
        for column, words in enumerate(texts):
            book.put(sheet, place, column, words)
        if math.isfinite(change.places):
            book.put(sheet, place, 7, change.places, SIGNED)
    return row + 3 + len(changes) if changes else row


def _numbers(book: Book, sheet: Worksheet, row: int, label: str, values: Floats, form: str) -> None:
    book.put(sheet, row, 0, label, "row_head")
    for column, value in enumerate(values.tolist(), 1):
        book.put(sheet, row, column, value if math.isfinite(value) else UNKNOWN,
                 form if math.isfinite(value) else "unknown")  # fmt: skip
