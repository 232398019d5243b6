"""A small finished run, made by hand: six primary, two secondary areas, two districts of Exampleshire."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from placeplan.governance.boards import boards_table
from placeplan.governance.money import costs_table
from placeplan.governance.provision import provision_table
from placeplan.problems import Finding
from placeplan.project import MoneyChoice, Project
from placeplan.results import Result
from placeplan.supply.plannedroutes import decisions_table
from placeplan.supply.rates import rates
from placeplan.supply.rules import DecisionRules, built_in_rules
from placeplan.tables import Inputs, Source, output_columns, typed_table
from placeplan.years import AcademicYear, Phase, year_group_label

BASE = AcademicYear(2025)
HORIZON = {Phase.PRIMARY: 5, Phase.SECONDARY: 7, Phase.SIXTH_FORM: 7}
AREAS = [
    # code, name, phase, district, reception or Year 7 pupils in the base year, growth a year, places a group
    ("9990101", "Alderbrook", "primary", "North", 88.0, 1.035, 92.0),
    ("9990102", "Birchley & Oakham Road", "primary", "North", 60.0, 0.96, 90.0),
    ("9990103", "Cedarfield", "primary", "North", 118.0, 0.985, 120.0),
    ("9990104", "Dunmere", "primary", "South", 45.0, 0.99, 52.0),
    ("9990105", "Elmstead", "primary", "South", 150.0, 0.97, 180.0),
    ("9990106", "Fernhill", "primary", "South", 30.0, 0.98, np.nan),
    ("9990201", "North Vale", "secondary", "North", 320.0, 1.005, 330.0),
    ("9990202", "South Vale", "secondary", "South", 260.0, 0.98, 300.0),
]
LIMITS = [(0, "short"), (2, "tight"), (10, "sufficient"), (25, "surplus")]


def status(percent: float) -> str:
    if np.isnan(percent):
        return "unknown"
    return next((word for limit, word in LIMITS if percent < limit), "high_surplus")


def groups_of(phase: str) -> list[int]:
    return [
        group
        for group in range(15)
        if (phase == "primary" and group < 7) or (phase != "primary" and group >= 7)
    ]


def pupils(start: float, growth: float, group: int, year: int) -> float:
    """A cohort of the year it entered, thinned a little in each year group; sixth forms keep half."""
    entry = 7 if group >= 7 else 0
    stay = [1, 1, 1, 1, 1, 0.5, 0.42, 0.02][group - 7] if group >= 7 else 1.0
    return start * growth ** (year - BASE - (group - entry) * 0.6) * stay


def phase_name(group: int) -> str:
    return "primary" if group < 7 else "secondary" if group < 12 else "sixth_form"


@cache
def cells() -> pd.DataFrame:
    """One row for each area, year group and year from ten years back to the horizon."""
    rows = []
    for code, name, phase, district, start, growth, places in AREAS:
        for group in groups_of(phase):
            for year in range(BASE - 9, BASE + HORIZON[Phase(phase_name(group))] + 1):
                number = pupils(start, growth, group, year)
                known = round(number) if year <= BASE else number
                room = places * [1, 0.5, 0.45, 0.05][max(0, group - 11)]
                rows.append((code, name, district, phase_name(group), group, year, float(known), room))
    names = ["code", "name", "district", "phase", "group", "year", "pupils", "places"]
    return pd.DataFrame(rows, columns=names)


def with_totals(rows: pd.DataFrame) -> pd.DataFrame:
    """Add year_group labels and the phase totals; an unknown number of places makes its total unknown."""
    rows = rows.assign(year_group=[year_group_label(group) for group in rows["group"]])
    keys = [name for name in rows.columns if name not in ("group", "year_group", "pupils", "places")]
    total = rows.groupby(keys, sort=False).agg(
        pupils=("pupils", "sum"), places=("places", lambda values: values.sum(skipna=False))
    )
    return pd.concat([rows, total.reset_index().assign(year_group="total")], ignore_index=True)


def by_geography(rows: pd.DataFrame) -> pd.DataFrame:
    """The same rows for areas, districts and the authority."""
    levels = [rows.assign(geography="area")]
    for geography, code in (("district", rows["district"]), ("authority", "999")):
        name = rows["district"] if geography == "district" else "Exampleshire"
        wide = rows.assign(geography=geography, code=code, name=name)
        levels.append(
            wide.groupby(
                ["geography", "code", "name", "phase", "group", "year"], sort=False, as_index=False
            ).agg(pupils=("pupils", "sum"), places=("places", lambda values: values.sum(skipna=False)))
        )
    return with_totals(pd.concat(levels, ignore_index=True).drop(columns="district"))


def ordered(rows: pd.DataFrame, file: str) -> pd.DataFrame:
    return rows.reindex(columns=list(output_columns(file))).reset_index(drop=True)


def forecast_frame() -> pd.DataFrame:
    rows = by_geography(cells())
    rows = rows[rows["year"] > BASE].copy()
    spread = 0.01 + 0.012 * (rows["year"] - BASE)
    for name, factor in {"p05": -1.64, "p10": -1.28, "p50": 0.0, "p90": 1.28, "p95": 1.64}.items():
        rows[name] = rows["pupils"] * (1 + factor * spread)
    return ordered(
        rows.assign(
            scenario="central",
            baseline=rows["pupils"],
            housing=0.0,
            adjustment=0.0,
            academic_year=[str(AcademicYear(year)) for year in rows["year"]],
        ),
        "forecast",
    )


def history_frame() -> pd.DataFrame:
    rows = by_geography(cells())
    rows = rows[rows["year"] <= BASE]
    return ordered(rows.assign(academic_year=[str(AcademicYear(year)) for year in rows["year"]]), "history")


def sufficiency_frame() -> pd.DataFrame:
    rows = with_totals(cells().drop(columns="district"))
    rows = rows[rows["year"] >= BASE].rename(columns={"code": "area_code", "name": "area_name"})
    surplus = rows["places"] - rows["pupils"]
    groups = {"primary": 7, "secondary": 5, "sixth_form": 3}
    width = np.where(rows["year_group"] == "total", rows["phase"].map(groups), 1)
    chance = 1 / (1 + np.exp(surplus / (0.02 * rows["pupils"] * (1 + rows["year"] - BASE))))
    rows = rows.assign(
        scenario="central",
        demand=rows["pupils"],
        capacity=rows["places"],
        pan=rows["places"] - 2,
        usable=rows["places"],
        planned=rows["places"] * 0,
        surplus=surplus,
        surplus_percent=100 * surplus / rows["places"],
        forms_of_entry=surplus / (30 * width),
        need=(-surplus).clip(lower=0),
        spare=surplus.clip(lower=0),
        probability_of_shortfall=chance,
        academic_year=[str(AcademicYear(year)) for year in rows["year"]],
        expected_short=(-surplus).clip(lower=0),
    )
    rows["status"] = [status(value) for value in rows["surplus_percent"]]
    return ordered(rows, "sufficiency")


def summary_frame() -> pd.DataFrame:
    rows = by_geography(cells())
    rows = rows[(rows["year"] >= BASE) & (rows["geography"] != "area") & (rows["year_group"] == "total")]
    surplus = rows["places"] - rows["pupils"]
    years = [str(AcademicYear(year)) for year in rows["year"]]
    return ordered(
        rows.assign(
            scenario="central",
            academic_year=years,
            demand=rows["pupils"],
            need=(-surplus).clip(lower=0),
            spare=surplus.clip(lower=0),
            scorecard_need=(-surplus).clip(lower=0).round(-1),
            scorecard_spare_percent=100 * surplus.clip(lower=0) / rows["places"],
            reference_year=["yes" if year == BASE + 3 else "no" for year in rows["year"]],
            scorecard_planned=15.0,
            unfilled_places=420.0,
            unfilled_percent=9.8,
            pupils_over_capacity=31.0,
            pupils_over_percent=0.7,
        ),
        "sufficiency_summary",
    )


def school_tables() -> dict[str, pd.DataFrame]:
    """Two schools in each area, one of them an academy."""
    schools, numbers = [], []
    for place, (code, name, phase, _, _, _, places) in enumerate(AREAS):
        low, high = (0, 6) if phase == "primary" else (7, 14)
        for half, (kind, ending) in enumerate((("community", "Community School"), ("academy", "Academy"))):
            urn = str(100001 + 2 * place + half)
            schools.append(
                {
                    "urn": urn,
                    "school_name": f"{name} {ending}",
                    "type": kind,
                    "low_year": low,
                    "high_year": high,
                    f"{phase}_area": code,
                    "trust": "Example Learning Trust" if half else "",
                    "denomination": "Church of England" if half and place == 0 else "",
                }
            )
            numbers.append({"urn": urn, "academic_year": "2025/26", "year_group": low, "pan": places / 2})
    known = [row for row in numbers if not np.isnan(row["pan"])]
    return {"schools": pd.DataFrame(schools), "admission_numbers": pd.DataFrame(known)}


def schools_frame() -> pd.DataFrame:
    rows = with_totals(cells().drop(columns="district"))
    rows = rows[rows["year"] >= BASE]
    found = []
    for place, (code, name, *_) in enumerate(AREAS):
        mine = rows[rows["code"] == code]
        for half, (share, ending) in enumerate(((0.6, "Community School"), (0.4, "Academy"))):
            roll, places = mine["pupils"] * share, mine["places"] / 2
            found.append(
                mine.assign(
                    urn=str(100001 + 2 * place + half),
                    school_name=f"{name} {ending}",
                    site_id="",
                    area_code=code,
                    trust="Example Learning Trust" if half else "",
                    roll=roll,
                    places=places,
                    surplus=places - roll,
                    surplus_percent=100 * (places - roll) / places,
                )
            )
    whole = pd.concat(found, ignore_index=True)
    years = [str(AcademicYear(year)) for year in whole["year"]]
    return ordered(whole.assign(scenario="central", academic_year=years), "schools")


def drivers_frame() -> pd.DataFrame:
    rows = [
        (
            code,
            "primary",
            str(AcademicYear(year)),
            "R",
            "births",
            start * growth ** (year - BASE) * 1.08,
            "known" if year <= BASE + 3 else "projected",
            "known births" if year <= BASE + 3 else "projected births",
        )
        for code, _, phase, _, start, growth, _ in AREAS
        if phase == "primary"
        for year in range(BASE - 9, BASE + 6)
    ]
    return pd.DataFrame(rows, columns=list(output_columns("drivers")))


def confidence_frame() -> pd.DataFrame:
    """A school without a figure, one whose range decides over its area, one whose figure is a number, one not counted."""
    columns = list(output_columns("supply_confidence"))
    blank = np.nan
    rows = [
        (
            "100012",
            "",
            "Fernhill Academy",
            "9990106",
            "capacity",
            blank,
            blank,
            blank,
            "",
            "",
            "none",
            blank,
            "primary",
            "2025/26",
            "yes",
            "",
            "",
            "",
        ),
        (
            "100005",
            "<Annexe>",
            "Cedarfield Community School",
            "9990103",
            "capacity",
            414.0,
            393.3,
            434.7,
            "net capacity assessment",
            "",
            "low",
            0.62,
            "primary",
            "2025/26",
            "yes",
            "2027/28",
            "short",
            "tight",
        ),
        (
            "100001",
            "",
            "Alderbrook Community School",
            "9990101",
            "capacity",
            322.0,
            322.0,
            322.0,
            "funding agreement",
            "2024-05-01",
            "high",
            0.0,
            "primary",
            "2025/26",
            "yes",
            "",
            "tight",
            "tight",
        ),
        (
            "100001",
            "",
            "Alderbrook Community School",
            "9990101",
            "usable",
            300.0,
            270.0,
            330.0,
            "estimate",
            "2024-05-01",
            "low",
            0.0,
            "primary",
            "2025/26",
            "no",
            "",
            "",
            "",
        ),
    ]
    return pd.DataFrame(rows, columns=columns)


def watch_frame() -> pd.DataFrame:
    columns = list(output_columns("watchlist"))
    rows = [
        (
            "100003",
            "Birchley & Oakham Road Community School",
            "9990102",
            "falling_roll",
            "2026/27",
            0.81,
            171.0,
            177.0,
            "primary",
            "loses 10% or more within 3 years",
        ),
        (
            "100005",
            "Cedarfield Community School",
            "9990103",
            "infant_class_size",
            "2028/29",
            0.33,
            67.0,
            60.0,
            "primary",
            "67 pupils need 3 classes of at most 30; 7 in the last",
        ),
    ]
    return pd.DataFrame(rows, columns=columns)


FINDINGS = (
    Finding(
        "old-capacity",
        "the capacity of Dunmere Academy was last assessed in 2017/18",
        "capacity",
        "capacity.csv",
        14,
        "academic_year",
        "2017/18",
    ),
    Finding(
        "old-capacity",
        "the capacity of Elmstead Academy was last assessed in 2016/17",
        "capacity",
        "capacity.csv",
        17,
        "academic_year",
        "2016/17",
    ),
    Finding(
        "unused-column", "the column 'head teacher' is not used", "schools", "schools.csv", 1, "head teacher"
    ),
)


def findings_frame() -> pd.DataFrame:
    rows = [
        {
            "severity": "warning" if found.rule == "old-capacity" else "note",
            "table": found.table,
            "file": found.file,
            "row": found.row,
            "column": found.column,
            "value": found.value,
            "rule": found.rule,
            "message": found.message,
            "remedy": "Give a newer figure, or say that it is still right.",
        }
        for found in FINDINGS
    ]
    return pd.DataFrame(rows, columns=list(output_columns("findings")))


def inputs() -> Inputs:
    areas = pd.DataFrame(
        [
            {"area_code": code, "area_name": name, "phase": phase, "district": district, "la_code": "999"}
            for code, name, phase, district, *_ in AREAS
        ]
    )
    changes = pd.DataFrame(
        [
            {
                "change_id": "C1",
                "kind": "expansion",
                "urn": "100001",
                "phase": "primary",
                "start_year": "2027/28",
                "places": 15,
                "year_group": "R",
                "certainty": "firm",
            },
            {
                "change_id": "C2",
                "kind": "closure",
                "urn": "100004",
                "start_year": "2028/29",
                "certainty": "proposed",
            },
        ]
    )
    proposals = pd.DataFrame(
        [
            {
                "proposal_id": "P1",
                "raised_by": "local authority",
                "date": "2026-01-20",
                "area_code": "9990101",
                "phase": "primary",
                "board": "North partnership",
                "options_considered": "expand | bulge class",
                "outcome": "expand",
                "dissent": "one school",
                "next_step": "publish the proposal",
                "due_on": "2026-02-27",
                "change_id": "C1",
            }
        ]
    )
    tables = {"areas": areas, "planned_changes": changes, "proposals": proposals, **school_tables()}
    typed = {name: typed_table(name, table) for name, table in tables.items()}
    sources = {name: Source(Path(f"{name}.csv"), "", f"{name}.csv", "0" * 64) for name in typed}
    return Inputs(typed, sources)


def board_frames(frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Decisions, money and proposals from the small tables; powers and an admission number by hand."""
    tables, day = inputs(), date(2026, 3, 2)
    made = {"decisions": decisions_table(tables, DecisionRules(built_in_rules()), day)}
    made["boards"] = boards_table(tables, {**frames, **made}, BASE, day)
    made["costs"] = costs_table(
        tables, frames["sufficiency"], rates(tables, MoneyChoice(region="South East")), BASE
    )
    made["provision"] = provision_table(frames["schools"], tables)
    powers = [
        (
            "central",
            geography,
            code,
            name,
            "primary",
            year,
            4000,
            1600,
            0.4,
            need,
            need / 4,
            0.25,
            90,
            45,
            0.5,
        )
        for geography, code, name in (("authority", "999", "Exampleshire"), ("area", "9990101", "Alderbrook"))
        for year, need in (("2025/26", 0), ("2030/31", 44))
    ]
    made["powers"] = pd.DataFrame(powers, columns=list(output_columns("powers")))
    number = (
        "100002", "Alderbrook Academy", "9990101", "primary", "R", "2027/28", 45, 30, -15, "academy trust",
        "cut-pan-academy", 94.3, 90, 75, 0.62, 0.95, 92, 0.6, 1, 45, "2025-10-01", "2026-01-31", "2026-02-28", "",
    )  # fmt: skip
    made["determined"] = pd.DataFrame([number], columns=list(output_columns("determined")))
    return made


@cache
def small_result() -> Result:
    """The whole small run; the same object at every call, so copy before changing."""
    frames = {
        "forecast": forecast_frame(),
        "history": history_frame(),
        "drivers": drivers_frame(),
        "sufficiency": sufficiency_frame(),
        "sufficiency_summary": summary_frame(),
        "schools": schools_frame(),
        "findings": findings_frame(),
    }
    frames["supply_confidence"], frames["watchlist"] = confidence_frame(), watch_frame()
    for file in (
        "accuracy",
        "methods",
        "control_totals",
        "what_if",
        "what_if_areas",
        "housing_pupils",
        "cohorts",
        "pools",
        "ratios",
        "sources",
        "adjustments_register",
        "intake_signals",
        "transfer_shares",
        "residents",
        "census_profile",
        "partners",
    ):
        frames[file] = pd.DataFrame(columns=list(output_columns(file)))
    frames |= board_frames(frames)
    project = Project.model_validate(
        {"authority": {"name": "Exampleshire", "la_code": "999"}, "inputs": {"folder": "."}}
    )
    return Result(
        project=project.placed(Path("placeplan.yaml"), "authority: {name: Exampleshire}\n"),
        inputs=inputs(),
        base_year=BASE,
        horizon=HORIZON,
        scenarios=("central",),
        frames=frames,
        findings=FINDINGS,
        choices={"intake": "Reception is births five years earlier times the pooled ratio of four years."},
        settings={"simulations": 1000, "seed": 1944},
    )


def result_with(**tables: pd.DataFrame) -> Result:
    """The small run with some frames or input tables put in place of its own."""
    result = small_result()
    frames = {**result.frames, **{name: table for name, table in tables.items() if name in result.frames}}
    given = {**result.inputs.tables, **{name: table for name, table in tables.items() if name not in frames}}
    return replace(result, frames=frames, inputs=Inputs(given, result.inputs.sources))
