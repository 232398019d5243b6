"""Demand beside places of one area for ten years: surplus, chance of shortfall, and which years are in trouble.

A year is *short* if the phase total is short or tight by the project's thresholds, or if the chance of shortfall of the
total or of the year group of entry reaches the project's ``status.chance``; it *has surplus* if the total is in surplus or
high surplus. Arrays are over years ahead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placeplan.arrays import Array
from placeplan.options.setting import PAN, Area, PlacesBy, Setting
from placeplan.project import StatusThresholds
from placeplan.sufficiency import balance

SHORT, SURPLUS = "short", "surplus"
ENTRY_PLACE = 0
REFERENCE = 3
"""The reference year of the school places scorecard lies so many years on."""


@dataclass(frozen=True)
class Outlook:
    """One area's ten years.

    ``places``, ``demand`` and ``surplus`` of the phase total, ``spare`` and ``need`` summed over year groups; ``chance`` of
    shortfall of the total and ``entry_chance`` of the first year group; ``surplus_chance``: chance that the total is in
    surplus; ``expected_short``: mean places short, summed over year groups; ``status`` of the total; ``short`` and
    ``has_surplus``: whether the year is in trouble.
    """

    places: Array
    demand: Array
    surplus: Array
    surplus_percent: Array
    spare: Array
    need: Array
    chance: Array
    entry_chance: Array
    surplus_chance: Array
    expected_short: Array
    status: Array
    short: Array
    has_surplus: Array

    def beyond(self, kind: str, thresholds: StatusThresholds) -> float:
        """Mean places short, or spare beyond the threshold of surplus, over the years."""
        if kind == SHORT:
            return float(self.expected_short.mean())
        return float(np.maximum(self.surplus - self.places * thresholds.surplus / 100.0, 0.0).mean())


@dataclass(frozen=True)
class Trouble:
    """An area that is short, or has surplus, in some of the ten years.

    ``by``: how its places are counted; ``years``: which years are in trouble; ``judged``: place of the year by which
    options are judged: the worst from the reference year on that rests on known births, else the worst; ``entry``:
    judged by the year group of entry because the total is not in trouble; ``before``: its outlook if nothing is done.
    Where no year is in trouble (a change is proposed all the same) the last that rests on known births is judged.
    """

    area: Area
    kind: str
    by: str
    years: Array
    judged: int
    entry: bool
    before: Outlook

    @property
    def needed(self) -> int:
        """Place of the first year in trouble."""
        return int(self.years.argmax())


def outlook(setting: Setting, area: Area, places: Array, drawn: Array) -> Outlook:
    """Set an area's demand beside places: ``places`` (year groups, years), ``drawn`` (year groups, years, draws or 1)."""
    demand = setting.demand(area)
    thresholds = setting.project.status
    central = balance(demand[None], places[None], thresholds)
    lacking = setting.drawn_demand(area) - drawn
    known = ~np.isnan(places).any(axis=0)
    chance = np.where(known, (lacking.sum(axis=0) > 0).mean(axis=-1), np.nan)
    entry = np.where(known, (lacking[ENTRY_PLACE] > 0).mean(axis=-1), np.nan)
    offered = np.broadcast_to(drawn, lacking.shape).sum(axis=0)
    empty = -lacking.sum(axis=0) >= offered * thresholds.surplus / 100.0
    status = central.status[0, -1]
    short = np.isin(status, ["short", "tight"])
    short |= (np.nan_to_num(chance) >= thresholds.chance) | (np.nan_to_num(entry) >= thresholds.chance)
    return Outlook(
        places=central.places[0, -1], demand=central.demand[0, -1], surplus=central.surplus[0, -1],
        surplus_percent=central.surplus_percent[0, -1], spare=central.spare[0, -1], need=central.need[0, -1],
        chance=chance, entry_chance=entry,
        surplus_chance=np.where(known, (empty & (offered > 0)).mean(axis=-1), np.nan),
        expected_short=np.where(known, np.maximum(lacking, 0.0).sum(axis=0).mean(axis=-1), np.nan),
        status=status, short=short & known, has_surplus=np.isin(status, ["surplus", "high_surplus"]),
    )  # fmt: skip


def outlook_now(setting: Setting, area: Area, by: str) -> Outlook:
    """The outlook with the planned changes that stand."""
    return outlook_of(setting, area, setting.places[by])


def outlook_of(setting: Setting, area: Area, counted: PlacesBy) -> Outlook:
    """The outlook with places counted as given."""
    return outlook(setting, area, setting.central_places(area, counted), setting.drawn_places(area, counted))


def troubles(setting: Setting, area: Area) -> list[Trouble]:
    """Return what an area is in trouble with, by admission numbers first, then by the project's measure.

    A shortage by either counts; a surplus by the second only where the first shows no trouble at all.

    Sixth forms are counted by the project's measure alone: their admission numbers are those of pupils from outside.
    """
    found: list[Trouble] = []
    ways = ways_to_count(area)
    for by in ways:
        now = outlook_now(setting, area, by)
        for kind, years in ((SHORT, now.short), (SURPLUS, now.has_surplus)):
            known = [trouble.kind for trouble in found]
            if years.any() and kind not in known and (kind == SHORT or by == ways[0] or not known):
                found.append(trouble_of(setting, area, kind, by, now, years))
    return found


def ways_to_count(area: Area) -> tuple[str, ...]:
    """How an area's places are counted, the first before the second."""
    return ("project",) if area.phase == "sixth_form" else (PAN, "project")


def trouble_of(setting: Setting, area: Area, kind: str, by: str, now: Outlook, years: Array) -> Trouble:
    """Choose the year by which options are judged."""
    known = np.arange(len(years)) < setting.first_projected(area)
    if not years.any():
        return Trouble(area, kind, by, years, max(int(known.sum()) - 1, 0), False, now)
    counts = _years_to_judge(years, known)
    thresholds = setting.project.status
    whole = np.isin(now.status, ["short", "tight"]) | (np.nan_to_num(now.chance) >= thresholds.chance)
    entry = kind == SHORT and not (whole & counts).any()
    chance = now.entry_chance if entry else now.chance
    gravity = np.nan_to_num(chance) - 1e-6 * np.nan_to_num(now.surplus_percent)
    if kind == SURPLUS:
        gravity = np.nan_to_num(now.surplus_percent)
    worst = int(np.where(counts, gravity, -np.inf).argmax())
    return Trouble(area, kind, by, years, worst, entry, now)


def _years_to_judge(years: Array, known: Array) -> Array:
    """Years in trouble that rest on known births, from the reference year on if there are any, else as many as can be."""
    later = np.arange(1, len(years) + 1) >= REFERENCE
    for wanted in (known & later, known, np.ones_like(known)):
        if (years & wanted).any():
            return years & wanted
    return years
