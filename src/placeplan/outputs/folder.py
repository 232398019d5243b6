"""A folder of outputs that appears whole or not at all.

Files are written into a new folder beside the target, which is put in the target's place at the end. Only an
empty folder, or one that the same command of placeplan made, is ever replaced.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from placeplan.problems import UsageError

RUN_FILE = "run.json"
PROGRAM = "placeplan"


@contextmanager
def written_whole(target: Path, command: str) -> Iterator[Path]:
    """Give a folder to write into; when the body ends well it becomes ``target``, else it is removed.

    Raises UsageError if ``target`` may not be replaced or cannot be written.
    """
    target = target.absolute()
    if target.is_symlink():
        target = target.resolve()
    check_target(target, command)
    beside = _beside(target, "new")
    try:
        beside.mkdir()
    except OSError as error:
        raise UsageError(
            f"cannot write in {target.parent} ({error.strerror}); choose another --out"
        ) from error
    try:
        yield beside
        _swap(beside, target)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def check_target(target: Path, command: str) -> None:
    """Raise UsageError, with what to do, unless ``target`` is new, empty, or made by the same command."""
    if target.is_dir():
        made_by = _made_by(target)
        if made_by != command and any(target.iterdir()):
            what = f"was made by 'placeplan {made_by}'" if made_by else "was not made by placeplan"
            raise UsageError(
                f"{target} exists and {what}, so it is left as it is; choose another --out, or move it away"
            )
    elif target.exists():
        raise UsageError(f"{target} is a file, but the outputs need a folder; choose another --out")
    elif not target.parent.is_dir():
        raise UsageError(f"the folder {target.parent} does not exist; make it first, or choose another --out")


def _made_by(folder: Path) -> str:
    """Return the placeplan command that made the folder, or nothing."""
    try:
        run = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    if not isinstance(run, dict) or run.get("program") != PROGRAM:
        return ""
    return str(run.get("command", ""))


def _beside(target: Path, purpose: str) -> Path:
    return target.parent / f".{target.name}.{purpose}-{secrets.token_hex(4)}"


def _swap(beside: Path, target: Path) -> None:
    """Put ``beside`` in the place of ``target``; whatever fails, the old folder stands where it stood."""
    old = _beside(target, "old")
    try:
        if target.exists():
            target.rename(old)
        try:
            beside.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
    except OSError as error:
        raise UsageError(
            f"cannot replace {target} ({error.strerror}); close its files in other programs and run again"
        ) from error
    shutil.rmtree(old, ignore_errors=True)
