"""What the checks look at: all tables of a project, and the few things that several checks need from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any

import numpy as np
import pandas as pd

from placeplan.memory import Memory
from placeplan.problems import Finding
from placeplan.project import Project
from placeplan.register import Register, build_register
from placeplan.tables import Inputs
from placeplan.years import FIRST_YEAR, AcademicYear, Phase, phase_of

OUTSIDE = "OUT"
"""In transfers: outside the authority's mainstream schools."""

GROUP_AREA_PHASE = {group: phase_of(group).area_phase.value for group in range(15)}
"""Year group to the phase whose planning areas hold it."""


@dataclass(frozen=True)
class Subject:
    """All tables and the project's choices; prepared frames are made once, when first asked for."""

    inputs: Inputs
    project: Project
    memory: Memory = field(default_factory=Memory)

    def table(self, name: str) -> pd.DataFrame:
        """Return a table; empty with all its columns if it was not given."""
        return self.inputs.table(name)

    @cached_property
    def known_rolls(self) -> pd.DataFrame:
        """Cells of the project's census that are not blank, of every kind of school."""
        rolls = self.table("rolls")
        return rolls[(rolls["census"] == self.project.census) & rolls["pupils"].notna()]

    @cached_property
    def rolls(self) -> pd.DataFrame:
        """Known mainstream cells of the project's census, with ``unit`` (the present urn) and phase."""
        rolls = self.known_rolls
        rolls = rolls[~rolls["urn"].isin(list(self.register.left_out))].copy()
        rolls["unit"] = rolls["urn"]
        replaced = rolls["urn"].isin(list(self.successors))
        rolls.loc[replaced, "unit"] = rolls.loc[replaced, "urn"].map(dict(self.successors))
        rolls["academic_year"] = rolls["academic_year"].astype(int)
        rolls["year_group"] = rolls["year_group"].astype(int)
        rolls["area_phase"] = rolls["year_group"].map(GROUP_AREA_PHASE)
        return rolls

    @cached_property
    def capacity_by_school(self) -> pd.DataFrame:
        """Capacity of each school by year, all its sites and year groups together, in order of time."""
        rows = self.table("capacity")
        rows = rows[rows["capacity"].notna()]
        unit = rows["urn"].map(lambda urn: self.successors.get(urn, urn))
        rows = rows.assign(unit=unit)[unit.isin(set(self.mainstream.index))]
        whole = rows["year_group"].isna()
        keys = ["unit", "site_id", "academic_year"]
        rows = rows[
            whole | ~pd.MultiIndex.from_frame(rows[keys]).isin(pd.MultiIndex.from_frame(rows[whole][keys]))
        ]
        schools = rows.groupby(["unit", "academic_year"])
        figures = (
            schools[["capacity", "sixth_form_capacity"]].sum().join(schools[["verified_on", "row"]].min())
        )
        last = rows.sort_values("reason").drop_duplicates(["unit", "academic_year"], keep="last")
        reason = last.set_index(["unit", "academic_year"])["reason"]
        return figures.join(reason).reset_index()

    @cached_property
    def base_year(self) -> AcademicYear | None:
        """The project's base year, else the latest year with rolls."""
        if self.project.base_year is not None:
            return self.project.base_year
        years = self.known_rolls["academic_year"]
        return AcademicYear(int(years.max())) if len(years) else None

    @cached_property
    def has_base_rolls(self) -> bool:
        """Whether the base year has rolls at all."""
        return self.base_year is not None and bool(
            (self.known_rolls["academic_year"] == self.base_year).any()
        )

    @cached_property
    def register(self) -> Register:
        """Areas and school sites as the model sees them in the base year."""
        return self.memory.of(build_register, self.inputs, self.base_year or AcademicYear(FIRST_YEAR))

    @cached_property
    def successors(self) -> Mapping[str, str]:
        """Old urn to the urn of the school that took over, through any number of conversions."""
        return self.register.successors

    @cached_property
    def names(self) -> dict[str, str]:
        """Name of every school by urn."""
        schools = self.table("schools")
        return dict(zip(schools["urn"], schools["school_name"], strict=True))

    @cached_property
    def mainstream(self) -> pd.DataFrame:
        """The schools whose pupils count in mainstream demand, by present urn."""
        schools = self.table("schools")
        gone = self.register.left_out | set(self.successors)
        return schools[~schools["urn"].isin(list(gone))].drop_duplicates("urn").set_index("urn")

    @cached_property
    def area_rolls(self) -> pd.Series[float]:
        """Pupils by (area_code, area_phase, academic_year, year_group), from schools and from area rows."""
        keys = ["area", "area_phase", "academic_year", "year_group"]
        by_school = self.rolls["urn"] != ""
        given = self.rolls[~by_school].assign(area=self.rolls["area_code"]).groupby(keys)["pupils"].sum()
        schools = self.rolls[by_school]
        if schools.empty or self.register.sites.empty:
            return given
        sites = self.register.locate(schools["urn"], schools["site_id"])
        places = self.register.site_areas()[sites, schools["year_group"].to_numpy()]
        codes = np.append(self.register.areas["code"].to_numpy(dtype=object), "")
        schools = schools.assign(area=codes[np.where(sites < 0, -1, places)])
        summed = schools[schools["area"] != ""].groupby(keys)["pupils"].sum()
        return summed.combine_first(given) if len(given) else summed

    @cached_property
    def series(self) -> pd.DataFrame:
        """Pupils by year and year group of each school or area, one row a cell.

        ``who`` numbers schools and areas by phase; ``name``, ``phase`` (blank for a school), ``is_school`` say
        which it is; ``row`` is the first row of the table that the cell comes from.
        """
        rolls = self.rolls
        of_school = (rolls["unit"] != "").to_numpy()
        numbers, names = pd.factorize(rolls["unit"].where(of_school, rolls["area_code"]))
        phases = np.where(of_school, 0, np.where(rolls["area_phase"] == Phase.PRIMARY.value, 1, 2))
        cells = rolls.assign(who=numbers * 3 + phases).groupby(["who", "academic_year", "year_group"])
        series = cells.agg(pupils=("pupils", "sum"), row=("row", "min")).reset_index()
        who = series["who"].to_numpy()
        series["name"] = pd.Series(np.asarray(names, dtype=object)[who // 3], dtype=object)
        words = np.array(["", "primary", "secondary"], dtype=object)
        series["phase"] = pd.Series(words[who % 3], dtype=object)
        return series.assign(is_school=who % 3 == 0)

    def school(self, urn: str) -> str:
        """Return a school's name with its urn, for a message."""
        name = self.names.get(urn) or self.names.get(self.successors.get(urn, ""), "")
        return f"{name} ({urn})" if name else f"the school {urn}"

    def found(
        self, rule: str, table: str, rows: pd.DataFrame, column: str, say: Callable[[Any], str]
    ) -> list[Finding]:
        """Return a finding for each of some rows of a table; ``say`` makes the message from the row."""
        if rows.empty:
            return []
        values = rows[column].tolist() if column in rows.columns else [""] * len(rows)
        return [
            Finding(rule, say(cells), table, "", int(row), column, show(value))
            for cells, row, value in zip(rows.itertuples(index=False), rows["row"], values, strict=True)
        ]


Check = Callable[[Subject], list[Finding]]


def about(table: str) -> Callable[[Check], Check]:
    """Mark a check of the rows of one table: without rows it has nothing to say and is not asked."""

    def marked(check: Check) -> Check:
        @wraps(check)
        def asked(subject: Subject) -> list[Finding]:
            return check(subject) if subject.inputs.has(table) else []

        return asked

    return marked


def show(value: Any) -> str:
    """Return a value of a table as people write it: whole numbers without decimals, blank for unknown."""
    if value is None or (isinstance(value, float) and value != value) or value is pd.NaT:
        return ""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def years_in_words(years: Iterable[int]) -> str:
    """Return academic years in a list such as ``2018/19 to 2020/21, 2023/24``."""
    spans: list[list[int]] = []
    for year in sorted(set(years)):
        if spans and year == spans[-1][-1] + 1:
            spans[-1].append(year)
        else:
            spans.append([year])
    said = (
        f"{AcademicYear(span[0])}" + (f" to {AcademicYear(span[-1])}" if len(span) > 1 else "")
        for span in spans
    )
    return ", ".join(said)
