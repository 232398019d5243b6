"""Options of high needs in words and tables for send.md."""

from __future__ import annotations

from typing import Any

import pandas as pd

from placeplan.options.special_setting import option_kinds
from placeplan.outputs.marks import table
from placeplan.outputs.send_money import setting_words
from placeplan.outputs.words import chance, markdown, number, thousands
from placeplan.tables import rows_of

SHOWN = 2
"""Options of one kind, setting and phase that are shown; the file has all."""


def options_blocks(frame: pd.DataFrame) -> list[str]:
    """Return the best options by setting and phase; nothing where there is none."""
    if frame.empty:
        return []
    blocks = [
        "## What could be done",
        "Each option by itself, the best first: by the chance of shortfall that is left, then by the budget. Chances are "
        "those of the first year in which the option could stand and is needed. *Building*: thousand pounds, once. "
        "*Budget*: change of the high-needs budget over ten years, in thousand pounds, building apart; with a minus it "
        "saves. Options are alternatives: their savings do not add up. `send_options.csv` has all, with route and reason.",
    ]
    for (setting, phase), own in frame.groupby(["setting", "phase"], sort=False):
        best = own[own["kind"] != "do_nothing"].groupby("kind", sort=False).head(SHOWN)
        rows = [_row(row) for row in rows_of(best)]
        heading = f"{setting_words(str(setting))}, {setting_words(str(phase)).lower()}"
        blocks += [f"### {heading}", table(_HEAD, rows, text_columns=4)]
    return blocks


_HEAD = [
    "Option",
    "Where",
    "From",
    "Who decides",
    "Places",
    "Chance before",
    "Chance after",
    "Building",
    "Budget",
]


def _row(row: Any) -> list[str]:
    title = option_kinds()[row.kind]["title"]
    title = f"{title} ({markdown(row.need)})" if row.kind == "redesignation" else title
    title = f"{title}; saves nothing" if row.kind == "decommission" and row.budget_change >= 0 else title
    return [
        title, markdown(row.school_name), row.start_year,
        markdown(row.decider), number(row.places), chance(row.chance_before), chance(row.chance_after),
        thousands(row.cost), thousands(row.budget_change),
    ]  # fmt: skip
