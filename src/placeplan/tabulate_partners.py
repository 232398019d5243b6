"""partners.csv: what the schools of each trust and diocese come to, with ranges of the totals themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.demand.tally import QUANTILES, quantiles_with_total
from placeplan.forecasting import Forecast
from placeplan.frames import stacked
from placeplan.project import Project
from placeplan.tables import output_columns
from placeplan.years import AcademicYear, Phase, phase_of


def partners_table(found: Forecast, project: Project, scenario: str) -> pd.DataFrame:
    """partners.csv, phase totals by trust and diocese from the base year on; only schools that are forecast are counted."""
    parts = [
        _of_phase(found, stage, phase, project.horizon[phase]).assign(scenario=scenario, phase=phase.value)
        for stage in found.shares
        for phase in dict.fromkeys(phase_of(group) for group in found.stages[stage].groups)
        if found.tally.partners.draws(phase) is not None
    ]
    return stacked(parts, output_columns("partners"))


def _of_phase(found: Forecast, stage: Phase, phase: Phase, ahead: int) -> pd.DataFrame:
    partners, sites = found.tally.partners, found.shares[stage].sites
    groups = [group for group in found.stages[stage].groups if group in phase.year_groups]
    years = slice(0, ahead + 1)
    roll = found.site_roll[np.ix_(sites, np.array(groups))].sum(axis=1)[:, years]
    places = found.places.by_site[np.ix_(sites, np.array(groups))].sum(axis=1)[:, years]
    here = (roll > 0).any(axis=1) | (np.nan_to_num(places) > 0).any(axis=1)
    member = partners.member[:, sites[here]]
    urns = found.tally.urns[sites[here]]
    schools = np.array(
        [len(set(urns[(member == number).any(axis=0)])) for number in range(len(partners.names))]
    )
    rolls, of_places = (_summed(cells[here], member, len(partners.names)) for cells in (roll, places))
    low, middle, high = _ranges(found, phase, rolls.shape)
    base = int(found.history.base_year)
    labels = [str(AcademicYear(base + year)) for year in range(ahead + 1)]
    rows = pd.DataFrame(
        {
            "kind": np.repeat(np.array([kind for kind, _ in partners.names], dtype=object), len(labels)),
            "name": np.repeat(np.array([name for _, name in partners.names], dtype=object), len(labels)),
            "academic_year": np.tile(np.array(labels, dtype=object), len(partners.names)),
            "schools": np.repeat(schools, len(labels)),
            "pupils": rolls.reshape(-1),
            "p10": low.reshape(-1),
            "p50": middle.reshape(-1),
            "p90": high.reshape(-1),
            "places": of_places.reshape(-1),
            "surplus": (of_places - rolls).reshape(-1),
        }
    )
    return rows[rows["schools"] > 0]


def _summed(cells: Array, member: Array, partners: int) -> Array:
    """Sum cells of sites (sites, years) over the partners that they belong to, (partners, years)."""
    summed = np.zeros((partners, cells.shape[1]))
    for numbers in member:
        np.add.at(summed, numbers[numbers >= 0], cells[numbers >= 0])
    return summed


def _ranges(found: Forecast, phase: Phase, shape: tuple[int, ...]) -> tuple[Array, Array, Array]:
    """Return the tenth, middle and ninetieth percentile of each total, NaN in the base year, whose roll is known."""
    draws = found.tally.partners.draws(phase)
    assert draws is not None
    drawn = quantiles_with_total(draws[:, None])[:, :, 0, : shape[1] - 1]
    made = np.full((3, *shape), np.nan)
    made[:, :, 1:] = drawn[[QUANTILES.index(level) for level in (0.1, 0.5, 0.9)]]
    return made[0], made[1], made[2]
