"""What ``placeplan scap`` does once its options are read: make a return, or check one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from placeplan.highneeds import with_high_needs
from placeplan.outputs.folder import RUN_FILE, check_target, written_whole
from placeplan.outputs.runfile import story_head, write_story
from placeplan.problems import InputErrors, UsageError, has_errors
from placeplan.project import Project
from placeplan.returns.basis import Basis, basis_of, basis_of_run
from placeplan.returns.build import build_return
from placeplan.returns.check import check_return
from placeplan.returns.checkkinds import ERROR, Found, checks_frame, explained, kinds
from placeplan.returns.checks_capacity import Subject
from placeplan.returns.layouts import Layout, layout_of
from placeplan.returns.readback import read_answers, read_return
from placeplan.returns.signoff import signoff_frame
from placeplan.returns.statement import statement
from placeplan.returns.statement_files import statement_docx, statement_markdown
from placeplan.returns.template import fill_template
from placeplan.returns.write import WORKBOOK, checks_sheet, write_checks_csv, write_csvs, write_return_book
from placeplan.run import forecast, read_and_check
from placeplan.tables import Inputs
from placeplan.years import AcademicYear

STATEMENT, STATEMENT_DOCX, TEMPLATE_FILLED = "method_statement.md", "method_statement.docx", "template_filled"
CHECKS_BOOK = "checks.xlsx"
ON_SCREEN = 12


@dataclass(frozen=True)
class Asked:
    """What the user asked for, beside the project."""

    folder: Path | None
    run: Path | None
    template: Path | None
    explanations: Path | None
    backtest: Path | None
    quiet: bool
    as_json: bool
    command_line: str


def is_project(path: Path) -> bool:
    """Tell whether what follows ``--check`` is a project rather than a return."""
    return path.suffix.casefold() in (".yaml", ".yml") or (path / "placeplan.yaml").is_file()


def run_scap(project: Project, folder: Path, asked: Asked, progress: Any) -> int:
    """Write the return into a folder; return how many findings of the checks are open."""
    started = datetime.now(UTC)
    check_target(folder, "scap")
    if asked.template is not None and not asked.template.is_file():
        raise UsageError(f"there is no template at {asked.template}; name the .xlsx file")
    if asked.backtest is not None and not (asked.backtest / "backtest_summary.csv").is_file():
        raise UsageError(
            f"{asked.backtest} is no folder of 'placeplan backtest' (it has no backtest_summary.csv)"
        )
    answers = _answers(folder, asked.explanations)
    basis = _basis(project, asked, progress, started)
    progress("Writing the return")
    layout = layout_of(basis.base_year)
    made = build_return(basis, layout)
    found = explained(check_return(Subject(made, basis)), answers)
    checks = checks_frame(found, {name: part.sheet for name, part in layout.parts.items()})
    signoff = signoff_frame(basis, made, found)
    title = f"School Capacity return {layout.wanted}, {project.authority.name}"
    said: list[str] = []
    with written_whole(folder, "scap") as beside:
        write_csvs(made, checks, signoff, beside)
        write_return_book(made, checks, signoff, title, int(basis.base_year), beside / WORKBOOK)
        blocks = statement(basis, made, asked.backtest)
        (beside / STATEMENT).write_text(statement_markdown(blocks), encoding="utf-8", newline="\n")
        said += statement_docx(blocks, beside / STATEMENT_DOCX)
        if asked.template is not None:
            target = beside / f"{TEMPLATE_FILLED}{asked.template.suffix}"
            for match in fill_template(made, asked.template, target):
                lacking = f"; it has no column for {', '.join(match.lacking)}" if match.lacking else ""
                said.append(f"Template: {match.part.sheet} stands in its sheet {match.sheet}{lacking}.")
        rows = {part.file: len(made.parts[name]) for name, part in layout.parts.items()}
        write_story(_story(basis, layout, asked, started, rows, answers), beside / RUN_FILE)
    _tell(found, asked, folder, said, title)
    return sum(one.is_open for one in found)


def run_check(project: Project, given: Path | None, asked: Asked, progress: Any) -> int:
    """Check a return made elsewhere, or the one that the project gives; return how many findings are open."""
    started = datetime.now(UTC)
    if asked.folder is not None:
        check_target(asked.folder, "scap-check")
    if given is None:
        basis = _basis(project, asked, progress, started)
        layout = layout_of(basis.base_year)
        made = build_return(basis, layout)
        answers = _answers(project.path.resolve().parent / "placeplan-scap", asked.explanations)
    else:
        basis = _basis_without_run(project, started)
        layout = layout_of(basis.base_year)
        made = read_return(given, layout)
        answers = _answers(given, asked.explanations)
    found = explained(check_return(Subject(made, basis)), answers)
    if asked.folder is not None:
        checks = checks_frame(found, {name: part.sheet for name, part in layout.parts.items()})
        _write_checks(checks, basis, layout, asked, started, answers)
    _tell(found, asked, asked.folder, [], f"Checks of the return {layout.wanted}, {project.authority.name}")
    return sum(one.is_open for one in found)


def _answers(first: Path, more: Path | None) -> dict[tuple[str, str], str]:
    """Explanations of the earlier return, those of ``--explanations`` before them."""
    found = read_answers(first) if first.exists() else {}
    if more is not None and not more.exists():
        raise UsageError(f"there is nothing at {more}; --explanations names an earlier return")
    return {**found, **(read_answers(more) if more is not None else {})}


def _checked_inputs(project: Project) -> Inputs:
    inputs = read_and_check(project)
    if has_errors(inputs.findings):
        raise InputErrors(inputs.findings)
    return inputs


def _basis(project: Project, asked: Asked, progress: Any, started: datetime) -> Basis:
    if asked.run is not None:
        progress("Reading the run")
        return basis_of_run(asked.run, project, _checked_inputs(project))
    result = with_high_needs(forecast(project, progress), whole=False)
    return basis_of(result, asked.command_line, started, datetime.now(UTC))


def _basis_without_run(project: Project, started: datetime) -> Basis:
    inputs = _checked_inputs(project)
    rolls = inputs.table("rolls")
    last = int(rolls.loc[rolls["census"] == project.census, "academic_year"].max())
    return Basis(project, inputs, project.base_year or AcademicYear(last), {}, {"scenarios": ["central"]})


def _story(
    basis: Basis,
    layout: Layout,
    asked: Asked,
    started: datetime,
    rows: dict[str, int],
    answers: dict[tuple[str, str], str],
    command: str = "scap",
) -> dict[str, Any]:
    """run.json of the return: the run that it rests on, the layout, and what came over from earlier."""
    return {
        **basis.story, **story_head(command, asked.command_line, started), "rows": rows,
        "run": None if basis.folder is None else str(basis.folder), "survey": layout.wanted,
        "layout": layout.survey, "explanations_carried_over": len(answers),
    }  # fmt: skip


def _write_checks(
    checks: Any,
    basis: Basis,
    layout: Layout,
    asked: Asked,
    started: datetime,
    answers: dict[tuple[str, str], str],
) -> None:
    from placeplan.outputs.book import write_book

    assert asked.folder is not None
    with written_whole(asked.folder, "scap-check") as beside:
        write_checks_csv(checks, beside)
        created = datetime(int(basis.base_year) + 1, 1, 15)
        write_book(beside / CHECKS_BOOK, created, "Checks", lambda book: checks_sheet(book, checks))
        rows = {"scap_checks.csv": len(checks)}
        write_story(_story(basis, layout, asked, started, rows, answers, "scap-check"), beside / RUN_FILE)


def _tell(found: Sequence[Found], asked: Asked, folder: Path | None, said: list[str], title: str) -> None:
    """Print the checks by kind on standard error (all of them on standard output with ``--check``), then the folder."""
    if asked.as_json:
        click.echo(json.dumps(_as_json(found, folder), indent=2, ensure_ascii=False))
        return
    if asked.quiet:
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(stderr=True, highlight=False)
    table = Table(title=title, box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("Check", overflow="fold", ratio=1)
    table.add_column("", no_wrap=True)
    table.add_column("Rows", justify="right", no_wrap=True)
    table.add_column("Open", justify="right", no_wrap=True)
    counts, still = Counter(one.check for one in found), Counter(one.check for one in found if one.is_open)
    for code, kind in kinds().items():
        if counts[code]:
            table.add_row(kind.title, kind.severity, str(counts[code]), str(still[code]))
    console.print(table if found else "The checks found nothing to mend or to explain.")
    for sentence in said:
        console.print(sentence, markup=False)
    if folder is None:
        for one in found:
            place = f"{one.part}, row {one.row}" if one.row else one.part
            click.echo(f"{one.kind.severity} {place}: {one.subject}: {one.message} [{one.check}]")
            click.echo(f"    {one.explanation or one.kind.remedy}")
    else:
        if still:
            console.print("Write explanations into the sheet Checks; the next return carries them over.")
        click.echo(str(folder))


def _as_json(found: Sequence[Found], folder: Path | None) -> dict[str, Any]:
    return {
        "folder": None if folder is None else str(folder),
        "open": sum(one.is_open for one in found),
        "errors": sum(one.kind.severity == ERROR for one in found),
        "checks": [
            {
                "check": one.check, "severity": one.kind.severity, "part": one.part, "row": one.row or None,
                "subject": one.subject, "message": one.message, "remedy": one.kind.remedy,
                "explanation": one.explanation,
            }
            for one in found
        ],
    }  # fmt: skip
