"""A bar of progress on the terminal, for what takes many like steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import Progress


class Told(Protocol):
    """Takes how many steps are done, of how many, and what is under way."""

    def __call__(self, done: int, of: int, step: str = "", /) -> None:
        """Show it."""


@contextmanager
def bar(quiet: bool, title: str) -> Iterator[Told]:
    """Show a bar on a terminal, nothing elsewhere; it bears the title until a step is named."""

    def silent(done: int, of: int, step: str = "", /) -> None:
        return

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield silent
        return
    with Progress(console=console, transient=True) as shown:
        task = shown.add_task(title, total=None)

        def told(done: int, of: int, step: str = "", /) -> None:
            shown.update(task, completed=done, total=of, description=step or title)

        yield told
