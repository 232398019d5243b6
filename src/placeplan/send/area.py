"""Where residents with a plan are placed: in the area or out of it, by setting, age and year.

    away[s, a, h] = out[s, a] * kept[a, h]

``out`` is the share placed out of the area in the base year, by setting and phase; ``kept`` is 1 but where a scenario has
fewer placements out of the area made at transfer points: there it holds from the transfer on, as the child grows older.
Who is then not placed out of the area from a setting that is paid by placement goes to a state special school in it; from
any other the child goes to a place of the same setting in the area. Nobody is lost and nobody counted twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.send.funding import BY_PLACEMENT, paid_by
from placeplan.send.tables import AGE_OF_RECEPTION, AGES, SETTINGS
from placeplan.years import AcademicYear

PHASE_AGES = {"primary": slice(0, 11), "secondary": slice(11, 16), "sixth_form": slice(16, AGES)}
"""Ages of each phase; who is younger than Reception counts as primary, who is older than Year 14 as sixth form."""
LOCAL = "state_special"
"""Where a child goes who is no longer placed out of the area."""


@dataclass(frozen=True)
class Placed:
    """Residents with a plan by year, setting and age, a first axis of draws where drawn."""

    stock: Array
    """All, wherever they are placed."""
    inside: Array
    """Those placed in the area; NaN where it is not said."""


def in_area_shares(specialist: pd.DataFrame, year: AcademicYear) -> Mapping[str, float]:
    """Return the share of residents of each setting who are placed in the area, where that is said."""
    rows = _said(specialist, year)
    setting, pupils, out = _columns(rows)
    shares = {name: 1.0 - _share(pupils[setting == name], out[setting == name]) for name in SETTINGS}
    return {setting: share for setting, share in shares.items() if not np.isnan(share)}


def out_shares(specialist: pd.DataFrame, year: AcademicYear) -> Array:
    """Return the share placed out of the area, (settings, ages), of the phase or else the setting; NaN where not said."""
    rows = _said(specialist, year)
    age = rows["age"].fillna(rows["year_group"] + AGE_OF_RECEPTION).to_numpy(dtype=float)
    setting, pupils, out = _columns(rows)
    of_setting = in_area_shares(specialist, year)
    found = np.full((len(SETTINGS), AGES), np.nan)
    for place, name in enumerate(SETTINGS):
        own = setting == name
        found[place] = 1.0 - of_setting.get(name, np.nan)
        for span in PHASE_AGES.values():
            some = own & (age >= span.start) & (age < span.stop)
            share = _share(pupils[some], out[some])
            if not np.isnan(share):
                found[place, span] = share
    return found


def _said(specialist: pd.DataFrame, year: AcademicYear) -> pd.DataFrame:
    return specialist[(specialist["academic_year"] == int(year)) & specialist["in_area"].isin(["yes", "no"])]


def _columns(rows: pd.DataFrame) -> tuple[Array, Array, Array]:
    """Return setting, pupils and whether they are placed out of the area."""
    setting, out = rows["setting"].to_numpy(dtype=object), (rows["in_area"] == "no").to_numpy()
    return setting, rows["pupils"].fillna(0).to_numpy(dtype=float), out


def _share(pupils: Array, out: Array) -> float:
    total = float(pupils.sum())
    return float(pupils[out].sum()) / total if total > 0 else np.nan


def placed(stock: Array, out: Array, kept: Array) -> Placed:
    """Return where residents are; ``stock`` (…, years, settings, ages), ``out`` (settings, ages), ``kept`` (years, ages)."""
    bought = np.array([paid_by(setting) == BY_PLACEMENT for setting in SETTINGS])[:, None]
    moved = stock * np.where(bought, np.nan_to_num(out), 0.0) * (1.0 - kept)[:, None, :]
    inside = stock * (1.0 - out * np.where(bought, 1.0, kept[:, None, :]))
    now, at = stock - moved, SETTINGS.index(LOCAL)
    now[..., at, :] += moved.sum(axis=-2)
    inside[..., at, :] += moved.sum(axis=-2)
    return Placed(now, inside)
