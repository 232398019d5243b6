"""Cells to typed tables by the specification, with findings for what had to be mended or refused.

``find_tables`` says where the tables of a project stand, ``read_inputs`` reads them. Nothing here raises for
what is wrong with an input: the findings say it, and errors among them mean that the tables must not be used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from placeplan.inputs.boundaries import read_boundaries
from placeplan.inputs.columns import Block, Where, read_block
from placeplan.inputs.draft import Draft
from placeplan.inputs.files import Cells, read_cells, shown_name
from placeplan.inputs.forms import (
    births_by_birth_year,
    homes_by_academic_year,
    long_form,
    with_defaults,
    with_group_of_age,
    with_year_of_midyear,
    without_uncounted,
)
from placeplan.inputs.headers import Match, match_header, recognises
from placeplan.inputs.locate import BOUNDARIES, Location, find_tables
from placeplan.inputs.publishedyields import as_yields, is_published, recognised
from placeplan.inputs.rowchecks import blank_cells, keys_twice, rows_without_any
from placeplan.problems import Finding, InputErrors, has_errors, sort_findings
from placeplan.tables import NEEDED_TABLES, Inputs, Source, TableSpec, empty_table, table_specs

__all__ = ["Location", "find_tables", "read_inputs"]


@dataclass(frozen=True)
class TableRead:
    """One table as read: no frame if its file could not be read, no source either."""

    frame: pd.DataFrame | None
    source: Source | None
    findings: list[Finding]


def read_inputs(
    locations: Mapping[str, Location],
    findings: Iterable[Finding] = (),
    *,
    whole: bool = True,
    authority: str = "",
) -> Inputs:
    """Return every table that has a location, typed and in its normal form.

    Unless it is ``whole``, tables that every project needs may be missing. ``authority``: code of the local authority whose
    rows of a published file count.
    ``findings`` are those of ``find_tables``; they stand in the result before those of reading.
    """
    found = list(findings)
    tables: dict[str, pd.DataFrame] = {}
    sources: dict[str, Source] = {}
    explained = {finding.table for finding in found}
    for table in NEEDED_TABLES:
        if whole and table not in locations and not explained & {table, ""}:
            found.append(Finding("needed-table-missing", f"there is no table {table}", table))
    for table, location in locations.items():
        read = read_table(location, authority)
        found += read.findings
        if read.frame is not None and read.source is not None:
            tables[table], sources[table] = read.frame, read.source
    return Inputs(tables, sources, tuple(sort_findings(found)))


def read_table(location: Location, authority: str = "") -> TableRead:
    """Return one table, typed and in its normal form, with what was found while reading it.

    ``authority``: as for ``read_inputs``.
    """
    if location.table == BOUNDARIES:
        return TableRead(*read_boundaries(location))
    spec = table_specs()[location.table]
    where = Where(spec.name, shown_name(location.path, location.sheet))
    try:
        cells = read_cells(
            location.path, location.sheet, lambda name: recognises(spec, name) or recognised(spec.name, name)
        )
    except InputErrors as error:
        return TableRead(None, None, [replace(finding, table=spec.name) for finding in error.findings])
    published: list[Finding] = []
    if is_published(spec.name, cells.header):
        cells, published = as_yields(cells, authority, where)
    match = match_header(spec, cells.header, where)
    source = Source(location.path, location.sheet, cells.name, cells.sha256)
    findings = [*published, *match.findings, *_without_rows(spec, cells, where)]
    if not cells.rows:
        return TableRead(empty_table(spec.name), source, findings)
    draft, refused, told = _typed_columns(spec, cells, match, where)
    findings += told
    if has_errors(match.findings):
        return TableRead(empty_table(spec.name), source, findings)
    draft, told = _normal_form(draft, refused, cells, match, where)
    return TableRead(draft.frame(), source, [*findings, *told])


def _without_rows(spec: TableSpec, cells: Cells, where: Where) -> list[Finding]:
    if cells.rows:
        return []
    rule = "needed-table-empty" if spec.name in NEEDED_TABLES else "table-empty"
    return [where.finding(rule, f"the table {spec.name} has column names and no rows")]


def _typed_columns(
    spec: TableSpec, cells: Cells, match: Match, where: Where
) -> tuple[Draft, dict[str, np.ndarray], list[Finding]]:
    """Return the columns that stand one for one in file and table, and where cells were refused."""
    columns: dict[str, np.ndarray] = {}
    refused: dict[str, np.ndarray] = {}
    findings: list[Finding] = []
    for name, place in match.places.items():
        typed = read_block(_block(cells, [place]), spec[name], where)
        columns[name], refused[name] = typed.values, typed.refused
        quiet = spec.name == "schools"
        findings += [told for told in typed.findings if not (quiet and told.rule == "not-counted")]
    return Draft(spec, columns, np.array(cells.rows, dtype="int64")), refused, findings


def _normal_form(
    draft: Draft, refused: dict[str, np.ndarray], cells: Cells, match: Match, where: Where
) -> tuple[Draft, list[Finding]]:
    """Return the draft in its normal form, once its rows were checked each by itself and for their keys."""
    findings = [*blank_cells(draft, refused, where), *rows_without_any(draft, refused, where)]
    pupils, told = _wide_pupils(draft.spec, cells, match, where)
    findings += told
    draft = with_year_of_midyear(with_group_of_age(with_defaults(draft)))
    sound = ~_any(refused, len(draft))
    twice = keys_twice(without_uncounted(draft.take(sound)), where)
    if pupils is not None:
        draft = long_form(draft, np.array(list(match.groups.values())), pupils)
    if draft.spec.name == "births":
        draft = births_by_birth_year(draft)
        twice = twice or keys_twice(draft.take(draft.filled("birth_year")), where)
    if "financial_year" in draft.spec:
        draft = homes_by_academic_year(draft)
    return without_uncounted(draft), [*findings, *twice]


def _any(refused: Mapping[str, np.ndarray], count: int) -> np.ndarray:
    anywhere = np.zeros(count, dtype=bool)
    for cells in refused.values():
        anywhere |= cells
    return anywhere


def _wide_pupils(
    spec: TableSpec, cells: Cells, match: Match, where: Where
) -> tuple[np.ndarray | None, list[Finding]]:
    """Return the pupils of wide rolls, (rows, year groups), and what was found in their cells."""
    findings = []
    ignored = sum(bool(cell.strip()) for place in match.uncounted for cell in cells.columns[place])
    if ignored:
        names = ", ".join(cells.header[place] for place in match.uncounted)
        said = f"nursery and ungraded groups were left out: {ignored:,} filled cells in {names}"
        findings.append(where.finding("not-counted", said, 0, names))
    if not match.groups:
        return None, findings
    typed = read_block(_block(cells, list(match.groups)), spec["pupils"], where)
    return typed.values.reshape(len(cells.rows), len(match.groups)), [*findings, *typed.findings]


def _block(cells: Cells, places: list[int]) -> Block:
    """Return the cells of some columns, row by row."""
    shape = (len(cells.rows), len(places))
    texts = np.empty(shape, dtype=object)
    for number, place in enumerate(places):
        texts[:, number] = cells.columns[place]
    rows = np.array(cells.rows, dtype="int64")
    labels = np.array([cells.header[place] for place in places], dtype=object)
    return Block(
        texts.ravel(),
        np.repeat(rows, len(places)),
        np.tile(labels, len(rows)),
        _marked(cells.dates, rows, places),
        _marked(cells.text_numbers, rows, places),
    )


def _marked(positions: frozenset[tuple[int, int]], rows: np.ndarray, places: list[int]) -> np.ndarray:
    """Return where a cell of the block is among some positions of the sheet."""
    marked = np.zeros((len(rows), len(places)), dtype=bool)
    if positions:
        for number, place in enumerate(places):
            marked[:, number] = np.isin(rows, [row for row, column in positions if column == place])
    return marked.ravel()
