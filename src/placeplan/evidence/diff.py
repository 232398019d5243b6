"""Why a forecast differs from an earlier one: causes replaced one at a time in a fixed order, so that they sum to the whole.

    boundary    the earlier run told for the areas of the later one
    rolls       the newer rolls in place of what was forecast for their years, and carried on from there
    births, transfers, ratios    those of the later run in the place of the earlier one's
    method      what is left of the baseline: choices of the method, control totals
    housing, adjustments         added to the baseline, so simply their difference

A cause has the effect that it has once those before it are replaced; another order would share out a little differently what
two causes do together. Where the choices of the method are the same, all change of ratios belongs to ``ratios``; where the
rolls, births and transfers are the same, all belongs to ``method``; where both differ, ``ratios`` is what the methods
themselves say anew, by the earlier weights, and ``method`` the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse

from placeplan.arrays import Array
from placeplan.evidence.components import Cell, Components, RunFrames, all_cells, components, places
from placeplan.evidence.rebased import rebased
from placeplan.origins import BIRTHS, POOL
from placeplan.problems import UsageError
from placeplan.years import AcademicYear

EVIDENCE = ("rolls", "births", "transfers", "areas", "schools", "sites", "geography_lookup", "area_changes")


@dataclass(frozen=True)
class Difference:
    """Two runs beside each other.

    ``before``: the older run as it was; ``old``: the same told for the areas of ``new``. ``causes``: by name, pupils that it
    adds, (cells, years). ``years``: academic years that both forecast.
    """

    before: Components
    old: Components
    new: Components
    causes: Mapping[str, Array]
    years: tuple[int, ...]


def difference(old: RunFrames, new: RunFrames) -> Difference:
    """Return the causes of the change from one run to another; UsageError if the runs cannot be set side by side."""
    if old.base_year > new.base_year:
        raise UsageError(
            f"OLD starts from {old.base_year}, later than NEW from {new.base_year}; give the earlier run first"
        )
    cells, years = all_cells(old, new)
    before, after = components(old, cells, years), components(new, cells, years)
    told = rebased(before, after, new)
    common = _common_years(old, new)
    if not common:
        raise UsageError(
            f"the runs forecast no year in common: OLD from {old.base_year + 1}, NEW from {new.base_year + 1}"
        )
    causes = {"boundary": told.pupils - before.pupils}
    rates = _rates(old, new, told, after, cells, years)
    causes |= _replaced(told, after, rates)
    causes["housing"] = after.housing - told.housing
    causes["adjustments"] = after.adjustment - told.adjustment
    return Difference(before, told, after, causes, common)


def _common_years(old: RunFrames, new: RunFrames) -> tuple[int, ...]:
    both = set(old.areas("forecast")["academic_year"]) & set(new.areas("forecast")["academic_year"])
    return tuple(sorted(int(AcademicYear.parse(label)) for label in both))


def _replaced(old: Components, new: Components, rates: Array) -> dict[str, Array]:
    """What each cause of the baseline adds, in their order."""
    same = old.kind == new.kind
    path = np.where(np.arange(len(new.years)) <= new.base, new.path, old.path)
    states = [old]

    def then(state: Components) -> None:
        states.append(state.carried())

    then(replace(old, base=new.base, path=path))
    by_births = same & (new.kind == BIRTHS)
    then(replace(states[-1], given=np.where(by_births[:, None], new.given, states[-1].given)))
    pooled = sparse.diags_array((same & (new.kind == POOL)).astype(float))
    rest = sparse.diags_array(1.0 - pooled.diagonal())
    then(replace(states[-1], feeds=sparse.csr_array(rest @ old.feeds + pooled @ new.feeds)))
    alone = np.where(same[:, None], new.alone, old.alone)
    then(replace(states[-1], rate=rates, alone=alone))
    names = ("rolls", "births", "transfers", "ratios")
    made = {
        name: after.baseline - before.baseline
        for name, before, after in zip(names, states[:-1], states[1:], strict=True)
    }
    return {**made, "method": new.baseline - states[-1].baseline}


def _rates(
    old: RunFrames,
    new: RunFrames,
    before: Components,
    after: Components,
    cells: Mapping[Cell, int],
    years: Mapping[int, int],
) -> Array:
    """Ratios in the place of the earlier run's, as far as they are no matter of the method, (cells, years)."""
    same = (before.kind == after.kind)[:, None]
    if method_choices(old) == method_choices(new):
        return np.where(same, after.rate, before.rate)
    if evidence_used(old) == evidence_used(new):
        return before.rate
    by_old_weights = _reweighed(old, new, cells, years)
    known = same & np.isfinite(by_old_weights)
    return np.where(known, after.rate * np.where(known, by_old_weights, 1.0), before.rate)


def _reweighed(old: RunFrames, new: RunFrames, cells: Mapping[Cell, int], years: Mapping[int, int]) -> Array:
    """The later run's methods weighed as before, as a part of its own mean; NaN where a method is not in both."""
    keys = ["area_code", "academic_year", "year_group", "method"]
    frames = [run.of("ratios")[[*keys, "weight", "ratio"]] for run in (old, new)]
    both = frames[0].merge(frames[1], on=keys, how="left", suffixes=("_old", "_new"))
    both = both.assign(mixed=both["weight_old"] * both["ratio_new"])
    mixed = both.groupby(keys[:3])["mixed"].agg(lambda part: part.sum(skipna=False))
    own = frames[1].assign(own=frames[1]["weight"] * frames[1]["ratio"]).groupby(keys[:3])["own"].sum()
    share = (mixed / own.where(own > 0)).dropna().reset_index(name="share")
    found = np.full((len(cells), len(years)), np.nan)
    if len(share):
        found[places(share, "area_code", cells, years)] = share["share"]
    return found


def method_choices(run: RunFrames) -> tuple[Any, ...]:
    """Return the choices of method behind a run's ratios: the version, the project's and its scenario's."""
    story = run.run.story
    layers = story.get("scenario_files", {}).get(run.scenario, [])
    own = [str(layer["choices"].get("ratios")) for layer in layers if "ratios" in layer["choices"]]
    return (story["version"], str(story["settings"]["ratios"]), *own)


def evidence_used(run: RunFrames) -> tuple[Any, ...]:
    """Return what ratios were learnt from: the base year and the content of the tables."""
    inputs = run.run.story["inputs"]
    return (
        str(run.base_year),
        *sorted((one["table"], one["sha256"]) for one in inputs if one["table"] in EVIDENCE),
    )
