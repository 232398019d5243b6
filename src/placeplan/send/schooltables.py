"""What ``placeplan send`` says of schools and of alternative provision, from a run and the forecast of plans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from placeplan.project import Project
from placeplan.results import Result
from placeplan.send.alternative import SETTING, Outlook, alternative_tables
from placeplan.send.asknown import groups_taught, known_places
from placeplan.send.entries import Entries, entries_table, read_entries
from placeplan.send.fairshare import fair_share_table, kinds_of
from placeplan.send.make import SendMade
from placeplan.send.panel import panel_table, waiting_table
from placeplan.send.places import by_phase
from placeplan.send.pupils import authority_pupils
from placeplan.send.schoolrolls import school_rolls
from placeplan.send.tables import AGE_OF_RECEPTION, SETTINGS
from placeplan.years import Phase


@dataclass(frozen=True)
class SchoolCounts:
    """What is counted of schools and of alternative provision, small counts hidden: it rests on no forecast.

    ``frames``: who enters alternative provision, the fair share between schools and the view of a placement panel, by file.
    """

    frames: dict[str, pd.DataFrame]
    entries: list[Entries]


def school_counts(result: Result, lowest: float) -> SchoolCounts:
    """Return what a run counts; counts from 1 to below ``lowest`` are hidden, and what would give them away."""
    tables, admissions = result.inputs, result.inputs.table("admissions")
    rolls = school_rolls(
        result.frames["schools"], tables.table("schools"), tables.table("areas"), tables.table("rolls"),
        result.project.census, result.base_year,
    )  # fmt: skip
    groups = (
        rolls[rolls["year_group"] != "total"]
        .drop(columns="year_group")
        .rename(columns={"group": "year_group"})
    )
    entries = read_entries(tables.table("ap_flows"), lowest)
    kinds = kinds_of(admissions, tables.table("ap_flows"), groups, lowest)
    shares = fair_share_table(kinds)
    frames = {
        "send_ap_entries": entries_table(entries),
        "send_fair_share": shares,
        "send_panel": panel_table(rolls, admissions, shares, lowest),
        "send_waiting": waiting_table(kinds, admissions),
    }
    return SchoolCounts(frames, entries)


def months_table(
    result: Result, made: SendMade, lowest: float, entries: list[Entries]
) -> dict[str, pd.DataFrame]:
    """Return alternative provision by month and its fullest month, by file; they rest on counts that may be shown."""
    outlook = outlook_of(made, authority_pupils(result), ap_places(result), result.project, lowest)
    return alternative_tables(entries, outlook, result.project.send.exclusions_fall)


def ap_places(result: Result) -> pd.DataFrame:
    """Return the places of alternative provision, those without a phase shared out by the year groups of their school."""
    places = known_places(result)
    own = places[(places["setting"] == SETTING) & places["places"].notna()]
    spread = by_phase(own, groups_taught(result))
    return own if spread is None else spread.assign(setting=SETTING)


def outlook_of(
    made: SendMade, pupils: pd.DataFrame, places: pd.DataFrame, project: Project, lowest: float
) -> Outlook:
    """Return what alternative provision of the years ahead rests on; pupils beyond the years known stay as they are."""
    base, years = made.base, [made.base + (at + 1) for at in range(len(made.central.stock))]
    setting, growth, plans, drawn = SETTINGS.index(SETTING), {}, {}, {}
    for phase in Phase:
        by_year = pupils[pupils["group"].isin(list(phase.year_groups))].groupby("year")["pupils"].sum()
        held = by_year.reindex([int(base), *map(int, years)]).ffill().bfill().to_numpy(dtype=float)
        growth[phase] = held[1:] / held[0] if held[0] > 0 else np.ones(len(years))
        ages = [group + AGE_OF_RECEPTION for group in phase.year_groups]
        plans[phase] = made.central.stock[:, setting, ages].sum(axis=1)
        drawn[phase] = made.drawn.stock[:, :, setting][..., ages].sum(axis=2)
    return Outlook(tuple(years), growth, plans, drawn, places, len(made.drawn.stock), project.seed, lowest)
