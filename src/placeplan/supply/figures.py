"""What each figure of places rests on: its source, how long ago it was verified, and the range that it may really lie in.

A table gives confidence and range by source and age (``data/supply_confidence.csv``, or the project's own table
``confidence_table``): low and high are shares of the stated figure. A figure that is disputed or was never verified has the
wider of that range and its source's own, and the lesser of the two confidences. The stated figure stays the central one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.register import Register
from placeplan.supply.places import MEASURES
from placeplan.tables import Inputs, built_in_table
from placeplan.years import AcademicYear

RATINGS = ("low", "medium", "high")
NOT_STATED, NOT_VERIFIED, DISPUTED, ADMISSION_NUMBER = (
    "not stated", "not verified", "disputed", "admission number",
)  # fmt: skip
CENSUS_DAY = (1, 15)
DAYS_A_YEAR = 365.25


@dataclass(frozen=True)
class Evidence:
    """What one measure rests on, (sites, years): ``rating``, ``source`` and ``verified_on`` blank where nothing is known.

    ``low`` and ``high`` are shares of the figure, both 1 where it is a number. ``row`` tells one statement from the next,
    -1 for none.
    """

    row: Array
    source: Array
    verified_on: Array
    rating: Array
    low: Array
    high: Array


def figure_evidence(
    inputs: Inputs, register: Register, base_year: AcademicYear, years: Array, determined_to: AcademicYear
) -> dict[str, Evidence]:
    """Return what each measure rests on, by its name; ages are counted to the census of the base year."""
    table = confidence_table(inputs)
    census = np.datetime64(f"{int(base_year) + 1}-{CENSUS_DAY[0]:02d}-{CENSUS_DAY[1]:02d}")
    found = {}
    for measure in MEASURES:
        name = "admission_numbers" if measure == "pan" else "capacity"
        rows = inputs.table(name)
        rows = rows[(rows["academic_year"] <= determined_to) & rows[measure].notna()]
        rated = _rated_numbers(rows, table) if measure == "pan" else _rated(rows, table, census)
        found[measure] = _by_site(rated, rows, register, years, carried_back=measure == "pan")
    return found


def confidence_table(inputs: Inputs) -> pd.DataFrame:
    """Return the rows of placeplan's own table, those of each kind of figure replaced by the project's if it has any."""
    own = built_in_table("confidence_table", "supply_confidence.csv")
    given = inputs.table("confidence_table")
    if given.empty:
        return own
    kept = own[~own["figure"].isin(set(given["figure"]))]
    return pd.concat([given, kept], ignore_index=True)


def _rated(rows: pd.DataFrame, table: pd.DataFrame, census: np.datetime64) -> pd.DataFrame:
    """Rate every row of the table capacity by source and age, then by what else is in doubt about it."""
    verified = rows["verified_on"].to_numpy("datetime64[ns]")
    dated = ~np.isnat(verified)
    days = (census.astype("datetime64[D]") - verified.astype("datetime64[D]")).astype(np.int64)
    age = np.where(dated, days / DAYS_A_YEAR, 0.0)
    source = rows["source"].to_numpy(dtype=object)
    grade, low, high = _looked_up(np.where(source == "", NOT_STATED, source), age, table)
    for doubt, holds in ((NOT_VERIFIED, ~dated), (DISPUTED, (rows["disputed"] == "yes").to_numpy())):
        more = _looked_up(np.full(len(rows), doubt, dtype=object), age, table)
        grade = np.where(holds, np.minimum(grade, more[0]), grade)
        low = np.where(holds, np.minimum(low, more[1]), low)
        high = np.where(holds, np.maximum(high, more[2]), high)
    return pd.DataFrame({"source": source, "verified": verified, "grade": grade, "low": low, "high": high})


def _rated_numbers(rows: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Admission numbers are published: their age says nothing against them."""
    source = np.full(len(rows), ADMISSION_NUMBER, dtype=object)
    grade, low, high = _looked_up(source, np.zeros(len(rows)), table)
    never = np.full(len(rows), np.datetime64("NaT", "ns"))
    return pd.DataFrame({"source": source, "verified": never, "grade": grade, "low": low, "high": high})


def _looked_up(figure: Array, age: Array, table: pd.DataFrame) -> tuple[Array, Array, Array]:
    """Rating (its place in ``RATINGS``), low and high of each figure by its age: the first row that reaches so far."""
    found = tuple(np.full(len(figure), value) for value in (0.0, 1.0, 1.0))
    kinds = table["figure"].to_numpy(dtype=object)
    for kind in set(figure.tolist()) & set(kinds.tolist()):
        rows = table[kinds == kind].sort_values("years", na_position="last")
        here = figure == kind
        place = np.searchsorted(rows["years"].fillna(np.inf).to_numpy(), age[here], side="left")
        place = np.minimum(place, len(rows) - 1)
        grades = rows["rating"].map({word: grade for grade, word in enumerate(RATINGS)}).to_numpy(float)
        for into, values in zip(found, (grades, rows["low"], rows["high"]), strict=True):
            into[here] = np.asarray(values, dtype=float)[place]
    return found[0], found[1], found[2]


def _by_site(
    rated: pd.DataFrame, rows: pd.DataFrame, register: Register, years: Array, carried_back: bool
) -> Evidence:
    """Take for each site and year the last row so far; of several in one year the least sure.

    A site without a row of its own rests on that of its school. Admission numbers also hold before the first.
    """
    at = _row_of(rated, rows, register, years, carried_back)
    known, row = at >= 0, np.maximum(at, 0)

    def taken(name: str, blank: Any) -> Array:
        values = rated[name].to_numpy()
        if not len(values):
            return np.full(at.shape, blank, dtype=values.dtype)
        chosen: Array = np.where(known, values[row], blank)
        return chosen

    words = np.array([*RATINGS, ""], dtype=object)
    return Evidence(
        row=at,
        source=taken("source", ""),
        verified_on=taken("verified", np.datetime64("NaT", "ns")),
        rating=words[np.where(known, taken("grade", 0.0), len(RATINGS)).astype(int)],
        low=taken("low", 1.0),
        high=taken("high", 1.0),
    )


def _row_of(
    rated: pd.DataFrame, rows: pd.DataFrame, register: Register, years: Array, carried_back: bool
) -> Array:
    """Position in ``rated`` of the row that each site rests on in each year, -1 for none."""
    site = register.locate(rows["urn"], rows["site_id"])
    year = rows["academic_year"].to_numpy(np.int64)
    least_sure_last = np.lexsort((rated["high"] - rated["low"], -rated["grade"], year))
    at = np.full((len(register.sites), len(years)), -1)
    for place in range(len(years)):
        so_far = least_sure_last[(year[least_sure_last] <= years[place]) & (site[least_sure_last] >= 0)]
        at[site[so_far], place] = so_far
    if carried_back:
        first = least_sure_last[::-1][site[least_sure_last[::-1]] >= 0]
        earliest = np.full(len(register.sites), -1)
        earliest[site[first]] = first
        at = np.where(at < 0, earliest[:, None], at)
    for places in register.several_sites.values():
        at[places] = np.where(at[places] < 0, at[places[0]], at[places])
    return at
