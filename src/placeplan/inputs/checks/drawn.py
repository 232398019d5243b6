"""Checks of the outlines that maps are drawn from."""

from __future__ import annotations

from placeplan.inputs.checks.subject import Subject
from placeplan.problems import Finding
from placeplan.tables import rows_of
from placeplan.years import Phase


def areas_without_outline(subject: Subject) -> list[Finding]:
    """Areas that have no outline though boundaries are given; one finding for a phase without any."""
    drawn = subject.table("boundaries")
    if drawn.empty:
        return []
    found = []
    areas = subject.table("areas")
    for phase in (Phase.PRIMARY, Phase.SECONDARY):
        outlined = set(drawn.loc[drawn["phase"].isin(["", phase.value]), "area_code"])
        mine = list(rows_of(areas[areas["phase"] == phase.value]))
        missing = [row for row in mine if row.area_code not in outlined]
        if mine and len(missing) == len(mine):
            said = f"no {phase} area has an outline; the report draws these areas as a grid of tiles"
            found.append(Finding("boundaries-missing", said, "boundaries"))
            continue
        for row in missing:
            said = f"the {phase} area {row.area_code} {row.area_name} has no outline, so it is not on the map"
            found.append(Finding("boundaries-missing", said, "boundaries", value=row.area_code))
    return found
