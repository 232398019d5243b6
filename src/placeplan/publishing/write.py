"""Writing packs: for each recipient a page, the same for editors, and its tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from placeplan.outputs.csvfiles import write_csv
from placeplan.outputs.html import report_html
from placeplan.outputs.marks import bullets
from placeplan.outputs.words import markdown
from placeplan.publishing.packpages import pack_page
from placeplan.publishing.packtables import PackTables
from placeplan.publishing.profile import Profile
from placeplan.publishing.recipients import Recipient
from placeplan.publishing.runfolder import RunFolder
from placeplan.returns.statement import Block
from placeplan.returns.statement_files import statement_docx, statement_markdown

BOARD, BOARD_TITLE = "board_paper", "Place-planning board"
BOARD_STYLE = """
@media print {
  @page { size: A4; margin: 12mm; }
  body { font-size: 9.5pt; line-height: 1.3; }
  h1 { font-size: 15pt; margin: 0 0 2mm; }
  h2 { font-size: 11.5pt; margin: 3mm 0 1mm; padding-top: 1mm; border-top-width: 1px; }
  p, ul { margin: 1mm 0; }
  .scroll { margin: 1mm 0 2mm; }
  table { font-size: 8pt; line-height: 1.2; width: 100%; break-inside: auto; }
  tr { break-inside: avoid; }
  th, td { padding: .6mm 1.2mm; }
}
"""
"""What keeps the paper to two printed pages."""
KIND_WORDS = {
    "authority": "The authority", "trust": "Trusts", "diocese": "Dioceses", "district": "Districts", "school": "Schools",
}  # fmt: skip
PAGE = "pack"


def write_packs(
    run: RunFolder, chosen: Sequence[Recipient], tables: PackTables, profile: Profile | None, folder: Path
) -> dict[str, int]:
    """Write a folder for each recipient, and index.html; return the rows of each CSV by its path in ``folder``."""
    rows: dict[str, int] = {}
    for one in chosen:
        place = folder / one.slug
        place.mkdir()
        own = tables.of(one)
        write_page(pack_page(run, one, own, profile), f"Pupils and places: {one.name}", place / PAGE)
        for name, frame in own.items():
            write_csv(frame, place / f"{name}.csv")
            rows[f"{one.slug}/{name}.csv"] = len(frame)
    write_page(_index(run, chosen), f"Packs of {run.authority}", folder / "index")
    return rows


def write_page(text: str, title: str, path: Path, style: str = "") -> None:
    """Write a page as Markdown and as one HTML file, with further style if there is any."""
    page = report_html(text, {}, title)
    if style:
        page = page.replace("</style>", f"{style}</style>", 1)
    path.with_suffix(".md").write_text(text, encoding="utf-8", newline="\n")
    path.with_suffix(".html").write_text(page, encoding="utf-8", newline="\n")


def write_board(blocks: Sequence[Block], run: RunFolder, folder: Path) -> list[str]:
    """Write the board paper as Markdown, HTML and .docx; return what to tell the user of it."""
    write_page(statement_markdown(blocks), f"{BOARD_TITLE}: {run.authority}", folder / BOARD, BOARD_STYLE)
    return statement_docx(blocks, folder / f"{BOARD}.docx", compact=True)


def _index(run: RunFolder, chosen: Sequence[Recipient]) -> str:
    blocks = [f"# Packs of {markdown(run.authority)}"]
    blocks.append(
        f"Base year {run.base_year}. Every pack holds a page and the tables behind it as CSV files."
    )
    for kind, words in KIND_WORDS.items():
        links = [f"[{markdown(one.name)}]({one.slug}/{PAGE}.html)" for one in chosen if one.kind == kind]
        if links:
            blocks += [f"## {words}", bullets(links)]
    return "\n\n".join(blocks) + "\n"
