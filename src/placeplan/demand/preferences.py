"""First preferences and offers for the coming September, which correct next year's intake as far as they have been right.

For the entry into a year group, area a and target year t, with S[t] offers (or first preferences) of the area's schools,

    usual[a, t]    = sum of rolls / sum of S over the last three years before t that have both, leaning on the authority's
    estimate[a, t] = usual × S[t] + (part of last year's roll at schools that gave none) × model
    pupils         = model + w1 (estimate from offers - model) + w2 (estimate from first preferences - model)

The weights, not negative and at most 1 together, are those that would have fitted the earlier years best, the model being
the contest's forecast one year ahead (least squares, weight 1 / model; years that count for less do so here); with n earlier
years they count n / (n + 2), the defaults of ``data/preference_weights.csv`` the rest. They hold only if, each year foretold
by the others' weights, the errors are smaller than the model's. New homes that the forecast adds are part of the model here,
so that children with an offer are not counted twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.demand.birthpath import not_negative
from placeplan.demand.births import Births
from placeplan.demand.history import History
from placeplan.demand.simulate import central_path
from placeplan.demand.survival import Stage
from placeplan.keydates import offer_day
from placeplan.project import Project
from placeplan.register import Register
from placeplan.tables import Inputs
from placeplan.years import YEAR_GROUP_COUNT, AcademicYear, Phase

SIGNALS = ("offers", "first_preferences")
RECENT = 3
LEANS_ON = 30.0
"""An area's pupils for each offer lean on the authority's as if so many of its offers had turned out like that."""
FEW = 2.0
"""So many earlier years count as much as the defaults."""


@dataclass(frozen=True)
class Signal:
    """What is told of the coming entry into one year group, by area of its stage.

    ``place``: the year group's place in the stage. ``forecast``: the model's pupils, ``homes``: new homes within its sum.
    ``told``: (2, areas) offers and first preferences, ``usual``: pupils on roll for each, ``estimate``: pupils that follow,
    NaN where not known; ``weight``: (2). ``years``: earlier years judged, with the errors without and with the correction.
    """

    phase: Phase
    group: int
    place: int
    forecast: Array
    homes: Array
    told: Array
    usual: Array
    estimate: Array
    weight: Array
    years: int
    error_without: float
    error_with: float

    @property
    def factor(self) -> Array:
        """What the correction makes of the model's ratio, (areas)."""
        away = np.nan_to_num(self.estimate - self.forecast - self.homes)
        change = (self.weight[:, None] * away).sum(axis=0)
        usable = self.forecast > 0
        return np.where(usable, 1.0 + change / np.where(usable, self.forecast, 1.0), 1.0)


@dataclass(frozen=True)
class _Told:
    """One year group's figures: ``said`` (2, sites, years and the coming one) and ``roll`` (sites, years).

    ``area``: of each site in the stage, of ``areas`` in all.
    """

    said: Array
    roll: Array
    area: Array
    areas: int

    def by_area(self, cells: Array) -> Array:
        """Sum sites' cells by area, (areas, …)."""
        total = np.zeros((self.areas, *cells.shape[1:]))
        here = self.area >= 0
        np.add.at(total, self.area[here], cells[here])
        return total


def entry_signals(
    inputs: Inputs,
    register: Register,
    history: History,
    stages: Mapping[Phase, Stage],
    births: Births,
    homes: Mapping[Phase, Array],
    known: Set[int],
) -> tuple[Signal, ...]:
    """Return what preferences and offers tell of the year after the history; none where that year has none.

    ``homes``: pupils of new homes by stage. ``known``: year groups whose offers for that year are known.
    """
    table = inputs.table("preferences")
    coming = int(history.base_year) + 1
    groups = table.loc[table["academic_year"] == coming, "year_group"]
    wanted = sorted({int(group) for group in groups} & known)
    if not wanted:
        return ()
    horizon = next(iter(stages.values())).ratio.shape[2]
    model = central_path(dict(stages), births, horizon)
    found = []
    for phase, stage in stages.items():
        for group in wanted:
            if group in stage.groups:
                place = stage.groups.index(group)
                new = homes[phase][:, place, 0] if phase in homes else np.zeros(len(stage.rows))
                told = _told(inputs, register, history, stage, group)
                found.append(_signal(stage, place, told, history, model[phase][:, place, 0], new))
    return tuple(found)


def offers_known(project: Project, base_year: AcademicYear) -> frozenset[int]:
    """Return the year groups whose offers for the year after the base year are made on the project's day, if it has one."""
    day = project.decisions.as_of
    if project.ratios.offers == "never":
        return frozenset()
    coming = int(base_year) + 1
    return frozenset(
        group for group in range(YEAR_GROUP_COUNT) if day is None or offer_day(coming, group) <= day
    )


def corrected(stages: Mapping[Phase, Stage], signals: tuple[Signal, ...]) -> dict[Phase, Stage]:
    """Return the stages with next year's ratios into the year groups told of corrected; the cohorts keep it later on."""
    found = dict(stages)
    for signal in signals:
        stage = found[signal.phase]
        ratio = stage.ratio.copy()
        ratio[:, signal.place, 0] *= signal.factor
        found[signal.phase] = replace(stage, ratio=ratio)
    return found


def _told(inputs: Inputs, register: Register, history: History, stage: Stage, group: int) -> _Told:
    """Set the figures of one year group by site beside its rolls; a school's are shared over its sites by their rolls."""
    table = inputs.table("preferences")
    first, years = int(history.years[0]), len(history.years) + 1
    at = table["academic_year"] - first
    inside = (table["year_group"] == group) & (at >= 0) & (at < years)
    table, column = table[inside], at[inside].to_numpy(np.int64)
    present = {urn: register.successors.get(urn, urn) for urn in set(table["urn"])}
    number = {urn: place for place, urn in enumerate(sorted(set(present.values())))}
    school = table["urn"].map(present).map(number).to_numpy(np.int64)
    roll = history.site_roll[:, group]
    said = np.full((2, len(register.sites), years), np.nan)
    part = site_parts(register, roll[:, -1])
    place = register.sites["urn"].map(number).fillna(-1).to_numpy(np.int64)
    for kind, name in enumerate(SIGNALS):
        value = table[name].to_numpy(float)
        given = np.isfinite(value)
        total, seen = np.zeros((len(number) + 1, years)), np.zeros((len(number) + 1, years), dtype=bool)
        np.add.at(total, (school[given], column[given]), value[given])
        seen[school[given], column[given]] = True
        said[kind] = np.where(seen[place], part[:, None] * total[place], np.nan)
    row = np.full(len(register.areas) + 1, -1)
    row[stage.rows] = np.arange(len(stage.rows))
    return _Told(said, roll, row[register.area_of(group)], len(stage.rows))


def site_parts(register: Register, roll: Array) -> Array:
    """Return the part that each site has of its school, by a roll (sites); equal parts where the school has none."""
    urns, of_site = np.unique(register.sites["urn"].to_numpy(str), return_inverse=True)
    whole = np.bincount(of_site, roll, len(urns))[of_site]
    count = np.bincount(of_site, minlength=len(urns))[of_site]
    return np.where(whole > 0, roll / np.where(whole > 0, whole, 1.0), 1.0 / count)


def _estimates(told: _Told, year: int, model: Array) -> tuple[Array, Array, Array]:
    """Figures of a target year, pupils usual for each, and pupils that follow, (2, areas), from what was known before it.

    ``model``: (areas) pupils of that year, of which the schools without figures keep their part of the roll.
    """
    given = np.isfinite(told.said)
    shape = (2, told.areas)
    figures, usual, estimate = np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, np.nan)
    everyone = told.by_area(told.roll[:, year - 1])
    for kind in range(2):
        now = given[kind, :, year]
        covered = told.by_area(np.where(now, told.roll[:, year - 1], 0.0))
        told_of = covered > 0
        both = given[kind, :, :year]
        pupils = told.by_area(np.where(both, told.roll[:, :year], 0.0))
        asked = told.by_area(np.where(both, np.nan_to_num(told.said[kind, :, :year]), 0.0))
        figures[kind] = np.where(told_of, told.by_area(np.nan_to_num(told.said[kind, :, year])), np.nan)
        usual[kind] = np.where(told_of, _usual(pupils, asked), np.nan)
        others = 1.0 - covered / np.where(everyone > 0, everyone, 1.0)
        estimate[kind] = figures[kind] * usual[kind] + others * model
    return figures, usual, estimate


def _usual(pupils: Array, asked: Array) -> Array:
    """Pupils for each figure, of the last three years in which an area has both, leaning on the authority's; NaN if none."""
    both = (asked > 0) & (pupils > 0)
    newest = np.cumsum(both[:, ::-1], axis=1)[:, ::-1]
    taken = both & (newest <= RECENT)
    over, under = np.where(taken, pupils, 0.0).sum(axis=1), np.where(taken, asked, 0.0).sum(axis=1)
    if under.sum() <= 0:
        return np.full(len(under), np.nan)
    whole = over.sum() / under.sum()
    return np.asarray((over + LEANS_ON * whole) / (under + LEANS_ON))


def _signal(stage: Stage, place: int, told: _Told, history: History, forecast: Array, homes: Array) -> Signal:
    """Learn the weights from the years that the contest forecast, and read the coming year's figures."""
    came, expected, away, counts = _past(stage, place, told, history)
    weight, errors, years = _learnt(came, expected, away, counts)
    figures, usual, estimate = _estimates(told, len(history.years), forecast + homes)
    return Signal(
        stage.phase, stage.groups[place], place, forecast, homes,
        figures, usual, estimate, weight, years, *errors,
    )  # fmt: skip


def _past(stage: Stage, place: int, told: _Told, history: History) -> tuple[Array, Array, Array, Array]:
    """Rolls that came, the model's, how far the estimates were from it (2, …) and what each counts, (years, areas)."""
    contest, group = stage.contest, stage.groups[place]
    targets = np.arange(contest.first, contest.first + len(contest.expected))
    light = {int(shock.year): shock.weight for shock in stage.shocks}
    came = history.area_roll[stage.rows, group][:, targets].T
    expected = contest.expected[:, :, place]
    estimates = [_estimates(told, int(year), model)[2] for year, model in zip(targets, expected, strict=True)]
    away = np.array(estimates).reshape(len(expected), 2, told.areas).swapaxes(0, 1) - expected
    known = np.isfinite(away).any(axis=0) & np.isfinite(came) & (expected > 0)
    weight = np.array([light.get(int(history.years[year]), 1.0) for year in targets])
    return came, expected, np.nan_to_num(away), known * weight.reshape(-1, 1)


def _learnt(
    came: Array, expected: Array, away: Array, counts: Array
) -> tuple[Array, tuple[float, float], int]:
    """Weights, errors of the earlier years without and with the correction, and how many years could be judged."""
    judged = np.flatnonzero((counts > 0).any(axis=1))
    default = default_weights()
    if len(judged) < 2:
        return default, (np.nan, np.nan), len(judged)
    errors = np.zeros((2, len(judged)))
    for at, year in enumerate(judged):
        others = np.setdiff1d(judged, [year])
        weight = _fitted(came[others], expected[others], away[:, others], counts[others])
        seen = counts[year] > 0
        for kind, change in enumerate((0.0, (weight[:, None] * away[:, year]).sum(axis=0))):
            miss = (expected[year] + change - came[year])[seen]
            errors[kind, at] = (np.abs(miss).sum() + abs(miss.sum())) / (
                2.0 * max(came[year][seen].sum(), 1.0)
            )
    without, with_them = errors.mean(axis=1)
    fitted = _fitted(came[judged], expected[judged], away[:, judged], counts[judged])
    return (fitted if with_them < without else default), (float(without), float(with_them)), len(judged)


def _fitted(came: Array, expected: Array, away: Array, counts: Array) -> Array:
    """Weights of the estimates by weighted least squares over years and areas, drawn toward the defaults."""
    seen = counts > 0
    root_weight = counts[seen] / expected[seen]
    terms, miss = away[:, seen], (came - expected)[seen]
    present = (root_weight * terms**2).sum(axis=1) > 0
    weight = np.zeros(2)
    if present.all():
        weight[:] = not_negative(terms, miss, root_weight)
    elif present.any():
        (one,) = np.flatnonzero(present)
        slope = (root_weight * terms[one] * miss).sum() / (root_weight * terms[one] ** 2).sum()
        weight[one] = max(float(slope), 0.0)
    weight /= max(weight.sum(), 1.0)
    trust = len(came) / (len(came) + FEW)
    return np.asarray(trust * weight + (1.0 - trust) * default_weights())


@cache
def default_weights() -> Array:
    """Weights where no past tells, in the order of ``SIGNALS``, from ``data/preference_weights.csv``."""
    rows = {row["signal"]: float(row["weight"]) for row in data_rows("preference_weights.csv")}
    return np.array([rows[name] for name in SIGNALS])
