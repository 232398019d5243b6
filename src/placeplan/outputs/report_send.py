"""High needs in the report of a run: all of send.md and the specialist return."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from placeplan.highneeds import plans_up_to
from placeplan.outputs.boardviews import frame
from placeplan.outputs.marks import table
from placeplan.outputs.send_charts import draw_send_charts
from placeplan.outputs.send_report import RANGES, of_first, send_parts
from placeplan.outputs.send_schools import funnels
from placeplan.outputs.views import RunView
from placeplan.outputs.words import listed, markdown, number
from placeplan.send.disclosure import setting_of
from placeplan.years import AcademicYear, Phase

PHASE_SHORT = {Phase.PRIMARY: "Prim.", Phase.SECONDARY: "Sec.", Phase.SIXTH_FORM: "Post-16"}
PROVISION_WORDS = {
    "UR": "units and resourced provision",
    "IN": "independent schools",
    "SS": "special schools",
    "AP": "alternative provision",
}


def high_needs(view: RunView) -> Iterator[str]:
    """Give what ``placeplan send`` gives, then the planning areas of the return."""
    frames = view.result.frames
    if frame(view, "send_settings").empty:
        return
    yield "## High needs"
    yield f"Residents of the authority with an education, health and care plan, wherever they are placed. {RANGES}"
    authority = view.result.project.authority.name
    yield from map(_deeper, send_parts(authority, frames, plan_charts(view), setting_of("lowest_shown")))
    yield "### The specialist forecast of the School Capacity return"
    named = listed([f"{code} {words}" for code, words in PROVISION_WORDS.items()])
    yield f"Reception to Year 6 and Year 7 to Year 11; {named}. `placeplan explain` shows each year group."
    yield table(*by_area(frame(view, "send_forecast")), text_columns=2)


def high_needs_charts(view: RunView) -> dict[str, str]:
    """Return the charts of high needs by name; none where no plans are forecast."""
    return {} if frame(view, "send_settings").empty else {**plan_charts(view), **funnels(view.result.frames)}


def plan_charts(view: RunView) -> dict[str, str]:
    """Return the charts of plans and of places by name."""
    held = plans_up_to(view.result)[0].groupby("academic_year")["pupils"].sum()
    past = {AcademicYear(int(str(year))): float(plans) for year, plans in held.items()}
    settings, places = (of_first(view.result.frames[name]) for name in ("send_settings", "send_places"))
    return draw_send_charts(view.result.project.authority.name, past, settings, places)


def _deeper(block: str) -> str:
    """Put the headings of a block one level down."""
    return re.sub(r"^(#+ )", r"#\1", block)


def by_area(areas: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of the return's planning areas, all year groups together."""
    years = sorted(set(areas["academic_year"]))
    totals = areas.groupby(["planning_area", "academic_year"])["pupils"].sum()
    rows = []
    for row in areas.drop_duplicates("planning_area").itertuples(index=False):
        code = str(row.planning_area)
        words = f"{PHASE_SHORT[Phase(str(row.phase))]} {markdown(str(row.provision))}"
        cells = [number(float(totals[code, year])) if (code, year) in totals.index else "" for year in years]
        rows.append([markdown(code), words, *cells])
    return ["Area", "Provision", *years], rows
