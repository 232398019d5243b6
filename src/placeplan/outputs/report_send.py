"""High needs in the report of a run: all of send.md, the specialist return, residents beside pupils on roll."""

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

RESIDENTS, PUPILS, TOTAL = "residents with a plan", "pupils on roll", "total"
PHASE_SHORT = {Phase.PRIMARY: "Prim.", Phase.SECONDARY: "Sec.", Phase.SIXTH_FORM: "Post-16"}
PROVISION_WORDS = {
    "UR": "units and resourced provision",
    "IN": "independent schools",
    "SS": "special schools",
    "AP": "alternative provision",
}


def high_needs(view: RunView) -> Iterator[str]:
    """Give what ``placeplan send`` gives, then the planning areas of the return, and residents beside pupils on roll."""
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
    yield "### Residents with a plan and pupils on roll"
    yield (
        "Two populations that overlap: never add them. Residents live here, wherever they are placed; pupils on roll are in "
        "the authority's mainstream schools, wherever they live."
    )
    yield from reconciled(frame(view, "send_reconciliation"))


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


def setting_name(name: str) -> str:
    """Write a setting as people do."""
    return "All settings" if name == TOTAL else name.replace("_", " ").capitalize()


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


def reconciled(rows: pd.DataFrame) -> Iterator[str]:
    """Give the base year: residents by where they are counted, then the roll and those on it with a plan."""
    first = rows[rows["academic_year"] == rows["academic_year"].min()]
    residents = first[first["population"] == RESIDENTS]
    columns = ("pupils", "within_roll", "in_units", "out_of_area", "elsewhere")
    cells = [
        [setting_name(str(row.group)), *(number(float(getattr(row, column))) for column in columns)]
        for row in residents.itertuples(index=False)
    ]
    head = [
        "Residents with a plan",
        "In all",
        "Within mainstream rolls",
        "In units",
        "Out of the area",
        "Elsewhere",
    ]
    yield f"**{first['academic_year'].iloc[0]}**"
    yield table(head, cells)
    pupils = first[first["population"] == PUPILS].set_index("group")["pupils"]
    whole = residents[residents["group"] == TOTAL].iloc[0]
    yield " ".join(_rolls(pupils, float(whole["within_roll"]), float(whole["in_units"])))


def _rolls(pupils: pd.Series, within: float, units: float) -> Iterator[str]:
    """Give sentences on the roll."""
    if pupils.get("mainstream schools", float("nan")) > 0:
        yield f"Pupils on roll of mainstream schools: {number(float(pupils['mainstream schools']))}."
    if within + units == within + units:
        yield (
            f"Residents with a plan among them, in the area: {number(within)} in classes and {number(units)} in units and "
            "resourced provision; special, independent and other settings are outside these rolls."
        )
    if "of these with a plan" in pupils.index:
        counted = float(pupils["of these with a plan"])
        yield (
            f"The rolls themselves count {number(counted)} pupils with a plan: what is more or fewer than the residents "
            "lives in another authority, is counted on another day, or is in a unit whose pupils the rolls do not mark."
        )
