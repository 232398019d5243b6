"""The specialist forecast of the School Capacity return, from the dated layout in ``data/send_areas.csv``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.send.flow import Path
from placeplan.send.tables import AGE_OF_RECEPTION, SETTINGS
from placeplan.years import AcademicYear, Phase, year_group_label


def send_forecast(base: AcademicYear, central: Path, drawn: Path) -> pd.DataFrame:
    """Return send_forecast.csv: whole pupils whose sum over year groups is the rounded sum of the expected ones."""
    return pd.DataFrame(
        [row for layout in data_rows("send_areas.csv") for row in _area(layout, base, central, drawn)]
    )


def with_own_codes(frame: pd.DataFrame, codes: Mapping[str, str]) -> pd.DataFrame:
    """Return send_forecast.csv with the authority's own codes of planning areas, by those of the layout."""
    return frame.assign(planning_area=frame["planning_area"].map(lambda code: codes.get(code, code)))


def whole_that_add_up(values: Array) -> Array:
    """Return whole numbers, each at most one away, whose sum is the rounded sum of ``values`` (largest remainder)."""
    floors = np.floor(values)
    missing = int(np.floor(values.sum() + 0.5) - floors.sum())
    order = np.argsort(-(values - floors), kind="stable")
    floors[order[:missing]] += 1
    found: Array = floors.astype(int)
    return found


def _area(layout: dict[str, str], base: AcademicYear, central: Path, drawn: Path) -> Iterator[dict[str, Any]]:
    settings = [SETTINGS.index(one) for one in layout["settings"].split()]
    groups = list(Phase(layout["phase"]).year_groups)
    ages = [group + AGE_OF_RECEPTION for group in groups]
    for at in range(int(layout["years_ahead"])):
        expected = central.stock[at][settings].sum(axis=0)[ages]
        cells = drawn.stock[:, at][:, settings].sum(axis=1)[:, ages]
        low, high = np.quantile(cells, (0.1, 0.9), axis=0)
        for place, pupils in enumerate(whole_that_add_up(expected)):
            yield {
                "planning_area": layout["planning_area"], "phase": layout["phase"], "provision": layout["provision"],
                "academic_year": str(base + (at + 1)), "year_group": year_group_label(groups[place]),
                "pupils": int(pupils), "p10": float(low[place]), "p90": float(high[place]),
            }  # fmt: skip
