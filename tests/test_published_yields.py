"""The Department's published file of pupil yields, read as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from placeplan.inputs.locate import Location
from placeplan.inputs.read import read_inputs
from placeplan.tables import Inputs

HEAD = (
    "time_period,time_identifier,geographic_level,old_la_code,la_name,tenure,housing,number_of_bedrooms,education_phase,"
    "education_type,years_after_completion,completed_properties_in_ay,number_of_pupils,pupil_yield"
)
ROWS = (
    "202021,Academic year,Local authority,999,Exampleshire,Market,Houses,4+,Primary,Mainstream,1,100,30,0.30",
    "202122,Academic year,Local authority,999,Exampleshire,Market,Houses,4+,Primary,Mainstream,1,100,31,0.31",
    "202122,Academic year,Local authority,999,Exampleshire,Total,Total,Total,Secondary,Mainstream,2,100,12,0.12",
    "202122,Academic year,Local authority,999,Exampleshire,Total,Flats,Total,Post-16,Mainstream,1,100,x,x",
    "202122,Academic year,Local authority,999,Exampleshire,Total,Total,Total,Early years,Mainstream,1,100,9,0.09",
    "202122,Academic year,Local authority,999,Exampleshire,Total,Total,Total,Primary,Special school,1,100,1,0.01",
    "202122,Academic year,National,,,Total,Total,Total,Primary,Mainstream,1,1000,250,0.25",
)


def read(folder: Path, authority: str, head: str = HEAD, rows: tuple[str, ...] = ROWS) -> Inputs:
    file = folder / "200708_to_202122_post_completion.csv"
    file.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return read_inputs({"yields": Location("yields", file)}, whole=False, authority=authority)


def test_the_authoritys_latest_rows_of_mainstream_pupils_count_with_their_row_in_the_file(
    tmp_path: Path,
) -> None:
    inputs = read(tmp_path, "999")
    table = inputs.table("yields")
    columns = [
        "phase",
        "dwelling",
        "tenure",
        "bedrooms",
        "years_after_completion",
        "pupils_per_dwelling",
        "row",
    ]
    assert table[columns].to_numpy().tolist() == [
        ["primary", "house", "market", "4+", 1, 0.31, 3],
        ["secondary", "", "", "", 2, 0.12, 4],
    ]
    assert [finding.rule for finding in inputs.findings if finding.rule.startswith("yields")] == [
        "yields-published"
    ]


def test_england_stands_in_for_an_authority_that_is_not_there(tmp_path: Path) -> None:
    inputs = read(tmp_path, "998")
    assert list(inputs.table("yields")["pupils_per_dwelling"]) == [0.25]
    assert any("those of England are used" in finding.message for finding in inputs.findings)


def test_a_file_without_ages_holds_for_every_age_and_says_so(tmp_path: Path) -> None:
    head = HEAD.replace("years_after_completion,", "")
    rows = ("202122,Academic year,National,,,Total,Total,Total,Primary,Mainstream,1000,250,0.25",)
    inputs = read(tmp_path, "", head, rows)
    assert list(inputs.table("yields")["years_after_completion"]) == [1]
    assert any("homes of every age" in finding.message for finding in inputs.findings)


@pytest.mark.parametrize("word", ["Nursery classes", "Boarding"])
def test_a_phase_that_is_not_known_is_left_out_by_name(tmp_path: Path, word: str) -> None:
    inputs = read(tmp_path, "999", rows=(*ROWS, ROWS[1].replace("Primary", word)))
    assert len(inputs.table("yields")) == 2
    said = [finding.message for finding in inputs.findings if finding.rule == "yields-published-words"]
    assert len(said) == 1
    assert word.casefold() in said[0]
