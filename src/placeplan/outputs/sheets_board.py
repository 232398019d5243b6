"""Sheets for a board: powers, decisions, admission numbers, published measures, money, proposals, kinds of school."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from placeplan.outputs.boardviews import frame, in_words
from placeplan.outputs.book import CHANCE, SHARE, SIGNED, WHOLE, Book
from placeplan.outputs.book_lists import (
    CLIP,
    DATE,
    POUNDS,
    ROWS_AT_MOST,
    TEXT,
    WRAP,
    Column,
    Live,
    list_sheet,
)
from placeplan.outputs.sheets_front import Entry
from placeplan.outputs.views import RunView


@dataclass(frozen=True)
class BoardSheet:
    """One list of the workbook: which frame it shows, which columns, and the line of the contents."""

    name: str
    source: str
    words: str
    note: str
    columns: tuple[Column, ...]


SHEETS = (
    BoardSheet(
        "New homes", "housing_pupils", "Pupils of each housing site by phase and year",
        "Homes are those completed in the year before; above the usual: by certainty, beyond what the history contains.",
        (
            ("Site", "site_id", TEXT, 10), ("Name", "site_name", TEXT, 30), ("Area", "area_code", TEXT, 10),
            ("Phase", "phase", TEXT, 11), ("Year", "academic_year", TEXT, 10), ("Status", "status", TEXT, 11),
            ("Certainty", "certainty", SHARE, 9), ("Homes", "dwellings", WHOLE, 9),
            ("Above the usual", "dwellings_above_usual", "decimal", 10),
            ("Usual in the area", "usual_dwellings", "decimal", 10),
            ("Pupils", "pupils", "decimal", 9), ("Places secured", "secured_places", WHOLE, 10),
        ),
    ),
    BoardSheet(
        "Adjustments", "adjustments_register", "What officers added to the forecast, why, and what came of it",
        "Of years that are over: the published forecast with and without, beside the roll that came.",
        (
            ("Adjustment", "adjustment_id", TEXT, 11), ("Area", "area_code", TEXT, 10), ("School", "urn", TEXT, 10),
            ("Phase", "phase", TEXT, 11), ("Year", "academic_year", TEXT, 10), ("Year group", "year_group", TEXT, 7),
            ("Reason", "reason", WRAP, 34), ("Role", "role", WRAP, 20), ("Decided", "made_on", DATE, 12),
            ("Evidence", "evidence", WRAP, 30), ("Expires", "expires_on", DATE, 12), ("Asked", "asked", TEXT, 8),
            ("Pupils", "amount", "decimal", 8), ("Without", "pupils_without", "decimal", 9),
            ("With", "pupils_with", "decimal", 9), ("State", "state", TEXT, 14), ("Came", "actual", WHOLE, 8),
            ("Published", "published", WHOLE, 9), ("Published without", "published_without", WHOLE, 9),
        ),
    ),
    BoardSheet(
        "Published measures", "sufficiency_summary", "The Department's measures, as docs/measures.md defines them",
        "The scorecard looks at the year marked yes. Unfilled places count each school apart; sixth forms are in secondary.",
        (
            ("Geography", "geography", TEXT, 12), ("Name", "name", TEXT, 24), ("Phase", "phase", TEXT, 12),
            ("Year", "academic_year", TEXT, 10), ("Scorecard year", "reference_year", TEXT, 10),
            ("Places needed", "scorecard_need", WHOLE, 10), ("Spare %", "scorecard_spare_percent", "decimal", 9),
            ("Planned change shown", "scorecard_planned", WHOLE, 10),
            ("Unfilled places", "unfilled_places", WHOLE, 10), ("Unfilled %", "unfilled_percent", "decimal", 10),
            ("Pupils over capacity", "pupils_over_capacity", WHOLE, 10),
            ("Over capacity %", "pupils_over_percent", "decimal", 10),
        ),
    ),
    BoardSheet(
        "Powers", "powers", "What the authority decides by itself",
        "Own: places at schools whose admission number the authority raises and cuts by itself. Excess: places above the "
        "threshold of surplus.",
        (
            ("Geography", "geography", TEXT, 12), ("Code", "code", TEXT, 12), ("Name", "name", TEXT, 26),
            ("Phase", "phase", TEXT, 12), ("Year", "academic_year", TEXT, 10), ("Places", "places", WHOLE, 9),
            ("Own places", "places_alone", WHOLE, 9), ("Own share of places", "places_alone_share", SHARE, 9),
            ("Need", "need", WHOLE, 9), ("Own part of need", "need_alone", WHOLE, 9),
            ("Own share of need", "need_alone_share", SHARE, 9), ("Excess", "excess", WHOLE, 9),
            ("Own part of excess", "excess_alone", WHOLE, 9), ("Own share of excess", "excess_alone_share", SHARE, 9),
        ),
    ),
    BoardSheet(
        "Decisions", "decisions", "Who decides each planned change, by which route and from when",
        "The earliest date is by the route alone, as if it began on the day of the run; time to build is not in it.",
        (
            ("Change", "change_id", TEXT, 10), ("Kind", "kind", TEXT, 13), ("URN", "urn", TEXT, 10),
            ("Area", "area_code", TEXT, 10), ("Proposes", "proposer", WRAP, 22), ("Decides", "decider", WRAP, 22),
            ("Consultation", "consultation", WRAP, 36), ("Steps", "route", WRAP, 46),
            ("Earliest", "earliest_date", DATE, 12), ("Start", "start_date", DATE, 12), ("In time", "in_time", TEXT, 9),
            ("Authority alone", "authority_alone", TEXT, 10), ("Rule", "rule_id", WRAP, 22),
            ("Status", "status", TEXT, 10), ("Confidence", "confidence", TEXT, 11), ("Note", "note", WRAP, 46),
            ("Source", "source", WRAP, 40),
        ),
    ),
    BoardSheet(
        "Admission numbers", "determined", "Admission numbers that changed without a planned change",
        "The chance is that the area's intake exceeds its admission numbers, never told below 5% or above 95%.",
        (
            ("School", "school_name", TEXT, 40), ("URN", "urn", TEXT, 10), ("Area", "area_code", TEXT, 10),
            ("Year group", "year_group", TEXT, 8), ("Entry", "academic_year", TEXT, 10),
            ("Before", "pan_before", WHOLE, 8), ("Number", "pan", WHOLE, 8), ("Change", "change", SIGNED, 8),
            ("Decided by", "decider", TEXT, 18), ("Intake expected", "demand", WHOLE, 10),
            ("Area admitted", "area_pan_before", WHOLE, 10), ("Area admits", "area_pan", WHOLE, 10),
            ("Chance before", "chance_before", CHANCE, 9), ("Chance after", "chance", CHANCE, 9),
            ("Other schools", "neighbours", WHOLE, 9), ("Their numbers", "neighbours_pan", WHOLE, 9),
            ("Consultation from", "consultation_opens", DATE, 12), ("to", "consultation_closes", DATE, 12),
            ("Determined by", "determined_by", DATE, 12), ("Objections by", "objections_by", DATE, 12),
        ),
    ),
    BoardSheet(
        "Money", "costs", "Need priced, growth, empty places, plans and contributions, each with its rate",
        "need_as_new_school and need_as_temporary price the same places as need: do not add them.",
        (
            ("Area", "area_code", TEXT, 12), ("Phase", "phase", TEXT, 12), ("Year", "academic_year", TEXT, 10),
            ("Item", "item", TEXT, 22), ("Places", "places", WHOLE, 10), ("Rate", "rate", POUNDS, 12),
            ("Amount", "amount", POUNDS, 15), ("Source of the rate", "rate_source", CLIP, 60),
        ),
    ),
    BoardSheet(
        "Proposals", "boards", "What was talked over and agreed, beside the forecast it rests on",
        "The forecast is that of the year in which the change begins, else of the third year on.",
        (
            ("Proposal", "proposal_id", TEXT, 10), ("Raised by", "raised_by", WRAP, 20), ("On", "date", DATE, 12),
            ("Area", "area_name", TEXT, 20), ("Phase", "phase", TEXT, 11), ("Board", "board", WRAP, 22),
            ("Options considered", "options_considered", WRAP, 36), ("Outcome", "outcome", WRAP, 24),
            ("Reason", "reason", WRAP, 32), ("Dissent", "dissent", WRAP, 24), ("Next step", "next_step", WRAP, 24),
            ("Due", "due_on", DATE, 12), ("Overdue", "overdue", TEXT, 9), ("Change", "change_id", TEXT, 9),
            ("What", "change", WRAP, 24), ("Decides", "decider", WRAP, 20), ("Earliest", "earliest_date", DATE, 12),
            ("Year", "academic_year", TEXT, 10), ("Demand", "demand", WHOLE, 9), ("Places", "places", WHOLE, 9),
            ("Surplus", "surplus", SIGNED, 9), ("Chance of shortfall", "probability_of_shortfall", CHANCE, 9),
        ),
    ),
    BoardSheet(
        "Kinds of school", "provision", "Places and pupils by religious character, gender and selection",
        "Only what the schools table states; the rest is not stated.",
        (
            ("Phase", "phase", TEXT, 12), ("By", "characteristic", TEXT, 14), ("Kind", "group", TEXT, 22),
            ("Year", "academic_year", TEXT, 10), ("Schools", "schools", WHOLE, 9), ("Places", "places", WHOLE, 10),
            ("Pupils", "roll", WHOLE, 10), ("Surplus", "surplus", SIGNED, 10),
        ),
    ),
)  # fmt: skip


LIVE: dict[str, Live] = {
    "powers": {
        "places_alone_share": ("places_alone", "/", "places"),
        "need_alone_share": ("need_alone", "/", "need"),
        "excess_alone_share": ("excess_alone", "/", "excess"),
    },
    "determined": {"change": ("pan", "-", "pan_before")},
    "costs": {"amount": ("places", "*", "rate")},
    "boards": {"surplus": ("places", "-", "demand")},
    "provision": {"surplus": ("places", "-", "roll")},
}
"""The columns that a sheet works out, by its frame."""


def board_sheets(book: Book, view: RunView) -> Iterator[Entry]:
    """Add a sheet for each list that has rows; give the lines of the contents."""
    for sheet in SHEETS:
        rows = _rows(view, sheet)
        if not rows.empty:
            made = list_sheet(
                book, sheet.name, sheet.name, sheet.columns, rows, 1, sheet.note, LIVE.get(sheet.source)
            )
            yield Entry(made, sheet.words)


def _rows(view: RunView, sheet: BoardSheet) -> pd.DataFrame:
    rows = frame(view, sheet.source)
    if any(column not in rows for _, column, _, _ in sheet.columns):
        return pd.DataFrame()
    if "scenario" in rows:
        rows = rows[rows["scenario"] == view.scenario]
    if sheet.source == "powers" and view.is_partial:
        shown = {area.code for area in view.shown}
        rows = rows[(rows["geography"] != "area") | rows["code"].isin(shown)]
    return in_words(rows.head(ROWS_AT_MOST))
