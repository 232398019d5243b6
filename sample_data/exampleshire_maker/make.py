"""Makes every file of the sample; each table has random numbers of its own, so that none disturbs another."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from exampleshire_maker import evidence_tables as evidence
from exampleshire_maker import hand_written
from exampleshire_maker import mainstream_tables as mainstream
from exampleshire_maker import school_tables as buildings
from exampleshire_maker import supply_tables as supply
from exampleshire_maker.boundaries import boundaries, make_points
from exampleshire_maker.calendar import SEED
from exampleshire_maker.mainstream_tables import Rows
from exampleshire_maker.pupils import simulate
from exampleshire_maker.specialist import high_needs_rolls, simulate_plans
from exampleshire_maker.writing import write_json, write_table

_COLUMNS = Path(__file__).with_name("columns.csv")


def _stream(number: int) -> np.random.Generator:
    return np.random.default_rng([SEED, number])


def make_tables() -> dict[str, Rows]:
    """Return the rows of every table, by name."""
    county, plans = simulate(_stream(0)), simulate_plans(_stream(1))
    high_needs = high_needs_rolls(county.provisions, plans, _stream(2))
    return {
        "areas": buildings.areas(),
        "area_changes": buildings.area_changes(),
        "schools": buildings.schools(county, _stream(3)),
        "sites": buildings.sites(county, _stream(4)),
        "rolls": mainstream.with_plans(
            mainstream.rolls(county, high_needs, _stream(5)), county, plans, _stream(13)
        ),
        "births": mainstream.births(county),
        "preschool": mainstream.preschool(county, _stream(6)),
        "geography_lookup": mainstream.geography_lookup(county),
        "transfers": mainstream.transfers(county),
        "residence": mainstream.residence(county),
        "preferences": mainstream.preferences(county),
        "housing": supply.housing(),
        "past_completions": mainstream.past_completions(county),
        "yields": supply.yields(),
        "capacity": supply.capacity(county, _stream(7)),
        "admission_numbers": supply.admission_numbers(county),
        "planned_changes": hand_written.planned_changes(county.provisions),
        "adjustments": list(hand_written.read("adjustments")),
        "proposals": list(hand_written.read("proposals")),
        "specialist": evidence.specialist(plans, _stream(8)),
        "specialist_flows": evidence.specialist_flows(plans),
        "specialist_places": evidence.specialist_places(county, high_needs),
        "ap_flows": evidence.ap_by_school(evidence.ap_flows(_stream(9)), county, _stream(12)),
        "admissions": evidence.admissions(county, _stream(10)),
        "previous_forecasts": evidence.previous_forecasts(county),
    }


def table_columns() -> dict[str, list[str]]:
    """Return the columns of every table in the order in which they are written."""
    with _COLUMNS.open(encoding="utf-8", newline="") as lines:
        return {row["table"]: row["columns"].split() for row in csv.DictReader(lines)}


def write_exampleshire(folder: Path) -> None:
    """Write every file of the sample into a folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = table_columns()
    for name, rows in make_tables().items():
        write_table(folder, name, columns[name], rows)
    write_json(folder, "boundaries.geojson", boundaries(make_points(_stream(11))))
