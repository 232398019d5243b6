"""The command line: parse, one call, print, exit status. Heavy imports stand inside the commands.

Exit status: 0 done, 1 a fault of placeplan's own, 2 wrong usage, 3 the input has errors, 4 a strict check failed.
Each module here says what one command takes; what it does then stands in the module of its name in ``commands``.
"""

from __future__ import annotations

import sys

import click

from placeplan import __version__
from placeplan.cli import (
    backtest,
    check,
    compare,
    demo,
    diff,
    explain,
    forecast,
    init,
    options,
    report,
    scap,
    send,
)  # fmt: skip
from placeplan.cli.group import Commands

IN_ORDER = (demo, init, check, forecast, backtest, options, diff, explain, scap, compare, send, report)
"""The commands as the reference lists them."""


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 88})
@click.version_option(__version__, prog_name="placeplan")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Forecast pupils, compare them with school places, and report both.

    \b
    Try it:
      placeplan demo                        the made-up county of Exampleshire
      placeplan init myplan                 a project to fill with your tables
      placeplan check myplan                what is wrong with the tables, row by row
      placeplan forecast myplan             the forecast, workbook and report
      placeplan backtest myplan             how far it would have been out before
      placeplan options myplan              what could be done, and who decides
      placeplan compare myplan              scenarios side by side
      placeplan explain 9990009 2027/28 R   where a number comes from
      placeplan diff last-year this-year    why the forecast has changed
      placeplan scap myplan                 the School Capacity return, checked
      placeplan send myplan                 plans and places of high needs
      placeplan report myrun --for school   packs for partners, open data, board paper
    """
    ctx.ensure_object(dict)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


for module in IN_ORDER:
    main.add_command(module.command)
