"""The paper for a place-planning board: two pages of what changed, is due, could be done and was agreed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from placeplan.outputs.diff_words import causes_words
from placeplan.outputs.options_words import pounds
from placeplan.outputs.words import (
    PHASE_WORDS,
    UNKNOWN,
    chance,
    counted,
    day_words,
    number,
    percent,
    plain,
    signed,
)
from placeplan.publishing.basis import census_words, made_on
from placeplan.publishing.cells import TOTAL, summed
from placeplan.publishing.runfolder import RunFolder
from placeplan.publishing.since import Since
from placeplan.returns.statement import BULLETS, HEADING, SUBHEADING, TABLE, TEXT, Block
from placeplan.tables import rows_of
from placeplan.words import kind_words
from placeplan.years import Phase

MOST = {"areas": 6, "decisions": 10, "options": 5, "proposals": 5}
"""Rows that two printed pages hold; what is left out is said, and stands in the CSV files."""
LONGEST = 80
"""Letters of a text from the tables that a cell holds."""
CAUSES_TOLD = 2
SHORT = "short"


def board_paper(run: RunFolder, earlier: Since | None, options: pd.DataFrame | None) -> list[Block]:
    """Return the paper; ``earlier`` and ``options`` where an earlier run and a folder of options were given."""
    parts = (
        _opening(run), _standing(run), _changed(earlier), _decisions(run), _options(run, options), _proposals(run),
    )  # fmt: skip
    return [block for part in parts for block in part]


def short(text: str, most: int = LONGEST) -> str:
    """Return a text of the tables on one line, cut at a word where it is longer than a cell holds."""
    told = plain(text)
    return told if len(told) <= most else f"{told[:most].rsplit(' ', 1)[0]} …"


def _opening(run: RunFolder) -> Iterator[Block]:
    yield Block(HEADING, f"Place-planning board: {plain(run.authority)}")
    yield Block(
        TEXT,
        f"From the forecast of {made_on(run.story)} (base year {run.base_year}, {census_words(run)} census, scenario "
        f"{plain(run.scenario)}).",
    )


def _standing(run: RunFolder) -> Iterator[Block]:
    rows = run.frames["sufficiency"]
    rows = rows[rows["year_group"] == TOTAL]
    yield Block(SUBHEADING, "Where we stand")
    lines = []
    for phase in Phase:
        own = rows[rows["phase"] == phase.value]
        if own.empty:
            continue
        years = list(dict.fromkeys(own["academic_year"]))
        last = own[own["academic_year"] == years[-1]]
        places = float(last["places"].sum(skipna=False))
        surplus = places - float(last["demand"].sum())
        areas = own.groupby("area_code")["surplus"].min()
        unknown = int(areas.isna().sum())
        ever = f"{int((areas < 0).sum())} of {len(areas)}" + (f", {unknown} not known" if unknown else "")
        now = float(own.loc[own["academic_year"] == years[0], "demand"].sum())
        then = float(last["demand"].sum())
        lines.append((PHASE_WORDS[phase], ever, years[-1], number(now), number(then),
                      number(places), number(surplus), percent(100 * surplus / places if places else np.nan)))  # fmt: skip
    head = ("Phase", "Areas short in some year", "Last year", f"Pupils {run.base_year}", "Pupils in the last year", "Places",
            "Surplus", "%")  # fmt: skip
    yield Block(TABLE, rows=(head, *lines))


def _changed(earlier: Since | None) -> Iterator[Block]:
    yield Block(SUBHEADING, "What changed since the last run")
    if earlier is None:
        yield Block(TEXT, "No earlier run was given to compare with (--since).")
        return
    yield Block(
        TEXT,
        f"Against the run of {earlier.made_on} (base year {earlier.base_year}), the same year in both; need is the places "
        "missing.",
    )
    rows = earlier.changes
    areas = rows[rows["geography"] == "area"]
    order = areas["change"].abs().sort_values(ascending=False, kind="stable").index
    shown = pd.concat([rows[rows["geography"] == "authority"], areas.loc[order[: MOST["areas"]]]])
    needs = summed(areas, ["phase"], ["need_old", "need_new"])
    head = (
        "Where",
        "Phase",
        "Mostly by",
        "Year",
        "Pupils then",
        "Pupils now",
        "Change",
        "Need then",
        "Need now",
    )
    yield Block(TABLE, rows=(head, *(_change_line(row, needs) for row in rows_of(shown))))


def _change_line(row: Any, needs: pd.DataFrame) -> tuple[str, ...]:
    whole = row.geography == "authority"
    then, now = needs.loc[row.phase] if whole else (row.need_old, row.need_new)
    return (
        "All areas" if whole else short(row.name, 50), PHASE_WORDS[Phase(row.phase)],
        causes_words(row._asdict(), CAUSES_TOLD),
        row.academic_year, number(row.old), number(row.new), signed(row.change), number(float(then)), number(float(now)),
    )  # fmt: skip


def _decisions(run: RunFolder) -> Iterator[Block]:
    rows = run.frames["decisions"]
    due = rows[rows["in_time"] != "decided"].sort_values(["start_date", "change_id"], kind="stable")
    yield Block(SUBHEADING, "Decisions due")
    if due.empty:
        yield Block(TEXT, "No planned change waits for a decision.")
        return
    names = _names(run)
    yield Block(
        TEXT, "Begin by is the start less the least time of the statutory route; time to build is in no date."
    )
    head = ("Change", "Where", "Decided by", "Begin by", "Starts", "In time")
    shown = due.head(MOST["decisions"])
    lines = (_decision_line(row, names) for row in rows_of(shown))
    yield Block(TABLE, rows=(head, *lines))
    yield from _left_out(len(due) - len(shown), "decisions.csv")


def _decision_line(row: Any, names: dict[str, str]) -> tuple[str, ...]:
    where = names.get(row.urn) or names.get(row.area_code, row.area_code)
    return (
        short(f"{row.change_id}, {kind_words(row.kind)}", 40), short(where, 50), short(row.decider, 60),
        begin_by(row.start_date, row.least_months), day_words(row.start_date, True),
        {"yes": "yes", "no": "too late"}.get(row.in_time, UNKNOWN),
    )  # fmt: skip


def begin_by(start: str, months: str) -> str:
    """Return the day on which a route must begin: its least months before the start; not known without them."""
    if not start or not str(months):
        return UNKNOWN
    day = date.fromisoformat(start)
    back = day.year * 12 + day.month - 1 - int(np.ceil(float(months)))
    return day_words(date(back // 12, back % 12 + 1, 1).isoformat(), True)


def _options(run: RunFolder, options: pd.DataFrame | None) -> Iterator[Block]:
    yield Block(SUBHEADING, "What could be done")
    if options is None:
        yield Block(TEXT, "No folder of options was given (--options).")
        return
    first = options[(options["rank"] == 1) & (options["date_needed"] != "")].assign(
        later=lambda rows: rows["trouble"] != SHORT
    )
    first = first.sort_values(["later", "date_needed", "area_code"], kind="stable")
    if first.empty:
        yield Block(TEXT, "No area is in trouble within ten years, so there is nothing to choose from.")
        return
    names = _names(run)
    yield Block(
        TEXT, "Ranked first for each area in trouble, the most urgent first: shortages, then surplus."
    )
    head = ("Area", "Kind", "Needed", "Option", "Decided by", "Chance short", "Spare places", "Cost")
    shown = first.groupby("later", sort=False).head(MOST["options"])
    yield Block(TABLE, rows=(head, *(_option_line(row, names) for row in rows_of(shown))))
    yield from _left_out(len(first) - len(shown), "options.csv")


def _option_line(row: Any, names: dict[str, str]) -> tuple[str, ...]:
    where = f" at {names[row.urn]}" if row.urn in names else ""
    return (
        short(names.get(row.area_code, row.area_code), 40), row.trouble, row.date_needed[:4],
        short(f"{row.title}{where}", 70), short(row.decider, 50),
        f"{chance(row.chance_before)} → {chance(row.chance_after)}",
        f"{number(row.spare_before)} → {number(row.spare_after)}",
        pounds(row.cost),
    )  # fmt: skip


def _proposals(run: RunFolder) -> Iterator[Block]:
    rows = run.frames["boards"]
    yield Block(SUBHEADING, "What was talked over and agreed")
    if rows.empty:
        yield Block(TEXT, "The tables hold no proposals.")
        return
    late = int((rows["overdue"] == "yes").sum())
    if late:
        yield Block(BULLETS, items=(f"{counted(late, 'next step')} overdue.",))
    ordered = rows.assign(later=rows["overdue"] != "yes", undated=rows["due_on"] == "")
    ordered = ordered.sort_values(["later", "undated", "due_on"], kind="stable")
    shown = ordered.head(MOST["proposals"])
    head = ("Proposal", "Considered", "Agreed", "Dissent", "Next step", "Due")
    yield Block(TABLE, rows=(head, *(_proposal_line(row) for row in rows_of(shown))))
    yield from _left_out(len(rows) - len(shown), "boards.csv")


def _proposal_line(row: Any) -> tuple[str, ...]:
    due = day_words(row.due_on, True) + (" (overdue)" if row.overdue == "yes" else "")
    return (short(f"{row.proposal_id}, {row.area_name or row.area_code or 'the authority'}", 50),
            short(row.options_considered), short(row.outcome), short(row.dissent) or "none recorded", short(row.next_step),
            due)  # fmt: skip


def _left_out(count: int, file: str) -> Iterator[Block]:
    if count > 0:
        yield Block(TEXT, f"{count:,} more in {file}.")


def _names(run: RunFolder) -> dict[str, str]:
    """Return the names of schools and areas by their codes."""
    areas, schools = run.frames["sufficiency"], run.frames["schools"]
    return {
        **{code: plain(name) for code, name in zip(areas["area_code"], areas["area_name"], strict=True)},
        **{urn: plain(name) for urn, name in zip(schools["urn"], schools["school_name"], strict=True)},
    }
