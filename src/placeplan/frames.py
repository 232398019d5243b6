"""From arrays to the contract's frames: one row for each unit, year and year group, the phase total last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
    named = {str(name): units[name].to_numpy(dtype=object) for name in units.columns}
    return pd.DataFrame(cell_columns(named, phase, years, groups, values, total))


def cell_columns(
    units: Mapping[str, Array],
    phase: Phase,
    years: Sequence[int] | Array,
    groups: Sequence[int],
    values: Mapping[str, Array],
    total: bool = True,
) -> dict[str, Array]:
    """Return the columns of ``cell_rows``, for many parts that ``piled`` puts under each other: frames cost more."""
    labels = [year_group_label(group) for group in groups] + ([TOTAL] if total else [])
    year_labels = [str(AcademicYear(int(year))) for year in years]
    each, count = len(labels) * len(year_labels), len(next(iter(units.values())))
    columns = {name: np.repeat(one, each) for name, one in units.items()}
    columns["phase"] = np.full(count * each, phase.value, dtype=object)
    columns["academic_year"] = np.tile(np.repeat(np.array(year_labels, dtype=object), len(labels)), count)
    columns["year_group"] = np.tile(np.array(labels, dtype=object), count * len(year_labels))
    for name, cells in values.items():
        columns[name] = np.swapaxes(cells, 1, 2).reshape(-1)
    return columns


def piled(parts: Sequence[Mapping[str, Array]], columns: Sequence[str]) -> pd.DataFrame:
    """Put parts given as columns under each other, as ``stacked`` does it with frames."""
    if not parts:
        return stacked([], columns)
    return pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in columns})


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
