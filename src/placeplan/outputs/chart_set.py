"""Which charts a run has, and what their files are called."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from placeplan.outputs.charts import births_chart, demand_chart, entry_chart, surplus_chart
from placeplan.outputs.longrange import entries_of, projected_from
from placeplan.outputs.maps import draw_maps
from placeplan.outputs.report_send import high_needs_charts
from placeplan.outputs.views import Area, RunView
from placeplan.outputs.words import PHASE_WORDS, file_word
from placeplan.years import Phase


def demand_name(phase: Phase, code: str, geography: str = "area") -> str:
    """Return the name of a demand chart without its ending, such as ``primary-9990101-demand``."""
    prefix = "" if geography == "area" else f"{geography}-"
    return f"{prefix}{file_word(phase)}-{_safe(code)}-demand"


def births_name(code: str) -> str:
    """Return the name of an area's chart of births against Reception."""
    return f"primary-{_safe(code)}-births"


def entry_name(code: str) -> str:
    """Return the name of the authority's chart of the years in which pupils enter each phase."""
    return f"authority-{_safe(code)}-entry"


def surplus_name(phase: Phase) -> str:
    """Return the name of a phase's chart of surplus by area."""
    return f"{file_word(phase)}-surplus"


def draw_charts(view: RunView) -> dict[str, str]:
    """Return every chart of the run as SVG by its name."""
    return dict(_charts(view))


def _charts(view: RunView) -> Iterator[tuple[str, str]]:
    for place in view.authorities:
        for phase, outlook in place.phases.items():
            name = demand_name(phase, place.code, "authority")
            yield name, demand_chart(name, place.name, outlook)
        found = entries_of(view, place)
        start = projected_from(place)
        if found and start is not None:
            name = entry_name(place.code)
            yield name, entry_chart(name, place.name, found, start)
    for phase in (Phase.PRIMARY, Phase.SECONDARY):
        areas = [area for area in view.areas if phase in area.phases]
        if any(area.phases[phase].total.places_known for area in areas):
            yield surplus_name(phase), _surplus(view, phase, areas)
    yield from draw_maps(view)
    yield from high_needs_charts(view).items()
    for area in view.shown:
        for phase, outlook in area.phases.items():
            name = demand_name(phase, area.code)
            yield name, demand_chart(name, area.name, outlook)
        if area.births and "R" in area.main.groups:
            name = births_name(area.code)
            yield name, births_chart(name, area.name, area.births, area.main)


def _surplus(view: RunView, phase: Phase, areas: list[Area]) -> str:
    last = max(area.phases[phase].total.years[-1] for area in areas)
    title = f"Surplus places by {PHASE_WORDS[phase].lower()} area, {last}"
    values = [(area.name, float(area.phases[phase].total.percent[-1])) for area in areas]
    return surplus_chart(surplus_name(phase), title, values, view.result.project.status)


def _safe(code: str) -> str:
    """Return the code as a file name; a code that had to be changed gets a mark of its own."""
    word = file_word(code)
    return word if word == code else f"{word}-{hashlib.sha256(code.encode()).hexdigest()[:6]}"
