"""Sheets on movement: transfers between areas, where pupils live, the coming September, the censuses of a year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from placeplan.outputs.boardviews import area_names, frame, in_words
from placeplan.outputs.book import SHARE, SIGNED, WHOLE, Book
from placeplan.outputs.book_lists import DECIMAL, ROWS_AT_MOST, TEXT, Live, list_sheet
from placeplan.outputs.sheets_board import BoardSheet
from placeplan.outputs.sheets_front import Entry
from placeplan.outputs.views import RunView
from placeplan.outputs.words import plain
from placeplan.words import group_words

OUTSIDE, OUTSIDE_WORDS = "OUT", "Outside the authority"
SHEETS = (
    BoardSheet(
        "Transfers", "transfer_shares", "Who goes on from which area to which, as the forecast takes it",
        "Means of the years named, newer years counting more; outside the authority: in none of its mainstream schools.",
        (
            ("From", "from_name", TEXT, 24), ("Code from", "from_area", TEXT, 11), ("To", "to_name", TEXT, 24),
            ("Code to", "to_area", TEXT, 11), ("Into", "group", TEXT, 11), ("Pupils a year", "pupils", DECIMAL, 9),
            ("Of the leavers", "leavers_share", SHARE, 10), ("Of the intake", "intake_share", SHARE, 10),
            ("In the last year", "last_pupils", WHOLE, 9), ("Years", "years", WHOLE, 7),
            ("First year", "first_year", TEXT, 10), ("Last year", "last_year", TEXT, 10),
        ),
    ),
    BoardSheet(
        "Residents", "residents", "Demand at the schools of each area beside the pupils who live there",
        "Only pupils of the authority's schools; taken in is above 0 where schools take more pupils than live in the area.",
        (
            ("Area", "area_name", TEXT, 24), ("Code", "area_code", TEXT, 11), ("Phase", "phase", TEXT, 12),
            ("Year", "academic_year", TEXT, 10), ("Year group", "group", TEXT, 12), ("Known or forecast", "basis", TEXT, 12),
            ("At its schools", "at_schools", WHOLE, 10), ("Living there", "residents", WHOLE, 10),
            ("Taken in", "taken_in", SIGNED, 9), ("Live and taught here", "own", WHOLE, 10),
            ("Taught in other areas", "at_other_areas", WHOLE, 10), ("From other areas", "from_other_areas", WHOLE, 10),
            ("From outside", "from_outside", WHOLE, 10),
        ),
    ),
    BoardSheet(
        "Coming September", "intake_signals", "Offers and first preferences beside the forecast of the next intake",
        "Weights and errors are learnt in earlier years: error of the model alone, and as offers and preferences mend it.",
        (
            ("Area", "area_name", TEXT, 24), ("Code", "area_code", TEXT, 11), ("Into", "group", TEXT, 11),
            ("Year", "academic_year", TEXT, 10), ("Offers", "offers", WHOLE, 9),
            ("First preferences", "first_preferences", WHOLE, 12), ("Model alone", "model", WHOLE, 9),
            ("Corrected", "corrected", WHOLE, 10), ("Change", "change", SIGNED, 9),
            ("Weight of offers", "weight_offers", SHARE, 10),
            ("Weight of first preferences", "weight_first_preferences", SHARE, 12),
            ("Error of the model", "error_without", SHARE, 10), ("Error corrected", "error_with", SHARE, 10),
            ("Earlier years", "years_judged", WHOLE, 8),
        ),
    ),
    BoardSheet(
        "Censuses", "census_profile", "Rolls of the other censuses beside the main one, and places to hold for arrivals",
        "Shares of the main census of the same year; hold: over next year's forecast, for the peak of four years of five.",
        (
            ("Place", "place", TEXT, 24), ("Code", "code", TEXT, 11), ("Phase", "phase", TEXT, 12),
            ("Year group", "group", TEXT, 12), ("Census", "census", TEXT, 10), ("Years", "years", WHOLE, 7),
            ("Share", "ratio", SHARE, 9), ("Least", "least", SHARE, 9), ("Most", "most", SHARE, 9),
            ("Peak in", "peak", TEXT, 10), ("Next year's forecast", "pupils_next_year", WHOLE, 10),
            ("Share to hold", "held_share", SHARE, 9), ("Places to hold", "held", WHOLE, 9),
        ),
    ),
)  # fmt: skip
LIVE: dict[str, Live] = {
    "residents": {"taken_in": ("at_schools", "-", "residents")},
    "intake_signals": {"change": ("corrected", "-", "model")},
}
"""The columns that a sheet works out, by its frame."""


def movement_sheets(book: Book, view: RunView) -> Iterator[Entry]:
    """Add a sheet for each list of movement that has rows; give the lines of the contents."""
    for sheet in SHEETS:
        rows = frame(view, sheet.source)
        if rows.empty:
            continue
        if "scenario" in rows:
            rows = rows[rows["scenario"] == view.scenario]
        rows = _named(view, in_words(rows.head(ROWS_AT_MOST)))
        made = list_sheet(
            book, sheet.name, sheet.name, sheet.columns, rows, 1, sheet.note, LIVE.get(sheet.source)
        )
        yield Entry(made, sheet.words)


def _named(view: RunView, rows: pd.DataFrame) -> pd.DataFrame:
    """Add what the sheets show and the frames do not hold: names of places, year groups in words, differences."""
    names = area_names(view) | {OUTSIDE: OUTSIDE_WORDS}
    added: dict[str, Sequence[str] | pd.Series[float]] = {
        name: [names.get(str(code), str(code)) for code in rows[column]]
        for name, column in (("from_name", "from_area"), ("to_name", "to_area"), ("area_name", "area_code"))
        if column in rows
    }
    if "geography" in rows:
        added["place"] = [
            names.get(str(code), str(code)) if geography == "area" else plain(view.title)
            for geography, code in zip(rows["geography"], rows["code"], strict=True)
        ]
    for column in ("census", "peak", "basis"):
        if column in rows:
            added[column] = [str(word).capitalize() for word in rows[column]]
    for column in {"year_group", "into_year_group"} & set(rows):
        added["group"] = ["All" if group == "total" else group_words(str(group)) for group in rows[column]]
    for name, (left, _, right) in {**LIVE["residents"], **LIVE["intake_signals"]}.items():
        if left in rows and right in rows:
            added[name] = rows[left] - rows[right]
    return rows.assign(**added)
