"""The lines that the watch-list holds schools against, from register, rolls, places and the project's choices."""

from __future__ import annotations

import numpy as np

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.demand.history import History
from placeplan.demand.watch import Lines, infant_classes
from placeplan.project import Project
from placeplan.register import Register
from placeplan.supply.places import SitePlaces
from placeplan.years import RECEPTION, YEAR_GROUP_COUNT, Phase


def viability_floors(project: Project) -> dict[Phase, float]:
    """Return the fewest pupils by phase: the project's, else those of ``data/viability_floors.csv``, NaN for none."""
    chosen = project.watchlist
    given = {
        Phase.PRIMARY: chosen.floor_primary,
        Phase.SECONDARY: chosen.floor_secondary,
        Phase.SIXTH_FORM: chosen.floor_sixth_form,
    }
    own = {Phase(row["phase"]): row["pupils"] for row in data_rows("viability_floors.csv")}
    return {
        phase: float(pupils if pupils is not None else own[phase] or np.nan)
        for phase, pupils in given.items()
    }


def watch_lines(
    register: Register, history: History, sites: SitePlaces, urns: Array, project: Project
) -> Lines:
    """Return the lines for every school; ``urns``: number of the school of each site."""
    ahead = len(sites.years) - 1
    roll = _by_school(np.nan_to_num(history.site_roll[:, :, -1]), urns)
    pan = _by_school(sites.measures["pan"][:, RECEPTION, 1:], urns)
    low = np.full(len(roll), YEAR_GROUP_COUNT)
    high = np.full(len(roll), -1)
    np.minimum.at(low, urns, register.sites["low"].to_numpy())
    np.maximum.at(high, urns, register.sites["high"].to_numpy())
    entry, falling = {}, {}
    for phase in Phase:
        first, last = phase.year_groups[0], phase.year_groups[-1]
        entry[phase] = np.where((low <= last) & (high >= first), np.maximum(low, first), -1)
        base = roll[:, first : last + 1].sum(axis=1)
        left = np.where(base > 0, base * (1.0 - project.watchlist.falling_percent / 100.0), np.nan)
        tested = np.arange(ahead) < project.watchlist.falling_years
        falling[phase] = np.where(tested, left[:, None], np.nan)
    return Lines(
        entry=entry,
        floor=viability_floors(project),
        falling=falling,
        admits=np.where(np.isnan(pan) | (pan <= 0), np.inf, pan),
        classes=infant_classes(roll[:, RECEPTION]),
    )


def _by_school(cells: Array, urns: Array) -> Array:
    summed = np.zeros((int(urns.max(initial=-1)) + 1, *cells.shape[1:]))
    np.add.at(summed, urns, cells)
    return summed
