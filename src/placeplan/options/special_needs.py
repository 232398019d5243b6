"""Places and demand of one setting and phase by need, where the rows of places name needs; and who has the places."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import numpy as np
import pandas as pd

from placeplan.options.special_setting import SendSetting
from placeplan.send.area import PHASE_AGES
from placeplan.send.places import Cell, chance_of_shortfall
from placeplan.send.tables import SETTINGS
from placeplan.tables import output_columns
from placeplan.years import AcademicYear


def need_cells(setting: SendSetting, cell: Cell, every: bool = False) -> dict[str, Cell]:
    """Return a cell for each need that has places there, or for ``every`` need that has children there.

    Each draw shares its demand out at the expected mix of needs; places of later years are shared as those of the next.
    """
    needs = setting.made.needs
    places: dict[str, float] = {}
    for one in setting.of(cell):
        if one.need:
            places[one.need] = places.get(one.need, 0.0) + one.places
    if needs is None or not places:
        return {}
    ages = PHASE_AGES.get(cell.phase, slice(None))
    plans = needs.ahead[:, :, SETTINGS.index(cell.setting), ages].sum(axis=2)
    mix = plans / np.maximum(plans.sum(axis=1, keepdims=True), 1e-9)
    random = np.random.default_rng(
        [setting.project.seed, zlib.crc32(f"{cell.setting} {cell.phase}".encode())]
    )
    whole = np.rint(cell.drawn).astype(np.int64)
    drawn = np.stack([random.multinomial(whole[:, year], mix[year]) for year in range(len(mix))], axis=1)
    total = sum(one.places for one in setting.of(cell))
    return {
        need: Cell(
            cell.setting, cell.phase, cell.demand * mix[:, at], drawn[:, :, at],
            cell.places * places.get(need, 0.0) / total, cell.others * places.get(need, 0.0) / total,
        )
        for at, need in enumerate(needs.names)
        if need in places or (every and mix[:, at].any())
    }  # fmt: skip


def designations_table(setting: SendSetting) -> pd.DataFrame:
    """Return send_designations.csv: places and demand by setting, phase, need and year, where places name needs."""
    rows = []
    for cell in setting.made.cells:
        for need, own in need_cells(setting, cell, every=True).items():
            for at, year in enumerate(setting.years):
                rows.append(
                    {
                        "setting": cell.setting, "phase": cell.phase, "need": need,
                        "academic_year": str(AcademicYear(int(year))), "demand": own.demand[at],
                        "places": own.places[at], "used_by_others": own.others[at],
                        "surplus": own.free[at] - own.demand[at],
                        "probability_of_shortfall": chance_of_shortfall(own.drawn[:, at], own.free[at]),
                    }
                )  # fmt: skip
    return pd.DataFrame(rows, columns=list(output_columns("send_designations")))


def providers_table(places: pd.DataFrame, names: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
    """Return send_providers.csv: commissioned places by school, setting and designation, year by year."""
    known = places[places["places"].notna()].copy()
    known["academic_year"] = [str(AcademicYear(int(year))) for year in known["academic_year"]]
    known["school_name"] = [names.get(str(urn), ("", ""))[0] for urn in known["urn"]]
    known["designation"] = known["designation"].where(known["designation"] != "", known["need"])
    order = ["setting", "phase", "designation", "urn", "academic_year"]
    return known.sort_values(order, kind="stable").reset_index(drop=True)[
        list(output_columns("send_providers"))
    ]
