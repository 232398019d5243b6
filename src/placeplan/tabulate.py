"""The contract's tables of a run, made from the arrays of a forecast. Nothing is rounded here."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.demand.tally import with_total
from placeplan.forecasting import Forecast
from placeplan.frames import cell_rows, stacked
from placeplan.project import Project
from placeplan.published import with_published
from placeplan.register import OF_SCHOOL
from placeplan.sufficiency import Balance, balance
from placeplan.tables import output_columns
from placeplan.years import Phase

QUANTILE_COLUMNS = ("p05", "p10", "p50", "p90", "p95")


class Tabulator:
    """Lays out one forecast for one scenario."""

    def __init__(self, forecast: Forecast, project: Project, scenario: str) -> None:
        self.forecast, self.project, self.scenario = forecast, project, scenario
        self.base_year = forecast.history.base_year
        areas, sites = forecast.register.areas, forecast.register.sites
        self.districts = sorted(set(areas["district"]) - {""})
        self.district_of = forecast.tally.district_of
        self.authority = pd.DataFrame({"code": [project.authority.la_code], "name": [project.authority.name]})
        schools = sites.drop_duplicates("urn")
        self.schools = pd.DataFrame({"code": schools["urn"], "name": schools["school_name"]}).reset_index(
            drop=True
        )

    def phases(self) -> Iterator[tuple[Phase, Phase, list[int], list[int], int]]:
        """Each phase with its stage, the places of its year groups in the stage, the year groups, and years ahead."""
        for stage_phase, stage in self.forecast.stages.items():
            for phase in Phase:
                at = [place for place, group in enumerate(stage.groups) if group in phase.year_groups]
                if at:
                    yield (
                        phase,
                        stage_phase,
                        at,
                        [stage.groups[place] for place in at],
                        self.project.horizon[phase],
                    )

    def levels(self, rows: Array) -> Iterator[tuple[str, pd.DataFrame, Callable[[Array], Array]]]:
        """Authority, districts and areas: code and name of each, and what makes its cells of those of the areas.

        ``rows``: the areas, by their rows in the register. There is no level of districts where none are named.
        """
        yield "authority", self.authority, lambda cells: cells.sum(axis=0, keepdims=True)
        if self.districts:
            named = pd.DataFrame({"code": self.districts, "name": self.districts})
            yield "district", named, lambda cells: self._by_district(rows, cells)
        yield "area", self.forecast.register.named(rows), lambda cells: cells

    def forecast_table(self) -> pd.DataFrame:
        """forecast.csv: pupils ahead with their quantiles for authority, districts, areas and schools."""
        parts = []
        for phase, stage_phase, at, groups, ahead in self.phases():
            years = np.arange(int(self.base_year) + 1, int(self.base_year) + 1 + ahead)
            central = self._parts(stage_phase, at)
            for geography, units, add in self.levels(self.forecast.stages[stage_phase].rows):
                cells = {name: add(part) for name, part in central.items()}
                drawn = self._drawn(geography, phase)
                parts.append(self._pupils(geography, units, cells, drawn, phase, years, groups))
            by_school = self.forecast.tally.schools_by_phase
            if phase in by_school:
                pupils, has = self._school_pupils(groups)
                own = {name: cells[has] for name, cells in self._school_parts(pupils, groups).items()}
                drawn = by_school[phase][:, has]
                parts.append(self._pupils("school", self.schools[has], own, drawn, phase, years, groups))
        return stacked(parts, output_columns("forecast"))

    def _drawn(self, geography: str, phase: Phase) -> Array:
        """Quantiles of a level, (quantiles, units, year groups and total, years ahead)."""
        tally = self.forecast.tally
        if geography == "authority":
            return tally.authority(phase)
        return tally.by_district(phase) if geography == "district" else tally.areas_by_phase[phase]

    def _parts(self, stage_phase: Phase, at: list[int]) -> dict[str, Array]:
        """What each area's pupils are made of: pupils, baseline, housing and adjustment, (areas, year groups, years)."""
        found = self.forecast
        baseline, added = found.baseline[stage_phase], found.added
        return {
            "pupils": found.central[stage_phase][:, at],
            "baseline": baseline[:, at],
            "housing": added.of("housing", stage_phase, baseline)[:, at],
            "adjustment": added.of("adjustment", stage_phase, baseline)[:, at],
        }

    def _school_parts(self, pupils: Array, groups: list[int]) -> dict[str, Array]:
        """What each school's pupils are made of: its area's parts in proportion; ``pupils`` has the base year first."""
        found = self.forecast
        parts = {"pupils": pupils[:, :, 1:]}
        for name in ("housing", "adjustment"):
            share = np.zeros((len(found.register.areas), *found.site_roll[:, groups, 1:].shape[1:]))
            for phase, stage in found.stages.items():
                here = [place for place, group in enumerate(groups) if group in stage.groups]
                at = [stage.groups.index(groups[place]) for place in here]
                central = found.central[phase][:, at]
                part = found.added.of(name, phase, found.central[phase])[:, at]
                share[np.ix_(stage.rows, np.array(here, dtype=np.int64))] = np.divide(
                    part, central, out=np.zeros_like(part), where=central > 0
                )
            areas = np.stack([found.register.area_of(group) for group in groups], axis=1)
            own = share[np.maximum(areas, 0), np.arange(len(groups))] * (areas >= 0)[:, :, None]
            cells = np.zeros_like(parts["pupils"])
            np.add.at(cells, found.tally.urns, found.site_roll[:, groups, 1:] * own)
            parts[name] = cells
        parts["baseline"] = parts["pupils"] - parts["housing"] - parts["adjustment"]
        return parts

    def history_table(self) -> pd.DataFrame:
        """history.csv: the rolls as used, up to the base year."""
        parts = []
        history = self.forecast.history
        for phase, stage_phase, _, groups, _ in self.phases():
            rows = self.forecast.stages[stage_phase].rows
            roll = history.area_roll[np.ix_(rows, np.array(groups))]
            levels = [(geography, units, add(roll)) for geography, units, add in self.levels(rows)]
            for geography, units, cells in (*levels, *self._school_history(groups)):
                units = units.assign(geography=geography)
                values = {"pupils": with_total(cells, 1)}
                parts.append(cell_rows(units, phase, history.years, groups, values))
        return stacked(parts, output_columns("history")).dropna(subset=["pupils"]).reset_index(drop=True)

    def sufficiency_table(self) -> pd.DataFrame:
        """sufficiency.csv: demand against places for every area, from the base year on."""
        parts = []
        areas, all_years = self.forecast.register.areas, self.forecast.places.years
        for phase, stage_phase, _, groups, ahead in self.phases():
            rows = self.forecast.stages[stage_phase].rows
            units = self.forecast.register.named(rows)
            units = units.rename(columns={"code": "area_code", "name": "area_name"})
            units = units.assign(district=areas["district"].to_numpy()[rows], scenario=self.scenario)
            values = self._beside_places(phase, rows, groups, ahead)
            parts.append(cell_rows(units, phase, all_years[: ahead + 1], groups, values))
        return stacked(parts, output_columns("sufficiency"))

    def _beside_places(self, phase: Phase, rows: Array, groups: list[int], ahead: int) -> dict[str, Array]:
        """Columns of sufficiency.csv, each (areas, year groups and total, base year and years ahead)."""
        found, places = self.balance(phase), self.forecast.places
        chance, expected = self.forecast.chance[phase], self.forecast.expected_short[phase]
        cell = np.ix_(rows, np.array(groups), np.arange(ahead + 1))
        return {
            "demand": found.demand,
            **{name: with_total(cells[cell], 1) for name, cells in places.measures.items()},
            "planned": with_total(places.planned[cell], 1),
            "places": found.places,
            "surplus": found.surplus,
            "surplus_percent": found.surplus_percent,
            "forms_of_entry": found.forms_of_entry,
            "need": found.need,
            "spare": found.spare,
            "probability_of_shortfall": _from_base(found, chance, ahead, found.surplus < 0),
            "status": found.status,
            "expected_short": _from_base(found, expected, ahead, found.need),
        }

    def summary_table(self) -> pd.DataFrame:
        """sufficiency_summary.csv: districts and the authority; partial sums are never written."""
        parts = []
        for phase, stage_phase, _, _, ahead in self.phases():
            found, years = self.balance(phase), self.forecast.places.years[: ahead + 1]
            totals = {name: getattr(found, name)[:, -1:] for name in ("demand", "places", "need", "spare")}
            for geography, units, add in self.levels(self.forecast.stages[stage_phase].rows):
                if geography != "area":
                    summed = {name: add(cells) for name, cells in totals.items()}
                    units = units.assign(scenario=self.scenario, geography=geography)
                    parts.append(cell_rows(units, phase, years, [0], summed, total=False))
        columns = output_columns("sufficiency_summary")
        summary = stacked(parts, columns[: columns.index("spare") + 1])
        return with_published(summary, self.forecast, self.project)

    def schools_table(self) -> pd.DataFrame:
        """schools.csv: roll and places of every school site, from the base year on."""
        parts = []
        register, sites = self.forecast.register, self.forecast.register.sites
        for phase, _, _, groups, ahead in self.phases():
            roll = self.forecast.site_roll[:, groups, : ahead + 1]
            places = self.forecast.places.by_site[:, groups, : ahead + 1]
            here = (roll.sum(axis=(1, 2)) > 0) | (np.nan_to_num(places).sum(axis=(1, 2)) > 0)
            told = ["urn", "site_id", "school_name", "trust", "type", *OF_SCHOOL]
            home = register.area_of(groups[0])[here]
            area_code = np.append(register.areas["code"].to_numpy(dtype=object), "")[home]
            units = sites.loc[here, told].assign(scenario=self.scenario, area_code=area_code)
            roll, places = with_total(roll[here], 1), with_total(places[here], 1)
            surplus = places - roll
            percent = np.where(places > 0, 100.0 * surplus / np.where(places > 0, places, 1.0), np.nan)
            values = {"roll": roll, "places": places, "surplus": surplus, "surplus_percent": percent}
            parts.append(cell_rows(units, phase, self.forecast.places.years[: ahead + 1], groups, values))
        return stacked(parts, output_columns("schools"))

    def balance(self, phase: Phase) -> Balance:
        """Demand against places of one phase from the base year to its horizon."""
        for found, stage_phase, at, groups, ahead in self.phases():
            if found is phase:
                stage = self.forecast.stages[stage_phase]
                base = stage.base_roll[:, at, None]
                demand = np.concatenate([base, self.forecast.central[stage_phase][:, at]], axis=2)[
                    :, :, : ahead + 1
                ]
                places = self.forecast.places.places[np.ix_(stage.rows, np.array(groups))][:, :, : ahead + 1]
                return balance(demand, places, self.project.status)
        raise KeyError(phase)

    def _pupils(
        self,
        geography: str,
        units: pd.DataFrame,
        parts: dict[str, Array],
        drawn: Array,
        phase: Phase,
        years: Array,
        groups: list[int],
    ) -> pd.DataFrame:
        values = {name: with_total(cells[:, :, : len(years)], 1) for name, cells in parts.items()}
        values |= {name: drawn[place][:, :, : len(years)] for place, name in enumerate(QUANTILE_COLUMNS)}
        return cell_rows(
            units.assign(scenario=self.scenario, geography=geography), phase, years, groups, values
        )

    def _by_district(self, rows: Array, cells: Array) -> Array:
        """Sum cells of areas (their rows in the register) over each district, in the order of ``districts``."""
        summed = np.zeros((len(self.districts), *cells.shape[1:]))
        member = self.district_of[rows]
        np.add.at(summed, member[member >= 0], cells[member >= 0])
        return summed

    def _school_pupils(self, groups: list[int]) -> tuple[Array, Array]:
        """Pupils by school (all its sites), base year and years ahead, and which schools have any."""
        roll = self.forecast.site_roll[:, groups]
        summed = np.zeros((len(self.schools), *roll.shape[1:]))
        np.add.at(summed, self.forecast.tally.urns, roll)
        return summed, summed.sum(axis=(1, 2)) > 0

    def _school_history(self, groups: list[int]) -> list[tuple[str, pd.DataFrame, Array]]:
        history = self.forecast.history
        roll = np.where(history.site_unknown, np.nan, history.site_roll)[:, groups]
        summed = np.zeros((len(self.schools), *roll.shape[1:]))
        np.add.at(summed, self.forecast.tally.urns, roll)
        has = np.nansum(summed, axis=(1, 2)) > 0
        return [("school", self.schools[has], summed[has])] if has.any() else []


def _from_base(found: Balance, ahead_values: Array, ahead: int, base: Array) -> Array:
    """Put the base year, whose roll is known, before the years ahead."""
    first = np.where(np.isnan(found.places[:, :, :1]), np.nan, base[:, :, :1].astype(float))
    return np.concatenate([first, ahead_values[:, :, :ahead]], axis=2)
