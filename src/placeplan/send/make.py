"""The story of a forecast of high needs: tables to arrays, rates, central path and draws, frames."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.send.flow import Path, central_path, drawn_path, pooled_rates
from placeplan.send.places import in_area_shares, places_table
from placeplan.send.returns import send_forecast, years_needed
from placeplan.send.tables import AGE_OF_RECEPTION, AGES, SETTINGS, Plans, read_plans
from placeplan.years import AcademicYear


@dataclass(frozen=True)
class SendMade:
    """A forecast of plans: the arrays it rests on and the frames by the stem of their file."""

    plans: Plans
    central: Path
    drawn: Path
    frames: dict[str, pd.DataFrame]

    @property
    def base(self) -> AcademicYear:
        """The last year whose plans are known."""
        return self.plans.years[-1]


def make_send(tables: dict[str, pd.DataFrame], pupils: pd.DataFrame, simulations: int, seed: int) -> SendMade:
    """Forecast residents with a plan.

    ``tables`` holds specialist, specialist_flows and specialist_places; ``pupils`` the authority's pupils with columns
    year (start year), group and pupils, past and ahead. Raises ValueError where plans or flows do not suffice.
    """
    plans = read_plans(tables["specialist"], tables["specialist_flows"])
    horizon, base = years_needed(), plans.years[-1]
    children = by_age(pupils, plans.years[0], len(plans.years) + horizon)
    rates = pooled_rates(plans, children, horizon)
    central = central_path(plans.stock[-1], rates)
    random = np.random.Generator(np.random.SFC64([seed, zlib.crc32(b"send")]))
    drawn = drawn_path(plans.stock[-1], rates, simulations, random)
    shares = in_area_shares(tables["specialist"], base)
    frames = {
        "send_forecast": send_forecast(base, central, drawn),
        "send_settings": settings_table(base, central, drawn),
        "send_change": change_table(plans, children, central),
        "send_places": places_table(tables["specialist_places"], shares, base, central, drawn),
    }
    return SendMade(plans, central, drawn, frames)


def by_age(pupils: pd.DataFrame, first: AcademicYear, years: int) -> Array:
    """Return pupils by age, (years, ages); beyond the years known the nearest is held, ages without pupils are 1."""
    found = np.ones((years, AGES))
    for group, rows in pupils.groupby("group"):
        known = rows.groupby("year")["pupils"].sum()
        held = known.reindex(range(int(first), int(first) + years)).ffill().bfill()
        if (held > 0).all():
            found[:, int(str(group)) + AGE_OF_RECEPTION] = held
    return found


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


def change_table(plans: Plans, children: Array, central: Path) -> pd.DataFrame:
    """Return send_change.csv: the change since the base year in parts that add up.

    ``unchanged``: ageing and flows if new plans by age stayed as many as they are; ``population``: what more or fewer
    pupils add; ``rate``: what the trend of new plans for each pupil adds.
    """
    base, horizon = float(plans.stock[-1].sum()), len(central.stock)
    still = np.repeat(children[len(plans.years) - 1 : len(plans.years)], len(children), axis=0)
    paths = [
        central_path(plans.stock[-1], pooled_rates(plans, given, horizon, trend=False)).stock.sum(axis=(1, 2))
        for given in (still, children)
    ]
    total = central.stock.sum(axis=(1, 2))
    return pd.DataFrame(
        {
            "academic_year": [str(plans.years[-1] + (at + 1)) for at in range(horizon)],
            "plans": total,
            "change": total - base,
            "unchanged": paths[0] - base,
            "population": paths[1] - paths[0],
            "rate": total - paths[1],
            "new": central.new,
            "left": central.left,
        }
    )
