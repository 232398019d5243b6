"""compare: scenarios side by side as CSV, workbook, Markdown, HTML and a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from placeplan.outputs.book import SHARE, SIGNED, WHOLE, Book, write_book
from placeplan.outputs.book_lists import list_sheet
from placeplan.outputs.csvfiles import write_csv
from placeplan.outputs.folder import RUN_FILE, written_whole
from placeplan.outputs.html import report_html
from placeplan.outputs.marks import picture, table
from placeplan.outputs.runfile import write_story
from placeplan.outputs.svg import BLUE, GREY, INK, ORANGE, Drawing, round_scale
from placeplan.outputs.words import PHASE_WORDS, chance, markdown, number, pounds, signed
from placeplan.tables import rows_of
from placeplan.years import Phase

CHART = "compare"
AREAS_AT_MOST = 12
AREAS = (
    ("Scenario", "scenario", "wrap", 34), ("Area", "area_code", "text", 10), ("Name", "area_name", "wrap", 24),
    ("Phase", "phase", "text", 11), ("Year", "academic_year", "text", 9), ("Pupils", "demand", WHOLE, 10),
    ("Places", "places", WHOLE, 10), ("Need", "need", WHOLE, 9), ("Spare", "spare", WHOLE, 9),
    ("Chance of shortfall", "probability_of_shortfall", SHARE, 10), ("Cost, £", "cost", WHOLE, 13),
    ("Pupils, change", "demand_change", SIGNED, 10), ("Places, change", "places_change", SIGNED, 10),
    ("Need, change", "need_change", SIGNED, 10), ("Spare, change", "spare_change", SIGNED, 10),
    ("Chance, change", "chance_change", SHARE, 10), ("Cost, change", "cost_change", SIGNED, 13),
)  # fmt: skip
TOTALS = tuple(
    one for one in AREAS if one[1] in ("scenario", "phase", "academic_year", "demand", "places", "need", "spare", "cost")
)  # fmt: skip
PARAMETERS = (
    ("Scenario", "scenario", "wrap", 34), ("File", "file", "wrap", 30), ("Parameter", "parameter", "wrap", 36),
    ("Central", "central", "text", 13), ("Scenario's", "value", "wrap", 24),
)  # fmt: skip
Columns = Sequence[tuple[str, str, str, float]]


@dataclass(frozen=True)
class Comparison:
    """What is written: ``table`` and ``parameters`` are compare.csv and compare_parameters.csv."""

    title: str
    names: tuple[str, ...]
    base_year: int
    table: pd.DataFrame
    parameters: pd.DataFrame


def totals(table: pd.DataFrame) -> pd.DataFrame:
    """Return the authority by scenario, phase and year; blank where a figure of an area is not known."""
    groups = table.groupby(["scenario", "phase", "academic_year"], sort=False)
    figures = ["demand", "places", "need", "spare"]
    sums = pd.DataFrame({name: groups[name].agg(lambda part: part.sum(skipna=False)) for name in figures})
    return sums.assign(cost=groups["cost"].sum(min_count=1)).reset_index()


def write_comparison(made: Comparison, folder: Path, story: Mapping[str, Any]) -> None:
    """Write everything into ``folder``, new, empty, or made before by compare; UsageError if it may not be replaced."""
    drawing, text = compare_chart(made), compare_markdown(made)
    with written_whole(folder, "compare") as beside:
        write_csv(made.table, beside / "compare.csv")
        write_csv(made.parameters, beside / "compare_parameters.csv")
        (beside / "charts").mkdir()
        for name, content in {
            "compare.md": text,
            "compare.html": report_html(text, {CHART: drawing}, f"Scenarios: {made.title}"),
            f"charts/{CHART}.svg": drawing,
        }.items():
            (beside / name).write_text(content, encoding="utf-8", newline="\n")
        created = datetime(made.base_year + 1, 1, 15)
        write_book(
            beside / "compare.xlsx", created, f"Scenarios: {made.title}", lambda book: _fill(book, made)
        )
        write_story(story, beside / RUN_FILE)


def compare_markdown(made: Comparison) -> str:
    """Return compare.md."""
    others = len(made.names) - 1
    blocks = [
        f"# Scenarios side by side: {markdown(made.title)}",
        f"{others} scenario{'s' if others != 1 else ''} beside central, the plan as it stands. All use the "
        "same draws, so that differences come from the scenarios alone. Building is what falls due for places that run "
        "short, and planned changes with a cost of their own, over all years; compare.csv has every area and year.",
        "## The authority in the last year of the forecast",
    ]
    for phase, rows in _last(made).items():
        blocks += [f"### {PHASE_WORDS[phase]}, {rows['academic_year'].iloc[0]}", _totals_table(rows)]
    blocks += [
        picture(CHART, "Change of pupils and places by scenario"),
        *_unseen(made),
        "## Areas that differ most",
    ]
    blocks += [_areas(made), "## What differs", _parameters(made)]
    return "\n\n".join(blocks) + "\n"


def _unseen(made: Comparison) -> list[str]:
    """What the tables of the last year do not show: scenarios that change no figure, or earlier years alone."""
    changed = made.table[
        [f"{name}_change" for name in ("demand", "places", "need", "spare", "chance", "cost")]
    ]
    moved = made.table[(changed.abs() > 1e-9).any(axis=1)]
    last = {phase.value: rows["academic_year"].iloc[0] for phase, rows in _last(made).items()}
    said, none = [], []
    for name in made.names[1:]:
        rows = moved[moved["scenario"] == name]
        years = sorted(rows["academic_year"].unique())
        if not years:
            none.append(markdown(name))
        elif (rows["academic_year"] != rows["phase"].map(last)).all():
            said.append(f"{markdown(name)} changes figures in {', '.join(years)} alone.")
    if none:
        said.append(
            f"These change no pupils, places or cost of any area: {', '.join(none)}. Admission numbers count only where "
            "places are measured by them (what one school's own change does stands in what_if.csv of a forecast), and "
            "high needs only in `placeplan send --scenario`."
        )
    return [" ".join(said)] if said else []


def _last(made: Comparison) -> dict[Phase, pd.DataFrame]:
    """Totals of the last year by phase, each scenario a row."""
    whole = totals(made.table)
    groups = whole.groupby(["scenario", "phase"], sort=False)["cost"]
    whole["cost"] = groups.transform(lambda part: part.sum(min_count=1))
    found = {}
    for phase in Phase:
        rows = whole[whole["phase"] == phase.value]
        if len(rows):
            found[phase] = rows[rows["academic_year"] == rows["academic_year"].max()]
    return found


def _totals_table(rows: pd.DataFrame) -> str:
    central = rows.iloc[0]
    header = ("Scenario", "Pupils", "Change", "Places", "Change", "Need", "Spare", "Building")
    return table(
        header,
        [
            (
                markdown(str(row.scenario)),
                number(row.demand),
                signed(row.demand - central["demand"]),
                number(row.places),
                signed(row.places - central["places"]),
                number(row.need),
                number(row.spare),
                pounds(row.cost),
            )
            for row in rows_of(rows)
        ],
    )


def _areas(made: Comparison) -> str:
    rows = made.table[(made.table["scenario"] != made.names[0]) & (made.table["demand_change"].notna())]
    moved = (rows["demand_change"].abs() + rows["places_change"].abs().fillna(0.0)).round(6)
    rows = rows.assign(moved=moved)[moved > 0].sort_values(
        ["moved", *_ORDER], ascending=[False, True, True, True]
    )
    rows = rows.drop_duplicates(["scenario", "area_code", "phase"]).head(AREAS_AT_MOST)
    if rows.empty:
        return "No area differs."
    header = (
        "Scenario",
        "Area",
        "Phase",
        "Year",
        "Pupils",
        "Change",
        "Places",
        "Change",
        "Chance of shortfall",
        "Central",
    )
    return table(
        header,
        [
            (
                markdown(str(row.scenario)),
                markdown(f"{row.area_name} ({row.area_code})"),
                PHASE_WORDS[Phase(row.phase)],
                str(row.academic_year),
                number(row.demand),
                signed(row.demand_change),
                number(row.places),
                signed(row.places_change),
                chance(row.probability_of_shortfall),
                chance(row.probability_of_shortfall - row.chance_change),
            )
            for row in rows_of(rows)
        ],
        4,
    )


_ORDER = ["scenario", "area_code", "academic_year"]


def _parameters(made: Comparison) -> str:
    rows = made.parameters
    if rows.empty:
        return "The scenarios say nothing that differs from the plan as it stands."
    cells = [
        [markdown(str(row[name])) for name in ("scenario", "parameter", "value")]
        for row in rows.to_dict("records")
    ]
    return table(("Scenario", "Parameter", "Value"), cells, 3)


def compare_chart(made: Comparison) -> str:
    """Return the chart: by phase and scenario, the change of pupils and of places in the last year."""
    parts = {phase: rows for phase, rows in _last(made).items() if len(rows) > 1}
    bars = sum(len(rows) - 1 for rows in parts.values())
    drawing = Drawing(
        CHART, 760.0, 70.0 + 34 * len(parts) + 26 * bars, "Change from the plan as it stands", _said(parts)
    )
    changes = {phase: _moved(rows) for phase, rows in parts.items()}
    known = [float(value) for each in changes.values() for value in each.to_numpy().ravel() if value == value]
    scale = round_scale(min([0.0, *known]), max([0.0, *known]), 270.0, 730.0)
    drawing.words((10, 22), drawing.title, INK, 15, bold=True)
    drawing.words((10, 42), "Pupils: blue; places: orange; last year of the forecast", GREY, 12)
    top = 58.0
    for phase, rows in parts.items():
        drawing.words(
            (10, top + 16), f"{PHASE_WORDS[phase]}, {rows['academic_year'].iloc[0]}", INK, 13, bold=True
        )
        top += 26
        for name, (pupils, places) in zip(
            rows["scenario"].iloc[1:], changes[phase].to_numpy()[1:], strict=True
        ):
            drawing.words((10, top + 14), name if len(name) <= 36 else name[:35] + "…", INK, 12)
            for at, value, colour in ((0, pupils, BLUE), (10, places, ORANGE)):
                if value == value:
                    left, right = sorted((scale.at(0.0), scale.at(value)))
                    drawing.box(left, top + at, right - left, 8, colour)
            top += 26
        top += 8
    drawing.line([(scale.at(0.0), 58.0), (scale.at(0.0), top - 4)], GREY, 1)
    for tick in scale.ticks:
        drawing.words((scale.at(tick), top + 8), signed(tick) if tick else "0", GREY, 11, "middle")
    return drawing.text()


def _moved(rows: pd.DataFrame) -> pd.DataFrame:
    """Change of pupils and of places from the first row, the plan as it stands."""
    figures = rows[["demand", "places"]].astype(float)
    return figures - figures.iloc[0]


def _said(parts: Mapping[Phase, pd.DataFrame]) -> str:
    """The chart in words."""
    said = []
    for phase, rows in parts.items():
        moved = zip(rows["scenario"].iloc[1:], _moved(rows).to_numpy()[1:], strict=True)
        each = [
            f"{name} {signed(pupils)} pupils, {signed(places)} places" for name, (pupils, places) in moved
        ]
        said.append(f"{PHASE_WORDS[phase]}: {'; '.join(each)}.")
    return " ".join(said)


def _fill(book: Book, made: Comparison) -> None:
    list_sheet(book, "Authority", f"Scenarios side by side: {made.title}", TOTALS, totals(made.table), 1)
    list_sheet(book, "Areas", "By area, phase and year", AREAS, made.table, 1)
    list_sheet(book, "What differs", "What each scenario says", PARAMETERS, made.parameters, 1)
