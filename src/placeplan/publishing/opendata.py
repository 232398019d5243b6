"""Open data in the layout of the published School capacity release, from the same cells as the packs.

A count that is worked out from several others (unfilled places of all schools, need of all areas) is shown only if each of
them is: so it tells nothing that the shown counts do not tell already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from placeplan.arrays import Array
from placeplan.datafiles import data_rows
from placeplan.outputs.marks import bullets, table
from placeplan.outputs.words import markdown, plain
from placeplan.publishing.basis import profile_words
from placeplan.publishing.cells import AREA, AUTHORITY, SCHOOL, TOTAL, Cells, summed
from placeplan.publishing.packtables import CONFIDENTIAL
from placeplan.publishing.profile import Profile
from placeplan.publishing.runfolder import RunFolder
from placeplan.publishing.tablefiles import write_table
from placeplan.years import Phase

LAYOUT = "open_data/2025.csv"
NOT_APPLICABLE, NOT_AVAILABLE = "z", "x"
PHASE_NAMES = {Phase.PRIMARY: "Primary", Phase.SECONDARY: "Secondary", Phase.SIXTH_FORM: "Sixth form"}
ENGLAND = ("E92000001", "England")
MARKS = (
    "c: confidential, a small count or one that would give a small count away",
    "x: not available in a run of placeplan",
    "z: not applicable",
)


def open_data(run: RunFolder, phases: Sequence[Cells]) -> dict[str, pd.DataFrame]:
    """Return each file of the layout; ``phases``: cells in whole numbers, hidden where they may not be shown."""
    capacity = pd.concat([_schools(run, cells) for cells in phases], ignore_index=True)
    schools = _school_rows(capacity)
    fields = {
        "school_capacity": _authority_rows(run, schools, phases),
        "capacity_school": schools,
        "place_demand_estimates": pd.concat([_estimates(run, cells) for cells in phases], ignore_index=True),
    }
    return {file: _laid_out(run, file, frame) for file, frame in fields.items()}


def write_open_data(
    run: RunFolder, phases: Sequence[Cells], profile: Profile | None, folder: Path
) -> dict[str, int]:
    """Write the files and their guidance into a new folder; return the rows of each."""
    folder.mkdir()
    files = open_data(run, phases)
    for name, frame in files.items():
        write_table(frame, folder / f"{name}.csv")
    (folder / "data_guidance.md").write_text(_guidance(run, profile), encoding="utf-8", newline="\n")
    return {f"{folder.name}/{name}.csv": len(frame) for name, frame in files.items()}


def _laid_out(run: RunFolder, file: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of a file in order; what a run does not know is x."""
    same = {
        "time_identifier": "Academic year", "country_code": ENGLAND[0], "country_name": ENGLAND[1],
        "la_code": run.la_code or NOT_AVAILABLE, "la_name": plain(run.authority), "not_available": NOT_AVAILABLE,
    }  # fmt: skip
    columns = {
        row["heading"]: frame[row["field"]] if row["field"] in frame else same[row["field"]]
        for row in data_rows(LAYOUT)
        if row["file"] == file
    }
    return pd.DataFrame(columns, index=frame.index)


def _period(year: str) -> str:
    return year[:4] + year[-2:]


def _schools(run: RunFolder, cells: Cells) -> pd.DataFrame:
    """Places and pupils of the base year by school and phase; a sixth form counts as secondary."""
    at = np.flatnonzero(cells.units["geography"] == SCHOOL)
    areas = cells.units[cells.units["geography"] == AREA].set_index("code")["name"]
    units = cells.units.iloc[at]
    known = run.frames["schools"].drop_duplicates("urn").set_index("urn")["laestab"]
    return pd.DataFrame(
        {
            "urn": units["code"].to_numpy(), "site_id": units["site_id"].to_numpy(),
            "school_name": units["name"].to_numpy(),
            "laestab": units["code"].map(known).to_numpy(),
            "area_code": units["area_code"].replace("", NOT_APPLICABLE).to_numpy(),
            "area_name": units["area_code"].map(areas).fillna(NOT_APPLICABLE).to_numpy(),
            "phase": PHASE_NAMES[cells.phase.area_phase], "time_period": _period(cells.years[0]),
            "pupils": cells.pupils[at, -1, 0], "places": cells.places[at, -1, 0], "hidden": cells.hidden[at, -1, 0],
        }
    )  # fmt: skip


def _school_rows(rows: pd.DataFrame) -> pd.DataFrame:
    keys = ["urn", "site_id", "area_code", "phase", "time_period"]
    first = rows.drop_duplicates(keys).set_index(keys)[["school_name", "laestab", "area_name"]]
    counts = summed(rows, keys, ["pupils", "places"])
    counts["hidden"] = rows.groupby(keys, sort=False)["hidden"].any()
    frame = first.join(counts).reset_index()
    gap = (frame["places"] - frame["pupils"]).to_numpy(float)
    unfilled, over = np.maximum(gap, 0.0), np.maximum(-gap, 0.0)
    frame = frame.assign(geographic_level="School", unfilled=unfilled, over=over)
    frame["percent_unfilled"] = _percent(unfilled, frame["places"])
    frame["percent_over"] = _percent(over, frame["pupils"])
    return _with_marks(frame, ("pupils", "unfilled", "over", "percent_unfilled", "percent_over"))


def _authority_rows(run: RunFolder, schools: pd.DataFrame, phases: Sequence[Cells]) -> pd.DataFrame:
    """The base year of the authority by phase; sums over schools only where every school is shown and has places."""
    rows = []
    for phase in (Phase.PRIMARY, Phase.SECONDARY):
        own = [cells for cells in phases if cells.phase.area_phase is phase]
        if not own:
            continue
        here = schools[schools["phase"] == PHASE_NAMES[phase]]
        told = _authority_of(here)
        pupils = sum(cells.pupils[0, -1, 0] for cells in own)
        places = sum(cells.places[0, -1, 0] for cells in own)
        if any(cells.hidden[0, -1, 0] for cells in own):
            pupils = CONFIDENTIAL
        rows.append({"phase": PHASE_NAMES[phase], "time_period": _period(run.base_year),
                     "geographic_level": "Local authority", "count_schools": here["urn"].nunique(), "pupils": pupils,
                     "places": NOT_AVAILABLE if np.isnan(places) else places, **told})  # fmt: skip
    return pd.DataFrame(rows)


def _authority_of(here: pd.DataFrame) -> dict[str, object]:
    names = ("full_schools", "percent_full", "over", "percent_over", "under_schools", "percent_under", "unfilled",
             "percent_unfilled")  # fmt: skip
    if here.empty:
        return dict.fromkeys(names, NOT_AVAILABLE)
    if (here["pupils"] == CONFIDENTIAL).any():
        return dict.fromkeys(names, CONFIDENTIAL)
    pupils, places = (
        here["pupils"].to_numpy(float),
        pd.to_numeric(here["places"], errors="coerce").to_numpy(float),
    )
    if np.isnan(places).any():
        return dict.fromkeys(names, NOT_AVAILABLE)
    full, over, unfilled = pupils >= places, np.maximum(pupils - places, 0), np.maximum(places - pupils, 0)
    values = (full.sum(), _one_percent(full.sum(), len(here)), over.sum(), _one_percent(over.sum(), pupils.sum()),
              (~full).sum(), _one_percent((~full).sum(), len(here)), unfilled.sum(),
              _one_percent(unfilled.sum(), places.sum()))  # fmt: skip
    return dict(zip(names, values, strict=True))


def _estimates(run: RunFolder, cells: Cells) -> pd.DataFrame:
    """Forecasts, places and need of every area and of the authority, after the base year."""
    area_at = np.flatnonzero(cells.units["geography"] == AREA)
    planned = _planned(run, cells, area_at)
    need_area, hidden_area = np.maximum(-cells.surplus[area_at], 0.0), cells.hidden[area_at]
    need_area[:, -1], any_hidden = need_area[:, :-1].sum(axis=1), hidden_area.copy()
    any_hidden[:, -1] = hidden_area.any(axis=1)
    parts = [
        _estimate_rows(cells, 0, planned.sum(axis=0), need_area.sum(axis=0), np.any(any_hidden, axis=0)),
        *(
            _estimate_rows(cells, int(place), planned[at], need_area[at], any_hidden[at])
            for at, place in enumerate(area_at)
        ),
    ]
    return pd.concat(parts, ignore_index=True)


def _planned(run: RunFolder, cells: Cells, area_at: Array) -> Array:
    """Planned part of the places of each area, whole, (areas, groups, years)."""
    rows = run.frames["sufficiency"]
    rows = rows[rows["phase"] == cells.phase.value]
    values = pd.to_numeric(rows["planned"], errors="coerce").to_numpy(float)
    keys = zip(rows["area_code"], rows["year_group"], rows["academic_year"], strict=True)
    told = dict(zip(keys, np.round(values), strict=True))
    codes = cells.units["code"].iloc[area_at]
    return np.array([[[told[c, g, y] for y in cells.years] for g in cells.groups] for c in codes])


def _estimate_rows(cells: Cells, place: int, planned: Array, need: Array, need_hidden: Array) -> pd.DataFrame:
    unit = cells.units.iloc[place]
    is_authority = unit["geography"] == AUTHORITY
    years, groups = cells.years[1:], cells.groups
    flat = {
        "pupils": cells.pupils[place], "planned": planned, "capacity": cells.places[place] - planned,
        "need_minus_spare": -cells.surplus[place], "need": need, "hidden": cells.hidden[place], "need_hidden": need_hidden,
    }  # fmt: skip
    frame = pd.DataFrame({name: block[:, 1:].T.ravel() for name, block in flat.items()})
    frame["time_period"] = np.repeat([_period(year) for year in years], len(groups))
    frame["year_group"] = np.tile([_group_name(cells.phase, group) for group in groups], len(years))
    frame["phase"] = PHASE_NAMES[cells.phase]
    frame["geographic_level"] = "Local authority" if is_authority else "Planning area"
    frame["area_code"] = NOT_APPLICABLE if is_authority else unit["code"]
    frame["area_name"] = NOT_APPLICABLE if is_authority else unit["name"]
    frame = _with_marks(frame, ("pupils", "need_minus_spare"))
    frame = _with_marks(frame, ("need",), "need_hidden")
    return _with_marks(frame, ("capacity", "planned"), "none")


def _group_name(phase: Phase, group: str) -> str:
    if group == TOTAL:
        return f"{PHASE_NAMES[phase]} total"
    return "Reception" if group == "R" else f"Year {int(group):02d}"


def _with_marks(frame: pd.DataFrame, columns: Sequence[str], hidden: str = "hidden") -> pd.DataFrame:
    """Put c where a row is hidden, x where a number is not known."""
    frame = frame.copy()
    for name in columns:
        told = (
            frame[name].astype(float).astype(object).where(frame[name].astype(float).notna(), NOT_AVAILABLE)
        )
        frame[name] = told.mask(frame[hidden].astype(bool), CONFIDENTIAL) if hidden in frame else told
    return frame


def _percent(part: Array, whole: pd.Series) -> Array:
    base = whole.to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(base > 0, np.round(100.0 * part / base, 1), np.nan)


def _one_percent(part: float, whole: float) -> object:
    return round(100.0 * float(part) / float(whole), 1) if whole else NOT_AVAILABLE


def _guidance(run: RunFolder, profile: Profile | None) -> str:
    """Return data_guidance.md: what each file and column holds, and where its name is from."""
    blocks = [
        f"# Open data: {markdown(run.authority)}",
        f"Base year {run.base_year}; years after it are forecasts. The columns are those of the release School capacity "
        "2024/25, as its public pages show them. Pupils are whole numbers that add up; places are whole for each school "
        "and area.",
        bullets([*MARKS, *([profile_words(profile)] if profile else [])]),
        *_columns(),
    ]
    return "\n\n".join(blocks) + "\n"


def _columns() -> Iterator[str]:
    rows = data_rows(LAYOUT)
    for file in dict.fromkeys(row["file"] for row in rows):
        own = [row for row in rows if row["file"] == file]
        yield f"## {file}.csv"
        yield f"Column names: {markdown(own[0]['source'])}."
        lines = ([f"`{row['heading']}`", row["confidence"], markdown(row["note"])] for row in own)
        yield table(["Column", "Confidence", "Note"], lines, text_columns=3)
