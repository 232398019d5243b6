"""Checks of the tables of high needs as wholes: years left out, months, providers."""

from __future__ import annotations

import pandas as pd

from placeplan.inputs.checks.subject import Subject, years_in_words
from placeplan.problems import Finding
from placeplan.years import AcademicYear, school_month


def years_left_out(subject: Subject) -> list[Finding]:
    """Plans, and new plans where some are given, are known for every year from the first to the last."""
    flows = subject.table("specialist_flows")
    found = []
    for name, what, rows in (
        ("specialist", "plans", subject.table("specialist")),
        ("specialist_flows", "new plans", flows[flows["flow"] == "new"]),
    ):
        years = sorted(set(rows["academic_year"].astype(int)))
        missing = set(range(years[0], years[-1])) - set(years) if years else set()
        if not missing:
            continue
        after = max(missing) + 1
        first = rows[rows["academic_year"] == after]
        said = f"{name} has no {what} for {years_in_words(missing)}: only the years from {AcademicYear(after)} on are used"
        row = int(first["row"].min())
        found.append(
            Finding("plans-year-missing", said, name, "", row, "academic_year", years_in_words(missing))
        )
    return found


def flows_in_part(subject: Subject) -> list[Finding]:
    """Where new plans are given, ceased plans and moves of the last of their years are too."""
    flows = subject.table("specialist_flows")
    made = flows[flows["flow"] == "new"]
    if made.empty:
        return []
    last = int(made["academic_year"].max())
    now = flows[flows["academic_year"] == last]
    found = []
    for flow, what, then in (
        ("ceased", "plans ceased", "nobody's plan ceases before the oldest age, and plans come out too many"),
        ("move", "moves between settings", "children stay in the setting that they are in"),
    ):
        if not (now["flow"] == flow).any():
            said = f"specialist_flows has new plans of {AcademicYear(last)} and no {what}: {then}"
            row = int(made.loc[made["academic_year"] == last, "row"].min())
            found.append(Finding("plans-flows-in-part", said, "specialist_flows", "", row, "flow", flow))
    return found


def plans_behind_rolls(subject: Subject) -> list[Finding]:
    """Plans are known up to the base year."""
    plans, base = subject.table("specialist"), subject.base_year
    if plans.empty or base is None or int(plans["academic_year"].max()) >= int(base):
        return []
    last = AcademicYear(int(plans["academic_year"].max()))
    said = f"the last plans are those of {last}, the rolls go to {base}: the forecast of plans starts from {last}"
    row = int(plans.loc[plans["academic_year"] == int(last), "row"].min())
    return [Finding("plans-behind-rolls", said, "specialist", "", row, "academic_year", str(last))]


def months_of_entries(subject: Subject) -> list[Finding]:
    """A month is a month of the school year; without one an entry has no place in the profile of the year."""
    entries = subject.table("ap_flows")
    month = entries["month"].str.strip()
    blank = entries[month == ""]
    wrong = entries[(month != "") & month.map(school_month).isna()]
    found = subject.found(
        "ap-month-unknown", "ap_flows", wrong, "month", lambda row: f"`{row.month}` is no month"
    )
    if len(blank):
        count = int(blank["entries"].sum())
        said = f"{len(blank)} rows of ap_flows with {count} entries name no month; they are left out of the months"
        found.append(Finding("ap-month-missing", said, "ap_flows", "", int(blank["row"].min()), "month"))
    return found


def providers_unknown(subject: Subject) -> list[Finding]:
    """The places of a provider that is no known school have a phase only where the row says it."""
    places = subject.table("specialist_places")
    stray = places[(places["urn"] != "") & ~places["urn"].isin(set(subject.names))]
    return [
        Finding("provider-unknown", _provider(rows), "specialist_places", "", int(rows["row"].min()), "urn", str(urn))
        for urn, rows in stray.groupby("urn", sort=False)
    ]  # fmt: skip


def _provider(rows: pd.DataFrame) -> str:
    count, bare = len(rows), int((rows["phase"] == "").sum())
    said = f"{rows['urn'].iloc[0]} is no school of the table schools ({count} row{'s' if count > 1 else ''})"
    if not bare:
        return said
    return (
        f"{said}; {bare} of them name no phase, so that the places of their setting cannot be told by phase"
    )
