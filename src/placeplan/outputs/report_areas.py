"""The pages of the planning areas as councils publish them: rows of measures, columns of years."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from placeplan.outputs.areafacts import AreaFacts, area_facts
from placeplan.outputs.chart_set import births_name, demand_name
from placeplan.outputs.headlines import first_likely, outlook_words
from placeplan.outputs.marks import picture, table
from placeplan.outputs.outlook import Floats, Outlook, PhaseOutlook
from placeplan.outputs.report_added import area_homes
from placeplan.outputs.report_area_parts import MARKS_WORDS, heat_map, housing_sites, options_and_decisions
from placeplan.outputs.schools import Birth, School
from placeplan.outputs.views import Area, RunView
from placeplan.outputs.words import PHASE_WORDS, STATUS_WORDS, chance, markdown, number, percent, signed
from placeplan.words import group_words
from placeplan.years import Phase

_PAST_BIRTHS = 4


def area_pages(view: RunView) -> Iterator[str]:
    """Give the page of each area that is shown, primary areas first."""
    facts = area_facts(view)
    for phase in (Phase.PRIMARY, Phase.SECONDARY):
        areas = [area for area in view.shown if area.phase is phase]
        if areas:
            yield f"## {PHASE_WORDS[phase]} planning areas"
            yield MARKS_WORDS
            for area in areas:
                yield from _area_page(view, area, facts)


def recent_births(area: Area) -> list[Birth]:
    """Return the births behind Reception from a few years before the base year on."""
    first = area.main.total.years[0].back(_PAST_BIRTHS - 1)
    return [birth for birth in area.births if birth.reception >= first]


def _area_page(view: RunView, area: Area, facts: AreaFacts) -> Iterator[str]:
    yield f"### {markdown(area.name)} ({markdown(area.code)})"
    if area.district:
        yield f"District: {markdown(area.district)}."
    for phase in Phase:
        if phase in area.phases:
            yield from _phase_part(view, area, area.phases[phase], facts)
    if area.births:
        yield from _births_part(area)
    yield from housing_sites(area, facts)
    if area.schools:
        yield "#### Schools"
        yield schools_table(area.schools)
    yield from options_and_decisions(view, area, facts)


def _phase_part(view: RunView, area: Area, outlook: PhaseOutlook, facts: AreaFacts) -> Iterator[str]:
    name = PHASE_WORDS[outlook.phase]
    if outlook.phase is Phase.SIXTH_FORM and len(area.phases) > 1:
        yield f"#### {name}"
    yield markdown(outlook_words(outlook))
    yield picture(demand_name(outlook.phase, area.code), f"{name} demand and places")
    if outlook.projected_from is not None:
        yield projected_words(outlook)
    yield balance_table(outlook.total, "Demand", "Places available", outlook.total.places)
    if (at := first_likely(outlook.total, view.threshold)) is not None:
        yield f"The chance of shortfall first reaches {chance(view.threshold)} in {outlook.total.years[at]}."
    entry = outlook.groups.get(outlook.entry_group)
    if entry is not None and outlook.phase is not Phase.SIXTH_FORM:
        words = group_words(outlook.entry_group)
        yield f"#### {words} intake against admission numbers"
        yield balance_table(
            entry, f"{words} demand", "Published admission numbers (PAN)", entry.pan, whole=False
        )
    yield f"#### {name} demand by year group"
    yield _groups_table(outlook)
    if outlook.total.places_known:
        yield f"#### {name} surplus or shortage by year group"
        yield heat_map(outlook)
    yield from area_homes(facts.totals.get((outlook.phase, area.code)))


def projected_words(outlook: PhaseOutlook, charted: bool = True) -> str:
    """Return in words from when on a phase rests on projected births; ``charted``: beside a chart that shades it."""
    shaded = " (shaded in the chart)" if charted else ""
    return f"From {outlook.projected_from} on demand rests in part on projected births{shaded}."


def balance_table(
    outlook: Outlook, demand_words: str, places_words: str, places: Floats, whole: bool = True
) -> str:
    """Return places, demand, surplus or shortage, per cent, forms of entry and, of a total, the chance."""
    header = ["", *map(str, outlook.years)]
    if not any(math.isfinite(value) for value in places):
        return table(header, [[demand_words, *_numbers(outlook.demand)]])
    groups = outlook.forms if whole else (places - outlook.demand) / 30
    shown = [_shown_surplus(a, b) for a, b in zip(places, outlook.demand, strict=True)]
    ratios = [100 * (a - b) / a if a > 0 else math.nan for a, b in zip(places, outlook.demand, strict=True)]
    rows = [
        [places_words, *_numbers(places)],
        [demand_words, *_numbers(outlook.demand)],
        ["Surplus or shortage (−)", *(number(value) for value in shown)],
        ["% surplus or shortage (−)", *(percent(value) for value in ratios)],
        ["Forms of entry", *(number(value, 1) for value in groups)],
    ]
    if whole and outlook.has_planned_changes:
        rows.insert(1, ["of which planned changes", *(signed(value) for value in outlook.planned.tolist())])
    if whole:
        rows.append(["Chance of shortfall", *_each(outlook.chance, chance)])
        rows.append(["Status", *(STATUS_WORDS[word] for word in outlook.status)])
    return table(header, rows)


def schools_table(schools: Sequence[School]) -> str:
    """Return the schools of an area with PAN, places, roll and what is spare, now and in the last forecast year."""
    first, last = schools[0].years[0], schools[0].years[-1]
    header = ["School", "Type", "PAN", f"Places {first}", f"Roll {first}", f"Spare {first}", f"Roll {last}",
              f"Spare {last}", f"Surplus {last}"]  # fmt: skip
    return table(
        header, (_school_row(school, len({one.phase for one in schools}) > 1) for school in schools), 2
    )


def _school_row(school: School, name_phase: bool) -> list[str]:
    name = markdown(school.name) + (f", site {markdown(school.site)}" if school.site else "")
    phase = f" ({PHASE_WORDS[school.phase].lower()})" if name_phase else ""
    pan = "" if math.isnan(school.pan) else number(school.pan)
    return [
        name + phase, markdown(school.type_words), pan, number(school.places[0]), number(school.roll[0]),
        number(_shown_surplus(school.places[0], school.roll[0])), number(school.roll[-1]),
        number(_shown_surplus(school.places[-1], school.roll[-1])), percent(float(school.percent[-1])),
    ]  # fmt: skip


def _births_part(area: Area) -> Iterator[str]:
    yield f"#### Births and {group_words('R')}"
    if "R" in area.main.groups:
        yield picture(births_name(area.code), f"Births and {group_words('R')}")
    births = recent_births(area)
    yield table(
        ["", *(str(birth.reception) for birth in births)],
        [
            ["Born in", *(str(birth.born) for birth in births)],
            ["Births", *(_birth(birth) for birth in births)],
        ],
    )
    if any(birth.projected for birth in births):
        yield "An asterisk marks projected births."


def _birth(birth: Birth) -> str:
    return number(birth.births) + ("\\*" if birth.projected else "")


def _groups_table(outlook: PhaseOutlook) -> str:
    rows = [[group_words(label), *_numbers(group.demand)] for label, group in outlook.taught.items()]
    rows.append(["All", *_numbers(outlook.total.demand)])
    return table(["", *map(str, outlook.total.years)], rows)


def _numbers(values: Floats) -> list[str]:
    return [number(value) for value in values.tolist()]


def _each(values: Floats, words: Callable[[float], str]) -> list[str]:
    """Return the numbers in words; of the base year, which is known, a dash where there is none."""
    first, *rest = values.tolist()
    return ["–" if math.isnan(first) else words(first), *map(words, rest)]


def _shown_surplus(places: float, demand: float) -> float:
    """Return the difference of the numbers as shown, so that the column adds up."""
    if math.isnan(places) or math.isnan(demand):
        return math.nan
    return math.floor(places + 0.5) - math.floor(demand + 0.5)
