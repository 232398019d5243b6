"""Blocks of a report's Markdown as HTML: headings, tables, charts with their tables, and plain text.

Only what the reports themselves write is known here: tables as ``marks.table`` makes them, pictures alone in a block.
Foreign text stays literal, because its marks are escaped in the Markdown already.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape, unescape
from itertools import groupby

from markdown_it import MarkdownIt

from placeplan.outputs.marks import MARKS, headings
from placeplan.outputs.svg import Chart
from placeplan.outputs.words import STATUS_WORDS

_READER = MarkdownIt("commonmark", {"html": False}).enable("table")
_STATUS_CLASS = {words: f"status {status.replace('_', '-')}" for status, words in STATUS_WORDS.items()}
_MARK_CLASS = {mark: status.replace("_", "-") for status, mark in MARKS.items()}
_SPECIAL = re.compile(r"[\\`*_\[<>&!~#|]")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_PICTURE = re.compile(r"^!\[(.*)\]\(charts/([^)]*)\.svg\)$")
_TITLE = re.compile(r"<title[^>]*>([^<]*)</title>")
_CELLS = re.compile(r"(?<!\\) \| ")
_FEW_ROWS, _MANY_COLUMNS = 20, 12


def kind_of(block: str) -> str:
    """Return whether a block is a heading, a table, a picture or text."""
    if block.startswith("#"):
        return "heading"
    return "table" if block.startswith("|") else "picture" if block.startswith("![") else "text"


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Give kind and content of each block; blocks of text that follow each other are one."""
    for kind, group in groupby(filter(None, text.strip("\n").split("\n\n")), key=kind_of):
        if kind == "text":
            yield kind, "\n\n".join(group)
        else:
            yield from ((kind, block) for block in group)


@dataclass
class Writer:
    """Writes the blocks of one page; knows under which headings it stands, so that tables have names of their own."""

    charts: Mapping[str, str]
    targets: Iterator[tuple[int, str, str]]
    path: dict[int, str] = field(default_factory=dict)
    captions: Counter[str] = field(default_factory=Counter)
    inlines: dict[str, str] = field(default_factory=dict)

    def write(self, kind: str, block: str) -> str:
        """Return the HTML of one block."""
        if kind == "heading":
            return self.heading()
        if kind == "table":
            return self.markdown_table(block)
        return self.picture(block) if kind == "picture" else str(_READER.render(block))

    def heading(self) -> str:
        """Return the next heading, and remember it."""
        level, words, target = next(self.targets)
        self.path = {one: said for one, said in self.path.items() if one < level}
        self.path[level] = plain_words(words)
        return f'<h{level} id="{escape(target)}">{self.inline(words)}</h{level}>\n'

    def inline(self, text: str) -> str:
        """Return a line of Markdown as HTML; lines without marks, most of them, take the short way."""
        if not _SPECIAL.search(text):
            return text
        found = self.inlines.get(text)
        if found is None:
            found = self.inlines[text] = (
                str(_READER.renderInline(text))
                if _SPECIAL.search(_ESCAPED.sub("", text))
                else escape(_ESCAPED.sub(r"\1", text), quote=False)
            )
        return found

    def caption(self, words: str = "") -> str:
        """Return the name of a table: that of its chart, else its headings; a number where it comes again."""
        said = words or ": ".join(self.path[level] for level in sorted(self.path)[-2:] if level > 1)
        self.captions[said] += 1
        return said if self.captions[said] == 1 else f"{said} ({self.captions[said]})"

    def markdown_table(self, block: str) -> str:
        """Return a table of Markdown."""
        header, rule, *rows = block.split("\n")
        text_columns = sum(part.strip().startswith(":") for part in cells_of(rule))
        lines = ([self.inline(cell) for cell in cells_of(row)] for row in rows)
        return self.table(
            [self.inline(cell) for cell in cells_of(header)], list(lines), text_columns, self.caption()
        )

    def table(
        self, header: Sequence[str], rows: Sequence[Sequence[str]], text_columns: int, caption: str
    ) -> str:
        """Return a table in a box that scrolls; cells are HTML already, the first of a row is its header."""
        name = f"t{self.captions.total()}"
        kind = f"n{text_columns}" + (" many" if len(header) > _MANY_COLUMNS else "")
        kind += " few" if len(rows) <= _FEW_ROWS else ""
        corner = f'<th scope="col">{header[0]}</th>' if header[0] else "<td></td>"
        heads = corner + "".join(f'<th scope="col">{cell}</th>' for cell in header[1:])
        lines = "\n".join(
            f'<tr><th scope="row">{row[0]}</th>{"".join(map(cell_of, row[1:]))}</tr>' for row in rows
        )
        return (
            f'<div class="scroll" tabindex="0" role="group" aria-labelledby="{name}"><table class="{kind}">'
            f'<caption class="vh" id="{name}">{escape(caption)}</caption>\n'
            f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{lines}\n</tbody></table></div>\n"
        )

    def picture(self, block: str) -> str:
        """Return a chart as a figure: the drawing, what its keys read out, and its table."""
        match = _PICTURE.match(block)
        if not match or match[2] not in self.charts:
            return str(_READER.render(block))
        chart = self.charts[match[2]]
        if not isinstance(chart, Chart) or not chart.header:
            return f"<figure>{_plot(plain_words(match[1]), chart)}</figure>\n"
        title = unescape(_TITLE.search(chart)[1])  # type: ignore[index]
        kind, _, columns = chart.cursor.partition(" ")
        is_map = kind == "map"
        rows = [[self.inline(cell) for cell in row] for row in chart.rows]
        made = self.table(list(chart.header), rows, int(columns) if is_map else 1, self.caption(title))
        data = f' data-map="{columns}"' if is_map else f' data-cursor="{chart.cursor}"' if kind else ""
        return (
            f"<figure{data}>{_plot(title, chart)}\n"
            f'<p class="readout" aria-live="polite"></p>\n<details><summary>Table of this chart'
            f'<span class="vh">: {escape(title)}</span></summary>\n{made}</details></figure>\n'
        )


def _plot(title: str, chart: str) -> str:
    return f'<div class="plot" tabindex="0" role="group" aria-label="Chart: {escape(title)}">\n{chart}</div>'


def writer_of(text: str, charts: Mapping[str, str]) -> Writer:
    """Return a writer for the blocks of this Markdown."""
    return Writer(charts, iter(headings(text)))


def cells_of(line: str) -> list[str]:
    """Return the cells of a line of a table."""
    inner = line[2:-2]
    return inner.split(" | ") if "\\" not in inner else _CELLS.split(inner)


def cell_of(content: str) -> str:
    """Return one cell; a mark at its end, or a status, becomes its colour and sign."""
    if content in _STATUS_CLASS:
        return f'<td class="{_STATUS_CLASS[content]}">{content}</td>'
    if content[-1:] in _MARK_CLASS:
        return f'<td class="{_MARK_CLASS[content[-1]]}">{content[:-1].rstrip()}</td>'
    return f"<td>{content}</td>"


def plain_words(markdown: str) -> str:
    """Return Markdown of a heading as plain words."""
    return _ESCAPED.sub(r"\1", markdown.replace("**", ""))
