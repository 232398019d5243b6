"""The register: planning areas, and the mainstream school sites in them, as they stand in the base year.

Demand and supply both read it, so a site has the same number in every array. History is always told on the
geography of the base year: a school counts for all its years in the area in which it stands now, and a school
that changed its URN (an academy conversion) keeps the history of its predecessor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.schooltypes import school_type
from placeplan.tables import Inputs, rows_of
from placeplan.years import YEAR_GROUP_COUNT, AcademicYear, Phase

AREA_PHASES = (Phase.PRIMARY, Phase.SECONDARY)
OF_SCHOOL = ("laestab", "denomination", "diocese")
"""What is told of a school in schools.csv beside its name, type and trust, as the schools table states it."""
SITE_COLUMNS = [
    "urn", "site_id", "school_name", "type", "trust", *OF_SCHOOL, "low", "high", "open_year", "close_year", "primary",
    "secondary",
]  # fmt: skip


@dataclass(frozen=True)
class Register:
    """Areas and sites.

    ``areas``: one row for each planning area and phase (primary, then secondary): code, name, phase, district, feeds.
    ``sites``: one row for each mainstream school site: urn, site_id, school_name, type, trust, those of ``OF_SCHOOL``, low,
    high (year groups taught), open_year, close_year (NaN where not known), primary, secondary (row in ``areas``, -1: none).
    ``successors``: the present URN of every URN that was replaced. ``left_out``: URNs outside mainstream.
    """

    areas: pd.DataFrame
    sites: pd.DataFrame
    successors: Mapping[str, str]
    left_out: frozenset[str]

    def area_rows(self, phase: Phase) -> Array:
        """Rows of ``areas`` that hold the phase (a sixth form stands in its secondary area)."""
        return np.flatnonzero((self.areas["phase"] == phase.area_phase).to_numpy())

    def area_of(self, year_group: int) -> Array:
        """Row in ``areas`` of each site for a year group, -1 where the site has none."""
        return self.sites["primary" if year_group < 7 else "secondary"].to_numpy()

    def site_areas(self) -> Array:
        """Row in ``areas`` of each site and year group, shape (sites, year groups)."""
        primary, secondary = self.area_of(0), self.area_of(7)
        groups = np.arange(YEAR_GROUP_COUNT)
        return np.where(groups < 7, primary[:, None], secondary[:, None])

    def in_range(self) -> Array:
        """Whether each site teaches each year group by its range, shape (sites, year groups)."""
        groups = np.arange(YEAR_GROUP_COUNT)
        low, high = self.sites["low"].to_numpy(), self.sites["high"].to_numpy()
        return (groups >= low[:, None]) & (groups <= high[:, None])

    def named(self, rows: Array) -> pd.DataFrame:
        """Code and name of areas, by their rows in ``areas``."""
        return self.areas.iloc[rows][["code", "name"]]

    def is_open(self, years: Array) -> Array:
        """Whether each site is open in each year by its stated years, shape (sites, years)."""
        opened = self.sites["open_year"].fillna(-np.inf).to_numpy()
        closed = self.sites["close_year"].fillna(np.inf).to_numpy()
        return (years >= opened[:, None]) & (years <= closed[:, None])

    @cached_property
    def sites_of(self) -> dict[str, Array]:
        """Rows in ``sites`` of each school by its present URN."""
        found: dict[str, list[int]] = {}
        for row, urn in enumerate(self.sites["urn"]):
            found.setdefault(urn, []).append(row)
        return {urn: np.array(rows) for urn, rows in found.items()}

    @property
    def several_sites(self) -> dict[str, Array]:
        """Rows in ``sites`` of each school that stands on more than one."""
        return {urn: rows for urn, rows in self.sites_of.items() if len(rows) > 1}

    def site_index(self) -> dict[tuple[str, str], int]:
        """Row in ``sites`` by URN and site_id; a URN with an empty or unlisted site_id means its first site."""
        index: dict[tuple[str, str], int] = {}
        for row, (urn, site_id) in enumerate(zip(self.sites["urn"], self.sites["site_id"], strict=True)):
            index[urn, site_id] = row
            index.setdefault((urn, ""), row)
        return index

    def locate(self, urns: pd.Series, site_ids: pd.Series) -> Array:
        """Row in ``sites`` for each pair, by present URN; -1 where the school is not in mainstream or not known."""
        index = self.site_index()
        urn, given_urns = pd.factorize(urns)
        site, given_sites = pd.factorize(site_ids)
        pair, pairs = pd.factorize(urn * max(len(given_sites), 1) + site)
        found = []
        for urn_place, site_place in zip(*np.divmod(pairs, max(len(given_sites), 1)), strict=True):
            present = self.successors.get(given_urns[urn_place], given_urns[urn_place])
            found.append(index.get((present, given_sites[site_place]), index.get((present, ""), -1)))
        return np.array(found, dtype=np.int64)[pair]


def build_register(inputs: Inputs, base_year: AcademicYear) -> Register:
    """Return the register as it stands in the base year."""
    areas = _areas(inputs, base_year)
    schools = inputs.table("schools")
    successors = _successors(schools)
    types = {text: school_type(text) for text in set(schools["type"])}
    mainstream = schools["type"].map(lambda text: types[text].mainstream).astype(bool)
    replaced = schools["urn"].isin(list(successors))
    sites = _sites(schools[mainstream & ~replaced], inputs.table("sites"), areas, base_year)
    sites["open_year"] = _first_opening(sites, schools, successors)
    return Register(areas, sites, successors, frozenset(schools.loc[~mainstream, "urn"]))


def _areas(inputs: Inputs, base_year: AcademicYear) -> pd.DataFrame:
    given = inputs.table("areas")
    replaced = set(inputs.table("area_changes")["old_area"])
    ended = (given["valid_to"] < base_year) & given["area_code"].isin(list(replaced))
    not_yet = given["valid_from"] > base_year
    kept = given[~ended & ~not_yet & given["phase"].isin(AREA_PHASES)]
    order = kept["phase"].map({phase: place for place, phase in enumerate(AREA_PHASES)})
    kept = kept.assign(order=order).sort_values("order", kind="stable").reset_index(drop=True)
    names = kept["area_name"].where(kept["area_name"] != "", kept["area_code"])
    return pd.DataFrame(
        {
            "code": kept["area_code"],
            "name": names,
            "phase": kept["phase"],
            "district": kept["district"],
            "feeds": kept["feeds"],
            "row": kept["row"],
        }
    )


def _successors(schools: pd.DataFrame) -> dict[str, str]:
    """Map each replaced URN to the present one: one successor that names it, or takes over its LAEstab later."""
    followed: dict[str, list[str]] = {}
    for urn, predecessor in zip(schools["urn"], schools["predecessor_urn"], strict=True):
        if predecessor and predecessor != urn:
            followed.setdefault(predecessor, []).append(urn)
    shared = schools[(schools["laestab"] != "") & schools["laestab"].duplicated(keep=False)].sort_values(
        "open_year", kind="stable", na_position="first"
    )
    for _, same in shared.groupby("laestab", sort=True):
        rows = list(same[["urn", "open_year", "close_year"]].itertuples(index=False, name=None))
        for (old, _, closed), (new, opened, _) in pairwise(rows):
            if closed < opened and old not in followed:
                followed[old] = [new]
    direct = {old: new[0] for old, new in followed.items() if len(new) == 1}
    return {old: _last_of_chain(old, direct) for old in direct}


def _last_of_chain(urn: str, direct: Mapping[str, str]) -> str:
    seen = {urn}
    while urn in direct and direct[urn] not in seen:
        urn = direct[urn]
        seen.add(urn)
    return urn


def _sites(
    schools: pd.DataFrame, given: pd.DataFrame, areas: pd.DataFrame, base_year: AcademicYear
) -> pd.DataFrame:
    """One row for each site of each school: those of the sites table, else one site without a name."""
    now = given[~(given["valid_from"] > base_year) & ~(given["valid_to"] < base_year)]
    chosen = pd.concat([now, given]).drop_duplicates(["urn", "site_id", "phase"])
    area_by_site = {
        (urn, site_id, phase): code
        for urn, site_id, phase, code in zip(
            chosen["urn"], chosen["site_id"], chosen["phase"], chosen["area_code"], strict=True
        )
    }
    area_row = {
        (code, phase): row
        for row, (code, phase) in enumerate(zip(areas["code"], areas["phase"], strict=True))
    }
    listed: dict[str, set[str]] = {}
    for urn, site_id in zip(given["urn"], given["site_id"], strict=True):
        listed.setdefault(urn, set()).add(site_id)
    rows = []
    for school in rows_of(schools):
        site_ids = sorted(listed.get(school.urn, {""}))
        for site_id in site_ids:
            home = {}
            for phase, usual in (
                (Phase.PRIMARY, school.primary_area),
                (Phase.SECONDARY, school.secondary_area),
            ):
                otherwise = "" if len(site_ids) > 1 else usual
                code = area_by_site.get((school.urn, site_id, phase), otherwise)
                home[phase.value] = area_row.get((code, phase), -1)
            rows.append({**_of_school(school), "site_id": site_id, **home})
    kinds = {"low": "int64", "high": "int64", "open_year": "float64", "close_year": "float64"}
    return pd.DataFrame(rows, columns=SITE_COLUMNS).astype(
        {**kinds, "primary": "int64", "secondary": "int64"}
    )


def _of_school(school: Any) -> dict[str, Any]:
    """What all sites of a school have in common."""
    return {
        "urn": school.urn,
        "school_name": school.school_name,
        "type": school.type,
        "trust": school.trust,
        **{name: getattr(school, name) for name in OF_SCHOOL},
        "low": int(school.low_year),
        "high": int(school.high_year),
        "open_year": school.open_year,
        "close_year": school.close_year,
    }


def _first_opening(sites: pd.DataFrame, schools: pd.DataFrame, successors: Mapping[str, str]) -> pd.Series:
    """A school that took over another's pupils has been open since the first of them opened."""
    opened = dict(zip(schools["urn"], schools["open_year"], strict=True))
    earliest = dict(zip(sites["urn"], sites["open_year"], strict=True))
    for old, new in successors.items():
        if new in earliest:
            earliest[new] = np.nan if old not in opened else np.fmin(opened[old], earliest[new])
            if old in opened and np.isnan(opened[old]):
                earliest[new] = np.nan
    return sites["urn"].map(earliest).astype("float64")
