"""High needs in the report of a run: plans by setting, the specialist return, residents beside pupils on roll."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from placeplan.outputs.boardviews import frame
from placeplan.outputs.marks import table
from placeplan.outputs.views import RunView
from placeplan.outputs.words import chance, listed, markdown, number, signed
from placeplan.tables import rows_of
from placeplan.years import Phase

RESIDENTS, PUPILS, TOTAL = "residents with a plan", "pupils on roll", "total"
PHASE_SHORT = {Phase.PRIMARY: "Prim.", Phase.SECONDARY: "Sec.", Phase.SIXTH_FORM: "Post-16"}
PROVISION_WORDS = {
    "UR": "units and resourced provision",
    "IN": "independent schools",
    "SS": "special schools",
    "AP": "alternative provision",
}


def high_needs(view: RunView) -> Iterator[str]:
    """Give residents with a plan by setting, the planning areas of the return, and how they stand to pupils on roll."""
    settings, areas = frame(view, "send_settings"), frame(view, "send_forecast")
    if settings.empty:
        return
    yield "## High needs"
    yield (
        "Residents of the authority with an education, health and care plan, wherever they are placed; expected, and in "
        "brackets four times in five. `placeplan send` has needs, places, costs and the fair share between schools."
    )
    yield table(*by_setting(settings))
    yield "### Places in the area"
    yield beside_places(frame(view, "send_places"))
    yield "### The specialist forecast of the School Capacity return"
    named = listed([f"{code} {words}" for code, words in PROVISION_WORDS.items()])
    yield f"Reception to Year 6 and Year 7 to Year 11; {named}. `placeplan explain` shows each year group."
    yield table(*by_area(areas), text_columns=2)
    yield "### Residents with a plan and pupils on roll"
    yield (
        "Two populations that overlap: never add them. Residents live here, wherever they are placed; pupils on roll are in "
        "the authority's mainstream schools, wherever they live."
    )
    yield from reconciled(frame(view, "send_reconciliation"))


def setting_name(name: str) -> str:
    """Write a setting as people do."""
    return "All settings" if name == TOTAL else name.replace("_", " ").capitalize()


def by_setting(settings: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of residents by setting in the first, the middle and the last year."""
    years = list(dict.fromkeys(settings["academic_year"]))
    shown = [years[0], years[len(years) // 2], years[-1]]
    rows = []
    for name, own in settings.groupby("setting", sort=False):
        at = own.set_index("academic_year")
        cells = [
            f"{number(float(at.loc[year, 'pupils']))} ({number(float(at.loc[year, 'p10']))} to "
            f"{number(float(at.loc[year, 'p90']))})"
            for year in shown
        ]
        rows.append([setting_name(str(name)), *cells])
    return ["Setting", *shown], rows


def beside_places(places: pd.DataFrame) -> str:
    """Return residents in the area beside places by setting and phase, in the first, the middle and the last year."""
    known = places[places["places"].notna() & (places["phase"] != TOTAL)]
    if known.empty:
        return "No places are known, or `in_area` is blank: nothing can be set beside residents."
    years = list(dict.fromkeys(known["academic_year"]))
    rows = [
        [f"{setting_name(row.setting)}, {PHASE_SHORT[Phase(row.phase)].lower()}", row.academic_year, number(row.in_area),
         number(row.places - row.used_by_others), signed(row.surplus), chance(row.probability_of_shortfall)]
        for row in rows_of(known[known["academic_year"].isin([years[0], years[len(years) // 2], years[-1]])])
    ]  # fmt: skip
    head = [
        "Setting",
        "Year",
        "In the area",
        "Places less others' use",
        "Spare or short",
        "Chance of shortfall",
    ]
    return table(head, rows, text_columns=2)


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
