"""Births as the driver of Reception: what is known at the base year's census, and a projection beyond.

Births reach an area by its own code, by wards or other geographies with weights, or, where nothing finer is given,
as the whole authority's. Years beyond those known follow the authority's damped trend,

    log B[T+i] = log B[T] + g (d + d^2 + … + d^i),    g = mean yearly change of log births over the last years,

with the damping d of the project file, and each area keeps its recent share of the authority. (Damped trend: Gardner
and McKenzie 1985, Forecasting trends in time series, Management Science 31.) Projected years carry their own
uncertainty, learnt from how far the same rule would have missed the known years.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.demand.history import History
from placeplan.demand.rebase import rebased
from placeplan.project import Births as BirthsChoice
from placeplan.register import Register
from placeplan.tables import Inputs
from placeplan.years import BIRTH_YEAR_TO_RECEPTION, AcademicYear, Phase

STATUS_ORDER = {"actual": 0, "estimated": 1, "projected": 2}
SHARE_YEARS = 3
LEAST_ERROR = 0.01
"""Smallest yearly standard deviation of the authority's projected births, as a proportion."""


@dataclass(frozen=True)
class Births:
    """Births behind each Reception year of the primary areas.

    ``years``: Reception years from the first of the history to the last of the horizon. ``count``: (areas, years),
    NaN where nothing is known. ``basis``: (areas, years), one of ``known``, ``given projection``, ``projected``,
    ``none``. ``authority``: births of the whole authority (years). ``own``: areas with births of their own.
    ``step_error``: standard deviation of one projected year's change (authority, area).
    """

    years: Array
    count: Array
    basis: Array
    authority: Array
    own: Array
    step_error: tuple[float, float]

    @property
    def given(self) -> bool:
        """Whether any births are known at all."""
        return bool(np.isin(self.basis, ["known", "given projection"]).any())


def reception_births(
    inputs: Inputs, register: Register, history: History, horizon: int, choice: BirthsChoice, as_of_now: bool
) -> Births:
    """Return the births behind Reception in every year of the history and the horizon.

    ``as_of_now`` is False when the base year is earlier than the last roll: then projections given in the table,
    which may have been made later, are not used.
    """
    years = np.arange(history.years[0], history.base_year + horizon + 1)
    birth_years = years - BIRTH_YEAR_TO_RECEPTION
    table = _known_rows(inputs.table("births"), history.base_year, as_of_now).assign(
        phase=Phase.PRIMARY.value
    )
    table = rebased(
        table, inputs.table("area_changes"), register, history.base_year, year="birth_year", amount="births"
    )
    area, area_projected = _by_area(table, inputs.table("geography_lookup"), register, birth_years)
    whole, whole_projected = _authority_rows(table, birth_years)
    own = np.asarray(~np.isnan(area).all(axis=1))
    if own.any() and (own.all() or np.isnan(whole).all()):
        whole, whole_projected = area[own].sum(axis=0), np.asarray(area_projected[own].any(axis=0))
    count = np.where(own[:, None], area, whole)
    from_table = np.where(own[:, None], area_projected, whole_projected)
    basis = np.where(np.isnan(count), "none", np.where(from_table, "given projection", "known")).astype(
        object
    )
    first_ahead = len(history.years)
    count, basis, whole, error = _projected(count, basis, whole, own, choice, first_ahead)
    return Births(years, count, basis, whole, own, error)


def _known_rows(table: pd.DataFrame, base_year: AcademicYear, as_of_now: bool) -> pd.DataFrame:
    """The rows that the forecast may know, the best status of each birth year and geography only."""
    partly = table["covered"] < 0.999
    projected = table["status"] == "projected"
    known = np.where(projected, as_of_now, table["birth_year"] < base_year)
    usable = table[known & ~partly & table["births"].notna()]
    order = usable["status"].map(STATUS_ORDER).fillna(0)
    best = usable.assign(order=order).sort_values("order", kind="stable")
    return best.drop_duplicates(["birth_year", "area_code", "geography_code"])


def _by_area(
    table: pd.DataFrame, lookup: pd.DataFrame, register: Register, birth_years: Array
) -> tuple[Array, Array]:
    """Births by primary area and birth year, and whether any part is a projection; areas' own rows win."""
    rows = register.area_rows(Phase.PRIMARY)
    place = {register.areas["code"].iloc[row]: index for index, row in enumerate(rows)}
    by_code = table[table["area_code"] != ""]
    direct, direct_projected = _pivot(by_code["area_code"].map(place), by_code, len(rows), birth_years)
    wards = table[(table["area_code"] == "") & (table["geography_code"] != "")]
    parts = wards.merge(
        lookup[["geography_code", "area_code", "weight"]], on="geography_code", suffixes=("", "_to")
    )
    parts = parts.assign(births=parts["births"] * parts["weight"])
    spread, spread_projected = _pivot(parts["area_code_to"].map(place), parts, len(rows), birth_years)
    expected = lookup["area_code"].map(place).dropna().astype(int).value_counts()
    wanted = expected.reindex(range(len(rows)), fill_value=0).to_numpy()
    present = np.zeros(spread.shape)
    area, column, _ = _cells(parts["area_code_to"].map(place), parts, birth_years)
    np.add.at(present, (area, column), 1.0)
    spread = np.where(present >= wanted[:, None], spread, np.nan)
    use_direct = ~np.isnan(direct)
    return np.where(use_direct, direct, spread), np.where(use_direct, direct_projected, spread_projected)


def _cells(place: pd.Series, rows: pd.DataFrame, birth_years: Array) -> tuple[Array, Array, Array]:
    """Area and column of each row that falls into the matrix, and which rows those are."""
    column = rows["birth_year"].to_numpy(np.int64) - birth_years[0]
    kept = place.notna().to_numpy() & (column >= 0) & (column < len(birth_years))
    return place[kept].to_numpy(np.int64), column[kept], kept


def _pivot(place: pd.Series, rows: pd.DataFrame, areas: int, birth_years: Array) -> tuple[Array, Array]:
    """Sum births by area and birth year, NaN where there is no row; and where a projection is part of the sum."""
    area, column, kept = _cells(place, rows, birth_years)
    total = np.zeros((areas, len(birth_years)))
    seen = np.zeros(total.shape, dtype=bool)
    projected = np.zeros(total.shape, dtype=bool)
    np.add.at(total, (area, column), rows["births"].to_numpy(float)[kept])
    seen[area, column] = True
    np.logical_or.at(projected, (area, column), (rows["status"] == "projected").to_numpy()[kept])
    return np.where(seen, total, np.nan), projected


def _authority_rows(table: pd.DataFrame, birth_years: Array) -> tuple[Array, Array]:
    rows = table[(table["area_code"] == "") & (table["geography_code"] == "")]
    total, projected = _pivot(pd.Series(0, index=rows.index), rows, 1, birth_years)
    return total[0], projected[0]


def _projected(
    count: Array, basis: Array, whole: Array, own: Array, choice: BirthsChoice, first_ahead: int
) -> tuple[Array, Array, Array, tuple[float, float]]:
    """Fill years between known births evenly, and those after the last by the authority's damped trend."""
    known = np.flatnonzero(~np.isnan(whole))
    if not len(known):
        return count, basis, whole, (0.0, 0.0)
    last = known[-1]
    ahead = len(whole) - 1 - last
    growth = damped_trend(np.log(np.maximum(whole[known], 1.0)), choice.years, choice.damping, ahead)
    between = np.where(
        np.arange(last + 1) < known[0], np.nan, np.interp(np.arange(last + 1), known, whole[known])
    )
    whole = np.concatenate([between, whole[last] * np.exp(growth)])
    recent = slice(max(0, last + 1 - SHARE_YEARS), last + 1)
    births = float(np.nansum(whole[recent]))
    share = np.where(own, np.nansum(count[:, recent], axis=1) / births if births > 0 else 0.0, 1.0)
    missing = np.isnan(count)
    missing[:, : min(first_ahead, last + 1)] = False
    count = np.where(missing, share[:, None] * whole, count)
    basis = np.where(missing, "projected", basis)
    return count, basis, whole, _step_errors(count[own], whole, known, choice)


def damped_trend(logs: Array, years: int, damping: float, ahead: int) -> Array:
    """Return the change of the logarithm from its last value, 1 to ``ahead`` years on, shape (ahead,).

    The slope is the mean yearly change over the last ``years``; it is damped from the first year on.
    """
    steps = min(years, len(logs) - 1)
    slope = (logs[-1] - logs[-1 - steps]) / steps if steps else 0.0
    return slope * np.cumsum(damping ** np.arange(1, ahead + 1))


def _step_errors(own_count: Array, whole: Array, known: Array, choice: BirthsChoice) -> tuple[float, float]:
    """Standard deviation of one year's change around the damped trend: of the authority, and of an area beside it."""
    logs = np.log(np.maximum(whole[known], 1.0))
    misses = [
        logs[end] - logs[end - 1] - damped_trend(logs[:end], choice.years, choice.damping, 1)[0]
        for end in range(3, len(logs))
    ]
    authority = max(float(np.sqrt(np.mean(np.square(misses)))) if misses else 0.0, LEAST_ERROR)
    if len(own_count) < 2 or len(known) < 3:
        return authority, authority
    share = own_count[:, known] / np.maximum(whole[known], 1.0)
    change = np.diff(np.log(np.maximum(share, 1e-9)), axis=1)
    return authority, float(np.clip(np.nanstd(change) / np.sqrt(2.0), LEAST_ERROR, 0.25))
