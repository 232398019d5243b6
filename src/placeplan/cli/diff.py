"""``placeplan diff``: why a forecast has changed."""

from __future__ import annotations

from pathlib import Path

import click

from placeplan.cli import shared


@click.command("diff")
@click.argument("old", type=shared.FOLDER)
@click.argument("new", type=shared.FOLDER)
@shared.out_option("placeplan-diff beside NEW")
@shared.json_option("the totals")
@shared.quiet_option
def command(old: Path, new: Path, out: Path | None, as_json: bool, quiet: bool) -> None:
    """Show why a forecast differs from an earlier one, and how the earlier one did.

    OLD and NEW are folders of finished runs. The change is split into changed areas, new rolls, births, transfers, ratios,
    method, new homes and adjustments, which add up to it.

    \b
    Examples:
      placeplan diff runs/2025 runs/2026
      placeplan diff runs/2025 runs/2026 --out what-changed
    """
    from placeplan.commands.diff import run_diff

    run_diff(old, new, shared.folder_of(out, new, "diff"), quiet, as_json, shared.command_line())
