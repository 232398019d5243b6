"""Where a year group comes from: Year 7, Year 3 of juniors, sixth forms, and phases that are only partly taught."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from small_plans import stories, tell


@stories("links")
def test_links(story: dict[str, Any], tmp_path: Path) -> None:
    tell(story, tmp_path)
