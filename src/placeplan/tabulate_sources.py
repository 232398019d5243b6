"""sources.csv: which rows of which file lie behind the numbers of a forecast, for ``explain``."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.demand.preschool import known_counts
from placeplan.forecasting import Forecast
from placeplan.frames import stacked
from placeplan.project import Project
from placeplan.tables import Inputs, output_columns
from placeplan.tabulate_movement import signal_sources
from placeplan.years import (
    BIRTH_YEAR_TO_RECEPTION,
    YEAR_SEVEN,
    AcademicYear,
    Phase,
    phase_of,
    year_group_label,
)


def sources_table(found: Forecast, inputs: Inputs, project: Project, scenario: str) -> pd.DataFrame:
    """sources.csv: rows of the input tables behind rolls of the base year, births, new homes, adjustments, changed areas."""
    parts = [
        *_rolls(found, inputs, project),
        *_births(found, inputs),
        *_births_change(found),
        *_weights(inputs),
        *_children(found, inputs),
        *_homes(found, inputs),
        *_adjustments(found, inputs),
        *_boundaries(inputs),
        *signal_sources(found, inputs, _file(inputs, "preferences")),
    ]
    return stacked([part.assign(scenario=scenario) for part in parts if len(part)], output_columns("sources"))


def _file(inputs: Inputs, table: str) -> str:
    source = inputs.sources.get(table)
    return source.name if source is not None else ""


def _rolls(found: Forecast, inputs: Inputs, project: Project) -> Iterator[pd.DataFrame]:
    base = int(found.history.base_year)
    table = inputs.table("rolls")
    rows = table[
        (table["census"] == project.census) & (table["academic_year"] == base) & table["pupils"].notna()
    ]
    groups = rows["year_group"].to_numpy(np.int64)
    site = found.register.locate(rows["urn"], rows["site_id"])
    areas = found.register.site_areas()
    of_site = areas[np.maximum(site, 0), groups] if len(areas) else np.full(len(rows), -1)
    codes = found.register.areas["code"].to_numpy()
    by_school = (rows["urn"] != "").to_numpy()
    area = np.where(
        by_school & (site >= 0) & (of_site >= 0), codes[np.maximum(of_site, 0)], rows["area_code"]
    )
    label = np.where(by_school, "school " + rows["urn"], "area row")
    yield pd.DataFrame(
        {
            "kind": "roll",
            "area_code": area,
            "phase": [phase_of(int(group)).value for group in groups],
            "academic_year": str(AcademicYear(base)),
            "year_group": [year_group_label(int(group)) for group in groups],
            "table": "rolls",
            "file": _file(inputs, "rolls"),
            "row": rows["row"].to_numpy(),
            "label": label,
            "weight": 1.0,
            "amount": rows["pupils"].to_numpy(float),
        }
    ).loc[area != ""]


def _births(found: Forecast, inputs: Inputs) -> Iterator[pd.DataFrame]:
    """Rows of births by area: its own, those of its wards by weight, else the whole authority's, from whose births its
    ratio is then learnt; every status: the reader picks what adds up."""
    table, lookup = inputs.table("births"), inputs.table("geography_lookup")
    ahead = table["birth_year"] >= int(found.history.base_year) - 4
    table = table[ahead & table["births"].notna()]
    wards = table[(table["area_code"] == "") & (table["geography_code"] != "")]
    spread = wards.merge(
        lookup[["geography_code", "area_code", "weight"]], on="geography_code", suffixes=("_own", "")
    )
    own = table[table["area_code"] != ""].assign(weight=1.0)
    codes = found.register.areas["code"].to_numpy()[found.register.area_rows(Phase.PRIMARY)]
    without = pd.DataFrame({"area_code": codes[~found.births.own], "weight": 1.0})
    whole = table[(table["area_code"] == "") & (table["geography_code"] == "")]
    whole = whole.drop(columns="area_code").merge(without, how="cross")
    for rows in (own, spread, whole):
        if len(rows):
            rows = rows.assign(weight=rows["weight"] * _per_birth(found, rows))
            yield pd.DataFrame(
                {
                    "kind": "births",
                    "area_code": rows["area_code"].to_numpy(),
                    "phase": Phase.PRIMARY.value,
                    "academic_year": [str(AcademicYear(int(year) + 5)) for year in rows["birth_year"]],
                    "year_group": "R",
                    "table": "births",
                    "file": _file(inputs, "births"),
                    "row": rows["row"].to_numpy(),
                    "label": rows["geography_code"].where(rows["geography_code"] != "", "births")
                    + ", "
                    + rows["status"],
                    "weight": rows["weight"].to_numpy(float),
                    "amount": (rows["births"] * rows["weight"]).to_numpy(float),
                }
            )


def _births_change(found: Forecast) -> Iterator[pd.DataFrame]:
    """What a scenario multiplies births by, for each Reception year ahead."""
    factors = found.births.factors
    if factors is None:
        return
    base = int(found.history.base_year)
    yield pd.DataFrame(
        {
            "kind": "births_change",
            "phase": Phase.PRIMARY.value,
            "academic_year": [str(AcademicYear(base + 1 + ahead)) for ahead in range(len(factors))],
            "year_group": "R",
            "label": "births as the scenario changes them",
            "amount": factors,
        }
    ).assign(area_code="", table="", file="", row="", weight=1.0)


def _weights(inputs: Inputs) -> Iterator[pd.DataFrame]:
    """Rows of geography_lookup that split a geography over areas."""
    lookup = inputs.table("geography_lookup")
    split = lookup[lookup["weight"] != 1.0]
    yield pd.DataFrame(
        {
            "kind": "geography",
            "area_code": split["area_code"],
            "phase": Phase.PRIMARY.value,
            "file": _file(inputs, "geography_lookup"),
            "row": split["row"],
            "label": split["geography_code"],
            "amount": split["weight"],
        }
    ).assign(academic_year="", year_group="", table="geography_lookup", weight=1.0)


def _per_birth(found: Forecast, rows: pd.DataFrame) -> Array:
    """What stands for a birth of each row in those who could come: 1, or children of the autumn before entry."""
    births = found.births
    if births.behind is None:
        return np.ones(len(rows))
    return _of_cell(found, rows, births.count / np.maximum(births.behind.count, 1e-9))


def _of_cell(found: Forecast, rows: pd.DataFrame, cells: Array) -> Array:
    """The value of each row's area and Reception year, (areas, years); 1 where there is none."""
    codes = found.register.areas["code"].to_numpy()[found.register.area_rows(Phase.PRIMARY)]
    place = rows["area_code"].map({code: at for at, code in enumerate(codes)}).fillna(-1).to_numpy(np.int64)
    year = rows["birth_year"].to_numpy(np.int64) + BIRTH_YEAR_TO_RECEPTION - int(found.births.years[0])
    inside = (place >= 0) & (year >= 0) & (year < cells.shape[1])
    value = cells[np.where(inside, place, 0), np.where(inside, year, 0)]
    return np.where(inside & np.isfinite(value), value, 1.0)


def _children(found: Forecast, inputs: Inputs) -> Iterator[pd.DataFrame]:
    """Rows of preschool that lead to Reception, by area; their weight is the ward's, aged to the autumn before entry."""
    births = found.births
    if births.lead is None:
        return
    table = known_counts(inputs, found.register, found.history)
    wards = table[table["area_code"] == ""].drop(columns="area_code")
    spread = wards.merge(
        inputs.table("geography_lookup")[["geography_code", "area_code", "weight"]], on="geography_code"
    )
    rows = pd.concat([table[table["area_code"] != ""].assign(weight=1.0), spread], ignore_index=True)
    entry = rows["birth_year"] + BIRTH_YEAR_TO_RECEPTION
    ahead = (entry > int(found.history.base_year)) & (
        entry - rows["academic_year"] == _of_cell(found, rows, births.lead)
    )
    rows = rows[ahead]
    amount = rows["children"] * rows["weight"]
    whole = amount.groupby([rows["area_code"], rows["birth_year"]]).transform("sum")
    rows = rows.assign(
        weight=rows["weight"] * _of_cell(found, rows, births.count) / whole.where(whole > 0, 1.0)
    )
    yield pd.DataFrame(
        {
            "kind": "children",
            "area_code": rows["area_code"],
            "phase": Phase.PRIMARY.value,
            "academic_year": [
                str(AcademicYear(int(year) + BIRTH_YEAR_TO_RECEPTION)) for year in rows["birth_year"]
            ],
            "year_group": "R",
            "table": "preschool",
            "file": _file(inputs, "preschool"),
            "row": rows["row"],
            "label": rows["geography_code"].where(rows["geography_code"] != "", "children")
            + ", counted on "
            + rows["snapshot"].dt.strftime("%Y-%m-%d"),
            "weight": rows["weight"],
            "amount": rows["children"] * rows["weight"],
        }
    )


def _homes(found: Forecast, inputs: Inputs) -> Iterator[pd.DataFrame]:
    estates, pupils = found.estates, found.estate_pupils
    if estates is None or pupils is None:
        return
    first = inputs.table("housing").drop_duplicates("site_id").set_index("site_id")["row"]
    base = int(found.history.base_year)
    codes = found.register.areas["code"].to_numpy()
    groups = np.arange(pupils.shape[1])
    rows = np.where(groups < YEAR_SEVEN, estates.primary[:, None], estates.secondary[:, None])
    site, group, year = np.nonzero((pupils != 0) & (rows >= 0)[:, :, None])
    names = [
        f"{name or code}, {status}"
        for name, code, status in zip(estates.name, estates.site, estates.status, strict=True)
    ]
    yield pd.DataFrame(
        {
            "kind": "housing",
            "area_code": codes[rows[site, group]],
            "phase": [phase_of(int(one)).value for one in group],
            "academic_year": [str(AcademicYear(base + 1 + int(one))) for one in year],
            "year_group": [year_group_label(int(one)) for one in group],
            "table": "housing",
            "file": _file(inputs, "housing"),
            "row": [int(first[estates.site[place]]) for place in site],
            "label": [names[place] for place in site],
            "weight": estates.certainty[site],
            "amount": pupils[site, group, year],
        }
    )


def _adjustments(found: Forecast, inputs: Inputs) -> Iterator[pd.DataFrame]:
    held = found.adjustments
    if held is None or not held.stage:
        return
    codes = found.register.areas["code"].to_numpy()
    areas = [codes[found.stages[phase].rows[area]] for phase, area in zip(held.stage, held.area, strict=True)]
    groups = held.rows["year_group"].to_numpy(np.int64)
    percent = held.rows["percent"].map(
        lambda share: "" if pd.isna(share) else f" ({share:g}% of the forecast with new homes)"
    )
    yield pd.DataFrame(
        {
            "kind": "adjustment",
            "area_code": areas,
            "phase": [phase_of(int(group)).value for group in groups],
            "academic_year": [str(AcademicYear(int(year))) for year in held.rows["academic_year"]],
            "year_group": [year_group_label(int(group)) for group in groups],
            "table": "adjustments",
            "file": _file(inputs, "adjustments"),
            "row": held.rows["row"].to_numpy(),
            "label": held.rows["adjustment_id"] + ": " + held.rows["reason"] + percent,
            "weight": 1.0,
            "amount": held.amount,
        }
    )


def _boundaries(inputs: Inputs) -> Iterator[pd.DataFrame]:
    """What of an old area went to which new one, so that ``diff`` can set a run before the change beside one after it."""
    rows = inputs.table("area_changes")
    if len(rows):
        yield pd.DataFrame(
            {
                "kind": "boundary",
                "area_code": rows["new_area"],
                "phase": rows["phase"],
                "academic_year": [str(AcademicYear(int(year))) for year in rows["from_year"]],
                "year_group": "",
                "table": "area_changes",
                "file": _file(inputs, "area_changes"),
                "row": rows["row"],
                "label": rows["old_area"],
                "weight": rows["weight"],
                "amount": rows["weight"],
            }
        )
