"""Normal forms: what a table means, however it was written.

Ages become year groups, years of other kinds become academic years by the shares of ``years.py``, wide rolls
become long, defaults are filled in. See "Typed tables" in ``docs/architecture.md``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from placeplan.inputs.draft import Draft, concat, is_filled
from placeplan.inputs.values import NOT_COUNTED
from placeplan.tables import TEXT_KINDS
from placeplan.years import (
    YEAR_GROUP_COUNT,
    AcademicYear,
    birth_year_of_midyear,
    calendar_year_shares,
    financial_year_shares,
)

AGE_OF_RECEPTION = 4
"""Age at 31 August before Reception."""
BIRTH_FIGURES = ("births", "lower", "upper")

Shares = tuple[tuple[AcademicYear, float], tuple[AcademicYear, float]]


def with_defaults(draft: Draft) -> Draft:
    """Return the draft with blanks filled where the table has a default."""
    for column in draft.spec.held:
        if column.default:
            given = draft.column(column.name)
            default = column.default if column.kind in TEXT_KINDS else float(column.default)
            draft = draft.with_columns(**{column.name: np.where(is_filled(given), given, default)})
    return draft


def without_uncounted(draft: Draft) -> Draft:
    """Return the draft without nursery and ungraded groups; a school that begins there begins at R."""
    for column in draft.spec.held:
        if column.kind != "year_group" or not draft.has(column.name):
            continue
        groups = draft.column(column.name)
        if draft.spec.name == "schools":
            draft = draft.with_columns(**{column.name: np.where(groups == NOT_COUNTED, 0.0, groups)})
        else:
            draft = draft.take(groups != NOT_COUNTED)
    return draft


def with_group_of_age(draft: Draft) -> Draft:
    """Return the draft with year groups of ages filled in; ages outside R to 14 have none."""
    if not draft.has("age"):
        return draft
    groups = draft.column("age") - AGE_OF_RECEPTION
    groups = np.where((groups >= 0) & (groups < YEAR_GROUP_COUNT), groups, np.nan)
    given = draft.column("year_group")
    return draft.with_columns(year_group=np.where(is_filled(given), given, groups))


def with_year_of_midyear(draft: Draft) -> Draft:
    """Return births with the birth year of rows that give twelve months to 30 June."""
    if not draft.has("midyear"):
        return draft
    given, years = draft.column("birth_year"), draft.column("midyear")
    moved = np.array([birth_year_of_midyear(int(year)) if year == year else np.nan for year in years], float)
    return draft.with_columns(birth_year=np.where(is_filled(given), given, moved))


def births_by_birth_year(draft: Draft) -> Draft:
    """Return births with calendar years shared out over birth years and added up.

    ``covered`` is the share of the birth year that the rows cover; ``row`` is the first row that counts.
    """
    calendar = draft.filled("calendar_year") & ~draft.filled("birth_year")
    if not calendar.any():
        return draft.without("midyear", "calendar_year")
    parts = _split(draft.take(calendar), "calendar_year", "birth_year", BIRTH_FIGURES, calendar_year_shares)
    whole = concat([draft.take(~calendar), _added_up(parts)])
    return whole.without("midyear", "calendar_year")


def homes_by_academic_year(draft: Draft) -> Draft:
    """Return homes with financial years shared out over academic years, two rows for each."""
    financial = draft.filled("financial_year") & ~draft.filled("academic_year")
    if not financial.any():
        return draft
    parts = _split(
        draft.take(financial), "financial_year", "academic_year", ("dwellings",), financial_year_shares
    )
    return concat([draft.take(~financial), parts])


def long_form(draft: Draft, groups: np.ndarray, pupils: np.ndarray) -> Draft:
    """Return wide rolls as one item a cell; ``pupils`` has the shape (rows, year groups)."""
    count = len(groups)
    columns = {name: np.repeat(values, count) for name, values in draft.columns.items()}
    columns["year_group"] = np.tile(groups.astype("float64"), len(draft))
    columns["pupils"] = pupils.ravel()
    return Draft(draft.spec, columns, np.repeat(draft.rows, count))


def _split(
    draft: Draft, source: str, target: str, figures: tuple[str, ...], shares: Callable[[int], Shares]
) -> Draft:
    """Return each item as two, with the share of its figures that falls in each year."""
    years = draft.column(source).astype(int)
    split = {int(year): shares(int(year)) for year in np.unique(years)}
    halves = []
    for half in (0, 1):
        part = np.array([split[int(year)][half][1] for year in years])
        columns = {name: draft.column(name) * part for name in figures if draft.has(name)}
        columns[target] = np.array([float(split[int(year)][half][0]) for year in years])
        if target == "birth_year":
            columns["covered"] = part
        halves.append(draft.with_columns(**columns))
    return concat(halves)


def _added_up(parts: Draft) -> Draft:
    """Return the parts of each birth year, place and status as one item; unknown if any part is."""
    keys = [name for name in parts.spec.key if name in parts.columns]
    figures = [name for name in (*BIRTH_FIGURES, "covered") if name in parts.columns]
    frame = pd.DataFrame({name: pd.Series(parts.columns[name]) for name in keys + figures})
    numbers = frame.groupby(keys, sort=False, dropna=False).ngroup().to_numpy()
    first = np.unique(numbers, return_index=True)[1]
    sums = {name: np.bincount(numbers, weights=parts.columns[name]) for name in figures}
    whole = parts.take(first)
    return whole.with_columns(**sums)
