"""What ``placeplan forecast --since`` adds: sentences on what changed since an earlier run, for the front of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from placeplan.evidence.components import RunFrames
from placeplan.evidence.diff import difference
from placeplan.evidence.difftables import change_table
from placeplan.evidence.runfiles import Run, open_run
from placeplan.outputs.diff_words import run_words, summary
from placeplan.outputs.store import Since
from placeplan.problems import UsageError


def since_run(old: Path, outputs: Sequence[str]) -> Since:
    """Return what tells a new run's folder and story what changed since ``old``; UsageError if that is no run.

    The new run's CSV files must be among the ``outputs``, because the two are compared by their files.
    """
    if "csv" not in outputs:
        raise UsageError("--since compares the CSV files of both runs; add csv to --outputs")
    before = open_run(old, "--since")
    frames = RunFrames.first(before)

    def told(folder: Path, story: Mapping[str, Any]) -> tuple[str, Sequence[str]]:
        after = RunFrames.first(Run(folder, dict(story)))
        return run_words(before.story), summary(change_table(difference(frames, after), frames, after))

    return told
