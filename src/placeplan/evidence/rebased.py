"""An earlier run told for the areas of a later one, where areas were merged, split or moved between.

    pupils of a new area = sum over old areas of the part of them that went to it x their pupils

Rolls, births, what was forecast and what was added all follow the same parts. Cohorts stay within their new area; a pool
that fed an old area feeds the new ones by their parts. The rate of each cell is what carries the re-based path on, so that
nothing but the areas has changed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import sparse

from placeplan.arrays import Array
from placeplan.evidence.components import Components, RunFrames
from placeplan.origins import BELOW, POOL
from placeplan.years import AcademicYear, phase_of


def rebased(old: Components, new: Components, later: RunFrames) -> Components:
    """Return ``old`` on the areas of ``new``; ``later`` is the run that knows how areas changed.

    Cells of areas that are new without any part of an old one take what ``new`` has, so that all of it is a matter of areas.
    """
    parts = _parts(old, new, later)
    whole = sparse.eye_array(len(old.cells))
    appears = np.asarray(parts.sum(axis=1) == 0) & (new.kind != "") & (old.kind == "")
    if abs(parts - whole).sum() == 0 and not appears.any():
        return old
    given, path, baseline, housing, adjustment = (
        np.where(appears[:, None], fresh, parts @ cells)
        for cells, fresh in (
            (old.given, new.given), (old.path, new.path), (old.baseline, new.baseline),
            (old.housing, new.housing), (old.adjustment, new.adjustment),
        )
    )  # fmt: skip
    kind = np.where(new.kind != "", new.kind, old.kind)
    carried = _feeds(old, parts, path, kind)
    feeds = sparse.csr_array(
        sparse.diags_array(appears.astype(float)) @ new.feeds + sparse.diags_array(1.0 - appears) @ carried
    )
    told = replace(
        old,
        kind=kind,
        given=given,
        feeds=feeds,
        path=path,
        baseline=baseline,
        housing=housing,
        adjustment=adjustment,
    )
    return _with_rates(told)


def _with_rates(told: Components) -> Components:
    """Put the rates that carry the path on as it is, and the control factors between path and baseline."""
    could = told.given.copy()
    could[:, 1:] += told.feeds @ told.path[:, :-1]
    rate = np.where(could > 0, told.path / np.where(could > 0, could, 1.0), 0.0)
    alone = np.where(could > 0, 0.0, told.path)
    control = np.where(told.path > 0, told.baseline / np.where(told.path > 0, told.path, 1.0), 1.0)
    return replace(told, rate=rate, alone=alone, control=control)


def _parts(old: Components, new: Components, later: RunFrames) -> sparse.csr_array:
    """Part of each old cell (columns) that is in each new one (rows); 1 on the diagonal where nothing changed."""
    codes = sorted({code for code, _ in old.cells})
    number = {code: place for place, code in enumerate(codes)}
    by_phase = {phase: _areas(number, _changes(old, new, later, phase)) for phase in ("primary", "secondary")}
    present = {
        (code, phase_of(group).area_phase)
        for (code, group), kind in zip(new.cells, new.kind, strict=True)
        if kind
    }
    place = {cell: at for at, cell in enumerate(old.cells)}
    to, source, weight = [], [], []
    for at, (code, group) in enumerate(old.cells):
        phase = phase_of(group).area_phase
        row = by_phase[phase.value][:, number[code]].tocoo()
        gone = {codes[int(one)]: float(part) for one, part in zip(row.coords[0], row.data, strict=True)}
        for name, part in gone.items():
            if (name, group) in place and ((name, phase) in present or name == code):
                to.append(place[name, group])
                source.append(at)
                weight.append(part)
    return sparse.csr_array((weight, (to, source)), shape=(len(place), len(place)))


def _changes(old: Components, new: Components, later: RunFrames, phase: str) -> pd.DataFrame:
    """The changes of areas that lie between the runs: in a year after the older base, or of areas that are no more."""
    rows = later.of("sources")
    rows = rows[(rows["kind"] == "boundary") & (rows["phase"] == phase)]

    def codes(run: Components) -> set[str]:
        return {code for (code, _), kind in zip(run.cells, run.kind, strict=True) if kind}

    starts = rows["academic_year"].map(lambda label: int(AcademicYear.parse(label)))
    gone = rows["label"].isin(codes(old) - codes(new))
    return rows[(starts > int(old.years[old.base])) | gone]


def _areas(number: dict[str, int], changes: pd.DataFrame) -> sparse.csc_array:
    """Part of each old area (columns) in each new one (rows), changes taken in the order of their years."""
    parts = np.eye(len(number))
    for _, of_year in changes.groupby("academic_year", sort=True):
        step = np.eye(len(number))
        for old, changed in of_year.groupby("label"):
            if old in number:
                step[:, number[str(old)]] = 0.0
                for name, part in zip(changed["area_code"], changed["weight"], strict=True):
                    if name in number:
                        step[number[name], number[str(old)]] += float(part)
        parts = step @ parts
    return sparse.csc_array(parts)


def _feeds(old: Components, parts: sparse.csr_array, path: Array, kind: Array) -> sparse.csr_array:
    """Who feeds whom among the new areas: the year group below, and the old pools by the parts of their areas."""
    place = {cell: at for at, cell in enumerate(old.cells)}
    pools = sparse.diags_array((old.kind == POOL).astype(float)) @ old.feeds
    before, now = old.path[:, old.base], path[:, old.base]
    back = parts.T.multiply(before[:, None]).multiply(
        np.where(now > 0, 1.0 / np.where(now > 0, now, 1.0), 0.0)[None]
    )
    mixed = sparse.csr_array(sparse.diags_array((kind == POOL).astype(float)) @ parts @ pools @ back)
    to = [at for at, one in enumerate(kind) if one == BELOW]
    below = [place[code, group - 1] for code, group in (old.cells[at] for at in to)]
    stay = sparse.csr_array((np.ones(len(to)), (to, below)), shape=mixed.shape)
    return sparse.csr_array(mixed + stay)
