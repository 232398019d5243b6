"""Golden files: outputs as a person last accepted them. PLACEPLAN_REGENERATE=1 writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def check_golden(name: Path, text: str) -> None:
    """Compare the text with its golden file, or write that file when asked to."""
    path = FOLDER / name
    if os.environ.get("PLACEPLAN_REGENERATE") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8"), (
        "look at the difference; PLACEPLAN_REGENERATE=1 accepts it"
    )
