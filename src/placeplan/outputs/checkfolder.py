"""What ``placeplan check --out`` leaves: findings.csv and a run.json, whole or not at all."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd

from placeplan.outputs.csvfiles import write_csv
from placeplan.outputs.folder import RUN_FILE, written_whole
from placeplan.outputs.runfile import inputs_story, story_head, write_story
from placeplan.project import Project
from placeplan.tables import Inputs


def write_check(
    findings: pd.DataFrame,
    project: Project,
    inputs: Inputs,
    folder: Path,
    started: datetime,
    command_line: str,
) -> None:
    """Write the findings of a check into ``folder``, which is new, empty, or made before by a check.

    Raises UsageError if the folder may not be replaced.
    """
    with written_whole(folder, "check") as beside:
        write_csv(findings, beside / "findings.csv")
        story = {
            **story_head("check", command_line, started),
            "project": {"file": str(project.path), "text": project.text},
            "inputs": inputs_story(inputs),
            "rows": {"findings.csv": len(findings)},
        }
        write_story(story, beside / RUN_FILE)
