"""The first sheets of the workbook: contents, summary of authority and districts, status of the areas."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from placeplan import __version__
from placeplan.outputs.book import FORMS, SHARE, SIGNED, WHOLE, Book, Worksheet, cell
from placeplan.outputs.book_charts import ChartRows, places_chart
from placeplan.outputs.headlines import first_likely, first_short, headlines
from placeplan.outputs.outlook import Outlook, PhaseOutlook
from placeplan.outputs.views import Area, RunView, Wide
from placeplan.outputs.words import PHASE_WORDS, STATUS_WORDS
from placeplan.years import Phase

_STATUS_FIRST_ROW = 4


@dataclass(frozen=True)
class Entry:
    """One line of the contents: a sheet and what is in it."""

    sheet: str
    words: str
    code: str = ""
    district: str = ""
    status: str = ""


def contents_sheet(book: Book, view: RunView, sheet: Worksheet, entries: Sequence[Entry]) -> None:
    """Fill the first sheet: what matters, then links to every sheet."""
    base = f"Base year {view.result.base_year}, scenario {view.scenario}, made by placeplan {__version__}."
    book.put(sheet, 1, 0, base, "note")
    book.put(sheet, 3, 0, "What matters", "part")
    row = 4
    for subject, words in headlines(view):
        sheet.merge_range(row, 0, row, 4, "")
        bold, text = book.formats["row_head"], book.formats["wrap"]
        sheet.write_rich_string(row, 0, bold, f"{subject} ", text, words, text)
        sheet.set_row(row, 13.5 * max(1, math.ceil((len(subject) + len(words)) / 165)))
        row += 1
    book.header(sheet, row + 1, ["Sheet", "Code", "District", "Status in the last year", "What is in it"], 5)
    first = row + 2
    for row, entry in enumerate(entries, first):
        sheet.write_url(row, 0, f"internal:'{entry.sheet}'!A1", book.formats["link"], entry.sheet)
        for column, words in enumerate((entry.code, entry.district, entry.status, entry.words), 1):
            book.put(sheet, row, column, words)
    book.colour_statuses(sheet, (first, first + len(entries)), (3, 3))


def summary_sheet(book: Book, view: RunView) -> str:
    """Add the summary of authority and districts, with a chart of each phase of the authority."""
    widths = (24, 12, 10, 11, 11, 11, 11, 12, 9, 9, 9, 11)
    sheet = book.sheet("Summary", f"Summary of {view.title}", widths)
    book.put(
        sheet, 1, 0, "Need and spare are counted in every area and year group apart, never offset.", "note"
    )
    header = [
        "",
        "Phase",
        "Year",
        "Demand",
        "80% range from",
        "to",
        "Places",
        "Surplus or shortage",
        "%",
        "Need",
        "Spare",
        "Forms of entry",
    ]
    book.header(sheet, 3, header, 3)
    sheet.freeze_panes(4, 3)
    sheet.repeat_rows(3)
    row, charts = 4, 0
    for place in (*view.authorities, *view.districts):
        for phase in Phase:
            if phase in place.phases:
                if place in view.authorities:
                    _authority_chart(book, sheet, place, phase, row, charts)
                    charts += 1
                row = _summary_rows(book, sheet, place.name, place.phases[phase], row) + 1
    sheet.print_area(0, 0, row, len(header) - 1)
    return str(sheet.name)


def status_sheet(book: Book, view: RunView, sheet: Worksheet, links: Mapping[tuple[Phase, str], str]) -> None:
    """Fill the table of all shown areas, one row for each phase, with colours for words of status."""
    sample = view.shown[0].main.total if view.shown else None
    middle = min(3, sample.last) if sample else 0
    header = [
        "Area",
        "Code",
        "District",
        "Phase",
        "Status now",
        f"Status in {middle} years",
        "Status in last year",
        "Last year",
        "Demand now",
        "Demand last year",
        "Places last year",
        "Surplus or shortage",
        "%",
        "First year short",
        "Chance of shortfall",
        f"Chance {view.threshold:.0%} from",
    ]
    for column, width in enumerate((26, 10, 16, 11, 16, 16, 16, 9, 9, 10, 10, 11, 9, 10, 10, 10)):
        sheet.set_column(column, column, width)
    if view.is_partial:
        words = f"Only the {len(view.shown):,} areas that need attention most, of {len(view.areas):,}."
        book.put(sheet, 1, 0, words, "note")
    head = _STATUS_FIRST_ROW - 1
    book.header(sheet, head, header, 8)
    sheet.set_row(head, 28)
    row = _STATUS_FIRST_ROW
    for area in view.shown:
        for phase, outlook in area.phases.items():
            link = links[area.phase, area.code]
            sheet.write_url(row, 0, f"internal:'{link}'!A1", book.formats["link"], area.name[:200])
            _status_row(book, sheet, row, area, phase, outlook.total)
            likely = first_likely(outlook.total, view.threshold)
            book.put(sheet, row, 15, str(outlook.total.years[likely]) if likely else "", "right")
            row += 1
    sheet.freeze_panes(_STATUS_FIRST_ROW, 1)
    sheet.repeat_rows(head)
    if row > _STATUS_FIRST_ROW:
        sheet.autofilter(head, 0, row - 1, len(header) - 1)
        book.colour_statuses(sheet, (_STATUS_FIRST_ROW, row - 1), (4, 6))


def _status_row(book: Book, sheet: Worksheet, row: int, area: Area, phase: Phase, total: Outlook) -> None:
    statuses = [STATUS_WORDS[total.status[place]] for place in (0, min(3, total.last), total.last)]
    texts = [area.code, area.district, PHASE_WORDS[phase], *statuses, str(total.years[-1])]
    for column, words in enumerate(texts, 1):
        book.put(sheet, row, column, words)
    for column, value in ((8, total.demand[0]), (9, total.demand[-1]), (10, total.places[-1])):
        book.put(sheet, row, column, float(value), WHOLE)
    surplus = float(total.surplus[-1])
    book.formula(sheet, row, 11, f"={cell(row, 10)}-{cell(row, 9)}", surplus, SIGNED)
    _share(book, sheet, row, (11, 10, 12), surplus, float(total.places[-1]))
    short = first_short(total)
    book.put(sheet, row, 13, str(total.years[short]) if short else "", "right")
    if math.isfinite(total.chance[-1]):
        book.put(sheet, row, 14, float(total.chance[-1]), "chance")


def _summary_rows(book: Book, sheet: Worksheet, name: str, outlook: PhaseOutlook, row: int) -> int:
    total = outlook.total
    groups = len(outlook.phase.year_groups)
    for place, year in enumerate(total.years):
        for column, words in enumerate((name, PHASE_WORDS[outlook.phase], str(year))):
            book.put(sheet, row, column, words)
        numbers = (total.demand, total.low, total.high, total.places)
        for column, values in enumerate(numbers, 3):
            book.put(sheet, row, column, float(values[place]), WHOLE)
        surplus = float(total.surplus[place])
        book.formula(sheet, row, 7, f"={cell(row, 6)}-{cell(row, 3)}", surplus, SIGNED)
        _share(book, sheet, row, (7, 6, 8), surplus, float(total.places[place]))
        book.put(sheet, row, 9, float(total.need[place]), WHOLE)
        book.put(sheet, row, 10, float(total.spare[place]), WHOLE)
        book.formula(sheet, row, 11, f"={cell(row, 7)}/{30 * groups}", surplus / (30 * groups), FORMS)
        row += 1
    return row


def _share(
    book: Book, sheet: Worksheet, row: int, columns: tuple[int, int, int], surplus: float, places: float
) -> None:
    """Write surplus over places as a live share; ``columns`` are those of surplus, places and the share."""
    share = surplus / places if places > 0 else math.nan
    book.formula(sheet, row, columns[2], f"={cell(row, columns[0])}/{cell(row, columns[1])}", share, SHARE)


def _authority_chart(book: Book, sheet: Worksheet, place: Wide, phase: Phase, row: int, count: int) -> None:
    total = place.phases[phase].total
    rows = ChartRows(str(sheet.name), row, row + total.last, year=2, forecast=3, low=4, high=5, places=6)
    title = f"{place.name}: {PHASE_WORDS[phase].lower()}"
    sheet.insert_chart(3 + 17 * count, 13, places_chart(book, title, rows, place.phases[phase]))
