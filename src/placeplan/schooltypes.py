"""School types: which names stand for which type, whether it is mainstream, who sets its admission number.

The names are those of Get Information About Schools and placeplan's own short ones, read from
``data/school_types.csv`` without regard to case.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from importlib.resources import files


class AdmissionAuthority(StrEnum):
    """Who decides a school's admission arrangements; ``NONE`` where no admission authority decides places."""

    LOCAL_AUTHORITY = "local authority"
    GOVERNING_BODY = "governing body"
    TRUST = "trust"
    NONE = ""


@dataclass(frozen=True)
class SchoolType:
    """One type of school by its short name."""

    name: str
    mainstream: bool
    admission_authority: AdmissionAuthority


def school_type(text: str) -> SchoolType:
    """Return the type that a name stands for; ValueError, with the nearest right name, if there is none."""
    folded = _folded(text)
    if folded not in _types():
        near = get_close_matches(folded, _types(), n=1)
        raise ValueError(f"not a school type{f', did you mean {near[0]}?' if near else ''}")
    return _types()[folded]


def school_type_names() -> tuple[str, ...]:
    """Return the short names, in the order of the table."""
    return tuple(dict.fromkeys(found.name for found in _types().values()))


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold().replace("\u2019", "'")


@cache
def _types() -> dict[str, SchoolType]:
    with files("placeplan").joinpath("data/school_types.csv").open(encoding="utf-8") as lines:
        return {
            _folded(row["name"]): SchoolType(
                row["type"], row["mainstream"] == "yes", AdmissionAuthority(row["admission_authority"])
            )
            for row in csv.DictReader(lines)
        }
