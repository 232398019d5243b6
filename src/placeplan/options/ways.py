"""The way to an option: who decides it, from when it could take effect, and by which rates it is priced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from placeplan.keydates import census_day, entry_day, months_later, next_entry, next_round
from placeplan.options.setting import Setting
from placeplan.supply.decisions import Route, joined, route_of
from placeplan.supply.rates import Rate, Rates, rates
from placeplan.supply.rules import DecisionRules, decision_rules
from placeplan.years import AcademicYear, Phase


@dataclass(frozen=True)
class Way:
    """Who proposes and decides an option, by which route, and the first day on which it could take effect.

    ``earliest`` is None where the sources give no time. ``alone``: whether the authority can decide it by itself.
    """

    proposer: str
    decider: str
    route: str
    earliest: date | None
    alone: bool
    rule_id: str = ""
    note: str = ""


@dataclass(frozen=True)
class Ways:
    """The rules and rates of a project, and the day from which lead times count."""

    rules: DecisionRules
    rates: Rates
    on: date
    months_to_build: Mapping[str, int]

    def built(self, kind: str, way: Way) -> Way:
        """The way with the months to build after the decision; from the day of the run where the decision has no date."""
        months = self.months_to_build.get(kind, 0)
        if not months:
            return way
        return replace(way, earliest=months_later(way.earliest or self.on, months))

    def way(
        self,
        decided_as: str,
        school_type: str,
        pupils: float,
        capacity: float = np.nan,
        years: float = np.nan,
    ) -> Way:
        """The way to one change; arguments as ``supply.decisions.route_of`` has them."""
        found = route_of(self.rules, decided_as, school_type, pupils, self.on, capacity=capacity, years=years)
        return _way(found)

    def amalgamation(self, closing: str, into: str, pupils: float, capacity: float) -> Way:
        """The way to an amalgamation: one school closes, the other is enlarged."""
        first = route_of(self.rules, "closure", closing, -pupils, self.on)
        second = route_of(self.rules, "expand", into, pupils, self.on, capacity=capacity)
        return _way(joined(first, second))

    def own(self, proposer: str, decider: str, route: str, alone: bool) -> Way:
        """The way to what needs no change of places: possible from the next entry on."""
        return Way(proposer, decider, route, next_entry(self.on), alone)

    def rate(self, item: str, phase: Phase | None = None) -> Rate | None:
        """The rate of an item, None where there is none to be used."""
        return self.rates.of(item, phase)

    def first_year(self, way: Way, needed: int) -> int:
        """Start year of an option: the year in which it is needed, or the first that its way allows.

        Where no time is known, the first entry whose admission numbers are still open.
        """
        if way.earliest is None:
            return max(needed, int(next_round(self.on).entry))
        return max(needed, next_entry(way.earliest).year)


def ways_of(setting: Setting, on: date | None = None) -> Ways:
    """Return the rules and rates of a project; lead times count from the day given, else the base year's census."""
    project = setting.project
    on = on or project.decisions.as_of or census_day(setting.base_year)
    return Ways(
        decision_rules(setting.inputs),
        rates(setting.inputs, project.money),
        on,
        {
            "bulge": project.options.months_bulge,
            "unit": project.options.months_unit,
            "expansion": project.options.months_expansion,
            "new_school": project.options.months_new_school,
        },
    )


def in_time(way: Way, needed: int) -> bool | None:
    """Whether the option can take effect by the September in which it is needed; None where no time is known."""
    return None if way.earliest is None else way.earliest <= entry_day(AcademicYear(needed))


def _way(found: Route) -> Way:
    return Way(
        found.proposer, found.decider, found.route, found.earliest_date, found.authority_alone, found.rule_id,
        found.note,
    )  # fmt: skip
