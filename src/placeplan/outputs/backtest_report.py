"""Writing a backtest: its two tables, the report with its charts, run.json; whole or not at all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from placeplan import __version__
from placeplan.outputs.backtest_charts import (
    GEOGRAPHY_WORDS,
    coverage_name,
    draw_backtest_charts,
    error_name,
    method_words,
    outcome_name,
    outcome_phases,
    parts,
)
from placeplan.outputs.backtest_words import verdict
from placeplan.outputs.csvfiles import write_csv
from placeplan.outputs.folder import RUN_FILE, written_whole
from placeplan.outputs.html import report_html
from placeplan.outputs.look import look_of
from placeplan.outputs.marks import bullets, picture, table
from placeplan.outputs.runfile import run_story, write_story
from placeplan.outputs.words import PHASE_WORDS, counted, listed, markdown, percent, signed
from placeplan.results import Backtest, Result
from placeplan.tables import rows_of
from placeplan.years import Phase

FILES = ("backtest", "backtest_summary")
BLANK = "–"
_MEASURES = (
    "Mean absolute error of phase totals, (forecast − actual) / actual, as in the school places scorecard. *Signed* is "
    "the mean with its sign, above 0 where forecasts were too high. *Year groups* is the sum of errors over year groups "
    "as a share of pupils (WAPE). Published errors are those of English authorities' own forecasts."
)
SCREEN_YEARS = (1, 2, 3, 5, 7, 10, 15)


def write_backtest(
    made: Backtest, folder: Path, command_line: str = "", started: datetime | None = None
) -> None:
    """Write a backtest into ``folder``, which is new, empty, or made before by a backtest.

    Raises UsageError if the folder may not be replaced; then, and on every other failure, nothing is changed.
    """
    started = started or datetime.now(UTC)
    charts = draw_backtest_charts(made)
    text = backtest_markdown(made, started)
    title = f"Backtest: {made.project.authority.name}"
    with written_whole(folder, "backtest") as beside:
        for name in FILES:
            write_csv(made.frames[name], beside / f"{name}.csv")
        (beside / "charts").mkdir()
        for name, drawing in charts.items():
            _write_text(beside / "charts" / f"{name}.svg", drawing)
        _write_text(beside / "backtest.md", text)
        _write_text(beside / "backtest.html", report_html(text, charts, title, look_of(made.project)))
        story = run_story(_as_result(made), "backtest", command_line, started, datetime.now(UTC))
        write_story(story, beside / RUN_FILE)


def backtest_markdown(made: Backtest, made_on: datetime | None = None) -> str:
    """Return backtest.md; its pictures lie in ``charts/`` beside it."""
    blocks = [
        f"# Backtest: {markdown(made.project.authority.name)}",
        _what(made, made_on),
        "## Verdict",
        bullets(f"**{subject}** {words}" for subject, words in verdict(made)),
        "## Error by years ahead",
        _MEASURES,
        *_errors(made),
        "## Do the ranges hold?",
        "Share of outcomes that fell inside the 80% and the 90% range.",
        *_coverage(made),
        "## Forecasts beside outcomes",
        *(
            picture(outcome_name(phase), f"{PHASE_WORDS[Phase(phase)]} forecasts beside outcomes")
            for phase in outcome_phases(made)
        ),
        "## Hard years",
        "One year ahead, phase totals of planning areas.",
        _hard_years(made),
        "## How it was made",
        bullets(_method(made)),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def summary_json(made: Backtest, folder: Path) -> dict[str, Any]:
    """Return what ``placeplan backtest --json`` prints."""
    rows = made.frames["backtest_summary"].replace({np.nan: None}).to_dict("records")
    return {
        "folder": str(folder),
        "origins": [str(origin) for origin in made.origins],
        "methods": list(made.methods),
        "verdict": [{"subject": subject, "words": words} for subject, words in verdict(made)],
        "summary": rows,
    }


def screen_rows(made: Backtest) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of the errors on one screen: by geography, phase and method, some years ahead."""
    summed = made.frames["backtest_summary"]
    ahead = [years for years in SCREEN_YEARS if years <= summed["horizon"].max()]
    rows = []
    for (geography, phase), cases in parts(summed, "geography", "phase"):
        where = f"{PHASE_WORDS[Phase(phase)]}, {'areas' if geography == 'area' else geography}"
        for (method,), group in parts(cases, "method"):
            by_horizon = dict(zip(group["horizon"], group["mape"], strict=True))
            rows.append(
                [where, method_words(method), *(_percent(by_horizon.get(years, np.nan)) for years in ahead)]
            )
            where = ""
    return ["Years ahead", "", *map(str, ahead)], rows


def _what(made: Backtest, made_on: datetime | None) -> str:
    when = f", made on {made_on.day} {made_on:%B %Y}" if made_on else ""
    origins = made.origins
    span = f"{origins[0]}" if len(origins) == 1 else f"{origins[0]} to {origins[-1]}"
    names = [f"{method_words(name)} (`{name}`)" for name in made.methods]
    return (
        f"What the forecasts would have been worth: made from {counted(len(origins), 'earlier year')} ({span}), each with "
        f"only what was known then, and set beside the rolls that came, up to {made.last_year}. "
        f"Methods: {listed(names)}; the first is the project's own. placeplan {__version__}{when}."
    )


def _errors(made: Backtest) -> list[str]:
    summed = made.frames["backtest_summary"]
    blocks = []
    for (geography, phase), rows in parts(summed, "geography", "phase"):
        words = f"{PHASE_WORDS[Phase(phase)]}, {GEOGRAPHY_WORDS[geography]}"
        blocks += [f"### {words}", picture(error_name(phase, geography), f"{words}: error by years ahead")]
        bands = made.frames["bands"]
        bands = bands[(bands["phase"] == phase) & (geography == "authority")].set_index("horizon")
        blocks.append(_error_table(made, rows, bands))
    return blocks


def _error_table(made: Backtest, rows: pd.DataFrame, bands: pd.DataFrame) -> str:
    by_method = {name: group.set_index("horizon") for (name,), group in parts(rows, "method")}
    own = by_method[made.own]
    header = [
        "Years ahead",
        "Cases",
        *map(_heading, by_method),
        "Signed",
        *(f"Year groups, {method_words(name)}" for name in by_method),
    ]
    header += ["Published, 25th", "median", "75th percentile"] if len(bands) else []
    lines = []
    for years in own.index:
        line = [str(years), str(int(own.loc[years, "n"]))]
        line += [_percent(group["mape"].get(years, np.nan)) for group in by_method.values()]
        line += [f"{signed(100 * own.loc[years, 'bias'], 1)}%"]
        line += [_percent(group["wape"].get(years, np.nan)) for group in by_method.values()]
        if len(bands):
            known = years in bands.index
            line += [_percent(bands.loc[years, name]) if known else BLANK for name in ("p25", "p50", "p75")]
        lines.append(line)
    return table(header, lines, 0)


def _heading(method: str) -> str:
    words = method_words(method)
    return words[0].upper() + words[1:]


def _percent(value: float) -> str:
    return percent(100 * value, 1) if value == value else BLANK


def _coverage(made: Backtest) -> list[str]:
    summed = made.frames["backtest_summary"]
    mine = summed[(summed["method"] == made.own) & (summed["cells"] > 0)]
    blocks = []
    for (geography,), rows in parts(mine, "geography"):
        words = GEOGRAPHY_WORDS[geography]
        lines = [
            [PHASE_WORDS[Phase(row.phase)], str(row.horizon), str(row.n),
             *(percent(100 * value, 0) if value == value else BLANK
               for value in (row.coverage80, row.coverage90, row.coverage80_year_groups, row.coverage90_year_groups))]
            for row in rows_of(rows)
        ]  # fmt: skip
        header = [
            "Phase",
            "Years ahead",
            "Cases",
            "Totals, 80%",
            "Totals, 90%",
            "Year groups, 80%",
            "Year groups, 90%",
        ]
        title = words[0].upper() + words[1:]
        blocks += [
            f"### {title}",
            picture(coverage_name(geography), f"Coverage, {words}"),
            table(header, lines),
        ]
    return blocks


def _hard_years(made: Backtest) -> str:
    lines = [
        [PHASE_WORDS[Phase(row.phase)], row.target_year, str(row.n), _percent(row.size),
         f"{signed(100 * row.error, 1)}%", percent(100 * row.same_side, 0), "hard" if row.hard else ""]
        for row in rows_of(made.frames["hard_years"].sort_values(["phase", "target_year"], kind="stable"))
    ]  # fmt: skip
    return table(["Phase", "Year", "Areas", "Mean error", "Signed", "On one side", ""], lines, 2)


def _method(made: Backtest) -> list[str]:
    return [
        "Each origin is the last year known: rolls up to its census, and births that were complete by then. Projections "
        "of births that were given later are not used.",
        f"Areas are those of {made.last_year}; earlier rolls are told on them. An area without pupils at an origin is not "
        "judged from there, and neither is one whose borders moved later while it went on; both count in the authority.",
        "A roll of which more than 5% was estimated judges no forecast.",
        "Later origins have fewer years to be compared with, and their outcomes overlap: many cases are not as many proofs.",
        "What the package itself has learnt from English data of these years (weak priors, known shock years) was not "
        "taken back; it moves ratios little where an authority has a history of its own.",
    ]


def _as_result(made: Backtest) -> Result:
    """The backtest as run.json tells it."""
    project = made.project
    return Result(
        project=project,
        inputs=made.inputs,
        base_year=made.last_year,
        horizon={phase: project.horizon[phase] for phase in Phase},
        scenarios=("central",),
        frames={name: made.frames[name] for name in FILES},
        findings=made.inputs.findings,
        choices={"Own": made.own, "Reference": made.reference},
        settings={"origins": [str(origin) for origin in made.origins], "methods": dict(made.methods)},
    )


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
