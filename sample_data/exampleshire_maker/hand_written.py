"""Tables written by hand (``hand_written/*.csv``): planned changes, adjustments, proposals, housing sites."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from exampleshire_maker.schools import Provision

_FOLDER = Path(__file__).with_name("hand_written")


def read(name: str) -> list[dict[str, str]]:
    """Return the rows of one table as they were written."""
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def planned_changes(provisions: tuple[Provision, ...]) -> list[dict[str, Any]]:
    """Return the planned changes with the URN of each school that they name."""
    urns = {school.name: school.urn for school in provisions} | {"": ""}
    return [
        {key: cell for key, cell in row.items() if key not in ("school", "into_school")}
        | {"urn": urns[row["school"]], "into_urn": urns[row["into_school"]]}
        for row in read("planned_changes")
    ]
