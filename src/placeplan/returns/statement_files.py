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


def statement_docx(blocks: Sequence[Block], path: Path) -> list[str]:
    """Write the statement as .docx; return what to tell the user: nothing, or how to install python-docx."""
    try:
        import docx
    except ImportError:
        return [NO_DOCX.format(name=path.name)]
    document = docx.Document()
    document.core_properties.created = _MADE
    document.core_properties.modified = _MADE
    document.core_properties.author = "placeplan"
    for block in blocks:
        if _filled(block):
            _add(document, block)
    document.save(str(path))
    return []


def _add(document: Any, block: Block) -> None:
    if block.kind == HEADING:
        document.core_properties.title = plain(block.text)
        document.add_heading(plain(block.text), level=0)
    elif block.kind == SUBHEADING:
        document.add_heading(plain(block.text), level=1)
    elif block.kind == BULLETS:
        for item in block.items:
            document.add_paragraph(plain(item), style="List Bullet")
    elif block.kind == TABLE:
        _add_table(document, block)
    else:
        document.add_paragraph(plain(block.text))


def _add_table(document: Any, block: Block) -> None:
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
            run.font.size = Pt(8.5)
            run.bold = place == 0
            if place and _is_number(text):
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    made.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    document.add_paragraph()
