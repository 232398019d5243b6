"""Demand beside places: need, spare, percentages, forms of entry, and the state of an area."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from small_plans import stories, tell


@stories("sufficiency")
def test_sufficiency(story: dict[str, Any], tmp_path: Path) -> None:
    tell(story, tmp_path)
