"""Kinds of values that a project or scenario file holds: how each is read, its limits, and how a schema tells them."""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema

from placeplan.yamlnodes import as_written
from placeplan.years import AcademicYear, read_year_group, year_group_label


def _academic_year(value: Any) -> AcademicYear:
    if isinstance(value, AcademicYear):
        return value
    try:
        return AcademicYear.parse(str(as_written(value)))
    except ValueError as error:
        raise ValueError(f"write an academic year as 2022/23 ({error})") from None


def _year_group(value: Any) -> int:
    try:
        return read_year_group(str(as_written(value))).value
    except ValueError as error:
        raise ValueError(f"write a year group as R or 1 to 14 ({error})") from None


def _percent(value: Any) -> float:
    if isinstance(value, str) and value.strip().endswith("%"):
        try:
            number = float(value.strip().removesuffix("%").replace("−", "-"))
        except ValueError:
            number = float("nan")
        if -100 <= number <= 1000:
            return number
    said = "write a change from -100% to 1000% with its sign for per cent, such as -1.2%"
    if isinstance(value, int | float) and not isinstance(value, bool):
        told = f"{as_written(value)}%" + (f" or {100 * value:g}%" if 0 < abs(value) < 1 else "")
        said = f"{said}; did you mean {told}?"
    raise ValueError(said)


def _day(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(as_written(value)))
    except ValueError:
        raise ValueError("write a day as 2026-10-01") from None


def _day_of_year(value: Any) -> str:
    text = str(as_written(value))
    try:
        date.fromisoformat(f"2001-{text}")
    except ValueError:
        raise ValueError('write a day of the year in quotes, month first, as "05-15"') from None
    return text


def one_of(value: Any, known: tuple[str, ...], what: str) -> str:
    """Return the one of the words ``known`` that is meant; ValueError, with the nearest, if it is none of them."""
    word = str(as_written(value)).strip().casefold()
    if word in known:
        return word
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join(known)}"
    raise ValueError(f"there is no {what} `{str(as_written(value))[:60]}`; {hint}")


def folded(value: Any) -> Any:
    """Return text without regard to case and space around it, anything else as it is."""
    return value.strip().casefold() if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(as_written)]
Year = Annotated[
    AcademicYear,
    PlainValidator(_academic_year),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}/\d{2}$", "examples": ["2022/23"]}),
]
Group = Annotated[
    int,
    PlainValidator(_year_group),
    PlainSerializer(year_group_label, return_type=str),
    WithJsonSchema({"type": ["string", "integer"], "examples": ["R", 7]}),
]
PercentText = Annotated[
    float,
    PlainValidator(_percent),
    PlainSerializer(lambda value: f"{value:g}%", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^[-−]?\d+(\.\d+)?\s*%$", "examples": ["-1.2%"]}),
]
Day = Annotated[
    date,
    PlainValidator(_day),
    PlainSerializer(lambda day: day.isoformat(), return_type=str),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-10-01"]}),
]
DayOfYear = Annotated[
    str,
    PlainValidator(_day_of_year),
    WithJsonSchema({"type": "string", "pattern": r"^\d{2}-\d{2}$", "examples": ["05-15"]}),
]
YearsAhead = Annotated[int, Field(strict=True, ge=1, le=15)]
Share = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
Percent = Annotated[float, Field(strict=True, ge=-100, le=1000, allow_inf_nan=False)]
Pupils = Annotated[float, Field(strict=True, ge=0, le=1e6, allow_inf_nan=False)]
Weight = Annotated[float, Field(strict=True, ge=0, le=1e6, allow_inf_nan=False)]
Months = Annotated[int, Field(strict=True, ge=0, le=240)]
Pounds = Annotated[float, Field(strict=True, ge=0, le=1e9, allow_inf_nan=False)]
