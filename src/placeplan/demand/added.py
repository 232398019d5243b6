"""What is added to the baseline: pupils of new homes, and the judgement of officers.

    central = baseline + housing + adjustment           each (areas, year groups, years ahead), by stage

An adjustment takes off at most what is there, so that no cell falls below 0; the identity holds exactly. A draw of a
cell is the draw of its baseline plus the draw of its housing plus the adjustment, not below 0: what is judged has
no spread of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from placeplan.arrays import Array
from placeplan.demand.simulate import Draws
from placeplan.years import Phase


@dataclass(frozen=True)
class Added:
    """What is added to the baseline of each stage; a stage that is not named has nothing added.

    ``housing``, ``adjustment``: (areas, year groups, years ahead). ``drawn_housing``: for a stage and some of its areas, the
    draws (areas, year groups, years, draws) of ``housing``; without it every draw has the central figure.
    """

    housing: Mapping[Phase, Array] = field(default_factory=dict)
    adjustment: Mapping[Phase, Array] = field(default_factory=dict)
    drawn_housing: Callable[[Phase, Array], Array] | None = None

    def on(self, baseline: Mapping[Phase, Array]) -> dict[Phase, Array]:
        """Return the central paths: the baseline with everything that is added."""
        return {
            phase: path + self.of("housing", phase, path) + self.of("adjustment", phase, path)
            for phase, path in baseline.items()
        }

    def of(self, part: str, phase: Phase, like: Array) -> Array:
        """Return one part of a stage, zeros in the shape of ``like`` if there is none."""
        known: Mapping[Phase, Array] = getattr(self, part)
        return known.get(phase, np.zeros(like.shape))

    def applied(self, draws: Draws) -> Draws:
        """Return the draws of some areas with what is added to them."""
        phase, areas = draws.stage.phase, draws.areas
        if phase not in self.housing and phase not in self.adjustment:
            return draws
        pupils, more = draws.pupils, draws.pupils.dtype
        if phase in self.housing:
            housing = self.housing[phase][areas][..., None]
            drawn = housing if self.drawn_housing is None else self.drawn_housing(phase, areas)
            pupils = pupils + drawn.astype(more)
        if phase in self.adjustment:
            pupils = pupils + self.adjustment[phase][areas][..., None].astype(more)
        return replace(draws, pupils=np.maximum(pupils, 0))
