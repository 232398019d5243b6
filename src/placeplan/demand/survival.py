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

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.demand.attention import pay_attention
from placeplan.demand.contest import Contest, hold_contest
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
from placeplan.demand.levels import Common, Local, learn, quickened, units_of
from placeplan.demand.links import Link, inner_links, year_seven_link
from placeplan.demand.methods import (
    CONTESTANTS,
    DRAWN_BACK,
    LARGEST_RATIO,
    METHODS,
    Evidence,
    years_looked_at,
)
from placeplan.demand.reach import Reach
from placeplan.demand.shocks import Shock
from placeplan.demand.usual import find_pull, members_of, with_pull
from placeplan.memory import Memory
from placeplan.project import Ratios
from placeplan.register import Register
from placeplan.tables import Inputs
from placeplan.years import YEAR_SEVEN, Phase, phase_of


@dataclass(frozen=True)
class MethodRatios:
    """What one method says: ``ratio`` (areas, year groups, years ahead) and its ``weight`` (year groups, years ahead).

    ``years``: (areas, year groups, years of history) the years whose ratios it looks at.
    """

    name: str
    ratio: Array
    weight: Array
    years: Array


@dataclass(frozen=True)
class Stage:
    """The planning areas of one phase, with all that is needed to carry their cohorts forward.

    ``rows``: areas' rows in the register. ``base_roll``: (areas, year groups) rolls of the base year. ``ratio``: (areas,
    year groups, years ahead) pupils for each one who could come. ``pull``: (areas, year groups, years ahead), how far a
    cohort is drawn to its area's usual size before the ratio holds (see ``usual``). ``own``: (areas, year groups) an area's
    share of a pool, 1 where cohorts stay. ``common``, ``local``: how sure the ratios are, ``reach`` by what past errors
    widen that. ``progresses``: (year groups) where cohorts just go on.
    ``together``: correlation of the common errors of different year groups in one year. ``methods``: by year group.
    ``contest``: what the contestants were weighed by. ``shocks``: years that count for less.
    ``basis``: (areas, year groups) how each ratio came about. ``weighed``: what each method says, whose weighted mean the
    ratio is as it was learnt.
    """

    phase: Phase
    rows: Array
    groups: list[int]
    base_roll: Array
    ratio: Array
    pull: Array
    own: Array
    common: Common
    local: Local
    reach: Reach
    progresses: Array
    together: float
    links: dict[int, Link]
    methods: dict[int, str]
    contest: Contest
    shocks: tuple[Shock, ...]
    basis: Array
    weighed: tuple[MethodRatios, ...] = ()

    @property
    def classes(self) -> list[str]:
        """Class of the transition into each year group."""
        return [transition_class(group) for group in self.groups]

    @property
    def members(self) -> list[int]:
        """Places of the year groups whose sizes say what is usual; none where no cohort is drawn back."""
        drawn = np.flatnonzero(self.pull.any(axis=(0, 2)))
        return members_of([int(place) for place in drawn]) if len(drawn) else []


def method_of(ratios: Ratios, group: int) -> str:
    """Return the method of the transition into a year group: named for the transition, else its phase, else for all."""
    if isinstance(ratios.method, str):
        return ratios.method
    named: dict[str, str] = {str(name): method for name, method in ratios.method.items()}
    return named.get(transition_class(group)) or named.get(phase_of(group).value) or "combined"


def build_stages(
    inputs: Inputs,
    register: Register,
    history: History,
    born: Entry,
    ratios: Ratios,
    horizon: int,
    memory: Memory,
) -> dict[Phase, Stage]:
    """Return the primary and secondary stages (sixth forms in the secondary one), each with its ratios learnt.

    ``born``: the births behind Reception in the years of the history, or nothing.
    """
    stages = {}
    lower = span(history.groups_taught(Phase.PRIMARY))
    if lower:
        links = inner_links(inputs, register, history, Phase.PRIMARY, lower)
        entry = born if lower[0] == 0 else Entry.nothing()
        flow = build_flow(history, register.area_rows(Phase.PRIMARY), lower, links, entry)
        stages[Phase.PRIMARY] = _stage(
            Phase.PRIMARY, register, flow, lower, links, ratios, history.years, horizon, memory
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
            Phase.SECONDARY, register, flow, upper, links, ratios, history.years, horizon, memory
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
    memory: Memory,
) -> Stage:
    """Learn the levels of all transitions, and their ratios ahead by the methods asked for."""
    rows = register.area_rows(phase)
    evidence, contest, pull = _evidence(
        flow, groups, links, register.areas.iloc[rows], ratios, years, horizon, memory
    )
    learnt, attention, classes = evidence.learnt, evidence.attention, evidence.classes
    stopped = stops(flow)
    methods = {group: method_of(ratios, group) for group in groups}
    weighed = _weighed(evidence, list(methods.values()), contest)
    ratio, drawn = _ratios_ahead(evidence, weighed, stopped)
    return Stage(
        phase=phase,
        rows=rows,
        groups=groups,
        base_roll=np.nan_to_num(flow.roll[:, :, -1]),
        ratio=ratio,
        pull=drawn * pull[:, None],
        own=evidence.own,
        common=learnt.common,
        local=learnt.local,
        reach=contest.reach,
        progresses=np.array([name == "progression" for name in classes]),
        together=moving_together(flow, classes, np.asarray((attention.common > 0).all(axis=0))),
        links=links,
        methods=methods,
        contest=contest,
        shocks=attention.shocks,
        basis=np.where(stopped, "none", np.where(flow.linked, "share", "pooled")),
        weighed=weighed,
    )


def _evidence(
    flow: Flow,
    groups: list[int],
    links: dict[int, Link],
    areas: pd.DataFrame,
    ratios: Ratios,
    years: Array,
    horizon: int,
    memory: Memory,
) -> tuple[Evidence, Contest, Array]:
    """Return what methods may know, what earlier years say of the methods, and the pull to the usual size by year group."""
    classes = [transition_class(group) for group in groups]
    codes = list(areas["code"])
    attention = pay_attention(flow, classes, groups, codes, years, ratios)
    own = own_share(flow, attention.years)
    going_on = [
        place
        for place, name in enumerate(classes)
        if name == "progression" and place and groups[place] not in links
    ]
    pull = find_pull(flow.roll, going_on, attention.years)
    units = units_of(codes, list(areas["district"]))
    drawn_back = with_pull(flow, pull)
    learnt = learn(drawn_back, own, attention, classes, units, memory)
    contest = memory.of(
        hold_contest, flow, drawn_back, learnt.fitted, attention, classes, units, horizon, memory
    )
    quick = learn(drawn_back, own, attention, classes, units, memory, quickened(learnt.fitted))
    return Evidence(flow, own, attention, classes, learnt, quick, ratios, horizon), contest, pull


def _weighed(evidence: Evidence, methods: list[str], contest: Contest) -> tuple[MethodRatios, ...]:
    """What each method that has a part in any transition says, and how much it counts."""
    weights: dict[str, Array] = {}
    nothing = np.zeros((len(methods), evidence.horizon))
    shares = contest.of(evidence.classes)
    for place, method in enumerate(methods):
        parts = (
            dict(zip(contest.names, shares[:, place], strict=True))
            if method == "combined"
            else {method: np.ones(evidence.horizon)}
        )
        for name, weight in parts.items():
            weights.setdefault(name, nothing.copy())[place] = weight
    seen = np.isfinite(evidence.log_ratios)
    return tuple(
        MethodRatios(name, (CONTESTANTS | METHODS)[name](evidence), weight, _looked_at(name, seen, evidence))
        for name, weight in weights.items()
    )


def _looked_at(method: str, seen: Array, evidence: Evidence) -> Array:
    """The years whose ratios a method looks at, (areas, year groups, years)."""
    last = years_looked_at(method, evidence.ratios)
    recent = np.arange(seen.shape[2]) >= seen.shape[2] - (last or seen.shape[2])
    return np.asarray(seen & recent)


def _ratios_ahead(
    evidence: Evidence, weighed: tuple[MethodRatios, ...], stopped: Array
) -> tuple[Array, Array]:
    """Ratios of every transition by its method, and the part of them that rests on cohorts drawn back.

    Both are (areas, year groups, years ahead). With weights w and ratios r, sum w r of plain cohorts c and drawn ones d is
    r' ((1 - q) c + q d), where r' is the sum of w r and q the part of it that belongs to drawn cohorts.
    """
    shape = (*evidence.own.shape, evidence.horizon)
    ratio, drawn = np.zeros(shape), np.zeros(shape)
    for method in weighed:
        part = np.where(method.weight > 0, method.weight * method.ratio, 0.0)
        ratio += part
        if method.name in DRAWN_BACK:
            drawn += part
    drawn = np.where(ratio > 0, drawn / np.where(ratio > 0, ratio, 1.0), 0.0)
    most = LARGEST_RATIO * np.maximum(evidence.own, 1.0)[:, :, None]
    ratio[:, 1:] = np.minimum(ratio, most)[:, 1:]
    return np.where(stopped[:, :, None], 0.0, ratio), drawn
