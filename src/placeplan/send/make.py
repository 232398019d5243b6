"""The story of a forecast of high needs: tables to arrays, rates, central path and draws, frames."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.operations import SendEdit
from placeplan.problems import Finding
from placeplan.send.area import Placed, out_shares, placed
from placeplan.send.breaks import break_findings, gaps_findings
from placeplan.send.costs import costs_table
from placeplan.send.edits import kept_away, same_draws, with_new_plans
from placeplan.send.flow import Path, Rates, central_path, drawn_path, pooled_rates, widened
from placeplan.send.flow import constants as flow_constants
from placeplan.send.funding import Price, Prices, prices_of
from placeplan.send.needs import Needs, needs_ahead, needs_table, read_needs
from placeplan.send.places import Cell, YearGroups, cells_of, places_table, shared_places
from placeplan.send.prevalence import constants, prevalence_draws, prevalence_path
from placeplan.send.returns import send_forecast
from placeplan.send.split import change_table
from placeplan.send.tables import AGE_OF_RECEPTION, AGES, SETTINGS, Plans, read_plans
from placeplan.years import AcademicYear

YEARS_AHEAD = 10
"""Years ahead: the return needs seven, the high-needs budget ten."""
LAST_AT_SCHOOL = 11


@dataclass(frozen=True)
class Around:
    """What a run knows beside plans and pupils.

    ``ceiling``: plans for each pupil of Reception to Year 11 where only stocks are known, None for that of placeplan;
    ``groups``: year groups that each school teaches, by URN; ``rates``: prices by item of the table of rates.
    """

    ceiling: float | None = None
    groups: YearGroups = field(default_factory=dict)
    rates: Mapping[str, Price] = field(default_factory=dict)


@dataclass(frozen=True)
class SendMade:
    """A forecast of plans: the arrays it rests on, the frames by the stem of their file, what is to be said of it.

    ``rates`` are None where only stocks are known; ``children`` are (1 + years ahead, ages) from the base year on.
    ``central`` and ``drawn`` are where flows lead; ``placed`` and ``placed_draws`` where children are then placed.
    """

    plans: Plans
    rates: Rates | None
    central: Path
    drawn: Path
    needs: Needs | None
    children: Array
    placed: Placed
    placed_draws: Placed
    cells: list[Cell]
    shared: Array
    """Places of alternative provision, (years ahead,), NaN where not known."""
    prices: Mapping[str, Prices]
    frames: dict[str, pd.DataFrame]
    findings: tuple[Finding, ...]

    @property
    def base(self) -> AcademicYear:
        """The last year whose plans are known."""
        return self.plans.years[-1]


def make_send(
    tables: Mapping[str, pd.DataFrame],
    pupils: pd.DataFrame,
    simulations: int,
    seed: int,
    around: Around | None = None,
    edits: Sequence[SendEdit] = (),
    standing: SendMade | None = None,
) -> SendMade:
    """Forecast residents with a plan: from stocks and flows where flows are known long enough, else from stocks.

    ``tables`` holds specialist, specialist_flows and specialist_places; ``pupils`` the authority's pupils with columns
    year (start year), group and pupils, past and ahead. ``edits``: what a scenario does; ``standing``: the plan as it
    stands, whose draws a scenario takes over. Raises ValueError where plans do not suffice.
    """
    around = around or Around()
    plans = read_plans(tables["specialist"], tables["specialist_flows"])
    children = by_age(pupils, plans.years[0], len(plans.years) + YEARS_AHEAD)
    rates, central, findings = central_plans(plans, children, tables, around, edits)
    if standing is None:
        drawn = drawn_plans(plans, rates, central, simulations, seed)
    else:
        drawn = same_draws(standing.drawn, standing.central, central)
    out = out_shares(tables["specialist"], plans.years[-1])
    kept = kept_away(edits, plans.years[-1], YEARS_AHEAD)
    at, draws = (placed(path.stock, out, kept) for path in (central, drawn))
    by_need = read_needs(tables["specialist"], tables["specialist_flows"])
    made = SendMade(
        plans=plans,
        rates=rates,
        central=replace(central, stock=at.stock),
        drawn=replace(drawn, stock=draws.stock),
        needs=needs_ahead(by_need, at.stock, rates) if by_need else None,
        children=children[len(plans.years) - 1 :],
        placed=at,
        placed_draws=draws,
        cells=cells_of(tables["specialist_places"], around.groups, plans.years[-1], at, draws),
        shared=shared_places(tables["specialist_places"], plans.years[-1], YEARS_AHEAD),
        prices=prices_of(tables["specialist_places"], plans.years[-1], around.rates),
        frames={},
        findings=findings,
    )
    return replace(made, frames=_frames(made, np.random.default_rng([seed, zlib.crc32(b"needs")])))


def drawn_plans(plans: Plans, rates: Rates | None, central: Path, simulations: int, seed: int) -> Path:
    """Return the draws of the plan as it stands: by flows where ``rates`` are known, else around the expected plans."""
    random = np.random.Generator(np.random.SFC64([seed, zlib.crc32(b"send")]))
    if rates is None:
        return prevalence_draws(central.stock, simulations, random)
    return widened(drawn_path(plans.stock[-1], rates, simulations, random), seed)


def central_plans(
    plans: Plans,
    children: Array,
    tables: Mapping[str, pd.DataFrame],
    around: Around,
    edits: Sequence[SendEdit] = (),
) -> tuple[Rates | None, Path, tuple[Finding, ...]]:
    """Return rates (None from stocks alone), expected plans, and what is to be said."""
    said = [*break_findings(plans.years), *gaps_findings(tables, plans.oldest)]
    if flows_suffice(plans):
        rates = with_new_plans(pooled_rates(plans, children, YEARS_AHEAD), edits, plans.years[-1])
        return rates, central_path(plans.stock[-1], rates), tuple(said)
    if any(edit.new_plans for edit in edits):
        raise ValueError(
            "a scenario changes new plans, but specialist_flows does not give those of the last years"
        )
    ceiling = constants()["ceiling"] if around.ceiling is None else around.ceiling
    return None, prevalence_path(plans, children, YEARS_AHEAD, ceiling), (*said, stocks_only(plans))


def flows_suffice(plans: Plans) -> bool:
    """Return whether new plans are known for each of the years that rates are pooled over."""
    pooled = int(flow_constants()["pooled_years"])
    return len(plans.years) > pooled and bool(np.all(plans.new.sum(axis=(1, 2))[-pooled:] > 0))


def stocks_only(plans: Plans) -> Finding:
    """Return the note that no rates of flow could be worked out."""
    pooled = int(flow_constants()["pooled_years"])
    made = zip(plans.years, plans.new.sum(axis=(1, 2)).tolist(), strict=True)
    known = {int(year) for year, new in made if new > 0}
    wanted = [plans.years[-1].back(years) for years in range(pooled - 1, -1, -1)]
    missing = [str(year) for year in wanted if int(year) not in known]
    why = f"new plans of {', '.join(missing)}" if missing else f"plans of {wanted[0].back(1)}"
    said = f"{why} are not known: plans are forecast as a share of the children of each age"
    return Finding("plans-stocks-only", said, "specialist_flows")


def _frames(made: SendMade, random: np.random.Generator) -> dict[str, pd.DataFrame]:
    base, central, drawn = made.base, made.central, made.drawn
    named: list[tuple[str, tuple[str, ...], Array, Array]] = [
        ("setting", SETTINGS, made.plans.stock[-1], central.stock)
    ]
    needs = pd.DataFrame()
    if made.needs is not None:
        own = made.needs
        named.append(("need", own.names, own.before.sum(axis=1), own.ahead.sum(axis=2)))
        needs = needs_table(base, own, drawn.stock.sum(axis=3), random)
    return {
        "send_forecast": send_forecast(base, central, drawn),
        "send_settings": settings_table(base, central, drawn),
        "send_ages": ages_table(base, central, drawn),
        "send_needs": needs,
        "send_change": change_table(base, named, made.children, central),
        "send_places": places_table(base, made.placed, made.cells),
        "send_costs": costs_table(base, made.placed, made.cells, made.prices, made.shared),
    }


def by_age(pupils: pd.DataFrame, first: AcademicYear, years: int) -> Array:
    """Return children by age, (years, ages): pupils of Reception to Year 11 of the age, else of the same cohort.

    Who is younger is counted as Reception will be, who is older as Year 11 was. Beyond the years known the nearest is held;
    ages about which nothing is known are 1.
    """
    found = np.ones((years, AGES))
    known = pupils.pivot_table(index="year", columns="group", values="pupils", aggfunc="sum")
    wanted = np.arange(int(first), int(first) + years)
    for age in range(AGES):
        group = int(np.clip(age - AGE_OF_RECEPTION, 0, LAST_AT_SCHOOL))
        if group not in known or not (known[group].dropna() > 0).any():
            continue
        then = wanted + AGE_OF_RECEPTION + group - age
        own = known[group].dropna()
        own = own[own > 0]
        found[:, age] = own.to_numpy()[_nearest(own.index.to_numpy(), then)]
    return found


def _nearest(known: Array, wanted: Array) -> Array:
    """Return the place of the last known year up to each wanted one, the first where there is none before."""
    places: Array = np.clip(np.searchsorted(known, wanted, side="right") - 1, 0, None)
    return places


def settings_table(base: AcademicYear, central: Path, drawn: Path) -> pd.DataFrame:
    """Return send_settings.csv: residents with a plan by setting, all ages, and their total."""
    rows = []
    for at in range(len(central.stock)):
        expected, cells = central.stock[at].sum(axis=1), drawn.stock[:, at].sum(axis=2)
        named = [*zip(SETTINGS, expected, cells.T, strict=True), ("total", expected.sum(), cells.sum(axis=1))]
        for name, pupils, draws in named:
            low, high = np.quantile(draws, (0.1, 0.9))
            rows.append((name, str(base + (at + 1)), float(pupils), float(low), float(high)))
    return pd.DataFrame(rows, columns=["setting", "academic_year", "pupils", "p10", "p90"])


def ages_table(base: AcademicYear, central: Path, drawn: Path) -> pd.DataFrame:
    """Return send_ages.csv: residents with a plan by age from 0 to 25, all settings."""
    low, high = np.quantile(drawn.stock.sum(axis=2), (0.1, 0.9), axis=0)
    years, expected = len(central.stock), central.stock.sum(axis=1)
    return pd.DataFrame(
        {
            "age": np.tile(np.arange(AGES), years),
            "academic_year": np.repeat([str(base + (at + 1)) for at in range(years)], AGES),
            "pupils": expected.ravel(),
            "p10": low.ravel(),
            "p90": high.ravel(),
        }
    )
