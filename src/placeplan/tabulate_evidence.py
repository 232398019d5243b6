"""supply_confidence.csv and watchlist.csv: what places rest on, and which schools need watching. Nothing is rounded here."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.demand.watch import FALLING, FLOOR, INFANT_CLASS, ONE_FORM, infant_classes
from placeplan.forecasting import Forecast
from placeplan.frames import stacked
from placeplan.project import Project
from placeplan.sufficiency import first_above, statuses
from placeplan.supply.places import MEASURES
from placeplan.tables import output_columns
from placeplan.years import FORM_OF_ENTRY, AcademicYear, Phase

YEAR_FOURTEEN = 14
DECIMALS = 9
"""Figures of whole schools are sums of shares; what binary fractions leave over is cut off here."""


def confidence_table(forecast: Forecast, project: Project) -> pd.DataFrame:
    """supply_confidence.csv: one row for each site, phase and measure, and for each later year whose figure rests anew.

    Sorted by how much the doubt matters: schools without a figure first, then by effect, then by the width of the range.
    """
    parts = [
        part
        for phase in Phase
        if phase in forecast.chance
        for part in _phase_confidence(forecast, project, phase)
    ]
    columns = output_columns("supply_confidence")
    table = stacked(parts, [*columns, "_rank", "_width"])
    keys = ["_rank", "effect", "_width", "urn", "site_id", "phase", "academic_year"]
    table = table.sort_values(keys, ascending=[True, False, False, True, True, True, True], kind="stable")
    return table[list(columns)].reset_index(drop=True)


def _phase_confidence(forecast: Forecast, project: Project, phase: Phase) -> Iterator[pd.DataFrame]:
    """Rows of each measure of one phase."""
    groups = list(phase.year_groups)
    areas = forecast.register.site_areas()[:, groups[0]]
    roll = forecast.site_roll[:, groups, 0].sum(axis=1)
    teaches = (areas >= 0) & (forecast.sites.reached[:, groups].any(axis=(1, 2)) | (roll > 0))
    effect, at = _effects(forecast, phase, project.horizon[phase])
    effect_year = np.array([str(AcademicYear(int(year))) for year in forecast.sites.years], dtype=object)[at]
    low_status, high_status = _statuses(forecast, project, phase, at)
    counted = forecast.sites.counted[:, groups].max(axis=(1, 2))
    for measure in MEASURES:
        evidence = forecast.evidence[measure]
        counts = counted == (forecast.sites.order.index(measure) if measure in forecast.sites.order else -2)
        unknown = (counted < 0) & (measure == project.places.measure)
        cells = forecast.sites.measures[measure][:, groups].sum(axis=1)
        for year in range(project.horizon[phase] + 1):
            anew = np.ones(len(areas), dtype=bool)
            if year:
                anew = (evidence.row[:, year] >= 0) & (evidence.row[:, year] != evidence.row[:, year - 1])
            stated = np.isfinite(cells[:, year]) & (cells[:, year] > 0)
            here = np.flatnonzero(teaches & anew & (stated | (unknown & (year == 0) & (roll > 0))))
            if not len(here):
                continue
            value = np.where(stated, cells[:, year], np.nan)
            matters = counts | unknown
            yield pd.DataFrame(
                {
                    **_names(forecast, areas, here),
                    "measure": np.full(len(here), measure, dtype=object),
                    "value": np.round(value[here], DECIMALS),
                    "low": np.round((value * evidence.low[:, year])[here], DECIMALS),
                    "high": np.round((value * evidence.high[:, year])[here], DECIMALS),
                    "source": evidence.source[here, year],
                    "verified_on": _dates(evidence.verified_on[here, year]),
                    "confidence": np.where(stated, evidence.rating[:, year], "none")[here],
                    "effect": np.where(matters, np.where(unknown, np.nan, effect), 0.0)[here],
                    "phase": np.full(len(here), phase.value, dtype=object),
                    "academic_year": str(AcademicYear(int(forecast.sites.years[year]))),
                    "counts": np.where(matters, "yes", "no").astype(object)[here],
                    "effect_year": np.where(counts & (effect > 0), effect_year, "").astype(object)[here],
                    "status_low": np.where(counts, low_status, "").astype(object)[here],
                    "status_high": np.where(counts, high_status, "").astype(object)[here],
                    "_rank": np.where(unknown, 0, 1)[here],
                    "_width": (value * (evidence.high - evidence.low)[:, year])[here],
                }
            )


def _names(forecast: Forecast, areas: Array, here: Array) -> dict[str, Array]:
    sites = forecast.register.sites
    codes = forecast.register.areas["code"].to_numpy(dtype=object)
    named = {name: sites[name].to_numpy(dtype=object)[here] for name in ("urn", "site_id", "school_name")}
    return {**named, "area_code": codes[areas[here]]}


def _dates(dates: Array) -> Array:
    days: Array = np.datetime_as_string(dates.astype("datetime64[D]")).astype(object)
    days[np.isnat(dates)] = ""
    return days


def _effects(forecast: Forecast, phase: Phase, ahead: int) -> tuple[Array, Array]:
    """Largest fall of the area's chance of shortfall from the lowest to the highest of each site's figure, and its year.

    The effect is 0 where the figure is a number, NaN where the area's places are not known; the year is its place in
    ``sites.years``.
    """
    sites = len(forecast.register.sites)
    ends = forecast.at_ends.get(phase, np.full((2, sites, ahead), np.nan))[:, :, :ahead]
    change = ends[0] - ends[1]
    at = np.nan_to_num(change, nan=-1.0).argmax(axis=1)
    effect = change[np.arange(sites), at]
    return np.where(np.isnan(effect), _where_unknown(forecast, phase, ahead), effect), at + 1


def _where_unknown(forecast: Forecast, phase: Phase, ahead: int) -> Array:
    areas = forecast.register.site_areas()[:, phase.year_groups[0]]
    places = forecast.places.places[:, _taught(forecast, phase), 1 : 1 + ahead]
    unknown: Array = np.asarray(np.isnan(places).any(axis=(1, 2)))
    return np.where((areas >= 0) & unknown[areas], np.nan, 0.0)


def _taught(forecast: Forecast, phase: Phase) -> list[int]:
    stage = forecast.stages[phase.area_phase]
    return [group for group in stage.groups if group in phase.year_groups]


def _statuses(forecast: Forecast, project: Project, phase: Phase, at: Array) -> tuple[Array, Array]:
    """State of each site's area in a year if the site's figure is at its lowest and its highest, all else central.

    ``at``: place of the year of each site, counted from the base year.
    """
    stage = forecast.stages[phase.area_phase]
    taught = _taught(forecast, phase)
    columns = [stage.groups.index(group) for group in taught]
    demand = np.zeros((len(forecast.register.areas), forecast.horizon))
    demand[stage.rows] = forecast.central[phase.area_phase][:, columns].sum(axis=1)
    places = forecast.places.places[:, taught].sum(axis=1)
    area = forecast.register.site_areas()[:, phase.year_groups[0]]
    site = np.arange(len(area))
    wanted, offered = demand[area, at - 1], places[area, at]
    found = []
    for sign, side in ((-1.0, forecast.places.down), (1.0, forecast.places.up)):
        real = offered + sign * side[:, taught].sum(axis=1)[site, at]
        percent = 100.0 * (real - wanted) / np.where(real > 0, real, 1.0)
        found.append(statuses(wanted, real, percent, project.status))
    return found[0], found[1]


def watchlist_table(forecast: Forecast, project: Project) -> pd.DataFrame:
    """watchlist.csv: for each school and test the first year in which its chance reaches that of the project.

    Sorted by the year, then by how likely, then by school.
    """
    watch = forecast.tally.watch
    found = []
    if watch is not None:
        for (phase, test), shares in watch.shares.items():
            ahead = project.horizon[phase]
            values, threshold = _watched(forecast, phase, test, ahead)
            share = np.where(_eligible(forecast, phase, test, ahead), shares[:, :ahead], np.nan)
            first = first_above(share, project.status.chance)
            schools = np.flatnonzero(first >= 0)
            at = first[schools]
            found.append(_watch_rows(forecast, phase, test, schools, at).assign(
                probability=share[schools, at], value=values[schools, at], threshold=threshold[schools, at],
            ))  # fmt: skip
    columns = output_columns("watchlist")
    table = stacked([_with_consequence(part, project) for part in found], columns)
    keys = ["academic_year", "probability", "urn", "phase", "test"]
    table = table.sort_values(keys, ascending=[True, False, True, True, True], kind="stable")
    return table.reset_index(drop=True)


def _watch_rows(forecast: Forecast, phase: Phase, test: str, schools: Array, at: Array) -> pd.DataFrame:
    numbers = forecast.tally.urns
    first_site = np.array([int(np.flatnonzero(numbers == school)[0]) for school in schools], dtype=np.int64)
    sites = forecast.register.sites
    areas = forecast.register.site_areas()[first_site, phase.year_groups[0]] if len(schools) else first_site
    codes = np.append(forecast.register.areas["code"].to_numpy(dtype=object), "")
    years = forecast.sites.years[1:]
    return pd.DataFrame(
        {
            "urn": sites["urn"].to_numpy(dtype=object)[first_site],
            "school_name": sites["school_name"].to_numpy(dtype=object)[first_site],
            "area_code": codes[areas],
            "test": np.full(len(schools), test, dtype=object),
            "academic_year": [str(AcademicYear(int(years[place]))) for place in at],
            "phase": np.full(len(schools), phase.value, dtype=object),
        }
    )


def _watched(forecast: Forecast, phase: Phase, test: str, ahead: int) -> tuple[Array, Array]:
    """Central value and line of each school and year ahead of one test, (schools, years ahead)."""
    lines = forecast.tally.watch.lines if forecast.tally.watch is not None else None
    assert lines is not None
    roll = np.zeros((forecast.tally.schools, *forecast.site_roll.shape[1:]))
    np.add.at(roll, forecast.tally.urns, forecast.site_roll)
    total = roll[:, list(phase.year_groups), 1 : 1 + ahead].sum(axis=1)
    if test == FLOOR:
        return total, np.full(total.shape, lines.floor[phase])
    if test == FALLING:
        return total, lines.falling[phase][:, :ahead]
    if test == ONE_FORM:
        entry = np.maximum(lines.entry[phase], 0)
        intake = roll[np.arange(len(roll)), entry, 1 : 1 + ahead]
        return intake, np.full(total.shape, float(FORM_OF_ENTRY))
    intake = np.minimum(roll[:, 0, 1 : 1 + ahead], lines.admits[:, :ahead])
    return intake, INFANT_CLASS * np.maximum(infant_classes(intake) - 1, 1)


def _eligible(forecast: Forecast, phase: Phase, test: str, ahead: int) -> Array:
    """Which schools a test concerns and when, (schools, years ahead): while they teach the phase, and no plan closes them.

    One form of entry: only schools that admit at least a form. A floor: only schools that teach the whole phase and do not
    still fill from the bottom.
    """
    numbers, schools = forecast.tally.urns, forecast.tally.schools
    groups = list(phase.year_groups)
    roll = np.zeros((schools, ahead + 1))
    np.add.at(roll, numbers, forecast.site_roll[:, groups, : ahead + 1].sum(axis=1))
    concerned = (roll[:, :1] > 0) & (roll[:, 1:] > 0)
    if test == ONE_FORM and forecast.tally.watch is not None:
        entry = np.maximum(forecast.tally.watch.lines.entry[phase], 0)
        pan = np.zeros((schools, len(forecast.sites.measures["pan"][0])))
        np.add.at(pan, numbers, forecast.sites.measures["pan"][:, :, 0])
        number = pan[np.arange(schools), entry]
        concerned &= (np.isnan(number) | (number >= FORM_OF_ENTRY))[:, None]
    if test == FLOOR:
        whole = [group for group in groups if group != YEAR_FOURTEEN]
        reached = np.zeros((schools, len(whole)), dtype=bool)
        np.logical_or.at(reached, numbers, forecast.sites.reached[:, whole, 0])
        concerned &= np.asarray(reached.all(axis=1))[:, None]
    return concerned


def _with_consequence(rows: pd.DataFrame, project: Project) -> pd.DataFrame:
    """Say in words what each row means for the school."""
    said = [
        _consequence(test, value, line, project)
        for test, value, line in zip(rows["test"], rows["value"], rows["threshold"], strict=True)
    ]
    return rows.assign(consequence=pd.Series(said, dtype=object, index=rows.index))


def _consequence(test: str, value: float, line: float, project: Project) -> str:
    if test == ONE_FORM:
        return "less than a full class in the year group of entry"
    if test == FLOOR:
        return f"fewer than {line:g} pupils"
    if test == FALLING:
        watch = project.watchlist
        return f"loses {watch.falling_percent:g}% or more within {watch.falling_years} years"
    pupils = int(np.floor(value + 0.5))
    classes = int(infant_classes(np.array(value)))
    last = pupils - INFANT_CLASS * (classes - 1)
    if classes < 2:
        return f"{pupils} pupils fill one class; in some futures they need two of at most {INFANT_CLASS}"
    return f"{pupils} pupils need {classes} classes of at most {INFANT_CLASS}; {last} in the last"
