"""diff: what changed between two runs and why, as CSV, workbook, Markdown, HTML and a chart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from placeplan.accuracy import authority_errors
from placeplan.causes import CAUSES, COUNTS, largest
from placeplan.frames import TOTAL
from placeplan.outputs.book import SHARE, SIGNED, WHOLE, Book, write_book
from placeplan.outputs.book_lists import list_sheet
from placeplan.outputs.csvfiles import write_csv
from placeplan.outputs.diff_words import CAUSE_MEANS, CAUSE_WORDS, causes_words, summary, totals
from placeplan.outputs.folder import RUN_FILE, written_whole
from placeplan.outputs.html import report_html
from placeplan.outputs.marks import bullets, picture, table
from placeplan.outputs.report_accuracy import errors_table, signed_percent
from placeplan.outputs.runfile import write_story
from placeplan.outputs.svg import BLUE, GREY, INK, ORANGE, Drawing, round_scale
from placeplan.outputs.words import PHASE_WORDS, STATUS_WORDS, chance, markdown, number, signed
from placeplan.words import group_words
from placeplan.years import Phase

CHART = "diff"
MOST_AREAS = 10
NAMES = ("diff", "diff_places", "diff_accuracy")
_UNIT = (
    ("Geography", "geography", "text", 11), ("Code", "code", "text", 12), ("Name", "name", "wrap", 30),
    ("Phase", "phase", "text", 11), ("Year", "academic_year", "text", 9), ("Year group", "year_group", "text", 8),
)  # fmt: skip
CHANGES = (
    *_UNIT,
    ("Earlier", "old", WHOLE, 10),
    ("Later", "new", WHOLE, 10),
    ("Change", "change", SIGNED, 10),
    *((CAUSE_WORDS[cause].capitalize(), cause, SIGNED, 11) for cause in CAUSES),
    ("School's share", "school_share", SIGNED, 10),
)
PLACE_COLUMNS = (
    ("Code", "area_code", "text", 10), ("Area", "area_name", "wrap", 28), ("Phase", "phase", "text", 11),
    ("Year", "academic_year", "text", 9),
    *((f"{words}, {when}", f"{name}_{at}", form, 10)
      for words, name, form in (("Pupils", "demand", WHOLE), ("Places", "places", WHOLE), ("Need", "need", WHOLE),
                                ("Spare", "spare", WHOLE), ("Chance", "probability_of_shortfall", SHARE))
      for when, at in (("earlier", "old"), ("later", "new"))),
)  # fmt: skip
ACCURACY_COLUMNS = (
    ("Geography", "geography", "text", 11), ("Code", "code", "text", 12), ("Phase", "phase", "text", 11),
    ("Year group", "year_group", "text", 9), ("Year", "target_year", "text", 9), ("Made in", "made_in", "text", 9),
    ("Years ahead", "horizon", WHOLE, 9), ("Forecast", "forecast", WHOLE, 10), ("Came", "actual", WHOLE, 10),
    ("Error", "error", SHARE, 9),
)  # fmt: skip


@dataclass(frozen=True)
class Changes:
    """What is written: the frames of diff.csv, diff_places.csv and diff_accuracy.csv, and what the runs are called.

    ``earlier``: accuracy.csv of the later run (``previous_forecasts`` beside what came). ``differs``: choices and tables
    that are not the same, in words.
    """

    title: str
    old_name: str
    new_name: str
    base_year: int
    frames: Mapping[str, pd.DataFrame]
    earlier: pd.DataFrame
    differs: Sequence[str]

    @property
    def changes(self) -> pd.DataFrame:
        """diff.csv."""
        return self.frames["diff"]


def write_changes(made: Changes, folder: Path, story: Mapping[str, Any]) -> None:
    """Write everything into ``folder``, new, empty, or made before by diff; UsageError if it may not be replaced."""
    drawing, text = diff_chart(made.changes), diff_markdown(made)
    heading = f"What changed: {made.title}"
    with written_whole(folder, "diff") as beside:
        for name in NAMES:
            write_csv(made.frames[name], beside / f"{name}.csv")
        (beside / "charts").mkdir()
        for name, content in {
            "diff.md": text,
            "diff.html": report_html(text, {CHART: drawing}, heading),
            f"charts/{CHART}.svg": drawing,
        }.items():
            (beside / name).write_text(content, encoding="utf-8", newline="\n")
        created = datetime(made.base_year + 1, 1, 15)
        write_book(beside / "diff.xlsx", created, heading, lambda book: _fill(book, made))
        write_story(story, beside / RUN_FILE)


def _fill(book: Book, made: Changes) -> None:
    changes = made.changes
    whole = pd.concat([totals(changes, "authority"), totals(changes, "district"), totals(changes, "area")])
    list_sheet(book, "Totals", f"What changed: {made.title}", CHANGES, whole, 3)
    list_sheet(
        book,
        "Year groups",
        "Every change by its causes",
        CHANGES,
        changes[changes["geography"] != "school"],
        3,
    )
    list_sheet(book, "Schools", "Schools", CHANGES, totals(changes, "school"), 3)
    list_sheet(book, "Places", "Pupils beside places", PLACE_COLUMNS, made.frames["diff_places"], 2)
    list_sheet(
        book,
        "How it did",
        "The earlier forecast beside the roll",
        ACCURACY_COLUMNS,
        made.frames["diff_accuracy"],
        2,
    )


def diff_markdown(made: Changes) -> str:
    """Return diff.md."""
    blocks = [
        f"# What changed: {markdown(made.title)}",
        f"From {markdown(made.old_name)} to {markdown(made.new_name)}.",
        *map(markdown, summary(made.changes)),
        "## The authority",
        _authority(made.changes),
        picture(CHART, "Change of pupils by cause"),
        "## The areas that moved most",
        *_movers(made.changes),
        "## Places",
        *_places(made.frames["diff_places"]),
        "## How the earlier forecast did",
        *_outcome(made),
        "## How the causes are told apart",
        "Causes are replaced one at a time in this order, so that they add up to the whole change:",
        bullets(f"**{CAUSE_WORDS[cause]}**: {CAUSE_MEANS[cause]}." for cause in CAUSES),
        "What two causes do together belongs to the one replaced later. diff.csv has every area, district, school and year "
        "group.",
        "## What differs in the two runs",
        bullets(map(markdown, made.differs)) if made.differs else "Tables, choices and version are the same.",
    ]
    return "\n\n".join(blocks) + "\n"


def _authority(changes: pd.DataFrame) -> str:
    """The last common year by phase; causes that move nothing anywhere are left out."""
    records = [row for phase in Phase for row in largest(changes, "authority", phase.value)]
    causes = [cause for cause in CAUSES if any(abs(row[cause]) >= COUNTS for row in records)]
    header = (
        "Phase",
        "Year",
        "Earlier",
        "Later",
        "Change",
        *(CAUSE_WORDS[cause].capitalize() for cause in causes),
    )
    return table(
        header,
        [
            [
                PHASE_WORDS[Phase(row["phase"])], row["academic_year"], number(row["old"]), number(row["new"]),
                signed(row["change"]), *(signed(row[cause]) for cause in causes),
            ]
            for row in records
        ],
        2,
    )  # fmt: skip


def _movers(changes: pd.DataFrame) -> Iterator[str]:
    for phase in Phase:
        records = [row for row in largest(changes, "area", phase.value) if abs(row["change"]) >= COUNTS]
        if not records:
            continue
        yield f"### {PHASE_WORDS[phase]}, {records[0]['academic_year']}"
        yield table(
            ("Area", "Earlier", "Later", "Change", "%", "Mostly by"),
            [
                (
                    markdown(f"{row['name']} ({row['code']})"), number(row["old"]), number(row["new"]),
                    signed(row["change"]),
                    f"{signed(100 * row['change'] / row['old'], 1)}%" if row["old"] > 0 else "–",
                    causes_words(row),
                )
                for row in records[:MOST_AREAS]
            ],
        )  # fmt: skip


def _places(places: pd.DataFrame) -> Iterator[str]:
    """Areas whose places changed, or whose status in the last common year is another one."""
    last = places[places["academic_year"] == places.groupby("phase")["academic_year"].transform("max")]
    moved = last[(last["places_change"].abs() >= COUNTS) | (last["status_old"] != last["status_new"])]
    if moved.empty:
        yield "Places and statuses are those of the earlier run in the last year of both."
        return
    yield table(
        ("Area", "Phase", "Year", "Places", "Change", "Status, earlier", "Status, later", "Chance of shortfall", "Earlier"),
        [
            (
                markdown(f"{row['area_name']} ({row['area_code']})"), PHASE_WORDS[Phase(row["phase"])],
                row["academic_year"], number(row["places_new"]), signed(row["places_change"]),
                STATUS_WORDS[row["status_old"]], STATUS_WORDS[row["status_new"]],
                chance(row["probability_of_shortfall_new"]), chance(row["probability_of_shortfall_old"]),
            )
            for row in moved.to_dict("records")
        ],
        3,
    )  # fmt: skip


def _outcome(made: Changes) -> Iterator[str]:
    """The earlier run against the new roll, and every earlier forecast that was given, in the scorecard's terms."""
    outcome = made.frames["diff_accuracy"]
    if outcome.empty:
        yield "Both runs start from the same roll, so that nothing of the earlier forecast has come yet."
    else:
        yield "Error is (forecast − roll) ÷ roll, as the Department's scorecard has it: above 0 the forecast was too high."
        yield errors_table(authority_errors(outcome))
        groups = outcome[(outcome["geography"] == "authority") & (outcome["year_group"] != TOTAL)]
        worst = groups.assign(size=groups["error"].abs()).sort_values("size", ascending=False, kind="stable")
        near = int((groups["error"].abs() <= 0.02).sum())
        yield (
            f"Of {len(groups)} year groups of the authority {near} came within 2%. "
            f"Farthest: {_group(worst.iloc[0])}. Areas that were farthest out:"
        )
        areas = outcome[(outcome["geography"] == "area") & (outcome["year_group"] == TOTAL)]
        areas = areas.assign(size=areas["error"].abs()).sort_values("size", ascending=False, kind="stable")
        names = made.changes.drop_duplicates("code").set_index("code")["name"]
        yield table(
            ("Area", "Phase", "Year", "Forecast", "Came", "Error"),
            [
                (
                    markdown(f"{names.get(row['code'], row['code'])} ({row['code']})"), PHASE_WORDS[Phase(row["phase"])],
                    row["target_year"], number(row["forecast"]), number(row["actual"]), signed_percent(row["error"]),
                )
                for row in areas.head(MOST_AREAS).to_dict("records")
            ],
            3,
        )  # fmt: skip
    earlier = authority_errors(made.earlier) if len(made.earlier) else made.earlier
    if len(earlier):
        yield "### All earlier forecasts that were given"
        yield errors_table(earlier)


def _group(row: pd.Series) -> str:
    words = group_words(str(row["year_group"]))
    return f"{words} in {row['target_year']}, {signed_percent(float(row['error']))}"


def diff_chart(changes: pd.DataFrame) -> str:
    """Return the chart: by phase, what each cause adds in the last common year, and the whole change."""
    rows = [row for phase in Phase for row in largest(changes, "authority", phase.value)]
    bars = {row["phase"]: [c for c in CAUSES if abs(row[c]) >= COUNTS] for row in rows}
    height = 60.0 + sum(52 + 22 * (len(bars[row["phase"]]) + 1) for row in rows)
    said = " ".join(
        f"{PHASE_WORDS[Phase(row['phase'])]}, {row['academic_year']}: {signed(row['change'])} pupils, "
        f"of which {causes_words(row, len(CAUSES))}."
        for row in rows
    )
    drawing = Drawing(CHART, 720.0, height, "Change of pupils by cause", said or "No year is in both runs.")
    drawing.words((10, 22), drawing.title, INK, 15, bold=True)
    values = [float(row[name]) for row in rows for name in (*bars[row["phase"]], "change")]
    scale = round_scale(min([0.0, *values]), max([0.0, *values]), 250.0, 660.0)
    top = 40.0
    for row in rows:
        words = f"{PHASE_WORDS[Phase(row['phase'])]}, {row['academic_year']}"
        drawing.words((10, top + 16), words, INK, 13, bold=True)
        top += 26
        start = top
        for name in (*bars[row["phase"]], "change"):
            value, whole = float(row[name]), name == "change"
            drawing.words(
                (20, top + 13),
                "Whole change" if whole else CAUSE_WORDS[name].capitalize(),
                INK,
                12,
                bold=whole,
            )
            left, right = sorted((scale.at(0.0), scale.at(value)))
            drawing.box(left, top + 2, right - left, 14, ORANGE if whole else BLUE)
            drawing.words((right + 6, top + 13), signed(value), INK, 12)
            top += 22
        drawing.line([(scale.at(0.0), start), (scale.at(0.0), top)], GREY, 1)
        top += 20
    return drawing.text()
