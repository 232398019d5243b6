"""Who enters alternative provision: by phase, reason and month, small counts hidden, and streams made of what is shown.

Counts of several years are added up; ``years`` says how many of them a month has. The last year counts up to its last month
with an entry, unless it is the only one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.send.disclosure import Hidden, Sums, setting_of, with_totals
from placeplan.send.reasons import EXCLUSION, REASONS, reason_of
from placeplan.years import MONTHS, Phase, school_month

LAST_TAUGHT = 10
"""July: a year whose last entry is in this month or later is whole."""
TOTAL = "total"
COLUMNS = ["phase", "reason", "month", "years", "entries", "a_year", "with_plan", "without_plan", "dual_registered",
           "returns", "mean_weeks", "suppressed"]  # fmt: skip
PARTS = ("with_plan", "dual_registered", "returns")


@dataclass(frozen=True)
class Entries:
    """Entries of a phase over the years counted, and what of them may be shown."""

    phase: Phase
    years: Array
    """Years that each month rests on, (months,)."""
    counts: Array
    """Entries, (reasons, months)."""
    parts: dict[str, Array]
    """Entries with a plan, with two registrations, and returns, by reason; NaN where not given."""
    weeks: Array
    """Mean length of stay by reason, weighted by entries, NaN where not given."""
    hidden: Hidden
    """(reasons + 1, months + 1), totals last."""
    hidden_parts: dict[str, Hidden]
    """(reasons + 1, part and the rest and their sum)."""


@dataclass(frozen=True)
class Stream:
    """Entries that are shown together: entries of a usual year by month, and how long they stay."""

    reason: str
    a_year: Array
    weeks: float


def read_entries(ap_flows: pd.DataFrame, lowest: float) -> list[Entries]:
    """Return the entries of each phase that has some; rows without a month are left out."""
    month = ap_flows["month"].map(school_month).astype(float)
    rows = ap_flows.assign(at=month, why=ap_flows["reason"].map(reason_of))[month.notna()]
    if rows.empty:
        return []
    last = int(rows["academic_year"].max())
    rows = rows[rows["academic_year"] > last - setting_of("recent_years")]
    years = np.full(12, float(rows["academic_year"].nunique()))
    latest = int(rows.loc[rows["academic_year"] == last, "at"].max())
    if latest < LAST_TAUGHT:
        years[latest + 1 :] = np.maximum(years[latest + 1 :] - 1, 1)
    return [
        _phase(rows[rows["phase"] == phase], phase, years, lowest)
        for phase in Phase
        if (rows["phase"] == phase).any()
    ]


def _phase(rows: pd.DataFrame, phase: Phase, years: Array, lowest: float) -> Entries:
    at = rows["why"].map({name: place for place, name in enumerate(REASONS)}).to_numpy(dtype=int)
    entries = rows["entries"].to_numpy(dtype=float)
    counts = np.zeros((len(REASONS), 12))
    np.add.at(counts, (at, rows["at"].to_numpy(dtype=int)), entries)
    by_reason = counts.sum(axis=1)
    parts = {
        name: np.bincount(at, rows[name].fillna(0.0), minlength=len(REASONS))
        if rows[name].notna().any()
        else np.full(len(REASONS), np.nan)
        for name in PARTS
    }
    stays = rows["mean_weeks"].to_numpy(dtype=float)
    known = entries * ~np.isnan(stays)
    weighed, held = (
        np.bincount(at, numbers, minlength=len(REASONS)) for numbers in (known * np.nan_to_num(stays), known)
    )
    weeks = np.divide(weighed, held, out=np.full(len(REASONS), np.nan), where=held > 0)
    split = {
        name: np.stack([part, np.maximum(by_reason - part, 0)], axis=1)
        for name, part in parts.items()
        if not np.isnan(part).any()
    }
    return Entries(phase, years, counts, parts, weeks, *_hidden_together(counts, split, lowest))


def _hidden_together(
    counts: Array, split: dict[str, Array], lowest: float
) -> tuple[Hidden, dict[str, Hidden]]:
    """Return what is hidden by month and by part, both with totals last; all tables have the totals of reasons in common."""
    sums = Sums()
    table = sums.table(counts)
    places = {}
    for name, both in split.items():
        cells = sums.add(both)
        for place, parts in enumerate(cells):
            sums.bind(table[place, -1], parts)
        whole = np.array([sums.total(part) for part in cells.T])
        sums.bind(table[-1, -1], whole)
        places[name] = np.column_stack([np.vstack([cells, whole]), table[:, -1]])
    hidden = sums.hidden(lowest)
    return hidden[table], {name: hidden[place] for name, place in places.items()}


def streams(entries: Entries) -> list[Stream]:
    """Return the entries of a usual year from what is shown alone.

    Reasons whose total is shown stand by themselves, their hidden months share what is left of the total; all other reasons
    are one stream of the rest, spread over the months alike. Nothing where not even the sum of the phase is shown.
    """
    counts, hidden = entries.counts, entries.hidden
    totals, taught = counts.sum(axis=1), np.arange(12) <= LAST_TAUGHT
    if hidden[-1, -1]:
        return []
    found = [
        Stream(
            REASONS[at],
            _shared(counts[at], hidden[at, :-1], entries.years) / entries.years,
            float(entries.weeks[at]),
        )
        for at in range(len(REASONS))
        if totals[at] > 0 and not hidden[at, -1]
    ]
    rest = hidden[:-1, -1]
    if totals[rest].sum() > 0:
        spread = taught * entries.years
        a_year = totals[rest].sum() * spread / spread.sum() / entries.years
        found.append(Stream("rest", a_year, _mean(entries.weeks[rest], totals[rest])))
    usual = _mean(np.array([one.weeks for one in found]), np.array([one.a_year.sum() for one in found]))
    return [one if one.weeks == one.weeks else Stream(one.reason, one.a_year, usual) for one in found]


def _shared(counts: Array, hidden: Hidden, years: Array) -> Array:
    """Return the counts with what is hidden spread over the hidden months."""
    found = np.array(counts)
    found[hidden] = counts[hidden].sum() * years[hidden] / max(years[hidden].sum(), 1.0)
    return found


def _mean(values: Array, weights: Array) -> float:
    known = ~np.isnan(values)
    return (
        float(np.average(values[known], weights=weights[known])) if weights[known].sum() > 0 else float("nan")
    )


def entries_table(found: list[Entries]) -> pd.DataFrame:
    """Return send_ap_entries.csv: entries by phase, reason and month, with totals; what is small is blank."""
    return pd.DataFrame([row for one in found for row in _rows(one)], columns=COLUMNS)


def _rows(one: Entries) -> Iterator[dict[str, Any]]:
    whole = with_totals(one.counts)
    usual = {stream.reason: float(stream.a_year.sum()) for stream in streams(one)}
    usual[TOTAL] = sum(usual.values()) if usual else np.nan
    for place, reason in enumerate((*REASONS, TOTAL)):
        for month in range(13):
            hidden = bool(one.hidden[place, month])
            row = {
                "phase": one.phase.value, "reason": reason, "month": TOTAL if month == 12 else MONTHS[month],
                "years": float(one.years.max() if month == 12 else one.years[month]),
                "entries": np.nan if hidden else float(whole[place, month]), "suppressed": "yes" if hidden else "no",
            }  # fmt: skip
            if month < 12:
                row["a_year"] = np.nan if hidden else float(whole[place, month] / one.years[month])
            else:
                row["a_year"] = np.nan if hidden else usual.get(reason, 0.0)
                row |= _parts(one, place, hidden)
            yield row


def _parts(one: Entries, place: int, hidden: bool) -> dict[str, float]:
    """Return what is said of all entries of a reason, or of all reasons: plans, registrations, returns, stay."""
    last = place == len(REASONS)
    weighed = one.counts.sum(axis=1)
    weeks = _mean(one.weeks, weighed) if last else float(one.weeks[place])
    said = {"mean_weeks": np.nan if hidden else weeks}
    for name, part in one.parts.items():
        table = one.hidden_parts.get(name)
        value = float(part.sum() if last else part[place])
        rest = float((weighed - part).sum() if last else weighed[place] - part[place])
        said[name] = np.nan if table is None or table[place, 0] else value
        if name == "with_plan":
            said["without_plan"] = np.nan if table is None or table[place, 1] else rest
    return said


def plan_share(entries: Entries) -> float:
    """Return the share of entries with a plan, NaN where it may not be shown or is not known."""
    table = entries.hidden_parts.get("with_plan")
    if table is None or table[-1].any() or not entries.counts.sum():
        return float("nan")
    return float(entries.parts["with_plan"].sum() / entries.counts.sum())


def exclusions_a_year(entries: Entries) -> float:
    """Return permanent exclusions of a usual year, NaN where they may not be shown."""
    return next(
        (float(one.a_year.sum()) for one in streams(entries) if one.reason == EXCLUSION), float("nan")
    )
