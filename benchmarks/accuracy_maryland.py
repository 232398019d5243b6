"""Small areas: error by year group of Maryland's elementary schools, relative to plain cohort survival.

Run: python benchmarks/accuracy_maryland.py
The error is the sum of absolute errors over the sum of pupils (WAPE), year groups R to 5. There are two references, both
with three-year pooled survival of each school on its own: one with the same Reception forecast as the method tried, so that
only the progression is compared, and one with three-year survival from births to Reception as well. Base years 2009/10 to
2014/15, and 2017/18 to 2021/22, whose outcomes span 2020/21; 1 to 5 years ahead.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from common import Evidence, as_of, compared, maryland
from placeplan.years import Phase

PERIODS = {"2009/10-2014/15": range(2009, 2015), "2017/18-2021/22": range(2017, 2022)}
SURVIVAL = {"years": 3, "leave_out": []}
PLAIN = {"method": "cohort_survival", **SURVIVAL}
AHEAD = 5


def errors(made_by: dict[str, list[Evidence]], bases: Iterable[int]) -> pd.DataFrame:
    """Absolute errors and pupils by method and years ahead, summed over all districts.

    The method ``same intake`` takes Reception from ``ours`` and carries it up by the ratios of ``plain``.
    """
    rows = []
    for number in range(len(made_by["ours"])):
        for base in bases:
            forecasts = {name: as_of(sources[number], base) for name, sources in made_by.items()}
            source = made_by["ours"][number]
            ours, plain = (forecasts[name].stages[Phase.PRIMARY] for name in ("ours", "plain"))
            is_open = ours.base_roll.sum(axis=1) > 0
            cells = {
                name: {
                    ahead: compared(source, made, Phase.PRIMARY, ahead)
                    for ahead in range(1, min(AHEAD, source.last_year - base) + 1)
                }
                for name, made in forecasts.items()
            }
            mixed = _same_intake(forecasts["ours"].central[Phase.PRIMARY], plain.base_roll, plain.ratio)
            for ahead, cell in cells["ours"].items():
                seen = np.isfinite(cell.actual) & is_open[:, None]
                paths = {name: by_ahead[ahead].forecast for name, by_ahead in cells.items()}
                paths["same intake"] = mixed[:, :, ahead - 1]
                for name, forecast in paths.items():
                    miss = (forecast - cell.actual)[seen]
                    rows.append((name, ahead, np.abs(miss).sum(), miss.sum(), cell.actual[seen].sum()))
    table = pd.DataFrame(rows, columns=["method", "ahead", "error", "signed", "pupils"])
    return table.groupby(["method", "ahead"]).sum()


def _same_intake(central: np.ndarray, base_roll: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """Carry the Reception of ``central`` up by other ratios, (areas, year groups, years)."""
    mixed, before = central.copy(), base_roll
    for year in range(central.shape[2]):
        mixed[:, 1:, year] = before[:, :-1] * ratio[:, 1:, year]
        before = mixed[:, :, year]
    return mixed


def relative(bases: Iterable[int], **choices: object) -> pd.DataFrame:
    """WAPE by years ahead, and what part of either reference's it is."""
    made_by = {"ours": maryland(simulations=100, **choices), "plain": maryland(simulations=100, ratios=PLAIN)}
    found = errors(made_by, bases)
    wape = (found["error"] / found["pupils"]).unstack(0)
    bias = (found["signed"] / found["pupils"]).unstack(0)
    return pd.DataFrame(
        {
            "wape": wape["ours"],
            "to same intake": wape["ours"] / wape["same intake"],
            "to plain survival": wape["ours"] / wape["plain"],
            "bias": bias["ours"],
        }
    )


if __name__ == "__main__":
    for period, bases in PERIODS.items():
        print(f"\n{period}\n{relative(bases).round(3).to_string()}")
