"""Births behind Reception: what is known at the base year's census, and what is carried on beyond it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from small_plans import stories, tell


@stories("births")
def test_births(story: dict[str, Any], tmp_path: Path) -> None:
    tell(story, tmp_path)
