"""Cohort survival worked by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from small_plans import stories, tell


@stories("survival")
def test_survival(story: dict[str, Any], tmp_path: Path) -> None:
    tell(story, tmp_path)
