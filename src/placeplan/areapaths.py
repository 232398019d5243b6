"""The central path of every area: what is known of the past, what it teaches, what is added, held to control totals."""

from __future__ import annotations

from dataclasses import dataclass

from placeplan.arrays import Array
from placeplan.demand.added import Added
from placeplan.demand.births import Births, reception_births
from placeplan.demand.control import Control, Spread, controlled, spread_of, targets
from placeplan.demand.estates import find_estates
from placeplan.demand.history import History, build_history
from placeplan.demand.housing import Estates
from placeplan.demand.newhomes import new_homes
from placeplan.demand.noise import Noise
from placeplan.demand.preferences import Signal, corrected, entry_signals, offers_known
from placeplan.demand.preschool import Rival, with_children
from placeplan.demand.ratiochanges import changed_ratios, with_spread
from placeplan.demand.simulate import central_path, simulate
from placeplan.demand.survival import Stage, build_stages
from placeplan.memory import Memory
from placeplan.problems import Finding
from placeplan.project import Project
from placeplan.register import Register, build_register
from placeplan.scenario_inputs import Assumed
from placeplan.tables import Inputs
from placeplan.years import AcademicYear, Phase


@dataclass(frozen=True)
class Asked:
    """What a forecast rests on.

    ``last_roll_year``: before it nothing later than the base year is known. ``geography``: the year whose areas are used.
    ``assumed``: what a scenario assumes beyond its tables. ``memory``: of what other forecasts have worked out.
    """

    inputs: Inputs
    project: Project
    base_year: AcademicYear
    last_roll_year: AcademicYear
    geography: AcademicYear
    assumed: Assumed
    memory: Memory

    @property
    def horizon(self) -> int:
        """Years ahead of the phase that is forecast furthest."""
        return max(self.project.horizon[phase] for phase in Phase)

    @property
    def as_of_now(self) -> bool:
        """Whether the forecast starts from the last roll."""
        return self.base_year == self.last_roll_year


@dataclass(frozen=True)
class AreaPaths:
    """The path of every area and what it rests on; the fields are those of ``Forecast``."""

    register: Register
    history: History
    births: Births
    stages: dict[Phase, Stage]
    baseline: dict[Phase, Array]
    added: Added
    control: Control | None
    rival: Rival | None
    signals: tuple[Signal, ...]
    estates: Estates | None
    estate_pupils: Array | None
    said: tuple[Finding, ...]


@dataclass(frozen=True)
class _Learnt:
    """What the past teaches, before anything is assumed."""

    register: Register
    history: History
    births: Births
    rival: Rival | None
    stages: dict[Phase, Stage]


def area_paths(asked: Asked) -> AreaPaths:
    """Return the path of every area, of which schools take their part."""
    learnt = _learnt(asked)
    estates, said = _estates(asked, learnt.register)
    added, estate_pupils = new_homes(estates, learnt.stages, asked.project)
    signals = _signals(asked, learnt, added)
    births, stages = _with_assumed(asked, learnt, signals)
    baseline = central_path(stages, births, asked.horizon)
    control = _control(asked, learnt.register, stages, births, baseline)
    return AreaPaths(
        learnt.register,
        learnt.history,
        births,
        stages,
        dict(control.after) if control else baseline,
        added,
        control,
        learnt.rival,
        signals,
        estates,
        estate_pupils,
        tuple(said),
    )


def _learnt(asked: Asked) -> _Learnt:
    """Areas and schools, their rolls, what leads to Reception, and the ratios of every stage."""
    of, inputs, project = asked.memory.of, asked.inputs, asked.project
    register = of(build_register, inputs, asked.geography)
    history = of(build_history, inputs, register, asked.base_year, project.census)
    births = of(reception_births, inputs, register, history, asked.horizon, project.births, asked.as_of_now)
    births, rival = of(with_children, births, inputs, register, history, project.births.preschool)
    born = births.behind_history(len(history.years))
    stages = of(build_stages, inputs, register, history, born, project.ratios, asked.horizon, asked.memory)
    return _Learnt(register, history, births, rival, stages)


def _estates(asked: Asked, register: Register) -> tuple[Estates | None, list[Finding]]:
    """Housing sites and findings on them; none as of an earlier year, when nobody says which were known."""
    if not asked.as_of_now:
        return None, []
    return asked.memory.of(
        find_estates, asked.inputs, register, asked.base_year, asked.horizon, asked.project.housing
    )


def _signals(asked: Asked, learnt: _Learnt, added: Added) -> tuple[Signal, ...]:
    """What first preferences and offers say of the coming entry."""
    offers = offers_known(asked.project, asked.base_year) if asked.as_of_now else frozenset()
    return asked.memory.of(
        entry_signals, asked.inputs, learnt.register, learnt.history, learnt.stages, learnt.births,
        added.housing, offers,
    )  # fmt: skip


def _with_assumed(
    asked: Asked, learnt: _Learnt, signals: tuple[Signal, ...]
) -> tuple[Births, dict[Phase, Stage]]:
    """Births and stages corrected by the signals, then as the scenario assumes them."""
    births = learnt.births.times(asked.assumed.births_factors(asked.horizon), asked.horizon)
    stages = corrected(learnt.stages, signals)
    stages = changed_ratios(stages, asked.assumed.ratio_changes, learnt.register, asked.base_year)
    return births, with_spread(stages, asked.assumed.spread)


def _control(
    asked: Asked,
    register: Register,
    stages: dict[Phase, Stage],
    births: Births,
    central: dict[Phase, Array],
) -> Control | None:
    """Draw once to learn how sure each area is, and hold the central path to control totals by that; None without any."""
    project = asked.project
    if project.control_total is None or not asked.as_of_now:
        return None
    given = asked.inputs.table("control_totals")
    wanted = targets(project.control_total, given, stages, asked.base_year, asked.horizon)
    spread = Spread()
    noise, names = Noise(project.seed, project.simulations), area_names(register, stages)
    for part in simulate(stages, births, central, names, noise, spread_of) if wanted else ():
        spread.add(*part)
    return controlled(central, stages, spread, wanted, asked.base_year)


def area_names(register: Register, stages: dict[Phase, Stage]) -> dict[Phase, list[str]]:
    """Return the codes of the areas of each stage, which name their draws."""
    codes = register.areas["code"]
    return {phase: [str(codes.iloc[row]) for row in stage.rows] for phase, stage in stages.items()}
