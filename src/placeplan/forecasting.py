"""One forecast as arrays: demand carried forward, schools within their areas, places beside them, draws tallied."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import repeat

import numpy as np

from placeplan.arrays import Array
from placeplan.demand.added import Added
from placeplan.demand.adjustments import Adjustments, adjust, known_rows
from placeplan.demand.arrivals import extra_pupils, with_extra
from placeplan.demand.births import Births, reception_births
from placeplan.demand.control import Control, Spread, controlled, spread_of, targets
from placeplan.demand.estates import find_estates
from placeplan.demand.history import History, build_history
from placeplan.demand.housing import Estates
from placeplan.demand.keepdraws import KeptDraws, room_for_draws
from placeplan.demand.newhomes import new_homes
from placeplan.demand.noise import Noise
from placeplan.demand.partners import KINDS, Partners
from placeplan.demand.preferences import Signal, corrected, entry_signals, offers_known
from placeplan.demand.preschool import Rival, with_children
from placeplan.demand.ratiochanges import changed_ratios, with_spread
from placeplan.demand.schools import SchoolShares, SchoolYears, carry_schools, school_shares
from placeplan.demand.simulate import Draws, central_path, simulate
from placeplan.demand.survival import Stage, build_stages
from placeplan.demand.tally import Part, Tally, phase_places
from placeplan.demand.watch import Watch
from placeplan.memory import Memory
from placeplan.problems import Finding
from placeplan.project import Project
from placeplan.register import Register, build_register
from placeplan.responding import answering_shares
from placeplan.scenario_inputs import Assumed
from placeplan.sufficiency import Risk, Shortfall
from placeplan.supply.balance import AreaPlaces, area_places
from placeplan.supply.changes import Change, planned_changes
from placeplan.supply.delays import delay_shares
from placeplan.supply.draws import SupplyDraws, uncertain_changes
from placeplan.supply.figures import Evidence, figure_evidence
from placeplan.supply.places import SitePlaces, site_places
from placeplan.tables import Inputs
from placeplan.watching import watch_lines
from placeplan.years import YEAR_GROUP_COUNT, AcademicYear, Phase

CENTRAL_PLAN = Assumed()


@dataclass(frozen=True)
class Forecast:
    """All arrays of a run; shapes as their makers say.

    ``central``: by stage, (areas, year groups, years ahead): ``baseline`` and what is ``added`` to it.
    ``site_central``: by stage, (schools, year groups, years ahead) in the order of ``shares``.
    ``site_roll``: (sites, 15 year groups, base year and years ahead).
    ``chance`` and ``expected_short``: by phase, (areas of the stage, year groups and total, years ahead). ``evidence``: what
    each measure of places rests on. ``at_ends``: by phase, (2, sites, years ahead): chance that the area's phase runs short
    if a doubtful site's figure is at its lowest and at its highest, NaN where its figure is a number. ``control``: how
    ``baseline`` was held to control totals; ``kept``: the draws themselves; each None unless asked for. ``estates``: housing
    sites, ``estate_pupils``: their pupils (sites, 15 year groups, years ahead), None without them. ``adjustments``: the
    rows that hold. ``said``: findings on these. ``extra``: by driver, pupils whom a scenario adds, within ``added``.
    ``rival``: how children under five did against births, None without them. ``signals``: what
    first preferences and offers say of the coming entry.
    """

    register: Register
    history: History
    births: Births
    stages: dict[Phase, Stage]
    shares: dict[Phase, SchoolShares]
    baseline: dict[Phase, Array]
    added: Added
    central: dict[Phase, Array]
    site_central: dict[Phase, Array]
    site_roll: Array
    sites: SitePlaces
    changes: list[Change]
    places: AreaPlaces
    tally: Tally
    horizon: int
    evidence: dict[str, Evidence] = field(default_factory=dict)
    chance: dict[Phase, Array] = field(default_factory=dict)
    expected_short: dict[Phase, Array] = field(default_factory=dict)
    at_ends: dict[Phase, Array] = field(default_factory=dict)
    control: Control | None = None
    kept: KeptDraws | None = None
    estates: Estates | None = None
    estate_pupils: Array | None = None
    adjustments: Adjustments | None = None
    said: tuple[Finding, ...] = ()
    extra: dict[str, dict[Phase, Array]] = field(default_factory=dict)
    rival: Rival | None = None
    signals: tuple[Signal, ...] = ()

    @property
    def uncontrolled(self) -> dict[Phase, Array]:
        """The baseline as it is drawn, before control totals."""
        return dict(self.control.before) if self.control else self.baseline

    def held(self, draws: Draws) -> Draws:
        """Return draws of the baseline held to control totals, with what is added to it."""
        return self.added.applied(self.control.applied(draws) if self.control else draws)


def make_forecast(
    inputs: Inputs,
    project: Project,
    base_year: AcademicYear,
    last_roll_year: AcademicYear,
    *,
    schools: bool = True,
    geography: AcademicYear | None = None,
    keep_draws: bool = False,
    draw: bool = True,
    assumed: Assumed = CENTRAL_PLAN,
    memory: Memory | None = None,
) -> Forecast:
    """Forecast pupils, set them beside places and draw both, for every planning area and school.

    Without ``schools`` areas are forecast alone. ``geography`` is the year whose areas are used, else the base year.
    ``keep_draws`` keeps every draw; UsageError if there are too many. Control totals hold only from the last roll on.
    Without ``draw`` there are neither quantiles nor chances, for those who draw areas themselves. ``assumed``: what a
    scenario assumes beyond its tables; draws do not depend on it. ``memory``: of what
    other forecasts of the same base year have worked out.
    """
    horizon = max(project.horizon[phase] for phase in Phase)
    as_of_now = base_year == last_roll_year
    memory = memory or Memory()
    register = memory.of(build_register, inputs, geography or base_year)
    history = memory.of(build_history, inputs, register, base_year, project.census)
    births = memory.of(reception_births, inputs, register, history, horizon, project.births, as_of_now)
    births, rival = memory.of(with_children, births, inputs, register, history, project.births.preschool)
    born = births.behind_history(len(history.years))
    stages = memory.of(build_stages, inputs, register, history, born, project.ratios, horizon, memory)
    estates, said = None, list[Finding]()
    if as_of_now:
        estates, said = memory.of(find_estates, inputs, register, base_year, horizon, project.housing)
    added, estate_pupils = new_homes(estates, stages, project)
    offers = offers_known(project, base_year) if as_of_now else frozenset()
    signals = memory.of(entry_signals, inputs, register, history, stages, births, added.housing, offers)
    stages = corrected(stages, signals)
    births = births.times(assumed.births_factors(horizon), horizon)
    stages = changed_ratios(stages, assumed.ratio_changes, register, base_year)
    stages = with_spread(stages, assumed.spread)
    kept = room_for_draws(stages, project.horizon, project.simulations) if keep_draws else None
    baseline = central_path(stages, births, horizon)
    control = None
    if project.control_total is not None and as_of_now:
        control = _control(inputs, project, register, stages, births, baseline, base_year)
        baseline = dict(control.after)
    central = added.on(baseline)

    determined = (
        AcademicYear(int(inputs.table("capacity")["academic_year"].max()))
        if inputs.has("capacity")
        else base_year
    )
    determined = max(determined, base_year + horizon) if as_of_now else base_year
    sites = memory.of(
        site_places, inputs, register, base_year, horizon, history.site_roll[:, :, -1],
        project.places.measure, list(project.places.fallback), AcademicYear(determined),
    )  # fmt: skip
    evidence = memory.of(figure_evidence, inputs, register, base_year, sites.years, AcademicYear(determined))
    changes = planned_changes(
        inputs.table("planned_changes"), register, sites, project.delivery_probability, delay_shares(inputs)
    )

    ahead = _school_years(register, sites, changes)
    shares = {}
    for phase, stage in stages.items() if schools else ():
        found = memory.of(school_shares, stage, register, history, ahead)
        if found is not None:
            shares[phase] = found
    site_central = {phase: _schools_central(found, central[phase]) for phase, found in shares.items()}
    rows = known_rows(inputs.table("adjustments"), base_year, horizon, as_of_now)
    adjustments = adjust(rows, register, stages, shares, central, site_central, base_year)
    if adjustments.stage:
        added = replace(added, adjustment=adjustments.by_area)
        central = added.on(baseline)
        shares = {
            phase: replace(found, own=adjustments.by_site.get(phase)) for phase, found in shares.items()
        }
        site_central = {phase: _schools_central(found, central[phase]) for phase, found in shares.items()}
    extra = extra_pupils(assumed, stages, inputs, register, base_year)
    if extra:
        added = with_extra(added, extra, baseline)
        central = added.on(baseline)
        site_central = {phase: _schools_central(found, central[phase]) for phase, found in shares.items()}
    if assumed.what_if:
        shares = answering_shares(
            shares, stages, site_central, register, history, sites, changes, inputs, assumed.what_if
        )
        site_central = {phase: _schools_central(found, central[phase]) for phase, found in shares.items()}
    site_roll = _site_roll(register, history, stages, shares, site_central, horizon)
    occupied = (site_roll > 0) | (sites.reached & ~has_roll(register, history)[:, :, None])
    places = area_places(register, sites, changes, occupied, history.area_roll[:, :, -1] > 0, evidence)
    tally = _tally(register, project)
    tally.watch = (
        Watch(watch_lines(register, history, sites, tally.urns, project), tally.schools) if schools else None
    )
    forecast = Forecast(
        register,
        history,
        births,
        stages,
        shares,
        baseline,
        added,
        central,
        site_central,
        site_roll,
        sites,
        changes,
        places,
        tally,
        horizon,
        evidence,
        control=control,
        kept=kept,
        estates=estates,
        estate_pupils=estate_pupils,
        adjustments=adjustments,
        said=(*said, *adjustments.findings),
        extra=extra,
        rival=rival,
        signals=signals,
    )
    if draw:
        _draw(forecast, project)
    return forecast


def _control(
    inputs: Inputs,
    project: Project,
    register: Register,
    stages: dict[Phase, Stage],
    births: Births,
    central: dict[Phase, Array],
    base_year: AcademicYear,
) -> Control:
    """Draw once to learn how sure each area is, and hold the central path to the control totals by that."""
    assert project.control_total is not None
    horizon = next(iter(central.values())).shape[2] if central else 0
    wanted = targets(
        project.control_total, inputs.table("control_totals"), stages, AcademicYear(base_year), horizon
    )
    spread = Spread()
    noise, names = Noise(project.seed, project.simulations), _area_names(register, stages)
    for part in simulate(stages, births, central, names, noise, spread_of) if wanted else ():
        spread.add(*part)
    return controlled(central, stages, spread, wanted, AcademicYear(base_year))


def _area_names(register: Register, stages: dict[Phase, Stage]) -> dict[Phase, list[str]]:
    codes = register.areas["code"]
    return {phase: [str(codes.iloc[row]) for row in stage.rows] for phase, stage in stages.items()}


def _school_years(register: Register, sites: SitePlaces, changes: list[Change]) -> SchoolYears:
    """Tell demand which year groups each school teaches ahead, and where a closing school's pupils go."""
    attends = sites.reached[:, :, 1:].copy()
    moves_to = np.full(len(register.sites), -1)
    for change in changes:
        taker = change.into
        for part in change.parts if change.central else ():
            closed = part.closes[:, 1:]
            if closed.any():
                if taker >= 0 and taker != part.site:
                    if change.kind == "amalgamation":
                        attends[taker] |= attends[part.site] & closed
                    moves_to[part.site] = taker
                attends[part.site] &= ~closed
    return SchoolYears(attends, moves_to, sites.measures["pan"][:, :, -1])


def _schools_central(shares: SchoolShares, central: Array) -> Array:
    everyone = np.arange(len(shares.sites))
    areas = np.unique(shares.area)
    certain = repeat(np.ones(1), central.shape[2])
    return carry_schools(shares, everyone, areas, central[areas][..., None], certain)[..., 0]


def _site_roll(
    register: Register,
    history: History,
    stages: dict[Phase, Stage],
    shares: dict[Phase, SchoolShares],
    site_central: dict[Phase, Array],
    horizon: int,
) -> Array:
    roll = np.zeros((len(register.sites), YEAR_GROUP_COUNT, horizon + 1))
    roll[:, :, 0] = history.site_roll[:, :, -1]
    for phase, found in shares.items():
        roll[np.ix_(found.sites, np.array(stages[phase].groups), np.arange(1, horizon + 1))] = site_central[
            phase
        ]
    return roll


def has_roll(register: Register, history: History) -> Array:
    """Whether a site's pupils are known from school rolls, (sites, year groups)."""
    areas = register.site_areas()
    known: Array = (
        np.where(areas >= 0, history.by_site[np.maximum(areas, 0)], True)
        if len(history.by_site)
        else areas >= 0
    )
    return known


def _tally(register: Register, project: Project) -> Tally:
    names = sorted(set(register.areas["district"]) - {""})
    number = {name: place for place, name in enumerate(names)}
    district_of = np.array([number.get(name, -1) for name in register.areas["district"]], dtype=np.int64)
    codes = {urn: place for place, urn in enumerate(dict.fromkeys(register.sites["urn"]))}
    urns = np.array([codes[urn] for urn in register.sites["urn"]], dtype=np.int64)
    partners = partners_of(register)
    return Tally(
        district_of, len(names), urns, len(codes), Noise(project.seed, project.simulations), partners
    )


def partners_of(register: Register) -> Partners:
    """Number the trusts and dioceses that the sites of the register name."""
    names = [(kind, name) for kind in KINDS for name in sorted(set(register.sites[kind].astype(str)) - {""})]
    number = {partner: place for place, partner in enumerate(names)}
    member = [[number.get((kind, str(name)), -1) for name in register.sites[kind]] for kind in KINDS]
    return Partners(tuple(names), np.array(member, dtype=np.int64).reshape(len(KINDS), -1))


@dataclass(frozen=True)
class _Taken:
    """What is taken from the draws of some areas: their tally, and by phase the risk of running short."""

    part: Part
    short: dict[Phase, Risk]


def _draw(forecast: Forecast, project: Project) -> None:
    """Draw every stage once, and take from each draw the intervals and the chance of running short."""
    names = _area_names(forecast.register, forecast.stages)
    supply = SupplyDraws(
        forecast.register, forecast.places, uncertain_changes(forecast.changes), project.seed
    )
    shortfall = Shortfall(forecast.places, supply)
    tally, kept = forecast.tally, forecast.kept

    def take(draws: Draws) -> _Taken:
        draws = forecast.held(draws)
        if kept is not None:
            kept.add(draws)
        stage = draws.stage
        part = tally.measure(draws, forecast.shares.get(stage.phase), forecast.site_central.get(stage.phase))
        short = {}
        for phase, at in phase_places(stage).items():
            groups = [stage.groups[place] for place in at]
            short[phase] = shortfall.of(stage.rows[draws.areas], groups, draws.pupils[:, at])
        return _Taken(part, short)

    for taken in simulate(forecast.stages, forecast.births, forecast.uncontrolled, names, tally.noise, take):
        tally.add(taken.part)
        for phase, risk in taken.short.items():
            _keep_risk(forecast, phase, taken.part, risk)


def _keep_risk(forecast: Forecast, phase: Phase, part: Part, risk: Risk) -> None:
    """Keep what the draws say of the places of some areas."""
    shape = (len(part.stage.rows), *risk.chance.shape[1:])
    forecast.chance.setdefault(phase, np.full(shape, np.nan))[part.areas] = risk.chance
    forecast.expected_short.setdefault(phase, np.full(shape, np.nan))[part.areas] = risk.expected
    shape = (2, len(forecast.register.sites), shape[2])
    ends = forecast.at_ends.setdefault(phase, np.full(shape, np.nan))
    ends[:, risk.sites] = risk.at_low, risk.at_high
