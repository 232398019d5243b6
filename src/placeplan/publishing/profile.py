"""The publication profile: small counts are hidden with what would give them away, or every count is rounded.

Both begin with whole numbers that add up. One linear system a phase and year holds every pupil count that is published, with
year groups and totals, schools, areas, districts and authority, and surplus = places − pupils. Percentages, intervals and
chances of a hidden count are hidden with it; whatever else is published is worked out from counts that are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.disclosure.audit import given_away, ranges
from placeplan.disclosure.protect import protect
from placeplan.disclosure.system import Mask, System, relations_of
from placeplan.disclosure.whole import nearest, round_tree, shared
from placeplan.publishing.cells import AREA, AUTHORITY, DISTRICT, Cells

SUPPRESS, ROUND = "suppress", "round"
COST = {AUTHORITY: 1000.0, DISTRICT: 300.0, AREA: 100.0}
"""How much more a reader misses a count of these than one of a school."""
TOTAL_COST = 20.0
"""How much more a reader misses a total than a year group."""
PRIMARY, SECONDARY, ROUNDED = "small count", "would give a small count away", "rounded"
LOG_COLUMNS = ("geography", "code", "name", "phase", "academic_year", "year_group", "action", "least", "most")


@dataclass(frozen=True)
class Profile:
    """``threshold``: counts of pupils from 1 to below it are small; ``method``: suppress or round (to ``base``)."""

    threshold: int
    method: str
    base: int


def profile_of(choices: Mapping[str, Any]) -> Profile:
    """Return the profile that a run's project asks for under ``publication``, else that of data/publication.csv."""
    usual = {row["name"]: int(row["value"]) for row in data_rows("publication.csv")}
    own = choices.get("publication") or {}
    return Profile(
        int(own.get("threshold") or usual["threshold"]), str(own.get("method") or SUPPRESS), usual["base"]
    )


def whole_cells(cells: Cells, base: int = 1) -> Cells:
    """Return the cells in whole numbers (multiples of ``base``): pupils add up along the tree and over year groups."""
    by_group = cells.pupils[:, :-1]
    flat = by_group.reshape(len(by_group), -1)
    rounded = round_tree(flat, cells.units["parent"].to_numpy(), base).reshape(by_group.shape)
    for unit, sites in cells.sums():
        rounded[unit] = rounded[sites].sum(axis=0)
    pupils = np.concatenate([rounded, rounded.sum(axis=1, keepdims=True)], axis=1)
    return replace(
        cells,
        pupils=pupils,
        places=_whole_places(cells.places),
        p10=nearest(cells.p10, base),
        p90=nearest(cells.p90, base),
    )


def _whole_places(places: Array) -> Array:
    """Return places in whole numbers whose year groups add up to the total of their unit; NaN stays."""
    found = nearest(places, 1)
    flat = np.moveaxis(places, 1, 0).reshape(places.shape[1], -1)
    known = np.isfinite(flat).all(axis=0)
    groups = shared(flat[:-1, known], nearest(flat[:-1, known].sum(axis=0), 1), 1)
    wide = np.moveaxis(found, 1, 0).reshape(places.shape[1], -1)
    wide[:-1, known], wide[-1, known] = groups, groups.sum(axis=0)
    return np.moveaxis(wide.reshape(places.shape[1], len(places), -1), 0, 1)


def published(cells: Cells, profile: Profile) -> tuple[Cells, pd.DataFrame]:
    """Return the cells as they may be published, and the log: one row for each count that was hidden or rounded."""
    if profile.method == ROUND:
        small = _small(whole_cells(cells), profile.threshold)
        shown = whole_cells(cells, profile.base)
        least, most = shown.pupils - profile.base + 1, shown.pupils + profile.base - 1
        return shown, _log(shown, {ROUNDED: small}, np.maximum(least, 0), most)
    whole = whole_cells(cells)
    small, hidden = _small(whole, profile.threshold), np.zeros(whole.pupils.shape, dtype=bool)
    least, most = whole.pupils.copy(), whole.pupils.copy()
    for year in range(len(whole.years)):
        counts = (len(whole.units), len(whole.groups))
        system, few = year_system(whole, year), _padded(small[:, :, year])
        if few.any():
            found = protect(system, few, profile.threshold)
            low, high = ranges(system, found, few)
            _audit(given_away(system, found, few, profile.threshold, high))
            hidden[:, :, year] = found[: small[:, :, year].size].reshape(counts)
            least[:, :, year], most[:, :, year] = (
                bound[: small[:, :, year].size].reshape(counts) for bound in (low, high)
            )
    shown = replace(whole, hidden=hidden)
    return shown, _log(shown, {PRIMARY: small, SECONDARY: hidden & ~small}, least, most)


def year_system(cells: Cells, year: int) -> System:
    """Return what is published of one year as one system: pupils, then places, then surplus, each (units, groups) flat."""
    units, groups = len(cells.units), len(cells.groups)
    place, size = np.arange(units * groups).reshape(units, groups), units * groups
    pupils, places = cells.pupils[:, :, year], cells.places[:, :, year]
    given = np.isfinite(places).ravel()
    terms = [*_over_groups(place), *_over_units(place, cells.sums())]
    terms += [([2 * size + at, at, size + at], [1.0, 1.0, -1.0]) for at in np.flatnonzero(given).tolist()]
    shown = np.where(np.isfinite(places), places, 0.0)
    surplus = np.where(np.isfinite(places), places - pupils, 0.0)
    values = np.concatenate([pupils.ravel(), shown.ravel(), surplus.ravel()])
    known = np.concatenate([pupils.ravel() == 0, np.ones(size, dtype=bool), ~given | (pupils.ravel() == 0)])
    cost = cells.units["geography"].map(COST).fillna(1.0).to_numpy()[:, None] * np.ones(groups)
    cost[:, -1] *= TOTAL_COST
    cost *= 1.0 + np.log1p(pupils)
    lowest = np.concatenate([np.ones(size), np.zeros(size), np.full(size, -np.inf)])
    costs = np.concatenate([cost.ravel(), np.ones(size), 0.01 * cost.ravel()])
    return System(values, relations_of(terms, 3 * size), known, costs, lowest)


def _over_groups(place: Array) -> Iterator[tuple[Sequence[int], Sequence[float]]]:
    for row in place:
        yield [row[-1], *row[:-1]], [1.0, *[-1.0] * (len(row) - 1)]


def _over_units(
    place: Array, sums: Iterator[tuple[int, Array]]
) -> Iterator[tuple[Sequence[int], Sequence[float]]]:
    for unit, children in sums:
        for group in range(place.shape[1]):
            yield [place[unit, group], *place[children, group]], [1.0, *[-1.0] * len(children)]


def _small(cells: Cells, threshold: int) -> Mask:
    return (cells.pupils > 0) & (cells.pupils < threshold)


def _padded(small: Mask) -> Mask:
    """Small counts among all cells of a system: places and surplus are none."""
    return np.concatenate([small.ravel(), np.zeros(2 * small.size, dtype=bool)])


def _audit(leaks: Mask) -> None:
    """Raise if a small count could be worked out, or be told to be small: then nothing is written."""
    if leaks.any():
        raise RuntimeError(
            f"{int(leaks.sum())} small counts could be worked out from what would be published"
        )


def _log(cells: Cells, actions: Mapping[str, Mask], least: Array, most: Array) -> pd.DataFrame:
    """Return suppression_log.csv of one phase: what was hidden or rounded, and where a reader can place it."""
    rows = []
    for action, mask in actions.items():
        for unit, group, year in np.argwhere(mask):
            named = cells.units.iloc[unit]
            rows.append(
                (named["geography"], named["code"], named["name"], cells.phase.value, cells.years[year],
                 cells.groups[group], action, *((least[unit, group, year], most[unit, group, year])
                                                if action != SECONDARY else (np.nan, np.nan)))
            )  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(LOG_COLUMNS))
    return frame.astype({"least": float, "most": float})
