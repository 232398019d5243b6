"""How the HTML report looks: colours, logo and name of the council, from the project's theme."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

from placeplan.outputs.words import plain
from placeplan.project import Project, Theme
from placeplan.theming import LOGO_KINDS


@dataclass(frozen=True)
class Look:
    """Colours as ``#rrggbb``; ``logo`` is a data URI or blank, ``council`` the words that stand for it."""

    colour: str = Theme().colour
    title_colour: str = Theme().title_colour
    logo: str = ""
    council: str = ""


def look_of(project: Project) -> Look:
    """Return the look that a project file asks for; its logo is read here."""
    return look_from(project.theme, project.path.parent, project.authority.name)


def look_from(theme: Theme, folder: Path, council: str) -> Look:
    """Return the look of a theme; its logo is read from ``folder``, and left out if it is no longer there."""
    logo, file = "", folder / theme.logo
    if theme.logo and file.is_file():
        content = base64.b64encode(file.read_bytes()).decode("ascii")
        logo = f"data:image/{LOGO_KINDS[file.suffix.casefold()]};base64,{content}"
    return Look(theme.colour, theme.title_colour, logo, plain(council))
