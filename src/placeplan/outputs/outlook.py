"""Demand against places over the years: what every table and chart for people is drawn from.

An ``Outlook`` is one year group (or the total of a phase) of one area, district or authority from the base
year on; a ``PhaseOutlook`` is all of them for one phase, with the rolls of the past.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from placeplan.results import Result
from placeplan.years import FORM_OF_ENTRY, AcademicYear, Phase, year_group_label

Floats = npt.NDArray[np.float64]
TOTAL = "total"
_ENTRY_AND_TOTAL = ("R", "7", TOTAL)
_WITH_PAST = ("R", "7", "12", TOTAL)
ON_PROJECTED = frozenset({"given projection", "projected births"})
"""What a year group may rest on that is no count of births."""
_QUANTILES = ("p05", "p10", "p90", "p95")
_KEYS = ["code", "phase", "academic_year", "year_group"]
_MEASURES = {
    "demand": "demand",
    "p05": "lowest",
    "p10": "low",
    "p90": "high",
    "p95": "highest",
    "places": "places",
    "pan": "pan",
    "planned": "planned",
    "surplus_percent": "percent",
    "forms_of_entry": "forms",
    "need": "need",
    "spare": "spare",
    "probability_of_shortfall": "chance",
}


@dataclass(frozen=True)
class Outlook:
    """Pupils and places, one number a year from the base year on; NaN is unknown.

    ``low`` and ``high`` are the 10th and 90th percentile of demand, ``lowest`` and ``highest`` the 5th and 95th,
    ``percent`` is the surplus in per cent of places, ``chance`` the probability that demand exceeds places.
    """

    years: tuple[AcademicYear, ...]
    demand: Floats
    lowest: Floats
    low: Floats
    high: Floats
    highest: Floats
    places: Floats
    pan: Floats
    planned: Floats
    percent: Floats
    forms: Floats
    need: Floats
    spare: Floats
    chance: Floats
    status: tuple[str, ...]

    @property
    def surplus(self) -> Floats:
        """Places less demand; negative is a shortage."""
        return self.places - self.demand

    @property
    def places_known(self) -> bool:
        """Whether places are known in any year."""
        return bool(np.isfinite(self.places).any())

    @property
    def has_planned_changes(self) -> bool:
        """Whether planned changes alter the places in any year."""
        return bool(np.nan_to_num(self.planned).any())

    @property
    def last(self) -> int:
        """Position of the last forecast year."""
        return len(self.years) - 1


@dataclass(frozen=True)
class Past:
    """Rolls as used, up to the base year."""

    years: tuple[AcademicYear, ...]
    pupils: Floats


@dataclass(frozen=True)
class PhaseOutlook:
    """One phase of one geography: its total, its year groups by label, and the past of the total and the entry years.

    ``projected_from``: the first year in which a year group rests on births that are projected, if any does.
    """

    phase: Phase
    total: Outlook
    groups: Mapping[str, Outlook]
    past: Mapping[str, Past]
    projected_from: AcademicYear | None = None

    @property
    def taught(self) -> dict[str, Outlook]:
        """The year groups that have pupils in any year; all of them if none has."""
        found = {label: group for label, group in self.groups.items() if group.demand.any()}
        return found or dict(self.groups)

    @property
    def entry_group(self) -> str:
        """Label of the year group in which pupils enter the phase."""
        return entry_label(self.phase)


def entry_label(phase: Phase) -> str:
    """Label of the year group in which pupils enter a phase."""
    return year_group_label(phase.year_groups[0])


def area_outlooks(
    result: Result, scenario: str, brief: bool = False, codes: frozenset[str] | None = None
) -> dict[tuple[Phase, str], dict[Phase, PhaseOutlook]]:
    """Return the outlook of each planning area, by the phase of the area and its code.

    ``brief`` keeps only totals and the year groups of entry; ``codes`` leaves out every other area.
    """
    rows = _of_scenario(result.frames["sufficiency"], scenario).rename(columns={"area_code": "code"})
    if brief:
        rows = rows[rows["year_group"].isin(_ENTRY_AND_TOTAL)]
    if codes is not None:
        rows = rows[rows["code"].isin(codes)]
    past, projected = _pasts(result.frames["history"], "area"), projected_starts(result)
    areas: dict[tuple[Phase, str], dict[Phase, PhaseOutlook]] = {}
    for (phase_name, code), part in _parts(_with_band(rows, result, scenario, "area"), ["phase", "code"]):
        phase = Phase(phase_name)
        start = projected.get((phase_name, code))
        outlook = _phase_outlook(phase, part, past.get((phase_name, code), {}), start)
        areas.setdefault((phase.area_phase, code), {})[phase] = outlook
    return areas


def wide_outlooks(result: Result, scenario: str, geography: str) -> dict[str, dict[Phase, PhaseOutlook]]:
    """Return the outlook of each district or authority by code; year groups are left out."""
    rows = _of_scenario(result.frames["sufficiency_summary"], scenario)
    rows = rows[rows["geography"] == geography].assign(year_group=TOTAL)
    rows["surplus_percent"] = (
        100 * (rows["places"] - rows["demand"]) / rows["places"].where(rows["places"] > 0)
    )
    groups = rows["phase"].map({phase.value: len(phase.year_groups) for phase in Phase})
    rows["forms_of_entry"] = (rows["places"] - rows["demand"]) / (FORM_OF_ENTRY * groups)
    past = _pasts(result.frames["history"], geography)
    starts = projected_starts(result)
    first = {phase: min(start for (name, _), start in starts.items() if name == phase) for phase, _ in starts}
    wide: dict[str, dict[Phase, PhaseOutlook]] = {}
    for (phase_name, code), part in _parts(_with_band(rows, result, scenario, geography), ["phase", "code"]):
        phase = Phase(phase_name)
        pasts, start = past.get((phase_name, code), {}), first.get(phase_name)
        wide.setdefault(code, {})[phase] = _phase_outlook(phase, part, pasts, start)
    return wide


def projected_starts(result: Result) -> dict[tuple[str, str], AcademicYear]:
    """Return by phase and area code the first year in which a year group rests on projected births."""
    drivers = result.frames["drivers"]
    if "rests_on" not in drivers:
        return {}
    rows = drivers[drivers["rests_on"].isin(list(ON_PROJECTED))]
    first = (
        rows.assign(start=start_years(rows["academic_year"])).groupby(["phase", "area_code"])["start"].min()
    )
    found = first.reset_index()
    return {
        (str(phase), str(code)): AcademicYear(year)
        for phase, code, year in zip(found["phase"], found["area_code"], found["start"], strict=True)
    }


def start_years(years: pd.Series) -> npt.NDArray[np.int64]:
    """Return the start years of a column of academic years written ``2026/27``."""
    codes, names = pd.factorize(years)
    return np.array([int(str(name)[:4]) for name in names], dtype=np.int64)[codes]


def _of_scenario(frame: pd.DataFrame, scenario: str) -> pd.DataFrame:
    return frame[frame["scenario"] == scenario]


def _with_band(rows: pd.DataFrame, result: Result, scenario: str, geography: str) -> pd.DataFrame:
    """Add the quantiles of the forecast; in the base year they are the roll itself."""
    forecast = _of_scenario(result.frames["forecast"], scenario)
    band = forecast.loc[forecast["geography"] == geography, [*_KEYS, *_QUANTILES]]
    rows = rows.merge(band, on=_KEYS, how="left")
    for name in _QUANTILES:
        rows[name] = rows[name].fillna(rows["demand"])
    return rows


def _parts(frame: pd.DataFrame, keys: list[str]) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
    for key, part in frame.groupby(keys, sort=True):
        yield (str(key[0]), str(key[1])), part


def _phase_outlook(
    phase: Phase, rows: pd.DataFrame, past: Mapping[str, Past], start: AcademicYear | None
) -> PhaseOutlook:
    years = start_years(rows["academic_year"])
    order = np.argsort(years, kind="stable")
    columns = {
        field: rows[name].to_numpy(dtype=float)[order] if name in rows else np.full(len(rows), np.nan)
        for name, field in _MEASURES.items()
    }
    status = (
        rows["status"].to_numpy(dtype=object)[order] if "status" in rows else np.full(len(rows), "unknown")
    )
    labels, years = rows["year_group"].to_numpy(dtype=object)[order], years[order]
    outlooks = {
        str(label): Outlook(
            years=tuple(AcademicYear(year) for year in years[labels == label]),
            status=tuple(str(word) for word in status[labels == label]),
            **{field: values[labels == label] for field, values in columns.items()},
        )
        for label in sorted(set(labels), key=_group_order)
    }
    total = outlooks.pop(TOTAL)
    within = start if start is not None and start <= total.years[-1] else None
    return PhaseOutlook(phase, total, outlooks, past, within)


def _pasts(history: pd.DataFrame, geography: str) -> dict[tuple[str, str], dict[str, Past]]:
    rows = history[(history["geography"] == geography) & history["year_group"].isin(_WITH_PAST)]
    rows = rows.assign(start=start_years(rows["academic_year"])).sort_values("start", kind="stable")
    pasts: dict[tuple[str, str], dict[str, Past]] = {}
    for key, part in rows.groupby(["phase", "code", "year_group"], sort=False):
        phase, code, group = (str(word) for word in key)
        years = tuple(AcademicYear(year) for year in part["start"])
        pasts.setdefault((phase, code), {})[group] = Past(years, part["pupils"].to_numpy(dtype=float))
    return pasts


def _group_order(label: object) -> int:
    text = str(label)
    return 0 if text == "R" else 99 if text == TOTAL else int(text)
