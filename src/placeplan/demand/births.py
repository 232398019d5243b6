"""Births as the driver of Reception: what is known at the base year's census, and a projection beyond.

Births reach an area by its own code, by wards or other geographies with weights, or, where nothing finer is given,
as the whole authority's. Years beyond those known follow the authority's births by the method of the project file (see
``birthpath``), and each area keeps its recent share of the authority. Projected years, those given in the table among
them, carry their own uncertainty, learnt from how far the same rule would have missed the known years.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.demand.birthpath import SHARE_YEARS, BirthErrors, births_errors, births_path, default_errors
from placeplan.demand.flows import Entry
from placeplan.demand.history import History
from placeplan.demand.rebase import rebased
from placeplan.project import Births as BirthsChoice
from placeplan.register import Register
from placeplan.tables import Inputs
from placeplan.years import BIRTH_YEAR_TO_RECEPTION, AcademicYear, Phase

STATUS_ORDER = {"actual": 0, "estimated": 1, "projected": 2}
PROJECTIONS = ("given projection", "projected")
"""What is no count of births that have happened: projections given in the table, and those made here."""
COUNTED = "counted"
"""The basis of a cohort that was counted as children under five (see ``preschool``)."""


@dataclass(frozen=True)
class CountErrors:
    """How sure a count is for each year until entry: ``step``, standard deviation of the authority's log children a year,
    and ``noise``, variance of an area's children relative to that, times its children, a year."""

    step: float
    noise: float


@dataclass(frozen=True)
class Births:
    """Births behind each Reception year of the primary areas.

    ``years``: Reception years from the first of the history to the last of the horizon. ``count``: (areas, years),
    NaN where nothing is known. ``basis``: (areas, years), one of ``known``, ``given projection``, ``projected``,
    ``none``. ``authority``: births of the whole authority (years). ``own``: areas with births of their own. ``errors``: how
    sure the projected ones are. Where children under five take the place of births, ``count`` is children of the autumn
    before entry, ``counted`` their basis, ``behind`` the births, ``lead`` (areas, years) how many years before entry they
    were counted, 0 where they were not, and ``count_errors`` how sure that is. ``factors``: (years ahead) what a scenario
    multiplied them by, None without one.
    """

    years: Array
    count: Array
    basis: Array
    authority: Array
    own: Array
    errors: BirthErrors
    behind: Births | None = None
    lead: Array | None = None
    count_errors: CountErrors | None = None
    factors: Array | None = None

    @property
    def given(self) -> bool:
        """Whether any births are known at all."""
        return bool(np.isin(self.basis, ["known", "given projection", COUNTED]).any())

    def ahead(self, horizon: int) -> Array:
        """Whether the births behind Reception in the years of the horizon are projections, (areas, years)."""
        return np.isin(self.basis[:, -horizon:], PROJECTIONS)

    def behind_history(self, years: int) -> Entry:
        """Return the births behind Reception in the first years, those of the history; nothing where none are known."""
        return Entry(self.count[:, :years], self.authority[:years]) if self.given else Entry.nothing()

    def times(self, factors: Array, horizon: int) -> Births:
        """Return them with the births behind the Reception years ahead, known ones too, multiplied by factors (years)."""
        if np.all(factors == 1.0):
            return self
        by_year = np.concatenate([np.ones(len(self.years) - horizon), factors])
        behind = self.behind.times(factors, horizon) if self.behind is not None else None
        count, authority = self.count * by_year, self.authority * by_year
        return replace(self, count=count, authority=authority, behind=behind, factors=factors)

    @property
    def counted(self) -> Array:
        """Whether a cohort was counted as children under five, (areas, years)."""
        return np.asarray(self.basis == COUNTED)


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
    area, area_projected = pivot_by_area(table, inputs.table("geography_lookup"), register, birth_years)
    whole, whole_projected = _authority_rows(table, birth_years)
    own = np.asarray(~np.isnan(area).all(axis=1))
    if own.any() and (own.all() or np.isnan(whole).all()):
        whole, whole_projected = area[own].sum(axis=0), np.asarray(area_projected[own].any(axis=0))
    count = np.where(own[:, None], area, whole)
    from_table = np.where(own[:, None], area_projected, whole_projected)
    basis = np.where(np.isnan(count), "none", np.where(from_table, "given projection", "known")).astype(
        object
    )
    errors = _errors(count, whole, own, whole_projected, choice)
    count, basis, whole = _projected(count, basis, whole, own, choice, len(history.years))
    return Births(years, count, basis, whole, own, errors)


def _known_rows(table: pd.DataFrame, base_year: AcademicYear, as_of_now: bool) -> pd.DataFrame:
    """The rows that the forecast may know, the best status of each birth year and geography only."""
    partly = table["covered"] < 0.999
    projected = table["status"] == "projected"
    known = np.where(projected, as_of_now, table["birth_year"] < base_year)
    usable = table[known & ~partly & table["births"].notna()]
    order = usable["status"].map(STATUS_ORDER).fillna(0)
    best = usable.assign(order=order).sort_values("order", kind="stable")
    return best.drop_duplicates(["birth_year", "area_code", "geography_code"])


def pivot_by_area(
    table: pd.DataFrame, lookup: pd.DataFrame, register: Register, birth_years: Array
) -> tuple[Array, Array]:
    """Return births by primary area and birth year, and whether any part is a projection; areas' own rows win."""
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
) -> tuple[Array, Array, Array]:
    """Fill years between known births evenly, and those after the last by the method chosen."""
    known = np.flatnonzero(~np.isnan(whole))
    if not len(known):
        return count, basis, whole
    last = known[-1]
    between = _without_gaps(whole, known)
    growth = births_path(_logs(between[known[0] :]), choice, len(whole) - 1 - last)
    whole = np.concatenate([between, whole[last] * np.exp(growth)])
    recent = slice(max(0, last + 1 - SHARE_YEARS), last + 1)
    births = float(np.nansum(whole[recent]))
    share = np.where(own, np.nansum(count[:, recent], axis=1) / births if births > 0 else 0.0, 1.0)
    missing = np.isnan(count)
    missing[:, : min(first_ahead, last + 1)] = False
    count = np.where(missing, share[:, None] * whole, count)
    return count, np.where(missing, "projected", basis), whole


def _errors(
    count: Array, whole: Array, own: Array, is_projection: Array, choice: BirthsChoice
) -> BirthErrors:
    """Learn from the births that have happened how far the rule misses; without any, from other authorities."""
    known = np.flatnonzero(~np.isnan(whole) & ~np.asarray(is_projection, dtype=bool))
    if not len(known):
        return default_errors()
    happened = _without_gaps(whole, known)[known[0] :]
    return births_errors(_logs(happened), choice, count[np.ix_(own, known)], whole[known])


def _without_gaps(whole: Array, known: Array) -> Array:
    """The births up to the last known year, gaps filled evenly; NaN before the first."""
    years = np.arange(known[-1] + 1)
    return np.where(years < known[0], np.nan, np.interp(years, known, whole[known]))


def _logs(births: Array) -> Array:
    return np.asarray(np.log(np.maximum(births, 1.0)))
