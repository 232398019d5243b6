"""Sheets of the workbook on what is not sure: figures of places that are ranges, and the watch-list."""

from __future__ import annotations

import math

from placeplan.outputs.book import WHOLE, Book, Worksheet
from placeplan.outputs.evidence import TEST_WORDS
from placeplan.outputs.report_evidence import status_words
from placeplan.outputs.views import RunView
from placeplan.outputs.words import PHASE_WORDS

_HEAD = 2
_ROWS_AT_MOST = 50_000


def doubts_sheet(book: Book, view: RunView) -> str:
    """Add the schools whose figures are ranges, those that matter most to the verdict on their area first."""
    widths = (46, 10, 24, 11, 10, 24, 12, 11, 26, 9, 9, 9, 9, 10)
    sheet = book.sheet("Supply confidence", "Where we cannot be sure of supply", widths)
    words = (
        "Effect: how far the chance of shortfall of the area would fall if the real places were the most and not the fewest "
        "of the range. Figures that are numbers are in supply_confidence.csv alone."
    )
    book.put(sheet, 1, 0, words if view.doubts else "No school counts by a figure that is a range.", "note")
    header = ["School", "URN", "Area", "Phase", "Measure", "Source", "Verified", "Confidence", "Status, fewest to most",
              "Places", "Fewest", "Most", "Effect", "Year"]  # fmt: skip
    book.header(sheet, _HEAD, header, 9)
    shown = view.doubts[:_ROWS_AT_MOST]
    for row, doubt in enumerate(shown, _HEAD + 1):
        texts = (doubt.name, doubt.urn, doubt.area, PHASE_WORDS[doubt.phase], doubt.measure,
                 doubt.source or "not stated", doubt.verified_on or "never", doubt.confidence,
                 status_words(doubt))  # fmt: skip
        for column, words in enumerate(texts):
            book.put(sheet, row, column, words)
        for column, value in ((9, doubt.value), (10, doubt.low), (11, doubt.high)):
            if math.isfinite(value):
                book.put(sheet, row, column, float(value), WHOLE)
        if math.isfinite(doubt.effect):
            book.put(sheet, row, 12, float(doubt.effect), "chance")
        book.put(sheet, row, 13, doubt.year, "right")
    _finish(sheet, _HEAD + 1 + len(shown), len(header))
    return str(sheet.name)


def watch_sheet(book: Book, view: RunView) -> str:
    """Add the schools that are likely to fall below a line."""
    widths = (46, 10, 24, 11, 24, 58, 9, 9, 10, 9)
    sheet = book.sheet("Watch-list", "Watch-list of schools", widths)
    words = f"The first year in which the chance is {view.threshold:.0%} or more."
    book.put(sheet, 1, 0, words if view.watched else "No school is on it.", "note")
    header = [
        "School",
        "URN",
        "Area",
        "Phase",
        "Test",
        "What follows",
        "First year",
        "Chance",
        "Expected",
        "Line",
    ]
    book.header(sheet, _HEAD, header, 6)
    shown = view.watched[:_ROWS_AT_MOST]
    for row, watched in enumerate(shown, _HEAD + 1):
        texts = (watched.name, watched.urn, watched.area, PHASE_WORDS[watched.phase], TEST_WORDS[watched.test],
                 watched.consequence)  # fmt: skip
        for column, text in enumerate(texts):
            book.put(sheet, row, column, text)
        book.put(sheet, row, 6, watched.year, "right")
        book.put(sheet, row, 7, float(watched.chance), "chance")
        book.put(sheet, row, 8, float(watched.value), WHOLE)
        book.put(sheet, row, 9, float(watched.threshold), WHOLE)
    _finish(sheet, _HEAD + 1 + len(shown), len(header))
    return str(sheet.name)


def _finish(sheet: Worksheet, end: int, columns: int) -> None:
    """Freeze the header, repeat it on every printed page and let the rows be filtered."""
    sheet.freeze_panes(_HEAD + 1, 1)
    sheet.repeat_rows(_HEAD)
    if end > _HEAD + 1:
        sheet.autofilter(_HEAD, 0, end - 1, columns - 1)
