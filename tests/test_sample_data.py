"""The sample data are in the contract's form, agree with themselves, and come from their generator."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "sample_data" / "exampleshire"
GREATER_MANCHESTER = ROOT / "sample_data" / "greater_manchester"
NOT_MAINSTREAM = {"special", "special_academy", "pru", "ap_academy"}
STREAM = "bbfeab1cc0c6"
"""Digest of the draws of the numpy that made the committed sample."""


def table(name: str, folder: Path = SAMPLE) -> pd.DataFrame:
    return pd.read_csv(folder / f"{name}.csv", dtype=object, keep_default_na=False)


def contract() -> dict[str, list[dict[str, str]]]:
    text = files("placeplan").joinpath("data/tables.csv").read_text(encoding="utf-8")
    tables: dict[str, list[dict[str, str]]] = {}
    for row in csv.DictReader(text.splitlines()):
        tables.setdefault(row["table"], []).append(row)
    return tables


OWN_RULES = {"decision_rules", "rates", "confidence_table", "delay_table"}
"""Tables that take the place of what travels with the package; Exampleshire goes by that."""
CSV_TABLES = sorted(set(contract()) - {"boundaries", "control_totals"} - OWN_RULES)


def january() -> pd.DataFrame:
    """January rolls of mainstream schools: start year, year group and area beside pupils."""
    rolls, schools, sites = table("rolls"), table("schools").set_index("urn"), table("sites")
    rolls = rolls[(rolls["census"] == "january") & (rolls["pupils"] != "c")]
    rolls = rolls[~rolls["urn"].map(schools["type"]).isin(NOT_MAINSTREAM)]
    group = rolls["year_group"].replace("R", "0").astype(int)
    area = (
        rolls["urn"]
        .map(schools["primary_area"])
        .where(group < 7, rolls["urn"].map(schools["secondary_area"]))
    )
    by_site = {(row.urn, row.site_id): row.area_code for row in sites.itertuples()}
    area = [
        by_site.get(key, code)
        for key, code in zip(zip(rolls["urn"], rolls["site_id"], strict=True), area, strict=True)
    ]
    year = rolls["academic_year"].str[:4].astype(int)
    return rolls.assign(year=year, group=group, area=area, pupils=rolls["pupils"].astype(int))


def numpy_stream() -> str:
    """Digest of a few draws: a numpy that draws other numbers would make another county."""
    random = np.random.default_rng(1)
    drawn = [
        random.binomial(40, 0.3, 50), random.binomial(5000, 0.4, 50), random.poisson(3.5, 50),
        random.poisson(80, 50),
        random.multinomial(90, [0.2, 0.3, 0.5], 20), random.multivariate_hypergeometric([9, 30, 40], 25, 20),
        (random.normal(size=50) * 1e6).astype(int), (random.gamma(25, size=50) * 1e6).astype(int),
        random.integers(0, 2200, 50), random.choice(9, 50, p=np.full(9, 1 / 9)),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps([part.tolist() for part in drawn]).encode()).hexdigest()[:12]


def make(out: Path) -> None:
    script = ROOT / "sample_data" / "make_exampleshire.py"
    subprocess.run([sys.executable, str(script), "--out", str(out)], check=True)


@pytest.fixture(scope="module")
def remade(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("remade")
    make(out)
    return out


def test_generator_gives_the_same_files_twice(remade: Path, tmp_path: Path):
    make(tmp_path)
    for path in remade.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


@pytest.mark.skipif(
    numpy_stream() != STREAM, reason="this numpy draws other random numbers than the sample's"
)
def test_generator_gives_the_committed_files(remade: Path):
    made = {path.name for path in remade.iterdir()}
    assert made == {path.name for path in SAMPLE.iterdir()} - {"README.md"}
    for name in sorted(made):
        committed = (SAMPLE / name).read_bytes().replace(b"\r\n", b"\n")
        assert (remade / name).read_bytes() == committed, name


@pytest.mark.parametrize("name", CSV_TABLES)
def test_every_table_of_the_contract_has_rows_unique_keys_and_known_columns(name: str):
    rows, columns = table(name), contract()[name]
    assert len(rows) > 0
    assert set(rows.columns) <= {column["column"] for column in columns}
    needed = {c["column"] for c in columns if c["needed"] == "yes"}
    alternatives = {c["one_of"] for c in columns if c["form"] == "alternative"}
    needed -= {c["column"] for c in columns if c["one_of"] and c["one_of"] in alternatives}
    assert needed <= set(rows.columns)
    keys = {c["column"] for c in columns if c["key"] == "yes"} | {"financial_year"}
    keys &= set(rows.columns)
    if name != "admissions":
        assert not rows.duplicated(sorted(keys)).any()


def test_boundaries_hold_a_closed_outline_for_every_area():
    features = json.loads((SAMPLE / "boundaries.geojson").read_text(encoding="utf-8"))["features"]
    areas = table("areas")
    outlined = {(f["properties"]["area_code"], f["properties"]["phase"]) for f in features}
    assert outlined == set(zip(areas["area_code"], areas["phase"], strict=True))
    for feature in features:
        ring = feature["geometry"]["coordinates"][0]
        assert ring[0] == ring[-1]
        assert len(ring) > 4


def test_the_county_has_the_size_that_was_asked_for():
    areas, schools = table("areas"), table("schools")
    assert areas["phase"].value_counts().to_dict() == {"primary": 24, "secondary": 6}
    assert areas["district"].nunique() == 3
    assert 110 <= len(schools) <= 120
    maintained = {"community", "voluntary_controlled", "voluntary_aided", "foundation"}
    assert set(schools["type"]) >= {*maintained, "academy", "free_school", "utc", "studio", *NOT_MAINSTREAM}
    assert schools.loc[schools["trust"] != "", "trust"].nunique() >= 3
    assert table("rolls").query("census == 'january'")["academic_year"].nunique() == 12
    assert sum(path.stat().st_size for path in SAMPLE.iterdir()) < 2_500_000


def test_weights_of_each_ward_sum_to_one():
    lookup = table("geography_lookup")
    totals = lookup.assign(weight=lookup["weight"].astype(float)).groupby("geography_code")["weight"].sum()
    assert np.allclose(totals, 1)
    assert set(table("births")["geography_code"]) == set(totals.index)


def test_a_changed_urn_keeps_its_laestab_and_its_rolls_follow_on():
    schools, rolls = table("schools").set_index("urn"), table("rolls").query("census == 'january'")
    renamed = schools[schools["predecessor_urn"] != ""]
    assert len(renamed) == 2
    for urn, school in renamed.iterrows():
        before = schools.loc[school["predecessor_urn"]]
        assert school["laestab"] == before["laestab"]
        assert (
            rolls.loc[rolls["urn"] == school["predecessor_urn"], "academic_year"].max()
            == before["close_year"]
        )
        assert rolls.loc[rolls["urn"] == urn, "academic_year"].min() == school["open_year"]


def test_rolls_stay_inside_the_years_and_year_groups_of_their_school():
    rolls, schools = table("rolls"), table("schools").set_index("urn")
    group = rolls["year_group"].replace("R", "0").astype(int)
    low = rolls["urn"].map(schools["low_year"]).replace("R", "0").astype(int)
    high = rolls["urn"].map(schools["high_year"]).astype(int)
    assert ((group >= low) & (group <= high)).all()
    closes = rolls["urn"].map(schools["close_year"]).replace("", "9999/00")
    assert (rolls["academic_year"] <= closes).all()
    assert (rolls["academic_year"] >= rolls["urn"].map(schools["open_year"])).all()


def test_a_free_school_fills_from_the_bottom():
    schools = table("schools").set_index("school_name")
    urn = schools.loc["Newfield Garden Primary School", "urn"]
    rolls = january()
    counts = rolls[rolls["urn"] == urn].groupby("year")["group"].max()
    assert counts.to_dict() == {2020 + age: age for age in range(6)}


def test_cohorts_carry_on_as_in_a_real_county():
    rolls = january().groupby(["year", "group"])["pupils"].sum()
    for (year, group), pupils in rolls.items():
        if year > 2014 and group in {*range(1, 7), *range(8, 12)}:
            assert 0.96 <= pupils / rolls[year - 1, group - 1] <= 1.04, (year, group)


def test_births_and_primary_rolls_fall_since_the_middle_of_the_2010s():
    births = (
        table("births")
        .query("status == 'actual'")
        .astype({"births": int})
        .groupby("birth_year")["births"]
        .sum()
    )
    assert births["2024/25"] < 0.85 * births["2011/12"]
    reception = january().query("group == 0").groupby("year")["pupils"].sum()
    assert reception[2025] < 0.88 * reception[2016]


def test_reception_dipped_in_2020_and_came_back():
    births = (
        table("births")
        .query("status == 'actual'")
        .astype({"births": int})
        .groupby("birth_year")["births"]
        .sum()
    )
    reception = january().query("group == 0").groupby("year")["pupils"].sum()
    ratio = {
        year: reception[year] / births[f"{year - 5}/{(year - 4) % 100:02d}"] for year in range(2017, 2025)
    }
    assert ratio[2020] < min(ratio[year] for year in (2017, 2018, 2019, 2021, 2022, 2023))


def test_transfers_reconcile_with_year_six_and_year_seven():
    rolls = january().groupby(["area", "year", "group"])["pupils"].sum()
    moves = table("transfers")
    moves = moves.assign(year=moves["academic_year"].str[:4].astype(int), pupils=moves["pupils"].astype(int))
    changed = table("area_changes").set_index("old_area")["new_area"]
    origin = moves["from_area"].map(changed).fillna(moves["from_area"])
    into = moves[moves["to_area"] != "OUT"].groupby(["to_area", "year"])["pupils"].sum()
    assert all(rolls[area, year, 7] == pupils for (area, year), pupils in into.items())
    left = moves[origin != "OUT"].assign(area=origin).groupby(["area", "year"])["pupils"].sum()
    assert all(rolls[area, year - 1, 6] == pupils for (area, year), pupils in left.items())
    assert (moves["from_area"] == "OUT").any()
    assert (moves["to_area"] == "OUT").any()


def test_residents_of_an_area_are_not_more_than_its_pupils():
    homes = table("residence")
    homes = homes.assign(year=homes["academic_year"].str[:4].astype(int), pupils=homes["pupils"].astype(int),
                         group=homes["year_group"].replace("R", "0").astype(int))  # fmt: skip
    rolls = january().groupby(["area", "year", "group"])["pupils"].sum()
    told = homes.groupby(["area_code", "year", "group"])["pupils"].sum()
    assert all(pupils <= rolls[key] for key, pupils in told.items())


def test_change_of_plans_is_new_less_ceased():
    stock = table("specialist").astype({"pupils": int}).groupby("academic_year")["pupils"].sum()
    flows = (
        table("specialist_flows").astype({"pupils": int}).groupby(["academic_year", "flow"])["pupils"].sum()
    )
    for before, year in zip(stock.index[:-1], stock.index[1:], strict=True):
        assert stock[year] - stock[before] == flows[year, "new"] - flows[year, "ceased"], year


def test_planned_changes_are_of_every_kind_and_certainty():
    changes = table("planned_changes")
    kinds = {"expansion", "pan_change", "bulge", "new_school", "closure", "amalgamation", "unit"}
    assert set(changes["kind"]) == kinds
    assert set(changes["certainty"]) == {"certain", "firm", "proposed", "option"}
    assert set(table("housing")["status"]) == {
        "complete",
        "started",
        "full",
        "outline",
        "allocated",
        "windfall",
    }


def test_the_readme_says_that_it_is_made_up():
    assert "does not exist" in (SAMPLE / "README.md").read_text(encoding="utf-8")


def test_greater_manchester_is_ten_boroughs_with_attribution():
    areas, rolls = table("areas", GREATER_MANCHESTER), table("rolls", GREATER_MANCHESTER)
    assert areas["phase"].value_counts().to_dict() == {"primary": 10, "secondary": 10}
    assert set(rolls["area_code"]) == set(areas["area_code"])
    assert rolls.groupby("area_code")["academic_year"].nunique().unique().tolist() == [12]
    readme = (GREATER_MANCHESTER / "README.md").read_text(encoding="utf-8")
    assert "Open Government Licence v3.0" in readme
