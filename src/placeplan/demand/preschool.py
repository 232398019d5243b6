"""Children under five as a rival to births for Reception, chosen by how both would have forecast earlier years.

With C[l] the children of a cohort counted l years before they enter Reception, the children of the autumn before entry are

    D = C[l] × s[l] × … × s[2],        s[l] = sum of C[l - 1] / sum of C[l], cohorts counted in both years,

an area's s leaning on the authority's; cohorts that were not counted are births × (children of the autumn before / births)
of the last years. From each earlier origin both drivers forecast Reception by the plain ratio of the last three years, with
what was known then (counts up to that year's census), and the one with the smaller mean error leads to Reception. Too few
origins, or no counts, and births stay. Ageing children forward on registers: the cohort component method at ages 0 to 4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.demand.births import COUNTED, Births, CountErrors, pivot_by_area
from placeplan.demand.history import History
from placeplan.demand.rebase import rebased
from placeplan.keydates import census_day, entry_day
from placeplan.register import Register
from placeplan.tables import Inputs
from placeplan.years import BIRTH_YEAR_TO_RECEPTION, AcademicYear, Phase

MOST_LEAD = 5
"""Years before entry up to which counts are used: a child born in the year before the count enters five years on."""
RECENT = 3
LEANS_ON = 500.0
"""An area's change from one count to the next leans on the authority's as if so many of its children had."""
LEAST_ORIGINS = 3
"""Earlier years that both must have forecast before counts may take the place of births."""
LEAST_CHANGE = 0.01
"""Smallest yearly standard deviation of the authority's children from one count to the next, as a proportion."""


@dataclass(frozen=True)
class Rival:
    """What the comparison found: ``origins`` judged, mean error of the drivers, and whether children were chosen.

    Errors are means of areas' and the authority's relative errors in Reception, 1 to 4 years ahead; NaN where none was
    judged. ``snapshots``: counts known, by the census after them.
    """

    snapshots: int
    origins: int
    births_error: float
    children_error: float
    chosen: bool


def with_children(
    births: Births, inputs: Inputs, register: Register, history: History, use: str
) -> tuple[Births, Rival | None]:
    """Return the births, or in their place the children counted if they forecast better; None without a table.

    ``use``: ``backtest`` or ``never``. Births must lead to Reception for either to be used.
    """
    if use == "never" or inputs.table("preschool").empty or not births.given:
        return births, None
    counts, snapshots = _counts(inputs, register, history, births)
    reception = history.area_roll[register.area_rows(Phase.PRIMARY), 0]
    miss = _misses(counts, births.count, reception)
    judged = np.isfinite(miss).all(axis=0).any(axis=-1)
    origins = int(judged.sum())
    mean = np.nanmean(miss[:, judged], axis=(1, 2)) if origins else np.full(2, np.nan)
    chosen = origins >= LEAST_ORIGINS and bool(mean[1] < mean[0])
    rival = Rival(snapshots, origins, float(mean[0]), float(mean[1]), chosen)
    return (_children(births, counts, len(history.years)) if chosen else births), rival


def known_counts(inputs: Inputs, register: Register, history: History) -> pd.DataFrame:
    """Return the rows of preschool that are known, ``academic_year`` being the one at whose census they were first known.

    A count belongs to the first census on its day or after it, one after the base year's is not known yet; of several
    before the same census the last is taken. Areas are those of the base year.
    """
    table = inputs.table("preschool")
    day = table["snapshot"].dt.date
    start = [one.year if one >= entry_day(one.year) else one.year - 1 for one in day]
    known = [year + (one > census_day(AcademicYear(year))) for one, year in zip(day, start, strict=True)]
    table = table.assign(academic_year=known, phase=Phase.PRIMARY.value)
    table = table[(table["academic_year"] <= history.base_year) & table["children"].notna()]
    table = table[table["snapshot"] == table.groupby("academic_year")["snapshot"].transform("max")]
    return rebased(table, inputs.table("area_changes"), register, history.base_year, amount="children")


def _counts(inputs: Inputs, register: Register, history: History, births: Births) -> tuple[Array, int]:
    """Children by area, Reception year and years before entry, NaN where none were counted, and the number of counts."""
    table = known_counts(inputs, register, history)
    table = table.assign(births=table["children"], status="actual")
    found = np.full((*births.count.shape, MOST_LEAD + 1), np.nan)
    lookup = inputs.table("geography_lookup")
    for year, rows in table.groupby("academic_year"):
        count, _ = pivot_by_area(rows, lookup, register, births.years - BIRTH_YEAR_TO_RECEPTION)
        lead = births.years - int(str(year))
        for before in range(1, MOST_LEAD + 1):
            at = np.flatnonzero(lead == before)
            found[:, at, before] = count[:, at]
    return found, int(table["academic_year"].nunique())


def _known_at(counts: Array, origin: int) -> Array:
    """The counts that were known when ``origin`` years of rolls were: those l years before entry up to the last of them."""
    year, lead = np.arange(counts.shape[1])[:, None], np.arange(counts.shape[2])[None]
    return np.where((year - lead < origin)[None], counts, np.nan)


def _survival(counts: Array) -> Array:
    """Children l - 1 years before entry for each one l years before, (areas, leads); 1 where no cohort shows it."""
    later, earlier = np.roll(counts, 1, axis=2), counts
    both = np.isfinite(later) & np.isfinite(earlier)
    left = np.where(both, later, 0.0).sum(axis=1)
    from_ = np.where(both, earlier, 0.0).sum(axis=1)
    whole = np.where(from_.sum(axis=0) > 0, left.sum(axis=0) / np.maximum(from_.sum(axis=0), 1.0), 1.0)
    return np.asarray((left + LEANS_ON * whole) / (from_ + LEANS_ON))


def autumn_before(counts: Array, births: Array, years: int) -> tuple[Array, Array]:
    """Return the children of the autumn before entry, (areas, Reception years), and from how many years before.

    ``births``: (areas, Reception years), of which the first ``years`` are past. The lead is 0 where births stand in.
    """
    change = _survival(counts)
    change[:, :2] = 1.0
    aged = counts * np.cumprod(change, axis=1)[:, None]
    aged = np.where(np.arange(counts.shape[2]) > 0, aged, np.nan)
    seen = np.isfinite(aged)
    lead = np.where(seen.any(axis=2), seen.argmax(axis=2), 0)
    children = np.take_along_axis(aged, lead[:, :, None], axis=2)[:, :, 0]
    per_birth = _recent_ratio(counts[:, :years, 1], births[:, :years])
    return np.where(lead > 0, children, births * per_birth[:, None]), lead


def _recent_ratio(above: Array, below: Array) -> Array:
    """Sum over sum of the last three years in which both are known, by area; the authority's where an area has none."""
    both = np.isfinite(above) & np.isfinite(below) & (below > 0)
    newest = np.cumsum(both[:, ::-1], axis=1)[:, ::-1]
    taken = both & (newest <= RECENT)
    over, under = np.where(taken, above, 0.0).sum(axis=1), np.where(taken, below, 0.0).sum(axis=1)
    whole = over.sum() / under.sum() if under.sum() > 0 else 1.0
    return np.where(under > 0, over / np.where(under > 0, under, 1.0), whole)


def _misses(counts: Array, births: Array, reception: Array) -> Array:
    """Errors of births and of children from every earlier origin, (2, origins, years ahead), NaN where none is judged."""
    past = reception.shape[1]
    found = np.full((2, past, MOST_LEAD - 1), np.nan)
    for origin in range(1, past):
        known = _known_at(counts, origin)
        if not np.isfinite(known[:, :origin, 1]).any():
            continue
        children, lead = autumn_before(known, births, origin)
        for place, driver in enumerate((births, children)):
            ratio = _recent_ratio(reception[:, :origin], driver[:, :origin])
            for ahead in range(min(MOST_LEAD - 1, past - origin)):
                at = origin + ahead
                if (lead[:, at] > 0).any():
                    found[place, origin, ahead] = _error(driver[:, at] * ratio, reception[:, at])
    return found


def _error(forecast: Array, came: Array) -> float:
    """Mean of the areas' and the whole's relative error."""
    known = np.isfinite(forecast) & np.isfinite(came)
    miss, pupils = (forecast - came)[known], came[known].sum()
    return float((np.abs(miss).sum() + abs(miss.sum())) / (2.0 * pupils)) if pupils > 0 else np.nan


def _children(births: Births, counts: Array, years: int) -> Births:
    """The births with the children counted in their place."""
    children, lead = autumn_before(counts, births.count, years)
    basis = np.where(lead > 0, COUNTED, births.basis).astype(object)
    return replace(
        births,
        count=children,
        basis=basis,
        authority=np.where(np.isfinite(children).any(axis=0), np.nansum(children, axis=0), np.nan),
        own=births.own | (lead > 0).any(axis=1),
        behind=births,
        lead=lead,
        count_errors=_errors(counts),
    )


def _errors(counts: Array) -> CountErrors:
    """How far a cohort changes from count to count beyond what is usual: of the authority, and of an area beside it."""
    later, earlier = np.roll(counts, 1, axis=2)[:, :, 2:], counts[:, :, 2:]
    both = np.isfinite(later) & np.isfinite(earlier) & (earlier > 0)
    left, from_ = np.where(both, later, 0.0), np.where(both, earlier, 0.0)
    seen = from_.sum(axis=0) > 0
    whole = np.where(seen, left.sum(axis=0) / np.where(seen, from_.sum(axis=0), 1.0), np.nan)
    usual = np.nan_to_num(_survival(counts)[:, 2:], nan=1.0)
    away = np.where(both, left / np.where(both, earlier, 1.0) / usual[:, None] - 1.0, 0.0)
    noise = float((from_ * away**2)[both].mean()) if both.any() else 1.0
    changes = [np.log(lead[np.isfinite(lead)]) for lead in whole.T]
    squares = [((one - one.mean()) ** 2).sum() for one in changes if len(one) > 1]
    freedom = sum(len(one) - 1 for one in changes if len(one) > 1)
    step = float(np.sqrt(sum(squares) / freedom)) if freedom else 0.0
    return CountErrors(max(step, LEAST_CHANGE), noise)
