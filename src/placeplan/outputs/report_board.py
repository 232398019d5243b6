"""Further parts of the report for a board: published measures, money, proposals, kinds of schools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from placeplan.outputs.boardviews import NEED_ITEMS, area_names, frame, money_by_year, phase_words
from placeplan.outputs.marks import bullets, table
from placeplan.outputs.views import RunView
from placeplan.outputs.words import (
    PHASE_WORDS,
    STATUS_WORDS,
    UNKNOWN,
    chance,
    counted,
    day_words,
    markdown,
    number,
    percent,
    pounds,
    thousands,
)
from placeplan.tables import rows_of
from placeplan.years import Phase

MONEY_ITEMS = (*NEED_ITEMS, "growth_pupils", "growth_new_school", "falling_rolls", "empty_places",
               "planned_cost", "special_places", "contributions")  # fmt: skip
MONEY_WORDS = {
    "need_added": "Need added, permanent",
    "need_as_new_school": "All need, new school",
    "need_as_temporary": "All need, temporary",
    "growth_pupils": "Growth in pupils",
    "growth_new_school": "Growth, new schools",
    "falling_rolls": "Falling rolls",
    "empty_places": "Revenue of empty places",
    "planned_cost": "Planned costs",
    "special_places": "Special places",
    "contributions": "Contributions",
    "contributions_gap": "Contributions less need",
}


def published_measures(view: RunView) -> Iterator[str]:
    """Give the Department's measures for the authority: need and spare three years on, unfilled places now."""
    rows = frame(view, "sufficiency_summary")
    if "reference_year" not in rows or rows.empty:
        return
    rows = rows[(rows["scenario"] == view.scenario) & (rows["geography"] == "authority")]
    reference = rows[rows["reference_year"] == "yes"]
    if reference[["scorecard_need", "unfilled_places"]].notna().to_numpy().any():
        yield "## Published measures"
        yield (
            f"As the Department's scorecard counts them for {reference['academic_year'].iloc[0]}: by assessed capacity "
            "with certain and firm changes, each area and year group apart, need to the nearest 10."
        )
        header = ["Phase", "Places needed", "Spare", "Planned change shown", "Unfilled places now", "of capacity",
                  "Pupils over capacity now", "of pupils"]  # fmt: skip
        first = rows.drop_duplicates("phase").set_index("phase")
        yield table(header, (_measures(row, first.loc[row.phase]) for row in rows_of(reference)))


def _measures(row: Any, now: Any) -> list[str]:
    sixth = row.phase == Phase.SIXTH_FORM.value
    filled = ["in secondary", "", "in secondary", ""] if sixth else [
        number(float(now["unfilled_places"])), percent(float(now["unfilled_percent"])),
        number(float(now["pupils_over_capacity"])), percent(float(now["pupils_over_percent"])),
    ]  # fmt: skip
    return [
        PHASE_WORDS[Phase(row.phase)], number(row.scorecard_need), percent(row.scorecard_spare_percent),
        number(row.scorecard_planned), *filled,
    ]  # fmt: skip


def money(view: RunView) -> Iterator[str]:
    """Give the sums by phase and year, the contributions beside need, and where the rates come from."""
    costs = frame(view, "costs")
    if costs.empty:
        return
    yield "## Money"
    yield (
        "Thousands of pounds, over all areas. Need added is what falls due in a year, priced as permanent expansion (in the "
        "base year what is missing already); the other two price all need of that year, to compare, not to be added. "
        "Revenue of empty places is what full schools would have more in a year."
    )
    if any(not area.main.total.places_known for area in view.areas):
        yield "Areas whose places are not known have no need and no empty places in these sums."
    summed = money_by_year(view, MONEY_ITEMS).dropna(axis=1, how="all")
    header = ["Phase", "Year", *(MONEY_WORDS[item] for item in summed.columns)]
    ordered = sorted(summed.iterrows(), key=lambda pair: (_phase_order(str(pair[0][0])), str(pair[0][1])))  # type: ignore[index]
    yield table(header, ([phase_words(key[0]), key[1], *map(thousands, row)] for key, row in ordered), 2)  # type: ignore[index]
    yield from _gaps(view)
    yield "### Rates and their sources"
    yield table(["Source", "Rates"], _sources(costs), 2)


def _sources(costs: pd.DataFrame) -> Iterator[list[str]]:
    """Each source with the rates that are taken from it."""
    rates = costs[costs["rate"].astype(float).notna() & ~costs["item"].isin(["contributions_gap", "need"])]
    rates = rates.drop_duplicates(["item", "phase", "rate"])
    for source, rows in rates.groupby("rate_source", sort=False):
        named = (
            f"{MONEY_WORDS[row.item].lower()}{_of_phase(row.phase)}: {pounds(row.rate)}"
            for row in rows_of(rows)
        )
        yield [markdown(str(source)), "; ".join(named)]


def _of_phase(phase: str) -> str:
    return f", {phase_words(phase).lower()}" if phase else ""


def _gaps(view: RunView) -> Iterator[str]:
    costs = frame(view, "costs")
    rows = costs[costs["item"] == "contributions_gap"]
    if rows.empty:
        return
    yield "### Contributions from housing beside need"
    yield (
        "Thousands of pounds: contributions received so far less the price of the most places needed so far. Below zero the "
        "places are needed before the money comes."
    )
    names, years = area_names(view), sorted(set(rows["academic_year"]))
    lines = []
    for (code, phase), cells in rows.groupby(["area_code", "phase"], sort=False):
        by_year = dict(zip(cells["academic_year"], cells["amount"].astype(float), strict=True))
        amounts = [thousands(by_year.get(year, np.nan)) for year in years]
        lines.append([markdown(names.get(str(code), str(code))), phase_words(str(phase)), *amounts])
    yield table(["Area", "Phase", *years], lines, text_columns=2)


def proposals(view: RunView) -> Iterator[str]:
    """Give each proposal with the forecast it rests on, and the change that came of it."""
    rows = frame(view, "boards")
    if rows.empty:
        return
    yield "## What was talked over and agreed"
    late = int((rows["overdue"] == "yes").sum())
    if late:
        yield f"**{counted(late, 'next step')} overdue.**"
    for row in rows_of(rows):
        yield f"### {markdown(row.proposal_id)}: {markdown(row.area_name or row.area_code or 'the authority')}"
        yield bullets(f"**{name}.** {markdown(words)}" for name, words in proposal_lines(row) if words)


def proposal_lines(row: Any) -> list[tuple[str, str]]:
    """Return what is said of a proposal, as pairs of topic and words; blank where nothing is."""
    raised = f"{row.raised_by}, {day_words(row.date)}" + (f"; {row.board}" if row.board else "")
    due = f", due {day_words(row.due_on)}" if row.due_on else ""
    step = f"{row.next_step}{due}{' (overdue)' if row.overdue == 'yes' else ''}" if row.next_step else ""
    return [
        ("Raised by", raised),
        ("Options considered", row.options_considered),
        ("Outcome", row.outcome),
        ("Reason", row.reason),
        ("Dissent", row.dissent),
        ("Next step", step),
        ("Change", _change_words(row)),
        ("Forecast", _forecast_words(row)),
    ]


def provision(view: RunView) -> Iterator[str]:
    """Give places and surplus by religious character, gender and selection, now and in the last year."""
    rows = frame(view, "provision")
    if rows.empty:
        return
    rows = rows[rows["scenario"] == view.scenario]
    yield "## Places by kind of school"
    yield ("By what the schools table states. A planned school that is not in it yet is not counted here.")
    header = ["Phase", "By", "Kind", "Schools", "Places now", "Pupils now", "Surplus now", "%", "Last year",
              "Surplus then", "%"]  # fmt: skip
    lines = []
    for (phase, by, group), cells in rows.groupby(["phase", "characteristic", "group"], sort=False):
        now, then = cells.iloc[0], cells.iloc[-1]
        lines.append(
            [
                phase_words(str(phase)), str(by).capitalize(), markdown(str(group)), number(now["schools"]),
                number(now["places"]), number(now["roll"]), number(now["surplus"]), percent(now["surplus_percent"]),
                str(then["academic_year"]), number(then["surplus"]), percent(then["surplus_percent"]),
            ]
        )  # fmt: skip
    yield table(header, lines, text_columns=3)


def _change_words(row: Any) -> str:
    if not row.change:
        return ""
    earliest = f", by its route not before {day_words(row.earliest_date)}" if row.earliest_date else ""
    return f"{row.change_id}, {row.change}: decided by {row.decider}{earliest}"


def _forecast_words(row: Any) -> str:
    if not row.academic_year:
        return ""
    words = f"{row.academic_year}: demand {number(row.demand)}"
    if np.isnan(row.places):
        return f"{words}, places {UNKNOWN}"
    risk = (
        ""
        if np.isnan(row.probability_of_shortfall)
        else f", chance of shortfall {chance(row.probability_of_shortfall)}"
    )
    gap = f"surplus {number(row.surplus)} ({percent(row.surplus_percent)})"
    return f"{words}, places {number(row.places)}, {gap}{risk}, {STATUS_WORDS[row.status].lower()}"


def _phase_order(phase: str) -> int:
    return list(Phase).index(Phase(phase)) if phase else len(Phase)
