"""Write the references beside this script: reference-inputs.md and reference-commands.md.

Run it after a change to the tables, the rules or the commands: ``python docs/make_reference.py``.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

from placeplan.cli import main
from placeplan.dictionary import data_dictionary, rule_reference

INPUTS_HEAD = """# Inputs: tables, columns and rules

Made by `docs/make_reference.py` from the tables of the package; change those, not this page.

Only `areas` and `rolls` are needed. A table is a CSV file (UTF-8 or cp1252; comma, semicolon or tab) or a
sheet of an .xlsx workbook; columns may stand in any order, and names are matched without regard to case.
Blank means not known, 0 means none. `rolls` may be wide, with a column for each year group (`R`, `1` to `14`)
in place of `year_group` and `pupils`.

"""

COMMANDS_HEAD = """# Commands

Made by `docs/make_reference.py` from the help of the commands; change that, not this page.

`placeplan` and `python -m placeplan` are the same. Results go to standard output or files, messages and progress to
standard error. Every command has `--help`.

| exit status | meaning |
|---|---|
| 0 | done |
| 1 | a fault of placeplan's own: please report what it printed |
| 2 | wrong usage: an unknown option, a project that is not there, a folder that must not be replaced |
| 3 | the input has errors: all are listed, nothing is written |
| 4 | done, but `--strict` was asked for and there are warnings |

"""


def inputs_reference() -> str:
    """Return the page of the input tables and rules."""
    rules = f"## Rules\n\nWhat `placeplan check` can find. An error stops a forecast.\n\n{rule_reference()}"
    return INPUTS_HEAD + data_dictionary() + "\n" + rules


def commands_reference() -> str:
    """Return the page of the commands, each as its help tells it."""
    return COMMANDS_HEAD + "\n".join(_command(name, main.commands[name]) for name in main.commands)


def references() -> dict[str, str]:
    """Return every page that this script makes, by file name."""
    return {"reference-inputs.md": inputs_reference(), "reference-commands.md": commands_reference()}


def _command(name: str, command: click.Command) -> str:
    arguments = [param for param in command.params if isinstance(param, click.Argument)]
    usage = [f"placeplan {name} [OPTIONS]", *(_argument(param) for param in arguments)]
    lines = [f"## {name}", "", f"`{' '.join(usage)}`", "", *_text(command.help or "")]
    lines += ["| option | meaning |", "|---|---|"]
    lines += [_option(param) for param in command.params if isinstance(param, click.Option)]
    return "\n".join(lines) + "\n"


def _argument(param: click.Argument) -> str:
    name = (param.name or "").upper()
    return name if param.required else f"[{name}]"


def _text(text: str) -> Iterator[str]:
    """Yield paragraphs as they are, and those that Click must not wrap as a block of code."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if not paragraph.startswith("\b"):
            yield from (paragraph, "")
            continue
        title, *examples = paragraph.removeprefix("\b").strip().splitlines()
        yield from (title, "", "```", *(example.strip() for example in examples), "```", "")


def _option(param: click.Option) -> str:
    taken = "" if param.is_flag else f" {param.metavar or _taken(param.type)}"
    meaning = " ".join((param.help or "").split())
    if param.show_default:
        meaning += f" [default: {param.default}]"
    return f"| `{', '.join(param.opts)}{taken}` | {meaning} |"


def _taken(kind: click.ParamType) -> str:
    if isinstance(kind, click.IntRange):
        return f"{kind.min} to {kind.max:,}" if kind.max is not None else f"{kind.min} or more"
    return "PATH" if isinstance(kind, click.Path) else "TEXT"


if __name__ == "__main__":
    for page, content in references().items():
        Path(__file__).with_name(page).write_text(content, encoding="utf-8", newline="\n")
