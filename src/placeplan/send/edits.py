"""What a scenario does to high needs, as plain arrays: new plans by year and age, and who stays out of the area.

    new[t, s, a]  = new[t, s, a] * product of (1 + change) over the changes that hold in t for age a
    kept[t, a]    = kept[t - 1, a - 1] * (1 + change if a is an age of transfer and t is in the years that it holds)

A scenario has the draws of the plan as it stands: each draw of a year, setting and age is multiplied by what the scenario
does to the number that is expected there, so that two scenarios differ in nothing but what they change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from placeplan.arrays import Array
from placeplan.operations import SendEdit
from placeplan.scenario import LoadedScenario
from placeplan.send.flow import Path, Rates
from placeplan.send.tables import AGE_OF_RECEPTION, AGES
from placeplan.years import AcademicYear


def send_edits(scenario: LoadedScenario) -> tuple[SendEdit, ...]:
    """Return what the files of a scenario do to high needs, the deepest first."""
    return tuple(layer.content.send for layer in scenario.layers if layer.content.send is not None)


def with_new_plans(rates: Rates, edits: Sequence[SendEdit], base: AcademicYear) -> Rates:
    """Return the rates with the new plans of a scenario."""
    factor = np.ones((len(rates.new), AGES))
    for change in (one for edit in edits for one in edit.new_plans):
        groups = () if change.year_groups is None else change.year_groups
        ages = [*(group + AGE_OF_RECEPTION for group in groups), *(change.ages or ())]
        at = ages if ages else list(range(AGES))
        for year in range(len(factor)):
            if change.holds(int(base) + 1 + year):
                factor[year, at] *= 1.0 + change.change / 100.0
    return replace(rates, new=rates.new * factor[:, None, :])


def kept_away(edits: Sequence[SendEdit], base: AcademicYear, horizon: int) -> Array:
    """Return what is left of the placements out of the area, (years ahead, ages)."""
    kept, now = np.ones((horizon, AGES)), np.ones(AGES)
    changes = [edit.out_of_area_at_transfer for edit in edits if edit.out_of_area_at_transfer is not None]
    for year in range(horizon):
        now = np.concatenate([[1.0], now[:-1]])
        for change in changes:
            if change.holds(int(base) + 1 + year):
                now[[group + AGE_OF_RECEPTION for group in change.year_groups]] *= 1.0 + change.change / 100.0
        kept[year] = now
    return kept


def same_draws(drawn: Path, before: Path, after: Path) -> Path:
    """Return the draws of the plan as it stands, each multiplied by what changes in the number expected."""
    stock = drawn.stock * _ratio(before.stock, after.stock) + np.where(before.stock > 0, 0.0, after.stock)
    return Path(
        stock, drawn.new * _ratio(before.new, after.new), drawn.left * _ratio(before.left, after.left)
    )


def _ratio(before: Array, after: Array) -> Array:
    known = before > 0
    found: Array = np.where(
        known, after / np.where(known, before, 1.0), np.where(np.isnan(before), np.nan, 0.0)
    )
    return found
