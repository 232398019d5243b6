"""The CSV files of packs, from the cells: rolls of schools, what areas face, what is proposed, earlier forecasts.

What the schools of a trust or diocese come to together is not published: with it hidden rolls could be worked out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from placeplan.outputs.words import plain
from placeplan.publishing.cells import AREA, AUTHORITY, DISTRICT, SCHOOL, SITE, TOTAL, Cells
from placeplan.publishing.recipients import Recipient
from placeplan.publishing.runfolder import RunFolder
from placeplan.tables import output_columns
from placeplan.years import Phase

CONFIDENTIAL = "c"
"""What stands in place of a hidden count, as in the Department's open data."""
SHARED_PHASE = {phase.value: phase.area_phase.value for phase in Phase}


@dataclass(frozen=True)
class PackTables:
    """The tables of the whole run; a pack holds the rows that concern its recipient."""

    rolls: pd.DataFrame
    areas: pd.DataFrame
    summary: pd.DataFrame
    proposed: pd.DataFrame
    options: pd.DataFrame
    accuracy: pd.DataFrame
    partners: pd.DataFrame

    @cached_property
    def _homes(self) -> dict[str, pd.Series]:
        """Area of each row by table: phase of the area and its code in one word."""
        frames = {"rolls": self.rolls, "areas": self.areas, "proposed": self.proposed, "options": self.options,
                  "accuracy": self.accuracy}  # fmt: skip
        return {
            name: frame["phase"].map(SHARED_PHASE).fillna("") + frame["area_code"]
            for name, frame in frames.items()
        }

    def of(self, one: Recipient) -> dict[str, pd.DataFrame]:
        """Return the rows that concern a recipient, by file."""
        areas = {phase + code for phase, code in one.areas}
        here = {name: home.isin(areas) for name, home in self._homes.items()}
        rolls = self.rolls["urn"].isin(list(one.urns))
        if one.kind == DISTRICT:
            rolls &= here["rolls"] | (self.rolls["area_code"] == "")
        proposed = self.proposed["urn"].isin(list(one.urns)) | here["proposed"]
        districts = set(self.areas.loc[here["areas"], "district"])
        wide = (self.summary["geography"] == AUTHORITY) | self.summary["code"].isin(list(districts))
        together = (self.partners["kind"] == one.kind) & (self.partners["name"].map(plain) == one.name)
        return {
            **({"partners": self.partners[together]} if together.any() else {}),
            "rolls": self.rolls[rolls], "areas": self.areas[here["areas"]], "summary": self.summary[wide],
            "proposed": self.proposed[proposed], "options": self.options[here["options"]],
            "accuracy": self.accuracy[here["accuracy"]],
        }  # fmt: skip


def pack_tables(
    run: RunFolder, phases: Sequence[Cells], options: pd.DataFrame | None, public: bool
) -> PackTables:
    """Return the tables of a run; ``public``: only what may be published."""
    rolls = _rows("rolls", phases, (SCHOOL, SITE))
    together = np.argsort(pd.factorize(rolls["urn"])[0], kind="stable")
    return PackTables(
        rolls.iloc[together].reset_index(drop=True),
        _rows("areas", phases, (AREA,)),
        _rows("summary", phases, (AUTHORITY, DISTRICT)),
        _proposed(run),
        _options(run, options, public),
        _accuracy(run, public),
        run.frames["partners"][: 0 if public else None],
    )


_CALLED = {
    "rolls": {"urn": "code", "school_name": "name"},
    "areas": {"area_code": "code", "area_name": "name"},
    "summary": {},
}
"""What the columns of a file are called in the cells, where they are not called the same."""


def _rows(file: str, phases: Sequence[Cells], geographies: Sequence[str]) -> pd.DataFrame:
    """Return the cells of some geographies in the columns of a file."""
    parts = [
        _long(cells, np.flatnonzero(cells.units["geography"].isin(list(geographies)))) for cells in phases
    ]
    rows = pd.concat(parts, ignore_index=True)
    return pd.DataFrame({name: rows[_CALLED[file].get(name, name)] for name in output_columns(file)})


def _long(cells: Cells, chosen: np.ndarray) -> pd.DataFrame:
    """One row for each unit, year and year group; hidden counts and what comes of them as ``c``."""
    years, groups = len(cells.years), len(cells.groups)
    each = years * groups
    columns: dict[str, object] = {
        name: np.repeat(cells.units[name].to_numpy(dtype=object)[chosen], each)
        for name in ("geography", "code", "name", "site_id", "area_code", "district")
    }
    columns["phase"] = np.full(len(chosen) * each, cells.phase.value, dtype=object)
    columns["academic_year"] = np.tile(np.repeat(np.array(cells.years, dtype=object), groups), len(chosen))
    columns["year_group"] = np.tile(np.array(cells.groups, dtype=object), len(chosen) * years)
    surplus = cells.surplus
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = np.where(cells.places > 0, 100.0 * surplus / cells.places, np.nan)
    values = {
        "pupils": cells.pupils, "p10": cells.p10, "p90": cells.p90, "surplus": surplus,
        "spare": np.maximum(surplus, 0.0), "surplus_percent": percent, "probability_of_shortfall": cells.chance,
    }  # fmt: skip
    hidden = _flat(cells.hidden, chosen)
    for name, block in values.items():
        told = _flat(block, chosen)
        columns[name] = np.where(hidden, CONFIDENTIAL, told.astype(object)) if hidden.any() else told
    columns["places"] = _flat(cells.places, chosen)
    return pd.DataFrame(columns)


def _flat(block: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    return np.swapaxes(block[chosen], 1, 2).reshape(-1)


def _proposed(run: RunFolder) -> pd.DataFrame:
    """Planned changes with who decides and when, in order of their start."""
    rows = run.frames["decisions"]
    names = dict(zip(run.frames["schools"]["urn"], run.frames["schools"]["school_name"], strict=True))
    area = dict(
        zip(run.frames["sufficiency"]["area_code"], run.frames["sufficiency"]["area_name"], strict=True)
    )
    columns = ("change_id", "kind", "urn", "area_code", "phase", "places", "start_date", "certainty", "in_time", "proposer",
               "decider", "consultation", "route", "earliest_date", "status")  # fmt: skip
    frame = pd.DataFrame({name: rows[name] for name in columns})
    frame["places"] = pd.to_numeric(rows["places"].replace("", None), errors="coerce").astype(float)
    where = [
        names.get(urn) or area.get(code, "") for urn, code in zip(rows["urn"], rows["area_code"], strict=True)
    ]
    frame.insert(2, "where", [plain(name) for name in where])
    return frame.sort_values(["start_date", "change_id"], kind="stable").reset_index(drop=True)


OPTION_COLUMNS = ("option_id", "area_code", "phase", "trouble", "rank", "title", "urn", "places", "start_year",
                  "date_needed", "earliest_date", "cost", "proposer", "decider", "chance_before", "chance_after",
                  "spare_before", "spare_after", "reason")  # fmt: skip
COUNTED = ("spare_before", "spare_after", "reason")
"""What tells of pupils in an option: left out of what is published."""


def _options(run: RunFolder, options: pd.DataFrame | None, public: bool) -> pd.DataFrame:
    columns = [name for name in OPTION_COLUMNS if not (public and name in COUNTED)]
    if options is None:
        return pd.DataFrame(columns=[*columns, "school_name"], dtype=object)
    names = dict(zip(run.frames["schools"]["urn"], run.frames["schools"]["school_name"], strict=True))
    frame = options[columns].copy()
    frame["school_name"] = [plain(names.get(urn, urn)) for urn in frame["urn"]]
    return frame.sort_values(["area_code", "phase", "trouble", "rank"], kind="stable").reset_index(drop=True)


def _accuracy(run: RunFolder, public: bool) -> pd.DataFrame:
    """Earlier forecasts of areas, phase totals; published without the counts, which would tell of the rolls."""
    rows = run.frames["accuracy"]
    rows = rows[(rows["geography"] == "area") & (rows["year_group"] == TOTAL)]
    columns = [
        "code",
        "phase",
        "target_year",
        "made_in",
        "horizon",
        *([] if public else ["forecast", "actual"]),
    ]
    frame = rows[columns].rename(columns={"code": "area_code"}).reset_index(drop=True)
    percent = 100.0 * rows["error"].to_numpy(float)
    frame["error_percent"] = np.round(percent, 1) if public else percent
    return frame
