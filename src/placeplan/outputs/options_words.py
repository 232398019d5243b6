"""Sentences and short cells about options: for the report and the terminal."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from placeplan.options.lay_out import measure_of, price_of_acting_apart, rests_on_projected
from placeplan.options.make import OptionsMade
from placeplan.options.outlook import SHORT, Trouble
from placeplan.options.reduction import TOGETHER, Reduction, at_risk
from placeplan.options.weigh import Weighed
from placeplan.outputs.words import PHASE_WORDS, chance, counted, listed, number, percent, signed
from placeplan.years import AcademicYear, Phase, year_group_label

BLANK = "–"
MEASURE_WORDS = {"pan": "admission numbers", "capacity": "assessed capacity", "usable": "usable places"}
TROUBLE_WORDS = {SHORT: "places run short", "surplus": "places stand empty"}


def pounds(value: float | None) -> str:
    """Write ``£4.4m``, ``£298,000`` (to the nearest thousand) or ``£0``; a dash where not known."""
    if value is None or value != value:
        return BLANK
    if value >= 1_000_000:
        return f"£{value / 1_000_000:.1f}m"
    return f"£{number(round(value, -3))}"


def school_words(one: Weighed) -> str:
    """The schools an option is about, or its area."""
    if one.candidate.lent is not None:
        return one.candidate.facts[0].split(",")[0]
    names = [school.name for school in one.candidate.schools]
    return " + ".join(names) if names else BLANK


def places_words(one: Weighed) -> str:
    """Places for each year group, signed."""
    places = one.candidate.places
    if places != places:
        return "all" if one.candidate.rows else BLANK
    return f"{places:+.0f}".replace("-", "−") if places else "0"


def chances_words(one: Weighed) -> str:
    """Chance of shortfall before and after."""
    before, after = one.chances
    return (
        f"{chance(before)} → {chance(after)}" if one.candidate.rows or one.candidate.lent else chance(before)
    )


def spares_words(one: Weighed) -> str:
    """Spare places before and after."""
    before, after = one.spares
    return (
        f"{number(before)} → {number(after)}" if one.candidate.rows or one.candidate.lent else number(before)
    )


def trouble_words(made: OptionsMade, one: Weighed) -> str:
    """What the trouble is, from when, by which measure, and which year is judged."""
    trouble = one.trouble
    years = made.setting.years
    judged = f"{AcademicYear(int(years[trouble.judged]))}{'*' if rests_on_projected(made, one) else ''}"
    measure = MEASURE_WORDS[measure_of(made, one)]
    if not trouble.years.any():
        return f"No year is in trouble by {measure}; a change is proposed all the same. Judged by {judged}."
    count = counted(int(trouble.years.sum()), "year")
    where = f"Year group {year_group_label(trouble.area.groups[0])}" if trouble.entry else "The phase total"
    return (
        f"By {measure} {TROUBLE_WORDS[trouble.kind]} in {count} of {len(years)}, first in "
        f"{AcademicYear(int(years[trouble.needed]))}. {where} in {judged} is judged: chance of shortfall "
        f"{chance(one.chances[0])}, {number(one.spares[0])} places spare."
    )


def trouble_name(trouble: Trouble) -> str:
    """``Sampleton Mills (9990007), primary: short``."""
    area = trouble.area
    phase = PHASE_WORDS[area.phase].lower()
    return f"{area.name} ({area.code}), {phase}: {trouble.kind}"


def revenue_words(made: OptionsMade, one: Weighed) -> list[str]:
    """Who gains and who loses most in the last year but one, and what that is worth in the last; nothing where none does."""
    if one.moved.shape[1] < 2 or not len(one.movers):
        return []
    change = one.moved[:, -2]
    rate = made.ways.rate("pupil_revenue", one.trouble.area.phase)
    said = []
    for place in dict.fromkeys((int(change.argmin()), int(change.argmax()))):
        if abs(change[place]) >= 0.5:
            school = one.movers[place]
            worth = "" if rate is None else f" ({signed_pounds(change[place] * rate.amount)} a year later)"
            said.append(
                f"{'the new school' if school is None else school.name} {signed(change[place])} pupils{worth}"
            )
    year = AcademicYear(int(made.setting.years[-2]))
    return [f"by {year} {listed(said)}"] if said else []


def signed_pounds(value: float) -> str:
    """Write a change in pounds with its sign."""
    return f"{'+' if value > 0 else '−'}{pounds(abs(value))}"


def by_trouble(made: OptionsMade) -> Iterator[list[Weighed]]:
    """The options of each trouble in order of rank."""
    group: list[Weighed] = []
    for one in made.weighed:
        if group and one.trouble is not group[0].trouble:
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def nothing_words(made: OptionsMade) -> str:
    """Why nothing is listed: no trouble, or no places known."""
    if any(np.isfinite(counted.areas.places).any() for counted in made.setting.places.values()):
        return "No area is short, tight or in surplus in any of the ten years."
    return "No places are known: give schools with capacity or admission numbers."


def plan_sentences(made: OptionsMade, plan: Reduction) -> list[str]:
    """What the two plans reach, the price of acting apart, and where a plan would be a risk."""
    if not plan.schools:
        return ["There is no plan: no school has an admission number to plan with."]
    price = price_of_acting_apart(plan)
    wanted = float(np.minimum(plan.case.target, plan.case.most).sum())
    alone, together = plan.plans["alone"], plan.plans["together"]
    lines = [
        f"To leave {percent(100 * plan.target)} spare in the fullest intake of every area, {number(wanted)} places a year "
        f"would have to go. The authority alone can take out {number(price['places_alone'])}, all admission authorities "
        f"together {number(price['places_together'])}.",
        _price_words(price),
        f"For the places that the authority reaches alone, the school or trust that gives most gives "
        f"{percent(100 * price['largest_loss_alone'])} of what it offers; shared by all it would be "
        f"{percent(100 * price['largest_loss_together_for_the_same_places'])}. The whole joint plan asks "
        f"{percent(100 * price['largest_loss_together'])} of the one that gives most, and spreads over "
        f"{counted(int(price['schools_giving_together']), 'school')} in place of {number(price['schools_giving_alone'])}.",
        f"First preferences that could no longer be met: {number(price['unmet_alone'])} alone, "
        f"{number(price['unmet_together'])} together.",
        f"Solution: alone {alone.status}, gap {percent(100 * alone.gap, 2)}; together {together.status}, gap "
        f"{percent(100 * together.gap, 2)}. The largest loss is the least of all that whole steps of {plan.step} allow.",
    ]
    risky = [one.area.name for one in at_risk(made.setting, plan, TOGETHER)]
    if risky:
        limit = percent(100 * made.project.status.chance, 0)
        lines.append(
            f"With the joint plan the chance that an intake runs short reaches {limit} in {listed(risky, 8)}: look twice "
            "there."
        )
    missing = {name: float(found.missing.sum()) for name, found in plan.plans.items()}
    if missing["together"] > 0.5:
        lines.insert(
            1,
            f"The target is out of reach: {number(missing['together'])} places a year stay beyond it even together, because "
            "of floors, offers made and whole steps.",
        )
    return lines


def _price_words(price: object) -> str:
    found = dict(price)  # type: ignore[call-overload]
    words = (
        f"**The price of acting apart** is {number(found['places'])} places a year, "
        f"{number(found['places_worked_up'])} places once they have moved up"
    )
    if found["pounds_a_year"] == found["pounds_a_year"]:
        words += f"; at the revenue of one pupil {pounds(found['pounds_a_year'])} a year stay at stake"
    if found["places_without_rate"]:
        without = number(found["places_without_rate"])
        words += f" ({without} of the places have no rate: give pupil_revenue in the table rates)"
    return words + "."


def phase_words(phase: str) -> str:
    """A phase in words."""
    return PHASE_WORDS[Phase(phase)]
