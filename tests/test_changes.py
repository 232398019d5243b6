"""Planned changes: which places each kind adds or takes, when, and on which measure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from small_plans import stories, tell


@stories("changes")
def test_changes(story: dict[str, Any], tmp_path: Path) -> None:
    tell(story, tmp_path)
