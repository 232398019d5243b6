"""Mainstream schools of the base year by year group: pupils, places, pupils with plans, planning area and district."""

from __future__ import annotations

import pandas as pd

from placeplan.years import AcademicYear, Phase, year_group_label

GROUPS = {year_group_label(group): group for group in range(15)}


def school_rolls(
    schools: pd.DataFrame,
    register: pd.DataFrame,
    areas: pd.DataFrame,
    rolls: pd.DataFrame,
    census: str,
    base: AcademicYear,
) -> pd.DataFrame:
    """Return urn, school_name, phase, area_code, location, year_group (label), group (number), pupils, places, plan_pupils.

    ``schools`` is schools.csv, ``register``, ``areas`` and ``rolls`` the tables. Sites of a school are added up; the area is
    that of the school, the location its district, else the area. ``plan_pupils`` is NaN where no row gives it.
    """
    now = schools[
        (schools["academic_year"] == str(base))
        & (schools["scenario"] == schools["scenario"].iloc[:1].squeeze())
    ]
    now = now[now["phase"].isin([Phase.PRIMARY, Phase.SECONDARY])]
    keys = ["urn", "school_name", "phase", "year_group"]
    found = now.groupby(keys, sort=False)[["roll", "places"]].sum(min_count=1).reset_index()
    by_urn = register.drop_duplicates("urn", keep="last").set_index("urn")
    area = (
        found["urn"]
        .map(by_urn["primary_area"])
        .where(found["phase"] == Phase.PRIMARY, found["urn"].map(by_urn["secondary_area"]))
    )
    district = areas.drop_duplicates("area_code").set_index("area_code")["district"]
    where = area.map(district).fillna("")
    found = found.assign(area_code=area.fillna(""), location=where.where(where != "", area).fillna(""))
    plans = rolls[
        (rolls["academic_year"] == int(base)) & (rolls["census"] == census) & rolls["plan_pupils"].notna()
    ]
    known = plans.groupby(["urn", "year_group"])["plan_pupils"].sum()
    number = found["year_group"].map(GROUPS)
    key = pd.MultiIndex.from_arrays([found["urn"], number])
    return found.assign(
        group=number, pupils=found["roll"], plan_pupils=known.reindex(key).to_numpy(dtype=float)
    )
