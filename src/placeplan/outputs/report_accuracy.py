"""How good the earlier forecasts were: the page of the report and the sheet of the workbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from placeplan.accuracy import (
    Alarm,
    bias_years,
    this_year,
    with_bands,
    year_group_errors,
)
from placeplan.frames import TOTAL
from placeplan.outputs.marks import bullets, table
from placeplan.outputs.views import RunView
from placeplan.outputs.words import PHASE_WORDS, UNKNOWN, counted, listed, markdown, number, percent, signed
from placeplan.words import group_words
from placeplan.years import Phase, read_year_group

_NAMED = 10
"""Areas named in the report; all stand in the workbook and in accuracy.csv."""
AUTHORITY_HEAD = (
    "Phase",
    "Year",
    "Made in",
    "Years ahead",
    "Forecast",
    "Came",
    "Error",
    "Half of authorities within",
)


def accuracy_page(view: RunView) -> Iterator[str]:
    """Give earlier forecasts against outcomes; nothing if none were given."""
    accuracy = view.result.frames["accuracy"]
    if accuracy.empty:
        return
    yield "## How good earlier forecasts were"
    yield (
        "Error is (forecast − roll) ÷ roll, as the Department's scorecard has it: above 0 the forecast was too high. "
        "Beside it stands the absolute error within which half of the authorities of England stayed."
    )
    if len(view.past_errors):
        yield errors_table(view.past_errors)
    yield bullets(markdown(words) for words in alarm_sentences(view, view.bias_alarms))
    yield from _this_year(view, accuracy)
    yield from _year_groups(view, accuracy)


def errors_table(errors: pd.DataFrame) -> str:
    """Return the authority's errors (``authority_errors``) as a table, with the published errors beside them."""
    rows = [[PHASE_WORDS[Phase(str(row["phase"]))], *_authority_cells(row)] for row in _records(errors)]
    return table(list(AUTHORITY_HEAD), rows, 3)


def _records(errors: pd.DataFrame) -> list[dict[str, object]]:
    return [{str(k): v for k, v in row.items()} for row in with_bands(errors).to_dict("records")]


def _authority_cells(row: dict[str, object]) -> list[str]:
    half = float(str(row["p50"]))
    return [
        str(row["target_year"]), str(row["made_in"]), str(row["horizon"]), number(float(str(row["forecast"]))),
        number(float(str(row["actual"]))), signed_percent(float(str(row["error"]))),
        "–" if half != half else percent(100 * half),
    ]  # fmt: skip


def signed_percent(error: float) -> str:
    """Write a proportion as a signed percentage: ``+1.4%``."""
    return UNKNOWN if error != error else f"{signed(100 * error, 1)}%"


def alarm_sentences(view: RunView, found: Sequence[Alarm]) -> Iterator[str]:
    """Say where the last years all err on one side, or that they do not."""
    years = bias_years()
    wide = [one for one in found if one.geography == "authority"]
    for one in wide:
        word = "above" if one.side == "high" else "below"
        yield (
            f"Bias alarm, {PHASE_WORDS[Phase(one.phase)].lower()}: every forecast for {one.years[0]} to {one.years[-1]} was "
            f"{word} the roll, by {percent(100 * abs(one.mean))} on average. Ask why before the next forecast is used."
        )
    judged = set(view.past_errors["phase"])
    for phase in Phase:
        if phase.value in judged - {one.phase for one in wide}:
            yield f"{PHASE_WORDS[phase]}: no alarm; the last {years} years are not all on one side, or fewer can be judged."
    names = area_names(view)
    for side, word in (("high", "above"), ("low", "below")):
        areas = [
            names.get((o.phase, o.code), o.code) for o in found if o.geography == "area" and o.side == side
        ]
        if areas:
            yield f"{counted(len(areas), 'area')} always {word} the roll in these years: {listed(areas, 8)}."


def area_names(view: RunView) -> dict[tuple[str, str], str]:
    """Return the names of areas by phase and code; a sixth form's is its secondary area's."""
    areas = view.result.inputs.table("areas")
    found = {
        (phase, code): name or code
        for phase, code, name in zip(areas["phase"], areas["area_code"], areas["area_name"], strict=True)
    }
    return {
        **found,
        **{("sixth_form", code): name for (phase, code), name in found.items() if phase == "secondary"},
    }


def _this_year(view: RunView, accuracy: pd.DataFrame) -> Iterator[str]:
    """Last year's forecast against the roll of the base year, the areas that were farthest out first."""
    base = str(view.result.base_year)
    rows = this_year(accuracy, base)
    if rows.empty:
        return
    totals = rows[rows["year_group"] == TOTAL]
    totals = totals.assign(size=totals["error"].astype(float).abs()).sort_values(
        "size", ascending=False, kind="stable"
    )
    census, year = view.result.project.census, int(view.result.base_year)
    month = f"{census.capitalize()} {year if census == 'october' else year + 1}"
    yield f"### Last year's forecast against {month}"
    within = (totals["size"] <= 0.02).sum()
    yield (
        f"Of {counted(len(totals), 'area total')} {number(within)} came within 2%. Look at the others before "
        "any choice of the method is changed."
    )
    names = area_names(view)
    cells = [
        [
            markdown(names.get((row["phase"], row["code"]), row["code"])), PHASE_WORDS[Phase(row["phase"])],
            number(float(row["forecast"])), number(float(row["actual"])), signed_percent(float(row["error"])),
            _worst_group(rows, row),
        ]
        for row in totals.head(_NAMED).to_dict("records")
    ]  # fmt: skip
    yield table(["Area", "Phase", "Forecast", "Came", "Error", "Farthest year group"], cells, 2)


def _worst_group(rows: pd.DataFrame, total: dict[object, object]) -> str:
    mine = rows[
        (rows["code"] == total["code"]) & (rows["phase"] == total["phase"]) & (rows["year_group"] != TOTAL)
    ]
    if mine.empty:
        return "–"
    miss = mine["forecast"].astype(float) - mine["actual"].astype(float)
    at = int(miss.abs().to_numpy().argmax())
    return f"{group_words(str(mine['year_group'].iloc[at]))} {signed(float(miss.iloc[at]))}"


def _year_groups(view: RunView, accuracy: pd.DataFrame) -> Iterator[str]:
    """The authority's errors one year ahead by year group, one column for each target year."""
    rows = year_group_errors(accuracy)
    rows = rows[rows["horizon"].astype(int) == 1]
    if rows.empty:
        return
    years = sorted(set(rows["target_year"]))
    groups = sorted(set(rows["year_group"]), key=lambda label: read_year_group(label).value)
    errors = {(row["year_group"], row["target_year"]): float(row["error"]) for row in rows.to_dict("records")}
    cells = [
        [
            group_words(group),
            *(signed_percent(errors[group, year]) if (group, year) in errors else "–" for year in years),
        ]
        for group in groups
    ]
    yield "### By year group, one year ahead"
    yield table(["Year group", *years], cells)
