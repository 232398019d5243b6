"""The charts of a backtest: error by years ahead beside published errors, coverage, forecasts beside outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from placeplan.outputs.chart_axes import BOTTOM_MARGIN, LEFT, TOP, year_frame
from placeplan.outputs.outlook import TOTAL
from placeplan.outputs.svg import BLUE, GREY, INK, ORANGE, PALE, Drawing, Point, Scale, apart, round_scale
from placeplan.outputs.words import PHASE_WORDS, file_word, number, percent
from placeplan.results import Backtest
from placeplan.years import AcademicYear, Phase

WIDTH, HEIGHT = 760.0, 340.0
RIGHT_MARGIN = 200.0
GEOGRAPHY_WORDS = {"authority": "the authority", "area": "planning areas"}
METHOD_WORDS = {
    "project": "the project's methods",
    "combined": "the combination",
    "three_year_survival": "three-year survival",
}
STATED = (80, 90)


def error_name(phase: str, geography: str) -> str:
    """Return the name of a chart of errors without its ending."""
    return f"error-{file_word(phase)}-{geography}"


def coverage_name(geography: str) -> str:
    """Return the name of a chart of coverage."""
    return f"coverage-{geography}"


def outcome_name(phase: str) -> str:
    """Return the name of a chart of forecasts beside outcomes."""
    return f"outcome-{file_word(phase)}"


def draw_backtest_charts(made: Backtest) -> dict[str, str]:
    """Return every chart of a backtest as SVG by its name."""
    return dict(_charts(made))


def parts(rows: pd.DataFrame, *columns: str) -> Iterator[tuple[tuple[str, ...], pd.DataFrame]]:
    """Yield the rows of each combination of text columns, in the order in which they stand."""
    for key, group in rows.groupby(list(columns), sort=False):
        yield tuple(str(value) for value in (key if isinstance(key, tuple) else (key,))), group


def outcome_phases(made: Backtest) -> list[str]:
    """Return the judged phases in which the authority's roll is known in some year."""
    known = set(made.frames["rolls"]["phase"])
    return [phase for phase in dict.fromkeys(made.frames["backtest_summary"]["phase"]) if phase in known]


def method_words(method: str) -> str:
    """Return the name of a method as people read it."""
    return METHOD_WORDS.get(method, method.replace("_", " "))


def _charts(made: Backtest) -> Iterator[tuple[str, str]]:
    summed = made.frames["backtest_summary"]
    for (geography, phase), rows in parts(summed, "geography", "phase"):
        yield error_name(phase, geography), _error_chart(made, geography, phase, rows)
    mine = summed[(summed["method"] == made.own) & (summed["cells"] > 0)]
    for (geography,), rows in parts(mine, "geography"):
        yield coverage_name(geography), _coverage_chart(geography, rows, made.own)
    for phase in outcome_phases(made):
        yield outcome_name(phase), _outcome_chart(made, phase)


@dataclass(frozen=True)
class _Steps:
    """Where a number of years ahead and a share stand in a drawing."""

    drawing: Drawing
    last: int
    scale: Scale
    right: float

    def point(self, horizon: float, share: float) -> Point:
        step = (self.right - LEFT) / self.last
        return LEFT + step * (horizon - 0.5), self.scale.at(100 * share)

    @property
    def cursor(self) -> str:
        """Where the years ahead stand, as ``Chart`` says it."""
        return f"x {self.point(1, 0)[0]:.1f} {(self.right - LEFT) / self.last:.2f}"

    def points(self, horizons: Sequence[int], shares: Sequence[float]) -> list[Point]:
        pairs = zip(horizons, shares, strict=True)
        return [self.point(horizon, share) for horizon, share in pairs if share == share]


def _steps(drawing: Drawing, last: int, low: float, high: float, unit: str) -> _Steps:
    """Draw title, axes and grid over years ahead; ``low`` and ``high`` are shares."""
    right, bottom = drawing.width - RIGHT_MARGIN, drawing.height - BOTTOM_MARGIN
    scale = round_scale(100 * low, 100 * high, bottom, TOP)
    drawing.words((10, 22), drawing.title, INK, 15, bold=True)
    drawing.words((10, 44), unit, GREY, 12)
    decimals = 1 if any(tick % 1 for tick in scale.ticks) else 0
    for tick in scale.ticks:
        drawing.line([(LEFT, scale.at(tick)), (right, scale.at(tick))], PALE, 1)
        drawing.words((LEFT - 8, scale.at(tick) + 4), percent(tick, decimals), GREY, 12, "end")
    steps = _Steps(drawing, last, scale, right)
    for horizon in range(1, last + 1):
        words = f"{horizon} year{'s' if horizon > 1 else ''} ahead" if last < 6 else str(horizon)
        drawing.words((steps.point(horizon, 0)[0], bottom + 20), words, GREY, 12, "middle")
    if last >= 6:
        drawing.words((right + 10, bottom + 20), "years ahead", GREY, 12)
    return steps


def _error_chart(made: Backtest, geography: str, phase: str, rows: pd.DataFrame) -> str:
    """Mean absolute error of every method by years ahead, for the authority with the band of published errors."""
    bands = made.frames["bands"]
    bands = bands[(bands["phase"] == phase) & (geography == "authority")]
    last = int(rows["horizon"].max())
    bands = bands[bands["horizon"] <= last]
    title = f"{PHASE_WORDS[Phase(phase)]}: error of phase totals, {GEOGRAPHY_WORDS[geography]}"
    by_method = {name: group for (name,), group in parts(rows.dropna(subset=["mape"]), "method")}
    described = "; ".join(
        f"{method_words(name)} " + ", ".join(percent(100 * value) for value in group["mape"])
        for name, group in by_method.items()
    )
    drawing = Drawing(error_name(phase, geography), WIDTH, HEIGHT, title, f"By years ahead: {described}.")
    high = float(np.nanmax([0.0, *rows["mape"], *bands["p75"]]))
    steps = _steps(drawing, last, 0.0, max(high * 1.08, 0.005), "Mean absolute error, by years ahead")
    drawing.tabulate(
        ["Years ahead", *map(method_words, by_method)],
        [[str(at), *(_share_at(group, at) for group in by_method.values())] for at in range(1, last + 1)],
        steps.cursor,
    )
    _band(steps, bands)
    ends = []
    for name, group in reversed(by_method.items()):
        colour, dash = _look(made, name)
        points = steps.points(list(group["horizon"]), list(group["mape"]))
        drawing.line(points, colour, 2.5 if name == made.own else 2, dash)
        for point in points:
            drawing.dot(point, colour, hollow=name != made.own, radius=3)
        ends.append((points[-1][1], f"{method_words(name)} {percent(100 * group['mape'].iloc[-1])}", colour))
    _labels(steps, ends)
    return drawing.text()


def _share_at(group: pd.DataFrame, horizon: int) -> str:
    found = group.loc[group["horizon"] == horizon, "mape"]
    return percent(100 * float(found.iloc[0])) if len(found) else "–"


def _look(made: Backtest, method: str) -> tuple[str, str]:
    if method == made.own:
        return BLUE, ""
    return (ORANGE, "6 3") if method == made.reference else (GREY, "2 3")


def _band(steps: _Steps, bands: pd.DataFrame) -> None:
    """Shade the middle half of published errors, with the median as a line."""
    if not len(bands):
        return
    horizons = list(bands["horizon"])
    upper, lower = (steps.points(horizons, list(bands[name])) for name in ("p75", "p25"))
    if len(horizons) == 1:
        at = horizons[0]
        upper, lower = ([steps.point(at - 0.3, share), steps.point(at + 0.3, share)]
                        for share in (bands["p75"].iloc[0], bands["p25"].iloc[0]))  # fmt: skip
    steps.drawing.area([*upper, *reversed(lower)], GREY, 0.2)
    steps.drawing.line(steps.points(horizons, list(bands["p50"])), GREY, 1.5, "4 3")
    x, y = upper[-1]
    steps.drawing.words((x + 8, y + 4), "published errors of English", GREY, 12)
    steps.drawing.words((x + 8, y + 19), "authorities: middle half, median", GREY, 12)


def _coverage_chart(geography: str, rows: pd.DataFrame, method: str) -> str:
    """Share of outcomes inside the 80% and 90% ranges, by years ahead, all phases together."""
    title = f"Outcomes inside the ranges, {GEOGRAPHY_WORDS[geography]}"
    horizons = sorted(set(rows["horizon"]))
    series = list(_coverage_series(rows, horizons))
    described = "; ".join(
        f"{name}: {', '.join(percent(100 * s, 0) for s in shares if s == s)}"
        for name, _, _, shares in series
        if any(s == s for s in shares)
    )
    words = f"{method_words(method)}, by years ahead. {described}."
    drawing = Drawing(coverage_name(geography), WIDTH, HEIGHT, title, words)
    lowest = min((share for _, _, _, shares in series for share in shares if share == share), default=0.0)
    low = np.floor(max(min(lowest, 0.6) - 0.02, 0.0) * 10) / 10
    steps = _steps(
        drawing,
        max(horizons),
        float(low),
        1.0,
        "Share of outcomes inside; dotted lines: 80% and 90%, as stated",
    )
    steps.drawing.tabulate(
        ["Years ahead", *(name for name, *_ in series)],
        _coverage_rows(horizons, [shares for *_, shares in series]),
        steps.cursor if horizons == list(range(1, max(horizons) + 1)) else "",
    )
    for stated, colour in zip(STATED, (BLUE, ORANGE), strict=True):
        y = steps.scale.at(stated)
        drawing.line([(LEFT, y), (steps.right, y)], colour, 1, "1 3")
    ends = []
    for name, colour, dash, shares in series:
        points = steps.points(horizons, shares)
        if not points:
            continue
        drawing.line(points, colour, 2, dash)
        for point in points:
            drawing.dot(point, colour, hollow=bool(dash), radius=3)
        ends.append((points[-1][1], name, colour))
    _labels(steps, ends)
    return drawing.text()


def _coverage_series(
    rows: pd.DataFrame, horizons: Sequence[int]
) -> Iterator[tuple[str, str, str, list[float]]]:
    """Give name, colour, dash and shares of each line: ranges of 80% and 90%, of totals and of year groups."""
    for stated, colour in zip(STATED, (BLUE, ORANGE), strict=True):
        for kind, ending, count, dash in (
            ("totals", "", "n", ""),
            ("year groups", "_year_groups", "cells", "6 3"),
        ):
            column = f"coverage{stated}{ending}"
            shares = [pooled(rows[rows["horizon"] == at], column, count) for at in horizons]
            yield f"{stated}% range, {kind}", colour, dash, shares


def _coverage_rows(horizons: Sequence[int], series: Sequence[Sequence[float]]) -> Iterator[list[str]]:
    for place, horizon in enumerate(horizons):
        shares = [one[place] for one in series]
        yield [str(horizon), *(percent(100 * share, 0) if share == share else "–" for share in shares)]


def pooled(rows: pd.DataFrame, column: str, count: str) -> float:
    """Return the mean of a measure over rows of the summary, every case alike; NaN without cases."""
    weight = rows[count].fillna(0).to_numpy(float)
    total = float(weight.sum())
    return float(np.nansum(rows[column].to_numpy(float) * weight) / total) if total else float("nan")


def _outcome_chart(made: Backtest, phase: str) -> str:
    """The authority's roll as it came, and the forecast from each origin with its 80% range."""
    rolls = made.frames["rolls"]
    rolls = rolls[rolls["phase"] == phase]
    cells = made.frames["backtest"]
    mine = cells[
        (cells["method"] == made.own) & (cells["geography"] == "authority")
        & (cells["phase"] == phase) & (cells["year_group"] == TOTAL)
    ]  # fmt: skip
    title = f"{PHASE_WORDS[Phase(phase)]}: forecasts beside the rolls that came, the authority"
    words = (
        f"{method_words(made.own)}; a line from each of {len(made.origins)} origins, its 80% range shaded."
    )
    drawing = Drawing(outcome_name(phase), WIDTH, HEIGHT, title, words)
    years = [AcademicYear(int(year)) for year in rolls["academic_year"]]
    came = dict(zip(years, rolls["pupils"].to_numpy(float), strict=True))
    values = np.concatenate([list(came.values()), *(mine[name].to_numpy(float) for name in ("p10", "p90"))])
    frame = year_frame(drawing, years, values, "Pupils")
    drawing.tabulate(
        ["Year", "Roll", *(f"Forecast from {origin}" for origin in made.origins)],
        [[str(year), number(came[year]), *_forecasts(mine, made.origins, year)] for year in years],
        frame.cursor,
    )
    last: list[Point] = []
    for origin, rows in mine.groupby("origin", sort=True):
        start = AcademicYear.parse(str(origin))
        targets = [AcademicYear.parse(year) for year in rows["target_year"]]
        known = [frame.point(start, came[start])] if start in came else []
        upper, lower = (frame.points(targets, rows[name].to_numpy(float)) for name in ("p90", "p10"))
        drawing.area([*known, *upper, *reversed(lower)], ORANGE, 0.08)
        last = frame.points(targets, rows["forecast"].to_numpy(float))
        drawing.line([*known, *last], ORANGE, 1.5)
    drawing.line(frame.points(years, np.array(list(came.values()))), BLUE, 2.5)
    for origin in made.origins:
        if origin in came:
            drawing.dot(frame.point(origin, came[origin]), BLUE)
    ends = [(frame.point(years[-1], came[years[-1]])[1], "Rolls that came", BLUE)]
    if last:
        ends.append((last[-1][1], "Forecasts", ORANGE))
    _side_labels(drawing, frame.right, frame.bottom, ends)
    return drawing.text()


def _forecasts(mine: pd.DataFrame, origins: Sequence[AcademicYear], year: AcademicYear) -> list[str]:
    rows = mine[mine["target_year"] == str(year)]
    found = dict(zip(rows["origin"], rows["forecast"].to_numpy(float), strict=True))
    return [number(found[str(origin)]) if str(origin) in found else "–" for origin in origins]


def _labels(steps: _Steps, ends: list[tuple[float, str, str]]) -> None:
    _side_labels(steps.drawing, steps.right, steps.drawing.height - BOTTOM_MARGIN, ends)


def _side_labels(drawing: Drawing, right: float, bottom: float, ends: list[tuple[float, str, str]]) -> None:
    if not ends:
        return
    heights = apart([height for height, _, _ in ends], 16)
    sink = min(0.0, bottom - max(heights)) + max(0.0, TOP - min(heights))
    for height, (_, text, colour) in zip(heights, ends, strict=True):
        drawing.words((right + 10, height + sink + 4), text, colour, 12, bold=colour != GREY)
