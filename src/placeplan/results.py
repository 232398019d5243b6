"""What a run has found, before anything is written: frames in the contract's columns and the run's own story."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from placeplan.problems import Finding
from placeplan.project import Project, Ratios
from placeplan.tables import Inputs
from placeplan.years import AcademicYear, Phase


@dataclass(frozen=True)
class Result:
    """One finished run, all in memory.

    ``frames`` holds one frame for each CSV of the contract by its stem (``forecast``, ``sufficiency``, …), columns
    in the contract's order, years and year groups as the contract writes them (``2026/27``, ``R``, ``total``),
    numbers unrounded, blanks as NaN. ``choices`` says which methods were used and why, one sentence a topic. ``draws``
    holds the arrays of draws.npz by name, if they were asked for. ``scenario_files``: its files by scenario.
    """

    project: Project
    inputs: Inputs
    base_year: AcademicYear
    horizon: Mapping[Phase, int]
    scenarios: tuple[str, ...]
    frames: Mapping[str, pd.DataFrame]
    findings: tuple[Finding, ...]
    choices: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    draws: Mapping[str, Any] = field(default_factory=dict)
    scenario_files: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Backtest:
    """What earlier forecasts would have been worth, all in memory.

    ``methods``: the methods tried by name, the project's own first, ``reference`` among them. ``frames``: ``backtest`` and
    ``backtest_summary`` in the contract's columns, ``rolls`` (the authority's phase totals that came), ``bands`` (published
    errors), and the figures of a verdict: ``against``, ``standing``, ``lean``, ``holding``, ``hard_years`` (see
    ``evidence.verdict``).
    """

    project: Project
    inputs: Inputs
    first_year: AcademicYear
    last_year: AcademicYear
    origins: tuple[AcademicYear, ...]
    methods: Mapping[str, Ratios]
    reference: str
    frames: Mapping[str, pd.DataFrame]

    @property
    def own(self) -> str:
        """The name of the project's own method."""
        return next(iter(self.methods))
