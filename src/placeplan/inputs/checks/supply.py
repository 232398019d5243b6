"""Checks of places: capacity known and fresh, planned changes complete and not in each other's way."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from placeplan.inputs.checks.subject import Subject, show
from placeplan.problems import Finding
from placeplan.years import AcademicYear, phase_of, year_group_label

ENDING = ("closure", "amalgamation")
ADDS_PLACES = ("pan_change", "expansion", "bulge", "unit")


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
            f"the change {row.change_id} ends in {_year(row.end_year)}, before its start in "
            f"{_year(row.start_year)}"
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


def phases_impossible(subject: Subject) -> list[Finding]:
    """A year group stands in its own phase (a sixth form may stand under its secondary area)."""
    findings = []
    for table in ("planned_changes", "adjustments", "previous_forecasts"):
        rows = subject.table(table)
        rows = rows[rows["year_group"].notna() & (rows["phase"] != "")]
        phases = [phase_of(int(group)) for group in rows["year_group"]]
        fits = [
            stated in (phase.value, phase.area_phase.value)
            for stated, phase in zip(rows["phase"], phases, strict=True)
        ]
        findings += subject.found(
            "phase-year-group",
            table,
            rows[~np.array(fits, dtype=bool)],
            "year_group",
            lambda row: f"year group {year_group_label(int(row.year_group))} is not {row.phase}",
        )
    return findings


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


def capacity_in_doubt(subject: Subject) -> list[Finding]:
    """Capacity that is missing, old or disputed, for every mainstream school with pupils in the base year."""
    base = subject.base_year
    if base is None or not subject.inputs.has("capacity"):
        return []
    rolls = subject.rolls[(subject.rolls["academic_year"] == int(base)) & (subject.rolls["pupils"] > 0)]
    with_pupils = sorted(set(rolls["unit"]) & set(subject.mainstream.index))
    rows = subject.table("capacity")
    rows = rows[rows["capacity"].notna()].assign(
        unit=rows["urn"].map(lambda urn: subject.successors.get(urn, urn))
    )
    rows = rows[rows["academic_year"] <= int(base)].sort_values(["academic_year", "row"])
    latest = rows.drop_duplicates("unit", keep="last").set_index("unit")
    findings = []
    for urn in with_pupils:
        who = subject.school(urn)
        if urn not in latest.index:
            said = f"{who} has pupils in {base}, but no capacity for that year or earlier"
            findings.append(Finding("capacity-missing", said, "capacity", "", 0, "urn", urn))
            continue
        row = latest.loc[urn]
        age, at = int(base) - int(row["academic_year"]), int(row["row"])
        if age > subject.project.checks.capacity_age_years:
            said = (
                f"the last capacity of {who} is of {_year(row['academic_year'])}, {age} years before {base}"
            )
            findings.append(
                Finding(
                    "capacity-old", said, "capacity", "", at, "academic_year", _year(row["academic_year"])
                )
            )
        if row["disputed"] == "yes":
            said = f"the capacity of {who}, {show(row['capacity'])} places, is disputed"
            findings.append(Finding("capacity-disputed", said, "capacity", "", at, "disputed", "yes"))
    return findings


def cuts_below_offers(subject: Subject) -> list[Finding]:
    """An admission number, determined or planned, below the offers last made for that year group."""
    offers = subject.table("preferences")
    if offers.empty or not subject.inputs.has("admission_numbers"):
        return []
    keys = ["urn", "year_group"]
    offers = offers[offers["offers"].notna()].sort_values("academic_year").drop_duplicates(keys, keep="last")
    made = offers.set_index(keys)[["offers", "academic_year"]].rename(columns={"academic_year": "offered_in"})
    pans = (
        subject.table("admission_numbers")
        .groupby([*keys, "academic_year"])
        .agg(pan=("pan", "sum"), row=("row", "min"))
    )
    pans = pans.reset_index().join(made, on=keys, how="inner")
    cut = pans[(pans["academic_year"] > pans["offered_in"]) & (pans["pan"] < pans["offers"])]
    findings = subject.found(
        "pan-below-offers",
        "admission_numbers",
        cut,
        "pan",
        lambda row: (
            f"{subject.school(row.urn)} is to admit {show(row.pan)} to {_group(row.year_group)} in "
            f"{_year(row.academic_year)}, but made {show(row.offers)} offers in {_year(row.offered_in)}"
        ),
    )
    return findings + _planned_cuts(subject, pans)


def _planned_cuts(subject: Subject, pans: pd.DataFrame) -> list[Finding]:
    """Cuts by planned change, set beside the last admission number before them and the offers made."""
    changes = subject.table("planned_changes")
    cuts = changes[changes["kind"].isin(["pan_change", "expansion"]) & (changes["places"] < 0)]
    findings = []
    for cut in cuts[["change_id", "urn", "year_group", "start_year", "places", "row"]].itertuples(
        index=False
    ):
        known = pans[(pans["urn"] == cut.urn) & (pans["academic_year"] <= cut.start_year)]
        if not np.isnan(float(str(cut.year_group))):
            known = known[known["year_group"] == cut.year_group]
        if known.empty:
            continue
        last = (
            known.sort_values(["year_group", "academic_year"])
            .drop_duplicates("year_group", keep="last")
            .iloc[0]
        )
        left = float(last["pan"]) + float(str(cut.places))
        if left < last["offers"]:
            said = (
                f"the change {cut.change_id} leaves {subject.school(str(cut.urn))} {show(left)} places in "
                f"{_group(last['year_group'])}, but it made {show(last['offers'])} offers in "
                f"{_year(last['offered_in'])}"
            )
            findings.append(
                Finding(
                    "pan-below-offers",
                    said,
                    "planned_changes",
                    "",
                    int(str(cut.row)),
                    "places",
                    show(cut.places),
                )
            )
    return findings


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


def _say_twice(subject: Subject, table: str, row: Any) -> str:
    return (
        f"{subject.school(row.urn)} has {table} for {_year(row.academic_year)} and the planned {row.kind} "
        f"{row.change_id} from {_year(row.start_year)}; the places may count twice"
    )


def adjustments_expiring(subject: Subject) -> list[Finding]:
    """An adjustment carries a date after which it is looked at again, and that date has not passed."""
    rows = subject.table("adjustments")
    base = subject.base_year
    if rows.empty or base is None:
        return []
    census = pd.Timestamp(int(base) + 1, 1, 15)
    findings = subject.found(
        "adjustment-no-expiry",
        "adjustments",
        rows[rows["expires_on"].isna()],
        "expires_on",
        lambda row: f"the adjustment {row.adjustment_id} has no expires_on",
    )
    return findings + subject.found(
        "adjustment-expired",
        "adjustments",
        rows[rows["expires_on"] < census],
        "expires_on",
        lambda row: (
            f"the adjustment {row.adjustment_id} expired on {row.expires_on:%d %B %Y}, before the {base} roll"
        ),
    )


def _change_finding(rule: str, said: str, row: int, change_id: str) -> Finding:
    return Finding(rule, said, "planned_changes", "", int(row), "change_id", change_id)


def _year(start: object) -> str:
    return str(AcademicYear(int(float(str(start)))))


def _group(number: object) -> str:
    label = year_group_label(int(float(str(number))))
    return "Reception" if label == "R" else f"Year {label}"
