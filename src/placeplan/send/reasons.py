"""Why pupils enter alternative provision, as one of three reasons; the words stand in ``data/send_reasons.csv``."""

from __future__ import annotations

from functools import cache

from placeplan.datafiles import data_rows

EXCLUSION, MEDICAL, OTHER = "permanent_exclusion", "medical", "other"
REASONS = (EXCLUSION, MEDICAL, OTHER)


@cache
def reason_of(text: str) -> str:
    """Return the reason that the words of a table mean; what no word fits, a blank too, is ``other``."""
    folded = str(text).casefold()
    return next((row["reason"] for row in data_rows("send_reasons.csv") if row["word"] in folded), OTHER)
