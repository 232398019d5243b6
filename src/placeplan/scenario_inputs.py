"""A scenario meets the tables: its codes are checked, the planned changes edited, and what is left told as plain numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd

from placeplan.operations import (
    AdjustmentsEdit,
    Arrivals,
    BirthsChange,
    CrossBorder,
    HousingEdit,
    Intervals,
    RatioChange,
    merged_births,
    merged_ratios,
)
from placeplan.problems import Finding, InputErrors
from placeplan.project import Births, Project, Ratios
from placeplan.scenario import AddedChange, ChangeEdit, Layer, LoadedScenario, PanChange, Scenario
from placeplan.scenario_housing import ALL, housing_tables
from placeplan.tables import Inputs, typed_table
from placeplan.years import AcademicYear

TABLE = "planned_changes"
Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class WhatIf:
    """One admission number that a school changes alone; ``change_id`` is its row in the planned changes.

    ``change``: places, signed; ``start`` and ``end``: first and last year of entry, ``end`` None for good; ``year_group``
    of entry, None for the school's lowest; ``taken_up``: share of extra places, None for the default.
    """

    change_id: str
    urn: str
    change: int
    start: AcademicYear
    end: AcademicYear | None = None
    year_group: int | None = None
    taken_up: float | None = None


@dataclass(frozen=True)
class Assumed:
    """What a scenario assumes beyond its tables, and in place of the project's choices (None: as the project has them).

    ``births``: changes of births behind the Reception years ahead. ``arrivals``: with the driver that they are told under.
    """

    births: tuple[BirthsChange, ...] = ()
    what_if: tuple[WhatIf, ...] = ()
    ratios: Ratios | None = None
    projection: Births | None = None
    ratio_changes: tuple[RatioChange, ...] = ()
    arrivals: tuple[tuple[str, Arrivals], ...] = ()
    cross_border: tuple[CrossBorder, ...] = ()
    housing: tuple[HousingEdit, ...] = ()
    intervals: tuple[Intervals, ...] = ()

    @property
    def spread(self) -> float:
        """What errors of ratios are multiplied by in the draws."""
        return float(np.prod([1.0 + (one.spread or 0.0) / 100.0 for one in self.intervals]))

    def births_factors(self, horizon: int) -> np.ndarray:
        """Return what births behind Reception are multiplied by, (years ahead)."""
        factors = np.ones(horizon)
        for one in self.births:
            factors *= [one.factor(year) for year in range(1, horizon + 1)]
        return factors

    def project(self, project: Project) -> Project:
        """Return the project with the choices that the scenario makes in its place."""
        if self.ratios is None and self.projection is None and not (self.housing or self.intervals):
            return project
        ratios = project.ratios if self.ratios is None else merged_ratios(project.ratios, self.ratios)
        births = project.births if self.projection is None else merged_births(project.births, self.projection)
        certainty = dict(project.housing.certainty)
        for one in self.housing:
            certainty |= one.certainty
        slips = [project.housing.slips, *(one.slips for one in self.intervals if one.slips is not None)][-1]
        chances = {
            str(name): share for one in self.intervals for name, share in one.delivery_probability.items()
        }
        return project.model_copy(
            update={
                "ratios": ratios,
                "births": births,
                "housing": project.housing.model_copy(update={"certainty": certainty, "slips": slips}),
                "delivery_probability": project.delivery_probability.model_copy(update=chances),
            }
        )


@dataclass(frozen=True)
class ScenarioInputs:
    """One scenario ready to run: its name, its tables and what it assumes; ``layers``: where its words stand."""

    name: str
    inputs: Inputs
    assumed: Assumed = Assumed()
    layers: tuple[Layer, ...] = field(default=(), compare=False)

    def place(self, table: str) -> tuple[str, int]:
        """Return file and line of what it says of a table, for messages about its rows."""
        for layer in reversed(self.layers):
            if table in layer.content.model_fields_set:
                return layer.document.file, layer.document.place((table,), True).line
        return (self.layers[-1].document.file, 1) if self.layers else ("", 0)


RECEPTION_AFTER = 5
"""Years from a birth year to the academic year of Reception."""
ReadTable = Callable[[str, Path], pd.DataFrame]


def scenario_inputs(
    scenario: LoadedScenario, inputs: Inputs, base_year: AcademicYear, read: ReadTable, alone: bool = True
) -> ScenarioInputs:
    """Return the scenario's tables and assumptions; InputErrors with every code that is not there.

    ``read`` returns a table from a file that the scenario names. Without ``alone`` its what-ifs are left out: the same
    scenario as if no school had acted alone.
    """
    changes, assumed = inputs.table(TABLE), Assumed()
    acts: list[WhatIf] = []
    faults: list[Finding] = []
    for layer in scenario.layers:
        known = _Known(inputs, changes)
        faults += [*_unknown(layer, known), *_untimely(layer, base_year)]
        assumed = _assumed(assumed, layer.content)
        content = layer.content
        for change_id, edit in content.planned_changes.edits.items():
            changes = _edited(changes, change_id, edit)
        added = [_row(row) for row in content.planned_changes.add]
        acting = [_what_if(one, len(acts) + place) for place, one in enumerate(content.what_if)]
        acts += acting if alone else []
        changes = _with_rows(changes, [*added, *(_what_if_row(one) for one in acting if alone)])
    if faults:
        raise InputErrors(faults)
    tables = {**inputs.tables, TABLE: changes} if scenario.layers else dict(inputs.tables)
    for layer in scenario.layers:
        tables |= _other_tables(layer, replace(inputs, tables=tables), base_year, read)
    return ScenarioInputs(
        scenario.name, replace(inputs, tables=tables), replace(assumed, what_if=tuple(acts)), scenario.layers
    )


def _assumed(before: Assumed, content: Scenario) -> Assumed:
    """What is assumed once a layer has been laid on those below it."""
    births = content.births
    ratios, projection = content.ratios, births.projection if births else None
    return replace(
        before,
        births=(*before.births, births) if births else before.births,
        ratios=merged_ratios(before.ratios, ratios) if before.ratios and ratios else ratios or before.ratios,
        projection=(
            merged_births(before.projection, projection)
            if before.projection and projection
            else projection or before.projection
        ),
        ratio_changes=(*before.ratio_changes, *content.ratio_changes),
        arrivals=(
            *before.arrivals,
            *(("arrivals", one) for one in content.arrivals),
            *(("independent", one) for one in content.independent),
        ),
        cross_border=(*before.cross_border, *content.cross_border),
        housing=(*before.housing, content.housing) if content.housing else before.housing,
        intervals=(*before.intervals, content.intervals) if content.intervals else before.intervals,
    )


class _Known:
    """The codes that a scenario may name."""

    def __init__(self, inputs: Inputs, changes: pd.DataFrame) -> None:
        schools, areas = inputs.table("schools"), inputs.table("areas")
        self.changes = sorted(set(changes["change_id"]))
        self.schools = sorted((set(schools["urn"]) | set(schools["predecessor_urn"])) - {""})
        self.coming = set(changes.loc[changes["kind"] == "new_school", "urn"]) - {""}
        self.adjustments = sorted(set(inputs.table("adjustments")["adjustment_id"]))
        self.homes = sorted(set(inputs.table("housing")["site_id"]))
        self.areas = sorted(set(areas["area_code"]))
        self.range = {
            urn: (low, high)
            for urn, low, high in zip(schools["urn"], schools["low_year"], schools["high_year"], strict=True)
        }


def _unknown(layer: Layer, known: _Known) -> list[Finding]:
    """Every code of a layer that no table knows, with the nearest right one."""
    faults = []
    for what, code, codes, path in _codes(layer, known):
        if code and code not in codes:
            near = get_close_matches(code, codes, n=1, cutoff=0.5)
            hint = f"; the nearest is {near[0]}" if near else ""
            key = what == "planned change"
            faults.append(
                layer.document.finding("scenario-code", path, f"there is no {what} `{code}`{hint}", key)
            )
    for place, one in enumerate(layer.content.what_if):
        low, high = known.range.get(one.urn, (np.nan, np.nan))
        if one.year_group is not None and (one.year_group < low or one.year_group > high):
            said = f"the school {one.urn} does not teach the year group {one.year_group}"
            faults.append(layer.document.finding("scenario-code", ("what_if", place, "year_group"), said))
    return faults


def _codes(layer: Layer, known: _Known) -> Iterator[tuple[str, str, list[str], Path_]]:
    content = layer.content
    for change_id in content.planned_changes.edits:
        yield "planned change", change_id, known.changes, (TABLE, change_id)
    new = {row.urn for row in content.planned_changes.add if row.kind == "new_school"}
    schools = [*known.schools, *sorted(known.coming | new - {""})]
    for place, row in enumerate(content.planned_changes.add):
        at: Path_ = (TABLE, "add", place)
        yield "school", row.urn, schools, (*at, "urn")
        yield "school", row.into_urn, schools, (*at, "into_urn")
        yield "planning area", row.area_code, known.areas, (*at, "area_code")
    for place, one in enumerate(content.what_if):
        yield "school", one.urn, known.schools, ("what_if", place, "urn")
    for name in ("ratio_changes", "arrivals", "independent", "cross_border"):
        for place, one in enumerate(getattr(content, name)):
            for at_area, code in enumerate(one.areas or ()):
                yield "planning area", code, known.areas, (name, place, "areas", at_area)
    if content.housing:
        for name, sites in (("drop", [*known.homes, ALL]), ("only", known.homes)):
            for place, code in enumerate(getattr(content.housing, name)):
                yield "housing site", code, sites, ("housing", name, place)
    if content.adjustments:
        for place, code in enumerate(content.adjustments.drop):
            yield "adjustment", code, [*known.adjustments, ALL], ("adjustments", "drop", place)
        for place, added in enumerate(content.adjustments.add):
            at = ("adjustments", "add", place)
            yield "school", added.urn, known.schools, (*at, "urn")
            yield "planning area", added.area_code, known.areas, (*at, "area_code")
    for at_year, left in enumerate((content.ratios and content.ratios.leave_out) or ()):
        for at_area, code in enumerate(left.areas or ()):
            yield "planning area", code, known.areas, ("ratios", "leave_out", at_year, "areas", at_area)


def _untimely(layer: Layer, base_year: AcademicYear) -> list[Finding]:
    said = f"the first year must come after the base year {base_year}"
    past = [
        layer.document.finding(
            "scenario-year",
            (name, place, "pupils", str(year)),
            f"{year} is no year after the base year {base_year}",
            True,
        )
        for name in ("arrivals", "independent")
        for place, one in enumerate(getattr(layer.content, name))
        for year in one.pupils
        if year <= base_year
    ]
    added = layer.content.adjustments.add if layer.content.adjustments else ()
    past += [
        layer.document.finding(
            "scenario-year", ("adjustments", "add", place, "academic_year"), f"{one.academic_year}: {said}"
        )
        for place, one in enumerate(added)
        if one.academic_year <= base_year
    ]
    return past + [
        layer.document.finding("scenario-year", ("what_if", place, "from"), f"{one.urn} from {one.from_}: {said}")
        for place, one in enumerate(layer.content.what_if)
        if one.from_ <= base_year
    ]  # fmt: skip


def _edited(changes: pd.DataFrame, change_id: str, edit: ChangeEdit) -> pd.DataFrame:
    """The changes with one of them dropped, late (a bulge class is then another cohort's), or of another certainty."""
    here = changes["change_id"] == change_id
    if edit.drop:
        return changes[~here].reset_index(drop=True)
    changes = changes.copy()
    if edit.delay:
        changes.loc[here, "start_year"] += edit.delay
        changes.loc[here & (changes["kind"] == "bulge"), "end_year"] += edit.delay
    if edit.certainty is not None:
        changes.loc[here, "certainty"] = edit.certainty
    if edit.probability is not None:
        changes.loc[here, "delivery_probability"] = edit.probability
    return changes


def _other_tables(
    layer: Layer, inputs: Inputs, base_year: AcademicYear, read: ReadTable
) -> dict[str, pd.DataFrame]:
    """The tables births, housing, yields and adjustments as a layer leaves them."""
    content, folder = layer.content, Path(layer.document.file).parent
    tables: dict[str, pd.DataFrame] = {}
    if content.births and content.births.from_:
        other = read("births", folder / content.births.from_)
        tables["births"] = _later_births(inputs.table("births"), other, base_year)
    if content.housing:
        if content.housing.yields_from:
            inputs = replace(
                inputs,
                tables={**inputs.tables, "yields": read("yields", folder / content.housing.yields_from)},
            )
        tables |= housing_tables(inputs, content.housing, base_year)
    if content.adjustments:
        tables["adjustments"] = _adjustments(inputs.table("adjustments"), content.adjustments)
    return tables


def _later_births(own: pd.DataFrame, other: pd.DataFrame, base_year: AcademicYear) -> pd.DataFrame:
    """Births with those behind the Reception years ahead taken from another table, where it has the birth year."""
    later = other[other["birth_year"] + RECEPTION_AFTER > base_year]
    stays = ~own["birth_year"].isin(set(later["birth_year"]))
    return pd.concat([own[stays], later], ignore_index=True)


def _adjustments(own: pd.DataFrame, edit: AdjustmentsEdit) -> pd.DataFrame:
    """The adjustments without those that are dropped and with those that are added."""
    kept = own[~(own["adjustment_id"].isin(edit.drop) | (ALL in edit.drop))].reset_index(drop=True)
    if not edit.add:
        return kept
    rows = [
        {
            **{name: value for name, value in one.model_dump().items() if value is not None},
            "made_on": pd.Timestamp(one.made_on),
            **({"expires_on": pd.Timestamp(one.expires_on)} if one.expires_on else {}),
        }
        for one in edit.add
    ]
    more = typed_table("adjustments", pd.DataFrame(rows)).assign(row=0)
    return pd.concat([kept, more], ignore_index=True) if len(kept) else more


def _row(added: AddedChange) -> dict[str, object]:
    given = {name: getattr(added, name) for name in AddedChange.model_fields}
    return {name: value for name, value in given.items() if value is not None}


def _what_if(one: PanChange, place: int) -> WhatIf:
    return WhatIf(
        f"what-if-{place + 1}-{one.urn}", one.urn, one.pan, one.from_, one.until, one.year_group, one.taken_up
    )  # fmt: skip


def _what_if_row(one: WhatIf) -> dict[str, object]:
    row = {
        "change_id": one.change_id, "kind": "pan_change", "start_year": one.start, "places": float(one.change),
        "urn": one.urn, "certainty": "certain", "delivery_probability": 1.0, "end_year": one.end,
        "year_group": one.year_group, "note": "What if: the school acts alone",
    }  # fmt: skip
    return {name: value for name, value in row.items() if value is not None}


def _with_rows(changes: pd.DataFrame, rows: list[dict[str, object]]) -> pd.DataFrame:
    if not rows:
        return changes
    more = typed_table(TABLE, pd.DataFrame(rows)).assign(row=0)
    return pd.concat([changes, more], ignore_index=True) if len(changes) else more
