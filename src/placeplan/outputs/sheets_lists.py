"""The last sheets of the workbook: schools, births, assumptions, findings."""

from __future__ import annotations

import math

from placeplan.outputs.book import SHARE, SIGNED, WHOLE, Book, Worksheet, cell
from placeplan.outputs.report_back import assumption_rows, glossary_rows, method_rows
from placeplan.outputs.schools import School
from placeplan.outputs.views import Area, RunView
from placeplan.outputs.words import PHASE_WORDS

_HEAD = 2
_FINDINGS_AT_MOST = 50_000


def schools_sheet(book: Book, view: RunView) -> str:
    """Add the list of the schools in the areas shown: roll and places now and in the last forecast year."""
    widths = (48, 10, 16, 11, 24, 10, 9, 9, 9, 9, 9, 10, 8)
    sheet = book.sheet("Schools", "Schools", widths)
    header = ["School", "URN", "Type", "Phase", "Area", "Last year", "PAN", "Places now", "Roll now",
              "Places last year", "Roll last year", "Surplus last year", "%"]  # fmt: skip
    book.header(sheet, _HEAD, header, 6)
    row = _HEAD + 1
    for area in view.shown:
        for school in area.schools:
            _school_row(book, sheet, row, area, school)
            row += 1
    _finish(sheet, row, len(header))
    return str(sheet.name)


def births_sheet(book: Book, view: RunView) -> str:
    """Add the births of each area by the year in which the children enter Reception."""
    sheet = book.sheet(
        "Births", "Births by the year in which the children enter Reception", (28, 12, *[9.5] * 30)
    )
    book.put(
        sheet, 1, 0, "An asterisk marks projected births. Other drivers of the forecast: drivers.csv.", "note"
    )
    areas = [area for area in view.shown if area.births]
    years = sorted({birth.reception for area in areas for birth in area.births})
    book.header(sheet, _HEAD, ["Area", "Code", *map(str, years)], 2)
    columns = {year: column for column, year in enumerate(years, 2)}
    for row, area in enumerate(areas, _HEAD + 1):
        book.put(sheet, row, 0, area.name)
        book.put(sheet, row, 1, area.code)
        for birth in area.births:
            form = "projected" if birth.projected else WHOLE
            book.put(sheet, row, columns[birth.reception], birth.births, form)
    _finish(sheet, _HEAD + 1 + len(areas), 2 + len(years), freeze_columns=2)
    return str(sheet.name)


def assumptions_sheet(book: Book, view: RunView) -> str:
    """Add methods and why, the choices that the numbers rest on, and the words used."""
    sheet = book.sheet("Assumptions", "Methods, assumptions and words", (38, 110))
    row = 2
    parts = (
        ("Methods", method_rows(view)),
        ("Assumptions", assumption_rows(view)),
        ("Words used", glossary_rows()),
    )
    for heading, pairs in parts:
        book.put(sheet, row, 0, heading, "part")
        for place, (name, words) in enumerate(pairs, row + 1):
            book.put(sheet, place, 0, name, "row_head")
            book.put(sheet, place, 1, words, "wrap")
        row += 2 + len(pairs)
    return str(sheet.name)


def findings_sheet(book: Book, view: RunView) -> str:
    """Add what the checks found, with the place and the remedy of each."""
    sheet = book.sheet("Findings", "Findings of the checks", (10, 16, 26, 8, 18, 16, 22, 60, 60))
    findings = view.result.frames["findings"]
    names = [str(name) for name in findings.columns]
    book.header(sheet, _HEAD, [name.capitalize() for name in names], len(names))
    shown = findings.head(_FINDINGS_AT_MOST)
    for row, values in enumerate(shown.itertuples(index=False, name=None), _HEAD + 1):
        for column, (name, value) in enumerate(zip(names, values, strict=True)):
            if name == "row":
                if float(value or 0) > 0:
                    book.put(sheet, row, column, float(value), WHOLE)
            elif value == value:
                book.put(sheet, row, column, str(value), "wrap" if name in ("message", "remedy") else "text")
    if len(findings) > len(shown):
        words = f"The first {len(shown):,} of {len(findings):,} findings; all are in findings.csv."
        book.put(sheet, 1, 0, words, "note")
    elif findings.empty:
        book.put(sheet, 1, 0, "The checks of the inputs found nothing to remark.", "note")
    _finish(sheet, _HEAD + 1 + len(shown), len(names))
    return str(sheet.name)


def _school_row(book: Book, sheet: Worksheet, row: int, area: Area, school: School) -> None:
    name = f"{school.name}, site {school.site}" if school.site else school.name
    texts = (name, school.urn, school.type_words, PHASE_WORDS[school.phase], area.name,
             str(school.years[-1]))  # fmt: skip
    for column, words in enumerate(texts):
        book.put(sheet, row, column, words)
    numbers = (school.pan, school.places[0], school.roll[0], school.places[-1], school.roll[-1])
    for column, value in enumerate(numbers, 6):
        book.put(sheet, row, column, float(value), WHOLE)
    places = float(school.places[-1])
    surplus = places - float(school.roll[-1])
    book.formula(sheet, row, 11, f"={cell(row, 9)}-{cell(row, 10)}", surplus, SIGNED)
    share = surplus / places if places > 0 else math.nan
    book.formula(sheet, row, 12, f"={cell(row, 11)}/{cell(row, 9)}", share, SHARE)


def _finish(sheet: Worksheet, end: int, columns: int, freeze_columns: int = 1) -> None:
    """Freeze the header, repeat it on every printed page and let the rows be filtered."""
    sheet.freeze_panes(_HEAD + 1, freeze_columns)
    sheet.repeat_rows(_HEAD)
    if end > _HEAD + 1:
        sheet.autofilter(_HEAD, 0, end - 1, columns - 1)
