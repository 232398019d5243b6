"""Checks of the tables of education, health and care plans: needs, and ages beside year groups."""

from __future__ import annotations

from typing import Any

from placeplan.datafiles import data_rows
from placeplan.inputs.checks.subject import Subject, show
from placeplan.problems import Finding
from placeplan.years import year_group_label

WITH_NEED = ("specialist", "specialist_flows", "specialist_places")
WITH_AGE = ("specialist", "specialist_flows")
AGE_OF_RECEPTION = 4


def needs_unknown(subject: Subject) -> list[Finding]:
    """A need is one of the codes of the SEN2 census."""
    known = [row["need"] for row in data_rows("send_needs.csv")]
    found = []
    for name in WITH_NEED:
        table = subject.table(name)
        wrong = table[(table["need"] != "") & ~table["need"].str.strip().str.upper().isin(known)]
        found += subject.found(
            "need-unknown",
            name,
            wrong,
            "need",
            lambda row: f"{row.need} is no need of the SEN2 census ({', '.join(known)})",
        )
    return found


def ages_beside_year_groups(subject: Subject) -> list[Finding]:
    """Where a row gives both, the age at 31 August before the year is the year group plus four."""
    found = []
    for name in WITH_AGE:
        table = subject.table(name)
        both = table[table["age"].notna() & table["year_group"].notna()]
        wrong = both[both["age"] != both["year_group"] + AGE_OF_RECEPTION]
        found += subject.found(
            "age-beside-year-group",
            name,
            wrong,
            "age",
            lambda row: (
                f"age {show(row.age)} stands beside year group {year_group_label(int(row.year_group))}, "
                f"whose age is {show(row.year_group + AGE_OF_RECEPTION)}"
            ),
        )
    return found


def parts_above_whole(subject: Subject) -> list[Finding]:
    """Pupils with a plan, or with two registrations, are part of those counted."""
    return [
        *_part_above(subject, "plans-above-roll", "rolls", ("plan_pupils", "pupils"), "on roll"),
        *_part_above(subject, "ap-part-above-entries", "ap_flows", ("with_plan", "entries"), "who entered"),
        *_part_above(
            subject, "ap-part-above-entries", "ap_flows", ("dual_registered", "entries"), "who entered"
        ),
    ]


def _part_above(
    subject: Subject, rule: str, name: str, columns: tuple[str, str], whose: str
) -> list[Finding]:
    table, (part, whole) = subject.table(name), columns

    def said(row: Any) -> str:
        return f"{part} says {show(getattr(row, part))}, more than the {show(getattr(row, whole))} {whose}"

    return subject.found(rule, name, table[table[part] > table[whole]], part, said)
