"""What a run says of itself: which methods were used and why, which years count for less, what the numbers rest on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from placeplan.demand.births import PROJECTIONS
from placeplan.demand.contest import Contest
from placeplan.demand.flows import TRANSITIONS
from placeplan.demand.preschool import LEAST_ORIGINS
from placeplan.forecasting import Forecast
from placeplan.project import Project
from placeplan.tables import output_columns
from placeplan.words import group_words, phase_words, speaking
from placeplan.years import YEAR_SEVEN, AcademicYear, Phase, year_group_label

METHOD_WORDS = {
    "combined": "several methods, weighted by their errors in earlier years",
    "quick_level": "local levels that follow the newest years four times as readily as the past years show",
    "median_survival": "the middle one of each area's own yearly ratios",
    "local_level": "local levels: recent years count more, and a small area leans on its district and authority, both as "
    "far as the noise in the ratios themselves demands",
    "cohort_survival": "each area's own pooled ratios, weights {weights} (newest first)",
    "smoothing": "exponential smoothing of each area's own log ratio",
    "damped_trend": "a damped trend of each area's own log ratio",
    "ets": "an ETS model with a damped trend for each area's own log ratio",
    "ucm": "a state-space local level for each area's own log ratio",
}


UNJUDGED_WORDS = "several methods of equal weight, because no earlier year could be judged"


def _method_sentences(found: Forecast, project: Project) -> Iterator[str]:
    """One sentence for each method in use, with the year groups that it forecasts."""
    groups: dict[str, list[int]] = {}
    for stage in found.stages.values():
        for group, method in stage.methods.items():
            groups.setdefault(method, []).append(group)
    weights = ", ".join(f"{weight:g}" for weight in project.ratios.weights or [1.0] * project.ratios.years)
    judged = any(
        stage.contest.mean_error(at, 0)[1]
        for stage in found.stages.values()
        for at in range(len(TRANSITIONS))
    )
    for method, used in groups.items():
        into = "all year groups" if len(groups) == 1 else ", ".join(year_group_label(group) for group in used)
        how = METHOD_WORDS[method].format(weights=weights)
        if method == "combined" and not judged:
            how = UNJUDGED_WORDS
        yield f"Cohort survival into {into} with {how}."


def _transition_words(kind: str) -> str:
    """Return into what the transitions of a class go, in the words in use."""
    entries = {"intake": group_words("R"), "transfer": group_words("7")}
    entries["progression"] = "year groups that cohorts go on into"
    last = phase_words(Phase.SIXTH_FORM)
    return entries.get(kind, f"the {last if last.isupper() else last.lower()}")


CONTESTANT_WORDS = {"recent_survival": "three-year survival"}
LEAST_NAMED = 0.05
"""Smaller weights than this are added up as others."""


def _weight_sentences(found: Forecast) -> Iterator[str]:
    """Say for each class of transitions how the contestants are weighed one year ahead, and on what evidence."""
    for phase, stage in found.stages.items():
        if "combined" not in stage.methods.values():
            continue
        contest = stage.contest
        for kind in _kinds(found, phase):
            weight = contest.weights[:, TRANSITIONS.index(kind), 0]
            order = np.argsort(-weight, kind="stable")
            named = [(contestant_words(contest.names[at]), weight[at]) for at in order]
            parts = [f"{name} {100 * part:.0f}%" for name, part in named if part >= LEAST_NAMED]
            others = sum(part for _, part in named if part < LEAST_NAMED)
            parts += [f"others {100 * others:.0f}%"] if others >= 0.005 else []
            yield f"{phase.value.capitalize()}, {_transition_words(kind)}: {', '.join(parts)}; {_evidence(contest, kind)}."


def _evidence(contest: Contest, kind: str) -> str:
    """Say how far out the contestants were one year ahead in the earlier years."""
    mean, origins = contest.mean_error(TRANSITIONS.index(kind), 0)
    if not origins:
        return "no earlier year could be judged, so all weigh the same"
    best = int(np.argmin(mean))
    plain = contest.names.index("recent_survival")
    years = f"{origins} earlier year{'s' if origins > 1 else ''}"
    words = f"from {years} the nearest, {contestant_words(contest.names[best])}, was out by {100 * mean[best]:.1f}%"
    return words if best == plain else f"{words}, three-year survival by {100 * mean[plain]:.1f}%"


def contestant_words(name: str) -> str:
    """Return the name of a contestant as people read it."""
    return CONTESTANT_WORDS.get(name, name.replace("_", " "))


def _kinds(found: Forecast, phase: Phase) -> list[str]:
    """Classes of transitions of a stage that are combined, in the order of its year groups."""
    stage = found.stages[phase]
    classes = dict(zip(stage.groups, stage.classes, strict=True))
    return list(
        dict.fromkeys(classes[group] for group, method in stage.methods.items() if method == "combined")
    )


def methods_table(found: Forecast) -> pd.DataFrame:
    """methods.csv: weight and past error of every contestant, by phase, class of transitions and years ahead."""
    rows = []
    for phase, stage in found.stages.items():
        for kind in _kinds(found, phase):
            at = TRANSITIONS.index(kind)
            for ahead in range(stage.contest.weights.shape[2]):
                error, origins = stage.contest.mean_error(at, ahead)
                for place, name in enumerate(stage.contest.names):
                    weight = stage.contest.weights[place, at, ahead]
                    rows.append((phase.value, kind, ahead + 1, name, weight, error[place], origins))
    return pd.DataFrame(rows, columns=list(output_columns("methods")))


def _shock_sentence(found: Forecast) -> str:
    """Name the years that count for less, with their reasons."""
    named = {
        (
            shock.year,
            shock.why,
        ): f"{shock.year}: {shock.why} ({'left out' if not shock.weight else 'counts little'})"
        for stage in found.stages.values()
        for shock in stage.shocks
    }
    return "; ".join(named[key] for key in sorted(named)) + "." if named else "None."


BIRTHS_WORDS = {
    "damped_trend": "the trend of the last {years} years, damped by {damping:g} a year",
    "ets": "an ETS model with a damped trend",
    "ucm": "a state-space local level",
    "level": "the last known births",
}


def _births_sentence(found: Forecast, project: Project) -> str:
    """Say up to when births are known, and what later years rest on; nothing of years that there are not."""
    births = found.births.behind or found.births
    known = (births.basis == "known").any(axis=0)
    last = AcademicYear(int(births.years[known].max())) if known.any() else found.history.base_year
    said = f"Births five years earlier by intake ratio; births are known for {group_words('R')} up to {last}"
    asked = births.years <= int(found.history.base_year) + int(project.horizon[Phase.PRIMARY])
    given, projected = ((births.basis[:, asked] == basis).any() for basis in PROJECTIONS)
    how = BIRTHS_WORDS[project.births.method].format(
        years=project.births.years, damping=project.births.damping
    )
    later = ["are the projections in the table of births"] if given else []
    later += [f"follow {how}"] if projected else []
    if not later:
        return f"{said}."
    words = f"{said}, later ones {', where it has none they '.join(later)}."
    return f"{words} What rests on them carries the misses of {how} in earlier years."


def _rival_sentence(found: Forecast) -> str:
    """Say how children under five did against births, and which of them leads to Reception."""
    rival = found.rival
    assert rival is not None
    entry = group_words("R")
    years = f"{rival.origins} earlier year{'s' if rival.origins != 1 else ''}"
    if rival.origins < LEAST_ORIGINS:
        return (
            f"Children under five were counted before {rival.snapshots} censuses, so {years} can be judged, fewer than "
            f"{LEAST_ORIGINS}: births lead to {entry}."
        )
    said = (
        f"From {years}, up to four ahead, {entry} forecast from children under five was out by "
        f"{100 * rival.children_error:.1f}%, from births by {100 * rival.births_error:.1f}% (mean of areas and authority): "
    )
    last = found.births.years[found.births.counted.any(axis=0)]
    if rival.chosen and len(last):
        return f"{said}children lead to {entry} up to {AcademicYear(int(last.max()))}, births beyond."
    return f"{said}births lead to {entry}."


def _signal_sentences(found: Forecast) -> Iterator[str]:
    """Say for each year group of entry what first preferences and offers of earlier years were worth, and weigh now."""
    for signal in found.signals:
        into = group_words(year_group_label(signal.group))
        offers, first = (f"{100 * weight:.0f}%" for weight in signal.weight)
        if not np.isfinite(signal.error_with):
            yield f"{into}: too few earlier years to learn from; offers count {offers}, first preferences {first}."
            continue
        said = (
            f"{into}: the model was out by {100 * signal.error_without:.1f}% in {signal.years} earlier years, with offers "
            f"and first preferences, each year by the others' weights, by {100 * signal.error_with:.1f}%: "
        )
        used = signal.error_with < signal.error_without
        yield (
            f"{said}offers count {offers}, first preferences {first}."
            if used
            else f"{said}they are not used."
        )


YEAR_SEVEN_WORDS = {
    "transfers": "{into} comes from each primary area's {out_of} by the transfers observed in recent years.",
    "feeds": "{into} comes from the {out_of} of the primary areas that feed each secondary area.",
    "share": "{into} is each area's recent share of the {out_of} of its district (else the authority) a year before.",
}


def choices(found: Forecast, project: Project) -> Mapping[str, str]:
    """Which methods were used and why, a sentence a topic, in the project's words for year groups."""
    with speaking(project.outputs.words):
        return _choices(found, project)


def _choices(found: Forecast, project: Project) -> Mapping[str, str]:
    told = {
        "History": _history_sentence(found, project),
        "Ratios": " ".join(_method_sentences(found, project)),
        "Weights": " ".join(_weight_sentences(found)),
        "Years that count for less": _shock_sentence(found),
        "Reception": _reception_sentence(found, project),
        "Children under five": "" if found.rival is None else _rival_sentence(found),
        "Year 7": _year_seven_sentence(found),
        "Control totals": _control_sentence(found),
        "Offers for the coming September": " ".join(_signal_sentences(found)),
        "Uncertainty": (
            f"{project.simulations:,} draws with errors common to the authority, errors of each area, and the noise "
            f"of cohort size, learnt from the ratios' own history and, as far as it is short, from defaults; "
            f"seed {project.seed}."
        ),
        "Places": (
            f"Counted by {project.places.measure}; a school without it by "
            f"{' then '.join(project.places.fallback) or 'nothing'}. "
            "Certain and firm planned changes are included from their start year."
        ),
    }
    return {topic: words for topic, words in told.items() if words}


def _history_sentence(found: Forecast, project: Project) -> str:
    census = "January" if project.census == "january" else project.census.capitalize()
    return f"{census} rolls of {AcademicYear(int(found.history.years[0]))} to {found.history.base_year}."


def _reception_sentence(found: Forecast, project: Project) -> str:
    """What leads to Reception; nothing where no primary area is forecast."""
    if found.births.given:
        return _births_sentence(found, project)
    if Phase.PRIMARY in found.stages:
        return f"No births were given: {group_words('R')} follows its own recent rolls."
    return ""


def _year_seven_sentence(found: Forecast) -> str:
    """Where Year 7 comes from; nothing where it follows its own recent rolls."""
    link = found.stages[Phase.SECONDARY].links.get(YEAR_SEVEN) if Phase.SECONDARY in found.stages else None
    if link is None:
        return ""
    return YEAR_SEVEN_WORDS[link.basis].format(into=group_words("7"), out_of=group_words("6"))


def _control_sentence(found: Forecast) -> str:
    """How areas were held to control totals; nothing where they were not."""
    if found.control is None or not found.control.held:
        return ""
    return (
        f"The areas are adjusted to {len(found.control.held)} totals of the whole authority, those most that are least "
        "sure (least squares, weighted by the variance of each area's draws); no year group falls below 0. The draws "
        "are scaled with them."
    )
