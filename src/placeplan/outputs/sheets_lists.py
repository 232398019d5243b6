"""Lists of the workbook: schools, planned changes, births, assumptions, findings."""

from __future__ import annotations

import math

from placeplan.outputs.boardviews import area_names, school_names
from placeplan.outputs.book import LINE, SHARE, SIGNED, WHOLE, Book, lines_of
from placeplan.outputs.book_lists import (
    ROWS_AT_MOST,
    TEXT,
    WRAP,
    YEAR,
    Column,
    write_list,
)
from placeplan.outputs.report_back import assumption_rows, glossary_rows, method_rows
from placeplan.outputs.schools import School, all_changes
from placeplan.outputs.sheets_area_lists import AreaFacts
from placeplan.outputs.views import Area, RunView
from placeplan.outputs.words import PHASE_WORDS
from placeplan.words import group_words, kind_words

SCHOOLS: tuple[Column, ...] = (
    ("School", "school", TEXT, 46), ("URN", "urn", TEXT, 9), ("Type", "type", TEXT, 19), ("Phase", "phase", TEXT, 11),
    ("Area", "area", TEXT, 24), ("PAN", "pan", WHOLE, 7), ("Capacity", "capacity", WHOLE, 9),
    ("Places now", "places_now", WHOLE, 8), ("Roll now", "roll_now", WHOLE, 8), ("Spare now", "spare_now", SIGNED, 8),
    ("Last year", "last", YEAR, 9), ("Places last year", "places", WHOLE, 9), ("Roll last year", "roll", WHOLE, 9),
    ("Surplus last year", "surplus", SIGNED, 9), ("% of places", "share", SHARE, 8),
)  # fmt: skip
_SCHOOLS_LIVE = {
    "spare_now": ("places_now", "-", "roll_now"),
    "surplus": ("places", "-", "roll"),
    "share": ("surplus", "/", "places"),
}
CHANGES: tuple[Column, ...] = (
    ("Change", "id", TEXT, 11), ("What", "what", TEXT, 14), ("School or area", "where", TEXT, 40),
    ("Year group", "group", TEXT, 11), ("From", "start", YEAR, 9), ("Until", "end", YEAR, 9),
    ("Places", "places", SIGNED, 8), ("Certainty", "certainty", TEXT, 14),
    ("Chance of delivery", "chance", "chance", 9), ("Funding", "funding", WRAP, 24), ("Cost", "cost", "pounds", 12),
    ("Note", "note", WRAP, 50),
)  # fmt: skip
FINDINGS: tuple[Column, ...] = (
    ("Severity", "severity", TEXT, 10), ("Table", "table", TEXT, 16), ("File", "file", TEXT, 26), ("Row", "row", WHOLE, 8),
    ("Column", "column", TEXT, 18), ("Value", "value", TEXT, 16), ("Rule", "rule", TEXT, 22),
    ("Message", "message", WRAP, 60), ("Remedy", "remedy", WRAP, 60),
)  # fmt: skip


def schools_sheet(book: Book, view: RunView, facts: AreaFacts) -> str | None:
    """Add the schools of the areas shown, with roll and places now and in the last year; no sheet if rolls came by area."""
    if not any(area.schools for area in view.shown):
        return None
    sheet = book.sheet("Schools", "Schools", [width for *_, width in SCHOOLS])
    book.put(
        sheet,
        1,
        0,
        "Places as the project counts them. Every year of every school: the sheet School years.",
        "note",
    )
    listed = [(area, school) for area in view.shown for school in area.schools]
    rows = [_school(area, school, facts) for area, school in listed]
    cells = [[row[place] for row in rows] for place in range(len(SCHOOLS))]
    write_list(book, sheet, "Schools", SCHOOLS, cells, 1, _SCHOOLS_LIVE)
    return str(sheet.name)


def _school(area: Area, school: School, facts: AreaFacts) -> list[object]:
    name = f"{school.name}, site {school.site}" if school.site else school.name
    now, then = (
        (float(school.places[0]), float(school.roll[0])),
        (float(school.places[-1]), float(school.roll[-1])),
    )
    surplus = then[0] - then[1]
    return [
        name, school.urn, school.type_words, PHASE_WORDS[school.phase], area.name, school.pan,
        facts.capacity.get((school.urn, school.site, school.phase.value), math.nan), *now, now[0] - now[1],
        str(school.years[-1]), *then, surplus, surplus / then[0] if then[0] > 0 else math.nan,
    ]  # fmt: skip


def changes_sheet(book: Book, view: RunView) -> str | None:
    """Add every planned change, proposals and options among them; no sheet without any."""
    changes = all_changes(view.result)
    if not changes:
        return None
    names = {**school_names(view), **area_names(view)}
    rows = [
        [
            change.change_id, kind_words(change.kind), names.get(where, change.where),
            group_words(change.year_group) if change.year_group else "all", change.start, change.end, change.places,
            change.certainty, chance, funding, cost, note,
        ]
        for change, where, chance, funding, cost, note in changes
    ]  # fmt: skip
    sheet = book.sheet("Changes and options", "Planned changes and options", [width for *_, width in CHANGES])
    words = (
        "Certain and firm changes count as places; what is proposed or an option counts in a scenario alone."
    )
    book.put(sheet, 1, 0, words, "note")
    write_list(
        book, sheet, "Changes", CHANGES, [[row[place] for row in rows] for place in range(len(CHANGES))], 1
    )
    return str(sheet.name)


def births_sheet(book: Book, view: RunView) -> str:
    """Add the births of each area by the year in which the children enter Reception."""
    areas = [area for area in view.shown if area.births]
    years = sorted({birth.reception for area in areas for birth in area.births})
    columns: list[Column] = [("Area", "area", TEXT, 28), ("Code", "code", TEXT, 12)]
    columns += [(str(year), str(year), WHOLE, 9.5) for year in years]
    heading = "Births by the year in which the children enter Reception"
    sheet = book.sheet("Births", heading, [width for *_, width in columns])
    words = "An asterisk marks projected births. Other drivers of the forecast: drivers.csv."
    book.put(sheet, 1, 0, words, "note")
    by_year = [{birth.reception: birth for birth in area.births} for area in areas]
    cells: list[list[object]] = [[area.name for area in areas], [area.code for area in areas]]
    cells += [[births[year].births if year in births else None for births in by_year] for year in years]
    write_list(book, sheet, "Births", columns, cells, 2)
    for row, births in enumerate(by_year, book.head + 1):
        for column, year in enumerate(years, 2):
            if year in births and births[year].projected:
                book.put(sheet, row, column, births[year].births, "projected")
    return str(sheet.name)


def assumptions_sheet(book: Book, view: RunView) -> str:
    """Add methods and why, the choices that the numbers rest on, and the words used."""
    sheet = book.sheet("Assumptions", "Methods, assumptions and words", (36, 110))
    row = 3
    parts = (
        ("Methods", method_rows(view)),
        ("Assumptions", assumption_rows(view)),
        ("Words used", glossary_rows()),
    )
    for heading, pairs in parts:
        book.put(sheet, row, 0, heading, "part")
        for place, (name, words) in enumerate(pairs, row + 1):
            book.put(sheet, place, 0, name, "row_head_wrap")
            book.put(sheet, place, 1, words, "wrap")
            sheet.set_row(place, LINE * max(lines_of(words, 110), lines_of(name, 34)) + 2)
        row += 2 + len(pairs)
    sheet.freeze_panes(3, 0)
    return str(sheet.name)


def findings_sheet(book: Book, view: RunView) -> str:
    """Add what the checks found, with the place and the remedy of each."""
    sheet = book.sheet("Findings", "Findings of the checks", [width for *_, width in FINDINGS])
    findings = view.result.frames["findings"]
    if len(findings) > ROWS_AT_MOST:
        words = f"The first {ROWS_AT_MOST:,} of {len(findings):,} findings; all are in findings.csv."
        book.put(sheet, 1, 0, words, "note")
    elif findings.empty:
        book.put(sheet, 1, 0, "The checks of the inputs found nothing to remark.", "note")
    cells = [findings[column].tolist() for _, column, _, _ in FINDINGS]
    rows = next(place for place, (_, column, _, _) in enumerate(FINDINGS) if column == "row")
    cells[rows] = [
        float(value) if value == value and float(value or 0) > 0 else None for value in cells[rows]
    ]
    write_list(book, sheet, "Findings", FINDINGS, cells)
    return str(sheet.name)
