"""Steps of a forecast remembered by what they rest on, so that a scenario works out again only what it changes.

A step is a function whose result follows from what it is given. Met again with the same, it hands back what it made before:
numbers, text, arrays and what is made of them count as the same if their contents are, frames only if they are the very same
frame, and of the input tables those alone count that the step has looked into. Nothing that is remembered may be changed.
Source: the verifying traces of Mokhov, Mitchell and Peyton Jones 2018, Build systems à la carte, section 4.2.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from hashlib import blake2b
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd
from pydantic import BaseModel

from placeplan.tables import Inputs

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class _Watched(Inputs):
    """Inputs that note which of their tables are looked into; None was not given."""

    seen: dict[str, pd.DataFrame | None] = field(default_factory=dict)

    def table(self, name: str) -> pd.DataFrame:
        self.seen[name] = self.tables.get(name)
        return super().table(name)

    def has(self, name: str) -> bool:
        self.seen[name] = self.tables.get(name)
        return super().has(name)


@dataclass
class Memory:
    """What steps have made, by the step and what it was given; each time with the tables it looked into.

    ``_same``: objects told apart by being the same, kept so that no later one takes their number.
    """

    _made: dict[Hashable, list[tuple[dict[str, pd.DataFrame | None], Any]]] = field(default_factory=dict)
    _same: dict[int, Any] = field(default_factory=dict)

    def of(self, step: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Return what a step makes of what is given, made now only if that has not been met before."""
        inputs = next((one for one in given if isinstance(one, Inputs)), Inputs({}))
        met = self._made.setdefault((step, self._mark((given, named))), [])
        for seen, made in met:
            if all(inputs.tables.get(name) is table for name, table in seen.items()):
                self._look(inputs, seen)
                return made
        watched = _Watched(inputs.tables, inputs.sources, inputs.findings)
        made = step(*(watched if one is inputs else one for one in given), **named)  # type: ignore[arg-type]
        met.append((watched.seen, made))
        self._look(inputs, watched.seen)
        return made

    @staticmethod
    def _look(inputs: Inputs, seen: Mapping[str, pd.DataFrame | None]) -> None:
        """Let a step around this one know what this one has looked into."""
        if isinstance(inputs, _Watched):
            inputs.seen.update(seen)

    def _mark(self, value: Any) -> Hashable:
        """Return what tells a value from others."""
        if isinstance(value, np.ndarray) and value.dtype != object:
            return value.shape, value.dtype.str, blake2b(value.tobytes(), digest_size=16).digest()
        if isinstance(value, (tuple, list, np.ndarray)):
            return type(value), tuple(map(self._mark, value))
        if isinstance(value, Mapping):
            return tuple((key, self._mark(inner)) for key, inner in value.items())
        if isinstance(value, (Inputs, Memory)):
            return Inputs if isinstance(value, Inputs) else Memory
        if isinstance(value, (pd.DataFrame, pd.Series, pd.Index)):
            return self._identity(value)
        if isinstance(value, BaseModel):
            return type(value), value.model_dump_json()
        if is_dataclass(value) and not isinstance(value, type):
            return type(value), tuple(self._mark(getattr(value, part.name)) for part in fields(value))
        if isinstance(value, Hashable) and type(value).__eq__ is not object.__eq__:
            return type(value), value
        return self._identity(value)

    def _identity(self, value: object) -> int:
        self._same[id(value)] = value
        return id(value)
