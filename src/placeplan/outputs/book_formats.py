"""How the cells of a workbook look: fonts, fills, and number forms."""

from __future__ import annotations

from typing import Any

NUMBER_FORMATS = {
    "whole": "#,##0",
    "signed": "#,##0;[Red]−#,##0;0",
    "share": "0.0%;[Red]−0.0%;0.0%",
    "chance": "0%",
    "forms": "0.0;[Red]−0.0;0.0",
    "decimal": "0.0",
    "pounds": "£#,##0;[Red]−£#,##0;£0",
}
STATUS_FILLS = {
    "short": "#F6D5C3",
    "tight": "#FBE9DD",
    "surplus": "#E3EEF6",
    "high_surplus": "#C4DCEC",
    "unknown": "#EEEEEE",
}
LIST_FORMATS = ("text", "wrap", "clip", "year", "date", "unknown", *NUMBER_FORMATS)
"""Formats of lists: ``list_`` and the name, or ``top_`` at the top of the row, beside text of several lines."""
ACCENT, GREY = "#005A8C", "#555555"
"""Headings and links, unless the project's theme has another colour; notes."""
_WHITE_IN_HEAD = 0.86
"""Share of white in the fill of header rows, so that black text on it can be read whatever the colour."""

SPARK, SPARK_BELOW = "#5B9BC4", "#C04A00"
"""Columns of a sparkline above and below 0."""


def make_formats(file: Any, accent: str = ACCENT) -> dict[str, Any]:
    """Return every format by its name, added to an XlsxWriter workbook; ``accent`` as ``#rrggbb``."""
    base = {"font_name": "Arial", "font_size": 10, "valign": "vcenter"}
    kinds = _kinds(accent)
    formats = {name: file.add_format({**base, **layout}) for name, layout in kinds.items()}
    for name in LIST_FORMATS:
        indent = {"indent": 1, "align": "left"} if name in ("text", "wrap") else {}
        formats[f"list_{name}"] = file.add_format({**base, **kinds[name], **indent})
        formats[f"top_{name}"] = file.add_format({**base, **kinds[name], **indent, "valign": "top"})
    for status, fill in STATUS_FILLS.items():
        formats[f"status_{status}"] = file.add_format({"bg_color": fill})
    return formats


def _kinds(accent: str) -> dict[str, dict[str, Any]]:
    """What each format adds to the base."""
    head = {
        "bold": True, "bottom": 1, "bottom_color": accent, "bg_color": _paler(accent), "text_wrap": True, "valign": "bottom",
    }  # fmt: skip
    return {
        "text": {},
        "note": {"font_color": GREY},
        "wrap": {"text_wrap": True},
        "title": {"bold": True, "font_size": 15, "valign": "vcenter"},
        "part": {"bold": True, "font_size": 12, "font_color": accent},
        "head": head,
        "head_right": {**head, "align": "right"},
        "list_head": {**head, "valign": "top", "indent": 1, "align": "left"},
        "list_head_right": {**head, "valign": "top", "align": "right"},
        "clip": {"align": "fill"},
        "row_head": {"bold": True},
        "row_head_wrap": {"bold": True, "text_wrap": True},
        "right": {"align": "right", "text_wrap": True},
        "year": {"align": "right"},
        "date": {"num_format": "d mmm yyyy", "align": "right"},
        "left": {"num_format": NUMBER_FORMATS["whole"], "align": "left"},
        "left_chance": {"num_format": NUMBER_FORMATS["chance"], "align": "left"},
        "unknown": {"font_color": GREY, "italic": True, "align": "right"},
        "link": {"font_color": accent, "underline": 1},
        "projected": {"num_format": '#,##0"*"', "italic": True},
        **{name: {"num_format": layout} for name, layout in NUMBER_FORMATS.items()},
        **{
            f"total_{name}": {"num_format": layout, "bold": True, "top": 1}
            for name, layout in NUMBER_FORMATS.items()
        },
        "total_head": {"bold": True, "top": 1},
    }


def _paler(colour: str) -> str:
    parts = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(part + (255 - part) * _WHITE_IN_HEAD):02X}" for part in parts)
