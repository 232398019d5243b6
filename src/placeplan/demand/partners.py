"""Trusts and dioceses: the draws of their schools added up, so that the range of a total is that of the total itself.

Ranges of single schools do not add up: what one school draws more of, another near it often draws less of.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from placeplan.arrays import Array
from placeplan.years import Phase

KINDS = ("trust", "diocese")
"""Columns of the schools table that name who runs or speaks for a school."""


@dataclass
class Partners:
    """Draws of whole phases by partner.

    ``names``: kind and name of each; ``member``: (kinds, sites of the register) number of the partner of each, -1 for none.
    """

    names: tuple[tuple[str, str], ...]
    member: Array
    _sums: dict[Phase, Array] = field(default_factory=dict)

    def of_sites(self, sites: Array, pupils: Array) -> dict[int, Array]:
        """Return the totals of some sites by partner, (years, draws); changes nothing.

        ``pupils``: (sites, year groups of one phase, years, draws).
        """
        totals = pupils.sum(axis=1, dtype=np.float64)
        found = {}
        for member in self.member[:, sites]:
            for number in np.unique(member[member >= 0]):
                found[int(number)] = totals[member == number].sum(axis=0)
        return found

    def add(self, phase: Phase, totals: dict[int, Array]) -> None:
        """Take in the totals of some sites; they must come in the same order in every run."""
        for number, cells in totals.items():
            if phase not in self._sums:
                self._sums[phase] = np.zeros((len(self.names), *cells.shape))
            self._sums[phase][number] += cells

    def draws(self, phase: Phase) -> Array | None:
        """Return the totals of a phase, (partners, years, draws); None where no school of it was drawn."""
        return self._sums.get(phase)
