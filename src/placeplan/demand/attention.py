"""How much each year's ratios count: years left out, years known or found as shocks, and the length of history asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from placeplan.arrays import Array
from placeplan.demand.flows import Flow
from placeplan.demand.shocks import Shock, shocks_of
from placeplan.project import Ratios


@dataclass(frozen=True)
class Attention:
    """What counts.

    ``years``: (years) whether a year is within the history asked for. ``common``: (year groups, years), how much each counts
    for the authority's own ratios, 0 to 1. ``local``: (areas, year groups, years), whether it counts for an area's departure
    from them, which a year that moved the whole authority leaves alone. ``shocks``: the years that count for less.
    """

    years: Array
    common: Array
    local: Array
    shocks: tuple[Shock, ...]

    @property
    def own(self) -> Array:
        """How much each year counts for an area's ratios on their own, (areas, year groups, years)."""
        both: Array = self.local * self.common
        return both

    def up_to(self, count: int) -> Attention:
        """The same for the first ``count`` years."""
        return Attention(self.years[:count], self.common[:, :count], self.local[:, :, :count], self.shocks)


def pay_attention(
    flow: Flow, classes: list[str], groups: list[int], codes: list[str], years: Array, ratios: Ratios
) -> Attention:
    """Return how much each year counts for the ratios of a stage; ``codes`` are those of its areas."""
    counted = years > years[-1] - ratios.years
    going_on = [place for place, name in enumerate(classes) if name == "progression"]
    shocks = shocks_of(flow.roll[:, going_on], flow.could[:, going_on], years, ratios.leave_out)
    common = np.repeat(counted[None].astype(float), len(groups), axis=0)
    for shock in shocks:
        common[:, years == shock.year] *= shock.weight
    local = np.ones(flow.roll.shape) * counted
    for named in ratios.leave_out or ():
        in_area = np.array([named.areas is None or code in named.areas for code in codes], dtype=bool)
        in_group = np.array([named.year_groups is None or group in named.year_groups for group in groups])
        local[np.ix_(in_area, in_group, years == named.year)] = 0.0
        if named.areas is None:
            common[np.ix_(in_group, years == named.year)] = 0.0
    nothing = ~(common > 0).any(axis=1)
    common[nothing] = counted
    return Attention(counted, common, local, shocks)
