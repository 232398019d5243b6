"""The report as one HTML file: rendered from its Markdown, with charts and style inside and no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from placeplan.outputs.marks import headings
from placeplan.outputs.words import STATUS_WORDS

_STATUS_CLASS = {words: f"status {status.replace('_', '-')}" for status, words in STATUS_WORDS.items()}


def report_html(text: str, charts: Mapping[str, str], title: str) -> str:
    """Return the page of a report's Markdown; pictures of ``charts`` are put inside."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(text)
    _name_headings(tokens, [target for _, _, target in headings(text)])
    _mark_cells(tokens)
    _put_charts_inside(tokens, charts)
    body = _Page(reader).render(tokens, reader.options, {})
    style = files("placeplan").joinpath("outputs/report.css").read_text(encoding="utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )


class _Page(RendererHTML):
    """Puts a box that can be scrolled around each table; markdown-it finds these methods by their names."""

    def table_open(self, tokens: Sequence[Token], at: int, options: object, env: object) -> str:
        """Open the box and the table."""
        return '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table>\n'

    def table_close(self, tokens: Sequence[Token], at: int, options: object, env: object) -> str:
        """Close the table and its box."""
        return "</table></div>\n"


def _name_headings(tokens: Sequence[Token], targets: Sequence[str]) -> None:
    opens = (token for token in tokens if token.type == "heading_open")
    for token, target in zip(opens, targets, strict=True):
        token.attrSet("id", target)


def _mark_cells(tokens: Sequence[Token]) -> None:
    """Make the first cell of each row its header, and give cells with a status their colour."""
    for before, cell, content, after in zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False):
        if cell.type == "td_open" and before.type == "tr_open":
            cell.tag = after.tag = "th"
            cell.attrSet("scope", "row")
        elif cell.type == "td_open" and content.content in _STATUS_CLASS:
            cell.attrJoin("class", _STATUS_CLASS[content.content])
        elif cell.type == "th_open":
            cell.attrSet("scope", "col")


def _put_charts_inside(tokens: Sequence[Token], charts: Mapping[str, str]) -> None:
    for token in tokens:
        for child in token.children or ():
            name = str(child.attrs.get("src", "")).removeprefix("charts/").removesuffix(".svg")
            if child.type == "image" and name in charts:
                child.type, child.tag = "html_inline", ""
                child.content = f'<span class="chart" tabindex="0">{charts[name]}</span>'
