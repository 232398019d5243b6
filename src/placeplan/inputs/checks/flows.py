"""Checks of flows against stocks: transfers beside rolls, specialist plans, births of part of a year."""

from __future__ import annotations

import pandas as pd

from placeplan.inputs.checks.subject import GROUP_AREA_PHASE, OUTSIDE, Subject, about, show
from placeplan.problems import Finding
from placeplan.years import AcademicYear, year_group_label

TRANSFER_GAP = 0.10
"""Share by which transfers into an area may differ from its roll."""
TRANSFER_PUPILS = 5
"""Pupils by which they may differ in any case."""
STOCK_GAP = 0.05
"""Share of the stock by which flows and the change of stock may differ."""


def transfers_beside_rolls(subject: Subject) -> list[Finding]:
    """Not more may leave an area than were in it, and those who arrive are its new year group."""
    transfers = subject.table("transfers")
    transfers = transfers[transfers["pupils"].notna()]
    if transfers.empty:
        return []
    into = transfers["into_year_group"].fillna(7).astype(int)
    moves = transfers.assign(into=into, year=transfers["academic_year"].astype(int))
    left = _totals(moves, "from_area", moves["into"] - 1, moves["year"] - 1)
    came = _totals(moves, "to_area", moves["into"], moves["year"])
    left, came = left.assign(roll=_rolls_of(subject, left)), came.assign(roll=_rolls_of(subject, came))
    too_many = left[left["pupils"] > left["roll"]]
    gap = (came["pupils"] - came["roll"]).abs()
    differing = came[(gap > TRANSFER_GAP * came["roll"]) & (gap > TRANSFER_PUPILS)]
    findings = subject.found(
        "transfers-exceed-roll",
        "transfers",
        too_many,
        "from_area",
        lambda row: (
            f"{show(row.pupils)} pupils move on from {row.from_area}, which had only {show(row.roll)} in "
            f"Year {year_group_label(row.group)} in {AcademicYear(row.at)}"
        ),
    )
    return findings + subject.found(
        "transfers-differ",
        "transfers",
        differing,
        "to_area",
        lambda row: (
            f"{show(row.pupils)} pupils move into {row.to_area}, which has {show(row.roll)} in "
            f"Year {year_group_label(row.group)} in {AcademicYear(row.at)}"
        ),
    )


def _totals(moves: pd.DataFrame, side: str, group: pd.Series[int], year: pd.Series[int]) -> pd.DataFrame:
    """Return pupils who moved by area, year group and year on one side, the outside left out."""
    inside = moves.assign(group=group, at=year)[moves[side] != OUTSIDE]
    return (
        inside.groupby([side, "group", "at"]).agg(pupils=("pupils", "sum"), row=("row", "min")).reset_index()
    )


def _rolls_of(subject: Subject, totals: pd.DataFrame) -> list[float]:
    """Return the roll of each area, year group and year; NaN where there is none."""
    rolls = subject.area_rolls
    keys = zip(
        totals.iloc[:, 0], totals["group"].map(GROUP_AREA_PHASE), totals["at"], totals["group"], strict=True
    )
    known = rolls.to_dict()
    return [known.get(key, float("nan")) for key in keys]


@about("specialist")
def specialist_stock_and_flow(subject: Subject) -> list[Finding]:
    """New plans less ceased plans make the change in the number of plans."""
    stock = _by_year(subject.table("specialist"))
    flows = subject.table("specialist_flows")
    new, ceased = (_by_year(flows[flows["flow"] == flow]) for flow in ("new", "ceased"))
    findings = []
    for year in sorted(stock.keys() & new.keys() & ceased.keys()):
        if year - 1 not in stock:
            continue
        before, now = stock[year - 1], stock[year]
        net = new[year] - ceased[year]
        if abs(now - before - net) > STOCK_GAP * before:
            said = (
                f"plans went from {show(before)} to {show(now)} in {AcademicYear(year)}, a change of "
                f"{show(now - before)}, but new less ceased plans are {show(net)}: a difference of "
                f"{show(abs(now - before - net))}"
            )
            row = int(flows.loc[flows["academic_year"] == year, "row"].min())
            findings.append(
                Finding("plans-flow-stock", said, "specialist_flows", "", row, "pupils", show(net))
            )
    return findings


def _by_year(rows: pd.DataFrame) -> dict[int, float]:
    """Return pupils by start year."""
    totals = rows.groupby("academic_year")["pupils"].sum()
    return dict(zip(totals.index.astype(int).tolist(), totals.tolist(), strict=True))


@about("births")
def births_in_part(subject: Subject) -> list[Finding]:
    """A birth year of which the rows cover only some months says nothing about a whole cohort."""
    births = subject.table("births")
    part = births[births["covered"] < 1 - 1e-6]
    findings = []
    for year, rows in part.groupby("birth_year"):
        months = round(12 * float(rows["covered"].min()))
        said = (
            f"births in {AcademicYear(int(str(year)))} are known for {months} of 12 months; they are left out"
        )
        row = int(rows["row"].iloc[0])
        findings.append(
            Finding("births-part", said, "births", "", row, "births", str(AcademicYear(int(str(year)))))
        )
    return findings
