"""What must be decided, by when and by whom: shortages ahead, planned changes not yet decided, agreed next steps.

A shortage needs its decision by 1 September of its first year, less the months that an expansion takes
(``options.months_expansion``); one of the year group of entry alone, by the day on which admission numbers are determined.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from placeplan.keydates import admissions_round, entry_day, months_later
from placeplan.outputs.boardviews import area_names, frame, powers, school_names
from placeplan.outputs.headlines import first_likely, first_short
from placeplan.outputs.outlook import PhaseOutlook
from placeplan.outputs.views import Area, RunView
from placeplan.outputs.words import PHASE_WORDS, chance, markdown, number, share
from placeplan.tables import rows_of
from placeplan.words import group_words, kind_words
from placeplan.years import AcademicYear, Phase

IN_TIME = {"yes": "in time", "no": "too late for its start", "": "timing not known"}


@dataclass(frozen=True)
class Due:
    """One decision: the day by which it is due, where, what is to be decided, who decides, and why."""

    by: date
    where: str
    what: str
    who: str
    why: str


def decisions_due(view: RunView) -> list[Due]:
    """Return every decision that the run shows to be open, the earliest day first."""
    found = [*_shortages(view), *_changes(view), *_steps(view)]
    return sorted(found, key=lambda due: (due.by, due.where, due.what))


def due_cells(due: Due, on: date | None) -> list[str]:
    """Return a decision as cells of Markdown; a day before ``on`` has passed."""
    passed = " (passed)" if on is not None and due.by < on else ""
    by = f"{due.by.day} {due.by:%b %Y}{passed}"
    return [by, *map(markdown, (due.where, due.what, due.who, due.why))]


def _shortages(view: RunView) -> Iterator[Due]:
    alone = {(one.phase, one.code): one.now.places_alone_share for one in powers(view, "area")}
    for area in view.areas:
        for phase, outlook in area.phases.items():
            if phase is not Phase.SIXTH_FORM:
                yield from _shortage(view, area, outlook, _who(alone.get((phase, area.code), float("nan"))))


def _shortage(view: RunView, area: Area, outlook: PhaseOutlook, who: str) -> Iterator[Due]:
    total, months = outlook.total, view.result.project.options.months_expansion
    phase = PHASE_WORDS[outlook.phase].lower()
    short, likely = first_short(total), first_likely(total, view.threshold)
    if short is not None:
        least = min(float(value) for value in total.surplus[short:] if value == value)
        why = f"short from {total.years[short]}, by up to {number(-least)}"
        yield Due(_built_by(total.years[short], months), area.name, f"add {phase} places", who, why)
    elif likely is not None:
        why = f"chance of shortfall {chance(total.chance[likely])} in {total.years[likely]}"
        by = _built_by(total.years[likely], months)
        yield Due(by, area.name, f"whether to prepare more {phase} places", who, why)
    elif (entry := outlook.groups.get(outlook.entry_group)) is not None:
        at = first_short(entry)
        if at is not None:
            by = admissions_round(entry.years[at]).determined_by
            group = group_words(outlook.entry_group)
            why = f"{group} alone short from {entry.years[at]}, by {number(-entry.surplus[at])}"
            yield Due(by, area.name, f"admission numbers for {group}", who, why)


def _built_by(year: AcademicYear, months: int) -> date:
    return months_later(entry_day(year), -months)


def _who(alone: float) -> str:
    if alone != alone:
        return "see Who decides"
    if alone >= 0.995:
        return "local authority alone"
    rest = "governing bodies and trusts"
    return rest if alone < 0.005 else f"local authority for {share(alone)} of places, else {rest}"


def _changes(view: RunView) -> Iterator[Due]:
    rows = frame(view, "decisions")
    if rows.empty:
        return
    schools, areas = school_names(view), area_names(view)
    for row in rows_of(rows):
        if row.in_time == "decided" or not row.start_date:
            continue
        start = date.fromisoformat(row.start_date)
        by = admissions_round(AcademicYear(start.year)).determined_by if row.kind == "pan_change" else start
        where = schools.get(row.urn) or areas.get(row.area_code, row.area_code)
        yield Due(by, where, f"{row.change_id}: {kind_words(row.kind)}", row.decider, IN_TIME[row.in_time])


def _steps(view: RunView) -> Iterator[Due]:
    rows = frame(view, "boards")
    if rows.empty:
        return
    for row in rows_of(rows):
        if row.due_on and row.next_step:
            where = row.area_name or row.area_code or view.title
            why = f"{row.proposal_id}: {row.outcome}" if row.outcome else str(row.proposal_id)
            yield Due(date.fromisoformat(row.due_on), where, row.next_step, row.decider or row.raised_by, why)
