"""The words of the field as types: academic year, year group, phase, birth year.

All arithmetic on years and year groups lives here. Inside tables and arrays an academic year is the
calendar year in which it starts (2026 for 2026/27) and a year group is its number (Reception is 0);
these types carry the same integers with their names, so ``AcademicYear(2026) + 1`` prints ``2027/28``.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

FIRST_YEAR, LAST_YEAR = 1950, 2099
YEAR_GROUP_COUNT = 15
RECEPTION, YEAR_SEVEN, YEAR_ELEVEN, YEAR_TWELVE = 0, 7, 11, 12
BIRTH_YEAR_TO_RECEPTION = 5
"""A child born in 2021/22 (1 September to 31 August) is in Reception in 2026/27."""
FORM_OF_ENTRY = 30
"""Pupils in one form of entry, for each year group."""


class Read(NamedTuple):
    """A value read from text, and whether it had to be mended to be understood."""

    value: int
    mended: bool


class AcademicYear(int):
    """1 September of the start year to 31 August of the next; ``AcademicYear(2026)`` is 2026/27."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{int(self)}/{(int(self) + 1) % 100:02d}"

    def __repr__(self) -> str:
        return f"AcademicYear({self})"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __add__(self, years: int) -> AcademicYear:
        return AcademicYear(int(self) + int(years))

    def back(self, years: int) -> AcademicYear:
        """Return the academic year that many years earlier."""
        return AcademicYear(int(self) - years)

    @classmethod
    def parse(cls, text: str) -> AcademicYear:
        """Return the year that ``2026/27`` or a mendable spelling of it names, else raise ValueError."""
        return cls(read_academic_year(text).value)


class Phase(StrEnum):
    """Phase of education, by national curriculum year group."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    SIXTH_FORM = "sixth_form"

    @property
    def year_groups(self) -> range:
        """The year groups of the phase, as numbers."""
        return _PHASE_GROUPS[self]

    @property
    def area_phase(self) -> Phase:
        """The phase whose planning areas hold it: a sixth form stands in its school's secondary area."""
        return Phase.SECONDARY if self is Phase.SIXTH_FORM else self


_PHASE_GROUPS = {Phase.PRIMARY: range(0, 7), Phase.SECONDARY: range(7, 12), Phase.SIXTH_FORM: range(12, 15)}

NOT_COUNTED_GROUPS = frozenset({"E1", "E2", "N1", "N2", "X"})
"""Nursery and ungraded groups of the school census: outside every forecast."""

_ACADEMIC = re.compile(r"^(\d{4})/(\d{2})$")
_MENDABLE = re.compile(r"^(\d{4})\s*[/\-–_ ]\s*(\d{2}|\d{4})$|^(\d{4})(\d{2})$|^(\d{2})\s*[/\-–]\s*(\d{2})$")
_GROUP = re.compile(r"^(?:R|[1-9]|1[0-4])$")
_GROUP_MENDABLE = re.compile(r"^(?:year|yr|y|nc year)?\s*0*(\d{1,2})$")


def read_academic_year(text: str) -> Read:
    """Return the start year that the text names, and whether its spelling had to be mended.

    ``2026/27`` is the form; ``2026-27``, ``2026/2027``, ``26/27`` and ``202627`` are mended.
    Raises ValueError for anything else, for years that do not follow each other, and outside 1950–2099.
    """
    exact = _ACADEMIC.match(text)
    if exact:
        start, end, mended = int(exact[1]), exact[2], False
    else:
        loose = _MENDABLE.match(text.strip())
        if not loose:
            raise ValueError("not an academic year such as 2026/27")
        first = loose[1] or loose[3] or f"20{loose[5]}"
        start, end, mended = int(first), (loose[2] or loose[4] or loose[6])[-2:], True
    if (start + 1) % 100 != int(end):
        raise ValueError("its two years do not follow each other")
    if not FIRST_YEAR <= start <= LAST_YEAR:
        raise ValueError(f"outside {FIRST_YEAR} to {LAST_YEAR}")
    return Read(start, mended)


def read_year_group(text: str) -> Read:
    """Return the number of the year group (R is 0, then 1 to 14), and whether the text was mended.

    ``Reception``, ``Year 01``, ``Y1`` and ``01`` are mended. Raises ValueError for anything else.
    """
    if _GROUP.match(text):
        return Read(RECEPTION if text == "R" else int(text), False)
    folded = text.strip().casefold()
    if folded in {"r", "reception", "year r", "yr", "0", "00", "rec"}:
        return Read(RECEPTION, True)
    loose = _GROUP_MENDABLE.match(folded)
    if not loose or int(loose[1]) >= YEAR_GROUP_COUNT:
        raise ValueError("not a year group: R or 1 to 14")
    return Read(int(loose[1]), True)


def year_group_label(year_group: int) -> str:
    """Return ``R`` or the number as text."""
    return "R" if year_group == RECEPTION else str(int(year_group))


def phase_of(year_group: int) -> Phase:
    """Return the phase of a year group; raises ValueError outside R to 14."""
    for phase, groups in _PHASE_GROUPS.items():
        if year_group in groups:
            return phase
    raise ValueError(f"no phase has year group {year_group}")


def reception_year(birth_year: int) -> AcademicYear:
    """Return the academic year in which children of a birth year enter Reception."""
    return AcademicYear(birth_year + BIRTH_YEAR_TO_RECEPTION)


def birth_year_of_reception(academic_year: int) -> AcademicYear:
    """Return the birth year of the children who enter Reception in an academic year."""
    return AcademicYear(academic_year - BIRTH_YEAR_TO_RECEPTION)


def birth_year_of_midyear(midyear: int) -> AcademicYear:
    """Twelve months to 30 June 2022 are read as birth year 2021/22, two months early."""
    return AcademicYear(midyear - 1)


def calendar_year_shares(calendar_year: int) -> tuple[tuple[AcademicYear, float], tuple[AcademicYear, float]]:
    """January to August (8/12) belong to the academic year begun the year before, the rest to its own."""
    return (AcademicYear(calendar_year - 1), 8 / 12), (AcademicYear(calendar_year), 4 / 12)


def financial_year_shares(start: int) -> tuple[tuple[AcademicYear, float], tuple[AcademicYear, float]]:
    """April to August (5/12) belong to the academic year begun the year before, the rest to its own."""
    return (AcademicYear(start - 1), 5 / 12), (AcademicYear(start), 7 / 12)


MONTHS = ("September", "October", "November", "December", "January", "February", "March", "April", "May", "June",
          "July", "August")  # fmt: skip
"""The months of an academic year in their order."""
_SHORTEST_MONTH = 3


def school_month(text: str) -> int | None:
    """Return the place of a month in the academic year, 0 for September; its first letters will do (``Sept``)."""
    word = text.strip().rstrip(".").casefold()
    found = [at for at, name in enumerate(MONTHS) if name.casefold().startswith(word)]
    return found[0] if len(word) >= _SHORTEST_MONTH and len(found) == 1 else None
