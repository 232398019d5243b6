"""The tables of ``placeplan options``, in the contract's columns first; nothing is rounded here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from placeplan.options.fairplan import proportional_losses, unmet_preferences
from placeplan.options.make import OptionsMade
from placeplan.options.pupils import revenue_a_year_late
from placeplan.options.reduction import PlanArea, Reduction
from placeplan.options.ways import in_time
from placeplan.options.weigh import Weighed
from placeplan.tables import output_columns
from placeplan.years import AcademicYear, Phase, year_group_label

LEAST_SHOWN = 0.05
"""A change of roll below this many pupils is not listed."""
YES_NO = {True: "yes", False: "no", None: ""}


def option_frames(made: OptionsMade) -> dict[str, pd.DataFrame]:
    """Return every table of a run by its stem."""
    plan = made.plan
    return {
        "options": _frame("options", (_option(made, one) for one in made.weighed)),
        "options_years": _frame("options_years", (row for one in made.weighed for row in _years(made, one))),
        "options_schools": _frame("options_schools", (row for one in made.weighed for row in _schools(made, one))),
        "reduction": _frame("reduction", () if plan is None else _plan_schools(plan)),
        "reduction_areas": _frame("reduction_areas", () if plan is None else _plan_areas(made, plan)),
        "reduction_trusts": _frame("reduction_trusts", () if plan is None else _plan_trusts(plan)),
    }  # fmt: skip


def reason_of(made: OptionsMade, one: Weighed) -> str:
    """What speaks for an option and what it does to the years in trouble, in words."""
    before, after = one.trouble.before, one.after
    facts = list(one.candidate.facts)
    facts.append(f"years short or tight: {_change(before.short.sum(), after.short.sum())}")
    facts.append(f"years in surplus: {_change(before.has_surplus.sum(), after.has_surplus.sum())}")
    if one.candidate.kind.kind == "use_spare" and one.candidate.cost is None:
        facts.append("cost of transport not known: give options.transport_per_pupil")
    return "; ".join(facts)


def date_needed(made: OptionsMade, one: Weighed) -> str:
    """1 September of the first year in trouble, empty where none is."""
    if not one.trouble.years.any():
        return ""
    return f"{int(made.setting.years[one.trouble.needed])}-09-01"


def rests_on_projected(made: OptionsMade, one: Weighed) -> bool:
    """Whether the judged year rests on births that are projected."""
    return one.trouble.judged >= made.setting.first_projected(one.trouble.area)


def _change(before: float, after: float) -> str:
    return f"{before:.0f}" if before == after else f"{before:.0f} → {after:.0f}"


def _frame(name: str, rows: Any) -> pd.DataFrame:
    columns = list(output_columns(name))
    listed = list(rows)
    if not listed:
        return pd.DataFrame({column: pd.Series(dtype=object) for column in columns})
    return pd.DataFrame(listed, columns=columns)


def _year(made: OptionsMade, place: int) -> str:
    return str(AcademicYear(int(made.setting.years[place])))


def _option(made: OptionsMade, one: Weighed) -> dict[str, Any]:
    trouble, candidate, way = one.trouble, one.candidate, one.candidate.way
    area, at = trouble.area, trouble.judged
    needed = int(made.setting.years[trouble.needed]) if trouble.years.any() else None
    (chance_before, chance_after), (spare_before, spare_after) = one.chances, one.spares
    return {
        "option_id": one.option_id, "area_code": area.code, "phase": area.phase.value,
        "kind": candidate.kind.kind, "urn": option_urn(one), "places": candidate.places,
        "start_year": str(AcademicYear(candidate.start)),
        "earliest_date": "" if way.earliest is None else way.earliest.isoformat(),
        "date_needed": date_needed(made, one), "cost": np.nan if candidate.cost is None else candidate.cost,
        "funding": candidate.kind.funding, "proposer": way.proposer, "decider": way.decider, "route": way.route,
        "chance_before": chance_before, "chance_after": chance_after,
        "spare_before": spare_before, "spare_after": spare_after, "rank": one.rank,
        "reason": reason_of(made, one), "title": candidate.kind.title, "trouble": trouble.kind,
        "measure": measure_of(made, one), "judged_year": _year(made, at),
        "year_group": year_group_label(area.groups[0]) if trouble.entry else "total",
        "rests_on_projected_births": YES_NO[rests_on_projected(made, one)],
        "years_short": one.criterion("years_short"), "years_surplus": one.criterion("years_surplus"),
        "places_short": one.criterion("places_short"),
        "places_spare": one.criterion("places_spare"),
        "in_time": "" if needed is None else YES_NO[in_time(way, needed)], "authority_alone": YES_NO[way.alone],
        "surplus_chance_before": float(trouble.before.surplus_chance[at]),
        "surplus_chance_after": float(one.after.surplus_chance[at]),
        "places_before": float(trouble.before.places[at]), "places_after": float(one.after.places[at]),
        "assessed_before": one.assessed[0], "assessed_after": one.assessed[1],
        "expected_short_before": float(trouble.before.expected_short[at]),
        "expected_short_after": float(one.after.expected_short[at]),
        "risks": "; ".join([*candidate.risks, candidate.kind.risk]), "change_id": candidate.change_id,
        "rule_id": way.rule_id, "rule_note": way.note,
    }  # fmt: skip


def option_urn(one: Weighed) -> str:
    """The school that an option is about, empty for an area's."""
    schools = one.candidate.schools
    return schools[0].urn if schools and one.candidate.lent is None else ""


def measure_of(made: OptionsMade, one: Weighed) -> str:
    """How the places of an option are counted: by admission numbers, or by the project's own measure."""
    return "pan" if one.trouble.by == "pan" else made.project.places.measure


def _years(made: OptionsMade, one: Weighed) -> Iterator[dict[str, Any]]:
    projected = made.setting.first_projected(one.trouble.area)
    after = one.after
    for place in range(len(made.setting.years)):
        yield {
            "option_id": one.option_id, "area_code": one.trouble.area.code, "phase": one.trouble.area.phase.value,
            "academic_year": _year(made, place), "places": after.places[place], "demand": after.demand[place],
            "surplus": after.surplus[place], "surplus_percent": after.surplus_percent[place],
            "need": after.need[place], "spare": after.spare[place], "chance": after.chance[place],
            "entry_chance": after.entry_chance[place], "surplus_chance": after.surplus_chance[place],
            "expected_short": after.expected_short[place],
            "status": after.status[place], "rests_on_projected_births": YES_NO[place >= projected],
        }  # fmt: skip


def _schools(made: OptionsMade, one: Weighed) -> Iterator[dict[str, Any]]:
    rate = made.ways.rate("pupil_revenue", one.trouble.area.phase)
    revenue = revenue_a_year_late(one.moved, np.nan if rate is None else rate.amount)
    for school, change, money in zip(one.movers, one.moved, revenue, strict=True):
        late = np.concatenate([[0.0], change[:-1]])
        for place in np.flatnonzero((np.abs(change) >= LEAST_SHOWN) | (np.abs(late) >= LEAST_SHOWN)):
            yield {
                "option_id": one.option_id, "urn": "" if school is None else school.urn,
                "school_name": "new school" if school is None else school.name,
                "trust": "" if school is None else school.trust, "academic_year": _year(made, int(place)),
                "pupils_change": change[place], "revenue_change": money[place],
            }  # fmt: skip


def _plan_schools(plan: Reduction) -> Iterator[dict[str, Any]]:
    for name, found in plan.plans.items():
        losses, _ = proportional_losses(plan.case, found.cut)
        unmet = unmet_preferences(plan.case, found.cut)
        for place, one in enumerate(plan.schools):
            at, school = plan.areas[one.area], one.school
            yield {
                "plan": name, "area_code": at.area.code, "phase": at.area.phase.value, "urn": school.urn,
                "school_name": school.name, "trust": school.trust,
                "admission_authority": school.admission_authority.value,
                "year_group": year_group_label(at.entry), "start_year": str(AcademicYear(at.start)),
                "admission_number": one.number, "least": one.least,
                "offers": school.offers.get(at.entry, np.nan),
                "first_preferences": school.first_preferences.get(at.entry, np.nan),
                "may_change": YES_NO[name != "alone" or school.by_local_authority],
                "cut": found.cut[place], "new_number": one.number - found.cut[place], "loss": losses[place],
                "first_preferences_unmet": unmet[place], "reason": _why(plan, name, place),
            }  # fmt: skip


def _why(plan: Reduction, name: str, place: int) -> str:
    """Why a school gives what it gives."""
    one, cut = plan.schools[place], plan.plans[name].cut[place]
    at = plan.areas[one.area]
    if cut > 0:
        return f"gives {cut:.0f} of {one.number:.0f}"
    if name == "alone" and not one.school.by_local_authority:
        return "its admission authority is not the local authority"
    if min(at.target, at.most) < plan.step / 2 or at.most < plan.step:
        return "its area has no whole step to spare"
    if one.number - plan.step < one.least:
        offers = one.school.offers.get(at.entry, np.nan)
        held = f"the {offers:.0f} offers made" if offers >= one.least else f"its floor of {one.least:.0f}"
        return f"a step would go below {held}"
    return "others give in its place"


def _plan_areas(made: OptionsMade, plan: Reduction) -> Iterator[dict[str, Any]]:
    for name, found in plan.plans.items():
        cuts = np.bincount(plan.case.area, weights=found.cut, minlength=len(plan.areas))
        for place, at in enumerate(plan.areas):
            before, after = plan.outlooks[name][place]
            tightest = int((at.places - at.demand).argmin())
            chances = [_entry_chance(made, at, one)[tightest] for one in (before, after)]
            yield {
                "plan": name, "area_code": at.area.code, "area_name": at.area.name, "phase": at.area.phase.value,
                "year_group": year_group_label(at.entry), "start_year": str(AcademicYear(at.start)),
                "fullest_intake": str(AcademicYear(at.start + tightest)), "places": at.places[tightest],
                "demand": at.demand[tightest], "target": at.target, "cut": cuts[place],
                "missing": found.missing[place], "spare_percent_before": at.spare_percent(0.0),
                "spare_percent_after": at.spare_percent(float(cuts[place])),
                "chance_before": chances[0], "chance_after": chances[1],
                "years_short_before": int(before.short.sum()), "years_short_after": int(after.short.sum()),
                "years_surplus_before": int(before.has_surplus.sum()),
                "years_surplus_after": int(after.has_surplus.sum()),
            }  # fmt: skip


def _entry_chance(made: OptionsMade, at: PlanArea, found: Any) -> Any:
    """Chance of shortfall of the area's lowest year group in the intakes of the plan."""
    intakes = (made.setting.years >= at.start) & (made.setting.years < at.start + len(at.places))
    return found.entry_chance[intakes]


def _plan_trusts(plan: Reduction) -> Iterator[dict[str, Any]]:
    """What each trust gives, and the schools without one together."""
    for name, found in plan.plans.items():
        _, losses = proportional_losses(plan.case, found.cut)
        for number, trust in enumerate((*plan.trusts, "")):
            inside = plan.case.trust == (number if trust else -1)
            pan, cut = float(plan.case.pan[inside].sum()), float(found.cut[inside].sum())
            if inside.any():
                yield {
                    "plan": name, "trust": trust or "schools without a trust", "schools": int(inside.sum()),
                    "admission_numbers": pan, "cut": cut,
                    "loss": losses[number] if trust else cut / pan if pan > 0 else 0.0,
                }  # fmt: skip


def price_of_acting_apart(plan: Reduction) -> Mapping[str, float]:
    """The difference between the plans: places a year and worked up, pounds of revenue at stake, fairness, preferences.

    An empty place earns nothing while its room and teacher are paid: each place that only the joint plan takes out stands
    in every year group of its phase once it has moved up, at the revenue of one pupil. Phases without a rate have no pounds.
    """
    alone, together = plan.plans["alone"], plan.plans["together"]
    more = np.bincount(plan.case.area, weights=together.cut - alone.cut, minlength=len(plan.areas))
    groups = np.array([len(at.area.phase.year_groups) for at in plan.areas], dtype=float)
    rates = np.array([plan.revenue[Phase(at.area.phase)] or np.nan for at in plan.areas], dtype=float)
    pounds = more * groups * rates
    priced = np.isfinite(pounds)
    return {
        "places_alone": float(alone.cut.sum()),
        "places_together": float(together.cut.sum()),
        "places": float(more.sum()),
        "places_worked_up": float((more * groups).sum()),
        "pounds_a_year": float(pounds[priced].sum()) if priced.any() else float("nan"),
        "places_without_rate": float((more * groups)[~priced].sum()),
        "largest_loss_alone": alone.largest_loss,
        "largest_loss_together": together.largest_loss,
        "largest_loss_together_for_the_same_places": plan.alike.largest_loss,
        "unmet_alone": float(unmet_preferences(plan.case, alone.cut).sum()),
        "unmet_together": float(unmet_preferences(plan.case, together.cut).sum()),
        "schools_giving_alone": float((alone.cut > 0).sum()),
        "schools_giving_together": float((together.cut > 0).sum()),
    }
