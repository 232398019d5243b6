"""The page of a pack, as Markdown: what its schools can expect, what their areas face, what is proposed, how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from placeplan.outputs.marks import bullets, headings, table
from placeplan.outputs.words import (
    PHASE_WORDS,
    UNKNOWN,
    chance,
    counted,
    day_words,
    markdown,
    number,
    percent,
    pounds,
    signed,
)
from placeplan.publishing.basis import basis_lines, made_on
from placeplan.publishing.cells import TOTAL
from placeplan.publishing.packtables import CONFIDENTIAL
from placeplan.publishing.profile import Profile
from placeplan.publishing.recipients import AUTHORITY, Recipient
from placeplan.publishing.runfolder import RunFolder
from placeplan.tables import rows_of
from placeplan.words import group_words, kind_words
from placeplan.years import Phase

YEARS_AHEAD = 5
MOST_SCHOOLS = 60
"""A page holds the tables of up to this many schools; rolls.csv holds all of them."""
OPTIONS_SHOWN = 3
KEEP, JOIN = "\u00a0", "\u2060"
"""A space and a joint at which no line is broken."""
_IN_TIME = {"yes": "yes", "no": "no", "decided": "decided", "": UNKNOWN}


def pack_page(
    run: RunFolder, one: Recipient, tables: Mapping[str, pd.DataFrame], profile: Profile | None
) -> str:
    """Return the page of one recipient; ``profile`` is given where it is for publication."""
    blocks = [
        f"# Pupils and places: {markdown(one.name)}",
        f"{markdown(run.authority)}, forecast of {made_on(run.story)}, base year **{run.base_year}**. {_who(one, tables)}",
        "## Contents",
        "\0contents",
        *_together(tables.get("partners")),
        *_schools_at_a_glance(tables["rolls"]),
        *_areas(tables["areas"]),
        *_summary(tables["summary"]),
        *_proposed(tables["proposed"]),
        *_options(tables["options"]),
        *_accuracy(tables["accuracy"], tables["areas"]),
        *_schools(tables["rolls"]),
        "## What the figures rest on",
        bullets(basis_lines(run, profile)),
        *_reading(profile),
    ]
    text = "\n\n".join(block for block in blocks if block) + "\n"
    entries = [entry for entry in headings(text) if entry[0] == 2 and entry[1] != "Contents"]
    return text.replace("\0contents", bullets(f"[{words}](#{target})" for _, words, target in entries))


def _who(one: Recipient, tables: Mapping[str, pd.DataFrame]) -> str:
    schools, areas = (
        counted(tables["rolls"]["urn"].nunique(), "school"),
        counted(len(one.areas), "planning area"),
    )
    if one.kind == "school":
        return f"URN {markdown(', '.join(sorted(one.urns)))}, in {areas}."
    what = {AUTHORITY: "The whole authority", "district": "The district"}
    return f"{what.get(one.kind, f'The {one.kind}')}: {schools} in {areas}."


def cell(value: Any, decimals: int = 0) -> str:
    """Write a number, ``c`` where it is hidden."""
    return CONFIDENTIAL if isinstance(value, str) else number(float(value), decimals)


def grouped(frame: pd.DataFrame, *names: str) -> dict[tuple[str, ...], list[Any]]:
    """Return the rows of a frame by some of its columns, in the order in which they come."""
    found: dict[tuple[str, ...], list[Any]] = {}
    for row in rows_of(frame):
        found.setdefault(tuple(str(getattr(row, name)) for name in names), []).append(row)
    return found


def _with_range(row: Any) -> str:
    """Write the pupils with the range of four cases in five, where there is one."""
    told = cell(row.pupils)
    if isinstance(row.p10, str) or np.isnan(float(row.p10)):
        return told
    return f"{told}{KEEP}({number(float(row.p10))}–{JOIN}{number(float(row.p90))})"


def _five_years(rows: pd.DataFrame) -> pd.DataFrame:
    years = list(dict.fromkeys(rows["academic_year"]))[: YEARS_AHEAD + 1]
    return rows[rows["academic_year"].isin(years)]


def _together(partners: pd.DataFrame | None) -> Iterator[str]:
    """What the schools of a trust or diocese come to, phase by phase."""
    if partners is None:
        return
    yield "## All schools together"
    yield (
        "All pupils of a phase, with the range that holds in four cases of five. Single schools err both ways, so the range "
        "of the total is narrower than theirs added up. Spare places of one school do not serve the need of another."
    )
    rows = _five_years(partners)
    header = ["Phase", "Schools", "Year", "Pupils", "Places", "Spare"]
    lines = [
        [
            PHASE_WORDS[Phase(row.phase)],
            row.schools,
            row.academic_year,
            _with_range(row),
            cell(row.places),
            cell(row.surplus),
        ]
        for row in rows_of(rows)
    ]
    yield table(header, lines, text_columns=3)


def _schools_at_a_glance(rolls: pd.DataFrame) -> Iterator[str]:
    totals = _five_years(rolls[rolls["year_group"] == TOTAL])
    if totals.empty:
        return
    yield "## Schools at a glance"
    years = list(dict.fromkeys(totals["academic_year"]))
    yield (
        f"All pupils of a phase: the roll of {years[0]}, then what is expected, with the range that holds in four cases of "
        "five. Spare are places less pupils; below zero there are more pupils than places."
    )
    years = [years[0], *dict.fromkeys((years[1], years[-1]))] if len(years) > 1 else years
    header = ["School", "Phase", f"Roll {years[0]}", *years[1:], f"Places {years[-1]}", "Spare"]
    lines = []
    for (_, _, phase), rows in grouped(totals, "urn", "site_id", "phase").items():
        told = {row.academic_year: _with_range(row) for row in rows}
        last = rows[-1]
        lines.append([markdown(last.school_name), PHASE_WORDS[Phase(phase)], *(told.get(year, "–") for year in years),
                      cell(last.places), cell(last.surplus)])  # fmt: skip
    yield table(header, lines, text_columns=2)


def _areas(areas: pd.DataFrame) -> Iterator[str]:
    if areas.empty:
        return
    yield "## What the areas face"
    yield (
        "All pupils expected on roll at the mainstream schools of each planning area beside its places, with certain and "
        "firm changes. The chance is that of more pupils than places."
    )
    for (code, phase), rows in grouped(areas, "area_code", "phase").items():
        totals = [row for row in rows if row.year_group == TOTAL]
        entry = [row for row in rows if row.year_group == rows[0].year_group]
        yield f"### {markdown(rows[0].area_name)}, {PHASE_WORDS[Phase(phase)].lower()}"
        yield f"Area {markdown(code)}." + _first_short(totals)
        intake = group_words(rows[0].year_group)
        header = [
            "Year",
            "Pupils",
            "Places",
            "Surplus",
            "% of places",
            "Chance of shortfall",
            intake,
            "Places there",
        ]
        lines = (
            [*_area_line(row), _with_range(first), cell(first.places)]
            for row, first in zip(totals, entry, strict=True)
        )
        yield table(header, lines)


def _summary(summary: pd.DataFrame) -> Iterator[str]:
    """Give the totals of the authority and of the districts concerned, now and in the last year."""
    if summary.empty:
        return
    yield "## The authority as a whole"
    header = [
        "Where",
        "Phase",
        "Last year",
        "Pupils now",
        "Pupils then",
        "Places then",
        "Surplus",
        "% of places",
    ]
    lines = []
    for (_, _, phase), rows in grouped(
        summary[summary["year_group"] == TOTAL], "geography", "code", "phase"
    ).items():
        now, then = rows[0], rows[-1]
        share = CONFIDENTIAL if isinstance(then.surplus, str) else percent(float(then.surplus_percent))
        lines.append([markdown(then.name), PHASE_WORDS[Phase(phase)], then.academic_year, cell(now.pupils),
                      _with_range(then), cell(then.places), cell(then.surplus), share])  # fmt: skip
    yield table(header, lines, text_columns=3)


def _first_short(rows: Sequence[Any]) -> str:
    shown = [row for row in rows if not isinstance(row.surplus, str) and float(row.surplus) < 0]
    return f" Fewer places than pupils are expected from {shown[0].academic_year}." if shown else ""


def _area_line(row: Any) -> list[str]:
    hidden = isinstance(row.surplus, str)
    return [
        row.academic_year, _with_range(row), cell(row.places), cell(row.surplus),
        CONFIDENTIAL if hidden else percent(float(row.surplus_percent)),
        CONFIDENTIAL if hidden else chance(float(row.probability_of_shortfall)),
    ]  # fmt: skip


def _proposed(proposed: pd.DataFrame) -> Iterator[str]:
    yield "## What is planned and proposed"
    if proposed.empty:
        yield "No planned change concerns these schools or their areas."
        return
    yield (
        "Certain and firm changes are in the figures above; the others are not. Places are for each year group that the "
        "change touches, as the table of planned changes states them."
    )
    header = [
        "Change",
        "Where",
        "Starts",
        "How sure",
        "Decided by",
        "Not before, by its route",
        "In time",
        "Places",
    ]
    yield table(header, (change_line(row) for row in rows_of(proposed)), text_columns=7)


def change_line(row: Any) -> list[str]:
    """Return a planned change: what, where, start, certainty, decider, earliest date, whether in time, places."""
    places = float(row.places)
    return [
        markdown(kind_words(row.kind)), markdown(row.where or row.area_code), day_words(row.start_date),
        markdown(row.certainty or "firm (assumed)"), markdown(row.decider), day_words(row.earliest_date) or UNKNOWN,
        _IN_TIME.get(row.in_time, UNKNOWN), "all" if np.isnan(places) else signed(places),
    ]  # fmt: skip


def _options(options: pd.DataFrame) -> Iterator[str]:
    if options.empty:
        return
    yield "## What could be done"
    yield (
        f"The {OPTIONS_SHOWN} options ranked first for each area in trouble. They are calculations to talk about, not "
        "decisions. Chance is that of a shortfall in the judged year, before and after."
    )
    shown = options[options["rank"].astype(float) <= OPTIONS_SHOWN]
    header = ["Area", "Phase", "Option", "School", "Start", "Decided by", "Chance", "Cost"]
    yield table(header, (_option_line(row) for row in rows_of(shown)), text_columns=6)


def _option_line(row: Any) -> list[str]:
    cost = float(row.cost)
    return [
        markdown(row.area_code), PHASE_WORDS[Phase(row.phase)], markdown(row.title), markdown(row.school_name or "–"),
        markdown(row.start_year), markdown(row.decider),
        f"{chance(float(row.chance_before))} → {chance(float(row.chance_after))}", "–" if np.isnan(cost) else pounds(cost),
    ]  # fmt: skip


def _accuracy(accuracy: pd.DataFrame, areas: pd.DataFrame) -> Iterator[str]:
    yield "## How earlier forecasts did here"
    if accuracy.empty:
        yield "The run holds no earlier forecasts of these areas beside the rolls that came."
        return
    yield (
        "Forecasts that were made earlier, beside the rolls that came: (forecast − actual) / actual, so that above zero the "
        "forecast was too high."
    )
    names = dict(zip(areas["area_code"], areas["area_name"], strict=True))
    counts = "forecast" in accuracy
    header = ["Area", "Phase", "Made in", "For", *(["Forecast", "Came"] if counts else []), "Error"]
    lines = []
    for row in rows_of(accuracy):
        told = [number(float(row.forecast)), number(float(row.actual))] if counts else []
        error = float(row.error_percent)
        lines.append([markdown(names.get(row.area_code, row.area_code)), PHASE_WORDS[Phase(row.phase)], row.made_in,
                      row.target_year, *told, UNKNOWN if np.isnan(error) else f"{signed(error, 1)}%"])  # fmt: skip
    yield table(header, lines, text_columns=4)


def _schools(rolls: pd.DataFrame) -> Iterator[str]:
    if rolls.empty:
        return
    yield "## Rolls by school and year group"
    if rolls["urn"].nunique() > MOST_SCHOOLS:
        yield f"These are {counted(rolls['urn'].nunique(), 'school')}; their year groups stand in rolls.csv."
        return
    yield "In brackets the range that holds in four cases of five; ranges of year groups do not add up to that of the total."
    school = ""
    for (urn, site, phase), rows in grouped(_five_years(rolls), "urn", "site_id", "phase").items():
        if school != urn + site:
            school = urn + site
            yield f"### {markdown(rows[0].school_name)}"
            yield f"URN {markdown(urn)}."
        by_year: dict[str, list[Any]] = {}
        for row in rows:
            by_year.setdefault(row.academic_year, []).append(row)
        groups = [row.year_group for row in by_year[rows[0].academic_year] if row.year_group != TOTAL]
        header = [PHASE_WORDS[Phase(phase)], *map(group_words, groups), "Total", "Places", "Spare"]
        yield table(header, (_year_line(year, cells) for year, cells in by_year.items()))


def _year_line(year: str, cells: Sequence[Any]) -> list[str]:
    return [year, *map(_with_range, cells), cell(cells[-1].places), cell(cells[-1].surplus)]


def _reading(profile: Profile | None) -> Iterator[str]:
    yield "## How to read it"
    lines = [
        "A figure for 2026/27 is the roll of the census in that academic year.",
        "Pupils are those expected on roll, not residents, and not limited by places. Special schools are not in them.",
        "Places are assessed capacity unless the basis above says otherwise; admission numbers are not the same.",
    ]
    if profile is None:
        lines.append(
            "Figures are rounded for reading, so sums may differ by one or two; the CSV files are not rounded."
        )
    yield bullets(lines)
