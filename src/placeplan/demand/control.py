"""Control totals: areas adjusted so that they add up to what the authority, or a national projection, expects.

For each year and phase (or year group) with a control C, over its cells x[i] (areas, or areas by year groups), with the
variance v[i] of each cell over its draws, the adjustments a[i] solve

    minimise sum a[i]^2 / v[i]   subject to   sum (x[i] + a[i]) = C,   x[i] + a[i] >= 0,

so that a[i] = lambda v[i] for every cell that stays above 0: what is least sure moves most. (Weighted least squares
under a linear constraint: Stone, Champernowne and Meade 1942, The precision of national income estimates, Review of
Economic Studies 9. The bound holds by taking cells that would
fall below 0 out of the set, at 0, and solving again.)

Draws are multiplied by adjusted / unadjusted, cell by cell: every error in them is a factor on the expected pupils, so
that scaling gives what the same draw would have been around the adjusted path; nothing falls below 0, relative spread is
kept, and the adjusted central path is the central path of the adjusted draws. A cell without pupils that is given some has
no spread of its own and holds them in every draw. The control itself is taken as sure only in this: it moves the centre.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.demand.simulate import Draws
from placeplan.demand.survival import Stage
from placeplan.frames import TOTAL
from placeplan.problems import Finding
from placeplan.project import ControlTotal, Project
from placeplan.tables import output_columns, rows_of
from placeplan.years import AcademicYear, Phase, phase_of, year_group_label


@dataclass(frozen=True)
class Target:
    """One control: pupils of a phase, or of one of its year groups, in one year."""

    phase: Phase
    group: int | None
    year: AcademicYear
    pupils: float


@dataclass(frozen=True)
class Held:
    """One control as it was applied: pupils before and after, and the 90% range of the forecast before."""

    target: Target
    before: float
    after: float
    low: float
    high: float

    @property
    def outside(self) -> bool:
        """Whether the control lies outside the forecast's own 90% range."""
        return not self.low <= self.target.pupils <= self.high


@dataclass(frozen=True)
class Control:
    """The adjustment of a run.

    ``before`` and ``after``: central paths by stage, (areas, year groups, years). ``totals``: phases whose year groups were
    held one by one; their control is NaN unless every year group that is taught has one.
    """

    before: Mapping[Phase, Array]
    after: Mapping[Phase, Array]
    held: tuple[Held, ...]
    totals: tuple[Held, ...]

    def factor(self, stage: Phase) -> Array:
        """Adjusted over unadjusted pupils of a stage, (areas, year groups, years); NaN where there were none."""
        before, after = self.before[stage], self.after[stage]
        return np.divide(after, before, out=np.full_like(after, np.nan), where=before > 0)

    def table(self) -> pd.DataFrame:
        """control_totals.csv: the authority before and after, a row for each control, then totals of year groups."""
        rows = [_row(one) for one in (*self.held, *self.totals)]
        table = pd.DataFrame(rows, columns=list(output_columns("control_totals")))
        numbers = ("before", "control", "after", "change_percent", "p05", "p95")
        return table.astype(dict.fromkeys(numbers, float))

    def applied(self, draws: Draws) -> Draws:
        """Return the draws of some areas around the adjusted path."""
        before, after = (path[draws.stage.phase][draws.areas] for path in (self.before, self.after))
        if np.array_equal(before, after):
            return draws
        factor = np.divide(after, before, out=np.zeros_like(after), where=before > 0)
        added = np.where(before > 0, 0.0, after)
        pupils = draws.pupils * factor[..., None].astype(draws.pupils.dtype)
        return replace(draws, pupils=pupils + added[..., None].astype(draws.pupils.dtype))


@dataclass
class Spread:
    """Collects what the control totals need of the draws: by stage the variance of each cell, and the authority's draws."""

    variance: dict[Phase, Array] = field(default_factory=dict)
    authority: dict[Phase, Array] = field(default_factory=dict)

    def add(self, stage: Stage, areas: Array, variance: Array, authority: Array) -> None:
        """Take in the variance (areas, year groups, years) and the sum over areas (year groups, years, draws)."""
        if stage.phase not in self.variance:
            self.variance[stage.phase] = np.zeros((len(stage.rows), *variance.shape[1:]))
            self.authority[stage.phase] = np.zeros(authority.shape)
        self.variance[stage.phase][areas] = variance
        self.authority[stage.phase] += authority


def spread_of(draws: Draws) -> tuple[Stage, Array, Array, Array]:
    """Return what ``Spread.add`` takes in of the draws of some areas."""
    variance = draws.pupils.var(axis=-1, dtype=np.float64)
    return draws.stage, draws.areas, variance, draws.pupils.sum(axis=0, dtype=np.float64)


def targets(
    choice: ControlTotal, table: pd.DataFrame, stages: Mapping[Phase, Stage], base: AcademicYear, horizon: int
) -> list[Target]:
    """Return the controls that the forecast can be held to: at the level of the project, in a year ahead, of a phase or
    year group that the areas teach."""
    wanted = list(_from_percent(choice, stages, base) if choice.percent else _from_table(table, choice.level))
    usable = [one for one in wanted if base < one.year <= base + horizon and _places(stages, one)]
    return sorted(usable, key=lambda one: (list(Phase).index(one.phase), one.year, one.group or 0))


def controlled(
    central: Mapping[Phase, Array],
    stages: Mapping[Phase, Stage],
    spread: Spread,
    wanted: list[Target],
    base: AcademicYear,
) -> Control:
    """Hold the central paths, by stage (areas, year groups, years), to the controls."""
    after = {phase: path.copy() for phase, path in central.items()}
    for one in wanted:
        places, year = _places(stages, one), int(one.year) - int(base) - 1
        path = after[one.phase.area_phase]
        cells = path[:, places, year]
        variance = spread.variance[one.phase.area_phase][:, places, year]
        path[:, places, year] = held_to_total(cells.ravel(), variance.ravel(), one.pupils).reshape(
            cells.shape
        )

    def held(one: Target) -> Held:
        places, year, stage = _places(stages, one), int(one.year) - int(base) - 1, one.phase.area_phase
        low, high = np.quantile(spread.authority[stage][places, year].sum(axis=0), [0.05, 0.95])
        before, now = (float(path[stage][:, places, year].sum()) for path in (central, after))
        return Held(one, before, now, float(low), float(high))

    wholes = _whole_phases(stages, wanted)
    return Control(central, after, tuple(map(held, wanted)), tuple(map(held, wholes)))


def _whole_phases(stages: Mapping[Phase, Stage], wanted: list[Target]) -> list[Target]:
    """Return the phase totals of controls by year group, NaN where a year group that is taught has no control."""
    by_year: dict[tuple[Phase, AcademicYear], list[Target]] = {}
    for one in wanted:
        if one.group is not None:
            by_year.setdefault((one.phase, one.year), []).append(one)
    wholes = []
    for (phase, year), parts in by_year.items():
        whole = Target(phase, None, year, float("nan"))
        complete = len(parts) == len(_places(stages, whole))
        wholes.append(replace(whole, pupils=sum(part.pupils for part in parts) if complete else float("nan")))
    return wholes


def _row(one: Held) -> tuple[str, str, str, float, float, float, float, float, float]:
    target = one.target
    group = TOTAL if target.group is None else year_group_label(target.group)
    change = 100.0 * (one.after / one.before - 1.0) if one.before > 0 else float("nan")
    return (
        target.phase.value, str(target.year), group, one.before, target.pupils, one.after, change, one.low, one.high,
    )  # fmt: skip


def _places(stages: Mapping[Phase, Stage], one: Target) -> list[int]:
    """Places of the control's year groups in its stage; none if nobody teaches them."""
    stage = stages.get(one.phase.area_phase)
    groups = stage.groups if stage else []
    wanted = one.phase.year_groups if one.group is None else (one.group,)
    return [place for place, group in enumerate(groups) if group in wanted]


def _from_percent(
    choice: ControlTotal, stages: Mapping[Phase, Stage], base: AcademicYear
) -> Iterator[Target]:
    """Controls given as a change from the roll of the base year."""
    for name, years in choice.percent.items():
        phase = Phase(name)
        for year, change in years.items():
            one = Target(phase, None, year, 0.0)
            places = _places(stages, one)
            if places:
                roll = float(stages[phase.area_phase].base_roll[:, places].sum())
                yield replace(one, pupils=roll * (1.0 + change / 100.0))


def _from_table(table: pd.DataFrame, level: str) -> Iterator[Target]:
    """Controls of the table: rows with a year group at that level, rows without one at the level of phases."""
    by_group = table["year_group"].notna() == (level == "year_group")
    for row in rows_of(table[by_group & table["pupils"].notna()]):
        group = int(row.year_group) if level == "year_group" else None
        phase = Phase(row.phase) if group is None else phase_of(group)
        yield Target(phase, group, AcademicYear(int(row.academic_year)), float(row.pupils))


def held_to_total(values: Array, variances: Array, total: float) -> Array:
    """Return the values adjusted by weighted least squares so that they add up to ``total``; none below 0.

    ``values`` and ``variances``: (cells), not negative. Cells without variance stay as they are unless all the others are
    at 0, or there are no others; then those that are left move in proportion to their size, or evenly if all are empty.
    """
    adjusted = np.asarray(values, dtype=np.float64).copy()
    moving = np.asarray(variances) > 0
    while moving.any():
        step = (total - adjusted.sum()) / variances[moving].sum()
        adjusted[moving] += step * variances[moving]
        below = moving & (adjusted < 0)
        if not below.any():
            return adjusted
        adjusted[below] = 0.0
        moving &= ~below
    still = np.flatnonzero(np.asarray(variances) <= 0)
    still = still if len(still) else np.arange(len(adjusted))
    gap = total - adjusted.sum()
    size = adjusted[still].sum()
    adjusted[still] += gap * (adjusted[still] / size if size > 0 else 1.0 / len(still))
    return np.maximum(adjusted, 0.0)


def no_controls() -> pd.DataFrame:
    """control_totals.csv of a run without control totals."""
    return Control({}, {}, (), ()).table()


def control_findings(
    control: Control | None, project: Project, given: pd.DataFrame, base: AcademicYear
) -> list[Finding]:
    """Say what the control totals did: the adjustment by phase, what is far off or stops early, and what was not used."""
    choice = project.control_total
    held = control.held if control else ()
    count = len(given) + sum(len(years) for years in choice.percent.values()) if choice else len(given)
    findings = []
    if count > len(held):
        said = (
            f"{count - len(held)} of {count} control totals are not used: {_unused(control, project, base)}"
        )
        findings.append(Finding("control-total-unused", said, "control_totals"))
    for phase in dict.fromkeys(one.target.phase for one in held):
        mine = [one for one in held if one.target.phase is phase]
        findings += _phase_findings(phase, mine, base + project.horizon[phase])
    return findings


def _unused(control: Control | None, project: Project, base: AcademicYear) -> str:
    if project.control_total is None:
        return "control_total in the project file does not ask for them"
    if control is None:
        return f"the base year {base} is earlier than the last roll, and they may have been made since"
    if project.control_total.percent:
        return "control_total gives percent in place of the table, or names years or phases that are not forecast"
    level = "with a year group" if project.control_total.level == "phase" else "without a year group"
    return f"they are rows {level}, or of years or year groups that are not forecast"


def _phase_findings(phase: Phase, held: list[Held], horizon: AcademicYear) -> Iterator[Finding]:
    changes = [100.0 * (one.after / one.before - 1.0) for one in held if one.before > 0]
    first, last = min(one.target.year for one in held), max(one.target.year for one in held)
    name, span = phase.replace("_", " "), f"{first} to {last}" if last > first else f"{first}"
    size = f", by {min(changes):+.1f}% to {max(changes):+.1f}%" if changes else ""
    said = f"{name} areas were adjusted to {len(held)} control totals of {span}{size}"
    yield Finding("control-total-applied", said, "control_totals", value=phase.value)
    if last < horizon:
        said = f"control totals of {name} end in {last}, the forecast in {horizon}"
        yield Finding("control-total-in-part", said, "control_totals", value=phase.value)
    far = [one for one in held if one.outside]
    if far:
        worst = max(far, key=lambda one: abs(one.after - one.before))
        said = (
            f"{len(far)} of {len(held)} control totals of {name} lie outside the 90% range of the forecast itself, such as "
            f"{worst.target.pupils:,.0f} for {worst.target.year} where it says {worst.before:,.0f} "
            f"({worst.low:,.0f} to {worst.high:,.0f})"
        )
        yield Finding("control-total-far", said, "control_totals", value=phase.value)
