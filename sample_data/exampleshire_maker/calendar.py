"""The years of the sample. A year is held as the calendar year in which it starts."""

from __future__ import annotations

SEED = 20260115
BURN_IN = 2001
"""First simulated intake: by the first roll written, every cohort has grown up inside the simulation."""
FIRST_ROLL = 2014
BASE = 2025
"""2025/26: the latest roll is that of January 2026."""
OFFERS_KNOWN = 2026
"""Offers for September 2026 are known when the tables are put together in June 2026."""
DISTURBED = 2020
FIRST_BIRTH = 1990
ROLL_YEARS = range(FIRST_ROLL, BASE + 1)


def label(year: int) -> str:
    """Return the academic or birth year as the contract writes it: 2026 is 2026/27."""
    return f"{year}/{(year + 1) % 100:02d}"


def financial_label(year: int) -> str:
    """Return the financial year as councils write it: 2026 is 2026-27."""
    return f"{year}-{(year + 1) % 100:02d}"


def group_label(year_group: int) -> str:
    """Return ``R`` for 0, else the number."""
    return "R" if year_group == 0 else str(year_group)
