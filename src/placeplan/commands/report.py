"""What ``placeplan report`` does once its options are read: packs, open data or a board paper, from a run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pandas as pd

from placeplan.outputs.folder import RUN_FILE, check_target, written_whole
from placeplan.outputs.runfile import story_head, write_story
from placeplan.outputs.words import counted
from placeplan.problems import UsageError
from placeplan.publishing.board import board_paper
from placeplan.publishing.cells import Cells, cells_of
from placeplan.publishing.opendata import write_open_data
from placeplan.publishing.packtables import pack_tables
from placeplan.publishing.profile import (
    LOG_COLUMNS,
    PRIMARY,
    ROUND,
    ROUNDED,
    SECONDARY,
    Profile,
    profile_of,
    published,
    whole_cells,
)
from placeplan.publishing.recipients import AUTHORITY, Recipient, recipients
from placeplan.publishing.runfolder import RunFolder, open_options, open_run
from placeplan.publishing.since import since
from placeplan.publishing.tablefiles import write_table
from placeplan.publishing.write import BOARD, write_board, write_packs
from placeplan.words import speaking

LOG = "suppression_log.csv"


@dataclass(frozen=True)
class Asked:
    """What the user asked for, beside the run and the folder."""

    wanted: str
    board: bool
    public: bool
    options: Path | None
    since: Path | None
    quiet: bool
    as_json: bool
    command_line: str


def run_report(folder: Path, out: Path, asked: Asked, progress: Any) -> None:
    """Write packs or the paper into ``out``; raises UsageError, having written nothing, if something asked is not there."""
    started = datetime.now(UTC)
    if asked.board and asked.public:
        raise UsageError("the board paper is not for publication: leave out --board or --public")
    if asked.since is not None and not asked.board:
        raise UsageError("--since belongs to the board paper: add --board")
    check_target(out, "report")
    progress("Reading the run")
    run = open_run(folder)
    options = None if asked.options is None else open_options(asked.options, run.authority, run.la_code)
    earlier = None if asked.since is None else since(asked.since, run)
    chosen = [] if asked.board and not asked.wanted else recipients(run, asked.wanted)
    told: dict[str, Any] = {"packs": [], "rows": {}, "notes": []}
    with speaking(run.words), written_whole(out, "report") as beside:
        if asked.board:
            told["notes"] = write_board(board_paper(run, earlier, options), run, beside)
            told["board"] = f"{BOARD}.html"
        if chosen:
            told |= _packs(run, chosen, options, asked, beside, progress)
        write_story(_story(run, asked, started, told), beside / RUN_FILE)
    _tell(out, chosen, told, asked)


def _packs(
    run: RunFolder,
    chosen: list[Recipient],
    options: pd.DataFrame | None,
    asked: Asked,
    folder: Path,
    progress: Any,
) -> dict[str, Any]:
    """Write packs and open data; with ``--public`` into a folder of their own beside the log of what is hidden."""
    phases, profile, log = cells_of(run), None, None
    if asked.public:
        progress("Hiding small counts")
        profile = profile_of(run.story["project"]["choices"])
        phases, log = _published(phases, profile)
    progress("Writing the packs")
    target = folder / "public" if asked.public else folder
    target.mkdir(exist_ok=True)
    rows = write_packs(run, chosen, pack_tables(run, phases, options, asked.public), profile, target)
    if any(one.kind == AUTHORITY for one in chosen):
        whole = phases if asked.public else [whole_cells(cells) for cells in phases]
        rows |= write_open_data(run, whole, profile, target / "open_data")
    told: dict[str, Any] = {"packs": [one.slug for one in chosen], "rows": rows}
    if profile is not None and log is not None:
        write_table(log, folder / LOG)
        told["publication"] = {
            "method": profile.method, "threshold": profile.threshold,
            "base": profile.base if profile.method == ROUND else None,
            **{action: int((log["action"] == action).sum()) for action in (PRIMARY, SECONDARY, ROUNDED)},
        }  # fmt: skip
    return told


def _published(phases: list[Cells], profile: Profile) -> tuple[list[Cells], pd.DataFrame]:
    shown, logs = zip(*(published(cells, profile) for cells in phases), strict=True)
    filled = [log for log in logs if len(log)]
    log = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(LOG_COLUMNS))
    return list(shown), log


def _story(run: RunFolder, asked: Asked, started: datetime, told: dict[str, Any]) -> dict[str, Any]:
    """run.json: the run that was read, how it had come about, and what was made of it."""
    kept = (
        "project",
        "scenarios",
        "base_year",
        "horizon",
        "seed",
        "simulations",
        "methods",
        "inputs",
        "libraries",
    )
    return {
        **story_head("report", asked.command_line, started),
        "run": str(run.folder), "run_finished": run.story.get("finished"), "run_version": run.story.get("version"),
        "options": None if asked.options is None else str(asked.options),
        "since": None if asked.since is None else str(asked.since),
        **{name: run.story[name] for name in kept if name in run.story}, **told,
    }  # fmt: skip


def _tell(out: Path, chosen: list[Recipient], told: dict[str, Any], asked: Asked) -> None:
    """Print what was made on standard error, the folder on standard output."""
    if asked.as_json:
        click.echo(json.dumps({"folder": str(out), **told}, indent=2, ensure_ascii=False))
        return
    if asked.quiet:
        return
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    for sentence in _sentences(chosen, told):
        console.print(sentence, markup=False)
    click.echo(str(out))


def _sentences(chosen: list[Recipient], told: dict[str, Any]) -> Iterator[str]:
    """Say what lies in the folder, and what was hidden."""
    if chosen:
        yield f"{counted(len(chosen), 'pack')}: open index.html in the folder{' public' if 'publication' in told else ''}."
    if "board" in told:
        yield f"The board paper is {told['board']}, with other forms beside it."
    yield from told["notes"]
    if "publication" not in told:
        return
    made = told["publication"]
    if made["method"] == ROUND:
        yield f"{counted(made[ROUNDED], 'small count')} rounded, with all others, to multiples of {made['base']}."
    elif made[PRIMARY]:
        yield (
            f"{counted(made[PRIMARY], 'small count')} hidden, and {made[SECONDARY]:,} more that would give them away; none "
            "can be worked out from the rest."
        )
    else:
        yield f"There is no count below {made['threshold']}, so nothing is hidden."
    yield f"{LOG} is for you, not for publication."
