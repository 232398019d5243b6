"""Choices on what is written: how much, in which words and colours, and what is hidden from the public."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from placeplan.project.base import Choices
from placeplan.project.kinds import Text, folded
from placeplan.theming import AA_TEXT, contrast
from placeplan.yamlnodes import as_written

WordSet = Literal["england", "wales", "cymraeg", "scotland"]


def _readable(value: Any) -> str:
    colour = str(as_written(value)).strip().casefold()
    found = contrast(colour)
    if found < AA_TEXT:
        raise ValueError(
            f"{colour} has a contrast of {found:.1f} with white, below the {AA_TEXT} that readers need (WCAG 2.2 AA); "
            "take a darker one"
        )
    return colour


Colour = Annotated[
    str,
    PlainValidator(_readable),
    WithJsonSchema({"type": "string", "pattern": "^#[0-9A-Fa-f]{6}$", "examples": ["#005a8c"]}),
]


class Theme(Choices):
    """How the HTML report looks, and the headings of the workbook."""

    colour: Colour = "#005a8c"
    """Colour of headings and links, such as "#005a8c" in quotes; its contrast with white must reach 4.5 (WCAG 2.2 AA)."""
    title_colour: Colour = "#003a5c"
    """Colour behind the white title, under the same rule. Charts keep colours that colour-blind readers can tell apart."""
    logo: Text = ""
    """Picture of the council's logo beside this file (.svg, .png or .jpg, at most 300 kB), put inside the report."""


class OutputsChoice(Choices):
    """How much is written."""

    all_areas_up_to: Annotated[int, Field(strict=True, ge=0, le=1_000_000)] = 300
    """Above this many areas, workbook and report hold only the areas that need attention."""
    words: Annotated[WordSet, BeforeValidator(folded)] = "england"
    """Words for phases and year groups: england, wales, cymraeg or scotland; the sets stand in data/words.csv."""


class PublicationChoice(Choices):
    """How small counts are kept out of what `placeplan report --public` writes; your own outputs hold every count."""

    threshold: Annotated[int, Field(strict=True, ge=2, le=100)] | None = None
    """Counts of pupils from 1 to below this are small; empty means 5, for which no common rule was found: use your own."""
    method: Annotated[Literal["suppress", "round"], BeforeValidator(folded)] = "suppress"
    """What is done: suppress (small counts and what would give them away become c) or round (pupils to multiples of 5)."""
