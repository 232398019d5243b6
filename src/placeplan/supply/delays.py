"""How late planned changes come: shares of each kind by years late, ``data/delivery_delays.csv`` or ``delay_table``."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from placeplan.tables import Inputs, built_in_table, rows_of

Delays = Mapping[tuple[str, str], tuple[tuple[int, float], ...]]
"""By kind and certainty (blank for any): years late, never 0, and the share of changes that come so late."""


def delay_shares(inputs: Inputs) -> Delays:
    """Return placeplan's own shares, those of each kind replaced by the project's if it has any."""
    own = built_in_table("delay_table", "delivery_delays.csv")
    given = inputs.table("delay_table")
    own = own[~own["kind"].isin(set(given["kind"]))]
    found: dict[tuple[str, str], tuple[tuple[int, float], ...]] = {}
    for row in rows_of(pd.concat([given, own], ignore_index=True)):
        key = (row.kind, row.certainty)
        late = ((int(row.years_late), float(row.share)),) if row.years_late > 0 and row.share > 0 else ()
        found[key] = found.get(key, ()) + late
    return found


def late_shares(delays: Delays, kind: str, certainty: str) -> tuple[tuple[int, float], ...]:
    """Return years late and share of a kind of change at a certainty; the rest comes in time."""
    return delays.get((kind, certainty), delays.get((kind, ""), ()))
