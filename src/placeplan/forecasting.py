"""One forecast as arrays: demand carried forward, schools within their areas, places beside them, draws tallied."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from placeplan.arrays import Array
from placeplan.demand.births import Births, reception_births
from placeplan.demand.history import History, build_history
from placeplan.demand.schools import SchoolShares, SchoolYears, carry_schools, school_shares
from placeplan.demand.simulate import Noise, central_path, simulate
from placeplan.demand.survival import Stage, build_stages
from placeplan.demand.tally import Tally, phase_places
from placeplan.demand.watch import Watch
from placeplan.project import Project
from placeplan.register import Register, build_register
from placeplan.sufficiency import Shortfall
from placeplan.supply.balance import AreaPlaces, area_places
from placeplan.supply.changes import Change, planned_changes
from placeplan.supply.delays import delay_shares
from placeplan.supply.draws import SupplyDraws, uncertain_changes
from placeplan.supply.figures import Evidence, figure_evidence
from placeplan.supply.places import SitePlaces, site_places
from placeplan.tables import Inputs
from placeplan.watching import watch_lines
from placeplan.years import YEAR_GROUP_COUNT, AcademicYear, Phase


@dataclass(frozen=True)
class Forecast:
    """All arrays of a run; shapes as their makers say.

    ``central``: by stage, (areas, year groups, years ahead). ``site_central``: by stage, (schools, year groups, years
    ahead) in the order of ``shares``. ``site_roll``: (sites, 15 year groups, base year and years ahead).
    ``chance`` and ``expected_short``: by phase, (areas of the stage, year groups and total, years ahead). ``evidence``: what
    each measure of places rests on. ``at_ends``: by phase, (2, sites, years ahead): chance that the area's phase runs short
    if a doubtful site's figure is at its lowest and at its highest, NaN where its figure is a number.
    """

    register: Register
    history: History
    births: Births
    stages: dict[Phase, Stage]
    shares: dict[Phase, SchoolShares]
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


def make_forecast(
    inputs: Inputs,
    project: Project,
    base_year: AcademicYear,
    last_roll_year: AcademicYear,
    *,
    schools: bool = True,
    geography: AcademicYear | None = None,
) -> Forecast:
    """Forecast pupils, set them beside places and draw both, for every planning area and school.

    Without ``schools`` areas are forecast alone. ``geography`` is the year whose areas are used, else the base year.
    """
    horizon = max(project.horizon[phase] for phase in Phase)
    as_of_now = base_year == last_roll_year
    register = build_register(inputs, geography or base_year)
    history = build_history(inputs, register, base_year, project.census)
    births = reception_births(inputs, register, history, horizon, project.births, as_of_now)
    stages = build_stages(inputs, register, history, births, project.ratios, horizon)
    central = central_path(stages, births, horizon)

    determined = (
        AcademicYear(int(inputs.table("capacity")["academic_year"].max()))
        if inputs.has("capacity")
        else base_year
    )
    determined = max(determined, base_year + horizon) if as_of_now else base_year
    sites = site_places(
        inputs, register, base_year, horizon, history.site_roll[:, :, -1],
        project.places.measure, list(project.places.fallback), AcademicYear(determined),
    )  # fmt: skip
    evidence = figure_evidence(inputs, register, base_year, sites.years, AcademicYear(determined))
    changes = planned_changes(
        inputs.table("planned_changes"), register, sites, project.delivery_probability, delay_shares(inputs)
    )

    ahead = _school_years(register, sites, changes)
    shares = {}
    for phase, stage in stages.items() if schools else ():
        found = school_shares(stage, register, history, ahead)
        if found is not None:
            shares[phase] = found
    site_central = {phase: _schools_central(found, central[phase]) for phase, found in shares.items()}
    site_roll = _site_roll(register, history, stages, shares, site_central, horizon)
    occupied = (site_roll > 0) | (sites.reached & ~_has_roll(register, history)[:, :, None])
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
        central,
        site_central,
        site_roll,
        sites,
        changes,
        places,
        tally,
        horizon,
        evidence,
    )
    _draw(forecast, project)
    return forecast


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
    return carry_schools(shares, everyone, areas, central[areas][..., None], None)[..., 0]


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


def _has_roll(register: Register, history: History) -> Array:
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
    return Tally(district_of, len(names), urns, len(codes), Noise(project.seed, project.simulations))


def _draw(forecast: Forecast, project: Project) -> None:
    """Draw every stage once, and take from each draw the intervals and the chance of running short."""
    codes = forecast.register.areas["code"]
    names = {phase: [str(codes.iloc[row]) for row in stage.rows] for phase, stage in forecast.stages.items()}
    uncertain = uncertain_changes(forecast.changes)
    supply = SupplyDraws(forecast.register, forecast.places, uncertain, project.seed)
    shortfall = Shortfall(forecast.places, supply)
    for draws in simulate(forecast.stages, forecast.births, forecast.central, names, forecast.tally.noise):
        stage = draws.stage
        shares, central = forecast.shares.get(stage.phase), forecast.site_central.get(stage.phase)
        forecast.tally.add(draws, shares, central)
        for phase, at in phase_places(stage).items():
            groups = [stage.groups[place] for place in at]
            risk = shortfall.of(stage.rows[draws.areas], groups, draws.pupils[:, at])
            shape = (len(stage.rows), *risk.chance.shape[1:])
            forecast.chance.setdefault(phase, np.full(shape, np.nan))[draws.areas] = risk.chance
            forecast.expected_short.setdefault(phase, np.full(shape, np.nan))[draws.areas] = risk.expected
            shape = (2, len(forecast.register.sites), shape[2])
            ends = forecast.at_ends.setdefault(phase, np.full(shape, np.nan))
            ends[:, risk.sites] = risk.at_low, risk.at_high
