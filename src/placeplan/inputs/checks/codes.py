"""Checks of codes: every code that refers to another table is known there, in the right phase.

Which column refers to which table stands in ``data/tables.csv``; what phase of area a column means follows
from its own ``phase``, its year group, or from ``FIXED_PHASE``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property

import numpy as np
import pandas as pd

from placeplan.inputs.checks.subject import GROUP_AREA_PHASE, OUTSIDE, Subject
from placeplan.problems import Finding
from placeplan.tables import Inputs, table_specs
from placeplan.years import Phase

FIXED_PHASE = {
    ("areas", "feeds"): "secondary",
    ("schools", "primary_area"): "primary",
    ("schools", "secondary_area"): "secondary",
    ("births", "area_code"): "primary",
    ("preschool", "area_code"): "primary",
    ("geography_lookup", "area_code"): "primary",
    ("housing", "area_code"): "primary",
    ("housing", "secondary_area"): "secondary",
}
OUTSIDE_ALLOWED = {("transfers", "from_area"), ("transfers", "to_area"), ("residence", "home_area")}
FORMER_AREAS_ALLOWED = {
    "rolls", "births", "preschool", "transfers", "residence", "past_completions", "boundaries"
}  # fmt: skip
"""Tables that may speak of an area that a boundary change has ended."""
OF_THE_PAST = {"previous_forecasts"}
"""Tables whose unknown areas are only left out, with a warning."""
NEAREST_FOR = 50
"""The nearest right code is looked up for so many unknown codes of a column, no more."""


@dataclass(frozen=True)
class Reference:
    """A column that refers to a column of another table."""

    table: str
    column: str
    target: str
    target_column: str


@dataclass(frozen=True)
class Stray:
    """A code that its reference does not know: where it stands, and for which phase of area."""

    reference: Reference
    code: str
    phase: str
    rows: np.ndarray
    """Positions in the table."""


@dataclass(frozen=True)
class KnownCodes:
    """The codes that tables may refer to."""

    inputs: Inputs

    @cached_property
    def areas(self) -> dict[str, set[str]]:
        """Area codes by phase; ``""`` holds those of any phase."""
        return _by_phase(self.inputs.table("areas"), "area_code")

    @cached_property
    def former_areas(self) -> dict[str, set[str]]:
        """Area codes by phase with those that boundary changes have ended."""
        ended = _by_phase(self.inputs.table("area_changes"), "old_area")
        return {phase: codes | ended[phase] for phase, codes in self.areas.items()}

    @cached_property
    def urns(self) -> set[str]:
        """Every urn, with those that schools had before."""
        schools = self.inputs.table("schools")
        return (set(schools["urn"]) | set(schools["predecessor_urn"])) - {""}

    def of(self, reference: Reference, phase: str) -> set[str]:
        """Return the codes that a reference may hold."""
        if reference.target == "areas":
            former = reference.table in FORMER_AREAS_ALLOWED
            by_phase = self.former_areas if former else self.areas
            known = by_phase[phase] or by_phase[""]
            return known | {OUTSIDE} if (reference.table, reference.column) in OUTSIDE_ALLOWED else known
        if reference.target == "schools":
            return self.urns | self._new_schools() if reference.column == "into_urn" else self.urns
        return set(self.inputs.table(reference.target)[reference.target_column])

    def _new_schools(self) -> set[str]:
        changes = self.inputs.table("planned_changes")
        return set(changes.loc[changes["kind"] == "new_school", "urn"])


def unknown_codes(subject: Subject) -> list[Finding]:
    """Codes that their table does not know, each once for a table and column, with the nearest right one."""
    inputs = subject.inputs
    known = KnownCodes(inputs)
    findings = []
    for reference in references():
        if not inputs.has(reference.target):
            findings += _target_missing(inputs, reference)
            continue
        for number, stray in enumerate(_strays(inputs, known, reference)):
            findings.append(_unknown(inputs, known, stray, suggest=number < NEAREST_FOR))
    return [*findings, *_unknown_sites(inputs)]


def left_out_areas_unknown(subject: Subject) -> list[Finding]:
    """Areas that ``leave_out`` of the project file names are areas of the table, or were before a change."""
    known = set(subject.table("areas")["area_code"]) | set(subject.table("area_changes")["old_area"])
    found = []
    for named in subject.project.ratios.leave_out or ():
        for code in named.areas or ():
            if code not in known:
                said = f"`{code}`, named in leave_out for {named.year}, is no area of the table areas"
                near = _nearest(code, known)
                said += f"; the nearest code is `{near}`" if near else ""
                file = subject.project.path.name
                found.append(
                    Finding("code-unknown", said, "project file", file=file, column="leave_out", value=code)
                )
    return found


def mend_codes(inputs: Inputs) -> tuple[Inputs, list[Finding]]:
    """Return the inputs with lost leading zeros put back where exactly one known code explains them."""
    known = KnownCodes(inputs)
    tables = dict(inputs.tables)
    findings = []
    for reference in references():
        if not inputs.has(reference.target):
            continue
        for stray in _strays(inputs, known, reference):
            bare = stray.code.lstrip("0")
            meant = [code for code in known.of(reference, stray.phase) if bare and code.lstrip("0") == bare]
            if len(meant) != 1:
                continue
            rows = tables[reference.table]
            codes = rows[reference.column].copy()
            codes.iloc[stray.rows] = meant[0]
            tables[reference.table] = rows.assign(**{reference.column: codes})
            said = (
                f"`{stray.code}` is read as `{meant[0]}`, the only known code that it can be{_often(stray)}"
            )
            findings.append(_finding(inputs, "code-mended", stray, said))
    return replace(inputs, tables=tables), findings


def references() -> Iterator[Reference]:
    """Yield every reference to areas, schools, wards and planned changes (sites have their own check)."""
    for spec in table_specs().values():
        for column in spec.held:
            target, _, target_column = column.refers_to.partition(".")
            if target and target != "sites":
                yield Reference(spec.name, column.name, target, target_column)


def _by_phase(rows: pd.DataFrame, column: str) -> dict[str, set[str]]:
    codes = {phase: set(rows.loc[rows["phase"] == phase, column]) for phase in ("primary", "secondary")}
    return {**codes, "": set(rows[column])}


def _strays(inputs: Inputs, known: KnownCodes, reference: Reference) -> Iterator[Stray]:
    """Yield the codes of a reference that are unknown."""
    rows = inputs.table(reference.table)
    if rows.empty:
        return
    codes = rows[reference.column].to_numpy(dtype=object)
    counts = codes != ""
    if (reference.table, reference.column) == ("planned_changes", "urn"):
        counts &= ~_unnumbered_schools(rows)
    phases = _phases(reference, rows) if reference.target == "areas" else np.full(len(rows), "", dtype=object)
    for phase in ("primary", "secondary", ""):
        here = counts & (phases == phase)
        if not here.any():
            continue
        right = known.of(reference, phase)
        for code in pd.unique(codes[here]):
            if code not in right:
                yield Stray(reference, code, phase, np.flatnonzero(here & (codes == code)))


def _unnumbered_schools(changes: pd.DataFrame) -> np.ndarray:
    """A new school that states its area may go by a code of its own until it has a urn."""
    return (
        (changes["kind"] == "new_school") & (changes["area_code"] != "") & (changes["phase"] != "")
    ).to_numpy()


def _phases(reference: Reference, rows: pd.DataFrame) -> np.ndarray:
    """Return the phase of area that each row means, blank for any.

    A wide row of rolls has cells for the year groups of the other phase as well; while they are blank or 0 they mean none.
    """
    fixed = FIXED_PHASE.get((reference.table, reference.column))
    if fixed:
        return np.full(len(rows), fixed, dtype=object)
    found = np.full(len(rows), "", dtype=object)
    if reference.table == "transfers":
        return _phases_of_groups(rows["into_year_group"].fillna(7) - (reference.column == "from_area"))
    if "year_group" in rows.columns:
        found = _phases_of_groups(rows["year_group"])
    if "phase" in rows.columns:
        stated = rows["phase"].replace(Phase.SIXTH_FORM.value, Phase.SECONDARY.value).to_numpy(dtype=object)
        found = np.where(stated != "", stated, found)
    if reference.table == "rolls":
        nobody = (rows["pupils"].fillna(0) == 0).to_numpy()
        found = np.where(nobody, "", found)
    return found


def _phases_of_groups(groups: pd.Series[float]) -> np.ndarray:
    names = np.array([*GROUP_AREA_PHASE.values(), ""], dtype=object)
    places = groups.fillna(-1).to_numpy().astype(int)
    return np.asarray(names[np.where((places >= 0) & (places < 15), places, -1)])


def _unknown(inputs: Inputs, known: KnownCodes, stray: Stray, suggest: bool) -> Finding:
    reference = stray.reference
    kind = f"{stray.phase} area".strip() if reference.target == "areas" else _code_word(reference)
    said = f"`{stray.code}` is no {kind} of the table {reference.target}{_often(stray)}"
    if reference.target == "areas" and stray.code in known.areas[""]:
        said += f"; it is listed there, but not as a {stray.phase} area"
    elif reference.target == "areas" and (now := _successors(inputs, stray)):
        said += f"; area_changes tells it as {' and '.join(now)} now"
    elif suggest and (near := _nearest(stray.code, known.of(reference, stray.phase))):
        said += f"; the nearest code is `{near}`"
    rule = "code-unknown-past" if reference.table in OF_THE_PAST else "code-unknown"
    return _finding(inputs, rule, stray, said)


def _successors(inputs: Inputs, stray: Stray) -> list[str]:
    """The areas that took over from one that area_changes has ended."""
    changes = inputs.table("area_changes")
    mine = (changes["old_area"] == stray.code) & changes["phase"].isin(
        [stray.phase] if stray.phase else changes["phase"]
    )
    return sorted(set(changes.loc[mine, "new_area"]))


def _nearest(code: str, known: set[str]) -> str:
    near = get_close_matches(code, sorted(known), n=1, cutoff=0.6)
    return near[0] if near else ""


def _code_word(reference: Reference) -> str:
    return {"schools": "urn", "geography_lookup": "geography_code"}.get(
        reference.target, reference.target_column
    )


def _often(stray: Stray) -> str:
    return f" ({len(stray.rows):,} rows, this one first)" if len(stray.rows) > 1 else ""


def _finding(inputs: Inputs, rule: str, stray: Stray, said: str) -> Finding:
    table, column = stray.reference.table, stray.reference.column
    row = int(inputs.table(table)["row"].to_numpy()[stray.rows[0]])
    return Finding(rule, said, table, "", row, column, stray.code)


def unexplained(inputs: Inputs, reference: Reference) -> pd.DataFrame:
    """Return the rows of a column of codes whose table was not given; needed tables are reported elsewhere."""
    rows = inputs.table(reference.table)
    own = reference.target in ("areas", reference.table)
    if rows.empty or own or inputs.has(reference.target):
        return rows[:0]
    used = rows[rows[reference.column] != ""]
    if reference.column == "urn" and reference.table == "planned_changes":
        return used[~_unnumbered_schools(used)]
    return used


def _target_missing(inputs: Inputs, reference: Reference) -> list[Finding]:
    """One finding for a column of codes whose table was not given."""
    used = unexplained(inputs, reference)
    if used.empty:
        return []
    first = used.iloc[0]
    said = f"{reference.column} is given, but the table {reference.target} that explains it is not"
    code = str(first[reference.column])
    return [
        Finding("code-table-missing", said, reference.table, "", int(first["row"]), reference.column, code)
    ]


def _unknown_sites(inputs: Inputs) -> list[Finding]:
    """A site_id must be listed for its school, once the school has sites at all."""
    sites = inputs.table("sites")
    listed = set(zip(sites["urn"], sites["site_id"], strict=True))
    with_sites = set(sites["urn"])
    findings = []
    for table in ("rolls", "capacity", "admission_numbers"):
        rows = inputs.table(table)
        if rows.empty:
            continue
        for urn, site_id, row in _first_sites(rows[rows["site_id"] != ""]):
            if (urn, site_id) in listed:
                continue
            rule, said = "code-unknown", f"`{site_id}` is no site of the school {urn} in the table sites"
            if urn not in with_sites:
                rule, said = (
                    "site-unlisted",
                    f"the school {urn} has a site `{site_id}`, but none in sites",
                )
            findings.append(Finding(rule, said, table, "", row, "site_id", site_id))
    return findings


def _first_sites(rows: pd.DataFrame) -> Iterator[tuple[str, str, int]]:
    first = rows.drop_duplicates(["urn", "site_id"])
    yield from zip(first["urn"], first["site_id"], first["row"].astype(int), strict=True)
