"""Work done by a second processor is done, told, made good or stopped."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pandas as pd
import pytest

from placeplan.aside import aside


def test_what_work_gives_is_handed_out_as_often_as_it_is_asked_for() -> None:
    frame = pd.DataFrame({"pupils": [30.0, None], "name": ["A", "B"]})
    with aside(lambda: (frame, os.getpid())) as found:
        first = found()
    pd.testing.assert_frame_equal(first[0], frame)
    assert found() is first


def test_more_than_a_pipe_holds_comes_back() -> None:
    with aside(lambda: bytes(3_000_000)) as found:
        pass
    assert len(found()) == 3_000_000


def test_what_cannot_be_sent_is_made_here() -> None:
    with aside(lambda: lambda: 3) as found:
        assert found()() == 3


def test_work_aside_is_done_when_the_rest_is(tmp_path: Path) -> None:
    with aside(lambda: _told(tmp_path / "aside")):
        _told(tmp_path / "rest")
    assert {path.name for path in tmp_path.iterdir()} == {"aside", "rest"}


def test_what_goes_wrong_aside_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError), aside(lambda: _told(Path(str(1 // 0)))):
        pass


def test_a_fork_that_is_lost_is_made_good(tmp_path: Path) -> None:
    def work() -> None:
        if os.getpid() != here:
            os.kill(os.getpid(), 9)
        _told(tmp_path / "aside")

    here = os.getpid()
    with aside(work):
        assert not (tmp_path / "aside").exists()
    assert (tmp_path / "aside").read_text() == str(here)


def test_work_aside_ends_where_the_rest_fails(tmp_path: Path) -> None:
    def work() -> None:
        time.sleep(60)
        _told(tmp_path / "aside")

    began = time.perf_counter()
    with pytest.raises(ZeroDivisionError), aside(work):
        _told(Path(str(1 // 0)))
    assert time.perf_counter() - began < 30
    assert not (tmp_path / "aside").exists()


def _told(path: Path) -> None:
    path.write_text(str(os.getpid()))
