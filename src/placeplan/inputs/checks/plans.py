"""Checks of the tables of education, health and care plans: needs, and ages beside year groups."""

from __future__ import annotations

from typing import Any

import pandas as pd

from placeplan.datafiles import data_rows
from placeplan.inputs.checks.subject import Subject, about, show
from placeplan.problems import Finding
from placeplan.years import AcademicYear, year_group_label

WITH_NEED = ("specialist", "specialist_flows", "specialist_places")
WITH_AGE = ("specialist", "specialist_flows")
AGE_OF_RECEPTION = 4
SETTING_GAP = 0.1
"""Share of a setting's plans by which flows and the change of its stock may differ …"""
SETTING_CHILDREN = 10
"""… and children by which they may differ in any case."""


def needs_unknown(subject: Subject) -> list[Finding]:
    """A need is one of the codes of the SEN2 census."""
    known = [row["need"] for row in data_rows("send_needs.csv")]
    found = []
    for name in WITH_NEED:
        table = subject.table(name)
        if table.empty:
            continue
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
        if table.empty:
            continue
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


@about("specialist")
def settings_beside_flows(subject: Subject) -> list[Finding]:
    """New and moved plans into a setting less ceased and moved ones out of it make the change of its stock.

    Looked at in years in which every new, ceased and moved plan names its setting.
    """
    stock = _by_setting(subject.table("specialist"), "setting")
    flows = subject.table("specialist_flows")
    flows = flows[flows["flow"].isin(("new", "ceased", "move"))]
    into = _by_setting(flows[flows["flow"] != "ceased"], "to_setting")
    out = _by_setting(flows[flows["flow"] != "new"], "from_setting")
    nameless = {year for year, setting in (*into, *out) if not setting}
    both = {year for year, _ in into} & {year for year, _ in out} & {year for year, _ in stock}
    findings = []
    for year in sorted(both - nameless):
        if year - 1 not in {known for known, _ in stock}:
            continue
        for setting in sorted({name for known, name in stock if known in (year - 1, year)}):
            before = stock.get((year - 1, setting), 0.0)
            change = stock.get((year, setting), 0.0) - before
            net = into.get((year, setting), 0.0) - out.get((year, setting), 0.0)
            if abs(change - net) > max(SETTING_GAP * before, SETTING_CHILDREN):
                findings.append(_unexplained(flows, year, setting, change, net))
    return findings


def _unexplained(flows: pd.DataFrame, year: int, setting: str, change: float, net: float) -> Finding:
    """The finding about one setting, at the first of its rows of that year, else at the first of the year."""
    now = flows[flows["academic_year"] == year]
    own = now[(now["to_setting"] == setting) | (now["from_setting"] == setting)]
    said = (
        f"plans in {setting} changed by {show(change)} in {AcademicYear(year)}, but new and moved plans into it less ceased "
        f"and moved ones out are {show(net)}: a difference of {show(abs(change - net))}"
    )
    row = int((own if len(own) else now)["row"].min())
    return Finding("plans-flow-setting", said, "specialist_flows", "", row, "pupils", show(change))


def _by_setting(rows: pd.DataFrame, column: str) -> dict[tuple[int, str], float]:
    """Return pupils by start year and setting."""
    found: dict[tuple[int, str], float] = {}
    for year, setting, pupils in zip(rows["academic_year"], rows[column], rows["pupils"], strict=True):
        key = int(year), str(setting)
        found[key] = found.get(key, 0.0) + (0.0 if pupils != pupils else float(pupils))
    return found
