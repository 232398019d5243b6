"""How often a school's draws fall below a line: one form of entry, a floor, a share of its present roll, full classes.

The tally hands over the draws of each batch of schools as it makes them, and only shares of draws are kept. Lines are plain
arrays: demand knows no admission number or floor by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from placeplan.arrays import Array
from placeplan.years import FORM_OF_ENTRY, RECEPTION, Phase

ONE_FORM, FLOOR, FALLING, INFANT_CLASSES = (
    "one_form_of_entry",
    "viability_floor",
    "falling_roll",
    "infant_class_size",
)
INFANT_CLASS = 30
"""Most pupils in an infant class (School Standards and Framework Act 1998, section 1; statutory limit of 30)."""
HALF_A_CLASS = 15


@dataclass(frozen=True)
class Lines:
    """What schools are held against, by the number of the school: ``entry`` by phase, the lowest year group taught, -1 none.

    ``floor``: fewest pupils by phase, NaN for no such test. ``falling``: by phase, (schools, years ahead) roll at or below
    which the school has fallen far, NaN where not tested. ``admits``: (schools, years ahead) most that Reception takes.
    ``classes``: (schools) infant classes that the Reception of the base year needs.
    """

    entry: Mapping[Phase, Array]
    floor: Mapping[Phase, float]
    falling: Mapping[Phase, Array]
    admits: Array
    classes: Array


@dataclass
class Watch:
    """Shares of draws by phase and test, (schools, years ahead)."""

    lines: Lines
    schools: int
    shares: dict[tuple[Phase, str], Array] = field(default_factory=dict)

    def shares_of(self, phase: Phase, groups: list[int], schools: Array, rolls: Array) -> dict[str, Array]:
        """Return the shares of draws of some schools by test, (schools, years ahead); changes nothing.

        ``rolls`` are (schools, year groups and total, years ahead, draws).
        """
        found = {}
        entry = self.lines.entry[phase][schools] - groups[0]
        total = rolls[:, -1]
        if phase is not Phase.SIXTH_FORM:
            teaches = (entry >= 0) & (entry < len(groups))
            intake = rolls[np.arange(len(schools)), np.where(teaches, entry, 0)]
            share = (intake < FORM_OF_ENTRY).mean(axis=-1)
            found[ONE_FORM] = np.where(teaches[:, None], share, np.nan)
        if np.isfinite(self.lines.floor[phase]):
            found[FLOOR] = (total < self.lines.floor[phase]).mean(axis=-1)
        line = self.lines.falling[phase][schools, : total.shape[1]]
        found[FALLING] = (total <= line[..., None]).mean(axis=-1)
        if phase is Phase.PRIMARY and groups[0] == RECEPTION:
            admits = self.lines.admits[schools, : total.shape[1], None]
            awkward = needs_another_class(
                np.minimum(rolls[:, 0], admits), self.lines.classes[schools, None, None]
            )
            found[INFANT_CLASSES] = awkward.mean(axis=-1)
        return found

    def keep(self, phase: Phase, schools: Array, shares: Mapping[str, Array]) -> None:
        """Keep what came of the draws of some schools."""
        for test, share in shares.items():
            kept = self.shares.setdefault((phase, test), np.full((self.schools, share.shape[1]), np.nan))
            kept[schools] = share


def infant_classes(intake: Array) -> Array:
    """Return the classes of at most 30 that an intake needs, in whole pupils."""
    classes: Array = np.ceil(np.floor(intake + 0.5) / INFANT_CLASS)
    return classes


def needs_another_class(intake: Array, classes: Array) -> Array:
    """Whether an intake leaves its last class at most half full (31 to 45, 61 to 75, …) or needs more classes than now."""
    needed = infant_classes(intake)
    last = np.floor(intake + 0.5) - INFANT_CLASS * (needed - 1)
    awkward: Array = (needed >= 2) & ((last <= HALF_A_CLASS) | (needed > classes))
    return awkward
