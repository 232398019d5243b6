"""From arrays to the contract's frames: one row for each unit, year and year group, the phase total last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.problems import Finding
from placeplan.tables import output_columns
from placeplan.years import AcademicYear, Phase, year_group_label

TOTAL = "total"


def cell_rows(
    units: pd.DataFrame,
    phase: Phase,
    years: Sequence[int] | Array,
    groups: Sequence[int],
    values: Mapping[str, Array],
    total: bool = True,
) -> pd.DataFrame:
    """Return rows by unit, then year, then year group with the total last.

    ``units`` has one row for each unit with the columns that name it; each array of ``values`` is (units, year groups and,
    if ``total``, the total, years).
    """
    labels = [year_group_label(group) for group in groups] + ([TOTAL] if total else [])
    year_labels = [str(AcademicYear(int(year))) for year in years]
    each = len(labels) * len(year_labels)
    columns: dict[str, Any] = {
        name: np.repeat(units[name].to_numpy(dtype=object), each) for name in units.columns
    }
    columns["phase"] = np.full(len(units) * each, phase.value, dtype=object)
    columns["academic_year"] = np.tile(
        np.repeat(np.array(year_labels, dtype=object), len(labels)), len(units)
    )
    columns["year_group"] = np.tile(np.array(labels, dtype=object), len(units) * len(year_labels))
    for name, cells in values.items():
        columns[name] = np.swapaxes(cells, 1, 2).reshape(-1)
    return pd.DataFrame(columns)


def stacked(parts: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    """Put parts under each other in the given columns; an empty frame with those columns if there are none."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=list(columns), dtype=object)
    if len(filled) == 1:
        return filled[0][list(columns)].reset_index(drop=True)
    return pd.concat(filled, ignore_index=True)[list(columns)]


def findings_table(findings: tuple[Finding, ...]) -> pd.DataFrame:
    """findings.csv: one row for each finding; the row is blank where a finding concerns a whole table."""
    rows = [
        (
            f.severity.value,
            f.table,
            f.file,
            str(f.row) if f.row else "",
            f.column,
            f.value,
            f.rule,
            f.message,
            f.remedy,
        )
        for f in findings
    ]
    return pd.DataFrame(rows, columns=list(output_columns("findings")), dtype=object)
