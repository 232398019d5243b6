"""Checks of places and judgement: capacity known and fresh, cuts beside offers, adjustments still valid."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from placeplan.inputs.checks.subject import Subject, show
from placeplan.problems import Finding
from placeplan.years import AcademicYear, phase_of, year_group_label


def phases_impossible(subject: Subject) -> list[Finding]:
    """A year group stands in its own phase (a sixth form may stand under its secondary area)."""
    findings = []
    for table in ("planned_changes", "adjustments", "previous_forecasts", "control_totals"):
        rows = subject.table(table)
        if rows.empty:
            continue
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


def figures_over_sites(subject: Subject) -> list[Finding]:
    """Schools on several sites whose capacity or admission numbers are given for the whole school alone."""
    sites = subject.register.sites.groupby("urn").size()
    several = set(sites.index[sites > 1])
    findings = []
    for table, what in (("capacity", "capacity"), ("admission_numbers", "admission numbers")):
        rows = subject.table(table)
        if rows.empty:
            continue
        unit = rows["urn"].map(lambda urn: subject.successors.get(urn, urn))
        by_site = set(unit[rows["site_id"] != ""])
        whole = rows[unit.isin(list(several - by_site))].drop_duplicates("urn")
        findings += subject.found(
            "places-over-sites",
            table,
            whole,
            "site_id",
            partial(_say_over_sites, subject, what),
        )
    return findings


def _say_over_sites(subject: Subject, what: str, row: Any) -> str:
    school = subject.school(row.urn)
    return f"the {what} of {school} are for all its sites: they are shared over the sites as the pupils of the base year are"


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


def adjustments_expiring(subject: Subject) -> list[Finding]:
    """An adjustment carries its evidence and a date after which it is looked at again; its dates make sense."""
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
    findings += subject.found(
        "adjustment-no-evidence",
        "adjustments",
        rows[rows["evidence"] == ""],
        "evidence",
        lambda row: f"the adjustment {row.adjustment_id} names no evidence",
    )
    over = pd.to_datetime((rows["academic_year"] + 1).astype(str) + "-08-31")
    findings += subject.found(
        "adjustment-dates",
        "adjustments",
        rows[(rows["made_on"] > over) | (rows["expires_on"] < rows["made_on"])],
        "made_on",
        lambda row: (
            f"the adjustment {row.adjustment_id} was made on {row.made_on:%d %B %Y}, after it expired or after the "
            f"{_year(row.academic_year)} that it is for"
        ),
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


def _year(start: object) -> str:
    return str(AcademicYear(int(float(str(start)))))


def _group(number: object) -> str:
    label = year_group_label(int(float(str(number))))
    return "Reception" if label == "R" else f"Year {label}"
