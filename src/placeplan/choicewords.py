"""The sentence below each choice of a project or scenario file, for starter files and JSON Schemas.

pydantic can take them for descriptions of its fields, but then reads the source of every class whenever the program starts.
Here they are read where they are shown.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel


@cache
def choice_words(model: type[BaseModel]) -> dict[str, str]:
    """Return the sentence below each field of a model, those of its bases among them."""
    found: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if issubclass(kind, BaseModel) and kind is not BaseModel:
            found |= _classes_of(kind.__module__).get(kind.__name__, {})
    return found


def with_words(schema: dict[str, Any], model: type[BaseModel], base: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of a model with the sentences of its fields and of all models below ``base`` in it."""
    models = {kind.__name__: kind for kind in _below(base)}
    for properties, kind in (
        (schema["properties"], model),
        *(
            (part.get("properties", {}), models[name])
            for name, part in schema.get("$defs", {}).items()
            if name in models
        ),
    ):
        for name, field in kind.model_fields.items():
            words, key = choice_words(kind).get(name), field.alias or name
            if words and key in properties:
                properties[key] = {"description": words, **properties[key]}
    return schema


def _below(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for part in kind.__subclasses__():
        yield part
        yield from _below(part)


@cache
def _classes_of(module: str) -> dict[str, dict[str, str]]:
    """Return by class and field the text that stands below each annotated field in the source of a module."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {part.name: dict(_fields_of(part)) for part in tree.body if isinstance(part, ast.ClassDef)}


def _fields_of(part: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, below in zip(part.body, part.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(below, ast.Expr)
        ):
            text = below.value.value if isinstance(below.value, ast.Constant) else None
            if isinstance(text, str):
                yield field.target.id, inspect.cleandoc(text)
