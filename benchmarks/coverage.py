"""How often the 80% ranges hold: year groups and phase totals of areas, and the authority's totals, by years ahead.

Run: python benchmarks/coverage.py [england] [maryland]
Every forecast knows only what was known at its base year, its own calibration included. England: 77 authorities as areas,
base years 2015/16 to 2021/22. Maryland: elementary schools as areas, base years 2009/10 to 2014/15 and 2017/18 to 2021/22.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from common import ENGLAND, Evidence, as_of, compared, evidence, maryland
from placeplan.years import Phase

BASES = {"england": range(2015, 2022), "maryland": [*range(2009, 2015), *range(2017, 2022)]}
AHEAD = 5


def held(sources: Iterable[Evidence], bases: Iterable[int]) -> pd.DataFrame:
    """Share of outcomes inside p10 to p90 and their number, by years ahead and over all."""
    rows = [row for source in sources for base in bases for row in _cases(source, base)]
    table = pd.DataFrame(rows, columns=["ahead", "what", "inside", "cases"])
    by_ahead = table.groupby(["what", "ahead"])[["inside", "cases"]].sum()
    whole = table.groupby("what")[["inside", "cases"]].sum()
    whole.index = pd.MultiIndex.from_product([whole.index, ["all"]])
    summed = pd.concat([by_ahead, whole])
    return summed.assign(held=summed["inside"] / summed["cases"]).sort_index(
        key=lambda level: level.astype(str)
    )


def _cases(source: Evidence, base: int) -> Iterator[tuple[int, str, float, int]]:
    made = as_of(source, base)
    for phase in (Phase.PRIMARY, Phase.SECONDARY):
        if phase not in made.stages:
            continue
        has_pupils = made.stages[phase].base_roll.sum(axis=1) > 0
        for ahead in range(1, min(AHEAD, source.last_year - base) + 1):
            cells = compared(source, made, phase, ahead)
            low, high = cells.limits80
            inside = (cells.actual >= low[:, :-1]) & (cells.actual <= high[:, :-1])
            seen = np.isfinite(cells.actual) & has_pupils[:, None]
            yield ahead, "year groups", float(inside[seen].sum()), int(seen.sum())
            total = cells.actual.sum(axis=1)
            known = np.isfinite(total) & has_pupils
            within = (total >= low[:, -1]) & (total <= high[:, -1])
            yield ahead, "totals", float(within[known].sum()), int(known.sum())
            whole = made.tally.authority(phase)[:, 0, -1, ahead - 1]
            if np.isfinite(total).all():
                yield ahead, "authority", float(whole[1] <= total.sum() <= whole[3]), 1


if __name__ == "__main__":
    for name in sys.argv[1:] or list(BASES):
        sources = [evidence(ENGLAND, simulations=500)] if name == "england" else maryland(simulations=500)
        print(f"\n{name}\n{held(sources, BASES[name]).round(3).to_string()}")
