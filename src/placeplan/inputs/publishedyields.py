"""The Department's published yields as the table ``yields``: the file of "Pupil yield from housing developments" as it is.

The rows of the authority count where the file has them (its old or new code, level Local authority), else England's; of
those the latest time period. What the words mean stands in ``data/published_yields.csv``. A file without years after
completion gives one yield for homes of every age. Source: Department for Education, Pupil yield from housing developments,
data guidance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from placeplan.datafiles import data_rows
from placeplan.inputs.columns import Where
from placeplan.inputs.files import Cells
from placeplan.inputs.rawcells import tidy_name
from placeplan.inputs.values import SUPPRESSION_MARKERS
from placeplan.problems import Finding

NEEDED = ("education_phase", "pupil_yield")
NATIONAL = "national"
AGE = "years_after_completion"
FIRST_AGE = "1"
COLUMNS = {
    "education_phase": "phase",
    "housing": "dwelling",
    "tenure": "tenure",
    "number_of_bedrooms": "bedrooms",
}
"""Columns of the file whose words are read, and what they are in the table."""


def is_published(table: str, header: Sequence[str]) -> bool:
    """Tell whether a file is one of the published ones."""
    return table == "yields" and set(NEEDED) <= {tidy_name(name) for name in header}


def recognised(table: str, name: str) -> bool:
    """Tell whether a tidied name belongs to a published file."""
    return table == "yields" and name in NEEDED


def as_yields(cells: Cells, authority: str, where: Where) -> tuple[Cells, list[Finding]]:
    """Return the cells as the columns of ``yields``, each with its row of the file, and what was chosen or left out."""
    frame = pd.DataFrame(
        {tidy_name(name): column for name, column in zip(cells.header, cells.columns, strict=True)},
        index=pd.Index(cells.rows),
        dtype=object,
    ).apply(lambda column: column.str.strip())
    frame, findings = _of_area(frame, authority, where)
    if "time_period" in frame and len(frame):
        frame = frame[frame["time_period"] == frame["time_period"].max()]
    known = {name: _words(name) for name in (*COLUMNS, "education_type") if name in frame}
    findings += _unknown(frame, known, where)
    for name in ("education_phase", "education_type"):
        if name in frame:
            meant = frame[name].str.casefold().map(known[name])
            frame = frame[meant.notna() & (meant != "left out")]
    hidden = frame["pupil_yield"].str.casefold().isin(SUPPRESSION_MARKERS) | (frame["pupil_yield"] == "")
    frame = frame[~hidden]
    if AGE not in frame:
        said = "the file has no years after completion: its yield holds for homes of every age"
        findings.append(where.finding("yields-published", said, 0, AGE))
    made = {
        "pupils_per_dwelling": frame["pupil_yield"],
        AGE: frame.get(AGE, pd.Series(FIRST_AGE, frame.index)),
    }
    for name, ours in COLUMNS.items():
        if name in frame:
            meant = frame[name].str.casefold().map(known[name])
            made[ours] = meant.where(meant.notna(), frame[name])
    if frame.empty:
        said = "no row of the file is a yield of mainstream pupils that can be used"
        findings.append(where.finding("yields-published-none", said))
    columns = tuple(list(column) for column in made.values())
    return replace(
        cells, header=tuple(made), columns=columns, rows=[int(row) for row in frame.index],
        dates=frozenset(), text_numbers=frozenset(),
    ), findings  # fmt: skip


def _words(column: str) -> dict[str, str]:
    """What the words of a column mean."""
    return {
        row["published"]: row["ours"] for row in data_rows("published_yields.csv") if row["column"] == column
    }


def _of_area(frame: pd.DataFrame, authority: str, where: Where) -> tuple[pd.DataFrame, list[Finding]]:
    """The authority's rows, else England's; all of them where the file names no level."""
    if "geographic_level" not in frame:
        return frame, [where.finding("yields-published", "the file names no areas: all its rows count")]
    own = np.zeros(len(frame), dtype=bool)
    for code in ("old_la_code", "new_la_code"):
        if code in frame and authority:
            own |= (frame[code] == authority).to_numpy()
    own &= frame["geographic_level"].str.casefold().str.startswith("local authority").to_numpy()
    if own.any():
        return frame[own], [
            where.finding("yields-published", f"the rows of the authority {authority} are used")
        ]
    national = frame[frame["geographic_level"].str.casefold() == NATIONAL]
    said = (
        f"the file has no rows of the authority {authority or '(without a code)'}: those of England are used"
    )
    return national, [where.finding("yields-published", said)]


def _unknown(frame: pd.DataFrame, known: dict[str, dict[str, str]], where: Where) -> Iterator[Finding]:
    """Words that are not known: rows of such a phase or type are left out, other words are read as they stand."""
    for name in ("education_phase", "education_type"):
        if name in frame:
            strange = sorted(set(frame[name].str.casefold()) - known[name].keys() - {""})
            if strange:
                said = f"rows with {name} {', '.join(strange[:6])} are left out, because these words are not known"
                yield where.finding("yields-published-words", said, 0, name, strange[0])
