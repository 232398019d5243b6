"""What new homes add to the areas of each stage: in the central path, and in the draws of the areas that are asked for."""

from __future__ import annotations

import numpy as np

from placeplan.arrays import Array
from placeplan.demand.added import Added
from placeplan.demand.housing import Estates, central_pupils, drawn_pupils, pupils_if
from placeplan.demand.survival import Stage
from placeplan.project import Project
from placeplan.years import YEAR_SEVEN, Phase


def new_homes(
    estates: Estates | None, stages: dict[Phase, Stage], project: Project
) -> tuple[Added, Array | None]:
    """Return what new homes add, by stage (areas, year groups, years ahead), and the pupils of each site."""
    if estates is None:
        return Added(), None
    by_site, cases = central_pupils(estates), pupils_if(estates)
    central, at_groups, areas_of = {}, {}, {}
    for phase, stage in stages.items():
        row = estates.primary if phase is Phase.PRIMARY else estates.secondary
        place = np.full(max(int(stage.rows.max(initial=0)), int(row.max(initial=0))) + 2, -1)
        place[stage.rows] = np.arange(len(stage.rows))
        area = place[row]
        groups = [group for group in stage.groups if (group < YEAR_SEVEN) == (phase is Phase.PRIMARY)]
        at = np.array([stage.groups.index(group) for group in groups], dtype=np.int64)
        here = area >= 0
        central[phase] = np.zeros((len(stage.rows), len(stage.groups), estates.horizon))
        np.add.at(central[phase], np.ix_(area[here], at), by_site[here][:, groups])
        at_groups[phase], areas_of[phase] = (groups, at), area

    def draws(phase: Phase, areas: Array) -> Array:
        """The draws of some areas; only their sites are drawn."""
        groups, at = at_groups[phase]
        number = np.append(np.full(len(stages[phase].rows), -1), -1)
        number[areas] = np.arange(len(areas))
        drawn = drawn_pupils(estates, cases, project.seed, project.simulations, number[areas_of[phase]])
        found = np.zeros((len(areas), central[phase].shape[1], *drawn.shape[2:]), dtype=np.float32)
        found[: len(drawn), at] = drawn[:, groups]
        return found

    return Added(central, {}, draws), by_site
