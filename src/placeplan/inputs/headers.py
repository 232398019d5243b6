"""Column names of a file to columns of a table, the wide form of the rolls among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from placeplan.inputs.columns import Where
from placeplan.inputs.rawcells import tidy_name
from placeplan.inputs.values import NOT_COUNTED, read_group
from placeplan.problems import Finding
from placeplan.tables import Column, TableSpec

WIDE_TABLE = "rolls"
"""The table that may have one column for each year group."""
LONG_ONLY = ("year_group", "pupils", "unit_pupils", "plan_pupils")
"""The columns that the wide form does without."""


@dataclass(frozen=True)
class Match:
    """Which column of the file holds what: ``places`` by column name, ``groups`` year group by place.

    ``uncounted`` are the places of nursery and ungraded groups in the wide form.
    """

    places: dict[str, int]
    groups: dict[int, int]
    uncounted: tuple[int, ...]
    findings: tuple[Finding, ...]


def recognises(spec: TableSpec, name: str) -> bool:
    """Tell whether a tidied name is a column of the table."""
    if any(column.name == name for column in spec.readable):
        return True
    return spec.name == WIDE_TABLE and _group(name) is not None


def match_header(spec: TableSpec, header: Sequence[str], where: Where) -> Match:
    """Return what each column of a file is; columns that are missing, mended or not known are findings."""
    known = {column.name for column in spec.readable}
    tidy = [tidy_name(name) for name in header]
    places = {name: place for place, name in enumerate(tidy) if name in known}
    groups: dict[int, int] = {}
    if spec.name == WIDE_TABLE and not {"year_group", "pupils"} <= places.keys():
        groups = {place: group for place, name in enumerate(tidy) if (group := _group(name)) is not None}
    if groups:
        places = {name: place for name, place in places.items() if name not in LONG_ONLY}
    findings = [
        *_twice(header, groups, where),
        *_missing(spec, places, header, bool(groups), where),
        *_mended(header, places, groups, where),
        *_unused(header, {*places.values(), *groups}, where),
    ]
    uncounted = tuple(place for place, group in groups.items() if group == NOT_COUNTED)
    counted = {place: group for place, group in groups.items() if group != NOT_COUNTED}
    return Match(places, counted, uncounted, tuple(findings))


def _group(name: str) -> int | None:
    reading = read_group(name.replace("_", " ").strip())
    return None if reading.value is None else int(reading.value)


def _twice(header: Sequence[str], groups: dict[int, int], where: Where) -> list[Finding]:
    """Year groups that two columns of the wide form hold."""
    found = []
    for place, group in groups.items():
        earlier = [other for other in groups if other < place and groups[other] == group != NOT_COUNTED]
        if earlier:
            said = f"the columns `{header[earlier[0]]}` and `{header[place]}` are the same year group"
            found.append(where.finding("column-twice", said, 1, header[place], header[place]))
    return found


def _missing(
    spec: TableSpec, places: dict[str, int], header: Sequence[str], wide: bool, where: Where
) -> list[Finding]:
    needed = [
        [column.name]
        for column in spec.readable
        if column.needed and not column.one_of and not (wide and column.name in LONG_ONLY)
    ]
    named = dict.fromkeys(column.one_of for column in spec.readable if column.one_of)
    groups = [[column.name for column in spec.readable if column.one_of == group] for group in named]
    return [
        where.finding("needed-column-missing", _missing_said(names, header), 0, names[0])
        for names in [*needed, *groups]
        if not any(name in places for name in names)
    ]


def _missing_said(names: Sequence[str], header: Sequence[str]) -> str:
    near = get_close_matches(names[0], [name for name in header if name], n=1)
    hint = f"; is `{near[0]}` meant?" if near else ""
    listed = " or ".join(f"`{name}`" for name in names)
    return f"the column {listed} is missing; the file has {', '.join(header)[:200]}{hint}"


def _mended(
    header: Sequence[str], places: dict[str, int], groups: dict[int, int], where: Where
) -> list[Finding]:
    mended = [header[place] for name, place in places.items() if header[place].strip().casefold() != name]
    mended += [
        header[place]
        for place, group in groups.items()
        if group != NOT_COUNTED and read_group(header[place]).rule == "year-group-mended"
    ]
    if not mended:
        return []
    said = f"column names in other spellings were understood: {', '.join(f'`{name}`' for name in mended)}"
    return [where.finding("header-mended", said, 0, mended[0], mended[0])]


def _unused(header: Sequence[str], used: set[int], where: Where) -> list[Finding]:
    unused = [
        name or f"(no name, column {place + 1})" for place, name in enumerate(header) if place not in used
    ]
    if not unused:
        return []
    said = f"columns that the table {where.table} does not have were left out: {', '.join(unused)[:500]}"
    return [where.finding("column-unused", said, 0, unused[0], unused[0])]


def needed_nowhere_blank(column: Column) -> bool:
    """Tell whether every row must fill the column: it is needed, and a blank is no unknown figure."""
    figure = column.kind in ("count", "number", "money") and not column.key
    return column.needed and not column.one_of and not figure
