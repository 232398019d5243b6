"""What a forecast of plans is made of, step by step, so that one number can be explained without the inputs.

pupils = before - ceased - moved_out + moved_in + new        each setting, age and year
before = pupils of the same setting a year younger and a year earlier; in the first year the plans of the base year
share  = weight * counted / children + (1 - weight) * prior  of those before, by where they are a year later
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.results import Result
from placeplan.send.flow import Path, Rates, constants, older
from placeplan.send.tables import AGE_OF_RECEPTION, SETTINGS, Plans
from placeplan.years import AcademicYear, year_group_label

STEPS = [
    "setting",
    "academic_year",
    "age",
    "year_group",
    "before",
    "ceased",
    "moved_out",
    "moved_in",
    "new",
    "pupils",
]
RATES = ["from_setting", "age", "to_setting", "share", "counted", "children", "weight", "prior"]
SOURCES = ["kind", "academic_year", "from_setting", "to_setting", "age", "file", "row", "pupils"]
CEASED = "ceased"
LAST_AGE = 15
"""The oldest age of the return: Year 11."""
AGES_TOLD = LAST_AGE + 1


def steps_table(plans: Plans, rates: Rates | None, central: Path) -> pd.DataFrame:
    """Return send_steps.csv: expected steps of every setting, age up to 15 and year; empty from stocks alone."""
    if rates is None:
        return pd.DataFrame(columns=STEPS)
    years = len(central.stock)
    start = np.concatenate([plans.stock[-1:], central.stock[:-1]])
    before = older(start)
    going = before[..., None] * rates.going
    same = np.arange(len(SETTINGS))
    stay = going[:, same, :, same].transpose(1, 0, 2)
    moved_out = going[..., :-1].sum(axis=-1) - stay
    moved_in = going[..., :-1].sum(axis=1).transpose(0, 2, 1) - stay
    parts = (before, going[..., -1], moved_out, moved_in, rates.new[:years], central.stock)
    names = pd.MultiIndex.from_product(
        [[str(plans.years[-1] + (at + 1)) for at in range(years)], SETTINGS, range(AGES_TOLD)],
        names=["academic_year", "setting", "age"],
    ).to_frame(index=False)
    columns = zip(STEPS[4:], parts, strict=True)
    found = names.assign(**{name: part[..., :AGES_TOLD].ravel() for name, part in columns})
    groups = [
        year_group_label(age - AGE_OF_RECEPTION) if age >= AGE_OF_RECEPTION else ""
        for age in range(AGES_TOLD)
    ]
    return found.assign(year_group=found["age"].map(dict(enumerate(groups))))[STEPS]


def rates_table(plans: Plans, rates: Rates | None, children: Array) -> pd.DataFrame:
    """Return send_rates.csv: by setting and age the share that ceases or moves, and what it rests on.

    New plans stand in it with ``from_setting`` blank: ``share`` is their mean of the pooled years, ``counted`` their sum
    over those years and ``children`` the number of years.
    """
    if rates is None:
        return pd.DataFrame(columns=RATES)
    pooled, strength = int(constants()["pooled_years"]), constants()["strength"]
    risk = older(plans.stock[-pooled - 1 : -1]).sum(axis=0)
    counted = np.concatenate(
        [plans.moves[-pooled:].sum(axis=0).transpose(0, 2, 1), plans.ceased[-pooled:].sum(axis=0)[..., None]],
        axis=2,
    )
    same = np.arange(len(SETTINGS))
    keep = rates.going > 0
    keep[same, :, same] = False
    keep[:, AGES_TOLD:] = False
    at = np.argwhere(keep)
    share, had, many = rates.going[keep], counted[keep], risk[at[:, 0], at[:, 1]]
    weight = many / (many + strength)
    prior = (share * (many + strength) - had) / strength
    to = np.array([*SETTINGS, CEASED], dtype=object)
    flows = pd.DataFrame(
        {
            "from_setting": np.array(SETTINGS, dtype=object)[at[:, 0]], "age": at[:, 1], "to_setting": to[at[:, 2]],
            "share": share, "counted": had, "children": many, "weight": weight, "prior": prior,
        }
    )  # fmt: skip
    made = plans.new[-pooled:].sum(axis=0)[:, :AGES_TOLD]
    place = np.argwhere(made > 0)
    new = pd.DataFrame(
        {
            "from_setting": "", "age": place[:, 1], "to_setting": np.array(SETTINGS, dtype=object)[place[:, 0]],
            "share": made[made > 0] / pooled, "counted": made[made > 0], "children": float(pooled), "weight": 1.0,
            "prior": np.nan,
        }
    )  # fmt: skip
    return pd.concat([flows, new], ignore_index=True)[RATES]


def sources_table(
    result: Result, specialist: pd.DataFrame, flows: pd.DataFrame, base: AcademicYear
) -> pd.DataFrame:
    """Return send_sources.csv: rows of the base year's plans and of the flows of the pooled years, up to age 15."""
    first = int(base) - int(constants()["pooled_years"]) + 1
    stock = specialist[specialist["academic_year"] == int(base)]
    moved = flows[flows["flow"].isin(["new", "ceased", "move"]) & (flows["academic_year"] >= first)]
    parts = [
        stock.assign(
            kind="stock", from_setting="", to_setting=stock["setting"], file=_file(result, "specialist")
        ),
        moved.assign(kind=moved["flow"], file=_file(result, "specialist_flows")),
    ]
    both = pd.concat([part.assign(age=_age(part)) for part in parts], ignore_index=True)
    both = both[both["age"].between(0, LAST_AGE) & (both["pupils"] > 0)]
    years = {year: str(AcademicYear(year)) for year in set(both["academic_year"].astype(int))}
    return both.assign(
        academic_year=both["academic_year"].astype(int).map(years),
        age=both["age"].astype(int),
        from_setting=both["from_setting"].fillna(""),
        to_setting=both["to_setting"].fillna(""),
    )[SOURCES]


def _age(rows: pd.DataFrame) -> pd.Series[float]:
    return rows["age"].fillna(rows["year_group"] + AGE_OF_RECEPTION).astype(float)


def _file(result: Result, table: str) -> str:
    source = result.inputs.sources.get(table)
    return source.name if source is not None else ""
