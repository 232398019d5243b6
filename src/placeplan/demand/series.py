"""The one door to statsmodels: projections of single series, used where the project file asks for them by name.

Each function takes series of shape (…, years) with NaN for years that are unknown and returns paths (…, years ahead), NaN
for a series too short to fit. A fit costs milliseconds, so the default methods are vectorised forms instead (see
``pooling`` and ``methods``), which tests hold against these.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from placeplan.arrays import Array

SHORTEST_ETS, SHORTEST_LEVEL = 6, 3


def ets_paths(series: Array, horizon: int) -> Array:
    """Project each series by ETS with additive errors and a damped trend; gaps are filled in a straight line first."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    def project(values: Array) -> Array:
        model: Any = ETSModel(
            values, error="add", trend="add", damped_trend=True, initialization_method="estimated"
        )
        return np.asarray(model.fit(disp=False, maxiter=200).forecast(horizon))

    return _each(series, horizon, SHORTEST_ETS, project)


def local_level_paths(series: Array, horizon: int) -> Array:
    """Project each series by the local level of a state-space model with its variances from maximum likelihood."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    def project(values: Array) -> Array:
        model: Any = UnobservedComponents(values, level="local level")
        return np.asarray(model.fit(disp=False, maxiter=200).forecast(horizon))

    return _each(series, horizon, SHORTEST_LEVEL, project)


def _each(series: Array, horizon: int, shortest: int, project: Callable[[Array], Array]) -> Array:
    """Project the series one by one from their first known year; a constant series stays where it is."""
    flat = series.reshape(-1, series.shape[-1])
    paths = np.full((len(flat), horizon), np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for place, values in enumerate(flat):
            known = np.flatnonzero(np.isfinite(values))
            if not len(known):
                continue
            values = _filled(values[known[0] :])
            if len(known) < shortest or np.ptp(values) < 1e-9:
                paths[place] = values[-1]
                continue
            path = project(values)
            paths[place] = path if np.isfinite(path).all() else values[-1]
    return paths.reshape(*series.shape[:-1], horizon)


def _filled(values: Array) -> Array:
    years = np.arange(len(values))
    known = np.isfinite(values)
    return np.interp(years, years[known], values[known])
