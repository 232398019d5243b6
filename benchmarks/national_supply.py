"""Time places, balance and chances of shortfall of every school and planning area of England, with a made demand.

Run: python benchmarks/national_supply.py (after installing placeplan into the same Python)
20,115 schools and 3,477 planning areas of May 2015 (see made_country); their capacities are real. Where figures come from
and how old they are, 300 planned changes, and the draws of demand are made from a fixed seed: 1,000 draws, 7 years ahead.
Seconds of one process, reading of tables and making of demand left aside.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from made_country import LAST_YEAR, SEED, made_country, write_tables
from placeplan.project import load_project
from placeplan.register import Register, build_register
from placeplan.run import read_and_check
from placeplan.sufficiency import Shortfall
from placeplan.supply.balance import AreaPlaces, area_places
from placeplan.supply.changes import planned_changes
from placeplan.supply.delays import delay_shares
from placeplan.supply.draws import SupplyDraws, uncertain_changes
from placeplan.supply.figures import figure_evidence
from placeplan.supply.places import site_places
from placeplan.tables import Inputs, typed_table
from placeplan.years import YEAR_GROUP_COUNT, AcademicYear, Phase

AHEAD, DRAWS, AREAS, CHANGES = 7, 1000, 3477, 300
AREAS_DRAWN_AT_ONCE = 400
SOURCES = ("net capacity assessment", "funding agreement", "school return", "estimate")
KINDS = ("expansion", "closure", "bulge", "pan_change")
BASE = AcademicYear(LAST_YEAR)


def country_inputs(random: np.random.Generator) -> Inputs:
    """Tables of the country, capacities with made sources and dates, and made planned changes."""
    with tempfile.TemporaryDirectory() as folder:
        write_tables(made_country(), Path(folder), AREAS, True)
        inputs = read_and_check(load_project(Path(folder)))
    capacity = inputs.table("capacity").copy()
    days = pd.to_timedelta(random.integers(0, 4000, len(capacity)), "D")
    capacity["source"] = random.choice(np.array(SOURCES, dtype=object), len(capacity))
    capacity["verified_on"] = pd.Timestamp("2004-01-01") + days
    changes = pd.DataFrame(
        {
            "change_id": [f"C{place}" for place in range(CHANGES)],
            "kind": random.choice(KINDS, CHANGES),
            "start_year": LAST_YEAR + random.integers(1, AHEAD, CHANGES),
            "places": 15.0,
            "urn": random.choice(inputs.table("schools")["urn"].to_numpy(), CHANGES, replace=False),
            "certainty": random.choice(["firm", "proposed"], CHANGES),
        }
    )
    more = {"capacity": capacity, "planned_changes": typed_table("planned_changes", changes)}
    return Inputs({**inputs.tables, **more})


def base_rolls(inputs: Inputs, register: Register) -> np.ndarray:
    """Pupils of the last year by site and year group."""
    rolls = inputs.table("rolls")
    rolls = rolls[rolls["academic_year"] == LAST_YEAR]
    site = register.locate(rolls["urn"], rolls["site_id"])
    found = np.zeros((len(register.sites), YEAR_GROUP_COUNT))
    found[site, rolls["year_group"].to_numpy(int)] = rolls["pupils"].to_numpy(float)
    return found


def by_area(register: Register, roll: np.ndarray) -> np.ndarray:
    areas = register.site_areas()
    site, group = np.nonzero(areas >= 0)
    found = np.zeros((len(register.areas), YEAR_GROUP_COUNT))
    np.add.at(found, (areas[site, group], group), roll[site, group])
    return found


def balance(inputs: Inputs, register: Register, roll: np.ndarray) -> tuple[AreaPlaces, SupplyDraws]:
    """Places of every area with planned changes and doubts, and what may make them others."""
    project = load_project(Path(__file__).resolve().parent.parent / "configs" / "exampleshire.yaml")
    measure, fallback = project.places.measure, list(project.places.fallback)
    sites = site_places(inputs, register, BASE, AHEAD, roll, measure, fallback, BASE)
    evidence = figure_evidence(inputs, register, BASE, sites.years, BASE)
    table, likely = inputs.table("planned_changes"), project.delivery_probability
    changes = planned_changes(table, register, sites, likely, delay_shares(inputs))
    occupied = np.repeat((roll > 0)[:, :, None], AHEAD + 1, axis=2)
    places = area_places(register, sites, changes, occupied, by_area(register, roll) > 0, evidence)
    return places, SupplyDraws(register, places, uncertain_changes(changes), SEED)


def chances(places: AreaPlaces, supply: SupplyDraws, roll: np.ndarray, random: np.random.Generator) -> float:
    """Seconds in which made draws of demand meet the draws of places."""
    shortfall, demand, took = Shortfall(places, supply), by_area(supply.register, roll), 0.0
    for phase in Phase:
        groups, rows = list(phase.year_groups), supply.register.area_rows(phase)
        for start in range(0, len(rows), AREAS_DRAWN_AT_ONCE):
            some = rows[start : start + AREAS_DRAWN_AT_ONCE]
            noise = random.standard_normal((len(some), len(groups), AHEAD, DRAWS), dtype=np.float32)
            pupils = demand[some][:, groups, None, None].astype(np.float32) * np.exp(np.float32(0.04) * noise)
            started = time.perf_counter()
            shortfall.of(some, groups, pupils)
            took += time.perf_counter() - started
    return took


def main() -> None:
    random = np.random.default_rng(SEED)
    inputs = country_inputs(random)
    register = build_register(inputs, BASE)
    roll = base_rolls(inputs, register)
    started = time.perf_counter()
    places, supply = balance(inputs, register, roll)
    took = time.perf_counter() - started
    doubtful = int(((places.down > 0) | (places.up > 0)).any(axis=(1, 2)).sum())
    print(
        f"{len(register.sites):,} school sites, {doubtful:,} of them in doubt, {len(register.areas):,} areas"
    )
    print(f"places and balance {took:.1f} s")
    print(f"chances of shortfall {chances(places, supply, roll, random):.1f} s")


if __name__ == "__main__":
    main()
