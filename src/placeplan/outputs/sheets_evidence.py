"""Sheets of the workbook on what is not sure: figures of places that are ranges, and the watch-list."""

from __future__ import annotations

from placeplan.outputs.book import CHANCE, WHOLE, Book
from placeplan.outputs.book_lists import DATE, TEXT, YEAR, Column, write_list
from placeplan.outputs.evidence import TEST_WORDS
from placeplan.outputs.report_evidence import status_words
from placeplan.outputs.views import RunView
from placeplan.outputs.words import PHASE_WORDS

DOUBTS: tuple[Column, ...] = (
    ("School", "school", TEXT, 46), ("URN", "urn", TEXT, 10), ("Area", "area", TEXT, 24), ("Phase", "phase", TEXT, 11),
    ("Measure", "measure", TEXT, 10), ("Source", "source", TEXT, 24), ("Verified", "verified", DATE, 12),
    ("Confidence", "confidence", TEXT, 11), ("Status, fewest to most", "status", TEXT, 26), ("Places", "places", WHOLE, 9),
    ("Fewest", "fewest", WHOLE, 9), ("Most", "most", WHOLE, 9), ("Effect", "effect", CHANCE, 9), ("Year", "year", YEAR, 10),
)  # fmt: skip
WATCHED: tuple[Column, ...] = (
    ("School", "school", TEXT, 46), ("URN", "urn", TEXT, 10), ("Area", "area", TEXT, 24), ("Phase", "phase", TEXT, 11),
    ("Test", "test", TEXT, 24), ("What follows", "follows", TEXT, 58), ("First year", "year", YEAR, 9),
    ("Chance", "chance", CHANCE, 9), ("Expected", "expected", WHOLE, 10), ("Line", "line", WHOLE, 9),
)  # fmt: skip


def doubts_sheet(book: Book, view: RunView) -> str:
    """Add the schools whose figures are ranges, those that matter most to the verdict on their area first."""
    sheet = book.sheet(
        "Supply confidence", "Where we cannot be sure of supply", [width for *_, width in DOUBTS]
    )
    words = (
        "Effect: how far the chance of shortfall of the area would fall if the real places were the most and not the fewest "
        "of the range. Figures that are numbers are in supply_confidence.csv alone."
    )
    book.put(sheet, 1, 0, words if view.doubts else "No school counts by a figure that is a range.", "note")
    rows = [
        [
            doubt.name, doubt.urn, doubt.area, PHASE_WORDS[doubt.phase], doubt.measure, doubt.source or "not stated",
            doubt.verified_on or "never", doubt.confidence, status_words(doubt), doubt.value, doubt.low, doubt.high,
            doubt.effect, doubt.year,
        ]
        for doubt in view.doubts
    ]  # fmt: skip
    cells = [[row[place] for row in rows] for place in range(len(DOUBTS))]
    write_list(book, sheet, "SupplyConfidence", DOUBTS, cells, 1)
    return str(sheet.name)


def watch_sheet(book: Book, view: RunView) -> str:
    """Add the schools that are likely to fall below a line."""
    sheet = book.sheet("Watch-list", "Watch-list of schools", [width for *_, width in WATCHED])
    words = f"The first year in which the chance is {view.threshold:.0%} or more."
    book.put(sheet, 1, 0, words if view.watched else "No school is on it.", "note")
    rows = [
        [
            watched.name, watched.urn, watched.area, PHASE_WORDS[watched.phase], TEST_WORDS[watched.test],
            watched.consequence, watched.year, watched.chance, watched.value, watched.threshold,
        ]
        for watched in view.watched
    ]  # fmt: skip
    cells = [[row[place] for row in rows] for place in range(len(WATCHED))]
    write_list(book, sheet, "WatchList", WATCHED, cells, 1)
    return str(sheet.name)
