"""What a placement panel looks at every two weeks: places by school and year group, who took whom lately, who waited."""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.send.disclosure import hidden_cells, with_totals
from placeplan.send.fairshare import PHASES, WAITING_KINDS, Kind, recent_admissions
from placeplan.send.funnel import constants
from placeplan.years import Phase, year_group_label

PANEL = ["urn", "school_name", "area_code", "phase", "year_group", "roll", "places", "free", "recent", "fair_access",
         "own_share", "share_of_pupils", "up_to", "suppressed"]  # fmt: skip
WAITING = ["kind", "phase", "area_code", "year_group", "admissions", "mean_days", "up_to", "suppressed"]
TOTAL = "total"


def panel_table(
    schools: pd.DataFrame, admissions: pd.DataFrame, shares: pd.DataFrame, lowest: float
) -> pd.DataFrame:
    """Return send_panel.csv: places by school and year group now, and for all year groups fair-access admissions.

    ``schools`` has urn, school_name, area_code, phase, year_group (label, and ``total``), roll and places of the base
    year; ``shares`` is send_fair_share.csv, whose hidden counts stay hidden here. ``recent``: fair-access admissions of
    the last two weeks; ``own_share``: of the phase's fair-access admissions of the last twelve months.
    """
    if admissions.empty:
        return pd.DataFrame(columns=PANEL)
    found = schools.assign(free=schools["places"] - schools["roll"], up_to=_day(admissions))
    whole = found["year_group"] == TOTAL
    parts = []
    for phase in PHASES:
        rows = found[whole & (found["phase"] == phase)].sort_values("urn")
        own = shares[(shares["phase"] == phase) & (shares["kind"] == "fair_access")].set_index("urn")
        own = own.reindex(rows["urn"])
        fair = own["count"].to_numpy(dtype=float)
        everything = _expected_sum(own)
        recent = _recent(admissions, rows["urn"].tolist(), phase)
        hidden = hidden_cells(recent, lowest) | (0 < recent.sum() < lowest)
        parts.append(
            rows.assign(
                recent=np.where(hidden, np.nan, recent),
                fair_access=fair,
                own_share=fair / everything if everything else np.nan,
                share_of_pupils=rows["roll"] / rows["roll"].sum(),
                suppressed=np.where(hidden | (own["suppressed"] == "yes").to_numpy(), "yes", "no"),
            )
        )
    table = pd.concat([found[~whole], *parts], ignore_index=True)
    order = {label: at for at, label in enumerate([*map(year_group_label, range(15)), TOTAL])}
    table = table.assign(at=table["year_group"].map(order)).sort_values(["phase", "urn", "at"], kind="stable")
    return table.reindex(columns=PANEL).reset_index(drop=True)


def waiting_table(kinds: list[Kind], admissions: pd.DataFrame) -> pd.DataFrame:
    """Return send_waiting.csv: mean days from application to place by kind, area and year group, in twelve months.

    Rows and columns have totals (``total``). A mean of few pupils is hidden with their number, and so is what would give it
    away, here or in send_fair_share.csv. Days of admissions that do not say them are left out of the mean.
    """
    rows = recent_admissions(admissions)
    parts = [
        _waits(one, rows[rows["kind"] == name])
        for name in WAITING_KINDS
        for one in kinds
        if one.name == name and one.counts.any()
    ]
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=WAITING)
    return found.assign(up_to=_day(admissions) if len(admissions) else "").reindex(columns=WAITING)


def _waits(kind: Kind, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of one kind and phase, areas in the order of their codes, totals last."""
    groups = list(kind.phase.year_groups)
    area = dict(zip(kind.schools.urn, kind.schools.area.astype(str), strict=True))
    own = rows[rows["year_group"].isin(groups) & rows["urn"].isin(area) & rows["days_waiting"].notna()]
    place = own["urn"].map(area).map({code: at for at, code in enumerate(kind.areas)}).to_numpy(dtype=int)
    cells = place, own["year_group"].to_numpy(dtype=int) - groups[0]
    known, days = np.zeros_like(kind.by_area), np.zeros_like(kind.by_area)
    np.add.at(known, cells, 1.0)
    np.add.at(days, cells, own["days_waiting"].to_numpy(dtype=float))
    many, known, days = (with_totals(table) for table in (kind.by_area, known, days))
    mean = np.divide(days, known, out=np.full(many.shape, np.nan), where=known > 0)
    hidden = kind.hidden_areas
    return pd.DataFrame(
        {
            "kind": kind.name, "phase": kind.phase.value,
            "area_code": np.repeat([*kind.areas, TOTAL], len(groups) + 1),
            "year_group": [*(year_group_label(group) for group in groups), TOTAL] * (len(kind.areas) + 1),
            "admissions": np.where(hidden, np.nan, many).ravel(),
            "mean_days": np.where(hidden | (known < np.minimum(many, kind.lowest)), np.nan, mean).ravel(),
            "suppressed": np.where(hidden, "yes", "no").ravel().astype(object),
        }
    )  # fmt: skip


def _recent(admissions: pd.DataFrame, urns: list[str], phase: Phase) -> Array:
    """Return fair-access admissions of the last two weeks by school."""
    since = admissions["date"].max() - pd.DateOffset(days=int(constants()["fortnight"]))
    rows = admissions[(admissions["date"] > since) & (admissions["kind"] == "fair_access")]
    rows = rows[rows["year_group"].isin(list(phase.year_groups))]
    return rows.groupby("urn").size().reindex(urns, fill_value=0).to_numpy(dtype=float)


def _expected_sum(own: pd.DataFrame) -> float:
    """Return the phase's admissions: what is expected of all schools adds up to them."""
    return float(own["expected"].sum())


def _day(admissions: pd.DataFrame) -> str:
    return f"{admissions['date'].max():%Y-%m-%d}"
