"""options.xlsx: the options, their years, and the fair plan as sheets that can be sorted and filtered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd

from placeplan.options.make import OptionsMade
from placeplan.options.weigh import CRITERIA
from placeplan.outputs.book import SHARE, WHOLE, Book, write_book
from placeplan.outputs.book_lists import list_sheet

OPTIONS = (
    ("Area", "area_code", "text", 10), ("Phase", "phase", "text", 11), ("Trouble", "trouble", "text", 9),
    ("Rank", "rank", WHOLE, 6), ("Option", "title", "wrap", 30), ("URN", "urn", "text", 9),
    ("Places a year group", "places", WHOLE, 10), ("Start", "start_year", "text", 9),
    ("Earliest", "earliest_date", "text", 11), ("Needed by", "date_needed", "text", 11),
    ("Cost, £", "cost", WHOLE, 12), ("Chance before", "chance_before", SHARE, 9),
    ("Chance after", "chance_after", SHARE, 9), ("Spare before", "spare_before", WHOLE, 9),
    ("Spare after", "spare_after", WHOLE, 9), ("Years short", "years_short", WHOLE, 8),
    ("Years in surplus", "years_surplus", WHOLE, 8), ("Decides", "decider", "wrap", 24),
    ("Funding", "funding", "wrap", 26), ("Reason", "reason", "wrap", 60), ("Risks", "risks", "wrap", 50),
    ("Option id", "option_id", "text", 28),
)  # fmt: skip
YEARS = (
    ("Option id", "option_id", "text", 28), ("Year", "academic_year", "text", 10),
    ("Demand", "demand", WHOLE, 10), ("Places", "places", WHOLE, 10), ("Surplus", "surplus", WHOLE, 10),
    ("Chance of shortfall", "chance", SHARE, 10), ("Status", "status", "text", 12),
    ("Rests on projected births", "rests_on_projected_births", "text", 12),
)  # fmt: skip
SCHOOLS = (
    ("Plan", "plan", "text", 10), ("Area", "area_code", "text", 10), ("URN", "urn", "text", 9),
    ("School", "school_name", "wrap", 40), ("Trust", "trust", "wrap", 28),
    ("Admission authority", "admission_authority", "text", 18), ("From", "start_year", "text", 9),
    ("Number", "admission_number", WHOLE, 9), ("Least", "least", WHOLE, 9), ("Offers", "offers", WHOLE, 9),
    ("First preferences", "first_preferences", WHOLE, 11), ("Cut", "cut", WHOLE, 8),
    ("Number then", "new_number", WHOLE, 9), ("Share given", "loss", SHARE, 9),
)  # fmt: skip
Columns = Sequence[tuple[str, str, str, float]]


def write_options_book(made: OptionsMade, frames: Mapping[str, pd.DataFrame], path: Path) -> None:
    """Write the workbook; its creation date is the base year's census, so that bytes repeat."""
    created = datetime(int(made.setting.base_year) + 1, 1, 15)
    title = f"What could be done in {made.project.authority.name}"
    write_book(path, created, title, lambda book: _fill(book, frames, title))


def _fill(book: Book, frames: Mapping[str, pd.DataFrame], title: str) -> None:
    list_sheet(book, "Options", title, OPTIONS, frames["options"])
    list_sheet(book, "Years", "Each option, year by year", YEARS, frames["options_years"])
    if len(frames["reduction"]):
        list_sheet(
            book, "Fair plan", "What each school gives, alone and together", SCHOOLS, frames["reduction"]
        )
    sheet = book.sheet("Ranking", "How options are ranked", (6, 110))
    for place, (_, words) in enumerate(CRITERIA, start=1):
        book.put(sheet, place + 1, 0, float(place), WHOLE)
        book.put(sheet, place + 1, 1, words, "wrap")
