"""Places by religious character, gender and selection of the schools, as far as the schools table says so."""

from __future__ import annotations

import pandas as pd

from placeplan.tables import Inputs, output_columns

CHARACTERISTICS = ("denomination", "gender", "selective")
NOT_STATED = "not stated"
_SELECTIVE = {"yes": "selective", "no": "not selective"}


def provision_table(schools: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """provision.csv: places and roll of the schools of each kind by phase and year, from schools.csv.

    A characteristic that no school states is left out; places are blank where those of one school are not known.
    """
    totals = schools[schools["year_group"] == "total"]
    parts = [_of(name, totals, inputs) for name in CHARACTERISTICS]
    columns = list(output_columns("provision"))
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=columns, dtype=object)
    return pd.concat(filled, ignore_index=True)[columns]


def _of(characteristic: str, totals: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    table = inputs.table("schools")
    stated = {
        urn: _SELECTIVE.get(word, word.strip()[:1].upper() + word.strip()[1:])
        for urn, word in zip(table["urn"], table[characteristic], strict=True)
        if word.strip()
    }
    if not stated:
        return pd.DataFrame()
    group = totals["urn"].map(stated).fillna(NOT_STATED)
    keys = ["scenario", "phase", "academic_year", "group"]
    grouped = totals.assign(group=group).groupby(keys, sort=False)
    found = grouped.agg(
        schools=("urn", "nunique"),
        places=("places", lambda cells: cells.sum(skipna=False)),
        roll=("roll", "sum"),
    ).reset_index()
    found["surplus"] = found["places"] - found["roll"]
    found["surplus_percent"] = 100.0 * found["surplus"] / found["places"].where(found["places"] > 0)
    order = {phase: place for place, phase in enumerate(dict.fromkeys(found["phase"]))}
    found = found.assign(order=found["phase"].map(order)).sort_values(
        ["order", "group", "academic_year"], kind="stable"
    )
    return found.assign(characteristic=characteristic)
