"""Work out what authorities have in common in src/placeplan/data/england_plans.csv, by year.

Run: python benchmarks/send_national.py
Growth of the typical authority: mean of the authorities' growths in logs, each held within 15 per cent of that mean.
Convergence and persistence of a year rest on the growths from 2013 up to that year, so that a forecast made then could have
used them: a regression of each authority's growth on its plans per pupil and its growth a year before, all in logs less
the year's mean, growths held within 15 per cent. Pupils are known up to January 2023; plans per pupil of later years are
over those pupils, and no regression rests on a later one.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.send.totals import WITHIN, National
from send_common import plans, pupils

FILE = Path(__file__).resolve().parent.parent / "src" / "placeplan" / "data" / "england_plans.csv"
FIRST_GROWTH, FIRST_YEAR = 2013, 2014


def growth(year: int, of: pd.Index | None = None) -> Array:
    """Return each authority's log growth to ``year``, NaN where not known."""
    own = plans() if of is None else plans().loc[of]
    return np.log(own[year] / own[year - 1]).to_numpy(dtype=float)


def held(growths: Array) -> Array:
    """Return growths held within 15 per cent of their mean."""
    mean = float(np.nanmean(growths))
    return np.clip(growths, mean - WITHIN, mean + WITHIN)


def plans_per_pupil(year: int, of: pd.Index | None = None) -> float:
    """Return plans for each pupil over the authorities that have both; pupils of the last year known, if need be."""
    last = min(year, max(pupils().columns))
    both = pd.concat([plans()[year], pupils()[last]], axis=1).dropna()
    sums = (both if of is None else both.loc[both.index.intersection(of)]).sum().to_numpy(dtype=float)
    return float(sums[0] / sums[1])


def shared(last: int, of: pd.Index | None = None) -> tuple[float, float]:
    """Return convergence and persistence from growths up to ``last``."""
    seen, grown = [], []
    for year in range(FIRST_GROWTH, last + 1):
        if year - 1 not in pupils().columns:
            continue
        rich = np.log(plans()[year - 1] / pupils()[year - 1])
        rich = rich if of is None else rich.loc[of]
        cells = np.stack([rich.to_numpy(dtype=float), held(growth(year - 1, of)), held(growth(year, of))])
        cells = cells - np.nanmean(cells, axis=1, keepdims=True)
        known = ~np.isnan(cells).any(axis=0)
        seen.append(cells[:2, known])
        grown.append(cells[2, known])
    (slope, carried), *_ = np.linalg.lstsq(np.concatenate(seen, axis=1).T, np.concatenate(grown), rcond=None)
    return max(0.0, -float(slope)), max(0.0, float(carried))


def known_from(of: pd.Index, year: int) -> National:
    """Return what some authorities alone tell of a year."""
    own = float(np.nanmean(held(growth(year, of))))
    return National(year, own, plans_per_pupil(year, of), *shared(year, of))


def worked_out(year: int) -> dict[str, str]:
    """Return the four columns of a year, blank where the data do not reach."""
    convergence, persistence = shared(year) if year >= FIRST_YEAR else (np.nan, np.nan)
    return {
        "typical_growth": f"{np.nanmean(held(growth(year))):.5f}" if year - 1 in plans().columns else "",
        "plans_per_pupil": f"{plans_per_pupil(year):.6f}" if year >= min(pupils().columns) else "",
        "convergence": f"{convergence:.3f}" if year >= FIRST_YEAR else "",
        "persistence": f"{persistence:.3f}" if year >= FIRST_YEAR else "",
    }


def main() -> None:
    """Write the four columns, all else as it was."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = [{**row, **worked_out(int(row["year"]))} for row in csv.DictReader(file)]
    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
