"""A chosen option, or a whole plan, as a scenario file: what is added to the planned changes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from placeplan.options.make import OptionsMade
from placeplan.options.reduction import ALONE, TOGETHER
from placeplan.problems import UsageError
from placeplan.years import AcademicYear, year_group_label

HEAD = "# Scenario made by `placeplan options --save`"
PLAN_IDS = {f"plan-{name}": name for name in (ALONE, TOGETHER)}
YEARS = ("start_year", "end_year")


def rows_to_save(made: OptionsMade, option_id: str) -> list[Mapping[str, Any]]:
    """Return the rows of ``planned_changes`` of an option or plan; UsageError if it is unknown or changes no places."""
    if option_id in PLAN_IDS:
        if made.plan is None:
            raise UsageError(f"--save {option_id}: there is no plan; ask for one with --reduce")
        found: list[Mapping[str, Any]] = [
            row for rows in made.plan.rows[PLAN_IDS[option_id]].values() for row in rows
        ]
    else:
        option = next((one for one in made.weighed if one.option_id == option_id), None)
        if option is None:
            raise UsageError(
                f"--save {option_id}: no option has this id; options.csv lists them"
                + (", plan-alone and plan-together are the plans" if made.plan else "")
            )
        found = list(option.candidate.rows)
    if not found:
        raise UsageError(f"--save {option_id}: this option changes no places, so there is nothing to save")
    return found


def scenario_text(made: OptionsMade, option_id: str) -> str:
    """Return the scenario file of an option: what it is, and the changes it adds to the central plan."""
    rows = rows_to_save(made, option_id)
    comment = [
        HEAD,
        f"# {made.project.authority.name}, base year {made.setting.base_year}: {_what(made, option_id)}",
        "# The changes below come on top of planned_changes; the year is the academic year of the first entry.",
    ]
    content = {
        "name": option_id,
        "based_on": "central",
        "planned_changes": {"add": [_plain(row) for row in rows]},
    }
    return "\n".join(comment) + "\n" + yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def check_scenario_file(path: Path) -> None:
    """Raise UsageError unless a scenario can be written there: a new file, or one that this command made."""
    if path.is_dir():
        raise UsageError(f"--save {path}: this is a folder; name a file")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"--save {path}: the folder {path.absolute().parent} does not exist; make it first")
    if path.exists() and not path.read_text(encoding="utf-8", errors="replace").startswith(HEAD):
        raise UsageError(f"--save {path}: the file exists and was not made by --save; choose another name")


def _what(made: OptionsMade, option_id: str) -> str:
    if option_id in PLAN_IDS:
        who = (
            "the authority's own powers"
            if option_id == "plan-alone"
            else "every admission authority agreeing"
        )
        return f"plan of smaller admission numbers with {who}"
    option = next(one for one in made.weighed if one.option_id == option_id)
    school = option.candidate.schools[0].name if option.candidate.schools else option.trouble.area.name
    return f"{option.candidate.kind.title.lower()}, {school}"


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in row.items():
        if value == "" or value is None or (isinstance(value, float) and math.isnan(value)):
            continue
        if name in YEARS:
            kept[name] = str(AcademicYear(int(value)))
        elif name == "year_group":
            kept[name] = year_group_label(int(value))
        elif isinstance(value, float) and value == int(value):
            kept[name] = int(value)
        else:
            kept[name] = value.isoformat() if isinstance(value, date) else value
    return kept
