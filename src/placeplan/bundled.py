"""Where the bundled sample data and configs stand: in the wheel inside the package, in a checkout at its top."""

from __future__ import annotations

from pathlib import Path


def bundled_folder(name: str) -> Path:
    """Return the folder ``configs`` or ``sample_data`` that came with this copy of placeplan.

    Raises FileNotFoundError if the installation is broken.
    """
    package = Path(__file__).resolve().parent
    for candidate in (package / name, package.parent.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"this installation of placeplan lacks its folder {name}; install it again")
