"""The figures that a verdict on a method is made of, each a small frame; the words for them are made elsewhere.

``against``   geography, phase, own, reference (mape of all phase totals, every case alike), closer (share of cases in which
              the own method came nearer), n
``standing``  phase, horizon, own (mape of the authority), n, p25, p50, p75 of published errors, test_years
``lean``      phase, origins, above (origins whose errors average above 0), mean, size, alarm
``holding``   geography, kind (``totals`` or ``year groups``), coverage80, coverage90, n
``hard_years`` phase, target_year, n, error, size, same_side, typical, hard, reason (of a known shock year): one year ahead,
              by areas' phase totals

A forecast leans if, by the sign test, so many origins on one side would come about by chance at most once in ten, and what
they share is at least half of the error. Origins overlap, so this is an alarm and no proof. A year is hard if its mean
absolute error is at least half as large again as that of the middle year.
"""

from __future__ import annotations

from math import comb

import numpy as np
import pandas as pd

from placeplan.bands import published_bands
from placeplan.demand.shocks import known_shocks
from placeplan.evidence.measures import GEOGRAPHIES, totals
from placeplan.years import AcademicYear

CHANCE_OF_LEAN = 0.10
SHARED_PART = 0.5
HARD = 1.5
AGAINST = ["geography", "phase", "own", "reference", "closer", "n"]


def verdict_frames(
    cells: pd.DataFrame, summed: pd.DataFrame, own: str, reference: str
) -> dict[str, pd.DataFrame]:
    """Return the frames named above for the project's own method."""
    mine = totals(cells[cells["method"] == own])
    return {
        "against": _against(mine, totals(cells[cells["method"] == reference]))
        if own != reference
        else _nothing(),
        "standing": _standing(summed[summed["method"] == own]),
        "lean": _lean(mine[mine["geography"] == "authority"]),
        "holding": _holding(summed[summed["method"] == own]),
        "hard_years": _hard_years(mine[(mine["geography"] == "area") & (mine["horizon"] == 1)]),
    }


def _nothing() -> pd.DataFrame:
    return pd.DataFrame(columns=AGAINST)


def _against(mine: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    keys = ["origin", "horizon", "geography", "code", "phase"]
    both = mine.merge(theirs[[*keys, "size"]], on=keys, suffixes=("", "_reference")).dropna(subset=["size"])
    both["closer"] = both["size"] < both["size_reference"]
    found = both.groupby(["geography", "phase"], sort=False).agg(
        own=("size", "mean"),
        reference=("size_reference", "mean"),
        closer=("closer", "mean"),
        n=("closer", "count"),
    )
    return found.reset_index()[AGAINST]


def _standing(summed: pd.DataFrame) -> pd.DataFrame:
    authority = summed[summed["geography"] == "authority"].rename(columns={"mape": "own"})
    found = authority.dropna(subset=["own"]).merge(published_bands(), on=["phase", "horizon"])
    return found[["phase", "horizon", "own", "n", "p25", "p50", "p75", "test_years"]]


def _lean(authority: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for phase, errors in authority.dropna(subset=["error"]).groupby("phase", sort=False):
        by_origin = errors.groupby("origin")["error"].mean().dropna()
        above, count = int((by_origin > 0).sum()), len(by_origin)
        mean, size = float(errors["error"].mean()), float(errors["size"].mean())
        alarm = (
            sign_test(max(above, count - above), count) <= CHANCE_OF_LEAN and abs(mean) >= SHARED_PART * size
        )
        rows.append((phase, count, above, mean, size, alarm))
    return pd.DataFrame(rows, columns=["phase", "origins", "above", "mean", "size", "alarm"])


def sign_test(most: int, count: int) -> float:
    """Return the chance that a fair coin shows one side at least ``most`` times in ``count`` throws, either side."""
    if count == 0:
        return 1.0
    return min(1.0, 2.0 * sum(comb(count, heads) for heads in range(most, count + 1)) / 2.0**count)


def _holding(summed: pd.DataFrame) -> pd.DataFrame:
    """Coverage over all phases and horizons, every case alike."""
    rows = []
    for geography in GEOGRAPHIES:
        here = summed[summed["geography"] == geography]
        for kind, ending, count in (("totals", "", "n"), ("year groups", "_year_groups", "cells")):
            weight = here[count].fillna(0.0).to_numpy(float)
            if weight.sum() > 0:
                covered = [
                    float(np.nansum(here[f"coverage{share}{ending}"].to_numpy(float) * weight) / weight.sum())
                    for share in (80, 90)
                ]
                rows.append((geography, kind, *covered, int(weight.sum())))
    return pd.DataFrame(rows, columns=["geography", "kind", "coverage80", "coverage90", "n"])


def _hard_years(areas: pd.DataFrame) -> pd.DataFrame:
    columns = ["phase", "target_year", "n", "error", "size", "same_side", "typical", "hard", "reason"]
    known = areas.dropna(subset=["error"])
    known = known.assign(above=known["error"] > 0)
    found = known.groupby(["phase", "target_year"], sort=False).agg(
        n=("size", "count"), error=("error", "mean"), size=("size", "mean"), above=("above", "mean")
    )
    found["same_side"] = np.maximum(found["above"], 1.0 - found["above"])
    found["typical"] = found.groupby(level="phase")["size"].transform("median")
    counted = found.groupby(level="phase")["size"].transform("count")
    found["hard"] = (found["size"] >= HARD * found["typical"]) & (counted > 2)
    found = found.reset_index()
    reasons = {str(AcademicYear(year)): reason for year, reason in known_shocks().items()}
    return found.assign(reason=[reasons.get(year, "") for year in found["target_year"]])[columns]
