"""What matters in a run, in plain sentences worked out from its numbers: (subject, what is said of it)."""

from __future__ import annotations

import numpy as np

from placeplan.accuracy import alarms, authority_errors, bias_years
from placeplan.outputs.boardviews import frame, powers
from placeplan.outputs.outlook import Outlook, PhaseOutlook, entry_label
from placeplan.outputs.views import Area, RunView, Wide
from placeplan.outputs.words import PHASE_WORDS, chance, counted, listed, number, percent, share, signed
from placeplan.words import group_words
from placeplan.years import AcademicYear, Phase

Line = tuple[str, str]
DEMAND = "Pupils and places"
SHORT = "Where places will run short"
SURPLUS = "Where surplus hurts"
DECIDE = "What must be decided"
SURE = "How sure we are"
_NAMED = 5


def headlines(view: RunView) -> list[Line]:
    """Return the most important things first: demand, shortages, surplus, unknown places, how sure it is."""
    return [line for _, lines in headline_groups(view) for line in lines]


def headline_groups(view: RunView) -> list[tuple[str, list[Line]]]:
    """Return the same under what they answer; a group may be empty."""
    phases = {
        phase: [area for area in view.areas if phase in area.phases]
        for phase in (Phase.PRIMARY, Phase.SECONDARY)
    }
    given = {phase: areas for phase, areas in phases.items() if areas}
    short = [
        line
        for phase, areas in given.items()
        for line in (
            *_shortages(phase, areas),
            *_single_groups(phase, areas),
            *_chances(phase, areas, view.threshold),
        )
    ]
    surplus = [line for phase, areas in given.items() for line in _surpluses(phase, areas)]
    demand = [line for place in view.authorities for line in _demand(place, len(view.authorities) > 1)]
    return [
        (DEMAND, demand),
        (SHORT, [*short, *_unknown(view)]),
        (SURPLUS, [*surplus, *_watched(view)]),
        (DECIDE, [*_powers(view), *_steps(view)]),
        (SURE, [*_certainty(view), *_past_errors(view), *_doubts(view), *_data(view)]),
    ]


def first_short(total: Outlook) -> int | None:
    """Return the position of the first forecast year in which demand exceeds places, if any."""
    below = np.flatnonzero(total.surplus[1:] < 0)
    return int(below[0]) + 1 if below.size else None


def first_likely(total: Outlook, threshold: float) -> int | None:
    """Return the position of the first forecast year in which the chance of shortfall reaches the threshold, if any."""
    likely = np.flatnonzero(np.nan_to_num(total.chance[1:]) >= threshold)
    return int(likely[0]) + 1 if likely.size else None


def outlook_words(outlook: PhaseOutlook) -> str:
    """Return one phase of one area in two sentences."""
    total = outlook.total
    change = 100 * (total.demand[-1] / total.demand[0] - 1) if total.demand[0] else np.nan
    share = "" if np.isnan(change) else f" ({signed(change, 1)}%)"
    words = (
        f"{PHASE_WORDS[outlook.phase]} demand goes from {number(total.demand[0])} pupils in {total.years[0]} "
        f"to {number(total.demand[-1])} in {total.years[-1]}{share}."
    )
    return f"{words} {_balance(total)}"


def _balance(total: Outlook) -> str:
    if not total.places_known:
        return "Places are not known, so nothing can be said of surplus or shortage."
    short = first_short(total)
    if short is not None:
        worst = short + int(np.nanargmin(total.surplus[short:]))
        risk = (
            f" (chance of shortfall {chance(total.chance[worst])})"
            if np.isfinite(total.chance[worst])
            else ""
        )
        most = "" if worst == short else f", most in {total.years[worst]}"
        return f"Places run short from {total.years[short]}{most}: by {number(-total.surplus[worst])}{risk}."
    if np.isnan(total.places[-1]):
        return f"Places are not known for {total.years[-1]}."
    return (
        f"In {total.years[-1]} there are {number(total.surplus[-1])} places more than pupils, "
        f"{percent(total.percent[-1])} of places."
    )


def _demand(place: Wide, several: bool) -> list[Line]:
    prefix = f"{place.name}, " if several else ""
    found = []
    for phase in Phase:
        if phase in place.phases:
            word = PHASE_WORDS[phase]
            found.append((f"{prefix}{word.lower() if prefix else word}.", outlook_words(place.phases[phase])))
    return found


def _shortages(phase: Phase, areas: list[Area]) -> list[Line]:
    short = [(area, at) for area in areas if (at := first_short(area.phases[phase].total)) is not None]
    subject = f"{PHASE_WORDS[phase]} shortages."
    known = [area for area in areas if area.phases[phase].total.places_known]
    if not short:
        words = f"No {phase} area is expected to have fewer places than pupils." if known else ""
        return [(subject, words)] if words else []
    short.sort(key=lambda pair: (pair[1], pair[0].phases[phase].total.surplus.min(), pair[0].code))
    named = [
        f"{area.name} from {area.phases[phase].total.years[at]}"
        f" (short by up to {number(-np.nanmin(area.phases[phase].total.surplus[at:]))})"
        for area, at in short
    ]
    count = f"{len(short)} of {counted(len(areas), 'area')}"
    verb = "has" if len(short) == 1 else "have"
    return [
        (subject, f"{count} {verb} fewer places than expected pupils in some year: {listed(named, _NAMED)}.")
    ]


def _chances(phase: Phase, areas: list[Area], threshold: float) -> list[Line]:
    """Name the areas that are not expected to run short, but may well."""
    found = []
    for area in areas:
        total = area.phases[phase].total
        if first_short(total) is None and (at := first_likely(total, threshold)) is not None:
            found.append((at, area.code, f"{area.name} from {total.years[at]} ({chance(total.chance[at])})"))
    if not found:
        return []
    named = [words for _, _, words in sorted(found)]
    words = f"{counted(len(found), 'area')} may run short, with a chance of {chance(threshold)} or more: "
    return [(f"{PHASE_WORDS[phase]} risks.", f"{words}{listed(named, _NAMED)}.")]


def _single_groups(phase: Phase, areas: list[Area]) -> list[Line]:
    """Name the areas that have enough places in total, but not in the year group in which pupils enter."""
    found = []
    for area in areas:
        outlook = area.phases[phase]
        entry = outlook.groups.get(outlook.entry_group)
        if (
            entry is not None
            and first_short(outlook.total) is None
            and (at := first_short(entry)) is not None
        ):
            found.append(f"{area.name} from {entry.years[at]}")
    if not found:
        return []
    group = group_words(entry_label(phase))
    words = f"enough places in total, but too few in {group}: {listed(found, _NAMED)}."
    return [(f"{group} alone.", f"{counted(len(found), 'area')} with {words}")]


def _surpluses(phase: Phase, areas: list[Area]) -> list[Line]:
    last = [(area, float(area.phases[phase].total.percent[-1])) for area in areas]
    high = [(area, value) for area, value in last if area.phases[phase].total.status[-1] == "high_surplus"]
    high.sort(key=lambda pair: (-pair[1], pair[0].code))
    if not high:
        return []
    year = areas[0].phases[phase].total.years[-1]
    named = [f"{area.name} ({percent(value, 0)})" for area, value in high]
    words = (
        f"{len(high)} of {counted(len(areas), 'area')} in high surplus by {year}: {listed(named, _NAMED)}."
    )
    return [(f"{PHASE_WORDS[phase]} surplus.", words)]


def _unknown(view: RunView) -> list[Line]:
    names = [area.name for area in view.areas if not area.main.total.places_known]
    if not names:
        return []
    if len(names) == len(view.areas):
        return [("Places not known.", "No area has known places, so this is a forecast of demand only.")]
    words = f"{counted(len(names), 'area')} cannot be judged, because a school there has no known places: "
    return [("Places not known.", f"{words}{listed(names, _NAMED)}.")]


def _powers(view: RunView) -> list[Line]:
    """Say what share of the places, and of the change that is needed, the authority decides by itself."""
    parts = []
    for one in powers(view, "authority"):
        if one.phase is Phase.SIXTH_FORM or np.isnan(one.now.places_alone_share):
            continue
        words = f"{share(one.now.places_alone_share)} of {PHASE_WORDS[one.phase].lower()} places"
        changes = [
            (one.then.need_alone_share, one.then.need, "the places needed"),
            (one.then.excess_alone_share, one.then.excess, "those above the threshold of surplus"),
        ]
        more = [f"{share(part)} of {what}" for part, amount, what in changes if amount >= 1]
        parts.append(words + (f" (and by {one.last} on {' and '.join(more)})" if more else ""))
    return [("Who decides.", f"The authority decides alone on {listed(parts)}.")] if parts else []


def _steps(view: RunView) -> list[Line]:
    """Say how many next steps of proposals are overdue."""
    rows = frame(view, "boards")
    late = 0 if rows.empty else int((rows["overdue"] == "yes").sum())
    return [("Agreed.", f"{counted(late, 'next step')} of proposals overdue.")] if late else []


def _doubts(view: RunView) -> list[Line]:
    """Name the schools whose doubtful figures matter most to the chance of their area."""
    doubts = [doubt for doubt in view.doubts if doubt.effect >= view.threshold]
    if not doubts:
        return []
    named = [f"{doubt.name} ({signed_points(doubt.effect)})" for doubt in doubts]
    words = (
        f"the capacity of {counted(len(doubts), 'school')} is so unsure that it moves the chance of shortfall of its "
        f"area by {signed_points(view.threshold)} or more: {listed(named, _NAMED)}."
    )
    return [("Places in doubt.", words[:1].upper() + words[1:])]


def signed_points(share: float) -> str:
    """Return a difference of chances in percentage points."""
    return f"{100 * share:.0f} points"


def _watched(view: RunView) -> list[Line]:
    if not view.watched:
        return []
    schools = len({watched.urn for watched in view.watched})
    return [
        (
            "Watch-list.",
            f"{counted(schools, 'school')} {'is' if schools == 1 else 'are'} on it: see Watch-list.",
        )
    ]


def _certainty(view: RunView) -> list[Line]:
    parts = []
    for place in view.authorities[:1]:
        for phase, outlook in place.phases.items():
            total = outlook.total
            half = (
                100 * (total.high[-1] - total.low[-1]) / 2 / total.demand[-1] if total.demand[-1] else np.nan
            )
            if np.isfinite(half) and half > 0:
                parts.append(f"{PHASE_WORDS[phase].lower()} ±{number(half, 1)}% by {total.years[-1]}")
    lines: list[Line] = []
    if parts:
        words = "In four cases of five demand for the whole authority should come within these ranges: "
        lines.append(("How sure.", f"{words}{listed(parts)}. Single areas are less sure."))
    return lines + _births(view)


def _past_errors(view: RunView) -> list[Line]:
    """Say how far last year's forecast of the authority was from the roll of the base year, and any bias alarm."""
    accuracy = view.result.frames["accuracy"]
    if accuracy.empty:
        return []
    errors = authority_errors(accuracy)
    near = errors[
        (errors["horizon"].astype(int) == 1) & (errors["target_year"] == str(view.result.base_year))
    ]
    parts = [
        f"{PHASE_WORDS[Phase(str(phase))].lower()} {signed(100 * float(error), 1)}%"
        for phase, error in zip(near["phase"], near["error"], strict=True)
    ]
    warned = [
        f"{PHASE_WORDS[Phase(one.phase)].lower()} too {one.side}"
        for one in alarms(accuracy)
        if one.geography == "authority"
    ]
    words = f"Last year's forecast missed this year's roll by {listed(parts)}." if parts else ""
    if warned:
        words += f" The last {bias_years()} years all erred on one side: {listed(warned)}."
    return [("Earlier forecasts.", words.strip())] if words else []


def _births(view: RunView) -> list[Line]:
    """Say which entry years rest on births that are projected."""
    starts: dict[Phase, AcademicYear] = {}
    for place in view.authorities:
        for phase, outlook in place.phases.items():
            if outlook.projected_from is not None:
                starts[phase] = min(outlook.projected_from, starts.get(phase, outlook.projected_from))
    if not starts:
        return []
    parts = [f"{group_words(entry_label(phase))} from {start} on" for phase, start in starts.items()]
    verb = "rests" if len(parts) == 1 else "rest"
    return [("Births.", f"{listed(parts)} {verb} on projected births: see Long range.")]


def _data(view: RunView) -> list[Line]:
    findings = view.result.frames["findings"]
    warnings = int((findings["severity"] == "warning").sum())
    if not warnings:
        return []
    return [("Data.", f"The checks gave {counted(warnings, 'warning')}: see Data quality.")]
