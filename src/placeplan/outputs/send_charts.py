"""The charts of high needs: all plans, past and expected, and demand in the area beside places by setting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from placeplan.outputs.chart_axes import Years, year_frame
from placeplan.outputs.outlook import Floats
from placeplan.outputs.send_money import setting_words
from placeplan.outputs.svg import BLUE, GREY, INK, ORANGE, Drawing, apart
from placeplan.outputs.words import number
from placeplan.years import AcademicYear

WIDTH, HEIGHT = 760.0, 320.0
PLANS = "plans"


def places_name(setting: str) -> str:
    """Return the name of a chart of places without its ending."""
    return f"places-{setting.replace('_', '-')}"


def draw_send_charts(
    authority: str, past: Mapping[AcademicYear, float], settings: pd.DataFrame, places: pd.DataFrame
) -> dict[str, str]:
    """Return every chart as SVG by its name; ``past`` are all plans by year up to the base year."""
    return dict(_charts(authority, past, settings, places))


def _charts(
    authority: str, past: Mapping[AcademicYear, float], settings: pd.DataFrame, places: pd.DataFrame
) -> Iterator[tuple[str, str]]:
    yield PLANS, _plans(authority, past, settings[settings["setting"] == "total"])
    known = places[(places["phase"] == "total") & places["places"].notna()]
    for setting, own in known.groupby("setting", sort=False):
        yield places_name(str(setting)), _places(str(setting), own)


def _plans(authority: str, past: Mapping[AcademicYear, float], total: pd.DataFrame) -> str:
    years, told = list(past), np.array(list(past.values()))
    pupils, low, high = (total[name].to_numpy(dtype=float) for name in ("pupils", "p10", "p90"))
    ahead = [AcademicYear(int(text[:4])) for text in total["academic_year"]]
    said = (
        f"Plans are {number(told[-1])} in {years[-1]} and {number(pupils[-1])} in {ahead[-1]} "
        f"(80% range {number(low[-1])} to {number(high[-1])})."
    )
    drawing = Drawing(PLANS, WIDTH, HEIGHT, f"{authority}: residents with a plan", said)
    frame = year_frame(drawing, [*years, *ahead], np.concatenate([told, low, high]), "Plans")
    rows = [[str(year), number(value), ""] for year, value in past.items()]
    rows += [
        [str(year), number(value), f"{number(below)} to {number(above)}"]
        for year, value, below, above in zip(ahead, pupils, low, high, strict=True)
    ]
    drawing.tabulate(["Year", "Plans", "80% range"], rows, frame.cursor)
    _band(drawing, frame, ahead, low, high)
    drawing.line(frame.points(years, told), INK, 2.5)
    drawing.line(frame.points([years[-1], *ahead], np.array([told[-1], *pupils])), BLUE, 2.5, "7 4")
    ends = [(frame.point(ahead[-1], pupils[-1])[1], f"Expected {number(pupils[-1])}", BLUE)]
    ends.append((ends[0][0] + 16, f"80% range {number(low[-1])}–{number(high[-1])}", GREY))
    _labels(drawing, frame, ends)
    return drawing.text()


def _places(setting: str, own: pd.DataFrame) -> str:
    years = [AcademicYear(int(text[:4])) for text in own["academic_year"]]
    demand, low, high = (own[name].to_numpy(dtype=float) for name in ("in_area", "p10", "p90"))
    free = own["places"].to_numpy(dtype=float) - own["used_by_others"].to_numpy(dtype=float)
    said = f"Demand in the area is {number(demand[-1])} in {years[-1]} beside {number(free[-1])} places."
    title = f"{setting_words(setting)}: demand in the area and places"
    drawing = Drawing(places_name(setting), WIDTH, HEIGHT, title, said)
    frame = year_frame(
        drawing, years, np.concatenate([free, low, high]), "Residents and places, places of others left out"
    )
    rows = [
        [str(year), number(value), f"{number(below)} to {number(above)}", number(places)]
        for year, value, below, above, places in zip(years, demand, low, high, free, strict=True)
    ]
    drawing.tabulate(["Year", "Demand", "80% range", "Places"], rows, frame.cursor)
    _band(drawing, frame, years, low, high)
    drawing.line(frame.points(years, demand), BLUE, 2.5, "7 4")
    steps = [
        (x + side * frame.step / 2, y)
        for x, y in (frame.point(year, value) for year, value in zip(years, free, strict=True))
        for side in (-1, 1)
    ]
    drawing.line(steps, ORANGE, 2.5)
    ends = [
        (frame.point(years[-1], demand[-1])[1], f"Demand {number(demand[-1])}", BLUE),
        (frame.point(years[-1], free[-1])[1], f"Places {number(free[-1])}", ORANGE),
    ]
    _labels(drawing, frame, ends)
    return drawing.text()


def _band(drawing: Drawing, frame: Years, years: list[AcademicYear], low: Floats, high: Floats) -> None:
    upper, lower = frame.points(years, high), frame.points(years, low)
    drawing.area([*upper, *reversed(lower)], BLUE, 0.14)


def _labels(drawing: Drawing, frame: Years, ends: list[tuple[float, str, str]]) -> None:
    heights = apart([height for height, _, _ in ends], 16)
    for height, (_, text, colour) in zip(heights, ends, strict=True):
        drawing.words(
            (frame.right + 10, height + 4), text, colour, 12 if colour == GREY else 13, bold=colour != GREY
        )
