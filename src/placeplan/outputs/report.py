"""The report as Markdown: what matters, the authority, its areas page by page, how it was made."""

from __future__ import annotations

from placeplan import __version__
from placeplan.outputs import (
    report_accuracy,
    report_added,
    report_areas,
    report_back,
    report_board,
    report_decisions,
    report_evidence,
    report_front,
    report_long,
    report_movement,
    report_send,
    report_whatif,
)
from placeplan.outputs.marks import headings
from placeplan.outputs.views import RunView
from placeplan.outputs.words import markdown

_CONTENTS = "\0contents"


def report_markdown(view: RunView) -> str:
    """Return the whole report; its pictures lie in ``charts/`` beside it."""
    blocks = [
        f"# School places in {markdown(view.title)}",
        _made(view),
        "## What matters",
        *report_front.what_matters(view),
        "## Contents",
        _CONTENTS,
        *report_front.summaries(view),
        *report_front.status_overview(view),
        *report_whatif.acting_alone(view),
        *report_added.new_homes(view),
        *report_added.adjustments(view),
        *report_movement.movement(view),
        *report_long.long_range(view),
        *report_long.control_totals(view),
        *report_send.high_needs(view),
        *report_evidence.doubtful_supply(view),
        *report_evidence.watch_list(view),
        *report_board.published_measures(view),
        *report_decisions.who_decides(view),
        *report_board.money(view),
        *report_board.proposals(view),
        *report_board.provision(view),
        *report_accuracy.accuracy_page(view),
        *report_areas.area_pages(view),
        *report_back.methods(view),
        *report_back.assumptions(view),
        *report_back.data_quality(view),
        *report_back.glossary(),
    ]
    text = "\n\n".join(block for block in blocks if block) + "\n"
    return text.replace(_CONTENTS, _contents(text))


def without_pictures(text: str) -> str:
    """Return the report without its pictures, for a run that writes no charts."""
    blocks = (block for block in text.split("\n\n") if not block.startswith("!["))
    return "\n\n".join(blocks)


def _made(view: RunView) -> str:
    result = view.result
    made = f", made on {view.made_on.day} {view.made_on:%B %Y}" if view.made_on else ""
    lines = [
        f"Base year **{result.base_year}**. Scenario **{markdown(view.scenario)}**. "
        f"placeplan {__version__}{made}."
    ]
    if len(result.scenarios) > 1:
        others = ", ".join(markdown(name) for name in result.scenarios[1:])
        lines.append(f"The run also holds {others}: see the CSV files.")
    lines.append("Numbers are rounded to whole pupils, so sums may differ by one or two.")
    return " ".join(lines)


def _contents(text: str) -> str:
    """Return links to the parts, and under them to the planning areas."""
    entries = [entry for entry in headings(text) if entry[0] in (2, 3) and entry[1] != "Contents"]
    return "\n".join(f"{'  ' * (level - 2)}- [{words}](#{target})" for level, words, target in entries)
