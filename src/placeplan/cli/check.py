"""``placeplan check``: what is wrong with the tables."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from placeplan.cli import shared


@click.command("check")
@shared.project_argument
@click.option("--out", type=shared.FOLDER, default=None, help="Also write findings.csv into this folder.")
@click.option("--strict", is_flag=True, help="Exit with status 4 if there are warnings.")
@shared.json_option("the findings")
@shared.quiet_option
def command(project: Path | None, out: Path | None, strict: bool, as_json: bool, quiet: bool) -> None:
    """Check a project's tables and list everything found, with what to do.

    PROJECT is a project file or its folder; without it placeplan.yaml is looked for here and above.

    \b
    Examples:
      placeplan check myplan
      placeplan check myplan --json > findings.json
      placeplan check myplan --out findings --strict
    """
    from placeplan.commands.check import run_check
    from placeplan.commands.findings import warnings_of
    from placeplan.problems import has_errors

    findings = run_check(shared.opened_project(project), out, quiet, as_json, shared.command_line())
    if has_errors(findings):
        sys.exit(shared.INPUT_ERRORS)
    if strict:
        shared.end_if_warned(warnings_of(findings))
