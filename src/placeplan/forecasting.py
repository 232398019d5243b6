"""One forecast as arrays: demand carried forward, schools within their areas, places beside them, draws tallied."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from placeplan.areapaths import AreaPaths, Asked, area_names, area_paths
from placeplan.arrays import Array
from placeplan.demand.added import Added
from placeplan.demand.adjustments import Adjustments
from placeplan.demand.births import Births
from placeplan.demand.control import Control
from placeplan.demand.history import History
from placeplan.demand.housing import Estates
from placeplan.demand.keepdraws import KeptDraws, room_for_draws
from placeplan.demand.noise import Noise
from placeplan.demand.partners import KINDS, Partners
from placeplan.demand.preferences import Signal
from placeplan.demand.preschool import Rival
from placeplan.demand.schools import SchoolShares
from placeplan.demand.simulate import Draws, simulate
from placeplan.demand.survival import Stage
from placeplan.demand.tally import Part, Tally, phase_places
from placeplan.demand.watch import Watch
from placeplan.memory import Memory
from placeplan.problems import Finding
from placeplan.project import Project
from placeplan.register import Register
from placeplan.scenario_inputs import Assumed
from placeplan.schoolpaths import SchoolPaths, has_roll, school_paths, site_rolls
from placeplan.sufficiency import Risk, Shortfall
from placeplan.supply.balance import AreaPlaces, area_places
from placeplan.supply.changes import Change, planned_changes
from placeplan.supply.delays import delay_shares
from placeplan.supply.draws import SupplyDraws, uncertain_changes
from placeplan.supply.figures import Evidence, figure_evidence
from placeplan.supply.places import SitePlaces, site_places
from placeplan.tables import Inputs
from placeplan.watching import watch_lines
from placeplan.years import AcademicYear, Phase

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
    asked = Asked(
        inputs, project, base_year, last_roll_year, geography or base_year, assumed, memory or Memory()
    )
    areas = area_paths(asked)
    kept = room_for_draws(areas.stages, project.horizon, project.simulations) if keep_draws else None
    supply = _supply(asked, areas)
    paths = school_paths(asked, areas, supply.sites, supply.changes, schools)
    forecast = _put_together(asked, areas, supply, paths, kept)
    if schools:
        _watch(forecast, project)
    if draw:
        _draw(forecast, project)
    return forecast


@dataclass(frozen=True)
class _Supply:
    """Places of every site before anything moves, what they rest on, and planned changes."""

    sites: SitePlaces
    evidence: dict[str, Evidence]
    changes: list[Change]


def _supply(asked: Asked, areas: AreaPaths) -> _Supply:
    """Places and planned changes as they are known."""
    of, inputs, register, fallback = (
        asked.memory.of,
        asked.inputs,
        areas.register,
        asked.project.places.fallback,
    )
    base_year, determined = asked.base_year, _determined(asked)
    sites = of(
        site_places, inputs, register, base_year, asked.horizon, areas.history.site_roll[:, :, -1],
        asked.project.places.measure, list(fallback), determined,
    )  # fmt: skip
    evidence = of(figure_evidence, inputs, register, base_year, sites.years, determined)
    given, chances = inputs.table("planned_changes"), asked.project.delivery_probability
    return _Supply(sites, evidence, planned_changes(given, register, sites, chances, delay_shares(inputs)))


def _determined(asked: Asked) -> AcademicYear:
    """The last year whose capacity rows count: as of an earlier year those up to it alone."""
    if not asked.as_of_now:
        return asked.base_year
    ahead = asked.base_year + asked.horizon
    if not asked.inputs.has("capacity"):
        return ahead
    return AcademicYear(max(int(asked.inputs.table("capacity")["academic_year"].max()), ahead))


def _put_together(
    asked: Asked, areas: AreaPaths, supply: _Supply, paths: SchoolPaths, kept: KeptDraws | None
) -> Forecast:
    """All that is known before anything is drawn, with the places of the areas."""
    register, history, sites = areas.register, areas.history, supply.sites
    site_roll = site_rolls(register, history, areas.stages, paths.shares, paths.site_central, asked.horizon)
    occupied = (site_roll > 0) | (sites.reached & ~has_roll(register, history)[:, :, None])
    area_occupied = history.area_roll[:, :, -1] > 0
    return Forecast(
        register=register,
        history=history,
        births=areas.births,
        stages=areas.stages,
        shares=paths.shares,
        baseline=areas.baseline,
        added=paths.added,
        central=paths.central,
        site_central=paths.site_central,
        site_roll=site_roll,
        sites=sites,
        changes=supply.changes,
        places=area_places(register, sites, supply.changes, occupied, area_occupied, supply.evidence),
        tally=_tally(register, asked.project),
        horizon=asked.horizon,
        evidence=supply.evidence,
        control=areas.control,
        kept=kept,
        estates=areas.estates,
        estate_pupils=areas.estate_pupils,
        adjustments=paths.adjustments,
        said=(*areas.said, *paths.adjustments.findings),
        extra=paths.extra,
        rival=areas.rival,
        signals=areas.signals,
    )


def _watch(forecast: Forecast, project: Project) -> None:
    """Let the tally count how often a school falls below the lines of the watch-list."""
    tally = forecast.tally
    lines = watch_lines(forecast.register, forecast.history, forecast.sites, tally.urns, project)
    tally.watch = Watch(lines, tally.schools)


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
    names = area_names(forecast.register, forecast.stages)
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
