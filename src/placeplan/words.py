"""The words for phases and year groups, by nation and language, from ``data/words.csv``.

Whoever writes for people does so inside ``speaking(name)``; the words in use are then the same in report, workbook and
terminal, and no figure depends on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache

from placeplan.datafiles import data_rows
from placeplan.years import Phase

DEFAULT = "england"


@dataclass(frozen=True)
class Words:
    """The words of one set: of each phase, and of each year group by its label (``R``, ``1`` … ``14``)."""

    phases: Mapping[Phase, str]
    groups: Mapping[str, str]


@cache
def word_sets() -> Mapping[str, Words]:
    """Return the sets of words by name, in the order of the file."""
    names = dict.fromkeys(row["words"] for row in data_rows("words.csv"))
    return {name: _set(name) for name in names}


def _set(name: str) -> Words:
    words = {row["key"]: row["word"] for row in data_rows("words.csv") if row["words"] == name}
    phases = {phase: words.pop(phase.value) for phase in Phase}
    return Words(phases, words)


_IN_USE: ContextVar[str] = ContextVar("words_in_use", default=DEFAULT)


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Use the words of a set until the body ends; raises KeyError if there is no such set."""
    if name not in word_sets():
        raise KeyError(name)
    token = _IN_USE.set(name)
    try:
        yield
    finally:
        _IN_USE.reset(token)


def phase_words(phase: Phase) -> str:
    """Return a phase in the words in use: ``Primary``."""
    return word_sets()[_IN_USE.get()].phases[phase]


KIND_WORDS = {"pan_change": "PAN change"}
"""Kinds of planned change that people write otherwise than the tables do."""


def kind_words(kind: str) -> str:
    """Return a kind of planned change as people write it: ``new school``."""
    return KIND_WORDS.get(kind, kind.replace("_", " "))


def group_words(label: str) -> str:
    """Return a year group, by its label, in the words in use: ``Reception``, ``Year 7``."""
    return word_sets()[_IN_USE.get()].groups[label]
