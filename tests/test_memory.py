"""A step is made again only if what it rests on has changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from placeplan.memory import Memory
from placeplan.tables import Inputs


@dataclass(frozen=True)
class Pair:
    first: np.ndarray
    second: object


class Steps:
    """A memory, and steps that count how often they are made."""

    def __init__(self) -> None:
        self.memory, self.made = Memory(), 0

    def total(self, *given: object, **named: object) -> int:
        self.made += 1
        return self.made

    def births(self, inputs: Inputs, factor: float) -> float:
        self.made += 1
        return float(inputs.table("births")["births"].sum()) * factor if inputs.has("births") else 0.0

    def around(self, inputs: Inputs) -> float:
        return self.memory.of(self.births, inputs, 2.0) + 1.0


@pytest.fixture
def steps() -> Steps:
    return Steps()


def births(count: float) -> pd.DataFrame:
    return pd.DataFrame({"births": [count]})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.array([1.0, np.nan]), np.array([1.0, 2.0])),
        (np.arange(4.0), np.arange(4.0).reshape(2, 2)),
        (np.array([1.0]), np.array([1])),
        (np.array(["known", "none"], dtype=object), np.array(["known", "known"], dtype=object)),
        ({"a": np.zeros(2)}, {"b": np.zeros(2)}),
        (Pair(np.ones(2), "x"), Pair(np.ones(2), "y")),
        ([["a"], ["b"]], [["a", "b"]]),
        (1, True),
        (None, 0),
    ],
    ids=["values", "shape", "kind", "objects", "keys", "within", "nesting", "type", "nothing"],
)
def test_what_is_given_is_told_apart_by_its_content(steps: Steps, one: object, other: object) -> None:
    def copied(value: object) -> object:
        return value.copy() if isinstance(value, np.ndarray | dict) else value

    assert steps.memory.of(steps.total, one) == 1
    assert steps.memory.of(steps.total, copied(one)) == 1
    assert steps.memory.of(steps.total, other) == 2
    assert steps.memory.of(steps.total, value=one) == 3


def test_frames_are_told_apart_by_being_the_same(steps: Steps) -> None:
    frame = births(1)
    assert steps.memory.of(steps.total, frame) == steps.memory.of(steps.total, frame)
    assert steps.memory.of(steps.total, frame.copy()) == 2


def test_only_tables_that_a_step_looked_into_count(steps: Steps) -> None:
    given = {"births": births(10), "rolls": births(0)}
    assert steps.memory.of(steps.births, Inputs(given), 2.0) == 20
    assert steps.memory.of(steps.births, Inputs(given | {"rolls": births(5)}), 2.0) == 20
    assert steps.made == 1
    assert steps.memory.of(steps.births, Inputs(given | {"births": births(11)}), 2.0) == 22
    assert steps.memory.of(steps.births, Inputs(given), 3.0) == 30
    assert steps.memory.of(steps.births, Inputs({"rolls": births(0)}), 2.0) == 0
    assert steps.made == 4


def test_a_step_rests_on_the_tables_of_the_steps_within_it(steps: Steps) -> None:
    old, new = Inputs({"births": births(10)}), Inputs({"births": births(11)})
    assert steps.memory.of(steps.births, old, 2.0) == 20
    assert steps.memory.of(steps.around, old) == 21
    assert steps.made == 1
    assert steps.memory.of(steps.around, new) == 23
    assert steps.memory.of(steps.around, old) == 21
    assert steps.made == 2
