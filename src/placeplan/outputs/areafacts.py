"""What the pages of areas take from the frames of a run, sorted by area once for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from placeplan.outputs.boardviews import frame, powers
from placeplan.outputs.schools import Key
from placeplan.outputs.views import RunView
from placeplan.outputs.words import plain
from placeplan.tables import rows_of
from placeplan.years import Phase

OPTIONS_SHOWN = 3


@dataclass(frozen=True)
class Site:
    """A housing site in one area and phase: homes over the forecast, and the pupils of its last year."""

    name: str
    status: str
    certainty: float
    homes: float
    above_usual: float
    pupils: float


@dataclass(frozen=True)
class AreaFacts:
    """By phase and area code: forecast totals, sites, the share decided alone, ranked options.

    Proposals go by area code, routes by the change that they are of.
    """

    totals: Mapping[Key, pd.DataFrame]
    sites: Mapping[Key, Sequence[Site]]
    routes: Mapping[str, Any]
    proposals: Mapping[str, Sequence[Any]]
    alone: Mapping[Key, float]
    options: Mapping[Key, Sequence[Any]]


def area_facts(view: RunView) -> AreaFacts:
    """Return the facts of all areas."""
    routes = frame(view, "decisions")
    return AreaFacts(
        totals=_totals(view),
        sites=_sites(view),
        routes={} if routes.empty else {row.change_id: row for row in rows_of(routes)},
        proposals=_proposals(view),
        alone={(one.phase, one.code): one.now.places_alone_share for one in powers(view, "area")},
        options=_options(view),
    )


def _totals(view: RunView) -> dict[Key, pd.DataFrame]:
    rows = frame(view, "forecast")
    rows = rows[
        (rows["year_group"] == "total") & (rows["geography"] == "area") & (rows["scenario"] == view.scenario)
    ]
    wanted = rows[["phase", "code", "academic_year", "pupils", "housing"]]
    return {
        (Phase(str(phase)), str(code)): part
        for (phase, code), part in wanted.groupby(["phase", "code"], sort=False)
    }


def _sites(view: RunView) -> dict[Key, list[Site]]:
    rows = frame(view, "housing_pupils")
    found: dict[Key, list[Site]] = defaultdict(list)
    if rows.empty:
        return found
    rows = rows[rows["scenario"] == view.scenario].sort_values("academic_year", kind="stable")
    summed = rows.groupby(["phase", "area_code", "site_id", "status"], sort=False, as_index=False).agg(
        site_name=("site_name", "first"), certainty=("certainty", "first"), dwellings=("dwellings", "sum"),
        above=("dwellings_above_usual", "sum"), pupils=("pupils", "last"),
    )  # fmt: skip
    for row in rows_of(summed.sort_values("dwellings", ascending=False, kind="stable")):
        name = plain(str(row.site_name or row.site_id))
        site = Site(
            name,
            str(row.status),
            float(row.certainty),
            float(row.dwellings),
            float(row.above),
            float(row.pupils),
        )
        found[Phase(row.phase), str(row.area_code)].append(site)
    return found


def _proposals(view: RunView) -> dict[str, list[Any]]:
    rows = frame(view, "boards")
    found: dict[str, list[Any]] = defaultdict(list)
    if not rows.empty:
        for row in rows_of(rows):
            found[str(row.area_code)].append(row)
    return found


def _options(view: RunView) -> dict[Key, list[Any]]:
    """The options that are ranked first for each area and phase, in their order."""
    found: dict[Key, list[Any]] = defaultdict(list)
    if view.options is not None:
        first = view.options[view.options["rank"].astype(float) <= OPTIONS_SHOWN]
        for row in rows_of(first.sort_values("rank", kind="stable")):
            found[Phase(row.phase), str(row.area_code)].append(row)
    return found
