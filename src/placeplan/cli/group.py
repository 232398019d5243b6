"""The group of commands: turns failures into messages and exit statuses, the only place that does."""

from __future__ import annotations

import gc
import traceback
from typing import Any

import click

from placeplan.cli.shared import INPUT_ERRORS, OWN_FAULT, USAGE

LOOK_FOR_CYCLES = (100_000, 20, 20)
"""A run makes small objects by the million, few of them in cycles: to look for those as often as Python does costs time."""


class Commands(click.Group):
    """A group whose commands may raise what they like."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; say what a person can mend, and ask for a report of what they cannot."""
        from placeplan.problems import InputErrors, UsageError

        gc.set_threshold(*LOOK_FOR_CYCLES)
        try:
            return super().invoke(ctx)
        except InputErrors as error:
            from placeplan.commands.findings import print_findings

            print_findings(error.findings, to_error=True)
            click.echo(f"placeplan: {error}; nothing was written", err=True)
            ctx.exit(INPUT_ERRORS)
        except UsageError as error:
            click.echo(f"placeplan: {error}", err=True)
            ctx.exit(USAGE)
        except (click.exceptions.Exit, click.ClickException, click.Abort):
            raise
        except OSError as error:
            click.echo(f"placeplan: {error.strerror or error}: {error.filename or ''}".rstrip(": "), err=True)
            ctx.exit(USAGE)
        except Exception:
            click.echo(traceback.format_exc(), err=True)
            click.echo(
                "placeplan: this is a fault of placeplan's own; please report the lines above", err=True
            )
            ctx.exit(OWN_FAULT)
