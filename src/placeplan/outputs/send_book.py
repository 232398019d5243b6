"""send.xlsx: the tables of ``placeplan send`` that officers sort and filter, a sheet each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pandas as pd

from placeplan.outputs.book import SIGNED, WHOLE, Book, write_book
from placeplan.outputs.book_lists import list_sheet
from placeplan.years import AcademicYear

SHEETS = (
    ("Plans", "send_settings", "Residents with a plan by setting"),
    ("Specialist return", "send_forecast", "The specialist forecast of the School Capacity return"),
    ("Places", "send_places", "Residents in the area and out, and places, by setting and phase"),
    ("Costs", "send_costs", "What high needs cost, by setting and year"),
    ("Options", "send_options", "What could be done, who decides, what it changes"),
    ("AP entries", "send_ap_entries", "Who enters alternative provision; small counts are blank"),
    ("AP months", "send_alternative", "Pupils who need a place in alternative provision, month by month"),
    ("AP fullest month", "send_collective", "The fullest month against places, and fewer exclusions"),
    (
        "Fair share",
        "send_fair_share",
        "Each school beside what is expected, by URN, no league table; small counts blank",
    ),
    (
        "Panel",
        "send_panel",
        "Free places by school and year group, fair-access admissions; small counts are blank",
    ),
    (
        "Residents and rolls",
        "send_reconciliation",
        "Residents with a plan and pupils on roll: two populations, never added",
    ),
    ("Waiting", "send_waiting", "Days from application to place; small counts are blank"),
)
"""Name, file and heading of each sheet."""
LONG = frozenset(("reason", "risk", "route", "note", "rate_source", "cost_source", "funding"))
ROUGH = frozenset(
    ("expected", "by_intake", "dispersion", "mean_days", "mean_weeks", "a_year", "quantity", "free")
)
CHANCES = frozenset(("probability_of_shortfall", "probability_after", "chance_before", "chance_after", "own_share",
                     "share_of_pupils", "fall", "fall_needed"))  # fmt: skip
MONEY = frozenset(("amount", "rate", "cost", "budget_change"))
HEADINGS = {
    "urn": "URN",
    "p10": "Low",
    "p90": "High",
    "low_95": "Low, 95%",
    "high_95": "High, 95%",
    "a_year": "A year",
}
Columns = tuple[tuple[str, str, str, float], ...]


def write_send_book(
    frames: Mapping[str, pd.DataFrame], authority: str, base: AcademicYear, path: Path
) -> None:
    """Write the workbook; its creation date is the base year's census, so that bytes repeat."""
    created = datetime(int(base) + 1, 1, 15)
    write_book(path, created, f"High needs: {authority}", lambda book: _fill(book, frames, authority))


def _fill(book: Book, frames: Mapping[str, pd.DataFrame], authority: str) -> None:
    for name, source, heading in SHEETS:
        frame = frames[source]
        if not frame.empty:
            list_sheet(book, name, f"{authority}: {heading}", columns_of(frame), frame, frozen=1)


def columns_of(frame: pd.DataFrame) -> Columns:
    """Return header, column, format and width of each column, words before numbers; what is blank throughout is left out."""
    known = [
        str(name)
        for name in frame.columns
        if frame[name].notna().any() and (frame[name].astype(str) != "").any()
    ]
    found = [
        (
            HEADINGS.get(name, name.replace("_", " ").capitalize()),
            name,
            _form(name, frame[name]),
            _width(name, frame[name]),
        )
        for name in known
    ]
    return tuple(sorted(found, key=lambda column: column[2] not in ("text", "wrap")))


def _form(name: str, values: pd.Series) -> str:
    if name in LONG:
        return "wrap"
    if not pd.api.types.is_numeric_dtype(values):
        return "text"
    if name in MONEY:
        return "pounds"
    if name in CHANCES:
        return "chance"
    if name in ROUGH:
        return "decimal"
    return SIGNED if name == "surplus" else WHOLE


def _width(name: str, values: pd.Series) -> float:
    if name in LONG:
        return 40.0
    if pd.api.types.is_numeric_dtype(values):
        return 12.0
    most = 48 if name == "school_name" else 32
    return float(min(max(int(values.astype(str).str.len().max()), len(name)) + 2, most))
