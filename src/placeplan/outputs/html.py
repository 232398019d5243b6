"""The report as one HTML file: rendered from its Markdown, with charts, style and script inside and no network.

The page forbids itself to load anything (its content security policy) and works without the script; the script makes tables
sort and filter, and charts and maps answer to the keyboard.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files

from placeplan import __version__
from placeplan.outputs.html_blocks import Writer, blocks, plain_words, writer_of
from placeplan.outputs.look import Look
from placeplan.outputs.marks import headings

CONTENTS = "## Contents"
FOOT = "The CSV files of the same run hold every figure, unrounded."


def report_html(
    text: str, charts: Mapping[str, str], title: str, look: Look | None = None, foot: str = FOOT
) -> str:
    """Return the page of a report's Markdown; pictures of ``charts`` are put inside, with the tables they bring.

    ``foot``: what the last line says of the figures.
    """
    writer = writer_of(text, charts)
    head, contents, listed = f"<h1>{escape(title)}</h1>\n", "", False
    body: list[str] = []
    for kind, block in blocks(text):
        if block == CONTENTS:
            writer.heading()
            contents, listed = _contents(headings(text), writer), True
            continue
        written = writer.write(kind, block)
        if kind == "heading" and block.startswith("# ") and not body:
            head = written
        elif not listed:
            body.append(written)
        listed = False
    return _page(head, contents, "".join(body), escape(title), look or Look(), foot)


def _page(head: str, contents: str, body: str, title: str, look: Look, foot: str) -> str:
    colours = f":root {{ --colour: {look.colour}; --title: {look.title_colour}; }}\n"
    script = _asset("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    logo = f'<img src="{look.logo}" alt="{escape(look.council)}">\n' if look.logo else ""
    kind = "page with-contents" if contents else "page"
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{colours}{_asset('report.css')}</style>\n</head>\n"
        '<body>\n<a class="skip" href="#report">Skip to the report</a>\n'
        f'<header class="top"><div>\n{logo}{head}</div></header>\n<div class="{kind}">\n{contents}'
        f'<main id="report" tabindex="-1">\n{body}</main>\n</div>\n'
        f"<footer><p>Made with placeplan {__version__}. {escape(foot)}</p>"
        f"</footer>\n<script>{script}</script>\n</body>\n</html>\n"
    )


def _contents(entries: Sequence[tuple[int, str, str]], writer: Writer) -> str:
    """Return the contents: the parts, and under each, folded away, what it holds."""
    parts: list[tuple[str, list[str]]] = []
    for level, words, target in entries:
        link = f'<a href="#{escape(target)}">{writer.inline(words)}</a>'
        if level == 2 and words != "Contents":
            parts.append((link, []))
        elif level == 3 and parts:
            parts[-1][1].append(f"<li>{link}</li>")
    titles = [plain_words(words) for level, words, _ in entries if level == 2 and words != "Contents"]
    lines = []
    for (link, inner), title in zip(parts, titles, strict=True):
        more = (
            f'<details><summary>{len(inner)} part{"s" if len(inner) > 1 else ""}<span class="vh"> of {escape(title)}'
            f"</span></summary><ul>{''.join(inner)}</ul></details>"
            if inner
            else ""
        )
        lines.append(f"<li>{link}{more}</li>\n")
    return (
        '<nav aria-label="Contents"><details open><summary><h2>Contents</h2></summary>\n'
        f"<ul>\n{''.join(lines)}</ul></details></nav>\n"
    )


@cache
def _asset(name: str) -> str:
    return files("placeplan").joinpath(f"outputs/assets/{name}").read_text(encoding="utf-8")
