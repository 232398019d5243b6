"""How far English authorities' own published forecasts were out: the bands of ``data/benchmark_bands.csv``."""

from __future__ import annotations

import pandas as pd

from placeplan.datafiles import data_rows

QUARTILES = ("p25", "p50", "p75")


def published_bands() -> pd.DataFrame:
    """Return the quartiles of absolute error for each phase and horizon, averaged over the test years that give them.

    ``test_years`` names the years. An error is that of a whole authority's phase total, a proportion.
    """
    rows = pd.DataFrame(data_rows("benchmark_bands.csv"))
    rows["horizon"] = rows["horizon"].astype(int)
    for name in QUARTILES:
        rows[name] = pd.to_numeric(rows[name])
    rows = rows[rows["p50"].notna()]
    found = rows.groupby(["phase", "horizon"], sort=True)
    years = found["test_year"].agg(lambda given: ", ".join(sorted(given)))
    return found[list(QUARTILES)].mean().assign(test_years=years).reset_index()
