"""What ``placeplan explain`` prints: the tree in the terminal, as Markdown, or as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import click

from placeplan.evidence.explain import Explained, explain
from placeplan.evidence.explain_send import SEND_AREA
from placeplan.evidence.runcheck import AGAIN
from placeplan.evidence.runfiles import MEAN, PRODUCT, SUM, Node, open_run
from placeplan.problems import UsageError
from placeplan.years import AcademicYear, read_year_group, year_group_label


def run_explain(
    folder: Path, code: str, year: str, group: str, phase: str | None, form: str, depth: int
) -> None:
    """Print where one number of a run comes from; UsageError if the run has no such number, or is not whole."""
    run, cell = open_run(folder), (code, _year(year), _group(group), phase)
    try:
        found = explain(run, *cell)
    except ValueError as error:
        raise UsageError(
            f"--run {folder}: a number of its CSV files cannot be read ({error}); {AGAIN}"
        ) from None
    if form == "json":
        click.echo(json.dumps(found.as_json(), indent=2, ensure_ascii=False))
    elif form == "markdown":
        click.echo("\n".join(_markdown(found)))
    else:
        _print(found, depth)


def _year(text: str) -> AcademicYear:
    try:
        return AcademicYear.parse(text)
    except ValueError:
        raise UsageError(f"{text!r} is no academic year; write it as 2027/28") from None


def _group(text: str) -> str:
    if text.strip().casefold() in ("total", "all"):
        return "total"
    try:
        return year_group_label(int(read_year_group(text).value))
    except ValueError:
        raise UsageError(f"{text!r} is no year group; write R, 1 to 14 or total") from None


def _heading(found: Explained) -> str:
    cell = found.cell
    low, high = float(cell["p10"]), float(cell["p90"])
    between = f", in four cases of five {low:,.0f} to {high:,.0f}" if low == low else ""
    return (
        f"{found.root.label}: {float(cell['pupils']):,.1f} pupils{between} "
        f"({cell['phase'].replace('_', ' ')}, scenario {cell['scenario']})"
    )


def _line(node: Node) -> str:
    amount = f"{node.amount:,.4f}" if abs(node.amount) < 10 else f"{node.amount:,.1f}"
    how = {SUM: " (sum)", PRODUCT: " (product)", MEAN: " (weighted mean)"}.get(node.how, "")
    source = "" if not node.file or node.parts else f" [{node.file}{f', row {node.row}' if node.row else ''}]"
    weight = "" if node.weight is None else f" × weight {node.weight:.1%}"
    return f"{amount}{weight}  {node.label}{how}{source}"


def _print(found: Explained, depth: int) -> None:
    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree

    def grow(into: Tree, node: Node, left: int) -> None:
        for part in node.parts:
            branch = into.add(Text(_line(part)))
            if left > 1:
                grow(branch, part, left - 1)
            elif part.parts:
                branch.add(Text("… (--depth shows more)"))

    tree = Tree(Text(_heading(found)))
    grow(tree, found.root, depth)
    Console(highlight=False).print(tree)
    beside = Tree(Text(_places(found)))
    if found.places:
        grow(beside, found.places, depth)
    Console(highlight=False).print(beside)


def _places(found: Explained) -> str:
    """The places beside the number, in a line."""
    if found.cell["geography"] == SEND_AREA:
        return "Residents with a plan, never added to pupils on roll; placeplan send sets places beside them"
    if found.places is None:
        return "Places beside it: not known"
    pupils = float(found.cell["pupils"])
    left = found.places.amount - pupils
    words = f"{left:,.1f} to spare" if left >= 0 else f"{-left:,.1f} too few"
    return f"Places beside it: {found.places.amount:,.1f}, {words}"


def _markdown(found: Explained) -> list[str]:
    lines = [f"**{_heading(found)}**", ""]

    def write(node: Node, level: int) -> None:
        for part in node.parts:
            lines.append(f"{'  ' * level}- {_line(part)}")
            write(part, level + 1)

    write(found.root, 0)
    lines += ["", f"**{_places(found)}**", ""]
    if found.places:
        write(found.places, 0)
    return lines
