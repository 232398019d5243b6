"""Work out plans per pupil and the speed of convergence in src/placeplan/data/england_plans.csv.

Run: python benchmarks/send_national.py
The convergence of a year rests on the growths from 2013 up to that year, so that a forecast made then could have used it:
minus the slope of each authority's growth on its plans per pupil a year before, both in logs less the year's mean, growths
held within 15 per cent of that mean.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from send_common import plans, pupils

FILE = Path(__file__).resolve().parent.parent / "src" / "placeplan" / "data" / "england_plans.csv"
FIRST_GROWTH, FIRST_YEAR, LAST_YEAR = 2013, 2014, 2023
WITHIN = 0.15


def plans_per_pupil(year: int) -> float:
    """Return plans for each pupil over the authorities that have both."""
    known = plans()[year].notna()
    return float(plans()[year][known].sum() / pupils()[year][known].sum())


def convergence(last: int) -> float:
    """Return the share of the difference in plans per pupil that closed in a year, from growths up to ``last``."""
    rich, grown = [], []
    for year in range(FIRST_GROWTH, last + 1):
        before = np.log(plans()[year - 1] / pupils()[year - 1])
        growth = np.log(plans()[year] / plans()[year - 1])
        known = before.notna() & growth.notna()
        rich.append(before[known] - before[known].mean())
        grown.append((growth[known] - growth[known].mean()).clip(-WITHIN, WITHIN))
    apart, faster = np.concatenate(rich), np.concatenate(grown)
    return max(0.0, -float(apart @ faster) / float(apart @ apart))


def worked_out(year: int) -> dict[str, str]:
    """Return the two columns of a year, blank where the data do not reach."""
    has_pupils = year in pupils().columns
    return {
        "plans_per_pupil": f"{plans_per_pupil(year):.6f}" if has_pupils else "",
        "convergence": f"{convergence(year):.3f}" if FIRST_YEAR <= year <= LAST_YEAR else "",
    }


def main() -> None:
    """Write the two columns, all else as it was."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = [{**row, **worked_out(int(row["year"]))} for row in csv.DictReader(file)]
    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
