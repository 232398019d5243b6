"""The method statement as files: Markdown, and .docx with real headings and tables where python-docx is installed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from placeplan.outputs.marks import bullets, table
from placeplan.outputs.words import markdown, plain
from placeplan.returns.statement import BULLETS, HEADING, SUBHEADING, TABLE, Block

NO_DOCX = "{name} was left out: python -m pip install 'placeplan[docx]' adds what it needs."
_MARGIN, _WRAPPED = 12, 30
"""Of compact papers: margins in millimetres; letters of a column after which its texts are wrapped."""
_MADE = datetime(2000, 1, 1)
"""The date in the file's properties, fixed, so that the same statement gives the same text."""


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

    ``compact``: small type, narrow margins and columns as wide as their texts, for a paper of few pages.
    """
    try:
        import docx
    except ImportError:
        return [NO_DOCX.format(name=path.name)]
    document = docx.Document()
    document.core_properties.created = _MADE
    document.core_properties.modified = _MADE
    document.core_properties.author = "placeplan"
    if compact:
        _make_compact(document)
    for block in blocks:
        if _filled(block):
            _add(document, block, compact)
    document.save(str(path))
    return []


def _make_compact(document: Any) -> None:
    from docx.shared import Mm, Pt

    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Mm(_MARGIN)
    for name, size, before in (
        ("Normal", 9, 0),
        ("List Bullet", 9, 0),
        ("Title", 15, 0),
        ("Heading 1", 11, 5),
    ):
        style = document.styles[name]
        style.font.size = Pt(size)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(2)


def _add(document: Any, block: Block, compact: bool = False) -> None:
    if block.kind == HEADING:
        document.core_properties.title = plain(block.text)
        document.add_heading(plain(block.text), level=0)
    elif block.kind == SUBHEADING:
        document.add_heading(plain(block.text), level=1)
    elif block.kind == BULLETS:
        for item in block.items:
            document.add_paragraph(plain(item), style="List Bullet")
    elif block.kind == TABLE:
        _add_table(document, block, compact)
    else:
        document.add_paragraph(plain(block.text))


def _add_table(document: Any, block: Block, compact: bool) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    made = document.add_table(rows=0, cols=len(block.rows[0]))
    made.style = "Light Grid Accent 1"
    for place, row in enumerate(block.rows):
        cells = made.add_row().cells
        for cell, text in zip(cells, row, strict=True):
            paragraph = cell.paragraphs[0]
            run = paragraph.add_run(plain(text))
            run.font.size = Pt(8 if compact else 8.5)
            run.bold = place == 0
            if place and _is_number(text):
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    made.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    if compact:
        _fit_columns(made, block)
    else:
        document.add_paragraph()


def _fit_columns(made: Any, block: Block) -> None:
    """Make columns as wide as their texts need, the longest of them wrapped; the table as wide as the page."""
    from docx.shared import Mm, Pt

    longest = [max(len(row[place]) for row in block.rows) for place in range(len(block.rows[0]))]
    words = [
        max(len(word) for row in block.rows for word in row[place].split() or [""])
        for place in range(len(longest))
    ]
    weights = [max(word + 5, min(length + 2, _WRAPPED)) for word, length in zip(words, longest, strict=True)]
    widths = [Mm((210 - 2 * _MARGIN) * weight / sum(weights)) for weight in weights]
    made.autofit = False
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    for row in made.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width
            cell.paragraphs[0].paragraph_format.space_after = Pt(0)
