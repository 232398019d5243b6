"""Housing sites from the tables housing, past_completions and yields, as arrays, and what is doubtful of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.demand.housing import LATEST, Estates, ageing_stock, homes_expected
from placeplan.demand.rebase import rebased
from placeplan.problems import Finding
from placeplan.project import HousingChoice
from placeplan.register import Register
from placeplan.tables import Inputs, rows_of
from placeplan.years import YEAR_GROUP_COUNT, AcademicYear, Phase, financial_year_shares

KIND = ["dwelling", "tenure", "bedrooms"]
UNIT = ["site_id", "area_code", "secondary_area", "status"]
NOT_STATED = "not stated"


def find_estates(
    inputs: Inputs, register: Register, base_year: AcademicYear, horizon: int, choice: HousingChoice
) -> tuple[Estates | None, list[Finding]]:
    """Return the sites with homes completed from the base year on, None if no pupils can be counted, and findings."""
    housing = inputs.table("housing")
    if housing.empty:
        return None, []
    yields = inputs.table("yields")
    ahead = (housing["academic_year"] >= base_year) & (housing["academic_year"] < base_year + horizon)
    rows = housing[ahead & (housing["dwellings"] > 0)]
    if yields.empty:
        said = "housing is given without yields: no pupils of new homes can be counted"
        return None, [Finding("housing-no-yields", said, "yields")]
    if rows.empty:
        return None, []
    housing = housing.assign(secondary_area=_secondary_areas(housing, register))
    rows = housing.loc[rows.index]
    findings = [*_unplaced(rows, register), *_unmatched(rows, yields)]
    kinds = rows.drop_duplicates(KIND)
    stocks = {
        tuple(kind[name] for name in KIND): (1.0 - choice.moved_within) * _stock(yields, kind, horizon)
        for kind in kinds[KIND].to_dict("records")
    }
    past = inputs.table("past_completions").assign(phase=Phase.PRIMARY.value)
    past = rebased(past, inputs.table("area_changes"), register, base_year, amount="dwellings")
    estates = _arrays(
        rows,
        secured_places(housing),
        stocks,
        register,
        base_year,
        horizon,
        choice,
        past,
    )
    return estates, [*findings, *_usual_findings(estates, past, base_year)]


def _secondary_areas(rows: pd.DataFrame, register: Register) -> pd.Series:
    """The secondary area of each row: its own, else the one that its primary area feeds, else itself if it is secondary."""
    areas = register.areas
    primary = areas[areas["phase"] == Phase.PRIMARY]
    feeds = dict(zip(primary["code"], primary["feeds"], strict=True))
    secondary = set(areas.loc[areas["phase"] == Phase.SECONDARY, "code"])
    fed = rows["area_code"].map(lambda code: feeds.get(code) or (code if code in secondary else ""))
    return rows["secondary_area"].where(rows["secondary_area"] != "", fed)


def secured_places(housing: pd.DataFrame) -> pd.DataFrame:
    """Return the places secured by each site, indexed by UNIT; all its rows count, also those of years that are over.

    A row of the file in financial years stands twice in the table and says the same places twice: it counts once.
    """
    stated = housing.drop_duplicates([*UNIT, "row"])
    return stated.groupby(UNIT, sort=False)[["secured_places_primary", "secured_places_secondary"]].sum()


def _place(register: Register, phase: Phase) -> dict[str, int]:
    here = np.flatnonzero(register.areas["phase"] == phase)
    return {str(register.areas["code"].iloc[row]): int(row) for row in here}


def _arrays(
    rows: pd.DataFrame,
    secured: pd.DataFrame,
    stocks: Mapping[tuple[str, ...], Array],
    register: Register,
    base_year: AcademicYear,
    horizon: int,
    choice: HousingChoice,
    past: pd.DataFrame,
) -> Estates:
    units = rows.drop_duplicates(UNIT)
    number = {key: place for place, key in enumerate(units[UNIT].itertuples(index=False, name=None))}
    unit = np.array([number[key] for key in rows[UNIT].itertuples(index=False, name=None)], dtype=np.int64)
    built = rows["academic_year"].to_numpy(np.int64) - int(base_year)
    dwellings = rows["dwellings"].to_numpy(float)
    homes = np.zeros((len(units), horizon))
    np.add.at(homes, (unit, built), dwellings)
    stock = np.zeros((len(units), horizon, horizon, YEAR_GROUP_COUNT))
    of_row = np.array([stocks[key] for key in rows[KIND].itertuples(index=False, name=None)])
    np.add.at(stock, (unit, built), dwellings[:, None, None] * of_row)
    status = [word or NOT_STATED for word in units["status"]]
    named = rows[rows["site_name"] != ""].drop_duplicates("site_id").set_index("site_id")["site_name"]
    codes = sorted(set(units["area_code"]))
    secured = secured.loc[list(number)]
    certainty, late = _certainty(status, choice)
    primary, secondary = (_place(register, phase) for phase in (Phase.PRIMARY, Phase.SECONDARY))
    return Estates(
        site=tuple(units["site_id"]),
        name=tuple(str(named.get(site, "")) for site in units["site_id"]),
        status=tuple(status),
        area_code=tuple(units["area_code"]),
        area=np.array([codes.index(code) for code in units["area_code"]], dtype=np.int64),
        primary=np.array([primary.get(code, -1) for code in units["area_code"]], dtype=np.int64),
        secondary=np.array([secondary.get(code, -1) for code in units["secondary_area"]], dtype=np.int64),
        homes=homes,
        stock=stock,
        certainty=certainty,
        late=late,
        usual=usual_building(past, codes, base_year, choice.usual_years),
        secured_primary=secured["secured_places_primary"].to_numpy(float),
        secured_secondary=secured["secured_places_secondary"].to_numpy(float),
    )


def usual_building(past: pd.DataFrame, codes: list[str], base_year: AcademicYear, years: int) -> Array:
    """Return the mean homes a year of each area over the recent years whose pupils the rolls contain, (areas).

    Homes completed in one academic year have their first pupils in the next, so the year before the base year is the last.
    The years are those that the table holds for any area; an area without a row in one of them built nothing. Of a year
    that financial years cover in part, the part that is covered counts as such a part of a year.
    """
    known = past[past["academic_year"] < base_year]
    recent = sorted(set(known["academic_year"]))[-years:]
    if not recent:
        return np.zeros(len(codes))
    counted = known["academic_year"].isin(recent)
    built = known[counted].groupby("area_code")["dwellings"].sum()
    covered = (
        _covered(past)[counted[counted].index].groupby([known["area_code"], known["academic_year"]]).sum()
    )
    years_known = float(covered.clip(upper=1.0).groupby("academic_year").max().sum())
    return np.array([float(built.get(code, 0.0)) / years_known for code in codes])


def _covered(past: pd.DataFrame) -> pd.Series:
    """The share of its academic year that each row covers: 1, or the shares of a financial year split over two rows."""
    (_, early), (_, late) = financial_year_shares(0)
    halves = past.groupby(["area_code", "row"])["academic_year"]
    first = past["academic_year"] == halves.transform("min")
    return pd.Series(np.where(halves.transform("size") == 1, 1.0, np.where(first, early, late)), past.index)


def _certainty(status: list[str], choice: HousingChoice) -> tuple[Array, Array]:
    """Certainty (sites) and chances of each delay in years (sites, 1 + LATEST) by status."""
    known = {row["status"]: row for row in data_rows("housing_certainty.csv")}
    own: dict[str, float] = {str(name): share for name, share in choice.certainty.items()}
    certainty = np.array([own.get(name, float(known[name]["certainty"])) for name in status])
    words = ("one_year_late", "two_years_late", "three_years_late")[:LATEST]
    late = np.array([[float(known[name][word]) for word in words] for name in status]) * choice.slips
    return certainty, np.concatenate([1.0 - late.sum(axis=1, keepdims=True), late], axis=1)


def _stock(yields: pd.DataFrame, kind: Mapping[Any, str], horizon: int) -> Array:
    """Pupils for each home of a kind by age and year group, (ages 1 to years ahead, 15)."""
    curves = {}
    for phase in Phase:
        curve = matching_yields(yields[yields["phase"] == phase.value], kind)
        if len(curve):
            ages = curve["years_after_completion"].to_numpy(float)
            order = np.argsort(ages)
            values = curve["pupils_per_dwelling"].to_numpy(float)[order]
            curves[phase] = np.interp(np.arange(1, horizon + 1), ages[order], values, left=0.0)
        else:
            curves[phase] = np.zeros(horizon)
    return ageing_stock(curves)


def matching_yields(yields: pd.DataFrame, kind: Mapping[Any, str]) -> pd.DataFrame:
    """Return the rows of the most exact kind that holds for a home (blank means any); dwelling counts before tenure.

    Of bedrooms, ``4`` is more exact than ``4+``, and ``4+`` than ``3+``.
    """
    fits = np.ones(len(yields), dtype=bool)
    exact = np.zeros(len(yields))
    for weight, name in zip((4, 2, 1), KIND, strict=True):
        given = yields[name].to_numpy(dtype=object)
        same = np.array([_same(name, value, kind[name]) for value in given], dtype=bool)
        fits &= same | (given == "")
        exact += (8 + weight) * (same & (given != ""))
    exact += [_closeness(value) for value in yields["bedrooms"]]
    return yields[fits & (exact == exact[fits].max())] if fits.any() else yields[:0]


def _closeness(bedrooms: str) -> float:
    """How exactly bedrooms are named, from 0 to below 1: breaks ties between rows that name the same dimensions."""
    if not bedrooms.endswith("+"):
        return 0.99 if bedrooms else 0.0
    return min(float(bedrooms[:-1]), 98.0) / 100.0 if bedrooms[:-1].isdigit() else 0.0


def _same(name: str, given: str, home: str) -> bool:
    """Whether a dimension of a yield names this home; ``4+`` bedrooms are four or more."""
    if name == "bedrooms" and given.endswith("+") and home.rstrip("+").isdigit() and given[:-1].isdigit():
        return int(home.rstrip("+")) >= int(given[:-1])
    return bool(given == home and home != "")


def _unplaced(rows: pd.DataFrame, register: Register) -> list[Finding]:
    """Sites whose pupils of a phase have no area to go to."""
    findings = []
    for phase, column in ((Phase.PRIMARY, "area_code"), (Phase.SECONDARY, "secondary_area")):
        known = set(_place(register, phase))
        lost = rows[~rows[column].isin(known)] if known else rows[:0]
        for row in rows_of(lost.drop_duplicates("site_id")):
            said = f"the housing site {row.site_id} lies in no {phase.value} area: its {phase.value} pupils are not counted"
            findings.append(Finding("housing-no-area", said, "housing", row=int(row.row), value=row.site_id))
    return findings


def _unmatched(rows: pd.DataFrame, yields: pd.DataFrame) -> list[Finding]:
    """Kinds of homes for which the yields have no row."""
    findings = []
    for row in rows_of(rows.drop_duplicates(KIND)):
        kind = {name: getattr(row, name) for name in KIND}
        for phase in sorted(set(yields["phase"])):
            if matching_yields(yields[yields["phase"] == phase], kind).empty:
                words = " ".join(value for value in kind.values() if value) or "no kind stated"
                said = f"no {phase.replace('_', ' ')} yield holds for homes ({words}): their pupils are not counted"
                findings.append(Finding("housing-no-yield", said, "yields", row=int(row.row), value=words))
    return findings


def _usual_findings(estates: Estates, past: pd.DataFrame, base_year: AcademicYear) -> list[Finding]:
    """Say where it is not known what building the history contains, and which areas build less than usual."""
    known = past[past["academic_year"] < base_year]
    codes = sorted(set(estates.area_code))
    if known.empty:
        said = "without past_completions every new home adds pupils, though recent years had building too"
        return [Finding("housing-usual-unknown", said, "past_completions")]
    missing = [code for code in codes if code not in set(known["area_code"])]
    said = f"no past completions for {', '.join(missing)}: every new home there adds pupils"
    findings = (
        [Finding("housing-usual-unknown", said, "past_completions", value=missing[0])] if missing else []
    )
    return findings + _below_usual(estates, codes)


def _below_usual(estates: Estates, codes: list[str]) -> list[Finding]:
    """Name the areas that are expected to build less than usual over the years ahead: nothing is taken off for that."""
    ahead = np.zeros((len(codes), estates.horizon))
    np.add.at(ahead, estates.area, homes_expected(estates))
    mean = ahead.mean(axis=1)
    fewer = np.flatnonzero(mean < estates.usual)
    if not len(fewer):
        return []
    named = "; ".join(f"{codes[at]} {mean[at]:,.0f} a year, usual {estates.usual[at]:,.0f}" for at in fewer)
    said = f"fewer homes than usual are expected, and nothing is taken off the forecast for that: {named}"
    return [Finding("housing-below-usual", said, "housing", value=codes[fewer[0]])]
