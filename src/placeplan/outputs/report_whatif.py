"""The report on schools that act alone: what they gain or give up, what their neighbours lose, what the area has."""

from __future__ import annotations

from collections.abc import Iterator

from placeplan.outputs.marks import table
from placeplan.outputs.views import RunView
from placeplan.outputs.whatif import Answer, SchoolAnswer, answers, summed
from placeplan.outputs.words import chance, markdown, number, pounds, signed

_STILL = 0.05
"""A school whose roll changes by less in every year is only counted."""


def acting_alone(view: RunView) -> Iterator[str]:
    """Give each answer of an area to a school that changes its admission number alone; nothing if none does."""
    found = answers(view.result)
    if not found:
        return
    yield "## One school acts alone"
    yield (
        "What happens if a school changes its admission number and nobody else does. Families take up extra places as far "
        "as its unmet first preferences of recent years go (without preferences, a stated share if it was full); a cut "
        "sends those above the new number to the other schools of the area. Others lose or gain in proportion to their "
        "recent shares, so the area's pupils stay as many as they were. It holds for entrants only; cohorts move up with "
        "the years. Families from other areas, and what neighbours would do in answer, are not in it."
    )
    for answer in found:
        yield f"### {markdown(answer.title)}"
        yield from _answer(answer)


def _answer(answer: Answer) -> Iterator[str]:
    yield f"Scenario **{markdown(answer.scenario)}**, beside the same without the change."
    for school in answer.acting:
        yield _own(answer, school)
    moved = [school for school in answer.neighbours if max(map(abs, school.change)) >= _STILL]
    if moved:
        yield "**Pupils that the other schools lose (−) or gain (+)**"
        yield _by_year(answer, moved, "change")
        yield from _money(answer, moved)
    else:
        yield "No other school of the area loses or gains pupils in this phase."
    yield "**The area**"
    yield _area(answer)


def _own(answer: Answer, school: SchoolAnswer) -> str:
    header = [
        markdown(school.name), "Admission numbers", "with change", "Places", "with change", "Roll", "with change", "Change"
    ]  # fmt: skip
    rows = [
        [year, number(school.pan_before[at]), number(school.pan_after[at]), number(school.places_before[at]),
         number(school.places_after[at]), number(school.before[at]), number(school.after[at]), signed(school.change[at])]
        for at, year in enumerate(answer.years)
    ]  # fmt: skip
    return table(header, rows)


def _by_year(answer: Answer, schools: list[SchoolAnswer], what: str) -> str:
    write = signed if what == "change" else pounds
    rows = [[markdown(school.name), *map(write, getattr(school, what))] for school in schools]
    if len(schools) > 1:
        rows.append(["Together", *map(write, summed(tuple(schools), what))])
    return table(["School", *answer.years], rows)


def _money(answer: Answer, moved: list[SchoolAnswer]) -> Iterator[str]:
    if not answer.has_rate:
        yield (
            "Revenue is left out: no sure figure for the revenue of one pupil of this phase is known. Give your own as "
            "`pupil_revenue` in a table `rates`."
        )
        return
    yield "**Change of their revenue**, a year after the pupils, at the revenue of one pupil a year:"
    yield _by_year(answer, moved, "revenue")


def _area(answer: Answer) -> str:
    at = answer.area_years
    header = [
        "Year", "Pupils", "Places", "with change", "Surplus", "with change", "Chance of shortfall", "with change"
    ]  # fmt: skip
    rows = [
        [year, number(at["demand"][place]),
         *(number(at[name][place]) for name in ("places_before", "places_after", "surplus_before", "surplus_after")),
         chance(at["chance_before"][place]), chance(at["chance_after"][place])]
        for place, year in enumerate(answer.years)
    ]  # fmt: skip
    return table(header, rows)
