"""The return: every part of a layout as a frame in the layout's columns, whole numbers, blanks as nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from placeplan.returns.basis import Basis
from placeplan.returns.capacities import area_rows, capacity_rows, specialist_rows
from placeplan.returns.forecasts import forecast_rows, specialist_forecast_rows
from placeplan.returns.layouts import Layout, Part
from placeplan.returns.planned import planned_rows

ROW = "row"


@dataclass(frozen=True)
class Return:
    """A return, made here or read back. Every frame has the layout's names and ``row``, its row in the sheet.

    ``files``: where each part was read from, in words; ``missing``: parts that a return read back does not have.
    """

    layout: Layout
    parts: Mapping[str, pd.DataFrame]
    files: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


def build_return(basis: Basis, layout: Layout) -> Return:
    """Fill every part of the layout from the basis."""
    capacity = part_frame(layout.parts["capacity"], capacity_rows(basis))
    made = {
        "capacity": capacity,
        "area_capacity": part_frame(layout.parts["area_capacity"], area_rows(basis, capacity)),
        "specialist_capacity": part_frame(layout.parts["specialist_capacity"], specialist_rows(basis)),
        "forecasts": part_frame(layout.parts["forecasts"], forecast_rows(basis, layout)),
        "planned_places": part_frame(layout.parts["planned_places"], planned_rows(basis, layout)),
        "specialist_forecasts": part_frame(
            layout.parts["specialist_forecasts"], specialist_forecast_rows(basis)
        ),
    }
    return Return(layout, made, {name: f"sheet {part.sheet}" for name, part in layout.parts.items()})


def part_frame(part: Part, rows: list[dict[str, object]]) -> pd.DataFrame:
    """Return rows as a frame in the columns of a part: counts as numbers (NaN is blank), the rest as text."""
    columns: dict[str, Any] = {}
    for one in part.fields:
        values = [row.get(one.name) for row in rows]
        if one.kind == "count":
            columns[one.name] = pd.Series(
                [float("nan") if value is None else float(str(value)) for value in values], dtype="float64"
            )
        else:
            columns[one.name] = pd.Series(
                ["" if value is None else str(value) for value in values], dtype=object
            )
    return pd.DataFrame(columns).assign(**{ROW: range(2, len(rows) + 2)})
