"""The method statement as files: Markdown, and .docx with real headings and tables where python-docx is installed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from placeplan.outputs.marks import bullets, table
from placeplan.outputs.words import markdown, plain
from placeplan.returns.statement import BULLETS, HEADING, SUBHEADING, TABLE, Block

NO_DOCX = "{name} was left out: python -m pip install 'placeplan[docx]' adds what it needs."
_FONT, _WRAPPED = "Arial", 30
"""Letters of a column after which its texts are wrapped."""
_MADE = datetime(2000, 1, 1)
"""The date in the file's properties, fixed, so that the same statement gives the same text."""


@dataclass(frozen=True)
class _Paper:
    """How a paper is set: margins in millimetres, sizes in points, and for each style its size and the space before it."""

    margin: float
    table: float
    after: float
    styles: tuple[tuple[str, float, float], ...]


_USUAL = _Paper(
    18, 8.5, 4, (("Normal", 10, 0), ("List Bullet", 10, 0), ("Title", 18, 0), ("Heading 1", 12.5, 10))
)
_COMPACT = _Paper(12, 8, 2, (("Normal", 9, 0), ("List Bullet", 9, 0), ("Title", 15, 0), ("Heading 1", 11, 5)))
_A4 = (210, 297)


def statement_markdown(blocks: Sequence[Block]) -> str:
    """Return the statement as Markdown."""
    return "\n\n".join(_markdown(block) for block in blocks if _filled(block)) + "\n"


def _filled(block: Block) -> bool:
    return bool(block.text or block.items or len(block.rows) > 1)


def _markdown(block: Block) -> str:
    if block.kind == BULLETS:
        return bullets(markdown(item) for item in block.items)
    if block.kind == TABLE:
        head, *rows = block.rows
        return table(head, ([markdown(cell) for cell in row] for row in rows), _text_columns(block))
    mark = {HEADING: "# ", SUBHEADING: "## "}.get(block.kind, "")
    return mark + markdown(block.text)


def _text_columns(block: Block) -> int:
    """How many columns stand on the left: all up to the last that holds text in the first row of values."""
    return max((place + 1 for place, cell in enumerate(block.rows[1]) if not _is_number(cell)), default=0)


def _is_number(cell: str) -> bool:
    return cell.replace(",", "").replace("−", "").lstrip("+").rstrip("%").replace(".", "", 1).isdigit()


def statement_docx(blocks: Sequence[Block], path: Path, compact: bool = False) -> list[str]:
    """Write blocks as .docx; return what to tell the user: nothing, or how to install python-docx.

    ``compact``: smaller type and narrower margins, for a paper of two pages.
    """
    try:
        import docx
    except ImportError:
        return [NO_DOCX.format(name=path.name)]
    document = docx.Document()
    document.core_properties.created = _MADE
    document.core_properties.modified = _MADE
    document.core_properties.author = "placeplan"
    paper = _COMPACT if compact else _USUAL
    _set(document, paper)
    for block in blocks:
        if _filled(block):
            _add(document, block, paper)
    document.save(str(path))
    return []


def _set(document: Any, paper: _Paper) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    page = document.sections[0]
    page.page_width, page.page_height = (Mm(side) for side in _A4)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Mm(paper.margin)
    for name, size, before in paper.styles:
        style = document.styles[name]
        style.font.size, style.font.name = Pt(size), _FONT
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        style.paragraph_format.space_before = Pt(before)
        style.paragraph_format.space_after = Pt(paper.after)


def _add(document: Any, block: Block, paper: _Paper) -> None:
    if block.kind == HEADING:
        document.core_properties.title = plain(block.text)
        document.add_heading(plain(block.text), level=0)
    elif block.kind == SUBHEADING:
        document.add_heading(plain(block.text), level=1)
    elif block.kind == BULLETS:
        for item in block.items:
            document.add_paragraph(plain(item), style="List Bullet")
    elif block.kind == TABLE:
        _add_table(document, block, paper)
    else:
        document.add_paragraph(plain(block.text))


def _add_table(document: Any, block: Block, paper: _Paper) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    made = document.add_table(rows=0, cols=len(block.rows[0]))
    made.style = "Light Grid Accent 1"
    to_the_right = _number_columns(block)
    for place, row in enumerate(block.rows):
        added = made.add_row()
        added._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for at, (cell, text) in enumerate(zip(added.cells, row, strict=True)):
            paragraph = cell.paragraphs[0]
            run = paragraph.add_run(plain(text))
            run.font.size = Pt(paper.table)
            run.bold = place == 0
            if at in to_the_right:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    made.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    _fit_columns(made, block, paper)
    document.add_paragraph().paragraph_format.line_spacing = Pt(paper.after)


def _number_columns(block: Block) -> frozenset[int]:
    """The places of the columns that hold numbers alone: they stand on the right, their heads too."""
    columns = [
        [cell for cell in column if cell not in ("", "–")] for column in zip(*block.rows[1:], strict=True)
    ]
    return frozenset(place for place, cells in enumerate(columns) if cells and all(map(_is_number, cells)))


def _fit_columns(made: Any, block: Block, paper: _Paper) -> None:
    """Make columns as wide as their texts need, the longest of them wrapped; the table as wide as the page."""
    from docx.shared import Mm, Pt

    longest = [max(len(row[place]) for row in block.rows) for place in range(len(block.rows[0]))]
    words = [
        max(
            len(word) + (2 if row is block.rows[0] else 0)
            for row in block.rows
            for word in row[place].split() or [""]
        )
        for place in range(len(longest))
    ]
    weights = [max(word + 5, min(length + 2, _WRAPPED)) for word, length in zip(words, longest, strict=True)]
    widths = [Mm((_A4[0] - 2 * paper.margin) * weight / sum(weights)) for weight in weights]
    made.autofit = False
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    for row in made.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width
            cell.paragraphs[0].paragraph_format.space_after = Pt(0)
