"""The invented county: planning areas on a grid, their wards, births and new homes.

Each area is one cell of the grid; two by two cells make a secondary area, two columns a district.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from exampleshire_maker.calendar import BASE, DISTURBED, FIRST_BIRTH

COLUMNS, ROWS = 6, 4
DISTRICTS = ("Sampleton City", "Easterly Vale", "Westerly Hills")
SECONDARY_NAMES = (
    "Sampleton North", "Sampleton South", "Vale Town", "Newfield", "Westhill", "Coastend",
)  # fmt: skip


@dataclass(frozen=True)
class Area:
    """A primary planning area: its place on the grid, how full it was at the peak, how births go on."""

    code: str
    name: str
    column: int
    row: int
    peak_fill: float
    """Reception demand over admission numbers in 2016/17, when a large birth year entered."""
    growth: float
    """Yearly change of births since 2012/13, beyond the county's own."""
    homes: int
    """Homes completed in a usual year of the last decade."""
    leakage: float
    """Share of Year 6 that goes to secondary schools outside the county."""

    @property
    def secondary_index(self) -> int:
        """Which of the six secondary areas the cell lies in."""
        return self.column // 2 * 2 + self.row // 2

    @property
    def secondary_code(self) -> str:
        """Code of the secondary area that it feeds."""
        return f"999{5001 + self.secondary_index}"

    @property
    def district(self) -> str:
        """District of the area."""
        return DISTRICTS[self.column // 2]


# name, column, row, peak fill, growth of births, homes a year, Year 6 leaving the county
_SPECIFICATION = (
    ("Sampleton Inner", 0, 0, 1.00, -0.045, 15, 0.03),
    ("Sampleton Docks", 1, 0, 0.97, -0.030, 25, 0.03),
    ("Sampleton North", 0, 1, 1.02, -0.008, 20, 0.04),
    ("Sampleton Park", 1, 1, 1.04, -0.004, 10, 0.03),
    ("Sampleton East", 1, 2, 1.01, -0.006, 15, 0.02),
    ("Sampleton South", 0, 2, 1.00, 0.004, 30, 0.05),
    ("Sampleton Mills", 1, 3, 1.00, 0.028, 45, 0.02),
    ("Sampleton West", 0, 3, 1.03, -0.006, 20, 0.07),
    ("Newfield", 3, 2, 0.86, 0.075, 190, 0.02),
    ("Newfield Fringe", 3, 3, 0.99, 0.022, 70, 0.04),
    ("Vale Town Centre", 2, 0, 1.00, -0.004, 25, 0.02),
    ("Vale Town North", 3, 0, 1.00, 0.018, 45, 0.03),
    ("Vale Town South", 2, 1, 1.03, 0.008, 40, 0.02),
    ("Marketsample", 3, 1, 0.98, 0.003, 35, 0.03),
    ("Brookside Villages", 2, 2, 0.95, -0.004, 12, 0.03),
    ("Eastmere", 2, 3, 0.99, 0.004, 30, 0.04),
    ("High Fells", 5, 0, 0.80, -0.020, 3, 0.09),
    ("Westhill Town", 4, 0, 0.99, -0.003, 25, 0.03),
    ("Westhill Rural", 4, 1, 0.92, -0.010, 6, 0.04),
    ("Dale Villages", 5, 1, 0.90, -0.012, 6, 0.08),
    ("Coastend", 4, 2, 1.01, -0.006, 25, 0.03),
    ("Coastend Harbour", 5, 2, 0.96, -0.022, 12, 0.05),
    ("Millbrook", 4, 3, 0.99, 0.001, 20, 0.03),
    ("Forest Edge", 5, 3, 0.90, -0.008, 8, 0.10),
)
AREAS = tuple(Area(f"999{number:04d}", *fields) for number, fields in enumerate(_SPECIFICATION, 1))
AREA_INDEX = {area.code: index for index, area in enumerate(AREAS)}
SECONDARY_CODES = tuple(f"999{5001 + index}" for index in range(len(SECONDARY_NAMES)))

OLD_AREAS = ("9990031", "9990032")
"""Joined into Marketsample in 2018/19, so that there is a change of areas to follow."""
JOINED_IN, JOINED_AREA = 2018, "9990014"

# 1,000 births in 2012/13: the path of births in England, by birth year from 2007/08
_RECENT_BIRTHS = (965, 968, 985, 995, 1000, 975, 952, 955, 950, 938, 915, 890, 868, 858, 862, 836, 815, 812)
_FIRST_RECENT = 2007


@dataclass(frozen=True)
class Ward:
    """A ward, its share of the births of the area that holds most of it, and the area that holds the rest."""

    code: str
    area: int
    share: float
    other_area: int | None
    weight: float
    """Share of the ward that lies in ``area``; the rest lies in ``other_area``."""


def distance(first: Area, second: Area) -> int:
    """Steps between two cells of the grid, a step across a corner counting as one."""
    return max(abs(first.column - second.column), abs(first.row - second.row))


def make_wards(random: np.random.Generator) -> tuple[Ward, ...]:
    """Two wards for most areas, three for the larger, every fourth shared with the next area."""
    wards: list[Ward] = []
    for index, area in enumerate(AREAS):
        count = 3 if area.peak_fill > 1 else 2
        shares = random.dirichlet(np.full(count, 12.0))
        neighbours = [other for other, cell in enumerate(AREAS) if distance(area, cell) == 1]
        for share in shares:
            split = len(wards) % 4 == 3
            other = int(random.choice(neighbours)) if split else None
            weight = float(random.choice([0.6, 0.7, 0.75, 0.8])) if split else 1.0
            wards.append(Ward(f"EXW{len(wards) + 1:03d}", index, float(share), other, weight))
    return tuple(wards)


def birth_index(birth_year: int) -> float:
    """Births of the county relative to 2011/12."""
    if birth_year < _FIRST_RECENT:
        return 0.965 - 0.016 * min(_FIRST_RECENT - birth_year, 9)
    position = min(birth_year - _FIRST_RECENT, len(_RECENT_BIRTHS) - 1)
    return _RECENT_BIRTHS[position] / 1000


def expected_births(area_level: NDArray[np.float64], birth_year: int) -> NDArray[np.float64]:
    """Births expected of each area's mothers; ``area_level`` is the level at the county's peak in 2011/12."""
    growth = np.array([area.growth for area in AREAS])
    since = max(0, birth_year - 2012)
    return np.asarray(area_level * birth_index(birth_year) * (1 + growth) ** since)


def draw_births(
    wards: tuple[Ward, ...], area_level: NDArray[np.float64], years: range, random: np.random.Generator
) -> NDArray[np.int64]:
    """Return births (ward, birth year from ``FIRST_BIRTH``)."""
    shares = np.array([ward.share for ward in wards])
    areas = np.array([ward.area for ward in wards])
    expected = np.stack([expected_births(area_level, year)[areas] * shares for year in years], axis=1)
    return random.poisson(expected).astype(np.int64)


def ward_weights(wards: tuple[Ward, ...]) -> NDArray[np.float64]:
    """Return the lookup (ward, area); each row sums to 1."""
    weights = np.zeros((len(wards), len(AREAS)))
    for row, ward in enumerate(wards):
        weights[row, ward.area] = ward.weight
        if ward.other_area is not None:
            weights[row, ward.other_area] = 1 - ward.weight
    return weights


def draw_completions(random: np.random.Generator) -> NDArray[np.int64]:
    """Return homes completed (area, academic year from ``FIRST_BIRTH`` to the base year).

    Newfield's building starts in 2015/16 and reaches its pace in 2019/20.
    """
    years = np.arange(FIRST_BIRTH, BASE + 1)
    pace = np.array([area.homes for area in AREAS])[:, None] * np.ones(len(years))
    newfield = [index for index, area in enumerate(AREAS) if area.name.startswith("Newfield")]
    pace[newfield] *= np.clip((years - 2013) / 6, 0.05, 1.25)
    pace[:, years == DISTURBED] *= 0.6
    return random.poisson(pace * random.gamma(25, 1 / 25, size=pace.shape)).astype(np.int64)
