"""Who decides a change, by which route, and from when it could take effect: for planned changes and for options alike.

``earliest_date`` is the first day on which a change can take effect as far as the decision goes: the day asked about plus
the least months of the route; for changes that go by the round of admissions the 1 September of the first entry for which
a consultation can still begin. Time to build is never in it, and where a route has no known least time it is None.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from placeplan.keydates import entry_day, months_later, next_entry, next_round
from placeplan.supply.rules import DecisionRule, DecisionRules, group_of

UNKNOWN_ROUTE = "no rule"


@dataclass(frozen=True)
class Route:
    """Who decides one change and how. Dates and months are None where not known."""

    rule_id: str
    proposer: str
    decider: str
    consultation: str
    route: str
    earliest_date: date | None
    status: str
    authority_alone: bool
    least_months: float | None
    typical_months: float | None
    confidence: str
    note: str
    source: str


def route_of(
    rules: DecisionRules,
    kind: str,
    school_type: str,
    pupils: float,
    on: date,
    *,
    capacity: float = np.nan,
    years: float = np.nan,
) -> Route:
    """Return the route of a change that begins to be decided on a day.

    ``kind``: a kind of planned change (``expansion``, ``pan_change``, …) or of rule (``expand``, ``cut_pan``, …), the
    amalgamation aside, which is a closure and an enlargement (``joined``). ``school_type``: placeplan's short name, empty
    for a school that does not exist yet. ``pupils``: those that the school gains or, with a minus, loses in all year
    groups.
    ``capacity``: places of the school now. ``years``: for how many years, NaN for good.
    """
    asked = rule_kind(kind, pupils)
    group = group_of(school_type)
    size = _size(rules, asked, group, abs(pupils), on, capacity, years)
    rule = rules.find(asked, group, size, on)
    return _route(rule, on) if rule else _no_route(asked, school_type)


def joined(first: Route, second: Route) -> Route:
    """Return the route of an amalgamation: one school closes, the other is enlarged; the later date counts."""
    dates = (first.earliest_date, second.earliest_date)
    both = {
        name: _both(getattr(first, name), getattr(second, name))
        for name in ("rule_id", "proposer", "decider", "consultation", "note", "source")
    }
    order = ["low", "medium", "high", ""]
    return Route(
        **both,
        route=f"closure: {first.route}. Enlargement: {second.route}",
        earliest_date=None if None in dates else max(day for day in dates if day),
        status=first.status,
        authority_alone=first.authority_alone and second.authority_alone,
        least_months=_longer(first.least_months, second.least_months),
        typical_months=_longer(first.typical_months, second.typical_months),
        confidence=min(first.confidence, second.confidence, key=order.index),
    )


def rule_kind(kind: str, pupils: float) -> str:
    """Return the kind of rule for a kind of planned change and the sign of its places."""
    if kind == "pan_change":
        return "cut_pan" if pupils < 0 else "raise_pan"
    if kind in ("expansion", "bulge", "expand"):
        return "reduce" if pupils < 0 else "expand"
    return kind


def _size(
    rules: DecisionRules, kind: str, group: str, pupils: float, on: date, capacity: float, years: float
) -> str:
    short = rules.of_size(kind, group, "temporary", on)
    if short and short.up_to_years is not None and years <= short.up_to_years:
        return "temporary"
    fuller = rules.of_size(kind, group, "above", on)
    return "above" if fuller and fuller.reached(pupils, capacity) else "below"


def _route(rule: DecisionRule, on: date) -> Route:
    return Route(
        rule_id=rule.rule_id,
        proposer=rule.proposer,
        decider=rule.decider,
        consultation=rule.consultation,
        route=rule.route,
        earliest_date=_earliest(rule, on),
        status=rule.status,
        authority_alone=rule.authority_alone,
        least_months=rule.least_months,
        typical_months=rule.typical_months,
        confidence=rule.confidence,
        note=rule.note,
        source=rule.source,
    )


def _earliest(rule: DecisionRule, on: date) -> date | None:
    ready = None if rule.least_months is None else months_later(on, int(np.ceil(rule.least_months)))
    if rule.calendar == "admissions":
        first = entry_day(next_round(on).entry)
        return first if ready is None or ready <= first else next_entry(ready)
    if rule.calendar == "next_entry" and ready is not None:
        return next_entry(ready)
    return ready


def _no_route(kind: str, school_type: str) -> Route:
    what = f"{kind.replace('_', ' ')} at a school of the type {school_type.replace('_', ' ') or 'not stated'}"
    note = f"no rule covers {what}; add one to the table decision_rules"
    unknown = "not known"
    return Route(
        UNKNOWN_ROUTE, unknown, unknown, unknown, unknown, None, unknown, False, None, None, "low", note, ""
    )


def _both(first: str, second: str) -> str:
    return " + ".join(dict.fromkeys(part for part in (first, second) if part))


def _longer(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else max(first, second)
