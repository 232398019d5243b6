"""Who came into a year group and who could have come: the flows from which every ratio is learnt.

For year group g, area a and year t, ``could`` is the births behind Reception, a link's pool, or the area's year group
below a year before; ``common`` is the authority's ratio in one year, the sum of rolls over the sum of those who could come.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placeplan.arrays import Array
from placeplan.demand.history import History
from placeplan.demand.links import Link

RECENT = 3
DEFAULT_TOGETHER = 0.5
"""Correlation of common errors between year groups where the history is too short to tell."""
TRANSITIONS = ("intake", "progression", "transfer", "sixth_form")


def transition_class(group: int) -> str:
    """Return the class of the transition into a year group, as in ``data/method_defaults.csv``."""
    if group == 0:
        return "intake"
    if group == 7:
        return "transfer"
    return "sixth_form" if group >= 12 else "progression"


@dataclass(frozen=True)
class Entry:
    """Who could enter a stage: ``driver`` (areas, years) and ``whole`` (years); None where nothing drives it."""

    driver: Array | None
    whole: Array | None

    @classmethod
    def nothing(cls) -> Entry:
        """Nothing drives the first year group: it follows its own rolls."""
        return cls(None, None)


def span(groups: list[int]) -> list[int]:
    """Return all year groups from the first to the last."""
    return list(range(groups[0], groups[-1] + 1)) if groups else []


def year_before(roll: Array) -> Array:
    """The same rolls one year later in time, the first year unknown; a single year stands in for the one before it."""
    return but_first(np.concatenate([roll[..., :1], roll[..., :-1]], axis=-1))


def but_first(could: Array) -> Array:
    """Nobody knows who could have come in the first year, unless it is the only one."""
    could = could.copy()
    could[..., 0] = could[..., 0] if could.shape[-1] == 1 else np.nan
    return could


@dataclass(frozen=True)
class Flow:
    """Who came and who could have come.

    ``roll``, ``could``: (areas, year groups, years). ``linked``: (areas, year groups), where an area takes its own share of
    a pool. ``common``, ``size``: (year groups, years), the authority's ratio and the pupils it rests on.
    """

    roll: Array
    could: Array
    linked: Array
    common: Array
    size: Array

    def up_to(self, count: int) -> Flow:
        """The same for the first ``count`` years."""
        return Flow(
            self.roll[:, :, :count],
            self.could[:, :, :count],
            self.linked,
            self.common[:, :count],
            self.size[:, :count],
        )

    def with_could(self, could: Array, places: list[int]) -> Flow:
        """The same with others who could come into some year groups, and the common ratios that follow from them."""
        common, size = self.common.copy(), self.size.copy()
        came, pool = _known_sums(self.roll[:, places], could[:, places])
        usable = (came > 0) & (pool > 0)
        common[places] = np.where(usable, came / np.where(usable, pool, 1.0), np.nan)
        size[places] = np.where(usable, came, 0.0)
        return Flow(self.roll, could, self.linked, common, size)


def build_flow(
    history: History,
    rows: Array,
    groups: list[int],
    links: dict[int, Link],
    entry: Entry,
) -> Flow:
    """Set the rolls beside those who could come, and the authority's common ratio in each year."""
    roll = _once_open(history.area_roll[np.ix_(rows, np.array(groups))])
    could = np.full(roll.shape, np.nan)
    could[:, 1:] = year_before(roll[:, :-1])
    if roll.shape[2] == 1:
        steady = [place for place, group in enumerate(groups) if transition_class(group) == "progression"]
        could[:, steady] = roll[:, steady]
    could[:, 0] = 1.0 if entry.driver is None else entry.driver
    linked = np.zeros(roll.shape[:2], dtype=bool)
    linked[:, 0] = True
    came, pool = _known_sums(roll, could)
    came[0] = np.nansum(roll[:, 0], axis=0)
    pool[0] = 1.0 if entry.whole is None else np.nan_to_num(entry.whole)
    for group, link in links.items():
        place = groups.index(group)
        if place == 0:
            continue
        below = year_before(roll[:, place - 1])
        could[:, place] = but_first(link.expected(np.nan_to_num(below)))
        linked[:, place] = (link.pool_of >= len(rows)) | (link.basis == "transfers")
        came[place], pool[place] = np.nansum(roll[:, place], axis=0), np.nansum(below, axis=0)
    usable = (came > 0) & (pool > 0)
    common = np.where(usable, came / np.where(usable, pool, 1.0), np.nan)
    return Flow(roll, could, linked, common, np.where(usable, came, 0.0))


def _once_open(roll: Array) -> Array:
    """An area's rolls from its first pupils on, unknown before: nothing is learnt from the years before it opened."""
    has_any = np.nansum(roll, axis=1) > 0
    opened = np.maximum.accumulate(has_any, axis=1) | ~has_any.any(axis=1, keepdims=True)
    return np.where(opened[:, None, :], roll, np.nan)


def _known_sums(roll: Array, could: Array) -> tuple[Array, Array]:
    known = np.isfinite(roll) & np.isfinite(could) & (could > 0)
    return np.where(known, roll, 0.0).sum(axis=0), np.where(known, could, 0.0).sum(axis=0)


def own_share(flow: Flow, counted: Array) -> Array:
    """An area's share of what comes from births or a pool, over all years that count; 1 where cohorts stay."""
    expected = flow.could * flow.common
    known = np.isfinite(flow.roll) & np.isfinite(expected) & (expected > 0) & counted
    came = np.where(known, flow.roll, 0.0).sum(axis=2)
    could = np.where(known, expected, 0.0).sum(axis=2)
    share = np.where(could > 0, came / np.where(could > 0, could, 1.0), 0.0)
    return np.where(flow.linked, share, 1.0)


def stops(flow: Flow) -> Array:
    """Year groups into which nobody goes on: none have in the last years although some could have, or the area is empty."""
    empty = np.nansum(flow.roll[:, :, -1], axis=1) == 0
    could = np.nan_to_num(flow.could[:, :, -RECENT:])
    came = np.nan_to_num(flow.roll[:, :, -RECENT:])
    none: Array = (could.sum(axis=2) > 0) & (np.where(could > 0, came, 0.0).sum(axis=2) == 0)
    return none | empty[:, None]


def moving_together(flow: Flow, classes: list[str], steady: Array) -> float:
    """Mean correlation of the yearly changes of the common ratio between the year groups where cohorts just go on."""
    places = [place for place, name in enumerate(classes) if name == "progression"]
    with np.errstate(invalid="ignore"):
        change = np.diff(np.log(np.where(steady, flow.common, np.nan)[places]), axis=1)
    change = change[:, np.isfinite(change).all(axis=0)]
    if len(places) < 2 or change.shape[1] < 4:
        return DEFAULT_TOGETHER
    change = change - change.mean(axis=1, keepdims=True)
    single = float(np.mean(np.var(change, axis=1)))
    shared = float(np.var(change.mean(axis=0)))
    if single <= 0:
        return DEFAULT_TOGETHER
    count = len(places)
    return float(np.clip((shared * count / single - 1.0) / (count - 1.0), 0.0, 0.95))
