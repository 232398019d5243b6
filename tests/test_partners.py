"""Totals of trusts and dioceses are those of their schools, and their ranges are those of the totals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeplan.results import Result

KEYS = ["name", "phase", "academic_year"]


def by_partner(result: Result, kind: str) -> pd.DataFrame:
    """Rolls, places and schools from schools.csv, added up over the schools of each partner."""
    rows = result.frames["schools"]
    rows = rows[(rows["year_group"] == "total") & (rows[kind] != "")].rename(columns={kind: "name"})
    whole = rows.groupby(KEYS)[["roll", "places"]].sum(min_count=1)
    return whole.assign(schools=rows.groupby(KEYS)["urn"].nunique())


def test_pupils_and_places_are_those_of_the_schools(exampleshire: Result) -> None:
    table = exampleshire.frames["partners"]
    assert set(table["kind"]) == {"trust", "diocese"}
    for kind, rows in table.groupby("kind"):
        expected = by_partner(exampleshire, str(kind))
        found = rows.set_index(KEYS)
        assert set(found.index) == set(expected.index)
        expected = expected.loc[found.index]
        np.testing.assert_allclose(found["pupils"].astype(float), expected["roll"].astype(float))
        np.testing.assert_array_equal(found["schools"].astype(int), expected["schools"])
        known = found["places"].notna()
        np.testing.assert_allclose(found["places"][known], expected["places"][known].astype(float))
        np.testing.assert_allclose(found["surplus"][known], (found["places"] - found["pupils"])[known])


def test_ranges_are_of_the_total_and_blank_in_the_base_year(exampleshire: Result) -> None:
    table = exampleshire.frames["partners"]
    base = table["academic_year"] == str(exampleshire.base_year)
    assert table.loc[base, ["p10", "p50", "p90"]].isna().all(axis=None)
    ahead = table[~base]
    assert ((ahead["p10"] < ahead["p50"]) & (ahead["p50"] < ahead["p90"])).all()
    schools = exampleshire.frames["forecast"]
    schools = schools[(schools["geography"] == "school") & (schools["year_group"] == "total")]
    trust = exampleshire.frames["schools"].drop_duplicates("urn").set_index("urn")["trust"]
    schools = schools.assign(name=schools["code"].map(trust))
    widths = schools.assign(width=schools["p90"] - schools["p10"]).groupby(KEYS)["width"]
    apart = widths.sum()
    squares = widths.apply(lambda width: float(np.sqrt((width**2).sum())))
    total = ahead[ahead["kind"] == "trust"].set_index(KEYS)
    total = total[total["schools"] > 1]
    together = total["p90"] - total["p10"]
    assert len(together) > 10
    assert (together < apart.loc[together.index]).all()
    assert (together > 0.8 * squares.loc[together.index]).all()


def test_a_partner_of_one_school_has_the_range_of_that_school(exampleshire: Result) -> None:
    table = exampleshire.frames["partners"]
    single = table[(table["schools"] == 1) & table["p10"].notna()]
    assert len(single)
    schools = exampleshire.frames["schools"].drop_duplicates(["urn", "phase"])
    forecast = exampleshire.frames["forecast"]
    forecast = forecast[(forecast["geography"] == "school") & (forecast["year_group"] == "total")]
    forecast = forecast.set_index(["code", "phase", "academic_year"])
    for row in single.itertuples():
        own = schools[(schools[row.kind] == row.name) & (schools["phase"] == row.phase)]
        school = forecast.loc[own["urn"].iloc[0], row.phase, row.academic_year]
        np.testing.assert_allclose(
            [row.p10, row.p50, row.p90], school[["p10", "p50", "p90"]].astype(float), rtol=1e-6
        )
