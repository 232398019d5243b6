"""Make twelve years of history for the schools and planning areas of England, and write it as tables of the contract.

Structure, capacities and the size of every school are real (data/england_scap_2015, May 2015); rolls by year group, their
history and births are made, from a fixed seed, and stand for nothing but a load of the right size and shape:

    roll[s, g, t] = size[s] × exp(cohort[authority, t - g] + own[s, t - g] + level[s, t]),  drawn as a Poisson number,

where cohorts wander by authority and by school, and a school's level wanders by year. Births of an area are its
cohorts divided by an intake ratio near 0.9.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from placeplan.years import AcademicYear

SOURCE = Path(__file__).resolve().parent / "data" / "england_scap_2015" / "school_capacity_may2015.csv.gz"
LAST_YEAR = 2014
PAST = 12
GROUPS = 14
BIRTH_YEARS = 16
"""Births known to a forecast from LAST_YEAR: five years before the first roll to one year before the last."""
SIXTH_FORM_FROM = 900
"""Pupils from which a secondary school is given a sixth form; which schools had one is not in the data."""
SEED = 2015
RANGES = {"PS": (0, 6), "MP": (4, 7), "MS": (5, 8), "SS": (7, 11), "AT": (0, 11)}


@dataclass(frozen=True)
class Country:
    """``schools``: one row each with codes, ``low``, ``high``; ``roll``: (schools, year groups, years); ``cohort``:
    (schools, birth years), the children behind each Reception class."""

    schools: pd.DataFrame
    roll: np.ndarray
    cohort: np.ndarray


def made_country() -> Country:
    """Return every school of May 2015 with a made history."""
    schools = pd.read_csv(
        SOURCE, dtype=dict.fromkeys(("laestab", "primary_pa_code", "secondary_pa_code"), str)
    )
    schools = schools.fillna({"primary_pa_code": "", "secondary_pa_code": ""})
    schools["la"] = schools["laestab"].str[:3]
    schools["low"] = schools["phase"].map({name: low for name, (low, _) in RANGES.items()})
    schools["high"] = schools["phase"].map({name: high for name, (_, high) in RANGES.items()})
    sixth = (schools["phase"] == "SS") & (schools["number_on_roll_may"] >= SIXTH_FORM_FROM)
    schools.loc[sixth, "high"] = GROUPS - 1
    generator = np.random.default_rng(SEED)
    number = pd.factorize(schools["la"])[0]
    waves = PAST + GROUPS
    by_authority = _walk(generator, (number.max() + 1, waves), 0.02)[number]
    cohort = by_authority + _walk(generator, (len(schools), waves), 0.015)
    level = _walk(generator, (len(schools), PAST), 0.01)
    taught = np.arange(GROUPS)[None, :]
    inside = (taught >= schools[["low"]].to_numpy()) & (taught <= schools[["high"]].to_numpy())
    size = (schools["number_on_roll_may"] / inside.sum(axis=1)).to_numpy()
    entered = np.arange(PAST)[None, :] - np.arange(GROUPS)[:, None] + GROUPS - 1
    expected = size[:, None, None] * np.exp(cohort[:, entered] + level[:, None, :])
    roll = generator.poisson(expected * inside[:, :, None])
    children = size[:, None] * np.exp(_ahead(cohort[:, GROUPS - 1 :]))
    return Country(schools, roll, children)


def _walk(generator: np.random.Generator, shape: tuple[int, ...], step: float) -> np.ndarray:
    """Random walks that end near 0, where sizes are real."""
    walk = np.cumsum(generator.normal(0.0, step, shape), axis=1)
    return walk - walk[:, -1:]


def _ahead(cohort: np.ndarray) -> np.ndarray:
    """Cohorts of the history, and of the births that are known beyond it, which fall by 1% a year."""
    more = BIRTH_YEARS - cohort.shape[1]
    return np.concatenate([cohort, cohort[:, -1:] - 0.01 * np.arange(1, more + 1)], axis=1)


def areas_of(country: Country, count: int, la: str = "") -> pd.DataFrame:
    """Return so many planning areas, those of the authorities with the most areas first (or of one): code, phase, la."""
    schools = country.schools
    codes = [
        pd.DataFrame({"code": sorted(set(schools[f"{phase}_pa_code"]) - {""}), "phase": phase})
        for phase in ("primary", "secondary")
    ]
    areas = pd.concat(codes, ignore_index=True)
    areas["la"] = areas["code"].str[:3]
    areas = areas[areas["la"] == la] if la else areas
    areas["most"] = -areas.groupby("la")["code"].transform("size")
    return (
        areas.sort_values(["most", "la", "code", "phase"], kind="stable").head(count).reset_index(drop=True)
    )


def write_tables(country: Country, folder: Path, count: int, schools: bool, la: str = "") -> None:
    """Write a project of so many areas (of one authority, if named); with ``schools``, rolls and capacities by school."""
    areas = areas_of(country, count, la)
    pd.DataFrame(
        {
            "area_code": areas["code"],
            "area_name": "Area " + areas["code"],
            "phase": areas["phase"],
            "district": "Authority " + areas["la"],
        }
    ).to_csv(folder / "areas.csv", index=False)
    _births(country, areas).to_csv(folder / "births.csv", index=False)
    if schools:
        _write_schools(country, areas, folder)
    else:
        _area_rolls(country, areas).to_csv(folder / "rolls.csv", index=False)
    (folder / "placeplan.yaml").write_text(
        "authority: {name: Planning areas of 2015 with a made history}\ninputs: {folder: .}\n"
    )


def _member(country: Country, areas: pd.DataFrame, phase: str) -> tuple[np.ndarray, list[str]]:
    """Number of each school's area of a phase among those chosen, -1 for none, and the codes."""
    codes = list(areas.loc[areas["phase"] == phase, "code"])
    number = {code: place for place, code in enumerate(codes)}
    return country.schools[f"{phase}_pa_code"].map(number).fillna(-1).to_numpy(int), codes


def _summed(cells: np.ndarray, member: np.ndarray, count: int) -> np.ndarray:
    total = np.zeros((count, *cells.shape[1:]))
    np.add.at(total, member[member >= 0], cells[member >= 0])
    return total


def _births(country: Country, areas: pd.DataFrame) -> pd.DataFrame:
    member, codes = _member(country, areas, "primary")
    enters = (country.schools["low"] == 0).to_numpy()
    births = np.round(_summed(country.cohort * enters[:, None], member, len(codes)) / 0.9)
    first = LAST_YEAR + 1 - PAST - 5
    years = [str(AcademicYear(first + place)) for place in range(BIRTH_YEARS)]
    return pd.DataFrame(
        {
            "birth_year": np.tile(years, len(codes)),
            "area_code": np.repeat(codes, BIRTH_YEARS),
            "births": births.ravel().astype(int),
        }
    )


def _area_rolls(country: Country, areas: pd.DataFrame) -> pd.DataFrame:
    """Wide rolls by area; a code that stands in both phases has one row."""
    parts = []
    for phase, groups in (("primary", range(7)), ("secondary", range(7, GROUPS))):
        member, codes = _member(country, areas, phase)
        parts.append(_wide(_summed(country.roll[:, groups], member, len(codes)), "area_code", codes, groups))
    whole = pd.concat(parts).groupby(["academic_year", "area_code"], sort=True).sum(min_count=1)
    return whole.reset_index()[["academic_year", "area_code", *_labels(range(GROUPS))]].astype(
        "Int64", errors="ignore"
    )


def _labels(groups: range) -> list[str]:
    return ["R" if group == 0 else str(group) for group in groups]


def _wide(roll: np.ndarray, key: str, codes: list[str], groups: range) -> pd.DataFrame:
    years = [str(AcademicYear(LAST_YEAR + 1 - PAST + place)) for place in range(PAST)]
    cells = np.swapaxes(roll, 1, 2).reshape(-1, len(groups)).astype(int)
    wide = pd.DataFrame(cells, columns=_labels(groups))
    wide.insert(0, key, np.repeat(codes, PAST))
    wide.insert(0, "academic_year", np.tile(years, len(codes)))
    return wide


def _write_schools(country: Country, areas: pd.DataFrame, folder: Path) -> None:
    """Schools all of whose areas were chosen, with rolls and capacities."""
    schools = country.schools
    known = {
        phase: set(areas.loc[areas["phase"] == phase, "code"]) | {""} for phase in ("primary", "secondary")
    }
    inside = np.logical_and.reduce(
        [schools[f"{phase}_pa_code"].isin(codes) for phase, codes in known.items()]
    )
    chosen, roll = schools[inside], country.roll[inside]
    pd.DataFrame(
        {
            "urn": chosen["laestab"],
            "school_name": "School " + chosen["laestab"],
            "type": "community",
            "low_year": chosen["low"].replace(0, "R"),
            "high_year": chosen["high"],
            "primary_area": chosen["primary_pa_code"],
            "secondary_area": chosen["secondary_pa_code"],
        }
    ).to_csv(folder / "schools.csv", index=False)
    _wide(roll, "urn", list(chosen["laestab"]), range(GROUPS)).to_csv(folder / "rolls.csv", index=False)
    pd.DataFrame(
        {
            "urn": chosen["laestab"],
            "academic_year": str(AcademicYear(LAST_YEAR)),
            "capacity": chosen["net_capacity"],
            "source": "net capacity assessment",
        }
    ).to_csv(folder / "capacity.csv", index=False)
