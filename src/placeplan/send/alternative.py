"""Pupils in alternative provision month by month: entries, how long they stay, with and without a plan."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import poisson

from placeplan.arrays import Array
from placeplan.send.disclosure import hidden_cells, setting_of

MONTHS = ("September", "October", "November", "December", "January", "February", "March", "April", "May", "June",
          "July", "August")  # fmt: skip
WEEKS_OF_A_MONTH = 365.25 / 7 / 12
COLUMNS = ["phase", "month", "years", "entries", "pupils", "with_plan", "without_plan", "p10", "p90"]


def alternative_table(ap_flows: pd.DataFrame) -> pd.DataFrame:
    """Return send_alternative.csv: pupils in alternative provision in a usual year, by phase and month.

    A usual year is the mean of the last years known. With a Poisson number of entries the pupils present are Poisson
    with mean entries times stay (the queue without a limit, M/G/infinity), which the range is taken from. Rows without
    a month or length of stay are left out. A pupil counts where they entered: one registered twice is counted once.
    Small counts of entries are blank, and who has a plan where few have one or few have none.
    """
    known = ap_flows[ap_flows["mean_weeks"].notna() & ap_flows["month"].str.strip().str.title().isin(MONTHS)]
    rows: list[tuple[object, ...]] = []
    last = known["academic_year"].max()
    recent = known[known["academic_year"] > last - setting_of("recent_years")]
    years = recent["academic_year"].nunique()
    for phase, own in recent.groupby("phase", sort=True):
        plans = own["with_plan"].fillna(0.0).to_numpy(dtype=float)
        entries = own["entries"].to_numpy(dtype=float)
        month = np.array([MONTHS.index(str(name).strip().title()) for name in own["month"]])
        stay = present(month, own["mean_weeks"].to_numpy(dtype=float))
        counted, lowest = np.bincount(month, entries, minlength=12), setting_of("lowest_shown")
        usual = np.where(hidden_cells(counted, lowest), np.nan, counted / years)
        with_plan, without = plans @ stay / years, (entries - plans) @ stay / years
        both = with_plan + without
        if any(0 < count < lowest for count in (plans.sum(), (entries - plans).sum())):
            with_plan, without = np.full(12, np.nan), np.full(12, np.nan)
        low, high = poisson.ppf(0.1, both), poisson.ppf(0.9, both)
        for at, name in enumerate(MONTHS):
            rows.append(
                (phase, name, years, usual[at], both[at], with_plan[at], without[at], low[at], high[at])
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def present(month: Array, weeks: Array) -> Array:
    """Return how much of each month of a year (12) one entry in ``month`` (0 = September) is there, (entries, 12).

    A stay of ``weeks`` counts the month of entry first; what lasts beyond August fills the autumn, as stays of the year
    before do. The sum over months is the stay in months.
    """
    months = weeks / WEEKS_OF_A_MONTH
    found = np.zeros((len(month), 12))
    for later in range(int(np.ceil(months.max(initial=0.0)))):
        np.add.at(
            found, (np.arange(len(month)), (month.astype(int) + later) % 12), np.clip(months - later, 0, 1)
        )
    return found
