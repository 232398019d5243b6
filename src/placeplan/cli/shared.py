"""What the commands share: exit statuses, options, the project, the step that is told, how a strict check ends."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from placeplan.project import Project

DONE, OWN_FAULT, USAGE, INPUT_ERRORS, STRICT = 0, 1, 2, 3, 4
OUTPUTS = ("csv", "workbook", "report", "charts")
FOLDER = click.Path(file_okay=True, path_type=Path)
FILE = click.Path(path_type=Path)
Decorator = Callable[[Any], Any]

project_argument = click.argument("project", type=FOLDER, required=False)
horizon_option = click.option(
    "--horizon", type=click.IntRange(1, 15), default=None, help="Years ahead for every phase."
)
simulations_option = click.option(
    "--simulations", type=click.IntRange(100, 100_000), default=None, help="Number of draws."
)
seed_option = click.option("--seed", type=click.IntRange(0), default=None, help="Seed of the draws.")
quiet_option = click.option("--quiet", is_flag=True, help="Say nothing but errors (for cron).")


def out_option(default: str) -> Decorator:
    """Return the option ``--out``; ``default`` says in words where the outputs go without it."""
    return click.option("--out", type=FOLDER, default=None, help=f"Folder to write.  [default: {default}]")


def json_option(printed: str) -> Decorator:
    """Return the option ``--json``; ``printed`` says what is printed."""
    return click.option("--json", "as_json", is_flag=True, help=f"Print {printed} as JSON.")


def scenario_option(meaning: str) -> Decorator:
    """Return the repeatable option ``--scenario``, given to the command as ``files``."""
    return click.option(
        "--scenario", "files", multiple=True, metavar="FILE", type=FILE, help=f"{meaning} (repeatable)."
    )


def opened_project(path: Path | None) -> Project:
    """Load the project at ``path``, else the one here or above; raises InputErrors and UsageError."""
    from placeplan.project import find_project, load_project

    return load_project(path if path is not None else find_project(Path.cwd()))


def folder_of(out: Path | None, beside: Path, command: str) -> Path:
    """Return the folder that the user named, else the command's own beside the project file or the run."""
    return out or beside.resolve().parent / f"placeplan-{command}"


def command_line() -> str:
    """Return how placeplan was called, as a shell takes it."""
    return shlex.join(["placeplan", *sys.argv[1:]])


@contextmanager
def progress_told(quiet: bool) -> Iterator[Callable[[str], None]]:
    """Tell each step on standard error: a spinner on a terminal, nothing elsewhere."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda step: None
        return
    with console.status("Starting") as status:
        yield lambda step: status.update(f"{step} …")


def end_strictly(said: str) -> None:
    """Say why a strict check failed, and end with its status."""
    click.echo(f"placeplan: --strict: {said}", err=True)
    sys.exit(STRICT)


def end_if_warned(warnings: int) -> None:
    """End with the status of a failed strict check if there are warnings."""
    if warnings:
        end_strictly(f"there {'is 1 warning' if warnings == 1 else f'are {warnings} warnings'}")
