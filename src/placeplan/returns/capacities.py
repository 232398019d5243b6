"""The capacity parts of the return: by school, site and area; special schools, units and resourced provision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.returns.basis import Basis
from placeplan.returns.rounding import apportion, half_up
from placeplan.tables import rows_of
from placeplan.years import YEAR_GROUP_COUNT, YEAR_SEVEN, YEAR_TWELVE, year_group_label

SPECIAL = {"state_special": "special school", "non_maintained_special": "special school"}
IN_MAINSTREAM = {"unit": "SEN unit", "resourced_provision": "resourced provision"}


def capacity_rows(basis: Basis) -> list[dict[str, Any]]:
    """Return one row for each mainstream school site and planning area that is open or on roll in the base year."""
    sites, parts = basis.register.sites, _parts(basis)
    schools = {row.urn: row for row in rows_of(basis.inputs.table("schools"))}
    now, before = _stated(basis, int(basis.base_year)), _stated(basis, int(basis.base_year) - 1)
    here, last = _shared(basis, parts, now), _shared(basis, parts, before)
    units = _unit_places(basis)
    rows = []
    for place, (site, phase) in enumerate(parts):
        one, roll = sites.iloc[site], basis.roll[site]
        groups = _groups(one, phase)
        area = basis.register.areas.iloc[int(one[phase])]
        figure = _figure(now, one)
        known = not np.isnan(roll).all()
        row: dict[str, Any] = {
            "la_code": basis.project.authority.la_code, "laestab": schools[one.urn].laestab, "urn": one.urn,
            "site_id": one.site_id, "school_name": one.school_name, "type": one.type, "phase": phase,
            "low_year": year_group_label(groups[0]), "high_year": year_group_label(groups[-1]),
            "area_code": area["code"], "census": basis.census,
            **{f"roll_{year_group_label(group)}": int(roll[group]) for group in groups if known},
            "roll": int(roll[groups].sum()) if known else None,
            "capacity": here.get(place), "last_capacity": last.get(place),
        }  # fmt: skip
        if figure is not None:
            row |= _details(figure, groups)
        for (urn, of_phase, setting), count in units.items():
            if (urn, of_phase) == (one.urn, phase):
                row["unit_places" if setting == "unit" else "resourced_places"] = count
        rows.append(row)
    return rows


def _parts(basis: Basis) -> list[tuple[int, str]]:
    """Site and phase of every row of the capacity part, in the register's order."""
    register, found = basis.register, []
    is_open = register.is_open(np.array([int(basis.base_year)]))[:, 0]
    for site in range(len(register.sites)):
        one = register.sites.iloc[site]
        if not is_open[site] and not np.nansum(basis.roll[site]):
            continue
        for phase in ("primary", "secondary"):
            groups = _groups(one, phase)
            if int(one[phase]) >= 0 and groups and groups[0] < YEAR_TWELVE:
                found.append((site, phase))
    return found


def _groups(site: Any, phase: str) -> list[int]:
    wanted = range(0, YEAR_SEVEN) if phase == "primary" else range(YEAR_SEVEN, YEAR_GROUP_COUNT)
    return [group for group in wanted if int(site.low) <= group <= int(site.high)]


def _stated(basis: Basis, year: int) -> dict[tuple[str, str], pd.DataFrame]:
    """Rows of the last year up to ``year`` in which each school or site has a capacity, by URN and site."""
    table = basis.inputs.table("capacity")
    rows = table[(table["academic_year"] <= year) & table["capacity"].notna()]
    rows = rows.assign(present=[basis.register.successors.get(urn, urn) for urn in rows["urn"]])
    return {
        (str(urn), str(site)): group[group["academic_year"] == group["academic_year"].max()]
        for (urn, site), group in rows.groupby(["present", "site_id"], sort=False)
    }


def _figure(stated: dict[tuple[str, str], pd.DataFrame], site: Any) -> pd.DataFrame | None:
    own = stated.get((site.urn, site.site_id))
    return stated.get((site.urn, "")) if own is None else own


def _shared(
    basis: Basis, parts: list[tuple[int, str]], stated: dict[tuple[str, str], pd.DataFrame]
) -> dict[int, int]:
    """Whole capacity of each row: a school's figure shared over its sites and phases as its places are."""
    sites = basis.register.sites
    cells = np.nan_to_num(basis.places.measures["capacity"][:, :, 0])
    by_figure: dict[tuple[str, str], list[int]] = {}
    for place, (site, _) in enumerate(parts):
        one = sites.iloc[site]
        key = (one.urn, one.site_id) if (one.urn, one.site_id) in stated else (one.urn, "")
        by_figure.setdefault(key, []).append(place)
    found: dict[int, int] = {}
    for key, places in by_figure.items():
        if key not in stated:
            continue
        weight = np.array(
            [cells[parts[p][0], _groups(sites.iloc[parts[p][0]], parts[p][1])].sum() for p in places]
        )
        if weight.sum() <= 0:
            weight = np.array([float(len(_groups(sites.iloc[parts[p][0]], parts[p][1]))) for p in places])
        total = half_up(_total(stated[key]))
        found |= dict(zip(places, (int(count) for count in apportion(weight, total)), strict=True))
    return found


def _total(figure: pd.DataFrame) -> float:
    """A school's own figure where one is given, else the sum of its year groups."""
    whole = figure[figure["year_group"].isna()]
    return float((whole if len(whole) else figure)["capacity"].sum())


def _details(figure: pd.DataFrame, groups: list[int]) -> dict[str, Any]:
    """Capacity by year group where it is given, the sixth form's, the reason of a change, and where it comes from."""
    found: dict[str, Any] = {}
    single = figure[figure["year_group"].notna()]
    for row in rows_of(single):
        if int(row.year_group) in groups and int(row.year_group) < YEAR_TWELVE:
            found[f"capacity_{year_group_label(int(row.year_group))}"] = half_up(row.capacity)
    sixth = figure["sixth_form_capacity"].sum(min_count=1)
    if sixth != sixth:
        sixth = single.loc[single["year_group"] >= YEAR_TWELVE, "capacity"].sum(min_count=1)
    if groups[-1] >= YEAR_TWELVE and sixth == sixth:
        found["sixth_form_capacity"] = half_up(float(sixth))
    last = figure.iloc[-1]
    parts = [str(last["source"])]
    if last["verified_on"] == last["verified_on"] and last["verified_on"] is not pd.NaT:
        parts.append(f"verified {pd.Timestamp(last['verified_on']).date().isoformat()}")
    if last["disputed"] == "yes":
        parts.append("disputed by the school")
    return {**found, "reason": str(last["reason"]), "comment": ", ".join(part for part in parts if part)}


def _specialist(basis: Basis) -> pd.DataFrame:
    """Specialist places of the base year, else of the last year before it."""
    table = basis.inputs.table("specialist_places")
    table = table[table["academic_year"] <= basis.base_year]
    return table[table["academic_year"] == table["academic_year"].max()]


def _unit_places(basis: Basis) -> dict[tuple[str, str, str], int]:
    found: dict[tuple[str, str, str], int] = {}
    for row in rows_of(_specialist(basis)):
        if row.setting in IN_MAINSTREAM and row.places == row.places:
            key = (row.urn, row.phase, row.setting)
            found[key] = found.get(key, 0) + half_up(row.places)
    return found


def specialist_rows(basis: Basis) -> list[dict[str, Any]]:
    """Return special schools, units and resourced provision with their places."""
    schools = {row.urn: row for row in rows_of(basis.inputs.table("schools"))}
    words = {**SPECIAL, **IN_MAINSTREAM}
    rows = []
    for row in rows_of(_specialist(basis)):
        if row.setting in words and row.places == row.places:
            school = schools.get(row.urn)
            rows.append(
                {
                    "la_code": basis.project.authority.la_code,
                    "laestab": school.laestab if school else "",
                    "urn": row.urn,
                    "school_name": school.school_name if school else "",
                    "provision": words[row.setting],
                    "designation": row.designation,
                    "phase": row.phase or "all",
                    "places": half_up(row.places),
                }
            )
    return rows


def area_rows(basis: Basis, capacity: pd.DataFrame) -> list[dict[str, Any]]:
    """Return each planning area with the sums of its schools; unknown where one of them is."""
    rows = []
    for area in rows_of(basis.register.areas):
        mine = capacity[(capacity["area_code"] == area.code) & (capacity["phase"] == area.phase)]
        roll, places = (pd.to_numeric(mine[name]).to_numpy(float) for name in ("roll", "capacity"))
        rows.append(
            {
                "la_code": basis.project.authority.la_code, "area_code": area.code, "area_name": area.name,
                "phase": area.phase, "schools": len(mine), "roll": _sum(roll), "capacity": _sum(places),
                "unfilled": _sum(np.maximum(places - roll, 0.0)), "over": _sum(np.maximum(roll - places, 0.0)),
            }
        )  # fmt: skip
    return rows


def _sum(values: Array) -> int | None:
    return None if not len(values) or np.isnan(values).any() else int(values.sum())
