"""The dashboard: figures of the authority, native charts, the areas that need attention first, and what matters in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from placeplan.outputs.book import CHANCE, FORMS, LINE, SHARE, SIGNED, WHOLE, Book, Worksheet, cell
from placeplan.outputs.book_charts import (
    BLUE,
    GREEN,
    ORANGE,
    Series,
    columns_chart,
    insert_chart,
    places_chart,
)
from placeplan.outputs.headlines import first_likely, first_short, headlines, outlook_words
from placeplan.outputs.outlook import TOTAL, Outlook, PhaseOutlook
from placeplan.outputs.sheets_data import AREA_YEARS, area_column, area_rows
from placeplan.outputs.sheets_figures import figures_block
from placeplan.outputs.sheets_front import FORM, SUMMARY, THRESHOLD, sparklines, summary_rows
from placeplan.outputs.views import Area, RunView, needs_attention
from placeplan.outputs.words import PHASE_WORDS, STATUS_WORDS
from placeplan.years import AcademicYear, Phase

DASHBOARD, FIGURES = "Dashboard", "Chart figures"
_WIDTHS = (22, *[9.4] * 13)
_CHART_COLUMNS, _CHART_WIDTH, _CHART_ROWS = 3, 361, 15
_ROW_PIXELS = 20
_AREAS_NAMED = 12
_LETTERS_A_LINE = 190
_PHASE_HEAD = (
    "", "Year now", "Pupils now", "Last year", "Pupils then", "80% range from", "80% range to", "Places then",
    "Surplus or shortage (−)", "% of places", "Need then", "Spare then", "Forms of entry", "Areas short then",
)  # fmt: skip
_AREA_HEAD = (
    "Area", "Phase", "Status now", "Status in last year", "Last year", "Demand", "Places", "Surplus or shortage (−)",
    "% of places", "First year short", "Chance of shortfall",
)  # fmt: skip
_PHASE_COLOURS = {Phase.PRIMARY: BLUE, Phase.SECONDARY: ORANGE, Phase.SIXTH_FORM: GREEN}


def dashboard_sheets(
    book: Book, view: RunView, sheet: Worksheet, links: Mapping[tuple[Phase, str], str]
) -> str:
    """Fill the dashboard, and add the sheet of the figures behind its charts; return the name of that sheet."""
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    book.put(
        sheet,
        1,
        0,
        "Figures are linked to the sheets Summary and Area years.",
        "note",
    )
    figures = book.sheet(FIGURES, "Figures behind the charts of the dashboard", (26, *[11.5] * 12))
    row = _phases_block(book, view, sheet, 4)
    row = _headlines_block(book, view, sheet, row + 1)
    row = _charts(book, view, sheet, figures, row + 1)
    row = _areas_block(book, view, sheet, row, links)
    sheet.print_area(0, 0, row, len(_WIDTHS) - 1)
    sheet.freeze_panes(3, 1)
    figures.freeze_panes(3, 1)
    if len(view.authorities) == 1:
        sheet.set_portrait()
        sheet.fit_to_pages(1, 1)
    return str(figures.name)


def _phases_block(book: Book, view: RunView, sheet: Worksheet, row: int) -> int:
    """Write one row for each phase of the authority, each figure a link to the summary."""
    book.header(sheet, row, _PHASE_HEAD)
    sheet.set_row(row, 29)
    starts = summary_rows(book, view)
    for place in view.authorities:
        for phase, outlook in place.phases.items():
            row += 1
            name = (
                f"{place.name}, {PHASE_WORDS[phase].lower()}"
                if len(view.authorities) > 1
                else PHASE_WORDS[phase]
            )
            book.put(sheet, row, 0, name, "row_head")
            _phase_row(book, sheet, row, outlook, starts[place.code, phase])
            _short_areas(book, view, sheet, (row, 13), phase, outlook.total.years[-1])
    return row + 1


def _phase_row(book: Book, sheet: Worksheet, row: int, outlook: PhaseOutlook, first: int) -> None:
    total, last = outlook.total, first + outlook.total.last
    surplus = float(total.surplus[-1])
    linked = (
        (2, first, 3, total.demand[0], WHOLE), (4, last, 3, total.demand[-1], WHOLE), (5, last, 4, total.low[-1], WHOLE),
        (6, last, 5, total.high[-1], WHOLE), (7, last, 6, total.places[-1], WHOLE), (10, last, 9, total.need[-1], WHOLE),
        (11, last, 10, total.spare[-1], WHOLE),
    )  # fmt: skip
    for column, at, of, value, form in linked:
        book.formula(sheet, row, column, f"='{SUMMARY}'!{cell(at, of)}", float(value), form)
    book.put(sheet, row, 1, str(total.years[0]), "year")
    book.put(sheet, row, 3, str(total.years[-1]), "year")
    book.formula(sheet, row, 8, f"={cell(row, 7)}-{cell(row, 4)}", surplus, SIGNED)
    share = surplus / total.places[-1] if total.places[-1] > 0 else math.nan
    book.formula(sheet, row, 9, f"={cell(row, 8)}/{cell(row, 7)}", float(share), SHARE)
    groups = len(outlook.phase.year_groups)
    book.formula(sheet, row, 12, f"={cell(row, 8)}/({FORM}*{groups})", surplus / (30 * groups), FORMS)


def _short_areas(
    book: Book, view: RunView, sheet: Worksheet, at: tuple[int, int], phase: Phase, year: AcademicYear
) -> None:
    """Write how many areas are short in a year: a live count where all are listed."""
    count = sum(total.status[total.years.index(year)] == "short" for total in _totals(view, phase, year))
    condition = f'"{STATUS_WORDS["short"]}"'
    _count(book, view, sheet, at, (phase, f'"{year}"', "status", condition), count)


def _headlines_block(book: Book, view: RunView, sheet: Worksheet, row: int) -> int:
    """Write what matters, one sentence or two a row."""
    book.put(sheet, row, 0, "What matters", "part")
    bold, text = book.formats["row_head"], book.formats["wrap"]
    for subject, words in headlines(view):
        row += 1
        sheet.merge_range(row, 0, row, len(_WIDTHS) - 1, "")
        sheet.write_rich_string(row, 0, bold, f"{subject} ", text, words, text)
        sheet.set_row(row, LINE * max(1, math.ceil((len(subject) + len(words)) / _LETTERS_A_LINE)))
    return row + 1


def _charts(book: Book, view: RunView, sheet: Worksheet, figures: Worksheet, row: int) -> int:
    """Insert a chart for each phase of each authority, then three of measures; return the next free row."""
    below, charts = 4, list[tuple[Any, str]]()
    for place in view.authorities:
        for phase, outlook in place.phases.items():
            heading = f"{PHASE_WORDS[phase]}: {place.name}"
            rows, below = figures_block(book, figures, outlook, below, heading)
            past = outlook.past.get(TOTAL)
            title = f"{PHASE_WORDS[phase]}: demand and places"
            if len(view.authorities) > 1:
                title = f"{title}, {place.name}"
            chart = places_chart(book, title, rows, outlook, past.pupils if past else None)
            charts.append((chart, f"{title}. {outlook_words(outlook)}"))
    if any(outlook.total.places_known for place in view.authorities for outlook in place.phases.values()):
        charts += _measure_charts(book, view, figures, below)
    for number, (chart, words) in enumerate(charts):
        line, place_in_line = divmod(number, _CHART_COLUMNS)
        chart.set_size({"width": _CHART_WIDTH - 8, "height": _CHART_ROWS * _ROW_PIXELS - 8})
        insert_chart(sheet, row + line * _CHART_ROWS, chart, words, place_in_line * _CHART_WIDTH)
    return row + math.ceil(len(charts) / _CHART_COLUMNS) * _CHART_ROWS + 1


def _measure_charts(book: Book, view: RunView, figures: Worksheet, row: int) -> list[tuple[Any, str]]:
    """Write areas at risk, need and spare by phase and year, with a chart of each."""
    phases = [phase for phase in Phase if any(phase in place.phases for place in view.authorities)]
    years = sorted(
        {
            year
            for place in view.authorities
            for outlook in place.phases.values()
            for year in outlook.total.years
        }
    )
    charts: list[tuple[Any, str]] = []
    words = f"Areas with a chance of shortfall of {view.threshold:.0%} or more"
    for title, axis, column in ((words, "Areas", None), ("Need: places missing, area by area", "Places", 9),
                                ("Spare: places left over, area by area", "Places", 10)):  # fmt: skip
        book.put(figures, row, 0, title, "part")
        book.header(figures, row + 1, ["Year", *(PHASE_WORDS[phase] for phase in phases)])
        for at, year in enumerate(years, row + 2):
            book.put(figures, at, 0, str(year))
            for place, phase in enumerate(phases, 1):
                if column is None:
                    _at_risk(book, view, figures, (at, place), phase, year)
                else:
                    _summed(book, view, figures, (at, place), phase, year, column)
        last = row + 1 + len(years)
        series = [
            Series(PHASE_WORDS[phase], [FIGURES, row + 2, place, last, place], _PHASE_COLOURS[phase])
            for place, phase in enumerate(phases, 1)
        ]
        words = f"{title}, by phase and year. Its figures are on the sheet {FIGURES}."
        charts.append((columns_chart(book, title, [FIGURES, row + 2, 0, last, 0], series, axis), words))
        row = last + 2
    return charts


def _at_risk(
    book: Book, view: RunView, figures: Worksheet, at: tuple[int, int], phase: Phase, year: AcademicYear
) -> None:
    """Write how many areas have the chance of shortfall from which they are named."""
    totals = _totals(view, phase, year)
    if totals:
        count = sum(bool(total.chance[total.years.index(year)] >= view.threshold) for total in totals)
        _count(book, view, figures, at, (phase, cell(at[0], 0), "chance", f'">="&{THRESHOLD}'), count)


def _totals(view: RunView, phase: Phase, year: AcademicYear) -> list[Outlook]:
    """All areas of a phase that are forecast in a year, those without a sheet too."""
    totals = [area.phases[phase].total for area in view.areas if phase in area.phases]
    return [total for total in totals if year in total.years]


def _count(
    book: Book,
    view: RunView,
    sheet: Worksheet,
    at: tuple[int, int],
    asked: tuple[Phase, str, str, str],
    count: int,
) -> None:
    """Write a count of areas by phase, year and the condition on a column: live, unless not all areas are listed."""
    if view.is_partial:
        book.put(sheet, *at, float(count), WHOLE)
        return
    phase, year, key, condition = asked
    first, last = book.head + 1, max(last for _, last in area_rows(book, view).values())
    phases, years, tested = (
        f"'{AREA_YEARS}'!{cell(first, area_column(name))}:{cell(last, area_column(name))}"
        for name in ("phase", "year", key)
    )
    formula = f'=COUNTIFS({phases},"{PHASE_WORDS[phase]}",{years},{year},{tested},{condition})'
    book.formula(sheet, *at, formula, float(count), WHOLE)


def _summed(
    book: Book,
    view: RunView,
    figures: Worksheet,
    at: tuple[int, int],
    phase: Phase,
    year: AcademicYear,
    column: int,
) -> None:
    """Write need or spare of a year as the sum of its cells on the summary."""
    starts, cells, value = summary_rows(book, view), [], 0.0
    for place in view.authorities:
        total = place.phases[phase].total if phase in place.phases else None
        if total is not None and year in total.years:
            position = total.years.index(year)
            cells.append(f"'{SUMMARY}'!{cell(starts[place.code, phase] + position, column)}")
            value += float((total.need if column == 9 else total.spare)[position])
    if cells and math.isfinite(value):
        book.formula(figures, *at, "=" + "+".join(cells), value, WHOLE)


def _areas_block(
    book: Book, view: RunView, sheet: Worksheet, row: int, links: Mapping[tuple[Phase, str], str]
) -> int:
    """List the areas that need attention most, gravest first, with sparklines."""
    gravest = sorted(
        (area for area in view.shown if needs_attention(area)), key=lambda area: area.gravity, reverse=True
    )
    if not gravest:
        return row
    book.put(sheet, row, 0, "Areas that need attention first", "part")
    header = [*_AREA_HEAD, f"Chance {view.threshold:.0%} from", "Demand by year", "Surplus by year"]
    book.header(sheet, row + 1, header, 4)
    sheet.set_row(row + 1, 30)
    where, first = area_rows(book, view), row + 2
    for row, area in enumerate(gravest[:_AREAS_NAMED], first):
        book.link(sheet, row, 0, links[area.phase, area.code], area.name)
        _area_row(book, sheet, row, area, where[area.code, area.main.phase], view.threshold)
    book.colour_statuses(sheet, (first, row), (2, 3))
    return row + 1


def _area_row(
    book: Book, sheet: Worksheet, row: int, area: Area, where: tuple[int, int], threshold: float
) -> None:
    total, last = area.main.total, where[1]
    texts = (PHASE_WORDS[area.main.phase], STATUS_WORDS[total.status[0]], STATUS_WORDS[total.status[-1]])
    for column, words in enumerate(texts, 1):
        book.put(sheet, row, column, words)
    book.put(sheet, row, 4, str(total.years[-1]), "year")
    surplus = float(total.surplus[-1])
    share = surplus / float(total.places[-1]) if total.places[-1] > 0 else math.nan
    for column, key, value, form in (
        (5, "demand", float(total.demand[-1]), WHOLE), (6, "places", float(total.places[-1]), WHOLE),
        (7, "surplus", surplus, SIGNED), (8, "share", share, SHARE), (10, "chance", float(total.chance[-1]), CHANCE),
    ):  # fmt: skip
        book.formula(sheet, row, column, f"='{AREA_YEARS}'!{cell(last, area_column(key))}", value, form)
    short = first_short(total)
    likely = first_likely(total, threshold)
    for column, at in ((9, short), (11, likely)):
        book.put(sheet, row, column, str(total.years[at]) if at else "", "year")
    sparklines(book, sheet, row, (12, 13), where, total)
    sheet.set_row(row, 20)
