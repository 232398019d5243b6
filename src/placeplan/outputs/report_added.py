"""The report on what is added to the baseline: pupils of new homes with and without, and the register of adjustments."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from placeplan.outputs.boardviews import area_names, frame
from placeplan.outputs.marks import table
from placeplan.outputs.views import RunView
from placeplan.outputs.words import PHASE_WORDS, UNKNOWN, day_words, markdown, number, share, signed
from placeplan.years import Phase

HALF_A_PUPIL = 0.5
_SITES_AT_MOST = 60


def new_homes(view: RunView) -> Iterator[str]:
    """Give the authority with and without new homes, then each site; nothing if no home adds pupils."""
    sites = _of_scenario(view, "housing_pupils")
    if sites.empty:
        return
    yield "## New homes"
    yield (
        "Pupils of homes completed from the base year on, so far as an area builds more than it usually did: what is usual "
        "is in the ratios of the forecast already. Sites count by the certainty of their status and the chance "
        "that they come late; in the simulations they come or not, in time or late. Children grow older with their estate."
    )
    for phase in Phase:
        yield from _with_and_without(view, phase)
    yield "### Sites"
    yield _sites_table(view, sites)


def area_homes(rows: pd.DataFrame | None) -> Iterator[str]:
    """Give one area with and without new homes, from its forecast totals; nothing if homes add less than half a pupil."""
    if rows is not None and (np.abs(rows["housing"].to_numpy(float)) >= HALF_A_PUPIL).any():
        yield "#### With and without new homes"
        yield _both(rows)


def adjustments(view: RunView) -> Iterator[str]:
    """Give each adjustment with its reason, the forecast with and without it, and what came of past ones."""
    rows = _of_scenario(view, "adjustments_register")
    if rows.empty:
        return
    yield "## Adjustments"
    yield (
        "What officers know and the figures cannot: each with its reason, the role of the person who decided it, and the "
        "forecast without and with it. The rolls of the past are never changed. Adjustments of years that are over are set "
        "beside what came."
    )
    names = area_names(view)
    header = [
        "Adjustment", "Where", "Year", "Year group", "Reason", "Decided", "Evidence", "Asked", "Without", "With", "State"
    ]  # fmt: skip
    yield table(header, (_adjustment(row, names) for row in rows.to_dict("records")), text_columns=7)
    for row in rows[rows["state"] == "proved wrong"].to_dict("records"):
        yield (
            f"**{markdown(str(row['adjustment_id']))} made the forecast worse**: {number(row['actual'])} came; "
            f"{number(row['published'])} were forecast with it, {number(row['published_without'])} without."
        )


def _adjustment(row: dict, names: dict[str, str]) -> list[str]:  # type: ignore[type-arg]
    where = str(row["urn"]) or names.get(str(row["area_code"]), str(row["area_code"]))
    decided = f"{row['role']}, {day_words(str(row['made_on']), True)}" if row["made_on"] else str(row["role"])
    past = row["amount"] != row["amount"]
    without, held = (
        (row["published_without"], row["published"]) if past else (row["pupils_without"], row["pupils_with"])
    )
    return [
        markdown(str(row["adjustment_id"])), markdown(where), str(row["academic_year"]), str(row["year_group"]),
        markdown(str(row["reason"])), markdown(decided), markdown(str(row["evidence"])),
        str(row["asked"]).replace("-", "−"), _or_dash(without), _or_dash(held), str(row["state"]),
    ]  # fmt: skip


def _or_dash(value: float) -> str:
    return number(value) if value == value else "–"


def _of_scenario(view: RunView, name: str) -> pd.DataFrame:
    rows = frame(view, name)
    return rows[rows["scenario"] == view.scenario] if "scenario" in rows else rows


def _totals(view: RunView, geography: str, phase: Phase) -> pd.DataFrame:
    rows = _of_scenario(view, "forecast")
    here = (rows["geography"] == geography) & (rows["phase"] == phase.value) & (rows["year_group"] == "total")
    return rows[here]


def _with_and_without(view: RunView, phase: Phase) -> Iterator[str]:
    rows = _totals(view, "authority", phase)
    if rows["housing"].abs().sum() > 0:
        yield f"### {PHASE_WORDS[phase]} with and without new homes"
        yield _both(rows)


def _both(rows: pd.DataFrame) -> str:
    with_homes = rows["pupils"].to_numpy(float).tolist()
    homes = rows["housing"].to_numpy(float).tolist()
    without = [both - own for both, own in zip(with_homes, homes, strict=True)]
    lines = [
        ["Without new homes", *(number(value) for value in without)],
        ["New homes", *(signed(value) for value in homes)],
        ["With new homes", *(number(value) for value in with_homes)],
    ]
    return table(["", *rows["academic_year"].tolist()], lines)


def _all_of(words: pd.Series) -> str:
    return ", ".join(dict.fromkeys(words))


def _sites_table(view: RunView, sites: pd.DataFrame) -> str:
    """One line a site: homes ahead, those above the usual, pupils in the last year of primary and secondary forecasts."""
    names = area_names(view)
    primary = sites[sites["phase"] == Phase.PRIMARY.value]
    end = sites.groupby("phase")["academic_year"].transform("max")
    at_end = sites[sites["academic_year"] == end].groupby(["phase", "site_id"])["pupils"].sum()
    last = {
        phase: at_end.get(phase.value, pd.Series(dtype=float)) for phase in (Phase.PRIMARY, Phase.SECONDARY)
    }
    secured = (
        primary.drop_duplicates(["site_id", "area_code", "status"]).groupby("site_id")["secured_places"].sum()
    )
    whole = primary.groupby("site_id", sort=False).agg(
        site_name=("site_name", "first"), area_code=("area_code", "first"), status=("status", _all_of),
        certainty=("certainty", "first"), dwellings=("dwellings", "sum"), above=("dwellings_above_usual", "sum"),
    )  # fmt: skip
    whole["secured"] = secured
    whole = whole.sort_values("above", ascending=False, kind="stable")
    rows = [
        [
            markdown(str(row["site_name"]) or str(site)), markdown(names.get(str(row["area_code"]), str(row["area_code"]))),
            str(row["status"]), share(row["certainty"]), number(row["dwellings"]), number(row["above"]),
            *(number(float(last[phase].get(site, float("nan")))) if site in last[phase] else UNKNOWN for phase in last),
            number(row["secured"]),
        ]
        for site, row in whole.head(_SITES_AT_MOST).iterrows()
    ]  # fmt: skip
    header = [
        "Site", "Primary area", "Status", "Certainty", "Homes", "above the usual", "Primary pupils in the last year",
        "Secondary pupils in the last year", "Primary places secured",
    ]  # fmt: skip
    return table(header, rows, text_columns=3)
