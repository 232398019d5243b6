"""All counts that packs and open data show, once: a tree of authority, districts, areas and schools, by year group and year.

Every published table is read from these cells, so that what holds for them (they add up; what is hidden stays hidden) holds
for all that is sent out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.disclosure.system import Mask
from placeplan.outputs.words import plain
from placeplan.publishing.runfolder import RunFolder
from placeplan.years import Phase, year_group_label

TOTAL = "total"
AUTHORITY, DISTRICT, AREA, SCHOOL, REST = "authority", "district", "area", "school", "rest"
NEAR = 1e-6


@dataclass(frozen=True)
class Cells:
    """The cells of one phase.

    ``units``: geography, code, site_id, name, area_code, district and parent (its place in ``units``, -1 at the top),
    parents before children. A school in several areas of the phase is one unit in each, by its sites. ``rest``: pupils of
    an area who are at no school of schools.csv. ``groups``: labels of year groups, the total last. Arrays are (units,
    groups, years); NaN is not known; ``hidden`` says what may not be shown.
    """

    phase: Phase
    years: tuple[str, ...]
    groups: tuple[str, ...]
    units: pd.DataFrame
    pupils: Array
    p10: Array
    p90: Array
    places: Array
    chance: Array
    hidden: Mask

    @property
    def surplus(self) -> Array:
        """Places less pupils."""
        return self.places - self.pupils

    def at(self, geography: str, code: str) -> list[int]:
        """Places in ``units`` of a unit by its code; a school may have several."""
        units = self.units
        return list(np.flatnonzero((units["geography"] == geography) & (units["code"] == code)))


def cells_of(run: RunFolder) -> list[Cells]:
    """Return the cells of every phase that the run has, primary first."""
    present = set(run.frames["sufficiency"]["phase"])
    return [_phase_cells(run, phase) for phase in Phase if phase.value in present]


def _phase_cells(run: RunFolder, phase: Phase) -> Cells:
    own = {name: frame[frame["phase"] == phase.value] for name, frame in run.frames.items() if name in _READ}
    years = tuple(dict.fromkeys(own["sufficiency"]["academic_year"]))
    groups = tuple(
        label
        for label in (*(year_group_label(group) for group in phase.year_groups), TOTAL)
        if label in set(own["sufficiency"]["year_group"])
    )
    areas, schools = _area_units(own["sufficiency"]), _school_units(own["schools"])
    area_cells = {
        name: _block(own["sufficiency"], ["area_code"], areas[["code"]], column, groups, years)
        for name, column in _AREA_COLUMNS.items()
    }
    keys = ["urn", "area_code"]
    of_sites = summed(
        own["schools"], [*keys, "academic_year", "year_group"], ["roll", "places"]
    ).reset_index()
    school_keys = schools[["code", "area_code"]].set_axis(keys, axis=1)
    school_cells = {
        name: _block(of_sites, keys, school_keys, column, groups, years)
        for name, column in (("pupils", "roll"), ("places", "places"))
    }
    return _joined(run, phase, years, groups, areas, area_cells, schools, school_cells)


_READ = ("sufficiency", "schools", "forecast")
_AREA_COLUMNS = {"pupils": "demand", "places": "places", "chance": "probability_of_shortfall"}


def summed(rows: pd.DataFrame, keys: list[str], columns: list[str]) -> pd.DataFrame:
    """Return sums by some keys in the order in which these come; not known where a part is not known."""
    groups = rows.groupby(keys, sort=False)
    missing = rows[columns].isna().groupby([rows[key] for key in keys], sort=False).any()
    return groups[columns].sum().mask(missing)


def _area_units(rows: pd.DataFrame) -> pd.DataFrame:
    first = rows.drop_duplicates("area_code")
    return pd.DataFrame(
        {
            "code": first["area_code"].to_numpy(),
            "name": [plain(name) for name in first["area_name"]],
            "district": first["district"].to_numpy(),
        }
    )


def _school_units(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each school and area; site_id and a name with its sites where the school is in several areas."""
    first = rows.drop_duplicates(["urn", "area_code"]).reset_index(drop=True)
    several = first["urn"].duplicated(keep=False)
    sites = rows.groupby(["urn", "area_code"], sort=False)["site_id"].agg(
        lambda ids: ", ".join(dict.fromkeys(ids))
    )
    ids = [str(sites[urn, area]) if many else "" for urn, area, many in zip(
        first["urn"], first["area_code"], several, strict=True)]  # fmt: skip
    names = [
        plain(f"{name}, site {site}" if site else name)
        for name, site in zip(first["school_name"], ids, strict=True)
    ]
    return pd.DataFrame(
        {"code": first["urn"], "site_id": ids, "name": names, "area_code": first["area_code"]}
    )


def _block(
    rows: pd.DataFrame,
    keys: Sequence[str],
    wanted: pd.DataFrame,
    column: str,
    groups: Sequence[str],
    years: Sequence[str],
) -> Array:
    """Return a column as an array (units, groups, years) in the order of ``wanted``; NaN where there is no row."""
    order = {tuple(key): place for place, key in enumerate(wanted.itertuples(index=False, name=None))}
    group_at, year_at = {g: i for i, g in enumerate(groups)}, {y: i for i, y in enumerate(years)}
    unit = [order.get(key, -1) for key in zip(*(rows[key] for key in keys), strict=True)]
    group = rows["year_group"].map(group_at).fillna(-1).to_numpy(int)
    year = rows["academic_year"].map(year_at).fillna(-1).to_numpy(int)
    inside = (np.array(unit, dtype=int) >= 0) & (group >= 0) & (year >= 0)
    found = np.full((len(order), len(groups), len(years)), np.nan)
    found[np.array(unit, dtype=int)[inside], group[inside], year[inside]] = rows[column].to_numpy(float)[
        inside
    ]
    return found


def _joined(
    run: RunFolder,
    phase: Phase,
    years: tuple[str, ...],
    groups: tuple[str, ...],
    areas: pd.DataFrame,
    area_cells: dict[str, Array],
    schools: pd.DataFrame,
    school_cells: dict[str, Array],
) -> Cells:
    """Put authority, districts, areas, schools and what is left over of each area under each other."""
    districts = sorted(set(areas["district"]) - {""})
    member = np.array([[name == of for of in areas["district"]] for name in districts]).reshape(
        -1, len(areas)
    )
    sums = np.vstack([np.ones((1, len(areas))), member.astype(float)])
    first_area, first_school = 1 + len(districts), 1 + len(districts) + len(areas)
    area_at = {code: first_area + place for place, code in enumerate(areas["code"])}
    home = np.array([area_at.get(code, -1) for code in schools["area_code"]], dtype=int)
    schools, home = schools[home >= 0], home[home >= 0]
    school_cells = {name: cells[schools.index] for name, cells in school_cells.items()}
    rest = _left_over(area_cells["pupils"], school_cells["pupils"], home - first_area)
    left = np.flatnonzero((np.abs(rest) > NEAR).any(axis=(1, 2)))
    parents = [-1, *[0] * len(districts)]
    parents += [1 + districts.index(name) if name else 0 for name in areas["district"]]
    parents += [*home, *(first_area + left)]
    units = pd.DataFrame(
        {
            "geography": [AUTHORITY, *[DISTRICT] * len(districts), *[AREA] * len(areas), *[SCHOOL] * len(schools),
                          *[REST] * len(left)],
            "code": [run.la_code, *districts, *areas["code"], *schools["code"], *areas["code"].iloc[left]],
            "site_id": [""] * first_school + [*schools["site_id"], *[""] * len(left)],
            "name": [plain(run.authority), *map(plain, districts), *areas["name"], *schools["name"],
                     *(f"{name}, at no school of the table" for name in areas["name"].iloc[left])],
            "area_code": [""] * first_area + [*areas["code"], *schools["area_code"], *areas["code"].iloc[left]],
            "district": ["", *districts, *areas["district"], *areas["district"].to_numpy()[home - first_area],
                         *areas["district"].iloc[left]],
            "parent": parents,
        }
    )  # fmt: skip
    blank = np.full((len(left), len(groups), len(years)), np.nan)
    values = {
        name: np.concatenate(
            [np.tensordot(sums, area_cells[name], axes=1), area_cells[name], school_cells[name], other]
        )
        for name, other in (("pupils", np.maximum(rest[left], 0.0)), ("places", blank))
    }
    wide = np.full((len(units) - len(areas), *blank.shape[1:]), np.nan)
    chance = np.concatenate([wide[:first_area], area_cells["chance"], wide[first_area:]])
    low, high = (_quantile(run, phase, units, column, groups, years) for column in ("p10", "p90"))
    hidden = np.zeros(values["pupils"].shape, dtype=bool)
    return Cells(phase, years, groups, units, values["pupils"], low, high, values["places"], chance, hidden)


def _left_over(areas: Array, schools: Array, home: Array) -> Array:
    """Pupils of each area less those of its schools."""
    rest = areas.copy()
    np.subtract.at(rest, home, np.nan_to_num(schools))
    return rest


def _quantile(
    run: RunFolder,
    phase: Phase,
    units: pd.DataFrame,
    column: str,
    groups: Sequence[str],
    years: Sequence[str],
) -> Array:
    """Return a quantile of forecast.csv; NaN in the base year, and for a site of a school in several areas."""
    rows = run.frames["forecast"]
    rows = rows[rows["phase"] == phase.value]
    known = units["site_id"].eq("") & units["geography"].ne(REST)
    keys = units.loc[known, ["geography", "code"]]
    found = np.full((len(units), len(groups), len(years)), np.nan)
    found[np.flatnonzero(known)] = _block(rows, ["geography", "code"], keys, column, groups, years)
    return found
