"""Pupils beyond the forecast: arrivals of a scenario, spread over areas, who then move up with their cohorts.

    extra[a, g, h] = came[a, g, h] + could[a, g, h] x ratio[a, g, h]

where ``could`` is the extra year group below a year before, or the pool that a link makes of it (Year 7 of the extra
Year 6). They enter no history and no interval; a cell that would fall below 0 is left at 0.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from placeplan.arrays import Array
from placeplan.demand.added import Added
from placeplan.demand.links import RECENCY
from placeplan.demand.simulate import moved_up
from placeplan.demand.survival import Stage
from placeplan.operations import Arrivals, CrossBorder
from placeplan.register import Register
from placeplan.scenario_inputs import Assumed
from placeplan.tables import Inputs
from placeplan.years import YEAR_SEVEN, AcademicYear, Phase

OUTSIDE = "OUT"
"""How the table transfers writes what is outside the authority."""


CROSS_BORDER = "cross_border"


def extra_pupils(
    assumed: Assumed,
    stages: Mapping[Phase, Stage],
    inputs: Inputs,
    register: Register,
    base_year: AcademicYear,
) -> dict[str, dict[Phase, Array]]:
    """Return by driver and stage the pupils whom a scenario lets come, below 0 go: (areas, year groups, years ahead)."""
    came: dict[str, dict[Phase, Array]] = {}

    def room(driver: str) -> dict[Phase, Array]:
        return came.setdefault(
            driver, {phase: np.zeros(stage.ratio.shape) for phase, stage in stages.items()}
        )

    for driver, one in assumed.arrivals:
        _add_arrivals(room(driver), one, stages, register, base_year)
    for change in assumed.cross_border:
        _add_border(room(CROSS_BORDER), change, stages, inputs, register, base_year)
    return {driver: moved_up(stages, each) for driver, each in came.items()}


def with_extra(
    added: Added, extra: Mapping[str, Mapping[Phase, Array]], baseline: Mapping[Phase, Array]
) -> Added:
    """Return what is added to the baseline with the extra pupils among its adjustments; no cell falls below 0."""
    if not extra:
        return added
    adjustment = {}
    for phase, path in baseline.items():
        housing, known = (added.of(part, phase, path) for part in ("housing", "adjustment"))
        whole = known + sum(each[phase] for each in extra.values())
        adjustment[phase] = np.maximum(whole, -(path + housing))
    return replace(added, adjustment=adjustment)


def _add_arrivals(
    came: dict[Phase, Array],
    one: Arrivals,
    stages: Mapping[Phase, Stage],
    register: Register,
    base_year: AcademicYear,
) -> None:
    """Spread numbers by year and year group over the areas, by their rolls of the phase."""
    for phase, stage in stages.items():
        named = _named(list(register.areas["code"].iloc[stage.rows]), one.areas)
        for year, groups in one.pupils.items():
            ahead = int(year) - int(base_year) - 1
            for group, number in groups.items() if 0 <= ahead < stage.ratio.shape[2] else ():
                if group in stage.groups and named.any():
                    place = stage.groups.index(group)
                    came[phase][:, place, ahead] += number * _shares(stage, place, named)


def _named(codes: list[str], areas: Collection[str] | None) -> Array:
    """Whether each area is among those named; all are where none is."""
    return np.array([areas is None or code in areas for code in codes])


def _shares(stage: Stage, place: int, named: Array) -> Array:
    """Each named area's share: by the roll of the phase where the year group is taught, else evenly."""
    size = np.where(named & (stage.base_roll[:, place] > 0), stage.base_roll.sum(axis=1), 0.0)
    size = size if size.sum() > 0 else named.astype(float)
    shares: Array = size / size.sum()
    return shares


def _add_border(
    came: dict[Phase, Array],
    change: CrossBorder,
    stages: Mapping[Phase, Stage],
    inputs: Inputs,
    register: Register,
    base_year: AcademicYear,
) -> None:
    """Take a share of the mean number who came in from outside off, or add it, in each year that it holds for."""
    for phase, stage in stages.items():
        if change.year_group not in stage.groups:
            continue
        codes = list(register.areas["code"].iloc[stage.rows])
        usual = from_outside(inputs, change.year_group, codes, base_year)
        named = _named(codes, change.areas)
        place = stage.groups.index(change.year_group)
        for ahead in range(stage.ratio.shape[2]):
            if change.holds(base_year + 1 + ahead):
                came[phase][:, place, ahead] += np.where(named, usual * change.change / 100.0, 0.0)


def from_outside(inputs: Inputs, group: int, codes: list[str], base_year: AcademicYear) -> Array:
    """Pupils a year who come into a year group of each area from outside, recent years counting more; zeros without any."""
    flows = inputs.table("transfers")
    into = flows["into_year_group"].fillna(YEAR_SEVEN)
    flows = flows[(into == group) & flows["pupils"].notna() & (flows["academic_year"] <= base_year)]
    years = flows["academic_year"].to_numpy(np.int64)
    whole = float((RECENCY ** (int(base_year) - np.unique(years))).sum())
    place = {code: at for at, code in enumerate(codes)}
    target = flows["to_area"].map(place)
    here = (target.notna() & (flows["from_area"] == OUTSIDE)).to_numpy()
    usual = np.zeros(len(codes))
    weight = RECENCY ** (int(base_year) - years)
    np.add.at(usual, target[here].to_numpy(np.int64), (flows["pupils"].to_numpy(float) * weight)[here])
    return usual / whole if whole > 0 else usual
