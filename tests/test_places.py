"""Capacity, admission numbers and usable places, cell by cell, as the contract says what they mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from small_plans import stories, tell


@stories("places")
def test_places(story: dict[str, Any], tmp_path: Path) -> None:
    tell(story, tmp_path)
