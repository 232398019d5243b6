"""Checks of the forecasts in a return: whole, complete, and beside rolls, history and last year's forecast."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from placeplan.returns.checkkinds import Found, kinds
from placeplan.returns.checks_capacity import Subject
from placeplan.returns.forecasts import secured_places, wanted_years
from placeplan.tables import rows_of
from placeplan.years import AcademicYear, Phase, read_year_group, year_group_label

PART = "forecasts"


def _cell(code: str, phase: str, year: str, group: str = "") -> str:
    return " ".join(word for word in (code, phase, year, group) if word)


def _taught(subject: Subject, phase: Phase) -> list[tuple[str, list[str]]]:
    """Code of each area of a phase and the year groups that any of its schools has had on roll."""
    register, history = subject.basis.register, subject.basis.history
    found = []
    for area in register.area_rows(phase):
        groups = [g for g in phase.year_groups if np.nansum(history.area_roll[area, g, -3:]) > 0]
        if groups:
            found.append((str(register.areas["code"].iloc[area]), [year_group_label(g) for g in groups]))
    return found


def area_missing(subject: Subject) -> Iterator[Found]:
    """A planning area with pupils that has no forecast."""
    given = subject.part(PART)
    known = set(zip(given["area_code"], given["phase"], strict=True))
    for phase in () if PART in subject.made.missing else Phase:
        for code, _ in _taught(subject, phase):
            if (code, phase.value) not in known:
                yield Found(
                    "area-missing", PART, 0, f"{code} {phase.value}", f"{code} has no {phase.value} forecast"
                )


def forecast_gap(subject: Subject) -> Iterator[Found]:
    """A year and year group without a forecast in an area that has others."""
    given = subject.part(PART)
    filled = given[given["pupils"].notna()]
    keys = ["area_code", "phase", "academic_year", "year_group"]
    cells = set(filled[keys].itertuples(index=False, name=None))
    known = set(zip(given["area_code"], given["phase"], strict=True))
    for phase in Phase:
        for code, groups in _taught(subject, phase):
            for year in wanted_years(subject.basis, subject.made.layout, phase.value):
                lacking = [g for g in groups if (code, phase.value, year, g) not in cells]
                if lacking and (code, phase.value) in known:
                    said = f"no forecast for {', '.join(lacking)}"
                    yield Found("forecast-gap", PART, 0, _cell(code, phase.value, year), said)


def forecast_not_whole(subject: Subject) -> Iterator[Found]:
    """A number that is negative or has a fraction."""
    for row in rows_of(subject.part(PART)):
        for value in (row.pupils, row.contributions):
            if value == value and (value < 0 or value != int(value)):
                subject_words = _cell(row.area_code, row.phase, row.academic_year, row.year_group)
                yield Found("forecast-not-whole", PART, row.row, subject_words, f"the number is {value:g}")


def horizon_wrong(subject: Subject) -> Iterator[Found]:
    """Years that the return does not ask for, or that it lacks in every area."""
    given = subject.part(PART)
    for phase in Phase:
        wanted = wanted_years(subject.basis, subject.made.layout, phase.value)
        mine = given[given["phase"] == phase.value]
        years = sorted(set(mine["academic_year"]))
        if len(mine) and years != wanted:
            said = f"{phase.value} has {years[0]} to {years[-1]}, {len(years)} years; asked are {wanted[0]} to {wanted[-1]}"
            yield Found("horizon-wrong", PART, int(mine["row"].iloc[0]), phase.value, said)


def contributions_above(subject: Subject) -> Iterator[Found]:
    """More pupils in contribution-funded places than pupils."""
    for row in rows_of(subject.part(PART)):
        if row.contributions > row.pupils:
            words = _cell(row.area_code, row.phase, row.academic_year, row.year_group)
            said = f"{row.contributions:g} in contribution-funded places, {row.pupils:g} pupils"
            yield Found("contributions-above-forecast", PART, row.row, words, said)


def contributions_not_secured(subject: Subject) -> Iterator[Found]:
    """Pupils in contribution-funded places where no places are secured."""
    given = subject.part(PART)
    secured = {(area, phase) for area, phase, _, _ in secured_places(subject.basis)}
    for (code, phase), rows in given[given["contributions"] > 0].groupby(["area_code", "phase"], sort=False):
        if (code, phase) not in secured:
            said = f"up to {rows['contributions'].max():g} pupils, and no secured places in the table housing"
            yield Found("contributions-not-secured", PART, int(rows["row"].iloc[0]), f"{code} {phase}", said)


def cohort_discontinuity(subject: Subject) -> Iterator[Found]:
    """A cohort that grows or shrinks outside what the area has seen, by more than the threshold and a pupil.

    ratio = pupils of year group g in year t / pupils of g - 1 in t - 1, beside the same ratio in the rolls.
    """
    limit = kinds()["cohort-discontinuity"].threshold
    register, history = subject.basis.register, subject.basis.history
    code_row = {
        (code, phase): row
        for row, (code, phase) in enumerate(zip(register.areas["code"], register.areas["phase"], strict=True))
    }
    roll = history.area_roll
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = roll[:, 1:, 1:] / np.where(roll[:, :-1, :-1] > 0, roll[:, :-1, :-1], np.nan)
    cells = _cells(subject)
    for (area, year, group), (row, pupils) in cells.items():
        place = code_row.get(area, -1)
        if place < 0 or group in (0, 7):
            continue
        first = year == int(subject.base) + 1
        before = (
            roll[place, group - 1, -1] if first else cells.get((area, year - 1, group - 1), (None, np.nan))[1]
        )
        seen = ratio[place, group - 1]
        seen = seen[np.isfinite(seen)]
        if not len(seen) or not before > 0:
            continue
        low, high = (seen.min() - limit) * before - 1, (seen.max() + limit) * before + 1
        if not low <= pupils <= high:
            words = _cell(area[0], row.phase, row.academic_year, row.year_group)
            said = (
                f"{pupils:g} after {before:g} a year younger, a ratio of {pupils / before:.3f}; "
                f"its rolls had {seen.min():.3f} to {seen.max():.3f}"
            )
            yield Found("cohort-discontinuity", PART, row.row, words, said)


def _cells(subject: Subject) -> dict:  # type: ignore[type-arg]
    """Row and pupils by (area code, area phase), start year and year group."""
    found = {}
    for row in rows_of(subject.part(PART)):
        if row.pupils == row.pupils and row.academic_year and row.year_group:
            area = (row.area_code, "secondary" if row.phase == "sixth_form" else row.phase)
            year = int(AcademicYear.parse(row.academic_year))
            found[area, year, read_year_group(row.year_group).value] = (row, row.pupils)
    return found


def jump_from_last_forecast(subject: Subject) -> Iterator[Found]:
    """A total that differs by more than the threshold from last year's forecast of the same area, phase and year."""
    limit = kinds()["jump-from-last-forecast"].threshold
    table = subject.basis.inputs.table("previous_forecasts")
    table = table[(table["made_in"] == int(subject.base) - 1) & (table["area_code"] != "")]
    given = subject.part(PART)
    given = given[given["pupils"].notna() & (given["academic_year"] != "")]
    now = given.assign(
        year=[int(AcademicYear.parse(text)) for text in given["academic_year"]],
        group=[read_year_group(text).value for text in given["year_group"]],
    )
    keys = ["area_code", "year", "group"]
    then = table.rename(columns={"academic_year": "year", "year_group": "group", "pupils": "then"})
    both = now.merge(then[[*keys, "then"]].dropna(), on=keys, how="inner")
    for (code, phase, year), rows in both.groupby(["area_code", "phase", "academic_year"], sort=False):
        before, after = float(rows["then"].sum()), float(rows["pupils"].sum())
        if before > 0 and abs(after / before - 1) > limit:
            said = f"{after:g} now, {before:g} in last year's forecast ({after / before - 1:+.1%})"
            words = _cell(str(code), str(phase), str(year))
            yield Found("jump-from-last-forecast", PART, int(rows["row"].iloc[0]), words, said)


def far_from_roll(subject: Subject) -> Iterator[Found]:
    """Next year's total beside the rolls of January and May: farther away than the threshold."""
    limit = kinds()["far-from-roll"].threshold
    given = subject.part(PART)
    following = str(AcademicYear(int(subject.base) + 1))
    given = given[(given["academic_year"] == following) & given["pupils"].notna()]
    for census, rolls in _rolls(subject).items():
        for (code, phase), rows in given.groupby(["area_code", "phase"], sort=False):
            groups = {read_year_group(text).value for text in rows["year_group"]}
            mine = rolls[(rolls["code"] == code) & rolls["group"].isin(groups)]
            now, then = float(mine["pupils"].sum()), float(rows["pupils"].sum())
            if now > 0 and abs(then / now - 1) > limit:
                said = f"{then:g} next year, {now:g} on roll in {census.capitalize()} ({then / now - 1:+.1%})"
                words = _cell(str(code), str(phase), census)
                yield Found("far-from-roll", PART, int(rows["row"].iloc[0]), words, said)


def _rolls(subject: Subject) -> dict[str, pd.DataFrame]:
    """Rolls of the base year by census: the project's, and May where it is given; columns code, group, pupils."""
    register, history = subject.basis.register, subject.basis.history
    by_census: dict[str, np.ndarray] = {subject.basis.project.census: history.area_roll[:, :, -1]}
    if subject.basis.census not in by_census:
        roll, areas = np.nan_to_num(subject.basis.roll), register.site_areas()
        total = np.zeros_like(history.area_roll[:, :, -1])
        site, group = np.nonzero(areas >= 0)
        np.add.at(total, (areas[site, group], group), roll[site, group])
        by_census[subject.basis.census] = total
    return {census: _long(subject, cells) for census, cells in by_census.items()}


def _long(subject: Subject, cells: np.ndarray) -> pd.DataFrame:
    areas = subject.basis.register.areas
    place, group = np.nonzero(np.nan_to_num(cells) > 0)
    inside = (group >= 7) == (areas["phase"].to_numpy()[place] == "secondary")
    place, group = place[inside], group[inside]
    return pd.DataFrame(
        {"code": areas["code"].to_numpy()[place], "group": group, "pupils": cells[place, group]}
    )
