"""The local SEND reform plan for people: a workbook with a sheet for each table, and its part of send.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from placeplan.outputs.book import WHOLE, Book, cell, write_book
from placeplan.outputs.marks import table
from placeplan.outputs.words import markdown, number

SHOWN = ("5.1", "6")
"""Tables that send.md shows; the rest stand in the workbook."""
BLANK = "–"


def write_reform_book(plan: pd.DataFrame, authority: str, path: Path) -> None:
    """Write send_reform_plan.xlsx: one sheet a table, labels down, years across, a live total and the notes."""
    created = datetime(int(plan["year"].min()) + 1, 1, 15)
    write_book(
        path, created, f"Local SEND reform plan: {authority}", lambda book: _fill(book, plan, authority)
    )


def _fill(book: Book, plan: pd.DataFrame, authority: str) -> None:
    for name, own in plan.groupby("table", sort=False):
        years = sorted(set(own["year"]))
        sheet = book.sheet(
            f"Table {name}", f"Table {name}: {own['title'].iloc[0]}", (48, *(9 for _ in years), 3, 74)
        )
        said = f"{authority}. 2025 is the January 2026 census. Blank: the tables do not tell the label apart."
        book.put(sheet, 1, 0, said, "note")
        book.header(sheet, 2, ["", *map(str, years)])
        sheet.write_string(2, len(years) + 2, "Note", book.formats["head"])
        labels = list(dict.fromkeys(own["label"]))
        for row, label in enumerate(labels, 3):
            cells = own[own["label"] == label].set_index("year")
            book.put(sheet, row, 0, label)
            for column, year in enumerate(years, 1):
                value = float(cells.loc[year, "value"])
                if value == value:
                    book.put(sheet, row, column, value, WHOLE)
            book.put(sheet, row, len(years) + 2, str(cells["note"].iloc[0]), "note")
        last = 3 + len(labels)
        book.put(sheet, last, 0, "Total", "total_head")
        for column, year in enumerate(years, 1):
            whole = float(np.nansum(own.loc[own["year"] == year, "value"]))
            span = f"{cell(3, column)}:{cell(last - 1, column)}"
            book.formula(sheet, last, column, f"=SUM({span})", whole, f"total_{WHOLE}")
        sheet.freeze_panes(3, 1)


def reform_part(frames: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    """Give the tables of all plans by age and provision, and where the rest stands."""
    plan = frames["send_reform_plan"]
    if plan.empty:
        return
    yield "## Local SEND reform plan"
    yield (
        "send_reform_plan.xlsx has all tables, by age, provision and need, with requests and assessments; "
        "send_reform_plan.csv says which numbers are known and which are forecast. The layout follows public code, not a "
        "template of the Department: compare before you hand it in. Years are those of the plans: 2025 is the January 2026 "
        "census."
    )
    for name in SHOWN:
        own = plan[plan["table"] == name]
        years = sorted(set(own["year"]))
        wide = own.pivot_table(index="label", columns="year", values="value", sort=False, dropna=False)
        rows = [
            [
                markdown(label),
                *(BLANK if value != value else number(value) for value in wide.loc[label, years]),
            ]
            for label in dict.fromkeys(own["label"])
        ]
        rows.append(["Total", *(number(float(wide[year].sum())) for year in years)])
        yield f"Table {name}: {own['title'].iloc[0]}."
        yield table(["", *map(str, years)], rows)
