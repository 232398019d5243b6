"""Changes that others propose: rows of ``planned_changes`` not yet firm, each an option like any other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from placeplan.options.kinds import CLOSING, Candidate, Kind, kinds
from placeplan.options.outlook import SHORT, Trouble
from placeplan.options.schools import School
from placeplan.options.setting import Area, Setting
from placeplan.options.ways import Way, Ways
from placeplan.tables import rows_of

OF_ONE_INTAKE = ("pan_change", "bulge")


def proposed(setting: Setting, ways: Ways, trouble: Trouble) -> Iterator[Candidate]:
    """Yield the changes proposed in an area that answer its trouble, with what was said of them."""
    for row in open_rows(setting, trouble.area):
        if adds(row) == (trouble.kind == SHORT):
            yield _proposal(setting, ways, trouble, row)


def adds(row: Any) -> bool:
    """Whether a change adds places."""
    return row.kind not in (*CLOSING, "unit") and row.places > 0


def open_rows(setting: Setting, area: Area) -> list[Any]:
    """Rows of changes proposed or talked about that touch the area in this phase."""
    here = {(area.row, group) for group in area.groups}
    touching = [change_id for change_id, cells in setting.touched.items() if cells & here]
    if not touching:
        return []
    return list(rows_of(setting.open_changes[setting.open_changes["change_id"].isin(touching)]))


def _proposal(setting: Setting, ways: Ways, trouble: Trouble, row: Any) -> Candidate:
    by_urn = {school.urn: school for school in reversed(setting.schools)}
    schools = tuple(by_urn[urn] for urn in (row.urn, row.into_urn) if urn in by_urn)
    left_out = ("row", "certainty", "delivery_probability")
    held = {name: getattr(row, name) for name in row._fields if name not in left_out}
    said, risks = _said(setting, row)
    return Candidate(
        kind=_kind_of(row),
        rows=({**held, "certainty": "certain", "delivery_probability": 1.0},),
        schools=schools,
        places=float(row.places),
        start=int(row.start_year),
        way=_way(ways, row, schools, len(trouble.area.groups)),
        facts=tuple(said),
        cost=None if np.isnan(row.cost) else float(row.cost),
        change_id=row.change_id,
        risks=(*risks, *_below_offers(row, schools)),
    )


def _said(setting: Setting, row: Any) -> tuple[list[str], list[str]]:
    """What the plan and the boards say of a change, and who dissents."""
    said = [f"proposed as {row.change_id}" + (f": {row.note}" if row.note else "")]
    dissent = []
    for proposal in rows_of(setting.inputs.table("proposals")):
        if proposal.change_id == row.change_id:
            board, outcome = proposal.board or "no board", proposal.outcome or "open"
            said.append(f"raised by {proposal.raised_by}; {board}: {outcome}")
            dissent += [f"dissent: {proposal.dissent}"] if proposal.dissent else []
    return said, dissent


def _below_offers(row: Any, schools: tuple[School, ...]) -> list[str]:
    """The warning that a cut goes below the offers made last."""
    if row.kind != "pan_change" or not schools:
        return []
    school = schools[0]
    entry = school.low if np.isnan(row.year_group) else int(row.year_group)
    offers, number = school.offers.get(entry, np.nan), school.admits.get(entry, np.nan)
    if row.places < 0 and number + row.places < offers:
        return [f"below the {offers:.0f} offers made: {number:.0f} would become {number + row.places:.0f}"]
    return []


def _way(ways: Ways, row: Any, schools: tuple[School, ...], groups: int) -> Way:
    places = float(np.nan_to_num(row.places)) * (1 if row.kind in OF_ONE_INTAKE else groups)
    if row.kind == "amalgamation" and len(schools) == 2:
        return ways.amalgamation(schools[0].type, schools[1].type, places, np.nan)
    kind = schools[0].type if schools else ""
    return ways.way(row.kind, kind, places, years=float(row.end_year - row.start_year + 1))


def _kind_of(row: Any) -> Kind:
    """The kind as given, with the words of the kind of option that it is like."""
    like = {"pan_change": "raise_pan" if adds(row) else "cut_pan"}.get(row.kind, row.kind)
    known = kinds()[like]
    title = f"Proposed: {known.title[0].lower()}{known.title[1:]}"
    return replace(known, kind=row.kind, title=title, funding=row.funding or known.funding)
