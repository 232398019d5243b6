"""The long-range page of the report, and what control totals changed."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from placeplan.outputs.chart_set import entry_name
from placeplan.outputs.longrange import (
    Entry,
    area_tables,
    entries_of,
    projected_from,
    sentences,
    totals_of,
)
from placeplan.outputs.marks import picture, table
from placeplan.outputs.outlook import TOTAL
from placeplan.outputs.views import RunView, Wide
from placeplan.outputs.words import PHASE_WORDS, markdown, number, signed
from placeplan.years import Phase


def long_range(view: RunView) -> Iterator[str]:
    """Give entry years and totals over the whole horizon, if any of it rests on projected births."""
    places = [place for place in view.authorities if projected_from(place) is not None]
    if not places:
        return
    yield "## Long range"
    for place in places:
        yield from _authority(view, place, len(view.authorities) > 1)
    for heading, rows in area_tables(view):
        yield f"### {heading}"
        header = ["Area", "Code", *map(str, _longest([entry for _, entry in rows]).years)]
        lines = ([markdown(area.name), markdown(area.code), *starred(entry)] for area, entry in rows)
        yield table(header, lines, 2)


def control_totals(view: RunView) -> Iterator[str]:
    """Give the authority before and after control totals, by phase and year."""
    controls = view.result.frames.get("control_totals")
    if controls is None or controls.empty:
        return
    yield "## Control totals"
    yield (
        "The planning areas were adjusted so that they add up to totals of the whole authority. Those areas and year "
        "groups moved most whose own forecast is least sure; schools follow their areas. The range is that of the "
        "forecast before the adjustment, in nine cases of ten."
    )
    for phase in Phase:
        rows = controls[controls["phase"] == phase.value]
        if len(rows):
            yield f"### {PHASE_WORDS[phase]} control totals"
            yield table(
                ["Year", "Year group", "Before", "90% range before", "Control", "After", "Change", "%"],
                (control_cells(row) for row in rows.to_dict("records")),
                2,
            )


def control_cells(row: Mapping[Hashable, Any]) -> list[str]:
    """Return one control in words."""
    numbers = {
        name: float(str(row[name])) for name in ("before", "control", "after", "change_percent", "p05", "p95")
    }
    change, control = numbers["change_percent"], numbers["control"]
    return [
        str(row["academic_year"]),
        "All" if row["year_group"] == TOTAL else str(row["year_group"]),
        number(numbers["before"]),
        f"{number(numbers['p05'])} to {number(numbers['p95'])}",
        "in part" if math.isnan(control) else number(control),
        number(numbers["after"]),
        signed(numbers["after"] - numbers["before"]),
        "–" if math.isnan(change) else f"{signed(change, 1)}%",
    ]


def starred(entry: Entry) -> list[str]:
    """Return the pupils of each year, with an asterisk where they rest on projected births."""
    pairs = zip(entry.pupils.tolist(), entry.projected, strict=True)
    return [number(pupils) + ("\\*" if projected else "") for pupils, projected in pairs]


def _authority(view: RunView, place: Wide, named: bool) -> Iterator[str]:
    if named:
        yield f"### {markdown(place.name)}: long range"
    yield from sentences(view, place)
    entries = entries_of(view, place)
    if entries:
        yield picture(entry_name(place.code), "Pupils entering each phase")
    rows = [*entries, *totals_of(place)]
    years = _longest(rows).years
    lines = (cells for entry in rows for cells in _with_range(entry))
    yield table(["", *map(str, years)], (cells + [""] * (len(years) + 1 - len(cells)) for cells in lines))


def _with_range(entry: Entry) -> Iterator[list[str]]:
    yield [entry.words, *starred(entry)]
    yield [
        "80% range, from",
        *("roll" if not at else number(low) for at, low in enumerate(entry.low.tolist())),
    ]
    yield ["80% range, to", *("" if not at else number(high) for at, high in enumerate(entry.high.tolist()))]


def _longest(entries: list[Entry]) -> Entry:
    return max(entries, key=lambda entry: len(entry.years))
