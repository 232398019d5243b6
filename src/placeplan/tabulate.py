"""The contract's tables of a run, made from the arrays of a forecast. Nothing is rounded here."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.demand.births import Births
from placeplan.demand.cohorts import of_births, rests_on
from placeplan.demand.tally import with_total
from placeplan.forecasting import Forecast
from placeplan.frames import cell_rows, stacked
from placeplan.project import Project
from placeplan.published import with_published
from placeplan.register import OF_SCHOOL
from placeplan.sufficiency import Balance, balance
from placeplan.tables import output_columns, rows_of
from placeplan.years import AcademicYear, Phase

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

    def forecast_table(self) -> pd.DataFrame:
        """forecast.csv: pupils ahead with their quantiles for authority, districts, areas and schools."""
        parts = []
        for phase, stage_phase, at, groups, ahead in self.phases():
            stage, tally = self.forecast.stages[stage_phase], self.forecast.tally
            central = self._parts(stage_phase, at)
            rows = self._area_units(stage.rows)
            whole = {name: cells.sum(axis=0, keepdims=True) for name, cells in central.items()}
            years = self._years_ahead(ahead)
            parts.append(
                self._pupils("authority", self.authority, whole, tally.authority(phase), phase, years, groups)
            )
            if self.districts:
                units = pd.DataFrame({"code": self.districts, "name": self.districts})
                summed = {name: self.by_district(stage.rows, cells) for name, cells in central.items()}
                parts.append(
                    self._pupils("district", units, summed, tally.by_district(phase), phase, years, groups)
                )
            parts.append(
                self._pupils("area", rows, central, tally.areas_by_phase[phase], phase, years, groups)
            )
            if phase in tally.schools_by_phase:
                pupils, has = self._school_pupils(groups)
                drawn = tally.schools_by_phase[phase][:, has]
                units = self.schools[has]
                own = {name: cells[has] for name, cells in self._school_parts(pupils, groups).items()}
                parts.append(self._pupils("school", units, own, drawn, phase, years, groups))
        return stacked(parts, output_columns("forecast"))

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
        for phase, stage_phase, _, groups, _ in self.phases():
            rows = self.forecast.stages[stage_phase].rows
            years = self.forecast.history.years
            roll = self.forecast.history.area_roll[np.ix_(rows, np.array(groups))]
            for geography, units, cells in (
                ("authority", self.authority, roll.sum(axis=0, keepdims=True)),
                (
                    "district",
                    pd.DataFrame({"code": self.districts, "name": self.districts}),
                    self.by_district(rows, roll),
                ),
                ("area", self._area_units(rows), roll),
                *self._school_history(groups),
            ):
                units = units.assign(geography=geography)
                parts.append(cell_rows(units, phase, years, groups, {"pupils": with_total(cells, 1)}))
        return stacked(parts, output_columns("history")).dropna(subset=["pupils"]).reset_index(drop=True)

    def drivers_table(self) -> pd.DataFrame:
        """drivers.csv: births and ratios behind each area's forecast, by year ahead, and past births."""
        parts = []
        births, history = self.forecast.births, self.forecast.history
        rests = rests_on(self.forecast.stages, births, self.forecast.horizon)
        for stage_phase, stage in self.forecast.stages.items():
            units = self._area_units(stage.rows).rename(columns={"code": "area_code"})
            if stage_phase is Phase.PRIMARY and births.given:
                parts.append(_births_rows(units, births.behind or births).assign(driver="births"))
                if births.behind is not None:
                    parts.append(_births_rows(units, births).assign(driver="children_under_five"))
            for place, group in enumerate(stage.groups):
                ratio = stage.ratio[:, place, None]
                basis = np.broadcast_to(stage.basis[:, place, None, None], ratio.shape)
                years = np.arange(history.base_year + 1, history.base_year + 1 + self.forecast.horizon)
                values = {"value": ratio, "basis": basis, "rests_on": rests[stage_phase][:, place, None]}
                made = cell_rows(units, _phase(group), years, [group], values, False)
                parts.append(made.assign(driver=driver_name(group, bool(births.given))))
                parts.append(self._control_rows(stage_phase, place, made))
                parts += self._extra_rows(stage_phase, place, made)
        table = stacked(parts, output_columns("drivers"))
        return table.dropna(subset=["value"]).reset_index(drop=True)

    def _extra_rows(self, stage: Phase, place: int, like: pd.DataFrame) -> list[pd.DataFrame]:
        """Pupils whom the scenario adds to a year group, by driver; ``like`` has the other columns."""
        rows = [
            like.assign(
                driver=driver, value=extra[stage][:, place].reshape(-1), basis="scenario", rests_on="scenario"
            )
            for driver, extra in self.forecast.extra.items()
        ]
        return [each[each["value"] != 0.0] for each in rows]

    def _control_rows(self, stage: Phase, place: int, like: pd.DataFrame) -> pd.DataFrame:
        """Adjusted over unadjusted pupils where control totals moved a year group; ``like`` has its other columns."""
        control = self.forecast.control
        if control is None:
            return like[:0]
        factor = control.factor(stage)[:, place].reshape(-1)
        rows = like.assign(driver="control_total", value=factor, basis="control total")
        return rows[np.isfinite(factor) & (factor != 1.0)]

    def sufficiency_table(self) -> pd.DataFrame:
        """sufficiency.csv: demand against places for every area, from the base year on."""
        parts = []
        for phase, stage_phase, _, groups, ahead in self.phases():
            stage, places = self.forecast.stages[stage_phase], self.forecast.places
            rows, years = stage.rows, slice(0, ahead + 1)
            found = self.balance(phase)
            cell = np.ix_(rows, np.array(groups))
            measures = {
                name: with_total(cells[cell][:, :, years], 1) for name, cells in places.measures.items()
            }
            units = self._area_units(rows).rename(columns={"code": "area_code", "name": "area_name"})
            units["district"] = self.forecast.register.areas["district"].to_numpy()[rows]
            values = {
                "demand": found.demand,
                **measures,
                "planned": with_total(places.planned[cell][:, :, years], 1),
                "places": found.places,
                "surplus": found.surplus,
                "surplus_percent": found.surplus_percent,
                "forms_of_entry": found.forms_of_entry,
                "need": found.need,
                "spare": found.spare,
                "probability_of_shortfall": self._from_base(
                    found, self.forecast.chance[phase], ahead, (found.surplus < 0)
                ),
                "status": found.status,
                "expected_short": self._from_base(
                    found, self.forecast.expected_short[phase], ahead, found.need
                ),
            }
            units = units.assign(scenario=self.scenario)
            parts.append(cell_rows(units, phase, self.forecast.places.years[years], groups, values))
        return stacked(parts, output_columns("sufficiency"))

    def summary_table(self) -> pd.DataFrame:
        """sufficiency_summary.csv: districts and the authority; partial sums are never written."""
        parts = []
        for phase, stage_phase, _, _, ahead in self.phases():
            rows = self.forecast.stages[stage_phase].rows
            found = self.balance(phase)
            years = self.forecast.places.years[: ahead + 1]
            totals = {name: getattr(found, name)[:, -1:] for name in ("demand", "places", "need", "spare")}
            for geography, units, add in (
                ("authority", self.authority, lambda cells: cells.sum(axis=0, keepdims=True)),
                (
                    "district",
                    pd.DataFrame({"code": self.districts, "name": self.districts}),
                    lambda cells, rows=rows: self.by_district(rows, cells),
                ),
            ):
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

    def _from_base(self, found: Balance, ahead_values: Array, ahead: int, base: Array) -> Array:
        """Put the base year, whose roll is known, before the years ahead."""
        first = np.where(np.isnan(found.places[:, :, :1]), np.nan, base[:, :, :1].astype(float))
        return np.concatenate([first, ahead_values[:, :, :ahead]], axis=2)

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

    def _years_ahead(self, ahead: int) -> Array:
        return np.arange(int(self.base_year) + 1, int(self.base_year) + 1 + ahead)

    def _area_units(self, rows: Array) -> pd.DataFrame:
        areas = self.forecast.register.areas.iloc[rows]
        return pd.DataFrame({"code": areas["code"], "name": areas["name"], "area_code": areas["code"]}).drop(
            columns="area_code"
        )

    def by_district(self, rows: Array, cells: Array) -> Array:
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


def _births_rows(units: pd.DataFrame, births: Births) -> pd.DataFrame:
    """What leads to Reception in every year of the past and ahead, by area."""
    values = {"value": births.count, "basis": births.basis, "rests_on": of_births(births.basis)}
    cells = {name: each[:, None] for name, each in values.items()}
    return cell_rows(units, Phase.PRIMARY, births.years, [0], cells, False)


def driver_name(group: int, births_given: bool) -> str:
    """The name of the ratio into a year group."""
    if group == 0:
        return "intake_ratio" if births_given else "intake"
    if group == 7:
        return "transfer_share"
    return "staying_on_rate" if group == 12 else "progression_ratio"


def _phase(group: int) -> Phase:
    return next(phase for phase in Phase if group in phase.year_groups)


def accuracy_table(previous: pd.DataFrame, forecast: Forecast, project: Project) -> pd.DataFrame:
    """accuracy.csv: earlier forecasts against the rolls that came, (forecast - actual) / actual."""
    rows = previous[previous["academic_year"] <= forecast.history.base_year]
    if rows.empty:
        return stacked([], output_columns("accuracy"))
    actual = _actual_rolls(forecast, set(rows["area_code"]))
    found = []
    for phase in (Phase.PRIMARY, Phase.SECONDARY, Phase.SIXTH_FORM):
        inside = rows[rows["year_group"].isin(list(phase.year_groups))]
        keys = ["area_code", "made_in", "academic_year"]
        single = inside[[*keys, "year_group", "pupils"]]
        whole = inside.groupby(keys, sort=True)["pupils"].sum(min_count=1).reset_index()
        counted = inside.groupby(keys, sort=True)["year_group"].nunique().reset_index(name="groups")
        complete = counted["groups"] == len(forecast.history.groups_taught(phase))
        whole = whole[complete.to_numpy()].assign(year_group=-1)
        for row in rows_of(pd.concat([single, whole], ignore_index=True)):
            came = actual.get((row.area_code, phase, int(row.academic_year), int(row.year_group)))
            if came and row.pupils == row.pupils:
                group = (
                    "total"
                    if row.year_group < 0
                    else ("R" if row.year_group == 0 else str(int(row.year_group)))
                )
                found.append(
                    {
                        "geography": "area" if row.area_code else "authority",
                        "code": row.area_code or project.authority.la_code,
                        "phase": phase.value,
                        "year_group": group,
                        "target_year": str(AcademicYear(int(row.academic_year))),
                        "made_in": str(AcademicYear(int(row.made_in))),
                        "horizon": int(row.academic_year - row.made_in),
                        "forecast": row.pupils,
                        "actual": came,
                        "error": (row.pupils - came) / came,
                    }
                )
    return stacked([pd.DataFrame(found)], output_columns("accuracy"))


def _actual_rolls(forecast: Forecast, wanted: set[str]) -> dict[tuple[str, Phase, int, int], float]:
    """Rolls by area code wanted ('' for the authority), phase, year and year group (-1 for the phase total)."""
    history, areas = forecast.history, forecast.register.areas
    found: dict[tuple[str, Phase, int, int], float] = {}
    for phase in Phase:
        groups = history.groups_taught(phase)
        rows = forecast.register.area_rows(phase)
        if not groups:
            continue
        roll = with_total(history.area_roll[np.ix_(rows, np.array(groups))], 1)
        codes = [*areas["code"].iloc[rows], ""]
        cells = np.concatenate([roll, roll.sum(axis=0, keepdims=True)])
        for unit, code in enumerate(codes):
            if code not in wanted:
                continue
            for place, group in enumerate([*groups, -1]):
                for year, pupils in zip(history.years, cells[unit, place], strict=True):
                    if np.isfinite(pupils):
                        found[code, phase, int(year), group] = float(pupils)
    return found
