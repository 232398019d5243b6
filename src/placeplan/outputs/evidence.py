"""What report and workbook show of supply_confidence.csv and watchlist.csv: doubtful figures and schools to watch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from placeplan.outputs.words import plain
from placeplan.results import Result
from placeplan.tables import rows_of
from placeplan.years import Phase

TEST_WORDS = {
    "one_form_of_entry": "Below one form of entry",
    "viability_floor": "Below a viability floor",
    "falling_roll": "Falling roll",
    "infant_class_size": "Infant classes of 30",
}


@dataclass(frozen=True)
class Doubt:
    """The figure that counts for a school in one phase, where it is a range or missing (then numbers are NaN).

    ``effect``: fall of its area's chance of shortfall from the lowest to the highest figure, NaN if not known.
    """

    urn: str
    name: str
    area: str
    phase: Phase
    measure: str
    value: float
    low: float
    high: float
    source: str
    verified_on: str
    confidence: str
    effect: float
    year: str
    status_low: str
    status_high: str

    @property
    def is_missing(self) -> bool:
        """Whether there is no figure at all."""
        return math.isnan(self.value)


@dataclass(frozen=True)
class Watched:
    """A school that is likely to fall below a line, with the first year in which it is."""

    urn: str
    name: str
    area: str
    phase: Phase
    test: str
    year: str
    chance: float
    value: float
    threshold: float
    consequence: str


def doubts(result: Result) -> tuple[Doubt, ...]:
    """Return the figures of the base year that count and are ranges, those that matter most first."""
    frame = result.frames["supply_confidence"]
    if frame.empty:
        return ()
    counts = (frame["counts"] == "yes") & (frame["academic_year"] == str(result.base_year))
    wide = (frame["high"] > frame["low"]) | frame["value"].isna()
    areas = _area_names(result)
    return tuple(
        Doubt(
            row.urn, _name(row.school_name, row.site_id), areas.get((row.phase, row.area_code), row.area_code),
            Phase(row.phase), row.measure, row.value, row.low, row.high, row.source, row.verified_on,
            row.confidence, row.effect, row.effect_year, row.status_low, row.status_high,
        )
        for row in rows_of(frame[counts & wide])
    )  # fmt: skip


def watched(result: Result) -> tuple[Watched, ...]:
    """Return the watch-list in its own order: by year, then by how likely."""
    areas = _area_names(result)
    return tuple(
        Watched(
            row.urn, plain(row.school_name), areas.get((row.phase, row.area_code), row.area_code),
            Phase(row.phase), row.test, row.academic_year, row.probability, row.value, row.threshold,
            row.consequence,
        )
        for row in rows_of(result.frames["watchlist"])
    )  # fmt: skip


def _name(school: str, site: str) -> str:
    return plain(f"{school}, site {site}" if site else school)


def _area_names(result: Result) -> Mapping[tuple[str, str], str]:
    table = result.inputs.table("areas")
    rows = zip(table["phase"], table["area_code"], table["area_name"], strict=True)
    names = {(phase, code): plain(name or code) for phase, code, name in rows}
    sixth = {
        (Phase.SIXTH_FORM.value, code): name for (phase, code), name in names.items() if phase == "secondary"
    }
    return {**names, **sixth}
