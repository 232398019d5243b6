"""The JSON Schema of the project file, for editors."""

from __future__ import annotations

from typing import Any

from placeplan.choicewords import with_words
from placeplan.project.base import Choices
from placeplan.project.whole import Project, table_names


def project_schema() -> dict[str, Any]:
    """Return the JSON Schema of the project file, for editors."""
    schema = with_words(Project.model_json_schema(mode="validation"), Project, Choices)
    tables = {name: {"type": "string", "description": f"File of the table {name}."} for name in table_names()}
    folder = {"type": "string", "description": "Folder whose tables are read under their own names."}
    schema["properties"]["inputs"] = {
        "type": "object",
        "description": schema["properties"]["inputs"]["description"],
        "properties": {"folder": folder, **tables},
        "additionalProperties": False,
    }
    whole = {"type": "integer", "minimum": 1, "maximum": 15}
    schema["properties"]["horizon"] = {"anyOf": [whole, {"$ref": "#/$defs/Horizon"}]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "placeplan project"}
