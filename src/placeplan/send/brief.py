"""The short forecast of plans that a run of the mainstream forecast carries: the return, settings, steps, reconciliation.

The same arithmetic and the same draws as ``placeplan send``, as far as the return goes; needs, money and schools are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from placeplan.frames import findings_table
from placeplan.problems import Finding, sort_findings
from placeplan.results import Result
from placeplan.send.area import out_shares, placed
from placeplan.send.edits import kept_away
from placeplan.send.flow import Path
from placeplan.send.make import YEARS_AHEAD, Around, by_age, central_plans, drawn_plans, settings_table
from placeplan.send.places import YearGroups, cells_of, places_table
from placeplan.send.pupils import authority_pupils
from placeplan.send.reconcile import reconciliation
from placeplan.send.returns import send_forecast, with_own_codes, years_needed
from placeplan.send.steps import rates_table, sources_table, steps_table
from placeplan.send.tables import read_plans

BRIEF = (
    "send_forecast",
    "send_settings",
    "send_places",
    "send_reconciliation",
    "send_steps",
    "send_rates",
    "send_sources",
)
"""Files that a run has if residents with a plan were given."""


def with_high_needs(result: Result) -> Result:
    """Return the run with the short forecast of plans; as it is where no plans are known up to the base year.

    Plans that cannot be forecast are a finding, never a fault.
    """
    base = int(result.base_year)
    specialist, flows = (
        table[table["academic_year"] <= base]
        for table in (result.inputs.table("specialist"), result.inputs.table("specialist_flows"))
    )
    if specialist.empty:
        return result
    try:
        frames, said = _frames(result, specialist, flows)
    except ValueError as error:
        said, frames = [Finding("plans-not-forecast", f"plans are not forecast: {error}", "specialist")], {}
    findings = tuple(sort_findings([*result.findings, *said]))
    told = {"findings": findings_table(findings)} if said else {}
    return replace(result, frames={**result.frames, **frames, **told}, findings=findings)


def _frames(
    result: Result, specialist: pd.DataFrame, flows: pd.DataFrame
) -> tuple[dict[str, pd.DataFrame], Sequence[Finding]]:
    """Return the frames of ``BRIEF`` and what is to be said; ValueError where the years of plans have gaps."""
    plans, years = read_plans(specialist, flows), years_needed()
    base, project, percent = plans.years[-1], result.project, result.project.send.ceiling
    children = by_age(authority_pupils(result), plans.years[0], len(plans.years) + YEARS_AHEAD)
    around = Around(ceiling=None if percent is None else percent / 100.0)
    tables = {"specialist": specialist, "specialist_flows": flows}
    rates, central, said = central_plans(plans, children, tables, around)
    drawn = drawn_plans(plans, rates, central, project.simulations, project.seed, years)
    central, drawn = _first(central, years), _first(drawn, years)
    out, kept = out_shares(specialist, base), kept_away((), base, years)
    at, draws = (placed(path.stock, out, kept) for path in (central, drawn))
    commissioned, taught = known_places(result), groups_taught(result)
    frames = {
        "send_forecast": with_own_codes(send_forecast(base, central, drawn), project.send.planning_areas),
        "send_settings": settings_table(base, central, drawn),
        "send_places": places_table(base, at, cells_of(commissioned, taught, base, at, draws)),
        "send_reconciliation": reconciliation(plans, central, specialist, result),
        "send_steps": steps_table(plans, rates, central),
        "send_rates": rates_table(plans, rates, children),
        "send_sources": sources_table(result, specialist, flows, base),
    }
    for name in ("send_forecast", "send_settings", "send_places"):
        frames[name]["scenario"] = result.scenarios[0]
    return frames, said


def known_places(result: Result) -> pd.DataFrame:
    """Return the places commissioned; as of an earlier year only those up to it, because later ones were not yet known."""
    places, base = result.inputs.table("specialist_places"), int(result.base_year)
    if base < int(result.inputs.table("rolls")["academic_year"].max()):
        return places[places["academic_year"] <= base]
    return places


def groups_taught(result: Result) -> YearGroups:
    """Return the first and last year group that each school teaches, by URN."""
    schools = result.inputs.table("schools")
    rows = zip(schools["urn"], schools["low_year"], schools["high_year"], strict=True)
    return {str(urn): (int(low), int(high)) for urn, low, high in rows}


def _first(path: Path, years: int) -> Path:
    """Return the first years of a path."""
    ahead = -1 if path.new.ndim == 1 else 1
    cut = slice(None, years)
    if ahead == 1:
        return Path(path.stock[:, cut], path.new[:, cut], path.left[:, cut])
    return Path(path.stock[cut], path.new[cut], path.left[cut])
