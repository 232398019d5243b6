"""Checks of planned changes: complete, in order of time, and not in each other's way."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from placeplan.inputs.checks.subject import Subject, about
from placeplan.problems import Finding
from placeplan.years import AcademicYear

ENDING = ("closure", "amalgamation")
SHARE_TOLERANCE = 1e-9
ADDS_PLACES = ("pan_change", "expansion", "bulge", "unit")


@about("planned_changes")
def changes_incomplete(subject: Subject) -> list[Finding]:
    """Each kind of change says what it needs: a school or an area, places, and in order of time."""
    changes = subject.table("planned_changes")
    no_school, no_phase = changes["urn"] == "", changes["phase"] == ""
    ending = changes["kind"].isin(ENDING)
    wants = (
        ("urn", ending & no_school, "a {0.kind} needs the urn of the school that ends"),
        (
            "phase",
            ~ending & no_school & (changes["area_code"] != "") & no_phase,
            "a {0.kind} in an area needs the phase of the area, or else a urn",
        ),
        (
            "into_urn",
            (changes["kind"] == "amalgamation") & (changes["into_urn"] == ""),
            "an amalgamation needs into_urn, the school that takes over",
        ),
        ("places", ~ending & changes["places"].isna(), "a {0.kind} needs places"),
    )
    findings = []
    for column, lacking, said in wants:
        findings += subject.found(
            "change-incomplete",
            "planned_changes",
            changes[lacking],
            column,
            partial(_say_incomplete, said),
        )
    return findings


def _say_incomplete(said: str, row: Any) -> str:
    return f"the change {row.change_id} is not complete: {said.format(row)}"


@about("planned_changes")
def certainty_assumed(subject: Subject) -> list[Finding]:
    """A change that does not say how sure it is counts as firm, which central figures include."""
    changes = subject.table("planned_changes")
    return subject.found(
        "certainty-assumed",
        "planned_changes",
        changes[changes["certainty"] == ""],
        "certainty",
        lambda row: f"the change {row.change_id} does not say how certain it is; it counts as firm",
    )


@about("planned_changes")
def changes_out_of_order(subject: Subject) -> list[Finding]:
    """A change ends after it starts, and no school closes before it opens."""
    changes = subject.table("planned_changes")
    ends_early = changes["end_year"] < changes["start_year"]
    findings = subject.found(
        "change-order",
        "planned_changes",
        changes[ends_early],
        "end_year",
        lambda row: (
            f"the change {row.change_id} ends in {_year(row.end_year)}, before its start in {_year(row.start_year)}"
        ),
    )
    opens = subject.table("schools").drop_duplicates("urn").set_index("urn")["open_year"]
    rows = changes.assign(opens=changes["urn"].map(opens).astype(float))
    too_early = rows["kind"].isin(ENDING) & (rows["start_year"] < rows["opens"])
    return findings + subject.found(
        "closed-before-open",
        "planned_changes",
        rows[too_early],
        "start_year",
        lambda row: (
            f"the {row.kind} {row.change_id} is to close {subject.school(row.urn)} in "
            f"{_year(row.start_year)}, before it opens in {_year(row.opens)}"
        ),
    )


@about("planned_changes")
def changes_overlapping(subject: Subject) -> list[Finding]:
    """Two changes of one kind at one school at the same time, or a change after the school has closed."""
    changes = subject.table("planned_changes")
    changes = changes[(changes["urn"] != "") & changes["start_year"].notna()]
    findings = []
    for (urn, kind), rows in changes.groupby(["urn", "kind"]):
        spans = rows.sort_values(["start_year", "row"])[["change_id", "start_year", "end_year", "row"]]
        earlier: tuple[str, float] | None = None
        for change_id, start, end, row in spans.itertuples(index=False, name=None):
            if earlier and start <= earlier[1]:
                said = (
                    f"{subject.school(str(urn))} has two changes of the kind {kind} in {_year(start)}: "
                    f"{earlier[0]} and {change_id}; both count"
                )
                findings.append(_change_finding("change-overlap", said, row, change_id))
            until = np.inf if np.isnan(end) else end
            if earlier is None or until > earlier[1]:
                earlier = (change_id, until)
    return findings + _changes_after_closing(subject, changes)


def _changes_after_closing(subject: Subject, changes: pd.DataFrame) -> list[Finding]:
    ending = changes[changes["kind"].isin(ENDING)].groupby("urn")["start_year"].min()
    closed = subject.table("schools").drop_duplicates("urn").set_index("urn")["close_year"] + 1
    gone_from = np.fmin(changes["urn"].map(ending).astype(float), changes["urn"].map(closed).astype(float))
    late = changes[~changes["kind"].isin(ENDING) & (changes["start_year"] >= gone_from)]
    late = late.assign(gone_from=gone_from[late.index])
    return subject.found(
        "change-after-closure",
        "planned_changes",
        late,
        "change_id",
        lambda row: (
            f"the {row.kind} {row.change_id} starts in {_year(row.start_year)}, but "
            f"{subject.school(row.urn)} has no pupils from {_year(row.gone_from)}"
        ),
    )


@about("planned_changes")
def counted_twice(subject: Subject) -> list[Finding]:
    """A capacity or admission number of a later year may already hold a planned change of that time."""
    base = subject.base_year
    changes = subject.table("planned_changes")
    changes = changes[changes["kind"].isin(ADDS_PLACES) & (changes["urn"] != "")]
    if base is None or changes.empty:
        return []
    findings = []
    for table, kinds in (
        ("admission_numbers", ("pan_change", "expansion", "bulge")),
        ("capacity", ADDS_PLACES[1:]),
    ):
        rows = subject.table(table)
        rows = rows[rows["academic_year"] > int(base)][["urn", "academic_year", "row"]]
        both = rows.merge(changes[changes["kind"].isin(kinds)], on="urn", suffixes=("", "_change"))
        until = both["end_year"].fillna(np.inf)
        both = both[(both["academic_year"] >= both["start_year"]) & (both["academic_year"] <= until)]
        findings += subject.found(
            "change-counted-twice",
            table,
            both.drop_duplicates("change_id"),
            "academic_year",
            partial(_say_twice, subject, table),
        )
    return findings


@about("delay_table")
def delays_above_one(subject: Subject) -> list[Finding]:
    """The shares of a kind of change that come late, at one certainty, are parts of one whole."""
    rows = subject.table("delay_table")
    late = rows[rows["years_late"] > 0].groupby(["kind", "certainty"])
    together = late.agg(share=("share", "sum"), row=("row", "last")).reset_index()
    return subject.found(
        "delay-shares",
        "delay_table",
        together[together["share"] > 1.0 + SHARE_TOLERANCE],
        "share",
        lambda row: f"the shares of a late {row.kind} sum to {row.share:g}, more than all of them",
    )


def _say_twice(subject: Subject, table: str, row: Any) -> str:
    return (
        f"{subject.school(row.urn)} has {table} for {_year(row.academic_year)} and the planned {row.kind} "
        f"{row.change_id} from {_year(row.start_year)}; the places may count twice"
    )


def _change_finding(rule: str, said: str, row: int, change_id: str) -> Finding:
    return Finding(rule, said, "planned_changes", "", int(row), "change_id", change_id)


def _year(start: object) -> str:
    return str(AcademicYear(int(float(str(start)))))
