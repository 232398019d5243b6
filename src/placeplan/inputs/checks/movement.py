"""Checks of what families want and where they live: offers beside admission numbers, residence beside rolls."""

from __future__ import annotations

import pandas as pd

from placeplan.inputs.checks.subject import GROUP_AREA_PHASE, OUTSIDE, Subject, show
from placeplan.problems import Finding
from placeplan.years import AcademicYear, year_group_label

OFFER_GAP = 0.10
"""Share by which offers may exceed the admission number before it is said."""
OFFER_PUPILS = 5
"""Offers by which they may exceed it in any case."""
RESIDENCE_GAP = 0.10
"""Share by which the pupils of residence at an area's schools may exceed their roll; a part may be missing."""


def offers_above_admission_number(subject: Subject) -> list[Finding]:
    """A school does not offer many more places than it admits."""
    offers = subject.table("preferences")
    numbers = subject.table("admission_numbers")
    offers = offers[offers["offers"].notna()]
    if offers.empty or numbers.empty:
        return []
    keys = ["urn", "year_group", "academic_year"]
    pan = numbers.groupby(keys)["pan"].sum(min_count=1)
    rows = offers.join(pan, on=keys, how="inner")
    over = rows["offers"] - rows["pan"]
    return subject.found(
        "offers-above-pan",
        "preferences",
        rows[(over > OFFER_PUPILS) & (over > OFFER_GAP * rows["pan"])],
        "offers",
        lambda row: (
            f"{subject.school(row.urn)} made {show(row.offers)} offers for {_group(row.year_group)} in "
            f"{AcademicYear(int(row.academic_year))}, but admits {show(row.pan)}"
        ),
    )


def residence_beside_rolls(subject: Subject) -> list[Finding]:
    """Not more live somewhere and go to an area's schools than are on its roll."""
    rows = subject.table("residence")
    rows = rows[rows["pupils"].notna()]
    if rows.empty:
        return []
    area = rows["area_code"].where(rows["area_code"] != "", _areas_of_schools(subject, rows))
    rows = rows.assign(area=area, at=rows["academic_year"].astype(int), group=rows["year_group"].astype(int))
    rows = rows[(rows["area"] != "") & (rows["area"] != OUTSIDE)]
    known = subject.area_rolls.to_dict()
    whole = (
        rows.groupby(["area", "at", "group"]).agg(pupils=("pupils", "sum"), row=("row", "min")).reset_index()
    )
    keys = zip(whole["area"], whole["group"].map(GROUP_AREA_PHASE), whole["at"], whole["group"], strict=True)
    whole = whole.assign(roll=[known.get(key, float("nan")) for key in keys])
    return subject.found(
        "residence-exceeds-roll",
        "residence",
        whole[whole["pupils"] > (1 + RESIDENCE_GAP) * whole["roll"]],
        "pupils",
        lambda row: (
            f"residence has {show(row.pupils)} pupils at the schools of {row.area} in "
            f"{_group(row.group)} in {AcademicYear(int(row.at))}, but its roll was {show(row.roll)}"
        ),
    )


def _areas_of_schools(subject: Subject, rows: pd.DataFrame) -> pd.Series[str]:
    """The area of the school of each row, blank where it has none."""
    if subject.register.sites.empty:
        return pd.Series("", index=rows.index)
    site = subject.register.locate(rows["urn"], pd.Series("", index=rows.index))
    places = subject.register.site_areas()[site, rows["year_group"].astype(int).to_numpy()]
    codes = [*subject.register.areas["code"], ""]
    return pd.Series(
        [codes[place] if at >= 0 else "" for at, place in zip(site, places, strict=True)], index=rows.index
    )


def _group(group: float) -> str:
    return "Reception" if group == 0 else f"Year {year_group_label(int(group))}"
