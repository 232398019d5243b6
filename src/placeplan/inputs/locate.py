"""Where the tables stand: the project's ``inputs`` to one location for each table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from placeplan.problems import Finding
from placeplan.tables import table_specs

BOUNDARIES = "boundaries"
"""The table that is a GeoJSON file."""

_ENDINGS = (".csv", ".xlsx", ".xlsm")
_LAST_RESORT = (".xls", ".ods", ".tsv", ".txt")


@dataclass(frozen=True)
class Location:
    """The file that holds a table; ``sheet`` is blank for the first one, or where there are none."""

    table: str
    path: Path
    sheet: str = ""


def find_tables(inputs: Mapping[str, str], base: Path) -> tuple[dict[str, Location], list[Finding]]:
    """Return the location of every table that the project's ``inputs`` give, and what is wrong with them.

    ``folder`` is searched for tables under their own names; a table named beside it goes first. Paths are
    relative to ``base``, the folder of the project file.
    """
    found: dict[str, Location] = {}
    findings: list[Finding] = []
    for table, written in inputs.items():
        if table == "folder":
            continue
        if table not in table_specs():
            findings.append(_unknown(table, written))
            continue
        location = _named(table, written, base)
        found[table] = location
        if not location.path.is_file():
            said = f"the file `{written}` of the table {table} is not there (looked for {location.path})"
            findings.append(Finding("file-missing", said, table, written, 0, "", written))
            del found[table]
    if "folder" in inputs:
        in_folder, faults = _in_folder(inputs["folder"], base, frozenset(inputs))
        found = {**in_folder, **found}
        findings += faults
    return {table: found[table] for table in table_specs() if table in found}, findings


def _named(table: str, written: str, base: Path) -> Location:
    whole = base / written
    if "#" in written and not whole.is_file():
        file, _, sheet = written.rpartition("#")
        return Location(table, base / file, sheet)
    return Location(table, whole)


def _unknown(table: str, written: str) -> Finding:
    near = get_close_matches(table, table_specs(), n=1)
    hint = f"; did you mean `{near[0]}`?" if near else f"; there are {', '.join(table_specs())}"
    return Finding("table-unknown", f"there is no table `{table}`{hint}", table, written, 0, "", table)


def _in_folder(written: str, base: Path, named: frozenset[str]) -> tuple[dict[str, Location], list[Finding]]:
    folder = base / written
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file())
    except OSError as error:
        said = f"the folder `{written}` cannot be read: {error.strerror} (looked for {folder})"
        return {}, [Finding("folder-missing", said, "", written, 0, "", written)]
    found: dict[str, Location] = {}
    findings = []
    for table in table_specs():
        if table in named:
            continue
        here = _candidates(files, table)
        if len(here) > 1:
            names = " and ".join(path.name for path in here)
            said = f"the table {table} stands in the folder `{written}` more than once: {names}"
            findings.append(Finding("table-twice", said, table, here[0].name, 0, "", names))
        elif here:
            found[table] = Location(table, here[0])
    return found, findings


def _candidates(files: list[Path], table: str) -> list[Path]:
    """Return the files that have a table's name; formats that cannot be read only if there is no other."""
    mine = [path for path in files if path.stem.strip().casefold() == table]
    if table == BOUNDARIES:
        return [path for path in mine if path.suffix.casefold() in (".geojson", ".json")]
    readable = [path for path in mine if path.suffix.casefold() in _ENDINGS]
    return readable or [path for path in mine if path.suffix.casefold() in _LAST_RESORT]
