"""Placements 2019 to 2025, and the one step from January 2024 to 2025 by single ages and flows, of 77 authorities.

Placements: shares of the base year are held, totals go as the rule says; base years before and outcomes after the change of
the source in 2023 are told apart. The step: children grow a year older, plans cease and are made as in 2023, new plans with
their last growth carried on in part. Ages of flows are those at the event, so that they lie up to a year off.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from common import ENGLAND
from placeplan.arrays import Array
from placeplan.send.flow import constants, older
from placeplan.send.prevalence import constants as of_prevalence
from placeplan.send.prevalence import prevalence_path
from placeplan.send.tables import AGES
from placeplan.send.totals import plan_spread
from send_stocks import FOLDER, as_plans, bands, children, codes, placements, spread

FOUR_IN_FIVE = 1.2816
"""Standard deviations on either side between which four in five of a normal distribution lie."""
KINDS = {"mainstream": slice(0, 1), "special": slice(1, 2), "all others": slice(2, 5)}
RULES = ("placeplan", "no change", "straight line, five years", "constant prevalence")


@cache
def known() -> list[str]:
    """Return the authorities with placements in every year."""
    complete = [set(frame.dropna().index) for frame in placements().values()]
    return sorted(set(codes()).intersection(*complete))


def _past(base: int) -> Array:
    """Return plans (Januaries from 2019 to base, authorities, placements)."""
    return np.stack([placements()[year].loc[known()].to_numpy(float) for year in range(2019, base + 1)])


def placed(base: int, ahead: int) -> dict[str, Array]:
    """Return plans by placement (authorities, placements) by each rule."""
    past = _past(base)
    first = 2019
    at = np.arange(min(len(past), 5)) - min(len(past), 5) + 1.0
    slope = ((at - at.mean())[:, None, None] * past[-5:]).sum(axis=0) / max(
        ((at - at.mean()) ** 2).sum(), 1e-9
    )
    ours, constant = [], []
    for place, code in enumerate(known()):
        grown = children(code, first, base, ahead)
        ages = spread(bands()[min(base, 2022)].loc[[code]].to_numpy(float), grown[[len(past) - 1]])[0]
        ages = ages / ages.sum()
        stock = past[:, place, :, None] * ages
        path = prevalence_path(as_plans(stock, first), grown, ahead, of_prevalence()["ceiling"])
        total = path.stock[-1].sum()
        ours.append(total * past[-1, place] / past[-1, place].sum())
        constant.append((stock[-1] * grown[-1] / grown[len(past) - 1]).sum(axis=1))
    line = np.maximum(past[-5:].mean(axis=0) + slope * (ahead - at.mean()), 0.0)
    return dict(zip(RULES, (np.stack(ours), past[-1], line, np.stack(constant)), strict=True))


def placement_rows() -> list[list[str]]:
    """Return errors (sum of errors over sum of plans) by rule: one and three ahead, across the break and not."""
    groups = {
        "1 ahead": [(base, 1) for base in (2020, 2021, 2023, 2024)],
        "1, across 2023": [(2022, 1)],
        "3, across 2023": [(base, 3) for base in (2020, 2021, 2022)],
        "5, across 2023": [(2020, 5)],
    }
    made = {pair: placed(*pair) for pairs in groups.values() for pair in pairs}
    rows = []
    for kind, which in KINDS.items():
        for rule in RULES:
            cells = []
            for pairs in groups.values():
                errors = []
                for base, ahead in pairs:
                    found, came = made[base, ahead][rule], _past(base + ahead)[-1]
                    pair = [one[:, which].sum(axis=1) for one in (found, came)]
                    errors.append(np.abs(pair[0] - pair[1]).sum() / pair[1].sum())
                cells.append(f"{np.mean(errors):.1%}")
            rows.append([kind, rule, *cells])
    return rows


@cache
def ages(year: int) -> pd.DataFrame:
    """Return plans by authority (rows) and single age (columns, under three in one), NaN where not published."""
    long = pd.read_csv(FOLDER / "ages.csv.gz")
    return (
        long[long["year"] == year]
        .pivot(index="area_code", columns="age", values="plans")
        .reindex(columns=range(2, AGES))
    )


@cache
def flow(name: str, year: int) -> pd.DataFrame:
    """Return ``new`` or ``ceased`` plans by authority and age, those of 20 and over at 20; blank counts as none."""
    long = pd.read_csv(FOLDER / "flows.csv.gz")
    return (
        long[long["year"] == year]
        .pivot(index="area_code", columns="age", values=name)
        .reindex(columns=range(2, AGES))
        .fillna(0.0)
    )


def step() -> tuple[dict[str, Array], Array]:
    """Return plans by authority and age in January 2025 by each rule, and what came."""
    names = sorted(
        set(ages(2024).index)
        & set(ages(2025).index)
        & set(flow("new", 2022).index)
        & set(flow("ceased", 2023).index)
    )
    names = [name for name in names if all(ages(year).loc[name].sum() > 0 for year in (2024, 2025))]
    now, came = (ages(year).loc[names].fillna(0.0).to_numpy(float) for year in (2024, 2025))
    new = {year: flow("new", year).loc[names].to_numpy(float) for year in (2022, 2023)}
    ceased = flow("ceased", 2023).loc[names].to_numpy(float)
    new, ceased = {year: _twenties(one, now) for year, one in new.items()}, _twenties(ceased, now)
    risk = np.maximum(now - new[2023] + ceased, 0.0)
    general = ceased.sum(axis=0) / np.maximum(risk.sum(axis=0), 1.0)
    strength = constants()["strength"]
    leaving = np.clip((ceased + strength * general) / (risk + strength), 0.0, 1.0)
    growth = (new[2023].sum() / new[2022].sum()) ** constants()["trend_damping"]
    ours = older(now) * (1.0 - leaving) + new[2023] * growth
    totals = np.stack([placements_total(year, names) for year in range(2020, 2025)])
    slope = np.polyfit(np.arange(5.0), totals, 1)[0]
    line = now * (1.0 + slope / totals[-1])[:, None]
    grown = np.stack([children(name, 2024, 2024, 1)[:, 2:] for name in names])
    return {
        "placeplan": ours,
        "no change": now,
        "straight line, five years": line,
        "constant prevalence": now * grown[:, 1] / grown[:, 0],
        "flows as in 2023": older(now) * (1.0 - leaving) + new[2023],
    }, came


def placements_total(year: int, names: list[str]) -> Array:
    """Return all plans of authorities in January of a year."""
    long = pd.read_csv(FOLDER / "placements.csv.gz")
    found: Array = long[long["year"] == year].set_index("area_code")["plans"].reindex(names).to_numpy(float)
    return found


def _twenties(flows: Array, stock: Array) -> Array:
    """Share out what the source gives for 20 and over as plans of those ages are."""
    found, over = flows.copy(), 20 - 2
    weights = stock[:, over:] + 0.5
    found[:, over:] = (
        flows[:, over:].sum(axis=1, keepdims=True) * weights / weights.sum(axis=1, keepdims=True)
    )
    return found


def step_rows() -> list[list[str]]:
    """Return errors of the step by rule: by authority and age, by age in all, all plans of an authority."""
    made, came = step()
    rows = []
    for rule, found in made.items():
        total = np.nanmean(np.abs(found.sum(axis=1) / came.sum(axis=1) - 1.0))
        by_age = np.abs(found.sum(axis=0) - came.sum(axis=0)).sum() / came.sum()
        apart = np.abs(np.log(found.sum(axis=1) / came.sum(axis=1)))
        inside = f"{np.mean(apart <= FOUR_IN_FIVE * plan_spread(1)[0]):.0%}" if rule == RULES[0] else ""
        rows.append(
            [rule, f"{np.abs(found - came).sum() / came.sum():.1%}", f"{by_age:.1%}", f"{total:.1%}", inside]
        )
    return rows


def rates_at_school() -> Array:
    """Return plans for each pupil of ages 6 to 15 in January 2025 by authority; pupils are those cohorts in January 2023."""
    rolls = pd.read_csv(ENGLAND / "rolls.csv")
    rolls = rolls[rolls["academic_year"] == "2022/23"].set_index("area_code")
    pupils = rolls[["R", *(str(group) for group in range(1, 10))]].sum(axis=1)
    found: Array = (ages(2025).loc[:, 6:15].sum(axis=1) / pupils).dropna().to_numpy(float)
    return found


def step_tables() -> dict[str, tuple[list[str], list[list[str]]]]:
    """Return head and rows of the tables of placements and of the step by name."""
    heads = ["Placement", "Rule", "1 ahead", "1, across 2023", "3, across 2023", "5, across 2023"]
    return {
        "placements": (heads, placement_rows()),
        "rates": (
            ["", "Lowest tenth", "Median", "Highest tenth", "Highest"],
            [
                [
                    "Plans for each pupil",
                    *(f"{rate:.1%}" for rate in np.quantile(rates_at_school(), (0.1, 0.5, 0.9, 1))),
                ]
            ],
        ),
        "step": (
            [
                "Rule",
                "Authority and age",
                "Age, all authorities",
                "All plans of an authority",
                "In 80% interval",
            ],
            step_rows(),
        ),
    }
