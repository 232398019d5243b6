"""What was talked over and agreed: each proposal beside the forecast it rests on, and the change that came of it.

The year shown is that in which the change of the proposal begins, else the third after the base year, within the horizon.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from placeplan.published import REFERENCE_YEARS
from placeplan.tables import Inputs, output_columns, rows_of
from placeplan.words import kind_words
from placeplan.years import AcademicYear, Phase

_CELLS = ("demand", "places", "surplus", "surplus_percent", "status", "probability_of_shortfall")


def boards_table(
    inputs: Inputs, frames: Mapping[str, pd.DataFrame], base_year: AcademicYear, on: date
) -> pd.DataFrame:
    """boards.csv: one row for each proposal; a next step is overdue if its day lies before ``on``."""
    changes = {row.change_id: row for row in rows_of(inputs.table("planned_changes"))}
    routes = {row.change_id: row for row in rows_of(frames["decisions"])}
    names = dict(zip(*(inputs.table("areas")[name] for name in ("area_code", "area_name")), strict=True))
    sufficiency = frames["sufficiency"]
    totals = sufficiency[sufficiency["year_group"] == "total"]
    rows = []
    for row in rows_of(inputs.table("proposals")):
        change, route = changes.get(row.change_id), routes.get(row.change_id)
        area = row.area_code or (route.area_code if route else "")
        due = "" if pd.isna(row.due_on) else row.due_on.date().isoformat()
        rows.append(
            {
                **{name: getattr(row, name) for name in _TOLD},
                "date": "" if pd.isna(row.date) else row.date.date().isoformat(),
                "area_code": area,
                "area_name": names.get(area, ""),
                "due_on": due,
                "overdue": "yes" if row.next_step and due and due < on.isoformat() else "no",
                "change": _words(change) if change else "",
                "decider": route.decider if route else "",
                "earliest_date": route.earliest_date if route and route.in_time != "decided" else "",
                **_cell(totals, area, row.phase, change, base_year),
            }
        )
    return pd.DataFrame(rows, columns=list(output_columns("boards")), dtype=object)


_TOLD = (
    "proposal_id", "raised_by", "phase", "board", "options_considered", "outcome", "reason", "dissent",
    "next_step", "change_id",
)  # fmt: skip


def _words(change: Any) -> str:
    places = "" if np.isnan(change.places) else f" {change.places:+g}"
    return f"{kind_words(change.kind)}{places} from {AcademicYear(int(change.start_year))}"


def _cell(
    totals: pd.DataFrame, area: str, phase: str, change: Any, base_year: AcademicYear
) -> dict[str, Any]:
    """The forecast of the area in the year concerned: the phase named, else the first that the area has."""
    rows = totals[totals["area_code"] == area]
    if phase:
        rows = rows[rows["phase"] == Phase(phase).value]
    if rows.empty:
        return {"academic_year": "", **dict.fromkeys(_CELLS, np.nan), "status": ""}
    rows = rows[rows["phase"] == rows["phase"].iloc[0]]
    wanted = int(change.start_year) if change is not None else int(base_year) + REFERENCE_YEARS
    starts = rows["academic_year"].str[:4].astype(int)
    year = min(max(wanted, int(starts.min())), int(starts.max()))
    row = rows[starts == year].iloc[0]
    return {"academic_year": row["academic_year"], **{name: row[name] for name in _CELLS}}
