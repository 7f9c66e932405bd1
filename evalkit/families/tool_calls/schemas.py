"""Parameter schemas: foreign type words put right, the types they allow, and references put in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TYPE_WORDS = {
    "dict": "object", "float": "number", "double": "number", "tuple": "array", "list": "array",
    "int": "integer", "str": "string", "bool": "boolean",
}  # fmt: skip
"""Type words of Python and of the BFCL data, and what JSON Schema calls them; `any` is no restriction."""


def json_schema(schema: Any) -> Any:
    """The schema with foreign type words put into JSON Schema's."""
    if not isinstance(schema, Mapping):
        return schema
    plain = {k: _inside(k, v) for k, v in schema.items()}
    kind = plain.get("type")
    if kind == "any":
        del plain["type"]
    elif isinstance(kind, str):
        plain["type"] = _TYPE_WORDS.get(kind, kind)
    return plain


_MAPS_OF_SCHEMAS = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
_LISTS_OF_SCHEMAS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SCHEMAS = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")


def _inside(keyword: str, value: Any) -> Any:
    if keyword in _MAPS_OF_SCHEMAS and isinstance(value, Mapping):
        return {name: json_schema(s) for name, s in value.items()}
    if keyword in _LISTS_OF_SCHEMAS and isinstance(value, (list, tuple)):
        return [json_schema(s) for s in value]
    if keyword in _SCHEMAS:
        return json_schema(value)
    return value


def schema_types(schema: Any) -> frozenset[str]:
    """The JSON types that a schema names: its `type`, the types of its alternatives and of its constants."""
    if not isinstance(schema, Mapping):
        return frozenset()
    kind = schema.get("type")
    if isinstance(kind, str):
        return frozenset({kind})
    if isinstance(kind, (list, tuple)):
        return frozenset(k for k in kind if isinstance(k, str))
    parts = [*(schema.get("anyOf") or ()), *(schema.get("oneOf") or ())]
    types = frozenset(t for p in parts for t in schema_types(p))
    constants = schema.get("enum") if isinstance(schema.get("enum"), (list, tuple)) else ()
    return types | frozenset(json_type(c) for c in constants or ())


def json_type(value: Any) -> str:
    """What JSON Schema calls the value's type; whole numbers are integers however they are written."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "integer" if isinstance(value, int) or value.is_integer() else "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, (list, tuple)) else "object"


def inline_refs(schema: Any) -> Any:
    """The schema with each `#/…` reference put in its place, for decoders that follow none.

    A reference into itself, or one that leads nowhere, becomes `{}`: any value.
    """
    return _without_defs(_inline(schema, schema, ()))


def _inline(schema: Any, root: Any, open_refs: tuple[str, ...]) -> Any:
    if isinstance(schema, (list, tuple)):
        return [_inline(s, root, open_refs) for s in schema]
    if not isinstance(schema, Mapping):
        return schema
    ref = schema.get("$ref")
    if not isinstance(ref, str):
        return {
            k: _inline(v, root, open_refs) for k, v in schema.items() if k not in ("$defs", "definitions")
        }
    beside = {k: _inline(v, root, open_refs) for k, v in schema.items() if k != "$ref"}
    if ref in open_refs:
        return beside
    meant = _inline(_follow_pointer(root, ref), root, (*open_refs, ref))
    return {**meant, **beside} if isinstance(meant, Mapping) else beside


def _follow_pointer(root: Any, ref: str) -> Any:
    place = root
    for part in ref.removeprefix("#").strip("/").split("/") if ref.startswith("#") else ("",):
        name = part.replace("~1", "/").replace("~0", "~")
        if not name and ref == "#":
            return root
        if not isinstance(place, Mapping) or name not in place:
            return {}
        place = place[name]
    return place


def _without_defs(schema: Any) -> Any:
    if not isinstance(schema, Mapping):
        return schema
    return {k: v for k, v in schema.items() if k not in ("$defs", "definitions")}
