"""Each option set beside the same draws: places, chance of shortfall and spare places before and after, pupils moved, rank.

Options for one trouble of one area are ranked by the criteria in ``CRITERIA``, in that order; a later one counts only
where all earlier ones are equal. The figures of every criterion stand beside the rank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from placeplan.arrays import Array
from placeplan.options.kinds import CLOSING, Candidate
from placeplan.options.outlook import SHORT, SURPLUS, Outlook, Trouble, outlook
from placeplan.options.pupils import moved_pupils
from placeplan.options.schools import School
from placeplan.options.setting import PAN, PROJECT, PlacesBy, Setting
from placeplan.options.ways import in_time
from placeplan.supply.balance import AreaPlaces
from placeplan.supply.changes import Change
from placeplan.years import FORM_OF_ENTRY

CRITERIA = (
    (
        "years_short",
        "fewest years in which places are short or tight, or the chance of shortfall reaches the threshold",
    ),
    ("places_short", "fewest places expected to be missing a year, to the nearest half form"),
    ("years_surplus", "fewest years in surplus or high surplus"),
    ("places_spare", "fewest places a year beyond the threshold of surplus, to the nearest half form"),
    ("late", "can take effect by the September in which it is needed; a date that is not known comes last"),
    ("cost", "least cost; a cost that is not known comes last"),
    ("not_alone", "the authority can decide it alone"),
)


@dataclass(frozen=True)
class Weighed:
    """One option after it was weighed: ``after``: the outlook with it; ``assessed``: places of the judged year by the
    project's measure, before and after; ``moved``: change of roll by school, (schools, years); ``rank`` among the options
    for the same trouble, 1 for the first; ``criteria``: the figures that ranked it."""

    option_id: str
    trouble: Trouble
    candidate: Candidate
    after: Outlook
    assessed: tuple[float, float]
    movers: tuple[School | None, ...]
    moved: Array
    criteria: tuple[float, ...]
    rank: int = 0

    def criterion(self, name: str) -> float:
        """The figure of one criterion."""
        return self.criteria[[known for known, _ in CRITERIA].index(name)]

    @property
    def chances(self) -> tuple[float, float]:
        """Chance of shortfall in the judged year, before and after."""
        at, trouble = self.trouble.judged, self.trouble
        return (
            float(_chance(trouble.before, trouble)[at]),
            float(_chance(self.after, trouble)[at]),
        )

    @property
    def spares(self) -> tuple[float, float]:
        """Spare places of the phase in the judged year, summed over year groups, before and after."""
        return float(self.trouble.before.spare[self.trouble.judged]), float(
            self.after.spare[self.trouble.judged]
        )


@dataclass(frozen=True)
class Named:
    """A candidate with its trouble and its option_id; every row of its changes carries a change_id."""

    option_id: str
    trouble: Trouble
    candidate: Candidate


def weigh_all(setting: Setting, named: Sequence[Named]) -> list[Weighed]:
    """Set every option beside the draws, not yet ranked; changes that close nothing are read all at once."""
    plain = [one for one in named if _is_plain(setting, one.candidate)]
    rows = [row for one in plain for row in one.candidate.rows]
    changes = {by: setting.changes_of(rows, by) if rows else {} for by in (PAN, PROJECT)}
    return [_weigh(setting, one, changes) for one in named]


def _is_plain(setting: Setting, candidate: Candidate) -> bool:
    closes = any(row["kind"] in CLOSING for row in candidate.rows)
    return (
        len(candidate.rows) == 1
        and not closes
        and not setting.closing & {school.urn for school in candidate.schools}
    )


def _with_option(
    setting: Setting, candidate: Candidate, by: str, changes: Mapping[str, Mapping[str, Change]]
) -> PlacesBy:
    if not candidate.rows:
        return setting.places[by]
    if not _is_plain(setting, candidate):
        return setting.with_rows(candidate.rows, by)
    change = changes[by].get(candidate.rows[0]["change_id"])
    return setting.places[by] if change is None else setting.with_change(change, by)


def _weigh(setting: Setting, one: Named, changes: Mapping[str, Mapping[str, Change]]) -> Weighed:
    trouble, candidate, area = one.trouble, one.candidate, one.trouble.area
    changed = _with_option(setting, candidate, trouble.by, changes)
    after = trouble.before
    if candidate.rows or candidate.lent:
        places, drawn = setting.central_places(area, changed), setting.drawn_places(area, changed)
        if candidate.lent is not None:
            places, drawn = _with_lent(setting, trouble, candidate, places, drawn)
        after = outlook(setting, area, places, drawn)
    assessed = setting.places[PROJECT]
    also = changed if trouble.by == PROJECT else _with_option(setting, candidate, PROJECT, changes)
    totals = [
        float(setting.central_places(area, found)[:, trouble.judged].sum()) for found in (assessed, also)
    ]
    movers, moved = _moved(setting, trouble, candidate, setting.places[trouble.by].areas, changed.areas)
    return Weighed(
        one.option_id, trouble, candidate, after, (totals[0], totals[1]), movers, moved,
        _criteria(setting, trouble, candidate, after),
    )  # fmt: skip


def ranked(options: Sequence[Weighed]) -> list[Weighed]:
    """Return the options for one trouble in order of rank."""
    ordered = sorted(options, key=lambda one: (one.criteria, one.option_id))
    return [replace(one, rank=place) for place, one in enumerate(ordered, start=1)]


def _chance(found: Outlook, trouble: Trouble) -> Array:
    return found.entry_chance if trouble.entry else found.chance


def _with_lent(
    setting: Setting, trouble: Trouble, candidate: Candidate, places: Array, drawn: Array
) -> tuple[Array, Array]:
    """Add what neighbours lend from the start year on, no more than is lacking, in the central path and in each draw."""
    area, lent = trouble.area, candidate.lent
    assert lent is not None
    open_years = setting.years >= candidate.start
    lacking = np.maximum(setting.demand(area) - places, 0.0)
    drawn_lacking = np.maximum(setting.drawn_demand(area) - drawn, 0.0)
    return (
        places + np.minimum(lacking, lent.central) * open_years,
        drawn + np.minimum(drawn_lacking, lent.drawn) * open_years[:, None],
    )


def _moved(
    setting: Setting, trouble: Trouble, candidate: Candidate, before: AreaPlaces, after: AreaPlaces
) -> tuple[tuple[School | None, ...], Array]:
    """Change of roll of the area's schools (and of a new one, None), summed over the year groups of the phase."""
    area = trouble.area
    groups = list(area.groups)
    schools: tuple[School | None, ...] = area.schools
    if not candidate.rows:
        return schools, np.zeros((len(schools), len(setting.years)))
    sites = [school.site for school in area.schools]
    roll = setting.forecast.site_roll[np.ix_(sites, groups)][:, :, 1:]
    old, new = (counted.by_site[np.ix_(sites, groups)][:, :, 1:] for counted in (before, after))
    if candidate.kind.change_kind == "new_school" or not candidate.schools:
        gained = (after.places - before.places)[area.row][groups, 1:]
        opened = np.nan_to_num(np.maximum(gained, 0.0))[None]
        schools = (*schools, None)
        roll, old = (np.concatenate([cells, np.zeros_like(opened)]) for cells in (roll, old))
        new = np.concatenate([new, opened])
    if not len(schools):
        return schools, np.zeros((0, len(setting.years)))
    return schools, moved_pupils(roll, old, new).sum(axis=1)


def _criteria(setting: Setting, trouble: Trouble, candidate: Candidate, after: Outlook) -> tuple[float, ...]:
    prompt: Any = in_time(candidate.way, int(setting.years[trouble.needed])) if trouble.years.any() else True
    thresholds = setting.project.status
    return (
        float(after.short.sum()),
        _half_forms(after.beyond(SHORT, thresholds)),
        float(after.has_surplus.sum()),
        _half_forms(after.beyond(SURPLUS, thresholds)),
        {True: 0.0, False: 1.0, None: 2.0}[prompt],
        float("inf") if candidate.cost is None else float(candidate.cost),
        0.0 if candidate.way.alone else 1.0,
    )


def _half_forms(places: float) -> float:
    """Places to the nearest half form of entry."""
    half = FORM_OF_ENTRY / 2
    return float(np.round(np.nan_to_num(places) / half) * half)
