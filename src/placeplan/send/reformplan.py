"""The tables of the 2026 local SEND reform plans, from the dated layout in ``data/lsrp/2026.csv``.

The years of the plans are calendar years: 2025 is the January 2026 census, so the academic year that begins in 2025.
Plans are known up to the base year and forecast after it. Requests and assessments ahead are the new plans of the forecast
times the requests and assessments for each new plan of the last years, by age group. Whole numbers in each table and year
add up to the rounded sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.problems import Finding
from placeplan.send.flow import constants
from placeplan.send.make import SendMade
from placeplan.send.needs import read_needs
from placeplan.send.returns import whole_that_add_up
from placeplan.send.tables import AGE_OF_RECEPTION, AGES, SETTINGS
from placeplan.years import AcademicYear

LAYOUT = "lsrp/2026.csv"
COLUMNS = ["table", "title", "label", "year", "academic_year", "value", "basis", "note"]
KNOWN, FORECAST, BLANK = "known", "forecast", "not told apart"
WHOLE = ("5.1", "6", "7")
"""Tables that count every plan."""


def reform_plan(made: SendMade, specialist: pd.DataFrame, flows: pd.DataFrame) -> pd.DataFrame:
    """Return send_reform_plan.csv: a row for each table, label and year; blank where it is not known."""
    sources = _Sources(made, specialist, flows)
    rows: list[dict[str, Any]] = []
    layout = data_rows(LAYOUT)
    for table in dict.fromkeys(row["table"] for row in layout):
        own = [row for row in layout if row["table"] == table]
        for start in range(int(own[0]["first_year"]), int(own[0]["last_year"]) + 1):
            rows += _year(own, AcademicYear(start), sources)
    return pd.DataFrame(rows, columns=COLUMNS)


def _year(own: list[dict[str, str]], year: AcademicYear, sources: _Sources) -> Iterator[dict[str, Any]]:
    values = [sources.value(row, year) for row in own]
    known = [place for place, value in enumerate(values) if value is not None]
    whole = dict(
        zip(known, whole_that_add_up(np.array([values[place] for place in known], dtype=float)), strict=True)
    )
    for place, row in enumerate(own):
        told = bool(row["settings"]) or row["measure"] != "plans"
        yield {
            "table": row["table"], "title": row["title"], "label": row["label"], "year": int(year),
            "academic_year": str(year), "value": float(whole[place]) if place in whole else np.nan,
            "basis": BLANK if not told else KNOWN if year <= sources.base else FORECAST, "note": row["note"],
        }  # fmt: skip


class _Sources:
    """Plans, needs and new plans by year, known and ahead, and requests and assessments for each new plan."""

    def __init__(self, made: SendMade, specialist: pd.DataFrame, flows: pd.DataFrame) -> None:
        """Take what the forecast made and the tables that it rests on."""
        self.made, self.base = made, made.base
        self.first = made.plans.years[0]
        self.by_need = read_needs(specialist, flows) if made.needs is not None else {}
        self.flows = {
            kind: self._by_age(flows[flows["flow"] == kind]) for kind in ("request", "assessment", "new")
        }

    def _by_age(self, rows: pd.DataFrame) -> Array:
        """Return pupils of a flow by year known and age, (years, ages); rows without an age are left out."""
        age = rows["age"].fillna(rows["year_group"] + AGE_OF_RECEPTION).to_numpy(dtype=float)
        year = rows["academic_year"].to_numpy(dtype=float) - int(self.first)
        known = ~np.isnan(age) & (year >= 0) & (year < len(self.made.plans.years))
        found = np.zeros((len(self.made.plans.years), AGES))
        np.add.at(
            found,
            (year[known].astype(int), age[known].astype(int)),
            rows["pupils"].to_numpy(dtype=float)[known],
        )
        return found

    def value(self, row: dict[str, str], year: AcademicYear) -> float | None:
        """Return the expected number of a label in a year; nothing where it is not known."""
        if row["measure"] == "plans":
            return self._plans(row, year) if row["settings"] else None
        low, high = map(int, row["ages"].split("-"))
        return self._flow(row["measure"], year, slice(low, high + 1))

    def _plans(self, row: dict[str, str], year: AcademicYear) -> float | None:
        stock = self._stock(row["needs"], year)
        low, high = map(int, row["ages"].split("-"))
        settings = [SETTINGS.index(name) for name in row["settings"].split()]
        return None if stock is None else float(stock[settings, low : high + 1].sum())

    def _stock(self, needs: str, year: AcademicYear) -> Array | None:
        """Return plans by setting and age, of some needs if any are named."""
        ahead, at = int(year) - int(self.base) - 1, int(year) - int(self.first)
        if at < 0 or ahead >= len(self.made.central.stock):
            return None
        if not needs:
            return self.made.central.stock[ahead] if ahead >= 0 else self.made.plans.stock[at]
        if self.made.needs is None:
            return None
        wanted = [needs] if needs == "not known" else needs.split()
        names = [name for name in self.made.needs.names if name in wanted]
        places = [self.made.needs.names.index(name) for name in names]
        if ahead >= 0:
            return np.asarray(self.made.needs.ahead[ahead][places].sum(axis=0))
        return np.asarray(
            sum((self.by_need[name].stock[at] for name in names), np.zeros((len(SETTINGS), AGES)))
        )

    def _flow(self, measure: str, year: AcademicYear, ages: slice) -> float | None:
        ahead, at = int(year) - int(self.base) - 1, int(year) - int(self.first)
        counts = self.flows[measure]
        if at < 0 or not counts.sum():
            return None
        if ahead < 0:
            return float(counts[at, ages].sum())
        if self.made.rates is None or ahead >= len(self.made.rates.new):
            return None
        pooled = int(constants()["pooled_years"])
        new = float(self.flows["new"][-pooled:, ages].sum())
        each = float(counts[-pooled:, ages].sum()) / new if new > 0 else 0.0
        return each * float(self.made.rates.new[ahead][:, ages].sum())


def reform_findings(plan: pd.DataFrame) -> list[Finding]:
    """Return what is to be checked before the plan is handed in; always that the layout was not the Department's own."""
    found = [
        Finding(
            "lsrp-layout",
            "the tables follow public code that writes them, not a template of the Department",
            "send_reform_plan",
        )
    ]
    blank = plan[(plan["basis"] == BLANK) & (plan["year"] == plan["year"].min())]
    if len(blank):
        labels = "; ".join(blank["label"])
        said = f"{len(blank)} labels are blank because the settings of specialist do not tell them apart: {labels}"
        found.append(Finding("lsrp-not-told", said, "send_reform_plan", column="value"))
    return [*found, *_missing(plan), *_totals(plan), *_order(plan)]


def _missing(plan: pd.DataFrame) -> Iterator[Finding]:
    """Tables and years that should have a number and have none."""
    empty = plan[plan["value"].isna() & (plan["basis"] != BLANK)]
    tables: dict[str, list[str]] = {}
    for table, rows in empty.groupby("table", sort=False):
        tables.setdefault(_listed(rows["year"]), []).append(str(table))
    for years, named in tables.items():
        which = f"table {named[0]} has" if len(named) == 1 else f"tables {', '.join(named)} have"
        said = f"{which} no numbers for {years}: the tables or the forecast do not cover them"
        yield Finding("lsrp-years-missing", said, "send_reform_plan", column="value", value=years)


def _totals(plan: pd.DataFrame) -> Iterator[Finding]:
    """Every table of all plans has the same total, and the tables of needs by setting are within that of all needs."""
    totals = plan.groupby(["year", "table"])["value"].sum(min_count=1).unstack()
    for year, row in totals.iterrows():
        known = {table: float(row[table]) for table in WHOLE if row[table] == row[table]}
        if len(set(known.values())) > 1:
            said = "; ".join(f"{table} has {value:,.0f}" for table, value in known.items())
            yield Finding(
                "lsrp-totals-differ",
                f"tables of all plans differ in {year}: {said}",
                "send_reform_plan",
                column="value",
                value=str(year),
            )
    unknown = plan[(plan["table"] == "7") & plan["label"].str.startswith("SEN support") & (plan["value"] > 0)]
    if len(unknown):
        first = unknown.iloc[0]
        said = (
            f"{first['value']:,.0f} plans of {first['year']} name no need; they stand as SEN support without a specialist "
            "assessment"
        )
        yield Finding("lsrp-need-blank", said, "send_reform_plan", column="label")


def _order(plan: pd.DataFrame) -> Iterator[Finding]:
    """Not more is assessed than asked for, and not more plans are made than assessed."""
    wide = plan[plan["table"].isin(["10", "11", "12"])].pivot_table(
        index=["year", "label"], columns="table", values="value"
    )
    for more, less, words in (
        ("11", "10", "assessments than requests"),
        ("12", "11", "new plans than assessments"),
    ):
        if more not in wide or less not in wide:
            continue
        for label, rows in wide[wide[more] > wide[less]].groupby(level="label", sort=False):
            years = _listed(rows.index.get_level_values("year"))
            most = rows.iloc[int(np.argmax(rows[more] - rows[less]))]
            said = f"{label}, {years}: more {words} (up to {most[more]:,.0f} against {most[less]:,.0f})"
            yield Finding("lsrp-order", said, "send_reform_plan", column="value", value=years)


def _listed(years: Iterable[int]) -> str:
    """Return calendar years in a list, those that follow each other as a span: ``2025 to 2027, 2029``."""
    spans: list[list[int]] = []
    for year in sorted({int(year) for year in years}):
        if spans and spans[-1][-1] == year - 1:
            spans[-1].append(year)
        else:
            spans.append([year])
    return ", ".join(f"{span[0]} to {span[-1]}" if len(span) > 1 else str(span[0]) for span in spans)
