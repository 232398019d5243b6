"""Writing packs: for each recipient a page, the same for editors, and its tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from placeplan.outputs.html import report_html
from placeplan.outputs.look import Look
from placeplan.outputs.marks import bullets
from placeplan.outputs.words import markdown
from placeplan.publishing.packpages import pack_page
from placeplan.publishing.packtables import PackTables
from placeplan.publishing.profile import Profile
from placeplan.publishing.recipients import Recipient
from placeplan.publishing.runfolder import RunFolder
from placeplan.publishing.tablefiles import write_table
from placeplan.returns.statement import Block
from placeplan.returns.statement_files import statement_docx, statement_markdown

BOARD, BOARD_TITLE = "board_paper", "Place-planning board"
FLOW = "@media print { main > h2 { break-before: auto; } }\n"
"""Packs are printed without a new page for each part."""
BOARD_STYLE = """
@media print {
  @page { size: A4; margin: 11mm; }
  body { font-size: 9.5pt; line-height: 1.25; }
  .top { padding: 0 0 1mm; border-bottom-width: 1px; }
  .page { padding: 0; }
  h1 { font-size: 15pt; }
  main > h2, main > h2:first-of-type { break-before: auto; font-size: 11.5pt; margin: 2.5mm 0 1mm; padding-top: 1mm;
    border-top-width: 1px; }
  main > :is(p, ul, ol) { margin: 1mm 0; max-width: none; }
  .scroll { margin: 1mm 0 1.5mm; }
  table { font-size: 8pt; line-height: 1.2; width: 100%; }
  table.few { break-inside: auto; }
  th, td { padding: .5mm 1.2mm; }
  .many { font-size: 8pt; }
  footer { display: none; }
}
"""
"""What keeps the paper to two printed pages."""
KIND_WORDS = {
    "authority": "The authority", "trust": "Trusts", "diocese": "Dioceses", "district": "Districts", "school": "Schools",
}  # fmt: skip
BOARD_FOOT = "Every figure stands in the CSV files of the run."
PAGE = "pack"
FOOT = "The CSV files beside this page hold its figures, unrounded."
PUBLIC_FOOT = "The CSV files beside this page hold the same figures; small counts are hidden or rounded."


def write_packs(
    run: RunFolder, chosen: Sequence[Recipient], tables: PackTables, profile: Profile | None, folder: Path
) -> dict[str, int]:
    """Write a folder for each recipient, and index.html; return the rows of each CSV by its path in ``folder``."""
    rows: dict[str, int] = {}
    look, foot = run.look, FOOT if profile is None else PUBLIC_FOOT
    for one in chosen:
        place = folder / one.slug
        place.mkdir()
        own = tables.of(one)
        page = pack_page(run, one, own, profile)
        write_page(page, f"Pupils and places: {one.name}", place / PAGE, look, foot)
        for name, frame in own.items():
            write_table(frame, place / f"{name}.csv")
            rows[f"{one.slug}/{name}.csv"] = len(frame)
    write_page(_index(run, chosen), f"Packs of {run.authority}", folder / "index", look, foot)
    return rows


def write_page(text: str, title: str, path: Path, look: Look, foot: str, style: str = FLOW) -> None:
    """Write a page as Markdown and as one HTML file in a look, with further style."""
    page = report_html(text, {}, title, look, foot).replace("</style>", f"{style}</style>", 1)
    path.with_suffix(".md").write_text(text, encoding="utf-8", newline="\n")
    path.with_suffix(".html").write_text(page, encoding="utf-8", newline="\n")


def write_board(blocks: Sequence[Block], run: RunFolder, folder: Path) -> list[str]:
    """Write the board paper as Markdown, HTML and .docx; return what to tell the user of it."""
    title = f"{BOARD_TITLE}: {run.authority}"
    write_page(statement_markdown(blocks), title, folder / BOARD, run.look, BOARD_FOOT, BOARD_STYLE)
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
