"""Pupils with education, health and care plans as a stock with flows, and the pupils of special schools.

The stock is an array (setting, need, age from 2 to 24). Every year plans are made, cease and move between
settings, so that the change of the stock is exactly what was made less what ceased.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from exampleshire_maker.calendar import BASE, FIRST_ROLL
from exampleshire_maker.choice import Counts, Reals
from exampleshire_maker.schools import Provision

SETTINGS = (
    "mainstream", "unit", "resourced_provision", "state_special", "non_maintained_special", "independent",
    "alternative_provision", "other",
)  # fmt: skip
MAINSTREAM, STATE_SPECIAL, OTHER = 0, 3, 7
NEEDS = ("ASD", "SLCN", "SEMH", "MLD", "SLD", "PMLD", "HI", "PD", "SPLD")
FIRST_AGE, AGES = 2, 23
START = FIRST_ROLL - 8
_NEED_SHARES = np.array([0.31, 0.20, 0.17, 0.11, 0.07, 0.04, 0.03, 0.04, 0.03])
_NEW_SETTINGS = np.array([0.62, 0.03, 0.05, 0.20, 0.01, 0.05, 0.03, 0.01])
_SPECIAL_NEEDS = np.array([1.0, 0.4, 0.9, 0.7, 3.0, 4.0, 0.4, 0.5, 0.1])
"""How much more often each need is met in a special school."""
_AGE_OF_NEW_PLAN = np.array([0.03, 0.10, 0.13, 0.10, 0.09, 0.08, 0.08, 0.08, 0.09, 0.06, 0.05, 0.04, 0.03,
                             0.02, 0.01, 0.005, 0.005])  # fmt: skip
_CEASE_FROM_16 = (0.06, 0.08, 0.22, 0.32, 0.32, 0.35, 0.40, 0.45)

Flow = tuple[str, int, int, int | None, int | None, int]
"""Flow, age, need, setting before, setting after, pupils; the last but one may be blank."""


@dataclass
class Plans:
    """Stock at each January census, and the flows of each academic year."""

    stock: dict[int, Counts] = field(default_factory=dict)
    flows: dict[int, list[Flow]] = field(default_factory=dict)
    asked: dict[int, tuple[Counts, Counts]] = field(default_factory=dict)
    """Requests and assessments by age."""


def simulate_plans(random: np.random.Generator) -> Plans:
    """Return stocks and flows from some years before the first roll to the base year."""
    plans = Plans()
    stock = random.poisson(_starting_stock()).astype(np.int64)
    for year in range(START, BASE + 1):
        flows: list[Flow] = []
        stock = _cease(_older(stock, flows), flows, random)
        stock = _move(stock, flows, random)
        made = _new(year, random)
        _record(flows, "new", made, after=True)
        stock = stock + made
        plans.stock[year], plans.flows[year] = stock, flows
        by_age = made.sum(axis=(0, 1))
        assessed = by_age + random.poisson(0.09 * by_age + 0.05)
        plans.asked[year] = (assessed + random.poisson(0.38 * assessed + 0.1), assessed)
    return plans


def _starting_stock() -> Reals:
    ages = np.concatenate([np.linspace(4, 62, 10), np.full(5, 62.0), np.linspace(20, 0, AGES - 15)])
    return np.asarray(_mix()[:, :, None] * ages[None, None, :])


def _mix() -> Reals:
    """Share of each setting and need among new plans."""
    mix = np.outer(_NEW_SETTINGS, _NEED_SHARES)
    mix[STATE_SPECIAL] *= _SPECIAL_NEEDS
    return np.asarray(mix / mix.sum())


def _record(flows: list[Flow], kind: str, pupils: Counts, *, after: bool) -> None:
    for setting, need, age in np.argwhere(pupils > 0):
        place = int(setting)
        flows.append(
            (
                kind,
                int(age) + FIRST_AGE,
                int(need),
                None if after else place,
                place if after else None,
                int(pupils[setting, need, age]),
            )
        )


def _older(stock: Counts, flows: list[Flow]) -> Counts:
    """Everyone is a year older; those who turn 25 leave."""
    leaving = np.zeros_like(stock)
    leaving[:, :, -1] = stock[:, :, -1]
    _record(flows, "ceased", leaving, after=False)
    older = np.zeros_like(stock)
    older[:, :, 1:] = stock[:, :, :-1]
    return older


def _cease(stock: Counts, flows: list[Flow], random: np.random.Generator) -> Counts:
    rate = np.full(AGES, 0.017)
    rate[14 : 14 + len(_CEASE_FROM_16)] = _CEASE_FROM_16
    rate[14 + len(_CEASE_FROM_16) :] = 0.5
    ceased = random.binomial(stock, rate[None, None, :]).astype(np.int64)
    _record(flows, "ceased", ceased, after=False)
    return np.asarray(stock - ceased)


def _move(stock: Counts, flows: list[Flow], random: np.random.Generator) -> Counts:
    """Moves come with a change of school: at 11 to special schools, at 16 to colleges, at 18 for everyone."""
    moved = stock.copy()
    for age in range(AGES):
        real = age + FIRST_AGE
        chances = np.zeros((len(SETTINGS), len(SETTINGS)))
        chances[MAINSTREAM, STATE_SPECIAL] = 0.09 if real == 11 else 0.018
        chances[MAINSTREAM, 5] = 0.02 if real == 11 else 0.005
        chances[STATE_SPECIAL, 5] = 0.008
        chances[6, STATE_SPECIAL] = 0.10
        if real == 16:
            chances[:OTHER, OTHER] = (0.45, 0.7, 0.6, 0.25, 0.2, 0.3, 0.9)
        if real == 18:
            chances[:OTHER], chances[:OTHER, OTHER] = 0.0, 1.0
        for origin, target in np.argwhere(chances > 0):
            left = moved[origin, :, age]
            pupils = random.binomial(np.minimum(left, stock[origin, :, age]), chances[origin, target])
            moved[origin, :, age] -= pupils
            moved[target, :, age] += pupils
            flows.extend(
                ("move", real, int(need), int(origin), int(target), int(pupils[need]))
                for need in np.flatnonzero(pupils)
            )
    return moved


def _new(year: int, random: np.random.Generator) -> Counts:
    """Plans made in a year; their number grows by about an eighth a year and slows down lately."""
    total = 92 * 1.105 ** (min(year, BASE - 2) - START) * (1.02 ** max(0, year - BASE + 2))
    ages = np.zeros(AGES)
    ages[: len(_AGE_OF_NEW_PLAN)] = _AGE_OF_NEW_PLAN
    made = random.poisson(total * 0.62 * _mix()[:, :, None] * ages[None, None, :] / ages.sum())
    return np.asarray(made, dtype=np.int64)


def high_needs_rolls(
    provisions: tuple[Provision, ...], plans: Plans, random: np.random.Generator
) -> dict[int, Counts]:
    """Return rolls (provision, year group) of special schools, the referral unit and the AP academy."""
    rolls: dict[int, Counts] = {}
    special = [row for row, school in enumerate(provisions) if school.type in ("special", "special_academy")]
    referral = [row for row, school in enumerate(provisions) if school.type in ("pru", "ap_academy")]
    for year in range(FIRST_ROLL, BASE + 1):
        roll = np.zeros((len(provisions), 15), dtype=np.int64)
        for group in range(14):
            pupils = int(0.93 * plans.stock[year][STATE_SPECIAL, :, group + 4 - FIRST_AGE].sum())
            taught = [row for row in special if provisions[row].low <= group <= provisions[row].high]
            weights = np.array([_density(provisions[row]) for row in taught])
            roll[taught, group] = random.multinomial(pupils, weights / weights.sum())
            for row in referral:
                if provisions[row].low <= group <= provisions[row].high:
                    lean = 0.25 if group < 7 else 0.5 + 0.32 * (group - 7)
                    growth = 1 + 0.02 * (year - FIRST_ROLL)
                    roll[row, group] = random.poisson(_density(provisions[row]) * 0.75 * lean * growth)
        rolls[year] = roll
    return rolls


def _density(school: Provision) -> float:
    return school.unit_places / (school.high - school.low + 1)
