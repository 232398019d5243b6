"""The short forecast of plans that a run of the mainstream forecast carries: the return, settings, steps, reconciliation.

The same arithmetic and the same draws as ``placeplan send``, as far as the return goes; needs, places and money are there.
"""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import pandas as pd

from placeplan.frames import findings_table
from placeplan.problems import Finding, sort_findings
from placeplan.results import Result
from placeplan.send.flow import Path, central_path, drawn_path, pooled_rates
from placeplan.send.make import YEARS_AHEAD, by_age, flows_suffice, settings_table, stocks_only
from placeplan.send.prevalence import constants, prevalence_draws, prevalence_path
from placeplan.send.pupils import authority_pupils
from placeplan.send.reconcile import reconciliation
from placeplan.send.returns import send_forecast, with_own_codes, years_needed
from placeplan.send.steps import rates_table, sources_table, steps_table
from placeplan.send.tables import read_plans

BRIEF = ("send_forecast", "send_settings", "send_reconciliation", "send_steps", "send_rates", "send_sources")
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
) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
    """Return the frames of ``BRIEF`` and what is to be said; ValueError where the years of plans have gaps."""
    plans, years = read_plans(specialist, flows), years_needed()
    base, project = plans.years[-1], result.project
    children = by_age(authority_pupils(result), plans.years[0], len(plans.years) + YEARS_AHEAD)
    random = np.random.Generator(np.random.SFC64([project.seed, zlib.crc32(b"send")]))
    said, rates = [], None
    if flows_suffice(plans):
        rates = pooled_rates(plans, children, YEARS_AHEAD)
        central = _first(central_path(plans.stock[-1], rates), years)
        drawn = drawn_path(plans.stock[-1], rates, project.simulations, random, years)
    else:
        said.append(stocks_only(plans))
        percent = project.send.ceiling
        ceiling = constants()["ceiling"] if percent is None else percent / 100.0
        whole = prevalence_path(plans, children, YEARS_AHEAD, ceiling)
        drawn = _first(prevalence_draws(whole.stock, project.simulations, random), years)
        central = _first(whole, years)
    frames = {
        "send_forecast": with_own_codes(send_forecast(base, central, drawn), project.send.planning_areas),
        "send_settings": settings_table(base, central, drawn),
        "send_reconciliation": reconciliation(plans, central, specialist, result),
        "send_steps": steps_table(plans, rates, central),
        "send_rates": rates_table(plans, rates, children),
        "send_sources": sources_table(result, specialist, flows, base),
    }
    return frames, said


def _first(path: Path, years: int) -> Path:
    """Return the first years of a path."""
    ahead = -1 if path.new.ndim == 1 else 1
    cut = slice(None, years)
    if ahead == 1:
        return Path(path.stock[:, cut], path.new[:, cut], path.left[:, cut])
    return Path(path.stock[cut], path.new[cut], path.left[cut])
