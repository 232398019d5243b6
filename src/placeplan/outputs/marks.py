"""Pieces of Markdown: tables, headings with their links, pictures. Cells must already be harmless."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

MARKS = {"short": "▼", "tight": "▽", "surplus": "△", "high_surplus": "▲"}
"""Signs at the end of a cell that say its status beside any colour; a cell without one is sufficient."""


def marked(words: str, status: str) -> str:
    """Return a cell with the sign of its status."""
    return f"{words} {MARKS[status]}" if status in MARKS else words


def table(header: Sequence[str], rows: Iterable[Sequence[str]], text_columns: int = 1) -> str:
    """Return a table whose first columns are text on the left and the rest numbers on the right."""
    rule = [":--" if place < text_columns else "--:" for place in range(len(header))]
    lines = [header, rule, *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def bullets(items: Iterable[str]) -> str:
    """Return a list with a bullet for each item."""
    return "\n".join(f"- {item}" for item in items)


def picture(name: str, words: str) -> str:
    """Return the line that shows a chart of the run."""
    return f"![{words}](charts/{name}.svg)"


def headings(text: str) -> list[tuple[int, str, str]]:
    """Return level, words (as Markdown) and link target of each heading, targets as code hosts form them."""
    seen: dict[str, int] = {}
    found = []
    for marks, words in re.findall(r"^(#{1,6}) (.*)$", text, re.MULTILINE):
        target = slug(words)
        count = seen.get(target, 0)
        seen[target] = count + 1
        found.append((len(marks), words, f"{target}-{count}" if count else target))
    return found


def slug(words: str) -> str:
    """Return the link target of a heading: small letters, digits and hyphens."""
    return re.sub(r"[^\w\- ]", "", words.lower().replace("\\", "")).replace(" ", "-")
