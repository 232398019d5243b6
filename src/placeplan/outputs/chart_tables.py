"""What each chart shows, as a table: its text alternative, and what its keys read out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from placeplan.outputs.outlook import TOTAL, Outlook, Past, PhaseOutlook
from placeplan.outputs.schools import Birth
from placeplan.outputs.words import chance, number
from placeplan.years import AcademicYear

NONE = "–"
_DEMAND_HEAD = (
    "Year",
    "Pupils",
    "80% range",
    "90% range",
    "Places",
    "Surplus or shortage",
    "Chance of shortfall",
)


def range_words(low: float, high: float) -> str:
    """Return a range of pupils in words."""
    return f"{number(low)} to {number(high)}"


def demand_table(outlook: PhaseOutlook) -> tuple[list[str], list[list[str]]]:
    """Return header and one row a year: rolls, then demand beside places; columns with nothing are left out."""
    total = outlook.total
    chances = bool((total.chance == total.chance).any())
    kept = 7 if total.places_known and chances else 6 if total.places_known else 4
    return list(_DEMAND_HEAD[:kept]), [list(row[:kept]) for row in _demand_rows(outlook)]


def _demand_rows(outlook: PhaseOutlook) -> Iterator[tuple[str, ...]]:
    total, past = outlook.total, outlook.past.get(TOTAL)
    for year, pupils in _before(past, total):
        yield str(year), number(pupils), "roll", "roll", NONE, NONE, NONE
    for at, year in enumerate(total.years):
        bands = (
            [range_words(total.low[at], total.high[at]), range_words(total.lowest[at], total.highest[at])]
            if at
            else ["roll", "roll"]
        )
        likely = chance(total.chance[at]) if at or total.chance[at] == total.chance[at] else NONE
        yield (
            str(year), number(total.demand[at]), *bands, number(total.places[at]),
            number(total.surplus[at]), likely,
        )  # fmt: skip


def births_rows(
    births: Sequence[Birth], reception: Outlook, past: Past, years: Sequence[AcademicYear]
) -> Iterator[tuple[str, ...]]:
    """Give one row a Reception year: pupils, and births five years earlier with how they are known."""
    pupils = {
        **dict(zip(past.years, past.pupils, strict=True)),
        **dict(zip(reception.years, reception.demand, strict=True)),
    }
    born = {birth.reception: birth for birth in births}
    for year in years:
        birth = born.get(year)
        count = "–" if birth is None else number(birth.births) + (" projected" if birth.projected else "")
        yield str(year), number(pupils[year]) if year in pupils else NONE, count


def _before(past: Past | None, total: Outlook) -> Iterator[tuple[AcademicYear, float]]:
    if past is not None:
        for year, pupils in zip(past.years, past.pupils.tolist(), strict=True):
            if year < total.years[0]:
                yield year, pupils
