"""What the local authority can decide by itself: its share of the places, and of the change that is needed.

A school's places count as the authority's where the rules let it both raise and cut the admission number by itself. Of the
need of a year group it can meet the share that its schools hold of the places of that area and year group; of the places
above the threshold of surplus it can take out the share that its schools hold of the area's places.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.demand.tally import with_total
from placeplan.forecasting import Forecast
from placeplan.frames import cell_rows, stacked
from placeplan.project import Project
from placeplan.supply.decisions import route_of
from placeplan.supply.rules import DecisionRules
from placeplan.tables import output_columns
from placeplan.tabulate import Tabulator
from placeplan.years import Phase

_SUMMED = ("places", "places_alone", "need", "need_alone", "excess", "excess_alone")


def powers_table(
    tables: Tabulator, project: Project, rules: DecisionRules, on: date, scenario: str
) -> pd.DataFrame:
    """powers.csv: for areas, districts and the authority, by phase and year."""
    found = tables.forecast
    own = _decided_alone(found, rules, on)
    parts = []
    for phase, stage_phase, _, groups, ahead in tables.phases():
        rows = found.stages[stage_phase].rows
        cells = _cells(tables, phase, rows, groups, ahead, own, project)
        for geography, units, add in tables.levels(rows):
            summed = {name: add(part)[:, None] for name, part in cells.items()}
            for what in ("places", "need", "excess"):
                summed[f"{what}_alone_share"] = _share(summed[f"{what}_alone"], summed[what])
            units = units.assign(scenario=scenario, geography=geography)
            years = found.places.years[: ahead + 1]
            parts.append(cell_rows(units, phase, years, [0], summed, total=False))
    return stacked(parts, output_columns("powers"))


def _decided_alone(found: Forecast, rules: DecisionRules, on: date) -> Array:
    """Whether the authority both raises and cuts the admission number of each site's school by itself."""
    alone = {
        kind: all(route_of(rules, rule, kind, 0.0, on).authority_alone for rule in ("raise_pan", "cut_pan"))
        for kind in set(found.register.sites["type"])
    }
    return np.array([alone[kind] for kind in found.register.sites["type"]], dtype=bool)


def _cells(
    tables: Tabulator, phase: Phase, rows: Array, groups: list[int], ahead: int, own: Array, project: Project
) -> dict[str, Array]:
    """Sums by area and year, (areas, years), NaN where the places of an area are not known."""
    found, balance = tables.forecast, tables.balance(phase)
    areas = found.register.site_areas()
    held = np.zeros((len(found.register.areas), len(groups), ahead + 1))
    for at, group in enumerate(groups):
        mine = np.flatnonzero(own & (areas[:, group] >= 0))
        np.add.at(held, (areas[mine, group], at), found.places.by_site[mine, group, : ahead + 1])
    held = np.minimum(held[rows], balance.places[:, :-1])
    share = _share(held, balance.places[:, :-1])
    places, alone = balance.places[:, -1], with_total(held, 1)[:, -1]
    excess = np.maximum(balance.surplus[:, -1] - project.status.surplus / 100.0 * places, 0.0)
    return dict(
        zip(
            _SUMMED,
            (
                places,
                alone,
                balance.need[:, -1],
                (balance.need[:, :-1] * np.nan_to_num(share)).sum(axis=1),
                excess,
                excess * np.nan_to_num(_share(alone, places)),
            ),
            strict=True,
        )
    )


def _share(part: Array, whole: Array) -> Array:
    """A proportion, NaN where there is nothing to share."""
    return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), np.nan)
