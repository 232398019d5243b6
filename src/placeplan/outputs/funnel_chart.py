"""The funnel: what each school has beside what is expected of it, with the limits of chance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from placeplan.outputs.svg import BLUE, GREY, INK, ORANGE, PALE, Drawing, round_scale
from placeplan.outputs.words import counted, number

WIDTH, HEIGHT = 760.0, 380.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 600.0, 58.0, 330.0
LEAST_SHOWN = 8
"""Fewer schools than this make no picture."""


def funnel_chart(name: str, title: str, frame: pd.DataFrame) -> str | None:
    """Return the funnel of one phase and kind of send_fair_share.csv; nothing if too few schools may be shown.

    Schools whose count is hidden are not drawn, and none is named: those beyond the limits stand in the table.
    """
    shown = frame[frame["suppressed"] == "no"]
    if len(shown) < LEAST_SHOWN or not (shown["count"] > 0).any():
        return None
    beyond = shown[shown["reading"] != "as expected"]
    said = (
        f"{counted(len(shown), 'school')} by expected and actual number, {counted(len(beyond), 'school')} beyond the outer "
        f"limits; {counted(len(frame) - len(shown), 'school')} not drawn, because counts are small."
    )
    drawing = Drawing(name, WIDTH, HEIGHT, title, said)
    tops = [float(frame["high"].max()), float(shown["count"].max())]
    across = round_scale(0, float(frame["expected"].max()), LEFT, RIGHT)
    up = round_scale(0, max(tops), BOTTOM, TOP)
    drawing.words((10, 22), title, INK, 15, bold=True)
    drawing.words((10, 44), "Number", GREY, 12)
    for tick in up.ticks:
        drawing.line([(LEFT, up.at(tick)), (RIGHT, up.at(tick))], PALE, 1)
        drawing.words((LEFT - 8, up.at(tick) + 4), number(tick, 1 if tick % 1 else 0), GREY, 12, "end")
    for tick in across.ticks:
        drawing.words((across.at(tick), BOTTOM + 18), number(tick, 1 if tick % 1 else 0), GREY, 12, "middle")
    drawing.words((RIGHT, BOTTOM + 36), "Expected number", GREY, 12, "end")
    along = frame.sort_values("expected")
    x = along["expected"].to_numpy(dtype=float)
    for column, colour, dash in (("low", INK, ""), ("high", INK, ""), ("low_95", GREY, "5 4"), ("high_95", GREY, "5 4"),
                                 ("expected", BLUE, "")):  # fmt: skip
        y = np.maximum.accumulate(along[column].to_numpy(dtype=float))
        drawing.line([(across.at(a), up.at(b)) for a, b in zip(x, y, strict=True)], colour, 1.5, dash)
    for row in zip(shown["expected"], shown["count"], shown["reading"], strict=True):
        colour, hollow = (BLUE, True) if row[2] == "as expected" else (ORANGE, False)
        drawing.dot((across.at(row[0]), up.at(row[1])), colour, hollow=hollow)
    keys = (("Expected", BLUE, ""), ("95% limits", GREY, "5 4"), ("99.8% limits", INK, ""))
    for at, (words, colour, dash) in enumerate(keys):
        drawing.line([(RIGHT + 14, TOP + 20 * at), (RIGHT + 38, TOP + 20 * at)], colour, 1.5, dash)
        drawing.words((RIGHT + 44, TOP + 4 + 20 * at), words, GREY, 12)
    return drawing.text()
