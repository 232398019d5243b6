"""Cohort survival: how many of those who could come into a year group do come, area by area.

For year group g, area a and year t

    expected[a, g, t] = pupils who could come: births for Reception, a link's pool, or the year group below a year ago
    common[g, t]      = sum of rolls / sum of those who could come, over the authority
    roll[a, g, t]     = expected × common × own[a, g] × (1 + departure)

How the ratio of the years ahead follows from this is the method's affair (``methods``); how sure it is, that of the levels
(``levels``), whichever method is chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.demand.births import Births
from placeplan.demand.flows import (
    Entry,
    Flow,
    build_flow,
    but_first,
    moving_together,
    own_share,
    span,
    stops,
    transition_class,
    year_before,
)
from placeplan.demand.history import History
from placeplan.demand.levels import Common, Local, common_levels, local_levels
from placeplan.demand.links import Link, inner_links, year_seven_link
from placeplan.demand.methods import LARGEST_RATIO, METHODS, Evidence
from placeplan.project import Ratios
from placeplan.register import Register
from placeplan.tables import Inputs
from placeplan.years import YEAR_SEVEN, AcademicYear, Phase, phase_of


@dataclass(frozen=True)
class Stage:
    """The planning areas of one phase, with all that is needed to carry their cohorts forward.

    ``rows``: areas' rows in the register. ``base_roll``: (areas, year groups) rolls of the base year. ``ratio``: (areas,
    year groups, years ahead) pupils for each one who could come. ``own``: (areas, year groups) an area's share of a
    pool, 1 where cohorts stay. ``common``, ``local``: how sure the ratios are. ``progresses``: (year groups) where
    cohorts just go on.
    ``together``: correlation of the common errors of different year groups in one year. ``methods``: by year group.
    ``basis``: (areas, year groups) how each ratio came about.
    """

    phase: Phase
    rows: Array
    groups: list[int]
    base_roll: Array
    ratio: Array
    own: Array
    common: Common
    local: Local
    progresses: Array
    together: float
    links: dict[int, Link]
    methods: dict[int, str]
    basis: Array


@cache
def known_shock_years() -> dict[int, str]:
    """Return the years known to have disturbed every area at once, with the reason, from ``data/shock_years.csv``."""
    return {AcademicYear.parse(row["academic_year"]): row["reason"] for row in data_rows("shock_years.csv")}


def left_out_years(ratios: Ratios) -> list[int]:
    """Return the years that do not count for ratios: those named, else the years known as shocks."""
    if ratios.leave_out is None:
        return list(known_shock_years())
    return [int(year) for year in ratios.leave_out]


def method_of(ratios: Ratios, group: int) -> str:
    """Return the method of the transition into a year group: named for the transition, else its phase, else for all."""
    if isinstance(ratios.method, str):
        return ratios.method
    named: dict[str, str] = {str(name): method for name, method in ratios.method.items()}
    return named.get(transition_class(group)) or named.get(phase_of(group).value) or "local_level"


def build_stages(
    inputs: Inputs, register: Register, history: History, births: Births, ratios: Ratios, horizon: int
) -> dict[Phase, Stage]:
    """Return the primary and secondary stages (sixth forms in the secondary one), each with its ratios learnt."""
    stages = {}
    past = len(history.years)
    lower = span(history.groups_taught(Phase.PRIMARY))
    if lower:
        links = inner_links(inputs, register, history, Phase.PRIMARY, lower)
        entry = Entry.nothing()
        if births.given and lower[0] == 0:
            entry = Entry(births.count[:, :past], births.authority[:past])
        flow = build_flow(history, register.area_rows(Phase.PRIMARY), lower, links, entry)
        stages[Phase.PRIMARY] = _stage(
            Phase.PRIMARY, register, flow, lower, links, ratios, history.years, horizon
        )
    upper = span(history.groups_taught(Phase.SECONDARY) + history.groups_taught(Phase.SIXTH_FORM))
    if upper:
        links = inner_links(inputs, register, history, Phase.SECONDARY, upper)
        entry = Entry.nothing()
        if upper[0] == YEAR_SEVEN and lower and lower[-1] == YEAR_SEVEN - 1:
            links[YEAR_SEVEN] = year_seven_link(inputs, register, history)
            leavers = year_before(history.area_roll[register.area_rows(Phase.PRIMARY), YEAR_SEVEN - 1])
            pools = but_first(links[YEAR_SEVEN].expected(np.nan_to_num(leavers)))
            entry = Entry(pools, leavers.sum(axis=0))
        flow = build_flow(history, register.area_rows(Phase.SECONDARY), upper, links, entry)
        stages[Phase.SECONDARY] = _stage(
            Phase.SECONDARY, register, flow, upper, links, ratios, history.years, horizon
        )
    return stages


def _stage(
    phase: Phase,
    register: Register,
    flow: Flow,
    groups: list[int],
    links: dict[int, Link],
    ratios: Ratios,
    years: Array,
    horizon: int,
) -> Stage:
    """Learn the levels of all transitions, and their ratios ahead by the methods asked for."""
    rows = register.area_rows(phase)
    areas = register.areas.iloc[rows]
    counted = years > years[-1] - ratios.years
    steady = counted & ~np.isin(years, left_out_years(ratios))
    classes = [transition_class(group) for group in groups]
    own = own_share(flow, counted)
    common = common_levels(flow, steady if steady.any() else counted, classes)
    local = local_levels(
        flow,
        own,
        steady if ratios.leave_out else counted,
        classes,
        list(areas["code"]),
        list(areas["district"]),
    )
    evidence = Evidence(flow, own, steady, classes, common, local, ratios, horizon)
    stopped = stops(flow)
    methods = {group: method_of(ratios, group) for group in groups}
    return Stage(
        phase=phase,
        rows=rows,
        groups=groups,
        base_roll=flow.roll[:, :, -1],
        ratio=_ratios_ahead(evidence, list(methods.values()), stopped),
        own=own,
        common=common,
        local=local,
        progresses=np.array([name == "progression" for name in classes]),
        together=moving_together(flow, classes, steady),
        links=links,
        methods=methods,
        basis=np.where(stopped, "none", np.where(flow.linked, "share", "pooled")),
    )


def _ratios_ahead(evidence: Evidence, methods: list[str], stopped: Array) -> Array:
    """Ratios of every transition by its method, none where nobody goes on."""
    found = {name: METHODS[name](evidence) for name in sorted(set(methods))}
    ratio = np.stack([found[name][:, place] for place, name in enumerate(methods)], axis=1)
    most = LARGEST_RATIO * np.maximum(evidence.own, 1.0)[:, :, None]
    ratio[:, 1:] = np.minimum(ratio, most)[:, 1:]
    return np.where(stopped[:, :, None], 0.0, ratio)
