"""``placeplan init``: a new project."""

from __future__ import annotations

from pathlib import Path

import click

from placeplan.cli.shared import FOLDER


@click.command("init")
@click.argument("folder", type=FOLDER)
@click.option("--name", default="My authority", show_default=True, help="Name of the authority.")
@click.option("--la-code", default="", help="Three-digit code of the local authority.")
def command(folder: Path, name: str, la_code: str) -> None:
    """Make a new project: a commented project file and a template of every table.

    \b
    Example:
      placeplan init myplan --name "Exampleshire" --la-code 999
    """
    from placeplan.starter import write_starter

    written = write_starter(folder, name, la_code)
    count = sum(
        len([file for file in path.rglob("*") if file.is_file()]) if path.is_dir() else 1 for path in written
    )
    click.echo(f"Made {folder} with {count} files.")
    click.echo(
        f"Next: put areas.csv and rolls.csv into {folder / 'inputs'} (templates/README.md tells their columns), then\n"
        f"  placeplan check {folder}\n  placeplan forecast {folder}"
    )
