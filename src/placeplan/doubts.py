"""What a forecast has to say about its own history: areas that opened or emptied, empty cohorts, births that end early."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from placeplan.demand.survival import Stage
from placeplan.forecasting import Forecast
from placeplan.problems import Finding
from placeplan.years import AcademicYear, Phase, year_group_label

NEW = 3
"""An area that has had pupils for fewer years than this leans on its authority nearly alone."""
SHORT_HISTORY = 4


def history_findings(found: Forecast) -> list[Finding]:
    """Return findings that say why a forecast is less sure than others."""
    findings = []
    years = len(found.history.years)
    if Phase.PRIMARY in found.stages and not found.births.given:
        message = "no births are known: Reception follows its own recent rolls, with a wide interval"
        findings.append(Finding("births-missing", message, "births"))
    elif Phase.PRIMARY in found.stages and (found.births.basis[:, years] == "projected").any():
        message = (
            f"births behind Reception in {found.history.base_year + 1}, the first forecast year, are not known everywhere: "
            "they are projected, with a wide interval"
        )
        findings.append(Finding("births-late", message, "births"))
    if years < SHORT_HISTORY:
        message = f"the rolls cover {years} year(s): ratios rest on defaults and intervals are wide"
        findings.append(Finding("history-short", message, "rolls"))
    for stage in found.stages.values():
        findings += _of_areas(found, stage)
    return findings


def _of_areas(found: Forecast, stage: Stage) -> Iterator[Finding]:
    """Yield findings on areas that are new, empty, or have an empty year group between others."""
    roll = np.nan_to_num(found.history.area_roll[stage.rows][:, stage.groups])
    had = roll.sum(axis=1) > 0
    codes, names = (found.register.areas[name].iloc[stage.rows].to_numpy() for name in ("code", "name"))
    since = np.where(had.any(axis=1), had.argmax(axis=1), had.shape[1])
    for area in np.flatnonzero(had[:, -1] & (had.shape[1] - since < NEW) & (since > 0)):
        first = AcademicYear(int(found.history.years[since[area]]))
        message = (
            f"the {stage.phase} area {names[area]} ({codes[area]}) has had pupils only since {first}: its ratios lean on "
            "the authority's, and its interval is wide"
        )
        yield Finding("area-new", message, "rolls", value=str(codes[area]))
    for area in np.flatnonzero(had.any(axis=1) & ~had[:, -1]):
        last = AcademicYear(int(found.history.years[np.flatnonzero(had[area])[-1]]))
        message = (
            f"the {stage.phase} area {names[area]} ({codes[area]}) has had no pupils since {last}: "
            "none are forecast there"
        )
        yield Finding("area-empty", message, "rolls", value=str(codes[area]))
    for area, place in zip(*np.nonzero(_hollow(roll[:, :, -1])), strict=True):
        group = year_group_label(stage.groups[place])
        message = (
            f"{names[area]} ({codes[area]}) has nobody in year group {group} in {found.history.base_year}, between year "
            "groups that have pupils: the empty cohort moves up as it is"
        )
        yield Finding("cohort-empty", message, "rolls", value=str(codes[area]))


def _hollow(base: np.ndarray) -> np.ndarray:
    """Where a year group is empty although the ones below and above it are not, (areas, year groups)."""
    empty = np.zeros(base.shape, dtype=bool)
    empty[:, 1:-1] = (base[:, 1:-1] == 0) & (base[:, :-2] > 0) & (base[:, 2:] > 0)
    return empty
