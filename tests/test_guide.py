"""The worked examples of the guide: each planned change gives the places that its table shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from placeplan.project import load_project
from placeplan.run import forecast

GUIDE = (Path(__file__).parent.parent / "docs" / "guide.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(
    r"^#### (.+?)\n.*?```csv\n(change_id,.*?)```\n\n(\| (?:pan|places) \|.*?)\n\n", re.MULTILINE | re.DOTALL
)
EXAMPLES = {title: (change, table) for title, change, table in EXAMPLE.findall(GUIDE)}
KINDS = {"pan_change", "expansion", "bulge", "new_school", "closure", "amalgamation", "unit"}
TABLES = {
    "areas": "area_code,area_name,phase\nA1,Hillside,primary\n",
    "schools": "urn,school_name,type,low_year,high_year,primary_area\n"
    "900001,Hillside Primary (example),community,R,6,A1\n900002,Valley Primary (example),community,R,6,A1\n",
    "capacity": "urn,academic_year,capacity\n900001,2025/26,420\n900002,2025/26,210\n",
    "admission_numbers": "urn,academic_year,year_group,pan\n900001,2025/26,R,60\n900002,2025/26,R,30\n",
    "rolls": "academic_year,urn,R,1,2,3,4,5,6\n"
    + "".join(
        f"{year},{urn},{','.join(str(size + group % 3) for group in range(7))}\n"
        for year in ("2022/23", "2023/24", "2024/25", "2025/26")
        for urn, size in (("900001", 55), ("900002", 26))
    ),
}


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def test_every_kind_of_change_has_an_example() -> None:
    assert {change.splitlines()[1].split(",")[1] for change, _ in EXAMPLES.values()} == KINDS


@pytest.mark.parametrize("title", EXAMPLES)
def test_a_planned_change_gives_the_places_that_the_guide_shows(title: str, tmp_path: Path) -> None:
    change, table = EXAMPLES[title]
    for name, content in {**TABLES, "planned_changes": change}.items():
        (tmp_path / f"{name}.csv").write_text(content, encoding="utf-8")
    file = tmp_path / "placeplan.yaml"
    file.write_text(
        'authority: {name: A, la_code: "999"}\ninputs: {folder: .}\nsimulations: 100\n', encoding="utf-8"
    )

    found = forecast(load_project(file)).frames["sufficiency"].set_index(["academic_year", "year_group"])
    header, _, *rows = table.splitlines()
    measure, *years = _cells(header)
    shown = {
        (year, group): float(cell)
        for group, *cells in map(_cells, rows)
        for year, cell in zip(years, cells, strict=True)
    }
    assert {key: found.loc[key, measure] for key in shown} == shown
