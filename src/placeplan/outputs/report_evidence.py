"""The report on what is not sure: figures of places that are ranges, and schools on the watch-list."""

from __future__ import annotations

import math
from collections.abc import Iterator

from placeplan.outputs.evidence import TEST_WORDS, Doubt, Watched
from placeplan.outputs.marks import table
from placeplan.outputs.views import RunView
from placeplan.outputs.words import PHASE_WORDS, STATUS_WORDS, chance, counted, markdown, number, percent

_AT_MOST = 20
_MATTERS = 0.01


def doubtful_supply(view: RunView) -> Iterator[str]:
    """Give the schools whose figures are ranges, those that matter most to the verdict on their area first."""
    yield "## Where we cannot be sure of supply"
    if not view.doubts:
        yield "No school counts by a figure that is old, estimated, disputed, never verified or missing."
        return
    yield (
        "A figure that is old, estimated, disputed or never verified counts as a range. The effect is how many "
        "percentage points the chance of shortfall of the school's area would fall, in the year in which that is most, if "
        "the real places were the most of the range and not the fewest, all else as simulated. A school without any figure "
        "comes first: its area cannot be judged."
    )
    shown = [doubt for doubt in view.doubts if doubt.is_missing or doubt.effect >= _MATTERS][:_AT_MOST]
    if shown:
        header = ["School", "Area", "Phase", "Figure, and when verified", "Confidence", "Status, fewest to most",
                  "Places, range", "Effect", "Year"]  # fmt: skip
        yield table(header, map(_doubt_row, shown), text_columns=6)
    rest = len(view.doubts) - len(shown)
    if rest:
        lead = "More figures are" if shown else "Figures are"
        yield (
            f"{lead} ranges at {counted(rest, 'school')} (counted once for each phase), with less effect: see "
            "supply_confidence.csv."
        )


def watch_list(view: RunView) -> Iterator[str]:
    """Give the schools that are likely to fall below a line, test by test."""
    yield "## Watch-list"
    threshold = percent(100 * view.threshold, 0)
    if not view.watched:
        yield f"No school has a chance of {threshold} or more of failing a test."
        return
    watch = view.result.project.watchlist
    yield (
        f"Schools with a chance of {threshold} or more, with the first year in which it is so large. A roll is falling if "
        f"it loses {watch.falling_percent:g}% or more within {counted(watch.falling_years, 'year')}. An infant class has at "
        "most 30 pupils, so 31 to 45 pupils need a second teacher for at most half a class."
    )
    for test, words in TEST_WORDS.items():
        rows = [watched for watched in view.watched if watched.test == test]
        if rows:
            yield f"### {words}"
            header = ["School", "Area", "Phase", "What follows", "First year", "Chance", "Expected", "Line"]
            yield table(header, map(_watched_row, rows[:_AT_MOST]), text_columns=4)
        if len(rows) > _AT_MOST:
            yield f"{counted(len(rows) - _AT_MOST, 'more school')}: see watchlist.csv."


def status_words(doubt: Doubt) -> str:
    """Return the status of the area with the fewest and the most places of the range."""
    words = [STATUS_WORDS.get(word, "") for word in (doubt.status_low, doubt.status_high)]
    return words[0] if words[0] == words[1] else f"{words[0]} to {words[1].lower()}"


def _doubt_row(doubt: Doubt) -> list[str]:
    points = "" if math.isnan(doubt.effect) else f"{100 * doubt.effect:.0f}"
    return [
        markdown(doubt.name), markdown(doubt.area), PHASE_WORDS[doubt.phase],
        f"{doubt.source or 'not stated'}, {doubt.verified_on[:7] or 'never'}", doubt.confidence, status_words(doubt),
        number(doubt.value) if doubt.is_missing else f"{number(doubt.value)} ({number(doubt.low)}–{number(doubt.high)})",
        points, doubt.year,
    ]  # fmt: skip


def _watched_row(watched: Watched) -> list[str]:
    return [
        markdown(watched.name), markdown(watched.area), PHASE_WORDS[watched.phase], markdown(watched.consequence),
        watched.year, chance(watched.chance), number(watched.value), number(watched.threshold),
    ]  # fmt: skip
