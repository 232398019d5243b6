"""The report on movement: the coming September, transfers, where pupils live, and the censuses of a year."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from placeplan.outputs.boardviews import area_names, frame
from placeplan.outputs.marks import table
from placeplan.outputs.views import RunView
from placeplan.outputs.words import PHASE_WORDS, counted, markdown, number, percent, share, signed
from placeplan.tables import rows_of
from placeplan.words import group_words
from placeplan.years import Phase

OUTSIDE = "OUT"
_AT_MOST = 12
_AREAS_AT_MOST = 60


def movement(view: RunView) -> Iterator[str]:
    """Give what the tables of movement say; nothing where the run has none."""
    parts = [*_coming_september(view), *_transfers(view), *_residents(view), *_profile(view)]
    if parts:
        yield "## Movement"
        yield from parts


def _coming_september(view: RunView) -> Iterator[str]:
    """Give the entry years with and without offers, and the areas in which offers moved the forecast most."""
    rows = of_scenario(view, "intake_signals")
    if rows.empty:
        return
    yield "### The coming September"
    yield (
        "Offers and first preferences correct next year's intake as far as they would have mended the forecasts of earlier "
        "years; the cohort keeps the correction in later years. Errors are means of the areas' and the authority's, each "
        "earlier year corrected by what the other years teach."
    )
    header = ["Into", "Year", "Model", "Corrected", "Offers", "First preferences", "Offers count",
              "First preferences count", "Error of the model", "Error corrected", "Earlier years"]  # fmt: skip
    groups = rows.groupby("year_group", sort=False)
    yield table(header, (_entry(str(group), part) for group, part in groups), 2)
    moved = rows.assign(change=rows["corrected"] - rows["model"])
    moved = moved[moved["change"].abs() >= 0.5]
    moved = moved.iloc[moved["change"].abs().argsort(kind="stable")[::-1]]
    if len(moved):
        names = area_names(view)
        yield "The areas that offers move most:"
        header = ["Area", "Into", "Model", "Offers", "First preferences", "Corrected", "Change"]
        yield table(header, (_area(row, names) for row in moved[:_AT_MOST].to_dict("records")), 2)
    if len(moved) > _AT_MOST:
        yield f"{counted(len(moved) - _AT_MOST, 'more cell')}: see intake_signals.csv."


def _transfers(view: RunView) -> Iterator[str]:
    """Give for each area what share of its leavers stays, goes elsewhere and goes out, and of its intake comes in."""
    rows = frame(view, "transfer_shares")
    if rows.empty:
        return
    names, shown = area_names(view), {area.code for area in view.shown}
    for group, flows in rows.groupby("into_year_group", sort=False):
        first, last = flows["first_year"].iloc[0], flows["last_year"].iloc[0]
        yield f"### Transfers into {group_words(str(group))}"
        yield (
            f"Means of {first} to {last}, each year back counting 0.7 of the next. Leavers in no row of transfers count as "
            "gone out of the authority's mainstream schools. All pairs are in transfer_shares.csv."
        )
        leaving, coming = _by_area(flows, "from_area", shown), _by_area(flows, "to_area", shown)
        header = ["From", "Leavers a year", "Mostly to", "Share", "Second", "Share", "Out of the authority"]
        yield table(header, (_leaving(code, rows, names) for code, rows in leaving), 1)
        header = ["Into", "Intake a year", "Mostly from", "Share", "From outside the authority"]
        yield table(header, (_coming(code, rows, names) for code, rows in coming), 1)


def _by_area(flows: pd.DataFrame, area: str, shown: set[str]) -> list[tuple[str, list[Any]]]:
    """Give the rows of each area shown, in the order of the codes."""
    found: dict[str, list[Any]] = {}
    for row in rows_of(flows[flows[area].isin(list(shown))]):
        found.setdefault(str(getattr(row, area)), []).append(row)
    return sorted(found.items())


def _residents(view: RunView) -> Iterator[str]:
    """Give resident demand beside demand at schools by area, in the base year and the last year ahead."""
    rows = of_scenario(view, "residents")
    rows = rows[rows["basis"] != "counted"] if len(rows) else rows
    if rows.empty:
        return
    names, shown = area_names(view), {area.code for area in view.shown}
    yield "### Where pupils live"
    yield (
        "Demand at an area's schools beside the pupils who live there and go to the authority's schools, by the homes of "
        "recent years (residence). Above 0, the area's schools take in more than its children. Residents at "
        "schools of other authorities are in no table."
    )
    last = rows.groupby("phase", sort=False)["academic_year"].max()
    ends = ", ".join(f"{PHASE_WORDS[Phase(str(phase))].lower()} {year}" for phase, year in last.items())
    yield f"Now is {rows['academic_year'].iloc[0]}, the last year ahead {ends}."
    header = ["Area", "Phase", "At its schools now", "Living there", "Taken in", "From outside", "Own taught here",
              "At its schools, last year", "Living there", "Taken in"]  # fmt: skip
    each = rows.groupby(["phase", "area_code"], sort=False)
    now_and_then = list(zip(each.head(1).to_dict("records"), each.tail(1).to_dict("records"), strict=True))
    kept = [pair for pair in now_and_then if pair[0]["area_code"] in shown][:_AREAS_AT_MOST]
    yield table(header, (_resident(now, then, names) for now, then in kept), 2)
    if len(now_and_then) > len(kept):
        yield f"{counted(len(now_and_then) - len(kept), 'more area')}: see residents.csv."


def _resident(now: dict[Any, Any], then: dict[Any, Any], names: dict[str, str]) -> list[str]:
    code, living, later = str(now["area_code"]), float(now["residents"]), float(then["residents"])
    return [
        markdown(names.get(code, code)), PHASE_WORDS[Phase(now["phase"])], number(now["at_schools"]), number(living),
        signed(now["at_schools"] - living), number(now["from_outside"]),
        share(now["own"] / living if living else float("nan")),
        number(then["at_schools"]), number(later), signed(then["at_schools"] - later),
    ]  # fmt: skip


def _profile(view: RunView) -> Iterator[str]:
    """Give the other censuses beside the project's, the peak of the year, and the places to hold for arrivals."""
    rows = frame(view, "census_profile")
    rows = rows[(rows["geography"] == "authority") & (rows["year_group"] == "total")] if len(rows) else rows
    if rows.empty:
        return
    usual = view.result.project.census.capitalize()
    yield "### The year's profile"
    yield f"Rolls of other censuses as a share of the {usual} census of the same academic year, in years that have both."
    header = ["Phase", "Census", f"Of {usual}", "Least", "Most", "Years"]
    cells = (
        [PHASE_WORDS[Phase(row["phase"])], str(row["census"]).capitalize(), percent(100 * row["ratio"]),
         percent(100 * row["least"]), percent(100 * row["most"]), number(row["years"])]
        for row in rows.to_dict("records")
    )  # fmt: skip
    yield table(header, cells, 2)
    for row in rows.drop_duplicates("phase").to_dict("records"):
        phase = PHASE_WORDS[Phase(row["phase"])]
        if row["held"] < 0.5:
            yield f"**{phase}**: the {usual} census was the peak in four of five areas and years: no places need be held."
        else:
            yield (
                f"**{phase}**: hold about {number(row['held'])} places over next year's {usual} forecast "
                f"({percent(100 * row['held_share'])}): in four of five areas and years the peak was no higher. On average "
                f"the authority's peak is in {str(row['peak']).capitalize()}."
            )


def _leaving(code: str, rows: list[Any], names: dict[str, str]) -> list[str]:
    inside = [(row.to_area, row.leavers_share) for row in rows if row.to_area != OUTSIDE]
    out = sum(row.leavers_share for row in rows if row.to_area == OUTSIDE)
    return [*_all(code, rows, names), *_largest(inside, 2, names), share(out)]


def _coming(code: str, rows: list[Any], names: dict[str, str]) -> list[str]:
    inside = [(row.from_area, row.intake_share) for row in rows if row.from_area != OUTSIDE]
    out = sum(row.intake_share for row in rows if row.from_area == OUTSIDE)
    return [*_all(code, rows, names), *_largest(inside, 1, names), share(out)]


def _all(code: str, rows: list[Any], names: dict[str, str]) -> list[str]:
    return [markdown(names.get(code, code)), number(sum(row.pupils for row in rows))]


def _largest(shares: list[tuple[str, float]], count: int, names: dict[str, str]) -> list[str]:
    """Give the names of the largest shares and these, a dash for each that there is not."""
    largest = sorted(shares, key=lambda one: -one[1])[:count]
    cells = [cell for code, part in largest for cell in (markdown(names.get(code, code)), share(part))]
    return [*cells, *["–"] * (2 * count - len(cells))]


def _entry(group: str, rows: pd.DataFrame) -> list[str]:
    one = rows.iloc[0]
    return [
        group_words(group), str(one["academic_year"]), number(float(rows["model"].sum())),
        number(float(rows["corrected"].sum())), _sum(rows["offers"]), _sum(rows["first_preferences"]),
        percent(100 * float(one["weight_offers"]), 0), percent(100 * float(one["weight_first_preferences"]), 0),
        _error(one["error_without"]), _error(one["error_with"]), number(float(one["years_judged"])),
    ]  # fmt: skip


def _area(row: dict[Any, Any], names: dict[str, str]) -> list[str]:
    code = str(row["area_code"])
    return [
        markdown(names.get(code, code)), group_words(str(row["year_group"])), number(row["model"]),
        _sum(pd.Series([row["offers"]])), _sum(pd.Series([row["first_preferences"]])),
        number(row["corrected"]), signed(row["change"]),
    ]  # fmt: skip


def of_scenario(view: RunView, name: str) -> pd.DataFrame:
    """Return a frame's rows of the scenario shown."""
    rows = frame(view, name)
    return rows[rows["scenario"] == view.scenario] if "scenario" in rows else rows


def _sum(values: pd.Series[float]) -> str:
    return number(float(values.sum())) if values.notna().any() else "–"


def _error(value: float) -> str:
    return percent(100 * value) if value == value else "–"
