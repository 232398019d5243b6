"""Writing a finished run: every CSV, workbook, report, charts and run.json, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from placeplan.aside import aside
from placeplan.outputs.csvfiles import write_csv
from placeplan.outputs.folder import RUN_FILE, check_target, written_whole
from placeplan.outputs.runfile import run_story, write_story
from placeplan.problems import UsageError
from placeplan.results import Result
from placeplan.tables import output_columns, output_files
from placeplan.words import speaking

if TYPE_CHECKING:
    from placeplan.outputs.views import RunView

OUTPUTS = ("csv", "workbook", "report", "charts")
DRAWS_FILE = "draws.npz"
CSV_FILES = (
    "forecast", "history", "drivers", "sufficiency", "sufficiency_summary", "schools", "partners", "decisions",
    "supply_confidence", "watchlist", "costs", "accuracy", "methods", "control_totals", "findings", "powers", "determined",
    "provision", "boards", "what_if", "what_if_areas", "housing_pupils",
    "adjustments_register", "cohorts", "ratios", "pools", "sources",
    "intake_signals", "transfer_shares", "residents", "census_profile",
)  # fmt: skip

Since = Callable[[Path, Mapping[str, Any]], tuple[str, Sequence[str]]]
"""From the folder and the story of a new run: what an earlier run is called, and what changed since it, in sentences."""

__all__ = ["CSV_FILES", "OUTPUTS", "Since", "check_target", "write_run"]


def write_run(
    result: Result,
    folder: Path,
    outputs: Collection[str] = OUTPUTS,
    *,
    command: str = "forecast",
    command_line: str = "",
    started: datetime | None = None,
    all_areas: bool = False,
    since: Since | None = None,
    options: pd.DataFrame | None = None,
) -> None:
    """Write a run into ``folder``, which is new, empty, or made before by the same command.

    ``outputs`` names what is wanted of ``OUTPUTS``; run.json is always written. ``since`` tells what changed since an
    earlier run, for the front of the report; ``options`` is options.csv, for the pages of its areas. Raises UsageError if
    the folder may not be replaced or an output is unknown; then, and on every other failure, nothing is changed.
    """
    unknown = sorted(set(outputs) - set(OUTPUTS))
    if unknown:
        raise UsageError(f"there is no output {', '.join(unknown)}; choose from {', '.join(OUTPUTS)}")
    started = started or datetime.now(UTC)
    with written_whole(folder, command) as beside:
        with speaking(result.project.outputs.words):
            view = _view_of(result, all_areas, started, options) if set(outputs) - {"csv"} else None
            with _workbook_of(view, beside) if view and "workbook" in outputs else nullcontext():
                if "csv" in outputs:
                    _write_csvs(result, beside)
                if result.draws:
                    np.savez(beside / DRAWS_FILE, **result.draws)
                if view and since:
                    earlier, changed = since(
                        beside, run_story(result, command, command_line, started, started)
                    )
                    view = replace(view, earlier=earlier, since=tuple(changed))
                if view:
                    _write_report(view, beside, outputs)
        story = run_story(result, command, command_line, started, datetime.now(UTC))
        write_story({**story, "outputs": [name for name in OUTPUTS if name in outputs]}, beside / RUN_FILE)


def _high_needs(result: Result) -> list[str]:
    """The files of high needs that a run has: none where residents with a plan are not given."""
    return [name for name in output_files() if name.startswith("send_") and name in result.frames]


def _write_csvs(result: Result, folder: Path) -> None:
    for file in (*CSV_FILES, *_high_needs(result)):
        columns = list(output_columns(file))
        frame = result.frames.get(file)
        if frame is None:
            frame = pd.DataFrame(columns=columns)
        more = [name for name in frame.columns if name not in columns]
        write_csv(frame[[*columns, *more]], folder / f"{file}.csv")


def _view_of(result: Result, all_areas: bool, made_on: datetime, options: pd.DataFrame | None) -> RunView:
    """Return the run as people look at it; the module for it is slow to load, so only here."""
    from placeplan.outputs.views import view_run

    return replace(view_run(result, all_areas, made_on), options=options)


def _workbook_of(view: RunView, folder: Path) -> AbstractContextManager[object]:
    """Write the workbook beside what else is written; it takes as long as all that."""

    def write() -> None:
        from placeplan.outputs.workbook import write_workbook

        write_workbook(view, folder / "workbook.xlsx")
        plan = view.result.frames.get("send_reform_plan")
        if plan is not None and len(plan):
            from placeplan.outputs.reform_book import write_reform_book

            write_reform_book(plan, view.result.project.authority.name, folder / "send_reform_plan.xlsx")

    return aside(write)


def _write_report(view: RunView, folder: Path, outputs: Collection[str]) -> None:
    """Write charts and report; the modules for them are slow to load, so only here."""
    from placeplan.outputs.chart_set import draw_charts

    charts = draw_charts(view) if {"report", "charts"} & set(outputs) else {}
    if "charts" in outputs:
        (folder / "charts").mkdir()
        for name, drawing in charts.items():
            _write_text(folder / "charts" / f"{name}.svg", drawing)
    if "report" in outputs:
        from placeplan.outputs.html import report_html
        from placeplan.outputs.look import look_of
        from placeplan.outputs.report import report_markdown, without_pictures

        text = report_markdown(view)
        page = report_html(text, charts, f"School places in {view.title}", look_of(view.result.project))
        _write_text(folder / "report.html", page)
        _write_text(folder / "report.md", text if "charts" in outputs else without_pictures(text))


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
