"""The long view: the years in which pupils enter each phase, phase totals, and which figures rest on projected births."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from placeplan.outputs.outlook import TOTAL, Floats, Outlook, Past, PhaseOutlook, entry_label, start_years
from placeplan.outputs.schools import Birth
from placeplan.outputs.views import Area, RunView, Wide
from placeplan.outputs.words import PHASE_WORDS, listed
from placeplan.words import group_words
from placeplan.years import AcademicYear, Phase


@dataclass(frozen=True)
class Entry:
    """Pupils of an entry year group or a phase total, from the base year on; ``start``: the first year, if any, that rests
    on projected births."""

    phase: Phase
    words: str
    years: tuple[AcademicYear, ...]
    pupils: Floats
    low: Floats
    high: Floats
    start: AcademicYear | None
    past: Past

    @property
    def projected(self) -> tuple[bool, ...]:
        """Which years rest on projected births."""
        return tuple(self.start is not None and year >= self.start for year in self.years)


def projected_from(place: Wide) -> AcademicYear | None:
    """Return the first year in which anything forecast for the place rests on projected births."""
    starts = [phase.projected_from for phase in place.phases.values() if phase.projected_from is not None]
    return min(starts, default=None)


def entry_words(phase: Phase) -> str:
    """Return the entry year group of a phase in words."""
    return group_words(entry_label(phase))


def total_words(phase: Phase) -> str:
    """Return the total of a phase in words."""
    return f"{PHASE_WORDS[phase]} total"


def entries_of(view: RunView, place: Wide) -> list[Entry]:
    """Return the entry year groups of the authority, those that are taught, with their past."""
    forecast = view.result.frames["forecast"]
    rows = forecast[(forecast["scenario"] == view.scenario) & (forecast["geography"] == "authority")]
    rows = rows[rows["code"] == place.code]
    found = []
    for phase, outlook in place.phases.items():
        mine = rows[(rows["phase"] == phase) & (rows["year_group"] == entry_label(phase))]
        past = outlook.past.get(entry_label(phase))
        if mine.empty or past is None or past.years[-1] != view.result.base_year:
            continue
        base = float(past.pupils[-1])
        ahead = start_years(mine["academic_year"])
        years = (view.result.base_year, *(AcademicYear(year) for year in ahead))
        pupils, low, high = (np.append(base, mine[name].to_numpy(float)) for name in ("pupils", "p10", "p90"))
        found.append(Entry(phase, entry_words(phase), years, pupils, low, high, outlook.projected_from, past))
    return found


def totals_of(place: Wide) -> list[Entry]:
    """Return the phase totals of the authority."""
    return [_entry(outlook, total_words(phase), outlook.total) for phase, outlook in place.phases.items()]


def area_tables(view: RunView) -> Iterator[tuple[str, list[tuple[Area, Entry]]]]:
    """Give a heading and the areas shown, for the entry year group and then the total of each phase."""
    for phase in Phase:
        areas = [area for area in view.shown if phase in area.phases]
        label = entry_label(phase)
        entries = [
            (area, _entry(area.phases[phase], entry_words(phase), area.phases[phase].groups[label]))
            for area in areas
            if label in area.phases[phase].groups
        ]
        if entries:
            yield f"{entry_words(phase)} by area", entries
        if areas:
            totals = [
                (area, _entry(area.phases[phase], total_words(phase), area.phases[phase].total))
                for area in areas
            ]
            yield f"{total_words(phase)} by area", totals


def sentences(view: RunView, place: Wide) -> list[str]:
    """Return in words what rests on projected births."""
    starts = {
        phase: one.projected_from for phase, one in place.phases.items() if one.projected_from is not None
    }
    parts = [f"{entry_words(phase)} from {start}" for phase, start in starts.items()]
    known = _last_known(view)
    first = f"Births are known for {group_words('R')} up to {known}. " if known else ""
    clear = [entry_words(phase) for phase in place.phases if phase not in starts]
    rest = f" {listed(clear)} {'does' if len(clear) == 1 else 'do'} not yet." if clear else ""
    return [
        f"{first}What comes later rests on births that are projected: {listed(parts)}, and with them the year groups that "
        f"these children reach and the totals that hold them.{rest}",
        "An asterisk marks figures that rest on projected births, wholly or in part; charts shade these years. Their ranges "
        "hold how far the same projection would have missed the births of earlier years.",
    ]


def _entry(outlook: PhaseOutlook, words: str, numbers: Outlook) -> Entry:
    return Entry(
        outlook.phase, words, numbers.years, numbers.demand, numbers.low, numbers.high,
        outlook.projected_from, outlook.past.get(TOTAL, Past((), np.array([]))),
    )  # fmt: skip


def _last_known(view: RunView) -> AcademicYear | None:
    """The last Reception year whose births are known in every area that has births."""
    lasts = [_known_years(area.births) for area in view.areas if area.births]
    return min((max(years) for years in lasts if years), default=None)


def _known_years(births: tuple[Birth, ...]) -> list[AcademicYear]:
    return [birth.reception for birth in births if not birth.projected]
