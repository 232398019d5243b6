"""A fair plan of smaller admission numbers, by integer programming.

With n_s steps of ``step`` places taken from school s, whose admission number is P_s, the plan solves in order

    1. reach   in every area a, Σ n_s ≥ k_a, the steps that its target needs, as far as its schools can go;
    2. share   minimise z, the largest of n_s · step / P_s over schools and Σ n_s · step / Σ P_s over trusts;
    3. the rest, with z held: minimise Σ_s Σ_{k ≤ n_s} ( (2k − 1) step² / P_s + w f_sk + v o_s step ),

where the first term adds up to places lost × proportional loss, f_sk is the number of first preferences that the k-th step
leaves unmet, and o_s says how far the school's inspection outcome stands above the mean of its own framework. z can only
take the losses that whole steps make, so its least value is found among those by bisection: a level is kept only if a plan
exists within it, and proven least because none exists within the level before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from placeplan.arrays import Array

OPTIMAL = 0
TIME_LIMIT = 60.0
"""Seconds for one call of the solver."""
TOLERANCE = 1e-9
"""Part by which two proportional losses may differ and still count as one."""


@dataclass(frozen=True)
class Admissions:
    """Schools whose admission numbers a plan may lower.

    By school: ``area`` (number of its area), ``trust`` (number of its trust, -1 for none), ``pan`` (places offered each
    year), ``least`` (lowest number allowed: its floor or the offers made), ``may_change``, ``first_preferences`` (NaN not
    known), ``outcome`` (standing within its framework, 0 neutral). By area: ``target`` and ``most``, the places that ought
    to go and the most that can go before too few are left.
    """

    area: Array
    trust: Array
    pan: Array
    least: Array
    may_change: Array
    first_preferences: Array
    outcome: Array
    target: Array
    most: Array


@dataclass(frozen=True)
class Weights:
    """What counts beside places: an unmet first preference, and a place at a school of a better outcome."""

    first_preferences: float = 1.0
    outcome: float = 0.0


@dataclass(frozen=True)
class FairPlan:
    """One plan: ``cut`` (schools) places taken each year, ``missing`` (areas) places by which the target is missed.

    ``largest_loss``: largest proportional loss of any school or trust. ``gap``: relative gap between the plan and the
    best bound of its last solve; ``proven``: whether every solve ended with its optimum proven.
    """

    cut: Array
    missing: Array
    largest_loss: float
    gap: float
    proven: bool

    @property
    def status(self) -> str:
        """The state of the solution in words."""
        return "optimal" if self.proven else "best found in time"


def fair_plan(case: Admissions, step: int, weights: Weights, wanted: Array | None = None) -> FairPlan:
    """Return the fair plan; ``wanted`` (areas) asks for so many places in place of the targets.

    Targets beyond what the schools can give are reached as far as possible and the rest reported in ``missing``.
    """
    room = _steps_possible(case, step)
    goal = case.target if wanted is None else wanted
    reachable = np.bincount(case.area, weights=room, minlength=len(case.target))
    steps = np.minimum(np.minimum(np.ceil(goal / step - TOLERANCE), np.floor(case.most / step)), reachable)
    steps = np.maximum(steps, 0.0)
    if not steps.any():
        return FairPlan(np.zeros(len(room)), np.maximum(goal, 0.0), 0.0, 0.0, True)
    loss, level_proven = _least_largest_loss(case, step, room, steps)
    taken, gap, proven = _share_the_rest(case, step, room, steps, loss, weights)
    cut = taken * float(step)
    missing = np.maximum(goal - np.bincount(case.area, weights=cut, minlength=len(goal)), 0.0)
    return FairPlan(cut, missing, float(loss), gap, level_proven and proven)


def proportional_losses(case: Admissions, cut: Array) -> tuple[Array, Array]:
    """Return the proportional loss of every school and of every trust, 0 where nothing was offered."""
    schools = np.where(case.pan > 0, cut / np.where(case.pan > 0, case.pan, 1.0), 0.0)
    return schools, _of_trusts(case, cut) / np.maximum(_of_trusts(case, case.pan), 1.0)


def unmet_preferences(case: Admissions, cut: Array) -> Array:
    """Return by school how many more first preferences cannot be met after the cut; 0 where they are not known."""
    first = np.nan_to_num(case.first_preferences)
    unmet: Array = np.maximum(first - (case.pan - cut), 0.0) - np.maximum(first - case.pan, 0.0)
    return unmet


def _steps_possible(case: Admissions, step: int) -> Array:
    room = np.floor((case.pan - case.least) / step + TOLERANCE)
    return np.where(case.may_change, np.maximum(room, 0.0), 0.0)


def _of_trusts(case: Admissions, values: Array) -> Array:
    inside = case.trust >= 0
    count = int(case.trust.max(initial=-1)) + 1
    return np.bincount(case.trust[inside], weights=values[inside], minlength=count).astype(float)


def _least_largest_loss(case: Admissions, step: int, room: Array, steps: Array) -> tuple[float, bool]:
    """Bisect among the losses that whole steps can make for the least within which a plan exists."""
    levels = _levels(case, step, room)
    low, high, proven = -1, len(levels) - 1, True
    while high - low > 1:
        middle = (low + high) // 2
        found = _solve(np.zeros(len(room)), np.minimum(room, _school_limit(case, step, levels[middle])),
                       _limits(case, step, levels[middle], steps, np.arange(len(room))))  # fmt: skip
        if found.x is not None:
            high = middle
        else:
            low = middle
            proven = proven and found.status == 2
    return float(levels[high]), proven


def _levels(case: Admissions, step: int, room: Array) -> Array:
    """Every proportional loss that a school or a trust can bear, rising."""
    own = [np.arange(1, int(most) + 1) * step / pan for most, pan in zip(room, case.pan, strict=True) if most]
    most_of_trust, pan_of_trust = _of_trusts(case, room), _of_trusts(case, case.pan)
    shared = [
        np.arange(1, int(most) + 1) * step / pan
        for most, pan in zip(most_of_trust, pan_of_trust, strict=True)
        if most
    ]
    return np.unique(np.concatenate([*own, *shared]))


def _school_limit(case: Admissions, step: int, loss: float) -> Array:
    return np.floor(loss * case.pan / step + TOLERANCE)


def _limits(case: Admissions, step: int, loss: float, steps: Array, school: Array) -> list[LinearConstraint]:
    """Each area gives its steps and each trust no more than the loss allows; ``school`` of every variable."""
    one, column = np.ones(len(school)), np.arange(len(school))
    by_area = csr_array((one, (case.area[school], column)), shape=(len(steps), len(school)))
    most = np.maximum(np.floor(case.most / step), steps)
    limits = [LinearConstraint(by_area, steps, most)]
    pan = _of_trusts(case, case.pan)
    if len(pan):
        inside = case.trust[school] >= 0
        by_trust = csr_array(
            (one[inside], (case.trust[school][inside], column[inside])), shape=(len(pan), len(school))
        )
        limits.append(LinearConstraint(by_trust, 0, np.floor(loss * pan / step + TOLERANCE)))
    return limits


def _share_the_rest(
    case: Admissions, step: int, room: Array, steps: Array, loss: float, weights: Weights
) -> tuple[Array, float, bool]:
    """With the largest loss held, find the plan of least cost; one yes-or-no variable for each step at each school.

    The cost of a school's steps rises with each, so that they are taken in order.
    """
    allowed = np.minimum(room, _school_limit(case, step, loss)).astype(int)
    school = np.repeat(np.arange(len(allowed)), allowed)
    place = np.arange(len(school)) - np.repeat(np.cumsum(allowed) - allowed, allowed) + 1
    cost = (2 * place - 1) * step**2 / case.pan[school]
    cost = cost + weights.first_preferences * _newly_unmet(case, step, school, place)
    cost = cost + weights.outcome * step * case.outcome[school]
    cost = cost - min(cost.min(initial=0.0), 0.0)
    found = _solve(cost, np.ones(len(school)), _limits(case, step, loss, steps, school))
    if found.x is None:
        return np.zeros(len(room)), float("inf"), False
    taken = np.bincount(school, weights=np.round(found.x), minlength=len(room))
    return taken, float(found.mip_gap or 0.0), found.status == OPTIMAL


def _newly_unmet(case: Admissions, step: int, school: Array, place: Array) -> Array:
    first, pan = np.nan_to_num(case.first_preferences)[school], case.pan[school]
    after, before = (np.maximum(first - (pan - count * step), 0.0) for count in (place, place - 1))
    unmet: Array = after - before
    return unmet


def _solve(cost: Array, most: Array, limits: list[LinearConstraint]) -> Any:
    options = {"mip_rel_gap": 0.0, "time_limit": TIME_LIMIT}
    return milp(
        cost, integrality=np.ones(len(cost)), bounds=Bounds(0, most), constraints=limits, options=options
    )
