"""Writing the forecast of high needs: its tables, send.md and send.html, run.json; whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from placeplan.outputs.csvfiles import write_csv
from placeplan.outputs.folder import RUN_FILE, written_whole
from placeplan.outputs.html import report_html
from placeplan.outputs.look import look_of
from placeplan.outputs.marks import bullets, picture, table
from placeplan.outputs.reform_book import reform_part, write_reform_book
from placeplan.outputs.runfile import run_story, write_story
from placeplan.outputs.send_book import write_send_book
from placeplan.outputs.send_charts import PLANS, draw_send_charts
from placeplan.outputs.send_choices import options_blocks
from placeplan.outputs.send_money import costs_words, scenario_blocks, setting_words
from placeplan.outputs.send_rolls import rolls_part
from placeplan.outputs.send_schools import alternative_part, disclosure_words, funnels, school_part
from placeplan.outputs.words import chance, markdown, number, signed
from placeplan.results import Result
from placeplan.tables import rows_of
from placeplan.years import AcademicYear

RANGES = "Expected numbers; four times in five the outcome is expected between the two figures in brackets."
CAVEATS = (
    "Residents with a plan, wherever they are placed, and pupils on roll of the authority's schools are different "
    "populations: they are never added.",
    "Past limits of places are inside past rates: the forecast is no measure of need that was never met.",
    "Medians and ranges do not add up; the expected numbers do.",
    "Children of each age are the pupils of Reception to Year 11; who is younger counts as Reception will, who is older "
    "as Year 11 was. Beyond the years that are forecast the last is held.",
    "A child keeps its need.",
    "Primary holds everyone up to Year 6, early years among them; sixth form everyone from Year 12 on, up to age 25. "
    "A setting without places for the sixth form serves it with those for secondary.",
    "Places of alternative provision are set beside all who need one, month by month, not beside plans alone.",
    "Demand in the area takes the share of each setting and phase placed in the area in the base year as lasting.",
    "Costs are those of the base year: no rise of prices, no buildings, no transport.",
)


def write_send(
    result: Result,
    frames: Mapping[str, pd.DataFrame],
    past: Mapping[AcademicYear, float],
    folder: Path,
    command_line: str,
    started: datetime,
    lowest: float,
) -> None:
    """Write everything into ``folder``, new, empty, or made before by the same command; UsageError if it may not be.

    ``past``: all plans by year up to the base year; counts below ``lowest`` are hidden in some tables.
    """
    base = str(max(past))
    charts = draw_send_charts(
        result.project.authority.name,
        past,
        of_first(frames["send_settings"]),
        of_first(frames["send_places"]),
    )
    text = send_markdown(result.project.authority.name, base, frames, charts, lowest)
    charts |= funnels(frames)
    made = replace(result, frames=frames)
    with written_whole(folder, "send") as beside:
        for name, frame in frames.items():
            write_csv(frame, beside / f"{name}.csv")
        (beside / "send.md").write_text(text, encoding="utf-8", newline="\n")
        (beside / "charts").mkdir()
        for name, drawing in charts.items():
            (beside / "charts" / f"{name}.svg").write_text(drawing, encoding="utf-8", newline="\n")
        if not frames["send_reform_plan"].empty:
            plan = beside / "send_reform_plan.xlsx"
            write_reform_book(frames["send_reform_plan"], result.project.authority.name, plan)
        write_send_book(frames, result.project.authority.name, max(past), beside / "send.xlsx")
        page = report_html(
            text, charts, f"High needs: {result.project.authority.name}", look_of(result.project)
        )
        (beside / "send.html").write_text(page, encoding="utf-8", newline="\n")
        write_story(run_story(made, "send", command_line, started, datetime.now(UTC)), beside / RUN_FILE)


def send_markdown(
    authority: str, base: str, frames: Mapping[str, pd.DataFrame], charts: Mapping[str, str], lowest: float
) -> str:
    """Return send.md: of the first scenario, and what each changes; its pictures lie in ``charts/`` beside it."""
    blocks = [
        f"# High needs: {markdown(authority)}",
        f"Residents with an education, health and care plan, from the plans of {base}. {RANGES}",
        *send_parts(authority, frames, charts, lowest),
    ]
    return "\n\n".join(blocks) + "\n"


def send_parts(
    authority: str, frames: Mapping[str, pd.DataFrame], charts: Mapping[str, str], lowest: float
) -> list[str]:
    """Return the parts of send.md, each under a heading of the second level."""
    first = {name: of_first(frame) for name, frame in frames.items()}
    return [
        "## Plans by setting",
        picture(PLANS, f"{markdown(authority)}: residents with a plan"),
        settings_words(first["send_settings"]),
        "## Why the number changes",
        "Change since the base year, in parts whose sum is the change. *Children*: more or fewer children of each age. "
        "*Rate*: more or fewer plans for each child. *Mix*: plans that go over to another setting or need; in all none.",
        change_words(first["send_change"]),
        "## Places",
        *(picture(name, "Demand in the area and places") for name in charts if name != PLANS),
        places_words(first["send_places"]),
        "## What it costs",
        costs_words(first["send_costs"]),
        *(scenario_blocks(frames["send_scenarios"]) if "send_scenarios" in frames else []),
        *options_blocks(frames["send_options"]),
        *alternative_part(frames),
        *school_part(frames),
        *reform_part(frames),
        *rolls_part(frames["send_reconciliation"]),
        "## What is hidden",
        disclosure_words(frames, lowest),
        "## What the figures rest on",
        bullets(CAVEATS),
    ]


def settings_words(frame: pd.DataFrame) -> str:
    """Return plans by setting in the first, third, fifth and last year."""
    years = list(dict.fromkeys(frame["academic_year"]))
    shown = [year for at, year in enumerate(years) if at in (0, 2, 4, len(years) - 1)]
    rows = []
    for setting, own in frame.groupby("setting", sort=False):
        at = own.set_index("academic_year")
        rows.append([setting_words(str(setting)), *(_ranged(at.loc[year]) for year in shown)])
    return table(["Setting", *shown], rows)


def change_words(frame: pd.DataFrame) -> str:
    """Return the change since the base year in its parts: all plans by year, settings and needs in the last year."""
    parts = ("change", "population", "rate")
    rows = [
        [row.academic_year, number(row.plans), *(signed(getattr(row, part)) for part in parts)]
        for row in rows_of(frame[frame["by"] == "total"])
    ]
    blocks = [table(["Year", "Plans", "Change", "Children", "Rate"], rows)]
    last = frame[(frame["academic_year"] == frame["academic_year"].max()) & (frame["by"] != "total")]
    for by, own in last.groupby("by", sort=False):
        rows = [
            [setting_words(row.name) if by == "setting" else markdown(row.name), number(row.plans),
             *(signed(getattr(row, part)) for part in (*parts, "mix"))]
            for row in rows_of(own)
        ]  # fmt: skip
        head = [
            f"{str(by).capitalize()}, {own['academic_year'].iloc[0]}",
            "Plans",
            "Change",
            "Children",
            "Rate",
            "Mix",
        ]
        blocks.append(table(head, rows))
    return "\n\n".join(blocks)


def of_first(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the first scenario of a frame."""
    if "scenario" not in frame or frame.empty:
        return frame
    return frame[frame["scenario"] == frame["scenario"].iloc[0]]


def places_words(frame: pd.DataFrame) -> str:
    """Return residents in the area and out, and places by setting, phase and some years, where places are known."""
    known = frame[frame["places"].notna()]
    if known.empty:
        return "No places are known, or `in_area` is blank: nothing can be set beside demand."
    years = list(dict.fromkeys(known["academic_year"]))
    rows = [
        [
            setting_words(row.setting),
            setting_words(row.phase),
            row.academic_year,
            number(row.demand),
            number(row.out_of_area),
            number(row.places),
            number(row.used_by_others),
            signed(row.surplus),
            chance(row.probability_of_shortfall),
        ]
        for row in rows_of(known)
        if row.academic_year in (years[0], years[min(4, len(years) - 1)], years[-1])
    ]
    head = ["Setting", "Phase", "Year", "Demand", "Out of area", "Places", "Used by others", "Spare or short",
            "Chance of shortfall"]  # fmt: skip
    said = (
        "Demand: residents placed in the area. Places for secondary serve the sixth form too where a setting has none for "
        "it, and demand counts both."
    )
    return f"{said}\n\n{table(head, rows, text_columns=3)}"


def _ranged(row: pd.Series) -> str:
    return f"{number(row['pupils'])} ({number(row['p10'])} to {number(row['p90'])})"
