"""What a school of the sample is: what it teaches, how many it admits, when it opened or closed.

A ``Provision`` is a school, or one site of a school that has several; a school that changed its URN is one
provision with two URNs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from exampleshire_maker.calendar import BASE

ALWAYS = 1900
NEVER = 9999


@dataclass(frozen=True)
class Provision:
    """One school or site as the simulation sees it."""

    urn: str
    name: str
    type: str
    low: int
    high: int
    pans: dict[int, int]
    """Admission number of each entry year group, before any change."""
    primary_area: int | None = None
    secondary_area: int | None = None
    trust: str = ""
    denomination: str = ""
    site_id: str = ""
    opened: int = ALWAYS
    closed: int = NEVER
    """Last academic year with pupils."""
    old_urn: str = ""
    old_type: str = ""
    renamed_in: int = NEVER
    """First academic year under ``urn``; before it ``old_urn`` held."""
    fills_from_bottom: bool = False
    gender: str = "mixed"
    selective: bool = False
    unit_places: int = 0
    unit_need: str = ""
    pan_changes: dict[tuple[int, int], int] = field(default_factory=dict)
    """Admission number from an academic year on, by (entry year group, year); a bulge is changed back."""
    stays_on: float = 0.0
    """Share of its Year 11 that goes on to its own sixth form."""

    def urn_in(self, year: int) -> str:
        """The URN under which the school stood in an academic year."""
        return self.old_urn if self.old_urn and year < self.renamed_in else self.urn

    def is_open(self, year: int) -> bool:
        """Tell whether the school has pupils in an academic year."""
        return self.opened <= year <= self.closed

    def teaches(self, year_group: int, year: int) -> bool:
        """Tell whether a year group has pupils; a school that fills from the bottom adds one each year."""
        if not (self.is_open(year) and self.low <= year_group <= self.high):
            return False
        return not self.fills_from_bottom or year_group - self.low <= year - self.opened

    def admits(self, year_group: int, year: int) -> int:
        """Admission number of an entry year group in a year; 0 where there is no entry."""
        if year_group not in self.pans or not self.teaches(year_group, year):
            return 0
        pan = self.pans[year_group]
        for (group, start), changed in sorted(self.pan_changes.items()):
            if group == year_group and start <= year:
                pan = changed
        return pan

    def room(self, year_group: int, year: int) -> int:
        """Places of a year group: the admission numbers under which its cohort entered, summed up."""
        return sum(
            self.admits(entry, year - year_group + entry) for entry in self.pans if entry <= year_group
        )

    @property
    def usual_places(self) -> int:
        """Places up to Year 11 once every cohort has entered under the admission numbers of the base year."""
        entered = {group: self.admits(group, BASE) or pan for group, pan in self.pans.items()}
        return sum(pan * (min(self.high, 11) - entry + 1) for entry, pan in entered.items() if entry <= 11)

    @property
    def sixth_form(self) -> bool:
        """Tell whether it teaches Years 12 and 13."""
        return self.high >= 13


SPECIAL_TYPES = ("special", "special_academy", "pru", "ap_academy")
