"""A piece of writing done by a second processor while this one does the rest.

The work is done by a fork of this process, so nothing has to be sent to it. That is for Linux alone: Windows has no fork,
and macOS's own libraries may not survive one. There, and where there is one processor, the work is done after the rest. If
the fork fails for any reason, the work is done again here, so that an error is told as if there had been no fork; if the
rest fails, the fork is stopped.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Work = Callable[[], None]
"""Writes files and nothing else, and may be done twice."""


@contextmanager
def aside(work: Work) -> Iterator[None]:
    """Do the work while the body runs; it is done when the body is left, or what it raised is raised then."""
    worker = _forked(work) if _can_fork() else 0
    try:
        yield
    except BaseException:
        if worker:
            os.kill(worker, signal.SIGKILL)
            os.waitpid(worker, 0)
        raise
    if not worker or os.waitpid(worker, 0)[1] != 0:
        work()


def _can_fork() -> bool:
    """Whether there is a second processor to be used by a fork."""
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1


def _forked(work: Work) -> int:
    """Begin the work in a fork and return its number; 0 if the system allows none."""
    try:
        with warnings.catch_warnings():
            # Newer versions of Python warn of forks beside any thread, such as those of numpy that wait for work.
            warnings.simplefilter("ignore", DeprecationWarning)
            worker = os.fork()
    except OSError:
        return 0
    if worker == 0:
        _end_with(work)
    return worker


def _end_with(work: Work) -> None:
    """Do the work and end this process at once: what the process above has open or begun is not this one's to close."""
    failed = 1
    try:
        gc.disable()
        work()
        failed = 0
    finally:
        os._exit(failed)
