"""One school acts alone: its roll, its neighbours' and their revenue, with and without; what_if.csv and what_if_areas.csv.

    change           = roll_after - roll_before, by school (all its sites in the area) and phase
    revenue_change   = change of the year before x pupil_revenue of the phase; blank where no sure rate is known

Both forecasts are those of the same scenario, once with the admission numbers that schools change alone and the answer of
families (``demand.shares``), once without, on the same draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.forecasting import Forecast
from placeplan.frames import stacked
from placeplan.options.pupils import revenue_a_year_late
from placeplan.problems import Finding
from placeplan.project import Project
from placeplan.responding import entry_place, numbers_with_changes
from placeplan.scenario_inputs import WhatIf
from placeplan.supply.rates import Rates
from placeplan.tables import output_columns
from placeplan.tabulate import Tabulator
from placeplan.years import AcademicYear, Phase

UNCHANGED = 1e-9


@dataclass(frozen=True)
class Alone:
    """A scenario in which schools act alone, and the same one without that."""

    name: str
    what_if: tuple[WhatIf, ...]
    before: Forecast
    after: Forecast

    def urns(self) -> set[str]:
        """The present URNs of the schools that act."""
        successors = self.after.register.successors
        return {successors.get(one.urn, one.urn) for one in self.what_if}

    def touched(self) -> Iterator[tuple[Phase, int]]:
        """Each phase and planning area (row in the register) in which a school acts, once."""
        register, seen = self.after.register, set()
        for one in self.what_if:
            site, entry = entry_place(one, register)
            for phase in Phase if site >= 0 else ():
                groups = [group for group in phase.year_groups if group >= entry]
                taught = register.in_range()[site, groups] if groups else np.zeros(0, dtype=bool)
                area = int(register.area_of(phase.year_groups[0])[site])
                if taught.any() and area >= 0 and (phase, area) not in seen:
                    seen.add((phase, area))
                    yield phase, area


def what_if_frames(alone: Sequence[Alone], rates: Rates, project: Project) -> dict[str, pd.DataFrame]:
    """Return the frames what_if and what_if_areas, without rows where no school acts alone."""
    schools, areas = [], []
    for one in alone:
        for phase, area in one.touched():
            schools.append(_schools(one, phase, area, rates, project))
            areas.append(_area(one, phase, area, project))
    return {
        "what_if": stacked(schools, output_columns("what_if")),
        "what_if_areas": stacked(areas, output_columns("what_if_areas")),
    }


def what_if_findings(alone: Sequence[Alone]) -> list[Finding]:
    """Return a warning for each school that acts alone without any effect on its area's rolls."""
    findings = []
    for one in alone:
        register = one.after.register
        moved = np.abs(one.after.site_roll - one.before.site_roll).max(axis=(1, 2), initial=0.0) > UNCHANGED
        for act in one.what_if:
            site, _ = entry_place(act, register)
            if site < 0 or not moved[site]:
                said = (
                    f"in the scenario {one.name} the school {act.urn} changes its admission number by {act.change:+d} from "
                    f"{act.start}, and no pupil moves: "
                )
                why = (
                    "it is no mainstream school"
                    if site < 0
                    else "by its recent preferences and intakes no more families would come, or none have to go elsewhere"
                )
                findings.append(Finding("scenario-without-effect", said + why, "schools", value=act.urn))
    return findings


def _schools(one: Alone, phase: Phase, area: int, rates: Rates, project: Project) -> pd.DataFrame:
    """Rows of what_if of one area: the schools that act first, then the others by name."""
    register, years = one.after.register, slice(0, project.horizon[phase] + 1)
    here = _counted_here(one, phase, area, years)
    schools = register.sites[here].drop_duplicates("urn")
    rate = rates.of("pupil_revenue", phase)
    values = _by_school(one, phase, here, years, np.nan if rate is None else rate.amount)
    names = [str(AcademicYear(int(year))) for year in one.after.places.years[years]]
    acts, each = schools["urn"].isin(one.urns()).to_numpy(), len(names)
    frame = pd.DataFrame(
        {
            "urn": np.repeat(schools["urn"].to_numpy(), each),
            "school_name": np.repeat(schools["school_name"].to_numpy(), each),
            "area_code": str(register.areas["code"].iloc[area]),
            "phase": phase.value,
            "academic_year": np.tile(np.array(names, dtype=object), len(schools)),
            "scenario": one.name,
            "acts": np.repeat(np.where(acts, "yes", "no"), each),
            **{name: cells.reshape(-1) for name, cells in values.items()},
        }
    )
    order = ["acts", "school_name", "urn", "academic_year"]
    return frame.sort_values(order, ascending=[False, True, True, True], kind="stable")


def _counted_here(one: Alone, phase: Phase, area: int, years: slice) -> Array:
    """Whether each site is in the area and has pupils of the phase, with or without what the schools do."""
    groups = list(phase.year_groups)
    rolls = (found.site_roll[:, groups, years].sum(axis=1) > 0 for found in (one.before, one.after))
    in_area: Array = one.after.register.area_of(groups[0]) == area
    return in_area & np.logical_or(*rolls).any(axis=1)


def _by_school(one: Alone, phase: Phase, here: Array, years: slice, revenue: float) -> dict[str, Array]:
    """Rolls, admission numbers and places of the schools whose sites are ``here``, before and after, (schools, years)."""
    urns, groups = one.after.register.sites.loc[here, "urn"], list(phase.year_groups)
    place = {urn: number for number, urn in enumerate(dict.fromkeys(urns))}
    member = np.array([place[urn] for urn in urns], dtype=np.int64)

    def summed(cells: Array) -> Array:
        total = np.zeros((len(place), len(range(cells.shape[2])[years])))
        np.add.at(total, member, cells[:, groups, years].sum(axis=1)[here])
        return total

    before, after = (
        {
            "roll": summed(found.site_roll),
            "pan": summed(numbers_with_changes(found.sites, found.changes)),
            "places": summed(found.places.by_site),
        }
        for found in (one.before, one.after)
    )
    change = after["roll"] - before["roll"]
    return {
        "roll_before": before["roll"],
        "roll_after": after["roll"],
        "change": change,
        "revenue_change": revenue_a_year_late(change, revenue),
        **{
            f"{name}_{when}": cells[name]
            for name in ("pan", "places")
            for when, cells in (("before", before), ("after", after))
        },
    }


def _area(one: Alone, phase: Phase, area: int, project: Project) -> pd.DataFrame:
    """Rows of what_if_areas of one area: phase totals by year from the sufficiency of both forecasts."""
    code = str(one.after.register.areas["code"].iloc[area])
    keys = ["scenario", "area_code", "area_name", "phase", "academic_year"]
    sides = []
    for found, when in ((one.before, "before"), (one.after, "after")):
        table = Tabulator(found, project, one.name).sufficiency_table()
        rows = table[
            (table["area_code"] == code) & (table["phase"] == phase.value) & (table["year_group"] == "total")
        ]
        named = {
            "places": f"places_{when}",
            "surplus": f"surplus_{when}",
            "probability_of_shortfall": f"chance_{when}",
        }
        columns = [*keys, *named, *(["demand"] if when == "after" else [])]
        sides.append(rows[columns].rename(columns=named))
    return sides[0].merge(sides[1], on=keys, how="left")
