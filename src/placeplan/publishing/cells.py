"""All counts that packs and open data show, once: a tree of authority, districts, areas and schools, by year group and year.

Every published table is read from these cells, so that what holds for them (they add up; what is hidden stays hidden) holds
for all that is sent out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.disclosure.system import Mask
from placeplan.outputs.words import plain
from placeplan.publishing.runfolder import RunFolder
from placeplan.years import Phase, year_group_label

TOTAL = "total"
AUTHORITY, DISTRICT, AREA, SCHOOL, SITE, REST = "authority", "district", "area", "school", "site", "rest"
UNIT_COLUMNS = ("geography", "code", "site_id", "name", "area_code", "district", "parent", "whole")
NEAR = 1e-6


@dataclass(frozen=True)
class Cells:
    """The cells of one phase.

    ``units``: geography, code, site_id, name, area_code, district, parent (its place in ``units``, -1 for none) and whole;
    parents stand before children. A school in one area is a child of that area. One in several is there with its sites
    (``site``) as children of their areas, and once more as a whole outside the tree, whose place the sites have as ``whole``
    (-1 for all others). ``rest``: pupils of an area who are at no school of schools.csv. ``groups``: labels of year
    groups, the total last. Arrays are (units, groups, years); NaN is not known; ``hidden`` says what may not be shown.
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

    def sums(self) -> Iterator[tuple[int, Array]]:
        """Give the place of every unit that is a sum of others, with the places of its parts."""
        for column in ("parent", "whole"):
            of = self.units[column].to_numpy()
            for unit in np.unique(of[of >= 0]):
                yield int(unit), np.flatnonzero(of == unit)


def cells_of(run: RunFolder) -> list[Cells]:
    """Return the cells of every phase that the run has, primary first."""
    present = set(run.frames["sufficiency"]["phase"])
    return [_phase_cells(run, phase) for phase in Phase if phase.value in present]


def _phase_cells(run: RunFolder, phase: Phase) -> Cells:
    sufficiency, schools, forecast = (
        frame[frame["phase"] == phase.value]
        for frame in (run.frames[name] for name in ("sufficiency", "schools", "forecast"))
    )
    years = tuple(dict.fromkeys(sufficiency["academic_year"]))
    labels = [*(year_group_label(group) for group in phase.year_groups), TOTAL]
    groups = tuple(label for label in labels if label in set(sufficiency["year_group"]))
    schools = schools[schools["area_code"].isin(list(sufficiency["area_code"]))]
    units = _units(run, _area_units(sufficiency), _leaf_units(schools))
    of_areas = sufficiency.assign(geography=AREA, code=sufficiency["area_code"])
    at_sites = summed(
        schools, ["urn", "area_code", "academic_year", "year_group"], ["roll", "places"]
    ).reset_index()
    shape = (groups, years)

    def filled(of_area: str, of_leaf: str) -> Array:
        found = _block(of_areas, ["geography", "code"], units, ["geography", "code"], of_area, shape)
        is_leaf = units["geography"].isin([SITE, SCHOOL]).to_numpy()
        named = units.assign(code=units["code"].where(is_leaf, ""))
        leaf = _block(at_sites, ["urn", "area_code"], named, ["code", "area_code"], of_leaf, shape)
        return _added_up(units, np.where(is_leaf[:, None, None], leaf, found))

    pupils, places = _with_rest(units, filled("demand", "roll")), filled("places", "places")
    chance = _block(
        of_areas, ["geography", "code"], units, ["geography", "code"], "probability_of_shortfall", shape
    )
    low, high = (
        _block(forecast, ["geography", "code"], units, ["geography", "code"], name, shape)
        for name in ("p10", "p90")
    )
    empty = (units["geography"] == REST).to_numpy() & (np.abs(pupils) < NEAR).all(axis=(1, 2))
    kept, hidden = ~empty, np.zeros(pupils[~empty].shape, dtype=bool)
    units = units[kept].reset_index(drop=True)
    return Cells(
        phase, years, groups, units, pupils[kept], low[kept], high[kept], places[kept], chance[kept], hidden
    )


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


def _leaf_units(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each school and area; ``site_id`` and a name with its sites where the school is in several areas."""
    first = rows.drop_duplicates(["urn", "area_code"]).reset_index(drop=True)
    several = first["urn"].duplicated(keep=False)
    sites = rows.groupby(["urn", "area_code"], sort=False)["site_id"].agg(
        lambda ids: ", ".join(dict.fromkeys(ids))
    )
    keys = zip(first["urn"], first["area_code"], several, strict=True)
    ids = [str(sites[urn, area]) if many else "" for urn, area, many in keys]
    return pd.DataFrame(
        {
            "geography": np.where(several, SITE, SCHOOL), "code": first["urn"], "site_id": ids,
            "name": [plain(name) for name in first["school_name"]], "area_code": first["area_code"],
        }
    )  # fmt: skip


def _units(run: RunFolder, areas: pd.DataFrame, leaves: pd.DataFrame) -> pd.DataFrame:
    """Put authority, districts, areas, schools as a whole, schools and sites, the rest of each area under each other."""
    districts = sorted(set(areas["district"]) - {""})
    first_whole = 1 + len(districts) + len(areas)
    area_at = {code: 1 + len(districts) + place for place, code in enumerate(areas["code"])}
    sites = leaves[leaves["geography"] == SITE]
    wholes = sites.drop_duplicates("code")
    whole_at = {code: first_whole + place for place, code in enumerate(wholes["code"])}
    parts = (
        pd.DataFrame({"geography": [AUTHORITY], "code": [run.la_code], "name": [plain(run.authority)], "parent": [-1]}),
        pd.DataFrame({"geography": DISTRICT, "code": districts, "name": map(plain, districts), "parent": 0}),
        areas.assign(
            geography=AREA, area_code=areas["code"],
            parent=[1 + districts.index(name) if name else 0 for name in areas["district"]],
        ),
        wholes.assign(geography=SCHOOL, site_id="", area_code="", parent=-1),
        leaves.assign(
            name=[f"{name}, site {site}" if site else name
                  for name, site in zip(leaves["name"], leaves["site_id"], strict=True)],
            parent=leaves["area_code"].map(area_at),
            whole=[whole_at.get(code, -1) for code in leaves["code"]],
        ),
        areas.assign(
            geography=REST, area_code=areas["code"], parent=areas["code"].map(area_at),
            name=[f"{name}, at no school of the table" for name in areas["name"]],
        ),
    )  # fmt: skip
    units = pd.concat([part for part in parts if len(part)], ignore_index=True).reindex(
        columns=list(UNIT_COLUMNS)
    )
    numbers = {name: units[name].fillna(-1).astype(int) for name in ("parent", "whole")}
    texts = {name: units[name].astype(object).where(units[name].notna(), "") for name in UNIT_COLUMNS[:-2]}
    return pd.DataFrame({**texts, **numbers})


def _block(
    rows: pd.DataFrame,
    keys: list[str],
    units: pd.DataFrame,
    unit_keys: list[str],
    column: str,
    shape: tuple[Sequence[str], Sequence[str]],
) -> Array:
    """Return a column as an array (units, groups, years), found by keys; NaN where there is no row."""
    groups, years = ({label: place for place, label in enumerate(labels)} for labels in shape)
    order = {key: place for place, key in enumerate(zip(*(units[key] for key in unit_keys), strict=True))}
    unit = np.array([order.get(key, -1) for key in zip(*(rows[key] for key in keys), strict=True)], dtype=int)
    group = rows["year_group"].map(groups).fillna(-1).to_numpy(int)
    year = rows["academic_year"].map(years).fillna(-1).to_numpy(int)
    inside = (unit >= 0) & (group >= 0) & (year >= 0)
    found = np.full((len(units), len(groups), len(years)), np.nan)
    found[unit[inside], group[inside], year[inside]] = rows[column].to_numpy(float)[inside]
    return found


def _added_up(units: pd.DataFrame, values: Array) -> Array:
    """Fill in what is a sum of others: schools as a whole, districts, the authority."""
    found, parent, whole = values.copy(), units["parent"].to_numpy(), units["whole"].to_numpy()
    for unit in np.unique(whole[whole >= 0]):
        found[unit] = found[whole == unit].sum(axis=0)
    for geography in (DISTRICT, AUTHORITY):
        for unit in np.flatnonzero(units["geography"] == geography):
            found[unit] = found[parent == unit].sum(axis=0)
    return found


def _with_rest(units: pd.DataFrame, pupils: Array) -> Array:
    """Fill in the pupils of each area who are at none of its schools."""
    found, parent = pupils.copy(), units["parent"].to_numpy()
    for unit in np.flatnonzero(units["geography"] == REST):
        area = parent[unit]
        schools = (parent == area) & (units["geography"] != REST).to_numpy()
        found[unit] = np.maximum(pupils[area] - pupils[schools].sum(axis=0), 0.0)
    return found
