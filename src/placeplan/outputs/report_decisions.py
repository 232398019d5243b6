"""The parts of the report about decisions: powers of the authority, routes of planned changes, admission numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from placeplan.outputs.boardviews import Power, area_names, frame, powers, school_names
from placeplan.outputs.marks import table
from placeplan.outputs.views import RunView
from placeplan.outputs.words import PHASE_WORDS, chance, day_words, markdown, number, share, signed
from placeplan.tables import rows_of
from placeplan.words import group_words, kind_words

IN_TIME_WORDS = {"yes": "in time", "no": "too late for its start", "decided": "decided", "": "not known"}
ACT_WORDS = (
    "Not yet in force, as far as the sources say, and not applied: rules marked prospective in the table of rules, among "
    "them those of the Children's Wellbeing and Schools Act 2026. Rules of low confidence say in their note what is unsure."
)


def who_decides(view: RunView) -> Iterator[str]:
    """Give the section on powers, routes and admission numbers, as far as the run has them."""
    whole = powers(view, "authority")
    if not whole and frame(view, "decisions").empty:
        return
    yield "## Who decides"
    if whole:
        yield from _powers(view, whole)
    if not frame(view, "decisions").empty:
        yield from _routes(view)
    yield from _determined(view)


def power_cells(power: Power) -> list[str]:
    """Return the shares of one place: of places now, of need and excess in the last year."""
    now, then = power.now, power.then
    return [
        number(now.places), number(now.places_alone), share(now.places_alone_share), number(then.need),
        share(then.need_alone_share), number(then.excess), share(then.excess_alone_share),
    ]  # fmt: skip


def _powers(view: RunView, whole: list[Power]) -> Iterator[str]:
    yield (
        "The authority decides by itself where it is the admission authority. Elsewhere governing bodies and trusts set "
        "admission numbers. Need is met, and surplus above the threshold taken out, as far as those schools hold the places."
    )
    header = ["Phase", "Places now", "of which its own", "Share", "Need in the last year", "its own share",
              "Places above the threshold", "its own share"]  # fmt: skip
    yield table(header, ([PHASE_WORDS[one.phase], *power_cells(one)] for one in whole))
    areas = powers(view, "area")
    if areas:
        yield "### Powers by planning area"
        names = (
            [markdown(one.name), markdown(one.code), PHASE_WORDS[one.phase], *power_cells(one)]
            for one in areas
        )
        yield table(["Area", "Code", *header], names, text_columns=3)


def _routes(view: RunView) -> Iterator[str]:
    yield "### Routes of the planned changes"
    rows = frame(view, "decisions")
    schools, areas = school_names(view), area_names(view)
    header = ["Change", "What", "Where", "Proposes", "Decides", "Steps", "Earliest", "Start", "Time"]
    yield table(
        header, ([markdown(cell) for cell in _route(row, schools, areas)] for row in rows_of(rows)), 9
    )
    yield ACT_WORDS


def _route(row: Any, schools: dict[str, str], areas: dict[str, str]) -> list[str]:
    where = schools.get(row.urn) or areas.get(row.area_code, row.area_code)
    earliest = day_words(row.earliest_date, True) or "not known"
    if row.in_time == "decided":
        earliest = ""
    return [
        row.change_id, kind_words(row.kind), where, row.proposer, row.decider, row.route,
        earliest, day_words(row.start_date, True), IN_TIME_WORDS[row.in_time],
    ]  # fmt: skip


def _determined(view: RunView) -> Iterator[str]:
    rows = frame(view, "determined")
    if rows.empty:
        return
    yield "### Admission numbers that changed without a plan"
    yield (
        "Determined otherwise than the year before, in no planned change. The chance is that the area's intake exceeds all "
        "its admission numbers, before and after, never told below 5% or above 95%."
    )
    header = ["School", "Year group", "Entry", "Decided by", "Number", "Change", "Area admits", "Intake expected",
              "Chance before", "Chance after", "Other schools (their numbers)", "Consultation", "Determined by",
              "Objections by"]  # fmt: skip
    yield table(header, (_number(row) for row in rows_of(rows)), text_columns=4)


def _number(row: Any) -> list[str]:
    return [
        markdown(row.school_name), group_words(row.year_group),
        row.academic_year, markdown(row.decider), number(row.pan), signed(row.change), number(row.area_pan),
        number(row.demand), chance(row.chance_before), chance(row.chance),
        f"{row.neighbours} ({number(row.neighbours_pan)})",
        f"{day_words(row.consultation_opens, True)} to {day_words(row.consultation_closes, True)}",
        day_words(row.determined_by, True), day_words(row.objections_by, True) or "not given",
    ]  # fmt: skip
