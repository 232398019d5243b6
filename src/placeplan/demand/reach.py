"""How wide intervals should have been: the levels' own errors, so many years ahead, beside what they were taken to be.

A level, its drift and a year's own noise say how far a ratio h years ahead may be from where it stands. Past origins show
how far it was. For the authority's ratio the factor is the root of the mean square of z = error / stated error, for areas

    reach = 80% point of |z| / 1.2816,

by class of transitions and years ahead. Each is drawn toward the factor of a year less, and the first toward 1 (for areas)
or what English data needed (for the authority), as far as the evidence is short. Years left out as shocks count here:
shocks will come again, though nobody knows when.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placeplan.arrays import Array
from placeplan.demand.flows import Flow
from placeplan.demand.levels import Learnt, by_class
from placeplan.demand.pooling import CALIBRATED, NORMAL_POINT

FEW_ORIGINS = 4.0
"""Number of origins at which the evidence on the authority's own error counts half."""
FEW_CELLS = 60.0
"""The same for areas, in cells; those of one origin lean on each other."""
USUAL_COMMON = 1.4
"""Factor on the authority's own errors before it has shown any: its levels are fitted without the years left out as shocks,
and what comes has them. English authorities together needed 1.2 to 2.0 (``benchmarks/coverage.py``)."""
LEAST, MOST = 0.5, 3.0
"""Intervals are never scaled beyond these."""


@dataclass(frozen=True)
class Reach:
    """Factors on the standard errors of ratios, ``common`` and ``local``: (year groups, years ahead)."""

    common: Array
    local: Array


class Surprises:
    """Collects, origin by origin, how far ratios were from where their levels stood, in stated standard errors."""

    def __init__(self, classes: list[str], horizon: int) -> None:
        self.classes, self.horizon = classes, horizon
        self.progresses = np.array([name == "progression" for name in classes])
        self.common: dict[tuple[str, int], list[float]] = {}
        self.local: dict[tuple[str, int], list[Array]] = {}

    def add(self, learnt: Learnt, own: Array, known: int, flow: Flow) -> None:
        """Add what came after ``known`` years."""
        for ahead in range(1, min(self.horizon, flow.roll.shape[2] - known) + 1):
            year = known + ahead - 1
            whole = _common_surprise(learnt, flow.common[:, year], ahead)
            parts = _local_surprise(learnt, own, flow, year, ahead, self.progresses)
            for kind, places in by_class(self.classes):
                known_whole = whole[places][np.isfinite(whole[places])]
                if len(known_whole):
                    self.common.setdefault((kind, ahead), []).append(float(np.mean(known_whole**2)))
                self.local.setdefault((kind, ahead), []).append(parts[:, places].ravel())

    def reach(self) -> Reach:
        """Return the factors that past origins demand."""
        common, local = np.ones((2, len(self.classes), self.horizon))
        for kind, places in by_class(self.classes):
            wide, narrow = USUAL_COMMON, 1.0
            for ahead in range(1, self.horizon + 1):
                squares = self.common.get((kind, ahead), [])
                square = (np.sum(squares) + FEW_ORIGINS * wide**2) / (len(squares) + FEW_ORIGINS)
                wide = float(np.clip(np.sqrt(square), LEAST, MOST))
                sizes = np.concatenate([*self.local.get((kind, ahead), []), np.empty(0)])
                sizes = np.abs(sizes[np.isfinite(sizes)])
                if len(sizes):
                    point = float(np.quantile(sizes, CALIBRATED)) / NORMAL_POINT
                    narrow = (len(sizes) * point + FEW_CELLS * narrow) / (len(sizes) + FEW_CELLS)
                    narrow = float(np.clip(narrow, LEAST, MOST))
                common[places, ahead - 1], local[places, ahead - 1] = wide, narrow
        return Reach(common, local)


def _common_surprise(learnt: Learnt, came: Array, ahead: int) -> Array:
    """Distance of the authority's ratios from their levels, in stated standard errors, (year groups)."""
    common = learnt.common
    stated = np.sqrt(common.variance + ahead * common.drift + common.spread)
    seen = (came > 0) & (common.ratio > 0) & (stated > 0)
    logs = np.log(np.where(seen, came, 1.0) / np.where(seen, common.ratio, 1.0))
    return np.where(seen, logs / np.where(seen, stated, 1.0), np.nan)


def _local_surprise(
    learnt: Learnt, own: Array, flow: Flow, year: int, ahead: int, progresses: Array
) -> Array:
    """Distance of areas' ratios from their levels, in stated standard errors, (areas, year groups)."""
    local = learnt.local
    usual = np.maximum(1.0 + local.level, 0.05)
    expected = np.nan_to_num(flow.could[:, :, year] * flow.common[:, year]) * own * usual
    seen = (expected > 0) & np.isfinite(flow.roll[:, :, year])
    size = np.where(seen, expected, 1.0)
    variance = local.variance + ahead * local.drift + local.spread + local.noise / size
    for wide in local.wides:
        pupils = np.zeros(len(wide.names))
        np.add.at(pupils, wide.member, np.where(seen, expected, 0.0)[:, progresses].sum(axis=1))
        moves = wide.variance + ahead * wide.variances.drift + wide.variances.of_roll(pupils)
        variance = variance + np.where(progresses, moves[wide.member][:, None], 0.0)
    stated = np.sqrt(variance) / usual
    error = np.where(seen, np.nan_to_num(flow.roll[:, :, year]) / size - 1.0, np.nan)
    return error / stated
