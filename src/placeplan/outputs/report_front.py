"""The front of the report: what matters in plain words, the summaries, the status of every area."""

from __future__ import annotations

import math
from collections.abc import Iterator

from placeplan.outputs.chart_set import demand_name, surplus_name
from placeplan.outputs.due import decisions_due, due_cells
from placeplan.outputs.headlines import DECIDE, SURPLUS, first_likely, headline_groups
from placeplan.outputs.maps import has_map, map_name, measures
from placeplan.outputs.marks import bullets, picture, table
from placeplan.outputs.outlook import Outlook
from placeplan.outputs.report_areas import projected_words
from placeplan.outputs.views import Area, RunView, Wide
from placeplan.outputs.words import (
    PHASE_WORDS,
    STATUS_WORDS,
    counted,
    listed,
    markdown,
    number,
    percent,
    signed,
)
from placeplan.years import Phase

_DUE_AT_MOST, _NAMED = 16, 5
_TROUBLE = {"short": "short", "tight": "tight", "high_surplus": "in high surplus", "unknown": "not known"}
_SUMMARY_HEAD = ["Year", "Demand", "80% range", "Places", "Surplus or shortage", "%", "Need", "Spare"]


def what_matters(view: RunView) -> Iterator[str]:
    """Give the front page: the findings of the run in sentences, and what must be decided by when and by whom."""
    for heading, lines in headline_groups(view):
        decisions = list(_decisions(view)) if heading == DECIDE else []
        if lines or decisions:
            yield f"### {heading}"
            yield bullets(markdown_bold(line) for line in lines)
            yield from decisions
        if heading == SURPLUS and view.since:
            yield "### What has changed since the last run"
            yield f"Beside {markdown(view.earlier)}:"
            yield bullets(map(markdown, view.since))


def _decisions(view: RunView) -> Iterator[str]:
    due = decisions_due(view)
    if not due:
        return
    on = view.made_on.date() if view.made_on else None
    months = view.result.project.options.months_expansion
    yield table(["By", "Where", "What", "Who", "Why"], (due_cells(one, on) for one in due[:_DUE_AT_MOST]), 5)
    more = (
        f" {counted(len(due) - _DUE_AT_MOST, 'later one')} left out here." if len(due) > _DUE_AT_MOST else ""
    )
    yield (
        f"An expansion is counted with {counted(months, 'month')} from the decision to the first pupil "
        f"(`options.months_expansion`).{more}"
    )


def markdown_bold(line: tuple[str, str]) -> str:
    """Return a headline: its subject in bold, then what is said of it."""
    subject, words = line
    return f"**{markdown(subject)}** {markdown(words)}"


def summaries(view: RunView) -> Iterator[str]:
    """Give the summary of the authority and of each district, phase by phase."""
    yield "## Authority summary"
    yield (
        "Need is the number of places missing, spare the number left over, each counted in every area and "
        "year group apart: places left over in one do not help another."
    )
    for place in view.authorities:
        several = len(view.authorities) > 1
        if several:
            yield f"### {markdown(place.name)}"
        yield from _wide_summary(place, "authority", level=4 if several else 3)
    if view.districts:
        yield "## District summary"
        for place in view.districts:
            yield f"### {markdown(place.name)}"
            yield bullets(_district_areas(view, place))
            yield from _wide_summary(place, "district", level=4)


def status_overview(view: RunView) -> Iterator[str]:
    """Give a table of the areas of each phase: this year, three years on, and the last year."""
    yield "## Status of the planning areas"
    if view.is_partial:
        hidden = len(view.areas) - len(view.shown)
        yield (
            f"Of {counted(len(view.areas), 'planning area')} these need attention most: places that run "
            f"short or tight, high surplus, or places not known. The other {hidden:,} are in "
            "sufficiency.csv; `--all-areas` shows them here."
        )
    for phase in Phase:
        areas = [area for area in view.shown if phase in area.phases]
        if areas:
            yield from _phase_overview(view, phase, areas)


def _phase_overview(view: RunView, phase: Phase, areas: list[Area]) -> Iterator[str]:
    total = areas[0].phases[phase].total
    middle = min(3, total.last)
    years = [total.years[place] for place in dict.fromkeys((0, middle, total.last))]
    yield f"### {PHASE_WORDS[phase]} areas"
    known = any(area.phases[phase].total.places_known for area in view.areas if phase in area.phases)
    if phase is not Phase.SIXTH_FORM and known:
        yield picture(surplus_name(phase), f"Surplus by {PHASE_WORDS[phase].lower()} area")
        if has_map(view, phase):
            for measure in measures(view, phase):
                yield picture(map_name(phase, measure.name), measure.title)
    if not known:
        yield "Places are not known in any of these areas, so this is their demand only."
        yield table(
            ["Area", "Code", "District", *(f"Demand {year}" for year in years), "Change"],
            (_demand_row(area, area.phases[phase].total, middle) for area in areas),
            text_columns=3,
        )
        return
    header = ["Area", "Code", "District", f"Status {years[-1]}", f"Demand {years[0]}", f"Demand {years[-1]}"]
    rows = (_status_row(area, area.phases[phase].total, middle, view.threshold) for area in areas)
    likely = f"Chance of shortfall {percent(100 * view.threshold, 0)} from"
    yield table([*header, *(f"Surplus {year}" for year in years), likely], rows, text_columns=4)


def _demand_row(area: Area, total: Outlook, middle: int) -> list[str]:
    demand = [number(total.demand[place]) for place in dict.fromkeys((0, middle, total.last))]
    change = 100 * (total.demand[-1] / total.demand[0] - 1) if total.demand[0] else float("nan")
    names = [markdown(area.name), markdown(area.code), markdown(area.district)]
    return [*names, *demand, "–" if math.isnan(change) else f"{signed(change, 1)}%"]


def _status_row(area: Area, total: Outlook, middle: int, threshold: float) -> list[str]:
    likely = first_likely(total, threshold)
    surplus = [percent(float(total.percent[place])) for place in dict.fromkeys((0, middle, total.last))]
    return [
        markdown(area.name), markdown(area.code), markdown(area.district), STATUS_WORDS[total.status[-1]],
        number(total.demand[0]), number(total.demand[-1]), *surplus,
        "–" if likely is None else str(total.years[likely]),
    ]  # fmt: skip


def _district_areas(view: RunView, place: Wide) -> Iterator[str]:
    """Name the areas of a district that are in trouble in the last year, phase by phase."""
    for phase in (Phase.PRIMARY, Phase.SECONDARY):
        mine = [area for area in view.areas if area.district == place.name and area.phase is phase]
        totals = [(area, area.phases[phase].total) for area in mine if phase in area.phases]
        if not totals:
            continue
        parts = []
        for status, words in _TROUBLE.items():
            named = [markdown(area.name) for area, total in totals if total.status[-1] == status]
            if named:
                parts.append(f"{len(named)} {words} ({listed(named, _NAMED)})")
        found = f"of them {listed(parts)}" if parts else "none of them short, tight or in high surplus"
        yield f"{PHASE_WORDS[phase]} areas in {totals[0][1].years[-1]}: {len(totals)}, {found}."


def _wide_summary(place: Wide, geography: str, level: int) -> Iterator[str]:
    for phase in Phase:
        if phase in place.phases:
            yield f"{'#' * level} {PHASE_WORDS[phase]}"
            if geography == "authority":
                name = demand_name(phase, place.code, geography)
                yield picture(name, f"{PHASE_WORDS[phase]} demand and places")
            if place.phases[phase].projected_from is not None:
                yield projected_words(place.phases[phase], geography == "authority")
            yield from _summary_table(place.phases[phase].total)


def _summary_table(total: Outlook) -> Iterator[str]:
    rows = [_summary_row(total, at) for at in range(len(total.years))]
    if total.places_known:
        yield table(_SUMMARY_HEAD, rows)
    else:
        yield (
            "Places are not known for the whole of it, because at least one school with pupils has none in "
            "the inputs; so there is no surplus or shortage to show. The areas below show what is known."
        )
        yield table(_SUMMARY_HEAD[:3], (row[:3] for row in rows))


def _summary_row(total: Outlook, at: int) -> list[str]:
    low, high = number(total.low[at]), number(total.high[at])
    band = f"{low} to {high}" if at else "roll"
    return [
        str(total.years[at]), number(total.demand[at]), band, number(total.places[at]),
        number(total.surplus[at]), percent(total.percent[at]),
        number(total.need[at]), number(total.spare[at]),
    ]  # fmt: skip
