"""Parts of an area's page: surplus by year group, housing sites, and what is open or decided there."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from placeplan.outputs.areafacts import AreaFacts, Site
from placeplan.outputs.boardviews import school_names
from placeplan.outputs.due import IN_TIME
from placeplan.outputs.headlines import first_likely
from placeplan.outputs.marks import bullets, marked, table
from placeplan.outputs.outlook import PhaseOutlook
from placeplan.outputs.schools import Change
from placeplan.outputs.views import Area, RunView
from placeplan.outputs.words import (
    PHASE_WORDS,
    chance,
    counted,
    day_words,
    markdown,
    number,
    pounds,
    share,
    signed,
)
from placeplan.words import group_words
from placeplan.years import Phase

MARKS_WORDS = (
    "In tables of surplus by year group a sign stands beside each number: ▼ short, ▽ tight, △ surplus, ▲ high surplus; "
    "none is sufficient. The levels stand under Assumptions."
)
_SITES_AT_MOST = 12


def heat_map(outlook: PhaseOutlook) -> str:
    """Return surplus or shortage by year group and year, each number with the sign of its status."""
    taught = outlook.taught
    rows = [
        [group_words(label), *(marked(number(value), status)
         for value, status in zip(group.surplus.tolist(), group.status, strict=True))]
        for label, group in taught.items()
    ]  # fmt: skip
    return table(["", *map(str, outlook.total.years)], rows)


def housing_sites(area: Area, facts: AreaFacts) -> Iterator[str]:
    """Give the housing sites of an area with the pupils of the last year; nothing if there are none."""
    for phase, outlook in area.phases.items():
        sites = facts.sites.get((phase, area.code), ())
        if not sites or phase is Phase.SIXTH_FORM:
            continue
        yield "#### Housing sites"
        head = [
            "Site",
            "Status",
            "Certainty",
            "Homes",
            "above the usual",
            f"Pupils {outlook.total.years[-1]}",
        ]
        yield table(head, map(_site_cells, sites[:_SITES_AT_MOST]), 2)
        if len(sites) > _SITES_AT_MOST:
            yield f"{counted(len(sites) - _SITES_AT_MOST, 'smaller site')}: see housing_pupils.csv."


def _site_cells(site: Site) -> list[str]:
    return [
        markdown(site.name), markdown(site.status), share(site.certainty), number(site.homes),
        number(site.above_usual), number(site.pupils, 1),
    ]  # fmt: skip


def options_and_decisions(view: RunView, area: Area, facts: AreaFacts) -> Iterator[str]:
    """Give planned changes and options with who decides and when, what was agreed, and who holds the places."""
    agreed = [row for row in facts.proposals.get(area.code, ()) if row.phase in ("", *area.phases)]
    alone = [
        f"{share(value)} of {PHASE_WORDS[phase].lower()} places"
        for phase in area.phases
        if (value := facts.alone.get((phase, area.code), math.nan)) == value
    ]
    ranked = [row for phase in area.phases for row in facts.options.get((phase, area.code), ())]
    strained = not ranked and any(_strained(outlook, view.threshold) for outlook in area.phases.values())
    if not (area.changes or agreed or alone or ranked):
        return
    yield "#### Options and decisions"
    if alone:
        more = " `placeplan options` ranks what could be done here." if strained else ""
        yield f"The authority decides alone on {' and '.join(alone)}.{more}"
    if area.changes:
        yield changes_table(area, facts)
    yield bullets(_agreed(row) for row in agreed)
    if ranked:
        yield "Ranked first by `placeplan options`, as calculations to talk about and not as proposals:"
        names = school_names(view)
        header = [
            "Option",
            "Phase",
            "School",
            "Decides",
            "From",
            "Places",
            "Chance of shortfall",
            "Spare",
            "Cost",
        ]
        yield table(header, (_option_cells(row, names) for row in ranked), text_columns=5)


def _option_cells(row: Any, names: dict[str, str]) -> list[str]:
    places, cost = float(row.places), float(row.cost)
    return [
        markdown(str(row.title)), PHASE_WORDS[Phase(row.phase)], markdown(names.get(str(row.urn), str(row.urn))),
        markdown(str(row.decider)), str(row.start_year), "all" if math.isnan(places) else signed(places),
        str(row.judged_year), f"{chance(float(row.chance_before))} → {chance(float(row.chance_after))}",
        f"{number(float(row.spare_before))} → {number(float(row.spare_after))}",
        "–" if math.isnan(cost) else pounds(cost),
    ]  # fmt: skip


def _strained(outlook: PhaseOutlook, threshold: float) -> bool:
    """Whether places run short, may well, or stand in high surplus in any year."""
    worst = {"short", "high_surplus"} & set(outlook.total.status)
    return bool(worst) or first_likely(outlook.total, threshold) is not None


def changes_table(area: Area, facts: AreaFacts) -> str:
    """Return the planned changes of an area, decided or not, with who decides and whether there is time."""
    header = [
        "Change",
        "What",
        "School",
        "Year group",
        "From",
        "Until",
        "Certainty",
        "Decides",
        "Time",
        "Places",
    ]
    rows = ([markdown(cell) for cell in _change_cells(change, facts)] for change in area.changes)
    return table(header, rows, text_columns=9)


def _change_cells(change: Change, facts: AreaFacts) -> list[str]:
    places = "" if math.isnan(change.places) else number(change.places)
    group = group_words(change.year_group) if change.year_group else "all"
    route = facts.routes.get(change.change_id)
    decides = "" if route is None else str(route.decider)
    time = "" if route is None else "decided" if route.in_time == "decided" else IN_TIME[route.in_time]
    return [
        change.change_id, change.kind.replace("_", " "), change.where, group, change.start, change.end,
        change.certainty, decides, time, places,
    ]  # fmt: skip


def _agreed(row: Any) -> str:
    """Return a proposal in one line: what came of it and what comes next."""
    due = f", due {day_words(row.due_on)}{' (overdue)' if row.overdue == 'yes' else ''}" if row.due_on else ""
    step = f" Next: {row.next_step}{due}." if row.next_step else ""
    said = f"{day_words(row.date)}: {row.outcome or 'no outcome'}.{step}"
    return f"**{markdown(row.proposal_id)}** {markdown(said)}"
