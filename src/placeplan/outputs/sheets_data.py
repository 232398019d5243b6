"""Sheets of plain rows, one for each area or school and year: for pivot tables and Power Query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from placeplan.outputs.book import CHANCE, FORMS, SHARE, SIGNED, WHOLE, Book, Worksheet
from placeplan.outputs.book_lists import STATUS, TEXT, YEAR, Column, write_list
from placeplan.outputs.outlook import PhaseOutlook
from placeplan.outputs.schools import School
from placeplan.outputs.views import Area, RunView
from placeplan.outputs.words import PHASE_WORDS, STATUS_WORDS
from placeplan.years import Phase

AREA_YEARS, SCHOOL_YEARS = "Area years", "School years"
AREA_COLUMNS: tuple[Column, ...] = (
    ("Area", "area", TEXT, 26), ("Code", "code", TEXT, 10), ("District", "district", TEXT, 18),
    ("Phase", "phase", TEXT, 11), ("Year", "year", YEAR, 9), ("Demand", "demand", WHOLE, 9),
    ("80% range from", "low", WHOLE, 9), ("80% range to", "high", WHOLE, 9), ("Places", "places", WHOLE, 9),
    ("Surplus or shortage (−)", "surplus", SIGNED, 10), ("% of places", "share", SHARE, 9),
    ("Forms of entry", "forms", FORMS, 8), ("Need", "need", WHOLE, 8), ("Spare", "spare", WHOLE, 8),
    ("Planned changes", "planned", SIGNED, 9), ("Chance of shortfall", "chance", CHANCE, 9),
    ("Status", "status", STATUS, 14),
)  # fmt: skip
SCHOOL_COLUMNS: tuple[Column, ...] = (
    ("School", "school", TEXT, 46), ("URN", "urn", TEXT, 9), ("Site", "site", TEXT, 12), ("Area", "code", TEXT, 10),
    ("Phase", "phase", TEXT, 11), ("Year", "year", YEAR, 9), ("Roll", "roll", WHOLE, 9),
    ("Places", "places", WHOLE, 9), ("Surplus or shortage (−)", "surplus", SIGNED, 10),
    ("% of places", "share", SHARE, 9),
)  # fmt: skip
LIVE = {"surplus": ("places", "-", "demand"), "share": ("surplus", "/", "places")}


def area_column(key: str) -> int:
    """Return where a column of the sheet of area years stands."""
    return next(place for place, (_, name, _, _) in enumerate(AREA_COLUMNS) if name == key)


def area_rows(book: Book, view: RunView) -> dict[tuple[str, Phase], tuple[int, int]]:
    """Return the first and last row of each area and phase on the sheet of area years, known before it is written."""
    found, row = {}, book.head + 1
    for area, outlook in _outlooks(view):
        last = row + outlook.total.last
        found[area.code, outlook.phase] = (row, last)
        row = last + 1
    return found


def area_years_sheet(book: Book, view: RunView) -> str:
    """Add demand against places of every area shown, in every phase and year."""
    cells: list[list[object]] = [[] for _ in AREA_COLUMNS]
    for area, outlook in _outlooks(view):
        total, count = outlook.total, outlook.total.last + 1
        words = [area.name, area.code, area.district, PHASE_WORDS[outlook.phase]]
        share = (total.percent / 100).tolist()
        parts: list[Sequence[object]] = [
            *([word] * count for word in words), [str(year) for year in total.years], total.demand.tolist(),
            total.low.tolist(), total.high.tolist(), total.places.tolist(), total.surplus.tolist(), share,
            total.forms.tolist(), total.need.tolist(), total.spare.tolist(), total.planned.tolist(),
            total.chance.tolist(), [STATUS_WORDS[status] for status in total.status],
        ]  # fmt: skip
        for column, values in zip(cells, parts, strict=True):
            column += values
    sheet = _sheet(book, AREA_YEARS, "Planning areas by year", AREA_COLUMNS)
    write_list(book, sheet, "AreaYears", AREA_COLUMNS, cells, 2, LIVE)
    return str(sheet.name)


def school_years_sheet(book: Book, view: RunView) -> str | None:
    """Add roll and places of every school of the areas shown, in every phase and year; no sheet if rolls came by area."""
    if not any(area.schools for area in view.shown):
        return None
    cells: list[list[object]] = [[] for _ in SCHOOL_COLUMNS]
    for area, school in _schools(view):
        count = len(school.years)
        words = [school.name, school.urn, school.site, area.code, PHASE_WORDS[school.phase]]
        parts: list[Sequence[object]] = [
            *([word] * count for word in words), [str(year) for year in school.years], school.roll.tolist(),
            school.places.tolist(), (school.places - school.roll).tolist(), (school.percent / 100).tolist(),
        ]  # fmt: skip
        for column, values in zip(cells, parts, strict=True):
            column += values
    sheet = _sheet(book, SCHOOL_YEARS, "Schools by year", SCHOOL_COLUMNS)
    write_list(book, sheet, "SchoolYears", SCHOOL_COLUMNS, cells, 2)
    return str(sheet.name)


def _sheet(book: Book, name: str, heading: str, columns: tuple[Column, ...]) -> Worksheet:
    sheet = book.sheet(name, heading, [width for *_, width in columns])
    words = "One row a year, as an Excel table: for filters, pivot tables and Power Query. Year groups: sufficiency.csv."
    if name == SCHOOL_YEARS:
        words = "One row a year, as an Excel table: for filters, pivot tables and Power Query. Year groups: schools.csv."
    book.put(sheet, 1, 0, words, "note")
    return sheet


def _outlooks(view: RunView) -> Iterator[tuple[Area, PhaseOutlook]]:
    for area in view.shown:
        for phase in Phase:
            if phase in area.phases:
                yield area, area.phases[phase]


def _schools(view: RunView) -> Iterator[tuple[Area, School]]:
    for area in view.shown:
        for school in area.schools:
            yield area, school
