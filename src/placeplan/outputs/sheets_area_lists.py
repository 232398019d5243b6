"""Below demand and places on the sheet of an area: new homes, births, schools, and planned changes with who decides them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from placeplan.outputs.boardviews import frame
from placeplan.outputs.book import LINE, SHARE, SIGNED, WHOLE, Book, Worksheet, cell, lines_of
from placeplan.outputs.book_lists import DECIMAL
from placeplan.outputs.outlook import PhaseOutlook
from placeplan.outputs.report_areas import recent_births
from placeplan.outputs.report_decisions import IN_TIME_WORDS
from placeplan.outputs.schools import Change, School
from placeplan.outputs.views import Area, RunView
from placeplan.outputs.words import PHASE_WORDS, day_words, plain
from placeplan.tables import rows_of
from placeplan.words import group_words, kind_words
from placeplan.years import Phase

_DECIDER_WIDTH = 21
ByYear = Mapping[str, float]
"""Pupils or homes by academic year as text."""
Sites = Mapping[tuple[str, str, float], ByYear]
"""The same by site: its name, status and certainty."""


@dataclass(frozen=True)
class AreaFacts:
    """What the sheets of areas look up: pupils of new homes by (area, phase); pupils and homes of each site by
    (area, phase) and (name, status, certainty); capacities by (URN, site, phase); the decision on each planned change."""

    homes: Mapping[tuple[str, str], ByYear]
    site_pupils: Mapping[tuple[str, str], Sites]
    site_homes: Mapping[tuple[str, str], Sites]
    capacity: Mapping[tuple[str, str, str], float]
    decisions: Mapping[str, Any]


def area_facts(view: RunView) -> AreaFacts:
    """Return the facts of all areas, looked up once."""
    forecast = frame(view, "forecast")
    rows = forecast[
        (forecast["geography"] == "area")
        & (forecast["year_group"] == "total")
        & (forecast["scenario"] == view.scenario)
    ]
    homes: dict[tuple[str, str], dict[str, float]] = {}
    for code, phase, year, pupils in _columns(rows, "code", "phase", "academic_year", "housing"):
        homes.setdefault((code, phase), {})[year] = float(pupils)
    sites = _sites(view, "pupils"), _sites(view, "dwellings")
    counted = frame(view, "supply_confidence")
    capacity = {}
    if not counted.empty:
        counted = counted[counted["measure"] == "capacity"]
        for urn, site, phase, value in _columns(counted, "urn", "site_id", "phase", "value"):
            capacity[urn, site if isinstance(site, str) else "", phase] = float(value)
    decisions = {row.change_id: row for row in rows_of(frame(view, "decisions"))}
    return AreaFacts(homes, *sites, capacity, decisions)


def _sites(
    view: RunView, measure: str
) -> dict[tuple[str, str], dict[tuple[str, str, float], dict[str, float]]]:
    """Return a measure of the housing sites by area and phase, by site, by year."""
    found: dict[tuple[str, str], dict[tuple[str, str, float], dict[str, float]]] = {}
    rows = frame(view, "housing_pupils")
    if rows.empty:
        return found
    rows = rows[rows["scenario"] == view.scenario]
    names = ("area_code", "phase", "site_id", "site_name", "status", "certainty", "academic_year", measure)
    for code, phase, site, name, status, certainty, year, value in _columns(rows, *names):
        part = (plain(str(name or site)), str(status), float(certainty))
        by_year = found.setdefault((code, phase), {}).setdefault(part, {})
        by_year[year] = by_year.get(year, 0.0) + float(value)
    return found


def _columns(rows: Any, *names: str) -> Any:
    return zip(*(rows[name].tolist() for name in names), strict=True)


def homes_block(
    book: Book, sheet: Worksheet, facts: AreaFacts, area: Area, outlook: PhaseOutlook, row: int
) -> int:
    """Write the homes of each site, then demand with and without new homes and the pupils of each site, as far as there
    are any; homes stand under the phase of the area alone."""
    key = (area.code, outlook.phase.value)
    years, homes = [str(year) for year in outlook.total.years], facts.homes.get(key, {})
    if outlook.phase is area.main.phase:
        heading = "Housing sites: homes completed in the year before"
        row = _sites_block(book, sheet, heading, (facts.site_homes.get(key, {}), WHOLE), years, row)
    if not any(homes.values()):
        return row
    book.put(sheet, row, 0, f"{PHASE_WORDS[outlook.phase]} with and without new homes", "part")
    book.header(sheet, row + 1, ["", *years])
    for place, words in enumerate(("With new homes", "Pupils of new homes", "Without new homes"), row + 2):
        book.put(sheet, place, 0, words, "row_head")
    for column, (year, demand) in enumerate(zip(years, outlook.total.demand.tolist(), strict=True), 1):
        if year in homes:
            book.put(sheet, row + 2, column, demand, WHOLE)
            book.put(sheet, row + 3, column, homes[year], DECIMAL)
            formula = f"={cell(row + 2, column)}-{cell(row + 3, column)}"
            book.formula(sheet, row + 4, column, formula, demand - homes[year], WHOLE)
    heading = f"Housing sites: {PHASE_WORDS[outlook.phase].lower()} pupils above those of the usual building"
    return _sites_block(book, sheet, heading, (facts.site_pupils.get(key, {}), DECIMAL), years, row + 6)


def _sites_block(
    book: Book, sheet: Worksheet, heading: str, counted: tuple[Sites, str], years: Sequence[str], row: int
) -> int:
    """Write each site by year with a live sum; nothing without a site that counts."""
    sites, form = counted
    shown = {part: by_year for part, by_year in sites.items() if any(by_year.values())}
    if not shown:
        return row
    book.put(sheet, row, 0, heading, "part")
    book.header(sheet, row + 1, ["Site", *years, "Status", "Certainty"])
    first, end = row + 2, len(years) + 1
    for place, ((name, status, certainty), by_year) in enumerate(shown.items(), first):
        book.put(sheet, place, 0, name)
        for column, year in enumerate(years, 1):
            if year in by_year:
                book.put(sheet, place, column, by_year[year], form)
        book.put(sheet, place, end, status, "year")
        book.put(sheet, place, end + 1, certainty, "chance")
    last = first + len(shown)
    book.put(sheet, last, 0, "All sites", "total_head")
    for column, year in enumerate(years, 1):
        if any(year in by_year for by_year in shown.values()):
            value = sum(by_year.get(year, 0.0) for by_year in shown.values())
            formula = f"=SUM({cell(first, column)}:{cell(last - 1, column)})"
            book.formula(sheet, last, column, formula, value, f"total_{form}")
    return last + 2


def births_block(book: Book, sheet: Worksheet, area: Area, row: int) -> int:
    """Write the births behind Reception from a few years before the base year on."""
    births = recent_births(area)
    if not births:
        return row
    book.put(sheet, row, 0, "Births, by the year in which the children enter Reception (* projected)", "part")
    book.header(sheet, row + 1, ["", *(str(birth.reception) for birth in births)])
    book.put(sheet, row + 2, 0, "Births", "row_head")
    for column, birth in enumerate(births, 1):
        book.put(sheet, row + 2, column, birth.births, "projected" if birth.projected else WHOLE)
    return row + 4


def schools_block(book: Book, sheet: Worksheet, facts: AreaFacts, schools: Sequence[School], row: int) -> int:
    """Write the schools: admission number, capacity, roll, places and what is spare now and in the last year, with sums."""
    if not schools:
        return row
    first, last = schools[0].years[0], schools[0].years[-1]
    book.put(sheet, row, 0, "Schools", "part")
    header = ["School", "URN", "PAN", "Capacity", f"Places {first}", f"Roll {first}", f"Spare {first}",
              f"Places {last}", f"Roll {last}", f"Surplus {last}", "% of places", "Type"]  # fmt: skip
    book.header(sheet, row + 1, header, 2)
    sheet.set_row(row + 1, 29)
    start = row + 2
    for place, school in enumerate(schools, start):
        phase = f" ({PHASE_WORDS[school.phase].lower()})" if school.phase is Phase.SIXTH_FORM else ""
        book.put(sheet, place, 0, f"{school.name}{f', site {school.site}' if school.site else ''}{phase}")
        book.put(sheet, place, 1, school.urn)
        book.put(sheet, place, 11, school.type_words, "year")
        capacity = facts.capacity.get((school.urn, school.site, school.phase.value), math.nan)
        _school_numbers(book, sheet, place, school, capacity)
    return _school_sums(book, sheet, schools, start)


def _school_numbers(book: Book, sheet: Worksheet, row: int, school: School, capacity: float) -> None:
    now, then = (
        (float(school.places[0]), float(school.roll[0])),
        (float(school.places[-1]), float(school.roll[-1])),
    )
    for column, value in zip((2, 3, 4, 5, 7, 8), (school.pan, capacity, *now, *then), strict=True):
        if math.isfinite(value):
            book.put(sheet, row, column, value, WHOLE)
    for column, (places, roll) in ((6, now), (9, then)):
        book.formula(
            sheet, row, column, f"={cell(row, column - 2)}-{cell(row, column - 1)}", places - roll, SIGNED
        )
    share = (then[0] - then[1]) / then[0] if then[0] > 0 else math.nan
    book.formula(sheet, row, 10, f"={cell(row, 9)}/{cell(row, 7)}", share, SHARE)


def _school_sums(book: Book, sheet: Worksheet, schools: Sequence[School], start: int) -> int:
    """Write live sums of places and rolls, so far as all are known; return the next free row."""
    row = start + len(schools)
    book.put(sheet, row, 0, "All schools listed", "total_head")
    for column in range(1, 12):
        sheet.write_blank(row, column, None, book.formats["total_head"])
    sums = {
        column: float(sum(values[at] for values in columns))
        for column, columns, at in (
            (4, [one.places for one in schools], 0), (5, [one.roll for one in schools], 0),
            (7, [one.places for one in schools], -1), (8, [one.roll for one in schools], -1),
        )
    }  # fmt: skip
    for column, value in sums.items():
        formula = f"=SUM({cell(start, column)}:{cell(row - 1, column)})"
        book.formula(sheet, row, column, formula, value, "total_whole")
    for column in (6, 9):
        value = sums[column - 2] - sums[column - 1]
        book.formula(
            sheet, row, column, f"={cell(row, column - 2)}-{cell(row, column - 1)}", value, "total_signed"
        )
    share = (sums[7] - sums[8]) / sums[7] if sums[7] > 0 else math.nan
    book.formula(sheet, row, 10, f"={cell(row, 9)}/{cell(row, 7)}", share, "total_share")
    return row + 2


def changes_block(book: Book, sheet: Worksheet, facts: AreaFacts, changes: Sequence[Change], row: int) -> int:
    """Write the planned changes, options among them, with who decides and by when."""
    if not changes:
        return row
    book.put(sheet, row, 0, "Planned changes, options and decisions", "part")
    header = ["School", "Change", "What", "Group", "From", "Until", "Certainty", "Places", "Earliest", "In time", "",
              "Decides"]  # fmt: skip
    book.header(sheet, row + 1, header, 12)
    for place, change in enumerate(changes, row + 2):
        group = group_words(change.year_group) if change.year_group else "all"
        what, decision = kind_words(change.kind), facts.decisions.get(change.change_id)
        texts = [change.where, change.change_id, what, group, change.start, change.end, change.certainty]
        for column, words in enumerate(texts):
            book.put(sheet, place, column, words)
        if math.isfinite(change.places):
            book.put(sheet, place, 7, change.places, SIGNED)
        if decision is not None:
            decided = decision.in_time == "decided"
            earliest = "" if decided else day_words(decision.earliest_date, True) or "not known"
            for column, words in enumerate((earliest, IN_TIME_WORDS[decision.in_time]), 8):
                book.put(sheet, place, column, words)
            book.put(sheet, place, 11, decision.decider, "wrap")
            sheet.set_row(place, LINE * lines_of(decision.decider, _DECIDER_WIDTH) + 2)
    return row + 3 + len(changes)
