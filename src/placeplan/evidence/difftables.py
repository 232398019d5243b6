"""The tables of ``placeplan diff``: change by cause, places beside it, and how the earlier forecast did."""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeplan.causes import CAUSES
from placeplan.evidence.components import RunFrames
from placeplan.evidence.diff import Difference
from placeplan.frames import TOTAL
from placeplan.tables import output_columns
from placeplan.years import AcademicYear, Phase, phase_of, year_group_label

CELL = ["phase", "academic_year", "year_group"]
FIGURES = ["old", "new", "change", *CAUSES]
GEOGRAPHIES = ("authority", "district", "area", "school")
GROUPS = {**{year_group_label(group): group for group in range(15)}, TOTAL: 99}
PLACES = ("demand", "places", "need", "spare", "probability_of_shortfall")


def change_table(found: Difference, old: RunFrames, new: RunFrames) -> pd.DataFrame:
    """diff.csv: by authority, district, area and school the older forecast, the newer one, and every cause between them.

    Areas that are no more, or are new, are a matter of ``boundary``. A school has its area's causes times its earlier share
    of the area, and ``school_share``, what the change of that share makes of the newer forecast of its area.
    """
    areas = _with_total(_cells(found, old, new)).assign(geography="area")
    whole = [areas]
    district = _districts(old) | _districts(new)
    placed = areas.assign(code=areas["code"].map(district))
    placed = placed[placed["code"].notna()]
    if len(placed):
        whole.append(_summed(placed.assign(name=placed["code"], geography="district")))
    forecast = new.of("forecast")
    own = forecast[forecast["geography"] == "authority"].iloc[0]
    whole.append(_summed(areas.assign(code=own["code"], name=own["name"], geography="authority")))
    whole.append(_schools(areas, old, new))
    table = pd.concat(whole, ignore_index=True).fillna({"school_share": 0.0})
    order = table.assign(
        _geography=table["geography"].map(GEOGRAPHIES.index),
        _phase=table["phase"].map(list(Phase).index),
        _group=table["year_group"].map(GROUPS),
    ).sort_values(
        ["_geography", "_phase", "code", "academic_year", "_group"], kind="stable", ignore_index=True
    )
    return order[list(output_columns("diff"))]


def _with_total(cells: pd.DataFrame) -> pd.DataFrame:
    total = cells.groupby(["code", "name", "phase", "academic_year"], sort=False)[FIGURES].sum().reset_index()
    return pd.concat([cells, total.assign(year_group=TOTAL)], ignore_index=True)


def _summed(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.groupby(["geography", "code", "name", *CELL], sort=False)[FIGURES].sum().reset_index()


def _cells(found: Difference, old: RunFrames, new: RunFrames) -> pd.DataFrame:
    """Every year group of an area in the years that both runs forecast for its phase."""
    said = [
        set(zip(f["phase"], f["academic_year"], strict=True))
        for f in (r.areas("forecast") for r in (old, new))
    ]
    common, names = said[0] & said[1], _names(old) | _names(new)
    here = np.flatnonzero((found.before.kind != "") | (found.new.kind != ""))
    parts = []
    for year in found.years:
        column, label = list(found.new.years).index(year), str(AcademicYear(year))
        rows = np.array(
            [at for at in here if (phase_of(found.new.cells[at][1]).value, label) in common], dtype=int
        )
        codes = [found.new.cells[at][0] for at in rows]
        groups = [found.new.cells[at][1] for at in rows]
        before, after = found.before.pupils[rows, column], found.new.pupils[rows, column]
        parts.append(
            pd.DataFrame(
                {
                    "code": codes,
                    "name": [names.get(code, code) for code in codes],
                    "phase": [phase_of(group).value for group in groups],
                    "academic_year": label,
                    "year_group": [year_group_label(group) for group in groups],
                    "old": before,
                    "new": after,
                    "change": after - before,
                    **{cause: found.causes[cause][rows, column] for cause in CAUSES},
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _names(run: RunFrames) -> dict[str, str]:
    rows = run.areas("forecast").drop_duplicates("code")
    return dict(zip(rows["code"], rows["name"], strict=True))


def _districts(run: RunFrames) -> dict[str, str]:
    rows = run.of("cohorts").drop_duplicates("area_code").dropna(subset=["district"])
    return dict(zip(rows["area_code"], rows["district"], strict=True))


def _schools(areas: pd.DataFrame, old: RunFrames, new: RunFrames) -> pd.DataFrame:
    """Schools: earlier share of the area's causes, and what the changed share makes."""
    before, after = (_school_rows(run) for run in (old, new))
    keys = ["urn", *CELL]
    both = after.merge(before, on=keys, how="outer", suffixes=("_new", "_old"))
    area = both["area_code_new"].fillna(both["area_code_old"])
    both = both.assign(code=area, name_of=both["name_new"].fillna(both["name_old"]))
    both = both.merge(areas[["code", *CELL, *FIGURES]], on=["code", *CELL], how="inner").fillna(
        {"pupils_old": 0.0, "pupils_new": 0.0}
    )
    share = np.where(both["old"] > 0, both["pupils_old"] / both["old"].where(both["old"] > 0, 1.0), 0.0)
    made = pd.DataFrame({cause: both[cause] * share for cause in CAUSES})
    change = both["pupils_new"] - both["pupils_old"]
    return made.assign(
        geography="school", code=both["urn"], name=both["name_of"], **{key: both[key] for key in CELL},
        old=both["pupils_old"], new=both["pupils_new"], change=change, school_share=change - made.sum(axis=1),
    )  # fmt: skip


def _school_rows(run: RunFrames) -> pd.DataFrame:
    """Forecast of every school with the area of its first site in that phase."""
    rows = run.of("forecast")
    rows = rows[rows["geography"] == "school"].rename(columns={"code": "urn"})
    area = run.of("schools").drop_duplicates(["urn", "phase"])[["urn", "phase", "area_code"]]
    return rows.merge(area, on=["urn", "phase"])[["urn", "name", *CELL, "pupils", "area_code"]]


def places_table(old: RunFrames, new: RunFrames) -> pd.DataFrame:
    """diff_places.csv: by area, phase and year (totals) pupils, places, need, spare and chance in both runs."""
    keys = ["area_code", "phase", "academic_year"]
    before, after = (run.of("sufficiency") for run in (old, new))
    after = after[(after["year_group"] == TOTAL) & after["academic_year"].isin(set(before["academic_year"]))]
    rows = after.merge(before[before["year_group"] == TOTAL], on=keys, suffixes=("_new", "_old"))
    rows = rows.assign(area_name=rows["area_name_new"])
    for figure in PLACES:
        rows[f"{figure}_change"] = rows[f"{figure}_new"] - rows[f"{figure}_old"]
    return rows[list(output_columns("diff_places"))].reset_index(drop=True)


def outcome_table(found: Difference, old: RunFrames, new: RunFrames) -> pd.DataFrame:
    """diff_accuracy.csv: what the older run forecast for years whose roll the newer one knows, in accuracy.csv's columns.

    error = (forecast - actual) / actual, of areas as they are now and of the authority, in every year group and total.
    """
    first, last = found.old.base + 1, found.new.base
    parts = []
    for column in range(first, last + 1):
        here = np.flatnonzero((found.old.kind != "") & (found.new.kind != ""))
        groups = [found.new.cells[at][1] for at in here]
        parts.append(
            pd.DataFrame(
                {
                    "geography": "area",
                    "code": [found.new.cells[at][0] for at in here],
                    "phase": [phase_of(group).value for group in groups],
                    "year_group": [year_group_label(group) for group in groups],
                    "target_year": str(AcademicYear(int(found.new.years[column]))),
                    "made_in": str(old.base_year),
                    "horizon": column - found.old.base,
                    "forecast": found.old.pupils[here, column],
                    "actual": found.new.path[here, column],
                }
            )
        )
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in output_columns("diff_accuracy")})
    return _with_errors(pd.concat(parts, ignore_index=True), str(new.of("forecast")["code"].iloc[0]))


def _with_errors(cells: pd.DataFrame, authority: str) -> pd.DataFrame:
    """Add totals of each area, the authority, and the errors; rows without a roll are left out."""
    keys = ["target_year", "made_in", "horizon"]
    sums = ["forecast", "actual"]
    total = cells.groupby(["geography", "code", "phase", *keys], sort=False)[sums].sum().reset_index()
    areas = pd.concat([cells, total.assign(year_group=TOTAL)], ignore_index=True)
    whole = areas.groupby(["phase", "year_group", *keys], sort=False)[sums].sum().reset_index()
    rows = pd.concat([whole.assign(geography="authority", code=authority), areas], ignore_index=True)
    rows = rows[rows["actual"] > 0]
    rows = rows.assign(error=(rows["forecast"] - rows["actual"]) / rows["actual"])
    return rows[list(output_columns("diff_accuracy"))].reset_index(drop=True)
