"""Options of high needs: what could be done about specialist places, who decides, when, for how much, to what effect.

A setting and phase is short where in some year ahead the chance of shortfall is at least a half; from the first such year on
its options are judged. Chances are those of the first year in which an option could stand and is needed; the budget is that
of the ten years ahead, at the prices of the base year, building apart: below nothing an option saves. Options of one setting
and phase are ranked by the chance that is left, then by the budget; they are alternatives, and their savings do not add up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.keydates import entry_day
from placeplan.options.special_kinds import SendCandidate, candidates, decommissions, new_schools
from placeplan.options.special_needs import designations_table, providers_table
from placeplan.options.special_setting import LIKELY, SendSetting, option_kinds, send_setting
from placeplan.results import Result
from placeplan.send.area import LOCAL
from placeplan.send.asknown import known_places
from placeplan.send.costs import budget_change
from placeplan.send.make import SendMade
from placeplan.send.places import Cell, chance_of_shortfall, expected_short
from placeplan.tables import output_columns
from placeplan.years import AcademicYear

DAYS_OF_A_MONTH = 30.4375
ORDER = {"redesignation": 1, "do_nothing": 2}
"""Kinds that come after the others."""


def special_frames(made: SendMade, result: Result) -> dict[str, pd.DataFrame]:
    """Return places by provider and by need, and the options, by the stem of their file."""
    setting = send_setting(made, result)
    return {
        "send_designations": designations_table(setting),
        "send_providers": providers_table(known_places(result), setting.facts),
        "send_options": send_options(setting),
    }


def send_options(setting: SendSetting) -> pd.DataFrame:
    """Return send_options.csv; empty where no places are known."""
    rows = []
    for cell in setting.made.cells:
        needed = first_short(setting, cell)
        found = (
            list(decommissions(setting, cell)) if needed is None else list(candidates(setting, cell, needed))
        )
        rows += _ranked([_row(setting, one, needed) for one in found])
    rows += _of_new_schools(setting)
    for at, row in enumerate(rows):
        row["option_id"] = f"SEND{at + 1:03d}"
    return pd.DataFrame(rows, columns=list(output_columns("send_options")))


def _of_new_schools(setting: SendSetting) -> list[dict[str, Any]]:
    """Return the rows of a new special school, for all of its phases that are short."""
    needed = {
        cell.phase: year
        for cell in setting.made.cells
        if cell.setting == LOCAL and (year := first_short(setting, cell)) is not None
    }
    if not needed:
        return []
    cells = [cell for cell in setting.made.cells if cell.setting == LOCAL and cell.phase in needed]
    first = min(needed.values())
    return _ranked([_row(setting, one, first) for one in new_schools(setting, cells, first)])


def first_short(setting: SendSetting, cell: Cell) -> int | None:
    """Return the first start year in which the chance of shortfall is at least a half, None if there is none."""
    chances = (cell.drawn > cell.free).mean(axis=0)
    return next(
        (int(year) for year, chance in zip(setting.years, chances, strict=True) if chance >= LIKELY), None
    )


def _ranked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the options of one setting and phase in their order.

    Places for another need come after the others, because their chance is that of the one need; nothing done comes last.
    """
    order = sorted(
        rows,
        key=lambda row: (
            ORDER.get(row["kind"], 0), round(row["chance_after"], 2), np.nan_to_num(row["budget_change"]), row["urn"],
        ),
    )  # fmt: skip
    for at, row in enumerate(order):
        row["rank"] = at + 1
    return order


def _row(setting: SendSetting, one: SendCandidate, needed: int | None) -> dict[str, Any]:
    kind, judged = option_kinds()[one.kind], one.judged
    more = one.places * (setting.years >= one.start)
    at = int(np.clip(max(one.start, needed or one.start) - int(setting.years[0]), 0, len(setting.years) - 1))
    cost, source = _cost(setting, one)
    budget = float(_budget(setting, one, more).sum())
    reason = "; ".join([*one.facts, *_late(one, needed), *_worth(one, budget)])
    return {
        "kind": one.kind, "setting": one.cell.setting, "phase": one.cell.phase, "need": one.need, "urn": one.urn,
        "school_name": setting.name(one.urn), "area_code": one.area_code, "places": one.places,
        "start_year": str(AcademicYear(one.start)), **_decided(setting, one),
        "year_needed": "" if needed is None else str(AcademicYear(needed)), "cost": cost, "cost_source": source,
        "funding": kind["funding"], "risk": kind["risk"],
        "chance_before": chance_of_shortfall(judged.drawn[:, at], judged.free[at]),
        "chance_after": chance_of_shortfall(judged.drawn[:, at], judged.free[at] + more[at]),
        "short_before": expected_short(judged.drawn[:, at], judged.free[at]),
        "short_after": expected_short(judged.drawn[:, at], judged.free[at] + more[at]),
        "budget_change": budget, "reason": reason,
    }  # fmt: skip


def _decided(setting: SendSetting, one: SendCandidate) -> dict[str, Any]:
    """Who decides by which route, the earliest date and the months until then; blank where nothing is decided or known."""
    if one.way is None:
        return {
            "earliest_date": "",
            "lead_months": np.nan,
            "proposer": "",
            "decider": "",
            "route": "",
            "rule_id": "",
        }
    day = one.way.earliest
    return {
        "earliest_date": "" if day is None else day.isoformat(),
        "lead_months": np.nan if day is None else round((day - setting.on).days / DAYS_OF_A_MONTH),
        "proposer": one.way.proposer, "decider": one.way.decider, "route": one.way.route, "rule_id": one.way.rule_id,
    }  # fmt: skip


def _late(one: SendCandidate, needed: int | None) -> Iterator[str]:
    if one.way is not None and needed is not None and one.start > needed:
        yield f"cannot stand before {entry_day(AcademicYear(one.start)).isoformat()}"
    if one.way is not None and one.way.note:
        yield one.way.note


def _worth(one: SendCandidate, budget: float) -> Iterator[str]:
    """Say of places given up that they would save nothing, where that is so."""
    if one.places < 0 and budget >= 0:
        yield "saves nothing in ten years: children beyond the places left would cost more elsewhere"


def _cost(setting: SendSetting, one: SendCandidate) -> tuple[float, str]:
    """Return the cost of building and its source; NaN and why where no rate is known, nothing where nothing is built."""
    item = option_kinds()[one.kind]["cost_item"]
    if not item:
        return 0.0, ""
    rate = setting.ways.rate(item)
    if rate is None:
        return np.nan, f"not known: give {item} in the table rates"
    return one.places * rate.amount, rate.source


def _budget(setting: SendSetting, one: SendCandidate, more: Array) -> Array:
    """Return pounds by year; a need that gives places up is filled the less."""
    own = setting.made.prices[one.cell.setting]
    change = budget_change(one.judged, more, own, setting.elsewhere)
    if one.gives is not None:
        change = change + budget_change(one.gives, -more, own, setting.elsewhere)
    return change
