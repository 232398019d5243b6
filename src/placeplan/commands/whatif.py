"""What the terminal shows when a school acts alone: a small table for each area that answers."""

from __future__ import annotations

from typing import Any

from placeplan.outputs.whatif import answers, screen_rows
from placeplan.results import Result

HEADER = ("Year", "Roll without", "with", "Change", "Neighbours", "Their revenue")


def print_answers(result: Result, console: Any) -> None:
    """Print each answer on the console, narrow enough for 80 columns; nothing if no school acts alone."""
    from rich import box
    from rich.table import Table

    for answer in answers(result):
        shown = Table(title=f"Acts alone: {answer.title}", box=box.SIMPLE_HEAD, title_style="")
        for place, name in enumerate(HEADER):
            shown.add_column(name, justify="right" if place else "left", no_wrap=True)
        for row in screen_rows(answer):
            shown.add_row(*row)
        console.print(shown, markup=False)
