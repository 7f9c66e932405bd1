"""The JSON Schemas of evalkit's own documents, as they ship."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def shipped_schema(document: str) -> dict[str, Any]:
    """The JSON Schema of a document by its name: `suite`, `evalkit`, `gate`. Not to be changed."""
    text = files("evalkit").joinpath(f"schemas/{document}.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
