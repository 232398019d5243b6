"""Academic years, year groups, phases, birth years."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placeplan.years import (
    AcademicYear,
    Phase,
    birth_year_of_midyear,
    birth_year_of_reception,
    calendar_year_shares,
    financial_year_shares,
    phase_of,
    read_academic_year,
    read_year_group,
    reception_year,
    year_group_label,
)


@pytest.mark.parametrize(
    ("written", "mended"),
    [
        ("2026/27", False),
        ("2026-27", True),
        ("2026/2027", True),
        ("26/27", True),
        ("202627", True),
        ("2026–27", True),
        (" 2026/27 ", True),
    ],
)
def test_spellings_of_one_year(written: str, mended: bool) -> None:
    assert read_academic_year(written) == (2026, mended)


@pytest.mark.parametrize(
    "written", ["2026", "2026/28", "2026/26", "1949/50", "2100/01", "20260/27", "", "Dec-11"]
)
def test_what_is_no_academic_year(written: str) -> None:
    with pytest.raises(ValueError, match=r"not an academic year|do not follow|outside"):
        read_academic_year(written)


@given(st.integers(1950, 2099))
def test_a_year_reads_as_it_prints(start: int) -> None:
    assert AcademicYear.parse(str(AcademicYear(start))) == start
    assert read_academic_year(str(AcademicYear(start))).mended is False


def test_arithmetic_keeps_the_name() -> None:
    assert str(AcademicYear(1999)) == "1999/00"
    assert f"{AcademicYear(2026) + 1}" == "2027/28"
    assert str(AcademicYear(2026).back(2)) == "2024/25"


@pytest.mark.parametrize(
    ("written", "number", "mended"),
    [
        ("R", 0, False),
        ("1", 1, False),
        ("14", 14, False),
        ("Reception", 0, True),
        ("Year 01", 1, True),
        ("Y7", 7, True),
        ("yr 11", 11, True),
        ("07", 7, True),
    ],
)
def test_spellings_of_year_groups(written: str, number: int, mended: bool) -> None:
    assert read_year_group(written) == (number, mended)


@pytest.mark.parametrize("written", ["15", "-1", "", "N1", "seven", "Year 15", "1.5"])
def test_what_is_no_year_group(written: str) -> None:
    with pytest.raises(ValueError, match="not a year group"):
        read_year_group(written)


def test_phases_hold_the_year_groups_of_the_contract() -> None:
    assert [phase_of(group) for group in (0, 6, 7, 11, 12, 14)] == [
        Phase.PRIMARY,
        Phase.PRIMARY,
        Phase.SECONDARY,
        Phase.SECONDARY,
        Phase.SIXTH_FORM,
        Phase.SIXTH_FORM,
    ]
    assert Phase.SIXTH_FORM.area_phase is Phase.SECONDARY
    assert [year_group_label(group) for group in (0, 7)] == ["R", "7"]
    with pytest.raises(ValueError, match="no phase"):
        phase_of(15)


def test_children_born_in_2021_22_enter_reception_in_2026_27() -> None:
    assert str(reception_year(2021)) == "2026/27"
    assert str(birth_year_of_reception(2026)) == "2021/22"
    assert str(birth_year_of_midyear(2022)) == "2021/22"


def test_calendar_and_financial_years_are_shared_out_whole() -> None:
    assert [(str(year), share) for year, share in calendar_year_shares(2021)] == [
        ("2020/21", 8 / 12),
        ("2021/22", 4 / 12),
    ]
    assert [(str(year), share) for year, share in financial_year_shares(2026)] == [
        ("2025/26", 5 / 12),
        ("2026/27", 7 / 12),
    ]
