"""Tables that speak in codes of a table that was not given: what cannot be told without it is switched off, and said.

Every table but areas and rolls is optional. Rolls of schools need the table schools, which says where they stand; without
it they are an error of the checks. Of the other tables the rows with such codes are left out, or the code alone where the
row means the same without it.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from placeplan.inputs.checks.codes import Reference, references, unexplained
from placeplan.problems import Finding
from placeplan.tables import Inputs

SAME_WITHOUT = {("proposals", "change_id"), ("planned_changes", "into_urn"), ("ap_flows", "urn")}
"""Columns whose code may be left out, for the row says as much without it."""


def without_unexplained(inputs: Inputs) -> tuple[Inputs, list[Finding]]:
    """Return the inputs without what no table explains, and a finding for each column concerned."""
    tables = dict(inputs.tables)
    findings = []
    changes = set(inputs.table("planned_changes")["change_id"])
    for reference in references():
        used = unexplained(replace(inputs, tables=tables), reference)
        if reference.table == "rolls" or used.empty:
            continue
        rows = tables[reference.table]
        tables[reference.table], what = _without(rows, used, reference)
        said = (
            f"{reference.column} is given, but the table {reference.target} that explains it is not: {what}"
        )
        first = used.iloc[0]
        code = str(first[reference.column])
        findings.append(
            Finding(
                "code-table-left-out", said, reference.table, "", int(first["row"]), reference.column, code
            )
        )
    if not findings:
        return inputs, []
    if "proposals" in tables and inputs.has("planned_changes"):
        left = changes - set(tables["planned_changes"]["change_id"])
        agreed = tables["proposals"]["change_id"]
        tables["proposals"] = tables["proposals"].assign(change_id=agreed.where(~agreed.isin(left), ""))
    return replace(inputs, tables=tables), findings


def _without(rows: pd.DataFrame, used: pd.DataFrame, reference: Reference) -> tuple[pd.DataFrame, str]:
    """Return the rows of a table without those of ``used``, or without their codes, and what was left out."""
    count = f"{len(used):,} of {len(rows):,} rows"
    if (reference.table, reference.column) in SAME_WITHOUT:
        codes = rows[reference.column].where(~rows.index.isin(used.index), "")
        return rows.assign(**{reference.column: codes}), f"left blank in {count}"
    kept = rows[~rows.index.isin(used.index)].reset_index(drop=True)
    return kept, f"{count} left out"
