"""Schools within their area: filling, opening, closing, infants and juniors, middle schools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from small_plans import stories, tell


@stories("schools")
def test_schools(story: dict[str, Any], tmp_path: Path) -> None:
    tell(story, tmp_path)
