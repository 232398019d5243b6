"""Who gets a pack: trusts, schools, dioceses, districts, and the authority as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

import pandas as pd

from placeplan.outputs.words import counted, file_word, plain
from placeplan.problems import UsageError
from placeplan.publishing.runfolder import RunFolder
from placeplan.years import Phase

AUTHORITY = "authority"
COLUMN = {"trust": "trust", "diocese": "diocese", "school": "urn", "district": "district"}
KINDS = (AUTHORITY, *COLUMN)
ALL = "all"
MOST_NAMED = 5


@dataclass(frozen=True)
class Recipient:
    """One that gets a pack: its schools by URN, the planning areas they stand in, and the name of its folder."""

    kind: str
    name: str
    urns: frozenset[str]
    areas: frozenset[tuple[str, str]]
    """Phase of the area (primary or secondary) and area_code."""
    slug: str


def recipients(run: RunFolder, wanted: str) -> list[Recipient]:
    """Return those that ``KIND``, ``KIND:NAME``, ``all`` or nothing names, in order; UsageError if there is none of it."""
    kind, _, name = wanted.partition(":")
    kind, name = kind.strip().casefold() or AUTHORITY, name.strip()
    if kind == ALL and not name:
        found = [_whole(run)]
        for one in COLUMN:
            found += _of_kind(run, one)
        return _apart(found)
    if kind == AUTHORITY:
        return [_whole(run)]
    if kind not in COLUMN:
        near = get_close_matches(kind, [*KINDS, ALL], 1)
        hint = f"did you mean {near[0]}?" if near else f"write one of {', '.join([*KINDS, ALL])}"
        raise UsageError(f"--for {wanted}: there are no packs for {kind!r}; {hint}")
    found = _apart(_of_kind(run, kind))
    if not found:
        raise UsageError(
            f"--for {wanted}: the tables name no {kind}; fill in its column, then run the forecast again"
        )
    return [_named(found, kind, name, wanted)] if name else found


def _named(found: list[Recipient], kind: str, name: str, wanted: str) -> Recipient:
    """The one of that name (a school also by its URN); UsageError with the nearest names otherwise."""
    names = {one.name.casefold(): one for one in found}
    if kind == "school":
        same = [one for one in found if one.name.casefold() == name.casefold()]
        if len(same) > 1:
            codes = ", ".join(sorted(urn for one in same for urn in one.urns))
            raise UsageError(
                f"--for {wanted}: {counted(len(same), 'school')} have this name; give the URN: {codes}"
            )
        names |= {urn.casefold(): one for one in found for urn in one.urns}
    if name.casefold() in names:
        return names[name.casefold()]
    near = get_close_matches(name.casefold(), list(names), MOST_NAMED, 0.4)
    near += [key for key in names if name.casefold() in key and key not in near]
    spelled = list(dict.fromkeys(names[key].name for key in near))[:MOST_NAMED]
    hint = (
        f"the nearest names are {', '.join(spelled)}" if spelled else f"there are {counted(len(found), kind)}"
    )
    raise UsageError(f"--for {wanted}: there is no {kind} of that name; {hint}")


def _whole(run: RunFolder) -> Recipient:
    schools = run.frames["schools"]
    areas = _pairs(run.frames["sufficiency"])
    return Recipient(AUTHORITY, plain(run.authority), frozenset(schools["urn"]), areas, AUTHORITY)


def _of_kind(run: RunFolder, kind: str) -> list[Recipient]:
    schools = run.frames["schools"].drop_duplicates(["urn", "phase", "area_code"])
    if kind == "district":
        pairs = run.frames["sufficiency"].drop_duplicates(["phase", "area_code"])
        home = {
            (phase, code): name
            for phase, code, name in zip(pairs["phase"], pairs["area_code"], pairs["district"], strict=True)
        }
        keys = zip(schools["phase"], schools["area_code"], strict=True)
        schools = schools.assign(district=[home.get(key, "") for key in keys])
    column = COLUMN[kind]
    known = schools[schools[column] != ""]
    found = []
    for key, rows in known.groupby(column, sort=True):
        name = plain(str(rows["school_name"].iloc[0])) if kind == "school" else plain(str(key))
        word = f"{key}-{name}" if kind == "school" else name
        areas = _pairs(rows)
        if kind == "district":
            areas = _pairs(pairs[pairs["district"] == key])
        found.append(Recipient(kind, name, frozenset(rows["urn"]), areas, f"{kind}-{file_word(word)}"))
    return found


def _pairs(rows: pd.DataFrame) -> frozenset[tuple[str, str]]:
    """Phases of areas with their codes; a sixth form's area is that of its secondary phase."""
    return frozenset(
        (Phase(phase).area_phase.value, code)
        for phase, code in zip(rows["phase"], rows["area_code"], strict=True)
        if code
    )


def _apart(found: list[Recipient]) -> list[Recipient]:
    """Give each its own folder, also where names differ only in what no file name can hold."""
    seen: dict[str, int] = {}
    apart = []
    for one in found:
        seen[one.slug] = seen.get(one.slug, 0) + 1
        number = seen[one.slug]
        slug = one.slug if number == 1 else f"{one.slug}-{number}"
        apart.append(Recipient(one.kind, one.name, one.urns, one.areas, slug))
    return apart
