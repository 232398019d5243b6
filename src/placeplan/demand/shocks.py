"""Years in which nearly every area's ratios jumped together and went back: found, named, and given less weight.

Let m[t] be the authority's mean logarithm of progression ratios in year t, every area by its pupils, and b and f its means
over the two years before and after. The jump of a year is the smaller of m - b and m - f, none where they differ in sign:
a change that lasts is no shock. A year is a shock when its jump is far out for this authority,

    |jump[t]| > 5 x mean of |jump[t']| over the other years,   and above a floor,

and most areas moved to its side. The last year cannot be judged: nobody knows yet whether it will go back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.project import LeftOut
from placeplan.years import AcademicYear

FAR = 5.0
"""From so many times the mean jump of the other years a jump is far out."""
LEAST_JUMP = 0.003
"""Smaller common moves of progression ratios than this are no shock, however quiet the other years."""
SAME_SIDE = 0.6
"""Share of areas that must have moved to the same side; small areas err to either side by chance."""
FOUND_WEIGHT = 0.1
"""What a year still counts for if the ratios alone call it a shock."""
LEAST_YEARS = 6
"""Fewer years of ratios than this tell nothing of what is usual."""


@dataclass(frozen=True)
class Shock:
    """One year that counts for less: ``weight`` 0 to 1, ``why`` in words; ``size`` is the common move of ratios or NaN."""

    year: AcademicYear
    weight: float
    why: str
    size: float = float("nan")


def known_shocks() -> dict[AcademicYear, str]:
    """Return the years known to have disturbed every area at once, with the reason, from ``data/shock_years.csv``."""
    return {AcademicYear.parse(row["academic_year"]): row["reason"] for row in data_rows("shock_years.csv")}


def shocks_of(
    roll: Array, could: Array, years: Array, leave_out: Sequence[LeftOut] | None
) -> tuple[Shock, ...]:
    """Return the years that count for less in the whole authority.

    ``roll``, ``could``: (areas, year groups, years) where cohorts just go on, NaN unknown. Where ``leave_out`` is given it
    alone decides: its years count for nothing, and an empty list lets every year count. Else the known shock years count for
    nothing, and years in which the ratios themselves show a shock count for little.
    """
    present = [AcademicYear(int(year)) for year in years]
    if leave_out is not None:
        return tuple(
            Shock(named.year, 0.0, named.reason or "named in the project file")
            for named in leave_out
            if named.everywhere and named.year in present
        )
    known = [Shock(year, 0.0, why) for year, why in known_shocks().items() if year in present]
    found = found_shocks(roll, could, present, {shock.year for shock in known})
    return tuple(sorted([*known, *found], key=lambda shock: shock.year))


def found_shocks(
    roll: Array, could: Array, years: Sequence[AcademicYear], known: set[AcademicYear]
) -> list[Shock]:
    """Return the shocks that the ratios show beside those that are known."""
    seen = np.isfinite(roll) & np.isfinite(could) & (could > 0) & (roll > 0)
    ratio = np.log(np.where(seen, roll, 1.0) / np.where(seen, could, 1.0))
    size = np.where(seen, could, 0.0)
    usual = [at for at, year in enumerate(years) if year not in known and seen[:, :, at].any()]
    if len(usual) < LEAST_YEARS:
        return []
    by_area = _mean(ratio, size, axis=1)[:, usual]
    whole = _mean(ratio, size, axis=(0, 1))[usual]
    jumps = _jumps(whole)
    found = []
    for place in range(1, len(usual) - 1):
        others = np.abs(np.delete(jumps, [0, place, len(usual) - 1]))
        limit = max(FAR * float(np.mean(others)), LEAST_JUMP)
        moved = _distances(by_area)[:, place]
        moved = moved[np.isfinite(moved)]
        together = float(np.mean(np.sign(moved) == np.sign(jumps[place]))) if len(moved) else 0.0
        if abs(jumps[place]) > limit and together >= SAME_SIDE:
            size_words = f"{100 * np.expm1(jumps[place]):+.1f}%".replace("-", "\N{MINUS SIGN}")
            why = f"ratios of {100 * together:.0f}% of areas moved to the same side and back, by {size_words} in all"
            found.append(Shock(years[usual[place]], FOUND_WEIGHT, why, float(jumps[place])))
    return found


def _mean(values: Array, weight: Array, axis: int | tuple[int, ...]) -> Array:
    whole = weight.sum(axis=axis)
    mean: Array = np.where(
        whole > 0, (values * weight).sum(axis=axis) / np.where(whole > 0, whole, 1.0), np.nan
    )
    return mean


def _sides(series: Array) -> tuple[Array, Array]:
    """Return each year's distance from the mean of the two years before it, and of the two after it; NaN at the ends."""
    before, after = np.full(series.shape, np.nan), np.full(series.shape, np.nan)
    for at in range(1, series.shape[-1] - 1):
        before[..., at] = series[..., at] - _known_mean(series[..., max(0, at - 2) : at])
        after[..., at] = series[..., at] - _known_mean(series[..., at + 1 : at + 3])
    return before, after


def _jumps(series: Array) -> Array:
    before, after = _sides(series)
    nearer = np.where(np.abs(before) < np.abs(after), before, after)
    return np.where(np.sign(before) == np.sign(after), nearer, 0.0)


def _distances(series: Array) -> Array:
    before, after = _sides(series)
    middle: Array = (before + after) / 2.0
    return middle


def _known_mean(near: Array) -> Array:
    known = np.isfinite(near)
    count = known.sum(axis=-1)
    mean: Array = np.where(count > 0, np.where(known, near, 0.0).sum(axis=-1) / np.maximum(count, 1), np.nan)
    return mean
