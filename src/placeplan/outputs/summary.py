"""The run on one screen: plain rows for the terminal, one for each phase."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from placeplan.outputs.headlines import first_likely
from placeplan.outputs.views import RunView, view_run
from placeplan.outputs.words import PHASE_WORDS, number, percent
from placeplan.results import Result
from placeplan.words import speaking
from placeplan.years import AcademicYear, Phase

SUMMARY_COLUMNS = (
    "Phase", "Base year", "Pupils", "Last year", "Pupils then", "Places then", "Surplus", "%",
    "Areas", "Short", "Tight", "Sufficient", "Surplus areas", "High surplus", "Not known", "At risk", "Risk from",
)  # fmt: skip
OF_PLACES = SUMMARY_COLUMNS[5:8] + SUMMARY_COLUMNS[9:]
"""What cannot be said where no places are known."""
_STATUSES = ("short", "tight", "sufficient", "surplus", "high_surplus", "unknown")


def summary_rows(result: Result) -> list[tuple[str, ...]]:
    """Return a row of text for each phase, in the order of ``SUMMARY_COLUMNS``.

    Areas are counted by their status in the last forecast year.
    """
    view = view_run(result, brief=True)
    shown = [phase for phase in Phase if any(phase in place.phases for place in view.authorities)]
    with speaking(result.project.outputs.words):
        return [_row(view, phase) for phase in shown]


def summary_numbers(result: Result) -> list[dict[str, str | float | None]]:
    """Return the same for programs: numbers unrounded, None where something is not known."""
    view = view_run(result, brief=True)
    found = []
    for phase in Phase:
        if not any(phase in place.phases for place in view.authorities):
            continue
        years, pupils, places = _totals(view, phase)
        surplus = places - pupils[1]
        known: dict[str, float] = {"Pupils then": pupils[1], "Places then": places, "Surplus": surplus}
        known["%"] = 100 * surplus / places if places > 0 else float("nan")
        row: dict[str, str | float | None] = {
            "Phase": phase.value, "Base year": str(years[0]), "Pupils": pupils[0], "Last year": str(years[-1])
        }  # fmt: skip
        row |= {name: value if value == value else None for name, value in known.items()}
        counts = _counts(view, phase)
        found.append(
            row
            | {name: int(count) for name, count in zip(SUMMARY_COLUMNS[8:-2], counts, strict=True)}
            | dict(zip(SUMMARY_COLUMNS[-2:], _at_risk(view, phase), strict=True))
        )
    return found


def _totals(view: RunView, phase: Phase) -> tuple[Sequence[AcademicYear], list[float], float]:
    """Years, pupils in the first and last of them, and places in the last."""
    totals = [place.phases[phase].total for place in view.authorities if phase in place.phases]
    pupils = [sum(float(total.demand[at]) for total in totals) for at in (0, -1)]
    return totals[0].years, pupils, sum(float(total.places[-1]) for total in totals)


def _row(view: RunView, phase: Phase) -> tuple[str, ...]:
    years, pupils, places = _totals(view, phase)
    share = 100 * (places - pupils[1]) / places if places > 0 else float("nan")
    return (
        PHASE_WORDS[phase], str(years[0]), number(pupils[0]), str(years[-1]), number(pupils[1]),
        number(places), number(places - pupils[1]), percent(share), *_counts(view, phase),
        *(str(value) if value is not None else "–" for value in _at_risk(view, phase)),
    )  # fmt: skip


def _at_risk(view: RunView, phase: Phase) -> tuple[int, str | None]:
    """How many areas reach the chance of shortfall that the project names, and the first year in which one does."""
    totals = [area.phases[phase].total for area in view.areas if phase in area.phases]
    first = [total.years[at] for total in totals if (at := first_likely(total, view.threshold)) is not None]
    return len(first), str(min(first)) if first else None


def _counts(view: RunView, phase: Phase) -> Sequence[str]:
    last = [area.phases[phase].total.status[-1] for area in view.areas if phase in area.phases]
    found = Counter(last)
    return [str(len(last)), *(str(found[status]) for status in _STATUSES)]
