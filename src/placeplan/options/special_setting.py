"""What options of high needs rest on: places and demand by setting, phase and need, providers, mainstream schools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.keydates import census_day
from placeplan.options.ways import Ways
from placeplan.project import Project
from placeplan.results import Result
from placeplan.send.area import PHASE_AGES
from placeplan.send.asknown import known_places
from placeplan.send.costs import unplaced_price
from placeplan.send.make import SendMade
from placeplan.send.places import Cell
from placeplan.send.tables import AGE_OF_RECEPTION, SETTINGS
from placeplan.supply.rates import rates
from placeplan.supply.rules import decision_rules
from placeplan.tables import rows_of

BASES = ("unit", "resourced_provision")
LIKELY = 0.5
"""Chance from which a setting counts as short of places."""
SURE = 0.8
"""Share of draws in which spare places must stand for fewer to be commissioned …"""
SURE_YEARS = 5
"""… in each of so many years ahead."""


@dataclass(frozen=True)
class Provider:
    """Places of one school in one setting, phase and need, in the last year that is known."""

    setting: str
    phase: str
    need: str
    urn: str
    places: float


@dataclass(frozen=True)
class SendSetting:
    """Everything that options of high needs share; ``years``: start years ahead; ``on``: the day lead times count from.

    ``schools``: rows of schools.csv of the first scenario; ``facts``: name and type by URN; ``homes``: share of residents by
    setting, phase and planning area.
    """

    made: SendMade
    project: Project
    years: Array
    on: date
    ways: Ways
    providers: tuple[Provider, ...]
    schools: pd.DataFrame
    facts: Mapping[str, tuple[str, str]]
    homes: Mapping[tuple[str, str], Mapping[str, float]]
    elsewhere: float

    def name(self, urn: str) -> str:
        """Return the name of a school."""
        return self.facts.get(urn, ("", ""))[0]

    def type(self, urn: str) -> str:
        """Return the type of a school."""
        return self.facts.get(urn, ("", ""))[1]

    def of(self, cell: Cell) -> list[Provider]:
        """Return the providers of a cell, the largest first."""
        own = [one for one in self.providers if (one.setting, one.phase) == (cell.setting, cell.phase)]
        return sorted(own, key=lambda one: (-one.places, one.urn))

    def area_of(self, urn: str, phase: str) -> str:
        """Return the planning area of a mainstream school in a phase, empty where there is none."""
        return self._areas.get((urn, phase), "")

    @cached_property
    def _areas(self) -> Mapping[tuple[str, str], str]:
        """The planning area of each school in each phase."""
        first = self.schools.drop_duplicates(["urn", "phase"])
        keys = zip(first["urn"].astype(str), first["phase"].astype(str), strict=True)
        return dict(zip(keys, first["area_code"].astype(str), strict=True))


def send_setting(made: SendMade, result: Result) -> SendSetting:
    """Return what options of a finished forecast of high needs rest on."""
    project, inputs = result.project, result.inputs
    on = project.decisions.as_of or census_day(result.base_year)
    months = {
        "unit": project.options.months_unit,
        "expansion": project.options.months_expansion,
        "new_school": project.options.months_new_school,
    }
    schools = result.frames["schools"]
    schools = schools[schools["scenario"] == result.scenarios[0]]
    return SendSetting(
        made=made,
        project=project,
        years=int(made.base) + 1 + np.arange(len(made.central.stock)),
        on=on,
        ways=Ways(decision_rules(inputs), rates(inputs, project.money), on, months),
        providers=_providers(known_places(result), int(made.base) + 1),
        schools=schools,
        facts={
            str(row.urn): (str(row.school_name), str(row.type)) for row in rows_of(inputs.table("schools"))
        },
        homes=_homes(inputs.table("specialist"), int(made.base), schools),
        elsewhere=unplaced_price(made.prices).amount,
    )


def option_kinds() -> dict[str, dict[str, str]]:
    """Return the kinds of ``data/send_option_kinds.csv`` by their name."""
    return {row["kind"]: row for row in data_rows("send_option_kinds.csv")}


def _providers(places: pd.DataFrame, year: int) -> tuple[Provider, ...]:
    """Return the providers of the last year of each setting; rows without a school are left out."""
    known = places[(places["academic_year"] <= year) & places["places"].notna() & (places["urn"] != "")]
    last = known[known["academic_year"] == known.groupby("setting")["academic_year"].transform("max")]
    return tuple(
        Provider(row.setting, row.phase, row.need, str(row.urn), float(row.places)) for row in rows_of(last)
    )


def _homes(
    specialist: pd.DataFrame, year: int, schools: pd.DataFrame
) -> dict[tuple[str, str], dict[str, float]]:
    """Return the share of residents by planning area, by setting and phase; without areas that of the schools' pupils."""
    ages = specialist["age"].fillna(specialist["year_group"] + AGE_OF_RECEPTION)
    now = specialist[(specialist["academic_year"] == year) & (specialist["area_code"] != "")]
    first = schools[
        (schools["year_group"] == "total") & (schools["academic_year"] == schools["academic_year"].min())
    ]
    found = {}
    for phase, span in PHASE_AGES.items():
        pupils = first[first["phase"] == phase].groupby("area_code")["roll"].sum()
        own = now[(ages[now.index] >= span.start) & (ages[now.index] < span.stop)]
        for setting in SETTINGS:
            living = own[own["setting"] == setting].groupby("area_code")["pupils"].sum()
            living = living if len(living) else pupils
            found[setting, phase] = {
                str(code): float(share) for code, share in (living / living.sum()).items()
            }
    return found
