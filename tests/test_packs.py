"""Packs, open data and the publication profile, from one run folder of Exampleshire."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from placeplan.cli import main
from placeplan.disclosure.audit import given_away
from placeplan.outputs.store import write_run
from placeplan.problems import UsageError
from placeplan.publishing.cells import Cells, cells_of
from placeplan.publishing.profile import Profile, profile_of, published, whole_cells, year_system
from placeplan.publishing.recipients import recipients
from placeplan.publishing.runfolder import open_run
from placeplan.publishing.tablefiles import harmless, write_table
from placeplan.years import Phase

TEXT = {
    "urn": str,
    "area_code": str,
    "code": str,
    "planning_area_code": str,
    "school_urn": str,
    "time_period": str,
}


@pytest.fixture(scope="module")
def run_folder(exampleshire, tmp_path_factory):
    folder = tmp_path_factory.mktemp("packs") / "run"
    write_run(exampleshire, folder, ("csv",))
    return folder


def report(run: Path, out: Path, *options: str):
    return CliRunner().invoke(main, ["report", str(run), "--out", str(out), *options])


@pytest.fixture(scope="module")
def trust_pack(run_folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "trust"
    result = report(run_folder, out, "--for", "trust:Example Learning Trust A")
    assert result.exit_code == 0, result.output
    return out


@pytest.fixture(scope="module")
def public(run_folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "public"
    result = report(run_folder, out, "--public", "--json")
    assert result.exit_code == 0, result.output
    return out, json.loads(result.stdout)


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=TEXT, keep_default_na=False)


def test_a_trust_gets_the_rolls_of_its_schools_with_ranges(run_folder, trust_pack):
    rolls = read(trust_pack / "trust-example-learning-trust-a" / "rolls.csv")
    schools, forecast = read(run_folder / "schools.csv"), read(run_folder / "forecast.csv")
    assert set(rolls["urn"]) == set(schools.loc[schools["trust"] == "Example Learning Trust A", "urn"])
    own = forecast[(forecast["geography"] == "school") & forecast["code"].isin(rolls["urn"])]
    keys = ["phase", "academic_year", "year_group"]
    both = rolls.merge(own, left_on=["urn", *keys], right_on=["code", *keys], suffixes=("", "_run"))
    assert len(both) == len(own)
    for name in ("pupils", "p10", "p90"):
        assert np.allclose(both[name].astype(float), both[f"{name}_run"].astype(float))
    assert np.allclose(rolls["surplus"].astype(float), rolls["places"] - rolls["pupils"])


def test_a_trust_is_told_what_its_schools_come_to_but_the_public_is_not(run_folder, trust_pack, tmp_path):
    together = read(trust_pack / "trust-example-learning-trust-a" / "partners.csv")
    whole = read(run_folder / "partners.csv")
    own = whole[whole["name"] == "Example Learning Trust A"].reset_index(drop=True)
    pd.testing.assert_frame_equal(together, own, check_dtype=False)
    page = (trust_pack / "trust-example-learning-trust-a" / "pack.md").read_text(encoding="utf-8")
    last = together[together["phase"] == "primary"].iloc[-1]
    low, high = (round(float(last[name])) for name in ("p10", "p90"))
    assert f"{round(last['pupils']):,}\u00a0({low:,}–\u2060{high:,})" in page
    out = tmp_path / "public"
    result = report(run_folder, out, "--for", "trust:Example Learning Trust A", "--public")
    assert result.exit_code == 0, result.output
    public = next((out / "public").glob("**/rolls.csv")).parent
    assert not (public / "partners.csv").exists()
    assert "All schools together" not in (public / "pack.md").read_text(encoding="utf-8")


def test_the_page_names_its_basis_and_what_the_areas_face(trust_pack):
    page = (trust_pack / "trust-example-learning-trust-a" / "pack.md").read_text(encoding="utf-8")
    for words in ("**Authority.** Exampleshire (999)", "base year **2025/26**", "January 2026 census", "**Ratios.**",
                  "1,000 draws, seed 1944", "## What the areas face", "## What is planned and proposed",
                  "## How earlier forecasts did here", "Ashgrove Primary Academy"):  # fmt: skip
        assert words in page
    assert (trust_pack / "trust-example-learning-trust-a" / "pack.html").read_text(encoding="utf-8").count(
        "<h1"
    ) == 1
    assert "trust-example-learning-trust-a/pack.html" in (trust_pack / "index.html").read_text(
        encoding="utf-8"
    )


def test_run_json_tells_of_the_run_and_the_packs(trust_pack, run_folder):
    story = json.loads((trust_pack / "run.json").read_text(encoding="utf-8"))
    assert (story["program"], story["command"]) == ("placeplan", "report")
    assert story["run"] == str(run_folder)
    assert story["packs"] == ["trust-example-learning-trust-a"]
    assert story["inputs"]


def test_all_is_a_pack_for_everyone(run_folder):
    run = open_run(run_folder)
    found = recipients(run, "all")
    kinds = [one.kind for one in found]
    schools = run.frames["schools"]
    assert kinds.count("authority") == 1
    assert kinds.count("trust") == len(set(schools["trust"]) - {""})
    assert kinds.count("diocese") == len(set(schools["diocese"]) - {""})
    assert kinds.count("school") == schools["urn"].nunique()
    assert kinds.count("district") == len(set(run.frames["sufficiency"]["district"]) - {""})
    assert len({one.slug for one in found}) == len(found)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("school:Oakfeld Primary", "Oakfield Primary School"),
        ("trust:example lerning trust a", "Example Learning Trust A"),
        ("trusts", "did you mean trust?"),
    ],
)
def test_a_name_that_is_not_there_is_answered_with_the_nearest(run_folder, tmp_path, wanted, words):
    result = report(run_folder, tmp_path / "out", "--for", wanted)
    assert result.exit_code == 2
    assert words in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_of_something_else_is_left_alone(run_folder, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x", encoding="utf-8")
    assert report(run_folder, tmp_path / "mine").exit_code == 2
    assert report(tmp_path / "mine", tmp_path / "out").exit_code == 2
    result = report(run_folder, tmp_path / "out", "--options", str(run_folder))
    assert result.exit_code == 2
    assert "placeplan options" in result.stderr


def test_open_data_stands_in_the_published_layout_and_adds_up(run_folder, tmp_path):
    assert report(run_folder, tmp_path / "out", "--quiet").exit_code == 0
    folder = tmp_path / "out" / "open_data"
    estimates, sufficiency = read(folder / "place_demand_estimates.csv"), read(run_folder / "sufficiency.csv")
    assert list(estimates.columns)[:3] == ["time_period", "time_identifier", "geographic_level"]
    assert set(estimates["time_identifier"]) == {"Academic year"}
    assert estimates["time_period"].min() == "202627"
    areas = estimates[estimates["geographic_level"] == "Planning area"]
    whole = estimates[estimates["geographic_level"] == "Local authority"]
    keys = ["time_period", "education_phase", "nc_year_group"]
    summed = areas.groupby(keys)["pupil_forecast"].sum()
    assert (summed == whole.set_index(keys)["pupil_forecast"].reindex(summed.index)).all()
    groups = whole[~whole["nc_year_group"].str.endswith("total")].groupby(keys[:2])["pupil_forecast"].sum()
    totals = whole[whole["nc_year_group"].str.endswith("total")].set_index(keys[:2])["pupil_forecast"]
    assert (groups == totals.reindex(groups.index)).all()
    one = areas[(areas["planning_area_code"] == "9990001") & (areas["time_period"] == "202728")]
    run = sufficiency[(sufficiency["area_code"] == "9990001") & (sufficiency["academic_year"] == "2027/28")]
    told = dict(zip(one["nc_year_group"], one["pupil_forecast"], strict=True))
    for group, name in (("R", "Reception"), ("1", "Year 01"), ("6", "Year 06")):
        assert abs(told[name] - float(run.loc[run["year_group"] == group, "demand"].iloc[0])) < 1
    capacity = read(folder / "school_capacity.csv")
    rolls = sufficiency[(sufficiency["academic_year"] == "2025/26") & (sufficiency["year_group"] == "total")]
    assert capacity["pupils_on_roll"].sum() == rolls["demand"].sum()


def test_no_small_count_is_published_anywhere(public):
    folder, told = public
    assert told["publication"]["small count"] > 0
    for file in folder.glob("public/**/*.csv"):
        frame = read(file)
        for name in ("pupils", "pupils_on_roll", "pupil_forecast"):
            if name in frame:
                shown = pd.to_numeric(frame[name].replace("c", None)).dropna()
                assert not ((shown > 0) & (shown < 5)).any(), (file, name)
        if "p10" in frame:
            assert (frame.loc[frame["pupils"] == "c", ["p10", "p90", "surplus"]] == "c").all(axis=None)


def test_no_combination_of_the_published_tables_tells_a_hidden_count(public, run_folder):
    """From the files alone: all relations between published counts, hidden ones unknown; the rank says if one is fixed."""
    folder, _ = public
    log = read(folder / "suppression_log.csv")
    relations = _published_relations(folder / "public")
    hidden = {cell for relation in relations for cell, value in relation if value is None}
    small = log[log["action"] == "small count"]
    assert set(_cells_of_log(log)) == hidden
    for component in _joined(relations):
        unknown = sorted({cell for relation in component for cell, value in relation if value is None})
        matrix = np.array(
            [
                [sum(sign for sign, cell in _signed(relation) if cell == one) for one in unknown]
                for relation in component
            ]
        )
        _, sizes, right = np.linalg.svd(matrix)
        free = right[(sizes > 1e-9).sum() :]
        assert (np.abs(free).max(axis=0, initial=0) > 1e-9).all(), "a hidden count can be worked out"
    assert (small["most"].astype(float) >= small["least"].astype(float) + 4).all()
    assert (small["most"].astype(float) > 5).all()


def _published_relations(folder: Path) -> list[list[tuple[tuple[str, ...], float | None]]]:
    """Sums that every reader knows, as lists whose first cell is the sum of the others; None is hidden."""
    rolls, areas = read(folder / "authority" / "rolls.csv"), read(folder / "authority" / "areas.csv")
    whole = read(folder / "open_data" / "place_demand_estimates.csv")
    whole = whole[whole["geographic_level"] == "Local authority"]
    values: dict[tuple[str, ...], float | None] = {}
    home: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for frame, unit in ((rolls, "school"), (areas, "area")):
        code = "urn" if unit == "school" else "area_code"
        for row in frame.itertuples():
            key = (
                unit,
                getattr(row, code) + getattr(row, "site_id", ""),
                row.phase,
                row.academic_year,
                row.year_group,
            )
            values[key] = None if row.pupils == "c" else float(row.pupils)
            parent = ("area", row.area_code) if unit == "school" else ("authority", "999")
            home.setdefault((*parent, *key[2:]), []).append(key)
    names = {"Reception": "R", **{f"Year {group:02d}": str(group) for group in range(1, 15)}}
    for row in whole.itertuples():
        year = f"{row.time_period[:4]}/{row.time_period[4:]}"
        phase, group = row.education_phase.lower().replace(" ", "_"), names.get(row.nc_year_group, "total")
        values["authority", "999", phase, year, group] = (
            None if row.pupil_forecast == "c" else float(row.pupil_forecast)
        )
    wholes = {
        key: []
        for key in values
        if key[0] == "school" and not key[1][6:] and home.get(("area", "", *key[2:]))
    }
    district = dict(zip(areas["area_code"], areas["district"], strict=True))
    for row in read(folder / "authority" / "summary.csv").itertuples():
        key = (row.geography, row.code, row.phase, row.academic_year, row.year_group)
        values[key] = None if row.pupils == "c" else float(row.pupils)
    for key in [key for key in values if key[0] == "area"]:
        home.setdefault(("district", district[key[1]], *key[2:]), []).append(key)
    sums = {key: parts for key, parts in home.items() if key[1]}
    for key in values:
        if key[0] == "school" and key[1][6:]:
            wholes[(key[0], key[1][:6], *key[2:])].append(key)
    sums |= {key: parts for key, parts in wholes.items() if parts}
    by_unit: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for key in values:
        if key[-1] != "total":
            by_unit.setdefault((*key[:-1], "total"), []).append(key)
    found = [[(total, values[total]), *((part, values[part]) for part in parts)]
             for group in (sums, by_unit) for total, parts in group.items() if total in values]  # fmt: skip
    for relation in found:
        if all(value is not None for _, value in relation):
            assert relation[0][1] == sum(value for _, value in relation[1:]), relation[0]
    return [relation for relation in found if any(value is None for _, value in relation)]


def _signed(relation):
    return [(1.0, relation[0][0]), *((-1.0, cell) for cell, _ in relation[1:])]


def _joined(relations):
    """Put together the relations of one phase and year."""
    found: dict[tuple[str, str], list] = {}
    for relation in relations:
        found.setdefault(relation[0][0][2:4], []).append(relation)
    return found.values()


def _cells_of_log(log):
    for row in log.itertuples():
        yield row.geography, row.code, row.phase, row.academic_year, row.year_group


def test_the_officers_own_packs_hide_nothing(trust_pack):
    text = (trust_pack / "trust-example-learning-trust-a" / "rolls.csv").read_text(encoding="utf-8")
    assert not re.search(r",c,|,c$", text, re.MULTILINE)
    assert not (trust_pack / "suppression_log.csv").exists()


def test_rounding_makes_every_published_count_a_multiple_of_five_that_adds_up(run_folder):
    for cells in cells_of(open_run(run_folder)):
        shown, log = published(cells, Profile(5, "round", 5))
        assert not shown.hidden.any()
        assert (shown.pupils % 5 == 0).all()
        assert np.array_equal(shown.pupils[:, :-1].sum(axis=1), shown.pupils[:, -1])
        assert (np.abs(shown.pupils - cells.pupils)[:, :-1] < 5 + 1e-9).all()
        assert set(log["action"]) <= {"rounded"}


def _small_cells(counts: np.ndarray, places: int = 12) -> Cells:
    """Two areas: the first with all schools but the last, the second with the last alone."""
    schools = len(counts)
    home = np.array([0] * (schools - 1) + [1])
    areas = np.array([counts[home == area].sum(axis=0) for area in range(2)])
    by_group = np.concatenate([areas.sum(axis=0, keepdims=True), areas, counts]).astype(float)
    pupils = np.concatenate([by_group, by_group.sum(axis=1, keepdims=True)], axis=1)[:, :, None]
    units = pd.DataFrame(
        {"geography": ["authority", "area", "area", *["school"] * schools], "parent": [-1, 0, 0, *(1 + home)], "whole": -1,
         "code": [str(place) for place in range(schools + 3)], "name": "", "site_id": "", "area_code": "", "district": ""}
    )  # fmt: skip
    blank = np.full(pupils.shape, np.nan)
    groups = (*map(str, range(counts.shape[1])), "total")
    room = np.full(pupils.shape, float(places))
    room[:, -1] = room[:, :-1].sum(axis=1)
    hidden = np.zeros(pupils.shape, dtype=bool)
    return Cells(Phase.PRIMARY, ("2025/26",), groups, units, pupils, blank, blank, room, blank, hidden)


@settings(max_examples=8, deadline=None)
@given(arrays(np.int64, st.tuples(st.integers(2, 4), st.integers(1, 3)), elements=st.integers(0, 9)))
def test_whatever_the_schools_no_small_count_can_be_told(counts):
    cells = _small_cells(counts)
    shown, log = published(cells, Profile(5, "suppress", 5))
    small = (cells.pupils > 0) & (cells.pupils < 5)
    assert shown.hidden[small].all()
    assert not shown.hidden[cells.pupils == 0].any()
    system = year_system(replace(whole_cells(cells), hidden=shown.hidden), 0)
    flat = shown.hidden.ravel()
    mask = np.concatenate([flat, np.zeros(flat.size, dtype=bool), flat])
    few = np.concatenate([small.ravel(), np.zeros(2 * small.size, dtype=bool)])
    assert not given_away(system, mask, few, 5).any()
    assert (log["action"] == "small count").sum() == small.sum()


@pytest.mark.parametrize("text", ["=1+1", "+44", "-cmd", "@sum"])
def test_a_name_is_never_a_formula(text, tmp_path):
    assert harmless(text) == f"'{text}"
    assert harmless("Oakfield School") == "Oakfield School"
    write_table(pd.DataFrame({"urn": [text], "surplus": [-3.0], "pupils": ["c"]}), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()[1] == f"'{text},-3,c"


def _board_run(run_folder: Path, tmp_path: Path) -> Path:
    """A copy of the run whose texts are as long as texts get, and try to be more than text."""
    folder = tmp_path / "run"
    shutil.copytree(run_folder, folder)
    name = "<b>=Saint</b> Somebody and All Angels Church of England Voluntary Aided School of Long Sampleton upon Water"
    columns = {"decisions": ["decider"], "sufficiency": ["area_name"], "schools": ["school_name"],
               "boards": ["area_name", "options_considered", "outcome", "dissent", "next_step"]}  # fmt: skip
    for file, names in columns.items():
        frame = pd.read_csv(folder / f"{file}.csv", dtype=object, keep_default_na=False)
        frame[names] = name
        if file == "decisions":
            frame["in_time"] = "no"
        if file == "boards":
            frame = pd.concat([frame] * 3)
        frame.to_csv(folder / f"{file}.csv", index=False)
    return folder


def test_the_board_paper_has_decisions_and_what_was_agreed(run_folder, tmp_path):
    result = report(run_folder, tmp_path / "out", "--board")
    assert result.exit_code == 0, result.output
    paper = (tmp_path / "out" / "board_paper.md").read_text(encoding="utf-8")
    decisions = read(run_folder / "decisions.csv")
    due = decisions[decisions["in_time"] != "decided"]
    for row in due.itertuples():
        assert f"| {row.change_id}, " in paper
    closest = due[due["change_id"] == "PC07"].iloc[0]
    assert (closest["start_date"], closest["least_months"]) == ("2028-09-01", "1")
    assert "| 1 Aug 2028 | 1 Sep 2028 |" in paper
    assert "two schools would rather have shared the cut" in paper
    assert "28 Feb 2026 (overdue)" in paper
    assert "No earlier run was given" in paper
    assert not (tmp_path / "out" / "index.html").exists()
    assert (tmp_path / "out" / "board_paper.docx").exists()


def test_since_the_same_run_nothing_changed(run_folder, tmp_path):
    assert (
        report(run_folder, tmp_path / "out", "--board", "--since", str(run_folder), "--quiet").exit_code == 0
    )
    paper = (tmp_path / "out" / "board_paper.md").read_text(encoding="utf-8")
    lines = [line for line in paper.splitlines() if line.startswith("| All areas")]
    run = read(run_folder / "sufficiency.csv")
    third = run[
        (run["academic_year"] == "2028/29") & (run["year_group"] == "total") & (run["phase"] == "primary")
    ]
    demand, need = f"{third['demand'].sum():,.0f}", f"{third['need'].astype(float).sum():,.0f}"
    assert (
        f"| All areas | Primary | none above half a pupil | 2028/29 | {demand} | {demand} | 0 | {need} | {need} |"
        in lines
    )


@pytest.mark.parametrize("options", [["--board", "--public"], ["--since", "."]])
def test_what_does_not_go_together_is_refused(run_folder, tmp_path, options):
    assert report(run_folder, tmp_path / "out", *options).exit_code == 2
    assert not (tmp_path / "out").exists()


def test_the_board_paper_prints_on_two_pages_whatever_the_tables_hold(run_folder, tmp_path):
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("the two pages are counted in a headless chromium, which is not installed here")
    folder = _board_run(run_folder, tmp_path)
    assert report(folder, tmp_path / "out", "--board", "--since", str(run_folder), "--quiet").exit_code == 0
    page = tmp_path / "out" / "board_paper.html"
    assert "<b>=Saint" not in page.read_text(encoding="utf-8")
    printed = tmp_path / "paper.pdf"
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
               f"--print-to-pdf={printed}", page.as_uri()]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed.read_bytes())) <= 2


def test_an_authority_without_schools_gets_what_it_can(run_folder, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(run_folder, folder)
    schools = (folder / "schools.csv").read_text(encoding="utf-8").splitlines()
    (folder / "schools.csv").write_text(schools[0] + "\n", encoding="utf-8")
    sufficiency = pd.read_csv(folder / "sufficiency.csv", dtype=object, keep_default_na=False)
    sufficiency[
        ["places", "surplus", "surplus_percent", "need", "spare", "probability_of_shortfall", "planned"]
    ] = ""
    sufficiency.to_csv(folder / "sufficiency.csv", index=False)
    result = report(folder, tmp_path / "out", "--for", "authority", "--board", "--quiet")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "out" / "authority" / "pack.md").read_text(encoding="utf-8")
    assert "0 schools in 30 planning areas" in page
    assert "| not known | not known |" in page
    assert "| Primary | 0 of 24, 24 not known |" in (tmp_path / "out" / "board_paper.md").read_text(
        encoding="utf-8"
    )
    capacity = read(tmp_path / "out" / "open_data" / "school_capacity.csv")
    assert set(capacity["unfilled_places"]) == {"x"}
    shown, log = published(cells_of(open_run(folder))[2], Profile(5, "suppress", 5))
    assert shown.hidden.any()
    assert set(log["geography"]) <= {"authority", "district", "area", "rest"}
    with pytest.raises(UsageError, match="the tables name no trust"):
        recipients(open_run(folder), "trust")


def test_the_profile_is_that_of_the_runs_project():
    assert profile_of({}) == Profile(5, "suppress", 5)
    assert profile_of({"publication": {"threshold": 10, "method": "round"}}) == Profile(10, "round", 5)


def test_a_school_on_sites_in_two_areas_gets_its_whole_roll_with_the_range(run_folder):
    cells = next(one for one in cells_of(open_run(run_folder)) if one.phase is Phase.PRIMARY)
    schools, forecast = read(run_folder / "schools.csv"), read(run_folder / "forecast.csv")
    own = cells.units[cells.units["code"] == "990082"]
    assert list(own["geography"]) == ["school", "site", "site"]
    whole, site_a, site_b = own.index
    assert np.allclose(cells.pupils[site_a] + cells.pupils[site_b], cells.pupils[whole])
    row = forecast[(forecast["code"] == "990082") & (forecast["academic_year"] == "2028/29")]
    row = row[row["year_group"] == "total"].iloc[0]
    year = cells.years.index("2028/29")
    assert np.isclose(cells.pupils[whole, -1, year], float(row["pupils"]))
    assert np.isclose(cells.p90[whole, -1, year], float(row["p90"]))
    base = schools[(schools["urn"] == "990082") & (schools["academic_year"] == "2025/26")]
    roll = base.loc[base["year_group"] == "total", "roll"].astype(float).sum()
    assert cells.pupils[whole, -1, 0] == roll
    shown = whole_cells(cells)
    assert np.array_equal(shown.pupils[site_a] + shown.pupils[site_b], shown.pupils[whole])
    system = year_system(shown, 0)
    assert np.abs(system.relations @ system.values).max() == 0


def test_places_not_known_in_one_area_leave_other_districts_known(run_folder, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(run_folder, folder)
    sufficiency = pd.read_csv(folder / "sufficiency.csv", dtype=object, keep_default_na=False)
    sufficiency.loc[sufficiency["area_code"] == "9990001", "places"] = ""
    sufficiency.to_csv(folder / "sufficiency.csv", index=False)
    cells = cells_of(open_run(folder))[0]
    known = {name: np.isfinite(cells.places[at]).all() for at, name in enumerate(cells.units["name"])}
    district = cells.units.loc[cells.units["code"] == "9990001", "district"].iloc[0]
    assert not known[district]
    assert not known["Exampleshire"]
    others = set(cells.units.loc[cells.units["geography"] == "district", "name"]) - {district}
    assert all(known[name] for name in others)
