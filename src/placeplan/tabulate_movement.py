"""The tables of movement: intake_signals.csv (offers for the coming entry) and transfer_shares.csv."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from placeplan.demand.preferences import SIGNALS, Signal, site_parts
from placeplan.demand.transfershares import transfer_shares
from placeplan.forecasting import Forecast
from placeplan.frames import stacked
from placeplan.tables import Inputs, output_columns
from placeplan.years import AcademicYear, phase_of, year_group_label


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
