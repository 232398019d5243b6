"""Pupils in alternative provision month by month against places: a queue without a limit (M/G/infinity).

    present[m]  = sum over streams and months k of entries[k] * part of month m that one who entered in k is there
    without plan: present * (1 - share with a plan); Poisson with a level that is Gamma(n, n), n the entries it rests on
    with plan   : the larger of present * share with a plan, drawn alike, and the residents whose plan names alternative
                  provision (0 where they are too few to show): both count the same children and are never added

Entries follow the pupils of the phase. Draws of a month stay the same whatever the scenario, so that fewer entries never
raise a chance. A pupil is counted where they entered: who is registered twice is counted once here,
and stays within the roll of the mainstream school there.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.send.chance import negative_binomial_below
from placeplan.send.entries import Entries, exclusions_a_year, plan_share, streams
from placeplan.send.reasons import EXCLUSION
from placeplan.years import MONTHS, AcademicYear, Phase

WEEKS_OF_A_MONTH = 365.25 / 7 / 12
SETTING = "alternative_provision"
USUAL, COLLECTIVE, ALL = "usual", "collective", "all"
BEARABLE = 0.2
"""The chance of shortfall, 1 in 5, that a collective approach would have to reach."""
COLUMNS = ["scenario", "phase", "academic_year", "month", "pupils", "with_plan", "without_plan", "p10", "p90", "places",
           "probability_of_shortfall", "peak"]  # fmt: skip
COLLECTIVE_COLUMNS = ["phase", "academic_year", "month", "exclusions", "places", "pupils", "probability_of_shortfall",
                      "fall", "pupils_after", "probability_after", "fall_needed"]  # fmt: skip


@dataclass(frozen=True)
class Outlook:
    """What alternative provision of the years ahead rests on beside its entries."""

    years: tuple[AcademicYear, ...]
    growth: Mapping[Phase, Array]
    """Pupils of the phase beside those of the base year, (years,)."""
    plans: Mapping[Phase, Array]
    """Residents whose plan names alternative provision, expected, (years,)."""
    drawn_plans: Mapping[Phase, Array]
    """The same drawn, (draws, years)."""
    places: pd.DataFrame
    """The table ``specialist_places``."""
    draws: int
    seed: int
    lowest: float


@dataclass(frozen=True)
class Need:
    """Places needed in a phase: expected, (years, months), and drawn, (draws, years, months)."""

    with_plan: Array
    without_plan: Array
    drawn: Array

    @property
    def pupils(self) -> Array:
        """All of them."""
        return self.with_plan + self.without_plan


def present(month: Array, weeks: Array) -> Array:
    """Return how much of each month of a year (12) one entry in ``month`` (0 = September) is there, (entries, 12).

    A stay of ``weeks`` counts the month of entry first; what lasts beyond August fills the autumn, as stays of the year
    before do. The sum over months is the stay in months.
    """
    months = weeks / WEEKS_OF_A_MONTH
    found = np.zeros((len(month), 12))
    for later in range(int(np.ceil(months.max(initial=0.0)))):
        np.add.at(
            found, (np.arange(len(month)), (month.astype(int) + later) % 12), np.clip(months - later, 0, 1)
        )
    return found


def usual_present(entries: Entries, fall: float = 0.0) -> Array | None:
    """Return pupils present by month of a usual year, with exclusions fallen by a share; nothing if none may be shown."""
    found = streams(entries)
    if not found or any(one.weeks != one.weeks for one in found):
        return None
    parts = [
        (one.a_year * (1 - fall if one.reason == EXCLUSION else 1))
        @ present(np.arange(12), np.full(12, one.weeks))
        for one in found
    ]
    return np.asarray(np.sum(parts, axis=0))


def need_of(entries: Entries, outlook: Outlook, fall: float = 0.0) -> Need | None:
    """Return the places needed in the phase of the entries; nothing if it may not be shown or stays are not known."""
    usual = usual_present(entries, fall)
    if usual is None:
        return None
    share, phase = plan_share(entries), entries.phase
    share = 0.0 if share != share else share
    every = usual * outlook.growth[phase][:, None]
    entered, without = share * every, (1 - share) * every
    few = (outlook.plans[phase] > 0) & (outlook.plans[phase] < outlook.lowest)
    named = np.where(few, 0.0, outlook.plans[phase])[:, None]
    named_drawn = np.where(few, 0, outlook.drawn_plans[phase])[:, :, None]
    random = np.random.Generator(np.random.SFC64([outlook.seed, zlib.crc32(f"ap {phase}".encode())]))
    chance = random.random((2, outlook.draws, 12))
    rests_on = float(entries.counts.sum())
    with_plan = np.maximum(drawn(entered, rests_on, chance[0]), named_drawn)
    return Need(np.maximum(entered, named), without, drawn(without, rests_on, chance[1]) + with_plan)


def drawn(expected: Array, rests_on: float, chance: Array) -> Array:
    """Return drawn pupils, (draws, years, months), around those expected, (years, months).

    Poisson with a level that is Gamma(n, n): negative binomial of size n. ``chance``, (draws, months), says how far up.
    """
    found = np.zeros((len(chance), *expected.shape))
    numbers = np.arange(int(expected.max() + 12 * np.sqrt(expected.max() + 1)) + 10)
    below = negative_binomial_below(numbers, rests_on, rests_on / (rests_on + expected[..., None]))
    for year, month in np.ndindex(*expected.shape):
        found[:, year, month] = np.searchsorted(below[year, month], chance[:, month])
    return found


def together(needs: list[Need]) -> Need:
    """Return the need of several phases."""
    return Need(
        *(
            np.sum([getattr(one, part) for one in needs], axis=0)
            for part in ("with_plan", "without_plan", "drawn")
        )
    )


def places_by_year(places: pd.DataFrame, phase: str, years: tuple[AcademicYear, ...]) -> Array:
    """Return places of alternative provision less those that others use, (years,); the last year known goes on.

    NaN where none are known, and for a phase if some provision does not say for which phase its places are.
    """
    own = places[places["setting"] == SETTING]
    if phase != ALL:
        own = own[own["phase"] == phase] if (own["phase"] != "").all() else own.iloc[:0]
    found = []
    for year in years:
        known = own[own["academic_year"] <= int(year)]
        now = known[known["academic_year"] == known["academic_year"].max()]
        held = float(now["places"].sum() - now["places_used_by_others"].fillna(0.0).sum())
        found.append(held if len(now) else np.nan)
    return np.array(found)


def alternative_tables(
    entries: list[Entries], outlook: Outlook, fall: float | None
) -> dict[str, pd.DataFrame]:
    """Return send_alternative.csv, need by month and year against places, and send_collective.csv, with fewer exclusions."""
    rows: list[dict[str, Any]] = []
    collective: list[dict[str, Any]] = []
    for phase, own in _phases(entries, outlook):
        places = places_by_year(outlook.places, phase, outlook.years)
        usual = _all_of(own, outlook, 0.0)
        after = None if fall is None else _all_of(own, outlook, fall)
        rows += _months(USUAL, phase, usual, places, outlook)
        rows += [] if after is None else _months(COLLECTIVE, phase, after, places, outlook)
        collective.append(_collective(phase, own, usual, after, places, outlook, fall))
    return {
        "send_alternative": pd.DataFrame(rows, columns=COLUMNS),
        "send_collective": pd.DataFrame(collective, columns=COLLECTIVE_COLUMNS),
    }


def _phases(entries: list[Entries], outlook: Outlook) -> Iterator[tuple[str, list[Entries]]]:
    """Give each phase that may be shown, then all of them together."""
    shown = [one for one in entries if usual_present(one) is not None]
    for one in shown:
        yield one.phase.value, [one]
    if len(shown) > 1:
        yield ALL, shown


def _all_of(entries: list[Entries], outlook: Outlook, fall: float) -> Need:
    return together([need for one in entries if (need := need_of(one, outlook, fall)) is not None])


def _months(
    scenario: str, phase: str, need: Need, places: Array, outlook: Outlook
) -> Iterator[dict[str, Any]]:
    low, high = np.quantile(need.drawn, (0.1, 0.9), axis=0)
    short = chance_short(need.drawn, places)
    for at, year in enumerate(outlook.years):
        peak = int(np.argmax(need.pupils[at]))
        for month, name in enumerate(MONTHS):
            yield {
                "scenario": scenario, "phase": phase, "academic_year": str(year), "month": name,
                "pupils": float(need.pupils[at, month]), "with_plan": float(need.with_plan[at, month]),
                "without_plan": float(need.without_plan[at, month]),
                "p10": float(low[at, month]), "p90": float(high[at, month]), "places": float(places[at]),
                "probability_of_shortfall": float(short[at, month]), "peak": "yes" if month == peak else "no",
            }  # fmt: skip


def chance_short(drawn: Array, places: Array) -> Array:
    """Return the share of draws in which more are needed than there are places, (years, months); NaN where not known."""
    short = (drawn > places[:, None]).mean(axis=0)
    return np.where(np.isnan(places)[:, None], np.nan, short)


def _collective(
    phase: str,
    own: list[Entries],
    usual: Need,
    after: Need | None,
    places: Array,
    outlook: Outlook,
    fall: float | None,
) -> dict[str, Any]:
    """Return the peak month of the first year ahead: as it is, with the fall given, and the fall that would suffice."""
    peak = int(np.argmax(usual.pupils[0]))
    exclusions = [exclusions_a_year(one) for one in own]
    now = float(chance_short(usual.drawn, places)[0, peak])
    return {
        "phase": phase, "academic_year": str(outlook.years[0]), "month": MONTHS[peak],
        "exclusions": float(np.sum(exclusions)), "places": float(places[0]), "pupils": float(usual.pupils[0, peak]),
        "probability_of_shortfall": now, "fall": np.nan if fall is None else fall,
        "pupils_after": np.nan if after is None else float(after.pupils[0, peak]),
        "probability_after": np.nan if after is None else float(chance_short(after.drawn, places)[0, peak]),
        "fall_needed": 0.0 if now <= BEARABLE else fall_needed(own, outlook, places, peak),
    }  # fmt: skip


def fall_needed(own: list[Entries], outlook: Outlook, places: Array, month: int) -> float:
    """Return the least whole per cent, as a share, by which exclusions must fall for a chance of shortfall of 1 in 5.

    0 if none is needed; NaN if even without any exclusion it is higher, or places are not known.
    """
    if np.isnan(places[0]):
        return float("nan")
    low, high = 0, 100

    def suffices(percent: int) -> bool:
        need = _all_of(own, outlook, percent / 100)
        return bool(chance_short(need.drawn, places)[0, month] <= BEARABLE)

    if not suffices(100):
        return float("nan")
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle + 1, high)
    return low / 100
