"""Several scenarios of high needs as one set of tables, and what each changes beside the plan as it stands."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from placeplan.send.make import SendMade
from placeplan.send.places import TOTAL

COLUMNS = [
    "scenario",
    "academic_year",
    "plans",
    "plans_change",
    "short",
    "short_change",
    "cost",
    "cost_change",
]


def stacked(made: Mapping[str, SendMade]) -> dict[str, pd.DataFrame]:
    """Return the frames of all scenarios, each with a column ``scenario``."""
    names = next(iter(made.values())).frames
    return {
        name: pd.concat(
            [one.frames[name].assign(scenario=scenario) for scenario, one in made.items()], ignore_index=True
        )
        for name in names
    }


def scenarios_table(standing: SendMade, made: Mapping[str, SendMade]) -> pd.DataFrame:
    """Return send_scenarios.csv: plans, children beyond places and known cost by year, and their change."""
    before = _told(standing)
    rows = []
    for name, one in made.items():
        told = _told(one)
        wide = pd.concat([told, (told - before).add_suffix("_change")], axis=1)
        rows.append(wide.reset_index().assign(scenario=name))
    return pd.concat(rows, ignore_index=True)[COLUMNS] if rows else pd.DataFrame(columns=COLUMNS)


def _told(made: SendMade) -> pd.DataFrame:
    """Return plans, children beyond places and cost by academic year."""
    settings, places, costs = (made.frames[f"send_{name}"] for name in ("settings", "places", "costs"))
    plans = settings[settings["setting"] == TOTAL].set_index("academic_year")["pupils"]
    beyond = places[places["phase"] == TOTAL].groupby("academic_year")["expected_short"].sum(min_count=1)
    cost = costs[costs["item"] == "total_of_known"].set_index("academic_year")["amount"]
    return pd.DataFrame({"plans": plans, "short": beyond, "cost": cost})
