"""A piece of work done by a second processor while this one does the rest.

The work is done by a fork of this process, so nothing has to be sent to it; what it gives comes back pickled through a pipe.
That is for Linux alone: Windows has no fork, and macOS's own libraries may not survive one. There, and where there is one
processor, the work is done when it is asked for, or after the rest. If the fork fails for any reason, the work is done again
here, so that an error is told as if there had been no fork; if the rest fails, the fork is stopped.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class _Fork:
    """A process at work: its number, and the end of the pipe where what it gives comes out."""

    process: int
    pipe: int

    def given(self) -> bytes | None:
        """Wait for what the process gives; nothing if it failed."""
        with os.fdopen(self.pipe, "rb") as pipe:
            told = pipe.read()
        return told if os.waitpid(self.process, 0)[1] == 0 else None

    def stop(self) -> None:
        """End the process at once."""
        os.kill(self.process, signal.SIGKILL)
        self.given()


@contextmanager
def aside(work: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Do the work while the body runs, and yield what hands out its result; it is done when the body is left.

    ``work`` changes nothing but files, may be done twice, and gives what can be pickled. What it raises is raised where its
    result is asked for, or when the body is left.
    """
    fork = _forked(work) if _can_fork() else None
    made: list[T] = []
    asked = False

    def found() -> T:
        nonlocal asked
        if not made:
            told = None if fork is None or asked else fork.given()
            asked = True
            made.append(work() if told is None else pickle.loads(told))
        return made[0]

    try:
        yield found
    except BaseException:
        if fork is not None and not asked:
            fork.stop()
        raise
    found()


def _can_fork() -> bool:
    """Whether there is a second processor to be used by a fork."""
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1


def _forked(work: Callable[[], object]) -> _Fork | None:
    """Begin the work in a fork; nothing if the system allows none."""
    out, into = os.pipe()
    try:
        with warnings.catch_warnings():
            # Newer versions of Python warn of forks beside any thread, such as those of numpy that wait for work.
            warnings.simplefilter("ignore", DeprecationWarning)
            process = os.fork()
    except OSError:
        os.close(out)
        os.close(into)
        return None
    if process == 0:
        _end_with(work, into)
    os.close(into)
    return _Fork(process, out)


def _end_with(work: Callable[[], object], into: int) -> None:
    """Do the work and end this process at once: what the process above has open or begun is not this one's to close."""
    failed = 1
    try:
        gc.disable()
        told = pickle.dumps(work(), pickle.HIGHEST_PROTOCOL)
        with os.fdopen(into, "wb") as pipe:
            pipe.write(told)
        failed = 0
    finally:
        os._exit(failed)
