"""The rolls as used: what schools and areas were counted, on the geography of the base year."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from small_plans import stories, tell


@stories("history")
def test_history(story: dict[str, Any], tmp_path: Path) -> None:
    tell(story, tmp_path)
