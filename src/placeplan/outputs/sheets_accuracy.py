"""The sheet of the workbook on earlier forecasts beside what came."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from placeplan.frames import TOTAL
from placeplan.outputs.book import SHARE, SIGNED, WHOLE, Book
from placeplan.outputs.book_lists import TEXT, YEAR, Column, write_list
from placeplan.outputs.report_accuracy import alarm_sentences, area_names
from placeplan.outputs.views import RunView
from placeplan.outputs.words import PHASE_WORDS
from placeplan.years import Phase

COLUMNS: tuple[Column, ...] = (
    ("Area", "area", TEXT, 26), ("Code", "code", TEXT, 12), ("Phase", "phase", TEXT, 12),
    ("Year group", "group", TEXT, 12), ("Year", "year", YEAR, 10), ("Made in", "made", YEAR, 11),
    ("Years ahead", "ahead", WHOLE, 9), ("Forecast", "forecast", WHOLE, 10), ("Came", "came", WHOLE, 10),
    ("Too high or too low (−)", "miss", SIGNED, 11), ("Error", "error", SHARE, 9),
)  # fmt: skip
_LIVE = {"miss": ("forecast", "-", "came"), "error": ("miss", "/", "came")}


def accuracy_sheet(book: Book, view: RunView) -> str | None:
    """Add every earlier forecast beside what came, the authority first; no sheet if none were given."""
    accuracy = view.result.frames["accuracy"]
    if accuracy.empty:
        return None
    sheet = book.sheet("Accuracy", "How good earlier forecasts were", [width for *_, width in COLUMNS])
    book.put(sheet, 1, 0, "Error is (forecast − roll) ÷ roll, as the Department's scorecard has it.", "note")
    row = book.head
    for row, words in enumerate(alarm_sentences(view, view.bias_alarms), book.head + 1):
        book.put(sheet, row - 1, 0, words)
    whole = view.past_errors.assign(geography="authority", code="", year_group=TOTAL)
    rows = pd.concat([whole, accuracy[accuracy["geography"] == "area"]], ignore_index=True)
    names = {("authority", phase.value, ""): view.title for phase in Phase}
    names |= {("area", *key): name for key, name in area_names(view).items()}
    keys = zip(rows["geography"], rows["phase"], rows["code"], strict=True)
    forecast, came = rows["forecast"].astype(float), rows["actual"].astype(float)
    cells: list[Sequence[object]] = [
        [names.get(key, key[2]) for key in keys], rows["code"].tolist(),
        [PHASE_WORDS[Phase(phase)] for phase in rows["phase"]],
        ["All" if group == TOTAL else str(group) for group in rows["year_group"]],
        rows["target_year"].tolist(), rows["made_in"].tolist(), rows["horizon"].tolist(), forecast.tolist(), came.tolist(),
        (forecast - came).tolist(), rows["error"].astype(float).tolist(),
    ]  # fmt: skip
    write_list(book, sheet, "Accuracy", COLUMNS, cells, 1, _LIVE, head=row + 1)
    return str(sheet.name)
