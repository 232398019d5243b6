"""What the theme of a report may be: colours that can be read (luminance and contrast as WCAG 2.2 defines them), a logo."""

from __future__ import annotations

import re
from pathlib import Path

AA_TEXT = 4.5
"""Least contrast of text of usual size at level AA, WCAG 2.2 success criterion 1.4.3."""
WHITE = "#ffffff"
LOGO_KINDS = {".svg": "svg+xml", ".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}
"""Endings of a logo, and what they are called inside a page."""
LOGO_BYTES = 300_000
"""A larger logo would be a tenth of the whole report."""
_COLOUR = re.compile(r"^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$")


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb`` from 0 (black) to 1 (white); ValueError for anything else."""
    match = _COLOUR.match(colour)
    if not match:
        raise ValueError(f"`{colour}` is no colour such as #005a8c")
    parts = [int(part, 16) / 255 for part in match.groups()]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str = WHITE) -> float:
    """Return the contrast of two colours, from 1 (none) to 21 (black and white)."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def logo_fault(logo: Path) -> str:
    """Return why the file cannot be the logo of a report; nothing if it can."""
    if not logo.is_file():
        return "there is no such file"
    if logo.suffix.casefold() not in LOGO_KINDS:
        return f"it is none of {', '.join(LOGO_KINDS)}"
    return f"it is larger than {LOGO_BYTES // 1000} kB" if logo.stat().st_size > LOGO_BYTES else ""
