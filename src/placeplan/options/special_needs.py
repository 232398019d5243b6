"""Places and demand of one setting and phase by need, where the rows of places name needs."""

from __future__ import annotations

import zlib

import numpy as np

from placeplan.options.special_setting import SendSetting
from placeplan.send.area import PHASE_AGES
from placeplan.send.places import Cell
from placeplan.send.tables import SETTINGS


def need_cells(setting: SendSetting, cell: Cell) -> dict[str, Cell]:
    """Return a cell for each need that has places there.

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
            cell.places * places[need] / total, cell.others * places[need] / total,
        )
        for at, need in enumerate(needs.names)
        if need in places
    }  # fmt: skip
