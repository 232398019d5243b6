"""Columns of text to typed arrays: each different text is read once, and mended cells are told in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from placeplan.inputs.values import Reading, reader_of, turned_into_date
from placeplan.problems import Finding, Severity, rules
from placeplan.tables import NUMBER_KINDS, TEXT_KINDS, YEAR_KINDS, Column

LISTED = 50
"""Errors of one rule in one column that are listed one by one."""


@dataclass(frozen=True)
class Where:
    """The table that is read, and its file as people are shown it."""

    table: str
    file: str

    def finding(self, rule: str, said: str, row: int = 0, column: str = "", value: str = "") -> Finding:
        """Return a finding here."""
        return Finding(rule, said, self.table, self.file, row, column, value)


@dataclass(frozen=True)
class Block:
    """Cells that are read alike: one column of a file, or all year-group columns of a wide table.

    All arrays have one item a cell. ``labels`` are the column names as the file spells them.
    """

    texts: np.ndarray
    rows: np.ndarray
    labels: np.ndarray
    dates: np.ndarray
    text_numbers: np.ndarray


@dataclass(frozen=True)
class Typed:
    """A block as values: ``refused`` marks cells that break a rule and hold no value."""

    values: np.ndarray
    refused: np.ndarray
    findings: list[Finding]


def read_block(block: Block, column: Column, where: Where) -> Typed:
    """Return the values of a block of cells by the kind of its column, with what was mended or refused."""
    codes, texts = pd.factorize(block.texts)
    read = reader_of(column)
    readings = [read(trimmed) if (trimmed := str(text).strip()) else Reading(None) for text in texts]
    findings: list[Finding] = []
    refused = np.zeros(len(codes), dtype=bool)
    for rule in dict.fromkeys(reading.rule for reading in readings if reading.rule):
        broken = np.array([reading.rule == rule for reading in readings], dtype=bool)[codes]
        if rules()[rule].severity is Severity.ERROR:
            refused |= broken
            findings += _listed(block, np.flatnonzero(broken), codes, readings, rule, where)
        else:
            findings.append(_counted(block, np.flatnonzero(broken), rule, column, where))
    values = _values(readings, column)[codes]
    if column.kind in YEAR_KINDS and block.dates.any():
        findings += _turned(block, np.flatnonzero(block.dates & ~refused), where)
        refused |= block.dates
    if column.kind in NUMBER_KINDS:
        as_text = block.text_numbers & ~np.isnan(values)
        if as_text.any():
            findings.append(_counted(block, np.flatnonzero(as_text), "number-stored-as-text", column, where))
    return Typed(values, refused, findings)


def capped(findings: Sequence[Finding], total: int) -> list[Finding]:
    """Return the first findings of one kind, and one that says how many there are besides."""
    shown = list(findings[:LISTED])
    if total > LISTED:
        last = shown[-1]
        said = f"{total - LISTED:,} further cells or rows break the same rule"
        shown.append(Finding(last.rule, said, last.table, last.file, 0, last.column))
    return shown


def _listed(
    block: Block, cells: np.ndarray, codes: np.ndarray, readings: Sequence[Reading], rule: str, where: Where
) -> list[Finding]:
    found = []
    for cell in cells[:LISTED]:
        text = _shown(block.texts[cell])
        said = f"`{text}` {readings[codes[cell]].said}"
        found.append(where.finding(rule, said, int(block.rows[cell]), str(block.labels[cell]), text))
    return capped(found, len(cells))


def _turned(block: Block, cells: np.ndarray, where: Where) -> list[Finding]:
    found = []
    for cell in cells[:LISTED]:
        text = _shown(block.texts[cell])
        rule, said = turned_into_date(text)[1:]
        found.append(
            where.finding(rule, f"`{text}` {said}", int(block.rows[cell]), str(block.labels[cell]), text)
        )
    return capped(found, len(cells))


def _counted(block: Block, cells: np.ndarray, rule: str, column: Column, where: Where) -> Finding:
    first = cells[np.argmin(block.rows[cells])]
    text = _shown(block.texts[first])
    count = f"{len(cells):,} cells, the first with" if len(cells) > 1 else "one cell, with"
    said = f"{rules()[rule].title}: {count} `{text}`"
    label = column.name if len(set(block.labels[cells])) > 1 else str(block.labels[first])
    return where.finding(rule, said, int(block.rows[first]), label, text)


def _values(readings: Sequence[Reading], column: Column) -> np.ndarray:
    given = [reading.value for reading in readings]
    if column.kind in TEXT_KINDS:
        texts = np.empty(len(given), dtype=object)
        texts[:] = ["" if value is None else value for value in given]
        return texts
    if column.kind == "date":
        return np.array(["NaT" if value is None else value.isoformat() for value in given], "datetime64[ns]")
    return np.array([np.nan if value is None else value for value in given], dtype="float64")


def _shown(text: Any) -> str:
    shown = str(text)
    return shown if len(shown) <= 100 else f"{shown[:100]}…"
