"""The tables of movement: intake_signals.csv, transfer_shares.csv, residents.csv and census_profile.csv."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from placeplan.demand.censuses import Profile, held_share, profiles
from placeplan.demand.preferences import SIGNALS, Signal, site_parts
from placeplan.demand.residents import homes_of
from placeplan.demand.transfershares import transfer_shares
from placeplan.forecasting import Forecast
from placeplan.frames import TOTAL, stacked
from placeplan.project import Project
from placeplan.tables import Inputs, output_columns
from placeplan.years import AcademicYear, Phase, phase_of, year_group_label


def signals_table(found: Forecast, scenario: str) -> pd.DataFrame:
    """intake_signals.csv: by area and year group of entry, the model, what the figures say, and what is made of both."""
    parts = [_signal_rows(found, signal, scenario) for signal in found.signals]
    return stacked(parts, output_columns("intake_signals"))


def _signal_rows(found: Forecast, signal: Signal, scenario: str) -> pd.DataFrame:
    areas = found.register.areas.iloc[found.stages[signal.phase].rows]
    rows = pd.DataFrame(
        {
            "scenario": scenario,
            "area_code": areas["code"].to_numpy(),
            "phase": phase_of(signal.group).value,
            "academic_year": str(AcademicYear(int(found.history.base_year) + 1)),
            "year_group": year_group_label(signal.group),
            "model": signal.forecast,
            "new_homes": signal.homes,
            "factor": signal.factor,
            "corrected": signal.forecast * signal.factor,
            "years_judged": signal.years,
            "error_without": signal.error_without,
            "error_with": signal.error_with,
        }
    )
    for kind, name in enumerate(SIGNALS):
        rows[name] = signal.told[kind]
        rows[f"pupils_for_each_{name}"] = signal.usual[kind]
        rows[f"pupils_by_{name}"] = signal.estimate[kind]
        rows[f"weight_{name}"] = signal.weight[kind]
    return rows.iloc[np.flatnonzero(np.isfinite(signal.told).any(axis=0))]


def transfers_table(found: Forecast, inputs: Inputs) -> pd.DataFrame:
    """transfer_shares.csv: where leavers go and intakes come from, averaged, damped and normalised."""
    columns = output_columns("transfer_shares")
    parts = [
        part.assign(
            first_year=str(AcademicYear(int(part["first_year"].iloc[0]))),
            last_year=str(AcademicYear(int(part["last_year"].iloc[0]))),
        )
        for part in transfer_shares(inputs, found.register, found.history)
        if len(part)
    ]
    return stacked(parts, columns)


def residents_table(found: Forecast, inputs: Inputs, project: Project, scenario: str) -> pd.DataFrame:
    """residents.csv: those who live in an area beside those at its schools, by year group as counted, then by phase."""
    parts = []
    base = int(found.history.base_year)
    for homes in homes_of(inputs, found.register, found.history):
        stage = found.stages.get(homes.phase.area_phase)
        taught = found.history.groups_taught(homes.phase)
        if stage is None or not taught:
            continue
        at = [stage.groups.index(group) for group in taught]
        demand = found.central[stage.phase][:, at].sum(axis=1)[:, : project.horizon[homes.phase]]
        demand = np.concatenate([stage.base_roll[:, at].sum(axis=1, keepdims=True), demand], axis=1)
        ahead = demand.T[:, :, None] * homes.share
        years = [*homes.years, *range(base, base + ahead.shape[0])]
        groups = [*(year_group_label(int(group)) for group in homes.groups), *[TOTAL] * len(ahead)]
        basis = [*["counted"] * len(homes.years), "shared out", *["forecast"] * (len(ahead) - 1)]
        cells = np.concatenate([homes.counted, ahead])
        inside = cells[:, :, :-1]
        own = np.einsum("yaa->ya", inside)
        columns = {
            "at_schools": cells.sum(axis=2),
            "residents": inside.sum(axis=1),
            "own": own,
            "at_other_areas": inside.sum(axis=1) - own,
            "from_other_areas": inside.sum(axis=2) - own,
            "from_outside": cells[:, :, -1],
        }
        codes = found.register.areas["code"].iloc[homes.rows].to_numpy()
        parts.append(
            pd.DataFrame(
                {
                    "scenario": scenario,
                    "area_code": np.tile(codes, len(years)),
                    "phase": homes.phase.value,
                    "academic_year": np.repeat([str(AcademicYear(int(year))) for year in years], len(codes)),
                    "year_group": np.repeat(groups, len(codes)),
                    "basis": np.repeat(basis, len(codes)),
                    **{name: values.reshape(-1) for name, values in columns.items()},
                }
            )
        )
    return stacked(parts, output_columns("residents"))


def profile_table(found: Forecast, inputs: Inputs, project: Project) -> pd.DataFrame:
    """census_profile.csv: other censuses of the year beside the project's, the peak and places to hold for arrivals."""
    made = list(profiles(inputs, found.register, found.history, project.census))
    parts = []
    for phase in Phase:
        mine = [one for one in made if one.phase is phase]
        held = held_share([one.growth() for one in mine])
        parts += [_profile_rows(found, one, held, project.authority.la_code) for one in mine]
    rows = stacked(parts, output_columns("census_profile"))
    if rows.empty:
        return rows
    keys = ["geography", "code", "phase", "year_group"]
    most = rows.sort_values("ratio", kind="stable").drop_duplicates(keys, keep="last")
    peak = most.set_index(keys)["census"].where(most.set_index(keys)["ratio"] > 1.0, project.census)
    return rows.assign(peak=peak.reindex(pd.MultiIndex.from_frame(rows[keys])).to_numpy())


def _profile_rows(found: Forecast, one: Profile, held: float, la_code: str) -> pd.DataFrame:
    stage = found.stages[one.phase.area_phase]
    coming = found.central[stage.phase][:, [stage.groups.index(group) for group in one.groups], 0]
    coming = np.concatenate([coming, coming.sum(axis=1, keepdims=True)], axis=1)
    labels = [*(year_group_label(group) for group in one.groups), TOTAL]
    known = np.isfinite(one.usual)
    parts = []
    for geography in ("area", "authority"):
        roll, usual = (np.where(known, cells, 0.0) for cells in (one.roll, one.usual))
        next_year, codes = coming, found.register.areas["code"].iloc[one.rows].to_numpy()
        if geography == "authority":
            roll, usual, next_year = (cells.sum(axis=0, keepdims=True) for cells in (roll, usual, coming))
            codes = np.array([la_code], dtype=object)
        by_year = np.asarray(np.where(usual > 0, roll / np.where(usual > 0, usual, 1.0), np.nan))
        some = np.asarray(np.isfinite(by_year).any(axis=2))
        whole = usual.sum(axis=2)
        parts.append(
            pd.DataFrame(
                {
                    "geography": geography,
                    "code": np.repeat(codes, len(labels)),
                    "phase": one.phase.value,
                    "year_group": np.tile(labels, len(codes)),
                    "census": one.census,
                    "years": np.isfinite(by_year).sum(axis=2).reshape(-1),
                    "ratio": (roll.sum(axis=2) / np.where(whole > 0, whole, 1.0)).reshape(-1),
                    "least": np.nanmin(np.where(some[:, :, None], by_year, 1.0), axis=2).reshape(-1),
                    "most": np.nanmax(np.where(some[:, :, None], by_year, 1.0), axis=2).reshape(-1),
                    "peak": "",
                    "pupils_next_year": next_year.reshape(-1),
                    "held_share": held,
                    "held": (held * next_year).reshape(-1),
                }
            ).iloc[np.flatnonzero(some.reshape(-1))]
        )
    return pd.concat(parts, ignore_index=True)


def signal_sources(found: Forecast, inputs: Inputs, file: str) -> Iterator[pd.DataFrame]:
    """Yield the rows of preferences behind each area's figures, as sources.csv lists them."""
    table = inputs.table("preferences")
    coming = int(found.history.base_year) + 1
    sites = found.register.sites
    codes = np.append(found.register.areas["code"].to_numpy(), "")
    for signal in found.signals:
        here = table[(table["academic_year"] == coming) & (table["year_group"] == signal.group)]
        here = here.assign(present=here["urn"].map(lambda urn: found.register.successors.get(urn, urn)))
        placed = pd.DataFrame(
            {
                "present": sites["urn"],
                "school": sites["school_name"],
                "area_code": codes[found.register.area_of(signal.group)],
                "part": site_parts(found.register, found.history.site_roll[:, signal.group, -1]),
            }
        )
        rows = here.merge(placed[placed["area_code"] != ""], on="present")
        for name in SIGNALS:
            yield pd.DataFrame(
                {
                    "kind": name,
                    "area_code": rows["area_code"],
                    "phase": phase_of(signal.group).value,
                    "academic_year": str(AcademicYear(coming)),
                    "year_group": year_group_label(signal.group),
                    "table": "preferences",
                    "file": file,
                    "row": rows["row"],
                    "label": "school " + rows["urn"],
                    "weight": rows["part"],
                    "amount": rows[name] * rows["part"],
                }
            ).dropna(subset=["amount"])
