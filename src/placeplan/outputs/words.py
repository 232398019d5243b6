"""Numbers, years and statuses as people in England write them, and foreign text made harmless."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date

from placeplan.words import phase_words
from placeplan.years import Phase

MINUS = "−"
UNKNOWN = "not known"
STATUS_WORDS = {
    "short": "Short",
    "tight": "Tight",
    "sufficient": "Sufficient",
    "surplus": "Surplus",
    "high_surplus": "High surplus",
    "unknown": "Not known",
}


class _PhaseWords(Mapping[Phase, str]):
    """Each phase in the words in use."""

    def __getitem__(self, phase: Phase) -> str:
        return phase_words(phase)

    def __iter__(self) -> Iterator[Phase]:
        return iter(Phase)

    def __len__(self) -> int:
        return len(Phase)


PHASE_WORDS: Mapping[Phase, str] = _PhaseWords()
"""Each phase in the words in use (see ``placeplan.words``)."""
_MARKDOWN = re.compile(r"([\\`*\[\]<>|~#$]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;))")
_SPACE = re.compile(r"\s+")


def whole(value: float) -> float:
    """Round half away from zero; NaN stays NaN."""
    return value if math.isnan(value) else math.copysign(math.floor(abs(value) + 0.5), value) + 0.0


def number(value: float, decimals: int = 0) -> str:
    """Write ``1,234`` or ``−35.0``; an unknown number in words."""
    if math.isnan(value):
        return UNKNOWN
    scale = 10**decimals
    size = whole(abs(value) * scale) / scale
    sign = MINUS if value < 0 and size > 0 else ""
    return f"{sign}{size:,.{decimals}f}"


def signed(value: float, decimals: int = 0) -> str:
    """Write a change with its sign: ``+120``, ``−35``, ``0``."""
    text = number(value, decimals)
    return f"+{text}" if value > 0 and any(digit in text for digit in "123456789") else text


def percent(value: float, decimals: int = 1) -> str:
    """Write a percentage (not a proportion): ``4.2%``."""
    return UNKNOWN if math.isnan(value) else f"{number(value, decimals)}%"


def pounds(value: float) -> str:
    """Write ``£1,234`` or ``−£35``; an unknown sum in words."""
    if math.isnan(value):
        return UNKNOWN
    return f"{MINUS if whole(value) < 0 else ''}£{number(abs(value))}"


def share(value: float) -> str:
    """Write a proportion as a whole percentage; ``–`` where there is nothing to share."""
    return "–" if math.isnan(value) else f"{number(100 * value)}%"


def thousands(value: float) -> str:
    """Write pounds in thousands: ``2,990``; less than half of one is ``0``, an unknown sum ``–``."""
    return "–" if math.isnan(value) else number(value / 1000)


def day_words(text: str, short: bool = False) -> str:
    """Write a day such as ``2027-02-28`` as ``28 February 2027``, or ``28 Feb 2027``; blank stays blank."""
    if not text:
        return ""
    day = date.fromisoformat(text)
    return f"{day.day} {day:%b %Y}" if short else f"{day.day} {day:%B %Y}"


def chance(value: float) -> str:
    """Write a probability: ``12%``, with ``<1%`` and ``>99%`` at the ends, because no chance is certain."""
    if math.isnan(value):
        return UNKNOWN
    if value < 0.01:
        return "<1%"
    return ">99%" if value > 0.99 else f"{100 * value:.0f}%"


def counted(count: int, one: str, many: str = "") -> str:
    """Write ``1 area`` or ``12 areas``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(items: list[str], most: int = 6) -> str:
    """Join with commas and ``and``; beyond ``most`` say how many more there are."""
    if len(items) > most:
        items = [*items[:most], f"{len(items) - most:,} more"]
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def plain(text: str) -> str:
    """Return the text on one line without control characters."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    kept = "".join(mark if unicodedata.category(mark)[0] != "C" else " " for mark in text)
    return _SPACE.sub(" ", kept).strip()


def markdown(text: str) -> str:
    """Return foreign text as Markdown that shows it literally, also inside a table."""
    return _MARKDOWN.sub(r"\\\1", plain(text))


def file_word(text: str) -> str:
    """Return the text as a part of a file name that every system takes."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", folded).strip("-").lower()[:60] or "x"
