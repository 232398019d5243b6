"""The text of one cell to a value, by the kind of its column: what it says, or which rule it breaks.

Every function here takes the trimmed text of a cell that is not blank and returns a ``Reading``. One with a
rule and a value was mended; one with a rule and no value is unknown (a suppressed figure) or refused.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from typing import Any, NamedTuple

from placeplan.schooltypes import school_type
from placeplan.tables import NUMBER_KINDS, YEAR_KINDS, Column
from placeplan.years import (
    FIRST_YEAR,
    LAST_YEAR,
    NOT_COUNTED_GROUPS,
    Read,
    read_academic_year,
    read_year_group,
)

SUPPRESSION_MARKERS = frozenset({"z", "x", "c", "low", "supp", "u", ":", "*", "-"})
"""Signs of official statistics for a figure that is not published."""
NOT_COUNTED = -1
"""Reading of a nursery or ungraded group."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_THOUSANDS = re.compile(
    r"£?\s*[+-]?[0-9]{1,3}(?:[,\u00a0\u202f ][0-9]{3})+(?:\.[0-9]+)?|£\s*[0-9]+(?:\.[0-9]+)?"
)
_DATE_LIKE = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*|[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}.*"
    r"|[34][0-9]{4}|[A-Za-z]{3,9}[ -][0-9]{2,4}|[0-9]{1,2}[ -][A-Za-z]{3,9}(?:[ -][0-9]{2,4})?"
)
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ][0-9:.]+)?")
_DAY_FIRST = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_CALENDAR_YEAR = re.compile(r"[0-9]{4}")
_FINANCIAL_YEAR = re.compile(r"[0-9]{4}[-/][0-9]{2}")
_WHOLE_GROUP = re.compile(r"([0-9]{1,2})\.0")
_NURSERY = NOT_COUNTED_GROUPS | {"N", "NURSERY"}
_YES = frozenset({"yes", "y", "true", "selective"})
_NO = frozenset({"no", "n", "false", "non-selective", "not selective", "not applicable"})


class Reading(NamedTuple):
    """What a cell says. ``value`` is None where there is none to be had; ``said`` goes into a message."""

    value: Any
    rule: str = ""
    said: str = ""


def reader_of(column: Column) -> Callable[[str], Reading]:
    """Return the function that reads a cell of the column."""
    if column.kind in NUMBER_KINDS:
        return partial(read_number, column=column)
    if column.kind in YEAR_KINDS:
        return partial(read_year, kind=column.kind)
    if column.kind in ("choice", "phase"):
        return partial(read_choice, column=column)
    return _BY_KIND[column.kind]


def read_number(text: str, column: Column) -> Reading:
    """Return a number within the limits of its column; suppressed figures are unknown."""
    if text.casefold() in SUPPRESSION_MARKERS:
        return Reading(None, "cell-suppressed")
    if text.endswith("%"):
        return Reading(None, "number-with-percent", f"has a sign for per cent; {_expected(column)}")
    rule = ""
    if _THOUSANDS.fullmatch(text):
        text, rule = re.sub(r"[£,\s]", "", text), "number-thousands"
    if not _NUMBER.fullmatch(text):
        return Reading(None, "number-not-a-number", f"is not a number; {_expected(column)}")
    value = float(text)
    fault = _number_fault(value, column)
    return Reading(None, fault, f"{_FAULTS[fault]}; {_expected(column)}") if fault else Reading(value, rule)


def read_year(text: str, kind: str) -> Reading:
    """Return the start year of an academic, birth or financial year, or a calendar year as it is."""
    if _DATE_LIKE.fullmatch(text) and not _FINANCIAL_YEAR.fullmatch(text):
        return turned_into_date(text)
    if kind == "calendar_year":
        return _calendar_year(text)
    try:
        read = read_academic_year(text)
    except ValueError as error:
        name = {"year": "an academic year", "birth_year": "a birth year"}.get(kind, "a financial year")
        shape = "2026-27" if kind == "financial_year" else "2026/27"
        said = _without_example(str(error))
        return Reading(None, "year-impossible", f"is {said}; {name} such as {shape} is expected")
    mended = read.mended and not (kind == "financial_year" and _FINANCIAL_YEAR.fullmatch(text))
    return Reading(float(read.value), "year-mended" if mended else "")


def turned_into_date(text: str) -> Reading:
    """Return the refusal of a date in a column of years."""
    return Reading(None, "year-turned-into-date", "is a date where a year such as 2026/27 is expected")


def read_group(text: str) -> Reading:
    """Return the number of a year group; nursery and ungraded groups are ``NOT_COUNTED``."""
    if text.upper() in _NURSERY:
        return Reading(float(NOT_COUNTED), "not-counted")
    whole = _WHOLE_GROUP.fullmatch(text)
    try:
        read = Read(read_year_group(whole[1]).value, True) if whole else read_year_group(text)
    except ValueError:
        return Reading(None, "year-group-impossible", "is no year group; R or 1 to 14 is expected")
    return Reading(float(read.value), "year-group-mended" if read.mended else "")


def read_choice(text: str, column: Column) -> Reading:
    """Return one of the words that the column takes."""
    folded = " ".join(text.casefold().split())
    if folded in column.choices:
        return Reading(folded)
    joined = folded.replace("-", "_").replace(" ", "_")
    for choice in column.choices:
        if choice.replace(" ", "_") == joined:
            return Reading(choice, "choice-mended")
    near = get_close_matches(folded, column.choices, n=1)
    hint = f"; did you mean `{near[0]}`?" if near else ""
    rule = "phase-impossible" if column.kind == "phase" else "choice-unknown"
    return Reading(None, rule, f"is not one of {', '.join(column.choices)}{hint}")


def read_school_type(text: str) -> Reading:
    """Return the short name of a school type."""
    try:
        return Reading(school_type(text).name)
    except ValueError as error:
        return Reading(None, "school-type-unknown", f"is {error}")


def read_yesno(text: str) -> Reading:
    """Return ``yes`` or ``no``."""
    folded = text.casefold()
    if folded in _YES or folded in _NO:
        return Reading("yes" if folded in _YES else "no")
    return Reading(None, "yesno-unclear", "is neither yes nor no")


def read_date(text: str) -> Reading:
    """Return a date written as 2026-09-01 or 01/09/2026."""
    iso, day_first = _ISO_DATE.fullmatch(text), _DAY_FIRST.fullmatch(text)
    try:
        if iso:
            found = dt.date(int(iso[1]), int(iso[2]), int(iso[3]))
        elif day_first:
            found = dt.date(int(day_first[3]), int(day_first[2]), int(day_first[1]))
        else:
            return Reading(None, "date-impossible", "is no date; one such as 2026-09-01 is expected")
    except ValueError as error:
        return Reading(None, "date-impossible", f"is no date: {error}")
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        return Reading(None, "date-impossible", f"lies outside {FIRST_YEAR} to {LAST_YEAR}")
    return Reading(found)


def read_text(text: str) -> Reading:
    """Return the text itself."""
    return Reading(text)


_BY_KIND: dict[str, Callable[[str], Reading]] = {
    "code": read_text,
    "text": read_text,
    "year_group": read_group,
    "school_type": read_school_type,
    "yesno": read_yesno,
    "date": read_date,
}

_FAULTS = {
    "number-infinite": "is beyond every number",
    "number-negative": "is below zero",
    "number-too-large": "is above ten million",
    "number-out-of-range": "is out of range",
    "number-fractional": "has a fraction",
}


def _number_fault(value: float, column: Column) -> str:
    if math.isinf(value):
        return "number-infinite"
    if column.minimum is not None and value < column.minimum:
        return "number-negative" if column.minimum == 0 else "number-out-of-range"
    if column.maximum is not None and value > column.maximum:
        return "number-too-large" if column.maximum == 1e7 else "number-out-of-range"
    return "number-fractional" if column.whole and value != int(value) else ""


def _expected(column: Column) -> str:
    kind = "a whole number" if column.whole else "a number"
    unit = f" ({column.unit})" if column.unit else ""
    if column.minimum is None or column.maximum is None:
        return f"{kind}{unit} is expected"
    return f"{kind}{unit} from {column.minimum:,.0f} to {column.maximum:,.0f} is expected"


def _calendar_year(text: str) -> Reading:
    if _CALENDAR_YEAR.fullmatch(text) and FIRST_YEAR <= int(text) <= LAST_YEAR:
        return Reading(float(text))
    return Reading(None, "year-impossible", "is no calendar year; one such as 2021 is expected")


def _without_example(said: str) -> str:
    return said.replace(" such as 2026/27", "")
